"""``isobooth scan``: look into plugin files; the same as the command ``isobooth-scan``."""

from __future__ import annotations

import argparse

from isobooth.scan.command import add_scan_arguments, run_scan

HELP = "look into plugin files and say what is wrong with them"
DESCRIPTION = (
    "Find and describe plugins, each file in a throw-away process. Problems with files go to standard error and do"
    " not change the exit code."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    add_scan_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    return run_scan(options)
