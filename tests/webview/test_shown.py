"""Where a page is shown: the user's browser, a window in a process of its own, or the command line."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isobooth.client import PluginError
from tests.support import python_path, until
from tests.webview.conftest import frame

STAND_IN = """
# What pywebview offers, without a window system.
import pathlib, threading
closed = threading.Event()
class Window:
    def destroy(self): closed.set()
def create_window(title, url, width, height):
    pathlib.Path(__file__).with_name("shown").write_text(f"{title} {width}x{height} {url}")
    return Window()
def start(ready):
    ready()
    closed.wait()
"""


def test_a_browser_gets_an_address_that_opens_once(plugin, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    one = plugin()
    view = one.open_web_view()
    assert one.open_web_view() is view
    assert len(set(opened)) == 2
    assert not any(view.url in url for url in opened)
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    with pytest.raises(PluginError, match="no browser"):
        one.open_web_view()


def test_a_window_has_a_process_that_ends_with_the_view(plugin, monkeypatch, tmp_path):
    (tmp_path / "webview.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    view = plugin().open_web_view("window", width=640, height=480)
    shown = tmp_path / "shown"
    assert until(lambda: shown.exists() and shown.read_text())
    assert shown.read_text().startswith(f"Page 640x480 {view._relay.server.frame.origin}/open/")
    process = view._window._process
    assert "/open/" not in Path(f"/proc/{process.pid}/cmdline").read_text()
    assert view.has_window
    view.close()
    assert process.returncode == 0
    assert not view.has_window


@pytest.mark.parametrize(
    ("stand_in", "reason"),
    [
        ("def create_window(*_, **__): raise RuntimeError('no display\\nat all')", "no display at all"),
        ("exit(1)", "ended"),
    ],
)
def test_why_there_is_no_window_is_the_error(plugin, monkeypatch, tmp_path, stand_in, reason):
    (tmp_path / "webview.py").write_text(stand_in)
    monkeypatch.syspath_prepend(str(tmp_path))
    one = plugin()
    with pytest.raises(PluginError, match=reason):
        one.open_web_view("window")


def test_without_pywebview_the_error_says_what_to_install(plugin, monkeypatch):
    monkeypatch.setitem(sys.modules, "webview", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    one = plugin()
    with pytest.raises(PluginError, match=r"isobooth-client\[webview\]"):
        one.open_web_view("none")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "aiohttp" or None)
    with pytest.raises(PluginError, match=r"isobooth-client\[window\]"):
        one.open_web_view("window")


def test_the_command_shows_a_page_until_it_is_interrupted(plugin):
    one = plugin("wclap")
    command = [sys.executable, "-m", "isobooth.client.cli", "wclap", "view", "--show", "none", one.descriptor.path]
    environment = {**os.environ, "PYTHONPATH": python_path()}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), process.stderr.read()

            async def story():
                async with frame(url) as page:
                    await page.load()
                    process.send_signal(signal.SIGINT)
                    assert await page.ends() == 4001

            asyncio.run(story())
            assert process.wait() == 0
        finally:
            process.kill()
