"""Frames on descriptors: any messages, cut anywhere; lengths that lie; bytes that are no message; silence."""

import os
import threading
import tracemalloc

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isobooth.protocol import messages as m
from isobooth.protocol.channel import FRAME_BYTES, MESSAGE_BYTES, Channel, FrameReader, encode_frames
from isobooth.protocol.errors import ChannelClosed, ChannelError, ChannelTimeout, FrameTooLarge

IDS = st.integers(0, 2**32 - 1)
NUMBERS = st.floats(allow_nan=False)
TEXTS = st.text(max_size=50)
VALUES = st.dictionaries(IDS, NUMBERS, max_size=5)
MESSAGES = st.one_of(
    st.builds(m.Ping, id=IDS),
    st.builds(m.Done, id=IDS),
    st.builds(m.State, id=IDS, data=st.binary(max_size=300)),
    st.builds(m.Values, id=IDS, values=VALUES),
    st.builds(m.Texts, id=IDS, texts=st.lists(TEXTS, max_size=4)),
    st.builds(m.ValuesChanged, values=VALUES, gestures=st.lists(st.tuples(IDS, st.booleans()), max_size=3)),
    st.builds(m.Log, level=TEXTS, text=TEXTS),
    st.builds(
        m.Failed, id=IDS, error=st.builds(m.ErrorInfo, kind=TEXTS, message=TEXTS, tried=st.lists(TEXTS, max_size=3))
    ),
    st.builds(
        m.Hello,
        protocol_major=IDS,
        protocol_minor=IDS,
        layout_major=IDS,
        layout_minor=IDS,
        program=TEXTS,
        version=TEXTS,
    ),
)
EITHER = m.ToHost | m.ToClient


def taken(reader):
    found = []
    while (message := reader.next()) is not None:
        found.append(message)
    return found


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=8), st.data())
def test_any_messages_cut_anywhere(messages, data):
    stream = b"".join(frame for message in messages for frame in encode_frames(message))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    reader = FrameReader(EITHER)
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        reader.feed(stream[start:end])
    assert taken(reader) == messages


@settings(deadline=None)
@given(MESSAGES)
def test_byte_by_byte(message):
    reader = FrameReader(EITHER)
    stream = b"".join(encode_frames(message))
    for number, byte in enumerate(stream):
        assert reader.next() is None, number
        reader.feed(bytes([byte]))
    assert taken(reader) == [message]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.binary(max_size=60), max_size=10))
@example([b"\x00\x00\x00\x00"])
@example([b"\x00\x00\x00\x80" * 5])
@example([b"\x01\x00\x00\x00\xc0"])
@example([b"\xff\xff\xff\xff"])
@example([b"\xff\xff\xff\x7f"])
@example([b"\x05\x00\x00\x00\x81\xa4type"])
def test_random_bytes_are_an_error_or_a_message(chunks):
    reader = FrameReader(EITHER)
    try:
        for chunk in chunks:
            reader.feed(chunk)
    except ChannelError:
        return
    for message in taken(reader):
        assert isinstance(message, m.Message)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_random_payloads(payload):
    reader = FrameReader(EITHER)
    try:
        reader.feed(len(payload).to_bytes(4, "little") + payload)
    except ChannelError:
        return
    assert len(taken(reader)) == 1


@settings(deadline=None, max_examples=300)
@given(MESSAGES, st.data())
def test_damaged_messages(message, data):
    stream = bytearray(b"".join(encode_frames(message)))
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    reader = FrameReader(EITHER)
    try:
        reader.feed(bytes(stream))
    except ChannelError:
        return
    taken(reader)


@pytest.mark.parametrize("length", [FRAME_BYTES + 1, 2**31 - 1, 2**30])
@pytest.mark.parametrize("more", [0, 0x80000000])
def test_a_length_that_is_too_long(length, more):
    with pytest.raises(FrameTooLarge, match=str(length)):
        FrameReader(EITHER).feed((length | more).to_bytes(4, "little"))


def test_a_message_that_grows_too_long():
    reader = FrameReader(EITHER, most_bytes=10_000)
    part = (4000 | 0x80000000).to_bytes(4, "little") + bytes(4000)
    reader.feed(part)
    reader.feed(part)
    with pytest.raises(FrameTooLarge, match="10000"):
        reader.feed(part)


def test_memory_is_taken_as_bytes_arrive():
    tracemalloc.start()
    try:
        readers = [FrameReader(EITHER) for _ in range(200)]
        for reader in readers:
            reader.feed((FRAME_BYTES | 0x80000000).to_bytes(4, "little") + b"x" * 10)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_deep_nesting_is_an_error():
    payload = b"\x91" * 100_000 + b"\x01"
    with pytest.raises(ChannelError):
        FrameReader(EITHER).feed(len(payload).to_bytes(4, "little") + payload)


