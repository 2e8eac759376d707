"""Processes that a plugin has started and left behind, wherever they have hidden: they end with the booth.

A child that has made a session of its own is in no process group of ours, and one whose parent has died belongs to the
init process; unless a process above it has declared itself a reaper of orphans (Linux 3.4: prctl(2),
PR_SET_CHILD_SUBREAPER). Then it becomes that one's child, to be found and killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Container
from pathlib import Path

from ._core import lib

_ROUNDS = 100
"""Each ends one generation. What forks faster than that is left to the limits of the system."""


def adopt_strays() -> bool:
    """Let orphans among this process's descendants become its own children. False where the kernel cannot."""
    return bool(lib.ib_adopt_orphans())


def end_strays(known: Container[int]) -> None:
    """Kill every child of this process that is not among ``known``, their children too, and wait for them.

    Only for a process with one thread: it forks nothing meanwhile.
    """
    for _ in range(_ROUNDS):
        strays = [pid for pid in _children() if pid not in known]
        if not strays:
            return
        for pid in strays:  # all of them first: they are not waited for, so the numbers are theirs
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in strays:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    me = os.getpid()
    try:
        return [int(word) for word in Path(f"/proc/{me}/task/{me}/children").read_text("ascii").split()]
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return [int(name) for name in os.listdir("/proc") if name.isdecimal() and _parent(name) == me]


def _parent(name: str) -> int:
    try:
        return int(Path("/proc", name, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
