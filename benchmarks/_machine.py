"""What the figures were measured on: without it they say nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.machine()


def describe() -> dict[str, str | int | float]:
    """Return processor, cores, kernel, Python and the load average of the last minute, as of now."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "processor": _processor(),
        "cores": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def line(machine: dict[str, str | int | float]) -> str:
    """Return the description as one line."""
    return "{processor}, {cores} cores, {kernel}, Python {python}, load average {load}".format(**machine)
