"""Run noxfile.py without an installed nox: make a private environment, then hand over to nox in it."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tools import provision

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".nox" / "bootstrap"
STAMP = HOME / "made-for.txt"
NOX = "nox>=2024.10.9"
OLDEST = (3, 10)


def main(arguments: list[str]) -> NoReturn:
    """Replace this process by nox; end it with a message and exit code 1 where that fails."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"isobooth needs Python 3.10 or newer; this is {version}")
    python = HOME / "bin" / "python"
    if not _is_ready():
        try:
            provision.ensure(["venv"], soon=provision.TO_COMPILE)
        except provision.Missing as problem:
            sys.exit(str(problem))
        _make(python)
    command = [str(python), "-m", "nox", "-f", str(ROOT / "noxfile.py"), *_translate(arguments)]
    sys.stdout.flush()
    os.execv(python, command)


def _translate(arguments: list[str]) -> list[str]:
    """Turn `tests lint -- -x` into nox's `-s tests lint -- -x`; no argument means: list them."""
    sessions = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    rest = arguments[len(sessions) :]
    if not arguments:
        return ["-l"]
    return ["-s", *sessions, *rest] if sessions else rest


def _identity() -> str:
    """Return what the environment depends on: another Python needs another environment."""
    return f"{sys.version}\n{Path(sys.base_prefix).resolve()}\n{HOME}\n{NOX}\n"


def _is_ready() -> bool:
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _identity()


def _make(python: Path) -> None:
    """Create the environment and install nox into it; pip says itself what goes wrong."""
    print(f"setting up nox in {HOME.relative_to(ROOT)} (once)", flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    steps = (
        [sys.executable, "-m", "venv", str(HOME)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", NOX],
    )
    for step in steps:
        if subprocess.run(step, check=False).returncode != 0:
            sys.exit(f"failed: {' '.join(step)}")
    STAMP.write_text(_identity(), encoding="utf-8")
