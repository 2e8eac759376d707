"""Compile the C files of this folder on the spot."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import isobooth.protocol

SOURCES = Path(__file__).resolve().parent / "c"
INCLUDE = Path(isobooth.protocol.__path__[0]) / "include"
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}")
LIBRARIES = ("-pthread", "-ldl", "-lm")


@functools.cache
def _folder() -> Path:
    """Return a folder of this user for what is compiled; it stays, so that the next run is quick."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(cache, "isobooth", "benchmarks")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="isobooth-bench-"))
    return folder


def _name(source: Path, kind: str, compiler: str) -> str:
    """Return a name that changes with everything that goes into the result."""
    digest = hashlib.sha256(" ".join([compiler, kind, *FLAGS]).encode())
    for path in [source, *sorted(SOURCES.glob("*.h")), *sorted(INCLUDE.rglob("*.h"))]:
        digest.update(path.read_bytes())
    return f"{source.stem}-{digest.hexdigest()[:16]}"


def _build(name: str, *kind: str) -> Path:
    source = SOURCES / f"{name}.c"
    compiler = os.environ.get("CC") or "cc"
    if shutil.which(compiler.split()[0]) is None:
        sys.exit(f"{compiler} is not installed; the benchmarks compile a little C (Debian: apt install gcc)")
    target = _folder() / _name(source, " ".join(kind), compiler)
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=_folder()) as scratch:
            made = Path(scratch, "made")
            command = [*compiler.split(), *FLAGS, *kind, str(source), "-o", str(made), *LIBRARIES]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{source.name} does not compile:\n{done.stderr}")
            made.replace(target)
    return target


def program(name: str) -> Path:
    """Return the program compiled from c/<name>.c. Ends the run with the compiler's words where it cannot."""
    return _build(name)


def library(name: str, *flags: str) -> Path:
    """Return the shared library compiled from c/<name>.c, as ``program`` does."""
    return _build(name, "-shared", "-fPIC", *flags)
