"""Plugins that die and are brought back by themselves, or are given up; and what their processes may take."""

import asyncio
import gc
import os
import signal
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

from isobooth.client import (
    ArgumentError,
    ArgumentTypeError,
    BlockStatus,
    BoothEnded,
    Crashed,
    GaveUp,
    Late,
    Limits,
    PluginCrashed,
    PluginTimeout,
    RanAway,
    Recovered,
    RestartFailed,
    RestartPolicy,
    load,
    watch,
)
from isobooth.client.policies import History
from tests.support import PATIENCE, is_running, kill, real_plugin, run_python, stop, until

from .conftest import noise
from .loud import CRASHES, EATS, EXITS, HANGS, OPENS, SPINS

SOON = RestartPolicy(most=100, period=60, delay=0.0)


def die(plugin, number=signal.SIGKILL):
    """Kill it and wait until that is noticed."""
    pid = plugin.pid
    os.kill(pid, number)
    assert until(lambda: not is_running(pid))
    assert until(lambda: plugin.pid != pid or plugin.error is not None)


def kinds(plugin):
    return [type(notice) for notice in plugin.take_notices()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_it_comes_back(null, number):
    plugin = null(restart="back-off", on_crash="bypass")
    plugin.state = b"kept"
    pid = plugin.pid
    os.kill(pid, number)
    assert until(lambda: plugin.pid != pid)
    assert plugin.wait_alive(PATIENCE)
    assert plugin.restarts == 1
    assert plugin.error is None
    assert plugin.state == b"kept"
    assert (plugin.process(noise(2, 5000))[:, 480:] == noise(2, 5000)[:, 480:]).all()
    ended, crashed, recovered = plugin.take_notices()
    assert isinstance(ended, BoothEnded)
    assert crashed.error.signal == signal.Signals(number).name
    assert isinstance(recovered, Recovered)
    assert recovered.attempts == 1
    assert recovered.state_age >= 0
    assert recovered.lost == ""


def test_never_is_the_default(null):
    plugin = null()
    die(plugin)
    assert until(lambda: plugin.wait_alive(0) or Crashed in kinds(plugin))
    assert not plugin.wait_alive(PATIENCE)
    with pytest.raises(PluginCrashed):
        plugin.process(noise(2, 10))


def test_once_is_once(null):
    plugin = null(restart="once")
    first = plugin.pid
    os.kill(first, signal.SIGKILL)
    assert until(lambda: plugin.pid != first)
    assert plugin.wait_alive(PATIENCE)
    os.kill(plugin.pid, signal.SIGKILL)
    heard = []
    assert until(lambda: heard.extend(plugin.take_notices()) or isinstance(heard[-1], GaveUp))
    assert heard[-1].attempts == 1
    assert heard[-1].error is plugin.error
    with pytest.raises(PluginCrashed):
        plugin.process(noise(2, 10))
    plugin.restart()
    assert plugin.restarts == 0
    first = plugin.pid
    os.kill(first, signal.SIGKILL)
    assert until(lambda: plugin.pid != first), "a restart by hand counts anew"


def test_what_will_not_load_again_is_given_up(loud, monkeypatch, tmp_path):
    from isobooth.client.warmhost import close_warm_host

    flag = tmp_path / "flag"
    monkeypatch.setenv("LOUD_FAILS", str(flag))
    close_warm_host()  # a new one has the variable
    plugin = loud(restart=RestartPolicy(most=3, period=60, delay=0.01))
    flag.touch()
    kill(plugin.pid)
    heard = []
    assert until(lambda: heard.extend(plugin.take_notices()) or (heard and isinstance(heard[-1], GaveUp)))
    assert [type(one) for one in heard] == [BoothEnded, Crashed, *[RestartFailed] * 3, GaveUp]
    assert "SIGABRT" in str(heard[2].error)
    assert (plugin.process(np.ones((1, 1000), np.float32)) == 1).all()
    close_warm_host()


@pytest.mark.parametrize(("what", "says"), [(CRASHES, "SIGSEGV"), (EXITS, "exit status 0"), (HANGS, "within 0.3 s")])
def test_crash_exit_and_hang(loud, what, says):
    plugin = loud(restart="once", timeout=0.3)
    pid = plugin.pid
    audio = np.ones((1, 640), np.float32)
    assert (plugin.process(audio) == 2).all()
    plugin.parameters.what = what
    wet = plugin.process(audio)
    assert (wet[:, 300:] == 1).all()
    plugin.parameters.what = 0  # else it would do it again
    assert until(lambda: plugin.pid != pid)
    assert plugin.wait_alive(PATIENCE)
    assert until(lambda: plugin.process(audio)[0, -1] == 2)
    crashed = next(one for one in plugin.take_notices() if isinstance(one, Crashed))
    assert says in str(crashed.error)
    assert isinstance(crashed.error, PluginTimeout if what == HANGS else PluginCrashed)


def test_the_function_is_named(loud):
    plugin = loud(on_crash="raise")
    plugin.parameters.what = CRASHES
    with pytest.raises(PluginCrashed, match=r"\(loud_falls\+0x") as caught:
        plugin.process(np.ones((1, 64), np.float32))
    assert caught.value.report.symbol.startswith("loud_falls+0x")
    assert caught.value.phase == "process"


def test_a_hang_block_by_block(loud):
    plugin = loud(restart="once", timeout=0.2)
    pid = plugin.pid
    plugin.parameters.what = HANGS
    for _ in range(1000):
        if plugin.submit():
            plugin.wait(0.01)
        else:
            threading.Event().wait(0.01)
        if plugin.pid != pid or plugin.error is not None:
            break
    plugin.parameters.what = 0
    assert until(lambda: plugin.pid != pid)


def test_close_while_it_comes_back(nothing_left):
    for _ in range(20):
        plugin = load("null:", restart=SOON)
        os.kill(plugin.pid, signal.SIGKILL)
        plugin.wait_notice(PATIENCE)
        plugin.close()


def test_forgotten_while_it_comes_back(nothing_left):
    for _ in range(5):
        plugin = load("null:", restart=SOON)
        gone = weakref.ref(plugin)
        os.kill(plugin.pid, signal.SIGKILL)
        del plugin
        assert until(lambda gone=gone: gc.collect() >= 0 and gone() is None)


@pytest.mark.parametrize("name", ["null:", "amp.so#amp_mono", "ZamComp.clap"])
def test_a_crash_makes_nobody_late(null, name):
    """Others play while one is killed in a loop: none of their blocks is late, none is lost."""
    others = [null(block_size=64), null(block_size=64)]
    if name != "null:":
        file, _, plugin_id = name.partition("#")
        path = real_plugin(file)
        others.append(load(f"{path}#{plugin_id}" if plugin_id else path, block_size=64))
    dying = null(block_size=64, restart=SOON, on_crash="bypass")
    over = threading.Event()

    def murder():
        for _ in range(15):
            pid = dying.pid
            kill(pid)
            if not until(lambda pid=pid: dying.pid != pid) or over.is_set():
                return
        over.set()

    thread = threading.Thread(target=murder)
    thread.start()
    blocks = 0
    while not over.is_set() and thread.is_alive():
        audio = noise(2, 64, blocks)
        dying.process(audio)
        for plugin in others:
            plugin.input[:] = 0.1
            assert plugin.submit()
            assert plugin.wait() == 1
        assert (others[0].process(audio) == audio).all()
        blocks += 1
    over.set()
    thread.join()
    assert dying.restarts == 15
    assert blocks > 10
    assert all(plugin.stats.late == 0 and plugin.is_alive for plugin in others)
    others[-1].close()


# -- limits -----------------------------------------------------------------------------------------------------------


def limits_of(pid):
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:25].strip(): line[26:].split()[0] for line in lines}


