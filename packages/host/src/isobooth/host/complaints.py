"""What a library prints on standard error, for who has no other way to learn what is wrong with a file.

A process that describes files may die meanwhile. The one that watches it then still has what was printed: both share
the file in memory that it goes to, and the place up to which it is written.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_BYTES = 1 << 20
"""What is printed beyond is lost: who prints without end must not fill a disk, or the memory."""
_MOST_RESCUED = 4096

_shared = -1
"""Where collected() keeps what it collects; -1: in a file of its own."""


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the lines that are printed in a with-block, each once; the list is filled when the block ends.

    Raises OSError where there is no memory for them.
    """
    found: list[str] = []
    fd = os.dup(_shared) if _shared >= 0 else _file()
    try:
        before = os.dup(2)
        os.dup2(fd, 2)
        try:
            yield found
        finally:
            os.dup2(before, 2)
            os.close(before)
        lines = _written(fd).decode("utf-8", "replace").splitlines()
        found += dict.fromkeys(line.strip() for line in lines if line.strip())
        os.lseek(fd, 0, os.SEEK_SET)
    finally:
        os.close(fd)


@contextmanager
def rescued() -> Iterator[None]:
    """Print the last that a process, forked in the with-block, was collecting when it died."""
    global _shared
    fd = _shared = _file()
    try:
        yield
        left = _written(fd)[-_MOST_RESCUED:]
        if left:
            os.write(2, left)
    finally:
        _shared = -1
        os.close(fd)


def _file() -> int:
    """Make a file in memory that does not grow; one on disk where there is none (Pythons made for old C libraries)."""
    try:
        fd = os.memfd_create("complaints", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except (AttributeError, OSError):
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    os.ftruncate(fd, _MOST_BYTES)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    return fd


def _written(fd: int) -> bytes:
    return os.pread(fd, min(os.lseek(fd, 0, os.SEEK_CUR), _MOST_BYTES), 0)
