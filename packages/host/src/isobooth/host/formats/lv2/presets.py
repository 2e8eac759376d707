"""Presets of LV2 plugins: listed from the data files, loaded and saved by lilv, so that they mean the same everywhere.

A preset that is saved is a zip archive with one folder, an LV2 bundle: manifest.ttl, the preset, and copies of the
files that it refers to. Unpacked into a folder of LV2_PATH it is a preset of every host.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isobooth.protocol.descriptors import PresetInfo
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData
from ...scratch import make_folder, remove_folder
from .lilv import lilv
from .memory import uri_of
from .uris import ATOM, CORE, PRESETS, RDFS, tail
from .world import Term, World

MOST_ZIP_BYTES = 1 << 30
_PRESET = f"{PRESETS}Preset"
_SUFFIX = ".preset.lv2"
_NUMBERS = {
    f"{ATOM}Float": "float *",
    f"{ATOM}Double": "double *",
    f"{ATOM}Int": "int32_t *",
    f"{ATOM}Long": "int64_t *",
    f"{ATOM}Bool": "int32_t *",
}


@dataclass(frozen=True)
class Preset:
    """A preset that was found."""

    info: PresetInfo
    bundle: str


def lv2_folders() -> list[str]:
    """Where bundles are: LV2_PATH, else the folders of the LV2 Filesystem Hierarchy Standard and Debian's."""
    from_variable = [part for part in os.environ.get("LV2_PATH", "").split(os.pathsep) if part]
    triplet = str(getattr(sys.implementation, "_multiarch", ""))
    libraries = ["lib", *([f"lib/{triplet}"] if triplet else []), "lib64"]
    usual = ["~/.lv2", *(f"{top}/{name}/lv2" for top in ("/usr/local", "/usr") for name in libraries)]
    return [os.path.expanduser(part) for part in from_variable or usual]


def find_presets(world: World, uris: Iterable[str], bundle: str) -> dict[str, list[Preset]]:
    """Presets of these plugins, by plugin: those of the bundle, which is in the world, and those of other bundles.

    Of the other bundles, those count whose manifest speaks of presets and of one of the plugins; they are loaded.
    """
    wanted = {uri: list[Preset]() for uri in uris}
    seen: set[str] = set()
    _take(world, wanted, bundle, seen)
    words = {tail(uri).encode() for uri in wanted}
    for folder in _bundles_with_presets(words, bundle):
        world.load_bundle(folder)
        _take(world, wanted, folder, seen)
    for found in wanted.values():
        found.sort(key=lambda one: one.info.id)
    return wanted


