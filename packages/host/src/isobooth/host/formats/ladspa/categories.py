"""What kind of plugin: the classes of ladspa.rdfs in the words that all formats of isobooth share."""

from __future__ import annotations

import re

_WORDS: dict[str, tuple[str, ...]] = {
    "Allpass": ("filter", "allpass"),
    "Amplifier": ("utility", "amplifier"),
    "Bandpass": ("filter", "bandpass"),
    "Chorus": ("chorus",),
    "Comb": ("filter", "comb"),
    "Compressor": ("compressor",),
    "Delay": ("delay",),
    "Distortion": ("distortion",),
    "EQ": ("equalizer",),
    "Expander": ("expander",),
    "Filter": ("filter",),
    "Flanger": ("flanger",),
    "FrequencyMeter": ("analyzer",),
    "Gate": ("gate",),
    "Highpass": ("filter", "highpass"),
    "Limiter": ("limiter",),
    "Lowpass": ("filter", "lowpass"),
    "Mixer": ("mixing",),
    "MultiEQ": ("equalizer",),
    "Notch": ("filter", "notch"),
    "Oscillator": ("generator", "oscillator"),
    "ParaEQ": ("equalizer",),
    "Phaser": ("phaser",),
    "Pitch": ("pitch-shifter",),
    "Reverb": ("reverb",),
    "Utility": ("utility",),
    "Waveshaper": ("distortion", "waveshaper"),
}
"""Classes whose words say all, without those of the classes above them. CLAP's words (plugin-features.h) come first."""
_WIDE = {
    "Dynamics": ("compressor", "dynamics"),
    "Amplitude": (),
    "Frequency": (),
    "Time": (),
}
"""Classes that say little. CLAP has no word for dynamics; VST3's plugins of that kind get the same two."""


def features_of(categories: list[str]) -> list[str]:
    """The features of a plugin of these classes (``LowpassPlugin``), each once.

    Classes above the plugin's own, which follow it, count only where its own are unknown or say little. One that CLAP
    has no word for stays, in lower case and with hyphens.
    """
    kinds = [name.removesuffix("Plugin") for name in categories]
    known = [word for kind in kinds for word in _WORDS.get(kind, ())]
    others = [word for kind in kinds if kind not in _WORDS for word in _WIDE.get(kind, (_hyphens(kind),))]
    if known:
        unknown_first = kinds and kinds[0] not in _WORDS and kinds[0] not in _WIDE
        return list(dict.fromkeys([*([_hyphens(kinds[0])] if unknown_first else []), *known]))
    return list(dict.fromkeys(word for word in others if word))


def _hyphens(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^\w]+", "-", name).strip("-").lower()
