"""The plugins of a machine, and how a text finds the one that is meant."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem
from isobooth.protocol.errors import LocatorError, PluginNotFound, did_you_mean
from isobooth.protocol.locator import Locator, bundle_around, parse_locator

PREFERENCE: tuple[str, ...] = ("clap", "vst3", "lv2", "vst2", "ladspa", "ladspa0", "wclap", "null")
"""Which format is meant where a plugin is there in several and the locator names none."""

_MOST_NAMED = 8
_LOOSE = re.compile(r"[\W_]+")
_NOISE = re.compile(r"[{}\s-]")
_CLASS_ID = re.compile(r"[0-9A-F]{32}")

Match = Callable[[PluginDescriptor], bool]


class Catalogue:
    """Plugins in order of their format, file and place in the file; and what could not be described.

    Iterating gives the descriptors.
    """

    def __init__(self, plugins: Iterable[PluginDescriptor], problems: Iterable[ScanProblem] = ()) -> None:
        self.plugins = list(plugins)
        seen: dict[tuple[str, str], ScanProblem] = {}
        for problem in problems:  # two formats that share a folder meet the same trouble
            seen.setdefault((problem.path, problem.reason), problem)
        self.problems = list(seen.values())

    def __iter__(self) -> Iterator[PluginDescriptor]:
        return iter(self.plugins)

    def __len__(self) -> int:
        return len(self.plugins)

    def search(
        self,
        *,
        name: str | None = None,
        vendor: str | None = None,
        format: str | None = None,  # noqa: A002  (the word that users know)
        feature: str | None = None,
    ) -> list[PluginDescriptor]:
        """Return the plugins that fit all that is given.

        ``name`` and ``vendor`` are parts of the text, in any case; ``format`` and ``feature`` (``instrument``,
        ``reverb`` …) are whole words. An empty text fits everything.
        """
        found = self.plugins
        if name:
            found = [one for one in found if name.casefold() in one.name.casefold()]
        if vendor:
            found = [one for one in found if vendor.casefold() in one.vendor.casefold()]
        if format:
            found = [one for one in found if one.format == format]
        if feature:
            word = feature.casefold()
            found = [one for one in found if word in (known.casefold() for known in one.features)]
        return found

    def find(self, locator: str | Locator) -> PluginDescriptor:
        """Return the one plugin that a locator means.

        Tried in this order, each over all plugins (of the locator's format, if it names one): the exact name; the name
        in any case; the exact id; the number (LADSPA's and VST2's unique id); the name without regard to spaces and
        punctuation (``Zam Comp`` finds ``ZamComp``). A VST3 class id counts in any case, with dashes and braces too,
        and the id of an older plugin means the one that replaces it. A locator with a format prefix tries the id and
        the number first. Where the first of these that fits anything fits plugins of several formats, PREFERENCE
        decides.

        A path means the plugin of that file, with ``#id`` the one of that id, label or number in it. Of a LADSPA file,
        ``##number`` is a unique id and ``#@place`` a place in the file, from 0, whatever the labels are.

        Raises PluginNotFound, with near names, or LocatorError where several plugins of one format fit; it lists them.
        """
        wanted = locator if isinstance(locator, Locator) else parse_locator(locator)
        pool = [one for one in self.plugins if wanted.format in {"", one.format}]
        if wanted.path:
            return self._in_file(wanted, pool)
        key = wanted.id or wanted.name
        for fits in _ways(key, id_first=bool(wanted.format)):
            found = [one for one in pool if fits(one)]
            if found:
                return _only(found, wanted)
        where = f" of format {wanted.format}" if wanted.format else ""
        names = [word for one in pool for word in (one.name, one.id)]
        raise PluginNotFound(
            f"there is no plugin{where} with the name or id {key!r} among {len(pool)} known ones",
            plugin_id=key,
            hint=did_you_mean(key, names) or "`isobooth list` shows what is there",
        )

    def _in_file(self, wanted: Locator, pool: list[PluginDescriptor]) -> PluginDescriptor:
        real = os.path.realpath(bundle_around(wanted.path) or wanted.path)
        inside = [one for one in pool if os.path.realpath(one.path) == real]
        if not inside:
            raise PluginNotFound(f"no plugin is known in {wanted.path}", path=wanted.path, plugin_id=wanted.id)
        if not wanted.id:
            return _only(inside, wanted)
        for fits in [*_ways(wanted.id, id_first=True), *_signed(wanted.id)]:
            found = [one for one in inside if fits(one)]
            if found:
                return _only(found, wanted)
        ids = [one.id for one in inside]
        raise PluginNotFound(
            f"{wanted.path} holds no plugin {wanted.id!r}",
            path=wanted.path,
            plugin_id=wanted.id,
            hint=did_you_mean(wanted.id, ids) or f"it holds {_some(ids)}",
        )


def specific(one: PluginDescriptor) -> str:
    """Return the locator that means this plugin and no other."""
    return f"{one.format}:{one.path}#{one.id}"


def _ways(key: str, *, id_first: bool) -> list[Match]:
    folded, loose = key.casefold(), _LOOSE.sub("", key).casefold()
    number = int(key) if key.isascii() and key.isdigit() else None
    names: list[Match] = [lambda one: one.name == key, lambda one: one.name.casefold() == folded]
    last: list[Match] = []
    ids: list[Match] = [lambda one: one.id == key]
    class_id = _NOISE.sub("", key).upper()
    if _CLASS_ID.fullmatch(class_id):
        ids.append(lambda one: one.format == "vst3" and one.id == class_id)
        last.append(lambda one: class_id in one.replaces)
    if number is not None:
        ids.append(lambda one: one.unique_id == number)
    if loose:
        last.append(lambda one: _LOOSE.sub("", one.name).casefold() == loose)
    return [*ids, *names, *last] if id_first else [*names, *ids, *last]


def _signed(key: str) -> list[Match]:
    """What LADSPA's hosts understand besides: ``#`` and a unique id, ``@`` and a place in the file."""
    sign, digits = key[:1], key[1:]
    if sign not in {"#", "@"} or not (digits.isascii() and digits.isdigit()):
        return []
    number = int(digits)
    return [lambda one: one.format == "ladspa" and number == (one.index if sign == "@" else one.unique_id)]


def _only(found: list[PluginDescriptor], wanted: Locator) -> PluginDescriptor:
    rank = {name: place for place, name in enumerate(PREFERENCE)}
    best = min(rank.get(one.format, len(rank)) for one in found)
    of_best = [one for one in found if rank.get(one.format, len(rank)) == best]
    # The same file under two names holds the same plugin.
    distinct = {(os.path.realpath(one.path), one.id, one.index): one for one in reversed(of_best)}
    if len(distinct) == 1:
        return of_best[0]
    named = sorted({_unmistakable(one, list(distinct.values())) for one in distinct.values()})
    raise LocatorError(f"{wanted.text!r} could mean {len(distinct)} plugins - name one of them: {_some(named)}")


def _unmistakable(one: PluginDescriptor, others: list[PluginDescriptor]) -> str:
    """The locator, by the place in the file where several plugins of a LADSPA file share a label."""
    shared = [other for other in others if specific(other) == specific(one)]
    return f"{one.format}:{one.path}#@{one.index}" if len(shared) > 1 and one.format == "ladspa" else specific(one)


def _some(words: list[str]) -> str:
    more = len(words) - _MOST_NAMED
    return ", ".join(words[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
