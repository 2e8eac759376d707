"""Describe every plugin of a file, in processes that may die of it.

A child describes plugin after plugin and sends what it has found as it goes (piecemeal.py). If it dies, hangs or grows,
the plugin that it was at is named in an error, and another child goes on behind that plugin.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import signal
import time
import traceback
from dataclasses import dataclass

import msgspec

from isobooth.protocol.descriptors import SCAN_TOTAL, ScanProblem, ScanReport
from isobooth.protocol.errors import HostFailed, IsoboothError, PluginLoadError, UnsupportedFormat

from . import exit_codes
from ._core import lib
from .complaints import rescued
from .contain import contain, keep_descriptor
from .piecemeal import Gathering, PiecemealReport, Step, begin, write_all
from .strays import adopt_strays, end_strays

DEFAULT_SECONDS = 30.0
"""How long opening a file, and then describing each of its plugins, may take."""
DEFAULT_MEBIBYTES = 2048
"""How much memory describing one file may take."""
_END_SECONDS = 5.0  # how long it may take to destroy or unload: nothing is learnt by it but that it works
_MOST_SLOW_DEATHS = 3  # plugins of one file that may hang, or take all memory, before the rest is left alone
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
    """Seconds for opening the file, and for each of its plugins; SCAN_TOTAL times as much for all together."""
    memory: int = DEFAULT_MEBIBYTES
    """MiB of a process that describes."""
    parent: int = 0
    """Process whose end ends the scan, 0 for none."""


@dataclass(frozen=True)
class _Death:
    """How a child ended before it was done."""

    cause: str
    """``timeout``, ``total``, ``memory``, ``crash``, ``exit``, or ``garbled`` for what cannot be read."""
    words: str
    """The end of a sentence about the plugin."""


def scan_file(arguments: ScanArguments) -> ScanReport:
    """Describe a file. A plugin that takes its process down is an error in the report, and spoils no other.

    Raises HostFailed where the process has ended for which this scan was.
    """
    watched = _watch(arguments.parent)
    adopt_strays()
    report = ScanReport(format=arguments.format, path=arguments.path)
    deadline = time.monotonic() + SCAN_TOTAL * arguments.timeout
    fatal: list[Step] = []
    slow = 0
    try:
        while True:
            with rescued():
                gathering, death = _attempt(arguments, report, fatal, deadline, watched)
            report, step = gathering.report, gathering.step
            if death is None:
                return report
            _tell(report, step, death)
            slow += death.cause in {"timeout", "memory"}
            if step in fatal or step.of == 1 or step.kind not in {"plugin", "close"}:
                return report
            if death.cause in {"total", "garbled"} or slow == _MOST_SLOW_DEATHS:
                _tell_rest(report, step)
                return report
            fatal.append(step)
    finally:
        if watched >= 0:
            os.close(watched)


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


def _attempt(
    arguments: ScanArguments, report: ScanReport, fatal: list[Step], deadline: float, watched: int
) -> tuple[Gathering, _Death | None]:
    """Let a child go on where the report ends; return what it has added, and how it ended if it was not done."""
    read_fd, write_fd = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        _describe_and_exit(arguments, report, fatal, write_fd, parent)
    os.close(write_fd)
    gathering = Gathering(report)
    try:
        cut = _gather(read_fd, child, arguments, gathering, deadline, watched)
    finally:
        os.close(read_fd)
        _kill_group(child)
        _, status = os.waitpid(child, 0)
        end_strays(())
    if gathering.step.kind == "done":
        return gathering, None
    return gathering, cut or _death(os.waitstatus_to_exitcode(status))


def _kill_group(child: int) -> None:
    """Kill the child and what it forked. A child that is done is a zombie still, so the number is its own."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)


def _gather(
    fd: int, child: int, arguments: ScanArguments, gathering: Gathering, last: float, watched: int
) -> _Death | None:
    """Read what the child says until it is done or ends by itself; else return why it was not heard to its end.

    What the plugin has forked may hold the pipe open for ever, so the child's end is an end too.
    """
    deadline = min(last, time.monotonic() + arguments.timeout)
    most = _resident(child) + (arguments.memory << 20)
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
                return _Death("memory", f"took more than {arguments.memory} MiB of memory")
            if fd not in ready:
                if ended in ready:
                    return None
                continue
            part = os.read(fd, 1 << 16)
            if not part:
                return None
            if gathering.add(part):
                deadline = min(last, time.monotonic() + _allowed(arguments, gathering.step))
            if gathering.step.kind == "done":
                return None
            if gathering.bytes > _MOST_REPORT_BYTES:
                return _Death("garbled", f"has a description of more than {_MOST_REPORT_BYTES} bytes")
    except msgspec.DecodeError as error:
        return _Death("garbled", f"has a description that could not be read ({error})")
    finally:
        if ended >= 0:
            os.close(ended)
    if deadline >= last:
        return _Death("total", f"was not done after {SCAN_TOTAL * arguments.timeout:g} s for the whole file")
    return _Death("timeout", f"within {_allowed(arguments, gathering.step):g} s")


