"""Ending a process with everything that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import defaultdict
from pathlib import Path


def kill_tree(pid: int) -> None:
    """Kill an unreaped child of this process, the session that it leads, and all its descendants.

    The child is stopped first: it then reaps nothing, so that no number that is killed can belong to a stranger.
    A descendant that has become a daemon (its parent has gone) is not found.
    """
    _signal(pid, signal.SIGSTOP)
    descendants = _descendants(pid)
    for one in descendants:
        _signal(one, signal.SIGSTOP)
    for one in [*descendants, pid]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(one) == one:
                os.killpg(one, signal.SIGKILL)
        _signal(one, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it has gone meanwhile
                # the name in brackets may hold anything; the parent is the second word behind it
                after_name = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                children[int(after_name[1])].append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found
