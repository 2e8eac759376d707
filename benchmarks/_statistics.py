"""From many measured times to the few numbers that are printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.uint64]
"""Nanoseconds, one for each block."""


@dataclass(frozen=True)
class Summary:
    """Microseconds."""

    blocks: int
    median: float
    p99: float
    p999: float
    most: float

    @property
    def cells(self) -> list[str]:
        """As a table shows it."""
        return [short(value) for value in (self.median, self.p99, self.p999, self.most)]

    @property
    def record(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def summarize(times: Times) -> Summary:
    """Return median, 99th and 99.9th percentile and maximum of nanoseconds."""
    median, p99, p999, most = np.percentile(times.astype(np.float64), [50, 99, 99.9, 100]) / 1000
    return Summary(times.size, float(median), float(p99), float(p999), float(most))


def short(value: float) -> str:
    """Return three digits that matter, without an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def median(values: list[float]) -> float:
    """Return the middle value."""
    return float(np.median(values))
