"""The command line of a scan, for ``isobooth-scan`` and ``isobooth scan`` alike."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isobooth.protocol.descriptors import FORMATS, SCAN_TOTAL
from isobooth.protocol.reports import BlocklistReport
from isobooth.protocol.schema import to_json

from .cache import blocklist
from .catalogue import Catalogue, specific
from .probe import MEMORY
from .scanner import MOST_JOBS, TIMEOUT, Progress, scan


def add_scan_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a scan can be told."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="folder, file or bundle to look into; without any, the search paths of every format",
    )
    parser.add_argument(
        "--format",
        action="append",
        choices=[name for name in FORMATS if name != "null"],
        help="only this format; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: catalogue)")
    parser.add_argument(
        "--details",
        action="store_true",
        help="print one JSON object with parameters, presets and all else (schema: catalogue-details)",
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--rescan", action="store_true", help="look into files again that have not changed")
    again.add_argument(
        "--retry", action="store_true", help="look once more into files that took down the process that looked"
    )
    again.add_argument("--blocklist", action="store_true", help="only list those files, with reason and date")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="S",
        help=f"seconds for opening a file, and for each plugin in it (default: %(default)g; {SCAN_TOTAL} times as much"
        " for all of a file)",
    )
    parser.add_argument(
        "--memory",
        type=int,
        default=MEMORY,
        metavar="MIB",
        help="memory for one file (default: %(default)d)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help=f"files at once (default: one per processor, at most {MOST_JOBS})",
    )


def run_scan(options: argparse.Namespace) -> int:
    """Scan and print. Returns 0 also where files had problems; raises what ``scan`` raises."""
    if options.blocklist:
        return _show_blocklist(options)
    with ending_tidily(), progress_bar() as progress:
        found = scan(
            options.paths or None,
            options.format,
            rescan=options.rescan,
            timeout=options.timeout,
            jobs=options.jobs,
            progress=progress,
            retry=options.retry,
            memory=options.memory,
        )
    if options.json or options.details:
        print(to_json(found.report(details=options.details)))
        return 0
    for one in found:
        print(f"{_plain(specific(one))}\t{_plain(one.name)}")
    print_problems(found)
    files = len({(one.format, one.path) for one in found})
    print(f"{len(found)} plugins in {files} files, {len(found.problems)} problems", file=sys.stderr)
    _print_blocked_hint(found)
    return 0


def _show_blocklist(options: argparse.Namespace) -> int:
    """Print what is on the blocklist, of files that are gone too; looks into nothing."""
    wanted = [os.path.abspath(path) for path in options.paths]  # noqa: PTH100  (as text, like the cache)
    blocked = [
        one
        for one in blocklist()
        if (not options.format or one.format in options.format)
        and (not wanted or any(one.path == path or one.path.startswith(f"{path}/") for path in wanted))
    ]
    if options.json:
        print(to_json(BlocklistReport(blocked=blocked)))
        return 0
    for one in blocked:
        plugin = f"#{one.plugin_id}" if one.plugin_id else ""
        print(_plain(f"{one.format}:{one.path}{plugin}"), one.ended, one.since, _plain(one.reason), sep="\t")
    print(f"{_entries(len(blocked))} on the blocklist; --retry looks into these files once more", file=sys.stderr)
    return 0


def _print_blocked_hint(found: Catalogue) -> None:
    """Say on standard error that there are files or plugins on the blocklist, if there are."""
    if found.blocked:
        count = _entries(len(found.blocked))
        print(f"{count} on the blocklist: --blocklist lists, --retry looks once more", file=sys.stderr)


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def print_problems(found: Catalogue) -> None:
    """Write what went wrong to standard error, a line for each."""
    for problem in found.problems:
        plugin = f"#{problem.plugin_id}" if problem.plugin_id else ""
        place = f"{problem.path}{plugin}"
        # loaders like to begin with the path themselves
        line = problem.reason if problem.reason.startswith(place) else f"{place}: {problem.reason}"
        print(_plain(line), file=sys.stderr)


def _plain(text: str) -> str:
    """Return a text of a file or plugin as a part of one line: without line ends, tabs and other control characters."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)


@contextmanager
def ending_tidily() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is in the block as Ctrl-C does: no process is left, what was found is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Give a callback that draws on standard error; None where that is no terminal or rich is not installed."""
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar
    except ModuleNotFoundError:
        yield None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, path: str) -> None:
            bar.update(task, completed=done, total=total, description=Path(path).name)

        yield show
