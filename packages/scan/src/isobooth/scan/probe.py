"""Looking into one file: a throw-away process of the host describes it.

Whatever the plugin does (crash, hang, print without end, exit) ends with that process and becomes one line here.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from isobooth.protocol.descriptors import SCAN_TOTAL, ScanProblem, ScanReport
from isobooth.protocol.errors import HostFailed
from isobooth.protocol.schema import from_json

from .find import printable
from .processes import kill_tree

MOST_REPORT_BYTES = 64 << 20
"""Longest report that is believed, in bytes."""

MEMORY = 2048
"""MiB that describing one file may take, unless told otherwise."""

_TAIL_BYTES = 8192
_TAIL_LINES = 3
_LINE_LETTERS = 200
_GRACE_SECONDS = 3.0  # what the host gets to end a plugin that takes too long, and to say so
_TOTAL = SCAN_TOTAL  # how many times the time of a plugin the host may take for all of a file
_OWN_PREFIX = "isobooth-host: "
_LOOK_SECONDS = 0.1  # how soon a wish to stop is noticed
_HOST_FAILED = 1  # exit status of a host that gives up for reasons of its own: its installation, a full disk
_PREFIX = "isobooth-scan-"
_LEFT_SECONDS = 3600.0  # a younger folder may be one of a process that cannot be seen from here, in another container
_SHARED_MEMORY = Path("/dev/shm")
_NO_REPORT = "left no report"


class HostTrouble(ScanProblem, kw_only=True):
    """The host could not do its work, through no fault of the file: nothing to remember."""


class _Ending(NamedTuple):
    """How a process ended."""

    words: str = ""
    """Empty: well."""
    kind: str = ""
    """As ScanProblem.ended."""
    status: int = 0


class Stopped(Exception):
    """The probe was told to stop before it had a result."""


def probe(
    command: list[str],
    format: str,  # noqa: A002  (the word that users know)
    path: str | os.PathLike[str],
    *,
    timeout: float,
    memory: int = MEMORY,
    stop: threading.Event | None = None,
) -> ScanReport | ScanProblem:
    """Describe one file in a process of its own.

    ``command`` starts the host, ``timeout`` is in seconds, for opening the file and for each plugin in it. The host
    sees to that, and is killed if it takes more than SCAN_TOTAL times as long for the whole file.
    ``memory`` is in MiB; the host sees to it. The host ends by itself if this process does.
    The process gets a session of its own, no input, and its output is read and bounded; when it ends, or when the time
    is over, everything it has started goes with it.

    A whole report counts even if the process crashed afterwards; that is then one of its warnings. Raises HostFailed
    if the command cannot be started and Stopped if ``stop`` was set meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=_scratch()) as folder:
        target = Path(folder, "report.json")
        words = [*command, "--scan", "--format", format, "--path", os.fspath(path)]
        words += ["--output", str(target), "--timeout", f"{timeout:g}"]
        words += ["--memory", str(memory), "--parent", str(os.getpid())]
        ending, tail = _run(words, _TOTAL * timeout + _GRACE_SECONDS, stop)
        return _judge(format, printable(path), target, ending, _last_lines(tail))


def _scratch() -> str | None:
    """Return where reports are written: in memory where there is room, since a disk may be full; else the default."""
    try:
        status = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    has_room = status.f_bavail * status.f_frsize > 2 * MOST_REPORT_BYTES
    return str(_SHARED_MEMORY) if has_room and os.access(_SHARED_MEMORY, os.W_OK | os.X_OK) else None


def sweep() -> None:
    """Remove the folders for reports that scans of this user have left when they were killed."""
    above = _scratch() or tempfile.gettempdir()
    oldest = time.time() - _LEFT_SECONDS
    with contextlib.suppress(OSError), os.scandir(above) as listing:
        for entry in listing:
            pid = entry.name.removeprefix(_PREFIX).partition("-")[0]
            if not entry.name.startswith(_PREFIX) or not (pid.isascii() and pid.isdigit()) or _is_alive(int(pid)):
                continue
            with contextlib.suppress(OSError):  # another scan was quicker
                status = entry.stat(follow_symlinks=False)
                if status.st_uid == os.geteuid() and status.st_mtime < oldest:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user, or no number of a process
        pass
    return True


def run_host(command: list[str], *arguments: str, timeout: float) -> str:
    """Return what the host prints for a question that involves no plugin (``--version``, ``--formats``).

    Raises HostFailed if it cannot be started, fails, or does not answer in time.
    """
    words = [*command, *arguments]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise HostFailed(f"{_shown(words)} did not answer within {timeout:g} s") from error
    except OSError as error:
        raise _not_started(words, error) from error
    if done.returncode != 0:
        said = _last_lines(done.stderr.replace(_OWN_PREFIX.encode(), b"")) or _last_lines(done.stdout)
        raise HostFailed(
            f"{_shown(words)} {_ending(done.returncode).words}" + (f" - it printed: {said}" if said else "")
        )
    return done.stdout.decode("utf-8", "replace")


