"""What a booth may take of the machine: resource limits of its process, set before anything of a plugin runs."""

from __future__ import annotations

import os
import resource
import sys

_PAGE = os.sysconf("SC_PAGE_SIZE")
_BOOTH_BYTES = 64 << 20
"""Address space that a booth needs for itself: the stack of its audio thread, segments, the arenas of two threads."""
_HIGH = 900
"""Where the host's own descriptors begin (engine/contain.c); those that are open stay so whatever the limit is."""
_BOOTH_DESCRIPTORS = 16
"""Descriptors that it opens itself while a plugin plays."""


def apply_limits(limits: dict[str, int]) -> None:
    """Limit this process. Names that are unknown here are left out; ``core`` is 0 (no core dumps) if it is not given.

    memory: bytes of address space beside those that are in use now and those that a booth needs (RLIMIT_AS).
    descriptors: how many may be opened beside those that are open now and those that a booth needs (RLIMIT_NOFILE).
    processes: processes and threads of the user, all programs together (RLIMIT_NPROC, see getrlimit(2)).
    core: bytes of a core dump (RLIMIT_CORE).

    A limit above the one that is in force stays what it is. What cannot be set is told on standard error.
    """
    _limit("core", resource.RLIMIT_CORE, limits.get("core", 0))
    if "memory" in limits:
        _limit("memory", resource.RLIMIT_AS, _address_space() + _BOOTH_BYTES + limits["memory"])
    if "descriptors" in limits:
        _limit("descriptors", resource.RLIMIT_NOFILE, _first_free() + _BOOTH_DESCRIPTORS + limits["descriptors"])
    if "processes" in limits:
        _limit("processes", resource.RLIMIT_NPROC, limits["processes"])


def _limit(name: str, which: int, value: int) -> None:
    soft, hard = resource.getrlimit(which)
    top = value if hard == resource.RLIM_INFINITY else min(value, hard)
    if soft != resource.RLIM_INFINITY and soft < top:
        top = soft
    try:
        resource.setrlimit(which, (top, top))
    except (OSError, ValueError, OverflowError) as error:
        print(f"isobooth-host: the limit of {name} cannot be set to {value}: {error}", file=sys.stderr)


def _address_space() -> int:
    """Bytes that this process has mapped now."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * _PAGE


def _first_free() -> int:
    """A number above all open descriptors but those that the host keeps out of a plugin's reach."""
    return max(number for number in map(int, os.listdir("/proc/self/fd")) if number < _HIGH) + 1
