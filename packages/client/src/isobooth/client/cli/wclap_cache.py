"""``isobooth wclap cache``: the cache of compiled WebAssembly plugins. The host does the work."""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from isobooth.protocol.errors import HostFailed
from isobooth.protocol.hostcommand import find_host_command
from isobooth.protocol.reports import WclapCacheEntry, WclapCacheReport
from isobooth.scan import search_paths
from isobooth.scan.find import candidates

from .exit_codes import ExitCode
from .output import print_json, print_table

HELP = "show, empty or fill the cache of compiled plugins"
DESCRIPTION = (
    "WebAssembly plugins are compiled when they are first loaded; the code is kept in ~/.wclap/cache (or the folder"
    " that WCLAP_CACHE_DIR names). `warm` compiles plugins ahead of that, all that are installed if no path is given."
    " It runs their initialisation, each in a process of its own."
)
_ACTIONS = {
    "list": "show every entry, and whether it is sound",
    "clear": "remove every entry",
    "warm": "compile bundles that are not in the cache yet",
}
_SECONDS = 120.0
_LOAD_FAILED = 3
"""The host's exit code where a bundle could not be compiled or an entry not be removed: the report says which."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in _ACTIONS.items():
        one = actions.add_parser(name, help=words, description=words)
        if name == "warm":
            one.add_argument("path", nargs="*", help="bundles to compile (default: all that are installed)")
        one.add_argument("--timeout", type=_seconds, default=_SECONDS, help="seconds for each (default: %(default)g)")
        one.add_argument("--json", action="store_true", help="print one JSON object (schema: wclap-cache)")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    if options.action == "warm":
        report = _warm(options.path or _installed(), options.timeout)
    else:
        report = _ask(options.action, timeout=options.timeout)
    if options.json:
        print_json(report)
    else:
        _print(report, options.action)
    if any(one.status == "failed" for one in report.entries):
        return int(ExitCode.LOAD_FAILED if options.action == "warm" else ExitCode.BAD_FILE)
    return int(ExitCode.OK)


def _installed() -> list[str]:
    return [str(path) for path in candidates("wclap", search_paths("wclap"))]


def _warm(paths: list[str], timeout: float) -> WclapCacheReport:
    """One process for each, so that a bundle that hangs or crashes has no say about the others."""
    report = _ask("list", timeout=timeout)
    report.entries = []
    for path in paths:
        try:
            report.entries += _ask("warm", str(Path(path).absolute()), timeout=timeout).entries
        except HostFailed as error:
            report.entries.append(WclapCacheEntry(status="failed", source=path, trouble=str(error)))
    return report


def _ask(*arguments: str, timeout: float) -> WclapCacheReport:
    """Raises HostNotFound or HostFailed."""
    command = [*find_host_command(), "--wclap-cache", *arguments]
    what = f"isobooth-host --wclap-cache {' '.join(arguments)}"
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False, start_new_session=True
        )
    except subprocess.TimeoutExpired as error:
        raise HostFailed(f"{what} did not end within {timeout:g} s") from error
    except OSError as error:
        raise HostFailed(f"{what} could not be started - cause: {error.strerror or error}") from error
    if done.returncode not in {0, _LOAD_FAILED}:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        ended = f"was ended by signal {-done.returncode}" if done.returncode < 0 else f"failed ({done.returncode})"
        raise HostFailed(f"{what} {ended}" + (f" - it printed: {said}" if said else ""))
    try:
        return msgspec.json.decode(done.stdout, type=WclapCacheReport)
    except msgspec.DecodeError as error:
        raise HostFailed(f"{what} printed no report - cause: {error} - upgrade isobooth-host") from error


def _print(report: WclapCacheReport, action: str) -> None:
    if report.trouble:
        print(f"{report.folder} is not used: {report.trouble}", file=sys.stderr)
    print_table(_HEADS[action], list(_rows(report, action)))
    for one in report.entries:
        if one.status == "failed":
            print(f"{one.source or one.name}: {one.trouble}", file=sys.stderr)


_HEADS = {
    "list": ("", "KiB", "wasmtime", "last used", "plugins", "file"),
    "clear": ("", "KiB", "file"),
    "warm": ("", "ms", "plugins", "bundle"),
}


def _rows(report: WclapCacheReport, action: str) -> Iterator[tuple[str, ...]]:
    for one in report.entries:
        size, plugins = str((one.size + 1023) >> 10), ", ".join(one.plugins)
        if action == "list":
            yield (one.status, size, one.wasmtime, one.used, plugins or one.trouble, one.name)
        elif action == "clear":
            yield (one.status, size, one.name)
        else:
            yield (one.status, f"{one.milliseconds:.0f}", plugins, one.source)
