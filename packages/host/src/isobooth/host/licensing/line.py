"""The host's end of the control channel while a plugin waits for its client's word on a licence."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from isobooth.protocol import messages as m
from isobooth.protocol.channel import Channel
from isobooth.protocol.errors import ChannelError, ChannelTimeout
from isobooth.protocol.licensing import LicenseCheck, LicenseChecked, LicenseOnline, LicenseValidated, LicensingOffer

Answer = LicenseChecked | LicenseValidated
Listener = Callable[[Answer], None]


class Line:
    """Sends questions and brings answers. Main thread only.

    A plugin that checks its licence waits inside a call of its own: messages that come meanwhile are kept for ``next``.
    """

    def __init__(self, channel: Channel[m.ToHost]) -> None:
        self._channel = channel
        self._numbers = itertools.count(1)
        self._kept: deque[m.ToHost] = deque()
        self._listeners: dict[int, Listener] = {}

    def next(self) -> m.ToHost | None:
        """The oldest message that has arrived and is no answer, or None."""
        while (message := self._kept.popleft() if self._kept else self._channel.next()) is not None:
            if not self._take(message):
                return message
        return None

    def _take(self, message: m.ToHost) -> bool:
        if not isinstance(message, (LicenseChecked, LicenseValidated)):
            return False
        listener = self._listeners.pop(message.number, None)
        if listener is not None:  # else nobody waits any more: the plugin is gone, or its time was over
            listener(message)
        return True

    def send(self, question: LicenseCheck | LicenseOnline, listener: Listener) -> None:
        """Ask; ``listener`` gets the answer, if there is one. Raises ChannelError if the client is gone."""
        question.number = next(self._numbers)
        self._listeners[question.number] = listener
        self._channel.send(question)

    def ask(self, question: LicenseCheck, seconds: float, late: Listener) -> LicenseChecked | None:
        """Ask and wait, ``seconds`` at most; ``late`` gets an answer that comes after that. None: no answer."""
        found: list[Answer] = []
        deadline = time.monotonic() + seconds
        try:
            self.send(question, found.append)
            while not found:
                message = self._channel.receive(timeout=max(deadline - time.monotonic(), 0.0))
                if not self._take(message):
                    self._kept.append(message)
        except ChannelTimeout:
            self._listeners[question.number] = late
            return None
        except ChannelError:  # the client is gone: the session learns of it when it looks at the channel itself
            return None
        answer = found[0]
        return answer if isinstance(answer, LicenseChecked) else None

    def forget(self, listener: Listener) -> None:
        """Whoever listens there is gone."""
        for number in [number for number, one in self._listeners.items() if one == listener]:
            del self._listeners[number]


@dataclass(frozen=True)
class Terms:
    """What a session has for the licences of its plugin."""

    offer: LicensingOffer
    line: Line | None = None
    """None: there is no client that could be asked."""
