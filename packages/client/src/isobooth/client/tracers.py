"""Who traces a booth: a process that is traced by one of its own children cannot be killed before that one is.

A tracer may ask that its process stops once more when it ends (ptrace(2), PTRACE_O_TRACEEXIT). SIGKILL does not end
that stop, and until it is over the process counts as running.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_MOST_GENERATIONS = 64


def end_tracers(pid: int, warm_pid: int) -> None:
    """Kill what traces a thread of the booth ``pid``, if a plugin has started it; a debugger of the user's stays.

    Plugins' processes are those below the booth or, as orphans, below the warm host ``warm_pid``.
    """
    for tracer in set(_tracers(pid)) - {0, warm_pid, os.getpid()}:
        if not {pid, warm_pid}.isdisjoint(_ancestors(tracer)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(tracer, signal.SIGKILL)


def _tracers(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield _field(task, "TracerPid")


def _ancestors(pid: int) -> Iterator[int]:
    for _ in range(_MOST_GENERATIONS):
        pid = _field(Path("/proc", str(pid)), "PPid")
        if pid <= 1:
            return
        yield pid


def _field(process: Path, name: str) -> int:
    """A number out of /proc/.../status, 0 where there is none."""
    try:
        text = (process / "status").read_text("utf-8", "replace")
    except OSError:
        return 0
    found = next((line for line in text.splitlines() if line.startswith(f"{name}:")), "")
    number = found.partition(":")[2].strip()
    return int(number) if number.isdecimal() else 0
