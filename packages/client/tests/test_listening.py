"""Callbacks and asyncio: what happens to a plugin, where a program wants to hear of it."""

import asyncio
import threading

import pytest

from isobooth.client import ArgumentTypeError, BoothEnded, Crashed, PluginClosed, Recovered, load
from tests.support import PATIENCE, kill, until


def test_a_listener_hears_everything_in_order_on_a_thread_of_ours(null):
    plugin = null(restart="back-off")
    heard, threads = [], set()

    def listener(notice):
        heard.append(type(notice))
        threads.add(threading.current_thread().name)

    plugin.listen(listener)
    kill(plugin.pid)
    assert until(lambda: len(heard) == 3)
    assert heard == [BoothEnded, Crashed, Recovered]
    assert threads == {"isobooth-listener"}
    assert [type(one) for one in plugin.take_notices()] == heard, "the queue has them as well"


def test_a_listener_that_fails_is_reported_and_called_again(null, monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: reported.append(arguments.exc_value))
    plugin = null(restart="back-off")
    heard = []

    def fails(_):
        raise ValueError("no")

    plugin.listen(fails)
    end = plugin.listen(heard.append)
    kill(plugin.pid)
    assert until(lambda: len(heard) == 3 and len(reported) == 3)
    end()
    kill(plugin.pid)
    assert until(lambda: len(reported) == 6)
    assert len(heard) == 3
    with pytest.raises(ArgumentTypeError):
        plugin.listen(5)


def test_a_listener_may_use_the_plugin_and_close_it(nothing_left):
    plugin = load("null:")
    closed = threading.Event()

    def listener(notice):
        if isinstance(notice, Crashed):
            plugin.restart()
            plugin.close()
            closed.set()

    plugin.listen(listener)
    kill(plugin.pid)
    assert closed.wait(PATIENCE)
    with pytest.raises(PluginClosed):
        plugin.listen(listener)


def test_asyncio(null):
    plugin = null(restart="back-off")

    async def main():
        kill(plugin.pid)
        first = await asyncio.wait_for(plugin.next_notice(), PATIENCE)
        assert isinstance(first, BoothEnded)
        heard = []
        async for notice in plugin.notices():
            heard.append(type(notice))
            if isinstance(notice, Recovered):
                break
        assert heard == [Crashed, Recovered]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(plugin.next_notice(), 0.05)
        asyncio.get_running_loop().call_later(0.05, plugin.close)
        assert [notice async for notice in plugin.notices()] == []
        with pytest.raises(PluginClosed):
            await plugin.next_notice()

    asyncio.run(main())


def test_several_plugins_in_one_loop(null):
    plugins = [null(restart="back-off") for _ in range(4)]

    async def wait_for_return(plugin):
        async for notice in plugin.notices():
            if isinstance(notice, Recovered):
                return True
        return False

    async def main():
        for plugin in plugins:
            kill(plugin.pid)
        return await asyncio.wait_for(asyncio.gather(*map(wait_for_return, plugins)), PATIENCE)

    assert asyncio.run(main()) == [True] * 4
