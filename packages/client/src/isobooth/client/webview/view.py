"""A web view as the program holds it: a thread of its own with an event loop, from open to close."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
import weakref
import webbrowser
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from isobooth.protocol.errors import PluginClosed, PluginError

from .relay import Relay
from .window import Window

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ..views import Viewed

Show = Literal["browser", "window", "none"]
_START_SECONDS = 10.0
_JOIN_SECONDS = 5.0
_everyone: weakref.WeakSet[WebView] = weakref.WeakSet()


class WebView:
    """A plugin's page, served to this machine's browsers. Made by Plugin.open_web_view; goes with the plugin.

    Close it, or use it as a context manager; what was shown says that the plugin is closed. After a restart of the
    plugin's process the page is loaded anew.
    """

    def __init__(self, plugin: Viewed, *, allow_remote: bool) -> None:
        self._name = plugin.name
        self._relay = Relay(plugin, allow_remote=allow_remote)
        self._is_started = threading.Event()
        self._is_closed = False
        self._closing = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: Exception | None = None
        self._window: Window | None = None
        self._thread = threading.Thread(target=self._run, name="isobooth-webview", daemon=True)
        self._thread.start()
        if not self._is_started.wait(_START_SECONDS) or self._error is not None:
            raise PluginError(f"the page of {self._name} cannot be served: {self._error or 'it took too long'}")
        _close_all_at_exit()
        _everyone.add(self)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever opened the view is to hear it
            self._error = error
        finally:
            self._is_closed = True
            self._is_started.set()

    async def _live(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._relay.live(self._is_started.set, self._stop)

    # -- what it is ---------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The page's address. Whoever on this machine knows it can play with the plugin: keep it out of logs.

        Raises PluginClosed once the view is closed.
        """
        if self._is_closed:
            raise PluginClosed(f"the web view of {self._name} has been closed")
        return self._relay.server.frame.root

    @property
    def is_open(self) -> bool:
        """Can somebody look?"""
        return not self._is_closed

    @property
    def is_connected(self) -> bool:
        """Does somebody look now?"""
        return not self._is_closed and self._relay.is_connected

    @property
    def has_window(self) -> bool:
        """Is the window that ``show("window")`` made still there? Its user may close it at any time."""
        return self._window is not None and self._window.is_open

    @property
    def lost(self) -> int:
        """Messages of the plugin that the page never got, because it did not keep up."""
        return self._relay.outbox.lost

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else "connected" if self.is_connected else "waiting"
        return f"<web view of {self._name!r}, {state}>"

    # -- what it does -------------------------------------------------------------------------------------------------

    def show(self, how: Show = "browser", *, width: int = 900, height: int = 600) -> None:
        """Open the page in the user's browser, in a window of its own (extra ``window``), or not at all (``none``).

        Raises PluginError where there is no browser, or nothing to make a window with.
        """
        if how == "browser":
            # A command line can be read by other users of the machine: this address is good for one visit.
            if not webbrowser.open(self._ticket()):
                raise PluginError(
                    f"no browser was found to show the page of {self._name} in; its address is WebView.url"
                )
        elif how == "window":
            if self._window is not None:
                self._window.close()
            self._window = Window(self._ticket(), self._name, width, height)

    def _ticket(self) -> str:
        if self._is_closed:
            raise PluginClosed(f"the web view of {self._name} has been closed")
        return self._relay.server.ticket_url()

    def deliver(self, data: bytes) -> None:
        """The plugin has sent this to its page. Any thread; returns at once."""
        if not self._is_closed:
            self._relay.deliver(data)

    # -- end ----------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Serve no more; nothing listens and nothing runs when this returns. A second call does nothing."""
        with self._closing:
            window, self._window = self._window, None
            self._is_closed = True
            loop, stop = self._loop, self._stop
            if loop is not None and stop is not None:
                with contextlib.suppress(RuntimeError):  # it has ended by itself
                    loop.call_soon_threadsafe(stop.set)
            if self._thread is not threading.current_thread():
                self._thread.join(_JOIN_SECONDS)
        if window is not None:
            window.close()

    def disown(self) -> None:
        """In a forked child: the thread and the window are the parent's; the listeners must not stay open here."""
        self._is_closed = True
        self._closing = threading.Lock()
        self._window = self._loop = self._stop = None
        for listener in self._relay.server.sockets:
            listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _close_all() -> None:
    for view in list(_everyone):
        view.close()


@lru_cache(maxsize=1)
def _close_all_at_exit() -> None:
    atexit.register(_close_all)
