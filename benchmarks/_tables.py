"""Plain tables on standard output."""

from __future__ import annotations


def table(title: str, heads: list[str], rows: list[list[str]]) -> None:
    """Print a title and aligned columns: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]

    def aligned(row: list[str]) -> str:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        return "  ".join(cells).rstrip()

    print(f"\n{title}\n")
    print(aligned(heads))
    print("  ".join("-" * width for width in widths))
    for row in rows:
        print(aligned(row))
