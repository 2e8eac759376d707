"""The command ``isobooth-scan``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from isobooth.protocol.errors import (
    ArgumentError,
    HostFailed,
    HostNotFound,
    IsoboothError,
    PluginNotFound,
    UnsupportedFormat,
)

from .command import add_scan_arguments, run_scan

EXIT_CODES: tuple[tuple[int, str, tuple[type[BaseException], ...]], ...] = (
    (2, "the command line makes no sense", (ArgumentError,)),
    (3, "a path does not exist", (PluginNotFound,)),
    (4, "the host cannot load that format", (UnsupportedFormat,)),
    (8, "there is no isobooth-host, or it does not answer as one", (HostNotFound, HostFailed)),
    (1, "unexpected", (IsoboothError,)),
    (130, "interrupted; what was found so far is kept", (KeyboardInterrupt,)),
)
"""A part of the table of the command ``isobooth``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    try:
        code = run_scan(_parser().parse_args(argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # the reader has gone; nothing is left to be said, not even by Python's own flush at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (IsoboothError, KeyboardInterrupt) as error:
        for code, meaning, kinds in EXIT_CODES:
            if isinstance(error, kinds):
                print(f"isobooth-scan: {error if str(error) else meaning}", file=sys.stderr)
                return code
        raise


def _parser() -> argparse.ArgumentParser:
    table = "\n".join(f"  {code:<4} {meaning}" for code, meaning, _ in sorted(EXIT_CODES))
    parser = argparse.ArgumentParser(
        prog="isobooth-scan",
        description="Find and describe audio plugins, each file in a throw-away process. Problems with files go to"
        " standard error and do not change the exit code.",
        epilog=f"exit codes:\n  0    done\n{table}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_scan_arguments(parser)
    parser.add_argument("--version", action="version", version=f"isobooth-scan {_version()}")
    return parser


def _version() -> str:
    try:
        return version("isobooth-scan")
    except PackageNotFoundError:  # run from the source tree
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