def _bundles_with_presets(words: set[bytes], own: str) -> Iterable[str]:
    for folder in lv2_folders():
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(os.path.join(path, "manifest.ttl"), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            if b"reset" in data and any(word in data for word in words) and not _is_same(path, own):
                yield path


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _take(world: World, wanted: dict[str, list[Preset]], bundle: str, seen: set[str]) -> None:
    for term in world.instances(_PRESET):
        if term.kind != "uri" or term.text in seen:
            continue
        seen.add(term.text)
        for plugin in world.texts(term, f"{CORE}appliesTo") & wanted.keys():
            wanted[plugin].append(Preset(_info(world, term), bundle))


def _info(world: World, term: Term) -> PresetInfo:
    label = world.text(term, f"{RDFS}label")
    if not label:
        world.load_resource(term.text)
        label = world.text(term, f"{RDFS}label")
    bank = world.value(term, f"{PRESETS}bank")
    file = world.value(term, f"{RDFS}seeAlso")
    path = "" if file is None else world.path_of(file.text)
    return PresetInfo(
        id=term.text,
        name=label or tail(term.text),
        bank="" if bank is None else world.text(bank, f"{RDFS}label") or tail(bank.text),
        description=world.text(term, f"{RDFS}comment"),
        path=path,
        is_factory=not path.startswith(os.path.join(os.path.expanduser("~"), "")),
    )


# -- load -------------------------------------------------------------------------------------------------------------

SetValue = Callable[[str, float], None]
"""Of a control port, by its symbol."""


@dataclass(frozen=True)
class Target:
    """The instance that a preset is loaded into or made of, as lilv's functions take it."""

    uri: str
    instance: CData
    """``LilvInstance *``: descriptor, handle and a pointer of lilv's own."""
    urid_map: CData
    urid_unmap: CData
    features: CData
    """Without the features of paths: lilv has its own."""


def apply(world: World, subject: str, target: Target, set_value: SetValue) -> bool:
    """Restore the state that the loaded files describe under a URI. False: there is none. Raises PluginError."""
    state = lilv().lilv_state_new_from_world(world.pointer, target.urid_map, world.uri(subject))
    return _apply(state, target, set_value)


def _apply(state: CData, target: Target, set_value: SetValue) -> bool:
    if state == ffi.NULL:
        return False

    def put(symbol: CData, _: CData, value: CData, size: int, kind: int) -> None:
        number = _number(value, size, kind)
        if number is not None:
            set_value(ffi.string(symbol).decode("utf-8", "replace"), number)

    callback = ffi.callback("void(char const *, void *, void const *, uint32_t, uint32_t)", put)
    try:
        meant = lilv().lilv_state_get_plugin_uri(state)
        found = "" if meant == ffi.NULL else ffi.string(lilv().lilv_node_as_string(meant)).decode()
        if found != target.uri:
            raise PluginError(f"the preset is one of {found or 'no plugin'}, not of {target.uri}")
        lilv().lilv_state_restore(state, target.instance, callback, ffi.NULL, 0, target.features)
    finally:
        lilv().lilv_state_free(state)
    return True


def _number(value: CData, size: int, kind: int) -> float | None:
    form = _NUMBERS.get(uri_of(kind))
    if form is None or size < ffi.sizeof(form[:-2]):
        return None
    return float(ffi.cast(form, value)[0])


def load_listed(preset: Preset, target: Target, set_value: SetValue) -> None:
    """Load a preset of the list. Raises PluginError."""
    with World() as world:
        world.load_bundle(preset.bundle)
        world.load_resource(preset.info.id)
        if not apply(world, preset.info.id, target, set_value):
            raise PluginError(f"the preset {preset.info.id} is not in {preset.bundle} any more")


def is_preset_file(path: str) -> bool:
    """Is it something that ``load_file`` reads: a bundle, a Turtle file, or an archive as ``save`` makes it?"""
    return os.path.isdir(path) or path.lower().endswith(".ttl") or zipfile.is_zipfile(path)


def load_file(path: str, preset: str, target: Target, set_value: SetValue, scratch: str) -> None:
    """Load the preset in a bundle, a Turtle file or an archive; that of a URI if there is one. Raises PluginError.

    An archive is unpacked below ``scratch``, where it stays: the plugin may go on using its files.
    """
    if not os.path.isdir(path) and zipfile.is_zipfile(path):
        path = _unpack(path, scratch)
    if os.path.isdir(path):
        _load_bundle(path, preset, target, set_value)
        return
    with World() as world:
        subject = world.uri(preset) if preset else ffi.NULL
        state = lilv().lilv_state_new_from_file(world.pointer, target.urid_map, subject, os.fsencode(path))
        if preset and state != ffi.NULL and lilv().lilv_state_get_plugin_uri(state) == ffi.NULL:
            lilv().lilv_state_free(state)
            state = ffi.NULL
        if _apply(state, target, set_value):
            return
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isfile(os.path.join(folder, "manifest.ttl")):
        what = f"holds no preset {preset}" if preset else "is no LV2 preset"
        raise PluginError(f"{path} {what}: lilv finds no such state in it, and no manifest.ttl beside it")
    _load_bundle(folder, preset, target, set_value, path)


def _load_bundle(folder: str, preset: str, target: Target, set_value: SetValue, file: str = "") -> None:
    """The one preset of a bundle that is the plugin's, has that URI if one is given, and is in that file if one is."""
    with World() as world:
        world.load_bundle(folder)
        found = sorted(term.text for term in world.instances(_PRESET) if term.kind == "uri")
        mine = [uri for uri in found if target.uri in world.texts(uri, f"{CORE}appliesTo")]
        if file:
            mine = [uri for uri in mine if _is_same(world.path_of(world.text(uri, f"{RDFS}seeAlso")), file)]
        chosen = [uri for uri in mine if _is_meant(uri, preset)] if preset else mine
        if len(chosen) != 1:
            what = f"no preset {preset}" if mine and preset else f"{len(mine)} presets" if mine else "no preset"
            hint = f" - give the id of one of them with it: {', '.join(mine[:10])}" if mine else ""
            raise PluginError(f"the bundle {folder} holds {what} of {target.uri}{hint}")
        world.load_resource(chosen[0])
        if not apply(world, chosen[0], target, set_value):
            raise PluginError(f"the preset {chosen[0]} of {folder} has no content")


def _is_meant(uri: str, preset: str) -> bool:
    """Is it that URI? One that names a file stays the same preset wherever its bundle has moved to."""
    is_file = uri.startswith("file:") and preset.startswith("file:")
    return uri == preset or (is_file and uri.rpartition("/")[2] == preset.rpartition("/")[2])


def _unpack(path: str, scratch: str) -> str:
    folder = tempfile.mkdtemp(prefix="preset-", dir=scratch)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_ZIP_BYTES:
                raise PluginError(f"the preset {path} holds more than {MOST_ZIP_BYTES >> 20} MiB")
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise PluginError(f"the preset {path} cannot be unpacked: {error}") from error
    for where, _, names in os.walk(folder):
        if "manifest.ttl" in names:
            return where
    raise PluginError(f"the archive {path} is no LV2 preset: there is no manifest.ttl in it")


# -- save -------------------------------------------------------------------------------------------------------------


def save(name: str, bundle: str, target: Target, values: dict[str, float], made: str) -> bytes:
    """The archive of a preset. ``made`` is the folder of files that the plugin has made. Raises PluginError."""
    word = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._") or "preset"
    memory = {symbol: ffi.new("float *", value) for symbol, value in values.items()}
    float_type = lib.ib_lv2_map(f"{ATOM}Float".encode())

    def get(symbol: CData, _: CData, size: CData, kind: CData) -> CData:
        found = memory.get(ffi.string(symbol).decode("utf-8", "replace"))
        size[0], kind[0] = (0, 0) if found is None else (4, float_type)
        return ffi.NULL if found is None else ffi.cast("void *", found)

    callback = ffi.callback("void *(char const *, void *, uint32_t *, uint32_t *)", get, error=ffi.NULL)
    scratch = make_folder()
    folder = os.path.join(scratch, word + _SUFFIX)
    os.mkdir(folder)
    where = os.fsencode(folder)
    try:
        with World() as world:
            world.load_bundle(bundle)
            plugin = world.plugins()[target.uri]
            world.read_plugin(plugin)
            flags = lib.IB_LV2_STATE_IS_POD | lib.IB_LV2_STATE_IS_PORTABLE
            state = lilv().lilv_state_new_from_instance(
                plugin, target.instance, target.urid_map, os.fsencode(made), where, where, where, callback, ffi.NULL,
                flags, target.features,
            )  # fmt: skip
            if state == ffi.NULL:
                raise PluginError(f"{target.uri} gave no state for the preset {name!r}")
            try:
                lilv().lilv_state_set_label(state, (name or word).encode())
                wrong = lilv().lilv_state_save(
                    world.pointer, target.urid_map, target.urid_unmap, state, ffi.NULL, where, f"{word}.ttl".encode()
                )
            finally:
                lilv().lilv_state_free(state)
        if wrong:
            raise PluginError(f"the preset {name!r} of {target.uri} could not be written")
        return _packed(scratch)
    finally:
        remove_folder(scratch)


def _packed(folder: str) -> bytes:
    area = io.BytesIO()
    with zipfile.ZipFile(area, "w", zipfile.ZIP_DEFLATED) as archive:
        for where, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(where, name)
                archive.write(path, os.path.relpath(path, folder))
    return area.getvalue()