def test_limits_are_in_force(null):
    free = limits_of(null().pid)
    assert free["Max core file size"] == "0"
    plugin = null(limits=Limits(memory=1 << 30, descriptors=50, processes=4000, core=None))
    there = limits_of(plugin.pid)
    assert 1 << 30 < int(there["Max address space"]) < 1 << 32
    assert 50 < int(there["Max open files"]) < 200
    assert plugin.process(noise(2, 100)).shape == (2, 100)


@pytest.mark.parametrize(("what", "limits"), [(EATS, Limits(memory=1 << 27)), (OPENS, Limits(descriptors=100))])
def test_what_is_beyond_is_refused(loud, what, limits):
    plugin = loud(on_crash="raise", limits=limits)
    plugin.parameters.what = what
    with pytest.raises(PluginCrashed):
        for _ in range(3):
            plugin.process(np.ones((1, 64), np.float32))
    within = loud(on_crash="raise")
    within.parameters.what = what
    if what == OPENS:
        assert (within.process(np.ones((1, 64), np.float32)) == 2).all()


def test_a_runaway_is_ended(loud, monkeypatch):
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    plugin = loud(limits=Limits(processor=0.05), restart="once")
    pid = plugin.pid
    plugin.process(np.ones((1, 64), np.float32))
    plugin.parameters.what = SPINS
    plugin.process(np.ones((1, 64), np.float32))
    plugin.parameters.what = 0
    heard = []
    assert until(lambda: heard.extend(plugin.take_notices()) or any(isinstance(one, Recovered) for one in heard))
    assert plugin.pid != pid
    away = next(one for one in heard if isinstance(one, RanAway))
    assert away.what == "processor"
    assert away.value > away.limit == 0.05
    crashed = next(one for one in heard if isinstance(one, Crashed))
    assert "took too much: processor" in str(crashed.error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"restart": "always"}, {"restart": True}, {"restart": RestartPolicy(most=-1)}, {"limits": 5},
        {"restart": RestartPolicy(period=float("nan"))}, {"limits": Limits(memory=5)}, {"limits": Limits(core=-1)},
        {"limits": Limits(processes=1.5)}, {"fade": 2}, {"fade": "x"}, {"limits": Limits(processor=0)},
    ],
)  # fmt: skip
def test_wrong_arguments(wrong):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=next(iter(wrong))):
        load("null:", **wrong)


