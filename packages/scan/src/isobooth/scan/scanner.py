"""A whole scan: find the candidates, ask the cache, probe the rest several at a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from isobooth.protocol.descriptors import FORMATS, ScanProblem, ScanReport
from isobooth.protocol.errors import (
    ArgumentError,
    ArgumentTypeError,
    PluginNotFound,
    UnsupportedFormat,
    did_you_mean,
)
from isobooth.protocol.locator import formats_of_path

from .cache import Blocked, Cache, Entry, Identity, identify, loader_state
from .catalogue import Catalogue
from .entries import PluginEntry
from .find import printable, walk
from .host import host_info
from .looks import why_not
from .paths import search_paths
from .probe import MEMORY, HostTrouble, probe, sweep
from .wclap_scan import Manifests, rests_on_manifest

MOST_JOBS = 4
"""Files that are looked into at once unless told otherwise; no more than there are processors either."""

TIMEOUT = 30.0
"""Seconds that opening a file, and each plugin in it, gets unless told otherwise."""

Progress = Callable[[int, int, str], None]
"""Called in the caller's thread with: files done, files to do, the path that was finished (empty at first)."""

_NOTICE_SECONDS = 0.2  # longest time between two looks at pending signals
_SAVE_SECONDS = 5.0  # what a scan that is killed may lose


class Task(NamedTuple):
    """A file to look into."""

    format: str
    path: str
    identity: Identity


