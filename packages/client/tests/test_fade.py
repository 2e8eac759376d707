"""No clicks: where the plugin's sound ends, where it begins again, and where a block of it is missing."""

import os
import signal

import numpy as np
import pytest

from isobooth.client import BlockStatus, load
from tests.support import PATIENCE, real_plugin, stop, until

from .loud import CRASHES

RATE = 48000
FADE = 240
"""Frames of the fade that is the default."""


def sine(frames, start=0):
    """A slow one: no two neighbours differ by more than 0.0066 times its amplitude of 0.5."""
    return (0.5 * np.sin(2 * np.pi * 50 * np.arange(start, start + frames) / RATE))[None, :].astype(np.float32)


MOST_STEP = 0.5 * 2 * np.pi * 50 / RATE * 2 + 1.2 / FADE
"""Between neighbours: of the louder signal, and of a fade over the whole distance."""


class Player:
    """Feeds one sine through calls of any length and keeps what came out."""

    def __init__(self, plugin):
        self.plugin, self.at, self.came = plugin, 0, []

    def play(self, frames):
        self.came.append(self.plugin.process(sine(frames, self.at)))
        self.at += frames
        return self.came[-1]

    @property
    def heard(self):
        return np.concatenate(self.came, axis=1)[0]

    @property
    def largest_step(self):
        return np.abs(np.diff(self.heard)).max()


def die(plugin):
    os.kill(plugin.pid, signal.SIGKILL)
    assert until(lambda: plugin.error is not None or not plugin.is_alive)


@pytest.mark.parametrize("on_crash", ["bypass", "silence"])
@pytest.mark.parametrize("frames", [64, 64 * 7 + 13, 1])
@pytest.mark.parametrize("before", [777, 1000, 6000])
def test_no_click_at_the_crash_nor_after(loud, on_crash, frames, before):
    plugin = loud(on_crash=on_crash)
    player = Player(plugin)
    player.play(before)
    die(plugin)
    while player.at < before + 2000:
        player.play(frames)
    dry = player.heard[-500:]
    assert np.array_equal(dry, sine(500, player.at - 500)[0] if on_crash == "bypass" else np.zeros(500))
    plugin.restart()
    while player.at < before + 5000:
        player.play(frames)
    assert np.array_equal(player.heard[-500:], 2 * sine(500, player.at - 500)[0])
    assert player.largest_step < MOST_STEP


def test_the_return_is_gradual(loud):
    plugin = loud(on_crash="silence")
    ones = np.ones((1, 512), np.float32)
    plugin.process(ones)
    die(plugin)
    plugin.process(ones)
    plugin.restart()
    wet = plugin.process(ones)[0]
    assert wet[0] < 0.02
    assert np.allclose(np.diff(wet[:FADE]), 2 / FADE, atol=1e-5)
    assert (wet[FADE:] == 2).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [64, 3000])
def test_a_crash_in_the_middle_of_an_array(loud, dtype, length):
    plugin = loud()
    player = Player(plugin)
    player.play(1000)
    plugin.parameters.what = CRASHES
    audio = sine(length, player.at).astype(dtype)
    wet = plugin.process(audio, out=audio)  # in place
    player.came.append(wet)
    assert wet.dtype == dtype
    assert plugin.error is not None
    assert player.largest_step < MOST_STEP


@pytest.mark.parametrize("on_crash", ["bypass", "silence"])
def test_block_by_block(loud, on_crash):
    plugin = loud(on_crash=on_crash, restart="once")
    came, at, pid, after = [], 0, plugin.pid, 0
    while after < 40:
        plugin.input[:, :64] = sine(64, at)
        assert plugin.submit(64)
        assert plugin.wait() in {BlockStatus.OK, BlockStatus.CRASHED}
        came.append(plugin.output[:, :64].copy())
        at += 64
        if at == 64 * 10:
            os.kill(pid, signal.SIGKILL)
        if at == 64 * 40:
            assert until(lambda: plugin.pid != pid)
        after += plugin.pid != pid
    heard = np.concatenate(came, axis=1)[0]
    assert np.array_equal(heard[-300:], 2 * sine(300, at - 300)[0])
    assert np.abs(np.diff(heard)).max() < MOST_STEP


def test_a_late_block(loud):
    plugin = loud(slots=4)
    came = []
    for block in range(60):
        if block == 20:
            stop(plugin.pid)
        if block == 22:
            os.kill(plugin.pid, signal.SIGCONT)
        plugin.input[:, :64] = sine(64, block * 64)
        assert plugin.submit(64)
        status = plugin.wait(0.01 if block in {20, 21} else PATIENCE)
        assert (status is BlockStatus.LATE) == (block in {20, 21})
        came.append(plugin.output[:, :64].copy())
    assert np.abs(np.diff(np.concatenate(came, axis=1)[0])).max() < MOST_STEP


def test_a_render_begins_afresh(loud):
    plugin = loud()
    plugin.process(sine(500))
    die(plugin)
    plugin.process(sine(500))
    plugin.restart()
    assert np.array_equal(plugin.render(sine(1000)), 2 * sine(1000))


def test_no_fades_where_there_are_to_be_none(loud):
    plugin = loud(fade=0)
    ones = np.ones((1, 64), np.float32)
    assert (plugin.process(ones) == 2).all()
    die(plugin)
    assert (plugin.process(ones) == 1).all()
    plugin.restart()
    assert (plugin.process(ones) == 2).all()


def test_a_late_plugin_is_waited_for():
    """While a new limiter fills its delay, the old dry path goes on: no hole of silence."""
    with load(real_plugin("fast_lookahead_limiter_1913.so"), block_size=64, on_crash="bypass") as plugin:
        audio = np.full((2, 4096), 0.5, np.float32)
        plugin.process(audio)
        die(plugin)
        plugin.process(audio)
        plugin.restart()
        wet = plugin.process(audio)
        assert np.abs(wet - 0.5).max() < 0.02
