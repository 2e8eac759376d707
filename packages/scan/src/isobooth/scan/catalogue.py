"""The plugins of a machine, and how a text finds the one that is meant."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator

from isobooth.protocol.descriptors import PluginDescriptor, PluginSummary, ScanProblem
from isobooth.protocol.errors import LocatorError, PluginLoadError, PluginNotFound, did_you_mean
from isobooth.protocol.locator import Locator, bundle_around, parse_locator
from isobooth.protocol.reports import BlockedFile, CatalogueReport, DetailedCatalogueReport

from .entries import PluginEntry
from .groups import PREFERENCE, Group, bare_name, group, preferred

_MOST_NAMED = 8
_LOOSE = re.compile(r"[\W_]+")
_NOISE = re.compile(r"[{}\s-]")
_CLASS_ID = re.compile(r"[0-9A-F]{32}")

Match = Callable[[PluginEntry], bool]

__all__ = ["PREFERENCE", "Catalogue", "blocked_hint", "specific"]


class Catalogue:
    """Plugins in order of their format, file and place in the file; and what could not be described.

    Iterating gives the plugins. ``problems`` says what could not be looked at or described and what was odd,
    ``blocked`` which files, or plugins of files, were left alone because they took down the process that looked.
    """

    def __init__(
        self,
        plugins: Iterable[PluginEntry | PluginDescriptor],
        problems: Iterable[ScanProblem] = (),
        blocked: Iterable[BlockedFile] = (),
    ) -> None:
        self.plugins = [one if isinstance(one, PluginEntry) else PluginEntry.of(one) for one in plugins]
        seen: dict[tuple[str, str], ScanProblem] = {}
        for problem in problems:  # two formats that share a folder meet the same trouble
            seen.setdefault((problem.path, problem.reason), problem)
        self.problems = list(seen.values())
        self.blocked = list(blocked)

    def __iter__(self) -> Iterator[PluginEntry]:
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
        category: str | None = None,
    ) -> list[PluginEntry]:
        """Return the plugins that fit all that is given.

        ``name`` and ``vendor`` are parts of the text, in any case; ``format``, ``feature`` (``instrument``, ``reverb``
        …) and ``category`` (one of CATEGORIES) are whole words. An empty text fits everything.
        """
        found = self.plugins
        if name:
            found = [one for one in found if name.casefold() in one.name.casefold()]
        if vendor:
            found = [one for one in found if vendor.casefold() in one.vendor.casefold()]
        if format:
            found = [one for one in found if one.format == format]
        if category:
            found = [one for one in found if one.category == category.casefold()]
        if feature:
            word = feature.casefold()
            found = [one for one in found if word in (known.casefold() for known in one.features)]
        return found

    def groups(self, plugins: Iterable[PluginEntry] | None = None) -> list[Group]:
        """Return the plugins (or those given) in groups: the same plugin in several formats and places. See group()."""
        return group(self.plugins if plugins is None else plugins)

    def report(self, plugins: Iterable[PluginEntry] | None = None, *, details: bool = False) -> CatalogueReport:
        """Return the catalogue (or the plugins given) as what the commands print with ``--json``.

        With ``details`` that is a DetailedCatalogueReport; plugins that only a manifest has described are looked into.
        """
        chosen: list[PluginEntry] = self.plugins if plugins is None else list(plugins)
        if details:
            return self._detailed(chosen)
        summaries: list[PluginSummary] = list(chosen)
        groups = [one.report() for one in group(chosen)]
        return CatalogueReport(plugins=summaries, groups=groups, problems=self.problems, blocked=self.blocked)

    def _detailed(self, plugins: list[PluginEntry]) -> DetailedCatalogueReport:
        from .lookup import settle  # which imports this module

        settled, problems = settle(plugins)
        chosen = [one for one in settled if one.verified]  # of the others the problems tell
        descriptors = [one.describe() for one in chosen]
        return DetailedCatalogueReport(
            plugins=list(chosen),
            groups=[one.report() for one in group(chosen)],
            problems=Catalogue([], [*self.problems, *problems]).problems,
            blocked=self.blocked,
            descriptors=descriptors,
        )

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

        Raises PluginNotFound, with near names, LocatorError where several plugins of one format fit (it lists them), or
        PluginLoadError where a file on the blocklist is the one that is meant, as far as can be told.
        """
        while not (one := self._find(locator)).verified:
            one.describe()  # in its own words it may be another than its manifest made it
        return one.describe()

    def _find(self, locator: str | Locator) -> PluginEntry:
        wanted = locator if isinstance(locator, Locator) else parse_locator(locator)
        pool = [one for one in self.plugins if wanted.format in {"", one.format}]
        if wanted.path:
            return self._in_file(wanted, pool)
        key = wanted.id or wanted.name
        for fits in _ways(key, id_first=bool(wanted.format)):
            found = [one for one in pool if fits(one)]
            if found:
                return _only(found, wanted)
        self._refuse_blocked(key, wanted.format)
        where = f" of format {wanted.format}" if wanted.format else ""
        names = [word for one in pool for word in (one.name, one.id)]
        raise PluginNotFound(
            f"there is no plugin{where} with the name or id {key!r} among {len(pool)} known ones",
            plugin_id=key,
            hint=did_you_mean(key, names) or "`isobooth list` shows what is there",
        )

    def _refuse_blocked(self, key: str, format: str) -> None:  # noqa: A002  (as above)
        """Raise PluginLoadError if a plugin that is looked for is likely to be one that is on the blocklist."""
        wanted = _LOOSE.sub("", key).casefold()
        good = {one.path for one in self.plugins}
        for one in self.blocked:
            stem = os.path.splitext(os.path.basename(one.path))[0]  # noqa: PTH119, PTH122  (it stays text)
            words = [*one.plugins] if one.path in good else [stem, bare_name(stem), *one.plugins]
            if format in {"", one.format} and wanted and wanted in (_LOOSE.sub("", word).casefold() for word in words):
                raise PluginLoadError(
                    f"{key!r} seems to be in {one.path}, which is on the blocklist since {one.since}",
                    path=one.path,
                    plugin_id=one.plugin_id or key,
                    cause=one.reason,
                    hint=blocked_hint(one),
                )

    def _in_file(self, wanted: Locator, pool: list[PluginEntry]) -> PluginEntry:
        real = os.path.realpath(bundle_around(wanted.path) or wanted.path)
        inside = [one for one in pool if os.path.realpath(one.path) == real]
        bad = [one for one in self.blocked if os.path.realpath(one.path) == real]
        if not inside:
            raise PluginNotFound(f"no plugin is known in {wanted.path}", path=wanted.path, plugin_id=wanted.id)
        if not wanted.id:
            return _only(inside, wanted)
        for fits in [*_ways(wanted.id, id_first=True), *_signed(wanted.id)]:
            found = [one for one in inside if fits(one)]
            if found:
                return _only(found, wanted)
        for one in bad:
            if wanted.id in one.plugins or not one.plugin_id:
                raise PluginLoadError(
                    f"{wanted.id!r} of {wanted.path} could not be described: it is on the blocklist since {one.since}",
                    path=wanted.path,
                    plugin_id=wanted.id,
                    cause=one.reason,
                    hint=blocked_hint(one),
                )
        ids = [one.id for one in inside]
        raise PluginNotFound(
            f"{wanted.path} holds no plugin {wanted.id!r}",
            path=wanted.path,
            plugin_id=wanted.id,
            hint=did_you_mean(wanted.id, ids) or f"it holds {_some(ids)}",
        )


