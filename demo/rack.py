"""Which plugins the demo plays: real ones where the machine has them, else our own, compiled on the spot."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from demo.music import RATE
from isobooth.client import IsoboothError, Plugin, load
from isobooth.scan import search_paths

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 256
"""Frames."""
FORMATS = ("ladspa", "clap")
# Where the demo's task unpacks CLAP plugins; every folder of the system comes after it.
UNPACKED = {"clap": [ROOT / ".cache" / "plugins" / "usr" / "lib" / "clap"]}


class NoCompiler(Exception):
    """Our own plugins cannot be compiled. The text says why."""


@dataclass(frozen=True)
class Choice:
    """A plugin that the demo would play."""

    format: str
    file: str
    id: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    """Value by name of the parameter. A parameter that this build of the plugin lacks is left out."""
    chain: int = 0
    """Place in the chain, from 1 on; 0: played alone only. Only plugins from two channels to two fit."""
    victim: int = 0
    """The plugin of the chain with the highest number is the one whose host is killed. It has to play the same at every
    run (ZaMaximX2 asks to be restarted while it plays, and is, a few blocks sooner or later)."""


REAL = (
    Choice("ladspa", "dj_eq_1901.so", "dj_eq", {"Lo gain (dB)": 4.0, "Mid gain (dB)": -4.0, "Hi gain (dB)": 3.0}, 1, 2),
    Choice(
        "ladspa",
        "sc4_1882.so",
        "sc4",
        {
            "RMS/peak": 1.0,
            "Attack time (ms)": 1.5,
            "Release time (ms)": 150.0,
            "Threshold level (dB)": -26.0,
            "Ratio (1:n)": 6.0,
            "Makeup gain (dB)": 12.0,
        },
        2,
        3,
    ),
    Choice("ladspa", "plate_1423.so", "plate", {"Reverb time": 3.0, "Dry/wet mix": 0.4}),
    Choice("ladspa", "ZamDelay-ladspa.so", "", {"Time": 375.0, "Feedback": 0.4, "Dry/Wet": 0.4}),
    Choice("clap", "DragonflyHallReverb.clap", "", {"Dry Level": 80.0, "Late Level": 30.0}, 3),
    Choice("clap", "ZaMaximX2.clap", "", {"Threshold": -8.0, "Output Ceiling": -3.0}, 4),
    Choice("clap", "ZamTube.clap", "", {"Tube Drive": 6.0}),
)
OWN = (
    Choice("ladspa", "tremolo.so", "isobooth_tremolo", {"Rate (Hz)": 4.0, "Depth": 0.9}, 2, 1),
    Choice("clap", "filter.clap", "isobooth.demo.filter", {"Cutoff": 900.0}, 1),
)


@dataclass
class Part:
    """A plugin that was loaded, with its settings."""

    choice: Choice
    path: Path
    plugin: Plugin
    settings: dict[str, float]

    @property
    def name(self) -> str:
        """The plugin's own name."""
        return self.plugin.name


def real(name: str) -> list[tuple[Choice, Path]]:
    """Return the real plugins of a format that are on this machine."""
    return [(choice, path) for choice in REAL if choice.format == name for path in find(choice)]


def own(name: str, folder: Path) -> list[tuple[Choice, Path]]:
    """Return our own plugins of a format, compiled into ``folder``. Raises NoCompiler."""
    return [(choice, compile_own(choice, folder)) for choice in OWN if choice.format == name]


def find(choice: Choice) -> list[Path]:
    """Return the first file of that name in the folders of its format; nothing if there is none."""
    folders = [*UNPACKED.get(choice.format, []), *search_paths(choice.format)]
    return [path for path in (folder / choice.file for folder in folders) if path.is_file()][:1]


def compile_own(choice: Choice, folder: Path) -> Path:
    """Compile one of demo/plugins. Raises NoCompiler with the compiler's own words."""
    source = ROOT / "demo" / "plugins" / f"{Path(choice.file).stem}.c"
    target = folder / choice.file
    flags = ["-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden"]
    headers = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
    command = [*compiler(), *flags, "-I", str(headers), str(source), "-o", str(target), "-lm"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise NoCompiler(f"{source.name} could not be compiled: {shlex.join(command)}\n{done.stderr}")
    return target


def compiler() -> list[str]:
    """Return the words of a C compiler's command. Raises NoCompiler where there is none."""
    wishes = [os.environ.get("CC", ""), str(sysconfig.get_config_var("CC") or ""), "cc", "gcc", "clang"]
    for wish in wishes:
        words = shlex.split(wish)
        if words and shutil.which(words[0]):
            return words
    raise NoCompiler("there is no C compiler; the demo compiles its own plugins where it finds no real ones")


def open_part(choice: Choice, path: Path, on_crash: Literal["raise", "bypass"] = "raise") -> Part:
    """Load a plugin and set its parameters. Raises what ``load`` raises."""
    locator = f"{choice.format}:{path}" + (f"#{choice.id}" if choice.id else "")
    plugin = load(locator, sample_rate=RATE, block_size=BLOCK, offline=True, on_crash=on_crash)
    try:
        settings = {name: value for name, value in choice.settings.items() if name in plugin.parameters}
        for name, value in settings.items():
            plugin.parameters[name].value = value
    except IsoboothError:
        plugin.close()
        raise
    return Part(choice, path, plugin, settings)
