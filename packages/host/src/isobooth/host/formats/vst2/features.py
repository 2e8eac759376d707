"""What kind of plugin: VST2's categories in the words that all formats of isobooth share."""

from __future__ import annotations

from ..._core import lib
from .effect import Effect

_WORDS: dict[int, tuple[str, ...]] = {
    lib.VST2_CATEGORY_EFFECT: ("audio-effect",),
    lib.VST2_CATEGORY_SYNTH: ("instrument",),
    lib.VST2_CATEGORY_ANALYSIS: ("analyzer",),
    lib.VST2_CATEGORY_MASTERING: ("audio-effect", "mastering"),
    lib.VST2_CATEGORY_SPATIAL: ("audio-effect", "spatial"),
    lib.VST2_CATEGORY_ROOM: ("audio-effect", "reverb"),
    lib.VST2_CATEGORY_SURROUND: ("audio-effect", "surround"),
    lib.VST2_CATEGORY_RESTORATION: ("audio-effect", "restoration"),
    lib.VST2_CATEGORY_OFFLINE: ("audio-effect", "only-offline"),
    lib.VST2_CATEGORY_GENERATOR: ("instrument", "generator"),
}
"""CLAP's words (plugin-features.h) where it has them. "Room" is delays and reverbs: the nearer of the two."""


def features_of(effect: Effect) -> list[str]:
    """The features of an effect. The flag that makes it an instrument counts whatever the category says."""
    is_synth = effect.has(lib.VST2_FLAG_IS_SYNTH)
    words = list(_WORDS.get(effect.call(lib.VST2_GET_CATEGORY), ()))
    if is_synth and "instrument" not in words:
        words.insert(0, "instrument")
    return words or ["audio-effect"]


def version_text(number: int) -> str:
    """A version as people write it. VST 2.4 leaves its meaning open; two ways are common.

    From 65536 on, one byte for each part (JUCE, DPF): 0x010203 is 1.2.3. From 1000 to 9999, one digit for each:
    1283 is 1.2.8.3. Anything else is the number itself; 0 is none.
    """
    if number <= 0:
        return ""
    if number >= 0x10000:
        parts = number.to_bytes(8, "big").lstrip(b"\0")
        return ".".join(str(part) for part in parts)
    if 1000 <= number <= 9999:
        return ".".join(str(number)).removesuffix(".0").removesuffix(".0")
    return str(number)
