"""What commands print: tables on a terminal, plain lines in a pipe, JSON; errors with one clear line first."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from isobooth.protocol.schema import to_json

PROGRAM = "isobooth"


def print_error(text: str) -> None:
    """Write an error to standard error: the first line says it all, any others follow indented."""
    first, *others = text.splitlines() or ["(no message)"]
    print(f"{PROGRAM}: {first}", *(f"    {line}" for line in others), sep="\n", file=sys.stderr)


def print_json(report: msgspec.Struct) -> None:
    """Write a struct as JSON to standard output."""
    print(to_json(report))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows: on a terminal as a table with heads, else one line each, fields apart by tabs, no heads."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(plain(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    for head in heads:
        shown.add_column(head, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(plain(cell)) for cell in row))
    Console().print(shown)


def plain(text: str) -> str:
    """Return a plugin's text without tabs, line ends and other control characters."""
    if text.isprintable():  # nearly always, and a list has thousands of cells
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)
