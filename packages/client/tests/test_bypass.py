"""Bypassed audio: dry, and as late as the plugin's own, for whichever reason and by whichever way it goes."""

import os
import signal

import numpy as np
import pytest

from isobooth.client import BlockStatus, Chain, load
from tests.support import PATIENCE, real_plugin, until

from .conftest import noise

LATE = 240
"""Frames of the limiter below at 48 kHz."""


@pytest.fixture
def limiter():
    """A function that loads a plugin that is late; it knows of that with the first block."""
    loaded = []

    def make(**options):
        path = real_plugin("fast_lookahead_limiter_1913.so")
        loaded.append(load(path, **{"block_size": 64, "timeout": PATIENCE, "fade": 0, **options}))
        loaded[-1].process(np.zeros((2, 64), np.float32))
        assert loaded[-1].latency == LATE
        loaded[-1].parameters.input_gain_db = 6  # so that wet is not dry
        return loaded[-1]

    yield make
    for plugin in loaded:
        plugin.close()


def kill(plugin):
    os.kill(plugin.pid, signal.SIGKILL)
    assert until(lambda: not plugin.is_alive)


def late(whole, start, frames, by=LATE):
    """What comes out at ``start`` of what went in as ``whole``, delayed."""
    padded = np.concatenate([np.zeros((whole.shape[0], by), whole.dtype), whole], axis=1)
    return padded[:, start : start + frames]


@pytest.mark.parametrize("lengths", [[64] * 20, [1, 64, 63, 1000, 5, 64, 700], [4096, 20000, 64]])
@pytest.mark.parametrize("slots", [1, 0])
def test_bypassed_audio_is_as_late_as_the_plugins(limiter, lengths, slots):
    plugin = limiter(slots=slots)
    whole = noise(2, sum(lengths))
    at = 0
    for number, frames in enumerate(lengths):
        plugin.bypass = number % 3 != 0  # on and off: the plugin hears everything
        wet = plugin.process(whole[:, at : at + frames])
        if plugin.bypass or at > LATE:
            assert (wet == late(whole, at, frames)).all() == plugin.bypass
        at += frames
    assert plugin.bypass is (len(lengths) % 3 != 1)


