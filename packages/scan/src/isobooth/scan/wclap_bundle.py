"""The module and the manifest in a WCLAP bundle, read without running or unpacking anything.

A bundle is a folder with ``module.wasm``, an archive (``.tar.gz``) of such a folder, or a module by itself, which has
no place for a manifest. Nothing here believes what it reads: links out of the bundle, pipes and devices are not
followed, sizes are bounded, and an archive that is odd in any way is left to the host, which says what is wrong.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from isobooth.protocol.wclap import MANIFEST, MOST_MANIFEST_BYTES

MODULE = "module.wasm"
WASM_MAGIC = b"\0asm"
GZIP_MAGIC = b"\x1f\x8b"
MOST_MODULE_BYTES = 512 << 20
"""A larger module is none that the host takes."""
MOST_ARCHIVE_BYTES = 256 << 20
"""What is unpacked of an archive, in memory and piece by piece, to find its manifest. Of a larger one none is used."""

_MOST_ENTRIES = 20_000
_MOST_MANIFESTS = 16  # of one archive: each folder in it may have one
_PART = 1 << 20
_BUFFER = 1 << 18


class Unusable(Exception):
    """A manifest cannot be used. The text says why."""


@dataclass
class Packed:
    """What an archive holds, as far as it concerns the manifest."""

    digest: str = ""
    """SHA-256 of the module; empty where there is none, or where the archive is for the host to judge."""
    manifest: bytes | None = None
    trouble: str = ""
    """Why there is a manifest that cannot be used."""


def module_of(path: str) -> str:
    """Return the file that stands for a bundle: its module; of an archive, or a module by itself, the file given."""
    return os.path.join(path, MODULE) if os.path.isdir(path) else path  # noqa: PTH112, PTH118


def folder_of(path: str) -> str:
    """Return the folder that may hold a manifest, empty where there is none: for a module by itself, an archive."""
    if os.path.isdir(path):  # noqa: PTH112
        return path
    folder, name = os.path.split(path)
    return folder if name == MODULE and folder.endswith(".wclap") else ""


def is_archive(path: str) -> bool:
    """Whether a file is one by its first bytes."""
    return _head(path).startswith(GZIP_MAGIC)


def why_no_wclap(path: str) -> str | None:
    """Return why a bundle is none; None: ask the host."""
    module = module_of(path)
    if module != path and not os.path.isfile(module):  # noqa: PTH113
        return f"it is a WCLAP bundle without {MODULE}"
    try:
        head = _head(module)
    except OSError:
        return None
    if head.startswith(WASM_MAGIC) or (module == path and head.startswith(GZIP_MAGIC)):
        return None
    what = "is an empty file" if not head else "is no WebAssembly"
    return f"its {MODULE} {what}" if module != path else f"it {what}"


def _head(path: str) -> bytes:
    """Return a file's first bytes, none of anything but a file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(handle, 4) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)


def digest_of(path: str) -> str:
    """Return the SHA-256 of a module's file, in hex. Raises OSError, also for what is no file or too large."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would have us wait
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_MODULE_BYTES:
            raise OSError(errno.EFBIG, "no module, but something that is no file, or larger than a module may be", path)
        digest = hashlib.sha256()
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def manifest_of(folder: str) -> bytes | None:
    """Return what a bundle's manifest holds, None where there is none. Raises Unusable."""
    path = Path(folder, MANIFEST)
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unusable(f"it cannot be looked at: {error.strerror}") from error
    try:
        real = os.path.realpath(path, strict=True) if stat.S_ISLNK(status.st_mode) else os.fspath(path)
        if real != os.fspath(path) and not real.startswith(os.path.realpath(folder) + os.sep):
            raise Unusable("it is a link that leads out of the bundle")
        handle = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb", buffering=0) if _is_file(handle) else _no_file(handle) as file:
            if os.fstat(handle).st_size > MOST_MANIFEST_BYTES:
                raise _too_long()
            data = b""
            while part := file.read(MOST_MANIFEST_BYTES + 1 - len(data)):
                data += part
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror}") from error
    if len(data) > MOST_MANIFEST_BYTES:
        raise _too_long()
    return data


