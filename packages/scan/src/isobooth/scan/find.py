"""Which files and bundles in a folder may be plugins of a format.

Only names are looked at:

=============  ==========================================================  ==================
format         candidate                                                   sub-folders
=============  ==========================================================  ==================
clap           file ``*.clap`` (on Linux a folder of that name is none)    all
vst3           bundle ``*.vst3``, or a single file of that name            all but bundles
lv2            folder that holds ``manifest.ttl``                          none (LV2 bundles)
vst2           file ``*.so``                                               all
ladspa(0)      file ``*.so``                                               none
wclap          bundle ``*.wclap``, file ``*.wclap`` or ``*.wasm``          all but bundles, and
                                                                           ``cache`` at the top
=============  ==========================================================  ==================

Names that begin with ``._`` are what macOS leaves in archives, and skipped.
"""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from isobooth.protocol.descriptors import ScanProblem
from isobooth.protocol.locator import bundle_around

MOST_DEPTH = 32
"""Levels of sub-folders that are searched. No collection is that deep; a mount of a tree in itself can be."""


@dataclass(frozen=True)
class _Shape:
    """What a format's candidates look like from outside."""

    files: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    recurse: bool = True
    skip_at_top: frozenset[str] = frozenset()


_SHAPES: dict[str, _Shape] = {
    "clap": _Shape(files=(".clap",)),
    "vst3": _Shape(files=(".vst3",), bundles=(".vst3",)),
    "lv2": _Shape(recurse=False),
    "vst2": _Shape(files=(".so",)),
    "ladspa": _Shape(files=(".so",), recurse=False),
    "ladspa0": _Shape(files=(".so",), recurse=False),
    "wclap": _Shape(files=(".wclap", ".wasm"), bundles=(".wclap",), skip_at_top=frozenset({"cache"})),
}


def candidates(
    format: str,  # noqa: A002  (the word that users know)
    paths: Iterable[str | os.PathLike[str]],
    problems: list[ScanProblem] | None = None,
) -> Iterator[Path]:
    """Yield the files and bundles in folders that may be plugins of a format, sorted within a folder.

    ``paths`` are folders; a file or bundle of the format among them is a candidate itself, something inside a VST3
    bundle stands for the bundle, and what does not exist is passed over. Every folder is searched once, by whichever of
    its names comes first: loops of links end, and a ``lib64`` that is a link to ``lib`` adds nothing. What cannot be
    looked at (a folder without permission, a broken link, a name that is not UTF-8) is appended to ``problems`` and
    passed over.
    """
    walk = _Walk(format, _SHAPES[format], problems if problems is not None else [])
    for path in paths:
        yield from walk.top(Path(path))


def printable(path: str | os.PathLike[str]) -> str:
    r"""Return a path as text that can be written anywhere: bytes that are not UTF-8 become ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_utf8(path: str | os.PathLike[str]) -> bool:
    """Whether the name can travel in JSON."""
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def may_hold(format: str, path: str | os.PathLike[str]) -> bool:  # noqa: A002  (as above)
    """Whether it is worth a process to look for a format's plugins in a candidate.

    False only for a file that cannot be one: LADSPA and its first proposal share folders and suffix, and a file of the
    latter has a symbol that begins with ``UG_`` (a name in a table of symbols follows a zero byte). It is searched for,
    not loaded. True for what cannot be read: the host then says why.
    """
    if format != "ladspa0":
        return True
    try:
        with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b"\0UG_") >= 0
    except (OSError, ValueError):  # a file of no bytes cannot be mapped
        return True


@dataclass
class _Walk:
    """One search: what it has seen, and what it could not see."""

    format: str
    shape: _Shape
    problems: list[ScanProblem]
    seen: set[tuple[int, int]] = field(default_factory=set)

    def top(self, path: Path) -> Iterator[Path]:
        """Search one of the given paths."""
        try:
            status = path.stat()
        except FileNotFoundError:
            if path.is_symlink():
                self.trouble(path, f"a link to {printable(path.readlink())}, which does not exist")
            return
        except OSError as error:
            self.trouble(path, error.strerror or str(error))
            return
        around = bundle_around(str(path.absolute()))
        if around:
            if self.format == "vst3":
                yield from self.named(Path(around))
        elif stat.S_ISDIR(status.st_mode):
            if self.is_bundle(path):
                yield from self.named(path)
            else:
                yield from self.folder(path, status, depth=0)
        elif path.suffix in self.shape.files and stat.S_ISREG(status.st_mode):
            yield from self.named(path)

    def folder(self, path: Path, status: os.stat_result, depth: int) -> Iterator[Path]:
        """Search a folder unless that has been done."""
        identity = (status.st_dev, status.st_ino)
        if identity in self.seen:
            return
        self.seen.add(identity)
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self.trouble(path, f"the folder cannot be read: {error.strerror}")
            return
        for entry in entries:
            if not entry.name.startswith("._"):
                yield from self.entry(path / entry.name, depth)

    def entry(self, path: Path, depth: int) -> Iterator[Path]:
        """Look at what a folder holds."""
        fits = path.suffix in self.shape.files
        try:
            status = path.stat()
        except OSError as error:
            if path.is_symlink() and isinstance(error, FileNotFoundError):
                reason = f"a link to {printable(path.readlink())}, which does not exist"
            else:
                reason = error.strerror or str(error)
            if fits or path.suffix in self.shape.bundles or self.format == "lv2":
                self.trouble(path, reason)
            return
        if stat.S_ISDIR(status.st_mode):
            if self.is_bundle(path):
                yield from self.named(path)
            elif self.may_descend(path, depth):
                yield from self.folder(path, status, depth + 1)
        elif fits and stat.S_ISREG(status.st_mode):
            yield from self.named(path)
        elif fits:
            self.trouble(path, "neither a file nor a folder, but a pipe, socket or device")

    def is_bundle(self, path: Path) -> bool:
        """Whether a folder is a plugin."""
        if self.format == "lv2":
            return (path / "manifest.ttl").is_file()
        return path.suffix in self.shape.bundles

    def may_descend(self, path: Path, depth: int) -> bool:
        """Whether a sub-folder belongs to the search."""
        if not self.shape.recurse:
            if self.format == "lv2" and path.suffix == ".lv2":
                self.trouble(path, "an LV2 bundle without a manifest.ttl that can be read")
            return False
        if depth == 0 and path.name in self.shape.skip_at_top:
            return False
        if depth >= MOST_DEPTH:
            self.trouble(path, f"more than {MOST_DEPTH} folders deep; not searched")
            return False
        return True

    def named(self, path: Path) -> Iterator[Path]:
        """Yield a candidate whose name can be passed on."""
        if is_utf8(path):
            yield path
        else:
            self.trouble(path, "its name is not UTF-8; rename it to use it")

    def trouble(self, path: Path, reason: str) -> None:
        """Note what could not be looked at."""
        self.problems.append(ScanProblem(path=printable(path), reason=reason, phase="find"))
