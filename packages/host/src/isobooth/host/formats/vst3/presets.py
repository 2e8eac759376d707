"""Presets of a VST3 plugin: files in the standard folders, programs of its own lists.

Folders: VST 3 Developer Portal, "Preset Format", Linux: ``<base>/<vendor>/<plugin>/*.vstpreset``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from isobooth.protocol.descriptors import PluginDescriptor, PresetInfo
from isobooth.protocol.errors import PluginError

from .preset_file import SUFFIX, read_class_id

MOST_FILES = 10_000
"""Preset files of one plugin that are listed."""
MOST_PRESET_BYTES = 1 << 30
_HEADER_BYTES = 48
_SYSTEM_FOLDERS = ("/usr/share/vst3/presets", "/usr/local/share/vst3/presets")
_FORBIDDEN = '\\/:*?"<>|'


def preset_folders() -> list[tuple[Path, bool]]:
    """Where presets lie, and whether they are the factory's; the user's own come first."""
    return [
        (Path(os.path.expanduser("~"), ".vst3", "presets"), False),
        *((Path(folder), True) for folder in _SYSTEM_FOLDERS),
    ]


def folder_name(text: str) -> str:
    """A vendor's or plugin's name as a folder is called: without what file systems forbid."""
    return "".join("_" if letter in _FORBIDDEN or ord(letter) < 0x20 else letter for letter in text).strip(". ")


def find_preset_files(plugin: PluginDescriptor) -> list[PresetInfo]:
    """Preset files of one plugin. Files of another class, and those that cannot be read, are left out."""
    vendor, name = folder_name(plugin.vendor), folder_name(plugin.name)
    found: list[PresetInfo] = []
    if not vendor or not name:
        return found
    for base, is_factory in preset_folders():
        root = base / vendor / name
        for path in _files(root):
            if len(found) >= MOST_FILES:
                return found
            if _class_of(path) == plugin.id.upper():
                bank = path.parent.relative_to(root).as_posix()
                found.append(
                    PresetInfo(
                        id=str(path),
                        name=path.stem,
                        bank="" if bank == "." else bank,
                        path=str(path),
                        is_factory=is_factory,
                    )
                )
    return found


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.lower().endswith(SUFFIX))


def _class_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return read_class_id(file.read(_HEADER_BYTES))
    except OSError:
        return ""


def read_preset_file(path: str) -> bytes:
    """The bytes of a file. Raises PluginError where it cannot be read."""
    try:
        if not os.path.isfile(path):
            raise PluginError(f"the preset {path!r} is no file")
        if os.path.getsize(path) > MOST_PRESET_BYTES:
            raise PluginError(f"the preset {path!r} is longer than {MOST_PRESET_BYTES} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise PluginError(f"the preset {path!r} could not be read: {error.strerror or error}") from error


def program_of(preset: str, kind: str = "program") -> tuple[int, int] | None:
    """List and index of ``program:<list>:<index>`` (or ``kind``), None for any other id."""
    words = preset.split(":")
    if len(words) != 3 or words[0] != kind:
        return None
    try:
        return int(words[1]), int(words[2])
    except ValueError:
        return None
