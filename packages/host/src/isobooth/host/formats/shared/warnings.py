"""Sentences about what is odd of a plugin, on their way to its user."""

from __future__ import annotations

from collections.abc import Callable

MOST_WARNINGS = 50
"""Warnings kept of one plugin; of the rest only the number is told."""

Warn = Callable[[str], None]
"""What takes a sentence about something odd."""


class Warnings:
    """Collects sentences, each once, up to a bound."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self._left_out = 0

    def add(self, sentence: str) -> None:
        """Keep ``sentence`` if it is new and there is room."""
        if sentence in self._seen:
            return
        if len(self._seen) < MOST_WARNINGS:
            self._seen[sentence] = None
        else:
            self._left_out += 1

    def list(self) -> list[str]:
        """All of them in order; the last says how many there was no room for."""
        more = [f"... and {self._left_out} more warnings"] if self._left_out else []
        return [*self._seen, *more]