def _is_file(handle: int) -> bool:
    return stat.S_ISREG(os.fstat(handle).st_mode)


def _no_file(handle: int) -> IO[bytes]:
    os.close(handle)
    raise Unusable("it is no file, but a folder, pipe, socket or device")


def _too_long() -> Unusable:
    return Unusable(f"it is longer than {MOST_MANIFEST_BYTES >> 10} KiB")


# -- archives ---------------------------------------------------------------------------------------------------------


class _TooMuch(OSError):
    """An archive holds more than is looked at."""


class _Odd(Exception):
    """An archive holds what the host refuses: it is the one to say so."""


class _Bounded:
    """A stream that ends with an error after so many bytes, whatever the headers in it promise."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._left = MOST_ARCHIVE_BYTES

    def read(self, size: int) -> bytes:
        """Return up to so many bytes. Raises _TooMuch."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _TooMuch(errno.EFBIG, "the archive is too large")
        return data


@dataclass
class _Found:
    """Modules and manifests met in an archive; folders are in the words of the archive."""

    module: tuple[int, str] | None = None
    digest: str = ""
    manifests: dict[str, bytes | None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    length: int = 0

    def take(self, name: PurePosixPath, stream: IO[bytes]) -> None:
        if name.name == MANIFEST:
            if len(self.manifests) >= _MOST_MANIFESTS:
                raise _Odd
            data = stream.read(MOST_MANIFEST_BYTES + 1)
            self.manifests[str(name.parent)] = data if len(data) <= MOST_MANIFEST_BYTES else None
            return
        place = (len(name.parts), str(name))
        if self.module is not None and self.module < place:
            return
        digest, is_first = hashlib.sha256(), True
        while part := stream.read(_PART):
            if is_first and not part.startswith(WASM_MAGIC):
                raise _Odd
            is_first = False
            digest.update(part)
        if is_first:
            raise _Odd
        self.module, self.digest = place, digest.hexdigest()


def look_into(path: str) -> Packed:
    """Read module and manifest of an archive, in one pass and without writing anything. Raises OSError.

    Of several modules the one counts that the host would run: the one highest up, then the first by name.
    """
    found = _Found()
    try:
        with Path(path).open("rb") as raw, gzip.GzipFile(fileobj=raw) as unpacked:
            stream: Any = _Bounded(unpacked)  # all that tarfile needs of a stream is read()
            archive = tarfile.open(fileobj=stream, mode="r|", bufsize=_BUFFER)  # noqa: SIM115  (it is the stream's)
            for count, member in enumerate(archive):
                if count >= _MOST_ENTRIES:
                    raise _Odd
                _meet(archive, member, found)
    except (_Odd, _TooMuch, EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError):
        return Packed()
    except (ValueError, ArithmeticError, LookupError, RecursionError, MemoryError):
        return Packed()  # headers that tarfile did not expect
    if found.module is None:
        return Packed()
    folder = str(PurePosixPath(found.module[1]).parent)
    if folder in found.manifests and found.manifests[folder] is None:
        return Packed(found.digest, trouble=str(_too_long()))
    return Packed(found.digest, found.manifests.get(folder))


def _meet(archive: tarfile.TarFile, member: tarfile.TarInfo, found: _Found) -> None:
    """Look at one entry. Raises _Odd for what the host refuses."""
    name = PurePosixPath(member.name)
    if any(part.startswith("._") for part in name.parts):
        return
    if name.is_absolute() or ".." in name.parts or "\0" in member.name or not (member.isdir() or member.isfile()):
        raise _Odd
    if not member.isfile():
        return
    found.length += max(member.size, 0)
    if member.issparse() or found.length > MOST_ARCHIVE_BYTES:  # holes are not in the stream that is bounded
        raise _Odd
    if str(name) in found.names:
        raise _Odd
    found.names.add(str(name))
    if name.name in {MODULE, MANIFEST}:
        stream = archive.extractfile(member)
        if stream is None:
            raise _Odd
        found.take(name, stream)
