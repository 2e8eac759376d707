"""Units of LV2 as people write them (the vocabulary of lv2plug.in/ns/extensions/units)."""

from __future__ import annotations

from .read import Scale
from .uris import UNITS, tail

SYMBOLS = {
    "bar": "bars",
    "beat": "beats",
    "bpm": "BPM",
    "cent": "cent",
    "cm": "cm",
    "coef": "",
    "db": "dB",
    "degree": "°",
    "frame": "frames",
    "hz": "Hz",
    "inch": "in",
    "khz": "kHz",
    "km": "km",
    "m": "m",
    "mhz": "MHz",
    "midiController": "",
    "midiNote": "",
    "mile": "mi",
    "min": "min",
    "mm": "mm",
    "ms": "ms",
    "oct": "oct",
    "pc": "%",
    "s": "s",
    "semitone12TET": "semitones",
    "volts": "V",
}
"""The last word of a unit's URI, and its symbol; ``coef`` and MIDI numbers have none."""


def unit_of(scale: Scale) -> str:
    """The symbol of a number's unit: that of the vocabulary, else what the plugin says; empty if it says nothing."""
    if scale.unit.startswith(UNITS):
        known = SYMBOLS.get(tail(scale.unit))
        if known is not None:
            return known
    return scale.unit_symbol
