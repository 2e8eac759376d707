"""What the command lines print with ``--json``, beside scan reports and plugin descriptors."""

from __future__ import annotations

import msgspec

from .descriptors import PluginDescriptor, PluginSummary, ScanProblem


class BlockedFile(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A file, or one plugin of it, that took down the process that looked into it.

    Scans leave it alone until the file changes, or on demand. Other plugins of the file are in the catalogue.
    """

    format: str
    path: str
    plugin_id: str = ""
    """Which plugin of the file it was; empty where that is not known."""
    reason: str
    ended: str
    """``crash``, ``exit`` (the plugin ended its process), ``timeout`` or ``memory``."""
    since: str
    """When it was looked into, in UTC: ``2026-01-31T12:59:59Z``."""
    plugins: list[str] = []
    """Names and ids of the plugins that are meant: those that an earlier scan found in the file, or the one of
    ``plugin_id``."""


class PluginGroup(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One plugin in several formats or places: same name, same vendor."""

    name: str
    """That of the plugin that stands for the group, without a mark of its format."""
    vendor: str
    default: str
    """Locator of the plugin that stands for the group: that of the format that is preferred."""
    formats: list[str] = []
    plugins: list[str] = []
    """Locators of all, the preferred formats first."""


class CatalogueReport(msgspec.Struct, kw_only=True):
    """``isobooth list --json``, ``isobooth scan --json``, ``isobooth-scan --json``.

    A locator is ``format:path#id``, which means one plugin and no other.
    """

    plugins: list[PluginSummary]
    groups: list[PluginGroup] = []
    """Every plugin of ``plugins`` is in one of them; most are alone in theirs."""
    problems: list[ScanProblem] = []
    """Files that could not be described or looked at, and what was odd about others."""
    blocked: list[BlockedFile] = []
    """Files that were not looked into because they took down the process that did; they are in ``problems`` too."""


class DetailedCatalogueReport(CatalogueReport, kw_only=True):
    """The same commands with ``--details``: all that is known of every plugin."""

    descriptors: list[PluginDescriptor] = []
    """One for each of ``plugins``, in the same order."""


class BlocklistReport(msgspec.Struct, kw_only=True):
    """``isobooth scan --blocklist --json``."""

    blocked: list[BlockedFile]


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


class WclapCacheEntry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A compiled module in the cache, or what became of one bundle."""

    status: str
    """"sound", "unusable" (never executed; replaced when its module is used), "compiled" or "cached" (by ``warm``),
    "removed", or "failed"."""
    name: str = ""
    """Of its files, without their endings; empty for a bundle that failed."""
    source: str = ""
    """The bundle that it was made from."""
    plugins: list[str] = []
    """Names of the plugins in it."""
    size: int = 0
    """Bytes on the disk."""
    wasmtime: str = ""
    """The release that it was made by, and for."""
    created: str = ""
    """UTC, ISO 8601."""
    used: str = ""
    """When it was last used, to the hour; UTC, ISO 8601."""
    milliseconds: float = 0.0
    """What ``warm`` took."""
    trouble: str = ""
    """Why it is unusable, failed or is still there."""


class WclapCacheReport(msgspec.Struct, kw_only=True):
    """``isobooth wclap cache list|clear|warm --json``."""

    folder: str
    entries: list[WclapCacheEntry] = []
    trouble: str = ""
    """Why the cache as a whole is not used; empty where it is, or is not there yet."""
