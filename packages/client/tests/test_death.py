"""Booths that die, at any moment and in any way: a typed error at once, nothing left behind, and a way back."""

import contextlib
import os
import random
import signal
import threading
import time

import numpy as np
import pytest

from isobooth.client import (
    IsoboothError,
    PluginClosed,
    PluginCrashed,
    PluginTimeout,
    Transport,
    load,
)
from tests.support import is_running, kill, stop, until


def noise(channels, frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL]
)
def test_the_signal_is_named(null, number):
    plugin = null()
    plugin.process(noise(2, 10))
    os.kill(plugin.pid, number)
    assert until(lambda: not is_running(plugin.pid))
    for frames in (10, 5000):
        with pytest.raises(PluginCrashed, match=signal.Signals(number).name) as caught:
            plugin.process(noise(2, frames))
        assert caught.value.signal == signal.Signals(number).name
    with pytest.raises(PluginCrashed):
        plugin.state  # noqa: B018
    assert not plugin.is_alive
    assert "dead" in repr(plugin)
    plugin.restart()
    assert plugin.error is None
    assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()


def test_an_error_that_is_raised_again_does_not_grow(null):
    plugin = null()
    kill(plugin.pid)
    depths = []
    for act in [lambda: plugin.process(noise(2, 10)), lambda: plugin.state] * 3:
        with pytest.raises(PluginCrashed) as caught:
            act()
        depths.append(len(caught.traceback))
    assert depths[2:4] == depths[4:]


def test_sigterm_is_an_orderly_end(null):
    plugin = null()
    os.kill(plugin.pid, signal.SIGTERM)
    assert until(lambda: not is_running(plugin.pid))
    with pytest.raises(PluginCrashed, match="exit status 0"):
        plugin.process(noise(2, 10))


@pytest.mark.parametrize(("on_crash", "expected"), [("bypass", 1.0), ("silence", 0.0)])
def test_music_goes_on(null, on_crash, expected):
    plugin = null(on_crash=on_crash, block_size=64, fade=0)
    audio = np.ones((2, 1000), np.float32)
    assert (plugin.process(audio) == 1).all()
    kill(plugin.pid)
    assert until(lambda: not is_running(plugin.pid))
    for frames in (10, 1000, 64):
        assert (plugin.process(audio[:, :frames]) == expected).all()
        assert plugin.process(audio[:, :frames].astype(np.float64)).dtype == np.float64
    assert plugin.process(frames=10).shape == (2, 10)
    plugin.reset()
    assert plugin.render(audio).shape == audio.shape
    assert isinstance(plugin.error, PluginCrashed)
    with pytest.raises(PluginCrashed):
        plugin.state  # noqa: B018
    plugin.restart()
    assert (plugin.process(audio) == 1).all()


def test_bypass_with_other_channel_counts(null):
    plugin = null(on_crash="bypass", inputs=3, outputs=2, block_size=64, fade=0)
    audio = noise(3, 500)
    kill(plugin.pid)
    assert (plugin.process(audio) == audio[:2]).all()
    plugin = null(on_crash="bypass", inputs=1, outputs=2, block_size=64, fade=0)
    kill(plugin.pid)
    wet = plugin.process(audio[:1])
    assert (wet[0] == audio[0]).all()
    assert not wet[1].any()


def test_restart_brings_everything_back(null):
    plugin = null(block_size=64)
    plugin.state = b"kept"
    plugin.process(noise(2, 48000), transport=Transport(tempo=97, position_beats=8.0))
    for _ in range(3):
        kill(plugin.pid)
        with contextlib.suppress(PluginCrashed):
            plugin.process(noise(2, 5000))
        plugin.restart()
        assert plugin.state == b"kept"
        assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()


def test_restart_of_a_living_booth(null):
    plugin = null()
    plugin.state = b"kept"
    pid = plugin.pid
    plugin.restart()
    assert plugin.pid != pid
    assert not is_running(pid)
    assert plugin.state == b"kept"


