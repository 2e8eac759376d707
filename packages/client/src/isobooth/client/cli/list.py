"""``isobooth list``: which plugins there are."""

from __future__ import annotations

import argparse
import sys

from isobooth.protocol.descriptors import CATEGORIES, FORMATS
from isobooth.scan import Catalogue, scan
from isobooth.scan.command import ending_tidily, progress_bar

from .output import print_json, print_table

HELP = "list the plugins of this machine"
DESCRIPTION = (
    "List the plugins on the search paths. Files that are new or have changed are looked into first, each in a"
    " throw-away process. In a pipe: format, name, vendor and locator, apart by tabs."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    known = [name for name in FORMATS if name != "null"]
    parser.add_argument("--format", choices=known, help="only this format")
    parser.add_argument("--name", metavar="TEXT", help="only names with this text, in any case")
    parser.add_argument("--vendor", metavar="TEXT", help="only vendors with this text, in any case")
    parser.add_argument("--feature", metavar="WORD", help="only plugins with this feature (instrument, reverb …)")
    parser.add_argument("--category", choices=CATEGORIES, help="only plugins of this kind")
    parser.add_argument(
        "--grouped", action="store_true", help="one line for each plugin, with all formats that it is there in"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: catalogue)")
    parser.add_argument(
        "--details",
        action="store_true",
        help="print one JSON object with parameters, presets and all else (schema: catalogue-details)",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    with ending_tidily(), progress_bar() as progress:
        catalogue = scan(formats=[options.format] if options.format else None, progress=progress)
    found = catalogue.search(
        name=options.name, vendor=options.vendor, feature=options.feature, category=options.category
    )
    if options.json or options.details:
        print_json(catalogue.report(found, details=options.details))
        return 0
    if options.grouped:
        rows = [(", ".join(one.formats), one.name, one.vendor, one.default.locator) for one in catalogue.groups(found)]
        print_table(("formats", "name", "vendor", "locator"), rows)
    else:
        rows = [(one.format, one.name, one.vendor, one.locator) for one in found]
        print_table(("format", "name", "vendor", "locator"), rows)
    _hint(catalogue)
    return 0


def _hint(catalogue: Catalogue) -> None:
    if not sys.stderr.isatty():
        return
    count, blocked = len(catalogue.problems), len(catalogue.blocked)
    if count:
        print(f"{count} problems with other files: `isobooth scan` lists them", file=sys.stderr)
    if blocked:
        print(f"{blocked} of them are on the blocklist: `isobooth scan --blocklist`", file=sys.stderr)
