"""The plugins that every format's host is tried with, and what each of them can do.

A test asks for what it needs, and gets a plugin of each format that can do it::

    @that_can("latency")
    def test_latency(subject): ...

A format takes part by its rows here. Words for what a plugin can do:

effect         sound goes in, and as long as it does, sound comes out
instrument     a note gives sound
parameters     it has parameters, at least one of them can be set
exact          what a parameter is set to is what it says it is; others round to steps that they do not tell
state          it can be saved and restored
repeatable     two fresh instances give the same output for the same input
linear         what was before does not matter once it is reset
automation     a change takes effect at its frame, not at the start of the block
latency        it says how late its output is, and an impulse comes out of it as an impulse
bypass         one of its parameters is its own bypass
sidechain      what goes into the second input bus changes the output
buses          it puts different signals into several output buses
transport      the tempo changes the output
resets         a reset ends the notes that sound
typical        one or two of each format, for tests that are more about the host than about the plugin
through        events that go in come out again
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from isobooth.client import Plugin, load
from isobooth.host.registry import SUPPORTED
from isobooth.protocol import get_include
from isobooth.protocol.descriptors import ScanReport
from tests.support import absent, host_command, host_for, hosting, newer_plugin, real_plugin

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Subject:
    """One plugin."""

    format: str
    file: str
    """Of Debian: ``amp.so``; of our own, compiled for the tests: ``clap_echo.c``; empty where there is none."""
    plugin_id: str
    can: frozenset[str]
    is_newer: bool = False
    """Needs a newer C library than many machines have."""
    settings: dict[str | int, float] = field(default_factory=dict, hash=False)
    """Values of parameters (by identifier) that bring out what it can do, for tests that only listen."""
    early: int = 0
    """Frames that a change of it comes too early."""
    change: str = ""
    """Identifier of a parameter whose changes are heard at once; empty: the first that is no switch."""

    @property
    def name(self) -> str:
        """For the report."""
        return " ".join(filter(None, (self.format, Path(self.file).stem, self.plugin_id.rpartition(".")[2][:12])))

    @property
    def path(self) -> Path:
        """Its file. Skips, or fails where CI=true, if it is absent."""
        if not self.file:
            return Path()
        if self.file.endswith(".c"):
            return _compiled(self.file)
        return newer_plugin(self.file) if self.is_newer else real_plugin(self.file)

    @property
    def locator(self) -> str:
        """What ``load`` takes."""
        if not self.file:
            return f"{self.format}:"
        return f"{self.format}:{self.path}" + (f"#{self.plugin_id}" if self.plugin_id else "")

    @property
    def host(self) -> list[str]:
        """The command of a host that can load it."""
        return host_for(self.path) if self.file else host_command()

    def hosting(self) -> AbstractContextManager[object]:
        """Inside, ISOBOOTH_HOST names such a host."""
        return hosting(self.path) if self.file else nullcontext()

    def load(self, *, as_set: bool = True, **options: object) -> Plugin:
        """A booth of its own, with the subject's settings unless ``as_set`` is false."""
        with self.hosting():
            plugin = load(self.locator, **{"sample_rate": 48000.0, "block_size": 512, "timeout": 30.0, **options})
        if as_set:
            for key, value in self.settings.items():
                plugin.parameters[key] = value
        return plugin

    def scan(self) -> ScanReport:
        """What the host says of its file."""
        if self.file.startswith("lsp-plugins") and self.format == "vst3":
            pytest.skip("190 plugins: half a minute")
        return _scan(tuple(self.host), self.format, str(self.path))


@functools.cache
def _scan(host: tuple[str, ...], format: str, path: str) -> ScanReport:  # noqa: A002
    command = [*host, "--scan", "--format", format, "--path", path]
    done = subprocess.run(command, capture_output=True, check=True, timeout=100)
    return msgspec.convert(json.loads(done.stdout), ScanReport)


@functools.cache
def _compiled(name: str) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        absent("a C compiler")
    folder = Path(tempfile.mkdtemp(prefix="conformance-", dir=_folder()))
    target = folder / Path(name).with_suffix(".clap" if name.startswith("clap") else ".so").name
    include = [f"-I{TESTS.parent / 'src' / 'isobooth' / 'host'}", f"-I{get_include()}", f"-I{TESTS / 'plugins'}"]
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    command = [str(compiler), *flags, *include, str(TESTS / "plugins" / name), "-o", str(target), "-lm", "-lpthread"]
    subprocess.run(command, check=True)
    return target


