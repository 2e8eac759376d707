"""What the command lines print with ``--json``, beside scan reports and plugin descriptors."""

from __future__ import annotations

import msgspec

from .descriptors import PluginDescriptor, ScanProblem


class CatalogueReport(msgspec.Struct, kw_only=True):
    """``isobooth list --json``, ``isobooth scan --json``, ``isobooth-scan --json``."""

    plugins: list[PluginDescriptor]
    problems: list[ScanProblem] = []
    """Files that could not be described or looked at, and what was odd about others."""


class DoctorFormat(msgspec.Struct, kw_only=True):
    """One plugin format, as this machine has it."""

    format: str
    available: bool
    """The host can load it."""
    search_paths: list[str] = []
    """Folders that scans look into, in order."""
    existing_paths: list[str] = []
    """Those of them that exist."""


class DoctorCheck(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing that was looked at. ``ok`` is False where it stops isobooth from working or from working well."""

    name: str
    value: str
    ok: bool = True
    hint: str = ""
    """What to do where ``ok`` is False."""
    required: bool = False
    """isobooth does not work without it."""


class DoctorReport(msgspec.Struct, kw_only=True):
    """``isobooth doctor --json``."""

    ok: bool
    """Every required check is."""
    checks: list[DoctorCheck]
    formats: list[DoctorFormat] = []


class BenchRow(msgspec.Struct, kw_only=True):
    """Round trips of one block size through the null plugin, in microseconds per block."""

    frames: int
    blocks: int
    median_us: float
    p99_us: float
    max_us: float


class BenchReport(msgspec.Struct, kw_only=True):
    """``isobooth bench --json``."""

    channels: int
    sample_rate: float
    rows: list[BenchRow]
