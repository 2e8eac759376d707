"""LV2: find the plugins of a bundle, describe them from the data files alone, load one.

A bundle's plugins and everything about them come from its Turtle files; no library of a plugin is opened to list it.
The exception is a bundle with a dynamic manifest (dman:DynManifest): it has no other list than the one that its library
writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import PluginLoadError, PluginNotFound, did_you_mean

from ..._core import lib
from ...complaints import collected
from ...piecemeal import begin
from ...plugin import LoadRequest, phase
from .describe import build
from .features import check
from .instance import Lv2Instance
from .presets import Preset, find_presets
from .read import Description, read_plugin
from .world import World

SCAN_SAMPLE_RATE = 48000.0
"""Hz, for ranges that depend on it, in descriptions without an instance."""
_MANIFEST = "manifest.ttl"
_MOST_LISTED = 20
_MOST_COMPLAINTS = 20


def bundle_of(path: str) -> str:
    """The bundle that a path means: the folder itself, or the one that a file in it belongs to. Absolute.

    Raises PluginNotFound if there is nothing, PluginLoadError if it is no bundle.
    """
    absolute = os.path.abspath(path)
    if not os.path.exists(absolute):
        raise PluginNotFound(
            f"there is no LV2 bundle {path}",
            path=path,
            phase="load",
            hint="check the spelling; `isobooth list` shows the plugins that are installed",
        )
    folder = absolute if os.path.isdir(absolute) else os.path.dirname(absolute)
    if not os.path.isfile(os.path.join(folder, _MANIFEST)):
        raise PluginLoadError(f"{path} is no LV2 bundle: there is no {_MANIFEST} in it", path=path, phase="load")
    return folder


@contextmanager
def _complaints(found: list[str]) -> Iterator[None]:
    """Collect what lilv prints on standard error: it has no other way to tell what is wrong with a file."""
    with collected() as distinct:
        yield
    found += distinct[:_MOST_COMPLAINTS]
    if len(distinct) > _MOST_COMPLAINTS:
        found.append(f"and {len(distinct) - _MOST_COMPLAINTS} more lines of the kind")


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a bundle. A broken one is an error that spoils no other.

    Plugins that this host cannot load, for want of a feature, are described with a warning that names it.
    """
    bundle = bundle_of(path)
    complaints: list[str] = []
    with phase(lib.IB_PHASE_DESCRIBE), _complaints(complaints), World() as world:
        world.load_bundle(bundle)
        plugins = world.plugins()
        presets = find_presets(world, list(plugins), bundle)
        for index, (uri, plugin) in enumerate(plugins.items()):
            if not begin(report, "plugin", index, uri, of=len(plugins)):
                continue
            try:
                description = read_plugin(world, uri, plugin, index)
            except PluginLoadError as error:
                report.errors.append(ScanProblem(path=bundle, plugin_id=uri, reason=str(error), phase="describe"))
                continue
            _report(description, presets[uri], report)
        begin(report, "unload")
    report.warnings += [ScanProblem(path=bundle, reason=reason) for reason in complaints]


@dataclass(frozen=True)
class _Found:
    description: Description
    presets: list[Preset]
    world: World | None
    """To be kept as long as the instance, where a dynamic manifest is open in it."""


def _report(description: Description, listed: list[Preset], report: ScanReport) -> None:
    bundle, uri = description.bundle, description.uri
    try:
        model = build(description, SCAN_SAMPLE_RATE, [one.info for one in listed])
    except PluginLoadError as error:
        report.errors.append(ScanProblem(path=bundle, plugin_id=uri, reason=str(error), phase="describe"))
        return
    report.plugins.append(model.descriptor)
    warnings = list(model.warnings)
    try:
        check(description)
    except PluginLoadError as error:
        warnings.append(f"it cannot be loaded: {error}")
    report.warnings += [ScanProblem(path=bundle, plugin_id=uri, reason=reason) for reason in warnings]


def load(request: LoadRequest) -> Lv2Instance:
    """Load and instantiate one plugin: that of a bundle's with the URI, or its only one.

    Without a path, the bundles of LV2_PATH are searched for the URI. Raises PluginNotFound, PluginLoadError, or
    UnsupportedFormat where liblilv is missing.
    """
    found = _find(request.path, request.plugin_id)
    try:
        instance = Lv2Instance(found.description, found.presets, request)
    except BaseException:
        if found.world is not None:
            found.world.close()
        raise
    instance.world = found.world
    return instance


def _find(path: str, uri: str) -> _Found:
    if not path and not uri:
        raise PluginNotFound("neither a bundle nor a URI was given", phase="load", hint="write lv2:URI or lv2:PATH")
    complaints: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(phase(lib.IB_PHASE_DESCRIBE))
        stack.enter_context(_complaints(complaints))
        world = World()
        until_then = stack.enter_context(ExitStack())
        until_then.enter_context(world)
        bundle = ""
        if path:
            bundle = bundle_of(path)
            world.load_bundle(bundle)
        else:
            world.load_all()
        plugins = world.plugins()
        chosen = uri or (next(iter(plugins)) if len(plugins) == 1 else "")
        if chosen not in plugins:
            raise _not_found(path, uri, list(plugins))
        description = read_plugin(world, chosen, plugins[chosen], list(plugins).index(chosen))
        listed = find_presets(world, [chosen], bundle or description.bundle)
        kept = world if world.is_dynamic else None
        if kept is not None:
            kept.rest()
            until_then.pop_all()
    description.warnings.extend(complaints)
    return _Found(description, listed[chosen], kept)


def _not_found(path: str, uri: str, known: list[str]) -> PluginNotFound:
    listed = ", ".join(known[:_MOST_LISTED]) + (
        f" and {len(known) - _MOST_LISTED} more" if len(known) > _MOST_LISTED else ""
    )
    where = path or "no folder of LV2_PATH"
    if uri:
        what = f"{where} has no plugin {uri!r}" if path else f"{where} has a plugin {uri!r}"
    else:
        what = f"{path} has {len(known)} plugins; which one is not said"
    near = did_you_mean(uri, known) if uri else "name one: path#URI"
    return PluginNotFound(
        what, path=path, plugin_id=uri, phase="load", tried=[f"it has: {listed}"] if known and path else [], hint=near
    )
