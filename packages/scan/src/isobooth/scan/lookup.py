"""Which plugin a text means: the catalogue decides, and looks into what it does not know yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from isobooth.protocol.descriptors import PluginDescriptor, PluginSummary, ScanProblem
from isobooth.protocol.errors import HostFailed, PluginLoadError, PluginNotFound
from isobooth.protocol.locator import Locator, bundle_around, formats_of_path, parse_locator

from .cache import Cache
from .catalogue import Catalogue, blocked_hint
from .entries import PluginEntry
from .find import is_utf8, printable
from .host import host_info
from .probe import MEMORY, probe
from .scanner import TIMEOUT, Work, check_numbers, existing, require_format, scan


def find_plugin(locator: str | os.PathLike[str] | Locator, *, timeout: float = TIMEOUT) -> PluginDescriptor:
    """Return the descriptor of the plugin that a locator means.

    A path is looked into by itself (through the cache); a name or id is looked for on the search paths, which scans
    what is new there. See Catalogue.find for what fits.

    Raises LocatorError, PluginNotFound, PluginLoadError with the loader's words, UnsupportedFormat, HostNotFound and
    HostFailed.
    """
    check_numbers(timeout, None)
    wanted = locator if isinstance(locator, Locator) else parse_locator(locator)
    if wanted.path:
        return _find_in_file(wanted, timeout)
    if wanted.format == "null":
        return _find_null(wanted, timeout)
    found = scan(formats=[wanted.format] if wanted.format else None, timeout=timeout)
    try:
        return found.find(wanted)
    except PluginNotFound:
        if all(one.verified for one in found):
            raise
        # a manifest need not list all plugins of its module, nor by their names
        settled, problems = settle(found)
        return Catalogue(settled, found.problems + problems, found.blocked).find(wanted)


def _find_in_file(wanted: Locator, timeout: float) -> PluginDescriptor:
    path = str(existing(wanted.path))
    path = bundle_around(path) or path
    if not is_utf8(path):
        raise PluginLoadError(
            f"{printable(path)} cannot be loaded",
            path=printable(path),
            cause="its name is not UTF-8",
            hint="rename it",
        )
    cache = Cache()
    command, info = host_info(cache)
    if wanted.format:
        require_format(wanted.format, info.formats)
        possible: Sequence[str] = (wanted.format,)
    else:
        possible = [name for name in formats_of_path(path) if name in info.formats]
        if not possible:
            require_format(formats_of_path(path)[0], info.formats)
    work = Work(command, info.version, timeout, MEMORY, cache)
    for name in possible:
        task = work.recall(name, path, entire=True)
        work.run([task] if task else [], 1, None)
        entry = work.entries.get((name, path))
        if entry is not None and entry.plugins:
            break
    found = work.catalogue()
    if found.plugins:
        return found.find(wanted)
    raise PluginLoadError(
        f"{path} holds no plugin that can be loaded",
        path=path,
        plugin_id=wanted.id,
        tried=[f"as {name}" for name in possible],
        cause="; ".join(problem.reason for problem in found.problems) or "it lists no plugins",
        hint=blocked_hint(found.blocked[0])
        if found.blocked
        else "see that it is a plugin for this machine, and that the libraries it needs are installed",
    )


def _find_null(wanted: Locator, timeout: float) -> PluginDescriptor:
    """Ask the host for its built-in plugins, which no file holds."""
    command, info = host_info(Cache())
    require_format("null", info.formats)
    result = probe(command, "null", "null", timeout=timeout)
    if isinstance(result, ScanProblem):
        raise HostFailed(f"the host does not describe its null plugin - cause: {result.reason}")
    built_in = Catalogue([PluginEntry.of(one) for one in result.plugins], result.errors)
    if not wanted.id and built_in.plugins:
        return built_in.plugins[0].describe()
    return built_in.find(wanted)


def look_again(one: PluginSummary) -> PluginDescriptor:
    """Return the descriptor of a plugin whose details the cache has lost, or that a manifest alone has described.

    Raises PluginLoadError if it is gone, or was never there.
    """
    found = scan([one.path], [one.format], rescan=True)
    for again in found:
        if again.verified and again.id == one.id and (again.index == one.index or not one.verified):
            return again.describe()
    raise PluginLoadError(
        f"{one.path} no longer holds the plugin {one.id!r}"
        if one.verified
        else f"{one.path} does not hold the plugin {one.id!r} that its manifest lists",
        path=one.path,
        plugin_id=one.id,
        cause="; ".join(problem.reason for problem in found.problems),
        hint="`isobooth scan --rescan` looks into all files again",
    )


def settle(plugins: Iterable[PluginEntry]) -> tuple[list[PluginEntry], list[ScanProblem]]:
    """Return plugins as their modules describe them where a manifest alone had, and what went wrong with that.

    Files that cannot be looked into are left as they are.
    """
    before = list(plugins)
    doubtful = list(dict.fromkeys(one.path for one in before if not one.verified and os.path.lexists(one.path)))
    if not doubtful:
        return before, []
    found = scan(doubtful, ["wclap"], rescan=True)
    real: dict[str, list[PluginEntry]] = {}
    for one in found:
        if one.verified:
            real.setdefault(one.path, []).append(one)
    settled: list[PluginEntry] = []
    for one in before:
        if one.verified or one.path not in real:
            settled.append(one)
        else:
            settled += real[one.path]
            real[one.path] = []  # they are in the place of the first that the manifest lists
    return settled, found.problems
