"""The command ``isobooth``: one module for each sub-command, with its arguments and what it does."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from isobooth.protocol.errors import PluginCrashed, PluginTimeout

from .exit_codes import ExitCode, exit_code, table
from .output import PROGRAM, print_error

COMMANDS = ("list", "info", "render", "scan", "wclap", "doctor", "bench")
"""Each is a module here with HELP, DESCRIPTION, add_arguments and run."""

TRACEBACK = "ISOBOOTH_TRACEBACK"
"""Environment variable that, set to anything, adds Python's traceback to an error."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: that of the process) and return its exit code, one of ExitCode.

    Errors are written to standard error, one clear line first, and never raised. argparse's own exits (``--help``,
    wrong usage) are returned as codes as well.
    """
    _open_missing_streams()
    try:
        options = _parser().parse_args(argv)
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ExitCode.USAGE)
    except BrokenPipeError:
        _forget_output()
        return int(ExitCode.OK)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (a command line ends in a line, not in a traceback)
        return _report(error)


def _report(error: BaseException) -> int:
    code = exit_code(error)
    if isinstance(error, OSError):
        _forget_output()  # it may be our own output that cannot be written
    with contextlib.suppress(BrokenPipeError):
        if os.environ.get(TRACEBACK):
            traceback.print_exception(error)
        if code == ExitCode.INTERRUPTED:
            print_error("interrupted")
        elif code == ExitCode.UNEXPECTED:
            print_error(f"{type(error).__name__}: {error} (set {TRACEBACK}=1 to see where)")
        else:
            print_error(_words(error))
    return int(code)


def _words(error: BaseException) -> str:
    """What an error says, with advice for a command line in place of that for a program."""
    if isinstance(error, (PluginCrashed, PluginTimeout)) and "restart()" in error.advice:
        crashed = isinstance(error, PluginCrashed)
        error.advice = "--on-crash bypass goes on without it" if crashed else "--timeout gives it more time"
    return str(error)


def _open_missing_streams() -> None:
    """Give Python's print somewhere to go where the caller has closed standard output or error."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (open until the process ends)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _forget_output() -> None:
    """The reader of our output has gone: let Python's own flush at the end go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Audio plugins, each in a process of its own.",
        epilog=table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f".{name}", __name__)
        one = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=table(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(one)
        one.set_defaults(run=module.run)
    return parser


def _version() -> str:
    try:
        return version("isobooth-client")
    except PackageNotFoundError:  # run from the source tree
        return "(not installed)"
