"""From what a plugin says of itself to a PluginDescriptor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from isobooth.protocol.descriptors import BusInfo, EnumValue, ParameterInfo, PluginDescriptor
from isobooth.protocol.errors import PluginLoadError
from isobooth.protocol.identifiers import identifiers

from ..._core import lib
from ..port_texts import unit_of
from .categories import features_of
from .hints import Complaints, Range, interpret, with_default
from .read import Description, Port, PortNotes

LATENCY_NAMES = frozenset({"latency", "_latency"})
"""A control output of this name tells the plugin's latency in frames."""

_LAYOUTS = {1: "mono", 2: "stereo"}
_UNITS = {"Hz": "Hz", "dB": "dB", "seconds": "s", "milliseconds": "ms", "minutes": "min"}
"""What ladspa.rdfs calls a unit, and what we call it."""
_SILENT = PortNotes()


@dataclass(frozen=True)
class Model:
    """Everything that follows from a description at one sample rate."""

    description: Description
    descriptor: PluginDescriptor
    ranges: dict[int, Range]
    """Of every control port, by its number."""
    warnings: list[str] = field(default_factory=list)

    def ports(self, *, audio: bool, inputs: bool) -> list[int]:
        """Numbers of the ports of one kind, in order."""
        return [p.index for p in self.description.ports if p.is_control != audio and p.is_input == inputs]

    @property
    def latency_port(self) -> int | None:
        """The port that tells the latency, None if there is none."""
        return latency_port(self.description)


def latency_port(description: Description) -> int | None:
    """Number of the first control output with one of LATENCY_NAMES."""
    for port in description.ports:
        if port.is_control and not port.is_input and port.name in LATENCY_NAMES:
            return port.index
    return None


def build(format_name: str, path: str, description: Description, sample_rate: float) -> Model:
    """Work out ranges, parameters and buses. Raises PluginLoadError for more channels than a block holds."""
    complaints = Complaints()
    ranges = {
        port.index: with_default(
            interpret(port.hint, sample_rate, port.name, complaints, is_output=not port.is_input),
            port.hint,
            description.notes.ports.get(port.index, _SILENT).default,
        )
        for port in description.ports
        if port.is_control
    }
    notes = description.notes
    descriptor = PluginDescriptor(
        format=format_name,
        path=path,
        id=description.label,
        name=description.name,
        vendor=description.maker or notes.maker,
        description=notes.title if notes.title != description.name else "",
        licence=description.copyright or notes.licence,
        features=_features(description),
        unique_id=description.unique_id,
        index=description.index,
        buses=_buses(path, description),
        parameters=_parameters(description, ranges, complaints),
        latency=0 if latency_port(description) is None else None,
        is_in_place_broken=description.is_in_place_broken,
        is_hard_realtime=description.is_hard_realtime,
        has_state=True,
    )
    return Model(description, descriptor, ranges, complaints.sentences())


def _audio(description: Description, *, inputs: bool) -> list[Port]:
    return [port for port in description.ports if not port.is_control and port.is_input == inputs]


def _buses(path: str, description: Description) -> list[BusInfo]:
    """All audio inputs are the main input and all audio outputs the main output: LADSPA knows no other grouping."""
    counts = {True: len(_audio(description, inputs=True)), False: len(_audio(description, inputs=False))}
    shared = 0 if counts[True] == counts[False] and not description.is_in_place_broken else None
    buses = []
    for inputs, channels in counts.items():
        if channels > lib.IB_MAX_CHANNELS:
            raise PluginLoadError(
                f"plugin {description.label!r} of {path} has {channels} audio {'inputs' if inputs else 'outputs'};"
                f" a block has room for {lib.IB_MAX_CHANNELS}",
                path=path,
                plugin_id=description.label,
                phase="describe",
            )
        if channels:
            direction: Literal["input", "output"] = "input" if inputs else "output"
            buses.append(
                BusInfo(
                    index=0,
                    name=direction,
                    channels=channels,
                    direction=direction,
                    layout=_LAYOUTS.get(channels, ""),
                    in_place_pair=shared,
                )
            )
    return buses


def _parameters(description: Description, ranges: dict[int, Range], complaints: Complaints) -> list[ParameterInfo]:
    said = description.notes.ports
    found = []
    for port in description.ports:
        if port.is_control:
            info = _parameter(port, ranges[port.index], said.get(port.index, _SILENT))
            _name_values(info, said.get(port.index, _SILENT), complaints)
            found.append(info)
    for info, identifier in zip(found, identifiers(info.name for info in found), strict=True):
        info.identifier = identifier
    return found


def _parameter(port: Port, found: Range, notes: PortNotes) -> ParameterInfo:
    name = port.name if port.is_named or not notes.label else notes.label
    is_latency = not port.is_input and port.name in LATENCY_NAMES
    return ParameterInfo(
        id=port.index,
        name=name,
        unit="samples" if is_latency else unit_of(name) or _UNITS.get(notes.unit, ""),
        minimum=found.minimum,
        maximum=found.maximum,
        default=found.default,
        steps=found.steps,
        is_integer=found.is_integer,
        is_toggled=found.is_toggled,
        is_logarithmic=found.is_logarithmic,
        is_output=not port.is_input,
        is_automatable=port.is_input,
        is_modulatable=port.is_input,
    )


def _name_values(info: ParameterInfo, notes: PortNotes, complaints: Complaints) -> None:
    """Give values their names; a parameter all of whose values have one is an enumeration."""
    within = {value: label for value, label in notes.points.items() if info.minimum <= value <= info.maximum}
    if len(within) < len(notes.points):
        complaints.add("RDF names values outside the bounds, which do not count", info.name)
    info.values = [EnumValue(value=value, label=label) for value, label in within.items()]
    info.is_enumeration = info.steps == len(within) > 1 and all(value.is_integer() for value in within)


def _features(description: Description) -> list[str]:
    """What the ports tell, and the categories. ``realtime``: the output depends on the moment when it is made."""
    inputs, outputs = (len(_audio(description, inputs=side)) for side in (True, False))
    features = []
    if inputs:
        features.append("audio-effect" if outputs else "analyzer")
    widest = _LAYOUTS.get(outputs or inputs)
    if widest:
        features.append(widest)
    if description.is_realtime:
        features.append("realtime")
    return list(dict.fromkeys([*features, *features_of(description.notes.categories)]))
