"""``isobooth-host --scan``: describe every plugin of one file, in processes that may die of it (describing.py).

This process never loads the plugin. It writes the report, whatever becomes of the others: so there is always one JSON
object, and nothing that a plugin prints can be mixed with it.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path

import msgspec

from isobooth.protocol.errors import ArgumentError, IsoboothError

from . import exit_codes
from .describing import DEFAULT_MEBIBYTES, DEFAULT_SECONDS, ScanArguments, scan_file

__all__ = ["ScanArguments", "parse_scan", "run_scan", "scan_file"]


def parse_scan(arguments: list[str]) -> ScanArguments:
    """Read the options behind ``--scan``. Raises ArgumentError."""
    found: dict[str, str] = {}
    rest = deque(arguments)
    while rest:
        option, sign, value = rest.popleft().partition("=")
        if option not in _OPTIONS or option in found:
            raise ArgumentError(f"--scan does not take {option!r} here")
        if not sign:
            if not rest:
                raise ArgumentError(f"{option} needs a value")
            value = rest.popleft()
        found[option] = value
    for option in ("--format", "--path"):
        if not found.get(option):
            raise ArgumentError(f"--scan needs {option}")
    _check_utf8(found["--format"], found["--path"])
    return ScanArguments(
        found["--format"],
        found["--path"],
        found.get("--output", ""),
        _number(found, "--timeout", DEFAULT_SECONDS, 86400, "seconds"),
        int(_number(found, "--memory", DEFAULT_MEBIBYTES, 1 << 30, "MiB")) or 1,
        int(_number(found, "--parent", 0, 1 << 30, "a process, one")),
    )


_OPTIONS = frozenset({"--format", "--path", "--output", "--timeout", "--memory", "--parent"})


def _check_utf8(*values: str) -> None:
    """Raise ArgumentError for what a JSON report cannot hold."""
    for value in values:
        name = os.fsencode(value)
        try:
            name.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ArgumentError(
                f"{name.decode('utf-8', 'backslashreplace')!r} is not UTF-8, as JSON has to be - rename the file"
            ) from error


def _number(found: dict[str, str], option: str, default: float, most: float, unit: str) -> float:
    """Return an option's number above 0, or its default. Raises ArgumentError."""
    if option not in found:
        return default
    try:
        number = float(found[option])
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise ArgumentError(f"{option} is {found[option]!r} and must be a number of {unit} above 0")
    return number


def run_scan(arguments: ScanArguments) -> int:
    """Describe the file and write the report. Returns the exit code."""
    try:
        report = scan_file(arguments)
    except IsoboothError as error:
        print(f"isobooth-host: {error}", file=sys.stderr)
        return exit_codes.UNEXPECTED
    text = msgspec.json.encode(report)
    try:
        _write(text, arguments.output)
    except OSError as error:
        print(f"isobooth-host: {arguments.output or 'standard output'} could not be written: {error}", file=sys.stderr)
        return exit_codes.UNEXPECTED
    for problem in report.errors:
        print(f"isobooth-host: {problem.path}: {problem.reason}", file=sys.stderr)
    return exit_codes.LOAD_FAILED if report.errors and not report.plugins else exit_codes.OK


def _write(text: bytes, output: str) -> None:
    if not output:
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.buffer.flush()
        return
    target = Path(output).resolve()
    if target.exists() and not target.is_file():  # a pipe, a device: nothing that could be replaced
        with target.open("wb") as file:
            file.write(text + b"\n")
        return
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        scratch.write_bytes(text + b"\n")
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
