"""Which parameters MIDI drives: ivstmidicontrollers.h, ivstmidimapping2.h."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from isobooth.protocol.descriptors import NoteExpressionInfo

from ..._core import ffi, lib
from ...plugin import CData
from .interface import OK, Interface, Warn
from .notes import MIDI_CHANNELS, channels_of

MOST_ASSIGNMENTS = lib.IB_VST3_MOST_MIDI2
"""Assignments of one kind that are used."""
_CONTROLLERS = lib.VST3_kCountCtrlNumber
_OF_NOTES = (
    (lib.VST3_kMidi2AssignablePerNoteControllerStart, 0),
    (lib.VST3_kMidi2RegisteredPerNoteControllerStart, 256),
)
"""First type of note expression of each kind of per-note controllers, and the first of its 256 bits."""

Assignment = tuple[int, int, int, int]
"""Event bus, channel, controller, parameter id. The controller is one of IMidiMapping's or, among those of MIDI 2.0,
bank * 128 + index and IB_VST3_MIDI2_REGISTERED."""


@dataclass
class MidiMap:
    """What MIDI does beyond notes."""

    assignments: list[Assignment] = field(default_factory=list)
    """Of the controllers that MIDI 1.0 has too."""
    numbered: list[Assignment] = field(default_factory=list)
    """Of registered and assignable controllers."""
    of_notes: int = 0
    """Per-note controllers that are note expressions of the plugin's own, one bit each."""

    def apply(self, vst3: CData, channels: list[int]) -> None:
        """Tell the audio side; ``channels`` are those of each event input. At any time."""
        found = {assignment[:3]: assignment[3] for assignment in self.assignments}
        for bus, count in enumerate(channels):
            for channel in range(count):
                for controller in range(lib.IB_VST3_MIDI_CONTROLLERS):
                    number = found.get((bus, channel, controller), lib.IB_VST3_NO_PARAM)
                    lib.ib_vst3_midi_map_set(vst3, bus, channel, controller, number)
        lib.ib_vst3_midi2_map_set(vst3, ffi.new("struct ib_vst3_midi2_entry[]", self.numbered), len(self.numbered))
        words = [self.of_notes >> at & 0xFFFFFFFFFFFFFFFF for at in range(0, lib.IB_VST3_NOTE_CONTROLLERS, 64)]
        lib.ib_vst3_note_controllers_set(vst3, ffi.new("uint64_t[]", words))


def read_midi_mapping(
    mapping: Interface | None, newer: Interface | None, channels: list[int], warn: Warn
) -> tuple[list[Assignment], list[Assignment]]:
    """Assignments of MIDI 1.0's controllers, from IMidiMapping2 where it says something, and of MIDI 2.0's."""
    found, numbered = ([], []) if newer is None else (_read_midi1(newer, warn), _read_midi2(newer, warn))
    if found or mapping is None:
        return found, numbered
    out = ffi.new("uint32_t *")
    for bus, channel in channels_of(channels):
        for controller in range(_CONTROLLERS):
            out[0] = lib.VST3_kNoParamId
            known = mapping.getMidiControllerAssignment(bus, channel, controller, out) == OK
            if known and out[0] != lib.VST3_kNoParamId:
                found.append((bus, channel, controller, int(out[0])))
    return found, numbered


def _held(count: int, warn: Warn) -> int:
    if count > MOST_ASSIGNMENTS:
        warn(f"it says it assigns {count} MIDI controllers to parameters; the first {MOST_ASSIGNMENTS} are used")
    return min(count, MOST_ASSIGNMENTS)


def _read_midi1(mapping: Interface, warn: Warn) -> list[Assignment]:
    count = _held(mapping.getNumMidi1ControllerAssignments(lib.VST3_kInput), warn)
    if not count:
        return []
    room = ffi.new("struct vst3_Midi1ControllerParamIDAssignment[]", count)
    list_of = ffi.new("struct vst3_Midi1ControllerParamIDAssignmentList *", {"count": count, "map": room})
    if mapping.getMidi1ControllerAssignments(lib.VST3_kInput, list_of) != OK:
        return []
    return [
        (int(one.busIndex), int(one.channel), int(one.controller), int(one.pId))
        for one in (room[index] for index in range(min(int(list_of.count), count)))
        if one.busIndex >= 0 and 0 <= one.controller < _CONTROLLERS and one.pId != lib.VST3_kNoParamId
    ]


def _read_midi2(mapping: Interface, warn: Warn) -> list[Assignment]:
    count = _held(mapping.getNumMidi2ControllerAssignments(lib.VST3_kInput), warn)
    if not count:
        return []
    room = ffi.new("struct vst3_Midi2ControllerParamIDAssignment[]", count)
    list_of = ffi.new("struct vst3_Midi2ControllerParamIDAssignmentList *", {"count": count, "map": room})
    if mapping.getMidi2ControllerAssignments(lib.VST3_kInput, list_of) != OK:
        return []
    found: list[Assignment] = []
    for one in (room[index] for index in range(min(int(list_of.count), count))):
        first, second = int(one.controller.byte1), int(one.controller.byte2)
        number = (first & 0x7F) << 7 | second & 0x7F | (lib.IB_VST3_MIDI2_REGISTERED if first & 0x80 else 0)
        if one.busIndex >= 0 and one.channel < MIDI_CHANNELS and one.pId != lib.VST3_kNoParamId:
            found.append((int(one.busIndex), int(one.channel), number, int(one.pId)))
    return found


def note_controllers(expressions: Iterable[NoteExpressionInfo]) -> int:
    """Which per-note controllers of MIDI 2.0 are among a plugin's note expressions, as MidiMap counts them."""
    bits = 0
    for info in expressions:
        for first, bit in _OF_NOTES:
            if first <= info.id < first + 256:
                bits |= 1 << (info.id - first + bit)
    return bits
