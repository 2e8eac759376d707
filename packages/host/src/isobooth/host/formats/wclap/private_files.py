"""Files that decide what this process executes: read and written so that nobody else can have a hand in them."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotPrivate(Exception):
    """A folder or file could be somebody else's work. The text is a clause about it."""


class PrivateFolder:
    """A folder that only this user may write to, held open: what happens to its path later has no effect.

    Use it in a with-block. Raises OSError or NotPrivate. ``make`` makes it, and the folders above it, where they lack.
    """

    def __init__(self, path: Path, *, make: bool) -> None:
        self.path = path
        if make:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _check_owner(os.fstat(self._fd))
        except NotPrivate:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        """The folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        os.close(self._fd)

    def names(self) -> list[str]:
        """What is in it, sorted."""
        return sorted(os.listdir(self._fd))

    def stat(self, name: str) -> os.stat_result:
        """Of the file itself, never of what a link leads to. Raises OSError."""
        return os.stat(name, dir_fd=self._fd, follow_symlinks=False)

    def read(self, name: str, most: int) -> bytes:
        """The whole of a file of at most ``most`` bytes. Raises OSError or NotPrivate; waits for nothing."""
        return read_regular(name, most, dir_fd=self._fd, private=True)

    def write(self, name: str, data: bytes) -> None:
        """Put a file there at once and whole, or not at all; it is on the disk then. Raises OSError."""
        scratch = f".new-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(scratch, flags, 0o600, dir_fd=self._fd)
        try:
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.rename(scratch, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError:
            self.remove(scratch)
            raise
        with contextlib.suppress(OSError):  # not every file system can; the file is there all the same
            os.fsync(self._fd)

    def write_once(self, name: str, data: bytes) -> None:
        """As ``write``, but the file of whoever was first stays."""
        scratch = f".new-{secrets.token_hex(8)}"
        self.write(scratch, data)
        try:
            os.link(scratch, name, src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links: the last one stays, and who was earlier notices
            os.rename(scratch, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            return
        self.remove(scratch)

    def touch(self, name: str) -> None:
        """Set its time to now, if it can be set."""
        with contextlib.suppress(OSError):
            os.utime(name, dir_fd=self._fd, follow_symlinks=False)

    def remove(self, name: str) -> bool:
        """Remove a file or link. False if that did not work."""
        try:
            os.unlink(name, dir_fd=self._fd)
        except OSError:
            return False
        return True


def read_regular(name: str, most: int, *, dir_fd: int | None = None, private: bool) -> bytes:
    """The whole of a regular file that is no link. Raises OSError or NotPrivate.

    With ``private``, only this user may be able to write to it. Bytes are read, never mapped: a mapped file that
    someone makes shorter kills whoever looks at it.
    """
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=dir_fd)
    with os.fdopen(fd, "rb") as stream:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivate("is no regular file")
        if private:
            _check_owner(status)
        if status.st_size > most:
            raise NotPrivate(f"is larger than {most} bytes")
        data = stream.read(most + 1)
    if len(data) > most:
        raise NotPrivate(f"is larger than {most} bytes")
    return data


def _check_owner(status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise NotPrivate("belongs to another user")
    if status.st_mode & _OTHERS_WRITE:
        raise NotPrivate("can be written to by others (chmod go-w)")
