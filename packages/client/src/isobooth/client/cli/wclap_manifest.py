"""``isobooth wclap manifest``: write and check the file by which scans know a WCLAP without running it."""

from __future__ import annotations

import argparse

from isobooth.protocol.errors import IsoboothError
from isobooth.protocol.wclap import MANIFEST
from isobooth.scan.command import ending_tidily
from isobooth.scan.wclap_write import check_manifest, write_manifest

from .exit_codes import FileError, table
from .output import plain

HELP = "write or check the manifest.json of a bundle"
DESCRIPTION = (
    "Write or check manifest.json, by which scans know the plugins of a WCLAP without running its module. The module is"
    " described in a throw-away process."
)

STATES: dict[str, tuple[int, str]] = {
    "good": (0, "the manifest says what the module says"),
    "absent": (20, "there is no manifest"),
    "garbage": (21, "the manifest is not what it should be, and not read"),
    "stale": (22, "the manifest is about another module: its hash does not fit"),
    "mismatch": (23, "the manifest says something else than the module, and is not believed"),
}
"""Exit code of ``check`` for each state of a manifest; scans make a remark ``manifest-…`` of the last three."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands with what each can be told."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    write = commands.add_parser(
        "write",
        help="describe the module and write the manifest",
        description=f"Describe the module of a bundle in a throw-away process and write {MANIFEST} beside it, with all"
        " plugins. Fields of an earlier manifest that isobooth does not know are kept.",
        epilog=table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    write.add_argument("bundle", metavar="BUNDLE", help="folder with module.wasm")
    write.set_defaults(run_manifest=_write)
    check = commands.add_parser(
        "check",
        help="say what the manifest is worth, and end with a code for it",
        description="Print one line that begins with the state of the manifest, and end with its exit code.",
        epilog="\n".join([table(), *(f"  {code:<4} {word}: {what}" for word, (code, what) in STATES.items() if code)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("bundle", metavar="BUNDLE", help="folder with module.wasm, or an archive of one")
    check.add_argument("--quick", action="store_true", help="compare the hash alone, do not run the module")
    check.set_defaults(run_manifest=_check)


def run(options: argparse.Namespace) -> int:
    """Run the sub-command."""
    with ending_tidily():
        return int(options.run_manifest(options))


def _write(options: argparse.Namespace) -> int:
    try:
        count = write_manifest(options.bundle)
    except IsoboothError:  # some are an OSError too
        raise
    except OSError as error:
        raise FileError(f"the manifest of {options.bundle} cannot be written: {error.strerror or error}") from error
    print(f"written: {plain(options.bundle)}: {MANIFEST} lists {count} plugin{'s' if count != 1 else ''}")
    return 0


def _check(options: argparse.Namespace) -> int:
    try:
        state = check_manifest(options.bundle, run=not options.quick)
    except IsoboothError:
        raise
    except OSError as error:
        raise FileError(f"{options.bundle} cannot be read: {error.strerror or error}") from error
    code, meaning = STATES[state.kind]
    if options.quick and state.kind == "good":
        meaning = "the hash fits; the module has not been asked"
    print(f"{state.kind}: {plain(options.bundle)}: {plain(state.reason or meaning)}")
    return code
