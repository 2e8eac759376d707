"""``isobooth-host --scan``: describe every plugin of one file, in a process that may die of it.

The parent never loads the plugin. It writes the report, whatever becomes of the child: so there is always one JSON
object, and nothing that a plugin prints can be mixed with it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import msgspec

from isobooth.protocol.descriptors import ScanProblem, ScanReport
from isobooth.protocol.errors import ArgumentError, IsoboothError, PluginLoadError

from . import exit_codes
from ._core import lib
from .contain import contain, keep_descriptor
from .strays import adopt_strays, end_strays

DEFAULT_SECONDS = 30.0
"""How long describing one file may take."""
_MOST_REPORT_BYTES = 256 << 20


@dataclass(frozen=True)
class ScanArguments:
    """What ``--scan`` was asked to do."""

    format: str
    path: str
    output: str = ""
    timeout: float = DEFAULT_SECONDS


def parse_scan(arguments: list[str]) -> ScanArguments:
    """Read the options behind ``--scan``. Raises ArgumentError."""
    found: dict[str, str] = {}
    rest = deque(arguments)
    while rest:
        option, sign, value = rest.popleft().partition("=")
        if option not in {"--format", "--path", "--output", "--timeout"} or option in found:
            raise ArgumentError(f"--scan does not take {option!r} here")
        if not sign:
            if not rest:
                raise ArgumentError(f"{option} needs a value")
            value = rest.popleft()
        found[option] = value
    for option in ("--format", "--path"):
        if not found.get(option):
            raise ArgumentError(f"--scan needs {option}")
    try:
        timeout = float(found.get("--timeout", DEFAULT_SECONDS))
    except ValueError:
        timeout = 0.0
    if not 0 < timeout <= 86400:
        raise ArgumentError(f"--timeout is {found['--timeout']!r} and must be a number of seconds above 0")
    return ScanArguments(found["--format"], found["--path"], found.get("--output", ""), timeout)


def run_scan(arguments: ScanArguments) -> int:
    """Describe the file and write the report. Returns the exit code."""
    try:
        report = scan_file(arguments)
    except IsoboothError as error:
        print(f"isobooth-host: {error}", file=sys.stderr)
        return exit_codes.UNEXPECTED
    text = msgspec.json.encode(report)
    try:
        _write(text, arguments.output)
    except OSError as error:
        print(f"isobooth-host: {arguments.output or 'standard output'} could not be written: {error}", file=sys.stderr)
        return exit_codes.UNEXPECTED
    for problem in report.errors:
        print(f"isobooth-host: {problem.path}: {problem.reason}", file=sys.stderr)
    return exit_codes.LOAD_FAILED if report.errors and not report.plugins else exit_codes.OK


def _write(text: bytes, output: str) -> None:
    if not output:
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.buffer.flush()
        return
    target = Path(output).resolve()
    if target.exists() and not target.is_file():  # a pipe, a device: nothing that could be replaced
        with target.open("wb") as file:
            file.write(text + b"\n")
        return
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        scratch.write_bytes(text + b"\n")
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def scan_file(arguments: ScanArguments) -> ScanReport:
    """Describe a file in a child process. A child that dies or hangs becomes an error in the report."""
    adopt_strays()
    read_fd, write_fd = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        _describe_and_exit(arguments, write_fd, parent)
    os.close(write_fd)
    try:
        data, in_time = _read_all(read_fd, child, arguments.timeout)
    finally:
        os.close(read_fd)
        _kill_group(child)
        _, status = os.waitpid(child, 0)
        end_strays(())
    return _judge(arguments, data, os.waitstatus_to_exitcode(status), in_time=in_time)


def _kill_group(child: int) -> None:
    """Kill the child and what it forked. A child that is done is a zombie still, so the number is its own."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)


def _read_all(fd: int, child: int, timeout: float) -> tuple[bytes, bool]:
    """What the child writes until it ends: what the plugin has forked may hold the pipe open for ever."""
    deadline = time.monotonic() + timeout
    data = bytearray()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    ended = -1
    with contextlib.suppress(OSError):  # an old kernel: then the pipe's end has to do
        ended = os.pidfd_open(child)
        poll.register(ended, select.POLLIN)
    try:
        while (left := deadline - time.monotonic()) > 0:
            ready = [number for number, _ in poll.poll(left * 1000)]
            if not ready:
                break
            if fd not in ready:
                return bytes(data), True
            part = os.read(fd, 1 << 16)
            if not part:
                return bytes(data), True
            data += part
            if len(data) > _MOST_REPORT_BYTES:
                raise PluginLoadError(f"the description grew above {_MOST_REPORT_BYTES} bytes")
    finally:
        if ended >= 0:
            os.close(ended)
    return bytes(data), False


def _judge(arguments: ScanArguments, data: bytes, code: int, *, in_time: bool) -> ScanReport:
    if data and code == exit_codes.OK:
        try:
            return msgspec.msgpack.decode(data, type=ScanReport)
        except msgspec.MsgspecError as error:
            reason = f"the description could not be read: {error}"
    elif not in_time:
        reason = f"the plugin did not let itself be described within {arguments.timeout:g} s"
    elif code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        reason = f"the plugin died of {name} while it was described"
    else:
        reason = f"the plugin ended its process with exit status {code} while it was described"
    report = ScanReport(format=arguments.format, path=arguments.path)
    report.errors.append(ScanProblem(path=arguments.path, reason=reason))
    return report


def _end_with(parent: int) -> None:
    """Let this process end as soon as its parent does.

    Without pidfds (old kernels) it lives until the plugin lets it go.
    """
    try:
        lib.ib_watchdog_start(-1, os.pidfd_open(parent), os.eventfd(0), 0)
    except ProcessLookupError:
        os._exit(exit_codes.UNEXPECTED)
    except OSError:
        return


def _describe_and_exit(arguments: ScanArguments, write_fd: int, parent: int) -> None:
    """The child: nothing of it returns."""
    code = exit_codes.UNEXPECTED
    try:
        os.setsid()
        _end_with(parent)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # a plugin's prints are no part of the report
        contain()
        write_fd = keep_descriptor(write_fd)
        report = describe(arguments.format, arguments.path)
        payload = memoryview(msgspec.msgpack.encode(report))
        while payload:
            payload = payload[os.write(write_fd, payload) :]
        code = exit_codes.OK
    except BaseException:  # noqa: BLE001 - a fault of ours: this process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def describe(name: str, path: str) -> ScanReport:
    """Describe a file in this process. Errors become part of the report."""
    from .guess import guess_format
    from .registry import AUTO, find_format

    report = ScanReport(format=name, path=path)
    try:
        if name == AUTO:
            name = report.format = guess_format(path)
        find_format(name).scan(path, report)
    except PluginLoadError as error:
        phase = error.phase or "load"
        report.errors.append(ScanProblem(path=path, reason=str(error), plugin_id=error.plugin_id, phase=phase))
    except IsoboothError as error:
        report.errors.append(ScanProblem(path=path, reason=str(error)))
    return report
