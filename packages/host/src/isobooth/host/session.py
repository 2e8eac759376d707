"""The main thread of a booth: messages in, replies out, and whatever the plugin asks for in between."""

from __future__ import annotations

import os
import select
import time

from isobooth.protocol import abilities as a
from isobooth.protocol import messages as m
from isobooth.protocol import web as w
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import (
    ArgumentError,
    ChannelClosed,
    IncompatiblePeer,
    IsoboothError,
    PluginError,
    SegmentError,
    error_to_info,
)

from . import __version__
from ._core import ffi, lib
from .arguments import MOST_BLOCK, MOST_SAMPLE_RATE, BoothArguments
from .asked import Asked
from .audio import Audio
from .contain import Changes, keep_descriptor
from .guess import guess_format
from .licensing.line import Line, Terms
from .plugin import LoadRequest, PluginInstance, phase
from .registry import AUTO, find_format
from .sizes import check_channels

HELLO_SECONDS = 30.0
"""How long the client may take for its first message."""
GRACE_MS = 500
"""How long an orderly end may take once the client is gone, before the process is killed."""
CAPABILITIES = ["attach", "state", "text", "flush"]


def check_versions(hello: m.Hello) -> None:
    """Raise IncompatiblePeer if this host cannot work with that client."""
    ours = (m.PROTOCOL_MAJOR, lib.IB_LAYOUT_MAJOR)
    theirs = (hello.protocol_major, hello.layout_major)
    if ours == theirs:
        return
    older = hello.program if theirs < ours else "isobooth-host"
    raise IncompatiblePeer(
        f"{hello.program} {hello.version} speaks protocol {theirs[0]} (layout {theirs[1]}), isobooth-host {__version__}"
        f" speaks protocol {ours[0]} (layout {ours[1]}) - upgrade {older}"
    )


class SandboxCrash(PluginError):
    """The plugin runs no more, though its process does: the process ends, as it does where a native plugin crashes."""


