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
wclap          bundle ``*.wclap``, file ``*.wclap`` or ``*.wasm``,         all but bundles, and
               archive ``*.wclap.tar.gz`` or ``*.wclap.tgz``               ``cache`` at the top
=============  ==========================================================  ==================

Bundles of other formats are not searched. Names that begin with ``._`` are what macOS leaves in archives, and skipped.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from isobooth.protocol.descriptors import ScanProblem
from isobooth.protocol.locator import ARCHIVES, bundle_around

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
    "wclap": _Shape(files=(".wclap", ".wasm", *ARCHIVES), bundles=(".wclap",), skip_at_top=frozenset({"cache"})),
}


_BUNDLE_FOLDERS = {".vst3": "vst3", ".lv2": "lv2", ".wclap": "wclap"}


class Candidate(NamedTuple):
    """A file or bundle that may be a plugin."""

    path: str
    status: os.stat_result | None
    """What stat() says of it, where the search had to ask."""


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
    for one in walk(format, paths, problems):
        yield Path(one.path)


def walk(
    format: str,  # noqa: A002  (as above)
    paths: Iterable[str | os.PathLike[str]],
    problems: list[ScanProblem] | None = None,
) -> Iterator[Candidate]:
    """As ``candidates``, with what the search has learnt of each on its way."""
    search = _Walk(format, _SHAPES[format], problems if problems is not None else [])
    for path in paths:
        yield from search.top(os.fspath(path))


def printable(path: str | os.PathLike[str]) -> str:
    r"""Return a path as text that can be written anywhere: bytes that are not UTF-8 become ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_utf8(path: str | os.PathLike[str]) -> bool:
    """Whether the name can travel in JSON."""
    text = os.fspath(path)
    if text.isascii():
        return True
    try:
        os.fsencode(text).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class _Walk:
    """One search: what it has seen, and what it could not see. Paths are text: a Path for each would take longer."""

    format: str
    shape: _Shape
    problems: list[ScanProblem]
    seen: set[tuple[int, int]] = field(default_factory=set)

    def top(self, path: str) -> Iterator[Candidate]:
        """Search one of the given paths."""
        try:
            status = os.stat(path)  # noqa: PTH116  (see the class)
        except FileNotFoundError:
            if os.path.islink(path):  # noqa: PTH114
                self.trouble(path, _broken(path))
            return
        except OSError as error:
            self.trouble(path, error.strerror or str(error))
            return
        around = bundle_around(os.path.abspath(path))  # noqa: PTH100
        if around:
            if self.format == "vst3":
                yield from self.named(around, None)
        elif stat.S_ISDIR(status.st_mode):
            if self.is_bundle(path):
                yield from self.named(path, status)
            elif not self.is_of_others(path):
                yield from self.folder(path, status, depth=0)
        elif _suffix(path) in self.shape.files and stat.S_ISREG(status.st_mode):
            yield from self.named(path, status)

    def folder(self, path: str, status: os.stat_result, depth: int) -> Iterator[Candidate]:
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
                yield from self.entry(entry, depth)

    def entry(self, entry: os.DirEntry[str], depth: int) -> Iterator[Candidate]:
        """Look at what a folder holds."""
        suffix = _suffix(entry.name)
        fits = suffix in self.shape.files
        try:
            if not fits and entry.is_file(follow_symlinks=False):
                return
            status = entry.stat()
        except OSError as error:
            if fits or suffix in self.shape.bundles or self.format == "lv2":
                is_broken = isinstance(error, FileNotFoundError) and entry.is_symlink()
                self.trouble(entry.path, _broken(entry.path) if is_broken else error.strerror or str(error))
            return
        if stat.S_ISDIR(status.st_mode):
            if self.is_bundle(entry.path):
                yield from self.named(entry.path, status)
            elif self.may_descend(entry.path, depth):
                yield from self.folder(entry.path, status, depth + 1)
        elif fits and stat.S_ISREG(status.st_mode):
            yield from self.named(entry.path, status)
        elif fits:
            self.trouble(entry.path, "neither a file nor a folder, but a pipe, socket or device")

    def is_bundle(self, path: str) -> bool:
        """Whether a folder is a plugin."""
        if self.format == "lv2":
            return os.path.isfile(f"{path}/manifest.ttl")  # noqa: PTH113
        return _suffix(path) in self.shape.bundles

    def is_of_others(self, path: str) -> bool:
        """Whether a folder is a bundle of another format: what lies in it is no plugin of this one."""
        return _BUNDLE_FOLDERS.get(_suffix(path), self.format) != self.format

    def may_descend(self, path: str, depth: int) -> bool:
        """Whether a sub-folder belongs to the search."""
        if not self.shape.recurse:
            if self.format == "lv2" and _suffix(path) == ".lv2":
                self.trouble(path, "an LV2 bundle without a manifest.ttl that can be read")
            return False
        if self.is_of_others(path) or (depth == 0 and os.path.basename(path) in self.shape.skip_at_top):  # noqa: PTH119
            return False
        if depth >= MOST_DEPTH:
            self.trouble(path, f"more than {MOST_DEPTH} folders deep; not searched")
            return False
        return True

    def named(self, path: str, status: os.stat_result | None) -> Iterator[Candidate]:
        """Yield a candidate whose name can be passed on."""
        if is_utf8(path):
            yield Candidate(path, status)
        else:
            self.trouble(path, "its name is not UTF-8; rename it to use it")

    def trouble(self, path: str, reason: str) -> None:
        """Note what could not be looked at."""
        self.problems.append(ScanProblem(path=printable(path), reason=reason, phase="find"))


def _suffix(path: str) -> str:
    suffix = os.path.splitext(path)[1]  # noqa: PTH122  (as above)
    if suffix in {".gz", ".tgz"}:
        return next((archive for archive in ARCHIVES if path.endswith(archive)), suffix)
    return suffix


def _broken(path: str) -> str:
    try:
        return f"a link to {printable(os.readlink(path))}, which does not exist"  # noqa: PTH115
    except OSError as error:  # it has gone, too
        return error.strerror or str(error)
