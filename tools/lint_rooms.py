"""Check that nothing outgrows its room: files of 400 lines, functions of 60; and that copies stay equal.

Applies to Python and C. Whatever has to be larger is listed in `ROOMY_FILES` or `ROOMY_FUNCTIONS` with the reason;
an entry that is no longer needed is an error too.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("packages", "tools", "demo", "benchmarks", "examples", "tests")
FILE_LINES = 400
FUNCTION_LINES = 60

# path -> why the file may be longer
ROOMY_FILES: dict[str, str] = {
    "packages/host/src/isobooth/host/_core.pyi": "one line for each name of the compiled core",
}
# "path::function" -> why the function may be longer
ROOMY_FUNCTIONS: dict[str, str] = {}

# Files that every package carries for its own sdist; they must not drift apart.
COPIES = (
    ("LICENSE", *(f"packages/{name}/LICENSE" for name in ("protocol", "host", "scan", "client"))),
    ("packages/host/hatch_build.py", "packages/client/hatch_build.py"),
)

# `name(` at the end of a C signature, which may span lines, before the brace in the first column
C_NAME = re.compile(r"(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*$")


def sources() -> list[Path]:
    """Return every Python and C file of the repository, without what tools leave there."""
    found = set(ROOT.glob("*.py"))
    for folder in FOLDERS:
        for suffix in ("*.py", "*.pyi", "*.c", "*.h"):
            found.update((ROOT / folder).rglob(suffix))
    return sorted(path for path in found if not {"build", "dist"} & set(path.parts))


def python_functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, first line and length of every function; its decorators do not count."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            end = node.end_lineno or node.lineno
            yield node.name, node.lineno, end - node.lineno + 1


def c_functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, first line and length of every C function whose braces are in the first column."""
    lines = text.splitlines()
    start = 0
    for number, line in enumerate(lines, start=1):
        if line == "{":
            start = number
        elif line == "}" and start:
            head = start - 1
            while head > 0 and lines[head - 1].strip() and lines[head - 1][0] not in "#/*}":
                head -= 1
            match = C_NAME.search(" ".join(lines[head : start - 1]))
            if match:
                yield match.group(1), head + 1, number - head
            start = 0


def too_large(path: Path) -> Iterator[tuple[str, str]]:
    """Yield key and complaint for the file, if it is too long, and for each function that is."""
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    length = len(text.splitlines())
    if length > FILE_LINES:
        yield name, f"{name}: {length} lines, more than {FILE_LINES}"
    find = python_functions if path.suffix in {".py", ".pyi"} else c_functions
    for function, line, size in find(text):
        if size > FUNCTION_LINES:
            key = f"{name}::{function}"
            yield key, f"{name}:{line}: {function} has {size} lines, more than {FUNCTION_LINES}"


def unequal_copies() -> Iterator[str]:
    """Yield a complaint for every copy that differs from its original."""
    for original, *copies in COPIES:
        content = (ROOT / original).read_bytes()
        for copy in copies:
            if (ROOT / copy).read_bytes() != content:
                yield f"{copy} differs from {original}; copy it again"


def main() -> int:
    """Print every complaint; return 1 if there is one."""
    allowed = ROOMY_FILES.keys() | ROOMY_FUNCTIONS.keys()
    found = dict(item for path in sources() for item in too_large(path))
    complaints = [text for key, text in found.items() if key not in allowed]
    complaints += [f"{key}: no longer too large; remove it from the list" for key in allowed - found.keys()]
    complaints += unequal_copies()
    for complaint in complaints:
        print(complaint)
    if not complaints:
        print(f"{len(sources())} files keep to their rooms")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
