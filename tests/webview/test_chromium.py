"""Pages in a real browser: what `wclap` gives them, what is kept from them, and how they live through a crash."""

from __future__ import annotations

import asyncio

import pytest

from tests.webview.chromium import browser, chromium

GAIN = 7
HOSTILE = """
window.tried = {};
const attempt = async (name, what) => {
  try { await what(); tried[name] = 'done'; } catch (error) { tried[name] = 'refused'; }
};
(async () => {
  await attempt('parent', () => window.parent.document.title);
  await attempt('network', () => fetch('https://example.org/', {mode: 'no-cors'}));
  await attempt('frame', () => fetch('FRAME', {mode: 'no-cors'}));
  await attempt('websocket', () => new Promise((good, bad) => {
    const socket = new WebSocket('FRAMEws'.replace('http', 'ws')); socket.onopen = good; socket.onerror = bad; }));
  await attempt('popup', () => { if (window.open('about:blank') === null) throw 0; });
  await attempt('top', () => { window.top.location = 'about:blank'; });
  tried.done = true;
})()
"""


def sites(view):
    server = view._relay.server
    return server.frame.origin, server.page.origin


@pytest.fixture(autouse=True)
def needs_chromium():
    chromium()


@pytest.mark.parametrize("kind", ["clap", "wclap"])
def test_a_page_has_what_the_api_promises(plugin, tmp_path, kind):
    one = plugin(kind, restart="back-off")
    view = one.open_web_view("none")
    frame, page = sites(view)

    async def story():
        async with browser(tmp_path) as tab:
            await tab.go(view.url)
            assert await tab.until("window.fetched", page) == "fetched"  # fetch, from a module, from a generated page
            assert await tab.run("[module, first, location.search]", page) == ["module.js", 1, "?from=plugin"]
            assert await tab.run("getComputedStyle(document.body).backgroundColor", page) == "rgb(1, 2, 3)"
            info = await tab.run("wclap.getPluginInfo()", page)
            assert (info["id"], info["format"]) == ("test.page", kind)
            assert [(p["id"], p["name"], p["minimum"], p["maximum"]) for p in info["parameters"]] == [
                (GAIN, "Gain", 0, 2)
            ]

            await tab.run("wclap.sendMessage(new TextEncoder().encode('by api'))", page)
            await tab.run("parent.postMessage(new TextEncoder().encode('by hand'), '*')", page)
            await tab.run(
                "parent.postMessage(new Uint8Array(new ArrayBuffer(4, {maxByteLength: 8})).fill(65), '*')", page
            )
            await tab.until("['by api', 'by hand', 'AAAA'].every((one) => heard.includes(one))", page)

            await tab.run("wclap.setParam(7, 0.5)", page)
            await tab.until("heard.includes('gain is 0.500')", page)
            assert await tab.run("[wclap.getParam(7), wclap.getParam(8)]", page) == [0.5, None]
            assert one.parameters.gain.value == 0.5
            one.parameters.gain = 1.25
            await tab.until("changes.length === 1 && changes[0][1] === 1.25 && wclap.getParam(7) === 1.25", page)
            for wrong in ("wclap.setParam(9, 1)", "wclap.setParam(7, NaN)", "wclap.sendMessage('text')"):
                assert (
                    await tab.run(
                        f"(() => {{ try {{ {wrong}; return 'taken' }} catch {{ return 'refused' }} }})()", page
                    )
                    == "refused"
                )
            assert await tab.run("strange", page) == []  # the page's own listeners see bytes only
            assert tab.console == []
            if kind == "clap":
                await it_comes_back_after_a_crash(tab, one, page)
            await asyncio.get_running_loop().run_in_executor(None, view.close)
            assert "closed" in await tab.until("document.getElementById('said').textContent", frame)

    asyncio.run(story())


async def it_comes_back_after_a_crash(tab, one, page):
    before = one.pid
    await tab.run("window.old = true, wclap.setParam(7, 0.75)", page)
    await tab.until("heard.includes('gain is 0.750')", page)
    await tab.run("wclap.sendMessage(new TextEncoder().encode('crash'))", page)
    await tab.until("!window.old && window.module && wclap.getParam(7) === 0.75", page)
    await tab.run("wclap.sendMessage(new TextEncoder().encode('again'))", page)
    await tab.until("heard.includes('again')", page)
    assert one.pid != before


def test_a_page_reaches_nothing_but_itself(plugin, tmp_path):
    view = plugin().open_web_view("none")
    _, page = sites(view)

    async def story():
        async with browser(tmp_path) as tab:
            await tab.go(view.url)
            await tab.until("window.module", page)
            await tab.run(HOSTILE.replace("FRAME", view.url), page)
            await tab.until("window.tried.done", page)
            tried = await tab.run("tried", page)
            assert {name for name, how in tried.items() if how == "done"} == set(), tried

    asyncio.run(story())
