"""What a plugin sees of the system: four folders, and nothing else.

    /plugin.wclap   its bundle, to read
    /presets        presets that the user saves with it
    /cache          what it can compute again
    /var            everything else that it wants to keep

The last three are its own: no plugin sees another's. There is no environment, no network, no input; what it prints goes
to its log.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from .bundle import Bundle, cache_folder

GUEST = "/plugin.wclap"
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def data_folder() -> Path:
    """Where plugins keep things: ``$XDG_DATA_HOME/isobooth/wclap``."""
    base = os.environ.get("XDG_DATA_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share"
    return root / "isobooth" / "wclap"


def own_name(bundle: Bundle) -> str:
    """The name of the folders of one bundle: its own, and a number that no other path has."""
    stem = _SAFE.sub("_", os.path.basename(bundle.path))[:64].strip(".") or "plugin"
    return f"{stem}-{hashlib.sha256(os.fsencode(os.path.realpath(bundle.path))).hexdigest()[:16]}"


def folders(bundle: Bundle, *, make: bool) -> list[tuple[str, str, bool]]:
    """Guest path, path here, and whether it may be written to. Without ``make``, only folders that there are."""
    found = [(GUEST, bundle.folder, False)] if bundle.folder else []
    name = own_name(bundle)
    own = {
        "/presets": data_folder() / name / "presets",
        "/cache": cache_folder() / "caches" / name,
        "/var": data_folder() / name / "var",
    }
    for guest, path in own.items():
        if make:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.is_dir():
            found.append((guest, str(path), True))
    return found
