"""Class ids of VST3: 16 bytes for the plugin, 32 upper-case hex digits for everybody else."""

from __future__ import annotations

import re

_NOISE = re.compile(r"[{}\s-]")
_HEX = re.compile(r"[0-9A-F]{32}")


def id_text(raw: bytes) -> str:
    """The id as descriptors and locators have it."""
    return raw.hex().upper()


def normal_id(text: str) -> str:
    """``text`` as ``id_text`` writes ids, whatever its case, dashes and braces; empty where it is no class id."""
    plain = _NOISE.sub("", text).upper()
    return plain if _HEX.fullmatch(plain) else ""
