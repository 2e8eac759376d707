"""What is remembered of WCLAP bundles from scan to scan: digests of files that have not changed, manifests that lied.

One file in the folder of the scan cache, replaced as a whole. What is damaged counts as empty; where nothing can be
written everything works, only slower, and a lie is found out again.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from .cache import Identity, cache_folder
from .lock import locked
from .store import Damaged, Store, write

_MOST_LIES = 10_000
_log = logging.getLogger("isobooth.scan")


class Seen(msgspec.Struct, array_like=True):
    """A module's file, or an archive, in the state in which it was read."""

    identity: Identity
    digest: str
    """SHA-256 of the module."""
    believed: str = ""
    """SHA-256 of the manifest that was last believed of it; empty for none."""
    manifest: bytes | None = None
    """Of an archive: the manifest in it."""
    trouble: str = ""
    """Of an archive: why the manifest in it cannot be used."""


class _Content(msgspec.Struct, array_like=True):
    seen: dict[str, Seen] = {}
    lies: dict[str, str] = {}
    """SHA-256 of a manifest, and where it differs from its module."""


_decoder = msgspec.msgpack.Decoder(_Content)


class Known:
    """The file in memory. Read when it is first asked; not for several threads at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or cache_folder()) / "wclap.cache"
        self._content: _Content | None = None
        self._new = _Content()

    def _all(self) -> _Content:
        if self._content is None:
            self._content = self._read()
        return self._content

    def seen(self, path: str) -> Seen | None:
        """Return what is known of a file in its present state, or None. Raises OSError where it is gone."""
        found = self._all().seen.get(path)
        return found if found is not None and found.identity == state_of(path) else None

    def learn(self, path: str, seen: Seen) -> None:
        """Keep what a file was found to be."""
        self._all().seen[path] = self._new.seen[path] = seen

    def lie(self, manifest: str) -> str:
        """Return where a manifest was found to differ from its module; empty where it was not."""
        return self._all().lies.get(manifest, "")

    def distrust(self, manifest: str, reason: str) -> None:
        """Never believe a manifest again."""
        self._all().lies[manifest] = self._new.lies[manifest] = reason

    def save(self) -> None:
        """Write what is new; what another process wrote meanwhile stays. Trouble is a warning in the log."""
        if not (self._new.seen or self._new.lies):
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.file.with_suffix(".lock")):
                there = self._read()
                seen = there.seen | self._new.seen
                lies = there.lies | self._new.lies
                kept = {path: one for path, one in seen.items() if os.path.lexists(path)}
                merged = _Content(kept, dict(list(lies.items())[-_MOST_LIES:]))
                write(self.file, msgspec.msgpack.encode(merged), [])
        except OSError as error:
            _log.warning("%s cannot be written: %s", self.file, error.strerror or error)
            return
        self._new = _Content()

    def _read(self) -> _Content:
        try:
            data = Store(self.file).index()
            return _decoder.decode(data) if data else _Content()
        except FileNotFoundError:
            return _Content()
        except (OSError, Damaged, msgspec.DecodeError, UnicodeDecodeError, RecursionError, MemoryError) as error:
            _log.warning("%s is ignored, it cannot be read: %s", self.file, error)
            return _Content()


def state_of(path: str) -> Identity:
    """Return what tells one state of a file from another. Raises OSError."""
    status = os.stat(path)  # noqa: PTH116  (a Path for each would take longer)
    return Identity(status.st_size, status.st_mtime_ns, status.st_ino)
