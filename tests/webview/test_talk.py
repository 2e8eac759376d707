"""A page and its plugin: messages, parameters, death, restart, the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import signal
import socket
import threading

import numpy as np
import pytest

from isobooth.client import PluginClosed, PluginError, load
from isobooth.client.notices import GestureChanged, ValuesChanged
from isobooth.protocol.errors import ArgumentError
from isobooth.protocol.web import MOST_MESSAGE_BYTES
from tests.webview.conftest import frame, threads, until_async

GAIN = 7


def run(coroutine):
    return asyncio.run(coroutine)


@pytest.mark.parametrize("kind", ["clap", "wclap"])
def test_messages_and_parameters_go_both_ways(plugin, kind):
    one = plugin(kind)

    async def story():
        async with frame(one.open_web_view("none").url) as page:
            url = await page.load()
            assert url.endswith("/page/ui/index.html?from=plugin")
            status, text = await page.get(url)
            assert status == 200
            assert text.index("/-/api.js") < text.index("window.heard")
            big = os.urandom(300_000)
            for message in (b"hello", big, b""):
                await page.socket.send_bytes(message)
            await until_async(lambda: len(page.heard) == 3)
            assert page.heard == [b"hello", big, b""]
            await page.tell(t="set", id=GAIN, value=0.5)  # nobody plays: it arrives all the same
            await until_async(lambda: b"gain is 0.500" in page.heard)
            assert one.parameters.gain.value == 0.5
            await page.tell(t="set", id=GAIN, value=1e300)
            await until_async(lambda: b"gain is 2.000" in page.heard)
            await page.socket.send_bytes(b"gain 0.25")
            assert (await page.hears("params"))["values"] == [[GAIN, 0.25]]
            one.parameters.gain = 1.75
            assert (await page.hears("params"))["values"] == [[GAIN, 1.75]]
            for number, value in ((99, 0.5), ("7", 0.5), (GAIN, "x"), (GAIN, None), (None, 1.0)):
                await page.tell(t="set", id=number, value=value)
                await page.hears("error")

    run(story())


def test_what_the_user_does_is_told_as_notices(plugin):
    one = plugin()

    async def story():
        async with frame(one.open_web_view("none").url) as page:
            await page.load()
            for value in (0.1, 0.2):
                await page.tell(t="set", id=GAIN, value=value)
            heard = []

            def is_over():
                heard.extend(n for n in one.take_notices() if isinstance(n, (GestureChanged, ValuesChanged)))
                return GestureChanged(GAIN, begins=False) in heard

            await until_async(is_over)
            return heard

    begin, *values, end = run(story())
    assert (begin, end) == (GestureChanged(GAIN, begins=True), GestureChanged(GAIN, begins=False))
    assert [dict(one.values) for one in values][-1] == {GAIN: 0.2}


def test_audio_goes_on_beside_a_page_and_takes_its_parameters_along(plugin):
    one = plugin()
    stop = threading.Event()
    audio, last = np.ones((2, 64), np.float32), []

    def play():
        while not stop.is_set():
            last[:] = [float(one.process(audio)[0, -1])]

    async def story():
        async with frame(one.open_web_view("none").url) as page:
            await page.load()
            for value in np.linspace(0.0, 1.5, 50):
                await page.tell(t="set", id=GAIN, value=float(value))
                await page.socket.send_bytes(b"x" * 1000)
            await until_async(lambda: last == [1.5] and page.heard.count(b"x" * 1000) == 50)

    player = threading.Thread(target=play)
    player.start()
    try:
        run(story())
    finally:
        stop.set()
        player.join()


@pytest.mark.parametrize("kind", ["clap", "wclap"])
def test_after_a_crash_and_a_restart_the_page_goes_on(plugin, kind):
    one = plugin(kind, restart="back-off")

    async def story():
        async with frame(one.open_web_view("none").url) as page:
            await page.load()
            one.parameters.gain = 0.75
            await page.hears("params")
            await page.socket.send_bytes(b"crash")
            await page.load()
            await page.socket.send_bytes(b"again")
            await until_async(lambda: b"again" in page.heard)
            assert one.parameters.gain.value == 0.75

    run(story())


def test_the_page_is_told_when_the_process_ends_for_good(plugin):
    one = plugin()

    async def story():
        async with frame(one.open_web_view("none").url) as page:
            await page.load()
            os.kill(one.pid, signal.SIGKILL)
            assert "has ended" in (await page.hears("gone"))["text"]
            await page.socket.send_bytes(b"anybody?")
            await page.tell(t="set", id=GAIN, value=0.5)
            await asyncio.get_running_loop().run_in_executor(None, one.restart)
            await page.load()
            await page.socket.send_bytes(b"again")
            await until_async(lambda: b"again" in page.heard)
            one.refresh_values()
            assert one.parameters.gain.value == 0.5

    run(story())


def test_one_page_at_a_time_and_a_reload_begins_anew(plugin):
    view = plugin().open_web_view("none")

    async def story():
        async with frame(view.url) as first:
            await first.load()
            async with frame(view.url) as second:
                assert await first.ends() == 4002
                await second.load()
                await second.socket.send_bytes(b"hello")
                await until_async(lambda: second.heard == [b"hello"])
                assert view.is_connected
        await until_async(lambda: not view.is_connected)

    run(story())


def test_without_a_page_the_plugin_cannot_send(plugin, monkeypatch):
    monkeypatch.setattr("isobooth.client.webview.relay.LEAVE_SECONDS", 0.0)
    one = plugin()
    view = one.open_web_view("none")

    async def story():
        async with frame(view.url) as page:
            await page.load()
        await until_async(lambda: view._relay._connection is None)
        one.parameters.gain = 0.5
        one.flush()  # the plugin wants to tell of it, and may not
        for _ in range(2):
            one.refresh_values()  # it has had its turn
        async with frame(view.url) as page:
            await page.load()
            await page.socket.send_bytes(b"refused?")
            await until_async(lambda: page.heard)
            assert page.heard == [b"refused"]

    run(story())


def test_a_page_that_does_not_keep_up_loses_messages_and_costs_no_more(plugin):
    one = plugin()
    view = one.open_web_view("none")

    async def story():
        async with frame(view.url) as page:
            told = await page.hears("page")  # and is not loaded yet
            await page.socket.send_bytes(b"many")
            await until_async(lambda: view.lost)
            await page.tell(t="ready", page=told["page"])
            await until_async(lambda: len(page.heard) + view.lost == 5000)

    run(story())


def test_closing_leaves_nothing_that_listens_or_runs(plugin):
    one = plugin()
    with one.open_web_view("none") as view:
        assert one.web_view is view
        assert view.is_open
        assert one.open_web_view("none") is view
        ports = [view._relay.server.frame.port, view._relay.server.page.port]

        async def story():
            async with frame(view.url) as page:
                await page.load()
                await asyncio.get_running_loop().run_in_executor(None, view.close)
                assert await page.ends() == 4001

        run(story())
    assert not threads()
    assert not view.is_open
    assert one.web_view is None
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    with pytest.raises(PluginClosed):
        _ = view.url
    assert one.open_web_view("none") is not view
    again = one.web_view
    one.close()
    assert not again.is_open


def test_a_plugin_that_is_forgotten_takes_its_view_along(plugin):
    one = plugin()
    forgotten = load(one.descriptor)
    forgotten.open_web_view("none")
    del forgotten
    gc.collect()  # the fixture sees that the thread ends


def test_secrets_are_in_no_text_that_might_be_logged(plugin, caplog, capfd):
    caplog.set_level(0)
    one = plugin()
    view = one.open_web_view("none")

    async def story():
        async with frame(view.url) as page:
            await page.load()
            await page.get(view.url + "none")
            await page.get(view.url[:-3] + "/")
        return f"{view!r} {view._relay.server.frame!r}"

    said = run(story()) + caplog.text + "".join(capfd.readouterr()) + str(one.take_notices())
    assert not re.search(r"[0-9a-f]{32}", said)


def test_arguments_are_checked(plugin):
    one = plugin()
    for wrong in ({"show": "tv"}, {"width": 0}, {"height": 1 << 20}):
        with pytest.raises(ArgumentError):
            one.open_web_view(**{"show": "none", **wrong})
    with load("null:") as other, pytest.raises(PluginError, match="has no page"):
        other.open_web_view("none")


def test_a_page_elsewhere_needs_leave(plugin):
    one = plugin("clap", '-DPAGE_URI="https://example.org/ui"')

    async def story(**options):
        with one.open_web_view("none", **options) as view:
            async with frame(view.url) as page:
                await until_async(lambda: page.said)
                async with page.session.get(view.url) as reply:
                    return page.said[0], reply.headers["Content-Security-Policy"]

    refused, policy = run(story())
    assert refused["t"] == "gone"
    assert "allow_remote" in refused["text"]
    assert "example.org" not in policy
    told, policy = run(story(allow_remote=True))
    assert (told["url"], told["origin"]) == ("https://example.org/ui", "https://example.org")
    assert "frame-src https://example.org;" in policy


def test_messages_above_the_cap_end_the_connection(plugin):
    view = plugin().open_web_view("none")

    async def story():
        async with frame(view.url) as page:
            await page.load()
            await page.socket.send_bytes(bytes(MOST_MESSAGE_BYTES))
            await until_async(lambda: page.heard)
            with contextlib.suppress(ConnectionError):  # it is hung up on while it still speaks
                await page.socket.send_bytes(bytes(MOST_MESSAGE_BYTES + 1))
            assert await page.ends() in {1009, 1006}  # the code, or nothing where the rest was still on its way
        for nonsense in ("{", "[]", "null", '{"t": "what"}', "[" * 60000, '{"t": "set", "x": "' + "y" * 70000 + '"}'):
            async with frame(view.url) as page:
                await page.socket.send_str(nonsense)
                assert await page.ends() == 1008

    run(story())