@dataclass
class Work:
    """One scan on its way: what it needs and what it has got so far."""

    command: list[str]
    version: str
    timeout: float
    memory: int
    cache: Cache
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    problems: list[ScanProblem] = field(default_factory=list)
    manifests: Manifests = field(default_factory=Manifests)

    def recall(
        self,
        format: str,  # noqa: A002  (the word that users know)
        path: str,
        status: os.stat_result | None = None,
        *,
        rescan: bool = False,
        retry: bool = False,
        entire: bool = False,
    ) -> Task | None:
        """Take what the cache knows of a file; return the task to find out where it knows nothing.

        ``rescan`` believes nothing that the cache knows, ``retry`` nothing bad. ``entire`` is not content with what a
        manifest says, nor is ``rescan``.
        """
        try:
            identity = identify(path, status)
        except OSError as error:
            self.problems.append(ScanProblem(path=path, reason=error.strerror or str(error), phase="find"))
            return None
        if not rescan:
            entry = self.cache.get(format, path, identity, self.version)
            if entry is not None and any(retry or self._gives_more_than(one) for one in entry.blocked):
                entire = True  # the module has to answer for itself
            elif (
                entry is not None and self.manifests.holds(entry) and not (entire and rests_on_manifest(entry.plugins))
            ):
                self.entries[format, path] = entry
                return None
        if not os.access(path, os.R_OK):  # nothing to remember: a right can be given without a trace in the identity
            self.problems.append(ScanProblem(path=path, reason="cannot be read: permission denied", phase="find"))
            return None
        task = Task(format, path, identity)
        reason = why_not(format, path)
        if reason is None:
            return None if not (rescan or entire) and self._believe(task) else task
        problems = [ScanProblem(path=path, reason=reason, phase="look")] if reason else []
        self._keep(self._entry(task, problems))
        return None

    def _believe(self, task: Task) -> bool:
        """Take what a bundle's manifest says, where it has one that can be believed."""
        plugins = self.manifests.believe(task.path) if task.format == "wclap" else []
        if plugins:
            entry = self._entry(task, [])
            entry.plugins = plugins
            self._keep(entry)
        return bool(plugins)

    def _gives_more_than(self, blocked: Blocked) -> bool:
        """Whether what ran out for a file is no longer what it would get."""
        if blocked.ended == "timeout":
            return self.timeout > blocked.seconds
        return blocked.ended == "memory" and self.memory > blocked.mebibytes

    def _entry(self, task: Task, problems: list[ScanProblem]) -> Entry:
        return Entry(task.format, task.path, task.identity, self.version, int(time.time()), problems=problems)

    def _keep(self, entry: Entry) -> None:
        self.entries[entry.format, entry.path] = entry
        self.cache.put(entry)

    def finish(self, task: Task, result: ScanReport | ScanProblem) -> None:
        """Add what a probe said, and remember it.

        Crashes and hangs are remembered too: asking again is slow, and no fun for who watches it.
        """
        if isinstance(result, HostTrouble):
            self.problems.append(result)
            return
        if isinstance(result, ScanProblem):
            result = ScanReport(format=task.format, path=task.path, errors=[result])
        if task.format == "wclap":
            result.warnings += self.manifests.judge(task.path, result)
        entry = self._entry(task, result.errors + result.warnings)
        entry.plugins = [PluginEntry.of(one) for one in result.plugins]
        if any(error.phase == "format" for error in result.errors):
            # nothing to remember: it says nothing of the file, and what is absent may be installed at any time
            entry.plugins = entry.plugins or self.manifests.believe(task.path)
            self.entries[entry.format, entry.path] = entry
            return
        if any(error.phase == "load" for error in result.errors):
            entry.loader = loader_state()
        entry.blocked = [
            Blocked(error.reason, error.ended, self.timeout, self.memory, self._names(task, error), error.plugin_id)
            for error in result.errors
            if error.ended
        ]
        self._keep(entry)

    def _names(self, task: Task, error: ScanProblem) -> list[str]:
        """Return names and ids of the plugins that an error is about: of those that the file had before it went bad."""
        words = [error.plugin_name, error.plugin_id]
        before = self.cache.before(task.format, task.path)
        if before is not None:
            meant = [one for one in before.plugins if error.plugin_id in {"", one.id}]
            words += [word for one in meant for word in (one.name, one.id)]
            words += [word for one in before.blocked if error.plugin_id in {"", one.plugin_id} for word in one.names]
        return list(dict.fromkeys(word for word in words if word))

    def run(self, tasks: Sequence[Task], jobs: int, progress: Progress | None) -> None:
        """Probe several files at a time. However this ends, no process is left and what was found is saved."""
        if tasks:
            sweep()
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="isobooth-scan")
        pending: dict[Future[ScanReport | ScanProblem], Task] = {}
        saved = time.monotonic()
        try:
            for task in tasks:
                future = pool.submit(
                    probe,
                    self.command,
                    task.format,
                    task.path,
                    timeout=self.timeout,
                    memory=self.memory,
                    stop=stop,
                )
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
                if time.monotonic() - saved > _SAVE_SECONDS:
                    self.cache.save()
                    saved = time.monotonic()
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            self._salvage(pending)
            self.cache.save()
            self.manifests.save()

    def _salvage(self, pending: dict[Future[ScanReport | ScanProblem], Task]) -> None:
        """After an interruption: keep what was finished meanwhile."""
        for future, task in pending.items():
            if future.cancelled() or isinstance(future.exception(), Exception):
                continue
            self.finish(task, future.result())

    def catalogue(self) -> Catalogue:
        """Return what was found, in a fixed order."""
        rank = {name: place for place, name in enumerate(FORMATS)}
        entries = sorted(self.entries.values(), key=lambda one: (rank[one.format], one.path))
        described = {entry.path for entry in entries if entry.plugins}
        said = {problem.path for entry in entries for problem in entry.problems if problem.phase != "look"}
        looked: set[str] = set()
        problems = list(self.problems)
        for entry in entries:
            for problem in entry.problems:
                # a file that is a plugin of one format need not be one of another that shares its folders
                if not entry.plugins and entry.path in described and problem.phase in {"load", "look"}:
                    continue
                if problem.phase == "look":
                    if entry.path in said or entry.path in looked:
                        continue
                    looked.add(entry.path)
                problems.append(problem)
        blocked = [one for entry in entries for one in entry.blocked_files()]
        plugins = [one for entry in entries for one in entry.plugins]
        return Catalogue(plugins, sorted(problems, key=lambda one: (one.path, one.reason)), blocked)


