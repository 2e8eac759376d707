"""Finding, describing, loading and keeping LADSPA plugins."""

import math
import threading

import msgspec
import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.ladspa import plugin as ladspa
from isobooth.host.formats.ladspa import state
from isobooth.host.formats.ladspa.plugin import load
from isobooth.protocol.descriptors import ScanReport
from isobooth.protocol.errors import (
    ArgumentError,
    ParameterError,
    PluginError,
    PluginLoadError,
    PluginNotFound,
    StateError,
)
from packages.host.tests.ladspa_player import Player, activation, build, event, real, request

GAIN, STEP, SWITCH, PITCH, RUNS, ACTIVATIONS, FAULTS = 2, 3, 4, 5, 6, 8, 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ladspa")


@pytest.fixture(scope="module")
def witness(folder):
    return build("ladspa_witness", folder)


@pytest.fixture
def instance(witness):
    found = load(request(witness, "witness"))
    yield found
    found.close()


def scan(path):
    report = ScanReport(format="ladspa", path=str(path))
    ladspa.scan(str(path), report)
    assert msgspec.json.encode(report)
    return report


# -- describing -----------------------------------------------------------------------------------------------------


def test_scan_of_a_library_with_several_plugins(witness):
    report = scan(witness)
    assert [p.id for p in report.plugins] == ["witness", "no_activate", "no_deactivate", "refuses", "twin", "twin"]
    assert [p.index for p in report.plugins] == list(range(6))
    assert report.errors == []
    said = [w.reason for w in report.warnings]
    assert len(said) == 2
    assert "'@4'" in said[0]
    assert "'@5'" in said[1]


def test_the_description(witness):
    found = scan(witness).plugins[0]
    assert (found.path, found.name, found.unique_id) == (str(witness), "Witness", 101)
    assert (found.vendor, found.licence) == ("isobooth \ufffd tests", "")
    assert found.is_hard_realtime
    assert found.is_in_place_broken
    assert found.latency is None
    assert [(b.direction, b.channels, b.layout, b.in_place_pair) for b in found.buses] == [
        ("input", 1, "mono", None),
        ("output", 1, "mono", None),
    ]
    by_id = {p.id: p for p in found.parameters}
    assert sorted(by_id) == list(range(2, 12))
    pitch = by_id[PITCH]
    assert (pitch.name, pitch.unit, pitch.identifier) == ("Pitch (Hz)", "Hz", "pitch_hz")
    assert (pitch.minimum, pitch.default, pitch.maximum) == (0, 12000, 24000)
    assert (by_id[STEP].steps, by_id[STEP].is_integer) == (4, True)
    assert (by_id[SWITCH].steps, by_id[SWITCH].is_toggled) == (2, True)
    assert by_id[RUNS].is_output
    assert not by_id[RUNS].is_modulatable


def test_a_broken_plugin_spoils_no_other(folder):
    report = scan(build("ladspa_broken", folder))
    assert [p.id for p in report.plugins] == ["so und"]
    reasons = {problem.plugin_id: problem.reason for problem in report.errors}
    for label, clause in {
        "": "(number 0, name 'Nameless') has no label",
        "no_run": "has no run()",
        "both_ways": "not either input or output",
        "no_kind": "not either control or audio",
        "no_ports": "does not say what kind",
        "too_many": "18446744073709551615 ports",
    }.items():
        assert clause in reasons[label]
        assert "\n" not in reasons[label]
    said = " / ".join(w.reason for w in report.warnings)
    assert "white space" in said
    assert "no range hints" in said
    assert "no upper bound" in said
    assert [p.name for p in report.plugins[0].parameters] == ["Caf\u00e9 \ufffd", "Port 1"]


def test_a_library_that_gives_one_plugin_for_ever(tmp_path):
    report = scan(build("ladspa_broken", tmp_path, "-DENDLESS"))
    assert len(report.plugins) == 1
    assert any("every number" in w.reason for w in report.warnings)


def test_a_library_without_plugins(tmp_path):
    path = build("ladspa_broken", tmp_path, "-DEMPTY")
    report = scan(path)
    assert report.plugins == []
    assert report.warnings[0].reason == "the library has no plugin in it"
    with pytest.raises(PluginNotFound, match="has no plugins in it"):
        load(request(path))


