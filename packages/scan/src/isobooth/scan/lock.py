"""A lock between processes, for the moment in which one of them writes the cache."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.01


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file in a with-block; the file is made where there is none, and stays.

    Where the file system has no locks, or another process does not let go of it, the block runs without: the cache is
    replaced as a whole, so that at worst something is found out twice. Raises OSError where the file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOOK_SECONDS)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(handle)
