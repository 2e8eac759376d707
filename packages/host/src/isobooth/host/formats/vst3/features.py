"""What kind of plugin: VST3's sub-categories in the words that all formats of isobooth share."""

from __future__ import annotations

import re

_WORDS: dict[str, tuple[str, ...]] = {
    "fx": ("audio-effect",),
    "instrument": ("instrument",),
    "analyzer": ("analyzer",),
    "ambisonics": ("ambisonic",),
    "drum": ("drum",),
    "drums": ("drum",),
    "dynamics": ("compressor", "dynamics"),
    "eq": ("equalizer",),
    "pitch shift": ("pitch-shifter",),
    "synth": ("synthesizer",),
    "tools": ("utility",),
    "onlyrt": ("only-realtime",),
    "onlyara": ("only-ara",),
    "onlyofflineprocess": ("only-offline",),
    "noofflineprocess": ("no-offline",),
}
"""Where CLAP's word (plugin-features.h) is another one than VST3's (ivstaudioprocessor.h, PlugType)."""


def split_categories(text: str) -> list[str]:
    """``Fx|Dynamics`` as a list, empty words left out."""
    return [word.strip() for word in text.split("|") if word.strip()]


def features_of(categories: list[str]) -> list[str]:
    """The features of a class with these sub-categories, each once, in their order.

    A sub-category that CLAP has no word for stays, in lower case and with hyphens. CLAP knows no word for dynamics, so
    such a plugin gets the nearest, ``compressor``, besides.
    """
    found: dict[str, None] = {}
    for category in categories:
        known = _WORDS.get(category.casefold()) or (re.sub(r"[^\w]+", "-", category.casefold()).strip("-"),)
        found.update(dict.fromkeys(word for word in known if word))
    return list(found)
