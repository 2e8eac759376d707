"""A booth that is out to do harm: it scribbles over all shared memory and says anything on the channel.

Whatever it does, each call of the client ends before its deadline, with noise or with one of isobooth's own errors.
"""

import contextlib
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isobooth.client import IsoboothError, NoteOn, Transport, load

PATIENCE = 30.0
"""Seconds that no call may take; the deadlines below are far shorter."""

HOSTILE = """
kind, _, seed = plugin_id.partition("-")
rng = np.random.default_rng(int(seed))

def number():
    return random.choice([0, 1, -1, 2, 7, 63, 64, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, -2**63])

def real():
    return random.choice([0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 1e-310, float("inf"), float("-inf"), float("nan")])

def text():
    return random.choice(["", "x", "\\0", "\\n\\n", "a" * 5000, "%s%n", "\\u202e", "../../etc", "😀"])

def thing():
    kinds = [number, real, text, lambda: None, lambda: [], lambda: {}, lambda: [thing()], lambda: b"x" * 99]
    return random.choice(kinds)()

random.seed(int(seed))

def bus():
    channels = random.choice([0, 1, 2, 2, 2, -1, 1024, 1025, 2**32, 2**63 - 1])
    return BusInfo(index=number(), name=text(), channels=channels,
                   direction=random.choice(["input", "output"]), is_main=random.random() < 0.5)

def parameter():
    return ParameterInfo(id=number(), name=text(), minimum=real(), maximum=real(), default=real())

def strange_descriptor():
    return descriptor(name=text(), buses=[bus() for _ in range(rng.integers(0, 5))],
                      parameters=[parameter() for _ in range(rng.integers(0, 9))])

def notification():
    return random.choice([
        lambda: m.Log(level=text(), text=text()),
        lambda: m.LatencyChanged(latency=number()),
        lambda: m.TailChanged(tail=number()),
        lambda: m.Restarted(latency=number(), tail=number()),
        lambda: m.ValuesChanged(values={number() & 2**63 - 1: real() for _ in range(5)}, gestures=[(number(), True)]),
        lambda: m.ParametersChanged(parameters=[parameter() for _ in range(3)], values={1: real()}),
        lambda: m.BusesChanged(buses=[bus() for _ in range(3)]),
        lambda: m.StateDirty(),
        lambda: m.Done(id=number()),
        lambda: m.Loaded(descriptor=strange_descriptor()),
        lambda: m.State(id=number(), data=bytes(100_000)),
        lambda: {"type": text()},
        lambda: {"type": "done", "id": thing()},
        lambda: {"type": "latency-changed", "latency": thing()},
        lambda: thing(),
    ])()

def reply(request):
    honest = answer(request)
    if random.random() < 0.6:
        return honest
    return random.choice([
        lambda: m.Activated(id=request.id, latency=number(), tail=number(), buses=[bus()]),
        lambda: m.Values(id=request.id, values={number() & 2**63 - 1: real()}),
        lambda: m.Texts(id=request.id, texts=[text()] * random.randrange(3)),
        lambda: m.State(id=request.id, data=rng.bytes(1000)),
        lambda: m.Failed(id=request.id, error=m.ErrorInfo(kind=text(), message=text())),
        notification,
    ])()

def scribble():
    while True:
        for memory in list(maps):
            kind = rng.integers(0, 4)
            size = len(memory)
            if kind == 0:
                at = int(rng.integers(0, size))
                count = int(min(size - at, rng.integers(1, 4096)))
                memory[at:at + count] = rng.bytes(count)
            elif kind == 1:
                memory[320:448] = rng.bytes(128)
            elif kind == 2:
                at = int(rng.integers(0, size // 8)) * 8
                memory[at:at + 8] = int(rng.integers(0, 64)).to_bytes(8, "little")
            else:
                memory[:] = bytes([int(rng.integers(0, 256))]) * size
        if kind == 3:
            time.sleep(0.001)

def lie(slot):
    for field in ("status", "status_flags", "out_event_bytes", "out_event_count", "latency", "tail"):
        if random.random() < 0.3:
            slot[field] = random.choice([0, 1, 2, 3, 4, 8, 16, 17, 64, 2**31, 2**32 - 1])

if kind == "garbage":
    for _ in range(rng.integers(1, 6)):
        raw(rng.bytes(int(rng.integers(1, 3000))))
    time.sleep(60)
receive()
if kind == "descriptor":
    send(hello(**{random.choice(["version", "program", "capabilities", "pid", "x"]): thing()}))
    send(m.Loaded(descriptor=strange_descriptor(), values={number() & 2**63 - 1: real()}))
else:
    send(hello())
    send(m.Loaded(descriptor=descriptor(parameters=[parameter() for _ in range(3)] if kind == "messages" else [])))
if kind == "events":
    real_finish = finish
    def finish(slot):
        lie(slot)
        for memory in maps:
            g = np.frombuffer(memory, layout.dtype("ib_header"), 1)["geometry"]
            at = C["IB_HEADER_BYTES"] + int(g["out_events_offset"][0])
            for number_of_slot in range(int(g["slots"][0])):
                place = at + number_of_slot * int(g["slot_stride"][0])
                memory[place:place + int(g["out_event_bytes"][0])] = rng.bytes(int(g["out_event_bytes"][0]))
    booth.finish = finish
if kind != "silent":
    threading.Thread(target=play, daemon=True).start()
if kind == "scribble":
    threading.Thread(target=scribble, daemon=True).start()
while True:
    request = receive()
    if kind in ("messages", "descriptor"):
        for _ in range(rng.integers(0, 4)):
            send(notification())
        send(reply(request))
    elif kind == "flood":
        for _ in range(20000):
            send(m.Log(level="info", text="x" * 100))
        send(answer(request))
    else:
        send(answer(request))
"""

