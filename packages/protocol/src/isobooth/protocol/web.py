"""Messages about a plugin's web view: a page that is the plugin's window.

The host knows where the page starts and what belongs to it; the client shows it to somebody and carries messages, which
are bytes that only the page and the plugin understand, to and fro. A plugin without a page answers Failed.
"""

from __future__ import annotations

from .message import Message, Reply, Request

MOST_MESSAGE_BYTES = 4 << 20
"""Longest message of a page or to one, in bytes; longer ones are refused."""
MOST_RESOURCE_BYTES = 64 << 20
"""Longest file, or generated resource, of a page, in bytes; longer ones count as absent."""


class OpenWebView(Request, tag="open-web-view", kw_only=True):
    """Ask where the page starts. Answered by WebView. Until CloseWebView the plugin may send to it."""


class WebView(Reply, tag="web-view", kw_only=True):
    """See OpenWebView. One of the two is set."""

    path: str = ""
    """For GetWebResource, from ``/`` on, percent-encoded, with the query and fragment that the page is to see."""
    remote: str = ""
    """The page is on another computer (``https:``): for the client to decide."""


class GetWebResource(Request, tag="get-web-resource", kw_only=True):
    """What is at a path of the page. Answered by WebResource."""

    path: str
    """Absolute and decoded, without a query."""


class WebResource(Reply, tag="web-resource", kw_only=True):
    """See GetWebResource."""

    found: bool = True
    """False: there is nothing, or nothing that a page may see."""
    mime: str = ""
    data: bytes = b""


class WebReceive(Request, tag="web-receive", kw_only=True):
    """A message of the page to the plugin. Answered by Done, or by Failed where the plugin does not take it."""

    data: bytes


class CloseWebView(Request, tag="close-web-view", kw_only=True):
    """Nobody looks at the page any more. Answered by Done."""


class WebMessage(Message, tag="web-message", kw_only=True):
    """A message of the plugin to its page."""

    data: bytes
