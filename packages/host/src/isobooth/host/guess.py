"""Which format a file is of, from what it exports. For callers that name a path and no format (``auto``)."""

from __future__ import annotations

from .library import file_error, looks_like, regular_file, whole_image
from .registry import SUPPORTED

_BY_LOOKS = {
    "CLAP": "clap",
    "LADSPA": "ladspa",
    "the first LADSPA proposal (ladspa0)": "ladspa0",
    "LV2": "lv2",
    "VST3": "vst3",
    "VST2": "vst2",
}


def guess_format(path: str) -> str:
    """The format of the plugins in a file; of several, the first that this host supports.

    Loads nothing. Raises PluginNotFound, or PluginLoadError that says what the file is instead of a plugin.
    """
    with whole_image(path, regular_file(path)) as image:
        looks = looks_like(image.exports)
    formats = [_BY_LOOKS[look] for look in looks if look in _BY_LOOKS]
    for name in formats:
        if name in SUPPORTED:
            return name
    if looks:
        raise file_error(path, f"is a plugin of a format that this host does not support: {', '.join(looks)}")
    raise file_error(
        path,
        "exports no entry of any plugin format",
        hint="it is a library of another kind; if it is a plugin nevertheless, name its format, as in ladspa:PATH",
    )
