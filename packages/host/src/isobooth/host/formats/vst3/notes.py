"""Note expressions and key switches (ivstnoteexpression.h)."""

from __future__ import annotations

import math

from isobooth.protocol.descriptors import NoteExpressionInfo, NoteName

from ..._core import ffi, lib
from ...plugin import CData
from .interface import OK, Interface, text16

MOST_EXPRESSIONS = 1024
"""Note expressions or key switches of all buses together that are told."""
MIDI_CHANNELS = 16

# VST3's range 0 .. 1 of the standard types as isobooth's events count, which count as CLAP's do
_STANDARD: dict[int, tuple[float, float, float]] = {
    lib.VST3_kVolumeTypeID: (0.0, 4.0, 1.0),
    lib.VST3_kPanTypeID: (0.0, 1.0, 0.5),
    lib.VST3_kTuningTypeID: (-120.0, 120.0, 0.0),
    lib.VST3_kVibratoTypeID: (0.0, 1.0, 0.0),
    lib.VST3_kExpressionTypeID: (0.0, 1.0, 1.0),
    lib.VST3_kBrightnessTypeID: (0.0, 1.0, 0.5),
}
_TEXTS = (lib.VST3_kTextTypeID, lib.VST3_kPhonemeTypeID)
"""Types whose events carry text instead of a value; isobooth's events have none."""


def channels_of(buses: list[int]) -> list[tuple[int, int]]:
    """Every (event bus, channel) of inputs with so many channels."""
    return [(bus, channel) for bus, count in enumerate(buses) for channel in range(min(count, MIDI_CHANNELS))]


def read_expressions(controller: Interface | None, buses: list[int]) -> list[NoteExpressionInfo]:
    """Note expressions of every event input; what all channels of a bus share is told once, with channel -1."""
    found: dict[tuple[int, int], dict[int, NoteExpressionInfo]] = {}
    raw = ffi.new("struct vst3_NoteExpressionTypeInfo *")
    left = MOST_EXPRESSIONS
    for bus, channel in channels_of(buses) if controller is not None else []:
        here = found.setdefault((bus, channel), {})
        count = controller.getNoteExpressionCount(bus, channel) if controller is not None else 0
        for index in range(min(max(count, 0), left)):
            known = controller is not None and controller.getNoteExpressionInfo(bus, channel, index, raw) == OK
            if known and raw.typeId not in _TEXTS:
                here.setdefault(int(raw.typeId), _expression(raw, bus, channel))
        left -= len(here)
    shared: list[NoteExpressionInfo] = []
    for bus, channels in enumerate(min(count, MIDI_CHANNELS) for count in buses):
        lists = [found.get((bus, channel), {}) for channel in range(channels)]
        if lists and all(list(other) == list(lists[0]) for other in lists):
            for info in lists[0].values():
                info.channel = -1
            shared += lists[0].values()
        else:
            shared += [info for one in lists for info in one.values()]
    return shared


def _expression(raw: CData, bus: int, channel: int) -> NoteExpressionInfo:
    kind, value = int(raw.typeId), raw.valueDesc
    limits = (value.minimum, value.maximum, value.defaultValue)
    if kind in _STANDARD:
        limits = _STANDARD[kind]
    elif not all(math.isfinite(number) for number in limits) or limits[0] >= limits[1]:
        limits = (0.0, 1.0, 0.0)
    minimum, maximum, default = limits
    associated = raw.flags & lib.VST3_kAssociatedParameterIDValid
    return NoteExpressionInfo(
        id=kind,
        name=text16(raw.title) or text16(raw.shortTitle) or f"Expression {kind}",
        unit=text16(raw.units),
        minimum=minimum,
        maximum=maximum,
        default=min(max(default, minimum), maximum),
        steps=value.stepCount + 1 if 0 < value.stepCount < 1 << 24 else 0,
        port=bus,
        channel=channel,
        param_id=int(raw.associatedParameterId) if associated else None,
    )


def read_keyswitches(switches: Interface | None, buses: list[int]) -> list[NoteName]:
    """Key switches of every event input and channel."""
    names: list[NoteName] = []
    raw = ffi.new("struct vst3_KeyswitchInfo *")
    for bus, channel in channels_of(buses) if switches is not None else []:
        count = switches.getKeyswitchCount(bus, channel) if switches is not None else 0
        for index in range(min(max(count, 0), MOST_EXPRESSIONS - len(names))):
            if switches is None or switches.getKeyswitchInfo(bus, channel, index, raw) != OK:
                continue
            first, last = int(raw.keyswitchMin), int(raw.keyswitchMax)
            if 0 <= first <= last <= 127:
                name = text16(raw.title) or text16(raw.shortTitle) or f"Key switch {first}"
                names.append(
                    NoteName(
                        name=name, port=bus, channel=channel, key=first, last_key=last if last != first else None,
                        is_keyswitch=True,
                    )
                )  # fmt: skip
    return names