@functools.cache
def _folder() -> str:
    return os.environ.get("PYTEST_CONFORMANCE_FOLDER") or tempfile.gettempdir()


def _row(
    form: str,
    file: str,
    plugin_id: str,
    can: str,
    *,
    newer: bool = False,
    change: str = "",
    early: int = 0,
    **settings: float,
) -> Subject:
    return Subject(form, file, plugin_id, frozenset(can.split()), newer, dict(settings), early, change)


_AGAIN, _AGAIN_SIDECHAIN = "84E8DE5F92554F5396FAE4133C935A18", "41347FD6FED64094AFBB12B7DBA1D441"
_AGAIN_ACCURATE = "C18D3C1E719E4E29924D3ECAA5E4DA18"
_NOTES = "6EE65CD1B83A4AF480AA7929AEA6B8A0"
_MDA_PIANO = "5653544D4441706D6461207069616E6F"
_LSP_CROSSOVER, _LSP_COMPRESSOR = "6473702066773873202020206F6F7162", "6473702073636B317320202035787A69"
_LSP_LIMITER = "64737020623173202020202072667563"
_LSP_CLAP_CROSSOVER = "in.lsp-plug.crossover_stereo"
_LSP_CLAP = "in.lsp-plug.sc_compressor_stereo"
_SURE = "parameters exact state repeatable"
_LSP = "parameters state"

_MDA = "http://drobilla.net/plugins/mda/"

