"""Test plugins compiled to WebAssembly with zig, which the package ``ziglang`` brings: the same C as natively."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
_ZIG_CACHE = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(Path.home() / ".cache" / "zig")
"""zig compiles its C library once and keeps it here; tests that move XDG_CACHE_HOME must not make it do so again."""
os.environ["WCLAP_CACHE_DIR"] = tempfile.mkdtemp(prefix="isobooth-test-cache-")
"""Nothing of a test may end up in the cache of whoever runs it, nor come from there."""
_made: dict[tuple[str, ...], Path] = {}


def need_wclap() -> None:
    """Skip where wasmtime or zig are not installed, or fail where everything must be there (CI=true)."""
    for package in ("wasmtime", "ziglang"):
        if importlib.util.find_spec(package) is None:
            reason = f"the package {package} is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)


def built(name: str, folder: Path, *flags: str, growable: bool = True, source: Path | None = None) -> Path:
    """A test plugin as a module; compiled once for each set of flags."""
    need_wclap()
    key = (name, str(growable), *flags)
    if key not in _made:
        target = folder / f"{name}-{len(_made)}.wasm"
        command = [sys.executable, "-m", "ziglang", "cc", "--target=wasm32-wasi", "-mexec-model=reactor", "-std=gnu11"]
        command += ["-D_GNU_SOURCE", "-O2", "-msimd128", "-Wall", "-Wextra", "-Werror", "-D_WASI_EMULATED_SIGNAL"]
        command += [f"-I{HERE.parent / 'src' / 'isobooth' / 'host'}", f"-I{HERE / 'plugins'}"]
        command += ["-include", str(HERE / "plugins" / "wasm.h")]
        command += [
            f"-Wl,--export={symbol}" for symbol in ("clap_entry", "malloc") if f"-Wno-export-{symbol}" not in flags
        ]
        command += ["-Wl,--export-table", *(["-Wl,--growable-table"] if growable else []), "-Wl,-s"]
        command += [flag for flag in flags if not flag.startswith("-Wno-export-")]
        command += [str(source or HERE / "plugins" / f"{name}.c"), "-o", str(target), "-lwasi-emulated-signal"]
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": _ZIG_CACHE}
        subprocess.run(command, check=True, timeout=300, env=environment)
        _made[key] = target
    return _made[key]
