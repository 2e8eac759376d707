"""``isobooth doctor``: whether everything is there and in order."""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.errors import IsoboothError
from isobooth.protocol.reports import DoctorCheck, DoctorFormat, DoctorReport
from isobooth.scan import blocklist, search_paths
from isobooth.scan.cache import cache_health
from isobooth.scan.host import host_info

from .exit_codes import ExitCode, exit_code
from .output import print_json, print_table

HELP = "check the installation and the machine"
DESCRIPTION = (
    "Check versions, the host command, permissions for real-time audio, shared memory, the formats, and one block"
    " through a booth. Ends with 0 where isobooth works, even if something makes it work less well."
)
_SHM = "/dev/shm"
_MOST_NAMED = 5
_LEAST_SHM = 16 << 20
_LEAST_MEMLOCK = 256 << 20
_LIMITS = "/etc/security/limits.d/audio.conf"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: doctor)")


def run(options: argparse.Namespace) -> int:
    """Run the command. The code is that of the first required check that fails."""
    failures: list[ExitCode] = []
    checks = [*_versions(), *_machine(), *_permissions(), _shared_memory(), *_scans()]
    host, supported = _host(failures)
    checks.append(host)
    if host.ok:
        checks.append(_round_trip(failures))
    if not all(one.ok for one in checks if one.required):
        failures.append(ExitCode.UNEXPECTED)
    report = DoctorReport(ok=not failures, checks=checks, formats=list(_formats(supported)))
    if options.json:
        print_json(report)
    else:
        _print(report)
    return int(failures[0]) if failures else 0


def _print(report: DoctorReport) -> None:
    rows = [("ok" if one.ok else "FAIL" if one.required else "weak", one.name, one.value) for one in report.checks]
    rows += [
        (
            "ok" if one.available else "-",
            one.format,
            ", ".join(one.existing_paths)
            or (f"no folder: {', '.join(one.search_paths)}" if one.search_paths else "built in"),
        )
        for one in report.formats
    ]
    print_table(("", "what", "found"), rows)
    for check in report.checks:
        if check.hint and not check.ok:
            print(f"{check.name}: {check.hint}", file=sys.stderr)


def _versions() -> Iterator[DoctorCheck]:
    for name in ("protocol", "scan", "client", "host"):
        try:
            found = version(f"isobooth-{name}")
        except PackageNotFoundError:
            found = "not installed as a package of this Python"
        yield DoctorCheck(name=f"isobooth-{name}", value=found)
    yield DoctorCheck(
        name="python", value=f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    )


def _machine() -> Iterator[DoctorCheck]:
    yield DoctorCheck(name="kernel", value=f"{platform.system()} {platform.release()} {platform.version()}")
    usable, present = len(os.sched_getaffinity(0)), os.cpu_count() or 1
    yield DoctorCheck(
        name="processors",
        value=f"{usable} usable of {present}",
        ok=usable > 1,
        hint="with one processor, client and booth share it: every block costs two switches of tasks",
    )


def _permissions() -> Iterator[DoctorCheck]:
    most, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
    may = _may_be_realtime()
    yield DoctorCheck(
        name="real-time priority",
        value="permitted" if may else f"not permitted (limit rtprio: {most})",
        ok=may,
        hint=f"put '@audio - rtprio 95' into {_LIMITS}, join the group audio, log in again",
    )
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    unlimited = soft == resource.RLIM_INFINITY
    yield DoctorCheck(
        name="locked memory",
        value="unlimited" if unlimited else f"{soft >> 10} KiB",
        ok=unlimited or soft >= _LEAST_MEMLOCK or os.geteuid() == 0,
        hint=f"put '@audio - memlock unlimited' into {_LIMITS}, join the group audio, log in again",
    )


def _may_be_realtime() -> bool:
    """Try it on this thread; a limit alone says nothing of containers."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        return False
    os.sched_setscheduler(0, policy, parameters)
    return True


def _shared_memory() -> DoctorCheck:
    try:
        status = os.statvfs(_SHM)
    except OSError as error:
        return DoctorCheck(
            name="shared memory",
            value=f"{_SHM}: {error.strerror}",
            ok=False,
            required=True,
            hint="mount a tmpfs there",
        )
    size, free = status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
    return DoctorCheck(
        name="shared memory",
        value=f"{_SHM}: {free >> 20} of {size >> 20} MiB free",
        ok=free >= _LEAST_SHM,
        required=True,
        hint="make room; in a container, start it with a larger one (docker run --shm-size=256m)",
    )


def _scans() -> Iterator[DoctorCheck]:
    told, trouble = cache_health()
    yield DoctorCheck(
        name="scan cache",
        value=f"{told}; it {trouble}" if trouble else told,
        ok=not trouble,
        hint="see to the folder, or let ISOBOOTH_CACHE_DIR name another one",
    )
    blocked = blocklist()
    named = [f"{one.path}#{one.plugin_id}" if one.plugin_id else one.path for one in blocked]
    named = list(dict.fromkeys(named))  # two formats may have met the same trouble in a file
    shown = ", ".join(named[:_MOST_NAMED]) + (" …" if len(named) > _MOST_NAMED else "")
    yield DoctorCheck(
        name="blocked files",
        value=f"{len(named)}: {shown}" if named else "none",
        ok=not blocked,
        hint="these, or the plugins named behind #, took down the process that looked: `isobooth scan --blocklist` says"
        " how",
    )


def _host(failures: list[ExitCode]) -> tuple[DoctorCheck, list[str]]:
    try:
        command, info = host_info()
    except IsoboothError as error:
        failures.append(exit_code(error))
        return DoctorCheck(name="host", value="none", ok=False, required=True, hint=str(error)), []
    return DoctorCheck(name="host", value=f"{info.version}, {shlex.join(command)}", required=True), info.formats


def _formats(supported: list[str]) -> Iterator[DoctorFormat]:
    for name in FORMATS:
        folders = search_paths(name)
        yield DoctorFormat(
            format=name,
            available=name in supported,
            search_paths=[str(folder) for folder in folders],
            existing_paths=[str(folder) for folder in folders if folder.is_dir()],
        )


def _round_trip(failures: list[ExitCode]) -> DoctorCheck:
    """Send one block through a booth and look at what comes back."""
    import numpy as np

    from isobooth.client import load

    block = np.linspace(-1.0, 1.0, 2 * 64, dtype=np.float32).reshape(2, 64)
    try:
        with load("null:", sample_rate=48000, block_size=64) as plugin:
            same = np.array_equal(plugin.process(block), block)
    except IsoboothError as error:
        failures.append(exit_code(error))
        return DoctorCheck(name="round trip", value="failed", ok=False, required=True, hint=str(error))
    return DoctorCheck(
        name="round trip",
        value="one block through the null plugin came back " + ("as it was" if same else "changed"),
        ok=same,
        required=True,
        hint="reinstall isobooth-client and isobooth-host; if that does not help, report it",
    )
