"""Loading presets (ext/preset-load.h), and the ids under which descriptions list them."""

from __future__ import annotations

import os

from isobooth.protocol.abilities import PresetLoaded
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData, phase
from ..shared.warnings import Warn
from .call import extension
from .remarks import Remark, take

FILE = lib.CLAP_PRESET_DISCOVERY_LOCATION_FILE
PLUGIN = lib.CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN
_WORDS = {FILE: "file", PLUGIN: "plugin"}


def preset_id(kind: int, location: str, load_key: str | None) -> str:
    """``file:<path>#<load key>`` or ``plugin:#<load key>``; no ``#`` where there is no key.

    ``%`` and ``#`` of the path are written as %25 and %23. The id says all that loading takes, so it stays good as long
    as the file stays where it is.
    """
    where = location.replace("%", "%25").replace("#", "%23")
    return f"{_WORDS[kind]}:{where}" + ("" if load_key is None else f"#{load_key}")


def parse_preset_id(preset: str) -> tuple[int, str, str | None] | None:
    """Kind, location and load key of an id; None for what is none."""
    word, colon, rest = preset.partition(":")
    kind = next((number for number, known in _WORDS.items() if known == word), None)
    where, sign, key = rest.partition("#")
    if not colon or kind is None or (kind == FILE) != bool(where):
        return None
    return kind, where.replace("%23", "#").replace("%25", "%"), key if sign else None


class PresetLoader:
    """Loads presets into one plugin."""

    def __init__(self, plugin: CData, clap: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._clap = clap
        self._functions = extension(
            plugin, ("clap.preset-load/2", "clap.preset-load.draft/2"), "clap_plugin_preset_load", warn
        )

    def load(self, name: str, preset: str, path: str) -> list[Remark]:
        """Load a preset by its id or a file by its path. Raises PluginError with what the plugin says of the failure.

        Returns what else the plugin said meanwhile.
        """
        wanted = preset or path
        if self._functions is None:
            raise PluginError(f"{name!r} cannot load preset {wanted!r}: it lacks CLAP's preset-load extension")
        kind, location, key = self._locate(name, preset, path)
        before, _ = take(self._clap.extras.heard)
        with phase(lib.IB_PHASE_STATE_LOAD):
            loaded = self._functions.from_location(
                self._plugin,
                kind,
                ffi.NULL if kind == PLUGIN else ffi.new("char[]", os.fsencode(location)),
                ffi.NULL if key is None else ffi.new("char[]", key.encode("utf-8", "replace")),
            )
        said, _ = take(self._clap.extras.heard)
        mine = (lib.IB_CLAP_PRESET_ERROR, lib.IB_CLAP_PRESET_LOADED)
        if not loaded:
            reasons = [_reason(remark) for remark in said if remark.kind == lib.IB_CLAP_PRESET_ERROR]
            cause = "; ".join(reasons) or "its from_location() returned false and it gave no reason"
            raise PluginError(f"{name!r} could not load preset {wanted!r}: {cause}")
        return [*before, *(remark for remark in said if remark.kind not in mine)]

    def _locate(self, name: str, preset: str, path: str) -> tuple[int, str, str | None]:
        if preset:
            found = parse_preset_id(preset)
            if path and "\0" not in preset + path and os.path.isabs(path):  # that file, whatever the id says
                return FILE, path, preset if found is None else found[2]
            if found is None or "\0" in preset:
                raise PluginError(
                    f"{preset!r} is not a preset of {name!r}: ids are those that its description lists,"
                    " 'file:<path>#<key>' or 'plugin:#<key>'"
                )
            return found
        if not os.path.isabs(path) or "\0" in path:
            raise PluginError(f"{name!r} cannot load preset {path!r}: give the absolute path of a file")
        return FILE, path, None


def _reason(remark: Remark) -> str:
    """What on_error said, with the system's error where there is one."""
    number = remark.numbers[1]
    system = f" ({os.strerror(number)})" if number > 0 else ""
    return (remark.text(2) or "its on_error() came without a message") + system


def loaded_notice(remark: Remark) -> PresetLoaded:
    """What host.loaded() tells the client."""
    kind = FILE if remark.numbers[0] == FILE else PLUGIN
    path = sendable(remark.exact(0) or "") if kind == FILE else ""
    key = remark.exact(1)
    return PresetLoaded(id=preset_id(kind, path, None if key is None else sendable(key)), path=path)


def sendable(words: str) -> str:
    """The same without the surrogates that stand for bytes that are no UTF-8: messages cannot hold those."""
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def failed_notice(remark: Remark) -> str:
    """A line for the log: an error that no request of ours caused."""
    where = remark.text(0) or "inside the plugin"
    return f"it could not load a preset ({where}): {_reason(remark)}"
