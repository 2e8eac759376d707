"""For pytest (``-p wclap_redirect``): the tests of CLAP, with their plugins compiled to WebAssembly."""

from __future__ import annotations

from pathlib import Path

import clap_booth
from wclap_modules import built

import isobooth.host.formats.clap.plugin as clap
import isobooth.host.formats.wclap.plugin as wclap

_native = clap_booth.compiled


def _compiled(name: str, folder: Path, *flags: str) -> Path:
    if name == "clap_driver":
        return _native(name, folder, *flags)
    return built(name, folder, "-Wno-error", *flags)


clap_booth.compiled = _compiled
clap_booth.Booth.__init__.__defaults__ = ("", wclap.load)
clap.load, clap.scan = wclap.load, wclap.scan
