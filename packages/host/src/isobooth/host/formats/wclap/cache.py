"""The cache of compiled modules that WCLAP hosts share: ``~/.wclap/cache``, or the folder that WCLAP_CACHE_DIR names.

Each module has two files: ``<plugin id>_<key>.cwasm``, native code as wasmtime serialises it, and
``<plugin id>_<key>.meta.json``, what it is and when it was made. The key is a hash of everything that the code depends
on (see ``cache_key``), so an entry for another wasmtime, processor or setting is never even looked at.

Compiled code is executed as it is: wasmtime cannot tell good code from bad. So an entry counts only if its folder and
files are this user's alone, if its hash is the one that its meta file gives, and if that meta file carries a seal: an
HMAC with a key of this user's that lies outside of the cache. Files that came from elsewhere (an archive that was
unpacked, another machine, a changed byte) have no seal that fits. Whatever is wrong with an entry, it is the same as
none.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .private_files import NotPrivate, PrivateFolder

if TYPE_CHECKING:
    from typing_extensions import Self

FOLDER_VARIABLE = "WCLAP_CACHE_DIR"
"""Environment: the absolute path of another folder than ``~/.wclap/cache``."""
META_VERSION = 1
CODE = ".cwasm"
META = ".meta.json"
MOST_META_BYTES = 1 << 20
MOST_BYTES = 2 << 30
"""Of the whole cache; the entries that were not used for the longest time go first."""
MOST_DAYS = 90
"""An entry that was not used for so long goes."""
_NAME = re.compile(r"(?P<stem>[A-Za-z0-9._-]{1,96}_[0-9a-f]{64})(?P<kind>\.cwasm|\.meta\.json)")
_SCRATCH = re.compile(r"\.new-[0-9a-f]{16}")
_SEAL_FILE = "cache.key"
_SEAL_BYTES = 32
_HOUR = 3600
_DAY = 24 * _HOUR
_TOO_NESTED = (msgspec.DecodeError, RecursionError)


class Meta(msgspec.Struct, kw_only=True):
    """A meta file."""

    wclap_cache_version: int
    key: str
    """As in the name of the file."""
    plugin_id: str
    """As in the name of the file: the first plugin's id, reduced to letters, digits and ``._-``."""
    wasm_sha256: str
    cwasm_sha256: str
    size: int
    """Of the compiled code, in bytes."""
    wasmtime: str
    triple: str
    engine: str
    """SHA-256 of what the engine makes of a small module; see ``cache_key``."""
    config: dict[str, str]
    source: str = ""
    """The bundle that it was made from."""
    producer: str = ""
    created: str = ""
    """UTC, ISO 8601."""
    plugins: list[dict[str, Any]] = []
    """What the module lists: id, name, vendor, version, url, description, features."""
    seal: str = ""


@dataclass(frozen=True)
class Listed:
    """An entry, or what is left of one."""

    stem: str
    """Name of its files without their endings."""
    size: int
    """Bytes on the disk."""
    used: float
    """Seconds since the epoch."""
    meta: Meta | None
    trouble: str
    """Why it is not used; empty for one that is sound."""


