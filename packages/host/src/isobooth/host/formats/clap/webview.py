"""A plugin's page: where it starts, what belongs to it, and what it says (ext/draft/webview.h, clap.webview/3).

What the plugin gives for the start decides where everything else comes from: a ``file:`` address means files of one
folder, a path means ``get_resource()``, a ``data:`` address is the start by itself, and one of another computer is only
told, for the client to refuse or not.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from isobooth.protocol.errors import PluginError
from isobooth.protocol.web import MOST_MESSAGE_BYTES, MOST_RESOURCE_BYTES, WebMessage, WebResource, WebView

from ..._core import ffi, lib
from ...plugin import CData, phase
from ..shared.warnings import Warn
from .call import extension
from .remarks import Remark

_MOST_URI_BYTES = 4 << 20
"""A start that is a ``data:`` address may hold the whole page."""
_FIRST_URI_BYTES = 4096
_MIME_BYTES = 256
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(;\s*charset=[\w.-]+)?", re.ASCII)
_UNKNOWN = "application/octet-stream"
_SERVED_NEVER = {"module.wasm", "manifest.json"}
"""Of a bundle: the plugin itself, and what is said of it to scanners."""
_MIMES = {
    "css": "text/css", "gif": "image/gif", "htm": "text/html", "html": "text/html", "ico": "image/x-icon",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
    "map": "application/json", "mjs": "text/javascript", "mp3": "audio/mpeg", "ogg": "audio/ogg", "otf": "font/otf",
    "png": "image/png", "svg": "image/svg+xml", "ttf": "font/ttf", "txt": "text/plain", "wasm": "application/wasm",
    "wav": "audio/wav", "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2", "xml": "application/xml",
}  # fmt: skip
"""By the end of a name. The system's own table differs from machine to machine."""


def mime_of(name: str) -> str:
    """The media type of a file by its name; texts are UTF-8."""
    found = _MIMES.get(name.rpartition(".")[2].lower(), _UNKNOWN)
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


