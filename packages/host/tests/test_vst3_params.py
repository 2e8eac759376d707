"""Parameters of a VST3 processor: what becomes of the client's events and of the plugin's output."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import GestureBegin, GestureEnd, ParamMod, ParamValue

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_echo import CURVE, CUTOFF, FREQUENCIES, GAIN, METER, MODE, PROGRAM, EchoBooth, raw, table

BAD = lib.IB_STATUS_FLAG_BAD_EVENTS


@pytest.fixture
def booth(tmp_path_factory):
    with EchoBooth(tmp_path_factory.getbasetemp()) as made:
        yield made
        assert made.fault() == ""
        assert made.faults() == []


def value(number, to, time=0):
    return ParamValue(parameter=number, value=to, time=time)


def install(booth, values=None, **how):
    lib.ib_vst3_table_install(booth.plugin.vst3, table(values, **how))


# -- plain and normalised ----------------------------------------------------------------------------------------------


def find(number):
    made = table()
    return made, lib.ib_vst3_table_find(made, number)


@pytest.mark.parametrize(
    ("number", "plain", "normal"),
    [
        (GAIN, -60.0, 0.0),
        (GAIN, 12.0, 1.0),
        (GAIN, -24.0, 0.5),
        (CUTOFF, 0.3, 0.3),
        (MODE, 10.0, 0.0),
        (MODE, 11.0, 1 / 3),
        (MODE, 13.0, 1.0),
        (CURVE, 20.0, 0.0),
        (CURVE, 60.0, 1 / 6),
        (CURVE, 1000.0, 2 / 3),
        (CURVE, 20000.0, 1.0),
    ],
)
def test_plain_and_normalised_values_belong_together(number, plain, normal):
    made, param = find(number)
    assert lib.ib_vst3_to_normal(param, plain) == pytest.approx(normal, abs=1e-15)
    assert lib.ib_vst3_to_plain(param, normal) == pytest.approx(plain, abs=1e-12)
    lib.ib_vst3_table_free(made)


@pytest.mark.parametrize("number", [GAIN, CUTOFF, MODE, CURVE, PROGRAM])
def test_values_out_of_range_are_held(number):
    made, param = find(number)
    assert lib.ib_vst3_to_normal(param, math.inf) == lib.ib_vst3_to_normal(param, 1e300) == 1.0
    assert lib.ib_vst3_to_normal(param, -math.inf) == lib.ib_vst3_to_normal(param, -1e300) == 0.0
    assert lib.ib_vst3_to_plain(param, 7.0) == lib.ib_vst3_to_plain(param, 1.0) == param.maximum
    assert lib.ib_vst3_to_plain(param, -7.0) == lib.ib_vst3_to_plain(param, 0.0) == param.minimum
    assert math.isnan(lib.ib_vst3_to_normal(param, math.nan))
    lib.ib_vst3_table_free(made)


def test_steps_divide_the_range_as_the_sdk_has_it():
    made, param = find(MODE)
    below = math.nextafter
    for step in range(4):
        assert lib.ib_vst3_to_plain(param, step / 4) == 10 + step
        assert lib.ib_vst3_to_plain(param, below((step + 1) / 4, 0.0)) == 10 + step
        assert lib.ib_vst3_to_plain(param, lib.ib_vst3_to_normal(param, 10 + step)) == 10 + step
    lib.ib_vst3_table_free(made)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40, unique=True), st.booleans(), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_curves_go_there_and_back(values, falls, normal):
    curve = sorted(values, reverse=falls)
    made = lib.ib_vst3_table_new(1)
    points = ffi.new("double[]", curve)
    assert lib.ib_vst3_table_add(made, 1, 0, 0, lib.IB_VST3_CURVE, 0, 0, points, len(curve), math.nan)
    param = lib.ib_vst3_table_find(made, 1)
    plain = lib.ib_vst3_to_plain(param, normal)
    assert min(curve) <= plain <= max(curve)
    again = lib.ib_vst3_to_plain(param, lib.ib_vst3_to_normal(param, plain))
    assert again == pytest.approx(plain, rel=1e-9, abs=1e-6 * (max(curve) - min(curve)))
    lib.ib_vst3_table_free(made)


def test_kinds_that_their_numbers_do_not_carry_are_normalised_values():
    made = lib.ib_vst3_table_new(4)
    nothing = ffi.NULL
    for number, steps, kind, most in (
        (1, 0, lib.IB_VST3_STEPPED, 5.0),
        (2, 0, lib.IB_VST3_LINEAR, math.inf),
        (3, 0, lib.IB_VST3_CURVE, 1.0),
    ):
        assert lib.ib_vst3_table_add(made, number, 0, steps, kind, 0.0, most, nothing, 0, math.nan)
        param = lib.ib_vst3_table_find(made, number)
        assert (param.kind, param.minimum, param.maximum) == (lib.IB_VST3_NORMAL, 0.0, 1.0)
    assert not lib.ib_vst3_table_add(made, lib.IB_VST3_NO_PARAM, 0, 0, 0, 0, 1, nothing, 0, 0.0)
    assert lib.ib_vst3_table_find(made, lib.IB_VST3_NO_PARAM) == nothing
    lib.ib_vst3_table_free(made)


def test_ten_thousand_ids_are_told_apart():
    made = lib.ib_vst3_table_new(10000)
    ids = [n * 65536 % 4294967291 for n in range(1, 10001)]
    for number in ids:
        assert lib.ib_vst3_table_add(made, number, 0, 0, 0, 0, 1, ffi.NULL, 0, math.nan)
    assert not lib.ib_vst3_table_add(made, 3, 0, 0, 0, 0, 1, ffi.NULL, 0, math.nan)
    assert all(lib.ib_vst3_table_find(made, number).id == number for number in ids)
    lib.ib_vst3_table_free(made)


# -- from the client ---------------------------------------------------------------------------------------------------


def test_events_become_points_of_one_queue_each(booth):
    events = [value(CUTOFF, 0.2, 0), value(GAIN, -24.0, 3), value(CUTOFF, 0.4, 3), value(MODE, 12.0, 9)]
    answer = booth.send(*events)
    assert not answer.flags & BAD
    assert answer.events == []
    assert booth.echo.queue_count == 3
    assert booth.plugin.points() == [
        (CUTOFF, 0, 0.2),
        (CUTOFF, 2, 0.2),
        (CUTOFF, 3, 0.4),
        (GAIN, 3, 0.5),
        (MODE, 9, 2 / 3),
    ]


def test_a_known_value_is_held_until_right_before_the_jump(booth):
    install(booth, {CUTOFF: 0.1})
    booth.send(value(CUTOFF, 0.9, 32))
    assert booth.plugin.points() == [(CUTOFF, 31, 0.1), (CUTOFF, 32, 0.9)]
    booth.send(value(CUTOFF, 0.5, 1))
    assert booth.plugin.points() == [(CUTOFF, 0, 0.9), (CUTOFF, 1, 0.5)]
    booth.send(value(CUTOFF, 0.6, 0))
    assert booth.plugin.points() == [(CUTOFF, 0, 0.6)]
    booth.send(value(CUTOFF, 0.6, 20))
    assert booth.plugin.points() == [(CUTOFF, 20, 0.6)]


def test_dense_automation_has_one_point_a_frame(booth):
    booth.send(*(value(CUTOFF, n / 64, n) for n in range(64)))
    assert booth.plugin.points() == [(CUTOFF, n, n / 64) for n in range(64)]


@pytest.mark.parametrize("number", [MODE, PROGRAM])
def test_stepped_parameters_jump_without_a_held_value(booth, number):
    install(booth, {number: 0.0})
    booth.send(value(number, 12.0, 32))
    assert [offset for _, offset, _ in booth.plugin.points()] == [32]


def test_values_that_may_have_changed_are_not_held(booth):
    booth.send(value(CUTOFF, 0.5))
    lib.ib_vst3_forget_values(booth.plugin.vst3)
    booth.send(value(CUTOFF, 0.7, 32))
    assert booth.plugin.points() == [(CUTOFF, 32, 0.7)]
    booth.send(value(CUTOFF, 0.8, 32))
    assert booth.plugin.points() == [(CUTOFF, 31, 0.7), (CUTOFF, 32, 0.8)]


def test_of_many_events_at_one_frame_the_last_counts(booth):
    booth.send(*(value(CUTOFF, n / 10, 5) for n in (1, 2, 3, 4)))
    assert booth.plugin.points() == [(CUTOFF, 5, 0.4)]


@pytest.mark.parametrize(
    "event",
    [
        value(999, 0.5),
        value(0xFFFFFFFF, 0.5),
        value(METER, 1.0),
        raw(value(CUTOFF, 0.5))[:24] + struct.pack("<d", math.nan),
        raw(value(CUTOFF, 0.5))[:24] + struct.pack("<d", -math.inf),
        ParamMod(parameter=CUTOFF, value=0.1),
    ],
)
def test_events_that_make_no_sense_are_dropped_and_told(booth, event):
    answer = booth.send(event, value(GAIN, 12.0))
    assert answer.flags & BAD
    assert booth.plugin.points() == [(GAIN, 0, 1.0)]


def test_values_out_of_range_are_clamped(booth):
    booth.send(value(GAIN, 1e9), value(CUTOFF, -3.0))
    assert booth.plugin.points() == [(GAIN, 0, 1.0), (CUTOFF, 0, 0.0)]


def test_gestures_of_the_client_are_the_clients(booth):
    answer = booth.send(GestureBegin(parameter=CUTOFF), GestureEnd(parameter=CUTOFF))
    assert not answer.flags & BAD
    assert booth.plugin.points() == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_automation_lands_on_its_frames(tmp_path_factory, data):
    """What a plugin hears that draws straight lines between points is what the events say, frame by frame."""
    start = {CUTOFF: 0.5, GAIN: 0.0}
    numbers = st.sampled_from([CUTOFF, GAIN])
    said = data.draw(st.lists(st.tuples(st.integers(0, 63), numbers, st.floats(0, 1)), max_size=30))
    said.sort(key=lambda one: one[0])
    with EchoBooth(tmp_path_factory.getbasetemp()) as booth:
        install(booth, start)
        booth.send(*(value(number, to if number == CUTOFF else -60 + 72 * to, time) for time, number, to in said))
        for number in (CUTOFF, GAIN):
            wanted, heard = [start[number]] * 64, [start[number]] * 64
            for time, other, to in said:
                if other == number:
                    wanted[time:] = [to] * (64 - time)
            before, last = -1, start[number]
            for _, offset, to in (point for point in booth.plugin.points() if point[0] == number):
                for frame in range(before + 1, offset):
                    heard[frame] = last + (to - last) * (frame - before) / (offset - before)
                heard[offset:] = [to] * (64 - offset)
                before, last = offset, to
            assert heard == pytest.approx(wanted, abs=1e-12)
        assert booth.fault() == ""


# -- to the controller -------------------------------------------------------------------------------------------------


def test_the_controller_hears_the_last_value_of_each_parameter(booth):
    booth.send(value(CUTOFF, 0.2), value(GAIN, -60.0, 4), value(CUTOFF, 0.9, 9))
    assert booth.plugin.wants() == lib.IB_VST3_WANT_HEARD
    assert booth.asked() & lib.IB_ASK_CALLBACK
    assert booth.plugin.heard() == {CUTOFF: 0.9, GAIN: 0.0}
    assert booth.plugin.heard() == {}


def test_the_main_thread_is_not_woken_for_each_block(booth):
    woken = 0
    for n in range(30):  # 30 x 64 frames are 40 ms
        booth.send(value(CUTOFF, n / 30))
        woken += booth.plugin.wants() != 0
    assert woken == 3
    assert booth.plugin.heard() == {CUTOFF: 29 / 30}


def test_the_last_news_are_told_when_playing_ends(booth):
    booth.send(value(CUTOFF, 0.1))
    booth.plugin.wants()
    booth.send(value(CUTOFF, 0.2))
    assert booth.plugin.wants() == 0
    lib.ib_engine_park(booth.engine)
    assert booth.plugin.wants() == lib.IB_VST3_WANT_HEARD
    assert booth.plugin.heard() == {CUTOFF: 0.2}


def test_news_fit_into_whatever_room_there_is(booth):
    booth.send(value(CUTOFF, 0.2), value(GAIN, 12.0), value(MODE, 13.0))
    found = {}
    while taken := booth.plugin.heard(1):
        assert len(taken) == 1
        found |= taken
    assert found == {CUTOFF: 0.2, GAIN: 1.0, MODE: 1.0}


def test_news_outlive_the_table_they_came_with(booth):
    booth.send(value(CUTOFF, 0.2), value(GAIN, 12.0))
    install(booth, without=(GAIN,))
    booth.send(value(CUTOFF, 0.3))
    assert booth.plugin.heard() == {GAIN: 1.0, CUTOFF: 0.3}
    assert booth.send(value(GAIN, 0.0)).flags & BAD


# -- from the processor ------------------------------------------------------------------------------------------------


def test_output_becomes_events_and_news(booth):
    booth.plugin.say_points((METER, 10, 0.25), (METER, 20, 0.75), (MODE, 5, 0.5), (CURVE, 0, 0.5))
    answer = booth.send()
    assert [(event.parameter, event.time, event.value) for event in answer.events] == [
        (CURVE, 0, pytest.approx((FREQUENCIES[1] + FREQUENCIES[2]) / 2)),
        (MODE, 5, 12.0),
        (METER, 10, 0.5),
        (METER, 20, 1.5),
    ]
    assert booth.echo.taken == 4
    assert booth.plugin.heard() == {METER: 0.75, MODE: 0.5, CURVE: 0.5}


def test_output_is_what_is_held_before_the_next_jump(booth):
    booth.plugin.say_points((CUTOFF, 10, 0.25))
    booth.send()
    booth.plugin.say_points()
    booth.send(value(CUTOFF, 1.0, 10))
    assert booth.plugin.points() == [(CUTOFF, 9, 0.25), (CUTOFF, 10, 1.0)]


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ((999, 0, 0.5), None),
        ((METER, 0, math.nan), None),
        ((METER, 0, math.inf), None),
        ((METER, 5, 1.5), (5, 2.0)),
        ((METER, -3, 0.5), (0, 1.0)),
        ((METER, 64, 0.5), (63, 1.0)),
    ],
)
def test_malformed_output_is_corrected_or_refused_with_one_line(booth, point, told):
    booth.plugin.say_points(point, point)
    events = booth.send().events
    assert [(event.time, event.value) for event in events] == ([told] * 2 if told else [])
    assert len(booth.faults()) == 1
    booth.logged.clear()


def test_a_flush_takes_output_too(booth):
    booth.plugin.say_points((METER, 0, 0.5))
    answer = booth.send(value(CUTOFF, 0.5), frames=0)
    assert [(event.parameter, event.time) for event in answer.events] == [(METER, 0)]


def test_an_area_full_of_events_is_followed(booth):
    events = b"".join(raw(value(CUTOFF if n % 2 else GAIN, n / 2000, n * 256 // 2000)) for n in range(2000))
    answer = booth.play(None, [events], frames=256)
    assert not answer.flags & BAD
    assert struct.calcsize("<IIBBhhhIid") * 2000 == len(events)
    assert booth.fault() == ""
    assert booth.echo.point_count > 500
