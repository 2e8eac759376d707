"""What a VST3 controller tells its host: edits, restarts, units, progress; and what it is told of its track."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst3 import track, transport
from isobooth.protocol.abilities import TrackInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import FALSE, INVALID, OK, Host, Own, call, elsewhere, read_int, read_string, text16


@pytest.fixture
def host():
    with Host() as made:
        yield made


def test_edits_without_an_audio_half_become_notices(host):
    assert call(host.handler, "beginEdit", 5) == OK
    assert call(host.handler, "performEdit", 5, 0.25) == OK
    assert call(host.handler, "endEdit", 0xFFFFFFF0) == OK
    assert host.asked() & lib.IB_ASK_CALLBACK
    assert host.notices() == [
        (lib.IB_VST3_NOTICE_EDIT_BEGIN, [5, 0, 0, 0], 0.0),
        (lib.IB_VST3_NOTICE_EDIT, [5, 0, 0, 0], 0.25),
        (lib.IB_VST3_NOTICE_EDIT_END, [-16, 0, 0, 0], 0.0),
    ]


@pytest.mark.parametrize(
    ("value", "result", "seen"), [(-0.5, OK, 0.0), (1.5, OK, 1.0), (math.inf, OK, 1.0), (math.nan, INVALID, None)]
)
def test_edits_out_of_range_are_held_in_it_and_reported(host, value, result, seen):
    assert call(host.handler, "performEdit", 1, value) == result
    assert [notice[2] for notice in host.notices()] == ([] if seen is None else [seen])
    assert [line for line in host.log() if "not in 0 ... 1" in line]


def test_restart_flags_merge_until_they_are_taken(host):
    for flags in (lib_flag("kLatencyChanged"), lib_flag("kIoChanged"), lib_flag("kIoChanged"), 0):
        assert call(host.handler, "restartComponent", flags) == OK
    assert host.asked() & lib.IB_ASK_CALLBACK
    assert lib.ib_vst3_host_take_restart(host.pointer) == 10
    assert lib.ib_vst3_host_take_restart(host.pointer) == 0
    assert host.log() == []
    assert [elsewhere(lambda: call(host.handler, "restartComponent", 1)) for _ in range(3)] == [OK] * 3
    assert lib.ib_vst3_host_take_restart(host.pointer) == 1
    assert len([line for line in host.log() if "restartComponent off the main thread" in line]) == 1


def lib_flag(name):
    return getattr(lib, f"VST3_{name}")


def test_what_a_handler_hears_waits_in_order(host):
    second = host.of("IComponentHandler2", host.handler)
    buses = host.of("IComponentHandlerBusActivation", host.handler)
    units, units2 = host.of("IUnitHandler", host.handler), host.of("IUnitHandler2", host.handler)
    assert call(second, "startGroupEdit") == OK
    assert call(second, "requestOpenEditor", b"editor") == OK
    assert call(second, "finishGroupEdit") == OK
    assert call(second, "setDirty", 0) == OK
    assert call(buses, "requestBusActivation", 0, 1, 2, 1) == OK
    assert call(buses, "requestBusActivation", 7, 1, 2, 1) == INVALID
    assert call(buses, "requestBusActivation", 0, 1, -2, 1) == INVALID
    assert call(units, "notifyUnitSelection", 4) == OK
    assert call(units, "notifyProgramListChange", 9, -1) == OK
    assert call(units2, "notifyUnitByBusChange") == OK
    assert [(kind, numbers) for kind, numbers, _ in host.notices()] == [
        (lib.IB_VST3_NOTICE_GROUP_BEGIN, [0, 0, 0, 0]),
        (lib.IB_VST3_NOTICE_OPEN_EDITOR, [0, 0, 0, 0]),
        (lib.IB_VST3_NOTICE_GROUP_END, [0, 0, 0, 0]),
        (lib.IB_VST3_NOTICE_CLEAN, [0, 0, 0, 0]),
        (lib.IB_VST3_NOTICE_BUS_ACTIVATION, [0, 1, 2, 1]),
        (lib.IB_VST3_NOTICE_UNIT_SELECTED, [4, 0, 0, 0]),
        (lib.IB_VST3_NOTICE_PROGRAMS, [9, -1, 0, 0]),
        (lib.IB_VST3_NOTICE_UNITS_BY_BUS, [0, 0, 0, 0]),
    ]
    host.asked()
    assert call(second, "setDirty", 1) == OK
    assert host.asked() == lib.IB_ASK_STATE_DIRTY
    for one in (second, buses, units, units2):
        call(one, "release")


def test_notices_are_bounded(host):
    units = host.of("IUnitHandler", host.handler)
    results = [call(units, "notifyUnitSelection", i) for i in range(1030)]
    assert results == [OK] * 1024 + [FALSE] * 6
    assert [line for line in host.log() if "keep up" in line]
    assert [numbers[0] for _, numbers, _ in host.notices()] == list(range(1024))
    assert call(units, "notifyUnitSelection", 1) == OK
    call(units, "release")


def test_menus_need_a_window_and_time_only_moves_on(host):
    menus = host.of("IComponentHandler3", host.handler)
    assert call(menus, "createContextMenu", ffi.NULL, ffi.NULL) == ffi.NULL
    clock = host.of("IComponentHandlerSystemTime", host.handler)
    first, second = ffi.new("int64_t *"), ffi.new("int64_t *")
    assert call(clock, "getSystemTime", first) == OK
    assert call(clock, "getSystemTime", second) == OK
    assert 0 < first[0] <= second[0]
    assert call(clock, "getSystemTime", ffi.NULL) == INVALID
    for one in (menus, clock):
        call(one, "release")


def test_progress_is_told_to_the_log(host):
    progress = host.of("IProgress", host.handler)
    number = ffi.new("uint64_t *")
    assert call(progress, "start", 0, ffi.NULL, number) == OK
    assert call(progress, "update", number[0], 0.5) == OK
    assert call(progress, "finish", number[0]) == OK
    assert call(progress, "finish", number[0]) == INVALID
    assert call(progress, "update", 0, 0.5) == INVALID
    assert call(progress, "start", 1, text16("Samples \U0001f941"), number) == OK
    assert call(progress, "start", 9, ffi.NULL, number) == INVALID
    assert host.log() == [
        "task 1 begins: restoring its state",
        "task 1 is done",
        "task 2 begins: Samples \U0001f941",
    ]
    results = [call(progress, "start", 1, ffi.NULL, number) for _ in range(20)]
    assert results == [OK] * 15 + [FALSE] * 5
    call(progress, "release")


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        (0, [("jump", [8.5])]),
        (1, [("start", [])]),
        (2, [("stop", [])]),
        (3, [("jump", [8.5]), ("start", [])]),
        (4, [("stop", []), ("jump", [8.5])]),
        (5, [("record", [1.0]), ("start", [])]),
        (6, [("jump", [8.5]), ("record", [1.0]), ("start", [])]),
        (7, [("record", [0.0])]),
        (8, [("record", [0.0]), ("stop", [])]),
        (9, [("record", [0.0]), ("stop", []), ("jump", [8.5])]),
        (10, None),
        (11, None),
        (12, [("enable-loop", [1.0])]),
        (13, [("enable-loop", [0.0])]),
        (14, None),
        (-1, None),
    ],
)
def test_wishes_for_the_transport(host, action, seen):
    control = host.of("ITransportControl")
    position = ffi.new("struct vst3_TransportPosition *")
    position.type = 1
    position.u.quarterNotes = 8.5
    assert call(control, "isActionSupported", action) == (FALSE if seen is None else OK)
    assert call(control, "requestAction", action, position) == (FALSE if seen is None else OK)
    wishes = []
    for kind, numbers, value in host.notices():
        assert kind == lib.IB_VST3_NOTICE_TRANSPORT
        wishes += [(wish.action, wish.values) for wish in transport.requests(numbers[0], numbers[1], value)]
    assert wishes == (seen or [])
    call(control, "release")


def test_a_place_in_samples_or_none_at_all_is_refused(host):
    control = host.of("ITransportControl")
    position = ffi.new("struct vst3_TransportPosition *")
    assert call(control, "requestAction", 0, position) == FALSE
    assert [line for line in host.log() if "quarter notes" in line]
    assert call(control, "requestAction", 0, ffi.NULL) == INVALID
    position.type = 1
    position.u.quarterNotes = math.nan
    assert call(control, "requestAction", 0, position) == INVALID
    assert host.notices() == []
    call(control, "release")


def test_a_controller_is_told_about_its_track(host):
    seen = {}

    def infos(_, attributes):
        attributes = ffi.cast("struct vst3_IAttributeList *", attributes)
        for key in ("uid", "name", "index namespace"):
            seen[key] = read_string(attributes, f"channel {key}".encode())
            seen[key + " length"] = read_int(attributes, f"channel {key} length".encode())
        for key in ("color", "index", "index namespace order", "plugin location", "runtime id"):
            seen[key] = read_int(attributes, f"channel {key}".encode())
        return OK

    listener = Own("IInfoListener", setChannelContextInfos=infos)
    info = TrackInfo(name="Dr\u00fcms \U0001f941", color=(1, 2, 3, 255), index=4, kind="bus")
    assert track.tell(host.pointer, listener.pointer, info) == OK
    assert seen == {
        "uid": "Group 5",
        "uid length": 7,
        "name": "Dr\u00fcms \U0001f941",
        "name length": 8,
        "index namespace": "Group",
        "index namespace length": 5,
        "color": 0xFF010203,
        "index": 5,
        "index namespace order": 3,
        "plugin location": 0,
        "runtime id": None,
    }
    track.tell(host.pointer, listener.pointer, TrackInfo(name="x"))
    assert seen["color"] is None
    assert seen["index namespace"] == "Channel"
    assert host.leaks() == (0, "")
