"""Which compilers can make WebAssembly here, in the order in which they are tried."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .recipe import BuildError

TARGET = "wasm32-wasi"
"""What the compilers are asked for: 32-bit WebAssembly with WASI preview 1, the only one that hosts run."""

KINDS = ("zig", "wasi-sdk", "clang")


@dataclass(frozen=True)
class Compiler:
    """Commands that compile C and C++ to WebAssembly.

    :param kind: one of ``KINDS``.
    :param cc: the command for C, with what it always needs.
    :param cxx: the same for C++.
    """

    kind: str
    cc: tuple[str, ...]
    cxx: tuple[str, ...]


def find_compiler(kind: str = "auto") -> Compiler:
    """Return a compiler: ``auto`` takes the first of ``KINDS`` that is here.

    zig is the package ``ziglang`` of this Python or a ``zig`` on the path; the WASI SDK is where ``WASI_SDK_PATH`` or
    ``WASI_SDK_PREFIX`` says; clang needs wasi-libc where Debian has it.
    :raises BuildError: there is none; the text says what to install.
    """
    if kind not in ("auto", *KINDS):
        msg = f"no compiler is called {kind!r}: known are auto, {', '.join(KINDS)}"
        raise BuildError(msg)
    makers = {"zig": _zig, "wasi-sdk": _wasi_sdk, "clang": _clang}
    for name in KINDS if kind == "auto" else (kind,):
        found = makers[name]()
        if found is not None:
            return found
    wanted = "There is no compiler for WebAssembly" if kind == "auto" else f"The compiler {kind!r} is not here"
    msg = (
        f"{wanted}. On any system: pip install 'isobooth-client[wclap-build]' (the package ziglang). On Debian:"
        " apt-get install clang lld wasi-libc libclang-rt-dev-wasm32 libc++-dev-wasm32. Or unpack a"
        " WASI SDK and set WASI_SDK_PATH."
    )
    raise BuildError(msg)


def zig_command() -> tuple[str, ...] | None:
    """Return the command of zig: that of the package ``ziglang``, else one on the path, else None."""
    if importlib.util.find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang")
    found = shutil.which("zig")
    return (found,) if found else None


def _zig() -> Compiler | None:
    zig = zig_command()
    if zig is None:
        return None
    return Compiler("zig", (*zig, "cc", f"--target={TARGET}"), (*zig, "c++", f"--target={TARGET}"))


def _wasi_sdk() -> Compiler | None:
    for name in ("WASI_SDK_PATH", "WASI_SDK_PREFIX"):
        folder = os.environ.get(name)
        if folder and (clang := shutil.which(str(Path(folder, "bin", "clang")))):
            cxx = shutil.which(str(Path(folder, "bin", "clang++"))) or clang
            root = f"--sysroot={Path(folder, 'share', 'wasi-sysroot')}"
            return Compiler("wasi-sdk", (clang, f"--target={TARGET}", root), (cxx, f"--target={TARGET}", root))
    return None


def _clang() -> Compiler | None:
    clang = shutil.which("clang")
    if clang is None or not Path("/usr/include", TARGET).is_dir():
        return None
    cxx = shutil.which("clang++") or clang
    return Compiler("clang", (clang, f"--target={TARGET}"), (cxx, f"--target={TARGET}"))
