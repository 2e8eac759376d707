"""Speaker arrangements: VST3's 64-bit sets of speakers, and the layouts by which buses are described (vstspeaker.h).

The channels of a bus come in the order of the bits of its arrangement, lowest first: 5.1 is L R C LFE Ls Rs.
"""

from __future__ import annotations

from isobooth.protocol.errors import PluginError

MOST_CHANNELS = 64
"""Speakers of one arrangement: its bits."""

# Numbers of the bits.
_SPEAKERS: dict[str, int] = {
    "L": 0, "R": 1, "C": 2, "Lfe": 3, "Ls": 4, "Rs": 5, "Lc": 6, "Rc": 7, "Cs": 8, "Sl": 9, "Sr": 10, "Tc": 11,
    "Tfl": 12, "Tfc": 13, "Tfr": 14, "Trl": 15, "Trc": 16, "Trr": 17, "Lfe2": 18, "M": 19, "Tsl": 24, "Tsr": 25,
    "Lcs": 26, "Rcs": 27, "Bfl": 28, "Bfc": 29, "Bfr": 30, "Pl": 31, "Pr": 32, "Bsl": 33, "Bsr": 34, "Brl": 35,
    "Brc": 36, "Brr": 37, "Lw": 59, "Rw": 60,
}  # fmt: skip
_AMBISONIC = (*range(20, 24), *range(38, 59))
"""Bits of the ambisonic channels 0 .. 24 in ACN order: orders 1 to 4."""


def _of(speakers: str) -> int:
    return sum(1 << _SPEAKERS[name] for name in speakers.split())


def _ambisonic(channels: int) -> int:
    return sum(1 << bit for bit in _AMBISONIC[:channels])


_TOPS_4 = "Tfl Tfr Trl Trr"
_5_1 = "L R C Lfe Ls Rs"
_7_1 = _5_1 + " Sl Sr"
_9_1 = _7_1 + " Lc Rc"

# The first layout of a number of channels is its usual one.
_LAYOUTS: dict[str, int] = {
    "mono": _of("M"),
    "stereo": _of("L R"),
    "3.0": _of("L R C"),
    "2.1": _of("L R Lfe"),
    "3.0 music": _of("L R Cs"),
    "quad": _of("L R Ls Rs"),
    "4.0": _of("L R C Cs"),
    "3.1": _of("L R C Lfe"),
    "ambisonic 1": _ambisonic(4),
    "5.0": _of("L R C Ls Rs"),
    "4.1 music": _of("L R Lfe Ls Rs"),
    "4.1": _of("L R C Lfe Cs"),
    "5.1": _of(_5_1),
    "6.0": _of("L R C Ls Rs Cs"),
    "6.0 music": _of("L R Ls Rs Sl Sr"),
    "7.0": _of("L R C Ls Rs Sl Sr"),
    "7.0 sdds": _of("L R C Ls Rs Lc Rc"),
    "6.1": _of(_5_1 + " Cs"),
    "6.1 music": _of("L R Lfe Ls Rs Sl Sr"),
    "7.1": _of(_7_1),
    "7.1 sdds": _of(_5_1 + " Lc Rc"),
    "5.1.2": _of(_5_1 + " Tsl Tsr"),
    "4.0.4": _of("L R Ls Rs " + _TOPS_4),
    "ambisonic 2": _ambisonic(9),
    "5.0.4": _of("L R C Ls Rs " + _TOPS_4),
    "7.0.2": _of("L R C Ls Rs Sl Sr Tsl Tsr"),
    "7.1.2": _of(_7_1 + " Tsl Tsr"),
    "5.1.4": _of(_5_1 + " " + _TOPS_4),
    "9.1": _of(_9_1),
    "7.0.4": _of("L R C Ls Rs Sl Sr " + _TOPS_4),
    "7.1.4": _of(_7_1 + " " + _TOPS_4),
    "9.1.2": _of(_9_1 + " Tsl Tsr"),
    "9.0.4": _of("L R C Ls Rs Lc Rc Sl Sr " + _TOPS_4),
    "7.1.6": _of(_7_1 + " " + _TOPS_4 + " Tsl Tsr"),
    "9.1.4": _of(_9_1 + " " + _TOPS_4),
    "9.0.6": _of("L R C Ls Rs Lc Rc Sl Sr " + _TOPS_4 + " Tsl Tsr"),
    "ambisonic 3": _ambisonic(16),
    "9.1.6": _of(_9_1 + " " + _TOPS_4 + " Tsl Tsr"),
    "22.2": _of(
        "L R C Lfe Ls Rs Lc Rc Cs Sl Sr Tc Tfl Tfc Tfr Trl Trc Trr Lfe2 Tsl Tsr Bfl Bfc Bfr",
    ),
    "ambisonic 4": _ambisonic(25),
    "ambisonic 5": (1 << 36) - 1,
    "ambisonic 6": (1 << 49) - 1,
    "ambisonic 7": (1 << 64) - 1,
}
# Other sets of speakers that only have to be recognised.
_ALSO: dict[int, str] = {
    _of("L"): "mono",
    _of("C"): "mono",
    _of("Lw Rw"): "stereo",
    _of("Ls Rs"): "stereo",
    _of("Lc Rc"): "stereo",
    _of("Sl Sr"): "stereo",
    _of("Tfl Tfr"): "stereo",
    _of("Tsl Tsr"): "stereo",
    _of("Trl Trr"): "stereo",
    _of("Bfl Bfr"): "stereo",
    _of(_5_1 + " Lcs Rcs"): "7.1",
    _of(_7_1 + " Lw Rw " + _TOPS_4): "9.1.4",
    _of(_7_1 + " Lw Rw " + _TOPS_4 + " Tsl Tsr"): "9.1.6",
    _of(_5_1 + " Tfl Tfr"): "5.1.2",
    _of(_7_1 + " Tfl Tfr"): "7.1.2",
}
_NAMES: dict[int, str] = {bits: name for name, bits in reversed(_LAYOUTS.items())} | _ALSO
_SPELLINGS = {"quadro": "quad", "lrc": "3.0", "lcr": "3.0", "surround": "", "discrete": ""}


