"""Audio and event buses of a component (ivstcomponent.h), and what their speakers may be (ivstaudioprocessor.h)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from isobooth.protocol.abilities import BusRequest
from isobooth.protocol.descriptors import BusInfo, NotePortInfo
from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData
from .arrangements import MOST_CHANNELS, candidates, channels_of, layout_of
from .interface import OK, Interface, Warn, result_name, text16

Direction = Literal["input", "output"]
DIRECTIONS: tuple[Direction, Direction] = ("input", "output")
NUMBERS = {"input": lib.VST3_kInput, "output": lib.VST3_kOutput}
DIALECTS = ["clap", "midi"]
"""How notes may be sent to an event bus: isobooth's own note events, or MIDI, which is translated."""


@dataclass
class AudioBus:
    """One audio bus as the plugin describes it."""

    direction: Direction
    index: int
    """Among all audio buses of its direction: VST3's number."""
    name: str
    channels: int
    arrangement: int
    is_main: bool
    is_default_active: bool


@dataclass
class EventBus:
    """One event bus."""

    direction: Direction
    index: int
    name: str
    channels: int
    is_default_active: bool


@dataclass
class Buses:
    """All buses, in the plugin's order, inputs first."""

    audio: list[AudioBus] = field(default_factory=list)
    events: list[EventBus] = field(default_factory=list)
    supports_float64: bool = False
    refusals: list[str] = field(default_factory=list)
    """Why a plugin with such buses cannot play: process() is to have every one of them."""

    def of(self, direction: Direction) -> list[AudioBus]:
        """Audio buses of one direction."""
        return [bus for bus in self.audio if bus.direction == direction]

    def events_of(self, direction: Direction) -> list[EventBus]:
        """Event buses of one direction."""
        return [bus for bus in self.events if bus.direction == direction]

    @property
    def shape(self) -> list[tuple[Direction, int]]:
        """What a segment and the C half depend on."""
        return [(bus.direction, bus.channels) for bus in self.audio]

    def infos(self) -> list[BusInfo]:
        """The audio buses that have channels."""
        found: list[BusInfo] = []
        for direction in DIRECTIONS:
            used = [bus for bus in self.of(direction) if bus.channels > 0]
            found += [self._info(bus, index) for index, bus in enumerate(used)]
        return found

    def _info(self, bus: AudioBus, index: int) -> BusInfo:
        return BusInfo(
            index=index,
            name=bus.name,
            channels=bus.channels,
            direction=bus.direction,
            is_main=bus.is_main,
            layout=layout_of(bus.arrangement, bus.channels),
            supports_float64=self.supports_float64,
            id=bus.index,
        )

    def note_ports(self) -> list[NotePortInfo]:
        """The event buses."""
        return [
            NotePortInfo(
                index=bus.index, name=bus.name, direction=bus.direction, dialects=list(DIALECTS), preferred="clap",
                id=bus.index,
            )
            for bus in self.events
        ]  # fmt: skip


def read_buses(component: Interface, processor: Interface, warn: Warn) -> Buses:
    """Ask for all buses of both kinds and directions."""
    buses = Buses(supports_float64=processor.canProcessSampleSize(lib.VST3_kSample64) == OK)

    def refuse(reason: str) -> None:
        buses.refusals.append(reason)
        warn(f"it {reason}: it cannot play")

    for direction in DIRECTIONS:
        for index, raw in _bus_infos(component, lib.VST3_kAudio, direction, lib.IB_VST3_MOST_BUSES, warn, refuse):
            buses.audio.append(_audio_bus(processor, direction, index, raw, warn, refuse))
        for index, raw in _bus_infos(component, lib.VST3_kEvent, direction, lib.IB_VST3_MOST_EVENT_BUSES, warn, refuse):
            buses.events.append(
                EventBus(
                    direction,
                    index,
                    text16(raw.name) or f"{direction} {index + 1}",
                    min(max(int(raw.channelCount), 0), lib.IB_VST3_MIDI_CHANNELS),
                    bool(raw.flags & lib.VST3_kDefaultActive),
                )
            )
    return buses


def _bus_infos(
    component: Interface, media: int, direction: Direction, most: int, warn: Warn, refuse: Warn
) -> Iterator[tuple[int, CData]]:
    count = component.getBusCount(media, NUMBERS[direction])
    if count > most:
        kind = "audio" if media == lib.VST3_kAudio else "event"
        refuse(f"says it has {count} {direction} {kind} buses; {most} are possible")
    for index in range(min(max(count, 0), most)):
        raw = ffi.new("struct vst3_BusInfo *")
        result = component.getBusInfo(media, NUMBERS[direction], index, raw)
        if result != OK:
            warn(f"its {direction} bus {index} has no description ({result_name(result)}): it gets no audio")
            raw = ffi.new("struct vst3_BusInfo *")
        yield index, raw


