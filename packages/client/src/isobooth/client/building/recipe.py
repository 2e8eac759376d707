"""What is to be compiled: sources and options, checked before any compiler runs; and how its words reach the user."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isobooth.protocol.errors import ArgumentError, IsoboothError

C_SUFFIXES = frozenset({".c"})
CXX_SUFFIXES = frozenset({".cc", ".cpp", ".cxx", ".c++"})

_MOST_WORDS = 6000
"""Characters of a compiler's output that an error shows: the first errors are at the start."""


class BuildError(IsoboothError):
    """A plugin could not be built. The text has the compiler's own words."""


@dataclass(frozen=True)
class Recipe:
    """Sources of one CLAP library with what the compiler is told.

    :param sources: C and C++ files; at least one. One of them defines ``clap_entry`` (clap/entry.h).
    :param include: folders with headers: those of CLAP, for one.
    :param define: macros, ``NAME`` or ``NAME=VALUE``.
    :param optimize: what follows ``-O``: 0 to 3, s, z or fast.
    :param flags: further arguments for the compiler, after all others.
    """

    sources: Sequence[Path]
    include: Sequence[Path] = ()
    define: Sequence[str] = ()
    optimize: str = "3"
    flags: Sequence[str] = ()

    def check(self) -> None:
        """Raise ArgumentError for what no compiler could understand, naming it."""
        if not self.sources:
            msg = "there is nothing to build: name at least one C or C++ source"
            raise ArgumentError(msg)
        for source in self.sources:
            if not source.is_file():
                msg = f"there is no source file {str(source)!r}"
                raise ArgumentError(msg)
            if source.suffix.lower() not in C_SUFFIXES | CXX_SUFFIXES:
                known = " ".join(sorted(C_SUFFIXES | CXX_SUFFIXES))
                msg = f"{str(source)!r} is neither C nor C++ by its name (known are {known})"
                raise ArgumentError(msg)
        for folder in self.include:
            if not folder.is_dir():
                msg = f"there is no folder {str(folder)!r} to take headers from"
                raise ArgumentError(msg)

    @property
    def is_cxx(self) -> bool:
        """Whether a C++ compiler has to link."""
        return any(source.suffix.lower() in CXX_SUFFIXES for source in self.sources)

    def arguments(self) -> list[str]:
        """Return the arguments that every compiler gets, without the sources."""
        return [
            f"-O{self.optimize}",
            "-DNDEBUG",
            *(f"-I{folder}" for folder in self.include),
            *(f"-D{macro}" for macro in self.define),
        ]


def compile_and_link(
    recipe: Recipe,
    cc: Sequence[str],
    cxx: Sequence[str],
    compiling: Sequence[str],
    linking: Sequence[str],
    target: Path,
) -> str:
    """Compile each source and link the objects to ``target``. Returns what the compiler printed (warnings).

    C is compiled as C and C++ as C++, which one command for all could not do with flags of either.
    :raises BuildError: the compiler is not there or says no.
    """
    said = []
    with tempfile.TemporaryDirectory(prefix="isobooth-build-") as folder:
        objects = []
        for number, source in enumerate(recipe.sources):
            obj = Path(folder, f"{number}-{source.stem}.o")
            front = cxx if source.suffix.lower() in CXX_SUFFIXES else cc
            said.append(
                run([*front, "-c", str(source), "-o", str(obj), *compiling, *recipe.arguments(), *recipe.flags])
            )
            objects.append(str(obj))
        front = cxx if recipe.is_cxx else cc
        said.append(run([*front, *objects, "-o", str(target), *linking]))
    return "".join(said)


def run(command: Sequence[str]) -> str:
    """Run a compiler. Returns what it printed; raises BuildError with that and the command."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except OSError as error:
        msg = f"the compiler {command[0]!r} does not start: {error.strerror}"
        raise BuildError(msg) from error
    words = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        shown = (
            words
            if len(words) <= _MOST_WORDS
            else f"{words[:_MOST_WORDS]}\n(… and {len(words) - _MOST_WORDS} characters)"
        )
        msg = f"the compiler ended with {done.returncode}: {' '.join(command)}\n{shown.strip()}{_hint(words)}"
        raise BuildError(msg)
    return words


def _hint(words: str) -> str:
    """What to do about the failures that nearly everybody meets once."""
    if "clap/clap.h" in words or "clap.h" in words:
        return (
            "\nThe headers of CLAP are not found: name their folder with -I (include/ of github.com/free-audio/clap)."
        )
    if "clap_entry" in words:
        return '\nA source has to define clap_entry with external linkage: CLAP_EXPORT (in C++: extern "C") const.'
    return ""
