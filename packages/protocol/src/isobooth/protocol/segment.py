"""Shared-memory objects: made by the client, unlinked as soon as the host has mapped them.

Names hold the maker's process id and 128 random bits. Memory is taken from the kernel at once, so that a full
/dev/shm is an error here and not a signal later.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

import posix_ipc

from .errors import SegmentError

PREFIX = "isobooth-"
_SHM_FOLDER = Path("/dev/shm")
_STALE_SECONDS = 60.0


def _map(fd: int, size: int) -> mmap.mmap:
    if sys.version_info >= (3, 13):
        return mmap.mmap(fd, size, trackfd=False)
    return mmap.mmap(fd, size)


class Segment:
    """One mapped shared-memory object. Zeroed when new."""

    def __init__(self, name: str, memory: mmap.mmap) -> None:
        self.name = name
        self.memory = memory
        self._linked = True

    @classmethod
    def create(cls, size: int) -> Segment:
        """Make and map a new object of ``size`` bytes (at least 1), readable by this user alone.

        Raises SegmentError, which says how much was asked for and what the system said.
        """
        name = f"/{PREFIX}{os.getpid()}-{secrets.token_hex(16)}"
        try:
            shared = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, mode=0o600)
        except (posix_ipc.Error, OSError) as error:
            raise SegmentError(
                f"shared memory could not be created: {error} - is /dev/shm there and writable?"
            ) from error
        try:
            os.posix_fallocate(shared.fd, 0, size)
            memory = _map(shared.fd, size)
        except (OSError, ValueError, OverflowError) as error:
            shared.unlink()
            raise SegmentError(
                f"{size} bytes of shared memory are not to be had: {error} - make /dev/shm larger, or load with fewer"
                " slots, a smaller block_size or event_bytes"
            ) from error
        finally:
            shared.close_fd()
        return cls(name, memory)

    @classmethod
    def attach(cls, name: str) -> Segment:
        """Map an object that another process made. Raises SegmentError."""
        if not name.strip("/") or "\0" in name or not name.isascii():  # posix_ipc crashes on some of these
            raise SegmentError(f"{name!r} is no name of shared memory")
        try:
            shared = posix_ipc.SharedMemory(name)
        except (posix_ipc.Error, OSError, ValueError) as error:
            raise SegmentError(f"there is no shared memory called {name!r}: {error}") from error
        try:
            memory = _map(shared.fd, os.fstat(shared.fd).st_size)
        except (OSError, ValueError) as error:
            raise SegmentError(f"shared memory {name!r} could not be mapped: {error}") from error
        finally:
            shared.close_fd()
        return cls(name, memory)

    def unlink(self) -> None:
        """Take the name away; mappings stay. A second call, or one after the other side's, does nothing."""
        if self._linked:
            self._linked = False
            with contextlib.suppress(posix_ipc.ExistentialError):
                posix_ipc.unlink_shared_memory(self.name)

    def close(self) -> None:
        """Unlink and unmap. While arrays still look at the memory, it stays mapped until the last of them is gone."""
        self.unlink()
        with contextlib.suppress(BufferError):
            self.memory.close()


def sweep() -> list[str]:
    """Unlink what clients that are gone have left behind between making an object and their host's mapping it.

    Only objects of this user, older than a minute, whose maker is no longer there. Returns their names.
    """
    return _sweep("*", lambda maker, age: age >= _STALE_SECONDS and not Path("/proc", maker).exists())


def sweep_after(maker: int) -> list[str]:
    """Unlink whatever the process ``maker``, which has ended, left behind. Returns the names."""
    return _sweep(f"{maker}-*", lambda _maker, _age: True)


def _sweep(pattern: str, is_stale: Callable[[str, float], bool]) -> list[str]:
    swept = []
    for path in _SHM_FOLDER.glob(PREFIX + pattern):
        maker = path.name.removeprefix(PREFIX).partition("-")[0]
        try:
            status = path.stat()
            if status.st_uid != os.getuid() or not maker.isdecimal():
                continue
            if not is_stale(maker, time.time() - status.st_mtime):
                continue
            path.unlink()
        except OSError:
            continue  # gone meanwhile, or not ours to look at
        swept.append(path.name)
    return swept
