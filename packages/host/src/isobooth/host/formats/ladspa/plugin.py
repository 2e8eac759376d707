"""LADSPA 1.1: find the plugins of a library, describe them, load one.

Source: ladspa.h 1.1, "Accessing a Plugin" and "Descriptor for a Type of Plugin".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import ArgumentError, PluginError, PluginLoadError, PluginNotFound, did_you_mean

from ..._core import ffi, lib
from ...library import Library
from ...plugin import CData, LoadRequest, phase
from .describe import build
from .hints import SCAN_SAMPLE_RATE
from .instance import Loaded, PortInstance, whole_rate
from .read import BadDescriptor, Description, read_ladspa, read_text

FORMAT = "ladspa"
MOST_PLUGINS = 4096
"""Plugins that are looked for in one file."""
_MOST_LISTED = 20


@dataclass(frozen=True)
class Found:
    """One descriptor of a file."""

    index: int
    abi: CData
    label: str
    unique_id: int


def find_all(library: Library, warnings: list[str]) -> list[Found]:
    """Every descriptor of a library. Raises PluginLoadError if it is no LADSPA library."""
    entry = ffi.cast("const struct ib_ladspa_abi *(*)(unsigned long)", library.entry("ladspa_descriptor", "LADSPA"))
    return list(_descriptors(entry, warnings))


def _descriptors(entry: CData, warnings: list[str]) -> Iterator[Found]:
    last: Found | None = None
    for index in range(MOST_PLUGINS):
        with phase(lib.IB_PHASE_ENTRY):
            abi = entry(index)
        if abi == ffi.NULL:
            return
        with phase(lib.IB_PHASE_DESCRIBE):
            found = Found(index, abi, read_text(abi.label, "label", []), int(abi.unique_id))
        if last is not None and abi == last.abi and found.label == last.label:
            warnings.append(
                f"ladspa_descriptor() gives {found.label!r} for every number from {last.index} on; it counts once"
            )
            return
        last = found
        yield found
    warnings.append(f"ladspa_descriptor() never ends; only the first {MOST_PLUGINS} plugins count")


def scan(path: str, report: ScanReport) -> None:
    """Describe every plugin of a file, with ranges for SCAN_SAMPLE_RATE. A broken one is an error that spoils no other.

    The library stays loaded: a scan's process ends anyway, and unloading could only take the report with it.
    """
    absolute = str(Path(path).absolute())
    warnings: list[str] = []
    found = find_all(Library(path), warnings)
    labels = Counter(one.label for one in found)
    for one in found:
        _scan_one(absolute, one, report)
        if labels[one.label] > 1:
            reason = (
                f"label {one.label!r} stands for several plugins of this file: this one is chosen by '@{one.index}'"
            )
            report.warnings.append(ScanProblem(path=absolute, plugin_id=one.label, reason=reason))
    if not found:
        warnings.append("the library has no plugin in it")
    report.warnings += [ScanProblem(path=absolute, reason=reason) for reason in warnings]


def _scan_one(path: str, found: Found, report: ScanReport) -> None:
    warnings: list[str] = []
    try:
        with phase(lib.IB_PHASE_DESCRIBE):
            description = read_ladspa(found.abi, found.index, warnings)
        model = build(FORMAT, path, description, SCAN_SAMPLE_RATE)
    except (BadDescriptor, PluginLoadError) as error:
        wrong = error.as_load_error(path) if isinstance(error, BadDescriptor) else error
        report.errors.append(ScanProblem(path=path, plugin_id=found.label, reason=str(wrong), phase="describe"))
        return
    report.plugins.append(model.descriptor)
    report.warnings += [
        ScanProblem(path=path, plugin_id=found.label, reason=reason) for reason in (*warnings, *model.warnings)
    ]


def choose(path: str, found: list[Found], plugin_id: str) -> Found:
    """The plugin that an id means. Raises PluginNotFound, which lists the labels.

    An id is a label (the first of several), ``#<unique id>`` or ``@<place in the file>``; an empty one means the only
    plugin of the file.
    """
    if not plugin_id and len(found) == 1:
        return found[0]
    for one in found:
        if plugin_id and one.label == plugin_id:
            return one
    kind, number = plugin_id[:1], plugin_id[1:]
    if kind in {"#", "@"} and number.isascii() and number.isdecimal():
        for one in found:
            if int(number) == (one.unique_id if kind == "#" else one.index):
                return one
    labels = [one.label for one in found]
    listed = ", ".join(labels[:_MOST_LISTED]) + (
        f" and {len(labels) - _MOST_LISTED} more" if len(labels) > _MOST_LISTED else ""
    )
    what = f"has no plugin {plugin_id!r}" if plugin_id else f"has {len(found)} plugins; which one is not said"
    near = did_you_mean(plugin_id, labels) if plugin_id else "name one: path#label"
    raise PluginNotFound(
        f"{path} {what if found else 'has no plugins in it'}",
        path=path,
        plugin_id=plugin_id,
        phase="load",
        tried=[f"it has: {listed}"] if found else [],
        hint=near if found else "",
    )


class LadspaInstance(PortInstance):
    """One LADSPA plugin in this process."""

    def __init__(self, loaded: Loaded, abi: CData, request: LoadRequest) -> None:
        plugin = ffi.new("struct ib_ladspa *")
        plugin.abi = abi
        self._abi = abi
        super().__init__(loaded, request, plugin, lib.ib_ladspa_calls)

    def _instantiate(self, rate: int) -> bool:
        self._plugin.handle = self._abi.instantiate(self._abi, rate)
        return bool(self._plugin.handle != ffi.NULL)

    def _cleanup(self) -> None:
        self._abi.cleanup(self._plugin.handle)

    @property
    def _table(self) -> CData:
        return ffi.addressof(lib.ib_ladspa_operations)


def load(request: LoadRequest) -> LadspaInstance:
    """Load and instantiate one plugin.

    Raises PluginLoadError, PluginNotFound or, for a sample rate that cannot be, ArgumentError.
    """
    whole_rate(request.sample_rate)
    library = Library(request.path)
    try:
        return _load_from(library, request)
    except (PluginLoadError, PluginError, ArgumentError):
        library.close()
        raise


def _load_from(library: Library, request: LoadRequest) -> LadspaInstance:
    warnings: list[str] = []
    found = choose(request.path, find_all(library, warnings), request.plugin_id)
    try:
        with phase(lib.IB_PHASE_DESCRIBE):
            description: Description = read_ladspa(found.abi, found.index, warnings)
    except BadDescriptor as error:
        raise error.as_load_error(request.path) from error
    loaded = Loaded(FORMAT, library, library.path, description, warnings)
    try:
        return LadspaInstance(loaded, found.abi, request)
    except PluginError as error:
        raise PluginLoadError(
            str(error), path=request.path, plugin_id=description.label, phase="instantiate", tried=["instantiate()"]
        ) from error
