"""A plugin that dies in the middle of a long call: offline the call goes on with the next booth, else it does not."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from isobooth.client import (
    Chain,
    Crashed,
    GaveUp,
    ParamValue,
    PluginCrashed,
    PluginTimeout,
    Recovered,
    RestartPolicy,
    Transport,
    load,
)
from isobooth.client._core import ffi, lib
from isobooth.client.options import SLOT_FRAMES
from tests.support import PATIENCE, compile_plugin, kill, real_plugin, until

from .conftest import noise
from .mortal import MORTAL
from .test_bad_plugins import ladspa_header

ALWAYS = RestartPolicy(most=1000, delay=0.0)
BLOCK = 64
SLOT = SLOT_FRAMES
"""Frames of a slot."""


@pytest.fixture(scope="module")
def mortal_file(tmp_path_factory):
    header = ladspa_header(tmp_path_factory.mktemp("ladspa"))
    return compile_plugin(MORTAL, tmp_path_factory.mktemp("mortal") / "mortal.so", f"-I{header}")


@pytest.fixture
def mortal(mortal_file):
    """A function that loads it; all of them are closed in the end."""
    loaded = []

    def make(*, gain=2, life=0, hangs=0, **options):
        usual = {"block_size": BLOCK, "timeout": PATIENCE, "on_crash": "bypass", "restart": ALWAYS, "fade": 0}
        plugin = load(mortal_file, **{**usual, **options})
        loaded.append(plugin)
        plugin.parameters.gain, plugin.parameters.life, plugin.parameters.hangs = gain, life, hangs
        return plugin

    yield make
    for plugin in loaded:
        plugin.close()


def life_of(slots):
    """Blocks after which it dies in the middle of a slot."""
    return int((slots + 0.5) * SLOT / BLOCK)


def of_kind(plugin, kind):
    return [one for one in plugin.take_notices() if isinstance(one, kind)]


def test_a_render_is_what_it_would_have_been(mortal):
    plugin = mortal(life=life_of(3))
    dry = noise(1, 20 * SLOT + 77)
    assert np.array_equal(plugin.render(dry), 2 * dry)
    assert plugin.restarts >= 5
    told = of_kind(plugin, Recovered)
    assert len(told) == plugin.restarts
    places = [one.resumes_at for one in told]
    assert places == sorted(places)
    assert all(place % SLOT == 0 for place in places)
    assert places[0] == 3 * SLOT
    assert all(one.missed == 0 and one.lost == "" for one in told)
    assert plugin.stats.missed == 0


def test_automation_goes_on_where_it_was(mortal):
    """A new booth begins with the values of the frame at which it begins, not with those of the end of the call."""
    events = [ParamValue("gain", 1 + number % 7, time=250 * number + 100) for number in range(150)]
    dry = noise(1, 20 * SLOT)
    undisturbed, dying = mortal(gain=9), mortal(gain=9, life=life_of(2))
    assert np.array_equal(dying.render(dry, events=events), undisturbed.render(dry, events=events))
    assert dying.restarts > 0
    assert dying.parameters.gain.value == undisturbed.parameters.gain.value
    assert np.array_equal(dying.render(dry[:, :1000]), undisturbed.render(dry[:, :1000]))


@pytest.mark.parametrize("offline", [True, False])
def test_process_waits_offline_only(mortal, offline):
    plugin = mortal(life=life_of(3), offline=offline)
    dry = noise(1, 10 * SLOT)
    wet = plugin.process(dry)
    if offline:
        assert np.array_equal(wet, 2 * dry)
        assert plugin.process(dry[:, :7]).shape == (1, 7)
    else:
        assert np.array_equal(wet[:, : 3 * SLOT], 2 * dry[:, : 3 * SLOT])
        assert np.array_equal(wet[:, 4 * SLOT :], dry[:, 4 * SLOT :])
        assert plugin.wait_alive(PATIENCE)
        assert plugin.restarts == 1
        (told,) = of_kind(plugin, Recovered)
        assert told.resumes_at is None
        assert told.missed == 7 * SLOT
        plugin.set_offline(True)
        assert np.array_equal(plugin.process(dry), 2 * dry)


def test_a_block_that_kills_every_booth_is_left_out(mortal):
    plugin = mortal()
    dry = noise(1, 10 * SLOT)
    dry[0, 5 * SLOT + 100] = 11
    wet = plugin.render(dry)
    expected = 2 * dry
    expected[:, 5 * SLOT : 6 * SLOT] = dry[:, 5 * SLOT : 6 * SLOT]
    assert np.array_equal(wet, expected)
    first, second = of_kind(plugin, Recovered)
    assert (first.resumes_at, second.resumes_at) == (5 * SLOT, 6 * SLOT)
    assert (first.missed, second.missed) == (0, SLOT)


def test_it_is_given_up_and_the_rest_is_dry(mortal):
    plugin = mortal(life=life_of(1), restart=RestartPolicy(most=2, delay=0.0, period=1000))
    dry = noise(1, 10 * SLOT)
    wet = plugin.render(dry)
    assert np.array_equal(wet[:, : 3 * SLOT], 2 * dry[:, : 3 * SLOT])
    assert np.array_equal(wet[:, 3 * SLOT :], dry[:, 3 * SLOT :])
    assert len(of_kind(plugin, GaveUp)) == 1
    assert np.array_equal(plugin.render(dry), dry), "nobody waits for what will not come"


def test_a_hang_is_waited_out_as_well(mortal):
    plugin = mortal(life=life_of(2), hangs=1, timeout=0.3)
    dry = noise(1, 4 * SLOT)
    assert np.array_equal(plugin.render(dry), 2 * dry)
    assert all(isinstance(one.error, PluginTimeout) for one in of_kind(plugin, Crashed))


def test_raise_still_raises(mortal):
    plugin = mortal(life=life_of(2), on_crash="raise")
    with pytest.raises(PluginCrashed):
        plugin.render(noise(1, 10 * SLOT))
    assert plugin.wait_alive(PATIENCE)
    assert np.array_equal(plugin.render(noise(1, SLOT)), 2 * noise(1, SLOT))


def test_the_output_may_be_the_input(mortal):
    plugin = mortal(life=life_of(2), offline=True)
    audio = noise(1, 9 * SLOT)
    plugin.process(audio, out=audio)
    assert np.array_equal(audio, 2 * noise(1, 9 * SLOT))


def test_a_chain(mortal):
    first, second = mortal(life=life_of(2)), mortal(gain=3, life=life_of(4))
    dry = noise(1, 9 * SLOT)
    with Chain([first, second]) as chain:
        assert np.array_equal(chain.render(dry, tail=0.01), np.pad(6 * dry, ((0, 0), (0, 480))))
        assert first.restarts
        assert second.restarts


def test_the_song_and_the_clock_are_where_they_would_have_been(mortal):
    places = []
    for life in (0, life_of(2)):
        plugin = mortal(life=life, offline=True)
        plugin.process(noise(1, 9 * SLOT), transport=Transport(tempo=120, position_beats=0.0, playing=True))
        song = ffi.new("struct ib_transport *")
        stream = plugin._player.stream
        assert lib.ib_stream_get_transport(stream.pointer, song)
        places.append((song.position_samples, song.position_beats, stream.report().steady_time))
        assert bool(plugin.restarts) is bool(life)
    assert places[0][0] == places[1][0]
    assert places[0][1] == pytest.approx(places[1][1])
    assert places[0][2] == places[1][2]


def test_the_stand_in_is_aligned_and_the_return_is_no_click():
    """With a latency, an unchanged signal and the plugin's own: where it died there is no seam."""
    path = f"{real_plugin('fast_lookahead_limiter_1913.so')}#fastLookaheadLimiter"
    with load(path, block_size=BLOCK, on_crash="bypass", restart=ALWAYS) as plugin:
        plugin.process(np.zeros((2, BLOCK), np.float32))
        assert plugin.latency > 0
        dry = (0.1 * np.sin(np.arange(40 * SLOT) / 50)).astype(np.float32) * np.ones((2, 1), np.float32)
        killer = threading.Timer(0.01, kill, (plugin.pid,))
        killer.start()
        wet = plugin.render(dry)
        while not plugin.restarts:
            wet = plugin.render(dry)
        killer.join()
        assert np.abs(wet - dry).max() < 0.1 / 50 * 2, "more than two frames out of step"
        assert np.abs(np.diff(wet)).max() < 0.1 / 50 * 2


