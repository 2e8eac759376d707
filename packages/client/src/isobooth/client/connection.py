"""From a booth that may die at any moment to a plugin that can be talked to.

Starts it, activates it, asks it, and makes one exception of whatever goes wrong.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from isobooth.protocol import messages as m
from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import (
    ChannelError,
    ChannelTimeout,
    IsoboothError,
    PluginClosed,
    PluginCrashed,
    PluginError,
    PluginTimeout,
    SegmentError,
)
from isobooth.protocol.phases import phase_name

from ._core import ffi, lib
from .booth import Booth, BoothGone
from .failures import LOG_LINES, current_phase, make_report
from .options import Options
from .stream import Stream, make_segment

if TYPE_CHECKING:
    from ._core import CData

R = TypeVar("R", bound=m.Reply)

MOST_CHANNELS = 1024
"""Of a bus, and of all buses of one direction together."""

_CLOSE_SECONDS = 2.0
"""How long a plugin may take to leave when it is closed; some never do."""
_END_SECONDS = 0.25
"""How long a booth that has closed its channel may take to end by itself."""

_NO_PLUGIN = "load another plugin, or another version of it"
_NO_PLUGIN_YET = "give it more time (load_timeout=), or load another plugin"
"""What to do where a plugin did not come as far as to be handed out."""


@dataclass(frozen=True)
class Target:
    """Which plugin to load."""

    format: str
    path: str
    id: str

    @property
    def argument(self) -> str:
        """As the host's command line takes it."""
        return f"{self.path}#{self.id}" if self.id else self.path

    def __str__(self) -> str:
        return f"{self.format}:{self.argument}"


