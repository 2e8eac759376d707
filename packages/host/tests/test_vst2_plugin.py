"""What a VST2 plugin is, how it is found in its file, and what the host answers it."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst2.effect import decode, id_text, means, shortest
from isobooth.host.formats.vst2.features import version_text
from isobooth.host.formats.vst2.library import version_number
from isobooth.host.formats.vst2.plugin import load, scan
from isobooth.host.guess import guess_format
from isobooth.host.plugin import LoadRequest
from isobooth.protocol.abilities import BusRequest
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import ParameterError, PluginError, PluginLoadError, PluginNotFound
from isobooth.protocol.events import ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst2_booth import WitnessBooth, wffi, witness_file


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def booth(folder):
    with WitnessBooth(folder) as made:
        yield made


def request(path, plugin_id="", **more):
    wish = {"sample_rate": 48000.0, "block_size": 256, "inputs": 0, "outputs": 0} | more
    return LoadRequest(str(path), plugin_id, mailbox=ffi.new("struct ib_mailbox *", {"wake_fd": -1}), **wish)


# -- description ------------------------------------------------------------------------------------------------------


def test_the_descriptor(booth):
    found = booth.plugin.descriptor
    assert (found.format, found.id, found.unique_id) == ("vst2", "WiT1", 0x57695431)
    assert (found.name, found.vendor, found.description) == ("Witness", "isobooth été", "Latin été")
    assert (found.version, found.features, found.latency) == ("1.2.3", ["audio-effect", "mastering"], 32)
    assert found.has_state
    assert not found.has_gui
    assert [(bus.name, bus.channels, bus.layout) for bus in found.buses] == [("In", 2, "stereo"), ("Out", 2, "stereo")]
    assert [(port.direction, port.dialects) for port in found.note_ports] == [("input", ["midi"]), ("output", ["midi"])]
    assert [(preset.id, preset.name) for preset in found.presets] == [(f"program:{n}", f"Prog {n}") for n in range(3)]
    assert booth.plugin.tail() == 4800
    assert booth.plugin.warnings == []


def test_parameters_with_their_properties(booth):
    gain, voices, hold, nameless, bypass = booth.plugin.descriptor.parameters
    assert (gain.name, gain.default, gain.steps, gain.identifier) == ("Gain", 1.0, 0, "gain")
    assert (voices.name, voices.module, voices.steps, voices.default) == ("Number of voices", "Voices", 5, 0.5)
    assert (hold.name, hold.is_toggled, hold.steps) == ("Hold", True, 2)
    assert (nameless.name, nameless.is_automatable, nameless.default) == ("Parameter 3", False, 0.25)
    assert (bypass.name, bypass.is_bypass, bypass.is_toggled) == ("Bypass", True, True)
    assert gain.is_automatable


def test_a_plugin_that_says_little(folder):
    with WitnessBooth(folder, "-DBARE") as booth:
        found = booth.plugin.descriptor
        assert [(bus.name, bus.channels, bus.layout) for bus in found.buses] == [("Input", 2, ""), ("Output", 2, "")]
        assert [info.name for info in found.parameters] == ["Gain", "Voices", "Hold", "Parameter 3"]
        assert not any(info.is_bypass for info in found.parameters)


def test_key_names(folder):
    with WitnessBooth(folder, "-DSYNTH") as booth:
        assert [(name.key, name.name) for name in booth.plugin.descriptor.note_names] == [(36, "Kick")]
        assert booth.plugin.descriptor.features[0] == "instrument"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0x57695431, "WiT1"), (1234, "1234"), (0x31323334, str(0x31323334)), (0x23414243, str(0x23414243)), (0, "0")],
)
def test_ids(number, text):
    assert id_text(number) == text
    for written in (text, str(number), hex(number)):
        assert means(written, number)
    assert not means("nope", number)


def test_an_id_by_sign_and_by_any_four_characters():
    assert means("-1", 0xFFFFFFFF)
    assert means("#ABC", 0x23414243)
    assert not means("4294967296", 0)
    assert not means("é", 0x57695431)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, ""),
        (-5, ""),
        (7, "7"),
        (1000, "1.0"),
        (1283, "1.2.8.3"),
        (2400, "2.4"),
        (0x010203, "1.2.3"),
        (12345, "12345"),
    ],
)
def test_versions(number, text):
    assert version_text(number) == text


def test_our_own_version_as_plugins_are_told_it():
    assert [version_number(text) for text in ("1.2.3", "0.4.0.dev1", "10.11", "x")] == [1230, 400, 10900, 0]


def test_texts():
    assert decode(b"\xc3\xa9\x07 x ") == "é  x"
    assert decode(b"\xb0C") == "°C"
    values = [np.float32(v) for v in (0.1, 1 / 3, 1e-20, 0.5)]
    assert [np.float32(shortest(float(v))) for v in values] == values
    assert shortest(float(np.float32(0.1))) == 0.1


# -- texts of parameters ----------------------------------------------------------------------------------------------


def test_text_of_present_and_other_values(booth):
    plugin = booth.plugin
    assert plugin.value_to_text(0, 1.0) == "100 %"
    assert plugin.value_to_text(0, 0.25) == "25 %"
    assert plugin.values()[0] == 1.0  # as before
    assert plugin.text_to_value(0, "30 %") == 0.3
    assert plugin.values()[0] == 1.0
    assert plugin.text_to_value(1, "0.75") == 0.75
    for text in ("2", "nan", "", "much"):
        with pytest.raises(ParameterError, match="does not understand"):
            plugin.text_to_value(1, text)
    with pytest.raises(ParameterError, match="no parameter 77"):
        plugin.value_to_text(77, 0.0)
    with pytest.raises(ParameterError, match="no finite number"):
        plugin.value_to_text(0, math.nan)


def test_nothing_is_tried_on_an_active_plugin(booth):
    booth.start()
    booth.play(np.ones((2, 8), np.float32), [ParamValue(0, 0.5)])
    set_so_far = list(booth.witness.set_values)
    assert booth.plugin.value_to_text(0, 0.5) == "50 %"
    assert booth.plugin.value_to_text(0, 0.25) == "0.25"
    assert booth.plugin.text_to_value(0, "50 %") == 0.5
    assert booth.plugin.text_to_value(0, "0.25") == 0.25
    with pytest.raises(ParameterError):
        booth.plugin.text_to_value(0, "30 %")
    assert list(booth.witness.set_values) == set_so_far


def test_a_text_that_overruns_is_survived(booth):
    assert booth.plugin.value_to_text(3, 0.25) == "x" * 8000


# -- answers of the host ----------------------------------------------------------------------------------------------


def test_simple_answers(booth):
    path = wffi.string(wffi.cast("char *", booth.ask(41))).decode()
    assert Path(path) == Path(booth.plugin.descriptor.path).parent
    assert [booth.ask(opcode) for opcode in (1, 2, 16, 17, 18, 19, 23, 24, 38)] == [2400, 0, 48000, 256, 0, 0, 1, 0, 1]
    assert (booth.ask(4, 1, 0), booth.ask(4, 2, 0), booth.ask(4, 1, 1), booth.ask(4, -1, 1)) == (0, 1, 0, 1)
    assert (booth.ask(11), booth.ask(12), booth.ask(22)) == (4, 1, 1)
    room = wffi.new("char[64]")
    for opcode in (32, 33):
        assert booth.ask(opcode, ptr=room) == 1
        assert wffi.string(room) == b"isobooth"
    assert booth.ask(32) == 0
    assert booth.ask(34) > 0
    unknown = [booth.ask(opcode) for opcode in (5, 9, 10, 20, 25, 30, 35, 36, 39, 47, 48, 49, 50, 1000, -1)]
    assert not any(unknown)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("sendVstEvents", 1), ("sendVstMidiEvent", 1), ("sendVstTimeInfo", 1), ("receiveVstEvents", 1),
        ("receiveVstMidiEvent", 1), ("acceptIOChanges", 1), ("supplyIdle", 1), ("startStopProcess", 1),
        ("shellCategory", 1), ("sizeWindow", -1), ("offline", -1), ("openFileSelector", -1),
        ("reportConnectionChanges", -1), ("makeCoffee", 0), ("", 0),
    ],
)  # fmt: skip
def test_can_do(booth, question, answer):
    assert booth.ask(37, ptr=wffi.new("char[]", question.encode())) == answer


def test_windows_and_files_are_refused_with_a_word(booth):
    assert (booth.ask(15, 100, 100), booth.ask(45), booth.ask(46), booth.ask(37)) == (0, 0, 0, 0)
    assert [text.split(":")[0] for text in booth.faults()] == [
        "it asked for a window of another size",
        "it asked the user for a file",
    ]


def test_time_before_anything_plays(booth):
    time = wffi.cast("struct vst2_time *", booth.ask(7, value=-1))
    assert (time.flags, time.sample_rate, time.sample_pos, time.tempo, time.denominator) == (0, 48000.0, 0.0, 120.0, 4)


def test_idle_calls_until_it_has_had_enough(booth):
    assert booth.plugin.next_timer() is None
    booth.witness.idles_left = 2
    booth.ask(14)
    booth.asked()
    while booth.plugin.next_timer() is not None:
        booth.plugin.on_timers()
    assert booth.witness.idles == 2


def test_changed_names_and_values(booth):
    booth.ask(42)
    assert booth.asked() == lib.IB_ASK_PARAM_VALUES
    assert booth.plugin.take_notices() == []
    booth.witness.effect.param_count = 2
    booth.ask(42)
    assert booth.asked() == lib.IB_ASK_PARAM_INFO
    assert len(booth.plugin.describe().parameters) == 3
    booth.witness.effect.program_count = 2
    booth.ask(42)
    booth.asked()
    assert [len(notice.descriptor.presets) for notice in booth.plugin.take_notices()] == [2]


def test_changed_latency_and_channels(booth):
    booth.witness.effect.latency = 100
    assert booth.ask(13) == 1
    assert booth.asked() == lib.IB_ASK_LATENCY
    assert booth.plugin.latency() == 100
    assert len(booth.plugin.take_notices()) == 1
    booth.witness.effect.outputs = 6
    booth.ask(13)
    assert booth.asked() & lib.IB_ASK_BUSES
    assert booth.plugin.describe().channels("output") == 6
    for latency, believed in ((-3, 0), (2**31 - 1, 1 << 30)):
        booth.witness.effect.latency = latency
        assert booth.plugin.latency() == believed


def test_the_host_may_be_called_on_any_thread(booth):
    """Also for what makes no sense there: answers are harmless, and the rest is left to the main thread."""
    opcodes = [*range(51), -1, 2**31 - 1]
    for active in (False, True):
        if active:
            booth.start()
        for opcode in opcodes:
            booth.ask_in_thread(opcode, 1, 0.5)
        booth.asked()
        assert booth.plugin.values()[1] == 0.5
    assert (booth.play(np.ones((2, 64), np.float32)).audio == 1.0).all()


# -- buses ------------------------------------------------------------------------------------------------------------


def test_other_channels_by_speakers(booth):
    booth.plugin.set_buses([BusRequest(channels=1)], [BusRequest(channels=1)])
    assert [bus.channels for bus in booth.plugin.buses()] == [1, 1]
    booth.plugin.set_buses([BusRequest(channels=4)], [BusRequest(channels=4)])
    assert [(bus.name, bus.channels, bus.is_main) for bus in booth.plugin.buses()] == [
        ("In", 2, True), ("Side", 2, False), ("Out", 2, True), ("Side", 2, False)
    ]  # fmt: skip
    before = booth.plugin.descriptor
    with pytest.raises(PluginError, match="refused 6 inputs and 4 outputs; it has 4 inputs and 4 outputs"):
        booth.plugin.set_buses([BusRequest(channels=4), BusRequest(channels=0)], [])
    assert booth.plugin.descriptor == before
    with pytest.raises(PluginError, match="2 input buses, not 3"):
        booth.plugin.set_buses([BusRequest(channels=1)] * 3, [])


def test_wished_channels(folder):
    path = witness_file(folder)
    for wished, found in ((1, 1), (7, 2)):
        plugin = load(request(path, inputs=wished, outputs=wished))
        assert plugin.descriptor.channels("input") == found
        assert bool(plugin.warnings) == (wished != found)
        plugin.close()
        plugin.close()


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_shell(folder):
    path = witness_file(folder, "-DSHELL")
    report = ScanReport(format="vst2", path=str(path))
    scan(str(path), report)
    assert [(found.id, found.index, found.unique_id) for found in report.plugins] == [
        ("Fir0", 0, 0x46697230), ("Fir1", 1, 0x46697231)
    ]  # fmt: skip
    assert report.errors == report.warnings == []
    for plugin_id in ("Fir1", str(0x46697231), "Second"):
        plugin = load(request(path, plugin_id))
        assert plugin.descriptor.id == "Fir1"
        plugin.close()
    with pytest.raises(PluginNotFound, match="holds 2 plugins.*Fir0 'First', Fir1 'Second'.*name one"):
        load(request(path))
    with pytest.raises(PluginNotFound, match="no plugin 'Fir2'.*did you mean 'Fir"):
        load(request(path, "Fir2"))


def test_the_older_entry(folder):
    path = witness_file(folder, "-DOLD")
    plugin = load(request(path))
    assert plugin.descriptor.id == "WiT1"
    plugin.close()
    assert guess_format(str(path)) == "vst2"


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("-DNULL_ENTRY", "would not make its plugin: its entry returned NULL"),
        ("-DWRONG_MAGIC", "begins with 0x12345678, not with 'VstP'"),
        ("-DHUGE_COUNTS", "says that it has -3 outputs"),
        ("-DNO_PROCESS", "has no function that processes"),
    ],
)
def test_files_that_are_wrong(folder, flag, reason):
    with pytest.raises(PluginLoadError, match=reason):
        load(request(witness_file(folder, flag)))


def test_a_library_of_another_kind():
    with pytest.raises(PluginLoadError, match="exports no VSTPluginMain: it is not a VST2 plugin"):
        load(
            request(
                "/usr/lib/x86_64-linux-gnu/libm.so.6" if Path("/usr/lib/x86_64-linux-gnu").exists() else np.__file__
            )
        )


def test_the_wrong_id(folder):
    with pytest.raises(PluginNotFound, match="no plugin 'Nope'.*WiT1 'Witness'"):
        load(request(witness_file(folder), "Nope"))
