"""One booth from outside: its process, its control channel, what it prints, and how it ended."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import (
    ChannelClosed,
    ChannelError,
    ChannelTimeout,
    HostFailed,
    IncompatiblePeer,
    PluginTimeout,
    error_from_info,
)
from isobooth.protocol.licensing import LicenseCheck, LicenseOnline
from isobooth.protocol.segment import Segment

from ._core import lib
from .clerk import Clerk
from .licensing import Licensing
from .log import PluginLog
from .reactor import reactor
from .tracers import end_tracers
from .version import __version__
from .warmhost import kill_process, warm_host

R = TypeVar("R", bound=m.Reply)

_EXIT_SECONDS = 2.0
"""How long a booth whose channel has closed may take to be gone."""
_LOG_READ_BYTES = 1 << 16
_LAST_READS = 64
"""Of its channel; a pipe holds less."""
_LOG_MOST_BYTES = 1 << 20
"""More than a pipe holds."""


def _pipes(count: int) -> list[tuple[int, int]]:
    """Pairs of a reading and a writing end; all of them or none. Raises HostFailed."""
    made: list[tuple[int, int]] = []
    try:
        while len(made) < count:
            made.append(os.pipe())
    except OSError as error:
        for fd in itertools.chain(*made):
            os.close(fd)
        raise HostFailed(
            f"no booth could be started: {error} - close some files, or raise the limit (ulimit -n)"
        ) from error
    return made


class BoothGone(ChannelClosed):
    """The booth has ended; whoever catches this makes a report of it."""


class Booth:
    """A process that runs one plugin. Requests are safe from several threads.

    ``notify`` is called on the reactor's thread with every notification, and with None when the channel has closed.
    """

    def __init__(
        self,
        arguments: list[str],
        settings: list[str],
        segment: Segment,
        notify: Callable[[m.Message | None], None],
        limits: dict[str, int] | None = None,
        licensing: Licensing | None = None,
    ) -> None:
        self.format = arguments[0]
        self.log = PluginLog()
        self.segment = segment
        self.exit_status: int | None = None
        self._notify = notify
        self.clerk = Clerk(licensing, self._send, notify, self._log_line)
        self._ids = itertools.count(1)
        self._send_lock = threading.Lock()
        self._changed = threading.Condition()
        self._first: list[m.Message] = []
        self._replies: dict[int, m.Reply] = {}
        self._waiting: set[int] = set()
        self._gone = False
        self.fault: ChannelError | None = None
        """What came and is no message; after that, nothing is read."""
        self._closed = False
        self._closing = threading.RLock()
        self._start(arguments, settings, limits or {})

    # -- process ------------------------------------------------------------------------------------------------------

    def _start(self, arguments: list[str], settings: list[str], limits: dict[str, int]) -> None:
        self._warm = warm_host()
        (host_read, our_write), (our_read, host_write), (self._log_fd, host_log) = _pipes(3)
        try:
            spawned = self._warm.spawn(arguments, settings, [host_read, host_write, host_log], limits)
        except BaseException:  # Ctrl-C as well
            for fd in (our_write, our_read, self._log_fd):
                os.close(fd)
            raise
        finally:
            for fd in (host_read, host_write, host_log):
                os.close(fd)
        self.pid = spawned.pid
        self.process_fd = spawned.process_fd
        self._channel: Channel[m.ToClient] = Channel(our_read, our_write, m.ToClient)
        self.channel_fd = our_read
        os.set_blocking(self._log_fd, False)
        reactor().add(self._log_fd, self._on_log)
        reactor().add(our_read, self._on_message)
        if self.process_fd >= 0:
            reactor().add(self.process_fd, self._on_exit)

    def _on_log(self) -> None:
        try:
            data = os.read(self._log_fd, _LOG_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.log.feed(data)
        else:
            reactor().remove(self._log_fd)

    def _on_message(self) -> None:
        try:
            self._channel.pump()
            while (message := self._channel.next()) is not None:
                self._dispatch(message)
        except ChannelError as error:
            self._on_end(error)

    def _on_exit(self) -> None:
        """The process has ended. What it forked may hold the channel open for ever: read what is there, no more."""
        reactor().remove(self.process_fd)
        poll = select.poll()
        poll.register(self.channel_fd, select.POLLIN)
        for _ in range(_LAST_READS):
            if self._gone or not poll.poll(0):
                break
            self._on_message()
        if not self._gone:
            self._on_end(ChannelClosed("the booth has ended"))

    def _on_end(self, error: ChannelError) -> None:
        reactor().remove(self.channel_fd)
        with self._changed:
            self._gone = True
            if not isinstance(error, ChannelClosed):
                self.fault = error
            self._changed.notify_all()
        self._notify(None)

    def _dispatch(self, message: m.Message) -> None:
        if isinstance(message, m.Reply):
            with self._changed:
                if message.id in self._waiting:
                    self._replies[message.id] = message
                    self._changed.notify_all()
        elif isinstance(message, (m.Hello, m.Loaded, m.LoadFailed)):
            with self._changed:
                if len(self._first) < 4:
                    self._first.append(message)
                self._changed.notify_all()
        elif isinstance(message, m.Log):
            self._log_line(message.level, message.text)
        elif isinstance(message, (LicenseCheck, LicenseOnline)):
            self.clerk.take(message)
        else:
            self._notify(message)

    def _log_line(self, level: str, text: str) -> None:
        self.log.add(level, text)
        self._notify(m.Log(level=level, text=text))

    # -- messages -----------------------------------------------------------------------------------------------------

    def greet(self, timeout: float) -> m.Loaded:
        """Exchange the first messages and wait for the plugin.

        Raises what the host reports (PluginLoadError …), IncompatiblePeer, ChannelTimeout or BoothGone.
        """
        deadline = time.monotonic() + timeout
        self._send(
            m.Hello(
                protocol_major=m.PROTOCOL_MAJOR,
                protocol_minor=m.PROTOCOL_MINOR,
                layout_major=lib.IB_LAYOUT_MAJOR,
                layout_minor=lib.IB_LAYOUT_MINOR,
                program="isobooth-client",
                version=__version__,
                pid=os.getpid(),
                licensing=self.clerk.offer,
            ),
            timeout,
        )
        hello = self._next_first(deadline)
        if isinstance(hello, m.LoadFailed):
            raise error_from_info(hello.error)
        if not isinstance(hello, m.Hello):
            raise IncompatiblePeer(f"the host's first message is {type(hello).__name__}, not Hello")
        ours, theirs = (m.PROTOCOL_MAJOR, lib.IB_LAYOUT_MAJOR), (hello.protocol_major, hello.layout_major)
        if ours != theirs:
            older = hello.program if theirs < ours else "isobooth-client"
            raise IncompatiblePeer(
                f"{hello.program} {hello.version} speaks protocol {theirs[0]} (layout {theirs[1]}), isobooth-client"
                f" {__version__} speaks protocol {ours[0]} (layout {ours[1]}) - upgrade {older}"
            )
        loaded = self._next_first(deadline)
        if isinstance(loaded, m.LoadFailed):
            raise error_from_info(loaded.error)
        if not isinstance(loaded, m.Loaded):
            raise IncompatiblePeer(f"the host's second message is {type(loaded).__name__}, not Loaded")
        self.format = loaded.descriptor.format  # what was asked for may have been a path alone
        return loaded

    def _next_first(self, deadline: float) -> m.Message:
        with self._changed:
            there = self._changed.wait_for(lambda: self._first or self._gone, deadline - time.monotonic())
            if self._first:
                return self._first.pop(0)
            self._raise_if_gone()
            if not there:
                raise ChannelTimeout("the booth did not answer in time")
            raise BoothGone("the booth has ended")

    def _raise_if_gone(self) -> None:
        if self.fault is not None:
            raise self.fault
        if self._gone or self._closed:
            raise BoothGone("the booth has ended")

    def _send(self, message: m.Message, timeout: float) -> None:
        with self._send_lock:
            if self._closed:
                raise BoothGone("the booth is closed")
            try:
                self._channel.send(message, timeout=timeout)
            except ChannelClosed as error:
                raise BoothGone("the booth has ended") from error

    def request(self, message: m.Request, kind: type[R], timeout: float) -> R:
        """Ask and wait for the reply.

        Raises what the host reports, ChannelTimeout after ``timeout`` seconds, BoothGone, or ChannelError for a reply
        of another kind.
        """
        number = next(self._ids)
        message.id = number
        with self._changed:
            self._raise_if_gone()
            self._waiting.add(number)
        try:
            self._send(message, timeout)
            with self._changed:
                there = self._changed.wait_for(lambda: number in self._replies or self._gone, timeout)
                reply = self._replies.pop(number, None)
                if reply is None:
                    self._raise_if_gone()
        finally:
            with self._changed:
                self._waiting.discard(number)
        if reply is None or not there:
            raise ChannelTimeout("the booth did not answer in time")
        if isinstance(reply, m.Failed):
            raise error_from_info(reply.error)
        if not isinstance(reply, kind):
            raise ChannelError(f"the host answered {type(message).__name__} with {type(reply).__name__}")
        return reply

    # -- end ----------------------------------------------------------------------------------------------------------

    @property
    def is_gone(self) -> bool:
        """Has the channel closed?"""
        return self._gone or self._closed

    def kill(self) -> None:
        """End the process at once."""
        if not self._closed:  # then its descriptor and its number may be another's
            end_tracers(self.pid, self._warm.pid)
            kill_process(self.pid, self.process_fd)

    def wait_exit(self, timeout: float = _EXIT_SECONDS) -> int | None:
        """Exit status (minus the signal that ended it), or None if it is not known within ``timeout`` seconds."""
        if self.exit_status is None:
            # The reactor brings the news: on its thread, where the collector may have led us, there is no waiting.
            self.exit_status = self._warm.wait_exit(self.pid, 0.0 if reactor().is_current else timeout)
        return self.exit_status

    def drain_log(self) -> None:
        """After the process has ended: take what it printed last."""
        left = _LOG_MOST_BYTES  # what it forked may go on printing
        with contextlib.suppress(OSError):
            while left > 0 and (data := os.read(self._log_fd, _LOG_READ_BYTES)):
                self.log.feed(data)
                left -= len(data)
        self.log.finish()

    def close(self, timeout: float) -> None:
        """Ask the plugin to leave, then end the process whatever it says. A second call does nothing."""
        with self._closing:
            if not self._closed:
                self._close(timeout)

    def _close(self, timeout: float) -> None:
        if not self.is_gone:
            with contextlib.suppress(ChannelError, PluginTimeout):
                self.request(m.Shutdown(), m.Done, timeout)
                self.wait_exit(timeout)
        if self.wait_exit(0.0) is None:
            self.kill()
            self.wait_exit()
        for fd in (self.channel_fd, self._log_fd, self.process_fd):
            reactor().remove(fd)
        self.drain_log()
        with self._send_lock, self._changed:
            self._closed = True
            self._channel.close()
            os.close(self._log_fd)
            if self.process_fd >= 0:
                os.close(self.process_fd)
            self._changed.notify_all()
