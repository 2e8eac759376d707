"""The native CLAP of the same sources: for this machine, or with zig for another."""

from __future__ import annotations

import plistlib
import shutil
import sys
import tempfile
from pathlib import Path

from isobooth.protocol.errors import ArgumentError

from .compilers import zig_command
from .recipe import BuildError, Recipe, compile_and_link

COMPILING = ("-fPIC", "-fvisibility=hidden")


def build_native(recipe: Recipe, target: Path, *, triple: str | None = None) -> str:
    """Build sources into ``target``, a native ``Name.clap``: a library, on macOS a bundle (clap/entry.h).

    :param triple: zig's name of the machine that it is for, as ``aarch64-linux-gnu``, ``x86_64-windows``,
        ``aarch64-macos``; None: this machine, with zig where it is, else the compiler ``cc``.
    :returns: what the compiler printed; its warnings.
    :raises ArgumentError: sources or target make no sense.
    :raises BuildError: no compiler, or it says no.
    """
    recipe.check()
    if target.suffix != ".clap":
        msg = f"a CLAP is called Name.clap, not {target.name!r}"
        raise ArgumentError(msg)
    cc, cxx = _commands(triple)
    system = _system(triple)
    if target.is_dir() and not (target / "Contents" / "MacOS").is_dir():
        msg = f"{str(target)!r} is there and is a folder, but no CLAP of macOS"
        raise ArgumentError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    compiling = tuple(flag for flag in COMPILING if system != "windows" or flag != "-fPIC")
    linking = {"macos": ("-dynamiclib",), "windows": ("-shared", "-s")}.get(system, ("-shared", "-lm", "-s"))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        fresh = Path(folder, target.name)
        library = _mac_bundle(fresh, target.stem) if system == "macos" else fresh
        said = compile_and_link(recipe, cc, cxx, compiling, linking, library)
        if target.is_dir():
            shutil.rmtree(target)
        fresh.replace(target)
    return said


def _commands(triple: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    zig = zig_command()
    if zig is not None:
        where = () if triple is None else (f"--target={triple}",)
        portable = (*where, "-mcpu=baseline")  # or zig builds for the very processor of this machine
        return (*zig, "cc", *portable), (*zig, "c++", *portable)
    if triple is not None:
        msg = f"only zig builds for other machines ({triple}): pip install 'isobooth-client[wclap-build]'"
        raise BuildError(msg)
    cc, cxx = shutil.which("cc"), shutil.which("c++")
    if cc is None:
        msg = "there is no compiler: neither the package ziglang (pip install 'isobooth-client[wclap-build]') nor a cc"
        raise BuildError(msg)
    return (cc,), (cxx or cc,)


def _system(triple: str | None) -> str:
    if triple is None:
        return {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    parts = triple.split("-")
    return next(
        (name for name in ("macos", "windows", "linux") if len(parts) > 1 and parts[1].startswith(name)), "linux"
    )


def _mac_bundle(bundle: Path, name: str) -> Path:
    """Make the folders and the property list of a macOS bundle; returns where its library goes."""
    (bundle / "Contents" / "MacOS").mkdir(parents=True)
    described = {
        "CFBundleName": name,
        "CFBundleExecutable": name,
        "CFBundleIdentifier": f"clap.{name}",
        "CFBundlePackageType": "BNDL",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleVersion": "1.0",
    }
    with (bundle / "Contents" / "Info.plist").open("wb") as stream:
        plistlib.dump(described, stream)
    (bundle / "Contents" / "PkgInfo").write_text("BNDL????", encoding="ascii")
    return bundle / "Contents" / "MacOS" / name
