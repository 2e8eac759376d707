"""A whole scan: find the candidates, ask the cache, probe the rest several at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from isobooth.protocol.descriptors import FORMATS, PluginDescriptor, ScanProblem, ScanReport
from isobooth.protocol.errors import (
    ArgumentError,
    ArgumentTypeError,
    HostFailed,
    PluginLoadError,
    PluginNotFound,
    UnsupportedFormat,
    did_you_mean,
)
from isobooth.protocol.locator import Locator, bundle_around, formats_of_path, parse_locator

from .cache import Cache, Entry, Identity, identify, loader_state
from .catalogue import Catalogue
from .find import candidates, is_utf8, may_hold, printable
from .host import host_info
from .paths import search_paths
from .probe import probe

MOST_JOBS = 4
"""Files that are looked into at once unless told otherwise; no more than there are processors either."""

TIMEOUT = 30.0
"""Seconds that a file gets unless told otherwise."""

Progress = Callable[[int, int, str], None]
"""Called in the caller's thread with: files done, files to do, the path that was finished (empty at first)."""

_NOTICE_SECONDS = 0.2  # longest time between two looks at pending signals


@dataclass(frozen=True)
class _Task:
    format: str
    path: str
    identity: Identity


@dataclass
class _Scan:
    """One scan on its way: what it needs and what it has got so far."""

    command: list[str]
    version: str
    timeout: float
    cache: Cache
    reports: dict[tuple[str, str], ScanReport] = field(default_factory=dict)
    problems: list[ScanProblem] = field(default_factory=list)

    def recall(self, format: str, path: str, *, rescan: bool) -> _Task | None:  # noqa: A002
        """Take what the cache knows of a file; return the task to find out where it knows nothing."""
        try:
            identity = identify(path)
        except OSError as error:
            self.problems.append(ScanProblem(path=path, reason=error.strerror or str(error), phase="find"))
            return None
        if not rescan:
            entry = self.cache.get(format, path, identity, self.version)
            if entry is not None:
                self.take(format, path, entry.report, entry.problem)
                return None
        task = _Task(format, path, identity)
        if may_hold(format, path):
            return task
        self.finish(task, ScanReport(format=format, path=path))
        return None

    def take(
        self,
        format: str,  # noqa: A002
        path: str,
        report: ScanReport | None,
        problem: ScanProblem | None,
    ) -> None:
        """Add one result."""
        if report is not None:
            self.reports[format, path] = report
        if problem is not None:
            self.problems.append(problem)

    def finish(self, task: _Task, result: ScanReport | ScanProblem) -> None:
        """Add what a probe said, and remember it.

        Crashes and hangs are remembered too: asking again is slow.
        """
        if isinstance(result, ScanProblem):
            report, problem = None, result
        else:
            report, problem = result, None
        self.take(task.format, task.path, report, problem)
        refused = report is not None and any(error.phase == "load" for error in report.errors)
        self.cache.put(
            Entry(
                format=task.format,
                path=task.path,
                identity=task.identity,
                host=self.version,
                report=report,
                problem=problem,
                loader=loader_state() if refused else "",
            )
        )

    def run(self, tasks: Sequence[_Task], jobs: int, progress: Progress | None) -> None:
        """Probe several files at a time. However this ends, no process is left and what was found is saved."""
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="isobooth-scan")
        pending: dict[Future[ScanReport | ScanProblem], _Task] = {}
        try:
            for task in tasks:
                future = pool.submit(probe, self.command, task.format, task.path, timeout=self.timeout, stop=stop)
                pending[future] = task
            if progress:
                progress(0, len(tasks), "")
            while pending:
                done, _ = wait(pending, timeout=_NOTICE_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    task = pending.pop(future)
                    self.finish(task, future.result())
                    if progress:
                        progress(len(tasks) - len(pending), len(tasks), task.path)
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self._salvage(pending)
            self.cache.save()

    def _salvage(self, pending: dict[Future[ScanReport | ScanProblem], _Task]) -> None:
        """After an interruption: keep what was finished meanwhile."""
        for future, task in pending.items():
            if future.cancelled() or isinstance(future.exception(), Exception):
                continue
            self.finish(task, future.result())

    def catalogue(self) -> Catalogue:
        """Return what was found, in a fixed order."""
        rank = {name: place for place, name in enumerate(FORMATS)}
        keys = sorted(self.reports, key=lambda key: (rank[key[0]], key[1]))
        plugins: list[PluginDescriptor] = [one for key in keys for one in self.reports[key].plugins]
        described = {path for (_, path), report in self.reports.items() if report.plugins}
        problems = self.problems + [
            problem
            for (_, path), report in self.reports.items()
            for problem in report.errors + report.warnings
            # a file that is a plugin of one format need not be one of another that shares its folders
            if not (problem.phase == "load" and not report.plugins and path in described)
        ]
        return Catalogue(plugins, sorted(problems, key=lambda one: (one.path, one.reason)))


def scan(
    paths: Iterable[str | os.PathLike[str]] | None = None,
    formats: Iterable[str] | None = None,
    rescan: bool = False,
    timeout: float = TIMEOUT,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Catalogue:
    """Describe every plugin in the given folders and files, or on the machine.

    ``paths`` replaces the search paths of the formats; None asks for these. ``formats`` are names of FORMATS; None asks
    for all that the host can load. ``rescan`` looks into files again whose description is in the cache. ``timeout``, in
    seconds above 0, is for one file. ``jobs`` is the number of files at once, by default that of the processors but at
    most MOST_JOBS. ``progress`` is called in this thread.

    Files that crash, hang or cannot be loaded are among the catalogue's problems, and so are names and folders that
    cannot be read. Ctrl-C ends all processes, saves what was found, and goes on as KeyboardInterrupt.

    Raises PluginNotFound for a path that does not exist, UnsupportedFormat for a format that the host cannot load,
    ArgumentError for numbers that cannot be, HostNotFound and HostFailed.
    """
    check_numbers(timeout, jobs)
    given = None if paths is None else [_existing(path) for path in _many("paths", paths)]
    wanted = None if formats is None else [_known(name) for name in _many("formats", formats)]
    cache = Cache()
    command, info = host_info(cache)
    if wanted is None:
        wanted = [name for name in info.formats if name != "null"]
    for name in wanted:
        require_format(name, info.formats)
    work = _Scan(command, info.version, timeout, cache)
    tasks = []
    for name in dict.fromkeys(wanted):
        for path in candidates(name, search_paths(name) if given is None else given, work.problems):
            task = work.recall(name, str(path), rescan=rescan)
            if task is not None:
                tasks.append(task)
    work.problems += _strangers(given or [])
    work.run(tasks, jobs or min(os.cpu_count() or 1, MOST_JOBS), progress)
    return work.catalogue()


def find_plugin(locator: str | os.PathLike[str] | Locator, *, timeout: float = TIMEOUT) -> PluginDescriptor:
    """Return the descriptor of the plugin that a locator means.

    A path is looked into by itself (through the cache); a name or id is looked for on the search paths, which scans
    what is new there. See Catalogue.find for what fits.

    Raises LocatorError, PluginNotFound, PluginLoadError with the loader's words, UnsupportedFormat, HostNotFound and
    HostFailed.
    """
    check_numbers(timeout, None)
    wanted = locator if isinstance(locator, Locator) else parse_locator(locator)
    if wanted.path:
        return _find_in_file(wanted, timeout)
    if wanted.format == "null":
        return _find_null(wanted, timeout)
    return scan(formats=[wanted.format] if wanted.format else None, timeout=timeout).find(wanted)


def require_format(name: str, supported: Sequence[str]) -> None:
    """Raise UnsupportedFormat unless the host can load the format."""
    if name not in supported:
        raise UnsupportedFormat(
            f"the installed host cannot load {name} plugins",
            hint=f"it can load {', '.join(supported)}; upgrade isobooth-host if a newer one can",
        )


def check_numbers(timeout: float, jobs: int | None) -> None:
    """Raise ArgumentError unless both can be."""
    if not 0 < timeout < float("inf"):
        raise ArgumentError(f"timeout={timeout!r} is no number of seconds above 0")
    if jobs is not None and jobs < 1:
        raise ArgumentError(f"jobs={jobs!r} is no number of files at once; the least is 1")


def _find_in_file(wanted: Locator, timeout: float) -> PluginDescriptor:
    path = str(_existing(wanted.path))
    path = bundle_around(path) or path
    if not is_utf8(path):
        raise PluginLoadError(
            f"{printable(path)} cannot be loaded",
            path=printable(path),
            cause="its name is not UTF-8",
            hint="rename it",
        )
    cache = Cache()
    command, info = host_info(cache)
    if wanted.format:
        require_format(wanted.format, info.formats)
        possible: Sequence[str] = (wanted.format,)
    else:
        possible = [name for name in formats_of_path(path) if name in info.formats]
        if not possible:
            require_format(formats_of_path(path)[0], info.formats)
    work = _Scan(command, info.version, timeout, cache)
    for name in possible:
        task = work.recall(name, path, rescan=False)
        work.run([task] if task else [], 1, None)
        report = work.reports.get((name, path))
        if report is not None and report.plugins:
            break
    found = work.catalogue()
    if found.plugins:
        return found.find(wanted)
    raise PluginLoadError(
        f"{path} holds no plugin that can be loaded",
        path=path,
        plugin_id=wanted.id,
        tried=[f"as {name}" for name in possible],
        cause="; ".join(problem.reason for problem in found.problems) or "it lists no plugins",
        hint="see that it is a plugin for this machine, and that the libraries it needs are installed",
    )


def _find_null(wanted: Locator, timeout: float) -> PluginDescriptor:
    """Ask the host for its built-in plugins, which no file holds."""
    command, info = host_info(Cache())
    require_format("null", info.formats)
    result = probe(command, "null", "null", timeout=timeout)
    if isinstance(result, ScanProblem):
        raise HostFailed(f"the host does not describe its null plugin - cause: {result.reason}")
    built_in = Catalogue(result.plugins, result.errors)
    if not wanted.id and built_in.plugins:
        return built_in.plugins[0]
    return built_in.find(wanted)


def _strangers(given: list[Path]) -> list[ScanProblem]:
    """Say of files that were named one by one if no format could be theirs."""
    return [
        ScanProblem(path=printable(path), reason="its name ends like no plugin of any format", phase="find")
        for path in given
        if path.is_file() and len(formats_of_path(str(path))) == len(FORMATS) - 1
    ]


def _many(name: str, values: Iterable[object]) -> list[object]:
    if isinstance(values, (str, bytes, os.PathLike)):
        raise ArgumentTypeError(f"{name}={values!r} is one value where a list is due")
    return list(values)


def _existing(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentTypeError(f"{path!r} is no path")
    text = os.fspath(path)
    if not text or "\0" in text:
        raise PluginNotFound(f"there is no file or folder {text!r}", path=text)
    full = Path(os.path.expanduser(text)).absolute()  # noqa: PTH111  (pathlib raises where there is no home)
    if not os.path.lexists(full):
        raise PluginNotFound(f"there is no file or folder {printable(full)}", path=printable(full))
    return full


def _known(name: object) -> str:
    if name not in FORMATS:
        raise UnsupportedFormat(
            f"there is no plugin format {name!r}",
            hint=did_you_mean(str(name), FORMATS) or f"known are {', '.join(FORMATS)}",
        )
    return str(name)