def test_pauses_grow_and_there_is_an_end():
    history = History(RestartPolicy(most=5, period=60, delay=0.1, longest=0.5))
    assert [history.next_delay(100.0) for _ in range(6)] == pytest.approx([0, 0.1, 0.2, 0.4, 0.5, None])
    assert history.next_delay(170.0) == 0
    history.forget()
    assert history.total == 0


def test_the_program_may_end_while_they_come_back():
    code = (
        "import os\nfrom isobooth.client import load, RestartPolicy\n"
        "policy = RestartPolicy(most=1000)\n"
        "plugins = [load('null:', restart=policy) for _ in range(6)]\n"
        "for plugin in plugins:\n    os.kill(plugin.pid, 9)\n"
    )
    for _ in range(3):
        done = run_python(code)
        assert done.returncode == 0
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("what", "limits", "name"),
    [(EATS, Limits(memory=1 << 27), "memory"), (OPENS, Limits(descriptors=100), "descriptors")],
)
def test_what_the_kernel_let_pass_is_seen_all_the_same(loud, monkeypatch, what, limits, name):
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    monkeypatch.setattr(Limits, "settings", lambda _: {})
    plugin = loud(limits=limits)
    plugin.parameters.what = what
    plugin.process(np.ones((1, 64), np.float32))
    heard = []
    assert until(lambda: heard.extend(plugin.take_notices()) or any(isinstance(one, Crashed) for one in heard))
    away = next(one for one in heard if isinstance(one, RanAway))
    assert away.what == name
    assert away.value > away.limit > 0
    error = next(one.error for one in heard if isinstance(one, Crashed))
    assert f"took too much: {name}" in str(error)
    assert plugin.error is error


def test_lateness_is_told_of_and_counted(null):
    """Of the 1st and the 10th block in a row; an event to be awaited like any other."""
    plugin = null(block_size=64, slots=16, on_crash="bypass")
    plugin.process(noise(2, 64))
    stop(plugin.pid)
    for _ in range(12):
        assert plugin.submit()
        assert plugin.wait(0.0) is BlockStatus.LATE
    os.kill(plugin.pid, signal.SIGCONT)
    assert [one.in_a_row for one in plugin.take_notices() if isinstance(one, Late)] == [1, 10]
    assert plugin.stats.late == 12
    assert plugin.stats.missed == 12 * 64
    assert until(lambda: plugin.submit() and plugin.wait() is BlockStatus.OK)
    stop(plugin.pid)
    assert plugin.submit()
    assert plugin.wait(0.0) is BlockStatus.LATE
    os.kill(plugin.pid, signal.SIGCONT)
    assert [one.in_a_row for one in plugin.take_notices() if isinstance(one, Late)] == [1], "it counts anew"


def test_everything_can_be_awaited(loud):
    """Late, RanAway and the rest come to await next_notice() in the order in which they happen."""
    plugin = loud(restart="once")

    async def hear():
        heard = []
        plugin.parameters.what = EXITS
        plugin.process(np.ones((1, 64), np.float32))
        plugin.parameters.what = 0
        while not any(isinstance(one, Recovered) for one in heard):
            heard.append(await asyncio.wait_for(plugin.next_notice(), PATIENCE))
        return heard

    heard = asyncio.run(hear())
    order = [type(one) for one in heard if isinstance(one, (BoothEnded, Crashed, Recovered))]
    assert order == [BoothEnded, Crashed, Recovered]
    crashed = next(one for one in heard if isinstance(one, Crashed))
    assert crashed.error.report.exit_status == 0
    assert crashed.error.signal == ""
