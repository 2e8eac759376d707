"""wasmtime's library: where it is, and that it is one that this host knows."""

from __future__ import annotations

import functools
import glob
import importlib.metadata
import importlib.util
import os
import resource

from isobooth.protocol.errors import UnsupportedFormat

from ..._core import ffi, lib
from ...plugin import CData

OLDEST = 48
NEWEST = 50
"""Releases of the ``wasmtime`` package whose C interface is the one that wasmtime.h declares."""
LIBRARY_VARIABLE = "ISOBOOTH_WASMTIME"
"""Environment: the path of a libwasmtime to use instead of the package's."""
MEMORY_VARIABLE = "ISOBOOTH_WCLAP_MEMORY_MIB"
"""Environment: how much memory a plugin may have, in MiB."""
INTERRUPT_VARIABLE = "ISOBOOTH_WCLAP_INTERRUPT_MS"
"""Environment: end calls of plugins that take longer than this (and up to twice as long); 0, the default, ends none.

The supervisor ends a booth that no longer answers in any case; with this the plugin alone dies, but runs slower.
"""
_INSTALL = 'install it: pip install "isobooth-host[wclap]"'
_MEMORY_MIB = 1024
_TABLE_ELEMENTS = 1 << 20
_MOST_MIB = 4096


def open_runtime() -> None:
    """Open wasmtime in this process. Raises UnsupportedFormat that says what to install."""
    path = os.environ.get(LIBRARY_VARIABLE) or find_library()
    wrong = lib.ib_wclap_open(ffi.new("char[]", os.fsencode(path)))
    if wrong != ffi.NULL:
        raise UnsupportedFormat(
            "WCLAP plugins cannot be run: wasmtime's library cannot be used",
            tried=[path],
            cause=ffi.string(wrong).decode("utf-8", "replace"),
            hint=f'reinstall it: pip install --force-reinstall "wasmtime>={OLDEST},<{NEWEST + 1}"',
        )
    # wasmtime handles the faults of its modules: its handlers go behind the host's, and no plugin is to blame for them
    lib.ib_contain_restore()
    lib.ib_contain_take()


def find_library() -> str:
    """The path of the installed package's library. Raises UnsupportedFormat. Imports nothing of the package."""
    found = importlib.util.find_spec("wasmtime")
    if found is None or found.origin is None:
        raise UnsupportedFormat(
            "WCLAP plugins cannot be run: the package 'wasmtime' is not installed", tried=["wasmtime"], hint=_INSTALL
        )
    version = _package_version()
    major = version.partition(".")[0]
    if not major.isdecimal() or not OLDEST <= int(major) <= NEWEST:
        raise UnsupportedFormat(
            f"WCLAP plugins cannot be run: wasmtime {version} is installed, and {OLDEST} to {NEWEST} can be used",
            tried=[found.origin],
            hint=f'install one of those: pip install "wasmtime>={OLDEST},<{NEWEST + 1}"',
        )
    libraries = sorted(glob.glob(os.path.join(glob.escape(os.path.dirname(found.origin)), "*", "*libwasmtime.so")))
    if not libraries:
        raise UnsupportedFormat(
            "WCLAP plugins cannot be run: the package 'wasmtime' has no library for this system",
            tried=[os.path.dirname(found.origin)],
            hint="reinstall it, or give the path of a libwasmtime.so in " + LIBRARY_VARIABLE,
        )
    return libraries[0]


@functools.cache
def _package_version() -> str:
    try:
        return importlib.metadata.version("wasmtime")
    except importlib.metadata.PackageNotFoundError:
        return "of no known version"


def wasmtime_version() -> str:
    """The full version of the library in use. One that the environment names has none: its file stands for it."""
    named = os.environ.get(LIBRARY_VARIABLE)
    if not named:
        return _package_version()
    try:
        status = os.stat(named)
    except OSError:
        return "unknown"
    return f"file-{status.st_dev:x}-{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"


def limits() -> CData:
    """``struct ib_wclap_limits *`` from the environment. A variable that is no number counts as not set."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return ffi.new(
        "struct ib_wclap_limits *",
        {
            "memory_bytes": _number(MEMORY_VARIABLE, _MEMORY_MIB, _MOST_MIB) << 20,
            "table_elements": _TABLE_ELEMENTS,
            "interrupt_ms": _number(INTERRUPT_VARIABLE, 0, 3_600_000),
            "is_bounded": soft != resource.RLIM_INFINITY,
        },
    )


def _number(variable: str, otherwise: int, most: int) -> int:
    text = os.environ.get(variable, "")
    return min(int(text), most) if text.isdecimal() else otherwise
