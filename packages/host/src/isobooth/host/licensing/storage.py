"""What is kept of each plugin's licences: files of this user alone that are replaced as a whole or not at all.

Each file is 8 bytes of magic, the length (32 bits, little-endian) and SHA-256 of what follows, and that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import struct
from pathlib import Path

import msgspec

from isobooth.protocol.errors import IsoboothError
from isobooth.protocol.licensing import MOST_DATA_BYTES

_MAGIC = b"IBLICEN1"
_HEADER = struct.Struct("<8sI32s")
_MOST_RECORD_BYTES = 1 << 18
_MOST_VERDICTS = 64
_MOST_DECISIONS = 64


class StorageError(IsoboothError):
    """A file of licences cannot be used; the message says which and why."""


class Verdict(msgspec.Struct, kw_only=True):
    """A key was valid when it was last asked about."""

    machine_id: str
    expires: float
    """Seconds since 1970."""


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the host itself notes about a plugin."""

    validations: list[float] = []
    """When validations were asked for, in seconds since 1970."""
    verdicts: dict[str, Verdict] = {}
    """By ``key_digest``."""
    decisions: dict[str, bool] = {}
    """By origin of the address: may a validator be asked?"""
    public_key: str = ""
    """The vendor's, as its bundle had it when it was first used."""


def identity(plugin_format: str, plugin_id: str) -> str:
    """What stands for a plugin."""
    return f"{plugin_format}|{plugin_id}"


def key_digest(key: str) -> str:
    """What stands for a key in a record."""
    return hashlib.sha256(key.encode()).hexdigest()


def default_folder() -> Path:
    """``$XDG_DATA_HOME/isobooth/licenses``. Raises StorageError where there is no home."""
    base = os.environ.get("XDG_DATA_HOME", "")
    try:
        root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise StorageError(f"licences cannot be kept: {error}") from error
    return root / "isobooth" / "licenses"


class Folder:
    """A folder of this user's that nobody else may look into. Made when something is first written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str, most: int) -> bytes | None:
        """A file as it is; None where there is none. Raises StorageError: another's, a link, too long, unreadable."""
        path = self.path / name
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error
        with os.fdopen(fd, "rb") as stream:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
                raise StorageError(f"{path} is not used: it is no file that only this user can write to")
            data = stream.read(most + 1)
        if len(data) > most:
            raise StorageError(f"{path} is not used: it is longer than {most} bytes")
        return data

    def write(self, name: str, data: bytes) -> None:
        """Replace a file: after a crash it is the old one or the new one. Raises StorageError."""
        target = self.path / name
        scratch = self.path / f".{name[:200]}.{secrets.token_hex(8)}"
        try:
            self._make()
            fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(fd, "wb") as stream:
                    os.fchmod(fd, 0o600)
                    stream.write(data)
                    stream.flush()
                    os.fsync(fd)
                os.replace(scratch, target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(scratch)
                raise
            self._sync()
        except OSError as error:
            raise StorageError(f"{target} cannot be written: {error.strerror or error}") from error

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self.path.mkdir(mode=0o700)
        found = os.lstat(self.path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StorageError(f"{self.path} is not used for licences: it is no folder of this user")
        if stat.S_IMODE(found.st_mode) != 0o700:
            self.path.chmod(0o700)

    def _sync(self) -> None:
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def seal(data: bytes) -> bytes:
    """With a header that tells whether all of it is there."""
    return _HEADER.pack(_MAGIC, len(data), hashlib.sha256(data).digest()) + data


def unseal(sealed: bytes) -> bytes | None:
    """What ``seal`` was given; None if it is not that any more."""
    if len(sealed) < _HEADER.size:
        return None
    magic, length, digest = _HEADER.unpack_from(sealed)
    data = sealed[_HEADER.size :]
    is_whole = magic == _MAGIC and length == len(data) and hashlib.sha256(data).digest() == digest
    return data if is_whole else None


class Vault:
    """The files of one plugin. Another plugin has other files: their names come from its identity alone."""

    def __init__(self, folder: Folder, plugin: str) -> None:
        self._folder = folder
        self._name = hashlib.sha256(plugin.encode()).hexdigest()

    def _read(self, suffix: str, most: int) -> bytes | None:
        sealed = self._folder.read(self._name + suffix, most + _HEADER.size)
        if sealed is None:
            return None
        data = unseal(sealed)
        if data is None:
            raise StorageError(f"{self._folder.path / (self._name + suffix)} is damaged and counts as empty")
        return data

    def data(self) -> bytes:
        """What the plugin stored, empty for nothing. Raises StorageError."""
        return self._read(".bin", MOST_DATA_BYTES) or b""

    def store(self, data: bytes) -> None:
        """Keep at most MOST_DATA_BYTES for the plugin. Raises StorageError."""
        if len(data) > MOST_DATA_BYTES:
            raise StorageError(f"{len(data)} bytes are too many to be stored for a plugin")
        self._folder.write(self._name + ".bin", seal(data))

    def record(self) -> Record:
        """What is noted about the plugin. Raises StorageError."""
        data = self._read(".record", _MOST_RECORD_BYTES)
        if data is None:
            return Record()
        try:
            return msgspec.json.decode(data, type=Record)
        except msgspec.MsgspecError as error:
            raise StorageError(f"the record of a plugin's licences cannot be read: {error}") from error

    def note(self, record: Record) -> None:
        """Keep a record; of verdicts and decisions the latest. Raises StorageError."""
        for notes, most in ((record.verdicts, _MOST_VERDICTS), (record.decisions, _MOST_DECISIONS)):
            for oldest in list(notes)[:-most]:
                del notes[oldest]
        self._folder.write(self._name + ".record", seal(msgspec.json.encode(record)))
