"""Data exchange of VST3 plugins, and what of all objects the audio thread may use."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from isobooth.host._core import ffi, lib

sys.path.insert(0, str(Path(__file__).resolve().parent))
from clap_booth import Booth, compiled, dffi
from vst3_objects import (
    FALSE,
    INVALID,
    OK,
    OUT_OF_MEMORY,
    Host,
    Own,
    call,
    elsewhere,
)

NO_ID = 0x7FFFFFFF


@pytest.fixture
def host():
    with Host() as made:
        yield made


class Exchange:
    """A plugin with one receiver, and its queues."""

    def __init__(self, host, received=None):
        self.host = host
        self.handler = host.of("IDataExchangeHandler")
        self.processor = ffi.new("struct vst3_IAudioProcessor *")
        self.events = []
        self.blocks = []
        self._also = received
        self.receiver = Own(
            "IDataExchangeReceiver",
            queueOpened=self._opened,
            queueClosed=lambda _, context: self.events.append(("closed", context)),
            onDataExchangeBlocksReceived=self._received,
        )
        lib.ib_vst3_host_set_receiver(host.pointer, self.receiver.pointer)

    def _opened(self, _, context, size, background):
        background[0] = 1
        self.events.append(("opened", context, size))

    def _received(self, _, context, count, blocks, background):
        assert background == 0
        for i in range(count):
            self.blocks.append((context, bytes(ffi.buffer(blocks[i].data, blocks[i].size))))
        if self._also is not None:
            self._also()

    def open(self, size=16, count=4, alignment=16, context=7):
        number = ffi.new("uint32_t *")
        result = call(self.handler, "openQueue", self.processor, size, count, alignment, context, number)
        return result, number[0]

    def lock(self, queue):
        block = ffi.new("struct vst3_DataExchangeBlock *")
        return call(self.handler, "lockBlock", queue, block), block

    def send(self, queue, data):
        result, block = self.lock(queue)
        if result == OK:
            ffi.memmove(block.data, data, len(data))
            assert call(self.handler, "freeBlock", queue, block.blockID, 1) == OK
        return result

    def deliver(self):
        return lib.ib_vst3_host_deliver(self.host.pointer)


@pytest.fixture
def exchange(host):
    made = Exchange(host)
    yield made
    call(made.handler, "release")


def test_blocks_arrive_in_order_on_the_main_thread(exchange):
    result, queue = exchange.open()
    assert result == OK
    assert exchange.events == [("opened", 7, 16)]
    exchange.host.asked()
    sent = [bytes([i]) * 16 for i in range(4)]
    assert elsewhere(lambda: [exchange.send(queue, data) for data in sent]) == [OK] * 4
    assert exchange.host.asked() & lib.IB_ASK_CALLBACK
    assert exchange.send(queue, b"") == OUT_OF_MEMORY
    assert exchange.blocks == []
    assert exchange.deliver() == 4
    assert exchange.blocks == [(7, data) for data in sent]
    for turn in range(50):
        assert exchange.send(queue, bytes([turn]) * 16) == OK
        assert exchange.deliver() == 1
    assert call(exchange.handler, "closeQueue", queue) == OK
    assert exchange.events[-1] == ("closed", 7)
    assert call(exchange.handler, "closeQueue", queue) == INVALID
    assert exchange.send(queue, b"") == INVALID


def test_a_block_that_is_not_sent_is_free_again(exchange):
    _, queue = exchange.open(count=1)
    for _ in range(3):
        result, block = exchange.lock(queue)
        assert result == OK
        assert block.size == 16
        assert exchange.lock(queue)[0] == OUT_OF_MEMORY
        assert call(exchange.handler, "freeBlock", queue, block.blockID, 0) == OK
    assert call(exchange.handler, "freeBlock", queue, block.blockID, 1) == INVALID
    assert call(exchange.handler, "freeBlock", queue, NO_ID, 1) == INVALID
    assert [line for line in exchange.host.log() if "had not locked" in line]
    assert exchange.deliver() == 0


@pytest.mark.parametrize("alignment", [0, 1, 16, 64, 4096])
def test_blocks_are_aligned_and_apart(exchange, alignment):
    _, queue = exchange.open(size=17, count=5, alignment=alignment)
    places = [int(ffi.cast("uintptr_t", exchange.lock(queue)[1].data)) for _ in range(5)]
    assert all(place % max(alignment, 16) == 0 for place in places)
    places.sort()
    assert all(second - first >= 17 for first, second in itertools.pairwise(places))


@pytest.mark.parametrize(
    ("size", "count", "alignment"),
    [
        (0, 1, 16),
        (1, 0, 16),
        (1 << 26, 2, 16),
        (0xFFFFFFFF, 1, 16),
        (16, 0xFFFFFFFF, 16),
        (16, 4, 24),
        (16, 4, 1 << 20),
    ],
)
def test_queues_beyond_bounds_are_refused(exchange, size, count, alignment):
    assert exchange.open(size, count, alignment) == (OUT_OF_MEMORY, NO_ID)
    assert [line for line in exchange.host.log() if "too large or too many" in line]
    assert exchange.events == []


def test_queues_belong_to_the_main_thread_and_need_a_receiver(exchange):
    assert elsewhere(exchange.open) == (FALSE, NO_ID)
    lib.ib_vst3_host_set_receiver(exchange.host.pointer, ffi.NULL)
    assert exchange.receiver.count == 1
    assert exchange.open() == (FALSE, NO_ID)
    lines = exchange.host.log()
    assert [line for line in lines if "off the main thread" in line]
    assert [line for line in lines if "receives none" in line]


def test_there_are_so_many_queues_and_their_ids_are_not_used_again(exchange):
    queues = [exchange.open() for _ in range(65)]
    assert [result for result, _ in queues] == [OK] * 64 + [OUT_OF_MEMORY]
    ids = {queue for _, queue in queues[:64]}
    assert len(ids) == 64
    assert call(exchange.handler, "closeQueue", queues[3][1]) == OK
    result, again = exchange.open()
    assert result == OK
    assert again not in ids
    assert exchange.lock(queues[3][1])[0] == INVALID


def test_a_receiver_may_close_the_queue_whose_blocks_it_gets(host):
    def received():
        assert call(exchange.handler, "closeQueue", queue) == OK

    exchange = Exchange(host, received)
    _, queue = exchange.open()
    exchange.send(queue, b"x" * 16)
    exchange.send(queue, b"y" * 16)
    assert exchange.deliver() == 2
    assert [data[:1] for _, data in exchange.blocks] == [b"x", b"y"]
    assert exchange.deliver() == 0
    assert exchange.open()[0] == OK
    call(exchange.handler, "release")


def test_closing_the_host_lets_go_of_the_receiver(exchange):
    _, queue = exchange.open()
    exchange.send(queue, b"x" * 16)
    lib.ib_vst3_host_close(exchange.host.pointer)
    assert exchange.receiver.count == 1
    assert exchange.blocks == []
    assert exchange.open()[0] == INVALID
    assert exchange.lock(queue)[0] == INVALID


# -- the audio thread ---------------------------------------------------------------------------------------------


@pytest.fixture
def audio(tmp_path_factory):
    """Runs a function on the audio thread of a real engine."""
    library = dffi.dlopen(str(compiled("clap_driver", tmp_path_factory.getbasetemp())))
    header = library.driver_new(16, 4, 0, 0, 64)
    wrong = ffi.new("const char **")
    memory = ffi.cast("void *", int(dffi.cast("uintptr_t", library.driver_memory(header))))
    engine = lib.ib_engine_new(memory, library.driver_bytes(header), wrong)
    assert engine != ffi.NULL
    todo, results = [], []

    def start(_):
        results.append(todo.pop()())
        return 1

    table = ffi.new("struct ib_operations *")
    kept = [
        ffi.callback("int(void *)", start),
        ffi.callback("uint32_t(void *, struct ib_block *)", lambda *_: 0),
        ffi.callback("void(void *, struct ib_block *)", lambda *_: None),
        ffi.callback("void(void *)", lambda _: None),
    ]
    table.start, table.process, table.flush, table.reset, table.stop = *kept, kept[3]

    def run(function):
        activation = ffi.new("struct ib_activation *")
        activation.table, activation.most_frames, activation.sample_rate = table, 16, 48000.0
        todo.append(function)
        assert lib.ib_engine_run(engine, activation) == ffi.NULL
        lib.ib_engine_park(engine)
        return results.pop()

    yield run
    lib.ib_engine_free(engine)
    Booth._retired.append(header)


def audio_message(host, i=0, data=b"x" * 100):
    message = host.create("IMessage")
    call(message, "setMessageID", b"meter")
    attributes = call(message, "getAttributes")
    assert call(attributes, "setInt", b"number", i) == OK
    assert call(attributes, "setBinary", b"data", ffi.from_buffer(data), len(data)) == OK
    return message


def test_the_audio_thread_makes_fills_and_sends_messages(host, audio):
    heard = []

    def notify(_, message):
        attributes = call(ffi.cast("struct vst3_IMessage *", message), "getAttributes")
        value, data, size = ffi.new("int64_t *"), ffi.new("const void **"), ffi.new("uint32_t *")
        call(attributes, "getInt", b"number", value)
        call(attributes, "getBinary", b"data", data, size)
        heard.append((value[0], size[0]))
        return OK

    ends = [Own("IConnectionPoint"), Own("IConnectionPoint", notify=notify)]
    proxy = lib.ib_vst3_proxy_new(host.pointer, ends[0].pointer, ends[1].pointer)

    def send():
        for i in range(10):
            message = audio_message(host, i)
            assert call(proxy, "notify", message) == OK
            call(message, "release")
        return True

    for turn in range(20):
        assert audio(send)
        assert lib.ib_vst3_host_deliver(host.pointer) == 10
        assert heard == [(i, 100) for i in range(10)] * (turn + 1)
    assert host.leaks() == (0, "")
    assert host.log() == []


def test_the_audio_thread_gets_no_more_than_is_held_ready(host, audio):
    def make():
        out, made = ffi.new("void **"), []
        from_16 = bytes(ffi.buffer(lib.vst3_IMessage_iid))
        while call(host.context, "createInstance", from_16, from_16, out) == OK:
            made.append(ffi.cast("struct vst3_IMessage *", out[0]))
        return made

    first = audio(make)
    assert len(first) == 64
    assert [line for line in host.log() if "held ready" in line]
    assert host.asked() & lib.IB_ASK_CALLBACK
    lib.ib_vst3_host_deliver(host.pointer)
    second = audio(make)
    assert len(second) == 64
    for message in [*first, *second]:
        call(message, "release")
    assert host.leaks() == (0, "")


def test_values_beyond_what_is_held_ready_are_refused_on_the_audio_thread(host, audio):
    message = host.create("IMessage")
    attributes = call(message, "getAttributes")
    call(attributes, "setBinary", b"old", ffi.from_buffer(b"0123456789"), 10)
    large = bytes(9000)

    def fill():
        return [
            call(attributes, "setBinary", b"large", ffi.from_buffer(large), len(large)),
            call(attributes, "setBinary", b"old", ffi.from_buffer(large), 2000),
            call(attributes, "setBinary", b"old", ffi.from_buffer(large), 1000),
            *[call(attributes, "setInt", b"n", i) for i in range(5000)],
            *[call(attributes, "setBinary", b"old", ffi.from_buffer(large), 2000) for _ in range(5000)],
        ]

    assert audio(fill) == [OUT_OF_MEMORY] + [OK] * 10002
    assert [line for line in host.log() if "8192 bytes" in line]
    audio(lambda: call(message, "setMessageID", b"i" * 200))
    assert ffi.string(call(message, "getMessageID")) == b""
    assert [line for line in host.log() if "longer id" in line]
    call(message, "release")


def test_what_dies_on_the_audio_thread_is_taken_apart_on_the_main_thread(host, audio):
    message = host.create("IMessage")
    call(message, "setMessageID", b"i" * 500)
    call(call(message, "getAttributes"), "setBinary", b"a", ffi.from_buffer(bytes(5000)), 5000)
    host.asked()
    assert audio(lambda: call(message, "release")) == 0
    assert host.asked() & lib.IB_ASK_CALLBACK
    assert host.leaks() == (0, "")
    lib.ib_vst3_host_deliver(host.pointer)
    for _ in range(200):
        fresh = host.create("IMessage")
        assert ffi.string(call(fresh, "getMessageID")) == b""
        call(fresh, "release")


def test_the_audio_thread_exchanges_blocks(host, audio):
    exchange = Exchange(host)
    _, queue = exchange.open(count=8)
    for turn in range(5):
        assert audio(lambda turn=turn: [exchange.send(queue, bytes([turn, i] * 8)) for i in range(8)]) == [OK] * 8
        assert exchange.deliver() == 8
    assert [data[:2] for _, data in exchange.blocks] == [bytes([t, i]) for t in range(5) for i in range(8)]
    call(exchange.handler, "release")
