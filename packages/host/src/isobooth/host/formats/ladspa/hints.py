"""From a LADSPA port's hints to range, default and kind. Source: ladspa.h 1.1, "Plugin Port Range Hints".

Pure arithmetic: nothing here calls a plugin. What is odd about the hints is collected in a Complaints, one sentence for
each kind of oddity.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field, replace

from ..._core import lib
from ..port_texts import nearest_integer

UNBOUNDED = 16777216.0
"""Stands in for a bound that a port does not have: up to here (2^24) a float32 counts every integer."""

SCAN_SAMPLE_RATE = 48000
"""Hz: for ranges in a scan, where nobody has chosen a sample rate; a loaded plugin's follow its own rate."""

_SLACK = 1e-5
"""A bound that misses an integer by less, relative to its size, means the integer."""

_LITERAL: dict[int, float] = {
    lib.IB_LADSPA_DEFAULT_0: 0.0,
    lib.IB_LADSPA_DEFAULT_1: 1.0,
    lib.IB_LADSPA_DEFAULT_100: 100.0,
    lib.IB_LADSPA_DEFAULT_440: 440.0,
}
_BETWEEN: dict[int, float] = {
    lib.IB_LADSPA_DEFAULT_MINIMUM: 0.0,
    lib.IB_LADSPA_DEFAULT_LOW: 0.25,
    lib.IB_LADSPA_DEFAULT_MIDDLE: 0.5,
    lib.IB_LADSPA_DEFAULT_HIGH: 0.75,
    lib.IB_LADSPA_DEFAULT_MAXIMUM: 1.0,
}


@dataclass(frozen=True)
class Hint:
    """The hint of one port as the plugin gives it."""

    bits: int = 0
    lower: float = 0.0
    upper: float = 0.0


@dataclass(frozen=True)
class Range:
    """What a hint comes to. ``minimum <= default <= maximum``, all finite."""

    minimum: float
    maximum: float
    default: float
    is_integer: bool = False
    is_toggled: bool = False
    is_logarithmic: bool = False

    @property
    def steps(self) -> int:
        """Number of distinct values, 0 for a continuous range."""
        return int(self.maximum - self.minimum) + 1 if self.is_integer or self.is_toggled else 0


