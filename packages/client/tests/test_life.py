"""Closing, forgetting, copying, running out of descriptors: what a plugin's owner may do to it."""

import contextlib
import copy
import gc
import os
import pickle
import signal
import threading

import numpy as np
import pytest

from isobooth.client import HostFailed, IsoboothError, PluginClosed, PluginLoadError, StateError, load
from isobooth.client.warmhost import warm_host
from tests.support import (
    descriptors,
    in_threads,
    is_running,
    run_python,
    segments_of,
    stop,
    until,
)


def noise(channels, frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


def test_close_leaves_nothing(nothing_left):
    for _ in range(3):
        plugin = load("null:")
        pid = plugin.pid
        plugin.process(noise(2, 3000))
        plugin.close()
        assert not is_running(pid)
    assert not segments_of(os.getpid())


def test_nothing_is_in_shm_once_loaded(null):
    null()
    assert not segments_of(os.getpid())


def test_forgetting_ends_the_booth(nothing_left):
    plugin = load("null:")
    pid = plugin.pid
    plugin.process(noise(2, 3000))
    del plugin
    gc.collect()
    assert until(lambda: not is_running(pid))


def test_forgetting_many_from_threads(nothing_left):
    def work(number):
        for _ in range(5):
            plugin = load("null:", block_size=64)
            plugin.process(noise(2, 100, number))
            del plugin
            gc.collect()

    in_threads(6, work)


def test_forgetting_inside_the_reactor(nothing_left):
    """The collector may run on any thread, the reactor's too."""
    from isobooth.client.reactor import reactor

    read, write = os.pipe()
    box = [load("null:")]
    pid = box[0].pid
    done = threading.Event()

    def on_readable():
        os.read(read, 1)
        box.clear()
        gc.collect()
        done.set()

    reactor().add(read, on_readable)
    os.write(write, b"x")
    assert done.wait(20)
    assert until(lambda: not is_running(pid))
    reactor().remove(read)
    os.close(read)
    os.close(write)
    with load("null:") as other:
        assert other.state == b""


def test_a_failing_listener_makes_nobody_deaf(null, monkeypatch):
    from isobooth.client.reactor import reactor

    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    read, write = os.pipe()

    def on_readable():
        reactor().remove(read)
        raise ZeroDivisionError

    reactor().add(read, on_readable)
    os.write(write, b"x")
    assert until(lambda: told)
    os.close(read)
    os.close(write)
    assert null().state == b""


EXITS = {
    "no close": "",
    "close": "plugin.close()",
    "a daemon thread in process": "threading.Thread(target=forever, daemon=True).start()",
    "in flight": "plugin.submit(8)",
    "sys.exit": "sys.exit(0)",
    "views": "view = plugin.input; out = plugin.output",
}


@pytest.mark.parametrize("end", EXITS)
def test_the_interpreters_end(end):
    code = f"""
import sys, threading, numpy as np
from isobooth.client import load
plugin = load("null:")
audio = np.zeros((2, 3000), np.float32)
plugin.process(audio)
def forever():
    while True:
        plugin.process(audio)
print(plugin.pid, flush=True)
{EXITS[end]}
"""
    done = run_python("import warnings; warnings.simplefilter('error')\n" + code, PYTHONDEVMODE="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert until(lambda: not is_running(int(done.stdout)))


def test_the_interpreters_end_with_many():
    code = """
from isobooth.client import load
plugins = [load("null:") for _ in range(8)]
print(*[plugin.pid for plugin in plugins], flush=True)
1 / 0
"""
    done = run_python(code)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    for pid in done.stdout.split():
        assert until(lambda pid=pid: not is_running(int(pid)))


# -- state and copies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 5_000_000])
def test_state_of_any_size(null, size):
    data = np.random.default_rng(size).bytes(size)
    plugin = null()
    plugin.state = data
    assert plugin.state == data
    plugin.restart()
    assert plugin.state == data


def test_a_hundred_megabytes_of_state(null):
    data = bytes(np.random.default_rng(0).bytes(1 << 20)) * 100
    plugin = null()
    plugin.state = memoryview(data)
    assert plugin.state == data
    plugin.close()


def test_audio_flows_while_the_state_travels(null):
    plugin, other = null(), null()
    data = bytes(50 << 20)
    audio = noise(2, 512)

    def work(number):
        if number == 0:
            plugin.state = data
            return plugin.state == data
        return all((other.process(audio) == audio).all() for _ in range(2000))

    assert in_threads(2, work) == [True, True]


@pytest.mark.parametrize("wrong", ["text", 5, None, [1, 2]])
def test_what_is_no_state(null, wrong):
    plugin = null()
    plugin.state = b"before"
    with pytest.raises(StateError):
        plugin.state = wrong
    assert plugin.state == b"before"


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda plugin: pickle.loads(pickle.dumps(plugin))])
def test_copies_have_a_booth_of_their_own(null, how):
    plugin = null(block_size=100, sample_rate=44100, inputs=3, outputs=3)
    plugin.state = b"something"
    with how(plugin) as other:
        assert other.pid != plugin.pid
        assert other.state == b"something"
        assert (other.sample_rate, other.block_size) == (44100, 100)
        other.state = b"else"
        assert plugin.state == b"something"
        assert (other.process(noise(3, 50)) == noise(3, 50)).all()


