"""The file of a CLAP: library, entry and factory (entry.h, factory/plugin-factory.h)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginLoadError, PluginNotFound, did_you_mean
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...library import Library
from ...plugin import CData, phase
from ..shared.warnings import Warn, Warnings
from .call import missing_functions, text
from .presets import find_factory

FACTORY = "clap.plugin-factory"
MOST_PLUGINS = 10_000
"""Plugins of one file that are looked at."""
_MOST_FEATURES = 256

_open: dict[str, Entry] = {}


@dataclass(frozen=True)
class Listed:
    """One plugin that a factory lists."""

    id: bytes
    """As the plugin writes it, for create_plugin."""
    descriptor: PluginDescriptor


def describe(descriptor: CData, path: str, index: int, format_name: str = "clap") -> PluginDescriptor:
    """What a ``clap_plugin_descriptor`` says (plugin.h). Texts that are NULL are empty; a missing name is the id."""
    features: list[str] = []
    if descriptor.features != ffi.NULL:
        for at in range(_MOST_FEATURES):
            if descriptor.features[at] == ffi.NULL:
                break
            features.append(text(descriptor.features[at]).lower())
    identity = text(descriptor.id)
    built_for = descriptor.clap_version
    return PluginDescriptor(
        format=format_name,
        path=path,
        id=identity,
        name=text(descriptor.name) or identity,
        vendor=text(descriptor.vendor),
        version=text(descriptor.version),
        description=text(descriptor.description),
        url=text(descriptor.url),
        features=features,
        index=index,
        format_version=f"{built_for.major}.{built_for.minor}.{built_for.revision}",
    )


class Entry:
    """A file whose entry has been initialised. One per path; ``release`` undoes the last ``open_entry``.

    Formats that are CLAP in another wrapping say in ``_open`` and ``_unload`` how to get at its factories.
    """

    format = "clap"

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.users = 1
        self.warnings = Warnings()
        self.factory: CData | None = None
        self._library: Library | None = None
        self._is_initialised = False
        try:
            self._open(path)
            self.plugins = self._list()
        except PluginLoadError:
            self._unload()
            raise

    def _open(self, path: str) -> None:
        """Find the factory. Raises PluginLoadError."""
        self._library = Library(path)
        self._entry = self._find(self._library)
        self._initialise()
        self.factory = self._find_factory()

    def creation_failure(self) -> str:
        """Why ``create_plugin`` returned nothing, where that is known."""
        return ""

    def license_key(self) -> str:
        """The public key of the vendor's licences, where the file's bundle says it; empty where it does not."""
        return ""

    def _error(self, message: str, *, cause: str = "", hint: str = "") -> PluginLoadError:
        return PluginLoadError(
            f"{self.path}: {message}",
            path=self.path,
            phase=phase_name(lib.IB_PHASE_ENTRY),
            cause=cause,
            hint=hint,
        )

    def _find(self, library: Library) -> CData:
        entry = ffi.cast("const struct clap_plugin_entry *", library.entry("clap_entry", "CLAP"))
        version = entry.clap_version
        if version.major < 1:
            raise self._error(
                f"it was built for CLAP {version.major}.{version.minor}.{version.revision}, a draft",
                hint="CLAP is stable from 1.0.0 on: install a newer build of the plugin",
            )
        holes = missing_functions(entry)
        if holes:
            raise self._error(f"its clap_entry lacks {', '.join(holes)}")
        return entry

    def _initialise(self) -> None:
        """After init() has said no, nothing else of the file may be called (entry.h), deinit() included."""
        with phase(lib.IB_PHASE_ENTRY):
            self._is_initialised = bool(self._entry.init(os.fsencode(self.path)))
        if not self._is_initialised:
            raise self._error(
                "it refused to be initialised",
                cause="clap_entry.init returned false",
                hint="what the plugin printed may say why",
            )

    def find_presets(self, warn: Warn) -> CData | None:
        """The factory of preset providers; None if there is none that can be used."""
        return find_factory(self._entry.get_factory, warn)

    def _find_factory(self) -> CData | None:
        with phase(lib.IB_PHASE_ENTRY):
            found = self._entry.get_factory(FACTORY.encode())
        if found == ffi.NULL:
            return None
        factory = ffi.cast("const struct clap_plugin_factory *", found)
        holes = missing_functions(factory)
        if holes:
            raise self._error(f"its plugin factory lacks {', '.join(holes)}")
        return factory

    def _list(self) -> list[Listed]:
        if self.factory is None:
            self.warnings.add("it has no plugin factory")
            return []
        with phase(lib.IB_PHASE_DESCRIBE):
            count = self.factory.get_plugin_count(self.factory)
            if count > MOST_PLUGINS:
                self.warnings.add(f"it lists {count} plugins; the first {MOST_PLUGINS} are looked at")
            found = (self._list_one(index) for index in range(min(count, MOST_PLUGINS)))
            return [listed for listed in found if listed is not None]

    def _list_one(self, index: int) -> Listed | None:
        descriptor = self.factory.get_plugin_descriptor(self.factory, index) if self.factory is not None else ffi.NULL
        if descriptor == ffi.NULL:
            self.warnings.add(f"plugin {index} of the file has no descriptor and was left out")
            return None
        if not text(descriptor.id):
            self.warnings.add(f"plugin {index} of the file has no id and was left out")
            return None
        if descriptor.clap_version.major < 1:
            self.warnings.add(f"plugin {text(descriptor.id)!r} was built for a draft of CLAP and was left out")
            return None
        return Listed(ffi.string(descriptor.id, 4096), describe(descriptor, self.path, index, self.format))

    def pick(self, plugin_id: str) -> Listed:
        """The plugin of that id; of an empty one, the only plugin there is. Raises PluginNotFound."""
        ids = [listed.descriptor.id for listed in self.plugins]
        for listed in self.plugins:
            if listed.descriptor.id == plugin_id or (not plugin_id and len(ids) == 1):
                return listed
        if not ids:
            reason, hint = "holds no plugin", "; ".join(self.warnings.list())
        elif plugin_id:
            reason, hint = f"holds no plugin {plugin_id!r}", did_you_mean(plugin_id, ids)
        else:
            reason, hint = f"holds {len(ids)} plugins", "say which one: path#id"
        raise PluginNotFound(
            f"{self.path} {reason}",
            path=self.path,
            plugin_id=plugin_id,
            phase=phase_name(lib.IB_PHASE_DESCRIBE),
            tried=[f"it holds {', '.join(ids)}"] if ids else [],
            hint=hint,
        )

    def release(self) -> None:
        """One user less; the last one ends what init() began and unloads the file."""
        self.users -= 1
        if self.users == 0:
            if _open.get(self.path) is self:
                del _open[self.path]
            self._unload()

    def _unload(self) -> None:
        if self._is_initialised:
            self._is_initialised = False
            with phase(lib.IB_PHASE_ENTRY):
                self._entry.deinit()
        if self._library is not None:
            self._library.close()


def open_entry(path: str) -> Entry:
    """The entry of a file, initialised once however many instances use it. Raises PluginNotFound or PluginLoadError."""
    found = _open.get(os.path.abspath(path)) if path else None
    if found is not None:
        found.users += 1
        return found
    entry = Entry(path)
    _open[entry.path] = entry
    return entry
