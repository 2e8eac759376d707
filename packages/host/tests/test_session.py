"""A booth through its command line and its two descriptors, played by a DAW made by hand."""

import os
import signal
import time

import numpy as np
import pytest

from isobooth.host import exit_codes
from isobooth.protocol import messages as m
from isobooth.protocol.errors import ChannelClosed
from isobooth.protocol.events import NoteOn, ParamValue, decode_events, encode_events
from tests.daw import Blocks, C, Daw
from tests.support import compile_plugin, is_running, real_plugin, segments_of, stop, until


def noise(channels, frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


@pytest.fixture
def null():
    with Daw("null", "", 48000, 64, 2, 2) as daw:
        daw.greet()
        yield daw


def test_the_whole_way():
    with Daw("null", "", 44100, 128, 2, 3) as daw:
        loaded = daw.greet()
        assert loaded.descriptor.format == "null"
        assert (loaded.descriptor.channels("input"), loaded.descriptor.channels("output")) == (2, 3)
        blocks = Blocks(slots=3, frames=128, inputs=2, outputs=3, event_bytes=256)
        activated = daw.activate(blocks, sample_rate=44100.0)
        assert isinstance(activated, m.Activated)
        assert (activated.latency, activated.tail) == (0, 0)
        assert not segments_of(os.getpid()) - {daw.control.name.strip("/")}
        for turn in range(1, 50):
            audio = noise(2, 1 + turn * 37 % 128, turn)
            _, encoded = encode_events([NoteOn(60, note_id=turn)], int)
            wet, slot, events = blocks.exchange(audio, b"".join(encoded))
            assert (wet[:2] == audio).all()
            assert not wet[2].any()
            assert slot["status"][0] == C["IB_STATUS_OK"]
            assert decode_events(events) == [NoteOn(60, note_id=turn)]
        assert blocks.header["statistics"]["blocks"][0] == 49
        assert isinstance(daw.ask(m.Deactivate()), m.Done)
        assert isinstance(daw.ask(m.Shutdown()), m.Done)
        assert daw.finish() == (exit_codes.OK, "", "")


def test_ladspa():
    with Daw("ladspa", f"{real_plugin('amp.so')}#amp_mono", 48000, 256) as daw:
        loaded = daw.greet()
        (gain,) = [info for info in loaded.descriptor.parameters if not info.is_output]
        blocks = Blocks(slots=2, frames=256, inputs=1, outputs=1, event_bytes=256)
        assert isinstance(daw.activate(blocks), m.Activated)
        audio = noise(1, 256)
        _, encoded = encode_events([ParamValue(gain.id, 0.25)], int)
        wet, _, _ = blocks.exchange(audio, b"".join(encoded))
        assert (wet == audio * np.float32(0.25)).all()
        values = daw.ask(m.GetValues())
        assert values.values[gain.id] == 0.25
        state = daw.ask(m.SaveState())
        blocks.exchange(audio, b"".join(encode_events([ParamValue(gain.id, 2.0)], int)[1]))
        assert isinstance(daw.ask(m.LoadState(data=state.data)), m.Values)
        wet, _, _ = blocks.exchange(audio)
        assert (wet == audio * np.float32(0.25)).all()
        assert isinstance(daw.ask(m.Shutdown()), m.Done)
        assert daw.finish()[0] == exit_codes.OK


def test_a_first_message_with_fields_of_a_newer_minor(null):
    import msgspec

    content = msgspec.to_builtins(m.Ping(id=41)) | {"mood": "good", "more": [1, {"x": None}]}
    payload = msgspec.msgpack.encode(content)
    os.write(null.channel.write_fd, len(payload).to_bytes(4, "little") + payload)
    assert null.receive() == m.Done(id=41)


def test_requests_before_activation(null):
    for request in (m.Ping(), m.GetValues(), m.SaveState(), m.Deactivate(), m.SetOffline(offline=True), m.Describe()):
        assert not isinstance(null.ask(request), m.Failed)


def test_activation_again_and_again(null):
    for turn in range(1, 6):
        blocks = Blocks(slots=turn, frames=64 * turn, inputs=2, outputs=2)
        assert isinstance(null.activate(blocks), m.Activated)
        audio = noise(2, 64 * turn)
        for _ in range(2 * turn):
            assert (blocks.exchange(audio)[0] == audio).all()


def test_another_segment_between_blocks(null):
    first = Blocks(slots=2, frames=64, inputs=2, outputs=2)
    null.activate(first)
    audio = noise(2, 64)
    first.exchange(audio)
    second = Blocks(slots=5, frames=64, inputs=2, outputs=2, event_bytes=4096)
    assert isinstance(null.ask(m.Attach(segment=second.name)), m.Done)
    assert (second.exchange(audio)[0] == audio).all()


def wrong_segments():
    from isobooth.protocol.segment import Segment

    yield "no such", "/isobooth-nothing-of-that-name"
    yield "empty name", ""
    yield "null byte", "/isobooth-\0x"
    yield "too short", Segment.create(100)
    yield "zeros", Segment.create(100_000)
    yield "other channels", Blocks(slots=2, frames=64, inputs=1, outputs=2)
    for field, value in [
        ("slots", 2**31), ("slots", 0), ("max_frames", 2**30), ("sample_bytes", 3), ("wake_kind", 9), ("inputs", 2**31),
        ("segment_bytes", 1),
        ("slot_stride", 8), ("plane_stride", 4), ("out_audio_offset", 2**60), ("in_event_bytes", 2**31),
        ("out_events_offset", 3),
    ]:  # fmt: skip
        blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
        blocks.header["geometry"][field] = value
        yield f"{field} {value}", blocks
    for field, value in [("magic_low", 1), ("layout_major", 9), ("header_bytes", 8), ("slot_bytes", 0)]:
        blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
        blocks.header[field] = value
        yield f"{field} {value}", blocks


def test_segments_that_cannot_be(null):
    for what, segment in wrong_segments():
        name = segment if isinstance(segment, str) else segment.name
        for request in (m.Activate(segment=name, sample_rate=48000.0, max_frames=64), m.Attach(segment=name)):
            failed = null.ask(request)
            assert isinstance(failed, m.Failed), what
            assert failed.error.kind == "SegmentError", what
        if not isinstance(segment, str):
            getattr(segment, "segment", segment).close()
    blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
    assert isinstance(null.activate(blocks), m.Activated)
    assert (blocks.exchange(noise(2, 64))[0] == noise(2, 64)).all()


@pytest.mark.parametrize("rate", [float("nan"), 0.0, -1.0, float("inf"), 1e300])
def test_sample_rates_that_cannot_be(null, rate):
    blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
    failed = null.activate(blocks, sample_rate=rate)
    blocks.segment.unlink()  # the host has not looked at it
    assert isinstance(failed, m.Failed)
    assert null.ask(m.Ping())


@pytest.mark.parametrize("fields", [{"max_frames": 65}, {"max_frames": 0}, {"max_frames": -1}, {"max_frames": 2**40},
                                    {"min_frames": 0}, {"min_frames": 65}, {"min_frames": -5}])  # fmt: skip
def test_lengths_that_cannot_be(null, fields):
    blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
    request = {"segment": blocks.name, "sample_rate": 48000.0, "max_frames": 64, **fields}
    failed = null.ask(m.Activate(**request))
    blocks.segment.unlink()
    assert isinstance(failed, m.Failed)


def test_blocks_that_lie(null):
    """A client is trusted as little as can be: its numbers must not take the plugin's process down."""
    blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2, event_bytes=256)
    null.activate(blocks)
    audio = noise(2, 64)
    flag = C["IB_STATUS_FLAG_BAD_EVENTS"]
    random = np.random.default_rng(1)
    for fields in (
        {"frames": 2**32 - 1},
        {"frames": 65},
        {"in_event_bytes": 2**32 - 1},
        {"in_event_count": 2**32 - 1},
        {"flags": 2**32 - 1},
    ):
        _, slot, _ = blocks.exchange(audio, **fields)
        assert slot["status"][0] == C["IB_STATUS_OK"]
    for _ in range(300):
        junk = random.bytes(8 * int(random.integers(1, 32)))
        _, slot, _ = blocks.exchange(audio, junk)
        assert slot["status_flags"][0] & flag
    wet, slot, _ = blocks.exchange(audio)
    assert (wet == audio).all()
    assert not slot["status_flags"][0] & flag


