"""Finding the presets of a file's plugins (factory/preset-discovery.h), for scans."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from isobooth.protocol.descriptors import PluginDescriptor, PresetInfo

from ... import __version__
from ..._core import ffi, lib
from ...plugin import CData, phase
from ..shared.warnings import Warn, Warnings
from .apart import run_apart
from .call import missing_functions, text
from .crawl import Crawl
from .preset_load import FILE, PLUGIN, preset_id, sendable
from .remarks import Remark, take

FACTORIES = (b"clap.preset-discovery-factory/2", b"clap.preset-discovery-factory/draft-2")
MOST_PRESETS = 100_000
"""Presets of one file's plugins that are listed."""
MOST_PROVIDERS = 256
SECONDS = 15.0
"""How long it may take to find all presets: more than the crawl may, less than a scan."""
_USER = lib.CLAP_PRESET_DISCOVERY_IS_USER_CONTENT


@dataclass
class _Location:
    name: str
    kind: int
    path: str
    """Empty inside the plugin."""
    flags: int


@dataclass
class _Declared:
    """What a provider says in its init()."""

    extensions: set[str] = field(default_factory=set)
    """Lower case, without the dot; an empty one stands for every file."""
    locations: list[_Location] = field(default_factory=list)
    packs: dict[str, str] = field(default_factory=dict)
    """Names of sound packs by id."""


@dataclass
class FoundPreset:
    """A preset as it is being told."""

    info: PresetInfo
    plugins: list[str] = field(default_factory=list)
    is_foreign: bool = False
    """Said to be for plugins, but for none that is a CLAP."""


class Discovery:
    """One pass over all providers of a file. Runs on the thread that scans, inside the process that may die of it."""

    def __init__(self, factory: CData, warn: Warn, crawl: Crawl | None = None) -> None:
        self._factory = factory
        self._warn = warn
        self._crawl = crawl or Crawl(warn)
        self._found: list[FoundPreset] = []
        self._version = ffi.new("char[]", __version__.encode())

    def run(self) -> list[FoundPreset]:
        """Everything that all providers know."""
        with phase(lib.IB_PHASE_DESCRIBE):
            count = self._factory.count(self._factory)
            if count > MOST_PROVIDERS:
                self._warn(f"it lists {count} preset providers; the first {MOST_PROVIDERS} are asked")
            for at in range(min(count, MOST_PROVIDERS)):
                descriptor = self._factory.get_descriptor(self._factory, at)
                if descriptor == ffi.NULL or not text(descriptor.id):
                    self._warn(f"its preset provider {at} has no description and was left out")
                else:
                    self._ask(descriptor)
        return self._found

    def _ask(self, descriptor: CData) -> None:
        name = text(descriptor.name) or text(descriptor.id)
        discovery = lib.ib_clap_discovery_new(self._version, MOST_PRESETS - len(self._found))
        if discovery == ffi.NULL:
            self._warn(f"the presets of {name!r} were left out: there is no memory")
            return
        try:
            provider = self._factory.create(self._factory, ffi.addressof(discovery.indexer), descriptor.id)
            if provider == ffi.NULL:
                self._warn(f"its preset provider {name!r} could not be created")
                return
            holes = missing_functions(provider)
            if holes:
                self._warn(f"its preset provider {name!r} lacks {', '.join(holes)} and was left out")
                return
            try:
                self._index(provider, discovery, name)
            finally:
                provider.destroy(provider)
        finally:
            lib.ib_clap_discovery_free(discovery)

    def _index(self, provider: CData, discovery: CData, name: str) -> None:
        discovery.is_listening = 1
        if not provider.init(provider):
            self._warn(f"its preset provider {name!r} could not be started: its init() returned false")
            return
        declared = self._declared(take(discovery.heard)[0])
        for location in declared.locations:
            if location.kind == PLUGIN:
                self._read(provider, discovery, location, declared, "")
                continue
            for path in self._crawl.files(location.path, declared.extensions):
                if not discovery.presets_left:
                    break
                self._read(provider, discovery, location, declared, path)
        if not discovery.presets_left:
            self._warn(f"it has more than {MOST_PRESETS} presets; the rest was left out")

    def _declared(self, remarks: list[Remark]) -> _Declared:
        declared = _Declared()
        for remark in remarks:
            if remark.kind == lib.IB_CLAP_FOUND_FILETYPE:
                declared.extensions.add(remark.text(1).lower().lstrip("."))
            elif remark.kind == lib.IB_CLAP_FOUND_SOUNDPACK:
                declared.packs[remark.text(0)] = remark.text(1) or remark.text(0)
            elif remark.kind == lib.IB_CLAP_FOUND_LOCATION:
                kind, flags = remark.numbers
                declared.locations.append(_Location(remark.text(0), kind, remark.exact(1) or "", flags))
        return declared

    def _read(self, provider: CData, discovery: CData, location: _Location, declared: _Declared, path: str) -> None:
        """Take the metadata of one file, or of the plugin itself, all or nothing."""
        if sendable(path) != path:
            self._warn(f"preset {sendable(path)!r} was left out: the name of its file is not UTF-8")
            return
        discovery.in_preset = 0
        where = ffi.new("char[]", path.encode()) if location.kind == FILE else ffi.NULL
        is_read = provider.get_metadata(provider, location.kind, where, ffi.addressof(discovery.receiver))
        remarks, lost = take(discovery.heard)
        what = repr(path) if path else "inside the plugin"
        wrong = [remark.text(0) or "no reason given" for remark in remarks if remark.kind == lib.IB_CLAP_FOUND_ERROR]
        for reason in wrong:
            self._warn(f"presets {what}: {reason}")
        if not is_read and not wrong:
            self._warn(f"presets {what} could not be read: get_metadata() returned false")
        if lost and discovery.presets_left:
            self._warn(f"presets {what} say more than can be kept")
        if is_read:
            self._collect(remarks, location, declared, path)

    def _collect(self, remarks: list[Remark], location: _Location, declared: _Declared, path: str) -> None:
        preset: FoundPreset | None = None
        for remark in remarks:
            if remark.kind == lib.IB_CLAP_FOUND_PRESET:
                preset = self._begin(remark, location, path)
                self._found.append(preset)
            elif preset is not None:
                _add(preset, remark, declared)

    def _begin(self, remark: Remark, location: _Location, path: str) -> FoundPreset:
        key = remark.exact(1)
        key = None if key is None else sendable(key)
        stem = path.rpartition("/")[2].rpartition(".")
        return FoundPreset(
            PresetInfo(
                id=preset_id(location.kind, path, key),
                name=remark.text(0) or stem[0] or stem[2] or (key or ""),
                path=path,
                is_factory=not location.flags & _USER,
            )
        )


