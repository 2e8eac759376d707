"""What a CLAP is: files, descriptions, parameters, state, activation."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.host.formats.clap import state
from isobooth.host.formats.clap.params import sane_range, unit_of
from isobooth.host.plugin import Activation
from isobooth.protocol.descriptors import EnumValue
from isobooth.protocol.errors import ParameterError, PluginError, StateError
from isobooth.protocol.events import ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled

GAIN, MODE, METER, VOICE, FIXED = 7, 11, 4000000000, 13, 15


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def booth(folder):
    with Booth(compiled("clap_echo", folder), folder) as made:
        yield made
        assert made.faults() == []


# -- description ---------------------------------------------------------------------------------------------------


def test_a_description_holds_what_the_plugin_says(booth):
    d = booth.plugin.descriptor
    assert (d.format, d.id, d.name, d.vendor, d.version) == ("clap", "test.echo", "Echo", "isobooth tests", "1.0")
    assert d.features == ["audio-effect", "utility"]
    assert [(b.direction, b.index, b.name, b.channels, b.layout, b.is_main, b.id) for b in d.buses] == [
        ("input", 0, "In 0", 2, "stereo", True, 100),
        ("input", 1, "In 1", 1, "mono", False, 200),
        ("output", 0, "Out 0", 2, "stereo", True, 100),
        ("output", 1, "Out 1", 1, "mono", False, 200),
    ]
    assert [b.in_place_pair for b in d.buses] == [0, None, 0, None]
    assert all(b.supports_float64 for b in d.buses)
    assert [p.dialects for p in d.note_ports[:5]] == [["clap"], ["midi"], ["midi2"], ["clap", "midi"], ["mpe"]]
    assert d.note_ports[5].direction == "output"
    assert d.has_state
    assert not d.has_gui
    assert booth.plugin.warnings == []


def test_parameters_are_described_from_their_flags(booth):
    gain, mode, meter, voice, fixed = booth.plugin.descriptor.parameters
    assert (gain.id, gain.name, gain.identifier, gain.module, gain.unit) == (GAIN, "Gain", "gain", "Main", "dB")
    assert (gain.minimum, gain.maximum, gain.default, gain.steps) == (-60.0, 12.0, 0.0, 0)
    assert gain.is_automatable
    assert gain.is_modulatable
    assert not gain.is_per_note
    assert mode.is_integer
    assert mode.is_enumeration
    assert mode.steps == 4
    assert mode.values == [
        EnumValue(value=n, label=t) for n, t in enumerate(["Off", "Soft", "Hard", "Caf\u00e9 \ufffd"])
    ]
    assert meter.is_output
    assert not meter.is_automatable
    assert voice.is_per_note
    assert voice.unit == ""
    assert fixed.requires_process
    assert fixed.is_periodic
    assert fixed.name == "x" * 256


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("-20.00 dB", -20.0, "dB"),
        ("0.0 dB", -0.04, "dB"),
        ("50%", 50.0, "%"),
        ("440 Hz ", 440.2, "Hz"),
        ("1.5 kHz", 1500.0, None),
        ("-inf dB", -120.0, None),
        ("12", 12.0, None),
        ("1:4", 4.0, None),
        ("Soft", 1.0, None),
        ("", 0.0, None),
    ],
)
def test_a_unit_is_taken_only_from_a_text_that_says_the_number(written, value, unit):
    assert unit_of(written, value) == unit


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((0, 1, 0.5), (0, 1, 0.5)),
        ((5, 1, 0), (1, 5, 1)),
        ((0, 1, math.nan), (0, 1, 0)),
        ((0, 1, 7), (0, 1, 1)),
        ((math.nan, math.nan, math.nan), (0, 1, 0)),
        ((-math.inf, -5, -9), (-5, -5, -5)),
        ((3, math.inf, 9), (3, 3, 3)),
    ],
)
def test_ranges_that_cannot_be_are_repaired(given, wanted):
    *found, wrong = sane_range(*given)
    assert tuple(found) == wanted
    assert bool(wrong) == (given != wanted)


def test_values_and_texts(booth):
    plugin = booth.plugin
    assert plugin.values() == {GAIN: 0.0, MODE: 1.0, METER: 0.0, VOICE: 0.5, FIXED: 0.0}
    assert plugin.value_to_text(GAIN, -12.5) == "-12.50 dB"
    assert plugin.value_to_text(FIXED, 0.25) == "0.25"
    assert plugin.text_to_value(GAIN, "-3.5 dB") == -3.5
    for wrong in ("loud", "nan", "inf", "3\0", "\ud800"):
        with pytest.raises(ParameterError, match="Gain"):
            plugin.text_to_value(GAIN, wrong)
    with pytest.raises(ParameterError, match="no parameter with the id 99"):
        plugin.value_to_text(99, 0.0)
    with pytest.raises(ParameterError, match="finite"):
        plugin.value_to_text(GAIN, math.nan)


def test_a_text_without_an_end_is_cut_at_the_end_of_its_buffer(folder):
    with Booth(compiled("clap_asks", folder), folder) as booth:
        assert booth.plugin.value_to_text(2, 0.5) == "a" * 512
        assert booth.plugin.value_to_text(2, 1.5) == "1.5"


# -- state ---------------------------------------------------------------------------------------------------------


def test_a_state_goes_out_and_in_also_in_small_pieces(booth, folder):
    saved = booth.plugin.save_state()
    assert len(saved) == 40
    other = bytearray(saved)
    other[:8] = np.float64(-33.0).tobytes()
    booth.plugin.load_state(bytes(other))
    assert booth.plugin.values()[GAIN] == -33.0
    plugin = booth.plugin
    for piece in (1, 2, 3, 7, 39, 41):
        state.load(plugin._plugin, plugin._state_functions, "Echo", saved, piece=piece)
        assert plugin.save_state() == saved


def test_a_state_that_cannot_be_had_or_taken_is_an_error(booth, folder):
    saved = booth.plugin.save_state()
    for wrong in (b"", saved[:-1], saved + b"x"):
        with pytest.raises(StateError, match=f"refused a state of {len(wrong)} bytes"):
            booth.plugin.load_state(wrong)
    refusing = bytearray(saved)
    refusing[8:16] = np.float64(3.0).tobytes()
    booth.plugin.load_state(bytes(refusing))
    with pytest.raises(StateError, match=r"save\(\) returned false"):
        booth.plugin.save_state()
    with Booth(compiled("clap_asks", folder), folder) as other:
        assert other.plugin.warnings == ["its extension clap.state lacks save, load and is not used"]
        with pytest.raises(StateError, match="no state to save"):
            other.plugin.save_state()
        with pytest.raises(StateError, match="no state to load"):
            other.plugin.load_state(b"")
        other.drain()


# -- activation and audio ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample_bytes", [4, 8])
@pytest.mark.parametrize("rate", [1000.0, 44100.0, 768000.0, 47999.5])
def test_audio_goes_through_unchanged(booth, sample_bytes, rate):
    booth.start(rate=rate, frames=1024, sample_bytes=sample_bytes)
    noise = np.random.default_rng(1)
    for frames in (1, 2, 3, 64, 1023, 1024):
        audio = noise.uniform(-1, 1, (3, frames)).astype(booth.dtype)
        answer = booth.play(audio)
        assert answer.status == lib.IB_STATUS_OK
        assert (answer.audio == audio).all()


def test_constant_masks_go_both_ways(booth):
    booth.start()
    for mask in (0, 0b101, 0b111):
        assert booth.play(np.zeros((3, 8), np.float32), constant_mask=mask).constant_mask == mask


def test_float64_is_refused_where_a_port_does_not_take_it(folder):
    with Booth(compiled("clap_asks", folder), folder) as booth:
        with pytest.raises(PluginError, match="does not take float64 on Out of 2"):
            booth.start(sample_bytes=8)
        booth.drain()


def test_what_cannot_be_activated_is_an_error_and_can_be_tried_again(booth):
    with pytest.raises(PluginError, match=r"activate\(\) returned false"):
        booth.start(rate=12345.0)
    for rate, least, most in (
        (math.nan, 1, 64),
        (0.0, 1, 64),
        (48000.0, 0, 64),
        (48000.0, 65, 64),
        (48000.0, 1, 1 << 31),
    ):
        with pytest.raises(PluginError, match="'Echo' cannot"):
            booth.plugin.activate(Activation(rate, least, most, 4, False))
    booth.start()
    with pytest.raises(PluginError, match="active already"):
        booth.plugin.activate(booth.activation)
    assert booth.play(np.ones((3, 8), np.float32)).status == lib.IB_STATUS_OK


def test_blocks_of_other_lengths_than_announced_are_left_out(booth):
    booth.start(frames=256, least=16)
    answer = booth.play(np.ones((3, 8), np.float32))
    assert answer.status == lib.IB_STATUS_PLUGIN_ERROR
    assert (answer.audio == 0).all()
    assert (5, "a block was not as long as was announced at activation (left out)") in booth.drain()
    booth.logged.clear()
    assert booth.play(np.ones((3, 16), np.float32)).status == lib.IB_STATUS_OK


def test_reset_and_render_mode_reach_the_plugin(booth):
    booth.start(offline=True)
    booth.play(np.zeros((3, 8), np.float32), flags=lib.IB_BLOCK_RESET)
    booth.plugin.set_offline(True)
    booth.plugin.set_offline(False)
    assert [text for _, text in booth.drain()] == ["offline", "reset", "real time"]


def test_an_active_plugin_can_be_described_while_it_plays(booth):
    booth.start()
    before = booth.plugin.describe()
    for _ in range(200):
        booth.play(np.zeros((3, 64), np.float32))
        assert booth.plugin.describe().parameters == before.parameters


def test_a_plugin_is_described_while_its_audio_thread_looks_its_parameters_up(booth):
    booth.start()
    event = ParamValue(GAIN, -6.0)
    wrong = []

    def play():
        for _ in range(3000):
            answer = booth.play(np.zeros((3, 16), np.float32), [event] * 20)
            if len(answer.events) != 20 or answer.flags:
                wrong.append(answer)

    player = threading.Thread(target=play)
    player.start()
    times = 0
    while player.is_alive():
        booth.plugin.describe()
        times += 1
    player.join()
    assert times > 10
    assert wrong == []


def test_many_activations(booth):
    for turn in range(30):
        booth.start(rate=8000.0 * (1 + turn % 7), frames=1 << turn % 10)
        assert booth.play(np.ones((3, 1), np.float32)).status == lib.IB_STATUS_OK
        booth.stop()
