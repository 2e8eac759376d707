"""What a plugin sees of the system: five folders, and nothing else.

    /plugin.wclap   its bundle, to read
    /opened         copies of files that the user has opened in it, to read
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
import shutil
from pathlib import Path

from isobooth.protocol.errors import PluginError

from .bundle import Bundle, cache_folder

GUEST = "/plugin.wclap"
OPENED = "/opened"
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


_MOST_BYTES = 256 << 20


def data_folder() -> Path:
    """Where plugins keep things: ``$XDG_DATA_HOME/isobooth/wclap``."""
    base = os.environ.get("XDG_DATA_HOME", "")
    root = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share"
    return root / "isobooth" / "wclap"


def own_name(bundle: Bundle) -> str:
    """The name of the folders of one bundle: its own, and a number that no other path has."""
    stem = _SAFE.sub("_", os.path.basename(bundle.path))[:64].strip(".") or "plugin"
    return f"{stem}-{hashlib.sha256(os.fsencode(os.path.realpath(bundle.path))).hexdigest()[:16]}"


def own_folders(bundle: Bundle) -> dict[str, Path]:
    """The folders that a plugin may write to, by the names that it knows them by."""
    name = own_name(bundle)
    return {
        "/presets": data_folder() / name / "presets",
        "/cache": cache_folder() / "caches" / name,
        "/var": data_folder() / name / "var",
    }


def opened_folder(bundle: Bundle) -> Path:
    """Where copies of opened files are; the plugin cannot write to it, nor put links there."""
    return cache_folder() / "opened" / own_name(bundle)


def folders(bundle: Bundle, *, make: bool) -> list[tuple[str, str, bool]]:
    """Guest path, path here, and whether it may be written to. Without ``make``, only folders that there are."""
    found = [(GUEST, bundle.folder, False)] if bundle.folder else []
    if make:
        opened_folder(bundle).mkdir(parents=True, exist_ok=True, mode=0o700)
        found.append((OPENED, str(opened_folder(bundle)), False))
    for guest, path in own_folders(bundle).items():
        if make:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.is_dir():
            found.append((guest, str(path), True))
    return found


def within_sight(bundle: Bundle, path: str) -> str:
    """A path of the same content that the plugin can open: a file from elsewhere is copied to /opened.

    Raises PluginError for what is no file, is too large, or cannot be copied.
    """
    if not os.path.isabs(path) or "\0" in path:
        return path  # no path that CLAP allows: what follows says so
    own = os.path.abspath(path)
    for folder in [bundle.folder, *map(str, own_folders(bundle).values())]:
        if folder and own.startswith(folder + os.sep):
            return own
    try:
        if not os.path.isfile(own):
            raise PluginError(f"{path} is no file")
        if os.path.getsize(own) > _MOST_BYTES:
            raise PluginError(f"{path} is larger than {_MOST_BYTES >> 20} MiB")
        target = opened_folder(bundle) / hashlib.sha256(os.fsencode(own)).hexdigest()[:16] / os.path.basename(own)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(own, target)
    except OSError as error:
        raise PluginError(f"{path} could not be copied to where it sees it: {error.strerror or error}") from error
    return str(target)
