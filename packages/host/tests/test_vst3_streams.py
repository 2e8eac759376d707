"""Streams that VST3 plugins read and write."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isobooth.host._core import ffi, lib

sys.path.insert(0, str(Path(__file__).resolve().parent))
from vst3_objects import FALSE, INVALID, OK, OUT_OF_MEMORY, Host, call, from16, query, text16


@pytest.fixture
def host():
    with Host() as made:
        yield made


def new_stream(host, data=b"", most=1 << 20):
    return lib.ib_vst3_stream_new(host.pointer, ffi.from_buffer("uint8_t[]", data), len(data), most)


def read(stream, size):
    buffer, count = ffi.new("uint8_t[]", size + 1), ffi.new("int32_t *")
    assert call(stream, "read", buffer, size, count) == OK
    return bytes(ffi.buffer(buffer, count[0]))


def content(stream):
    size = ffi.new("uint64_t *")
    data = lib.ib_vst3_stream_data(stream, size)
    return bytes(ffi.buffer(data, size[0])) if size[0] else b""


STEPS = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 300)),
    st.tuples(st.just("write"), st.binary(max_size=300)),
    st.tuples(st.just("seek"), st.tuples(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, 2))),
    st.tuples(st.just("seek"), st.tuples(st.integers(-600, 600), st.integers(0, 2))),
    st.tuples(st.just("size"), st.integers(0, 1200)),
)


@settings(deadline=None)
@given(st.binary(max_size=500), st.lists(STEPS, max_size=40))
def test_a_stream_is_what_a_list_of_bytes_with_a_place_in_it_would_be(data, steps):
    most = 1000
    with Host() as host:
        stream = new_stream(host, data, most)
        sizeable = host.of("ISizeableStream", stream)
        model, at, place, failed = bytearray(data), 0, ffi.new("int64_t *"), False
        for what, value in steps:
            if what == "read":
                assert read(stream, value) == model[at : at + value]
                at = min(len(model), at + value)
            elif what == "write":
                count = ffi.new("int32_t *")
                result = call(stream, "write", ffi.from_buffer(bytearray(value)), len(value), count)
                fits = at + len(value) <= most
                failed |= not fits
                assert (result, count[0]) == ((OK, len(value)) if fits else (OUT_OF_MEMORY, 0))
                if fits:
                    model[at : at + len(value)] = value
                    at += len(value)
            elif what == "seek":
                base = (0, at, len(model))[value[1]]
                at = max(0, min(len(model), base + value[0]))
                assert call(stream, "seek", value[0], value[1], place) == OK
                assert place[0] == at
            else:
                fits = value <= most
                failed |= not fits
                assert call(sizeable, "setStreamSize", value) == (OK if fits else OUT_OF_MEMORY)
                if fits:
                    model = model[:value] + bytes(max(0, value - len(model)))
                    at = min(at, value)
            assert call(stream, "tell", place) == OK
            assert place[0] == at
            assert call(sizeable, "getStreamSize", place) == OK
            assert place[0] == len(model)
        assert content(stream) == bytes(model)
        assert bool(lib.ib_vst3_stream_failed(stream)) == failed
        call(sizeable, "release")
        lib.ib_vst3_stream_drop(stream)
        assert host.leaks() == (0, "")


def test_a_stream_refuses_nonsense(host):
    stream = new_stream(host, b"abc")
    number, buffer = ffi.new("int32_t *", 99), ffi.new("uint8_t[8]")
    assert call(stream, "read", buffer, -1, number) == INVALID
    assert number[0] == 0
    assert call(stream, "read", ffi.NULL, 1, number) == INVALID
    assert call(stream, "write", buffer, -1, number) == INVALID
    assert call(stream, "write", ffi.NULL, 1, number) == INVALID
    assert call(stream, "seek", 0, 3, ffi.NULL) == INVALID
    assert call(stream, "tell", ffi.NULL) == INVALID
    assert call(stream, "read", buffer, 3, ffi.NULL) == OK
    assert bytes(buffer)[:3] == b"abc"
    assert new_stream(host, b"abc", 2) == ffi.NULL
    lib.ib_vst3_stream_drop(stream)


def test_a_stream_says_what_it_is_for(host):
    stream = new_stream(host)
    own = host.of("IStreamAttributes", stream)
    name = ffi.new("uint16_t[128]")
    assert call(own, "getFileName", name) == FALSE
    lib.ib_vst3_stream_set_name(stream, text16("\u00fc" * 200))
    assert call(own, "getFileName", name) == OK
    assert from16(name) == "\u00fc" * 127
    attributes = lib.ib_vst3_stream_attributes(stream)
    call(attributes, "setString", b"StateType", text16("Project"))
    assert call(own, "getAttributes") == attributes
    assert call(attributes, "getString", b"StateType", name, 256) == OK
    assert from16(name) == "Project"
    assert query(stream, "IAttributeList")[1] is None
    call(own, "release")
    lib.ib_vst3_stream_drop(stream)
    assert host.leaks() == (0, "")


def test_a_plugin_may_keep_a_stream(host):
    stream = new_stream(host, b"kept")
    call(stream, "addRef")
    lib.ib_vst3_stream_drop(stream)
    assert host.leaks() == (1, "1 x IBStream")
    assert read(stream, 100) == b"kept"
    assert call(stream, "release") == 0
    number = ffi.new("int32_t *")
    assert call(stream, "read", ffi.new("uint8_t[8]"), 8, number) == INVALID
    assert host.leaks() == (0, "")