# -- choosing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plugin_id", "index"), [("witness", 0), ("#102", 1), ("103", 2), ("@3", 3), ("twin", 4), ("#106", 5), ("@5", 5)]
)
def test_choosing(witness, plugin_id, index):
    with ladspa.Library(str(witness)) as library:
        found = ladspa.find_all(library, [])
        assert ladspa.choose(str(witness), found, plugin_id).index == index


def test_a_unique_id_of_several_plugins_means_none_of_them():
    found = [ladspa.Found(index, ffi.NULL, label, 7) for index, label in enumerate(("a", "b", "7"))]
    with pytest.raises(PluginNotFound, match=r"has 3 plugins with the unique id 7.*path#@0 \(a\) or path#@1 \(b\)"):
        ladspa.choose("/x.so", found, "#7")
    assert ladspa.choose("/x.so", found, "7").index == 2  # a label is a label


@pytest.mark.parametrize(
    ("plugin_id", "part"),
    [
        ("", "has 6 plugins"),
        ("witnes", "did you mean 'witness'"),
        ("#1", "no plugin '#1'"),
        ("@6", "'@6'"),
        ("#\u00b2", "no plugin"),
    ],
)
def test_what_is_not_there(witness, plugin_id, part):
    with pytest.raises(PluginNotFound) as caught:
        load(request(witness, plugin_id))
    assert part in str(caught.value)
    assert "it has: witness, no_activate, no_deactivate, refuses, twin, twin" in str(caught.value)


def test_no_more_labels_are_listed_than_a_person_reads():
    with pytest.raises(PluginNotFound) as caught:
        load(request(real("cmt.so")))
    assert caught.value.tried[0].count(",") == 19
    assert " more" in caught.value.tried[0]


def test_an_empty_id_is_the_only_plugin():
    instance = load(request(real("sc4_1882.so")))
    assert instance.descriptor.id == "sc4"
    assert instance.descriptor.unique_id == 1882
    instance.close()


# -- loading --------------------------------------------------------------------------------------------------------


def test_a_plugin_that_will_not(witness):
    with pytest.raises(PluginLoadError, match="would not be instantiated at 48000 Hz") as caught:
        load(request(witness, "refuses"))
    assert caught.value.phase == "instantiate"


@pytest.mark.parametrize("rate", [math.nan, math.inf, 0.0, -44100.0, 0.4, 1e30])
def test_sample_rates_that_cannot_be(witness, rate):
    with pytest.raises(ArgumentError, match="sample rate"):
        load(request(witness, "witness", rate=rate))
    instance = load(request(witness, "witness"))
    with pytest.raises(PluginError, match="sample rate"):
        instance.activate(activation(rate))
    instance.close()


def test_wishes_that_cannot_be_met_are_told(witness):
    instance = load(request(witness, "witness", rate=44100.4, inputs=2, outputs=1))
    assert [w for w in instance.warnings if "wished" in w] == [
        "2 input channels were wished for; the plugin has 1 and cannot have others"
    ]
    assert any("44100.4" in w for w in instance.warnings)
    instance.close()


def test_float64_is_refused(instance):
    with pytest.raises(PluginError, match="float32"):
        instance.activate(activation(sample_bytes=8))


def test_life_and_death_leave_nothing(witness):
    with ladspa.Library(str(witness)) as library:
        alive = ffi.cast("int *", library.find("witness_alive"))
        faults = ffi.cast("int *", library.find("witness_faults_at_cleanup"))
        for _ in range(3):
            instance = load(request(witness, "witness"))
            assert alive[0] == 1
            for _ in range(2):
                instance.activate(activation())
                player = Player(instance)
                player.start()
                player.play(np.ones((1, 16), dtype=np.float32))
                player.stop()
                instance.deactivate()
            instance.close()
            instance.close()
            assert (alive[0], faults[0]) == (0, 0)


