"""What a CLAP is: files, descriptions, parameters, state, activation."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.clap import state
from isobooth.host.formats.clap.entry import _open
from isobooth.host.formats.clap.params import sane_range, unit_of
from isobooth.host.formats.clap.plugin import load, scan
from isobooth.host.plugin import Activation, LoadRequest
from isobooth.protocol.descriptors import EnumValue, ScanReport
from isobooth.protocol.errors import ParameterError, PluginError, PluginLoadError, PluginNotFound, StateError

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


def opened(path, plugin_id=""):
    mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
    return load(LoadRequest(str(path), plugin_id, 48000.0, 256, 0, 0, mailbox))


def scanned(path):
    report = ScanReport(format="clap", path=str(path))
    scan(str(path), report)
    msgspec.json.encode(report)  # nothing in it that JSON cannot say
    return report


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


def test_many_activations(booth):
    for turn in range(30):
        booth.start(rate=8000.0 * (1 + turn % 7), frames=1 << turn % 10)
        assert booth.play(np.ones((3, 1), np.float32)).status == lib.IB_STATUS_OK
        booth.stop()


# -- files ---------------------------------------------------------------------------------------------------------


def test_instances_of_a_file_share_its_entry_and_the_last_one_closes_it(folder):
    path = compiled("clap_echo", folder)
    first, second = opened(path), opened(path)
    entry = _open[str(path)]
    assert entry.users == 2
    first.close()
    first.close()
    assert second.values()[MODE] == 1.0
    second.close()
    assert not _open


@pytest.mark.parametrize(
    ("flag", "cause"),
    [
        ("BAD_INIT", "clap_entry.init returned false"),
        ("BAD_VERSION", "CLAP 0.2.0, a draft"),
        ("BAD_ENTRY", "clap_entry lacks get_factory"),
        ("BAD_FACTORY", "plugin factory lacks create_plugin"),
    ],
)
def test_an_entry_that_cannot_be_used_says_why(folder, flag, cause):
    path = compiled("clap_bad", folder, f"-D{flag}")
    with pytest.raises(PluginLoadError, match=cause) as caught:
        opened(path, "bad.good")
    assert caught.value.path == str(path)
    assert not _open
    with pytest.raises(PluginLoadError, match=cause):
        scanned(path)


def test_a_file_without_a_factory_holds_nothing(folder):
    path = compiled("clap_bad", folder, "-DBAD_NO_FACTORY")
    report = scanned(path)
    assert report.plugins == []
    assert [w.reason for w in report.warnings] == ["it has no plugin factory"]
    with pytest.raises(PluginNotFound, match="holds no plugin - it has no plugin factory"):
        opened(path)


def test_a_scan_describes_what_can_be_described_and_tells_the_rest(folder):
    report = scanned(compiled("clap_bad", folder))
    assert [p.id for p in report.plugins] == ["bad.good", "bad.nameless", "bad.stubborn", "bad.absent", "bad.holed"]
    good, nameless = report.plugins[:2]
    assert good.name == "Good \ufffd"
    assert good.features == ["audio-effect", "stereo"]
    assert nameless.name == "bad.nameless"
    errors = {problem.plugin_id: problem.reason for problem in report.errors}
    assert "init() returned false; the licence server is closed" in errors["bad.stubborn"]
    assert "create_plugin returned nothing" in errors["bad.absent"]
    assert "lacks start_processing" in errors["bad.holed"]
    warned = [problem.reason for problem in report.warnings]
    assert sum("has no id" in reason for reason in warned) == 2
    assert sum("has no descriptor" in reason for reason in warned) == 1
    assert "plugin 'bad.draft' was built for a draft of CLAP and was left out" in warned
    assert "'bad.nameless' was asked for and 'bad.good' was created" in warned
    assert not _open


def test_a_plugin_of_several_has_to_be_named(folder):
    path = compiled("clap_bad", folder)
    with pytest.raises(PluginNotFound, match=r"holds 5 plugins.*bad\.good, bad\.nameless"):
        opened(path)
    with pytest.raises(PluginNotFound, match=r"holds no plugin 'bad\.god'.*did you mean 'bad\.good'"):
        opened(path, "bad.god")
    opened(path, "bad.nameless").close()
    with pytest.raises(PluginLoadError, match="licence server"):
        opened(path, "bad.stubborn")


def test_nonsense_of_a_plugin_is_repaired_and_told(folder):
    plugin = opened(compiled("clap_bad", folder), "bad.good")
    parameters = plugin.descriptor.parameters
    assert [p.id for p in parameters] == [0, 1, 2, 4, 7]
    assert [(p.minimum, p.maximum, p.default) for p in parameters[:4]] == [(0, 1, 0), (1, 5, 1), (0, 1, 0), (0, 1, 0)]
    assert parameters[4].steps == 0
    assert parameters[4].values == []
    assert parameters[0].unit == "ms"
    assert plugin.values() == {0: 0.0, 1: 1.0, 2: 0.5, 4: 0.5, 7: 0.5}
    with pytest.raises(ParameterError, match="does not understand '1'"):
        plugin.text_to_value(0, "1")
    told = "\n".join(plugin.warnings)
    for part in (
        "runs backwards",
        "default nan",
        "id 1 of another",
        "no valid id",
        "1 of its parameters have no",
        "3000000000 input",
    ):
        assert part in told
    assert len(plugin.warnings) <= 20
    outputs = [bus for bus in plugin.descriptor.buses if bus.direction == "output"]
    assert [bus.channels for bus in outputs] == [4000000000, 2]
    assert outputs[0].name == "n" * 256
    with pytest.raises(PluginError, match="4000000002 output channels; 1024 are possible"):
        plugin.activate(Activation(48000.0, 1, 64, 4, False))
    plugin.close()


def test_absurd_numbers_of_parameters_are_held_and_many_are_no_trouble(folder):
    many = opened(compiled("clap_bad", folder, "-DBAD_MANY"), "bad.good")
    assert len(many.descriptor.parameters) == len(many.values()) == 10000
    assert len({p.identifier for p in many.descriptor.parameters}) == 10000
    many.close()
    absurd = opened(compiled("clap_bad", folder, "-DBAD_COUNT"), "bad.good")
    assert len(absurd.descriptor.parameters) == 100_000
    assert any("4000000000 parameters; the first 100000" in warning for warning in absurd.warnings)
    assert len(absurd.values()) == 100_000
    absurd.close()
