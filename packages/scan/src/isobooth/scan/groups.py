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
_VENDOR_MARK = re.compile(rf"(?<=\S)(?:\s*\(\s*{_WORD}\s*\)|\s*\[\s*{_WORD}\s*\]|[\s_-]+{_WORD})\s*$", re.IGNORECASE)
"""The same of a vendor, which is no hand."""
_ADDRESS = re.compile(r"<[^>]*>|\([^)]*@[^)]*\)|\S+@\S+|https?://\S+|\(c\)|©", re.IGNORECASE)
_FIRM = re.compile(r"\b(?:inc|ltd|llc|gmbh|corp|co|ag|bv|srl|sarl)\b\.?", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Group:
    """One plugin, in several formats or in several places; often in one alone."""

    name: str
    """Of ``default``, without a mark of its format at its end."""
    vendor: str
    """As above."""
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


def bare_vendor(vendor: str) -> str:
    """Return a vendor's name without a mark of a format at its end: ``LSP LV2``, ``LSP VST``, ``LSP (CLAP)``."""
    return _VENDOR_MARK.sub("", vendor).strip()


def group(plugins: Iterable[PluginEntry]) -> list[Group]:
    """Group plugins of the same name and vendor, in the order of the first of each.

    Names count without case, spaces, punctuation, marks of a format at their end and their vendor's name at their
    beginning (``LSP Sampler`` by LSP is its ``Sampler``); vendors without marks of a format, addresses and legal forms.
    A plugin that names no vendor belongs to the only vendor that has a plugin of its whole name, if there is exactly
    one. Plugins of one format with different ids never belong together, nor do those of one file: shops, bridges and
    names that were cut short give several plugins one name.
    """
    order = list(plugins)
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    vendors: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    nameless: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(order):
        name, vendor = _folded(bare_name(one.name)) or one.name, _vendor(one.vendor)
        if vendor:
            key = (name.removeprefix(vendor) or name, vendor)
            members[key].append(place)
            vendors[name][key] = None
        else:
            nameless[name].append(place)
    for name, places in nameless.items():
        known = list(vendors.get(name, ()))
        members[known[0] if len(known) == 1 else (name, "")] += places
    parts = [part for places in members.values() for part in _apart(order, sorted(places))]
    return [_make([order[place] for place in part]) for part in sorted(parts)]


def _apart(order: list[PluginEntry], places: list[int]) -> list[list[int]]:
    """Split where a format has several ids, or a file several plugins: all first ones together, then all second ones.

    ``order`` has the plugins that ``places`` is about.
    """
    parts: list[list[int]] = []
    in_file: dict[tuple[str, str, str], int] = defaultdict(int)
    of_format: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    for place in places:
        one = order[place]
        same = in_file[one.format, one.path, one.id]
        in_file[one.format, one.path, one.id] += 1
        known = of_format[one.format]
        part = known.setdefault((one.id, same), len(known))
        if part == len(parts):
            parts.append([])
        parts[part].append(place)
    return parts


def _make(members: list[PluginEntry]) -> Group:
    ordered = tuple(sorted(members, key=lambda one: (preferred(one), one.path, one.index)))
    vendor = next((one.vendor for one in ordered if one.vendor), "")
    return Group(bare_name(ordered[0].name), bare_vendor(vendor), ordered)


def _folded(text: str) -> str:
    return _NO_LETTER.sub("", text).casefold()


def _vendor(text: str) -> str:
    return _folded(_FIRM.sub("", _ADDRESS.sub("", bare_vendor(text))))
