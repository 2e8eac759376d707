"""The C of the cores and of the protocol for machines that the tests do not run on: it compiles, without a warning."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT

HOST = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
CLIENT = ROOT / "packages" / "client" / "src" / "isobooth" / "client"
INCLUDE = ROOT / "packages" / "protocol" / "src" / "isobooth" / "protocol" / "include"
TARGET = "aarch64-linux-gnu"


def compiler() -> list[str]:
    """Clang with the C library's headers of another machine, as the ziglang package has them."""
    ziglang = pytest.importorskip("ziglang", reason="ziglang is not installed: pip install ziglang")
    zig = Path(ziglang.__file__).parent
    command = [str(zig / "zig"), "clang", f"--target={TARGET}", "-fsyntax-only", "-nostdinc"]
    for place in ("", TARGET, "generic-glibc", "aarch64-linux-any", "any-linux-any"):
        command += ["-isystem", str(zig / "lib" / (f"libc/include/{place}" if place else "include"))]
    return [*command, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}"]


def checked(command: list[str], program: str = "") -> str:
    """What a compiler says; empty if it is content."""
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False, timeout=300)
    return done.stderr or str(done.returncode or "")


def test_both_cores_compile():
    found = checked([*compiler(), "-x", "c", "-"], "#ifndef __aarch64__\n#error\n#endif\n")
    assert found == "", "the compiler is for another machine"
    sources = [*sorted(HOST.rglob("*.c")), *sorted(CLIENT.rglob("*.c"))]
    assert len(sources) > 80
    folders = [f"-I{folder}" for folder in (HOST, HOST / "engine", CLIENT / "core")]
    assert checked([*compiler(), "-std=gnu11", *folders, *map(str, sources)]) == ""


@pytest.mark.parametrize("wake", ["IB_WAKE_FUTEX", "IB_WAKE_SEMAPHORE"])
def test_the_protocols_headers_compile_for_arm(wake):
    headers = [path for path in sorted(INCLUDE.rglob("*.h")) if not path.name.endswith(".cdef.h")]
    program = "".join(f"#include <{path.relative_to(INCLUDE).as_posix()}>\n" for path in headers)
    define = ["-DIB_WAKE_SEMAPHORE"] if wake == "IB_WAKE_SEMAPHORE" else []
    assert checked([*compiler(), "-std=c11", "-pedantic", *define, "-x", "c", "-"], program) == ""
