"""How a program hears of what happens to a plugin: a queue, callbacks, or asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable

from isobooth.protocol.errors import ArgumentTypeError, PluginClosed

from .inbox import Inbox
from .notices import Notice
from .options import number

Listener = Callable[[Notice], object]

_JOIN_SECONDS = 1.0


class Board:
    """Hands each notice to the queue, and to a thread of ours that calls listeners."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self._lock = threading.RLock()
        self._listeners: tuple[Listener, ...] = ()
        self._heard: Inbox | None = None
        """What listeners have not been called with yet."""
        self._thread: threading.Thread | None = None

    def put(self, notice: Notice) -> None:
        """Here is one. Any thread; returns at once."""
        self.inbox.put(notice)
        heard = self._heard
        if heard is not None:
            heard.put(notice)

    def add(self, listener: Listener) -> None:
        """Call this with every notice from now on."""
        with self._lock:
            if self.inbox.is_closed:
                raise PluginClosed("a plugin that has been closed has nothing more to tell")
            self._listeners += (listener,)
            if self._heard is None:
                self._heard = Inbox()
                self._thread = threading.Thread(
                    target=self._run, args=(self._heard,), name="isobooth-listener", daemon=True
                )
                self._thread.start()

    def remove(self, listener: Listener) -> None:
        """No more."""
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def _run(self, heard: Inbox) -> None:
        while heard.wait(None):
            for notice in heard.take():
                for listener in self._listeners:
                    try:
                        listener(notice)
                    except Exception:  # noqa: BLE001  the program's own fault: reported, and the others still hear
                        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))

    def close(self) -> None:
        """No more will come. Listeners have heard everything when this returns, unless one of them takes long."""
        with self._lock:
            self.inbox.close()
            thread, heard = self._thread, self._heard
            self._thread = None
        if heard is not None:
            heard.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)

    def disown(self) -> None:
        """In a forked child: nobody brings anything, and the thread is the parent's."""
        self._lock = threading.RLock()
        self.inbox.disown()
        self._thread = self._heard = None


class Hearing:
    """The part of Plugin that tells what happens. A Plugin sets the attribute."""

    _board: Board

    def take_notices(self) -> list[Notice]:
        """What has happened to the plugin since the last call, in order; see isobooth.client.notices for the kinds.

        A DAW calls this now and then on its main thread; ``wait_notice`` or ``notice_fd`` tell when it is worth while.
        At most 10,000 notices are kept (1,000 of them lines of the log): when older ones had to go, the first one is
        Lost with their number. Works for a dead or closed plugin as well. Any thread.
        """
        return self._board.inbox.take()

    def wait_notice(self, timeout: float | None = None) -> bool:
        """Sleep until there is a notice to take; False if there is none within ``timeout`` seconds (None: for ever).

        Any thread; other calls go on meanwhile.
        """
        return self._board.inbox.wait(None if timeout is None else number("timeout", timeout, 0.0, 86400.0))

    @property
    def notice_fd(self) -> int:
        """A descriptor that can be read while there are notices to take: for select, poll or an event loop.

        Only ``take_notices`` may read from it. It is closed with the plugin; -1 afterwards.
        """
        return self._board.inbox.fileno()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every notice from now on; returns a function that ends that.

        It runs on a thread named ``isobooth-listener``, one notice at a time, in order, and may take its time and call
        anything of the plugin, ``close`` and ``restart`` among them. An exception in it is reported through
        threading.excepthook, and the next notice comes all the same. Independent of ``take_notices``.
        """
        if not callable(listener):
            raise ArgumentTypeError(f"listen takes a function of one notice, not {type(listener).__name__}")
        self._board.add(listener)
        return lambda: self._board.remove(listener)

    async def next_notice(self) -> Notice:
        """Await one notice: the oldest that ``take_notices`` would give, and take it. Any asyncio event loop.

        Raises PluginClosed once the plugin is closed and all have been taken.
        """
        inbox = self._board.inbox
        while True:
            notice = inbox.take_one()
            if notice is not None:
                return notice
            if inbox.is_closed:
                raise PluginClosed("the plugin has been closed: there are no more notices")
            with contextlib.suppress(OSError):  # closed just now
                await _until_readable(os.dup(inbox.fileno()))

    async def notices(self) -> AsyncIterator[Notice]:
        """``async for`` over notices until the plugin is closed. Each is taken, as by ``take_notices``."""
        while True:
            try:
                notice = await self.next_notice()
            except PluginClosed:
                return
            yield notice


async def _until_readable(fd: int) -> None:
    """Wait for a descriptor, which is closed afterwards."""
    loop = asyncio.get_running_loop()
    there = asyncio.Event()
    try:
        loop.add_reader(fd, there.set)
        try:
            await there.wait()
        finally:
            loop.remove_reader(fd)
    finally:
        os.close(fd)
