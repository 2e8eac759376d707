"""Values as text: the names of scale points, else numbers with their unit. Independent of the locale."""

from __future__ import annotations

from isobooth.protocol.descriptors import ParameterInfo

from .. import port_texts

_SLACK = 1e-6


def value_text(info: ParameterInfo, value: float) -> str:
    """The name of the value where it has one, else ``-20 dB``, ``3``, ``on``."""
    for one in info.values:
        if abs(one.value - value) <= _SLACK * max(1.0, abs(value)):
            return one.label
    return port_texts.value_text(info, value)


def text_value(info: ParameterInfo, text: str) -> float:
    """The value that a text means: a name of one, else a number. Raises ParameterError."""
    folded = text.strip().casefold()
    for one in info.values:
        if one.label.strip().casefold() == folded:
            return one.value
    return port_texts.text_value(info, text)