class Connection:
    """One booth, its stream and everything that is asked of it. Ends for good when the booth does."""

    def __init__(
        self,
        target: Target,
        options: Options,
        notify: Callable[[m.Message | None], None],
        started: Callable[[Booth], None] | None = None,
    ) -> None:
        """Load. ``started`` is called with the booth as soon as it runs: whoever kills it ends the loading."""
        self.target = target
        self.options = options
        self.name = str(target)
        self._error: IsoboothError | None = None
        self._diagnose: Callable[[], IsoboothError] | None = None
        """How to find out why the booth is of no more use: that takes longer than an audio thread may."""
        self._finding = threading.Lock()
        self._phases: list[str] = []
        """Of the requests that are under way."""
        self.stream: Stream | None = None
        self._streams: list[Stream] = []
        """Those that are watched over; the finalizer knows the list."""
        self.activated: m.Activated | None = None
        self._pid = os.getpid()
        self._control, _ = make_segment(slots=0, max_frames=0, sample_bytes=4, inputs=0, outputs=0, event_bytes=0)
        settings = [repr(options.sample_rate), str(options.block_size), str(options.inputs), str(options.outputs)]
        arguments = [target.format, target.argument, self._control.name, secrets.token_hex(4)]
        try:
            self.booth = Booth(arguments, settings, self._control, notify, options.limits.settings(), options.licensing)
        except BaseException:  # Ctrl-C as well
            self._control.close()
            raise
        self.finalizer = weakref.finalize(self, _end, self.booth, self._streams, self._pid)
        try:
            if started is not None:
                started(self.booth)
            with self.guard("load", options.load_timeout):
                self.loaded = self.booth.greet(options.load_timeout)
        except BaseException:  # Ctrl-C as well
            self.booth.kill()  # it may be stuck in the load that Ctrl-C ended, or not understand a goodbye
            self.close()
            raise
        finally:
            self._control.unlink()
        self.name = self.loaded.descriptor.name or self.name

    @property
    def descriptor(self) -> PluginDescriptor:
        """What the host said at the start."""
        return self.loaded.descriptor

    @property
    def is_dead(self) -> bool:
        """Is the booth of no more use? Quick."""
        return self._error is not None or self._diagnose is not None

    @property
    def error(self) -> IsoboothError | None:
        """Why the booth is of no more use, None while it is alive. May wait a moment for the process to end."""
        if self._error is None and self._diagnose is not None:
            with self._finding:
                if self._error is None:
                    self._error = self._diagnose()
        return self._error

    # -- errors -------------------------------------------------------------------------------------------------------

    def _headers(self) -> list[CData]:
        headers = [ffi.cast("struct ib_header *", ffi.from_buffer(self._control.memory))]
        if self.stream is not None:
            headers.append(self.stream.header)
        return headers

    @contextlib.contextmanager
    def guard(self, phase: str, timeout: float) -> Iterator[None]:
        """Turn what the booth does inside the block into one exception; ``error`` keeps it, and the booth is ended.

        Its end becomes PluginCrashed, silence PluginTimeout, garbage ChannelError.
        """
        known = self.error
        if known is not None:
            raise known.with_traceback(None)  # the same each time: it would grow
        self._phases.append(phase)
        try:
            yield
        except BoothGone:
            self.crashed(phase)
            raise self._known() from None
        except ChannelTimeout:
            self.hung(phase, timeout)
            raise self._known() from None
        except ChannelError as error:
            raise self._garbled(error) from error
        finally:
            self._phases.remove(phase)

    def _garbled(self, error: ChannelError) -> IsoboothError:
        """The booth does not speak our language: it is ended."""
        if self._error is None:  # first: whoever sees it die is to know why
            text = f"the booth of {self.name} sent something that is no message and was ended: {error}"
            self._error = ChannelError(text)
        self._kill()
        return self._error

    def _known(self) -> IsoboothError:
        return self.error or PluginClosed(f"{self.name} has been closed")

    def crashed(self, phase: str) -> None:
        """The booth has ended by itself. How is found out when somebody asks for ``error``."""
        number = next((i for i in range(32) if phase_name(i) == phase), None)
        self._because(lambda: self._find_crash(number))

    def _because(self, diagnose: Callable[[], IsoboothError]) -> None:
        """The booth is of no more use. Who notices first knows why: what is ended here is seen to crash as well."""
        if not self.is_dead:
            self._diagnose = diagnose

    def ended(self) -> None:
        """The channel has closed, whatever was going on."""
        if not self.is_dead and self.booth.fault is not None:
            self._garbled(self.booth.fault)
        elif not self.is_dead:
            header = None if self.stream is None else self.stream.header
            in_block = header is not None and int(header.client.submitted) > int(header.host.completed)
            self.crashed("process" if in_block else (self._phases or ["none"])[0])

    def end(self, reason: str) -> None:
        """End the booth, and say so in these words. Quick."""
        if not self.is_dead:
            self._because(lambda: self._find_end(reason))
            self._kill()

    def _find_end(self, reason: str) -> PluginCrashed:
        report = make_report(self.name, self.booth, self._headers())
        report.reason = reason
        return PluginCrashed(report)

    def _kill(self) -> None:
        self.booth.kill()
        if self.stream is not None:
            lib.ib_stream_mark_dead(self.stream.pointer)

    def _find_crash(self, phase: int | None) -> PluginCrashed:
        if self.booth.wait_exit(_END_SECONDS) is None:  # first: a signal of ours must not hide how it ended
            self.booth.kill()  # it may have closed its channel only
            self.booth.log.add("error", "its process had closed the host's control channel and was ended")
        report = make_report(self.name, self.booth, self._headers(), phase)
        return PluginCrashed(report) if self.activated else PluginCrashed(report, advice=_NO_PLUGIN)

    def corrupt(self) -> None:
        """The booth wrote numbers that cannot be: end it."""
        self._because(self._find_corruption)
        self._kill()

    def _find_corruption(self) -> PluginCrashed:
        report = make_report(self.name, self.booth, [])
        report.phase = "process (it had overwritten the shared memory and was ended)"
        return PluginCrashed(report)

    def hung(self, phase: str, timeout: float) -> None:
        """The booth does not answer: end it."""
        self._because(lambda: self._find_hang(phase, timeout))
        self._kill()

    def _find_hang(self, phase: str, timeout: float) -> PluginTimeout:
        self.booth.wait_exit()
        self.booth.drain_log()
        noted = None if phase == phase_name(lib.IB_PHASE_PROCESS) else current_phase(self._headers())
        phase = phase if noted is None else phase_name(noted)
        log = self.booth.log.lines()[-LOG_LINES:]
        if not self.activated:
            return PluginTimeout(self.name, phase, timeout, log=log, advice=_NO_PLUGIN_YET)
        return PluginTimeout(self.name, phase, timeout, log=log)

    # -- requests -----------------------------------------------------------------------------------------------------

    def ask(self, message: m.Request, kind: type[R], phase: str, timeout: float | None = None) -> R:
        """Ask the host. Raises what it reports, PluginCrashed or PluginTimeout."""
        seconds = self.options.timeout if timeout is None else timeout
        with self.guard(phase, seconds):
            return self.booth.request(message, kind, seconds)

    def activate(self, event_bytes: int) -> Stream:
        """Make the plugin ready to process through a new stream. Raises PluginError or SegmentError."""
        o = self.options
        if self.stream is not None:
            self._drop(self.stream)  # first: a descriptor is watched for one stream at a time
        stream = self.stream = self._new_stream(event_bytes)
        try:
            self.activated = self.ask(
                m.Activate(
                    segment=stream.segment.name,
                    sample_rate=o.sample_rate,
                    max_frames=o.block_size,
                    flush_denormals=o.denormals == "flush",
                    offline=o.offline,
                    in_place=o.in_place,
                    guard=o.guard,
                ),
                m.Activated,
                "activate",
                o.load_timeout,
            )
        finally:
            stream.segment.unlink()
        return stream

    def swap(self, event_bytes: int) -> Stream:
        """Give the active plugin another stream with more room for events; it notices nothing.

        No block may be in flight.
        """
        previous = self.stream
        if previous is None:
            raise PluginError(f"{self.name} is not active")
        previous.unwatch()
        try:
            stream = self._new_stream(event_bytes)
        except BaseException:  # Ctrl-C as well
            self._watch(previous)
            raise
        lib.ib_stream_resume(stream.pointer, previous.report())
        try:
            self.ask(m.Attach(segment=stream.segment.name), m.Done, "process")
        except BaseException:  # Ctrl-C as well
            self._drop(stream)
            self._watch(previous)
            raise
        finally:
            stream.segment.unlink()
        self.stream = stream
        self._drop(previous)
        return stream

    def _new_stream(self, event_bytes: int) -> Stream:
        o, buses = self.options, self.descriptor
        for bus in buses.buses:  # sums and shapes are made of these numbers, and the host is not trusted
            if not 0 <= bus.channels <= MOST_CHANNELS:
                raise SegmentError(f"{bus.direction} bus {bus.name!r} of {self.name} has {bus.channels} channels")
        segment, geometry = make_segment(
            slots=o.slots,
            max_frames=o.slot_frames,
            sample_bytes=o.sample_bytes(buses.buses),
            inputs=buses.channels("input"),
            outputs=buses.channels("output"),
            event_bytes=event_bytes,
        )
        stream = Stream(segment, geometry, block_size=o.block_size, sample_rate=o.sample_rate)
        self._streams.append(stream)
        self._watch(stream)
        return stream

    def _watch(self, stream: Stream) -> None:
        """Whoever waits for a block learns at once of the booth's end, also of one that is past."""
        stream.watch(self.booth.channel_fd, readable=False)
        if self.booth.process_fd >= 0:
            stream.watch(self.booth.process_fd, readable=True)

    def _drop(self, stream: Stream) -> None:
        stream.close()
        self._streams.remove(stream)

    def close(self) -> None:
        """End the booth, politely if it still listens. A second call does nothing."""
        patience = min(self.options.timeout, _CLOSE_SECONDS) if self.error is None else 0.0
        if self._error is None:
            self._error = PluginClosed(f"{self.name} has been closed")
        for stream in list(self._streams):
            self._drop(stream)
        self.stream = self._diagnose = None  # nothing of it is to wait for the collector
        if self._pid == os.getpid():
            self.booth.close(patience)
            self.finalizer.detach()
        self._control.close()


def _end(booth: Booth, streams: list[Stream], pid: int) -> None:
    """For a connection that nobody closed. A forked child leaves the booth to its parent."""
    if pid == os.getpid():
        for stream in streams:
            stream.unwatch()  # before its descriptors are closed
        booth.kill()
        booth.close(0.0)
