"""Check the C of the protocol without Python: headers in two languages, tests under sanitizers.

1. Every header of the protocol package compiles alone, as C11 and as C++17, with all warnings as errors, with each
   of gcc and clang that is installed, for both ways to wake up.
2. Every packages/*/tests/c/*_test.c is compiled with the address and undefined-behaviour sanitizers, for both ways
   to wake up, and run. A test is a program: exit code 0 means that it passed.

Words on the command line choose tests by a part of their name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "packages" / "protocol" / "src" / "isobooth" / "protocol" / "include"
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic")
# _GNU_SOURCE opens the C library's Linux calls; the language itself stays strict.
COMPILERS = (
    ("gcc", ("-x", "c", "-std=c11", "-D_GNU_SOURCE")),
    ("g++", ("-x", "c++", "-std=c++17")),
    ("clang", ("-x", "c", "-std=c11", "-D_GNU_SOURCE")),
    ("clang++", ("-x", "c++", "-std=c++17", "-D_GNU_SOURCE")),
)
WAKES: dict[str, tuple[str, ...]] = {"futex": (), "semaphore": ("-DIB_WAKE_SEMAPHORE",)}
SANITIZERS = (
    "-std=gnu11",
    "-g",
    "-O1",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-UNDEBUG",
)
LIBRARIES = ("-pthread", "-ldl", "-lrt", "-lm")
TEST_SECONDS = 300


def headers() -> list[Path]:
    """Return the headers that a program includes; *.cdef.h are parts of them."""
    return sorted(path for path in INCLUDE.rglob("*.h") if not path.name.endswith(".cdef.h"))


def compile_headers() -> list[str]:
    """Compile each header alone in every combination; return what failed."""
    failed = []
    for compiler, language in COMPILERS:
        if shutil.which(compiler) is None:
            print(f"headers  {compiler:<8} not installed, left out")
            continue
        for wake, define in WAKES.items():
            bad = [header.name for header in headers() if not _compile_header(header, [compiler, *language, *define])]
            verdict = f"failed: {', '.join(bad)}" if bad else f"{len(headers())} headers ok"
            print(f"headers  {compiler:<8} {wake:<10} {verdict}", flush=True)
            failed += [f"{compiler} {wake} {name}" for name in bad]
    return failed


def _compile_header(header: Path, command: list[str]) -> bool:
    program = f"#include <{header.relative_to(INCLUDE).as_posix()}>\nint main(void) {{ return 0; }}\n"
    flags = [*WARNINGS, f"-I{INCLUDE}", "-fsyntax-only", "-"]
    return subprocess.run([*command, *flags], input=program, text=True, check=False).returncode == 0


def run_tests(words: list[str]) -> list[str]:
    """Compile and run the C tests whose names hold one of `words`; return what failed."""
    failed = []
    tests = [
        path
        for path in sorted(ROOT.glob("packages/*/tests/c/*_test.c"))
        if not words or any(word in path.name for word in words)
    ]
    with tempfile.TemporaryDirectory(prefix="isobooth-c-") as scratch:
        for test in tests:
            for wake, define in WAKES.items():
                started = time.monotonic()
                problem = _run_test(test, define, Path(scratch, f"{test.stem}-{wake}"))
                seconds = time.monotonic() - started
                print(f"test     {test.stem:<24} {wake:<10} {problem or 'ok'} ({seconds:.1f} s)")
                sys.stdout.flush()
                if problem:
                    failed.append(f"{test.relative_to(ROOT)} ({wake})")
    if not tests:
        print("no C tests" + (f" named like {words}" if words else ""))
    return failed


def _run_test(test: Path, define: tuple[str, ...], program: Path) -> str:
    """Return "" if the test compiled and passed, else what went wrong."""
    source = test.parents[2] / "src"
    folders = [INCLUDE, test.parent, *sorted(source.glob("isobooth/*"))]
    include = [f"-I{folder}" for folder in folders if folder.is_dir()]
    flags = [*SANITIZERS, "-Wall", "-Wextra", "-Werror", *define, *include]
    command = ["gcc", *flags, str(test), "-o", str(program), *LIBRARIES]
    if subprocess.run(command, check=False).returncode != 0:
        return "does not compile"
    try:
        code = subprocess.run([str(program)], check=False, timeout=TEST_SECONDS).returncode
    except subprocess.TimeoutExpired:
        return f"did not end within {TEST_SECONDS} s"
    return f"ended with {code}" if code else ""


def main(words: list[str]) -> int:
    """Run both parts; return 1 if anything failed."""
    failed = ([] if words else compile_headers()) + run_tests(words)
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
