"""Looking for preset files in the folders that a plugin names, which may be anybody's: bounded in all directions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from ..shared.warnings import Warn
from .preset_load import sendable

DEPTH = 16
"""Folders within folders that are looked into."""
MOST_ENTRIES = 200_000
"""Files and folders that are looked at, for all locations together."""
SECONDS = 10.0
"""How long all of it may take, reading the presets included."""


class Crawl:
    """Finds files. What is left out because of a bound is said once."""

    def __init__(self, warn: Warn, *, depth: int = DEPTH, most: int = MOST_ENTRIES, seconds: float = SECONDS) -> None:
        self._warn = warn
        self._depth = depth
        self._most = most
        self._left = most
        self._over = False
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def files(self, start: str, extensions: set[str]) -> Iterator[str]:
        """The file ``start``, or files of one of ``extensions`` in and below the folder ``start``, in order of name.

        Upper and lower case are the same; the extension ``""`` stands for all files. Symbolic links are followed, every
        folder is looked into once. Names that begin with a dot are left out.
        """
        if os.path.isfile(start):
            yield start
            return
        if not os.path.isdir(start):
            return  # a folder for presets that nobody has made yet
        if not extensions:
            self._warn(f"presets in {sendable(start)!r} were left out: it declares no type of preset file")
            return
        yield from self._below(start, extensions, 0, set())

    def _below(self, folder: str, extensions: set[str], depth: int, seen: set[tuple[int, int]]) -> Iterator[str]:
        try:
            status = os.stat(folder)
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        except OSError as error:
            self._warn(f"presets in {sendable(folder)!r} were left out: {error.strerror}")
            return
        key = (status.st_dev, status.st_ino)
        if key in seen:
            return
        seen.add(key)
        folders: list[str] = []
        for name in names:
            path = os.path.join(folder, name)
            if self._is_over(path):
                return
            if os.path.isdir(path):
                folders.append(path)
            elif _matches(name, extensions) and os.path.isfile(path):
                yield path
        if folders and depth >= self._depth:
            self._warn(f"presets more than {self._depth} folders deep were left out: {sendable(folder)!r}")
            return
        for path in folders:
            yield from self._below(path, extensions, depth + 1, seen)

    def _is_over(self, path: str) -> bool:
        if self._over:
            return True
        if self._left <= 0:
            self._warn(f"presets were left out: there are more than {self._most} files and folders to look at")
        elif time.monotonic() > self._until:
            self._warn(f"presets were left out from {sendable(path)!r} on: {self._seconds:g} s had passed")
        else:
            self._left -= 1
            return False
        self._over = True
        return True


def _matches(name: str, extensions: set[str]) -> bool:
    if "" in extensions:
        return True
    lower = name.lower()
    return any(lower.endswith(f".{extension}") for extension in extensions)
