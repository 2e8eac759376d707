"""Several threads, forked processes and Ctrl-C: what a plugin's owner may do to it at any moment."""

import gc
import os
import signal
import threading
import time

import numpy as np
import pytest

from isobooth.client import IsoboothError, PluginClosed, load
from isobooth.client.warmhost import warm_host
from tests.support import in_threads, is_running, stop


def noise(channels, frames, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


def test_eight_threads_on_one_plugin(null):
    plugin = null(block_size=64, slots=4)

    def work(number):
        for turn in range(200):
            audio = np.full((2, 1 + (turn * 7 + number) % 200), number * 1000 + turn, np.float32)
            assert (plugin.process(audio) == audio).all()
            if turn % 50 == 0:
                assert plugin.state == b""
        return True

    assert all(in_threads(8, work))


def test_eight_threads_on_eight_plugins(nothing_left):
    def work(number):
        with load("null:", block_size=64) as plugin:
            plugin.state = bytes([number])
            for turn in range(200):
                audio = noise(2, 300, number * 1000 + turn)
                assert (plugin.process(audio) == audio).all()
            return plugin.state == bytes([number])

    assert all(in_threads(8, work))


def test_loading_and_closing_in_eight_threads(nothing_left):
    def work(number):
        for _ in range(6):
            with load("null:", inputs=number + 1, outputs=number + 1) as plugin:
                assert plugin.process(np.ones((number + 1, 10), np.float32)).shape == (number + 1, 10)
        return True

    assert all(in_threads(8, work))


def test_closing_while_others_use_it(nothing_left):
    plugin = load("null:", block_size=64)
    audio = noise(2, 1000)

    def work(number):
        if number == 0:
            time.sleep(0.05)
            plugin.close()
            return
        with pytest.raises(PluginClosed):
            while True:
                plugin.process(audio)

    in_threads(4, work)


# -- fork -------------------------------------------------------------------------------------------------------------


def in_child(work):
    """Run ``work`` in a forked child; what it returned, or raised, as text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            text = repr(work())
        except BaseException as error:  # noqa: BLE001
            text = f"{type(error).__name__}: {error}"
        os.write(write, text.encode()[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    assert os.waitpid(pid, 0)[1] == 0
    return text


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
class TestFork:
    def test_a_child_is_refused(self, null):
        plugin = null()
        plugin.process(noise(2, 10))
        calls = [
            lambda: plugin.process(noise(2, 10)),
            lambda: plugin.process(noise(2, 5000)),
            plugin.submit,
            plugin.wait,
            lambda: plugin.input,
            lambda: plugin.state,
            plugin.reset,
            plugin.restart,
        ]
        for call in calls:
            assert in_child(call).startswith("PluginClosed: Pass Through belongs to process")
        assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()

    @pytest.mark.parametrize("what", ["close", "forget", "exit"])
    def test_a_child_does_not_disturb(self, null, what):
        plugin = null(timeout=60)
        plugin.process(noise(2, 10))

        def work():
            nonlocal plugin
            if what == "close":
                plugin.close()
            elif what == "forget":
                plugin = None
                gc.collect()
            return "done"

        assert in_child(work) == "'done'"
        assert plugin.is_alive
        assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()
        # the watcher still sees the end at once: a call in progress does not wait for its deadline
        stop(plugin.pid)
        threading.Timer(0.2, os.kill, (plugin.pid, signal.SIGKILL)).start()
        with pytest.raises(IsoboothError, match="SIGKILL"):
            plugin.process(noise(2, 5000))

    def test_a_child_loads_its_own(self, null):
        plugin = null()

        def work():
            with load("null:") as own:
                own.process(noise(2, 5000))
                pid = own.pid
            return (pid != plugin.pid, is_running(pid))

        assert in_child(work) == "(True, False)"
        assert (plugin.process(noise(2, 5000)) == noise(2, 5000)).all()

    def test_forking_while_threads_play(self, null):
        plugins = [null(block_size=32) for _ in range(3)]
        stop = threading.Event()

        def work(number):
            if number < 3:
                while not stop.is_set():
                    assert (plugins[number].process(noise(2, 100)) == noise(2, 100)).all()
                return
            try:
                for _ in range(10):
                    text = in_child(lambda: [plugin.close() for plugin in plugins])
                    assert text == "[None, None, None]"
            finally:
                stop.set()

        in_threads(4, work)


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c():
    """A function that sends SIGINT to this process in a moment."""
    timers = []

    def later(seconds=0.3):
        timers.append(threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)))
        timers[-1].start()

    yield later
    for timer in timers:
        timer.join()


@pytest.mark.parametrize("frames", [10, 5000, 0])
def test_ctrl_c_in_a_hanging_call(null, ctrl_c, frames):
    plugin = null(block_size=64, slots=2, timeout=600)
    stop(plugin.pid)
    ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        plugin.process(noise(2, frames)) if frames else plugin.reset()
    os.kill(plugin.pid, signal.SIGCONT)
    for turn in range(20):
        assert (plugin.process(noise(2, 10, turn)) == noise(2, 10, turn)).all()
        assert (plugin.process(noise(2, 700, turn)) == noise(2, 700, turn)).all()


def test_ctrl_c_in_wait(null, ctrl_c):
    plugin = null(timeout=600)
    stop(plugin.pid)
    plugin.input[:] = 3
    plugin.submit()
    ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        plugin.wait()
    os.kill(plugin.pid, signal.SIGCONT)
    assert plugin.wait() == 1
    assert (plugin.output == 3).all()


def test_ctrl_c_in_a_request(null, ctrl_c):
    plugin = null(timeout=600)
    stop(plugin.pid)
    ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        plugin.refresh_values()
    os.kill(plugin.pid, signal.SIGCONT)
    assert plugin.state == b""


def test_ctrl_c_in_a_long_call(null, ctrl_c):
    plugin = null(block_size=16)
    audio = noise(2, 1000)
    ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        while True:
            plugin.process(audio)
    assert (plugin.process(audio) == audio).all()


def test_ctrl_c_is_not_for_the_booth(null):
    plugin = null()
    os.kill(plugin.pid, signal.SIGINT)
    os.kill(warm_host()._process.pid, signal.SIGINT)
    assert (plugin.process(noise(2, 10)) == noise(2, 10)).all()
    assert null().is_alive


def test_ctrl_c_while_loading(nothing_left, ctrl_c, tmp_path, monkeypatch):
    from isobooth.client import warmhost

    program = tmp_path / "sleepy-host"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    held, warmhost._current = warmhost._current, None
    monkeypatch.setenv("ISOBOOTH_HOST", str(program))
    ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        load("null:")
    warmhost._current = held
