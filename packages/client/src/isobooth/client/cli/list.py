"""``isobooth list``: which plugins there are."""

from __future__ import annotations

import argparse
import sys

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.reports import CatalogueReport
from isobooth.scan import Catalogue, scan
from isobooth.scan.catalogue import specific
from isobooth.scan.command import progress_bar

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
    parser.add_argument("--json", action="store_true", help="print one JSON object (schema: catalogue)")


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    with progress_bar() as progress:
        catalogue = scan(formats=[options.format] if options.format else None, progress=progress)
    found = catalogue.search(name=options.name, vendor=options.vendor, feature=options.feature)
    if options.json:
        print_json(CatalogueReport(plugins=found, problems=catalogue.problems))
        return 0
    print_table(
        ("format", "name", "vendor", "locator"),
        [(one.format, one.name, one.vendor, specific(one)) for one in found],
    )
    _hint(catalogue)
    return 0


def _hint(catalogue: Catalogue) -> None:
    count = len(catalogue.problems)
    if count and sys.stderr.isatty():
        print(f"{count} problems with other files: `isobooth scan` lists them", file=sys.stderr)
