"""C files of this folder as WebAssembly, and what else measuring WCLAPs takes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from benchmarks import _compile, _plugins

TESTED = _plugins.ROOT / "packages" / "host" / "tests" / "plugins"
"""Plugins of the tests."""
HOST = _plugins.ROOT / "packages" / "host" / "src" / "isobooth" / "host"


def need() -> None:
    """End the run, saying what to install, where it cannot be measured."""
    for package in ("wasmtime", "ziglang"):
        if importlib.util.find_spec(package) is None:
            sys.exit(f"the package {package} is not installed: pip install {package}")


def module(name: str, folder: Path, *flags: str, sources: Path = _compile.SOURCES) -> Path:
    """<name>.c of a folder of sources compiled to WebAssembly by zig, in ``folder``. Ends the run with zig's words."""
    target = folder / f"{name}.wasm"
    command = [sys.executable, "-m", "ziglang", "cc", "--target=wasm32-wasi", "-mexec-model=reactor", "-std=gnu11"]
    command += ["-O3", "-msimd128", f"-I{HOST}", f"-I{_compile.INCLUDE}", *flags]
    command += ["-Wl,--export=clap_entry", "-Wl,--export=malloc", "-Wl,--export-table", "-Wl,--growable-table"]
    command += ["-Wl,-s", str(sources / f"{name}.c"), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{name}.c does not compile to WebAssembly:\n{done.stderr}")
    return target
