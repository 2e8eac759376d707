"""A browser without a screen, driven through its DevTools protocol."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.support import PATIENCE, absent, plain

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The program; skips, or fails where ISOBOOTH_CHROMIUM demands it, if absent."""
    for name in (os.environ.get("ISOBOOTH_CHROMIUM", ""), *_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    absent("Chromium (apt-get install chromium)")
    raise AssertionError


class Tab:
    """One page, with the frames in it. Made by ``browser``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.contexts: dict[int, str] = {}
        """Origin of each frame's world, by number."""
        self.console: list[str] = []
        """What was logged, and errors that nobody caught."""
        self.headers: list[dict[str, Any]] = []
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            else:
                self._note(told["method"], told["params"])

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Runtime.executionContextCreated":
            context = told["context"]
            if context["auxData"].get("isDefault"):
                self.contexts[context["id"]] = context["origin"]
        elif method == "Runtime.executionContextDestroyed":
            self.contexts.pop(told["executionContextId"], None)
        elif method == "Runtime.executionContextsCleared":
            self.contexts.clear()
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled":
            self.console += [str(one.get("value", one.get("description"))) for one in told["args"]]
        elif method == "Log.entryAdded":
            self.console.append(told["entry"]["text"])

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol; its result."""
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(self._answers[number], PATIENCE)
        assert "error" not in answer, answer
        return answer.get("result", {})

    async def go(self, url: str) -> None:
        """Open an address."""
        await self.send("Page.navigate", url=url)

    async def run(self, code: str, origin: str) -> Any:
        """The value of an expression in the frame of that origin, KeyError without one; promises are waited for."""
        number = next((number for number, there in self.contexts.items() if there == origin), None)
        if number is None:
            raise KeyError(origin)
        told = await self.send(
            "Runtime.evaluate", expression=code, contextId=number, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]["exception"].get("description")
        return told["result"].get("value")

    async def until(self, code: str, origin: str) -> Any:
        """Wait until an expression is true in that frame, whichever page it has by then; its value."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        found = None
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(KeyError, AssertionError):
                found = await self.run(code, origin)
                if found:
                    return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"never true: {code} (is {found!r}); the browser said {self.console}")

    async def close(self) -> None:
        """Listen no more."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)


@contextlib.asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """A browser with one tab, for as long as the block lasts."""
    profile = folder / "profile"
    command = [*plain(), chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--no-first-run", "--disable-extensions", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    with (folder / "chromium.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, "about:blank", stdout=log, stderr=log)
    try:
        told = profile / "DevToolsActivePort"
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not (told.is_file() and told.read_text().count("\n") >= 1):
            assert process.returncode is None, "Chromium did not start"
            assert asyncio.get_running_loop().time() < deadline, "Chromium did not start in time"
            await asyncio.sleep(0.02)
        port = int(told.read_text().split("\n")[0])
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as reply:
                targets = await reply.json()
            address = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await tab.send(f"{domain}.enable")
                yield tab
                await tab.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