class WebPage:
    """The web view extension of one plugin."""

    def __init__(self, plugin: CData, clap: CData, warn: Warn) -> None:
        self._plugin = plugin
        self._clap = clap
        self._functions = extension(plugin, "clap.webview/3", "clap_plugin_webview", warn)
        self._root: Path | None = None
        """Of the files of a page that starts with one."""
        self._start = b""
        self._start_mime = ""

    @property
    def is_there(self) -> bool:
        """Has the plugin a page?"""
        return self._functions is not None

    # -- start --------------------------------------------------------------------------------------------------------

    def open(self, name: str, bundle: str, guest: str) -> WebView:
        """Ask where the page starts; from now on the plugin may send to it. Raises PluginError.

        ``bundle`` is the plugin's own folder, which the plugin calls ``guest``; empty where it has none.
        """
        uri = self._uri(name)
        self._root, self._start, self._start_mime = None, b"", ""
        parts = urlsplit(uri)
        scheme = parts.scheme.lower()
        behind = (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
        if scheme == "data":
            self._take_data(name, uri)
            found = WebView(path="/")
        elif scheme == "file":
            found = WebView(path=quote(self._take_file(name, uri, bundle, guest)) + behind)
        elif scheme in {"http", "https"}:
            found = WebView(remote=uri)
        elif not scheme and not parts.netloc and uri.startswith("/"):
            found = WebView(path=parts.path + behind)
        else:
            raise PluginError(
                f"the page of {name!r} cannot be shown: it starts at {uri[:200]!r}, which is neither a path nor a"
                " file:, data: or https: address"
            )
        self._clap.extras.has_page = 1
        return found

    def _uri(self, name: str) -> str:
        """What get_uri() gives, up to its NUL: some plugins count that in the length and others do not."""
        functions = self._functions
        if functions is None:
            raise PluginError(f"{name!r} has no page to show: it lacks CLAP's webview extension")
        room = _FIRST_URI_BYTES
        while True:
            buffer = ffi.new("char[]", room + 2)
            with phase(lib.IB_PHASE_CALLBACK):
                length = int(functions.get_uri(self._plugin, buffer, room))
            if length < room or room >= _MOST_URI_BYTES:
                break
            room = min(length + 1, _MOST_URI_BYTES)
        if length <= 0:
            raise PluginError(f"{name!r} has no page to show now: its get_uri() returned {length}")
        raw = bytes(ffi.string(buffer, room + 1))
        if not raw or len(raw) < length - 1:
            raise PluginError(f"the page of {name!r} cannot be shown: of its address's {length} bytes {len(raw)} came")
        return raw.decode("utf-8", "replace")

    def _take_data(self, name: str, uri: str) -> None:
        """A page that is its own address (RFC 2397)."""
        head, comma, body = uri[5:].partition(",")
        mime, base = (head[: -len(";base64")], True) if head.lower().endswith(";base64") else (head, False)
        try:
            if not comma:
                raise ValueError("it has no comma")
            self._start = unquote_to_bytes(body.partition("#")[0])
            if base:
                self._start = base64.b64decode(b"".join(self._start.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise PluginError(f"the page of {name!r} cannot be shown: its data: address is broken ({error})") from error
        self._start_mime = checked_mime(mime or "text/plain")

    def _take_file(self, name: str, uri: str, bundle: str, guest: str) -> str:
        """The path below the root that the address stands for. A plugin in a sandbox has its bundle as its root."""
        path = unquote(urlsplit(uri).path)
        if guest:  # pages of WCLAPs call the bundle by its name, or take it for the whole file system
            if not bundle:
                raise PluginError(
                    f"the page of {name!r} cannot be shown: it is a file, {path!r}, and there is no bundle"
                )
            self._root = Path(bundle)
            return path.removeprefix(guest) if path.startswith(f"{guest}/") else path
        start = Path(path)
        self._root = Path(bundle) if bundle and start.is_relative_to(bundle) else start.parent
        return "/" + str(start.relative_to(self._root))

    # -- what belongs to it -------------------------------------------------------------------------------------------

    def resource(self, path: str) -> WebResource:
        """What is at an absolute path; ``found`` is false where nothing is, or nothing that may be seen."""
        if self._functions is None or not is_plain_path(path):
            return WebResource(found=False)
        if self._start_mime and path == "/":
            return WebResource(mime=self._start_mime, data=self._start)
        if self._root is not None:
            return read_file(self._root, path)
        return self._generated(path)

    def _generated(self, path: str) -> WebResource:
        functions = self._functions
        if functions is None:
            return WebResource(found=False)
        mime = ffi.new("char[]", _MIME_BYTES + 1)
        sink = lib.ib_clap_sink_new(MOST_RESOURCE_BYTES)
        if sink == ffi.NULL:
            return WebResource(found=False)
        try:
            with phase(lib.IB_PHASE_CALLBACK):
                given = functions.get_resource(
                    self._plugin, ffi.new("char[]", path.encode()), mime, _MIME_BYTES, ffi.addressof(sink.stream)
                )
            if not given or sink.failed:
                return WebResource(found=False)
            data = bytes(ffi.buffer(sink.data, sink.used)) if sink.used else b""
        finally:
            lib.ib_clap_sink_free(sink)
        said = bytes(ffi.string(mime)).decode("utf-8", "replace")
        return WebResource(mime=checked_mime(said) if said else mime_of(path), data=data)

    # -- messages -----------------------------------------------------------------------------------------------------

    def receive(self, name: str, data: bytes) -> None:
        """A message of the page. Raises PluginError where the plugin does not take it."""
        if self._functions is None or not self._clap.extras.has_page:
            raise PluginError(f"{name!r} has no open page that could send it anything")
        if len(data) > MOST_MESSAGE_BYTES:
            raise PluginError(
                f"a message of {len(data)} bytes is too long for {name!r}: {MOST_MESSAGE_BYTES} are allowed"
            )
        with phase(lib.IB_PHASE_CALLBACK):
            if not self._functions.receive(self._plugin, ffi.from_buffer(data), len(data)):
                raise PluginError(f"{name!r} refused a message of {len(data)} bytes: its receive() returned false")

    @staticmethod
    def notice(remark: Remark) -> WebMessage | None:
        """What the plugin has sent to its page; None for other remarks."""
        return WebMessage(data=remark.data) if remark.kind == lib.IB_CLAP_PAGE_MESSAGE else None

    def close(self) -> None:
        """Nobody looks any more: the plugin's send() fails from now on."""
        self._clap.extras.has_page = 0


def checked_mime(mime: str) -> str:
    """A media type that can stand in a header; that of unknown bytes for anything else."""
    mime = mime.strip()
    return mime if _MIME.fullmatch(mime) else _UNKNOWN


def is_plain_path(path: str) -> bool:
    """Is this an absolute path that leads nowhere else, to a name that is not hidden from pages?"""
    parts = path.split("/")
    return (
        path.startswith("/")
        and len(path) <= _FIRST_URI_BYTES
        and not any(ord(letter) < 32 or letter == "\\" for letter in path)
        and not any(part in {".", ".."} or part.startswith("._") for part in parts)
    )


def read_file(root: Path, path: str) -> WebResource:
    """A file below ``root``, wherever links may lead. Folders, devices and the plugin itself are as if not there."""
    nothing = WebResource(found=False)
    try:
        base = root.resolve(strict=True)
        file = (base / path.lstrip("/")).resolve(strict=True)
        if not file.is_relative_to(base) or (file.parent == base and file.name.lower() in _SERVED_NEVER):
            return nothing
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb") as stream:
            found = os.fstat(opened)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_RESOURCE_BYTES:
                return nothing
            return WebResource(mime=mime_of(file.name), data=stream.read(MOST_RESOURCE_BYTES))
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file system takes
        return nothing
