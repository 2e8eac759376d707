"""The real plugins that are measured, where this machine has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from isobooth.client import Plugin, load

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "ladspa": ("LADSPA_PATH", ["/usr/lib/ladspa", "/usr/local/lib/ladspa", "/usr/lib64/ladspa"]),
    "clap": ("CLAP_PATH", ["/usr/lib/clap", "/usr/local/lib/clap", str(Path.home() / ".clap")]),
    "vst3": ("VST3_PATH", ["/usr/lib/vst3", "/usr/local/lib/vst3", str(Path.home() / ".vst3")]),
}


@dataclass(frozen=True)
class Measured:
    """A plugin as Debian ships it."""

    format: str
    file: str
    id: str
    name: str
    """The name in tables."""
    package: str
    """Debian's package."""
    same: str = ""
    """A VST3 of the same sound, for hosts that know no other format."""

    @property
    def path(self) -> Path | None:
        """Where it is on this machine."""
        return find(self.format, self.file)

    @property
    def title(self) -> str:
        """Name and format."""
        return f"{self.name} ({self.format})"

    def load(self, **options: object) -> Plugin:
        """Load it into a booth."""
        return load(f"{self.format}:{self.path}#{self.id}", **options)  # type: ignore[arg-type]


def find(kind: str, file: str) -> Path | None:
    """Return where a plugin file is: on the path of its format, or where the repository's tools put it."""
    variable, usual = FOLDERS[kind]
    own = ROOT / ".cache" / "plugins" / "usr" / "lib" / kind
    folders = [*filter(None, os.environ.get(variable, "").split(os.pathsep)), *usual, str(own)]
    for folder in folders:
        path = Path(folder, file)
        if path.exists():
            return path
    return None


AMP = Measured("ladspa", "amp.so", "amp_stereo", "Stereo amplifier", "ladspa-sdk")
SC4 = Measured("ladspa", "sc4_1882.so", "sc4", "SC4 compressor", "swh-plugins")
"""Has meters."""
ROOM = Measured(
    "clap", "DragonflyRoomReverb.clap", "michaelwillis.dragonfly.room", "Dragonfly Room", "dragonfly-reverb"
)
"""Takes long."""
PLUGINS = (
    AMP,
    SC4,
    Measured("ladspa", "ZamCompX2-ladspa.so", "ZamCompX2", "ZamCompX2", "zam-plugins", "ZamCompX2.vst3"),
    Measured("clap", "ZamCompX2.clap", "com.zamaudio.ZamCompX2", "ZamCompX2", "zam-plugins", "ZamCompX2.vst3"),
    ROOM,
)


def present(wanted: tuple[Measured, ...] = PLUGINS) -> list[Measured]:
    """Return those that this machine has, with a line for each that it lacks."""
    found = []
    for plugin in wanted:
        if plugin.path is None:
            print(f"left out: {plugin.title} is not installed (Debian: {plugin.package})")
        else:
            found.append(plugin)
    return found


def null(**options: object) -> Plugin:
    """Load the plugin that passes everything through."""
    return load("null:pass", **options)  # type: ignore[arg-type]
