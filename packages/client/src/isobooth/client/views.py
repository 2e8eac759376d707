"""The page that some plugins have for a window: CLAP's web view, of native CLAPs and of WCLAPs."""

from __future__ import annotations

import importlib.util
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

from isobooth.protocol.errors import ArgumentError, PluginError

from .facts import Facts
from .hearing import Board
from .keeper import Keeper
from .options import whole

if TYPE_CHECKING:
    from .webview import WebView

_SHOWS = ("browser", "window", "none")
_MOST_PIXELS = 16384


class Viewed(Facts, ABC):
    """The part of Plugin that has a page. A Plugin sets the attributes."""

    _board: Board
    _keeper: Keeper
    _lock: threading.RLock
    _web_view: WebView | None = None

    @abstractmethod
    def _check_open(self) -> None:
        """Raise PluginClosed if the plugin is."""

    @abstractmethod
    def flush(self) -> None:
        """Hand parameter changes that wait for the next block to the plugin now."""

    @property
    def has_web_view(self) -> bool:
        """Has the plugin a page for a window? See ``open_web_view``."""
        return self.descriptor.has_web_view

    @property
    def web_view(self) -> WebView | None:
        """The open web view, or None."""
        view = self._web_view
        return view if view is not None and view.is_open else None

    def open_web_view(
        self,
        show: Literal["browser", "window", "none"] = "browser",
        *,
        allow_remote: bool = False,
        width: int = 900,
        height: int = 600,
    ) -> WebView:
        """Show the plugin's page, from which its user plays with it; ``WebView.close`` or ``close`` end that.

        show: in the user's ``"browser"``, in a ``"window"`` of its own (extra ``window``), or ``"none"``: for a program
            that shows ``WebView.url`` itself.
        allow_remote: also a page that is on another computer. Such a page sees and sends the plugin's messages.
        width, height: of the window, in pixels, 1 to 16384.

        The page is served on the loopback device only, to whoever knows its address, by a thread of its own. What its
        user does to parameters is heard of as ValuesChanged and GestureChanged. A view that is open already is shown
        again. Needs the extra ``webview``. Raises PluginError where the plugin has no page, or it cannot be shown.
        """
        if show not in _SHOWS:
            raise ArgumentError(f"show is {show!r} and must be one of {', '.join(map(repr, _SHOWS))}")
        whole("width", width, 1, _MOST_PIXELS)
        whole("height", height, 1, _MOST_PIXELS)
        with self._lock:
            self._check_open()
            view = self.web_view or self._new_view(allow_remote=bool(allow_remote))
        view.show(show, width=width, height=height)
        return view

    def _new_view(self, *, allow_remote: bool) -> WebView:
        if not self.descriptor.has_web_view:
            raise PluginError(f"{self.name} has no page to show: it lacks CLAP's webview extension (clap.webview/3)")
        if importlib.util.find_spec("aiohttp") is None:
            raise PluginError(
                f"the page of {self.name} needs aiohttp to be shown - pip install isobooth-client[webview]"
            )
        from .webview import WebView

        view = WebView(self, allow_remote=allow_remote)
        self._web_view = view
        return view

    def _close_view(self) -> None:
        view, self._web_view = self._web_view, None
        if view is not None:
            view.close()