@dataclass
class Complaints:
    """Oddities of a plugin's ports: one sentence each, with the ports that it is true of."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, port: str) -> None:
        """``what`` is true of the port of that name."""
        self.found.setdefault(what, []).append(port)

    def sentences(self, most: int = 6) -> list[str]:
        """All of them, each naming at most ``most`` ports."""
        result = []
        for what, ports in self.found.items():
            names = ", ".join(repr(port) for port in ports[:most])
            rest = f" and {len(ports) - most} more" if len(ports) > most else ""
            result.append(f"{what}: {names}{rest}")
        return result


def shortest(value: float) -> float:
    """The double with the shortest decimal that is the same float32: 0.1 for what a float32 makes of 0.1."""
    if not math.isfinite(value):
        return value
    for digits in range(6, 9):
        candidate = float(f"{value:.{digits}g}")
        try:
            if struct.unpack("f", struct.pack("f", candidate))[0] == value:
                return candidate
        except OverflowError:  # rounded up beyond the largest float32
            continue
    return value


def _bound(hint: Hint, which: int, value: float, rate: float, port: str, complaints: Complaints) -> float | None:
    if not hint.bits & which:
        return None
    if not math.isfinite(value):
        complaints.add("a bound is not a finite number and is not counted", port)
        return None
    scaled = shortest(value) * (rate if hint.bits & lib.IB_LADSPA_SAMPLE_RATE else 1.0)
    return scaled + 0.0  # no negative zero


def _whole_bounds(minimum: float, maximum: float, port: str, complaints: Complaints) -> tuple[float, float]:
    """The integers within, with the slack that bounds of integer ports may have outwards or, by rounding, inwards."""
    low = math.ceil(minimum - _SLACK * max(1.0, abs(minimum)))
    high = math.floor(maximum + _SLACK * max(1.0, abs(maximum)))
    if low > high:
        complaints.add("an integer port has no integer within its bounds, which are widened", port)
        low, high = math.floor(minimum), math.ceil(maximum)
    return float(low), float(high)


def _default(hint: Hint, lower: float | None, upper: float | None, port: str, complaints: Complaints) -> float | None:
    """The default as hinted, before it is rounded and held within the bounds; None where there is none."""
    kind = hint.bits & lib.IB_LADSPA_DEFAULT_MASK
    if kind == lib.IB_LADSPA_DEFAULT_NONE:
        return None
    if kind in _LITERAL:
        return _LITERAL[kind]
    if kind not in _BETWEEN:
        complaints.add("the hint for the default is none that LADSPA 1.1 knows", port)
        return None
    share = _BETWEEN[kind]
    if (lower is None and share < 1) or (upper is None and share > 0):
        complaints.add("the default is said to be a bound, or between bounds, that the port does not have", port)
        return None
    if lower is None or share == 1:
        return upper
    if upper is None or share == 0:
        return lower
    if hint.bits & lib.IB_LADSPA_LOGARITHMIC and lower > 0 and upper > 0:
        return math.exp(math.log(lower) * (1 - share) + math.log(upper) * share)
    return lower * (1 - share) + upper * share


def _toggled(hint: Hint, port: str, complaints: Complaints) -> Range:
    bounds = (hint.lower if hint.bits & 1 else 0.0, hint.upper if hint.bits & 2 else 1.0)
    lower, upper = (value if math.isfinite(value) else float(i) for i, value in enumerate(bounds))
    value = _default(hint, lower, upper, port, complaints)
    return Range(0.0, 1.0, 1.0 if value is not None and value > 0 else 0.0, is_toggled=True)


def interpret(hint: Hint, sample_rate: float, port: str, complaints: Complaints, *, is_output: bool = False) -> Range:
    """Range and default of one control port.

    A port without a bound gets UNBOUNDED in its place. Bounds the wrong way round are swapped. A logarithmic port whose
    bounds are not both positive is taken for a linear one. A port without a default starts at 0, or at the bound
    nearest to it. ``is_output``: a meter owes nobody a range, so nothing is said about missing bounds.
    """
    if hint.bits & lib.IB_LADSPA_TOGGLED:
        return _toggled(hint, port, complaints)
    lower = _bound(hint, lib.IB_LADSPA_BOUNDED_BELOW, hint.lower, sample_rate, port, complaints)
    upper = _bound(hint, lib.IB_LADSPA_BOUNDED_ABOVE, hint.upper, sample_rate, port, complaints)
    if lower is not None and upper is not None and lower > upper:
        complaints.add("the bounds are the wrong way round and are swapped", port)
        lower, upper = upper, lower
    if not is_output and lower is None:
        complaints.add(f"there is no lower bound; {-UNBOUNDED:.0f} stands in for it", port)
    if not is_output and upper is None:
        complaints.add(f"there is no upper bound; {UNBOUNDED:.0f} stands in for it", port)
    value = _default(hint, lower, upper, port, complaints)
    minimum, maximum = _complete(lower, upper)
    is_integer = bool(hint.bits & lib.IB_LADSPA_INTEGER)
    if is_integer:
        minimum, maximum = _whole_bounds(minimum, maximum, port, complaints)
        value = None if value is None else nearest_integer(value)
    is_logarithmic = bool(hint.bits & lib.IB_LADSPA_LOGARITHMIC)
    if is_logarithmic and minimum <= 0:
        if lower is not None:
            complaints.add("the range is said to be logarithmic but is not above 0; it is taken for linear", port)
        is_logarithmic = False
    held = min(max(0.0 if value is None else value, minimum), maximum)
    if value is not None and abs(held - value) > _SLACK * max(1.0, abs(value)):
        complaints.add("the default lies outside the bounds; the nearest bound is taken", port)
    return Range(minimum, maximum, held, is_integer=is_integer, is_logarithmic=is_logarithmic)


def with_default(found: Range, hint: Hint, default: float | None) -> Range:
    """The range with a default that others know, where the hint gives none and it can be one.

    Of a port whose bounds are multiples of the sample rate nobody can tell which of the two a default is counted in.
    """
    if default is None or hint.bits & (lib.IB_LADSPA_DEFAULT_MASK | lib.IB_LADSPA_SAMPLE_RATE):
        return found
    whole = not (found.is_integer or found.is_toggled) or default.is_integer()
    return replace(found, default=default) if whole and found.minimum <= default <= found.maximum else found


def _complete(lower: float | None, upper: float | None) -> tuple[float, float]:
    """Bounds with something in the place of a missing one, beyond the other whatever that is."""
    if lower is None:
        lower = -UNBOUNDED if upper is None else min(-UNBOUNDED, 2 * upper)
    if upper is None:
        upper = max(UNBOUNDED, 2 * lower)
    return lower, upper