def _allowed(arguments: ScanArguments, step: Step) -> float:
    """Return how many seconds a step may take."""
    return min(arguments.timeout, _END_SECONDS) if step.kind in {"close", "unload"} else arguments.timeout


def _resident(pid: int) -> int:
    """Return how many bytes of memory a process holds; 0 where that cannot be told."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _death(code: int) -> _Death:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return _Death("crash", f"died of {name}")
    if code == exit_codes.CHANNEL:  # what contain.c does then
        return _Death("exit", f"closed descriptors of its host, or ended the process with exit status {code},")
    return _Death("exit", f"ended its process with exit status {code}")


def _tell(report: ScanReport, step: Step, death: _Death) -> None:
    """Add to the report that, and of what, the process has died."""
    named = f" {step.plugin_id!r}" if step.plugin_id and step.of != 1 else ""
    whose = f"the plugin{named}"
    if step.kind == "unload" and death.cause == "timeout":
        reason = f"{whose} did not let its library be unloaded {death.words}"
    elif step.kind == "unload":
        reason = f"{whose} {death.words} when its library was unloaded"
    elif step.kind == "close" and death.cause == "timeout":
        reason = f"{whose} did not let itself be destroyed {death.words}"
    elif step.kind == "close":
        reason = f"{whose} {death.words} when it was destroyed"
    elif step.kind == "presets":
        what = "took too long" if death.cause == "timeout" else death.words
        reason = f"its presets are not known: {whose} {what} while they were looked for"
    elif death.cause == "timeout":
        reason = f"{whose} did not let itself be described {death.words}"
    elif death.cause == "memory":
        reason = f"{whose} {death.words} to be described"
    elif step.kind == "list" and step.index and death.cause in {"crash", "exit"}:
        reason = f"{whose} {death.words} when its library was asked for a plugin of number {step.index}"
    elif death.cause in {"total", "garbled"}:
        reason = f"{whose} {death.words}"
    else:
        reason = f"{whose} {death.words} while it was described"
    problem = ScanProblem(
        path=report.path,
        reason=reason,
        plugin_id=step.plugin_id,
        plugin_name=step.name,
        ended={"total": "timeout", "garbled": ""}.get(death.cause, death.cause),
    )
    if step.kind in {"close", "presets", "unload"}:  # what is known of plugins is whole
        problem.phase = step.kind
        report.warnings.append(problem)
    else:
        report.errors.append(problem)


def _tell_rest(report: ScanReport, step: Step) -> None:
    """Say how many plugins of the file were not looked at."""
    left = step.of - step.index - 1
    if left > 0:
        reason = f"{left} more plugins of the file were not looked at, because of what others of it did"
        report.errors.append(ScanProblem(path=report.path, reason=reason, phase="describe"))


def _limit(arguments: ScanArguments) -> None:
    """Limit what this process can take should it outlive its watcher, or leap between two of the watcher's looks."""
    memory = arguments.memory << 20
    with open("/proc/self/statm", "rb") as file:
        has = int(file.read().split()[5]) * _PAGE
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_DATA, has + max(2 * memory, memory + (1 << 30)))
    _renew(arguments)


def _renew(arguments: ScanArguments) -> None:
    """Let the process take as much time of the processors as the next step may."""
    used = sum(os.times()[:2])
    _set_limit(resource.RLIMIT_CPU, math.ceil(used + arguments.timeout * (os.cpu_count() or 1)) + 5)


def _set_limit(what: int, limit: int) -> None:
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


def _describe_and_exit(
    arguments: ScanArguments, known: ScanReport, fatal: list[Step], write_fd: int, parent: int
) -> None:
    """The child: nothing of it returns."""
    code = exit_codes.UNEXPECTED
    try:
        os.setsid()
        _end_with(parent)
        _limit(arguments)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # a plugin's prints are no part of the report
        contain()
        raised = keep_descriptor(write_fd)
        report = PiecemealReport.start(known, fatal, lambda data: write_all(raised, data), lambda: _renew(arguments))
        describe(arguments.format, arguments.path, report)
        begin(report, "done")
        code = exit_codes.OK
    except BaseException:  # noqa: BLE001 - a fault of ours: this process must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(code)


def describe(name: str, path: str, report: ScanReport) -> None:
    """Describe a file in this process. Errors become part of the report."""
    from .guess import guess_format
    from .registry import AUTO, find_format

    try:
        if name == AUTO:
            name = report.format = guess_format(path)
        find_format(name).scan(path, report)
    except PluginLoadError as error:
        phase = error.phase or ("format" if isinstance(error, UnsupportedFormat) else "load")
        report.errors.append(ScanProblem(path=path, reason=str(error), plugin_id=error.plugin_id, phase=phase))
    except IsoboothError as error:
        report.errors.append(ScanProblem(path=path, reason=str(error)))
