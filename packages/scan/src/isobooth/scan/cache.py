"""What earlier scans found, kept on disk.

One msgpack file in the user's cache folder (ISOBOOTH_CACHE_DIR names another one). An entry holds as long as its file
has the same size, time of change and inode, and the host the same version; what the loader refused is tried again when
libraries were installed or removed. The file is replaced as a whole, so that a
reader never meets half of one; a file that cannot be understood counts as empty.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
from pathlib import Path

import msgspec
import platformdirs

from isobooth.protocol.descriptors import ScanProblem, ScanReport

CACHE_VERSION = 1
"""Changes when a field changes its meaning; a cache of another version counts as empty."""

VARIABLE = "ISOBOOTH_CACHE_DIR"

_MOST_BUNDLE_FILES = 10_000
_LOADER_CACHE = Path("/etc/ld.so.cache")
_log = logging.getLogger("isobooth.scan")


class Identity(msgspec.Struct, frozen=True, array_like=True):
    """What tells one state of a file or bundle from another. Of a bundle: all of its files together."""

    size: int
    mtime_ns: int
    inode: int


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one probe said: a report, or the problem that kept it from one."""

    format: str
    path: str
    identity: Identity
    host: str
    """Version of the host that looked."""
    report: ScanReport | None = None
    problem: ScanProblem | None = None
    loader: str = ""
    """Where the loader refused the file: what loader_state() was. Empty otherwise."""


class HostInfo(msgspec.Struct, kw_only=True):
    """What a host command says of itself, as long as its file is the same."""

    command: str
    identity: Identity
    version: str
    formats: list[str]


class _Content(msgspec.Struct, kw_only=True):
    version: int
    hosts: list[HostInfo] = []
    entries: list[Entry] = []


def cache_folder() -> Path:
    """Return the folder of the cache, whether it exists or not."""
    wish = os.environ.get(VARIABLE)
    return Path(wish).expanduser() if wish else Path(platformdirs.user_cache_dir("isobooth"))


def identify(path: str | os.PathLike[str]) -> Identity:
    """Return what a file or bundle is now. Raises OSError where it cannot be looked at."""
    status = Path(path).stat()
    size, newest = status.st_size, status.st_mtime_ns
    if stat.S_ISDIR(status.st_mode):
        size = 0
        for count, inner in enumerate(sorted(_files_below(path))):
            if count == _MOST_BUNDLE_FILES:
                break
            with contextlib.suppress(OSError):  # it went away, or is a link to nothing
                inner_status = Path(inner).stat()
                size += inner_status.st_size
                newest = max(newest, inner_status.st_mtime_ns)
    return Identity(size, newest, status.st_ino)


def _files_below(path: str | os.PathLike[str]) -> list[str]:
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]  # noqa: PTH118


def loader_state() -> str:
    """Return something that changes when libraries are installed or removed: what was refused may load then."""
    try:
        changed = _LOADER_CACHE.stat().st_mtime_ns
    except OSError:  # musl has none
        changed = 0
    return f"{changed}:{os.environ.get('LD_LIBRARY_PATH', '')}"


class Cache:
    """The cache file in memory. Not for several threads at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or cache_folder()) / "scan.msgpack"
        content = self._read()
        self._entries = {(entry.format, entry.path): entry for entry in content.entries}
        self._hosts = {host.command: host for host in content.hosts}
        self._new_entries: dict[tuple[str, str], Entry] = {}
        self._new_hosts: dict[str, HostInfo] = {}

    def get(self, format: str, path: str, identity: Identity, host: str) -> Entry | None:  # noqa: A002
        """Return what is known of a file in its present state, or None."""
        entry = self._entries.get((format, path))
        if entry is None or entry.identity != identity or entry.host != host:
            return None
        if entry.loader and entry.loader != loader_state():
            return None
        return entry

    def put(self, entry: Entry) -> None:
        """Keep what a probe said."""
        self._entries[entry.format, entry.path] = entry
        self._new_entries[entry.format, entry.path] = entry

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
        content = self._read()
        entries = {(entry.format, entry.path): entry for entry in content.entries} | self._new_entries
        hosts = {host.command: host for host in content.hosts} | self._new_hosts
        merged = _Content(version=CACHE_VERSION, hosts=list(hosts.values()), entries=list(entries.values()))
        try:
            self._replace(msgspec.msgpack.encode(merged))
        except OSError as error:
            _log.warning("the scan cache %s cannot be written: %s", self.file, error.strerror or error)
            return
        self._new_entries.clear()
        self._new_hosts.clear()

    def _read(self) -> _Content:
        nothing = _Content(version=CACHE_VERSION)
        try:
            content = msgspec.msgpack.decode(self.file.read_bytes(), type=_Content)
        except FileNotFoundError:
            return nothing
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.warning("the scan cache %s is ignored, it cannot be read: %s", self.file, error)
            return nothing
        return content if content.version == CACHE_VERSION else nothing

    def _replace(self, data: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".scan-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self.file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
