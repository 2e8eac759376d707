"""What a plugin that was brought back has, and what it has lost; and what becomes of blocks meanwhile."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from isobooth.client import BlockStatus, Crashed, NoteOn, PluginCrashed, Recovered, TrackInfo, Transport, keeper, load
from isobooth.client._core import ffi, lib
from tests.support import kill, real_plugin, until

from .conftest import noise


def die(plugin):
    """Kill it; returns when the next one is there."""
    pid = plugin.pid
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: plugin.pid != pid)
    assert plugin.wait_alive()


def recovered(plugin):
    return [one for one in plugin.take_notices() if isinstance(one, Recovered)][-1]


def test_parameters_set_before_and_meanwhile():
    amp = f"{real_plugin('amp.so')}#amp_mono"
    with load(amp, restart="back-off", on_crash="bypass", fade=0) as plugin:
        ones = np.ones((1, 64), np.float32)
        plugin.parameters.gain = 3
        assert (plugin.process(ones) == 3).all()
        die(plugin)
        assert recovered(plugin).parameters == 1
        assert (plugin.process(ones) == 3).all()
        pid = plugin.pid
        kill(pid)
        plugin.parameters.gain = 5  # whether it is dead by now or not
        assert until(lambda: plugin.pid != pid)
        assert (plugin.process(ones) == 5).all()
        assert plugin.parameters.gain.value == 5


def test_everything_at_once(null):
    plugin = null(restart="back-off", on_crash="bypass", block_size=64, inputs=3, outputs=3)
    plugin.state = b"kept"
    plugin.bypass = True
    for _ in range(3):
        die(plugin)
        assert [bus.channels for bus in plugin.buses] == [3, 3]
        assert plugin.bypass
        assert plugin.state == b"kept"
        assert (plugin.process(noise(3, 5000)) == noise(3, 5000)).all()


def test_the_song_goes_on(null):
    """The position after a death is what it would have been without."""
    plugins = [null(restart="back-off", on_crash="bypass", block_size=64) for _ in range(2)]
    dying = plugins[0]
    for plugin in plugins:
        plugin.process(noise(2, 4800), transport=Transport(tempo=120, position_beats=0.0, playing=True))
    pid = dying.pid
    kill(pid)
    for frames in (64, 1000, 100):
        for plugin in plugins:
            plugin.process(noise(2, frames))
    assert until(lambda: dying.pid != pid)
    places = []
    for plugin in plugins:
        plugin.process(noise(2, 640))
        song = ffi.new("struct ib_transport *")
        stream = plugin._player.stream
        assert lib.ib_stream_get_transport(stream.pointer, song)
        places.append((song.position_samples, song.position_beats, stream.report().steady_time))
    assert places[0][0] == places[1][0]
    assert places[0][1] == pytest.approx(places[1][1])
    assert places[0][2] == places[1][2]


def test_what_waits_for_the_next_block_is_not_lost(null):
    plugin = null(restart="back-off", on_crash="bypass", block_size=64, event_bytes=64)
    plugin.submit(64, events=[NoteOn(60 + number, time=0) for number in range(8)])
    plugin.wait()
    waiting = list(plugin._player.outgoing.pending)
    assert waiting
    die(plugin)
    assert plugin._player.outgoing.pending == waiting


def test_blocks_go_on_meanwhile(null):
    """A loop of submit and wait never stops: no 0, no exception, and every block in order."""
    plugin = null(restart="back-off", on_crash="bypass", fade=0, block_size=64, slots=3)
    sent = came = 0
    pid, statuses = plugin.pid, set()
    waiting = []
    while sent < 4000 and plugin.restarts < 3:
        plugin.input[:] = sent
        assert plugin.submit()
        waiting.append(sent)
        sent += 1
        if len(waiting) == 2:
            statuses.add(plugin.wait())
            assert (plugin.output == waiting.pop(0)).all()
            came += 1
        if sent % 20 == 0 and plugin.is_alive:
            kill(plugin.pid)
        time.sleep(0.0005)
    assert plugin.pid != pid
    assert statuses == {BlockStatus.OK, BlockStatus.CRASHED}


def test_an_input_that_is_kept_is_kept_in_use(null):
    """Whoever never asks for ``input`` again is heard all the same."""
    plugin = null(restart="back-off", on_crash="silence", fade=0, block_size=64, slots=1)
    kept = plugin.input
    for number in range(1, 400):
        kept[:] = number
        assert plugin.submit()
        if plugin.wait() is BlockStatus.OK:
            assert (plugin.output == number).all()
        if number in {50, 200}:
            die(plugin)


def test_raise_raises_only_meanwhile(null):
    plugin = null(restart="back-off")
    pid = plugin.pid
    kill(pid)
    assert until(lambda: plugin.pid != pid or plugin.error is not None)
    while plugin.pid == pid:
        with pytest.raises(PluginCrashed):
            plugin.process(noise(2, 5000))
            if plugin.pid != pid:
                raise PluginCrashed(plugin.take_notices()[1].error.report)
    assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()


def test_a_snapshot_is_taken_when_it_marks_itself_dirty(null, monkeypatch):
    monkeypatch.setattr(keeper, "SETTLE_SECONDS", 0.01)
    plugin = null(restart="back-off")
    plugin.state = b"first"
    plugin._memory.state = b"old"
    plugin._note_dirty()
    assert until(lambda: plugin._memory.state == b"first")
    die(plugin)
    assert plugin.state == b"first"
    assert recovered(plugin).lost == ""


def test_what_was_lost_is_said(null):
    plugin = null(restart="back-off")
    plugin.state = b"first"
    plugin._keeper.is_dirty = True
    die(plugin)
    assert "since the state of" in recovered(plugin).lost


def test_a_snapshot_delays_no_block(null):
    """While the keeper saves, blocks are played: it does not hold what they need."""
    plugin = null(restart="back-off")
    plugin.state = bytes(50 << 20)
    saver = threading.Thread(target=plugin._take_snapshot)
    saver.start()
    blocks = 0
    while saver.is_alive():
        plugin.process(noise(2, 64))
        blocks += 1
    assert blocks > 0


def test_told_of_its_track_again():
    with load(real_plugin("ZamComp.clap"), restart="back-off") as plugin:
        plugin.parameters.threshold = -33
        state = plugin.state
        plugin.track = TrackInfo(name="Drums")
        plugin.process(np.zeros((plugin.buses[0].channels, 64), np.float32))
        die(plugin)
        assert plugin.state == state
        assert plugin.parameters.threshold.value == pytest.approx(-33, abs=0.1)
        assert plugin.track.name == "Drums"


def test_the_report_is_told_before_the_return(null):
    plugin = null(restart="back-off")
    die(plugin)
    names = [type(one) for one in plugin.take_notices()]
    assert names.index(Crashed) < names.index(Recovered)
