"""What earlier scans found, kept on disk.

One file in the user's cache folder (ISOBOOTH_CACHE_DIR names another one). An entry holds as long as its file has the
same size, time of change and inode, and the host the same version; what the loader refused is tried again when
libraries were installed or removed. Entries are read at once, the details of their plugins when they are asked for.

The file is replaced as a whole, so that a reader never meets half of one, and a lock makes scans that end at the same
time wait for each other. A file that cannot be understood counts as empty. A folder that cannot be used is a warning in
the log: everything works without, only slower.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from pathlib import Path

import msgspec
import platformdirs

from isobooth.protocol.descriptors import ScanProblem
from isobooth.protocol.reports import BlockedFile

from .entries import PluginEntry
from .lock import locked
from .store import Damaged, Pieces, Place, Store, write

VARIABLE = "ISOBOOTH_CACHE_DIR"

_KEPT_SECONDS = 90 * 86400  # how long what is known of a file that is away is kept: its disk may be back
_MOST_BUNDLE_FILES = 10_000
_NO_HOME = Path("/nonexistent")  # the home of those who have none, says Debian's policy
_LOADER_CACHE = Path("/etc/ld.so.cache")
_log = logging.getLogger("isobooth.scan")


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """What tells one state of a file or bundle from another. Of a bundle: all of its files together."""

    size: int
    mtime_ns: int
    inode: int


class Blocked(msgspec.Struct, frozen=True, array_like=True):
    """That a file, or one plugin of it, took down the process that looked into it."""

    reason: str
    ended: str
    """As in ScanProblem."""
    seconds: float
    """What it was given; who gives it more wants another try."""
    mebibytes: int
    """As ``seconds``."""
    names: list[str] = []
    """Names and ids of the plugin; where that is not known, of those that were found in the file before."""
    plugin_id: str = ""


class Entry(msgspec.Struct, array_like=True):
    """What one probe said."""

    format: str
    path: str
    identity: Identity
    host: str
    """Version of the host that looked."""
    when: int
    """Seconds since 1970."""
    plugins: list[PluginEntry] = []
    details: list[Place] = []
    """Where the details of each of ``plugins`` are in the file; nothing for what was not read from it."""
    problems: list[ScanProblem] = []
    blocked: list[Blocked] = []
    loader: str = ""
    """Where the loader refused the file: what loader_state() was. Empty otherwise."""

    def attach(self, store: Store) -> None:
        """Say which file ``details`` is about."""
        for one, place in zip(self.plugins, self.details, strict=False):
            one.attach(store, place)

    def blocked_files(self) -> list[BlockedFile]:
        """Return what the blocklist says of the file and its plugins, nothing where it is not on it."""
        return [
            BlockedFile(
                format=self.format,
                path=self.path,
                plugin_id=one.plugin_id,
                reason=one.reason,
                ended=one.ended,
                since=_utc(self.when),
                plugins=one.names,
            )
            for one in self.blocked
        ]


class HostInfo(msgspec.Struct, kw_only=True):
    """What a host command says of itself, as long as its file is the same."""

    command: str
    identity: Identity
    version: str
    formats: list[str]


class _Content(msgspec.Struct, array_like=True):
    hosts: list[HostInfo] = []
    entries: list[Entry] = []


_decoder = msgspec.msgpack.Decoder(_Content)


def _utc(seconds: int) -> str:
    from datetime import datetime, timezone

    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):  # a damaged cache may say anything
        return "1970-01-01T00:00:00Z"


def cache_folder() -> Path:
    """Return the folder of the cache, whether it exists or not.

    Users without a home folder have none that can be used, unless ISOBOOTH_CACHE_DIR or XDG_CACHE_HOME names one.
    """
    wish = os.environ.get(VARIABLE)
    if wish:
        return Path(os.path.expanduser(wish))  # noqa: PTH111  (pathlib raises where there is no home)
    try:
        return Path(platformdirs.user_cache_dir("isobooth"))
    except RuntimeError:  # neither HOME nor an entry in the list of users
        return _NO_HOME / "isobooth"


def identify(path: str | os.PathLike[str], status: os.stat_result | None = None) -> Identity:
    """Return what a file or bundle is now. Raises OSError where it cannot be looked at.

    ``status`` saves a call of stat() where it is known already.
    """
    if status is None:
        status = os.stat(path)  # noqa: PTH116  (a Path for each of thousands of files would take longer)
    size, newest = status.st_size, status.st_mtime_ns
    if stat.S_ISDIR(status.st_mode):
        size, newest = _sum_up(os.fspath(path), newest)
    return Identity(size, newest, status.st_ino)


def _sum_up(path: str, newest: int) -> tuple[int, int]:
    """Return size of all files below a folder together, and the newest time of change. Links to folders are passed."""
    size = count = 0
    todo = [path]
    while todo and count < _MOST_BUNDLE_FILES:
        try:
            with os.scandir(todo.pop()) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:  # it went away, or may not be read
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
                continue
            count += 1
            with contextlib.suppress(OSError):  # it went away, or is a link to nothing
                status = entry.stat()
                size += status.st_size
                newest = max(newest, status.st_mtime_ns)
    return size, newest


def loader_state() -> str:
    """Return something that changes when libraries are installed or removed: what was refused may load then.

    The host's command is part of it: one that brings libraries of its own may load what another one may not.
    """
    try:
        changed = _LOADER_CACHE.stat().st_mtime_ns
    except OSError:  # musl has none
        changed = 0
    return f"{changed}:{os.environ.get('LD_LIBRARY_PATH', '')}:{os.environ.get('ISOBOOTH_HOST', '')}"


def cache_health() -> tuple[str, str]:
    """Return what the cache is like, and what is wrong with it (empty: nothing)."""
    cache = Cache()
    entries = cache.entries()
    plugins = sum(len(entry.plugins) for entry in entries)
    told = f"{cache.file}: {plugins} plugins in {len(entries)} files"
    if cache.trouble:
        return told, cache.trouble
    place = cache.file.parent
    while not place.exists() and place != place.parent:
        place = place.parent
    return told, "" if os.access(place, os.W_OK | os.X_OK) else "cannot be written: every scan looks into all files"


def blocklist() -> list[BlockedFile]:
    """Return the files and plugins that took down the process that looked into them, as far as the cache knows."""
    found = (one for entry in Cache().entries() for one in entry.blocked_files())
    return sorted(found, key=lambda one: (one.path, one.format))


class Cache:
    """The cache file in memory. Not for several threads at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or cache_folder()) / "catalogue.cache"
        self.trouble = ""
        """Why the file could not be read or written; empty where it could."""
        content, self._store = self._read()
        self._entries = {(entry.format, entry.path): entry for entry in content.entries}
        self._hosts = {host.command: host for host in content.hosts}
        self._new_entries: dict[tuple[str, str], Entry] = {}
        self._new_hosts: dict[str, HostInfo] = {}
        self._loader = loader_state()

    def get(self, format: str, path: str, identity: Identity, host: str) -> Entry | None:  # noqa: A002
        """Return what is known of a file in its present state, or None."""
        entry = self._entries.get((format, path))
        if entry is None or entry.identity != identity or entry.host != host:
            return None
        if entry.loader and entry.loader != self._loader:
            return None
        if self._store is not None:
            entry.attach(self._store)
        return entry

    def before(self, format: str, path: str) -> Entry | None:  # noqa: A002
        """Return what was known of a file in any state, or None."""
        return self._entries.get((format, path))

    def put(self, entry: Entry) -> None:
        """Keep what a probe said."""
        self._entries[entry.format, entry.path] = entry
        self._new_entries[entry.format, entry.path] = entry

    def entries(self) -> list[Entry]:
        """Return everything that is known, of files that are gone too."""
        return list(self._entries.values())

    def host(self, command: str, identity: Identity) -> HostInfo | None:
        """Return what is known of a host command in its present state, or None."""
        known = self._hosts.get(command)
        return known if known is not None and known.identity == identity else None

    def put_host(self, host: HostInfo) -> None:
        """Keep what a host command said of itself."""
        self._hosts[host.command] = host
        self._new_hosts[host.command] = host

    def save(self) -> None:
        """Write what is new; what another process wrote meanwhile stays.

        A folder without room or permission is a warning in the log, not an error: the scan itself is fine.
        """
        if not (self._new_entries or self._new_hosts):
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.file.with_suffix(".lock")):
                content, store = self._read()
                if store is not None:
                    for entry in content.entries:
                        entry.attach(store)
                entries = {(entry.format, entry.path): entry for entry in content.entries} | self._new_entries
                hosts = {host.command: host for host in content.hosts} | self._new_hosts
                pieces = Pieces()
                written = [_placed(entry, pieces) for entry in _without_the_lost(entries)]
                index = _Content(list(hosts.values()), [entry for entry in written if entry is not None])
                write(self.file, msgspec.msgpack.encode(index), pieces.parts)
        except OSError as error:
            before, self.trouble = self.trouble, f"cannot be written: {error.strerror or error}"
            if self.trouble != before:  # a long scan tries again and again
                _log.warning("the scan cache %s %s", self.file, self.trouble)
            return
        self._new_entries.clear()
        self._new_hosts.clear()

    def _read(self) -> tuple[_Content, Store | None]:
        try:
            store = Store(self.file)
            data = store.index()
            if not data:
                return _Content(), None
            content = _decoder.decode(data)
            if any(len(entry.plugins) != len(entry.details) for entry in content.entries):
                raise Damaged("plugins and their details do not fit")
            return content, store
        except FileNotFoundError:
            return _Content(), None
        except (OSError, Damaged, msgspec.DecodeError, UnicodeDecodeError, RecursionError, MemoryError) as error:
            self.trouble = f"is ignored, it cannot be read: {error}"
            _log.warning("the scan cache %s %s", self.file, self.trouble)
            return _Content(), None


def _placed(entry: Entry, pieces: Pieces) -> Entry | None:
    """Return an entry as it is written, its details among the pieces; None where these are damaged."""
    try:
        return msgspec.structs.replace(entry, details=[pieces.add(one.pack()) for one in entry.plugins])
    except (OSError, Damaged):
        return None


def _without_the_lost(entries: dict[tuple[str, str], Entry]) -> list[Entry]:
    """Leave out files that have been gone for long."""
    import time

    oldest = time.time() - _KEPT_SECONDS
    return [one for one in entries.values() if one.when > oldest or os.path.lexists(one.path)]