def blocked_hint(one: BlockedFile) -> str:
    """Return what can be done about a file, or a plugin of it, on the blocklist."""
    return (
        f"it is left alone until it changes; `isobooth scan --retry {shlex.quote(one.path)}` looks into it once more,"
        " and its path loads it all the same, in a process of its own"
    )


def specific(one: PluginDescriptor | PluginSummary) -> str:
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


def _only(found: list[PluginEntry], wanted: Locator) -> PluginEntry:
    best = min(map(preferred, found))
    of_best = [one for one in found if preferred(one) == best]
    # The same file under two names holds the same plugin.
    distinct = {(os.path.realpath(one.path), one.id, one.index): one for one in reversed(of_best)}
    if len(distinct) == 1:
        return of_best[0]
    named = sorted({_unmistakable(one, list(distinct.values())) for one in distinct.values()})
    raise LocatorError(f"{wanted.text!r} could mean {len(distinct)} plugins - name one of them: {_some(named)}")


def _unmistakable(one: PluginEntry, others: list[PluginEntry]) -> str:
    """The locator, by the place in the file where several plugins of a LADSPA file share a label."""
    shared = [other for other in others if specific(other) == specific(one)]
    return f"{one.format}:{one.path}#@{one.index}" if len(shared) > 1 and one.format == "ladspa" else specific(one)


def _some(words: list[str]) -> str:
    more = len(words) - _MOST_NAMED
    return ", ".join(words[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
