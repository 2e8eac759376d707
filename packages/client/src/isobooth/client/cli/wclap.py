"""``isobooth wclap``: what plugin authors and packagers do with WebAssembly; one module for each sub-command."""

from __future__ import annotations

import argparse
import importlib

from .exit_codes import table

HELP = "work on WebAssembly plugins (WCLAP)"
DESCRIPTION = "Tools for WebAssembly plugins (WCLAP)."

COMMANDS: tuple[str, ...] = ("build", "cache", "manifest", "view")
"""Each is a module ``wclap_<name>`` here with HELP, DESCRIPTION, add_arguments and run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands with what each can be told."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f".wclap_{name}", __package__)
        one = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=table(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(one)
        one.set_defaults(run_wclap=module.run)


def run(options: argparse.Namespace) -> int:
    """Run the sub-command."""
    return int(options.run_wclap(options))
