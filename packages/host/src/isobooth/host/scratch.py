"""Temporary folders of booths, which are gone with them however they end.

A folder is called ``isobooth-<process>-<random>`` (those elsewhere than among temporary files begin with another word)
and is locked (flock(2)) as long as its process lives: the kernel takes the lock back when that is killed. So whoever
gets the lock knows that nobody needs the folder any more. A warm host looks for those of a booth that has not ended
well; any booth that needs a folder first removes what was left by others, of this user, in earlier sessions. The lock
also keeps cleaners such as systemd-tmpfiles(8) away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

_WORD = "isobooth"
_NEW_SECONDS = 60.0
"""A younger folder may be one that its process is about to lock."""

_held: dict[str, int] = {}
"""Folders of this process, and the descriptors that lock them."""


def make_folder(above: str = "", word: str = _WORD) -> str:
    """A new folder, for this user alone, in ``above`` or where temporary files go. Raises OSError."""
    import tempfile  # few booths need it

    sweep(above=above, word=word)
    path = tempfile.mkdtemp(prefix=f"{word}-{os.getpid()}-", dir=above or None)
    try:
        _held[path] = _locked(path)
    except OSError:
        os.rmdir(path)
        raise
    return path


def remove_folder(path: str) -> None:
    """Remove one that ``make_folder`` gave, with all that is in it. A second call does nothing."""
    fd = _held.pop(path, -1)
    if fd >= 0:
        _remove(path, fd)


def remove_folders() -> None:
    """Remove all of this process."""
    for path in list(_held):
        remove_folder(path)


def sweep(ended: int = 0, above: str = "", word: str = _WORD) -> list[str]:
    """Remove what processes of this user that were killed have left, or at once what ``ended``, a process, has left.

    ``above`` and ``word`` are as for ``make_folder``. Returns the paths of the folders. Folders that cannot be looked
    at or removed stay.
    """
    import tempfile

    above = above or tempfile.gettempdir()
    wanted = f"{word}-{ended}-" if ended else f"{word}-"
    swept = []
    with contextlib.suppress(OSError), os.scandir(above) as entries:
        for entry in entries:
            if not entry.name.startswith(wanted) or not _maker(entry.name, word):
                continue
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                is_old = ended > 0 or time.time() - found.st_mtime >= _NEW_SECONDS
                if found.st_uid == os.getuid() and entry.is_dir(follow_symlinks=False) and is_old:
                    _remove(entry.path, _locked(entry.path))
                    swept.append(entry.path)
    return swept


def _maker(name: str, word: str) -> int:
    """The process in a folder's name, 0 if it is none of ours."""
    maker, dash, rest = name.removeprefix(f"{word}-").partition("-")
    return int(maker) if dash and rest and maker.isascii() and maker.isdecimal() else 0


def _remove(path: str, lock: int) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):  # plugins close what is not theirs
        os.close(lock)


def _locked(path: str) -> int:
    """A descriptor that locks a folder. Raises OSError where another process does."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd
