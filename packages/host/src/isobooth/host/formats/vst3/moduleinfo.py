"""moduleinfo.json: what a bundle says of its plugins without being loaded (VST 3 Developer Portal, "ModuleInfo-JSON").

The file is JSON5, written by the plugin's build or by hand, and may be wrong in every way. So nothing here raises: what
cannot be understood becomes a sentence in ``problems`` and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from .factory import AUDIO_CLASS, ClassInfo, FactoryInfo
from .ids import normal_id

MOST_BYTES = 8 << 20
"""Longest file that is read."""
MOST_JSON5_BYTES = 1 << 20
"""Longest one that is read where it is no strict JSON: reading JSON5 takes seconds per megabyte."""
_MOST_PROBLEMS = 20
_MOST_TEXT = 256
_NAME = "moduleinfo.json"


@dataclass
class ModuleInfo:
    """What a moduleinfo.json says. Everything may be absent."""

    name: str = ""
    version: str = ""
    info: FactoryInfo = field(default_factory=FactoryInfo)
    classes: list[ClassInfo] = field(default_factory=list)
    replaced: dict[str, str] = field(default_factory=dict)
    """Ids of older classes (of VST2 plugins too) and the id of the class that replaces each."""
    problems: list[str] = field(default_factory=list)
    """What is wrong with it."""
    source: str = _NAME
    """What it is called in ``problems``."""

    @property
    def plugins(self) -> list[ClassInfo]:
        """The classes that are plugins."""
        return [one for one in self.classes if one.category == AUDIO_CLASS]

    def older(self, class_id: str) -> list[str]:
        """Ids of the older classes that a class replaces."""
        return [old for old, new in self.replaced.items() if new == class_id]

    def complain(self, sentence: str) -> None:
        """Note what is wrong, once, and no more than can be read."""
        told = f"{self.source}: {sentence}"
        if told not in self.problems and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(told)


def read_info(path: str) -> ModuleInfo:
    """What the file at ``path`` says; of an empty path, nothing."""
    found = ModuleInfo()
    if not path:
        return found
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        found.complain(f"cannot be read: {error.strerror}")
        return found
    parse_info(data, found)
    return found


def parse_info(data: bytes, found: ModuleInfo) -> None:
    """Read the text of a moduleinfo.json into ``found``."""
    content = _decode(data, found)
    if content is msgspec.UNSET:
        return
    if not isinstance(content, dict):
        found.complain("is no object")
        return
    found.name = _text(content, "Name")
    found.version = _text(content, "Version")
    maker = content.get("Factory Info")
    if isinstance(maker, dict):
        found.info = FactoryInfo(_text(maker, "Vendor"), _text(maker, "URL"), _text(maker, "E-Mail"))
    for index, one in enumerate(_list(content, "Classes", found)):
        _read_class(one, index, found)
    _read_replaced(content.get("Compatibility", []), found)


def _decode(data: bytes, found: ModuleInfo) -> Any:
    """The content, of JSON or JSON5; UNSET where it is neither."""
    if len(data) > MOST_BYTES:
        found.complain(f"is longer than {MOST_BYTES >> 20} MiB and was not read")
        return msgspec.UNSET
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    if len(data) > MOST_JSON5_BYTES:
        found.complain(f"is no strict JSON and longer than {MOST_JSON5_BYTES >> 20} MiB; it was not read")
        return msgspec.UNSET
    import json5  # slow to import, and only needed here

    try:
        return json5.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        found.complain(f"is no JSON5: {str(error)[:_MOST_TEXT] or type(error).__name__}")
        return msgspec.UNSET


def _read_class(one: object, index: int, found: ModuleInfo) -> None:
    if not isinstance(one, dict):
        found.complain(f"class {index} is no object")
        return
    identity = normal_id(_text(one, "CID"))
    if not identity:
        found.complain(f"class {index} has no class id")
        return
    if any(known.id == identity for known in found.classes):
        found.complain(f"class {index} has the id of another, {identity}")
        return
    category = _text(one, "Category")
    if not category:
        category = _text(one, "Catetory")  # as some builds write it
        found.complain("has Catetory for Category" if category else f"class {index} has no Category")
    words = [word for word in _list(one, "Sub Categories", found) if isinstance(word, str)]
    flags = one.get("Class Flags", 0)
    found.classes.append(
        ClassInfo(
            cid=bytes.fromhex(identity),
            category=category,
            name=_text(one, "Name"),
            index=index,
            vendor=_text(one, "Vendor"),
            version=_text(one, "Version"),
            sdk_version=_text(one, "SDKVersion"),
            categories=tuple(word.strip()[:_MOST_TEXT] for word in words if word.strip()),
            flags=flags if isinstance(flags, int) else 0,
        )
    )


def parse_replaced(data: bytes, found: ModuleInfo) -> None:
    """Read a text that is the list under Compatibility alone; of no bytes, nothing."""
    data = data.strip(b"\0\r\n\t ")
    content = _decode(data, found) if data else msgspec.UNSET
    if content is not msgspec.UNSET:
        _read_replaced(content, found)


def _read_replaced(entries: object, found: ModuleInfo) -> None:
    """Read a list of ``{"New": id, "Old": [ids]}`` into ``found.replaced``."""
    if not isinstance(entries, list):
        found.complain("Compatibility is no list")
        return
    for index, entry in enumerate(entries):
        new = normal_id(_text(entry, "New")) if isinstance(entry, dict) else ""
        if not new:
            found.complain(f"entry {index} of Compatibility names no new class")
            continue
        for old in _list(entry, "Old", found):
            wanted = normal_id(old) if isinstance(old, str) else ""
            if not wanted:
                found.complain(f"entry {index} of Compatibility has an old id that is none: {str(old)[:_MOST_TEXT]!r}")
            elif wanted != new:
                found.replaced.setdefault(wanted, new)


def mismatches(info: ModuleInfo, plugins: list[ClassInfo]) -> list[str]:
    """Where a moduleinfo.json contradicts the plugins that the factory really lists: one sentence of each kind."""
    if not info.plugins:
        return []
    told = {one.id: one for one in info.plugins}
    real = {one.id: one for one in plugins}
    both = [(told[identity], real[identity]) for identity in told if identity in real]
    kinds = {
        "lists plugins that the factory does not": [told[one].name or one for one in told if one not in real],
        "does not list every plugin of the factory": [real[one].name or one for one in real if one not in told],
        "has other names than the factory": [f"{a.name!r} for {b.name!r}" for a, b in both if a.name != b.name],
        "has other versions than the factory": [
            f"{a.version!r} for {b.version!r}" for a, b in both if a.version != b.version
        ],
        "has other sub-categories than the factory": [a.name for a, b in both if a.categories != b.categories],
    }
    return [f"{_NAME} {kind}: {_some(names)}" for kind, names in kinds.items() if names]


def _some(names: list[str], most: int = 3) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _text(content: dict[Any, Any], key: str) -> str:
    value = content.get(key)
    return value.strip()[:_MOST_TEXT] if isinstance(value, str) else ""


def _list(content: dict[Any, Any], key: str, found: ModuleInfo) -> list[Any]:
    value = content.get(key, [])
    if isinstance(value, list):
        return value
    found.complain(f"{key} is no list")
    return []
