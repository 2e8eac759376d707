"""What the kernel says of processes: memory of their own, context switches."""

from __future__ import annotations

from pathlib import Path

MIB = 1024 * 1024


def private_bytes(pid: int) -> int:
    """Return the bytes of memory that only this process has."""
    total = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name in {"Private_Clean", "Private_Dirty"}:
            total += int(value.split()[0]) * 1024
    return total


def context_switches(pid: int) -> int:
    """Return how often its threads have been switched, of their own will or not."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name in {"voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"}:
                total += int(value)
    return total


def parent(pid: int) -> int:
    """Return the process that started it."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(text.rpartition(")")[2].split()[1])