def test_another_sample_rate_is_another_instance_with_other_ranges(instance):
    mailbox = ffi.new("struct ib_mailbox *")
    mailbox.wake_fd = -1
    instance._mailbox = mailbox
    player = Player(instance)
    instance.activate(activation())
    player.start()
    player.play(np.ones((1, 16), dtype=np.float32), [event(0, GAIN, 2.5)])
    player.stop()
    instance.deactivate()
    instance.activate(activation(96000.0))
    pitch = next(p for p in instance.descriptor.parameters if p.id == PITCH)
    assert (pitch.maximum, pitch.default) == (48000, 24000)
    assert instance.values()[PITCH] == 24000  # it stood at its default
    assert instance.values()[GAIN] == 2.5
    assert lib.ib_take_asked(mailbox) & lib.IB_ASK_PARAM_INFO
    player.start()
    audio = player.play(np.ones((1, 16), dtype=np.float32)).audio
    assert (audio == 2.5).all()
    assert instance.values()[ACTIVATIONS] == 1
    player.stop()
    instance.deactivate()


# -- values and state -----------------------------------------------------------------------------------------------


def test_values_start_at_the_defaults(instance):
    values = instance.values()
    assert [values[i] for i in (GAIN, STEP, SWITCH, PITCH)] == [1, 0, 0, 12000]


def test_text(instance):
    assert instance.value_to_text(PITCH, 440.0) == "440 Hz"
    assert instance.text_to_value(PITCH, "1 kHz") == 1000
    assert instance.text_to_value(SWITCH, "on") == 1
    with pytest.raises(ParameterError, match="no parameter 77"):
        instance.value_to_text(77, 0.0)


def packed(**more):
    fields = {"tag": state.TAG, "format": "ladspa", "label": "witness", "values": {}} | more
    return state.pack(state.PortState(**fields))


def test_state_travels_to_another_instance(instance, witness):
    instance.load_state(packed(values={GAIN: 99.0, STEP: 1.6, 400: 1.0, RUNS: 3.0}))
    assert [instance.values()[i] for i in (GAIN, STEP, RUNS)] == [4, 2, 0]
    other = load(request(witness, "witness"))
    other.load_state(instance.save_state())
    assert other.values() == instance.values()
    other.load_state(packed())
    assert other.values()[GAIN] == 1
    other.close()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a state"),
        (b"\xff" * 100, "not a state"),
        (packed()[:-1], "not a state"),
        (packed() + b"x", "not a state"),
        (packed(tag="isobooth-port-values-2"), "upgrade"),
        (packed(label="sc4"), "'sc4'"),
        (packed(format="ladspa0"), "ladspa0"),
        (packed(values={GAIN: math.nan}), "finite"),
    ],
)
def test_bytes_that_are_no_state_change_nothing(instance, data, reason):
    instance.load_state(packed(values={GAIN: 3.0}))
    before = instance.values()
    with pytest.raises(StateError, match=reason):
        instance.load_state(data)
    assert instance.values() == before


def test_a_state_is_heard_whether_the_plugin_is_active_or_not(instance):
    block = np.ones((1, 32), dtype=np.float32)
    instance.load_state(packed(values={GAIN: 2.0}))
    instance.activate(activation())
    player = Player(instance)
    player.start()
    assert (player.play(block).audio == 2).all()
    instance.load_state(packed(values={GAIN: 3.0}))
    assert instance.values()[GAIN] == 3
    assert (player.play(block).audio == 3).all()
    assert (player.play(block, [event(0, GAIN, 0.5)]).audio == 0.5).all()
    assert instance.values()[GAIN] == 0.5
    player.stop()
    instance.deactivate()


def test_states_loaded_while_blocks_are_played(instance):
    instance.activate(activation())
    player = Player(instance)
    player.start()
    states = [packed(values={GAIN: value}) for value in (0.5, 1.5, 2.5)]
    stop = threading.Event()
    seen = set()

    def play():
        while not stop.is_set():
            audio = player.play(np.ones((1, 64), dtype=np.float32)).audio
            seen.update(audio[0].tolist())
            assert len(set(audio[0].tolist())) == 1

    thread = threading.Thread(target=play)
    thread.start()
    for i in range(1500):
        instance.load_state(states[i % 3])
        assert instance.values()[GAIN] == (0.5, 1.5, 2.5)[i % 3]
    stop.set()
    thread.join()
    assert seen <= {1.0, 0.5, 1.5, 2.5}
    assert (player.play(np.ones((1, 4), dtype=np.float32)).audio == 2.5).all()
    player.stop()
    instance.deactivate()
