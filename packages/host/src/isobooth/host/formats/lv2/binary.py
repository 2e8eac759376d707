"""A plugin's library: load it and find the one descriptor that bears the plugin's URI."""

from __future__ import annotations

import os

from isobooth.protocol.errors import PluginLoadError

from ..._core import ffi, lib
from ...library import Library
from ...plugin import CData, phase
from .read import Description

_MOST = 65536
_DESCRIPTOR = "struct ib_lv2_descriptor const *"


def _error(description: Description, what: str) -> PluginLoadError:
    return PluginLoadError(
        f"{description.name!r} ({description.uri}): {what}",
        path=description.bundle,
        plugin_id=description.uri,
        phase="load",
    )


class Binary:
    """The library of one plugin in this process. Raises PluginLoadError."""

    def __init__(self, description: Description) -> None:
        if not description.binary:
            raise _error(description, "its data files name no library of its own (lv2:binary)")
        self._clean_up: CData | None = None
        self._library = Library(description.binary)
        try:
            with phase(lib.IB_PHASE_ENTRY):
                self.descriptor = self._find(description)
        except PluginLoadError:
            self.close()
            raise

    def _find(self, description: Description) -> CData:
        address = self._library.find("lv2_descriptor")
        if address is None and self._library.find("lv2_lib_descriptor") is not None:
            return self._find_in_library(description)
        address = address or self._library.entry("lv2_descriptor", "LV2")
        entry = ffi.cast(f"{_DESCRIPTOR} (*)(uint32_t)", address)
        return self._choose(description, entry)

    def _find_in_library(self, description: Description) -> CData:
        """The other entry (lv2core 3.0): it returns a struct of handle, size, cleanup and get_plugin."""
        entry = ffi.cast("void **(*)(char const *, void *)", self._library.find("lv2_lib_descriptor") or ffi.NULL)
        self._folder = ffi.new("char[]", os.fsencode(os.path.join(description.bundle, "")))
        self._no_features = ffi.new("void *[1]")
        found = entry(self._folder, self._no_features)
        if found == ffi.NULL:
            raise _error(description, "lv2_lib_descriptor() of its library gave nothing")
        handle = found[0]
        if found[2] != ffi.NULL:
            self._clean_up = ffi.cast("void (*)(void *)", found[2])
            self._library_handle = handle
        get = ffi.cast(f"{_DESCRIPTOR} (*)(void *, uint32_t)", found[3])
        return self._choose(description, lambda index: get(handle, index))

    def _choose(self, description: Description, entry: object) -> CData:
        known = []
        uri = description.uri.encode("utf-8", "surrogateescape")
        if not callable(entry):
            raise TypeError("an entry is called")
        for index in range(_MOST):
            found: CData = entry(index)
            if found == ffi.NULL:
                break
            name = b"" if found.uri == ffi.NULL else ffi.string(found.uri)
            if name == uri:
                missing = [one for one in ("instantiate", "connect_port", "run", "cleanup") if not getattr(found, one)]
                if missing:
                    raise _error(description, f"its descriptor has no {missing[0]}()")
                return found
            known.append(name.decode("utf-8", "replace"))
        listed = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
        raise _error(description, f"{self._library.path} does not have it; it has: {listed or 'nothing'}")

    def close(self) -> None:
        """Unload. A second call does nothing."""
        clean_up, self._clean_up = self._clean_up, None
        if clean_up is not None:
            clean_up(self._library_handle)
        self._library.close()
