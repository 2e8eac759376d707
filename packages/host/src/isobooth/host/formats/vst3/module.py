"""The library of a VST3 in this process: loaded, entered, with its factory; left again when nobody needs it.

Source: VST 3 Developer Portal, "Loading a VST 3 plug-in" on Linux, and the SDK's linuxmain: ModuleEntry with the
loader's handle comes before GetPluginFactory, ModuleExit after the last release, each once.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginLoadError, PluginNotFound, did_you_mean
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...library import Library
from ...plugin import CData, phase
from .bundle import Bundle, find_bundle
from .compatibility import ask_replaced
from .factory import ClassInfo, Factory
from .ids import normal_id
from .moduleinfo import ModuleInfo, read_info

_MOST_NAMED = 12

_open: dict[str, Module] = {}


class Module:
    """One binary, loaded once however many instances use it; ``release`` undoes the last ``open_module``."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.path = bundle.path
        """What descriptors call it: the bundle, or the file where there is none."""
        self.users = 1
        self.after_unload: list[Callable[[], None]] = []
        """Called when no code of the plugin can run any more; for what the plugin may hold until then."""
        self._info: ModuleInfo | None = None
        self._is_entered = False
        self._library = Library(bundle.binary, lazily=True)  # as VST3's own hosts do it
        self.factory: Factory
        try:
            self._enter()
            self.factory = Factory(self._get_factory(), self.path)
        except PluginLoadError:
            self._leave()
            raise
        self.plugins = self.factory.plugins
        """The classes that are plugins, in the factory's order."""
        lacks = [f"it was not linked completely: {self._library.lacks}"] if self._library.lacks else []
        self.warnings = [*bundle.warnings, *lacks, *self.factory.warnings]

    @property
    def info(self) -> ModuleInfo:
        """What the bundle's moduleinfo.json says; empty where there is none. Read when it is first asked for.

        Which older plugins it replaces, a module without that file says itself.
        """
        if self._info is None:
            self._info = read_info(self.bundle.info)
            if not self.bundle.info:
                ask_replaced(self.factory, self._info, self.after_unload)
        return self._info

    def _error(self, message: str, *, cause: str = "", hint: str = "") -> PluginLoadError:
        return PluginLoadError(
            f"{self.path}: {message}",
            path=self.path,
            phase=phase_name(lib.IB_PHASE_ENTRY),
            cause=cause,
            hint=hint,
        )

    def _enter(self) -> None:
        get = self._library.entry("GetPluginFactory", "VST3")
        self._get = ffi.cast("vst3_GetPluginFactory", get)
        entry = self._library.find("ModuleEntry")
        if entry is None:
            raise self._error(
                "it exports GetPluginFactory, but no ModuleEntry",
                hint="it was not built as a VST3 for Linux: take another build",
            )
        with phase(lib.IB_PHASE_ENTRY):
            self._is_entered = bool(ffi.cast("vst3_ModuleEntry", entry)(self._library.handle))
        if not self._is_entered:
            raise self._error(
                "it refused to be initialised",
                cause="ModuleEntry returned false",
                hint="what the plugin printed may say why",
            )

    def _get_factory(self) -> CData:
        with phase(lib.IB_PHASE_ENTRY):
            factory: CData = self._get()
        if factory == ffi.NULL:
            raise self._error(
                "it has no factory",
                cause="GetPluginFactory returned nothing",
                hint="what the plugin printed may say why",
            )
        return factory

    def describe(self, one: ClassInfo) -> PluginDescriptor:
        """What the factory says of one of ``plugins``: neither buses nor parameters."""
        return one.describe(self.path, self.plugins.index(one), self.factory.info)

    def pick(self, plugin_id: str) -> ClassInfo:
        """The plugin of that class id; of an empty one, the only plugin there is. Raises PluginNotFound.

        An id that the bundle's moduleinfo.json, or the module, says was replaced means the class that replaces it.
        """
        wanted = normal_id(plugin_id)
        for one in self.plugins:
            if one.id == wanted or (not plugin_id and len(self.plugins) == 1):
                return one
        heir = self.info.replaced.get(wanted, "") if wanted else ""
        for one in self.plugins:
            if heir and one.id == heir:
                return one
        ids = [one.id for one in self.plugins]
        known = [f"{one.id} ({one.name})" for one in self.plugins]
        if not ids:
            reason, hint = "holds no plugin", "its factory lists no class of the category Audio Module Class"
        elif plugin_id:
            reason, hint = f"holds no plugin {plugin_id!r}", did_you_mean(wanted or plugin_id, ids)
        else:
            reason, hint = f"holds {len(ids)} plugins", "say which one: path#id"
        more = len(known) - _MOST_NAMED
        raise PluginNotFound(
            f"{self.path} {reason}",
            path=self.path,
            plugin_id=plugin_id,
            phase=phase_name(lib.IB_PHASE_DESCRIBE),
            tried=[f"it holds {', '.join(known[:_MOST_NAMED])}" + (f" and {more} more" if more > 0 else "")]
            if ids
            else [],
            hint=hint,
        )

    def release(self) -> None:
        """One user less; the last one leaves the module and unloads it."""
        self.users -= 1
        if self.users == 0:
            _open.pop(os.path.realpath(self.bundle.binary), None)
            self.factory.close()
            self._leave()

    def _leave(self) -> None:
        if self._is_entered:
            self._is_entered = False
            leave = self._library.find("ModuleExit")
            if leave is not None:
                with phase(lib.IB_PHASE_ENTRY):
                    ffi.cast("vst3_ModuleExit", leave)()
        self._library.close()
        callbacks, self.after_unload = self.after_unload, []
        for call in callbacks:
            call()


def open_module(path: str) -> Module:
    """The module of a bundle or file, loaded once per process. Raises PluginNotFound or PluginLoadError."""
    bundle = find_bundle(path)
    key = os.path.realpath(bundle.binary)
    found = _open.get(key)
    if found is not None:
        found.users += 1
        return found
    module = Module(bundle)
    _open[key] = module
    return module
