"""The header-only C of the protocol, tested by the C programs in the folder `c` beside this file.

Each is compiled as strict C11 with every compiler that is installed, for both kinds of bell (futex and semaphore), and
run; then once more under the address and undefined-behaviour sanitizers. The headers also compile as C++17.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import isobooth.protocol

HERE = Path(__file__).resolve().parent / "c"
# The package is a folder in the checkout or an installed one; either has its headers beside its modules.
INCLUDE = Path(isobooth.protocol.__path__[0]) / "include"
PROGRAMS = sorted(path.stem for path in HERE.glob("*_test.c"))
WAKES = {"futex": (), "semaphore": ("-DIB_WAKE_SEMAPHORE",)}
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic")
LIBRARIES = ("-pthread", "-lm")
ADDRESS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
# gcc says of every fence that ThreadSanitizer does not model it. The fences here only order the bells, which are
# atomic variables; blocks are handed over by acquire and release.
THREAD = ("-fsanitize=thread", "-Wno-tsan")
SECONDS = 240

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the programs use Linux calls")


def absent(what: str) -> None:
    """Skip, saying what is absent; where nothing may be absent (CI=true), fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} must be there where CI=true")
    pytest.skip(f"{what} is not installed")


def compilers(*names: str) -> list[str]:
    """Return those of the compilers that are installed; at least one."""
    found = [name for name in names if shutil.which(name)]
    if not found:
        absent(" or ".join(names))
    return found


def run(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-8000:]}"


def build(compiler: str, program: str, target: Path, *flags: str) -> str:
    source = HERE / f"{program}.c"
    options = ["-std=c11", "-g", *WARNINGS, *flags, f"-I{INCLUDE}"]
    run([compiler, *options, str(source), "-o", str(target), *LIBRARIES])
    return str(target)


def can_sanitize(compiler: str, flags: tuple[str, ...], folder: Path) -> bool:
    """Say whether the compiler has its sanitizer's library: Debian's clang brings it in another package."""
    program = folder / "empty.c"
    program.write_text("int main(void) { return 0; }\n")
    command = [compiler, *flags[:1], str(program), "-o", str(folder / "empty")]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return False
    return subprocess.run([str(folder / "empty")], capture_output=True, check=False).returncode == 0


def test_there_are_programs():
    assert len(PROGRAMS) >= 7


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("wake", WAKES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program_passes(program, wake, tmp_path):
    for compiler in compilers("gcc", "clang"):
        run([build(compiler, program, tmp_path / compiler, "-O2", *WAKES[wake])])


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("wake", WAKES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program_passes_under_sanitizers(program, wake, tmp_path):
    able = [name for name in compilers("gcc", "clang") if can_sanitize(name, ADDRESS, tmp_path)]
    if not able:
        absent("the address sanitizer's library")
    for compiler in able:
        target = build(compiler, program, tmp_path / compiler, "-O1", *ADDRESS, *WAKES[wake])
        # finding leaks needs ptrace, which containers often forbid; the programs hardly use malloc
        run([target], ASAN_OPTIONS="detect_leaks=0")


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("wake", WAKES)
def test_queue_has_no_data_race(wake, tmp_path):
    if not can_sanitize(*compilers("gcc")[:1], THREAD, tmp_path):
        absent("gcc's thread sanitizer (libtsan), or a kernel that it works on")
    run([build("gcc", "queue_test", tmp_path / "queue", "-O1", *THREAD, *WAKES[wake])])


@pytest.mark.parametrize("wake", WAKES)
def test_headers_are_cpp17(wake, tmp_path):
    headers = sorted(path for path in (INCLUDE / "isobooth").glob("*.h") if ".cdef" not in path.name)
    assert len(headers) >= 8
    program = tmp_path / "all.cpp"
    lines = [f'#include "{path}"\n' for path in headers]
    program.write_text("".join(lines) + "int main() { return 0; }\n")
    for compiler in compilers("g++", "clang++"):
        flags = [*WARNINGS, *WAKES[wake], "-fsyntax-only", f"-I{INCLUDE}"]
        run([compiler, "-std=c++17", *flags, str(program)])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("program", ["events_test", "geometry_test", "hostile_test"])
def test_other_seeds(program, seed, tmp_path):
    compiler = compilers("gcc", "clang")[0]
    run([build(compiler, program, tmp_path / program, "-O2"), str(seed)])