def _add(preset: FoundPreset, remark: Remark, declared: _Declared) -> None:
    """One property of a preset."""
    info, words = preset.info, remark.text(0)
    if remark.kind == lib.IB_CLAP_FOUND_PLUGIN:
        if words.lower() in ("", "clap"):
            preset.plugins.append(remark.text(1))
        else:
            preset.is_foreign = True
    elif remark.kind == lib.IB_CLAP_FOUND_PACK:
        info.bank = declared.packs.get(words, words)
    elif remark.kind == lib.IB_CLAP_FOUND_FLAGS:
        info.is_factory = not remark.numbers[0] & _USER
    elif remark.kind == lib.IB_CLAP_FOUND_CREATOR:
        info.author = ", ".join(filter(None, (info.author, words)))
    elif remark.kind == lib.IB_CLAP_FOUND_DESCRIPTION:
        info.description = words
    elif remark.kind == lib.IB_CLAP_FOUND_FEATURE and words and words not in info.features:
        info.features.append(words)


class Outcome(msgspec.Struct):
    """What the process in which presets were looked for has to say."""

    presets: list[FoundPreset]
    warnings: list[str]


def discover(factory: CData, seconds: float = SECONDS) -> Outcome:
    """All presets of a file, found in a process of their own: preset files are anybody's, plugins die of them.

    Raises ApartError.
    """

    def work() -> bytes:
        warnings = Warnings()
        presets = Discovery(factory, warnings.add).run()
        return msgspec.msgpack.encode(Outcome(presets, warnings.list()))

    return msgspec.msgpack.decode(run_apart(work, seconds), type=Outcome)


def find_factory(get_factory: CData, warn: Warn) -> CData | None:
    """The preset-discovery factory of a file; None if it has none that can be used."""
    with phase(lib.IB_PHASE_ENTRY):
        found = next((pointer for name in FACTORIES if (pointer := get_factory(name)) != ffi.NULL), None)
    if found is None:
        return None
    factory = ffi.cast("const struct clap_preset_discovery_factory *", found)
    holes = missing_functions(factory)
    if holes:
        warn(f"its preset-discovery factory lacks {', '.join(holes)} and is not used")
        return None
    return factory


def add_presets(found: list[FoundPreset], plugins: list[PluginDescriptor], warn: Warn) -> None:
    """Give each plugin its presets, once each, in the order in which they were found.

    Presets of plugins of other files or formats are left out. One that names no plugin belongs to the only one.
    """
    listed: dict[str, dict[str, PresetInfo]] = {plugin.id: {} for plugin in plugins}
    nobodys = 0
    for preset in found:
        ids = preset.plugins
        if not ids and not preset.is_foreign:
            ids = list(listed) if len(listed) == 1 else []
            nobodys += not ids
        for identity in ids:
            if identity in listed:
                listed[identity].setdefault(preset.info.id, preset.info)
    for plugin in plugins:
        plugin.presets = list(listed[plugin.id].values())
    if nobodys:
        warn(f"{nobodys} of its presets do not say which of its plugins they are for and were left out")
