"""The public key of a vendor's licences, as a bundle's manifest.json has it."""

from __future__ import annotations

import os
import stat

import msgspec

_NAME = "manifest.json"
_MOST_BYTES = 1 << 18


class _Licensing(msgspec.Struct):
    public_key: str = ""


class _Manifest(msgspec.Struct):
    licensing: _Licensing | None = None


def manifest_key(folder: str) -> str:
    """What the manifest of a bundle says; empty where it says nothing or is no manifest."""
    if not folder:
        return ""
    try:
        fd = os.open(os.path.join(folder, _NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                return ""
            data = stream.read(_MOST_BYTES + 1)
        found = msgspec.json.decode(data, type=_Manifest) if len(data) <= _MOST_BYTES else _Manifest()
    except (OSError, msgspec.MsgspecError, RecursionError):
        return ""
    return found.licensing.public_key if found.licensing is not None else ""
