"""Plugins with a page, and a browser's half of a conversation without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="the package aiohttp is not installed")
import aiohttp

from isobooth.client import Plugin, load
from isobooth.client.warmhost import close_warm_host
from tests.support import PATIENCE, ROOT, descendants, host_command, until

HOST_TESTS = ROOT / "packages" / "host" / "tests"
if str(HOST_TESTS) not in sys.path:
    sys.path.insert(0, str(HOST_TESTS))
from clap_booth import compiled  # noqa: E402
from wclap_modules import built  # noqa: E402

MakePlugin = Callable[..., Plugin]


@pytest.fixture(autouse=True, scope="session")
def some_host() -> Iterator[None]:
    """Without an installed host, the one of the source tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOBOOTH_HOST", shlex.join(host_command()))
        yield
        close_warm_host()


def threads() -> list[str]:
    """Threads of web views that run now."""
    return [one.name for one in threading.enumerate() if one.name.startswith("isobooth-webview")]


@pytest.fixture
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakePlugin]:
    """A function from a format, flags of the compiler, and options of ``load`` to a plugin with a page.

    When the test is over they are closed, and nothing of them may be left.
    """
    folder = tmp_path_factory.getbasetemp()
    loaded: list[Plugin] = []

    def make(kind: str = "clap", *flags: str, **options: Any) -> Plugin:
        if kind == "wclap":
            path = tmp_path_factory.mktemp("bundle") / "Page.wclap"
            path.mkdir()
            shutil.copy(built("clap_page", folder, *flags), path / "module.wasm")
        else:
            path = compiled("clap_page", folder, *flags)
        loaded.append(load(f"{kind}:{path}", timeout=PATIENCE, **options))
        return loaded[-1]

    yield make
    for one in loaded:
        one.close()
    assert until(lambda: not threads()), threads()
    pids = {one.pid for one in loaded}
    assert until(lambda: not pids & set(descendants(os.getpid())))


class Frame:
    """What frame.js does, without a browser."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.session = session
        self.socket = socket
        self.heard: list[bytes] = []
        """Messages of the plugin."""
        self.said: list[dict[str, Any]] = []
        """What the view says: page, params, gone …"""
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.heard.append(message.data)
            else:
                self.said.append(json.loads(message.data))

    async def tell(self, **message: Any) -> None:
        """A message of the frame itself."""
        await self.socket.send_str(json.dumps(message))

    async def load(self) -> str:
        """Do as if the page that was told of had been loaded; its address."""
        page = await self.hears("page")
        await self.get(page["url"])
        api = page["url"].split("/page/")[0] + "/-/api.js"
        await self.get(api)
        await self.tell(t="ready", page=page["page"])
        return str(page["url"])

    async def get(self, url: str, **headers: str) -> tuple[int, str]:
        """Status and text of an answer."""
        async with self.session.get(url, headers=headers) as reply:
            return reply.status, await reply.text(errors="replace")

    async def hears(self, kind: str) -> dict[str, Any]:
        """The next message of that kind; it is taken."""
        await until_async(lambda: any(one["t"] == kind for one in self.said) or self.socket.closed)
        found = next(one for one in self.said if one["t"] == kind)
        self.said.remove(found)
        return found

    async def ends(self) -> int | None:
        """Wait for the end; its code."""
        await asyncio.wait_for(self._reader, PATIENCE)
        return self.socket.close_code


async def until_async(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not true():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def frame(url: str) -> AsyncIterator[Frame]:
    """A frame that is connected to the view at an address."""
    async with aiohttp.ClientSession() as session:
        origin = url.rstrip("/").rpartition("/")[0]
        async with session.ws_connect(f"ws{url[4:]}ws", origin=origin, max_msg_size=0) as socket:
            one = Frame(session, socket)
            yield one
        await asyncio.wait_for(one._reader, PATIENCE)
