"""Plugins that say they have billions of something, through a client: refused with a reason, or held and told."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import load
from isobooth.host.formats.clap.plugin import scan
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import PluginError, PluginLoadError
from isobooth.protocol.messages import Activated
from tests.daw import Blocks, Daw
from tests.support import compile_plugin

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import compiled
from vst3_files import HERE, INCLUDE


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("PORTS", r"says it has 4000000000 output ports; 1024 are possible"),
        ("CHANNELS", r"4000000000 output channels, 4000000000 of them on bus 'port 0'; 1024 are possible"),
        ("SUM", r"2048 output channels, 2 of them on bus 'port 0'; 1024 are possible"),
    ],
)
def test_a_clap_with_too_much_audio_is_refused(what, says, tmp_path):
    with pytest.raises((PluginError, PluginLoadError), match=says):
        load(compiled("clap_endless", tmp_path, f"-DENDLESS={what}"))


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("NOTE_PORTS", "4000000000 input note ports; the first 256 are used"),
        ("NOTE_NAMES", "4000000000 note names; the first 65536 are used"),
        ("PAGES", "4000000000 pages of remote controls; the first 4096 are used"),
        ("CONFIGS", "4000000000 configurations of its ports; the first 1024 are used"),
    ],
)
def test_a_clap_with_too_much_else_is_held_and_plays(what, says, tmp_path):
    with Daw("clap", str(compiled("clap_endless", tmp_path, f"-DENDLESS={what}")), 48000, 64) as daw:
        warnings = daw.greet().warnings
        assert any(says in warning for warning in warnings), warnings
        blocks = Blocks(slots=1, frames=64, inputs=2, outputs=2, event_bytes=256)
        assert isinstance(daw.activate(blocks), Activated)
        blocks.exchange(np.zeros((2, 64), np.float32), b"")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["-DBUSES=2000000000"], r"says it has 2000000000 input audio buses; 256 are possible"),
        (["-DCHANNELS=2000000000"], r"says its input bus 'i' has 2000000000 channels; 1024 are possible"),
    ],
)
def test_a_vst3_with_too_much_audio_is_refused(flags, says, tmp_path):
    source = (HERE / "plugins" / "vst3_shapes.c").read_text()
    path = compile_plugin(source, tmp_path / "Shapes.vst3", INCLUDE, f"-I{HERE / 'plugins'}", *flags)
    with pytest.raises((PluginError, PluginLoadError), match=says):
        load(path)


def test_too_many_preset_providers_are_held(tmp_path):
    path = str(compiled("clap_endless", tmp_path, "-DENDLESS=PROVIDERS"))
    report = ScanReport(format="clap", path=path)
    scan(path, report)
    assert any("4000000000 preset providers; the first 256 are asked" in one.reason for one in report.warnings)