def channels_of(arrangement: int) -> int:
    """Channels of an arrangement: one for each speaker."""
    return (arrangement & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def layout_of(arrangement: int, channels: int) -> str:
    """The layout's name; ``surround`` for speakers without a name of their own, empty for none or contradictions."""
    if not arrangement or channels_of(arrangement) != channels:
        return {1: "mono", 2: "stereo"}.get(channels, "")
    return _NAMES.get(arrangement, "surround")


def candidates(channels: int, layout: str = "") -> list[int]:
    """Arrangements that a bus may be asked for, the best first.

    With a layout: that one alone (``ambisonic`` is of the order that has so many channels). Without: all of so many
    channels, the usual one first, at last the lowest bits. Raises PluginError for what is no layout, or one that has
    another number of channels.
    """
    wanted = _SPELLINGS.get(layout.strip().lower(), layout.strip().lower())
    if wanted == "ambisonic":
        order = round(channels**0.5) - 1
        wanted = f"ambisonic {order}" if channels and (order + 1) ** 2 == channels else "ambisonic"
        if wanted not in _LAYOUTS:
            raise PluginError(f"no ambisonic order has {channels} channels: 4, 9, 16, 25, 36, 49 or 64 do")
    if not wanted:
        return _of_so_many(channels)
    found = _LAYOUTS.get(wanted)
    if found is None:
        raise PluginError(f"{layout!r} is no layout of VST3: it has {', '.join(_LAYOUTS)}")
    if channels not in (0, channels_of(found)):
        raise PluginError(f"the layout {layout!r} has {channels_of(found)} channels, not {channels}")
    return [found]


def _of_so_many(channels: int) -> list[int]:
    if channels == 0:
        return [0]
    if not 0 < channels <= MOST_CHANNELS:
        raise PluginError(f"a VST3 bus can have 1 to {MOST_CHANNELS} channels, not {channels}")
    usual = [bits for bits in _LAYOUTS.values() if channels_of(bits) == channels]
    usual += [bits for bits in _ALSO if channels_of(bits) == channels and channels == 1]
    lowest = (1 << channels) - 1
    return usual if lowest in usual else [*usual, lowest]
