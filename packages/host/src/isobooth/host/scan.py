"""``isobooth-host --scan``: describe every plugin of one file, in a process that may die of it.

The parent never loads the plugin. It writes the report, whatever becomes of the child: so there is always one JSON
object, and nothing that a plugin prints can be mixed with it.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
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
from isobooth.protocol.errors import ArgumentError, HostFailed, IsoboothError, PluginLoadError, UnsupportedFormat

from . import exit_codes
from ._core import lib
from .contain import contain, keep_descriptor
from .strays import adopt_strays, end_strays

DEFAULT_SECONDS = 30.0
"""How long describing one file may take."""
DEFAULT_MEBIBYTES = 2048
"""How much memory describing one file may take."""
_MOST_REPORT_BYTES = 256 << 20
_LOOK_SECONDS = 0.02  # between two looks at the memory of the child
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class ScanArguments:
    """What ``--scan`` was asked to do."""

    format: str
    path: str
    output: str = ""
    timeout: float = DEFAULT_SECONDS
    memory: int = DEFAULT_MEBIBYTES
    parent: int = 0
    """Process whose end ends the scan, 0 for none."""


def parse_scan(arguments: list[str]) -> ScanArguments:
    """Read the options behind ``--scan``. Raises ArgumentError."""
    found: dict[str, str] = {}
    rest = deque(arguments)
    while rest:
        option, sign, value = rest.popleft().partition("=")
        if option not in _OPTIONS or option in found:
            raise ArgumentError(f"--scan does not take {option!r} here")
        if not sign:
            if not rest:
                raise ArgumentError(f"{option} needs a value")
            value = rest.popleft()
        found[option] = value
    for option in ("--format", "--path"):
        if not found.get(option):
            raise ArgumentError(f"--scan needs {option}")
    return ScanArguments(
        found["--format"],
        found["--path"],
        found.get("--output", ""),
        _number(found, "--timeout", DEFAULT_SECONDS, 86400, "seconds"),
        int(_number(found, "--memory", DEFAULT_MEBIBYTES, 1 << 30, "MiB")) or 1,
        int(_number(found, "--parent", 0, 1 << 30, "a process, one")),
    )


_OPTIONS = frozenset({"--format", "--path", "--output", "--timeout", "--memory", "--parent"})


def _number(found: dict[str, str], option: str, default: float, most: float, unit: str) -> float:
    """Return an option's number above 0, or its default. Raises ArgumentError."""
    if option not in found:
        return default
    try:
        number = float(found[option])
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise ArgumentError(f"{option} is {found[option]!r} and must be a number of {unit} above 0")
    return number


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
    """Describe a file in a child process. A child that dies, hangs or grows becomes an error in the report."""
    watched = _watch(arguments.parent)
    adopt_strays()
    read_fd, write_fd = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        _describe_and_exit(arguments, write_fd, parent)
    os.close(write_fd)
    try:
        data, cut = _read_all(read_fd, child, arguments, watched)
    finally:
        os.close(read_fd)
        if watched >= 0:
            os.close(watched)
        _kill_group(child)
        _, status = os.waitpid(child, 0)
        end_strays(())
    return _judge(arguments, data, os.waitstatus_to_exitcode(status), cut)


def _watch(pid: int) -> int:
    """Return a descriptor that becomes readable when a process ends, -1 for no process. Exits where it has ended."""
    if not pid:
        return -1
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise HostFailed(f"process {pid}, for which this scan was, has ended") from None
    except OSError:  # a kernel without pidfds
        return -1


def _kill_group(child: int) -> None:
    """Kill the child and what it forked. A child that is done is a zombie still, so the number is its own."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)


def _read_all(fd: int, child: int, arguments: ScanArguments, watched: int) -> tuple[bytes, str]:
    """Read what the child says; return it, and why it was not heard to its end: ``timeout``, ``memory`` or nothing.

    What the plugin has forked may hold the pipe open for ever, so the child's end is an end too.
    """
    deadline = time.monotonic() + arguments.timeout
    most = _resident(child) + (arguments.memory << 20)
    data = bytearray()
    ended = -1
    with contextlib.suppress(OSError):  # an old kernel: then the pipe's end has to do
        ended = os.pidfd_open(child)
    poll = select.poll()
    for one in (fd, watched, ended):
        if one >= 0:
            poll.register(one, select.POLLIN)
    try:
        while (left := deadline - time.monotonic()) > 0:
            ready = [one for one, _ in poll.poll(max(1.0, min(left, _LOOK_SECONDS) * 1000))]
            if watched in ready:
                raise HostFailed(f"process {arguments.parent}, for which this scan was, has ended")
            if _resident(child) > most:
                return bytes(data), "memory"
            if fd not in ready:
                if ended in ready:
                    return bytes(data), ""
                continue
            part = os.read(fd, 1 << 16)
            if not part:
                return bytes(data), ""
            data += part
            if len(data) > _MOST_REPORT_BYTES:
                raise PluginLoadError(f"the description grew above {_MOST_REPORT_BYTES} bytes")
    finally:
        if ended >= 0:
            os.close(ended)
    return bytes(data), "timeout"


def _resident(pid: int) -> int:
    """Return how many bytes of memory a process holds; 0 where that cannot be told."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _judge(arguments: ScanArguments, data: bytes, code: int, cut: str) -> ScanReport:
    if data and code == exit_codes.OK and not cut:
        try:
            return msgspec.msgpack.decode(data, type=ScanReport)
        except msgspec.MsgspecError as error:
            reason, ended = f"the description could not be read: {error}", ""
    elif cut == "timeout":
        reason, ended = f"the plugin did not let itself be described within {arguments.timeout:g} s", cut
    elif cut == "memory":
        reason, ended = f"the plugin took more than {arguments.memory} MiB of memory to be described", cut
    elif code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        reason, ended = f"the plugin died of {name} while it was described", "crash"
    else:
        reason, ended = f"the plugin ended its process with exit status {code} while it was described", "exit"
    report = ScanReport(format=arguments.format, path=arguments.path)
    report.errors.append(ScanProblem(path=arguments.path, reason=reason, ended=ended))
    return report


def _limit(arguments: ScanArguments) -> None:
    """Limit what this process can take should it outlive its watcher, or leap between two of the watcher's looks."""
    memory = arguments.memory << 20
    with open("/proc/self/statm", "rb") as file:
        has = int(file.read().split()[5]) * _PAGE
    seconds = math.ceil(arguments.timeout * (os.cpu_count() or 1)) + 5
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, has + max(2 * memory, memory + (1 << 30))),
    ):
        _, most = resource.getrlimit(what)
        least = limit if most == resource.RLIM_INFINITY else min(limit, most)
        with contextlib.suppress(ValueError, OSError):  # a sandbox may have its own idea
            resource.setrlimit(what, (least, most))


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
        _limit(arguments)
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
        phase = error.phase or ("format" if isinstance(error, UnsupportedFormat) else "load")
        report.errors.append(ScanProblem(path=path, reason=str(error), plugin_id=error.plugin_id, phase=phase))
    except IsoboothError as error:
        report.errors.append(ScanProblem(path=path, reason=str(error)))
    return report