def scan(
    paths: Iterable[str | os.PathLike[str]] | None = None,
    formats: Iterable[str] | None = None,
    rescan: bool = False,
    timeout: float = TIMEOUT,
    jobs: int | None = None,
    progress: Progress | None = None,
    *,
    retry: bool = False,
    memory: int = MEMORY,
) -> Catalogue:
    """Describe every plugin in the given folders and files, or on the machine.

    ``paths`` replaces the search paths of the formats; None asks for these. ``formats`` are names of FORMATS; None asks
    for all that the host can load. ``rescan`` looks into files again whose description is in the cache, ``retry`` only
    into those on the blocklist: files with plugins that took down the process that looked. ``timeout``, in seconds
    above 0, is for opening a file and again for each plugin in it (SCAN_TOTAL, 20, times as much for all of a file),
    ``memory``, in MiB above 0, for a process that looks into a file. ``jobs`` is the number of files at once, by
    default that of the processors but at most MOST_JOBS. ``progress`` is called in this thread.

    Files that crash, hang or cannot be loaded are among the catalogue's problems, and so are names and folders that
    cannot be read. Ctrl-C ends all processes, saves what was found, and goes on as KeyboardInterrupt.

    Raises PluginNotFound for a path that does not exist, UnsupportedFormat for a format that the host cannot load,
    ArgumentError for numbers that cannot be, HostNotFound and HostFailed.
    """
    check_numbers(timeout, jobs, memory)
    given = None if paths is None else [existing(path) for path in _many("paths", paths)]
    wanted = None if formats is None else [_known(name) for name in _many("formats", formats)]
    cache = Cache()
    command, info = host_info(cache)
    if wanted is None:
        wanted = [name for name in info.formats if name != "null"]
    for name in wanted:
        require_format(name, info.formats)
    work = Work(command, info.version, timeout, memory, cache)
    tasks = []
    for name in dict.fromkeys(wanted):
        for one in walk(name, search_paths(name) if given is None else given, work.problems):
            task = work.recall(name, one.path, one.status, rescan=rescan, retry=retry)
            if task is not None:
                tasks.append(task)
    work.problems += _strangers(given or [])
    work.run(tasks, jobs or min(os.cpu_count() or 1, MOST_JOBS), progress)
    return work.catalogue()


def require_format(name: str, supported: Sequence[str]) -> None:
    """Raise UnsupportedFormat unless the host can load the format."""
    if name not in supported:
        raise UnsupportedFormat(
            f"the installed host cannot load {name} plugins",
            hint=f"it can load {', '.join(supported)}; upgrade isobooth-host if a newer one can",
        )


def check_numbers(timeout: float, jobs: int | None, memory: int = MEMORY) -> None:
    """Raise ArgumentError unless all can be."""
    if not 0 < timeout < float("inf"):
        raise ArgumentError(f"timeout={timeout!r} is no number of seconds above 0")
    if jobs is not None and jobs < 1:
        raise ArgumentError(f"jobs={jobs!r} is no number of files at once; the least is 1")
    if memory < 1:
        raise ArgumentError(f"memory={memory!r} is no number of MiB above 0")


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


def existing(path: object) -> Path:
    """Return the absolute path of something that is there. Raises ArgumentTypeError and PluginNotFound."""
    if not isinstance(path, (str, os.PathLike)):
        raise ArgumentTypeError(f"{path!r} is no path")
    text = os.fspath(path)
    if not text or "\0" in text:
        raise PluginNotFound(f"there is no file or folder {text!r}", path=text)
    full = Path(os.path.expanduser(text)).absolute()  # noqa: PTH111  (pathlib raises where there is no home)
    try:
        full.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise PluginNotFound(f"there is no file or folder {printable(full)}", path=printable(full)) from None
    except OSError as error:
        raise PluginNotFound(
            f"{printable(full)} cannot be looked at",
            path=printable(full),
            cause=error.strerror or str(error),
            hint="see that you may read the folders above it",
        ) from error
    return full


def _known(name: object) -> str:
    if name not in FORMATS:
        raise UnsupportedFormat(
            f"there is no plugin format {name!r}",
            hint=did_you_mean(str(name), FORMATS) or f"known are {', '.join(FORMATS)}",
        )
    return str(name)
