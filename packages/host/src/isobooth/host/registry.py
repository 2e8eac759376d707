"""Which formats there are. A format is imported when it is used."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from isobooth.protocol.descriptors import FORMATS, ScanReport
from isobooth.protocol.errors import UnsupportedFormat

from .plugin import LoadRequest, PluginInstance

SUPPORTED = ("clap", "ladspa", "ladspa0", "lv2", "null", "vst2", "vst3", "wclap")
"""Formats that this host can load."""
AUTO = "auto"
"""Instead of a format: look into the file."""


class Format(Protocol):
    """What the module ``plugin`` of a format offers."""

    def scan(self, path: str, report: ScanReport) -> None:
        """Describe every plugin of a file into ``report``. Raises PluginLoadError if the file cannot be opened."""

    def load(self, request: LoadRequest) -> PluginInstance:
        """Load one plugin. Raises PluginLoadError."""


def find_format(name: str) -> Format:
    """The format of that name. Raises UnsupportedFormat, which lists those that there are."""
    if name not in SUPPORTED:
        known = "is known but not supported by this host" if name in FORMATS else "is not a plugin format"
        raise UnsupportedFormat(
            f"format {name!r} {known}",
            tried=[f"supported: {', '.join(SUPPORTED)}"],
            hint="name one of these, or upgrade isobooth-host",
        )
    return cast(Format, importlib.import_module(f"isobooth.host.formats.{name}.plugin"))
