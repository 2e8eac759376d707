"""Real plugins of every format that are killed and brought back by themselves: each is what it was."""

import os
import signal
import sys

import numpy as np
import pytest

from isobooth.client import BlockStatus, NoteOn, ParamValue, Recovered, RestartPolicy, Transport, load
from isobooth.client._core import ffi, lib
from tests.support import PATIENCE, ROOT, kill, real_plugin, until

from .conftest import noise

sys.path.append(str(ROOT / "packages" / "host" / "tests"))
from wclap_modules import built

ALWAYS = RestartPolicy(most=1000, delay=0.0)
PLUGINS = (
    *("ZamDelay.clap", "DragonflyRoomReverb.clap", "ZamComp.vst3", "ZamDelay.lv2", "eg-amp.lv2"),
    *("ZamComp-vst.so", "sc4_1882.so", "clap_echo.wasm"),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A function that loads a real plugin, or one of our own compiled to WebAssembly."""

    def make(name, **options):
        if name.endswith(".wasm"):
            path = built(name.removesuffix(".wasm"), tmp_path_factory.mktemp("wclap"))
        else:
            path = real_plugin(name)
        return load(path, on_crash="bypass", restart=ALWAYS, block_size=64, **options)

    return make


def die(plugin):
    """Kill it; returns what is told when the next one is there."""
    pid = plugin.pid
    plugin.take_notices()
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: plugin.pid != pid)
    assert plugin.wait_alive(PATIENCE)
    return next(one for one in plugin.take_notices() if isinstance(one, Recovered))


def twist(plugin, part):
    """Set some parameters to values that they are not at."""
    found = [one for one in plugin.parameters.values() if not one.is_output and not one.info.is_bypass]
    found = [one for one in found if "program" not in one.name.lower() and one.range[0] < one.range[1]]
    for number, one in enumerate(found):
        if number % 2 == part:
            low, high = one.range
            one.value = low + (high - low) * (0.25 if part else 0.75)
    plugin.process(frames=640)


def heard(plugin):
    plugin.refresh_values()
    return {one.id: one.value for one in plugin.parameters.values() if not one.is_output}


def same(values, others):
    return values.keys() == others.keys() and np.allclose(
        list(values.values()), [others[key] for key in values], rtol=1e-5, atol=1e-6
    )


def song_of(plugin):
    song = ffi.new("struct ib_transport *")
    assert lib.ib_stream_get_transport(plugin._player.stream.pointer, song)
    return song.position_samples, song.position_beats


@pytest.mark.parametrize("name", PLUGINS)
def test_it_is_what_it_was(loaded, name):
    with loaded(name) as plugin:
        twist(plugin, 0)
        state = plugin.state if plugin.descriptor.has_state else b""
        twist(plugin, 1)  # after the state was read
        plugin.bypass = True
        plugin.process(frames=64, transport=Transport(tempo=97, position_beats=8.0, playing=True))
        values, buses, song = heard(plugin), plugin.buses, song_of(plugin)
        told = die(plugin)
        assert song_of(plugin) == song
        plugin.process(frames=640)
        assert song_of(plugin)[0] == song[0] + 640
        assert same(heard(plugin), values)
        assert plugin.bypass
        assert [(bus.direction, bus.channels) for bus in plugin.buses] == [(b.direction, b.channels) for b in buses]
        assert told.parameters > 0 or len(values) == 1
        assert (told.state_age is not None) == bool(state)


@pytest.mark.parametrize("name", PLUGINS)
def test_what_it_plays_is_what_it_played(loaded, name):
    with loaded(name) as plugin:
        twist(plugin, 0)
        twist(plugin, 1)
        channels = next((bus.channels for bus in plugin.buses if bus.direction == "input"), 0)
        dry = noise(channels, 6000)
        if plugin.descriptor.has_state:
            state = plugin.state
            with loaded(name) as twin:
                twin.state = state
                expected, again = twin.render(dry), twin.render(dry)
            die(plugin)
            wet = plugin.render(dry)
            if np.array_equal(expected, again):
                assert np.array_equal(wet, expected, equal_nan=True)
        else:
            die(plugin)


@pytest.mark.parametrize("name", PLUGINS)
def test_what_waits_for_it_reaches_it(loaded, name):
    """Parameters set and automated while it is dead."""
    with loaded(name) as plugin:
        found = [one for one in plugin.parameters.values() if not one.is_output and one.range[0] < one.range[1]]
        found = [one for one in found if "program" not in one.name.lower() and not one.info.is_bypass]
        first, last = found[0], found[-1]
        plugin.process(frames=64)
        pid = plugin.pid
        kill(pid)
        assert until(lambda: plugin.error is not None or plugin.pid != pid)
        first.value = first.range[1]
        plugin.submit(64, events=[ParamValue(last.id, last.range[0], time=5), NoteOn(60, time=1)])
        assert plugin.wait() in {BlockStatus.CRASHED, BlockStatus.OK}
        assert until(lambda: plugin.pid != pid)
        assert plugin.wait_alive(PATIENCE)
        plugin.process(frames=64)
        values = heard(plugin)
        assert values[last.id] == pytest.approx(last.range[0], rel=1e-5, abs=1e-6)
        if first is not last:
            assert values[first.id] == pytest.approx(first.range[1], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", ["ZamDelay.lv2", "mda.lv2"])
def test_a_preset_is_there_again(name):
    path = real_plugin(name)
    locator = f"{path}#http://drobilla.net/plugins/mda/EPiano" if name == "mda.lv2" else path
    with load(locator, on_crash="bypass", restart=ALWAYS, block_size=64) as plugin:
        plugin.load_preset(plugin.presets[-1].name)
        plugin.process(frames=64)
        values = heard(plugin)
        die(plugin)
        plugin.process(frames=64)
        assert same(heard(plugin), values)
