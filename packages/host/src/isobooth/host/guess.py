"""Which format a file is of, from what it exports. For callers that name a path and no format (``auto``)."""

from __future__ import annotations

from isobooth.protocol.errors import PluginLoadError
from isobooth.protocol.phases import phase_name

from ._core import lib
from .elf import ElfError, open_elf
from .library import UNREADABLE, check_image, file_error, looks_like, regular_file
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
    file = regular_file(path)
    try:
        with open_elf(file) as image:
            check_image(path, image)
            looks = looks_like(image.exports)
    except ElfError as error:
        raise file_error(path, str(error), hint=UNREADABLE) from error
    except OSError as error:
        raise PluginLoadError(
            f"{path} cannot be read", path=path, phase=phase_name(lib.IB_PHASE_LOAD), cause=error.strerror or str(error)
        ) from error
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
