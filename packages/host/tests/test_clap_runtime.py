"""What a CLAP plugin answers to its blocks, and what is shared out to threads: through the real engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.events import NoteOff, NoteOn, ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled

CONTINUE, NOT_QUIET, TAIL, SLEEP = 1, 2, 3, 4
STATUS, LEVEL, TASKS, FAIL, CALLS, STARTS, STOPS, TICKS = range(1, 9)
FRAMES = 64
POOL = "it called thread-pool.request_exec outside process() or in the pool (refused)"


@pytest.fixture
def booth(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    with Booth(compiled("clap_rests", folder), folder) as made:
        assert made.faults() == [POOL]  # it tries in init()
        made.logged.clear()
        made.start(frames=FRAMES)
        yield made
        assert [line for line in made.faults() if line != POOL] == []


def sound(level=0.5, frames=FRAMES):
    return np.full((2, frames), level, np.float32)


def quiet(frames=FRAMES):
    return np.zeros((2, frames), np.float32)


def calls(booth):
    return int(booth.plugin.values()[CALLS])


def says(booth, status, **more):
    """From the next block on it answers so."""
    return booth.play(quiet(), [ParamValue(STATUS, float(status))], **more)


def texts(booth):
    found = [text for _, text in booth.drain()]
    booth.logged.clear()
    return found


# -- sleep -------------------------------------------------------------------------------------------------------------


def test_a_plugin_that_sleeps_is_left_alone_until_there_is_news(booth):
    assert says(booth, SLEEP).flags & lib.IB_STATUS_FLAG_SLEEP
    assert calls(booth) == 1
    for _ in range(3):
        answer = booth.play(quiet())
        assert answer.status == lib.IB_STATUS_OK
        assert answer.flags == lib.IB_STATUS_FLAG_SLEEP
        assert answer.constant_mask == 3
        assert not answer.audio.any()
    values = booth.plugin.values()
    assert (values[CALLS], values[STARTS], values[STOPS]) == (1, 1, 1)
    booth.play(sound())
    values = booth.plugin.values()
    assert (values[CALLS], values[STARTS], values[STOPS]) == (2, 2, 1)
    booth.play(quiet())  # silence after sound is news too
    assert calls(booth) == 3
    booth.play(quiet())
    assert calls(booth) == 3


@pytest.mark.parametrize(
    "news",
    [
        lambda booth: booth.play(quiet(), [NoteOn(60)]),
        lambda booth: booth.play(quiet(), [ParamValue(FAIL, 0.0)]),
        lambda booth: booth.play(sound(1e-30)),
        lambda booth: booth.play(sound(np.nan)),
        lambda booth: booth.play(quiet(), flags=lib.IB_BLOCK_RESET),
        lambda booth: (booth.play(None, [ParamValue(FAIL, 0.0)], frames=0), booth.play(quiet())),
        lambda booth: (booth.play(None, [ParamValue(LEVEL, 0.0)], frames=0), booth.play(quiet())),
        lambda booth: (setattr(booth.mailbox, "process", 1), booth.play(quiet())),
        lambda booth: booth.play(quiet(), flags=lib.IB_BLOCK_OFFLINE) and says(booth, CONTINUE),
    ],
)
def test_news_of_every_kind_wakes_it(booth, news):
    says(booth, SLEEP)
    booth.play(quiet())
    assert calls(booth) == 1
    news(booth)
    assert calls(booth) == 2


def test_minus_zero_and_a_constant_of_zero_are_silence(booth):
    says(booth, SLEEP)
    booth.play(-quiet())
    noise = sound()
    noise[:, 0] = 0
    booth.play(noise, constant_mask=3)  # the client says that the first sample is all of them
    assert calls(booth) == 1
    booth.play(noise, constant_mask=1)
    assert calls(booth) == 2


def test_an_input_that_never_was_silent_is_not_slept_over(booth):
    booth.play(sound(), [ParamValue(STATUS, float(SLEEP))])
    for turn in range(3):
        booth.play(sound())
        assert calls(booth) == 2 + turn


def test_a_transport_that_starts_or_jumps_wakes_it_and_one_that_goes_on_does_not(booth):
    from clap_booth import dffi

    song = dffi.new("struct ib_transport *", {"flags": lib.IB_TRANSPORT_HAS_TEMPO, "tempo": 120.0})
    says(booth, SLEEP, transport=song)
    booth.play(quiet(), transport=song)
    assert calls(booth) == 1
    song.flags |= lib.IB_TRANSPORT_PLAYING
    for expected in (2, 2, 2):
        booth.play(quiet(), transport=song)
        song.position_samples += FRAMES
        assert calls(booth) == expected
    song.position_samples = 0
    booth.play(quiet(), transport=song)
    assert calls(booth) == 3
    song.tempo = 121.0
    song.position_samples = FRAMES
    booth.play(quiet(), transport=song)
    assert calls(booth) == 4
    booth.play(quiet())
    assert calls(booth) == 5


def test_a_tail_is_played_out_before_it_may_sleep(booth):
    booth.play(sound(), [ParamValue(STATUS, float(TAIL))])
    heard = [booth.play(quiet()).audio for _ in range(5)]
    assert calls(booth) == 3  # the tail of 100 frames takes two blocks of 64
    echo = np.concatenate(heard, axis=1)[0]
    assert (echo[36:100] == 0.5).all()
    assert not echo[100:].any()
    booth.play(sound())
    booth.play(quiet())
    assert calls(booth) == 5


def test_one_that_continues_if_not_quiet_sleeps_when_it_is(booth):
    booth.play(sound(), [ParamValue(STATUS, float(NOT_QUIET))])
    heard = np.concatenate([booth.play(quiet()).audio for _ in range(5)], axis=1)[0]
    assert (heard[36:100] == 0.5).all()
    assert calls(booth) == 4  # two blocks of echo, one of silence
    booth.play(quiet(), [ParamValue(LEVEL, 1.0)])  # never quiet any more
    for _ in range(3):
        assert (booth.play(quiet()).audio[0] == 1.0).all()
    assert calls(booth) == 8


@pytest.mark.parametrize("status", [SLEEP, TAIL, NOT_QUIET])
def test_offline_nothing_is_left_out(booth, status):
    booth.stop()
    booth.start(frames=FRAMES, offline=True)
    says(booth, status)
    for _ in range(6):
        booth.play(quiet())
    values = booth.plugin.values()
    assert values[CALLS] == 7
    assert values[STOPS] == 1  # that of the stop above


def test_a_slot_is_slept_over_block_by_block(booth):
    booth.stop()
    booth.start(frames=4 * FRAMES, least=1)
    run_in_blocks_of(booth, FRAMES)
    says(booth, SLEEP)
    before = calls(booth)
    audio = np.zeros((2, 4 * FRAMES), np.float32)
    audio[:, 2 * FRAMES] = 1.0
    booth.play(audio)  # silence, silence, sound, silence
    assert calls(booth) == before + 2


def test_one_that_will_not_wake_is_silent_and_told(booth):
    says(booth, SLEEP)
    booth.play(quiet())
    booth.play(None, [ParamValue(FAIL, 2.0)], frames=0)
    answer = booth.play(sound())
    assert answer.status == lib.IB_STATUS_NOT_STARTED
    assert not answer.audio.any()
    booth.plugin._clap.life.is_processing = 1  # what the plugin itself holds for true
    booth.play(None, [ParamValue(FAIL, 0.0)], frames=0)
    assert booth.play(sound()).status == lib.IB_STATUS_OK


# -- errors, in place, changes that need a block -----------------------------------------------------------------------


def run_in_blocks_of(booth, frames):
    """As ``start``, with slots that hold several blocks."""
    from isobooth.host._core import ffi

    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    booth.plugin.activate(type(booth.activation)(48000.0, 1, frames, 4, False))
    operations = booth.plugin.operations()
    run = ffi.new("struct ib_activation *")
    run.table, run.plugin = operations.table, operations.plugin
    run.most_frames, run.sample_rate = frames, 48000.0
    assert lib.ib_engine_run(booth.engine, run) == ffi.NULL


def test_only_the_block_that_failed_is_silent(booth):
    booth.stop()
    booth.start(frames=4 * FRAMES)
    run_in_blocks_of(booth, FRAMES)
    booth.play(quiet(), [ParamValue(FAIL, 4.0), ParamValue(LEVEL, 0.25)])
    audio = quiet(4 * FRAMES)
    audio[:, 2 * FRAMES] = 3.0  # at which it fails
    answer = booth.play(audio)
    assert answer.status == lib.IB_STATUS_PLUGIN_ERROR
    blocks = answer.audio[0].reshape(4, FRAMES)
    assert [set(block) for block in blocks] == [{0.25}, {0.25}, {0.0}, {0.25, 3.25}]


def test_in_place_gives_the_same_and_leaves_the_input_alone(booth):
    noise = np.random.default_rng(1).standard_normal((2, FRAMES)).astype(np.float32)
    apart = [booth.play(noise).audio for _ in range(3)]
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    booth.activation = type(booth.activation)(48000.0, 1, FRAMES, 4, False, in_place=True)
    booth.begin()
    booth.play(quiet(), flags=lib.IB_BLOCK_RESET)
    booth.play(quiet(36))
    assert list(booth.plugin._clap.life.twins[0:2]) == [1, 2]
    for before in apart:
        answer = booth.play(noise)
        # both of the driver's slots hold what was put in
        driver = booth._driver_library
        assert (booth._plane(driver.driver_input(booth.driver, 0), FRAMES) == noise[0]).all()
        assert before.shape == answer.audio.shape


def test_a_change_that_requires_process_waits_for_a_block(booth):
    booth.play(None, [ParamValue(LEVEL, 2.0), ParamValue(STATUS, 1.0), ParamValue(LEVEL, 3.0)], frames=0)
    assert booth.plugin.values()[LEVEL] == 0
    assert texts(booth) == []
    booth.play(quiet(), [ParamValue(LEVEL, 4.0)])
    assert texts(booth) == ["level 2", "level 3", "level 4"]
    assert (booth.play(quiet()).audio == 4.0).all()


def test_a_change_that_waits_reaches_a_plugin_that_is_deactivated(booth):
    booth.play(None, [ParamValue(LEVEL, 2.0)], frames=0)
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    assert booth.plugin.values()[LEVEL] == 2.0
    booth.begin()
    assert (booth.play(quiet()).audio == 2.0).all()


# -- notes -----------------------------------------------------------------------------------------------------------


def test_notes_that_are_held_end_before_the_plugin_stops(booth):
    booth.play(quiet(), [NoteOn(60), NoteOn(64), NoteOn(67, channel=3), NoteOff(64)])
    assert texts(booth) == ["off 64"]
    lib.ib_engine_park(booth.engine)
    assert texts(booth) == ["choke 60", "choke 67"]
    booth.plugin.deactivate()
    booth.begin()
    booth.play(quiet(), [NoteOn(62)])
    booth.play(quiet(), flags=lib.IB_BLOCK_RESET)  # kills all voices, but not in every plugin
    lib.ib_engine_park(booth.engine)
    assert texts(booth) == ["choke 62"]
    booth.plugin.deactivate()
    booth.begin()
    booth.play(quiet(), [NoteOn(62), NoteOff(-1)])
    assert texts(booth) == ["off -1"]


# -- thread pool -------------------------------------------------------------------------------------------------------


def test_tasks_are_shared_out_to_threads_each_once(booth):
    workers = min(max(len(os.sched_getaffinity(0)) - 1, 1), lib.IB_CLAP_MOST_WORKERS)
    most = 0
    for tasks in (1, 2, 3, 64, 1000, 4096, 7):
        booth.play(quiet(), [ParamValue(TASKS, float(tasks))])
        threads = [int(line.split()[1]) for line in texts(booth) if line.startswith("threads")]
        assert 1 <= threads[0] <= min(tasks, workers + 1)
        most = max(most, *threads)
    assert most > 1


def test_the_pool_ends_with_the_activation(booth):
    def threads():
        return len(list(Path("/proc/self/task").iterdir()))

    active = threads()
    for _ in range(5):
        lib.ib_engine_park(booth.engine)
        booth.plugin.deactivate()
        assert threads() < active
        booth.begin()
        assert threads() == active
        booth.play(quiet(), [ParamValue(TASKS, 100.0)])
