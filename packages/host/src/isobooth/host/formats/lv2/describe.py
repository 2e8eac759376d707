"""From what the data files say of a plugin to a PluginDescriptor."""

from __future__ import annotations

from dataclasses import dataclass, field

from isobooth.protocol.descriptors import NotePortInfo, PluginDescriptor, PresetInfo

from ..ladspa.hints import Complaints
from .features import WHEN_REQUIRED, is_midi, words
from .groups import Bus, buses
from .parameters import Range, as_written, interpret, interpret_property, is_freewheel, is_latency, numeric, parameters
from .read import Description, Port
from .uris import CORE, STATE

FORMAT = "lv2"


@dataclass(frozen=True)
class Model:
    """Everything that follows from a description at one sample rate."""

    description: Description
    descriptor: PluginDescriptor
    buses: list[Bus]
    ranges: dict[int, Range]
    """Of every control port by its index, then of the properties that are parameters."""
    note_ports: dict[int, int]
    """Index of a port that carries MIDI -> its number among those of its direction."""
    warnings: list[str] = field(default_factory=list)

    def channels(self, direction: str) -> list[Port]:
        """The ports behind the channels of one direction, in bus order."""
        return [port for bus in self.buses if bus.info.direction == direction for port in bus.ports]

    @property
    def latency_port(self) -> Port | None:
        """The control output that tells the latency."""
        return next(filter(is_latency, self.description.ports), None)

    @property
    def freewheel_port(self) -> Port | None:
        """The control input that is told whether the host renders offline."""
        return next(filter(is_freewheel, self.description.ports), None)


def build(description: Description, rate: float, presets: list[PresetInfo] | None = None) -> Model:
    """Work out ranges, parameters, buses and note ports. Raises PluginLoadError for too many channels."""
    complaints = Complaints()
    ranges = {
        port.index: as_written(interpret(port.scale, rate, port.name, complaints, is_output=not port.is_input))
        for port in description.ports
        if port.kind == "control"
    }
    first = len(description.ports)
    for place, one in enumerate(numeric(description)):
        ranges[first + place] = interpret_property(one, complaints)
    all_buses = buses(description)
    notes, numbers = _note_ports(description)
    inputs, outputs = (
        sum(bus.info.channels for bus in all_buses if bus.info.direction == side and bus.info.layout != "cv")
        for side in ("input", "output")
    )
    directions = {note.direction for note in notes}
    offered = description.required | description.optional
    descriptor = PluginDescriptor(
        format=FORMAT,
        path=description.bundle,
        id=description.uri,
        name=description.name,
        vendor=description.vendor,
        version=f"{description.minor}.{description.micro}" if description.minor or description.micro else "",
        description=description.comment,
        url=description.url,
        licence=description.licence,
        features=words(description, inputs, outputs, notes_in="input" in directions, notes_out="output" in directions),
        index=description.index,
        replaces=list(description.replaces),
        buses=[bus.info for bus in all_buses],
        note_ports=notes,
        parameters=parameters(description, ranges),
        presets=presets or [],
        latency=None if any(map(is_latency, description.ports)) or description.required & {*WHEN_REQUIRED} else 0,
        is_in_place_broken=f"{CORE}inPlaceBroken" in offered,
        is_hard_realtime=f"{CORE}hardRTCapable" in offered,
        has_state=True,
        has_gui=description.has_gui,
    )
    return Model(description, descriptor, all_buses, ranges, numbers, [*description.warnings, *complaints.sentences()])


def has_own_state(description: Description) -> bool:
    """Does the plugin have a state beyond the values of its controls?"""
    return f"{STATE}interface" in description.extension_data


def _note_ports(description: Description) -> tuple[list[NotePortInfo], dict[int, int]]:
    found: list[NotePortInfo] = []
    numbers: dict[int, int] = {}
    counts = {True: 0, False: 0}
    for port in description.ports:
        if port.kind in {"atom", "event"} and is_midi(port.supports):
            number = numbers[port.index] = counts[port.is_input]
            counts[port.is_input] += 1
            found.append(
                NotePortInfo(
                    index=number,
                    name=port.name,
                    direction="input" if port.is_input else "output",
                    dialects=["midi"],
                    preferred="midi",
                    id=port.index,
                )
            )
    return found, numbers
