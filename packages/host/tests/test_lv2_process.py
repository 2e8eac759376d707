"""LV2 on the audio thread: runs, control values, runs of constant length, reset."""

import threading
import time

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.events import Midi, NoteOn, ParamMod, ParamValue
from packages.host.tests.ladspa_player import build
from packages.host.tests.lv2_player import PORT, Shape, Witness

BAD = lib.IB_STATUS_FLAG_BAD_EVENTS
MIDI = "http://lv2plug.in/ns/ext/midi#MidiEvent"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build("lv2_witness", tmp_path_factory.mktemp("lv2"))


@pytest.fixture
def make(library):
    made = []

    def new(**shape):
        made.append(Witness(library, Shape(**shape)))
        return made[-1].activate()

    yield new
    assert [witness.close() for witness in made] == [0] * len(made)


def gain(time, value, kind=ParamValue):
    return kind(time=time, parameter=PORT["GAIN"], value=value)


def ramp(frames, start=0):
    return np.arange(start, start + 2 * frames, dtype=np.float32).reshape(2, frames)


def test_a_block_without_events_is_one_run_on_separate_planes(make):
    witness = make()
    for count in range(1, 5):
        audio = ramp(50 * count)
        outcome = witness.play(audio)
        assert (outcome.audio[0] == audio[0]).all()
        assert (outcome.audio[1] == audio[1] + 1).all()  # CV
        assert (witness.value("RUNS"), witness.value("FRAMES")) == (count, 50 * count)


def test_parameter_events_take_effect_at_their_frame(make):
    witness = make()
    outcome = witness.play(events=[gain(10, 2.0), gain(10, 3.0), gain(63, 0.0)])
    assert outcome.audio[0].tolist() == [1.0] * 10 + [3.0] * 53 + [0.0]
    assert witness.value("RUNS") == 3


def test_modulation_lies_on_top_of_the_value(make):
    witness = make()
    outcome = witness.play(events=[gain(0, 0.5, ParamMod), gain(32, 2.0)])
    assert outcome.audio[0].tolist() == [1.5] * 32 + [2.5] * 32
    assert witness.value("GAIN") == 2.0


def test_values_are_held_within_their_range_and_unknown_ones_flagged(make):
    witness = make()
    assert witness.play(events=[gain(0, 99.0)]).audio[0, 0] == 4.0
    unknown = ParamValue(parameter=5000, value=1.0)
    assert witness.play(events=[unknown]).flags == BAD
    assert witness.play(events=[ParamValue(parameter=PORT["RUNS"], value=1.0)]).flags == BAD


def test_events_are_counted_from_the_start_of_their_run(make):
    witness = make()
    witness.play(events=[NoteOn(time=9, key=60), gain(10, 2.0), NoteOn(time=10, key=61), NoteOn(time=40, key=62)])
    assert [(n.run, n.frames, n.body[1]) for n in witness.notes() if not n.old] == [(1, 9, 60), (2, 0, 61), (2, 30, 62)]


def test_output_events_are_counted_from_the_start_of_the_block(make):
    witness = make()
    events = [Midi(time=9, data=b"\x90\x3c\x40"), gain(10, 2.0), Midi(time=40, data=b"\xf8")]
    said = witness.play(events=events).events
    assert [(e.time, e.data) for e in said] == [(9, b"\x90\x3c\x40"), (40, b"\xf8")]


def test_a_value_of_the_main_thread_is_heard_in_the_next_block(make):
    witness = make()
    witness.set("GAIN", 3.0)
    assert witness.value("GAIN") == 3.0
    outcome = witness.play()
    assert outcome.audio[0, 0] == 3.0
    assert outcome.latency == 40
    assert lib.ib_lv2_latency(witness.lv2) == 40


def test_a_trigger_is_on_for_one_run(make):
    witness = make()
    witness.play(events=[ParamValue(time=20, parameter=PORT["TRIGGER"], value=1.0), gain(30, 2.0)])
    witness.play()
    assert witness.value("TRIGGERED") == 1.0
    assert witness.value("TRIGGER") == 0.0


def test_the_freewheel_port_follows_the_block(make):
    witness = make()
    witness.play()
    assert witness.value("FREEWHEEL") == 0.0
    witness.play(flags=lib.IB_BLOCK_OFFLINE)
    assert witness.value("FREEWHEEL") == 1.0
    witness.play()
    assert witness.value("FREEWHEEL") == 0.0


def test_reset_is_deactivate_and_activate_out_of_run(make):
    witness = make()
    witness.play(events=[gain(0, 4.0)])  # the plugin then remembers half of something
    witness.set("GAIN", 1.0)
    assert witness.play().audio[0, 0] == 1.5
    before = witness.number("activations")
    witness.reset()
    assert witness.number("activations") == before + 1
    assert witness.play().audio[0, 0] == 1.0