def test_killed_again_and_again_while_it_renders(mortal):
    """At moments that nobody knows: the result is what it would have been, but for what stood in for a block."""
    plugin = mortal()
    dry = noise(1, 2_000_000)
    over = threading.Event()

    def murder():
        while not over.wait(0.03):
            kill(plugin.pid, signal.SIGKILL)

    thread = threading.Thread(target=murder)
    thread.start()
    try:
        rounds = 0
        while plugin.restarts < 10 or rounds < 3:
            wet = plugin.render(dry)
            rounds += 1
            assert wet.shape == dry.shape
            other = (wet != 2 * dry).any(axis=0)
            assert np.array_equal(wet[:, other], dry[:, other])
    finally:
        over.set()
        thread.join()


def test_ctrl_c_while_a_call_waits(mortal):
    plugin = mortal(life=life_of(1), restart=RestartPolicy(most=10, delay=100.0, longest=100.0))

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        with pytest.raises(KeyboardInterrupt):
            plugin.render(noise(1, 1000 * SLOT))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    plugin.restart()
    assert np.array_equal(plugin.render(noise(1, SLOT)), 2 * noise(1, SLOT))


def test_others_wait_their_turn_and_snapshots_are_taken(null):
    """A call that waits for its plugin keeps other calls out; a long one does not keep the state from being saved."""
    plugin = null(restart=ALWAYS, on_crash="bypass", offline=True)
    plugin.state = b"kept"
    asked = plugin._memory.state_time
    with plugin.piece():
        plugin._note_dirty()
        assert until(lambda: plugin._memory.state_time > asked)
        threads = [threading.Thread(target=lambda: setattr(plugin, "state", plugin.state)) for _ in range(3)]
        for thread in threads:
            thread.start()
        os.kill(plugin.pid, signal.SIGKILL)
        time.sleep(0.05)
        assert np.array_equal(plugin.process(noise(2, 5000))[:, 480:], noise(2, 5000)[:, 480:])
    for thread in threads:
        thread.join()
    assert plugin.state == b"kept"
