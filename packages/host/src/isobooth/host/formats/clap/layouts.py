"""Names of channel layouts, and what CLAP writes instead (ext/surround.h, ext/ambisonic.h)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..._core import lib

MONO, STEREO, SURROUND, AMBISONIC = "mono", "stereo", "surround", "ambisonic"
"""Port types (ext/audio-ports.h, surround.h, ambisonic.h)."""
QUAD = "quad"
"""Four loudspeakers in the corners; ``4.0`` is understood too."""

_FL, _FR, _FC, _LFE = lib.CLAP_SURROUND_FL, lib.CLAP_SURROUND_FR, lib.CLAP_SURROUND_FC, lib.CLAP_SURROUND_LFE
_BL, _BR, _BC = lib.CLAP_SURROUND_BL, lib.CLAP_SURROUND_BR, lib.CLAP_SURROUND_BC
_FLC, _FRC, _SL, _SR = lib.CLAP_SURROUND_FLC, lib.CLAP_SURROUND_FRC, lib.CLAP_SURROUND_SL, lib.CLAP_SURROUND_SR
_TC, _TFL, _TFC, _TFR = lib.CLAP_SURROUND_TC, lib.CLAP_SURROUND_TFL, lib.CLAP_SURROUND_TFC, lib.CLAP_SURROUND_TFR
_TBL, _TBC, _TBR = lib.CLAP_SURROUND_TBL, lib.CLAP_SURROUND_TBC, lib.CLAP_SURROUND_TBR
_TSL, _TSR = lib.CLAP_SURROUND_TSL, lib.CLAP_SURROUND_TSR

_TOPS = frozenset({_TC, _TFL, _TFC, _TFR, _TBL, _TBC, _TBR, _TSL, _TSR})
_FRONT: dict[int, list[tuple[int, ...]]] = {
    1: [(_FC,)],
    2: [(_FL, _FR)],
    3: [(_FL, _FR, _FC)],
    4: [(_FL, _FR, _BL, _BR), (_FL, _FR, _SL, _SR), (_FL, _FR, _FC, _BC)],
    5: [(_FL, _FR, _FC, _BL, _BR), (_FL, _FR, _FC, _SL, _SR)],
    6: [(_FL, _FR, _FC, _BC, _SL, _SR), (_FL, _FR, _FC, _BL, _BR, _BC)],
    7: [(_FL, _FR, _FC, _BL, _BR, _SL, _SR), (_FL, _FR, _FC, _BL, _BR, _FLC, _FRC)],
    9: [(_FL, _FR, _FC, _BL, _BR, _FLC, _FRC, _SL, _SR)],
}
"""Loudspeakers at ear height by their number, the usual arrangement first."""
_ABOVE: dict[int, list[tuple[int, ...]]] = {
    0: [()],
    1: [(_TC,)],
    2: [(_TSL, _TSR), (_TFL, _TFR)],
    4: [(_TFL, _TFR, _TBL, _TBR)],
    6: [(_TFL, _TFR, _TBL, _TBR, _TSL, _TSR)],
}
_USUAL = {
    3: "3.0",
    4: "4.0",
    5: "5.0",
    6: "5.1",
    7: "6.1",
    8: "7.1",
    10: "7.1.2",
    12: "7.1.4",
    14: "7.1.6",
    16: "9.1.6",
}
"""What a number of channels stands for where nothing else is said."""
_ORDERINGS = {"FuMa": lib.CLAP_AMBISONIC_ORDERING_FUMA, "ACN": lib.CLAP_AMBISONIC_ORDERING_ACN}
_NORMALIZATIONS = {
    "maxN": lib.CLAP_AMBISONIC_NORMALIZATION_MAXN,
    "SN3D": lib.CLAP_AMBISONIC_NORMALIZATION_SN3D,
    "N3D": lib.CLAP_AMBISONIC_NORMALIZATION_N3D,
    "SN2D": lib.CLAP_AMBISONIC_NORMALIZATION_SN2D,
    "N2D": lib.CLAP_AMBISONIC_NORMALIZATION_N2D,
}
_AMBIX = (lib.CLAP_AMBISONIC_ORDERING_ACN, lib.CLAP_AMBISONIC_NORMALIZATION_SN3D)
_SURROUND_NAME = re.compile(r"(\d+)\.(\d)(?:\.(\d+))?")
_AMBISONIC_NAME = re.compile(r"ambisonic(?: (\d+))?(?: \((\w+) (\w+)\))?")


@dataclass(frozen=True)
class Layout:
    """One way to ask for a bus."""

    channels: int
    kind: str = ""
    """A port type; empty leaves it to the plugin."""
    channel_map: tuple[int, ...] = ()
    """Of surround: CLAP_SURROUND_* of each channel."""
    ambisonic: tuple[int, int] | None = None
    """Of ambisonic: ordering and normalization."""


def surround_name(channel_map: Sequence[int]) -> str:
    """``quad``, ``5.1``, ``7.1.4`` …: speakers at ear height, for low frequencies, above; ``surround`` if it is odd."""
    if not channel_map or len(set(channel_map)) != len(channel_map) or max(channel_map) > _TSR:
        return SURROUND
    above = sum(1 for speaker in channel_map if speaker in _TOPS)
    low = sum(1 for speaker in channel_map if speaker == _LFE)
    around = len(channel_map) - above - low
    if not low and not above and set(channel_map) in ({_FC}, {_FL, _FR}):
        return MONO if around == 1 else STEREO
    if set(channel_map) == {_FL, _FR, _BL, _BR}:
        return QUAD
    return f"{around}.{low}" + (f".{above}" if above else "")


def ambisonic_name(channels: int, config: tuple[int, int] | None) -> str:
    """``ambisonic 3`` for 16 channels; what is not AmbiX (ACN, SN3D) is named too: ``ambisonic 1 (FuMa maxN)``."""
    order = math.isqrt(channels) - 1
    name = f"{AMBISONIC} {order}" if (order + 1) ** 2 == channels else AMBISONIC
    if config is None or config == _AMBIX:
        return name
    ordering = next((text for text, number in _ORDERINGS.items() if number == config[0]), "")
    scaling = next((text for text, number in _NORMALIZATIONS.items() if number == config[1]), "")
    return f"{name} ({ordering} {scaling})" if ordering and scaling else name


def layouts_of(name: str, channels: int) -> Iterator[Layout]:
    """Everything that a wish can mean, the likeliest first. ``channels`` 0: as many as the name says.

    Nothing where name and number contradict each other or the name is not known.
    """
    if not name:
        yield from _by_number(channels)
    elif name in (MONO, STEREO):
        due = 1 if name == MONO else 2
        if channels in (0, due):
            yield Layout(due, name)
    elif found := _AMBISONIC_NAME.fullmatch(name):
        yield from _ambisonic(found, channels)
    elif name == QUAD:
        if channels in (0, 4):
            yield Layout(4, SURROUND, channel_map=_FRONT[4][0])
    elif name == SURROUND and channels:
        usual = _USUAL.get(channels)
        yield from layouts_of(usual, channels) if usual else ()
        yield Layout(channels, SURROUND)
    elif found := _SURROUND_NAME.fullmatch(name):
        around, low, above = (int(part or 0) for part in found.groups())
        yield from _surround(around, low, above, channels)


def _by_number(channels: int) -> Iterator[Layout]:
    if channels == 1:
        yield Layout(1, MONO)
    elif channels == 2:
        yield Layout(2, STEREO)
    elif channels in _USUAL:
        yield from layouts_of(_USUAL[channels], channels)
    if channels > 1 and math.isqrt(channels) ** 2 == channels:
        yield Layout(channels, AMBISONIC, ambisonic=_AMBIX)
    if channels:
        yield Layout(channels)


def _ambisonic(found: re.Match[str], channels: int) -> Iterator[Layout]:
    order, ordering, scaling = found.groups()
    due = (int(order) + 1) ** 2 if order else channels
    if due == 0 or channels not in (0, due) or (ordering and (ordering not in _ORDERINGS)):
        return
    if scaling and scaling not in _NORMALIZATIONS:
        return
    config = (_ORDERINGS[ordering], _NORMALIZATIONS[scaling]) if ordering else _AMBIX
    yield Layout(due, AMBISONIC, ambisonic=config)


def _surround(around: int, low: int, above: int, channels: int) -> Iterator[Layout]:
    if low > 1 or channels not in (0, around + low + above):
        return
    for ear in _FRONT.get(around, []):
        for top in _ABOVE.get(above, []):
            front = tuple(speaker for speaker in ear if speaker in (_FL, _FR, _FC))
            rest = tuple(speaker for speaker in ear if speaker not in front)
            speakers = front + (_LFE,) * low + rest + top
            yield Layout(len(speakers), SURROUND, channel_map=speakers)
