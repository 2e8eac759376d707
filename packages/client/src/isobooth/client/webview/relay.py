"""Between one plugin and whoever looks at its page: what the booth is asked, and what is known. On the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from isobooth.protocol import messages as m
from isobooth.protocol import web as w
from isobooth.protocol.errors import IsoboothError, PluginClosed, PluginError

from .._core import lib
from ..notices import Notice
from . import pages
from .outbox import Outbox
from .server import Server, origin_of
from .talk import CLOSED, ELSEWHERE, Talk

if TYPE_CHECKING:
    from ..connection import Connection
    from ..values import ParameterValues
    from ..views import Viewed

LEAVE_SECONDS = 2.0
"""A page that was left for so long is closed: the plugin's send() fails until somebody looks again."""
_GOODBYE_SECONDS = 1.0
_RESOURCE_THREADS = 2
R = TypeVar("R", bound=m.Reply)
T = TypeVar("T")


@dataclass(frozen=True)
class Start:
    """Where a page starts."""

    url: str
    origin: str


class Relay:
    """Belongs to the thread of one view. ``deliver`` alone is called on others."""

    def __init__(self, plugin: Viewed, *, allow_remote: bool) -> None:
        self._plugin = weakref.ref(plugin)
        self._allow_remote = allow_remote
        self.remote_origin = ""
        self.title = plugin.name
        self.told: dict[int, float] = {}
        """Values that the page has."""
        self.outbox = Outbox(self._wake)
        self.server = Server(self)
        self.talk_now: Talk | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: Connection | None = None
        """The booth that knows of the page; None: no booth does."""
        self._leaving: asyncio.TimerHandle | None = None
        self._pending_before = 0
        self._opening = asyncio.Lock()
        self._messages = ThreadPoolExecutor(1, "isobooth-webview-messages")
        self._resources = ThreadPoolExecutor(_RESOURCE_THREADS, "isobooth-webview-resources")

    # -- the plugin ---------------------------------------------------------------------------------------------------

    @property
    def plugin(self) -> Viewed:
        """Raises PluginClosed where it is no more."""
        found = self._plugin()
        if found is None:
            raise PluginClosed(f"{self.title} has been closed")
        return found

    @property
    def is_orphan(self) -> bool:
        """Has everybody forgotten the plugin, without closing it?"""
        return self._plugin() is None

    @property
    def values(self) -> ParameterValues:
        """Its parameters."""
        return self.plugin._values  # noqa: SLF001 - the view is a part of the plugin

    @property
    def trouble(self) -> str:
        """Why the page stands still; empty while it does not."""
        plugin = self._plugin()
        if plugin is None:
            return f"{self.title} has been closed."
        connection = plugin._connection  # noqa: SLF001 - as above
        if not connection.is_dead and not connection.booth.is_gone:
            return ""
        if plugin._keeper.is_busy:  # noqa: SLF001 - as above
            return f"The process of {self.title} has ended. It is being brought back …"
        return f"The process of {self.title} has ended."

    @property
    def is_stale(self) -> bool:
        """Is there another booth than the one that knows of the page?"""
        return self._connection is not self.plugin._connection  # noqa: SLF001 - as above

    def post(self, notice: Notice) -> None:
        """Let the program hear what the page's user does."""
        with contextlib.suppress(PluginClosed):
            self.plugin._board.put(notice)  # noqa: SLF001 - as above

    async def ask(self, request: m.Request, kind: type[R]) -> R:
        """Ask the booth, without the event loop's having to wait. Raises what Connection.ask raises."""
        connection = self.plugin._connection  # noqa: SLF001 - as above
        pool = self._resources if isinstance(request, w.GetWebResource) else self._messages
        return await self._run(pool, lambda: connection.ask(request, kind, "callback"))

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except RuntimeError as error:  # the pool is shut down
            raise PluginClosed(f"the web view of {self.title} has been closed") from error

    # -- the page -----------------------------------------------------------------------------------------------------

    async def open(self) -> Start:
        """Tell the present booth that somebody looks, and hear where the page starts. Raises IsoboothError."""
        async with self._opening:
            if self._leaving is not None:
                self._leaving.cancel()
                self._leaving = None
            connection = self.plugin._connection  # noqa: SLF001 - as above
            self._connection = connection  # also if it refuses: it is not asked again and again
            found = await self.ask(w.OpenWebView(), w.WebView)
            return self._start(found)

    def _start(self, found: w.WebView) -> Start:
        if not found.remote:
            if not found.path.startswith("/"):
                raise PluginError(f"the page of {self.title} starts nowhere: {found.path[:200]!r}")
            return Start(self.server.page_url(found.path), self.server.page.origin)
        if not self._allow_remote:
            raise PluginError(
                f"the page of {self.title} is on another computer ({origin_of(found.remote)}), which is not opened"
                " unless open_web_view is told so (allow_remote=True)"
            )
        self.remote_origin = origin_of(found.remote)
        return Start(found.remote, self.remote_origin)

    async def resource(self, path: str) -> w.WebResource:
        """See server.Back."""
        try:
            return await self.ask(w.GetWebResource(path=path), w.WebResource)
        except IsoboothError:
            return w.WebResource(found=False)

    async def death_inside(self) -> str:
        """Why a plugin runs no more whose process does: a WCLAP's. Empty where it runs, or its process has ended."""
        try:
            await self.ask(
                w.GetWebResource(path=""), w.WebResource
            )  # nothing is there; only a dead plugin refuses to look
        except IsoboothError as error:
            return "" if self.trouble else str(error)
        return ""

    def info(self) -> dict[str, Any]:
        """For ``wclap.getPluginInfo()``."""
        return pages.plugin_info(self.plugin.descriptor, self.values.infos)

    def api_script(self) -> str:
        """See server.Back."""
        try:
            self.told = dict(self.values.known)
            return pages.api_script(self.server.frame.origin, self.info(), self.told)
        except PluginClosed:
            return ""

    def changed_values(self) -> dict[int, float]:
        """Values that the page does not have yet; it has them then."""
        known = dict(self.values.known)
        changed = {number: value for number, value in known.items() if self.told.get(number) != value}
        self.told = known
        return changed

    async def hand_over(self) -> None:
        """Where no audio is played, parameters that the page has set reach the plugin with a block of no frames.

        Whoever plays audio takes them along. A block of ours is sent only where nothing has gone on since the tick
        before, and nobody is in the plugin at the moment: process() never waits for a page.
        """
        plugin = self.plugin
        waiting = len(plugin._player.outgoing.pending)  # noqa: SLF001 - as above
        before, self._pending_before = self._pending_before, waiting
        if waiting and waiting >= before > 0:

            def flush() -> None:
                if plugin._lock.acquire(blocking=False):  # noqa: SLF001 - as above
                    try:
                        player = plugin._player  # noqa: SLF001 - as above
                        if not player.rebuild and not lib.ib_stream_in_flight(player.stream.pointer):
                            plugin.flush()
                    finally:
                        plugin._lock.release()  # noqa: SLF001 - as above

            with contextlib.suppress(IsoboothError, OSError):  # a death is noticed otherwise
                await self._run(self._messages, flush)

    # -- whoever looks ------------------------------------------------------------------------------------------------

    async def talk(self, websocket: web.WebSocketResponse) -> None:
        """See server.Back. One page at a time: a newer one has it."""
        mine = Talk(self, websocket)
        before, self.talk_now = self.talk_now, mine
        if before is not None:
            await before.end(ELSEWHERE)
        try:
            await mine.run()
        except PluginClosed:
            await mine.end(CLOSED)
        except Exception as error:  # noqa: BLE001 - a fault of ours: reported, and the frame tries again
            told = {"message": f"the web view of {self.title} failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)
        finally:
            if self.talk_now is mine:
                self.talk_now = None
                self._leaving = asyncio.get_running_loop().call_later(LEAVE_SECONDS, self._left)

    def _left(self) -> None:
        """Nobody has come back."""
        self._leaving = None
        if self.talk_now is None:
            self.outbox.clear()
            self._goodbye()

    def _goodbye(self) -> None:
        """Tell the booth that nobody looks, if it is still there; nobody waits for it."""
        connection, self._connection = self._connection, None
        if connection is None or connection.is_dead:
            return

        def close() -> None:
            # Not through Connection.ask: a booth that is slow to answer this is no reason to end it.
            with contextlib.suppress(IsoboothError):
                connection.booth.request(w.CloseWebView(), m.Done, _GOODBYE_SECONDS)

        with contextlib.suppress(RuntimeError):  # shut down already
            self._messages.submit(close)

    # -- life ---------------------------------------------------------------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """The plugin has sent this to its page. Any thread; returns at once."""
        self.outbox.put(data)

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # closed just now
                loop.call_soon_threadsafe(self._something)

    def _something(self) -> None:
        if self.talk_now is not None:
            self.talk_now.something.set()

    async def live(self, started: Callable[[], None], stop: asyncio.Event) -> None:
        """Serve until ``stop``, or until the plugin is forgotten."""
        self._loop = asyncio.get_running_loop()
        try:
            await self.server.start()
            started()
            while not stop.is_set() and not self.is_orphan:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1.0)
        finally:
            if self._leaving is not None:
                self._leaving.cancel()
            if self.talk_now is not None:
                await self.talk_now.end(CLOSED)
            await self.server.stop()
            self._goodbye()
            for pool in (self._messages, self._resources):
                pool.shutdown()  # what is asked of the booth now is the last: nothing is left running
            self._loop = None

    @property
    def is_connected(self) -> bool:
        """Does somebody look?"""
        return self.talk_now is not None
