"""Messages and attribute lists of VST3 plugins, and the way of messages between the halves of a plugin."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host._core import ffi, lib

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import (
    ALL,
    FALSE,
    INVALID,
    NO_INTERFACE,
    OK,
    OUT_OF_MEMORY,
    Host,
    Own,
    address,
    call,
    elsewhere,
    query,
    read_binary,
    read_float,
    read_int,
    read_string,
    text16,
)


@pytest.fixture
def host():
    with Host() as made:
        yield made


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
    assert ends.heard == []
    assert all(other.heard == [] for other in others)
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
