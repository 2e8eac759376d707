"""Which format a file is of, from what it exports. For callers that name a path and no format (``auto``)."""

from __future__ import annotations

import os

from isobooth.protocol.locator import bundle_around, formats_of_path

from .library import file_error, looks_like, regular_file, whole_image
from .registry import SUPPORTED

_BY_LOOKS = {
    "CLAP": "clap",
    "LADSPA": "ladspa",
    "the first LADSPA proposal (ladspa0)": "ladspa0",
    "LV2": "lv2",
    "VST3": "vst3",
    "VST2": "vst2",
    "WCLAP": "wclap",
}
_BUNDLE_PARTS = (("Contents", "VST3"), ("manifest.ttl", "LV2"), ("module.wasm", "WCLAP"))
"""What tells the bundle of a format: a name in its folder."""


def guess_format(path: str) -> str:
    """The format of the plugins in a file or bundle; of several, the one that its name tells, else the first.

    Only formats that this host supports count. Loads nothing. Raises PluginNotFound, or PluginLoadError that says what
    the file is instead of a plugin.
    """
    looks = _bundle_looks(path) or _wasm_looks(path)
    if not looks:
        with whole_image(path, regular_file(path)) as image:
            looks = looks_like(image.exports)
    formats = [_BY_LOOKS[look] for look in looks if look in _BY_LOOKS]
    by_name = [name for name in formats_of_path(path) if name in formats]
    for name in [*by_name, *formats]:
        if name in SUPPORTED:
            return name
    if looks:
        raise file_error(path, f"is a plugin of a format that this host does not support: {', '.join(looks)}")
    raise file_error(
        path,
        "exports no entry of any plugin format",
        hint="it is a library of another kind; if it is a plugin nevertheless, name its format, as in ladspa:PATH",
    )


def _wasm_looks(path: str) -> list[str]:
    """The format of WebAssembly, and of archives by the name of which somebody says that it is in them."""
    if not path or "\0" in path or not os.path.isfile(path):
        return []
    with open(path, "rb") as file:
        head = file.read(4)
    is_archive = head[:2] == b"\x1f\x8b" and path.endswith((".wclap", ".wclap.tar.gz", ".wclap.tgz"))
    return ["WCLAP"] if head == b"\0asm" or is_archive else []


def _bundle_looks(path: str) -> list[str]:
    """Formats whose bundle a folder is, or that a path inside of a bundle belongs to; empty for anything else."""
    if not path or "\0" in path or not os.path.exists(path):
        return []
    if bundle_around(os.path.abspath(path)):
        return ["VST3"]
    if not os.path.isdir(path):
        return []
    found = [known for part, known in _BUNDLE_PARTS if os.path.exists(os.path.join(path, part))]
    return found or (["VST3"] if formats_of_path(path) == ("vst3",) else [])
