"""Names of parameters as Python identifiers, so that ``plugin.parameters.threshold`` can be typed."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterable

_TAKEN = frozenset({"get", "items", "keys", "values"})
"""What a mapping of parameters calls its own methods."""


def _fold(text: str) -> str:
    """The form in which Python compares identifiers, in lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _identifier(name: str) -> str:
    """One name by itself: ``Attack (ms)`` gives ``attack_ms``."""
    folded = _fold(name)
    words = "".join(c if f"x{c}".isidentifier() else " " for c in folded).replace("_", " ").split()
    text = "_".join(words) or "parameter"
    if not text.isidentifier():  # it begins with a digit, or with a mark that belongs to a letter before it
        text = f"p_{text}"
    if keyword.iskeyword(text) or text in _TAKEN:
        text += "_"
    return text


def identifiers(names: Iterable[str]) -> list[str]:
    """A Python identifier for each name, in lower case and snake case, unique among them, in their order.

    Equal ones are counted: ``gain``, ``gain_2``, ``gain_3``; a number that is part of another name is left to that
    one. A name without a letter or digit becomes ``parameter``, one that begins with a digit gets ``p_`` before it, a
    keyword of Python (and ``get``, ``items``, ``keys``, ``values``) gets ``_`` behind it. The result depends on the
    names alone, so it is the same in every process.
    """
    plain = [_identifier(name) for name in names]
    reserved, used = set(plain), set[str]()
    result = []
    counts: dict[str, int] = {}
    for text in plain:
        unique = text
        while unique in used or (unique != text and unique in reserved):
            counts[text] = counts.get(text, 1) + 1
            unique = f"{text.rstrip('_')}_{counts[text]}"
        used.add(unique)
        result.append(unique)
    return result