@pytest.mark.parametrize("size", [FRAME_BYTES - 100, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 50_000_000])
def test_continued_frames(size):
    data = os.urandom(1 << 16) * (size // (1 << 16)) + bytes(size % (1 << 16))
    frames = encode_frames(m.State(id=5, data=data))
    assert all(len(frame) <= FRAME_BYTES + 4 for frame in frames)
    reader = FrameReader(EITHER)
    for frame in frames:
        assert reader.next() is None
        reader.feed(frame)
    assert taken(reader) == [m.State(id=5, data=data)]


def test_the_bound_is_what_it_says():
    assert MESSAGE_BYTES >= 100 << 20


def test_unknown_fields_are_ignored_and_unknown_kinds_are_errors():
    def feed(content):
        payload = msgspec.msgpack.encode(content)
        reader = FrameReader(m.ToClient)
        reader.feed(len(payload).to_bytes(4, "little") + payload)
        return reader.next()

    assert feed({"type": "done", "id": 3, "mood": "good", "more": {"a": [1, {}]}}) == m.Done(id=3)
    assert feed({"type": "latency-changed", "latency": 3, "x": None}) == m.LatencyChanged(latency=3)
    for wrong in (
        {"type": "dance"},
        {"id": 3},
        {"type": "latency-changed"},
        {"type": "done", "id": "x"},
        [],
        5,
        None,
        "done",
    ):
        with pytest.raises(ChannelError):
            feed(wrong)
    with pytest.raises(ChannelError):
        feed({"type": "activate", "segment": "/x", "sample_rate": 1.0, "max_frames": 1})  # only hosts take that


# -- descriptors ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    """Two channels that talk to each other."""
    a, b, c, d = *os.pipe(), *os.pipe()
    left, right = Channel(a, d, EITHER), Channel(c, b, EITHER)
    yield left, right
    left.close()
    right.close()


def test_there_and_back(pair):
    left, right = pair
    for number in range(100):
        left.send(m.Ping(id=number))
        right.send(m.Done(id=number))
    for number in range(100):
        assert right.receive(timeout=10) == m.Ping(id=number)
        assert left.receive(timeout=10) == m.Done(id=number)
    assert right.next() is None


def test_silence_times_out(pair):
    left, _ = pair
    with pytest.raises(ChannelTimeout):
        left.receive(timeout=0.05)
    with pytest.raises(TimeoutError):
        left.receive(timeout=0)


def test_half_a_frame_times_out_and_can_be_completed(pair):
    left, right = pair
    (frame,) = encode_frames(m.Ping(id=7))
    os.write(left.write_fd, frame[:-3])
    with pytest.raises(ChannelTimeout):
        right.receive(timeout=0.05)
    os.write(left.write_fd, frame[-3:])
    assert right.receive(timeout=10) == m.Ping(id=7)


def test_a_drip_does_not_move_the_deadline(pair):
    left, right = pair
    stop = threading.Event()

    def drip():
        while not stop.wait(0.02):
            os.write(left.write_fd, b"\x01")

    os.write(left.write_fd, FRAME_BYTES.to_bytes(4, "little"))
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(ChannelTimeout):
            right.receive(timeout=0.3)
    finally:
        stop.set()
        thread.join()


def test_the_end_of_the_stream(pair):
    left, right = pair
    left.send(m.Ping(id=1))
    left.close()
    left.close()
    assert right.receive(timeout=10) == m.Ping(id=1)
    with pytest.raises(ChannelClosed):
        right.receive(timeout=10)
    with pytest.raises(ChannelClosed):
        right.send(m.Done(id=1))


def test_the_end_in_the_middle_of_a_frame(pair):
    left, right = pair
    os.write(left.write_fd, b"\x10\x00\x00\x00half")
    left.close()
    with pytest.raises(ChannelClosed):
        right.receive(timeout=10)


def test_nobody_reads(pair):
    left, _ = pair
    with pytest.raises(ChannelTimeout):
        left.send(m.State(data=bytes(2 << 20)), timeout=0.05)


def test_large_messages_both_ways_at_once(pair):
    left, right = pair
    data = os.urandom(1 << 20) * 50
    received = []
    threads = [
        threading.Thread(target=lambda: left.send(m.State(id=1, data=data), timeout=60)),
        threading.Thread(target=lambda: right.send(m.State(id=2, data=data), timeout=60)),
        threading.Thread(target=lambda: received.append(right.receive(timeout=60))),
    ]
    for thread in threads:
        thread.start()
    received.append(left.receive(timeout=60))
    for thread in threads:
        thread.join()
    assert sorted(message.id for message in received) == [1, 2]
    assert all(message.data == data for message in received)


def test_closed_descriptors():
    a, b = os.pipe()
    channel = Channel(a, b, EITHER)
    os.close(a)
    os.close(b)
    with pytest.raises(ChannelClosed):
        channel.send(m.Ping())
    with pytest.raises(ChannelClosed):
        channel.pump()
    with pytest.raises(OSError):
        Channel(a, b, EITHER)


def test_one_descriptor_for_both_ways():
    import socket

    left, right = socket.socketpair()
    a, b = Channel(left.fileno(), left.fileno(), EITHER), Channel(right.fileno(), right.fileno(), EITHER)
    a.send(m.Ping(id=9))
    assert b.receive(timeout=10) == m.Ping(id=9)
    a.close()
    b.close()
    left.detach()
    right.detach()