@pytest.mark.parametrize("error", [
    PluginLoadError("m", path="p", plugin_id="i", tried=["a"], cause="c", hint="h"), PluginClosed("closed"),
    IsoboothError("x"),
])  # fmt: skip
def test_errors_can_be_pickled(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


# -- without means ----------------------------------------------------------------------------------------------------


def test_without_descriptors(nothing_left):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(descriptors()) + 1
    try:
        for spare in range(12):
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + spare, hard))
            with contextlib.suppress(IsoboothError, OSError):
                load("null:").close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    load("null:").close()


def test_a_thousand_descriptors_are_open(null):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3000:
        pytest.skip("the limit of descriptors cannot be raised")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        plugin = null()
        assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()
        os.kill(plugin.pid, signal.SIGKILL)
        with pytest.raises(IsoboothError, match="SIGKILL"):
            plugin.process(noise(2, 5000))
        plugin.restart()
        plugin.close()
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# -- the warm host ----------------------------------------------------------------------------------------------------


def test_the_warm_host_dies(null):
    before = null()
    warm = warm_host()
    os.kill(warm._process.pid, signal.SIGKILL)
    assert until(lambda: not warm.is_alive)
    assert (before.process(noise(2, 5000)) == noise(2, 5000)).all()
    after = null()
    assert warm_host() is not warm
    assert (after.process(noise(2, 5000)) == noise(2, 5000)).all()
    pid = before.pid
    before.restart()
    assert until(lambda: not is_running(pid))
    assert before.state == b""


def test_the_warm_host_dies_and_then_a_booth(null):
    plugin = null()
    warm = warm_host()
    os.kill(warm._process.pid, signal.SIGKILL)
    assert until(lambda: not warm.is_alive)
    os.kill(plugin.pid, signal.SIGKILL)
    with pytest.raises(IsoboothError):
        while True:
            plugin.process(noise(2, 5000))
    plugin.restart()
    assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()


def test_a_warm_host_that_does_not_wake_up_is_replaced(null, monkeypatch):
    from isobooth.client import warmhost

    monkeypatch.setattr(warmhost, "START_SECONDS", 0.3)
    monkeypatch.setattr(warmhost.WarmHost, "wake", lambda _: None)
    plugin = null()
    before = warm_host()
    stop(before._process.pid)
    with pytest.raises(HostFailed, match=r"0\.3 s"):
        load("null:")
    assert (plugin.process(noise(2, 500)) == noise(2, 500)).all()
    monkeypatch.undo()
    load("null:").close()
    assert warm_host() is not before
    assert (plugin.process(noise(2, 500)) == noise(2, 500)).all()
