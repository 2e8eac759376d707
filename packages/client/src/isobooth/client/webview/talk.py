"""One page, as long as it is shown: messages to and fro, parameters, what becomes of the plugin. On the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from isobooth.protocol import messages as m
from isobooth.protocol import web as w
from isobooth.protocol.errors import IsoboothError, PluginClosed

from ..notices import GestureChanged, ValuesChanged
from . import pages
from .gate import Allowance

if TYPE_CHECKING:
    from .relay import Relay

TICK_SECONDS = 1 / 30
GESTURE_SECONDS = 0.25
"""A page that has not moved a parameter for so long has let go of it."""
_MOST_TEXT = 65536
_MOST_WAITING = 64
"""Messages of the page that wait for the plugin; then the page waits."""
CLOSED, ELSEWHERE = 4001, 4002
"""Codes with which the websocket ends; frame.js knows them."""


class Talk:
    """One websocket of a frame."""

    def __init__(self, relay: Relay, websocket: web.WebSocketResponse) -> None:
        self._relay = relay
        self._websocket = websocket
        self._allowance = Allowance()
        self._inbound: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._is_ready = asyncio.Event()
        """The page is loaded: it hears."""
        self.something = asyncio.Event()
        """There may be something in the outbox."""
        self._page = 0
        self._held: dict[int, float] = {}
        """Parameters that the page has in hand, and when it moved each last."""
        self._infos: object = None
        self._was_told_gone = False

    async def run(self) -> None:
        """Until the websocket is closed by either side."""
        await self.show()
        tasks = [asyncio.create_task(work()) for work in (self._read, self._deliver, self._pass_on, self._tick)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._let_go(everything=True)

    async def end(self, code: int) -> None:
        """Close it."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._websocket.close(code=code)

    # -- to the frame -------------------------------------------------------------------------------------------------

    async def _say(self, **message: Any) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):  # gone: the reader notices
            await self._websocket.send_str(json.dumps(message, allow_nan=False))

    async def show(self) -> None:
        """Let the frame load the page, anew if it has it already."""
        self._is_ready.clear()
        self._relay.outbox.clear()
        try:
            start = await self._relay.open()
        except IsoboothError as error:
            await self._tell_gone(str(error))
            return
        self._page += 1
        self._was_told_gone = False
        self._infos = self._relay.values.infos
        await self._say(t="page", page=self._page, url=start.url, origin=start.origin, title=self._relay.title)

    async def _tell_gone(self, text: str) -> None:
        self._is_ready.clear()
        self._was_told_gone = True
        await self._say(t="gone", text=text)

    async def _deliver(self) -> None:
        """Messages of the plugin, once the page hears them."""
        while True:
            await self._is_ready.wait()
            self.something.clear()
            message = self._relay.outbox.take()
            if message is None:
                await self.something.wait()
            else:
                with contextlib.suppress(ConnectionError, RuntimeError):
                    await self._websocket.send_bytes(message)

    # -- from the frame -----------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        async for message in self._websocket:
            await asyncio.sleep(self._allowance.take())
            if message.type is WSMsgType.BINARY:
                await self._inbound.put(message.data)
            elif message.type is WSMsgType.TEXT:
                await self._understand(message.data)

    async def _understand(self, text: str) -> None:
        try:
            message = json.loads(text) if len(text) <= _MOST_TEXT else None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            message = {}
        kind = message.get("t")
        if kind == "set":
            await self._set(message.get("id"), message.get("value"))
        elif kind == "ready" and message.get("page") == self._page:
            self._is_ready.set()
        elif kind != "ready":
            await self.end(1008)  # nothing that our frame says

    async def _pass_on(self) -> None:
        """Messages of the page to the plugin, one after the other."""
        while True:
            data = await self._inbound.get()
            try:
                await self._relay.ask(w.WebReceive(data=data), m.Done)
            except IsoboothError as error:
                await self._say(t="error", text=str(error))
                reason = await self._relay.death_inside()
                if reason:
                    await self._tell_gone(reason)

    async def _set(self, number: object, value: object) -> None:
        """A parameter as the page has moved it."""
        values = self._relay.values
        found = values.parameters.with_id(number) if isinstance(number, int) else None
        if found is None or found.is_output:
            await self._say(t="error", text=f"there is no parameter {number!r} that could be set"[:200])
        elif not isinstance(value, (int, float)) or not math.isfinite(value):
            await self._say(t="error", text=f"{found.name}: {value!r} is no value"[:200])
        else:
            low, high = found.range
            self._move(found.id, min(max(float(value), low), high))

    def _move(self, number: int, value: float) -> None:
        relay = self._relay
        parameter = relay.values.parameters.with_id(number)
        if parameter is None:
            return
        if number not in self._held:
            relay.post(GestureChanged(number, begins=True))
        self._held[number] = time.monotonic()
        with contextlib.suppress(PluginClosed):
            relay.values.set_parameter(parameter.info, value)
        relay.told[number] = value
        relay.post(ValuesChanged(MappingProxyType({number: value})))

    def _let_go(self, *, everything: bool = False) -> None:
        now = time.monotonic()
        for number, moved in list(self._held.items()):
            if everything or now - moved >= GESTURE_SECONDS:
                del self._held[number]
                self._relay.post(GestureChanged(number, begins=False))

    # -- now and then -------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._let_go()
            relay = self._relay
            trouble = relay.trouble
            if trouble:
                if not self._was_told_gone:
                    await self._tell_gone(trouble)
                continue
            if relay.is_stale:
                await self.show()
                continue
            await relay.hand_over()
            if self._is_ready.is_set():
                await self._tell_parameters()

    async def _tell_parameters(self) -> None:
        values = self._relay.values
        if values.infos is not self._infos:
            self._infos = values.infos
            await self._say(t="plugin", plugin=self._relay.info())
        changed = self._relay.changed_values()
        if changed:
            await self._say(t="params", values=pages.finite(changed))
