"""A WCLAP bundle of CLAP sources: module.wasm and the files that belong to it."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path

from isobooth.protocol.errors import ArgumentError

from .compilers import Compiler, find_compiler
from .recipe import BuildError, Recipe, compile_and_link

MODULE = "module.wasm"

COMPILING = ("-msimd128", "-fvisibility=hidden")
"""SIMD is in every host: browsers and wasmtime have it switched on."""

CXX_COMPILING = ("-fno-exceptions", "-fno-rtti")
"""The C++ libraries for WASI are built without exceptions."""

LINKING = (
    "-mexec-model=reactor",  # _initialize instead of main: constructors run, and then the host calls in
    "-Wl,--export=clap_entry",
    "-Wl,--export=malloc",  # the host puts its arguments into the plugin's memory
    "-Wl,--export-table",  # and its functions into the plugin's table, which has to grow for them
    "-Wl,--growable-table",
    "-Wl,-z,stack-size=1048576",  # as much with every linker: the 64 KiB of LLVM's are too few for many a native source
    "-Wl,-s",
)

STACK_FIRST = "-Wl,--stack-first"
"""What is too deep shall be a crash, not other data in the plugin's variables. zig does so unasked."""


def build_bundle(
    recipe: Recipe,
    target: Path,
    *,
    resources: Path | None = None,
    compiler: Compiler | None = None,
) -> str:
    """Build sources into ``target``: a folder ``Name.wclap``, or with that suffix ``Name.wclap.tar.gz``, its archive.

    :param target: where the bundle goes. What is there already is replaced once the new one is whole; a folder that is
        no bundle is never touched.
    :param resources: a folder whose content goes beside the module: pages, presets, samples.
    :param compiler: default: ``find_compiler()``.
    :returns: what the compiler printed; its warnings.
    :raises ArgumentError: sources, resources or target make no sense.
    :raises BuildError: no compiler, or it says no.
    """
    recipe.check()
    is_archive = target.name.endswith(".wclap.tar.gz")
    if not is_archive and target.suffix != ".wclap":
        msg = f"a bundle is called Name.wclap or Name.wclap.tar.gz, not {target.name!r}"
        raise ArgumentError(msg)
    _check_target(target, is_archive=is_archive)
    if resources is not None:
        _check_resources(resources)
    used = compiler or find_compiler()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        fresh = Path(folder, target.name.removesuffix(".tar.gz"))
        if resources is not None:
            shutil.copytree(resources, fresh, symlinks=False)
        fresh.mkdir(exist_ok=True)
        said = _compile(recipe, used, fresh / MODULE)
        if is_archive:
            packed = Path(folder, target.name)
            _pack(fresh, packed)
            packed.replace(target)
        else:
            _exchange(fresh, target, Path(folder))
    return said


def _check_target(target: Path, *, is_archive: bool) -> None:
    if not target.exists():
        return
    if is_archive and not target.is_file():
        msg = f"{str(target)!r} is there and is no file"
        raise ArgumentError(msg)
    if not is_archive and not (target / MODULE).is_file():
        msg = f"{str(target)!r} is there and is no bundle: it holds no {MODULE}"
        raise ArgumentError(msg)


def _check_resources(resources: Path) -> None:
    if not resources.is_dir():
        msg = f"there is no folder {str(resources)!r} to take the bundle's other files from"
        raise ArgumentError(msg)
    if (resources / MODULE).exists():
        msg = f"{str(resources / MODULE)!r} would be overwritten by the module that is built"
        raise ArgumentError(msg)


def _compile(recipe: Recipe, compiler: Compiler, module: Path) -> str:
    cxx = (*compiler.cxx, *CXX_COMPILING)
    linking = LINKING if compiler.kind == "zig" else (*LINKING, STACK_FIRST)
    said = compile_and_link(recipe, compiler.cc, cxx, COMPILING, linking, module)
    if not module.is_file():
        msg = f"the compiler {compiler.cc[0]!r} said nothing and made no {MODULE}"
        raise BuildError(msg)
    module.chmod(0o644)  # linkers make it a program, which it is not
    return said


def _pack(folder: Path, archive: Path) -> None:
    """Write a bundle's archive. Owner and times are left out, so that the same content gives the same members."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if Path(member.name).name.startswith("._"):
            return None  # what macOS keeps beside files
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name, filter=plain)


def _exchange(fresh: Path, target: Path, folder: Path) -> None:
    """Put the new bundle in the place of the old one; if that fails, the old one is back."""
    old = folder / "old"
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