def _audio_bus(
    processor: Interface, direction: Direction, index: int, raw: CData, warn: Warn, refuse: Warn
) -> AudioBus:
    arrangement = _now(processor, direction, index)
    channels = int(raw.channelCount)
    name = text16(raw.name) or f"{direction} {index + 1}"
    if channels > lib.IB_MAX_CHANNELS:
        refuse(f"says its {direction} bus {name!r} has {channels} channels; {lib.IB_MAX_CHANNELS} are possible")
    elif channels < 0:
        warn(f"its {direction} bus {name!r} says it has {channels} channels: it gets none")
    if not 0 <= channels <= lib.IB_MAX_CHANNELS:
        channels = 0
    if arrangement is None:
        arrangement = candidates(channels)[0] if channels <= MOST_CHANNELS else 0
    elif channels_of(arrangement) != channels:
        warn(f"its {direction} bus {name!r} has {channels} channels, its speakers are {channels_of(arrangement)}")
    return AudioBus(
        direction=direction,
        index=index,
        name=name,
        channels=channels,
        arrangement=arrangement,
        is_main=raw.busType == lib.VST3_kMain and index == 0,  # some call all of theirs main
        is_default_active=bool(raw.flags & lib.VST3_kDefaultActive),
    )


# -- other arrangements -----------------------------------------------------------------------------------------------

Wishes = dict[tuple[Direction, int], list[int]]
"""Arrangements that a bus may get, the best first, by direction and VST3's number of the bus."""


def wishes_of(buses: Buses, direction: Direction, requests: list[BusRequest]) -> Wishes:
    """What requests for the buses of a descriptor ask for. Raises PluginError for a bus or layout that is not there."""
    used = [bus for bus in buses.of(direction) if bus.channels > 0]
    if len(requests) > len(used):
        raise PluginError(f"there are {len(used)} {direction} buses; {len(requests)} were asked for")
    wishes: Wishes = {}
    for bus, request in zip(used, requests, strict=False):
        if request.channels < 0:
            raise PluginError(f"a bus cannot have {request.channels} channels")
        layout = request.layout
        if not request.channels and not layout:
            continue
        found = candidates(request.channels or (bus.channels if layout == "ambisonic" else 0), layout)
        if not layout and channels_of(bus.arrangement) == request.channels:
            found = [bus.arrangement]
        wishes[direction, bus.index] = found
    return wishes


def arrange(processor: Interface, buses: Buses, wishes: Wishes) -> bool:
    """Ask for other arrangements, all buses at once, down the lists of wishes. Only while inactive.

    True if the plugin has taken one, whatever it returned: what getBusArrangement says afterwards is the truth. If
    not, it has been asked to be as it was.
    """
    if all(wishes.get((bus.direction, bus.index), [bus.arrangement])[0] == bus.arrangement for bus in buses.audio):
        return True
    for attempt in range(max(map(len, wishes.values()), default=0)):
        wanted = {
            (bus.direction, bus.index): _at(wishes.get((bus.direction, bus.index), [bus.arrangement]), attempt)
            for bus in buses.audio
        }
        accepted = _ask(processor, buses, wanted) == OK
        now = {key: _now(processor, *key) for key in wishes}
        if all(wanted[key] == found or (found is None and accepted) for key, found in now.items()):
            return True
    _ask(processor, buses, {(bus.direction, bus.index): bus.arrangement for bus in buses.audio})
    return False


def arrange_like(processor: Interface, buses: Buses, others: Buses) -> None:
    """Ask for the arrangements that the same buses have in ``others``. Only while inactive."""
    there = {(bus.direction, bus.index) for bus in buses.audio}
    wishes = {(bus.direction, bus.index): [bus.arrangement] for bus in others.audio}
    arrange(processor, buses, {key: wish for key, wish in wishes.items() if key in there})


def _at(found: list[int], attempt: int) -> int:
    return found[min(attempt, len(found) - 1)]


def _ask(processor: Interface, buses: Buses, wanted: dict[tuple[Direction, int], int]) -> int:
    lists = [[wanted[direction, bus.index] for bus in buses.of(direction)] for direction in DIRECTIONS]
    inputs, outputs = (ffi.new("uint64_t[]", found) if found else ffi.NULL for found in lists)
    return int(processor.setBusArrangements(inputs, len(lists[0]), outputs, len(lists[1])))


def _now(processor: Interface, direction: Direction, index: int) -> int | None:
    out = ffi.new("uint64_t *")
    return int(out[0]) if processor.getBusArrangement(NUMBERS[direction], index, out) == OK else None
