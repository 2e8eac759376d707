"""Building CLAP sources into plugins: a WCLAP bundle (WebAssembly), and the native CLAP of the same source.

Authors use it, beside the command ``isobooth wclap build`` and the CMake module whose folder ``cmake_folder`` names.
It needs a compiler for WebAssembly: the package ``ziglang`` (extra ``wclap-build``) on any system, clang with
wasi-libc, or a WASI SDK.
"""

from __future__ import annotations

from pathlib import Path

from .bundle import build_bundle
from .compilers import Compiler, find_compiler
from .native import build_native
from .recipe import BuildError, Recipe

__all__ = ["BuildError", "Compiler", "Recipe", "build_bundle", "build_native", "cmake_folder", "find_compiler"]


def cmake_folder() -> Path:
    """Return the folder of ``Wclap.cmake``, for ``list(APPEND CMAKE_MODULE_PATH …)`` and ``include(Wclap)``."""
    return Path(__file__).resolve().parent
