"""The objects that the host hands out to VST3 plugins, called through their tables as a plugin calls them."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host._core import ffi, lib
from isobooth.host.formats.vst3 import track, transport
from isobooth.protocol.abilities import TrackInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import (
    FALSE,
    INVALID,
    NO_INTERFACE,
    NOT_IMPLEMENTED,
    OK,
    OUT_OF_MEMORY,
    Host,
    Own,
    address,
    call,
    elsewhere,
    from16,
    iid,
    query,
    text16,
)

CONTEXT = {"IHostApplication", "IPlugInterfaceSupport", "IRunLoop", "IDataExchangeHandler", "ITransportControl"}
HANDLER = {
    "IComponentHandler",
    "IComponentHandler2",
    "IComponentHandler3",
    "IComponentHandlerBusActivation",
    "IComponentHandlerSystemTime",
    "IUnitHandler",
    "IUnitHandler2",
    "IProgress",
}
ALL = {name.removeprefix("vst3_").removesuffix("_iid") for name in dir(lib) if name.endswith("_iid")}
USED = {
    "FUnknown",
    "IPluginBase",
    "IComponent",
    "IAudioProcessor",
    "IAudioPresentationLatency",
    "IProcessContextRequirements",
    "IConnectionPoint",
    "IEditController",
    "IEditController2",
    "IMidiMapping",
    "INoteExpressionController",
    "IKeyswitchController",
    "IUnitInfo",
    "IUnitData",
    "IProgramListData",
    "IInfoListener",
    "IAutomationState",
    "IDataExchangeReceiver",
    "IEventHandler",
    "ITimerHandler",
}


@pytest.fixture
def host():
    with Host() as made:
        yield made


def read_string(attributes, key, units=128):
    out = ffi.new("uint16_t[]", units)
    result = call(attributes, "getString", key, out, units * 2)
    return from16(out) if result == OK else result


def read_binary(attributes, key):
    data, size = ffi.new("const void **"), ffi.new("uint32_t *")
    result = call(attributes, "getBinary", key, data, size)
    return bytes(ffi.buffer(data[0], size[0])) if result == OK else result


def read_int(attributes, key):
    value = ffi.new("int64_t *")
    result = call(attributes, "getInt", key, value)
    return value[0] if result == OK else None


def read_float(attributes, key):
    value = ffi.new("double *")
    result = call(attributes, "getFloat", key, value)
    return value[0] if result == OK else None


# -- FUnknown ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("owner", "names"), [("context", CONTEXT), ("handler", HANDLER)])
def test_queryinterface_answers_for_what_the_object_is_and_for_nothing_else(host, owner, names):
    pointer = getattr(host, owner)
    for name in ALL | {"FUnknown"}:
        result, found = query(pointer, name)
        if name in names | {"FUnknown"}:
            assert result == OK
            call(found, "release")
        else:
            assert (result, found) == (NO_INTERFACE, None), name
    assert host.leaks() == (0, "")


def test_all_interfaces_of_an_object_lead_to_each_other_and_count_together(host):
    found = [host.of(name) for name in sorted(CONTEXT)]
    assert host.leaks() == (1, "1 x IHostApplication")
    for one in found:
        for name in CONTEXT | {"FUnknown"}:
            other = host.of(name, one)
            assert name != "FUnknown" or address(other) == address(host.context)
            call(other, "release")
    for one in found:
        call(one, "release")
    assert host.leaks() == (0, "")


def test_references_are_counted_and_a_release_too_many_changes_nothing(host):
    message = host.create("IMessage")
    assert call(message, "addRef") == 2
    assert call(message, "release") == 1
    assert host.leaks() == (1, "1 x IMessage")
    assert call(message, "release") == 0
    assert host.leaks() == (0, "")
    assert host.log() == []
    assert call(message, "release") == 0
    assert call(message, "addRef") == 0
    assert query(message, "IMessage")[1] is None
    assert call(message, "getAttributes") == ffi.NULL
    assert ffi.string(call(message, "getMessageID")) == b""
    lines = host.log()
    assert len([line for line in lines if "more often than" in line]) == 1
    assert len([line for line in lines if "released already" in line]) == 1
    assert host.leaks() == (0, "")


def test_what_the_host_holds_itself_is_not_the_plugins_to_release(host):
    message = host.create("IMessage")
    attributes = call(message, "getAttributes")
    call(attributes, "release")
    call(attributes, "release")
    assert call(attributes, "setInt", b"a", 1) == OK
    assert read_int(call(message, "getAttributes"), b"a") == 1
    call(host.context, "release")
    assert call(host.context, "getName", ffi.new("uint16_t[128]")) == OK
    assert [line for line in host.log() if "more often than" in line]


def test_a_list_lives_on_after_its_message(host):
    message = host.create("IMessage")
    attributes = call(message, "getAttributes")
    call(attributes, "addRef")
    call(attributes, "setInt", b"a", 7)
    call(message, "release")
    assert read_int(attributes, b"a") == 7
    assert host.leaks() == (1, "1 x IAttributeList")
    assert call(attributes, "release") == 0
    assert host.log() == []


def test_counts_hold_when_many_threads_share_an_object(host):
    message = host.create("IMessage")

    def work():
        for _ in range(2000):
            call(message, "addRef")
            call(message, "release")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert call(message, "release") == 0
    assert host.log() == []


def test_after_close_what_is_still_held_is_counted_and_harmless(host):
    message = host.create("IMessage")
    attributes = host.create("IAttributeList")
    call(attributes, "setString", b"text", text16("x" * 1000))
    units = host.of("IUnitHandler", host.handler)
    assert lib.ib_vst3_host_close(host.pointer) == 0
    assert host.leaks() == (3, "1 x IMessage, 1 x IAttributeList, 1 x IComponentHandler")
    assert call(units, "notifyUnitSelection", 1) == FALSE
    assert host.notices() == []
    assert len(read_string(attributes, b"text", 2000)) == 1000
    for one in (message, attributes, units):
        call(one, "release")
    assert host.leaks() == (0, "")


def test_objects_run_out_with_a_refusal(host):
    out = ffi.new("void **")
    made = []
    while call(host.context, "createInstance", iid("IMessage"), iid("IMessage"), out) == OK:
        made.append(ffi.cast("struct vst3_IMessage *", out[0]))
        assert len(made) <= 20000
    assert len(made) == 16384
    assert out[0] == ffi.NULL
    assert [line for line in host.log() if "too many messages" in line]
    for message in made:
        call(message, "release")
    call(host.create("IMessage"), "release")


# -- IHostApplication, IPlugInterfaceSupport ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (b"isobooth", "isobooth"),
        ("b\u00f8\u00f8th \U0001f39a".encode(), "b\u00f8\u00f8th \U0001f39a"),
        (b"x" * 500, "x" * 127),
        (b"x" * 126 + "\U0001f39a".encode(), "x" * 126),
        (b"a\xff\xc3", "a\ufffd\ufffd"),
    ],
)
def test_the_hosts_name_is_utf16_and_always_ends(name, seen):
    with Host(name=name) as host:
        out = ffi.new("uint16_t[128]", [0x41] * 128)
        assert call(host.context, "getName", out) == OK
        assert from16(out) == seen
        assert call(host.context, "getName", ffi.NULL) == INVALID


def test_createinstance_makes_messages_and_lists_alone(host):
    out = ffi.new("void **")
    create = host.context.vtbl.createInstance
    for name in ALL - {"IMessage", "IAttributeList"}:
        out[0] = ffi.cast("void *", 1)
        assert create(host.context, iid(name), iid(name), out) == NOT_IMPLEMENTED
        assert out[0] == ffi.NULL
    assert create(host.context, iid("IMessage"), iid("IComponent"), out) == NO_INTERFACE
    assert out[0] == ffi.NULL
    assert create(host.context, iid("IMessage"), iid("FUnknown"), out) == OK
    call(ffi.cast("struct vst3_IMessage *", out[0]), "release")
    assert create(host.context, iid("IMessage"), iid("IMessage"), ffi.NULL) == INVALID
    assert create(host.context, ffi.NULL, iid("IMessage"), out) == INVALID
    assert host.leaks() == (0, "")


def test_exactly_the_interfaces_in_use_are_supported(host):
    support = host.of("IPlugInterfaceSupport")
    supported = {n for n in ALL | {"FUnknown"} if call(support, "isPlugInterfaceSupported", iid(n)) == OK}
    assert supported == USED
    assert call(support, "isPlugInterfaceSupported", ffi.NULL) == INVALID
    call(support, "release")


# -- IAttributeList, IMessage --------------------------------------------------------------------------------------

KEYS = st.binary(min_size=0, max_size=300).filter(lambda key: b"\0" not in key)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=200)
VALUES = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False),
    TEXTS,
    st.binary(max_size=2000),
)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), max_size=60))
def test_a_list_gives_back_what_was_set_last_and_nothing_else(pairs):
    with Host() as host:
        attributes = host.create("IAttributeList")
        model = {}
        for key, value in pairs:
            model[key] = value
            if isinstance(value, int):
                assert call(attributes, "setInt", key, value) == OK
            elif isinstance(value, float):
                assert call(attributes, "setFloat", key, value) == OK
            elif isinstance(value, str):
                assert call(attributes, "setString", key, text16(value)) == OK
            else:
                assert call(attributes, "setBinary", key, ffi.from_buffer(value), len(value)) == OK
        for key, value in model.items():
            assert read_int(attributes, key) == (value if isinstance(value, int) else None)
            assert read_float(attributes, key) == (value if isinstance(value, float) else None)
            assert read_string(attributes, key, 512) == (value if isinstance(value, str) else FALSE)
            assert read_binary(attributes, key) == (value if isinstance(value, bytes) else FALSE)
        call(attributes, "release")
        assert host.leaks() == (0, "")
        assert host.log() == []


@given(TEXTS, st.integers(0, 60))
def test_a_string_is_cut_at_the_bytes_of_the_room_and_ends(text, size):
    with Host() as host:
        attributes = host.create("IAttributeList")
        call(attributes, "setString", b"text", text16(text))
        out = ffi.new("uint16_t[]", [0x5A5A] * 64)
        result = call(attributes, "getString", b"text", out, size)
        assert result == (OK if size >= 2 else INVALID)
        units = text.encode("utf-16-le")
        kept = units[: max(0, size // 2 - 1) * 2] if size >= 2 else b""
        seen = bytes(ffi.buffer(out))
        if size >= 2:
            assert seen[: len(kept) + 2] == kept + b"\0\0"
        written = min(len(units) + 2, size // 2 * 2)
        assert seen[written:] == b"\x5a" * (128 - written)
        call(attributes, "release")


def test_a_list_refuses_calls_without_arguments(host):
    attributes = host.create("IAttributeList")
    assert call(attributes, "setInt", ffi.NULL, 1) == INVALID
    assert call(attributes, "getInt", b"a", ffi.NULL) == INVALID
    assert call(attributes, "getFloat", b"a", ffi.NULL) == INVALID
    assert call(attributes, "setString", b"a", ffi.NULL) == INVALID
    assert call(attributes, "setBinary", b"a", ffi.NULL, 1) == INVALID
    assert call(attributes, "setBinary", b"a", ffi.NULL, 0) == OK
    assert read_binary(attributes, b"a") == b""
    assert call(attributes, "getBinary", b"a", ffi.NULL, ffi.new("uint32_t *")) == INVALID
    assert call(attributes, "getInt", b"none", ffi.new("int64_t *")) == FALSE
    call(attributes, "release")


def test_a_list_is_bounded_and_keeps_what_it_has(host):
    attributes = host.create("IAttributeList")
    most = 64 << 20
    data = bytes(most // 2)
    assert call(attributes, "setBinary", b"first", ffi.from_buffer(data), len(data)) == OK
    assert call(attributes, "setBinary", b"second", ffi.from_buffer(data), len(data)) == OUT_OF_MEMORY
    assert read_binary(attributes, b"second") == FALSE
    assert len(read_binary(attributes, b"first")) == len(data)
    assert [line for line in host.log() if "too much into an attribute list" in line]
    call(attributes, "release")
    attributes = host.create("IAttributeList")
    results = [call(attributes, "setInt", b"%d" % i, i) for i in range(4100)]
    assert results == [OK] * 4096 + [OUT_OF_MEMORY] * 4
    assert read_int(attributes, b"4095") == 4095
    call(attributes, "release")


def test_bytes_of_a_list_can_be_set_from_themselves(host):
    attributes = host.create("IAttributeList")
    call(attributes, "setBinary", b"a", ffi.from_buffer(b"abcdef"), 6)
    data, size = ffi.new("const void **"), ffi.new("uint32_t *")
    call(attributes, "getBinary", b"a", data, size)
    inner = ffi.cast("const uint8_t *", data[0])
    assert call(attributes, "setBinary", b"a", inner + 2, 4) == OK
    assert read_binary(attributes, b"a") == b"cdef"
    call(attributes, "release")


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 129, 5000])
def test_message_ids_are_copied_whatever_their_length(host, length):
    message = host.create("IMessage")
    assert ffi.string(call(message, "getMessageID")) == b""
    given_id = ffi.new("char[]", b"i" * length)
    call(message, "setMessageID", given_id)
    ffi.memmove(given_id, b"x" * length, length)
    assert ffi.string(call(message, "getMessageID")) == b"i" * length
    call(message, "setMessageID", call(message, "getMessageID"))
    assert ffi.string(call(message, "getMessageID")) == b"i" * length
    call(message, "setMessageID", b"short")
    assert ffi.string(call(message, "getMessageID")) == b"short"
    call(message, "setMessageID", ffi.NULL)
    assert ffi.string(call(message, "getMessageID")) == b""
    call(message, "release")


def test_a_new_message_has_nothing_of_the_one_that_was_there_before(host):
    for _ in range(300):
        message = host.create("IMessage")
        assert ffi.string(call(message, "getMessageID")) == b""
        attributes = call(message, "getAttributes")
        assert read_int(attributes, b"a") is None
        call(message, "setMessageID", b"used")
        call(attributes, "setInt", b"a", 1)
        call(message, "release")


# -- IConnectionPoint ----------------------------------------------------------------------------------------------


class Ends:
    """Two connection points of a plugin, and proxies between them."""

    def __init__(self, host, heard=None):
        self.heard = []
        self.threads = []
        self.sender = Own("IConnectionPoint")
        self.receiver = Own("IConnectionPoint", notify=heard or self._notify)
        self.proxy = lib.ib_vst3_proxy_new(host.pointer, self.sender.pointer, self.receiver.pointer)

    def _notify(self, _, message):
        message = ffi.cast("struct vst3_IMessage *", message)
        self.threads.append(threading.get_ident())
        self.heard.append(ffi.string(call(message, "getMessageID")).decode())
        return 77


def message_of(host, name):
    message = host.create("IMessage")
    call(message, "setMessageID", name.encode())
    return message


def test_a_proxy_is_a_connection_point_and_nothing_else(host):
    ends = Ends(host)
    for name in ALL - {"IConnectionPoint", "FUnknown"}:
        assert query(ends.proxy, name) == (NO_INTERFACE, None)
    assert ends.sender.count == ends.receiver.count == 2
    assert call(ends.proxy, "connect", ends.sender.pointer) == FALSE
    assert call(ends.proxy, "connect", ffi.NULL) == INVALID
    assert call(ends.proxy, "notify", ffi.NULL) == INVALID
    lib.ib_vst3_proxy_close(ends.proxy)
    assert ends.sender.count == ends.receiver.count == 1


def test_the_main_threads_messages_arrive_at_once_with_their_answer(host):
    ends = Ends(host)
    message = message_of(host, "hello")
    assert call(ends.proxy, "notify", message) == 77
    assert ends.heard == ["hello"]
    call(message, "release")
    assert host.leaks() == (0, "")


def test_other_threads_messages_wait_for_the_main_thread_in_order(host):
    ends = Ends(host)

    def send():
        for i in range(100):
            message = message_of(host, str(i))
            assert call(ends.proxy, "notify", message) == OK
            call(message, "release")
        return True

    assert elsewhere(send)
    assert ends.heard == []
    assert host.asked() & lib.IB_ASK_CALLBACK
    assert host.leaks() == (100, "100 x IMessage")
    assert lib.ib_vst3_host_deliver(host.pointer) == 100
    assert ends.heard == [str(i) for i in range(100)]
    assert set(ends.threads) == {threading.get_ident()}
    assert host.leaks() == (0, "")
    assert lib.ib_vst3_host_deliver(host.pointer) == 0


def test_too_many_waiting_messages_are_refused_and_not_kept(host):
    ends = Ends(host)
    message = message_of(host, "again")
    results = elsewhere(lambda: [call(ends.proxy, "notify", message) for _ in range(1030)])
    assert results == [OK] * 1024 + [FALSE] * 6
    assert len([line for line in host.log() if "faster than" in line]) == 1
    assert lib.ib_vst3_host_deliver(host.pointer) == 1024
    assert elsewhere(lambda: call(ends.proxy, "notify", message)) == OK
    assert lib.ib_vst3_host_deliver(host.pointer) == 1
    assert call(message, "release") == 0


def test_what_is_sent_while_messages_are_delivered_waits_for_the_next_time(host):
    def heard(_, message):
        message = ffi.cast("struct vst3_IMessage *", message)
        return elsewhere(lambda: call(ends.proxy, "notify", message))

    ends = Ends(host, heard)
    message = message_of(host, "echo")
    elsewhere(lambda: call(ends.proxy, "notify", message))
    for _ in range(3):
        assert lib.ib_vst3_host_deliver(host.pointer) == 1
    assert lib.ib_vst3_host_close(host.pointer) == 0
    assert call(message, "release") == 0


def test_messages_to_a_closed_proxy_are_dropped_also_if_another_takes_its_place(host):
    ends = Ends(host)
    message = message_of(host, "late")
    elsewhere(lambda: call(ends.proxy, "notify", message))
    lib.ib_vst3_proxy_close(ends.proxy)
    others = [Ends(host) for _ in range(8)]
    assert any(address(other.proxy) == address(ends.proxy) for other in others)
    lib.ib_vst3_host_deliver(host.pointer)
    assert ends.heard == [] and all(other.heard == [] for other in others)
    assert call(message, "release") == 0


def test_a_plugin_may_disconnect_itself(host):
    ends = Ends(host)
    message = message_of(host, "x")
    stranger = Own("IConnectionPoint")
    assert call(ends.proxy, "disconnect", stranger.pointer) == INVALID
    assert call(ends.proxy, "disconnect", ends.sender.pointer) == OK
    assert call(ends.proxy, "notify", message) == FALSE
    assert ends.heard == []
    call(message, "release")
    lib.ib_vst3_proxy_close(ends.proxy)
    assert ends.receiver.count == 1


# -- IComponentHandler and its kin ---------------------------------------------------------------------------------


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


# -- ITransportControl ---------------------------------------------------------------------------------------------


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


# -- tracks --------------------------------------------------------------------------------------------------------


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
    assert seen["color"] is None and seen["index namespace"] == "Channel"
    assert host.leaks() == (0, "")
