"""Control ports: units in their names, and values as text. Independent of the locale."""

from __future__ import annotations

import math
import re

from isobooth.protocol.descriptors import ParameterInfo
from isobooth.protocol.errors import ParameterError

# fmt: off
UNITS: frozenset[str] = frozenset(
    {
        "%", "bit", "bits", "bpm", "cent", "cents", "db", "db/oct", "db/octave", "dbfs", "deg", "degree",
        "degrees", "frames", "hz", "khz", "m", "meter", "meters", "metre", "metres", "mhz", "millisecond",
        "milliseconds", "min", "minutes", "ms", "oct", "octave", "octaves", "percent", "rad", "s", "sample",
        "samples", "sec", "second", "seconds", "semitone", "semitones", "smp", "st", "us", "°", "µs",
    }
)
# fmt: on
"""Words in brackets at the end of a name that are taken for a unit, in lower case."""

_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,16})[)\]]\s*$")
_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([^\s0-9.,].*)?", re.DOTALL)
_ON, _OFF = frozenset({"on", "true", "yes"}), frozenset({"off", "false", "no"})

_SPELLINGS: dict[str, str] = {
    "second": "s",
    "seconds": "s",
    "sec": "s",
    "millisecond": "ms",
    "milliseconds": "ms",
    "us": "µs",
    "μs": "µs",
    "percent": "%",
    "cents": "cent",
    "semitone": "semitones",
    "st": "semitones",
    "sample": "samples",
    "smp": "samples",
    "deg": "°",
    "degree": "°",
    "degrees": "°",
}
_FACTORS: dict[tuple[str, str], float] = {
    ("khz", "hz"): 1e3,
    ("hz", "khz"): 1e-3,
    ("mhz", "hz"): 1e6,
    ("s", "ms"): 1e3,
    ("ms", "s"): 1e-3,
    ("µs", "ms"): 1e-3,
    ("µs", "s"): 1e-6,
}
"""(unit of the text, unit of the parameter) -> what to multiply with."""


def nearest_integer(value: float) -> float:
    """Rounded, halves upwards: as the audio thread does it."""
    return float(math.floor(value + 0.5))


def unit_of(name: str) -> str:
    """The unit that a port's name ends with in round or square brackets, as written there; empty if there is none.

    ``Cutoff (Hz)`` has one; ``Mode (0 = off, 1 = on)`` and ``Gain (L)`` have none.
    """
    found = _BRACKETS.search(name)
    if not found:
        return ""
    unit = found[1].strip()
    return unit if unit.casefold() in UNITS else ""


def number_text(value: float) -> str:
    """Seven significant digits, as many as a float32 has, with a decimal point whatever the locale."""
    text = f"{value:.7g}"
    if "e" in text and math.isfinite(value) and 1 <= abs(value) < 1e15:
        text = f"{value:.0f}"
    return "0" if text == "-0" else text


def value_text(info: ParameterInfo, value: float) -> str:
    """A value of a parameter for people: ``-20 dB``, ``3``, ``on``, or its name where it has one of its own."""
    if not math.isfinite(value):
        return str(value)
    named = _labels(info)
    for label, known in named.items():
        if known == (nearest_integer(value) if info.is_integer else value):
            return label
    if info.is_toggled:
        return "on" if value > 0 else "off"
    text = str(math.floor(value + 0.5)) if info.is_integer else number_text(value)
    return f"{text} {info.unit}" if info.unit else text


def _labels(info: ParameterInfo) -> dict[str, float]:
    """Names that stand for one value each, and that no number could be meant by."""
    found: dict[str, float] = {}
    folded = [named.label.casefold() for named in info.values]
    for named in info.values:
        if folded.count(named.label.casefold()) == 1 and not _NUMBER.fullmatch(named.label.strip()):
            found[named.label] = named.value
    return found


def _unit_key(unit: str) -> str:
    folded = unit.strip().casefold()
    return _SPELLINGS.get(folded, folded)


def _refuse(info: ParameterInfo, text: str, reason: str) -> ParameterError:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return ParameterError(
        f"parameter {info.name!r} cannot be {shown!r}: {reason} - it takes {value_text(info, info.minimum)}"
        f" to {value_text(info, info.maximum)}"
    )


def text_value(info: ParameterInfo, text: str) -> float:
    """The value that a text means.

    The name of a value, in any case; a number with or without the parameter's unit (``1.5 kHz`` where that is Hz); for
    switches and integers also on/off, true/false, yes/no. Raises ParameterError for any other text, for a foreign unit,
    and outside the range.
    """
    folded = text.strip().casefold()
    for label, named in _labels(info).items():
        if label.casefold() == folded:
            return named
    if folded in _ON | _OFF and (info.is_toggled or info.is_integer):
        value = 1.0 if folded in _ON else 0.0
    else:
        value = _number(info, text)
    if info.is_toggled and value not in {0.0, 1.0}:
        raise _refuse(info, text, "it is a switch")
    if not info.minimum <= value <= info.maximum:
        raise _refuse(info, text, "that is outside its range")
    return value


def _number(info: ParameterInfo, text: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        raise _refuse(info, text, "that is not a number (with a point, not a comma, before decimals)")
    value = float(found[1])
    unit, own = _unit_key(found[2] or ""), _unit_key(info.unit)
    if unit and unit != own:
        factor = _FACTORS.get((unit, own))
        if factor is None:
            raise _refuse(info, text, f"its unit is {info.unit}" if info.unit else "it has no unit")
        value *= factor
    value = math.floor(value + 0.5) if info.is_integer and math.isfinite(value) else value
    return _snap(info, float(value))


def _snap(info: ParameterInfo, value: float) -> float:
    """The bound itself where the text of the bound was meant, which has seven digits."""
    for bound in (info.minimum, info.maximum):
        if number_text(bound) == number_text(value):
            return bound
    return value
