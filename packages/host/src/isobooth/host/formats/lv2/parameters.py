"""Control ports and properties of a plugin as parameters.

The id of a control port is its index. Properties (patch:writable, patch:readable) follow behind the last port, in the
order of their URIs: those whose values are numbers. A property whose value is a path or a text is no parameter, since
parameters are numbers: a path is given with ``load_preset(path)``, and all are part of the state.
"""

from __future__ import annotations

import ctypes
import dataclasses
import math
from dataclasses import dataclass

import msgspec

from isobooth.protocol.descriptors import EnumValue, ParameterInfo
from isobooth.protocol.identifiers import identifiers

from ..._core import lib
from ..ladspa.hints import UNBOUNDED, Complaints, shortest
from ..port_texts import nearest_integer
from .read import Description, Port, Property, Scale
from .units import unit_of
from .uris import ATOM, CORE, KXSTUDIO_PROPS, PARAMETERS, PORT_PROPS, tail

TYPES = {
    f"{ATOM}Float": lib.IB_LV2_TYPE_FLOAT,
    f"{ATOM}Double": lib.IB_LV2_TYPE_DOUBLE,
    f"{ATOM}Int": lib.IB_LV2_TYPE_INT,
    f"{ATOM}Long": lib.IB_LV2_TYPE_LONG,
    f"{ATOM}Bool": lib.IB_LV2_TYPE_BOOL,
}
"""Types of values that a parameter can have."""
_FLOAT_MAX = 3.4e38
_WHOLE = {f"{ATOM}Int", f"{ATOM}Long"}
_LARGEST = {f"{ATOM}Int": 2.0**31 - 1, f"{ATOM}Long": 2.0**53}
_FREEWHEEL = frozenset({f"{CORE}freeWheeling", f"{PARAMETERS}freeWheeling"})
_NOT_AUTOMATIC = (
    f"{PORT_PROPS}notAutomatic",
    f"{PORT_PROPS}expensive",
    f"{KXSTUDIO_PROPS}NonAutomable",
    f"{KXSTUDIO_PROPS}NonAutomatable",
)


@dataclass(frozen=True)
class Range:
    """Range and default of a number as the host keeps it."""

    minimum: float
    maximum: float
    default: float
    is_integer: bool = False
    is_toggled: bool = False
    is_logarithmic: bool = False
    is_enumeration: bool = False

    @property
    def steps(self) -> int:
        """Number of distinct values, 0 for a continuous range; an enumeration's are counted elsewhere."""
        return int(self.maximum - self.minimum) + 1 if self.is_integer or self.is_toggled else 0


def is_latency(port: Port) -> bool:
    """Does a control output tell the latency (lv2:reportsLatency, or lv2:latency as its designation)?"""
    if port.kind != "control" or port.is_input:
        return False
    return port.has(f"{CORE}reportsLatency") or port.designation == f"{CORE}latency"


def is_freewheel(port: Port) -> bool:
    """Is it the control input that is told whether somebody listens in real time?"""
    return port.kind == "control" and port.is_input and port.designation in _FREEWHEEL


def is_trigger(port: Port) -> bool:
    """Does a control input go back to its default after one run (pprops:trigger)?"""
    return port.kind == "control" and port.is_input and port.has(f"{PORT_PROPS}trigger")


def numeric(description: Description) -> list[Property]:
    """The properties that are parameters."""
    return [one for one in description.properties if one.range in TYPES]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _bounds(scale: Scale, factor: float, name: str, complaints: Complaints) -> tuple[float | None, float | None]:
    low, high = (None if (v := _finite(bound)) is None else v * factor for bound in (scale.minimum, scale.maximum))
    if scale.points:
        values = [value for value, _ in scale.points]
        low = min(values) if low is None else low
        high = max(values) if high is None else high
    if low is not None and high is not None and low > high:
        complaints.add("the bounds are the wrong way round and are swapped", name)
        low, high = high, low
    return low, high


