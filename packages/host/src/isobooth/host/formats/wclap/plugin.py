"""The WCLAP format: a CLAP whose entry is the C half's. Everything behind the entry is ``formats/clap``."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import IsoboothError, PluginError, PluginLoadError
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...plugin import CData, LoadRequest, phase
from ..clap.call import text
from ..clap.entry import Entry, Listed
from ..clap.instance import ClapInstance
from ..clap.plugin import load_from, scan_entry
from ..shared.warnings import Warn
from . import runtime
from .bundle import Bundle, find_bundle, read_module
from .compiled import Compiled, NotCompiled
from .license_key import manifest_key
from .wasi import GUEST, folders, own_folders, within_sight

_WATCHED = (
    "activate",
    "buses",
    "describe",
    "indicate",
    "load_preset",
    "load_state",
    "open_web_view",
    "save_state",
    "set_buses",
    "set_track",
    "text_to_value",
    "value_to_text",
    "values",
    "web_receive",
    "web_resource",
)
"""Methods that say so where the plugin has died of them or before."""
_I = TypeVar("_I", bound=type)


class WclapEntry(Entry):
    """A module that is compiled, and what it lists. Every plugin of it gets an instance of its own."""

    format = "wclap"
    source = ""
    """Where the code came from: "bundle", "cache" or "compiler"."""
    is_kept = False
    """The cache holds it now."""

    def __init__(self, path: str, *, for_use: bool) -> None:
        self._for_use = for_use
        self._module: CData = ffi.NULL
        self.folder = ""
        """What the plugin knows as /plugin.wclap; empty for a module by itself."""
        super().__init__(path)

    def _open(self, path: str) -> None:
        runtime.open_runtime()
        self.bundle = bundle = find_bundle(path)
        self.folder = bundle.folder
        """What the plugin knows as /plugin.wclap; empty for a module by itself."""
        with phase(lib.IB_PHASE_LOAD):
            self._module = self._compile(bundle)
        with phase(lib.IB_PHASE_ENTRY):
            reason = ffi.new("char[]", lib.IB_WCLAP_REASON_BYTES)
            if lib.ib_wclap_module_list(self._module, reason) != 0:
                raise self._error("it could not be started", cause=text(reason))
        for remark in text(lib.ib_wclap_remarks(self._module)).splitlines():
            self.warnings.add(remark)
        self.factory = lib.ib_wclap_factory(self._module)

    def _compile(self, bundle: Bundle) -> CData:
        data = read_module(bundle)
        try:
            self._compiled = Compiled(bundle, data, runtime.limits(), self.warnings.add)
        except NotCompiled as error:
            raise PluginLoadError(
                f"{self.path}: it is not a WCLAP plugin that can be run",
                path=self.path,
                phase=phase_name(lib.IB_PHASE_LOAD),
                cause=str(error),
            ) from error
        module = self._compiled.module
        for guest, folder, is_writable in folders(bundle, make=self._for_use):
            texts = ffi.new("char[]", guest.encode()), ffi.new("char[]", os.fsencode(folder))
            if lib.ib_wclap_module_add_folder(module, *texts, is_writable) != 0:
                lib.ib_wclap_module_free(module)
                raise self._error("there is no memory for it")
        return module

    def _list(self) -> list[Listed]:
        """A module that can be run and asked is worth being kept compiled."""
        plugins = super()._list()
        self.source = self._compiled.source
        self.is_kept = self._compiled.keep([listed.descriptor for listed in plugins])
        return plugins

    def creation_failure(self) -> str:
        """The module's own words, or wasmtime's."""
        return text(lib.ib_wclap_create_reason(self._module))

    def license_key(self) -> str:
        """``licensing.public_key`` of the bundle's manifest.json."""
        return manifest_key(self.folder)

    def find_presets(self, warn: Warn) -> CData | None:
        """The factory of preset providers; None if there is none."""
        del warn  # the C half has found nothing odd, or said so
        found = lib.ib_wclap_presets(self._module)
        return None if found == ffi.NULL else found

    def _unload(self) -> None:
        module, self._module = self._module, ffi.NULL
        if module != ffi.NULL:
            with phase(lib.IB_PHASE_UNLOAD):
                lib.ib_wclap_module_free(module)


def _watched(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with the plugin's death as the error whatever else came of it."""

    @functools.wraps(method)
    def watched(self: WclapInstance, *arguments: Any, **named: Any) -> Any:
        try:
            result = method(self, *arguments, **named)
        except IsoboothError as error:  # also that a text means no value, of a plugin that died of it
            if reason := self.death():
                raise self.dead(reason) from error
            raise
        if reason := self.death():
            raise self.dead(reason)
        return result

    return watched


def _watch(kind: _I) -> _I:
    for name in _WATCHED:
        setattr(kind, name, _watched(getattr(kind, name)))
    return kind


@_watch
class WclapInstance(ClapInstance):
    """A CLAP that can die without its process: then nothing of it is called again, and every request says why."""

    _entry: WclapEntry
    shares_a_thread = True

    @property
    def bundle(self) -> tuple[str, str]:
        """The folder of the module, as the sandbox shows it."""
        return self._entry.folder, GUEST

    def resource_folders(self) -> tuple[Path, Path]:
        """Both lie where this plugin sees them; other plugins do not, so the shared one is for its instances alone."""
        own = own_folders(self._entry.bundle)
        return own["/var"] / "resources", own["/cache"] / "resources"

    def load_preset(self, preset: str, path: str) -> None:
        """As every CLAP does. A file that the plugin cannot see is copied to where it does first."""
        super().load_preset(preset, within_sight(self._entry.bundle, path) if path else path)

    def death(self) -> str:
        """Why the plugin runs no more; empty while it does."""
        if self._plugin == ffi.NULL:
            return ""
        return text(lib.ib_wclap_reason(self._plugin))

    def dead(self, reason: str) -> PluginError:
        """The error that says so."""
        return PluginError(f"{self.descriptor.name!r} runs no more: {reason}. Restart it to go on")


def load(request: LoadRequest) -> ClapInstance:
    """Load one plugin. Raises UnsupportedFormat, PluginNotFound or PluginLoadError."""
    return load_from(WclapEntry(request.path, for_use=True), request, WclapInstance)


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a bundle. Raises UnsupportedFormat or PluginLoadError."""
    scan_entry(WclapEntry(path, for_use=False), report, WclapInstance)
