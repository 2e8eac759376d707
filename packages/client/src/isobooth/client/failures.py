"""From the remains of a booth to an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isobooth.protocol.errors import CrashReport
from isobooth.protocol.phases import phase_name

from ._core import ffi, lib
from .symbols import function_at

if TYPE_CHECKING:
    from ._core import CData
    from .booth import Booth

_SANDBOX_STATUS = 7
"""Exit status of a host whose plugin has crashed in its sandbox."""
_HOST_PREFIX = "isobooth-host: "
LOG_LINES = 20
"""Lines of the log that a report carries."""
_CHANNEL_STATUS = 6
"""Exit status of a host that has lost its descriptors to the plugin (exit codes of isobooth-host)."""


def read_crash(header: CData, report: CrashReport) -> bool:
    """Fill a report from the crash record in a segment. False if there is none.

    The host is not trusted: numbers are only shown, and the path is cut and decoded whatever it holds.
    """
    crash = header.crash
    if crash.valid != 1:
        return False
    report.signal_number = int(crash.signal_number)
    if report.signal_number == 0:
        report.exit_status = int(crash.signal_code)
    report.phase = phase_name(int(crash.phase))
    report.address = int(crash.fault_address)
    report.offset = int(crash.library_offset)
    report.block = int(crash.sequence)
    report.on_audio_thread = bool(crash.on_audio_thread)
    raw = bytes(ffi.buffer(crash.library))
    report.library = raw.partition(b"\0")[0].decode("utf-8", "replace")
    report.symbol = function_at(report.library, report.offset) if report.library else ""
    return True


def current_phase(headers: list[CData]) -> int | None:
    """What the host's main thread does for the plugin now, or did when it ended; None if nothing, or no such thing."""
    found = [int(header.host.phase) for header in headers]
    return next((phase for phase in reversed(found) if lib.IB_PHASE_NONE < phase <= lib.IB_PHASE_UNLOAD), None)


def make_report(plugin: str, booth: Booth, headers: list[CData], phase: int | None = None) -> CrashReport:
    """Everything that is known of a booth's end.

    ``phase`` is what the client was asking for, where neither a record nor the host's own note says more.
    """
    report = CrashReport(plugin=plugin)
    status = booth.wait_exit()
    booth.drain_log()
    recorded = [read_crash(header, report) for header in headers]
    if not any(recorded):
        if phase == lib.IB_PHASE_PROCESS:
            noted = phase
            report.block = int(headers[-1].statistics.blocks) + 1 if headers else 0
        else:
            noted = current_phase(headers) or phase or lib.IB_PHASE_NONE
        report.phase = phase_name(noted)
        if status is not None and status < 0:
            report.signal_number = -status
        else:
            report.exit_status = status
    if report.exit_status == _CHANNEL_STATUS:
        booth.log.add("error", "the plugin closed or replaced descriptors of its host, which ended")
    report.log = booth.log.lines()[-LOG_LINES:]
    if booth.format == "wclap" and report.exit_status == _SANDBOX_STATUS:  # others that exit with it do so themselves
        said = [line.removeprefix(_HOST_PREFIX) for line in report.log if line.startswith(_HOST_PREFIX)]
        report.reason = said[-1].replace("the plugin", "it", 1) if said else "it crashed in its sandbox"
        report.log = [line for line in report.log if not line.startswith(_HOST_PREFIX)]
    return report
