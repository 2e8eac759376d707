"""C files of this folder as WebAssembly, and what else measuring WCLAPs takes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from benchmarks import _compile, _plugins
from isobooth.client import building
from isobooth.client.building.bundle import COMPILING, LINKING
from isobooth.client.building.recipe import compile_and_link

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
    options = ["-std=gnu11", *flags]
    recipe = building.Recipe([sources / f"{name}.c"], [HOST, Path(_compile.INCLUDE)], flags=options)
    try:
        zig = building.find_compiler("zig")
        compile_and_link(recipe, zig.cc, zig.cxx, COMPILING, LINKING, target)
    except building.BuildError as error:
        sys.exit(f"{name}.c does not compile to WebAssembly: {error}")
    return target
