"""The command line that all benchmarks share, and the file they write their figures to."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import _machine


def arguments(description: str | None) -> argparse.Namespace:
    """Read --quick and --json FILE."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short run: fewer blocks, fewer rounds")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures to FILE as well")
    return parser.parse_args()


def begin() -> dict[str, Any]:
    """Print what is measured on; return the record that the figures go into."""
    machine = _machine.describe()
    print(_machine.line(machine))
    return {"machine": machine}


def finish(record: dict[str, Any], path: Path | None) -> None:
    """Write the record, if a file was asked for."""
    if path is not None:
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        print(f"\nfigures written to {path}")
