"""The command line of a scan, for ``isobooth-scan`` and ``isobooth scan`` alike."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.reports import CatalogueReport
from isobooth.protocol.schema import to_json

from .catalogue import Catalogue, specific
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
    parser.add_argument("--rescan", action="store_true", help="look into files again that have not changed")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="S",
        help="seconds for one file (default: %(default)g)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help=f"files at once (default: one per processor, at most {MOST_JOBS})",
    )


def run_scan(options: argparse.Namespace) -> int:
    """Scan and print. Returns 0 also where files had problems; raises what ``scan`` raises."""
    with progress_bar() as progress:
        found = scan(
            options.paths or None,
            options.format,
            rescan=options.rescan,
            timeout=options.timeout,
            jobs=options.jobs,
            progress=progress,
        )
    if options.json:
        print(to_json(CatalogueReport(plugins=found.plugins, problems=found.problems)))
        return 0
    for one in found:
        print(f"{specific(one)}\t{one.name}")
    print_problems(found)
    files = len({(one.format, one.path) for one in found})
    print(f"{len(found)} plugins in {files} files, {len(found.problems)} problems", file=sys.stderr)
    return 0


def print_problems(found: Catalogue) -> None:
    """Write what went wrong to standard error, a line for each."""
    for problem in found.problems:
        plugin = f"#{problem.plugin_id}" if problem.plugin_id else ""
        place = f"{problem.path}{plugin}"
        # loaders like to begin with the path themselves
        print(problem.reason if problem.reason.startswith(place) else f"{place}: {problem.reason}", file=sys.stderr)


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
