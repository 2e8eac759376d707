"""Plugins that say they have billions of something, through a client: refused with a reason, or held and told."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import load
from isobooth.host._core import ffi, lib
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


def test_the_streams_of_a_clap_state_take_every_size():
    """ext/state.h: how many bytes were moved, 0 at the end, -1 for an error; short counts are no error."""
    sink = lib.ib_clap_sink_new(10_000)
    stream, data = ffi.addressof(sink.stream), bytes(range(256)) * 40
    assert stream.write(stream, ffi.NULL, 0) == 0
    assert stream.write(stream, ffi.NULL, 1) == -1
    assert [stream.write(stream, data[at:], size) for at, size in ((0, 7), (7, 4089), (4096, 0))] == [7, 4089, 0]
    assert ffi.buffer(sink.data, sink.used)[:] == data[:4096]
    assert stream.write(stream, data, 1 << 63) == -1
    assert sink.failed
    lib.ib_clap_sink_free(sink)
    source = lib.ib_clap_source_new(data, 10, 3)
    stream, room = ffi.addressof(source.stream), ffi.new("uint8_t[]", 16)
    assert stream.read(stream, ffi.NULL, 1) == -1
    assert [stream.read(stream, room + at, size) for at, size in ((0, 2), (2, 16), (5, 0), (5, 16), (8, 16))] == [
        2,
        3,
        0,
        3,
        2,
    ]
    assert bytes(room)[:10] == data[:10]
    assert stream.read(stream, room, 16) == 0
    lib.ib_clap_source_free(source)
