"""The same plugin in several formats: which belong together, and which of them stands for all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from isobooth.protocol.reports import PluginGroup

from .entries import PluginEntry

PREFERENCE: tuple[str, ...] = ("clap", "vst3", "lv2", "vst2", "ladspa", "ladspa0", "wclap", "null")
"""Which format is meant where a plugin is there in several and the locator names none."""

_RANK = {name: place for place, name in enumerate(PREFERENCE)}
_WORD = r"(?:vst\s?-?[23]?(?:\.\d)?|lv2|clap|w-?clap|ladspa|dssi)(?:\s*plug-?in)?"
_MARK = re.compile(
    rf"(?:\s*\(\s*{_WORD}\s*\)|\s*\[\s*{_WORD}\s*\]|\s*[_-]\s*{_WORD}|\s+(?!clap){_WORD})\s*$", re.IGNORECASE
)
"""A format's name in brackets or behind a dash; behind a space alone it may be a hand's clap."""
_ADDRESS = re.compile(r"<[^>]*>|\([^)]*@[^)]*\)|\S+@\S+|https?://\S+|\(c\)|©", re.IGNORECASE)
_FIRM = re.compile(r"\b(?:inc|ltd|llc|gmbh|corp|co|ag|bv|srl|sarl)\b\.?", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Group:
    """One plugin, in several formats or in several places; often in one alone."""

    name: str
    """Of ``default``, without a mark of its format at its end."""
    vendor: str
    plugins: tuple[PluginEntry, ...]
    """The preferred formats first."""

    @property
    def default(self) -> PluginEntry:
        """The one that stands for the group: PREFERENCE decides."""
        return self.plugins[0]

    @property
    def formats(self) -> list[str]:
        """The formats, each once, the preferred first."""
        return list(dict.fromkeys(one.format for one in self.plugins))

    def report(self) -> PluginGroup:
        """Return what JSON says of the group."""
        return PluginGroup(
            name=self.name,
            vendor=self.vendor,
            default=self.default.locator,
            formats=self.formats,
            plugins=[one.locator for one in self.plugins],
        )


def preferred(one: PluginEntry) -> int:
    """Return the place of a plugin's format in PREFERENCE; unknown formats come last."""
    return _RANK.get(one.format, len(_RANK))


def bare_name(name: str) -> str:
    """Return a name without marks of a format at its end: ``Comp (VST3)``, ``comp-ladspa``, ``Comp LV2``."""
    while True:
        shorter = _MARK.sub("", name)
        if shorter == name or not shorter.strip():
            return name.strip()
        name = shorter


def group(plugins: Iterable[PluginEntry]) -> list[Group]:
    """Group plugins of the same name and vendor, in the order of the first of each.

    Names count without case, spaces, punctuation and marks of a format at their end, vendors without addresses and
    legal forms. A plugin that names no vendor belongs to the only vendor that has a plugin of its name, if there is
    exactly one. Plugins of one file never belong together: one binary does not hold the same twice.
    """
    by_name: dict[str, dict[str, list[PluginEntry]]] = defaultdict(lambda: defaultdict(list))
    for one in plugins:
        by_name[_folded(bare_name(one.name)) or one.name][_vendor(one.vendor)].append(one)
    groups = []
    for vendors in by_name.values():
        nameless = vendors.pop("", [])
        if len(vendors) == 1:
            next(iter(vendors.values())).extend(nameless)
        elif nameless:
            vendors[""] = nameless
        for members in vendors.values():
            groups += [_make(part) for part in _apart(members)]
    return groups


def _apart(members: list[PluginEntry]) -> list[list[PluginEntry]]:
    """Split where a file holds several of one name: the first of each file together, then the second ones."""
    parts: list[list[PluginEntry]] = []
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for one in members:
        place = seen[one.format, one.path]
        seen[one.format, one.path] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append(one)
    return parts


def _make(members: list[PluginEntry]) -> Group:
    ordered = tuple(sorted(members, key=lambda one: (preferred(one), one.path, one.index)))
    vendor = next((one.vendor for one in ordered if one.vendor), "")
    return Group(bare_name(ordered[0].name), vendor, ordered)


def _folded(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _vendor(text: str) -> str:
    return _folded(_FIRM.sub("", _ADDRESS.sub("", text)))