AUDIO = np.random.default_rng(0).uniform(-1, 1, (2, 700)).astype(np.float32)
CALLS = {
    "quick": lambda plugin: plugin.process(AUDIO[:, :64]),
    "long": lambda plugin: plugin.process(AUDIO),
    "double": lambda plugin: plugin.process(AUDIO.astype(np.float64)),
    "events": lambda plugin: plugin.process(AUDIO, events=[NoteOn(n % 128, time=n) for n in range(300)]),
    "silence": lambda plugin: plugin.process(
        frames=300, transport=Transport(tempo=99, looping=True, loop_end_beats=0.001)
    ),
    "submit": lambda plugin: [plugin.submit(64) for _ in range(5)],
    "wait": lambda plugin: [plugin.wait() for _ in range(6)],
    "views": lambda plugin: plugin.input.fill(0) if plugin.submit(0) else plugin.output.sum(),
    "taken": lambda plugin: plugin.take_events(),
    "state": lambda plugin: plugin.state,
    "load state": lambda plugin: setattr(plugin, "state", b"x"),
    "values": lambda plugin: plugin.refresh_values(),
    "read": lambda plugin: [(repr(p), p.value, p.steps, p.text) for p in plugin.parameters.values()],
    "write": lambda plugin: [p.reset() for p in plugin.parameters.values()],
    "reset": lambda plugin: plugin.reset(),
    "render": lambda plugin: plugin.render(AUDIO, tail="auto"),
    "offline": lambda plugin: plugin.set_offline(True),
    "look": lambda plugin: (
        repr(plugin),
        plugin.stats,
        plugin.latency,
        plugin.tail,
        plugin.buses,
        str(plugin.log),
        plugin.error,
    ),
}


@pytest.fixture
def hostile(fake_host):
    fake_host(HOSTILE)


def provoke(kind, seed, calls):
    """Load a hostile booth, do all that, close it. A watchdog makes of a hang a failure with the place where it is."""
    late = []
    done = threading.Event()
    here = [f"load {kind}-{seed}"]

    def watch():
        before = None
        while not done.wait(PATIENCE):
            if here[0] == before:
                late.append(before)
                return
            before = here[0]

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with np.errstate(all="ignore"), contextlib.suppress(IsoboothError):
            plugin = load(
                f"ladspa:/fake/plugin.so#{kind}-{seed}",
                block_size=64,
                slots=4,
                event_bytes=256,
                timeout=0.25,
                load_timeout=2.0,
            )
            try:
                for number, name in enumerate(calls):
                    here[0] = f"{number} {name} of {kind}-{seed}"
                    # BlockingIOError: blocks are in flight; the user's own mistake, whoever is at the other end
                    with contextlib.suppress(IsoboothError, BlockingIOError):
                        CALLS[name](plugin)
            finally:
                here[0] = f"close {kind}-{seed}"
                plugin.close()
    finally:
        done.set()
        watcher.join()
    assert not late


KINDS = ["garbage", "descriptor", "messages", "events", "scribble"]


@pytest.mark.parametrize("kind", KINDS)
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(seed=st.integers(0, 2**31), calls=st.lists(st.sampled_from(sorted(CALLS)), min_size=3, max_size=10))
def test_every_call_ends(hostile, kind, seed, calls):
    provoke(kind, seed, calls)


@pytest.mark.parametrize("kind", ["flood", "silent"])
def test_too_much_and_too_little(hostile, kind):
    provoke(kind, 1, ["values", "look", "long", "state"])


def test_nothing_is_left_of_it(hostile, nothing_left):
    for kind in KINDS:
        for seed in range(4):
            provoke(kind, seed, ["long", "events", "state", "wait"])


def test_honest_booths_beside_it_do_not_notice(hostile, monkeypatch):
    """A flood of one booth does not make another wait for ever."""
    with load("ladspa:/fake/plugin.so#honest-1", block_size=64, timeout=20) as honest:
        stop = threading.Event()

        def rage():
            number = 0
            while not stop.is_set():
                number += 1
                provoke("scribble" if number % 2 else "flood", number, ["long", "values", "state"])

        rager = threading.Thread(target=rage)
        rager.start()
        try:
            deadline = time.monotonic() + 4
            while time.monotonic() < deadline:
                assert (honest.process(AUDIO) == AUDIO).all()
                assert honest.state == b"state"
        finally:
            stop.set()
            rager.join()
