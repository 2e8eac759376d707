"""The file of the cache: an index that is read at once, and pieces behind it that are read one by one.

    magic (with the version)  checksum of the index  length of the index  index  pieces

A store keeps its file open, so that pieces can still be read when the file has been replaced. Everything is checked
when it is read: what is damaged is found out again, never believed.
"""

from __future__ import annotations

import os
import stat
import struct
import tempfile
import weakref
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

VERSION = 3
"""Changes when anything in the file changes its meaning; a file of another version counts as empty."""

MOST_BYTES = 1 << 30
"""Longest index or piece that is read."""

_NAME = b"isobooth scan cache "
_MAGIC = _NAME + b"%d\n" % VERSION
_HEAD = struct.Struct(f"<{len(_MAGIC)}sIQ")


class Damaged(Exception):
    """What was read is not what was written. The text says more, as the end of a sentence."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a piece is."""

    offset: int
    """From the end of the index."""
    length: int
    check: int


class Store:
    """A file that is open for reading."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises OSError, or Damaged if that is none or too long."""
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would have us wait
        weakref.finalize(self, os.close, self._handle)
        self._pieces = 0
        if not stat.S_ISREG(os.fstat(self._handle).st_mode):
            raise Damaged("it is no file")

    def index(self) -> bytes:
        """Return the index; nothing if the file is of another version. Raises OSError or Damaged."""
        head = os.pread(self._handle, _HEAD.size, 0)
        if not head.startswith(_MAGIC):
            if head.startswith(_NAME):
                return b""
            raise Damaged("it does not begin as one")
        if len(head) < _HEAD.size:
            raise Damaged("it is cut off")
        _, check, length = _HEAD.unpack(head)
        self._pieces = _HEAD.size + length
        return self._read(_HEAD.size, length, check)

    def piece(self, place: Place) -> bytes:
        """Return a piece. Raises OSError or Damaged."""
        if place.offset < 0:
            raise Damaged("a place in it cannot be")
        return self._read(self._pieces + place.offset, place.length, place.check)

    def _read(self, offset: int, length: int, check: int) -> bytes:
        if not 0 <= length <= MOST_BYTES or offset + length > os.fstat(self._handle).st_size:
            raise Damaged("it is cut off")
        data = os.pread(self._handle, length, offset)
        if len(data) != length or zlib.crc32(data) != check:
            raise Damaged("it is damaged")
        return data


class Pieces:
    """Pieces that are going to be written, one behind the other."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._length = 0

    def add(self, part: bytes) -> Place:
        """Take a piece; return where it is going to be."""
        place = Place(self._length, len(part), zlib.crc32(part))
        self.parts.append(part)
        self._length += len(part)
        return place


def write(path: Path, index: bytes, pieces: Iterable[bytes]) -> None:
    """Replace a file as a whole. Raises OSError, and then it is as it was."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".catalogue-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_HEAD.pack(_MAGIC, zlib.crc32(index), len(index)))
            file.write(index)
            file.writelines(pieces)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
