"""Units and program lists: IUnitInfo (ivstunits.h)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isobooth.protocol.descriptors import NoteName, PresetInfo

from ..._core import ffi, lib
from .interface import OK, Interface, Warn, new_text16, text16

MOST_UNITS = 10_000
MOST_LISTS = 1000
MOST_PROGRAMS = 10_000
"""Programs of all lists together that are told."""
ROOT = 0
_MOST_DEPTH = 64
_KEYS = 128


@dataclass(frozen=True)
class Unit:
    """A group of parameters, which may have a list of programs."""

    id: int
    parent: int
    name: str
    program_list: int
    """-1: none."""


@dataclass(frozen=True)
class ProgramList:
    """Programs that one or several units play."""

    id: int
    name: str
    programs: list[str]


@dataclass
class Units:
    """All that IUnitInfo says, empty for a plugin without."""

    units: dict[int, Unit] = field(default_factory=dict)
    lists: list[ProgramList] = field(default_factory=list)

    def paths(self) -> dict[int, str]:
        """``Oscillator 1/Filter`` by unit id; the root is left out, it is the plugin itself."""
        return {number: "/".join(reversed(list(self._names_up(number)))) for number in self.units if number != ROOT}

    def _names_up(self, number: int) -> Iterator[str]:
        seen: set[int] = set()
        while number in self.units and number != ROOT and number not in seen and len(seen) < _MOST_DEPTH:
            seen.add(number)
            unit = self.units[number]
            yield unit.name.replace("/", "-") or f"Unit {number}"
            number = unit.parent

    def unit_of_list(self, list_id: int) -> int:
        """The first unit that plays a list; the root if none says so."""
        return next((unit.id for unit in self.units.values() if unit.program_list == list_id), ROOT)

    def presets(self) -> list[PresetInfo]:
        """Every program of every list, as presets with ids such as ``program:<list>:<index>``."""
        several = len(self.lists) > 1
        return [
            PresetInfo(id=f"program:{found.id}:{index}", name=name, bank=found.name if several else "")
            for found in self.lists
            for index, name in enumerate(found.programs)
        ]


def read_units(info: Interface | None, warn: Warn) -> Units:
    """Ask for all units and program lists."""
    units = Units()
    if info is None:
        return units
    raw = ffi.new("struct vst3_UnitInfo *")
    for index in range(_bounded(info.getUnitCount(), MOST_UNITS, "units", warn)):
        if info.getUnitInfo(index, raw) == OK:
            unit = Unit(int(raw.id), int(raw.parentUnitId), text16(raw.name), int(raw.programListId))
            units.units.setdefault(unit.id, unit)
    left = MOST_PROGRAMS
    for index in range(_bounded(info.getProgramListCount(), MOST_LISTS, "lists of programs", warn)):
        found = _read_list(info, index, left, warn)
        if found is not None:
            units.lists.append(found)
            left -= len(found.programs)
    return units


def _bounded(count: int, most: int, what: str, warn: Warn) -> int:
    if not 0 <= count <= most:
        warn(f"it says it has {count} {what}; {min(max(count, 0), most)} are used")
    return min(max(count, 0), most)


def _read_list(info: Interface, index: int, left: int, warn: Warn) -> ProgramList | None:
    raw = ffi.new("struct vst3_ProgramListInfo *")
    if info.getProgramListInfo(index, raw) != OK:
        return None
    name, programs = new_text16(" " * 1023), []
    count = _bounded(raw.programCount, left, f"programs in list {raw.id}", warn)
    for program in range(count):
        name[0] = 0
        known = info.getProgramName(raw.id, program, name) == OK
        programs.append((text16(name) if known else "") or f"Program {program + 1}")
    return ProgramList(int(raw.id), text16(raw.name), programs)


def pitch_names(info: Interface | None, units: Units, programs: dict[int, int]) -> list[NoteName]:
    """What keys play in the programs that are selected now; ``programs`` is by list id."""
    names: list[NoteName] = []
    if info is None:
        return names
    text = new_text16(" " * 1023)
    for found in units.lists:
        program = programs.get(found.id, 0)
        if program >= len(found.programs) or info.hasProgramPitchNames(found.id, program) != OK:
            continue
        for key in range(_KEYS):
            text[0] = 0
            if info.getProgramPitchName(found.id, program, key, text) == OK and text16(text):
                names.append(NoteName(name=text16(text), key=key))
    return names


def unit_of_channel(info: Interface | None, bus: int, channel: int) -> int:
    """The unit that a channel of an event input plays; the root if the plugin does not say."""
    out = ffi.new("int32_t *", ROOT)
    if info is not None and info.getUnitByBus(lib.VST3_kEvent, lib.VST3_kInput, bus, channel, out) == OK:
        return int(out[0])
    return ROOT
