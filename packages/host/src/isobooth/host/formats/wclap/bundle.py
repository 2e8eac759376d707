"""What a WCLAP may lie in: a folder with module.wasm, a module by itself, or an archive of such a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from isobooth.protocol.errors import PluginLoadError

from ...library import file_error, regular_file

MODULE = "module.wasm"
WASM_MAGIC = b"\0asm"
GZIP_MAGIC = b"\x1f\x8b"
MOST_MODULE_BYTES = 512 << 20
MOST_ENTRIES = 20_000
MOST_UNPACKED_BYTES = 2 << 30
"""Of an archive. An archive that holds more is refused before it is written."""


@dataclass(frozen=True)
class Bundle:
    """Where a plugin's parts are."""

    path: str
    """As the user gave it, absolute."""
    module: str
    """The file of WebAssembly."""
    folder: str
    """What the plugin sees as /plugin.wclap; empty for a module by itself."""


def find_bundle(path: str) -> Bundle:
    """The parts of what ``path`` names. An archive is unpacked. Raises PluginNotFound or PluginLoadError."""
    absolute = os.path.abspath(path) if path and "\0" not in path else path
    if path and "\0" not in path and os.path.isdir(absolute):
        module = os.path.join(absolute, MODULE)
        if not os.path.isfile(module):
            raise file_error(path, f"is a folder without {MODULE}", hint="a WCLAP bundle has one at its top")
        return Bundle(absolute, module, absolute)
    absolute = regular_file(path)
    head = _head(path, absolute)
    if head.startswith(GZIP_MAGIC):
        folder = unpack(path, absolute)
        return Bundle(absolute, os.path.join(folder, MODULE), folder)
    if not head.startswith(WASM_MAGIC):
        raise file_error(
            path,
            "is no WebAssembly and no archive (.tar.gz) of a WCLAP bundle",
            hint="a text form (.wat) has to be compiled first" if head.lstrip()[:1] == b"(" else "",
        )
    folder = os.path.dirname(absolute)
    return Bundle(absolute, absolute, folder if is_bundle_module(absolute) else "")


def is_bundle_module(path: str) -> bool:
    """Is this the module.wasm of a folder that has the name of a bundle?"""
    return os.path.basename(path) == MODULE and os.path.dirname(path).endswith(".wclap")


def _head(path: str, file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return stream.read(64)
    except OSError as error:
        raise file_error(path, f"cannot be read: {error.strerror or error}") from error


def read_module(bundle: Bundle) -> bytes:
    """The bytes of the module. Raises PluginLoadError."""
    try:
        with open(bundle.module, "rb") as stream:
            data = stream.read(MOST_MODULE_BYTES + 1)
    except OSError as error:
        raise file_error(bundle.path, f"cannot be read: {error.strerror or error}") from error
    if len(data) > MOST_MODULE_BYTES:
        raise file_error(bundle.path, f"is larger than {MOST_MODULE_BYTES >> 20} MiB")
    if not data.startswith(WASM_MAGIC):
        raise file_error(bundle.path, f"has a {MODULE} that is no WebAssembly")
    return data


# -- archives ---------------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where unpacked archives are kept: ``$XDG_CACHE_HOME/isobooth/wclap``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "isobooth" / "wclap"


def unpack(path: str, file: str) -> str:
    """The folder that an archive holds, unpacked once for each content of the archive. Raises PluginLoadError.

    Nothing outside of that folder is written: links, devices and names that lead out of it are refused, names that
    start with ``._`` (macOS) are left out.
    """
    try:
        with open(file, "rb") as stream:
            digest = hashlib.sha256()
            while part := stream.read(1 << 20):
                digest.update(part)
            target = cache_folder() / f"bundle-{digest.hexdigest()}"
            if not (target / MODULE).is_file():
                stream.seek(0)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _unpack_into(path, stream.name, target)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise file_error(path, f"could not be unpacked: {error}", hint="the archive may be incomplete") from error
    return str(target)


def _unpack_into(path: str, file: str, target: Path) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        with tarfile.open(file, "r:gz") as archive:
            _extract(path, archive, scratch)
        found = sorted(scratch.rglob(MODULE), key=lambda module: (len(module.parts), str(module)))
        if not found:
            raise file_error(path, f"is an archive without {MODULE}")
        try:
            found[0].parent.rename(target)
        except OSError:
            if not (target / MODULE).is_file():  # another process was faster otherwise
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _extract(path: str, archive: tarfile.TarFile, into: Path) -> None:
    left = MOST_UNPACKED_BYTES
    for count, member in enumerate(archive):
        left -= max(member.size, 0)
        if count >= MOST_ENTRIES or left < 0:
            raise file_error(path, f"holds more than {MOST_ENTRIES} files or {MOST_UNPACKED_BYTES >> 20} MiB")
        name = PurePosixPath(member.name)
        if any(part.startswith("._") for part in name.parts):
            continue
        if name.is_absolute() or ".." in name.parts or "\0" in member.name:
            raise _refused(path, member, "leads out of the bundle")
        if member.isdir():
            (into / name).mkdir(parents=True, exist_ok=True)
        elif member.isfile():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member)
            if source is None:
                raise _refused(path, member, "cannot be read")
            with source, open(into / name, "xb") as stream:
                shutil.copyfileobj(source, stream)
        else:
            raise _refused(path, member, "is a link or a device")


def _refused(path: str, member: tarfile.TarInfo, why: str) -> PluginLoadError:
    return file_error(path, f"is an archive whose entry {member.name!r} {why}; nothing of it is used")
