"""Run tests of the client with its compiled core under the address and undefined-behaviour sanitizers.

    python tools/sanitize.py [arguments of pytest]

Compiles the core into a folder of its own and puts that folder before the package; nothing in the checkout or the
environment changes. Without arguments it runs the tests that drive the core hardest. Needs gcc with libasan.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "packages" / "client"
FLAGS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g"
KINDS = ("process", "out", "bypass", "buses", "events", "blocks", "hostile", "life", "threads")
TESTS = tuple(f"test_{kind}.py" for kind in KINDS)
TOO_HEAVY = " and ".join(
    f"not {one}"
    for one in (
        "hundred_megabytes",
        "thousand_descriptors",
        "without_descriptors",
        "interpreters_end",
        "nothing_grows",
    )
)
"""What the sanitizer's own needs of memory, descriptors and time at the end would spoil."""


def build(folder: Path) -> None:
    """Copy the client's Python into ``folder`` and compile the core there."""
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("*.so", "__pycache__", "tests"))
    os.environ["ISOBOOTH_CFLAGS"] = FLAGS
    os.environ["ISOBOOTH_DEBUG"] = "1"
    recipe = runpy.run_path(str(folder / "ffi_build.py"))
    built = Path(recipe["declare"]().compile(tmpdir=str(folder / "build")))
    package = folder / "src" / Path(*recipe["MODULE"].split(".")[:-1])
    shutil.copy2(built, package / built.name)


def library() -> str:
    """Return the path of the sanitizer's run-time library, which has to be loaded first."""
    command = [os.environ.get("CC", "gcc"), "-print-file-name=libasan.so"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"{command[0]} has no libasan.so: install the package that brings it (libgcc-*-dev, libasan)")
    return path


def main(arguments: list[str]) -> int:
    """Build, run pytest, return its exit code. What a sanitizer finds ends the run and is on standard error."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "client")
        build(folder)
        tests = arguments or [*(str(CLIENT / "tests" / name) for name in TESTS), "-k", TOO_HEAVY]
        before = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder / "src"), *before]),
            "ISOBOOTH_SANITIZED": "1",
            # leaks need ptrace and are Python's own for the most part
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "LD_PRELOAD": library(),
        }
        command = [sys.executable, "-m", "pytest", "-q", "--capture=sys", "-p", "no:cacheprovider", *tests]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
