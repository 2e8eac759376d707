"""LADSPA 1.1: find the plugins of a library, describe them, load one.

Source: ladspa.h 1.1, "Accessing a Plugin" and "Descriptor for a Type of Plugin".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from isobooth.protocol.descriptors import ScanProblem, ScanReport

from ..._core import ffi, lib
from ...library import Library
from ...piecemeal import begin
from ...plugin import CData, LoadRequest, phase
from .instance import Loaded, PortInstance
from .loading import Read, absolute, load_from_library, not_one, scan_one
from .notes import look_up
from .read import Description, read_ladspa, read_text

FORMAT = "ladspa"
MOST_PLUGINS = 4096
"""Plugins that are looked for in one file."""


@dataclass(frozen=True)
class Found:
    """One descriptor of a file."""

    index: int
    abi: CData
    label: str
    unique_id: int


def find_all(library: Library, warnings: list[str]) -> list[Found]:
    """Every descriptor of a library. Raises PluginLoadError if it is no LADSPA library."""
    return list(_descriptors(library, warnings))


def _descriptors(library: Library, warnings: list[str], ask: Callable[[int], object] | None = None) -> Iterator[Found]:
    """As ``find_all``, one by one; ``ask`` is told the number of each before the library is asked for it."""
    entry = ffi.cast("const struct ib_ladspa_abi *(*)(unsigned long)", library.entry("ladspa_descriptor", "LADSPA"))
    last: Found | None = None
    for index in range(MOST_PLUGINS):
        if ask is not None:
            ask(index)
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

    Raises PluginLoadError if the file itself cannot be used.
    """
    file = absolute(path)
    warnings: list[str] = []
    library = Library(path)
    found: list[Found] = []
    for one in _descriptors(library, warnings, partial(begin, report, "list")):
        found.append(one)
        if begin(report, "plugin", one.index, one.label):
            scan_one(FORMAT, file, one.label, partial(read, file, one), report)
    labels = Counter(one.label for one in found)
    for one in found:
        if labels[one.label] > 1:
            reason = (
                f"label {one.label!r} stands for several plugins of this file: this one is chosen by '@{one.index}'"
            )
            report.warnings.append(ScanProblem(path=file, plugin_id=one.label, reason=reason))
    if not found:
        warnings.append("the library has no plugin in it")
    report.warnings += [ScanProblem(path=file, reason=reason) for reason in warnings]
    begin(report, "unload")
    library.close()


def read(path: str, found: Found, warnings: list[str]) -> tuple[CData, Description]:
    """What a plugin says of itself, and RDF files of it. Raises BadDescriptor."""
    with phase(lib.IB_PHASE_DESCRIBE):
        description = read_ladspa(found.abi, found.index, warnings)
    return found.abi, replace(description, notes=look_up(description, path, warnings))


def choose(path: str, found: list[Found], plugin_id: str) -> Found:
    """The plugin that an id means. Raises PluginNotFound, which lists the labels.

    An id is a label (the first of several), a unique id with or without ``#`` in front, or ``@<place in the file>``; an
    empty one means the only plugin of the file. A unique id that several plugins of the file have means none of them.
    """
    if not plugin_id and len(found) == 1:
        return found[0]
    for one in found:
        if plugin_id and one.label == plugin_id:
            return one
    kind = plugin_id[:1] if plugin_id[:1] in {"#", "@"} else ""
    number = plugin_id.removeprefix(kind)
    fitting = []
    if number.isascii() and number.isdecimal():
        fitting = [one for one in found if int(number) == (one.index if kind == "@" else one.unique_id)]
    if len(fitting) == 1:
        return fitting[0]
    labels = [one.label for one in found]
    if fitting:
        what = f"has {len(fitting)} plugins with the unique id {number}"
        places = " or ".join(f"path#@{one.index} ({one.label})" for one in fitting)
        raise not_one(path, plugin_id, what, labels, f"name one: {places}")
    what = f"has no plugin {plugin_id!r}" if plugin_id else f"has {len(found)} plugins; which one is not said"
    raise not_one(path, plugin_id, what if found else "has no plugins in it", labels)


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

    def find(library: Library, warnings: list[str]) -> Read:
        found = choose(request.path, find_all(library, warnings), request.plugin_id)
        return partial(read, library.path, found)

    return load_from_library(request, FORMAT, find, LadspaInstance, "instantiate()")
