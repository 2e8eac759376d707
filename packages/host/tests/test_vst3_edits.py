"""Edits by a VST3 plugin's own controller, on their way to the processor and to the client."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import decode_events

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_echo import CUTOFF, GAIN, METER, EchoBooth, table


@pytest.fixture
def booth(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp()) as made:
        yield made
        assert made.fault() == ""
        assert made.faults() == []


def test_an_edit_reaches_the_processor_and_the_client(booth):
    vst3 = booth.plugin.vst3
    lib.ib_vst3_gesture_push(vst3, GAIN, 1)
    assert lib.ib_vst3_edit_push(vst3, GAIN, 0.5)
    lib.ib_vst3_gesture_push(vst3, GAIN, 0)
    answer = booth.send()
    events = [(type(event).__name__, event.parameter, getattr(event, "value", None)) for event in answer.events]
    events += idle(booth)
    assert events == [("GestureBegin", GAIN, None), ("ParamValue", GAIN, -24.0), ("GestureEnd", GAIN, None)]
    assert booth.plugin.heard() == {}  # the controller knows


def idle(booth):
    """Events of an idle flush, which may have come before the block."""
    found = idle_events(booth)
    return [(type(event).__name__, event.parameter, getattr(event, "value", None)) for event in found]


def test_an_edit_reaches_the_processor_while_nothing_plays(booth):
    booth.send()
    lib.ib_vst3_edit_push(booth.plugin.vst3, CUTOFF, 0.25)
    found = []
    while not found:
        found = idle(booth)
    assert found == [("ParamValue", CUTOFF, 0.25)]
    assert booth.echo.samples == 0
    assert booth.plugin.points() == [(CUTOFF, 0, 0.25)]


def test_edits_while_inactive_wait_for_the_first_block(booth):
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    vst3 = booth.plugin.vst3
    for normal in (0.1, 0.2):
        assert lib.ib_vst3_edit_push(vst3, CUTOFF, normal)
    assert lib.ib_vst3_edit_push(vst3, METER, 0.5)
    assert booth.plugin.wants() == lib.IB_VST3_WANT_FLUSH
    area = ffi.new("uint8_t[]", 4096)
    told = decode_events(bytes(ffi.buffer(area, lib.ib_vst3_flush_inactive(vst3, area, 4096))))
    assert [(event.parameter, event.value) for event in told] == [(CUTOFF, 0.1), (CUTOFF, 0.2), (METER, 1.0)]
    lib.ib_vst3_table_install(vst3, table())
    booth.begin()
    assert booth.send().events == []
    assert booth.plugin.points() == [(CUTOFF, 0, 0.2)]
    booth.send()
    assert booth.plugin.points() == []


def test_edits_that_no_block_came_for_are_told_when_playing_has_ended(booth):
    lib.ib_engine_park(booth.engine)
    lib.ib_vst3_edit_push(booth.plugin.vst3, CUTOFF, 0.5)
    assert booth.plugin.wants() == 0
    booth.plugin.deactivate()
    assert booth.plugin.wants() == lib.IB_VST3_WANT_FLUSH
    booth.begin()
    told = booth.send().events + idle_events(booth)
    assert [(event.parameter, event.value) for event in told] == [(CUTOFF, 0.5)]


def test_what_an_area_does_not_hold_stays(booth):
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    for n in range(5):
        lib.ib_vst3_edit_push(booth.plugin.vst3, CUTOFF, n / 4)
    area = ffi.new("uint8_t[]", 96)
    taken = []
    while used := lib.ib_vst3_flush_inactive(booth.plugin.vst3, area, 96):
        taken.append(used)
    assert taken == [96, 64]
    booth.begin()


def test_more_edits_than_there_is_room_for_have_all_values_read_again(booth):
    lib.ib_engine_park(booth.engine)
    booth.plugin.deactivate()
    pushed = sum(lib.ib_vst3_edit_push(booth.plugin.vst3, CUTOFF, 0.5) for _ in range(5000))
    assert pushed == 4096
    assert booth.plugin.vst3.edits_lost == 5000 - 4096
    assert booth.asked() & lib.IB_ASK_PARAM_VALUES
    assert len(booth.faults()) == 1
    booth.logged.clear()
    booth.begin()


def test_edits_that_make_no_sense_are_refused(booth):
    vst3 = booth.plugin.vst3
    assert not lib.ib_vst3_edit_push(vst3, CUTOFF, math.nan)
    lib.ib_vst3_edit_push(vst3, 999, 0.5)
    booth.send()
    assert booth.plugin.points() == []
    assert len(booth.faults()) == 2
    booth.logged.clear()


def test_no_edit_of_many_threads_gets_lost_without_a_word_while_tables_change(booth):
    vst3, batches, refused = booth.plugin.vst3, [], []

    def edit(number):
        for n in range(1000):
            while not lib.ib_vst3_edit_push(vst3, number, n / 999):
                refused.append(number)

    numbers = (CUTOFF, GAIN, METER)
    threads = [threading.Thread(target=edit, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        batches += [booth.send().events, idle_events(booth)]
        lib.ib_vst3_table_install(vst3, table())
    batches += [booth.send().events, idle_events(booth)]
    assert sum(map(len, batches)) + vst3.edits_lost - len(refused) == 3 * 1000
    for batch in batches:
        for number in numbers:
            values = [event.value for event in batch if event.parameter == number]
            assert values == sorted(values)
    booth.drain()
    booth.logged.clear()


def idle_events(booth):
    area = ffi.new("uint8_t[]", 1 << 16)
    return list(decode_events(bytes(ffi.buffer(area, lib.ib_engine_idle_events(booth.engine, area, 1 << 16)))))
