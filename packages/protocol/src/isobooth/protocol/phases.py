"""What the host was doing for a plugin, as numbers in shared memory and words in messages."""

from __future__ import annotations

PHASES: tuple[str, ...] = (
    "none",
    "start",
    "load",
    "entry",
    "describe",
    "instantiate",
    "activate",
    "start processing",
    "process",
    "flush",
    "reset",
    "stop processing",
    "parameter",
    "state save",
    "state load",
    "callback",
    "deactivate",
    "destroy",
    "unload",
)
"""Words in the order of IB_PHASE_* in layout.cdef.h."""


def phase_name(number: int) -> str:
    """Word for an IB_PHASE_* number; a number that is none (from a hostile peer) gives ``unknown``."""
    return PHASES[number] if 0 <= number < len(PHASES) else "unknown"