def _run(words: list[str], timeout: float, stop: threading.Event | None) -> tuple[_Ending, bytes]:
    """Run a command to its end; return how it ended and the last of what it printed."""
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(words, error) from error
    assert process.stdout is not None  # noqa: S101  (for mypy: it was asked for)
    with process.stdout as pipe:
        tail, timed_out = bytearray(), False
        try:
            timed_out = not _drain_until_exit(process.pid, pipe.fileno(), tail, timeout, stop)
        finally:
            kill_tree(process.pid)
            status = process.wait()
    if timed_out:
        return _Ending(f"did not end within {timeout:g} s and was killed", "timeout", status), bytes(tail)
    return _ending(status), bytes(tail)


def _drain_until_exit(pid: int, pipe: int, tail: bytearray, timeout: float, stop: threading.Event | None) -> bool:
    """Read what a process prints until it exits; return False if that is not within the time."""
    deadline = time.monotonic() + timeout
    os.set_blocking(pipe, False)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    exit_fd = _pidfd(pid)
    try:
        if exit_fd >= 0:
            poll.register(exit_fd, select.POLLIN)
        is_open = True
        while True:
            left = deadline - time.monotonic()
            poll.poll(max(0.0, min(left, _LOOK_SECONDS if exit_fd >= 0 else 0.01)) * 1000)
            if is_open and not _read(pipe, tail):
                is_open = False
                poll.unregister(pipe)
            state = os.waitid(os.P_PID, pid, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
            if state is not None and state.si_code == os.CLD_STOPPED:
                os.kill(pid, signal.SIGCONT)  # a plugin has stopped the host, which is to see to the time
            elif state is not None:
                _read(pipe, tail)
                return True
            if left <= 0:
                return False
            if stop is not None and stop.is_set():
                raise Stopped
    finally:
        if exit_fd >= 0:
            os.close(exit_fd)


def _pidfd(pid: int) -> int:
    """Return a descriptor that becomes readable when the process exits, or -1 where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def _read(pipe: int, tail: bytearray) -> bool:
    """Read once into the bounded tail; return False at the end of the stream."""
    try:
        data = os.read(pipe, 1 << 16)
    except BlockingIOError:
        return True
    except OSError:
        return False
    tail += data
    del tail[:-_TAIL_BYTES]
    return bool(data)


def _judge(
    format: str,  # noqa: A002
    path: str,
    target: Path,
    ending: _Ending,
    said: str,
) -> ScanReport | ScanProblem:
    report = _read_report(target)
    printed = f" - it printed: {said}" if said else ""
    if isinstance(report, ScanReport) and report.format != format:
        report = f"its report is about the format {report.format!r}"
    if isinstance(report, str):
        there_is_none = report == _NO_REPORT
        reason = f"the host process {ending.words or 'ended well'}, and {report}{printed}"
        problem = ScanProblem(path=path, reason=reason, phase="scan")
        if there_is_none and ending.status == _HOST_FAILED:
            return HostTrouble(path=path, reason=reason, phase="scan")
        problem.ended = ending.kind or ("exit" if there_is_none else "")
        return problem
    for one in report.errors:
        if one.ended or (not one.phase and not one.plugin_id):  # the plugin took its process down, or hung
            one.reason += printed
    if ending.words and not report.errors:
        reason = f"after the scan the host process {ending.words}{printed}"
        report.warnings.append(ScanProblem(path=path, reason=reason, phase="unload", ended=ending.kind))
    return report


def _read_report(target: Path) -> ScanReport | str:
    """Return the report, or why it is none."""
    if not target.is_file():  # nor a pipe, which would never end
        return _NO_REPORT
    try:
        with target.open("rb") as file:
            data = file.read(MOST_REPORT_BYTES + 1)
    except OSError as error:
        return f"its report cannot be read: {error.strerror}"
    if len(data) > MOST_REPORT_BYTES:
        return f"its report is longer than {MOST_REPORT_BYTES >> 20} MiB"
    try:
        report = from_json(data, ScanReport)
    except msgspec.DecodeError as error:
        return f"its report is not valid: {error}"
    assert isinstance(report, ScanReport)  # noqa: S101  (for mypy: that is what was decoded)
    return report


def _last_lines(tail: bytes) -> str:
    """Return the last lines of an output as one line without control characters."""
    lines = [line for line in tail.decode("utf-8", "replace").splitlines() if not line.startswith(_OWN_PREFIX)]
    clean = ("".join(letter if letter.isprintable() else " " for letter in line).strip() for line in lines)
    kept = [line[:_LINE_LETTERS] for line in clean if line]
    return " | ".join(kept[-_TAIL_LINES:])


def _ending(status: int) -> _Ending:
    if status >= 0:
        return _Ending(f"ended with exit status {status}", "exit", status) if status else _Ending()
    try:
        return _Ending(f"died of {signal.Signals(-status).name}", "crash", status)
    except ValueError:
        return _Ending(f"died of signal {-status}", "crash", status)


def _shown(words: list[str]) -> str:
    return " ".join(printable(word) for word in words)


def _not_started(words: list[str], error: OSError) -> HostFailed:
    return HostFailed(
        f"the host command {printable(words[0])} cannot be started - cause: {error.strerror or error}"
        " - pip install --force-reinstall isobooth-host, or correct ISOBOOTH_HOST"
    )