SUBJECTS = (
    _row("null", "", "", "typical effect state repeatable linear through"),
    # LADSPA: controls hold for a whole run(), so that the host cuts blocks to bring a change to its frame
    _row("ladspa", "amp.so", "amp_stereo", f"typical effect {_SURE} linear automation"),
    _row("ladspa", "sc4_1882.so", "sc4", f"effect {_SURE} automation", change="makeup_gain_db"),
    _row("ladspa", "plate_1423.so", "plate", f"effect {_SURE}"),
    _row("ladspa", "fast_lookahead_limiter_1913.so", "fastLookaheadLimiter", f"effect {_SURE} latency"),
    _row("ladspa0", "ladspa0_units.c", "UG_Isobooth_Gain_1", f"typical effect {_SURE} linear automation", gain=0.5),
    _row("ladspa0", "ladspa0_units.c", "UG_Isobooth_Splitter_2", f"effect {_SURE} automation", balance=0.3),
    # CLAP
    _row("clap", "clap_echo.c", "", f"typical effect {_SURE} linear automation through"),
    _row("clap", "ZamComp.clap", "", f"typical effect {_SURE} linear"),
    _row("clap", "ZamCompX2.clap", "", f"effect {_SURE} linear sidechain", sidechain=1, threshold=-40, makeup=0),
    _row("clap", "ZaMaximX2.clap", "", f"effect {_SURE} linear latency"),
    _row("clap", "ZamDelay.clap", "", f"effect {_SURE} transport", sync_bpm=1, dry_wet=1),
    _row("clap", "DragonflyHallReverb.clap", "", "effect parameters state"),
    _row("clap", "MVerb.clap", "", f"effect {_SURE}", newer=True),
    _row("clap", "Nekobi.clap", "", f"typical instrument resets {_SURE}", newer=True),
    _row("clap", "Kars.clap", "", f"instrument resets {_SURE}", newer=True),
    _row("clap", "AmplitudeImposer.clap", "", f"{_SURE} sidechain", newer=True),
    _row(
        "clap",
        "lsp-plugins.clap",
        "in.lsp-plug.crossover_stereo",
        f"typical effect {_LSP} repeatable buses",
        newer=True,
    ),
    _row("clap", "lsp-plugins.clap", _LSP_CLAP, f"effect {_LSP} repeatable", newer=True),
    _row("clap", "lsp-plugins.clap", "in.lsp-plug.limiter_stereo", f"effect {_LSP} latency", newer=True),
    # VST2: parameters hold for a whole call, so that the host cuts blocks to bring a change to its frame
    _row("vst2", "vst2_witness.c", "", f"effect {_SURE} linear automation", change="gain"),
    _row("vst2", "ZamComp-vst.so", "", f"effect {_SURE} linear"),
    _row("vst2", "ZaMaximX2-vst.so", "", f"effect {_SURE} linear latency"),
    _row("vst2", "ZamDelay-vst.so", "", "effect parameters state repeatable transport", sync_bpm=1, dry_wet=1),
    _row("vst2", "MVerb-vst.so", "", f"effect {_SURE}"),
    _row("vst2", "Nekobi-vst.so", "", "instrument parameters state repeatable"),
    _row("vst2", "Kars-vst.so", "", f"instrument {_SURE}"),
    # LV2: controls hold for a whole run(), as LADSPA's do
    _row("lv2", "ZamComp.lv2", "", f"effect {_SURE} linear"),
    _row("lv2", "ZamCompX2.lv2", "", f"effect {_SURE} linear sidechain", sidechain=1, thr=-40, mak=0),
    _row("lv2", "ZaMaximX2.lv2", "", f"effect {_SURE} linear latency"),
    _row("lv2", "eg-amp.lv2", "", f"effect {_SURE} linear automation"),
    _row("lv2", "eg-fifths.lv2", "", "repeatable"),
    _row("lv2", "mda.lv2", f"{_MDA}Delay", f"effect {_SURE}"),
    _row("lv2", "mda.lv2", f"{_MDA}JX10", f"instrument {_SURE}"),
    # VST3
    _row("vst3", "ZamComp.vst3", "", f"effect {_SURE} linear"),
    _row(
        "vst3", "ZamCompX2.vst3", "", f"typical effect {_SURE} linear sidechain", sidechain=1, threshold=-40, makeup=0
    ),
    _row("vst3", "ZaMaximX2.vst3", "", f"effect {_SURE} linear latency"),
    _row("vst3", "ZamDelay.vst3", "", f"effect {_SURE} transport", sync_bpm=1, dry_wet=1),
    _row("vst3", "DragonflyHallReverb.vst3", "", "effect parameters state"),
    _row(
        "vst3", "Nekobi.vst3", "", f"instrument resets {_LSP} repeatable", newer=True
    ),  # its controller refuses "Waveform"
    _row("vst3", "AmplitudeImposer.vst3", "", f"{_SURE} sidechain", newer=True),
    _row("vst3", "again.vst3", _AGAIN, f"typical effect {_SURE} linear bypass", newer=True, gain=0.5),
    _row("vst3", "again.vst3", _AGAIN_SIDECHAIN, f"effect {_SURE} sidechain", newer=True),
    _row(
        "vst3", "again-sampleaccurate.vst3", _AGAIN_ACCURATE, f"effect {_SURE} automation", newer=True, early=1, gain=1
    ),
    _row("vst3", "adelay.vst3", "", f"effect {_SURE}", newer=True, delay=0.002),
    _row("vst3", "syncdelay.vst3", "", f"{_SURE} transport", newer=True, delay=4),
    _row("vst3", "panner.vst3", "", f"effect {_SURE}", newer=True),
    _row("vst3", "noteexpressionsynth.vst3", _NOTES, "typical instrument resets parameters state", newer=True),
    _row("vst3", "mda-vst3.vst3", _MDA_PIANO, f"instrument {_LSP}", newer=True),
    _row("vst3", "lsp-plugins.vst3", _LSP_CROSSOVER, f"effect {_LSP} repeatable buses", newer=True),
    _row(
        "vst3",
        "lsp-plugins.vst3",
        _LSP_COMPRESSOR,
        f"effect {_LSP} repeatable bypass sidechain",
        newer=True,
        sidechain_type=2,
        attack_threshold=0.01,
        input_gain=0.5,
    ),
    _row("vst3", "lsp-plugins.vst3", _LSP_LIMITER, f"effect {_LSP} latency", newer=True),
)


def all_that_can(*words: str) -> list[Subject]:
    """Rows of the formats that this host supports that can do all of ``words``; ordered by the host they need."""
    found = [one for one in SUBJECTS if one.format in SUPPORTED and one.can.issuperset(words)]
    return sorted(found, key=lambda one: one.is_newer)


def that_can(*words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test once for each plugin that can do all of ``words``."""
    rows = [
        pytest.param(one, id=one.name, marks=[] if one.file.endswith(".c") or not one.file else pytest.mark.real_plugin)
        for one in all_that_can(*words)
    ]
    return pytest.mark.parametrize("subject", rows)
