"""What plugins ask for from any thread, done on the main thread."""

from __future__ import annotations

import time
from collections import deque

from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import PluginError
from isobooth.protocol.events import GestureBegin, GestureEnd, ParamValue, decode_events

from ._core import ffi, lib
from .audio import Audio
from .plugin import Activation, PluginInstance, phase

LEVELS = ("debug", "info", "warning", "error", "fatal", "warning", "misbehaving")
"""Words for the numbers of ib_log_push; 5 (the host misbehaves) is a warning to us."""
MOST_RESTARTS = 10
"""Restarts that a plugin may ask for within a second before it has to wait."""
MOST_PUT_OFF = 10
"""Restarts in a row that are done a second late; a plugin that then asks for more is no longer listened to."""
_PUT_OFF_SECONDS = 1.0
_PEACE_SECONDS = 5.0
"""Without one that is put off, and a plugin has got over it."""


class Asked:
    """Takes the bits out of the mailbox and acts on them."""

    def __init__(self, plugin: PluginInstance, audio: Audio, channel: Channel[m.ToHost]) -> None:
        self._plugin = plugin
        self._audio = audio
        self._channel = channel
        self._new_buses = False
        self._restarts: deque[float] = deque(maxlen=MOST_RESTARTS)
        self._put_off, self._put_off_at = 0, 0.0
        self.due: float | None = None
        """time.monotonic() at which serve_late is to be called, if at all."""
        self._text = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES)

    def serve(self) -> None:
        """Do everything that has been asked for; what is asked for meanwhile too, up to a bound."""
        for _ in range(MOST_RESTARTS):
            asked = lib.ib_take_asked(self._audio.mailbox)
            if not asked:
                return
            with phase(lib.IB_PHASE_CALLBACK):
                asked = self._plugin.on_asked(asked)
            self._serve(asked)
            self._pass_on()

    def _serve(self, asked: int) -> None:
        if asked & lib.IB_ASK_LOG:
            self.pass_log()
        if asked & lib.IB_ASK_EVENTS:
            self._idle_events()
        if asked & lib.IB_ASK_BUSES:
            self._new_buses = True
        if asked & lib.IB_ASK_RESTART_NOW or (self._new_buses and not self._audio.is_active):
            self._restart()
        elif asked & lib.IB_ASK_LATENCY:
            self._channel.send(m.LatencyChanged(latency=self._plugin.latency()))
        if asked & lib.IB_ASK_TAIL:
            self._channel.send(m.TailChanged(tail=self._plugin.tail()))
        if asked & lib.IB_ASK_PARAM_INFO:
            with phase(lib.IB_PHASE_DESCRIBE):
                descriptor, values = self._plugin.describe(), self._plugin.values()
            self._channel.send(m.ParametersChanged(parameters=descriptor.parameters, values=values))
        elif asked & lib.IB_ASK_PARAM_VALUES:
            with phase(lib.IB_PHASE_PARAMETER):
                self._channel.send(m.ValuesChanged(values=self._plugin.values()))
        if asked & lib.IB_ASK_STATE_DIRTY:
            self._channel.send(m.StateDirty())

    def _pass_on(self) -> None:
        for notice in self._plugin.take_notices():
            self._channel.send(notice)

    def pass_log(self) -> None:
        """Send the lines that have been logged; of a plugin that is closed already, too."""
        while (level := lib.ib_log_pop(self._text)) >= 0:
            text = ffi.string(self._text).decode("utf-8", "replace")
            self._channel.send(m.Log(level=LEVELS[level] if level < len(LEVELS) else "info", text=text))
        lost = lib.ib_log_lost()
        if lost:
            text = f"{lost} lines of the plugin's log were lost: it wrote too fast"
            self._channel.send(m.Log(level="warning", text=text))

    def _idle_events(self) -> None:
        values: dict[int, float] = {}
        gestures: list[tuple[int, bool]] = []
        for event in decode_events(self._audio.idle_events()):
            if isinstance(event, ParamValue):
                values[int(event.parameter)] = event.value
            elif isinstance(event, (GestureBegin, GestureEnd)):
                gestures.append((int(event.parameter), isinstance(event, GestureBegin)))
        self._channel.send(m.ValuesChanged(values=values, gestures=gestures))

    def _restart(self) -> None:
        """The engine stands between two pieces and waits: deactivate, look at the buses, activate again."""
        activation = self._audio.activation
        if activation is not None and not self._may_restart():
            self._audio.release()
            self._channel.send(m.LatencyChanged(latency=self._plugin.latency()))  # some tell another without a restart
            return
        self._audio.stop(self._plugin)
        asked = lib.ib_take_asked(self._audio.mailbox)  # a plugin may change its buses while it is deactivated
        with phase(lib.IB_PHASE_CALLBACK):
            asked = self._plugin.on_asked(asked)
        if self._new_buses or asked & lib.IB_ASK_BUSES:
            self._new_buses = False
            with phase(lib.IB_PHASE_DESCRIBE):
                self._plugin.describe()
            if activation is not None and self._audio.has_buses(self._plugin.buses()):
                self._begin(activation)  # a plugin that says so at every activation is to play all the same
            else:
                self._channel.send(m.BusesChanged(buses=self._plugin.buses()))
        elif activation is not None:
            self._begin(activation)
        self._serve(asked & ~(lib.IB_ASK_BUSES | lib.IB_ASK_RESTART | lib.IB_ASK_RESTART_NOW | lib.IB_ASK_LATENCY))

    def _may_restart(self) -> bool:
        now = time.monotonic()
        if len(self._restarts) < MOST_RESTARTS or now - self._restarts[0] >= 1.0:
            self._restarts.append(now)
            return True
        if now - self._put_off_at > _PEACE_SECONDS:
            self._put_off = 0
        # The last of many is the one that counts (a knob was turned), unless each activation asks for the next.
        is_later = self._audio.has_played() and self._put_off < MOST_PUT_OFF
        if is_later and self.due is not None:
            return False  # there is one to come, and this was told
        if is_later:
            self.due = now + _PUT_OFF_SECONDS
            self._put_off, self._put_off_at = self._put_off + 1, now
        what = "is done a second later" if is_later else "was not done"
        text = f"the plugin asked for more than {MOST_RESTARTS} restarts in a second; this one {what}"
        self._channel.send(m.Log(level="misbehaving", text=text))
        return False

    def serve_late(self) -> None:
        """Ask for the restart that was put off, if it is time."""
        if self.due is not None and time.monotonic() >= self.due:
            self.due = None
            if self._audio.is_active:
                lib.ib_ask(self._audio.mailbox, lib.IB_ASK_RESTART)

    def _begin(self, activation: Activation) -> None:
        try:
            self._audio.begin(self._plugin, activation)
        except PluginError as error:
            text = f"the plugin did not survive the restart it asked for: {error}"
            self._channel.send(m.Log(level="error", text=text))
            return
        self._channel.send(m.Restarted(latency=self._plugin.latency(), tail=self._plugin.tail()))
