"""In which shape a parameter's normalised values, 0 .. 1, become ones in its own unit.

VST3 has functions for that on the main thread only, and the audio thread has to know too. So each parameter's curve is
looked at once and brought into one of the shapes that the C table knows (IB_VST3_NORMAL ...), which does the sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["normal", "linear", "stepped", "curve"]

CURVE_POINTS = 1025
"""Points of a curve, evenly spaced over 0 .. 1."""
MOST_STEPS = 1 << 24
"""Parameters that count more steps are taken for continuous ones."""
_PROBES = (0.013, 0.07, 0.125, 0.21, 0.25, 0.38, 0.4375, 0.5, 0.5625, 0.66, 0.75, 0.81, 0.875, 0.93, 0.987)
_CLOSE = 1e-6
"""How far a value may lie off, in parts of the range: plugins compute in float32."""

_MANY_STEPS = 128


@dataclass(frozen=True)
class Mapping:
    """The shape of one parameter. ``at_zero`` and ``at_one`` are its values there; a curve may fall."""

    kind: Kind
    at_zero: float = 0.0
    at_one: float = 1.0
    steps: int = 0
    """VST3's stepCount, one less than the number of values; 0 for a continuous parameter."""
    points: list[float] = field(default_factory=list)
    """Of ``curve``."""

    @property
    def minimum(self) -> float:
        """The lower end, in the parameter's own unit."""
        return min(self.at_zero, self.at_one)

    @property
    def maximum(self) -> float:
        """The upper end."""
        return max(self.at_zero, self.at_one)


def neat(value: float, span: float) -> float:
    """The shortest number that float32 cannot tell from ``value`` in a range of that length: 0.1 of 0.10000000149."""
    close = abs(span) * 1e-7
    return next((short for digits in range(8) if abs((short := round(value, digits)) - value) <= close), value)


def find_mapping(to_plain: Callable[[float], float], step_count: int, may_sample: Callable[[], bool]) -> Mapping:
    """The shape of ``to_plain``. ``may_sample`` says whether there is time left for a curve.

    What is not finite, does not change or goes up and down has no unit of its own that could be used: its plain values
    are the normalised ones.
    """
    steps = step_count if 0 < step_count <= MOST_STEPS else 0
    plain = Mapping("normal", steps=steps)
    zero, one = to_plain(0.0), to_plain(1.0)
    if not (math.isfinite(zero) and math.isfinite(one) and math.isfinite(one - zero)) or zero == one:
        return plain
    span = one - zero
    zero, one = neat(zero, span), neat(one, span)
    if steps:
        found = [(k / steps, to_plain(k / steps)) for k in _some_of(steps)]
        if not _is_line(found, zero, one):
            near = steps >= _MANY_STEPS and _is_line(found, zero, one, 1 / steps)  # rounded to the next step
            return Mapping("linear", zero, one, steps) if near else plain
        if abs(span - steps) <= _CLOSE * steps:
            return Mapping("stepped", zero, zero + steps, steps)
        return Mapping("linear", zero, one, steps)
    if _is_line([(x, to_plain(x)) for x in _PROBES], zero, one):
        return Mapping("linear", zero, one)
    if not may_sample():
        return plain
    points = [to_plain(index / (CURVE_POINTS - 1)) for index in range(CURVE_POINTS)]
    if not all(map(math.isfinite, points)) or not _is_monotone(points):
        return plain
    return Mapping("curve", points[0], points[-1], 0, points)


def _some_of(steps: int) -> Sequence[int]:
    """All of a few steps; of many some."""
    if steps <= 32:
        return range(steps + 1)
    return [1, 2, 3, *(round(x * steps) for x in _PROBES), steps - 2, steps - 1]


def _is_line(found: list[tuple[float, float]], zero: float, one: float, close: float = 0.0) -> bool:
    close = abs(one - zero) * (close + _CLOSE)
    return all(math.isfinite(y) and abs(zero + (one - zero) * x - y) <= close for x, y in found)


def _is_monotone(points: list[float]) -> bool:
    pairs = list(pairwise(points))
    return points[0] != points[-1] and (all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs))