class Session:
    """One booth from its first message to its end."""

    def __init__(self, arguments: BoothArguments, *, owner_pid: int) -> None:
        self._arguments = arguments
        self._audio = Audio(arguments.segment)
        self._channel: Channel[m.ToHost] = Channel(arguments.read_fd, arguments.write_fd, m.ToHost)
        self._plugin: PluginInstance | None = None
        self._asked: Asked | None = None
        self._line = Line(self._channel)
        self._terms: Terms | None = None
        self._changes = Changes()
        self._warned: set[str] = set()
        self._ending = False
        self._watch(owner_pid)

    def _watch(self, owner_pid: int) -> None:
        owner = -1
        if owner_pid > 1 and hasattr(os, "pidfd_open"):
            try:
                owner = keep_descriptor(os.pidfd_open(owner_pid))
            except ProcessLookupError:
                self._ending = True  # gone already
            except OSError:
                owner = -1  # an old kernel: the end of the channel tells the same
        lib.ib_contain_descriptor(self._audio.mailbox.wake_fd)
        wrong = lib.ib_watchdog_start(self._arguments.read_fd, owner, self._audio.mailbox.wake_fd, GRACE_MS)
        if wrong != ffi.NULL:
            raise IsoboothError(f"the booth cannot be watched over: {ffi.string(wrong).decode()}")

    def run(self) -> None:
        """Serve until the client says goodbye or is gone. Raises what makes a session impossible."""
        try:
            self._greet()
            self._load()
            self._answer_all()  # what came while the plugin waited for something else
            while not self._ending:
                self._step()
        except ChannelClosed:
            pass  # the client is gone: that is how most sessions end
        finally:
            lib.ib_crash_orderly()
            self._close()

    # -- start ----------------------------------------------------------------------------------------------------

    def _greet(self) -> None:
        hello = m.Hello(
            protocol_major=m.PROTOCOL_MAJOR,
            protocol_minor=m.PROTOCOL_MINOR,
            layout_major=lib.IB_LAYOUT_MAJOR,
            layout_minor=lib.IB_LAYOUT_MINOR,
            program="isobooth-host",
            version=__version__,
            pid=os.getpid(),
            capabilities=CAPABILITIES,
        )
        self._channel.send(hello, timeout=HELLO_SECONDS)
        first = self._channel.receive(timeout=HELLO_SECONDS)
        try:
            if not isinstance(first, m.Hello):
                raise IncompatiblePeer(f"the client's first message is {type(first).__name__}, not Hello")
            check_versions(first)
            self._terms = None if first.licensing is None else Terms(first.licensing, self._line)
        except IncompatiblePeer as error:
            self._channel.send(m.LoadFailed(error=error_to_info(error)), timeout=HELLO_SECONDS)
            raise

    def _load(self) -> None:
        a = self._arguments
        request = LoadRequest(
            path=a.path,
            plugin_id=a.plugin_id,
            sample_rate=a.sample_rate,
            block_size=a.block_size,
            inputs=a.inputs,
            outputs=a.outputs,
            mailbox=self._audio.mailbox,
            licensing=self._terms,
        )
        try:
            with phase(lib.IB_PHASE_LOAD):
                plugin = find_format(guess_format(a.path) if a.format == AUTO else a.format).load(request)
            self._plugin = plugin
            check_channels(plugin.descriptor)
            with phase(lib.IB_PHASE_PARAMETER):
                values = plugin.values()
        except IsoboothError as error:
            self._channel.send(m.LoadFailed(error=error_to_info(error)), timeout=HELLO_SECONDS)
            raise
        self._asked = Asked(plugin, self._audio, self._channel)
        lib.ib_host_state_set(lib.IB_HOST_READY)
        self._channel.send(m.Loaded(descriptor=plugin.descriptor, values=values, warnings=plugin.warnings))
        self._tell_changes()

    # -- loop -----------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        plugin, asked = self._both()
        poll = select.poll()
        wake_fd = self._audio.mailbox.wake_fd
        for fd, events in plugin.poll_fds():
            poll.register(fd, events)
        poll.register(self._channel.read_fd, select.POLLIN)  # last: a plugin that names our descriptors changes nothing
        poll.register(wake_fd, select.POLLIN)
        due = min((one for one in (plugin.next_timer(), asked.due) if one is not None), default=None)
        happened = poll.poll(None if due is None else max(0, int((due - time.monotonic()) * 1000)))
        lib.ib_contain_restore()  # the audio thread, or a thread of the plugin's, may have done something meanwhile
        if due is not None and not happened:
            time.sleep(max(0.0, due - time.monotonic()))  # what is left of a millisecond, which poll would round up
        for fd, events in happened:
            if fd == wake_fd:
                os.read(wake_fd, 8)
            elif fd == self._channel.read_fd:
                self._channel.pump()
            else:
                with phase(lib.IB_PHASE_CALLBACK):
                    plugin.on_fd(fd, events)
        if lib.ib_watchdog_reason():
            self._ending = True
            return
        if due is not None and time.monotonic() >= due:
            with phase(lib.IB_PHASE_CALLBACK):
                plugin.on_timers()
            asked.serve_late()
        asked.serve()
        self._end_if_dead()
        self._answer_all()

    def _answer_all(self) -> None:
        while not self._ending and (message := self._line.next()) is not None:
            self._answer(message)

    def _both(self) -> tuple[PluginInstance, Asked]:
        if self._plugin is None or self._asked is None:
            raise IsoboothError("the session has no plugin")
        return self._plugin, self._asked

    def _answer(self, message: m.ToHost) -> None:
        if not isinstance(message, m.Request):
            self._channel.send(m.Log(level="warning", text=f"the host does not expect {type(message).__name__} now"))
            return
        reply: m.Reply
        try:
            reply = self._handle(message)
        except IsoboothError as error:
            reply = m.Failed(error=error_to_info(error))
        self._end_if_dead()
        reply.id = message.id
        self._channel.send(reply)
        if self._asked is not None and self._plugin is not None:
            self._asked.serve()
        elif self._asked is not None:
            self._asked.pass_log()  # its last words; whatever else it asked for, it is gone
        self._tell_changes()

    def _end_if_dead(self) -> None:
        if self._plugin is not None and (reason := self._plugin.death()):
            if self._asked is not None:
                self._asked.serve()  # what the log says of it
            raise SandboxCrash(reason)

    def _tell_changes(self) -> None:
        for text in self._changes.take():
            self._channel.send(m.Log(level="misbehaving", text=text))
        for text in self._plugin.warnings if self._plugin is not None else []:
            key = text if not text.startswith("... ") else "..."  # how many more there are is told once
            if key not in self._warned:
                self._warned.add(key)
                self._channel.send(m.Log(level="warning", text=text))

    def _handle(self, message: m.Request) -> m.Reply:
        plugin, _ = self._both()
        if isinstance(message, m.Activate):
            return self._activate(message)
        if isinstance(message, m.Attach):
            self._audio.attach(message.segment, plugin)
            return m.Done()
        if isinstance(message, m.Deactivate):
            self._deactivate()
            return m.Done()
        if isinstance(message, m.Shutdown):
            self._ending = True
            lib.ib_crash_orderly()
            self._close_plugin()
            return m.Done()
        if isinstance(message, m.SetOffline):
            plugin.set_offline(message.offline)
            return m.Done()
        if isinstance(message, m.Describe):
            return self._described(plugin)
        return self._handle_values(message, plugin)

    def _handle_values(self, message: m.Request, plugin: PluginInstance) -> m.Reply:
        if isinstance(message, m.GetValues):
            with phase(lib.IB_PHASE_PARAMETER):
                values = plugin.values()
            wanted = message.ids or list(values)
            return m.Values(values={number: values[number] for number in wanted if number in values})
        if isinstance(message, m.ValuesToText):
            with phase(lib.IB_PHASE_PARAMETER):
                return m.Texts(texts=[plugin.value_to_text(number, value) for number, value in message.values])
        if isinstance(message, m.TextToValue):
            with phase(lib.IB_PHASE_PARAMETER):
                return m.Value(value=plugin.text_to_value(message.param_id, message.text))
        if isinstance(message, m.SaveState):
            with phase(lib.IB_PHASE_STATE_SAVE):
                plugin.set_purpose(message.purpose)
                return m.State(data=plugin.save_state())
        if isinstance(message, m.LoadState):
            with phase(lib.IB_PHASE_STATE_LOAD):
                plugin.set_purpose(message.purpose)
                plugin.load_state(message.data)
            with phase(lib.IB_PHASE_PARAMETER):
                return m.Values(values=plugin.values())
        return self._handle_abilities(message, plugin)

    def _handle_abilities(self, message: m.Request, plugin: PluginInstance) -> m.Reply:
        if isinstance(message, a.LoadPreset):
            with phase(lib.IB_PHASE_STATE_LOAD):
                plugin.load_preset(message.preset, message.path)
            with phase(lib.IB_PHASE_PARAMETER):
                return m.Values(values=plugin.values())
        if isinstance(message, a.SavePreset):
            with phase(lib.IB_PHASE_STATE_SAVE):
                return m.State(data=plugin.save_preset(message.name))
        if isinstance(message, a.SetBuses):
            self._deactivate()
            with phase(lib.IB_PHASE_DESCRIBE):
                plugin.set_buses(message.inputs, message.outputs)
            return self._described(plugin)
        if isinstance(message, a.ApplyUndo):
            with phase(lib.IB_PHASE_STATE_LOAD):
                plugin.apply_undo(message.delta, message.version, redo=message.redo)
            with phase(lib.IB_PHASE_PARAMETER):
                return m.Values(values=plugin.values())
        with phase(lib.IB_PHASE_CALLBACK):
            if isinstance(message, a.SetTrack):
                plugin.set_track(message.track)
            elif isinstance(message, a.Indicate):
                plugin.indicate(message)
            elif isinstance(message, a.SetUndoContext):
                plugin.set_undo_context(message)
            else:
                return self._handle_page(message, plugin)
        return m.Done()

    @staticmethod
    def _handle_page(message: m.Request, plugin: PluginInstance) -> m.Reply:
        if isinstance(message, w.OpenWebView):
            return plugin.open_web_view()
        if isinstance(message, w.GetWebResource):
            return plugin.web_resource(message.path)
        if isinstance(message, w.WebReceive):
            plugin.web_receive(message.data)
        elif isinstance(message, w.CloseWebView):
            plugin.close_web_view()
        return m.Done()  # Ping too

    @staticmethod
    def _described(plugin: PluginInstance) -> m.Described:
        with phase(lib.IB_PHASE_DESCRIBE):
            return m.Described(
                descriptor=plugin.describe(), values=plugin.values(), latency=plugin.latency(), tail=plugin.tail()
            )

    # -- activation -----------------------------------------------------------------------------------------------

    def _activate(self, message: m.Activate) -> m.Activated:
        plugin, _ = self._both()
        if not 1.0 <= message.sample_rate <= MOST_SAMPLE_RATE:
            raise ArgumentError(f"a sample rate of {message.sample_rate!r} Hz cannot be played")
        if not 1 <= message.min_frames <= message.max_frames <= MOST_BLOCK:
            raise ArgumentError(f"blocks of {message.min_frames} to {message.max_frames} frames cannot be")
        self._deactivate()
        segment = self._audio.map(message.segment)
        try:
            self._audio.start(plugin, message, segment)
        except (PluginError, SegmentError):
            self._deactivate()
            raise
        return m.Activated(
            latency=plugin.latency(), tail=plugin.tail(), buses=plugin.buses(), realtime=self._audio.realtime()
        )

    def _deactivate(self) -> None:
        plugin, _ = self._both()
        self._audio.stop(plugin)

    # -- end ------------------------------------------------------------------------------------------------------

    def _close_plugin(self) -> None:
        plugin, self._plugin = self._plugin, None
        if plugin is not None:
            self._audio.stop(plugin)
            with phase(lib.IB_PHASE_DESTROY):
                plugin.close()

    def _close(self) -> None:
        self._close_plugin()
        lib.ib_host_state_set(lib.IB_HOST_STOPPED)
        self._channel.close()