def interpret(scale: Scale, rate: float, name: str, complaints: Complaints, *, is_output: bool = False) -> Range:
    """Range and default of a control port.

    Bounds of lv2:sampleRate ports are multiples of the sample rate; so is a default that lies within the bounds as
    written. A missing bound is that of the named values, else UNBOUNDED stands in for it. Without a default, a port
    begins at 0, or at the bound nearest to it. A logarithmic range that is not above 0 counts as a linear one.
    """
    if f"{CORE}toggled" in scale.properties:
        default = _finite(scale.default)
        return Range(0.0, 1.0, 1.0 if default is not None and default > 0 else 0.0, is_toggled=True)
    factor = rate if f"{CORE}sampleRate" in scale.properties else 1.0
    low, high = _bounds(scale, factor, name, complaints)
    if not is_output and (low is None or high is None):
        complaints.add("a bound is missing; a very large number stands in for it", name)
    minimum = low if low is not None else -UNBOUNDED if high is None else min(-UNBOUNDED, 2 * high)
    maximum = high if high is not None else max(UNBOUNDED, 2 * minimum)
    default = _finite(scale.default)
    if default is not None and factor != 1.0 and minimum <= default * factor <= maximum:
        default *= factor
    is_enumeration = f"{CORE}enumeration" in scale.properties and bool(scale.points)
    whole_points = is_enumeration and all(value == value // 1 for value, _ in scale.points)
    is_integer = f"{CORE}integer" in scale.properties or whole_points
    if is_integer:
        minimum, maximum = float(math.ceil(minimum)), float(math.floor(maximum))
        if minimum > maximum:
            complaints.add("an integer port has no integer within its bounds, which are widened", name)
            minimum, maximum = maximum, minimum
        default = None if default is None else nearest_integer(default)
    held = min(max(0.0 if default is None else default, minimum), maximum)
    if default is not None and abs(held - default) > 1e-6 * max(1.0, abs(default)):
        complaints.add("the default lies outside the bounds; the nearest bound is taken", name)
    return Range(
        minimum,
        maximum,
        held,
        is_integer=is_integer,
        is_logarithmic=f"{PORT_PROPS}logarithmic" in scale.properties and minimum > 0,
        is_enumeration=is_enumeration,
    )


def interpret_property(one: Property, complaints: Complaints) -> Range:
    """Range and default of a property."""
    if one.range == f"{ATOM}Bool":
        return Range(0.0, 1.0, 1.0 if one.scale.default else 0.0, is_toggled=True)
    largest = _LARGEST.get(one.range)
    scale = one.scale
    if largest is not None:
        low = -largest if scale.minimum is None else scale.minimum
        high = largest if scale.maximum is None else scale.maximum
        scale = Scale(**{**scale.__dict__, "minimum": low, "maximum": high})
    found = interpret(scale, 1.0, one.name, complaints, is_output=not one.is_writable)
    return Range(**{**found.__dict__, "is_integer": one.range in _WHOLE})


def parameters(description: Description, ranges: dict[int, Range]) -> list[ParameterInfo]:
    """All parameters: control ports by index, then the properties that are numbers."""
    controls = [port for port in description.ports if port.kind == "control" and not is_freewheel(port)]
    properties = numeric(description)
    names = identifiers([*(port.symbol for port in controls), *(tail(one.uri) for one in properties)])
    found = [_of_port(port, ranges[port.index], name) for port, name in zip(controls, names, strict=False)]
    first = len(description.ports)
    for place, (one, name) in enumerate(zip(properties, names[len(controls) :], strict=True)):
        found.append(_of_property(first + place, one, ranges[first + place], name))
    return found


def _of_port(port: Port, held: Range, identifier: str) -> ParameterInfo:
    is_free = not port.has(*_NOT_AUTOMATIC)
    info = ParameterInfo(
        id=port.index,
        name=port.name,
        identifier=identifier,
        module=port.group.name if port.group is not None else "",
        unit="frames" if is_latency(port) else unit_of(port.scale),
        is_output=not port.is_input,
        is_hidden=is_latency(port) or port.has(f"{PORT_PROPS}notOnGUI"),
        is_bypass=port.is_input and port.designation == f"{CORE}enabled",
        is_automatable=port.is_input and is_free,
        is_modulatable=port.is_input and is_free and not is_trigger(port),
    )
    return _with_numbers(info, port.scale, held)


def _of_property(number: int, one: Property, held: Range, identifier: str) -> ParameterInfo:
    info = ParameterInfo(
        id=number,
        name=one.name,
        identifier=identifier,
        unit=unit_of(one.scale),
        is_output=not one.is_writable,
        is_automatable=one.is_writable,
    )
    return _with_numbers(info, one.scale, held)


def as_written(held: Range) -> Range:
    """The numbers as they are written: 0.1 for what the data file has made of a float32."""
    numbers = (held.minimum, held.maximum, held.default)
    low, high, default = (shortest(ctypes.c_float(one).value) if abs(one) < _FLOAT_MAX else one for one in numbers)
    return dataclasses.replace(held, minimum=low, maximum=high, default=min(max(default, low), high))


def _with_numbers(info: ParameterInfo, scale: Scale, held: Range) -> ParameterInfo:
    return msgspec.structs.replace(
        info,
        minimum=held.minimum,
        maximum=held.maximum,
        default=held.default,
        steps=len(scale.points) if held.is_enumeration else held.steps,
        is_integer=held.is_integer,
        is_toggled=held.is_toggled,
        is_logarithmic=held.is_logarithmic,
        is_enumeration=held.is_enumeration,
        values=[EnumValue(value=value, label=label) for value, label in scale.points],
    )