def test_messages_that_make_no_sense_now(null):
    null.channel.send(null.hello(), timeout=10)
    assert isinstance(null.receive(), m.Log)
    assert isinstance(null.ask(m.Ping()), m.Done)
    for request in (m.ValuesToText(values=[(5, 1.0)]), m.TextToValue(param_id=2**31, text="x"), m.LoadState(data=b"")):
        assert isinstance(null.ask(request), (m.Failed, m.Values))


GARBAGE = {
    "random": bytes(range(256)),
    "a length that is too long": b"\xff\xff\xff\x7f",
    "no message": b"\x05\x00\x00\x00hello",
    "a message of a host": b"",
    "an unknown kind": b"\x0b\x00\x00\x00\x81\xa4type\xa5dance"[:19],
}


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("greeted", [False, True])
def test_garbage_on_the_channel(what, greeted):
    from isobooth.protocol.channel import encode_frames

    data = GARBAGE[what] or b"".join(encode_frames(m.Loaded(descriptor=_descriptor())))
    with Daw("null", "", 48000, 64) as daw:
        if greeted:
            daw.greet()
        os.write(daw.channel.write_fd, data)
        code, out, err = daw.finish()
        assert code == exit_codes.CHANNEL
        assert out == ""
        assert err.startswith("isobooth-host: ")
        assert err.count("\n") == 1


