"""Block by block: several in flight, none lost, and blocks that come too late."""

import os
import signal
import threading

import numpy as np
import pytest

from isobooth.client import ArgumentError, ArgumentTypeError, BlockStatus, PluginTimeout
from tests.support import stop, until


@pytest.fixture
def stopped(null):
    """A plugin whose booth can be made to stand still, with ``stop``, and to go on, with ``go``."""

    class Stopped:
        def __init__(self, **options):
            self.plugin = null(**options)

        def stop(self):
            stop(self.plugin.pid)

        def go(self):
            os.kill(self.plugin.pid, signal.SIGCONT)

    return Stopped


def fill(plugin, number, frames):
    plugin.input[:, :frames] = number
    return plugin.submit(frames)


def test_one_by_one(null):
    plugin = null(block_size=32, slots=2)
    for number in range(1, 20):
        assert fill(plugin, number, 32) == number
        assert plugin.wait() is BlockStatus.OK
        assert (plugin.output == number).all()
    assert plugin.stats.blocks == 19


@pytest.mark.parametrize("slots", [1, 2, 5, 64])
def test_as_many_in_flight_as_there_are_slots(null, slots):
    plugin = null(block_size=8, slots=slots)
    for turn in range(3):
        for number in range(slots):
            assert fill(plugin, turn * 100 + number, 8)
        with pytest.raises(BlockingIOError):
            plugin.input  # noqa: B018
        assert plugin.submit(8) == 0
        for number in range(slots):
            assert plugin.wait() is BlockStatus.OK
            assert (plugin.output == turn * 100 + number).all()
    assert plugin.wait() is BlockStatus.NONE


def test_shorter_blocks_and_none_at_all(null):
    plugin = null(block_size=32)
    assert fill(plugin, 5, 7)
    assert plugin.submit(0)
    assert plugin.wait() is BlockStatus.OK
    assert (plugin.output[:, :7] == 5).all()
    assert plugin.wait() is BlockStatus.OK


@pytest.mark.parametrize("frames", [-1, 33, 1.5, "8", True])
def test_wrong_lengths(null, frames):
    plugin = null(block_size=32)
    with pytest.raises((ArgumentError, ArgumentTypeError), match="frames"):
        plugin.submit(frames)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "1", 1e30])
def test_wrong_timeouts(null, timeout):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="timeout"):
        null().wait(timeout)


@pytest.mark.parametrize("on_crash", ["raise", "bypass", "silence"])
def test_a_late_block_is_replaced_and_the_next_is_in_step(stopped, on_crash):
    booth = stopped(block_size=16, slots=4, on_crash=on_crash, fade=0)
    plugin = booth.plugin
    fill(plugin, 1, 16)
    assert plugin.wait() is BlockStatus.OK
    booth.stop()
    for number in (2, 3):
        fill(plugin, number, 16)
        assert plugin.wait(0.01) is BlockStatus.LATE
        assert (plugin.output == (number if on_crash == "bypass" else 0)).all()
    booth.go()
    for number in range(4, 30):
        fill(plugin, number, 16)
        assert plugin.wait() is BlockStatus.OK
        assert (plugin.output == number).all()
    assert plugin.stats.late == 2
    assert plugin.is_alive


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_every_slot_late(stopped, slots):
    booth = stopped(block_size=16, slots=slots)
    plugin = booth.plugin
    booth.stop()
    for number in range(slots):
        fill(plugin, number, 16)
        assert plugin.wait(0.0) is BlockStatus.LATE
    assert plugin.submit(16) == 0
    with pytest.raises(BlockingIOError):
        plugin.input  # noqa: B018
    threading.Timer(0.3, booth.go).start()
    audio = np.full((2, 100), 7, np.float32)
    assert (plugin.process(audio) == 7).all()
    fill(plugin, 9, 16)
    assert plugin.wait() is BlockStatus.OK
    assert (plugin.output == 9).all()


def test_process_waits_for_what_is_merely_late(stopped):
    booth = stopped(block_size=16, slots=2)
    audio = np.random.default_rng(0).uniform(-1, 1, (2, 77)).astype(np.float32)
    for frames in (16, 77):
        booth.stop()
        threading.Timer(0.3, booth.go).start()
        assert (booth.plugin.process(audio[:, :frames]) == audio[:, :frames]).all()


@pytest.mark.parametrize("frames", [16, 77, 0])
@pytest.mark.parametrize("on_crash", ["raise", "bypass", "silence"])
def test_a_hanging_booth_is_ended_at_the_deadline(stopped, frames, on_crash):
    booth = stopped(block_size=16, slots=2, timeout=0.2, on_crash=on_crash, fade=0)
    plugin = booth.plugin
    audio = np.ones((2, frames), np.float32)
    booth.stop()
    call = plugin.reset if frames == 0 else lambda: plugin.process(audio)
    if on_crash == "raise":
        for _ in range(2):
            with pytest.raises(PluginTimeout, match="did not answer within 0.2 s"):
                call()
    elif frames:
        assert (call() == (1 if on_crash == "bypass" else 0)).all()
        assert (call() == (1 if on_crash == "bypass" else 0)).all()
    else:
        call()
    assert isinstance(plugin.error, PluginTimeout)
    assert not plugin.is_alive
    plugin.restart()
    assert plugin.is_alive
    assert (plugin.process(audio) == audio).all()


def test_a_request_to_a_hanging_booth(stopped):
    booth = stopped(timeout=0.2)
    booth.stop()
    with pytest.raises(PluginTimeout):
        booth.plugin.refresh_values()
    with pytest.raises(PluginTimeout):
        booth.plugin.state  # noqa: B018
    booth.plugin.restart()
    assert booth.plugin.state == b""


def test_process_and_blocks_in_flight_do_not_mix(null):
    plugin = null(block_size=64, slots=4)
    fill(plugin, 3, 64)
    audio = np.ones((2, 5), np.float32)
    process, render = lambda: plugin.process(audio), lambda: plugin.render(audio)
    for call in (process, lambda: plugin.process(frames=500), plugin.reset, render):
        with pytest.raises(BlockingIOError, match="in flight"):
            call()
    assert plugin.wait() is BlockStatus.OK
    assert (plugin.output == 3).all()
    assert (plugin.process(audio) == 1).all()


def test_what_is_submitted_after_an_array_goes_on(null):
    plugin = null(block_size=16, slots=3)
    for number in range(1, 10):
        audio = np.full((2, 40 * number), number, np.float32)
        assert (plugin.process(audio) == number).all()
        fill(plugin, -number, 16)
        assert plugin.wait() is BlockStatus.OK
        assert (plugin.output == -number).all()


def test_views_outlive_the_plugin(null):
    plugin = null(block_size=16)
    fill(plugin, 5, 16)
    plugin.wait()
    source, result = plugin.input, plugin.output
    plugin.close()
    del plugin
    assert (result == 5).all()
    source[:] = 1
    assert source.sum() == 32


def test_views_of_a_dead_booth(null):
    plugin = null(block_size=16, on_crash="bypass")
    source = plugin.input
    source[:] = 4
    os.kill(plugin.pid, signal.SIGKILL)
    statuses = set()
    for _ in range(3):
        if plugin.submit(16):
            statuses.add(plugin.wait())
    assert statuses <= {BlockStatus.OK, BlockStatus.CRASHED}
    assert until(lambda: plugin.error is not None or (plugin.submit(16) and plugin.wait() is BlockStatus.CRASHED))
    assert plugin.submit(16) == 0
    assert plugin.wait() is BlockStatus.NONE
    source[:] = 0