@pytest.mark.parametrize("lengths", [[64] * 12, [1000, 64, 5000], [30, 30000]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_crash_leaves_no_seam(limiter, lengths, dtype):
    plugin = limiter(on_crash="bypass")
    whole = noise(2, sum(lengths)).astype(dtype)
    at = 0
    for number, frames in enumerate(lengths):
        if number == 1:
            kill(plugin)
        piece = whole[:, at : at + frames].copy()
        wet = plugin.process(piece, out=piece) if number % 2 else plugin.process(piece)
        if number:
            assert (wet == late(whole, at, frames)).all()
        at += frames
    assert plugin.error is not None


def test_silence_after_a_crash_stays_silence(limiter):
    plugin = limiter(on_crash="silence")
    plugin.process(noise(2, 1000))
    kill(plugin)
    assert not plugin.process(noise(2, 1000)).any()
    plugin.bypass = True  # then the dry path is what was asked for
    assert plugin.process(noise(2, 1000)).any()


@pytest.mark.parametrize("depth", [1, 3])
def test_block_by_block(limiter, depth):
    plugin = limiter(slots=depth)
    whole = noise(2, 64 * 30, seed=3)
    plugin.bypass = True
    came = []
    for block in range(30 + depth - 1):
        if block < 30:
            plugin.input[:, :64] = whole[:, block * 64 : block * 64 + 64]
            plugin.submit(64)
        if block >= depth - 1:
            assert plugin.wait(PATIENCE) is BlockStatus.OK
            came.append(plugin.output.copy())
    assert (np.concatenate(came, axis=1) == late(whole, 0, whole.shape[1])).all()


def test_block_by_block_after_a_crash(limiter):
    plugin = limiter(slots=2, on_crash="bypass")
    whole = noise(2, 64 * 6)
    plugin.process(whole[:, :320])
    kill(plugin)
    plugin.input[:] = whole[:, 320:]
    if plugin.submit():
        assert plugin.wait(PATIENCE) is BlockStatus.CRASHED
        assert (plugin.output == late(whole, 320, 64)).all()


def test_a_short_block_by_hand(limiter):
    plugin = limiter()
    plugin.bypass = True
    plugin.input[:] = 1
    plugin.submit(10)
    plugin.wait(PATIENCE)
    for _ in range(4):
        plugin.input[:] = 1
        plugin.submit(64)
        plugin.wait(PATIENCE)
    assert (plugin.output[:, : LATE - 10 - 3 * 64] == 0).all()
    assert (plugin.output[:, LATE - 10 - 3 * 64 :] == 1).all()


def test_render_is_aligned(limiter):
    plugin = limiter()
    plugin.bypass = True
    audio = noise(2, 3000)
    assert (plugin.render(audio) == audio).all()
    assert (plugin.render(audio, tail=0.1)[:, :3000] == audio).all()
    with Chain([plugin]) as chain:
        assert (chain.render(audio) == audio).all()


def test_the_very_first_call_is_aligned_as_well():
    with load(real_plugin("fast_lookahead_limiter_1913.so")) as plugin:
        plugin.bypass = True
        audio = noise(2, 3000)
        assert (plugin.render(audio) == audio).all()
        assert (plugin.render(audio) == audio).all()


def test_reset_empties_the_dry_path(limiter):
    plugin = limiter()
    plugin.bypass = True
    plugin.process(noise(2, 1000))
    plugin.reset()
    assert not plugin.process(noise(2, LATE)).any()


def test_a_reset_after_death_as_well(limiter):
    plugin = limiter(on_crash="bypass")
    plugin.process(noise(2, 1000))
    kill(plugin)
    plugin.process(noise(2, 1000))
    plugin.reset()
    assert not plugin.process(noise(2, LATE)).any()
    audio = noise(2, 500, seed=9)
    assert (plugin.render(audio) == audio).all()


def test_more_room_for_events_changes_nothing(limiter):
    from isobooth.client import ParamValue

    plugin = limiter(event_bytes=64)
    plugin.bypass = True
    whole = noise(2, 2000)
    plugin.process(whole[:, :1000])
    many = [ParamValue("limit_db", -3.0, time=time) for time in range(0, 1000, 2)]
    wet = plugin.process(whole[:, 1000:], events=many)
    assert (wet == late(whole, 1000, 1000)).all()


def test_a_restart_keeps_the_bypass(null):
    plugin = null()
    assert plugin.bypass is False
    plugin.bypass = True
    plugin.restart()
    assert plugin.bypass is True
    audio = noise(2, 100)
    assert (plugin.process(audio) == audio).all()


def test_channels_without_an_input_are_silent(null):
    plugin = null(inputs=1, outputs=3, block_size=32)
    plugin.bypass = True
    wet = plugin.process(np.ones((1, 100), np.float32))
    assert (wet[0] == 1).all()
    assert not wet[1:].any()


OWN_BYPASS = """
    whole = booth.descriptor
    bypass = ParameterInfo(id=7, name="Off", identifier="off", minimum=0, maximum=2, is_bypass=True)
    booth.descriptor = lambda: whole(parameters=[bypass])
    booth.greet()
    booth.serve()
"""


def test_a_bypass_parameter_is_used(fake_host):
    fake_host(OWN_BYPASS)
    with load("null:") as plugin:
        plugin.bypass = True
        assert plugin.parameters.off.value == 2
        assert plugin.bypass is True
        plugin.parameters.off = 0.5
        assert plugin.bypass is False
        plugin.bypass = False
        assert plugin.parameters.off.value == 0


SIDE_CHAIN = """
    buses = [
        BusInfo(index=0, name="in", channels=1, direction="input"),
        BusInfo(index=1, name="side", channels=1, direction="input", is_main=False),
        BusInfo(index=0, name="out", channels=2, direction="output"),
    ]
    whole = booth.descriptor
    booth.descriptor = lambda: whole(buses=buses)
    booth.greet()
    booth.serve()
"""


def test_a_side_chain_is_not_heard(fake_host):
    fake_host(SIDE_CHAIN)
    with load("null:") as plugin:
        plugin.bypass = True
        wet = plugin.process(np.ones((2, 100), np.float32))
        assert (wet[0] == 1).all()
        assert not wet[1].any()
