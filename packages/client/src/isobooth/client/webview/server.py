"""Two listeners on the loopback device: the frame with its websocket, and the page. gate.py says who comes in."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import web

from isobooth.protocol.web import MOST_MESSAGE_BYTES, WebResource

from . import pages
from .gate import LOOPBACK, Site, Tickets, frame_headers, page_headers

_TICKET_PATH = "open"
_SHUTDOWN_SECONDS = 0.5
_MOST_WAITING_RESOURCES = 64

# aiohttp would write addresses, with the secrets in them, to the program's log.
_SILENT = logging.Logger("isobooth.client.webview")  # noqa: LOG001 - of no hierarchy, with no handler: that is the point
_SILENT.addHandler(logging.NullHandler())

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Back(Protocol):
    """What the server needs of the view. All is called on the event loop."""

    remote_origin: str
    """Of a page on another computer that may be shown; empty else."""

    async def resource(self, path: str) -> WebResource:
        """What the plugin has at a path."""

    def api_script(self) -> str:
        """The script that pages find first, for a page that is being loaded now."""

    async def talk(self, websocket: web.WebSocketResponse) -> None:
        """The frame is connected, until this returns."""


class Server:
    """Both listeners. ``start`` and ``stop`` on one event loop."""

    def __init__(self, back: Back) -> None:
        self.frame = Site()
        self.page = Site()
        self.tickets = Tickets()
        self._back = back
        self._runners: list[web.ServerRunner] = []
        self.sockets: list[socket.socket] = []
        """For a forked child, which must not keep them open."""
        self._resources_waiting = 0

    async def start(self) -> None:
        """Listen. Raises OSError."""
        for site, handler in ((self.frame, self._on_frame), (self.page, self._on_page)):
            listener = socket.create_server((LOOPBACK, 0))
            self.sockets.append(listener)
            site.port = listener.getsockname()[1]
            server = web.Server(handler, access_log=None, logger=_SILENT)
            runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
            self._runners.append(runner)
            await runner.setup()
            await web.SockSite(runner, listener).start()

    async def stop(self) -> None:
        """Listen no more, and drop whoever is connected."""
        for runner in self._runners:
            await runner.cleanup()
        for listener in self.sockets:
            listener.close()

    def ticket_url(self) -> str:
        """An address that opens the frame once."""
        return f"{self.frame.origin}/{_TICKET_PATH}/{self.tickets.issue()}"

    # -- frame --------------------------------------------------------------------------------------------------------

    async def _on_frame(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = frame_headers(self.frame, self._back.remote_origin or self.page.origin)
        if not self._is_admitted(request, self.frame):
            return _refusal(headers)
        if request.method != "GET":
            return web.Response(status=405, text="GET only", headers={**headers, "Allow": "GET"})
        _, _, ticket = request.path.rpartition(f"/{_TICKET_PATH}/")
        if request.path == f"/{_TICKET_PATH}/{ticket}":
            if not self.tickets.redeem(ticket):
                return _refusal(headers)
            return web.Response(status=303, headers={**headers, "Location": f"/{self.frame.secret}/"})
        below = self.frame.inside(request.path)
        if below is None:
            return _refusal(headers)
        if below == "ws":
            return await self._on_websocket(request, headers)
        if below not in pages.FRAME_FILES:
            return web.Response(status=404, text="not found", headers=headers)
        name, mime = pages.FRAME_FILES[below]
        return web.Response(text=pages.asset(name), content_type=mime, charset="utf-8", headers=headers)

    async def _on_websocket(self, request: web.BaseRequest, headers: dict[str, str]) -> web.StreamResponse:
        if request.headers.getall("Origin", []) != [self.frame.origin]:
            return _refusal(headers)
        websocket = web.WebSocketResponse(
            max_msg_size=MOST_MESSAGE_BYTES + 1, compress=False, heartbeat=30.0, timeout=1.0
        )
        if not websocket.can_prepare(request):
            return web.Response(status=400, text="a websocket only", headers=headers)
        await websocket.prepare(request)
        await self._back.talk(websocket)
        return websocket

    @staticmethod
    def _is_admitted(request: web.BaseRequest, site: Site) -> bool:
        headers = request.headers
        fetch_site = headers.get("Sec-Fetch-Site", "")
        return site.admits(headers.getall("Host", []), headers.getall("Origin", []), fetch_site)

    # -- page ---------------------------------------------------------------------------------------------------------

    async def _on_page(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = page_headers(self.frame)
        if not self._is_admitted(request, self.page):
            return _refusal(headers)
        below = self.page.inside(request.path)
        if below is None:
            return _refusal(headers)
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, text="GET only", headers={**headers, "Allow": "GET, HEAD"})
        if below == pages.API_PATH:
            script = self._back.api_script()
            return web.Response(text=script, content_type="text/javascript", charset="utf-8", headers=headers)
        start, slash, rest = below.partition("/")
        if start != pages.PAGE_PATH or not slash:
            return web.Response(status=404, text="not found", headers=headers)
        return await self._resource("/" + rest, headers)

    async def _resource(self, path: str, headers: dict[str, str]) -> web.StreamResponse:
        if self._resources_waiting >= _MOST_WAITING_RESOURCES:
            return web.Response(status=503, text="too many requests at once", headers=headers)
        self._resources_waiting += 1
        try:
            found = await self._back.resource(path)
        finally:
            self._resources_waiting -= 1
        if not found.found:
            return web.Response(status=404, text="not found", headers=headers)
        data = found.data
        if found.mime.partition(";")[0].strip().lower() == "text/html":
            data = pages.with_api(data, f"/{self.page.secret}/{pages.API_PATH}")
        return web.Response(body=data, headers={**headers, "Content-Type": found.mime})

    def page_url(self, path: str) -> str:
        """Address of the plugin's page, for a path with its query."""
        return f"{self.page.root}{pages.PAGE_PATH}{path}"


def origin_of(url: str) -> str:
    """Scheme, name and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _refusal(headers: dict[str, str]) -> web.Response:
    """The same for every reason: nobody learns which part of a guess was right."""
    return web.Response(status=403, text="forbidden", headers=headers)
