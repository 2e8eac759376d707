"""Audio buses: VST2 has numbered pins; which of them belong together, their properties tell.

A plugin's channels are as many as it says, and what a set of speakers makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isobooth.protocol.descriptors import BusInfo

from ..._core import ffi, lib
from ...plugin import CData
from .effect import Effect, field

Direction = Literal["input", "output"]

# Speakers in the order of the channels; numbers as in vst2_speaker.type.
_LEFT, _RIGHT, _CENTRE, _LFE, _LS, _RS, _LC, _RC, _CS, _SL, _SR = range(1, 12)
_LAYOUTS: dict[str, tuple[int, tuple[int, ...]]] = {
    "mono": (lib.VST2_SPEAKERS_MONO, (lib.VST2_SPEAKER_MONO,)),
    "stereo": (lib.VST2_SPEAKERS_STEREO, (_LEFT, _RIGHT)),
    "3.0": (lib.VST2_SPEAKERS_30_CINE, (_LEFT, _RIGHT, _CENTRE)),
    "quad": (lib.VST2_SPEAKERS_40_MUSIC, (_LEFT, _RIGHT, _LS, _RS)),
    "5.0": (lib.VST2_SPEAKERS_50, (_LEFT, _RIGHT, _CENTRE, _LS, _RS)),
    "5.1": (lib.VST2_SPEAKERS_51, (_LEFT, _RIGHT, _CENTRE, _LFE, _LS, _RS)),
    "6.0": (lib.VST2_SPEAKERS_60_CINE, (_LEFT, _RIGHT, _CENTRE, _LS, _RS, _CS)),
    "6.1": (lib.VST2_SPEAKERS_61_CINE, (_LEFT, _RIGHT, _CENTRE, _LFE, _LS, _RS, _CS)),
    "7.0 sdds": (lib.VST2_SPEAKERS_70_CINE, (_LEFT, _RIGHT, _CENTRE, _LS, _RS, _LC, _RC)),
    "7.1": (lib.VST2_SPEAKERS_71_MUSIC, (_LEFT, _RIGHT, _CENTRE, _LFE, _LS, _RS, _SL, _SR)),
    "7.1 sdds": (lib.VST2_SPEAKERS_71_CINE, (_LEFT, _RIGHT, _CENTRE, _LFE, _LS, _RS, _LC, _RC)),
}
"""By the names that all formats use; the first of a number of channels is its usual one."""
_NAMES = {kind: name for name, (kind, _) in _LAYOUTS.items()}
_FEWEST_SPEAKERS = 8


@dataclass(frozen=True)
class _Pin:
    label: str
    is_stereo: bool


def _pins(effect: Effect, direction: Direction, count: int) -> list[_Pin] | None:
    """The properties of every pin, None where the plugin does not give those of all."""
    opcode = lib.VST2_GET_INPUT_PIN if direction == "input" else lib.VST2_GET_OUTPUT_PIN
    found: list[_Pin] = []
    for index in range(count):
        answered, pin = effect.struct(opcode, "vst2_pin", index=index)
        if answered != 1:
            return None
        found.append(_Pin(field(pin.label), bool(pin.flags & lib.VST2_PIN_IS_STEREO)))
    return found


def _groups(pins: list[_Pin]) -> list[tuple[int, int]]:
    """First pin and number of pins of each bus: stereo pairs, and what lies between them."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(pins):
        end = at + 1
        if pins[at].is_stereo and end < len(pins):
            end += 1
        elif not pins[at].is_stereo:
            while end < len(pins) and not pins[end].is_stereo:
                end += 1
        found.append((at, end - at))
        at = end
    return found


def read_buses(effect: Effect, direction: Direction, count: int) -> list[BusInfo]:
    """The buses of one direction with ``count`` channels in all; one bus where the plugin says nothing of its pins."""
    pins = _pins(effect, direction, count)
    groups = _groups(pins) if pins is not None else [(0, count)] if count else []
    doubles = effect.has(lib.VST2_FLAG_CAN_DOUBLE) and effect.pointer.process_double != ffi.NULL
    layout = _spoken_layout(effect, direction, count) if len(groups) == 1 else ""
    return [
        BusInfo(
            index=index,
            name=_bus_name(pins, first, size) or ("Input" if direction == "input" else "Output"),
            channels=size,
            direction=direction,
            is_main=index == 0,
            layout=layout or ("mono" if size == 1 else "stereo" if pins and pins[first].is_stereo else ""),
            supports_float64=doubles,
            id=index,
        )
        for index, (first, size) in enumerate(groups)
    ]


def _bus_name(pins: list[_Pin] | None, first: int, size: int) -> str:
    """What the labels of a bus have in common, without a number or a side at its end; the label of a single pin."""
    labels = [pin.label for pin in (pins or [])[first : first + size]]
    if len(labels) == 1:
        return labels[0]
    common = ""
    for letters in zip(*labels, strict=False):
        if len(set(letters)) > 1:
            break
        common += letters[0]
    return common.rstrip(" -_:#([")


def _spoken_layout(effect: Effect, direction: Direction, count: int) -> str:
    """What the plugin calls its present speakers; empty where it does not say, or means another number of them."""
    pointers = ffi.new("struct vst2_speakers *[2]")
    inputs = ffi.addressof(pointers, 0)
    answered = effect.call(
        lib.VST2_GET_SPEAKERS, value=int(ffi.cast("intptr_t", inputs)), ptr=ffi.cast("void *", pointers + 1)
    )
    found = pointers[0 if direction == "input" else 1]
    if answered != 1 or found == ffi.NULL or found.count != count:
        return ""
    return _NAMES.get(int(found.type), "")


def speakers(channels: int, layout: str = "") -> CData:
    """A set of speakers for so many channels, in a layout if it is one of that size, in their usual one else.

    What is returned is its memory, which lives as long as the object.
    """
    head = ffi.offsetof("struct vst2_speakers", "speakers")
    memory = ffi.new("char[]", head + max(channels, _FEWEST_SPEAKERS) * ffi.sizeof("struct vst2_speaker"))
    named = _LAYOUTS.get(layout)
    usual = next((one for one in _LAYOUTS.values() if len(one[1]) == channels), None)
    kind, order = named if named is not None and len(named[1]) == channels else usual or (None, ())
    made = ffi.cast("struct vst2_speakers *", memory)
    made.type = kind if kind is not None else lib.VST2_SPEAKERS_CUSTOM if channels else lib.VST2_SPEAKERS_EMPTY
    made.count = channels
    first = ffi.cast("struct vst2_speaker *", memory + head)
    for at in range(channels):
        first[at].type = order[at] if order else lib.VST2_SPEAKER_UNKNOWN
    return memory


def arrange(effect: Effect, wanted: dict[Direction, tuple[int, str]]) -> bool:
    """Ask for so many channels (and a layout, or an empty text) in each direction, while off.

    False where the plugin would not, or has another number of them afterwards.
    """
    inputs, outputs = (speakers(*wanted[direction]) for direction in ("input", "output"))
    answered = effect.call(lib.VST2_SET_SPEAKERS, value=int(ffi.cast("intptr_t", inputs)), ptr=outputs)
    now = int(effect.pointer.inputs), int(effect.pointer.outputs)
    return answered == 1 and now == (wanted["input"][0], wanted["output"][0])