def _descriptor():
    from isobooth.protocol.descriptors import PluginDescriptor

    return PluginDescriptor(format="null", path="", id="", name="x")


def test_the_end_of_the_channel_is_the_end():
    for moment in ("before hello", "after hello", "active"):
        with Daw("null", "", 48000, 64) as daw:
            if moment != "before hello":
                daw.greet()
            if moment == "active":
                daw.activate(Blocks(slots=1, frames=64, inputs=2, outputs=2))
            assert daw.end() == (exit_codes.OK, "", ""), moment


@pytest.mark.parametrize("moment", ["loading", "idle", "active"])
def test_sigterm(moment):
    with Daw("null", "", 48000, 64) as daw:
        if moment != "loading":
            daw.greet()
        else:
            assert isinstance(daw.receive(), m.Hello)
        if moment == "active":
            blocks = Blocks(slots=1, frames=64, inputs=2, outputs=2)
            daw.activate(blocks)
            blocks.exchange(noise(2, 64))
        daw.process.send_signal(signal.SIGTERM)
        code, out, err = daw.finish()
        assert (code, out, err) == (exit_codes.OK, "", "") or (moment == "loading" and code == -signal.SIGKILL)


def test_sigint_is_the_clients(null):
    null.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert isinstance(null.ask(m.Ping()), m.Done)


def test_the_host_says_how_it_is(null):
    header = null.control.header["host"]
    assert header["host_state"][0] == C["IB_HOST_READY"]
    blocks = Blocks(slots=1, frames=64, inputs=2, outputs=2)
    null.activate(blocks)
    assert blocks.header["host"]["host_state"][0] == C["IB_HOST_PROCESSING"]
    null.ask(m.Deactivate())
    assert blocks.header["host"]["host_state"][0] == C["IB_HOST_READY"]
    null.ask(m.Shutdown())
    null.finish()
    assert blocks.header["host"]["host_state"][0] == C["IB_HOST_STOPPED"]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_the_crash_record(null, number):
    blocks = Blocks(slots=1, frames=64, inputs=2, outputs=2)
    null.activate(blocks)
    null.process.send_signal(number)
    assert null.finish()[0] == -number
    crash = blocks.header["crash"][0]
    assert crash["valid"] == 1
    assert crash["signal_number"] == number
    assert blocks.header["host"]["host_state"][0] == C["IB_HOST_CRASHED"]


def test_the_parent_dies():
    """A DAW that is killed: the booth sees it although somebody else holds the channel's other ends."""
    with Daw("null", "", 48000, 64) as daw:
        daw.greet()
        ends = (daw.channel.read_fd, daw.channel.write_fd)
        holder = os.fork()
        if holder == 0:
            time.sleep(60)
            os._exit(0)
        try:
            daw.channel.close()
            assert is_running(daw.process.pid), ends
        finally:
            os.kill(holder, signal.SIGKILL)
            os.waitpid(holder, 0)
        assert daw.finish()[0] == exit_codes.OK


