"""A name of this machine for one plugin: the same each time, another for every plugin; nothing can be told from it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import secrets
from pathlib import Path

from isobooth.protocol.licensing import MachineId

from .storage import Folder, seal, unseal

_PURPOSE = "wclap-licensing/1|"
_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_WORD = re.compile(rb"[0-9a-f]{32}")
_OWN = "machine.secret"
_SECRET_BYTES = 32
_DIGITS = 32


def machine_secret(folder: Folder, files: tuple[Path, ...] = _FILES) -> bytes:
    """The system's own id of the machine (machine-id(5)), or random bytes kept in ``folder``. Raises StorageError."""
    for file in files:
        with contextlib.suppress(OSError):
            found = file.read_bytes()[:64].strip()
            if _WORD.fullmatch(found) and found.strip(b"0"):
                return found
    sealed = folder.read(_OWN, 1024)
    kept = unseal(sealed) if sealed is not None else None
    if kept is None:
        kept = secrets.token_bytes(_SECRET_BYTES)
        folder.write(_OWN, seal(kept))
    return kept


def machine_id(kind: MachineId, plugin: str, folder: Folder, files: tuple[Path, ...] = _FILES) -> str:
    """32 hexadecimal digits: HMAC-SHA256 of the plugin's identity with the machine's secret, cut; or random ones.

    Raises StorageError.
    """
    if kind == "random":
        return secrets.token_hex(_DIGITS // 2)
    secret = machine_secret(folder, files)
    return hmac.new(secret, (_PURPOSE + plugin).encode(), hashlib.sha256).hexdigest()[:_DIGITS]
