"""Timers and descriptors of VST3 plugins."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst3.run_loop import MOST_HANGUPS, RunLoop

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import FALSE, INVALID, OK, OUT_OF_MEMORY, Host, Own, call, elsewhere

MS = 1_000_000


@pytest.fixture
def host():
    with Host() as made:
        yield made


class Loop:
    """A plugin with IRunLoop, and what serves it."""

    def __init__(self, host):
        self.host = host
        self.own = host.of("IRunLoop")
        self.warnings = []
        self.served = RunLoop(host.pointer, self.warnings.append)
        self.lists = lib.ib_vst3_host_run_loop(host.pointer)
        self.calls = []

    def timer(self, name, period, also=None):
        """A handler with a timer."""

        def on_timer(_):
            self.calls.append(name)
            if also is not None:
                also(handler)

        handler = Own("ITimerHandler", onTimer=on_timer)
        assert call(self.own, "registerTimer", handler.pointer, period) == OK
        return handler

    def event(self, name, *fds, also=None):
        def on_fd(_, fd):
            self.calls.append((name, fd))
            if also is not None:
                also(handler)

        handler = Own("IEventHandler", onFDIsSet=on_fd)
        for fd in fds:
            assert call(self.own, "registerEventHandler", handler.pointer, fd) == OK
        return handler

    def overdue(self, index, ms):
        """Make a timer late; when it was due."""
        due = time.monotonic_ns() - ms * MS
        self.lists.timers[index].due_ns = due
        return due


@pytest.fixture
def loop(host):
    made = Loop(host)
    yield made
    call(made.own, "release")


def test_a_timer_keeps_its_grid_and_makes_up_for_nothing(loop):
    timer = loop.timer("a", 1000)
    assert timer.count == 2
    due = loop.overdue(0, 1)
    loop.served.on_timers()
    assert loop.calls == ["a"]
    assert loop.lists.timers[0].due_ns == due + 1000 * MS
    due = loop.overdue(0, 5500)
    loop.served.on_timers()
    loop.served.on_timers()
    assert loop.calls == ["a", "a"]
    assert loop.lists.timers[0].due_ns == due + 6000 * MS
    assert loop.served.next_timer() == pytest.approx((due + 6000 * MS) / 1e9)
    assert loop.host.asked() & lib.IB_ASK_TIMERS


@pytest.mark.parametrize(("period", "kept"), [(0, 1), (1, 1), (25, 25), ((1 << 64) - 1, 86_400_000)])
def test_periods_are_held_in_bounds(loop, period, kept):
    loop.timer("a", period)
    assert loop.lists.timers[0].period_ms == kept


def test_a_timer_may_end_itself_and_others_in_its_own_call(loop):
    others = []

    def also(handler):
        for one in [handler, *others]:
            assert call(loop.own, "unregisterTimer", one.pointer) == OK
            assert one.count == (2 if one is handler else 1)

    first = loop.timer("first", 1000, also)
    others.append(loop.timer("second", 1000))
    loop.overdue(0, 1)
    loop.overdue(1, 1)
    loop.served.on_timers()
    assert loop.calls == ["first"]
    assert first.count == 1
    assert loop.served.next_timer() is None
    assert call(loop.own, "unregisterTimer", first.pointer) == FALSE


def test_a_timer_may_start_others_which_wait_for_their_time(loop):
    loop.timer("first", 1000, lambda _: [loop.timer(str(i), 1000) for i in range(50)])
    loop.overdue(0, 1)
    loop.served.on_timers()
    assert loop.calls == ["first"]
    assert loop.lists.timer_count == 51


def test_unregistering_takes_all_of_a_handlers_timers(loop):
    timer = loop.timer("a", 10)
    call(loop.own, "registerTimer", timer.pointer, 20)
    assert timer.count == 3
    assert call(loop.own, "unregisterTimer", timer.pointer) == OK
    assert timer.count == 1
    assert loop.lists.timer_count == 0


def test_the_run_loop_is_the_main_threads_and_bounded(loop):
    timer = Own("ITimerHandler", onTimer=lambda _: None)
    assert elsewhere(lambda: call(loop.own, "registerTimer", timer.pointer, 10)) == FALSE
    assert [line for line in loop.host.log() if "IRunLoop off the main thread" in line]
    assert call(loop.own, "registerTimer", ffi.NULL, 10) == INVALID
    assert call(loop.own, "registerEventHandler", ffi.NULL, 0) == INVALID
    event = Own("IEventHandler", onFDIsSet=lambda *_: None)
    for fd in (-1, loop.host.mailbox.wake_fd):
        assert call(loop.own, "registerEventHandler", event.pointer, fd) == INVALID
    assert event.count == timer.count == 1
    results = [call(loop.own, "registerTimer", timer.pointer, 10) for _ in range(1030)]
    assert results == [OK] * 1024 + [OUT_OF_MEMORY] * 6
    assert lib.ib_vst3_host_close(loop.host.pointer) == 1024
    assert timer.count == 1
    assert call(loop.own, "registerTimer", timer.pointer, 10) == FALSE


def test_descriptors_are_watched_once_and_all_handlers_are_called(loop):
    reading, writing = os.pipe()
    other, _ = pipes = os.pipe()
    first = loop.event("first", reading, other)
    loop.event("second", reading)
    assert loop.served.poll_fds() == [(reading, select.POLLIN), (other, select.POLLIN)]
    loop.served.on_fd(reading, select.POLLIN)
    assert loop.calls == [("first", reading), ("second", reading)]
    loop.served.on_fd(12345, select.POLLIN)
    assert call(loop.own, "unregisterEventHandler", first.pointer) == OK
    assert first.count == 1
    assert loop.served.poll_fds() == [(reading, select.POLLIN)]
    assert call(loop.own, "unregisterEventHandler", first.pointer) == FALSE
    for fd in (reading, writing, *pipes):
        os.close(fd)


def test_a_handler_may_take_itself_back_in_its_own_call(loop):
    reading, writing = os.pipe()
    first = loop.event("first", reading, also=lambda h: call(loop.own, "unregisterEventHandler", h.pointer))
    loop.event("second", reading)
    loop.served.on_fd(reading, select.POLLIN)
    assert loop.calls == [("first", reading), ("second", reading)]
    assert first.count == 1
    os.close(reading)
    os.close(writing)


def test_a_closed_or_broken_descriptor_is_forgotten(loop):
    reading, writing = os.pipe()
    first = loop.event("first", reading)
    os.close(reading)
    loop.served.on_fd(reading, select.POLLNVAL)
    assert loop.served.poll_fds() == []
    assert loop.calls == []
    assert first.count == 1
    second = loop.event("second", writing)
    for _ in range(MOST_HANGUPS + 1):
        loop.served.on_fd(writing, select.POLLERR)
    assert loop.served.poll_fds() == []
    assert second.count == 1
    assert len(loop.calls) == MOST_HANGUPS
    assert len(loop.warnings) == 2
    os.close(writing)
