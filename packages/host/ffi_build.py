"""Declare the host's C core to cffi. Run by hatch_build.py; not shipped in the wheel.

Two environment variables change the compilation: ISOBOOTH_CFLAGS is appended to the compiler's flags, and
ISOBOOTH_DEBUG (set to anything) keeps the assertions, which Python's own flags remove.
"""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig
from pathlib import Path

import cffi

from isobooth.protocol import get_include

MODULE = "isobooth.host._core"
PROJECT = Path(__file__).resolve().parent  # absolute: cffi compiles in another folder
SOURCE = PROJECT / "src" / "isobooth" / "host"
STABLE_ABI = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")


def declarations() -> list[Path]:
    """Return the files that cffi reads: what a later one uses, an earlier one declares."""
    abis = sorted(SOURCE.glob("formats/*/abi*.cdef.h"))
    return [
        Path(get_include(), "isobooth", "layout.cdef.h"),
        *sorted(SOURCE.glob("engine/*.cdef.h")),
        *abis,
        *sorted(set(SOURCE.glob("formats/*/*.cdef.h")) - set(abis)),
    ]


def declare() -> cffi.FFI:
    """Return the module's declaration, ready to compile."""
    ffi = cffi.FFI()
    for path in declarations():
        ffi.cdef(path.read_text(encoding="utf-8"))
    extra = shlex.split(os.environ.get("ISOBOOTH_CFLAGS", ""))
    ffi.set_source(
        MODULE,
        '#include "core.h"',
        sources=[str(path) for path in sorted(SOURCE.rglob("*.c"))],
        include_dirs=[str(SOURCE), str(SOURCE / "engine"), get_include()],
        extra_compile_args=[
            "-std=gnu11",
            "-O2",
            "-Wall",
            "-Wextra",
            "-fvisibility=hidden",
            f"-ffile-prefix-map={PROJECT}=.",  # no path of this machine in the wheel
            *extra,
        ],
        extra_link_args=[flag for flag in extra if flag.startswith("-fsanitize")],
        libraries=["pthread", "dl", "rt", "m"],
        py_limited_api=STABLE_ABI,
        define_macros=[("Py_LIMITED_API", "0x030A0000")] if STABLE_ABI else [("_CFFI_NO_LIMITED_API", None)],
        undef_macros=["NDEBUG"] if "ISOBOOTH_DEBUG" in os.environ else [],
    )
    return ffi
