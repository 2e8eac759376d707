"""From the bytes of a module to its code: the bundle's own where it is trusted, the cache's, or compiled now."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from isobooth.protocol.descriptors import PluginDescriptor

from ..._core import ffi, lib
from ...plugin import CData
from ..clap.call import text
from .bundle import Bundle
from .cache import META_VERSION, Cache, Meta, cache_folder
from .cache_key import Target, target
from .precompiled import NotTrusted, read_precompiled
from .private_files import NotPrivate

Warn = Callable[[str], None]
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_NAME = 96
_UNUSABLE = (OSError, NotPrivate, RuntimeError)


class NotCompiled(Exception):
    """The module cannot be run. The text says why, in wasmtime's words or the C half's."""


class Compiled:
    """A module with its code. ``source`` is "bundle", "cache" or "compiler"; ``module`` is the caller's to free."""

    def __init__(self, bundle: Bundle, data: bytes, limits: CData, warn: Warn) -> None:
        self._bundle = bundle
        self._limits = limits
        self._warn = warn
        self._sha256 = hashlib.sha256(data).hexdigest()
        self._target = target(limits)
        self._most = 64 * len(data) + (16 << 20)
        self._code = b""
        self.module: CData = ffi.NULL
        self.source = ""
        for source, find in (("bundle", self._from_bundle), ("cache", self._from_cache)):
            if self.module == ffi.NULL:
                self.module, self.source = find(), source
        if self.module == ffi.NULL:
            self.module, self.source = self._compile(data), "compiler"

    def _compile(self, data: bytes) -> CData:
        reason = ffi.new("char[]", lib.IB_WCLAP_REASON_BYTES)
        module = lib.ib_wclap_module_new(ffi.from_buffer(data), len(data), self._limits, reason)
        if module == ffi.NULL:
            raise NotCompiled(text(reason))
        if self._target is not None:  # before anything of the plugin runs
            size = lib.ib_wclap_module_code(module, ffi.NULL, 0)
            if 0 < size <= self._most:
                code = ffi.new("uint8_t[]", size)
                if lib.ib_wclap_module_code(module, code, size) == size:
                    self._code = bytes(ffi.buffer(code, size))
        return module

    def _of_code(self, code: bytes) -> tuple[CData, str]:
        reason = ffi.new("char[]", lib.IB_WCLAP_REASON_BYTES)
        module = lib.ib_wclap_module_of_code(ffi.from_buffer(code), len(code), self._limits, reason)
        return module, text(reason) if module == ffi.NULL else ""

    def _from_bundle(self) -> CData:
        if self._target is None:
            return ffi.NULL
        try:
            code = read_precompiled(self._bundle, self._target, self._sha256, self._most)
        except NotTrusted as error:
            self._warn(str(error))
            return ffi.NULL
        if code is None:
            return ffi.NULL
        module, reason = self._of_code(code)
        if reason:
            self._warn(f"it brings compiled code that wasmtime does not take: {reason}")
        return module

    def _from_cache(self) -> CData:
        if self._target is None:
            return ffi.NULL
        try:
            with Cache(make=False) as cache:
                found = cache.find(self._target.key(self._sha256), self._most)
        except FileNotFoundError:
            return ffi.NULL
        except NotPrivate as error:
            self._warn(f"the cache of compiled modules is not used: {cache_folder()} or the key of its seals {error}")
            return ffi.NULL
        except _UNUSABLE:
            return ffi.NULL
        return ffi.NULL if found is None else self._of_code(found[1])[0]

    def keep(self, plugins: Sequence[PluginDescriptor]) -> bool:
        """Put the code into the cache if it was compiled now. False if it is not there then; that is no error."""
        code, self._code = self._code, b""
        if not code or self._target is None:
            return self.source == "cache"
        try:
            with Cache(make=True) as cache:
                cache.put(_meta(self._target, self._sha256, code, self._bundle.path, plugins), code)
        except _UNUSABLE:
            return False
        return True


def _meta(target: Target, wasm_sha256: str, code: bytes, source: str, plugins: Sequence[PluginDescriptor]) -> Meta:
    try:
        own = version("isobooth-host")
    except PackageNotFoundError:  # run from the source tree
        own = "(not installed)"
    return Meta(
        wclap_cache_version=META_VERSION,
        key=target.key(wasm_sha256),
        plugin_id=_SAFE.sub("_", plugins[0].id if plugins else "").lstrip(".")[:_MOST_NAME] or "module",
        wasm_sha256=wasm_sha256,
        cwasm_sha256=hashlib.sha256(code).hexdigest(),
        size=len(code),
        wasmtime=target.wasmtime,
        triple=target.triple,
        engine=target.engine,
        config=target.config,
        source=source.encode("utf-8", "replace").decode(),
        producer=f"isobooth-host {own}",
        created=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        plugins=[
            {
                "id": one.id,
                "name": one.name,
                "vendor": one.vendor,
                "version": one.version,
                "url": one.url,
                "description": one.description,
                "features": one.features,
            }
            for one in plugins
        ],
    )
