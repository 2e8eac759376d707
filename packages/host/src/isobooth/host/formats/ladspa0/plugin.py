"""The first proposal for LADSPA, of 28 February 2000: find the unit generators of a library, describe them, load one.

Source: the header file in that mail. A library has one accessor function for each unit generator, named
``UG_<author>_<name>_<n>`` by convention. How a host learns these names the text leaves open; here they are read from
the table of symbols. A unit generator is known by the whole name of its accessor; ``<name>``, ``<name>_<n>`` and
``<author>_<name>_<n>`` choose it too where they fit one alone.

The proposal has no ranges and no defaults. A control input starts at 0 and may be anything from -UNBOUNDED to
UNBOUNDED. There is no activate() either: a plugin forgets its past only with its instance, so every activation after
the first makes a new one, and a reset between blocks does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from isobooth.protocol.descriptors import ScanReport

from ..._core import ffi, lib
from ...library import Library
from ...piecemeal import begin
from ...plugin import CData, LoadRequest, phase
from ..ladspa.instance import Loaded, PortInstance
from ..ladspa.loading import Read, absolute, load_from_library, not_one, scan_one
from ..ladspa.read import MOST_PORTS, BadDescriptor, Description, Port, read_text

FORMAT = "ladspa0"
PREFIX = "UG_"


@dataclass(frozen=True)
class Unit:
    """One accessor function of a file."""

    index: int
    symbol: str

    @property
    def short_names(self) -> set[str]:
        """``Gain``, ``Gain_1`` and ``Author_Gain_1`` for ``UG_Author_Gain_1``."""
        words = self.symbol.removeprefix(PREFIX).split("_")
        names = {"_".join(words)}
        if len(words) > 1:
            names.add("_".join(words[1:]))
        if len(words) > 2 and words[-1].isdecimal():
            names.add("_".join(words[1:-1]))
        return names


def find_all(library: Library) -> list[Unit]:
    """The accessors of a library, in the order of their names. Raises PluginLoadError if it has none."""
    symbols = sorted({name for name in library.exports() if name.startswith(PREFIX) and len(name) > len(PREFIX)})
    if not symbols:
        library.entry(
            f"{PREFIX}<author>_<name>_<n>", "LADSPA (first proposal)"
        )  # there is none of that name: it says so
    return [Unit(index, symbol) for index, symbol in enumerate(symbols)]


def choose(path: str, units: list[Unit], plugin_id: str) -> Unit:
    """The unit generator that an id means; an empty id means the only one. Raises PluginNotFound, which lists them."""
    if not plugin_id and len(units) == 1:
        return units[0]
    whole = [unit for unit in units if unit.symbol == plugin_id]
    short = [unit for unit in units if plugin_id in unit.short_names]
    if whole or len(short) == 1:
        return (whole or short)[0]
    if not plugin_id:
        what = f"has {len(units)} unit generators; which one is not said"
    else:
        what = f"has {len(short) or 'no'} unit generator{'s' if short else ''} {plugin_id!r}"
    raise not_one(path, plugin_id, what, [unit.symbol for unit in units])


def read_unit(library: Library, unit: Unit, warnings: list[str]) -> tuple[CData, Description]:
    """Let the accessor fill in a descriptor, and read it. Raises BadDescriptor."""
    address = library.find(unit.symbol)
    if address is None:
        raise BadDescriptor("is in the file's table of symbols, but the loader does not find it", unit.symbol)
    abi = ffi.new("struct ib_ladspa0_abi *")  # zeros, as the reserved area has to be
    with phase(lib.IB_PHASE_ENTRY):
        ffi.cast("ib_ladspa0_accessor", address)(abi)
    needed = {
        "instantiation": abi.instantiate,
        "connection": abi.connect_port,
        "run": abi.run,
        "cleanup": abi.cleanup,
    }
    missing = [name for name, function in needed.items() if function == ffi.NULL]
    if missing:
        raise BadDescriptor(f"has no {' and no '.join(missing)} function", unit.symbol)
    with phase(lib.IB_PHASE_DESCRIBE):
        description = Description(
            index=unit.index,
            label=unit.symbol,
            name=read_text(abi.name, "name", warnings).strip() or unit.symbol,
            ports=_read_ports(abi, unit.symbol, warnings),
            is_realtime=bool(abi.properties & lib.IB_LADSPA0_REALTIME),
        )
    return abi, description


def _read_ports(abi: CData, symbol: str, warnings: list[str]) -> list[Port]:
    count = int(abi.port_count)
    if not 0 <= count <= MOST_PORTS:
        raise BadDescriptor(f"says that it has {count} ports, which cannot be", symbol)
    if count and abi.ports == ffi.NULL:
        raise BadDescriptor(f"has {count} ports and does not say what kind they are", symbol)
    if count and abi.get_port_name == ffi.NULL:
        warnings.append("the ports have no names")
    ports = []
    for index in range(count):
        pointer = ffi.NULL if abi.get_port_name == ffi.NULL else abi.get_port_name(index)
        name = read_text(pointer, f"name of port {index}", warnings).strip() or f"Port {index}"
        kind = abi.ports[index]
        is_input, is_control = bool(kind & lib.IB_LADSPA0_INPUT), bool(kind & lib.IB_LADSPA0_CONTROL)
        ports.append(Port(index, name, is_input, is_control))
    return ports


def scan(path: str, report: ScanReport) -> None:
    """Describe every unit generator of a file. A broken one is an error that spoils no other."""
    library = Library(path)
    units = find_all(library)
    for unit in units:
        if begin(report, "plugin", unit.index, unit.symbol, of=len(units)):
            scan_one(FORMAT, absolute(path), unit.symbol, partial(read_unit, library, unit), report)
    begin(report, "unload")
    library.close()


class UnitInstance(PortInstance):
    """One unit generator in this process."""

    _forgets = False

    def __init__(self, loaded: Loaded, abi: CData, request: LoadRequest) -> None:
        plugin = ffi.new("struct ib_ladspa0 *")
        plugin.abi = abi
        self._abi = abi
        super().__init__(loaded, request, plugin, lib.ib_ladspa0_calls)

    def _instantiate(self, rate: int) -> bool:
        self._plugin.handle = self._abi.instantiate(rate)
        return bool(self._plugin.handle != ffi.NULL)

    def _cleanup(self) -> None:
        self._abi.cleanup(self._plugin.handle)

    @property
    def _table(self) -> CData:
        return ffi.addressof(lib.ib_ladspa0_operations)


def load(request: LoadRequest) -> UnitInstance:
    """Load and instantiate one unit generator.

    Raises PluginLoadError, PluginNotFound or, for a sample rate that cannot be, ArgumentError.
    """

    def find(library: Library, _: list[str]) -> Read:
        return partial(read_unit, library, choose(request.path, find_all(library), request.plugin_id))

    return load_from_library(request, FORMAT, find, UnitInstance, "m_pfInstantiate()")