def cache_folder() -> Path:
    """Where the cache is. Raises RuntimeError for a user without a home."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    return Path(named) if os.path.isabs(named) else Path.home() / ".wclap" / "cache"


def _seal_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share") / "wclap"


def _seal_key() -> bytes:
    """Made at first use. Raises OSError or NotPrivate."""
    with PrivateFolder(_seal_folder(), make=True) as folder:
        if _SEAL_FILE not in folder.names():
            folder.write_once(_SEAL_FILE, secrets.token_bytes(_SEAL_BYTES))
        key = folder.read(_SEAL_FILE, _SEAL_BYTES)
    if len(key) != _SEAL_BYTES:
        raise NotPrivate("is too short")
    return key


def _seal(meta: Meta, key: bytes) -> str:
    plain = msgspec.json.encode(msgspec.structs.replace(meta, seal=""), order="sorted")
    return hmac.new(key, b"wclap-aot-seal/1\0" + plain, hashlib.sha256).hexdigest()


class Cache:
    """The cache, opened. Use it in a with-block. Raises OSError, NotPrivate, or RuntimeError (no home)."""

    def __init__(self, *, make: bool) -> None:
        self._folder = PrivateFolder(cache_folder(), make=make)
        try:
            self._key = _seal_key()
        except BaseException:
            self._folder.__exit__()
            raise

    def __enter__(self) -> Self:
        """The cache."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._folder.__exit__()

    def find(self, key: str, most: int) -> tuple[Meta, bytes] | None:
        """The sound entry of a key, of at most ``most`` bytes of code, with that code; None if there is none."""
        for stem in [name.removesuffix(META) for name in self._folder.names() if name.endswith(f"_{key}{META}")]:
            with contextlib.suppress(OSError, NotPrivate):
                meta, code = self._read(stem, most)
                if time.time() - self._folder.stat(stem + META).st_mtime > _HOUR:
                    self._folder.touch(stem + META)
                return meta, code
        return None

    def _read(self, stem: str, most: int) -> tuple[Meta, bytes]:
        """Raises OSError or NotPrivate for anything but a sound entry."""
        try:
            meta = msgspec.json.decode(self._folder.read(stem + META, MOST_META_BYTES), type=Meta)
        except _TOO_NESTED as error:
            raise NotPrivate("has a meta file that is none") from error
        if not hmac.compare_digest(_seal(meta, self._key).encode(), meta.seal.encode("utf-8", "replace")):
            raise NotPrivate("was not sealed by this user")
        if meta.wclap_cache_version != META_VERSION or stem != f"{meta.plugin_id}_{meta.key}":
            raise NotPrivate("has the name of another")
        code = self._folder.read(stem + CODE, min(most, max(meta.size, 0)))
        if len(code) != meta.size or hashlib.sha256(code).hexdigest() != meta.cwasm_sha256:
            raise NotPrivate("holds other code than its meta file says")
        return meta, code

    def put(self, meta: Meta, code: bytes) -> None:
        """Add an entry, in place of any of the same key, and prune. Raises OSError."""
        stem = f"{meta.plugin_id}_{meta.key}"
        if len(msgspec.json.encode(meta)) > MOST_META_BYTES // 2:  # what a plugin says of itself has no bounds
            meta.plugins = []
        meta.seal = _seal(meta, self._key)
        self._folder.write(stem + CODE, code)
        self._folder.write(stem + META, msgspec.json.format(msgspec.json.encode(meta)))
        for name in self._folder.names():
            if meta.key in name and not name.startswith(stem) and _NAME.fullmatch(name):
                self._folder.remove(name)
        self.prune(keep=stem)

    def prune(self, *, keep: str = "", most_bytes: int = MOST_BYTES, most_days: float = MOST_DAYS) -> None:
        """Remove what was not used for long, then what was used least recently until the rest fits, and left-overs."""
        now = time.time()
        sizes = sorted(self._sizes(), key=lambda one: -one[2])
        total = 0
        for stem, size, used in sizes:
            total += size
            if stem != keep and (total > most_bytes or now - used > most_days * _DAY):
                self.remove(stem)
                total -= size
        for name in self._folder.names():
            if _SCRATCH.fullmatch(name):
                with contextlib.suppress(OSError):
                    if now - self._folder.stat(name).st_mtime > _HOUR:  # whoever wrote it is gone
                        self._folder.remove(name)

    def _sizes(self) -> Iterator[tuple[str, int, float]]:
        """Stem, bytes and time of the last use of everything that has the name of an entry."""
        found: dict[str, list[os.stat_result]] = {}
        for name in self._folder.names():
            if match := _NAME.fullmatch(name):
                with contextlib.suppress(OSError):
                    found.setdefault(match["stem"], []).append(self._folder.stat(name))
        for stem, parts in found.items():
            regular = [part for part in parts if stat.S_ISREG(part.st_mode)]
            size = sum(part.st_blocks * 512 for part in regular)  # a hole in a file takes no room
            yield stem, size, max(part.st_mtime for part in parts)

    def entries(self) -> list[Listed]:
        """Everything that has the name of an entry, each read and verified."""
        found = []
        for stem, size, used in self._sizes():
            meta, trouble = None, ""
            try:
                meta, _ = self._read(stem, MOST_BYTES)
            except NotPrivate as error:
                trouble = str(error)
            except OSError as error:
                trouble = f"cannot be read: {error.strerror or error}"
            found.append(Listed(stem, size, used, meta, trouble))
        return found

    def remove(self, stem: str) -> bool:
        """Remove an entry. False if something of it is still there."""
        left = [name for name in (stem + META, stem + CODE) if self._has(name) and not self._folder.remove(name)]
        return not left

    def _has(self, name: str) -> bool:
        try:
            self._folder.stat(name)
        except OSError:
            return False
        return True
