"""Processes that a plugin has started and left behind, wherever they have hidden: they end with the booth.

A child that has made a session of its own is in no process group of ours, and one whose parent has died belongs to the
init process; unless a process above it has declared itself a reaper of orphans (Linux 3.4: prctl(2),
PR_SET_CHILD_SUBREAPER). Then it becomes that one's child, to be found and killed.

A plugin can also make its parent trace it (ptrace(2), PTRACE_TRACEME: copy protection does, so that no debugger can),
or let a child of its own trace it. A process that is traced stops at every signal until its tracer sees to it, and once
it is dead it stays until its tracer has taken notice, or has gone. So nothing here waits without looking after that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from ._core import lib

_ROUNDS = 100
"""Each ends one generation. What forks faster than that is left to the limits of the system."""
_STRAY_SECONDS = 1.0
"""What has been killed is gone long before; unless a debugger holds it."""
_LOOK_SECONDS = 0.0005
_TRACED = -(1 << 31)
"""__WCLONE of waitpid(2), a negative int in C: threads that this process traces, and not its own children."""

_ended: dict[int, int] = {}
"""Status of children that ended while this process traced them, until try_wait asks."""


def adopt_strays() -> bool:
    """Let orphans among this process's descendants become its own children. False where the kernel cannot."""
    return bool(lib.ib_adopt_orphans())


def let_go(mine: Container[int]) -> None:
    """Trace nobody: what has made this process its tracer runs on, with the signal at which it stopped.

    ``mine``: the children that try_wait will be asked about.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | _TRACED)
            if not pid:
                return
            if os.WIFSTOPPED(status):
                lib.ib_trace_end(pid, os.WSTOPSIG(status))
            elif pid in mine:
                _ended[pid] = status


def kill_group(child: int) -> None:
    """Kill a child that leads a process group, and what it has forked into that.

    Until it is waited for, its number is its own, also when it has ended.
    """
    if child in _ended:  # the rest of its group is among the strays
        return
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        with contextlib.suppress(PermissionError):  # it has become another user
            os.kill(child, signal.SIGKILL)


def try_wait(child: int, mine: Container[int]) -> int | None:
    """Status of a child if it has ended, as of os.waitpid; None if it has not. Does not wait; ``mine``: see let_go."""
    let_go(mine)
    if child in _ended:
        return _ended.pop(child)
    pid, status = os.waitpid(child, os.WNOHANG)
    return status if pid and not os.WIFSTOPPED(status) else None


def bury(child: int) -> int:
    """Wait for a child that has been killed, and end what it has started, which may hold it. Its os.waitpid status."""
    while (status := try_wait(child, (child,))) is None:
        _kill(_below(child))
        time.sleep(_LOOK_SECONDS)
    return status


def end_strays(known: Container[int]) -> None:
    """Kill every child of this process that is not among ``known``, their children too, and wait for them.

    Only for a process with one thread: it forks nothing meanwhile.
    """
    deadline = time.monotonic() + _STRAY_SECONDS
    for _ in range(_ROUNDS):
        strays = [pid for pid in _children() if pid not in known]
        if not strays:
            return
        _kill(strays)  # all of them first: they are not waited for, so the numbers are theirs
        for pid in strays:
            _kill(_below(pid))  # one of these may trace it, and hold it at its end
            with contextlib.suppress(ChildProcessError):
                while not _has_ended(pid, known):
                    if time.monotonic() > deadline:
                        return
                    time.sleep(_LOOK_SECONDS)


def _kill(processes: Iterable[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _has_ended(stray: int, known: Container[int]) -> bool:
    let_go(known)
    return os.waitpid(stray, os.WNOHANG)[0] == stray


def _below(pid: int) -> Iterator[int]:
    """Children of a process, their children and so on, as far as they can be seen."""
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for word in Path(f"/proc/{pid}/task/{task}/children").read_text("ascii").split():
                yield int(word)
                yield from _below(int(word))


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
