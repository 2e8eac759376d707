"""CLAP plugins that change themselves while they are played, each in a booth: nothing is lost and nothing waits."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import BlockStatus, ParamValue, PluginCrashed, load
from isobooth.protocol import get_include
from tests.support import ROOT, compile_plugin, until

SOURCES = ROOT / "packages" / "host" / "tests" / "plugins"
HOST = ROOT / "packages" / "host" / "src" / "isobooth" / "host"
FRAMES = 64
LATENCY, CALLBACK, TAIL, SET_BY_PLUGIN, VALUES, EXTRA, NAMES, BUSES = 1, 2, 6, 43, 45, 46, 48, 20
AGAIN, VAIN, LAST = 21, 22, 23
EARLY = "[misbehaving] it asked for a host extension before init()"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")

    def get(name: str) -> Path:
        target = folder / f"{name}.clap"
        if not target.exists():
            wide = ["-DWIDE"] if name == "clap_wide" else []
            flags = ["-D_GNU_SOURCE", *(f"-I{path}" for path in (SOURCES, HOST, get_include())), *wide]
            source = "clap_echo" if name == "clap_wide" else name
            compile_plugin((SOURCES / f"{source}.c").read_text(encoding="utf-8"), target, *flags)
        return target

    return get


@pytest.fixture
def asks(plugins):
    with load(plugins("clap_asks"), block_size=FRAMES) as plugin:
        yield plugin


def ask(plugin, what, frames=FRAMES):
    return plugin.process(None, frames=frames, events=[ParamValue("Ask", float(what))])


def now(plugin, name):
    """What a parameter is, read from the plugin."""
    plugin.refresh_values()
    return plugin.parameters[name].value


def test_everything_is_asked_for_while_arrays_are_played(asks):
    seen, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            seen.append((asks.latency, asks.tail, len(asks.parameters), asks.parameters["Own"].value))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for turn in range(40):
            for what in (CALLBACK, TAIL, SET_BY_PLUGIN, VALUES, EXTRA, NAMES):
                out = ask(asks, what, FRAMES * 5 + turn)
                assert out.shape == (2, FRAMES * 5 + turn)
                assert (out == 0.5).all()
    finally:
        stop.set()
        reader.join()
    # the plugin remembers one wish at a time: what it was asked for last is what its main thread did
    ask(asks, EXTRA)
    assert until(lambda: "Extra" in [p.name for p in asks.parameters.values()])
    ask(asks, SET_BY_PLUGIN)
    assert until(lambda: asks.parameters["Own"].value == 0.5)
    assert asks.tail == 4800
    assert seen


def test_a_storm_of_restarts_is_bounded_and_each_that_is_done_brings_its_latency(asks):
    for _ in range(60):
        assert (ask(asks, LATENCY) == 0.5).all()
    ask(asks, 0)
    assert until(lambda: asks.latency > 0 and asks.latency % 64 == 0)
    assert asks.latency <= 64 * 60


def test_the_last_of_too_many_restarts_is_done_a_second_later(asks):
    for _ in range(15):
        ask(asks, LATENCY)
    assert until(lambda: asks.latency == 64 * 11)
    assert "this one is done a second later" in str(asks.log)


def test_a_restart_that_activate_asks_for_is_done(asks):
    ask(asks, AGAIN)
    assert until(lambda: asks.latency == 64 * 4)
    assert (ask(asks, 0) == 0.5).all()
    assert "[misbehaving]" not in str(asks.log).replace(EARLY, "")


def test_a_rescan_in_vain_with_every_activation_is_bounded(asks):
    ask(asks, VAIN)
    assert until(lambda: "more than 10 restarts in a second" in str(asks.log))
    assert (ask(asks, 0) == 0.5).all()


def test_what_a_plugin_asks_for_at_its_end_is_left(plugins):
    with load(plugins("clap_asks"), block_size=FRAMES) as plugin:
        ask(plugin, LAST)
    assert "Traceback" not in str(plugin.log)
    assert plugin._connection.booth.exit_status == 0


def test_other_channels_come_with_the_next_array(asks):
    assert ask(asks, BUSES).shape[0] == 2
    assert until(lambda: ask(asks, 0).shape[0] == 3)
    for turn in range(4, 7):
        ask(asks, BUSES)
        assert until(lambda turn=turn: ask(asks, 0).shape[0] == turn)
        assert (ask(asks, 0) == 0.5).all()


def test_restarts_and_rescans_between_blocks_that_are_in_flight(asks):
    asked = [LATENCY, 0, CALLBACK, SET_BY_PLUGIN, 0, VALUES, NAMES, 0]
    waited = 0
    for turn in range(40):
        while not asks.submit(FRAMES, events=[ParamValue("Ask", float(asked[turn % len(asked)]))]):
            assert asks.wait(10.0) is BlockStatus.OK
            assert (asks.output[:, :FRAMES] == 0.5).all()
            waited += 1
    while (status := asks.wait(10.0)) is not BlockStatus.NONE:
        assert status is BlockStatus.OK
        waited += 1
    assert waited == 40
    assert until(lambda: asks.latency >= 64)
    assert asks.submit(FRAMES, events=[ParamValue("Ask", float(EXTRA))])
    assert asks.wait(10.0) is BlockStatus.OK
    assert until(lambda: "Extra" in [p.name for p in asks.parameters.values()])


# -- clap_rests --------------------------------------------------------------------------------------------------------


def test_a_timer_of_a_millisecond_changes_no_sample(plugins):
    noise = np.random.default_rng(3).standard_normal((2, 48000)).astype(np.float32)
    heard = []
    for fail in (0.0, 5.0):  # 5: with a timer
        with load(plugins("clap_rests"), block_size=FRAMES) as plugin:
            plugin.parameters["Fail"].value = fail
            heard.append(plugin.process(noise))
            assert until(lambda plugin=plugin, fail=fail: not fail or now(plugin, "Ticks") > 50)
            heard.append(plugin.process(noise))
    assert (heard[0] == heard[2]).all()
    assert (heard[1] == heard[3]).all()


def test_a_block_that_fails_is_silent_and_its_neighbours_are_heard(plugins):
    with load(plugins("clap_rests"), block_size=FRAMES, on_crash="silence") as plugin:
        plugin.parameters["Fail"].value = 4.0
        plugin.parameters["Level"].value = 0.25
        audio = np.zeros((2, 16 * FRAMES), np.float32)
        plugin.process(audio)
        audio[:, 5 * FRAMES] = 3.0  # at which it fails
        out = plugin.process(audio)[0].reshape(16, FRAMES)
        assert np.flatnonzero((out == 0).all(axis=1)).tolist() == [5]
        assert (out[[0, 1, 2, 3, 4, 7, 15]] == 0.25).all()


def test_float64_is_for_those_that_prefer_it(plugins):
    fine = np.random.default_rng(5).standard_normal((3, 3000)) * (1 + 1e-12)
    for name, precision, is_exact in (
        ("clap_echo", "auto", False),
        ("clap_echo", "float64", True),
        ("clap_wide", "auto", True),
        ("clap_wide", "float32", False),
    ):
        with load(plugins(name), block_size=FRAMES, precision=precision) as plugin:
            out = plugin.process(fine, outputs="all")
            assert out.dtype == np.float64
            assert (out == fine).all() == is_exact
            assert np.allclose(out, fine, rtol=1e-6)
            narrow = fine.astype(np.float32)
            assert (plugin.process(narrow, outputs="all") == narrow).all()


def test_in_place_gives_the_same_samples(plugins):
    noise = np.random.default_rng(6).standard_normal((3, 3000)).astype(np.float32)
    given = noise.copy()
    events = [ParamValue("Gain", -6.0, time=1000)]
    with load(plugins("clap_echo"), block_size=FRAMES) as apart, load(plugins("clap_echo"), in_place=True) as together:
        assert (apart.process(given, events=events) == together.process(given, events=events)).all()
        assert (given == noise).all()


def test_a_plugin_that_sleeps_costs_no_call(plugins):
    with load(plugins("clap_rests"), block_size=FRAMES) as plugin:
        silence = np.zeros((2, 100 * FRAMES), np.float32)
        plugin.process(silence, events=[ParamValue("Status", 4.0)])
        assert now(plugin, "Calls") == 1
        click = silence.copy()
        click[:, 10 * FRAMES] = 1.0
        out = plugin.process(click, events=[ParamValue("Status", 3.0)])
        assert np.flatnonzero(out[0]).tolist() == [10 * FRAMES + 100]


def test_a_crash_in_the_thread_pool_is_one_in_process(plugins):
    with load(plugins("clap_rests"), block_size=FRAMES) as plugin:
        with pytest.raises(PluginCrashed) as caught:
            plugin.process(
                np.zeros((2, FRAMES), np.float32), events=[ParamValue("Fail", 3.0), ParamValue("Tasks", 1000.0)]
            )
        assert caught.value.report.phase == "process"
        assert "clap_rests" in caught.value.report.library