def test_a_live_reset_does_not_wait_for_whoever_is_in_the_plugin(make):
    witness = make()
    witness.play()
    taken, done = threading.Event(), threading.Event()

    def save():
        lib.ib_lv2_claim(witness.lv2)
        taken.set()
        done.wait(10)
        lib.ib_lv2_release(witness.lv2)

    thread = threading.Thread(target=save)
    thread.start()
    taken.wait(10)
    before = witness.number("activations")
    witness.reset()
    done.set()
    thread.join()
    assert witness.number("activations") == before
    assert witness.asked() & lib.IB_ASK_RESTART
    witness.play()
    found = [n.body for n in witness.notes() if not n.old]
    assert found == [bytes([0xB0 | channel, 120, 0]) for channel in range(16)]


def test_while_held_live_blocks_are_silent_and_their_values_are_kept(make):
    witness = make()
    lib.ib_lv2_hold(witness.lv2)
    outcome = witness.play(events=[gain(5, 2.0)])
    assert not outcome.audio.any()
    lib.ib_lv2_resume(witness.lv2)
    assert witness.value("RUNS") == 0
    assert witness.play().audio[0, 0] == 2.0
    assert witness.value("RUNS") == 1


def test_while_held_offline_blocks_wait(make):
    witness = make(offline=True)
    order = []

    def render():
        witness.play()
        order.append("played")

    lib.ib_lv2_hold(witness.lv2)
    thread = threading.Thread(target=render)
    thread.start()
    time.sleep(0.05)
    order.append("resumed")
    lib.ib_lv2_resume(witness.lv2)
    thread.join()
    assert order == ["resumed", "played"]


# -- runs of constant length ------------------------------------------------------------------------------------------

LENGTHS = [1, 63, 64, 100, 7, 256, 33, 64, 128, 129]


def test_every_run_has_the_same_length_and_comes_one_run_later(make):
    witness = make(run_frames=64)
    audio = np.random.default_rng(1).standard_normal((2, sum(LENGTHS))).astype(np.float32)
    parts, at, runs = [], 0, 0
    for length in LENGTHS:
        outcome = witness.play(audio[:, at : at + length])
        assert outcome.latency == 64
        parts.append(outcome.audio)
        at += length
        assert witness.value("RUNS") == at // 64
        runs = max(runs, at // 64)
        assert witness.value("FRAMES") == (64 if runs else 0)
    found = np.concatenate(parts, axis=1)
    assert not found[:, :64].any()
    assert (found[0, 64:] == audio[0, :-64]).all()
    assert (found[1, 64:] == audio[1, :-64] + 1).all()


def test_events_keep_their_frame_in_runs_of_constant_length(make):
    witness = make(run_frames=64)
    events = [[(90, 60)], [], [(0, 61), (27, 62), (99, 63)], [], []]
    said, got = [], []
    for block, notes in enumerate(events):
        wanted = [Midi(time=at, data=bytes([0x90, key, 64])) for at, key in notes]
        said += [(100 * block + e.time, e.data[1]) for e in witness.play(frames=100, events=wanted).events]
        got += [((n.run - 1) * 64 + n.frames, n.body[1]) for n in witness.notes() if not n.old]
    assert got == [(90, 60), (200, 61), (227, 62), (299, 63)]
    assert said == [(at + 64, key) for at, key in got]


def test_changes_inside_a_run_wait_for_the_next(make):
    witness = make(run_frames=64)
    witness.play(frames=64, events=[gain(0, 2.0)])
    witness.play(frames=32, events=[gain(5, 3.0), gain(6, 4.0)])
    after = [witness.play(frames=32).audio[0], witness.play(frames=64).audio[0], witness.play(frames=64).audio[0]]
    assert set(after[0]) == {2.0}  # the first run
    assert set(after[1]) == {2.0}  # the second had begun when the change came
    assert set(after[2]) == {4.0}


def test_reset_forgets_what_was_collected(make):
    witness = make(run_frames=64)
    witness.play(frames=100)
    witness.reset()
    outcome = witness.play(frames=200)
    assert not outcome.audio[0, :64].any()
    assert (outcome.audio[0, 64:] == 1).all()


def test_a_change_that_waits_is_not_lost_with_a_reset(make):
    witness = make(run_frames=64)
    witness.play(frames=100, events=[gain(90, 2.0)])
    witness.reset()
    assert witness.play(frames=200).audio[0, 100] == 2.0


def test_blocks_that_are_runs_are_not_delayed(make):
    witness = make(run_frames=64)
    witness.lv2.exact_blocks = 1
    events = [gain(0, 2.0), Midi(time=9, data=b"\xfe"), gain(10, 3.0)]
    outcome = witness.play(frames=64, events=events)
    assert set(outcome.audio[0]) == {2.0}
    assert outcome.latency == 0
    assert [e.time for e in outcome.events] == [9]
    assert set(witness.play(frames=64).audio[0]) == {3.0}
    assert witness.value("RUNS") == 2
    assert witness.play(frames=63, status=lib.IB_STATUS_PLUGIN_ERROR).audio.any() == np.False_
    assert witness.value("RUNS") == 2
    assert [level for level, _ in witness.logged()] == [5]


def test_values_are_there_before_activate(library):
    witness = Witness(library)
    witness.set("GAIN", 2.0)
    assert witness.controls[PORT["GAIN"]].value == 1.0
    witness.activate()
    assert witness.controls[PORT["GAIN"]].value == 2.0
    assert witness.close() == 0
