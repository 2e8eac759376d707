"""``isobooth wclap build``: CLAP sources in, a WCLAP bundle out; the native CLAP too, if wanted."""

from __future__ import annotations

import argparse
from pathlib import Path

from isobooth.client.building import Recipe, build_bundle, build_native, cmake_folder, find_compiler
from isobooth.client.building.compilers import KINDS

from .exit_codes import ExitCode
from .output import print_error

HELP = "build CLAP sources (C, C++) into a WebAssembly bundle"
DESCRIPTION = (
    "Compile C and C++ sources of a CLAP plugin into a WCLAP bundle, on Linux, macOS and Windows. The compiler is zig"
    " (the package ziglang), a WASI SDK or clang with wasi-libc, whichever is there."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command can be told."""
    parser.add_argument("sources", nargs="*", type=Path, metavar="SOURCE", help="C and C++ files")
    parser.add_argument("-o", "--output", type=Path, metavar="BUNDLE", help="Name.wclap, or Name.wclap.tar.gz")
    parser.add_argument("-I", dest="include", action="append", default=[], type=Path, metavar="FOLDER", help="headers")
    parser.add_argument("-D", dest="define", action="append", default=[], metavar="NAME[=VALUE]", help="macro")
    parser.add_argument("-O", dest="optimize", default="3", metavar="LEVEL", help="0 to 3, s, z, fast (default: 3)")
    parser.add_argument(
        "--flag", dest="flags", action="append", default=[], metavar="FLAG", help="one more for the compiler"
    )
    parser.add_argument(
        "--resources", type=Path, metavar="FOLDER", help="its content goes into the bundle: pages, presets"
    )
    parser.add_argument("--compiler", default="auto", choices=("auto", *KINDS), help="default: the first that is here")
    parser.add_argument("--native", type=Path, metavar="CLAP", help="build Name.clap from the same sources as well")
    parser.add_argument("--target", metavar="TRIPLE", help="the native CLAP's machine, as aarch64-linux-gnu (with zig)")
    parser.add_argument(
        "--cmake-folder", action="store_true", help="print the folder of Wclap.cmake, and do nothing else"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    if options.cmake_folder:
        print(cmake_folder())
        return ExitCode.OK
    if options.output is None and options.native is None:
        print_error(
            "nothing to write: name a bundle with -o Name.wclap, a native plugin with --native Name.clap, or both"
        )
        return ExitCode.USAGE
    if options.target is not None and options.native is None:
        print_error("--target is for a native plugin, and none is asked for: add --native Name.clap")
        return ExitCode.USAGE
    recipe = Recipe(options.sources, options.include, options.define, options.optimize, options.flags)
    if options.output is not None:
        said = build_bundle(
            recipe, options.output, resources=options.resources, compiler=find_compiler(options.compiler)
        )
        _tell(said, options.output)
    if options.native is not None:
        said = build_native(recipe, options.native, triple=options.target)
        _tell(said, options.native)
    return ExitCode.OK


def _tell(said: str, path: Path) -> None:
    """The compiler's warnings, and what was built."""
    if said.strip():
        print_error(f"the compiler says:\n{said.strip()}")
    print(path)