def test_a_restart_that_fails(null, monkeypatch, tmp_path):
    plugin = null(timeout=0.5)
    plugin.state = b"kept"
    monkeypatch.setenv("ISOBOOTH_HOST", str(tmp_path / "nothing"))
    with pytest.raises(IsoboothError, match="ISOBOOTH_HOST"):
        plugin.restart()
    assert not plugin.is_alive
    for frames in (10, 5000):
        with pytest.raises(IsoboothError):
            plugin.process(noise(2, frames))
    with pytest.raises(IsoboothError):
        plugin.state  # noqa: B018
    monkeypatch.undo()
    plugin.restart()
    assert plugin.state == b"kept"
    assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()


def test_the_end_wakes_whoever_waits(null):
    """Far below the deadline, in every kind of call."""
    for call in (
        lambda plugin: plugin.process(noise(2, 10)),
        lambda plugin: plugin.process(noise(2, 5000)),
        lambda plugin: plugin.state,
        lambda plugin: plugin.refresh_values(),
    ):
        plugin = null(timeout=3600)
        stop(plugin.pid)
        threading.Timer(0.1, kill, (plugin.pid,)).start()
        with pytest.raises(PluginCrashed, match="SIGKILL"):
            call(plugin)


def test_death_in_flight(null):
    plugin = null(timeout=3600, slots=4)
    stop(plugin.pid)
    submitted = [plugin.submit() for _ in range(3)]
    threading.Timer(0.1, kill, (plugin.pid,)).start()
    statuses = [plugin.wait() for _ in submitted]
    assert set(statuses) <= {1, 17}
    assert statuses[-1] == 17 or plugin.submit() == 0 or plugin.wait() == 17
    assert plugin.wait() == 0
    assert plugin.submit() == 0


def at_random(rounds, seed, nothing_happens):
    """Kill booths at random moments while they do all there is to do. Yields how each call ended."""
    chance = random.Random(seed)
    audio = {frames: noise(2, frames) for frames in (64, 5000)}
    works = {
        "process": lambda plugin: plugin.process(audio[5000]),
        "quick": lambda plugin: plugin.process(audio[64]),
        "request": lambda plugin: plugin.refresh_values(),
        "state": lambda plugin: setattr(plugin, "state", bytes(3 << 20)),
        "reset": lambda plugin: plugin.reset(),
        "events": lambda plugin: plugin.process(audio[64], events=[(b"\x90\x3c\x40", 0.0)] * 2000),
        "blocks": lambda plugin: (plugin.submit(), plugin.wait()),
        "restart": lambda plugin: plugin.restart(),
        "idle": lambda plugin: time.sleep(0.001),
    }
    for _ in range(rounds):
        name = chance.choice(list(works))
        plugin = load("null:", block_size=64, slots=4, event_bytes=256, timeout=20)
        timer = threading.Timer(chance.uniform(0, 0.02), kill, (plugin.pid,))
        timer.start()
        deadline = time.monotonic() + 5
        try:
            while time.monotonic() < deadline and plugin.error is None and timer.is_alive():
                works[name](plugin)
            for _ in range(3):
                works[name](plugin)
                plugin.process(audio[64])
        except PluginCrashed as error:
            assert error.signal in {"SIGKILL", ""}, error
            nothing_happens[name] = nothing_happens.get(name, 0) + 1
        except (PluginClosed, PluginTimeout) as error:
            raise AssertionError(name) from error
        finally:
            timer.join()
            if chance.random() < 0.3:
                with contextlib.suppress(IsoboothError):
                    plugin.restart()
            plugin.close()
            assert not is_running(plugin.pid)


def test_kill_at_random_moments(nothing_left):
    deaths = {}
    at_random(200, 1, deaths)
    assert sum(deaths.values()) > 100


def test_kill_while_loading(nothing_left):
    from isobooth.client import warmhost

    chance = random.Random(3)
    died = 0
    warm = warmhost.warm_host()
    spawn = warm.spawn

    def spawn_and_kill(*arguments):
        spawned = spawn(*arguments)
        threading.Timer(chance.uniform(0, 0.008), kill, (spawned.pid,)).start()
        return spawned

    warm.spawn = spawn_and_kill
    try:
        for _ in range(60):
            try:
                load("null:").close()
            except PluginCrashed as error:
                assert error.signal in {"SIGKILL", ""}
                died += 1
    finally:
        del warm.spawn
    assert died > 5
