"""What a CLAP plugin asks of its host, on right and on wrong threads, through the real engine."""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import lib
from isobooth.protocol.errors import PluginError
from isobooth.protocol.events import GestureBegin, GestureEnd, ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled

ASK, OWN = 1, 2
FRAMES = 32


@pytest.fixture
def booth(tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    with Booth(compiled("clap_asks", folder), folder) as made:
        assert "it asked for a host extension before init() (answered all the same)" in made.faults()
        made.logged.clear()
        made.start(frames=FRAMES)
        yield made


def ask(booth, what):
    return booth.play(np.zeros((0, FRAMES), np.float32), [ParamValue(ASK, float(what))])


def idle(booth):
    return booth.play(np.zeros((0, FRAMES), np.float32))


def on_main(booth, what):
    """Let the plugin do something in on_main_thread(); what is left for the session to do."""
    ask(booth, what)
    return booth.asked()


def texts(booth):
    found = [text for _, text in booth.drain()]
    booth.logged.clear()
    return found


def until_asked(booth, bit):
    """Wait until the audio thread asks for something."""
    for _ in range(1000):
        if booth.asked() & bit:
            return True
        time.sleep(0.01)
    return False


def restart(booth):
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    booth.begin()


# -- restart, latency, tail, status --------------------------------------------------------------------------------


def test_a_new_latency_comes_with_the_restart_that_was_asked_for(booth):
    assert booth.plugin.latency() == 0
    for turn in (1, 2):
        ask(booth, 1)
        assert booth.asked() & lib.IB_ASK_RESTART
        restart(booth)
        assert booth.plugin.latency() == 64 * turn
        assert booth.plugin.descriptor.latency == 64 * turn
        assert idle(booth).latency == 64 * turn
    assert texts(booth) == []


def test_latency_changed_at_the_wrong_time_restarts_and_is_told(booth):
    on_main(booth, 44)
    assert lib.ib_take_asked(booth.mailbox) & lib.IB_ASK_RESTART
    assert "it called latency.changed while active, outside activate() (it is restarted)" in texts(booth)


def test_a_tail_is_read_when_the_plugin_says_that_it_changed(booth):
    assert idle(booth).tail == 0
    assert ask(booth, 6).tail == 4800
    assert idle(booth).tail == 4800
    assert ask(booth, 7).tail == lib.IB_TAIL_INFINITE
    assert booth.plugin.tail() == lib.IB_TAIL_INFINITE


def test_an_error_of_the_plugin_silences_the_block(booth):
    answer = ask(booth, 3)
    assert answer.status == lib.IB_STATUS_PLUGIN_ERROR
    assert (answer.audio == 0).all()
    assert answer.constant_mask == 0
    answer = idle(booth)
    assert answer.status == lib.IB_STATUS_OK
    assert (answer.audio == 0.5).all()
    assert answer.constant_mask == 3


def test_sleep_is_told_and_an_unknown_status_is_held_for_continue(booth):
    assert ask(booth, 4).flags & lib.IB_STATUS_FLAG_SLEEP
    answer = idle(booth)
    assert answer.flags == lib.IB_STATUS_FLAG_SLEEP
    assert not answer.audio.any()  # it was not called: see test_clap_runtime.py
    assert ask(booth, 2).flags == 0
    assert ask(booth, 5).status == lib.IB_STATUS_OK
    assert "process() returned a status that does not exist (taken for CONTINUE)" in texts(booth)


def test_a_plugin_may_refuse_to_start(booth):
    ask(booth, 30)
    restart(booth)
    assert booth.refused
    assert idle(booth).status == lib.IB_STATUS_NOT_STARTED


# -- threads -------------------------------------------------------------------------------------------------------


def test_what_is_called_on_a_wrong_thread_is_refused_and_told_once(booth):
    ask(booth, 8)
    lines = texts(booth)
    assert "timer 0" in lines
    assert "fd 0" in lines
    assert "push 0" in lines
    assert [line for line in lines if line.startswith("line")] == [f"line {n}" for n in range(100)]
    for part in (
        "params.rescan or params.clear off",
        "latency.changed off",
        "tail.changed off",
        "state.mark_dirty off",
        "audio-ports functions of the host off",
        "note-ports functions of the host off",
        "timer-support off",
        "posix-fd-support off",
        "pushed an output event outside",
    ):
        assert sum(part in line for line in lines) == 1, part
    asked = lib.ib_take_asked(booth.mailbox)
    assert not asked & (lib.IB_ASK_PARAM_INFO | lib.IB_ASK_STATE_DIRTY | lib.IB_ASK_BUSES)
    assert booth.mailbox.process == 1


def test_lines_of_many_threads_arrive_whole(booth):
    ask(booth, 9)
    assert sorted(texts(booth)) == sorted(f"thread {n}" for n in range(20) for _ in range(8))


def test_callbacks_asked_for_on_the_audio_thread_are_merged_into_one(booth):
    for _ in range(3):
        ask(booth, 2)
    assert booth.asked() == 0
    assert texts(booth) == ["main 0"]
    assert booth.asked() == 0
    assert texts(booth) == []


# -- events out ----------------------------------------------------------------------------------------------------


def test_events_that_make_no_sense_are_refused_and_others_sorted(booth):
    answer = ask(booth, 10)
    assert answer.events == [ParamValue(OWN, 0.75), ParamValue(OWN, 0.25, time=FRAMES - 1)]
    lines = texts(booth)
    for word in ("nan", "unknown", "space", "type", "size", "null"):
        assert f"{word} 0" in lines
    assert "late 1" in lines
    assert "early 1" in lines
    assert sum("is no number" in line for line in lines) == 1


def test_an_active_plugin_is_flushed_while_no_blocks_come(booth):
    assert on_main(booth, 43) == 0
    deadline = time.monotonic() + 10
    while not lib.ib_take_asked(booth.mailbox) & lib.IB_ASK_EVENTS:
        assert time.monotonic() < deadline
        select.select([booth.mailbox.wake_fd], [], [], 0.1)
    area = bytearray(4096)
    from isobooth.host._core import ffi
    from isobooth.protocol.events import decode_events

    used = lib.ib_engine_idle_events(booth.engine, ffi.from_buffer("uint8_t[]", area), 4096)
    assert decode_events(bytes(area[:used])) == [GestureBegin(OWN), ParamValue(OWN, 0.5), GestureEnd(OWN)]


def test_an_inactive_plugin_is_flushed_on_the_main_thread(booth):
    ask(booth, 43)
    booth.stop()
    assert booth.asked() == 0  # on_main_thread asks for the flush
    assert booth.asked() == lib.IB_ASK_PARAM_VALUES
    assert booth.plugin.values()[OWN] == 0.5
    booth.begin()
    assert idle(booth).events == []


# -- rescans -------------------------------------------------------------------------------------------------------


def test_changed_values_and_a_dirty_state_are_told(booth):
    on_main(booth, 45)
    assert booth.asked() == lib.IB_ASK_STATE_DIRTY | lib.IB_ASK_PARAM_VALUES


def test_a_new_parameter_is_there_after_the_next_description(booth):
    on_main(booth, 46)
    assert "it called params.rescan(ALL) while active; cookies are withheld until it was read" in texts(booth)
    assert booth.asked() & lib.IB_ASK_PARAM_INFO
    assert [p.name for p in booth.plugin.descriptor.parameters] == ["Ask", "Own"]
    assert [p.name for p in booth.plugin.describe().parameters] == ["Ask", "Own", "Extra"]
    answer = booth.play(np.zeros((0, FRAMES), np.float32), [ParamValue(3, 0.5)])
    assert not answer.flags & lib.IB_STATUS_FLAG_BAD_EVENTS


def test_other_ports_need_another_segment_before_the_plugin_plays_again(booth):
    ask(booth, 20)
    assert booth.asked() & lib.IB_ASK_RESTART
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    with pytest.raises(PluginError, match="changed its buses: 0 input and 3 output channels"):
        booth.begin()
    assert booth.asked() & lib.IB_ASK_BUSES
    assert [bus.channels for bus in booth.plugin.buses()] == [3]
    booth.start(frames=FRAMES)
    assert until_asked(booth, lib.IB_ASK_RESTART_NOW)  # for the ports that it has told of meanwhile
    lib.ib_engine_release(booth.engine)
    played = idle(booth)
    assert played.status == lib.IB_STATUS_OK
    assert played.audio.shape == (3, FRAMES)
    assert texts(booth) == []


def test_other_ports_while_active_are_told_and_looked_at_when_inactive(booth):
    on_main(booth, 47)
    assert "it called audio-ports.rescan while active (it is deactivated for it)" in texts(booth)
    asked = booth.asked()
    assert asked & lib.IB_ASK_BUSES
    assert [bus.channels for bus in booth.plugin.buses()] == [2]
    # The engine holds the blocks back until that has been dealt with.
    assert asked & lib.IB_ASK_RESTART_NOW or until_asked(booth, lib.IB_ASK_RESTART_NOW)
    lib.ib_engine_release(booth.engine)
    assert idle(booth).status == lib.IB_STATUS_OK
    booth.stop()
    assert [bus.channels for bus in booth.plugin.buses()] == [3]


def test_names_of_ports_may_change_while_active(booth):
    booth.plugin.descriptor.buses[0].name = "old"
    on_main(booth, 48)
    booth.asked()
    assert booth.plugin.buses()[0].name == "Out of 2"
    assert texts(booth) == ["main 48"]


# -- timers and descriptors ----------------------------------------------------------------------------------------


def test_timers_tick_until_they_are_taken_back_and_are_bounded(booth):
    on_main(booth, 40)
    lines = texts(booth)
    assert lines[:5] == ["main 40", "registered 1", "registered 1", "unregistered 1", "unregistered 0"]
    assert "it registered too many timers (refused)" in lines
    plugin = booth.plugin
    ticks = 0
    while ticks < 3:
        due = plugin.next_timer()
        time.sleep(max(0.0, due - time.monotonic()))
        plugin.on_timers()
        ticks += sum(line.startswith("tick") for line in texts(booth))
    assert plugin.next_timer() > time.monotonic() + 10  # the fast one is gone
    plugin.on_timers()
    assert texts(booth) == []


def test_a_timer_keeps_its_beat_and_makes_up_for_nothing(booth):
    on_main(booth, 40)
    plugin, clap = booth.plugin, booth.plugin._clap
    timer = clap.timers[0]
    timer.period_ms = 50
    first = time.monotonic_ns() - 170_000_000
    timer.due_ns = first
    texts(booth)
    plugin.on_timers()
    assert len(texts(booth)) == 1
    assert (clap.timers[0].due_ns - first) % 50_000_000 == 0
    assert clap.timers[0].due_ns > time.monotonic_ns() - 50_000_000


def watch(booth):
    poll = select.poll()
    for fd, events in booth.plugin.poll_fds():
        poll.register(fd, events)
    for fd, events in poll.poll(0):
        booth.plugin.on_fd(fd, events)


def test_a_descriptor_is_watched_and_one_that_was_closed_is_forgotten(booth):
    on_main(booth, 41)
    assert texts(booth) == ["main 41", "registered 1", "registered 0", "registered 0", "written 1"]
    watch(booth)
    assert texts(booth) == ["fd 101", "read 1"]
    watch(booth)
    assert texts(booth) == []
    on_main(booth, 42)
    watch(booth)
    assert booth.plugin.poll_fds() == []
    assert any("closed it without taking it back" in warning for warning in booth.plugin.warnings)


def test_timers_and_descriptors_leave_audio_alone(booth):
    on_main(booth, 40)
    on_main(booth, 41)
    before = booth.plugin.next_timer()
    for _ in range(100):
        assert (idle(booth).audio == 0.5).all()
        booth.plugin.on_timers()
        watch(booth)
    assert before is not None