STUCK = """
#include <unistd.h>
#include <stdlib.h>
struct descriptor {
    unsigned long id; const char *label; int properties; const char *name, *maker, *copyright; unsigned long count;
    const int *ports; const char *const *names; const void *hints; void *data;
    void *(*instantiate)(const struct descriptor *, unsigned long);
    void (*connect)(void *, unsigned long, float *); void (*activate)(void *); void (*run)(void *, unsigned long);
    void *a, *b; void (*deactivate)(void *); void (*cleanup)(void *);
};
static const int ports[] = {9, 10};
static const char *const names[] = {"in", "out"};
static const struct { int hint; float low, high; } hints[2];
static void *make(const struct descriptor *d, unsigned long rate)
{
    (void)d; (void)rate;
    if (getenv("STUCK_IN") && *getenv("STUCK_IN") == 'i') for (;;) pause();
    return malloc(1);
}
static void connect_port(void *h, unsigned long p, float *d) { (void)h; (void)p; (void)d; }
static void run(void *h, unsigned long n) { (void)h; (void)n; for (;;) pause(); }
static void clean(void *h) { (void)h; for (;;) pause(); }
static const struct descriptor d = {
    1, "stuck", 0, "Stuck", "", "", 2, ports, names, hints, 0, make, connect_port, 0, run, 0, 0, 0, clean};
const struct descriptor *ladspa_descriptor(unsigned long i) { return i ? 0 : &d; }
"""


@pytest.fixture(scope="module")
def stuck_file(tmp_path_factory):
    return compile_plugin(STUCK, tmp_path_factory.mktemp("stuck") / "stuck.so")


@pytest.mark.parametrize("where", ["instantiate", "run", "cleanup", "shutdown", "sigterm"])
def test_a_plugin_that_is_stuck_when_the_client_goes(stuck_file, where):
    with Daw("ladspa", f"{stuck_file}#stuck", 48000, 64, environment={"STUCK_IN": where[0]}) as daw:
        if where == "instantiate":
            daw.channel.send(daw.hello(), timeout=10)
            assert isinstance(daw.receive(), m.Hello)
            time.sleep(0.1)
        else:
            daw.greet()
        blocks = Blocks(slots=1, frames=64, inputs=1, outputs=1)
        if where == "run":
            daw.activate(blocks)
            with pytest.raises(AssertionError):
                _short(blocks)
        if where == "shutdown":
            daw.channel.send(m.Shutdown(id=1), timeout=10)
            time.sleep(0.1)
        if where == "sigterm":
            daw.process.send_signal(signal.SIGTERM)
            code, _, _ = daw.finish()
        else:
            code, _, _ = daw.end()
        blocks.segment.unlink()
        assert code == -signal.SIGKILL


def _short(blocks):
    from tests import daw

    before, daw.PATIENCE = daw.PATIENCE, 0.1
    try:
        blocks.exchange(noise(1, 64))
    finally:
        daw.PATIENCE = before


def test_a_stopped_host_is_no_zombie():
    with Daw("null", "", 48000, 64) as daw:
        daw.greet()
        stop(daw.process.pid)
        daw.process.kill()
        assert daw.finish()[0] == -signal.SIGKILL


def test_nobody_reads_what_the_host_says(null):
    """Replies that nobody takes hold the main thread up, never the audio."""
    blocks = Blocks(slots=2, frames=64, inputs=2, outputs=2)
    null.activate(blocks)
    null.ask(m.LoadState(data=bytes(5_000_000)))
    null.channel.send(m.SaveState(id=99), timeout=10)
    time.sleep(0.2)
    audio = noise(2, 64)
    for _ in range(50):
        assert (blocks.exchange(audio)[0] == audio).all()
    assert len(null.receive().data) == 5_000_000
    with pytest.raises(ChannelClosed):
        null.channel.send(m.SaveState(id=100), timeout=10)
        null.process.kill()
        while True:
            null.receive()
    assert until(lambda: null.process.poll() is not None)
