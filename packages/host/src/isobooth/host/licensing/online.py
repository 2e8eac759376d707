"""Validation of licence keys by a server: whether it may be, how often, and what comes of it.

Nothing here opens a connection: the client is asked.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from isobooth.protocol.errors import ChannelError
from isobooth.protocol.licensing import (
    DECIDE_SECONDS,
    MOST_WORDS,
    VALIDATE_SECONDS,
    LicenseOnline,
    LicenseValidated,
    OnlinePolicy,
    origin_of,
    without_query,
    without_secrets,
)

from .line import Answer, Line
from .notes import Notes
from .storage import Verdict, key_digest

LEAST_SECONDS = 10.0
"""Between two validations of a plugin."""
MOST_PER_DAY = 20
_DAY = 86400.0
_MARGIN_SECONDS = 5.0
_MOST_HOLD_SECONDS = 366 * _DAY
_MOST_REFUSALS = 20
"""Within LEAST_SECONDS: a plugin that asks again in each callback is not called back for ever."""
_RESULTS = {1: "licensed", 0: "not licensed", -1: "not known"}


@dataclass(frozen=True)
class Reply:
    """What a plugin is to be called back with."""

    callback: int
    result: int
    message: str


class Online:
    """The validations of one plugin."""

    def __init__(
        self,
        policy: OnlinePolicy,
        line: Line | None,
        notes: Notes,
        log: Callable[[str], None],
        *,
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``wake`` is called when there is a reply of which no call of the plugin's knows."""
        self._policy = policy
        self._wake = wake
        self._line = line
        self._notes = notes
        self._log = log
        self._clock = clock
        self._replies: deque[Reply] = deque()
        self._refusals: deque[float] = deque(maxlen=_MOST_REFUSALS)
        self._unsent: LicenseOnline | None = None
        self._open: LicenseOnline | None = None
        """The one that is under way."""
        self._callback = 0
        self._is_closed = False
        self.due: float | None = None
        """time.monotonic() at which it is given up."""

    def begin(self, question: LicenseOnline, callback: int) -> None:
        """A plugin asks for a validation. Returns at once; the reply comes later, also where it is a refusal."""
        reason = self._refusal(question)
        if reason:
            self.refuse(callback, reason)
            return
        record = self._notes.record()
        record.validations = [*record.validations[1 - MOST_PER_DAY :], self._clock()]
        self._notes.write(record)
        question.agreed = record.decisions.get(origin_of(question.url), False)
        is_quick = question.agreed or self._policy != "ask"
        self._open = self._unsent = question
        self._callback = callback
        self.due = time.monotonic() + VALIDATE_SECONDS + _MARGIN_SECONDS + (0.0 if is_quick else DECIDE_SECONDS)

    def _refusal(self, question: LicenseOnline) -> str:
        origin = origin_of(question.url)
        if self._is_closed or self._policy == "deny" or self._line is None:
            return "online validation disabled by host policy"
        if not origin:
            return "the address is none of https"
        if self._open is not None:
            return "another validation is under way"
        record, now = self._notes.record(), self._clock()
        if record.decisions.get(origin) is False:
            return "online validation was declined by the user"
        # Times that lie in the future are of a clock that was wrong.
        recent = [at for at in record.validations if now - _DAY < at <= now]
        if recent and now - max(recent) < LEAST_SECONDS:
            return f"too soon: {LEAST_SECONDS:g} seconds must lie between two validations"
        if len(recent) >= MOST_PER_DAY:
            return f"too many: {MOST_PER_DAY} validations a day are allowed"
        return ""

    def refuse(self, callback: int, reason: str) -> None:
        """Reply that it could not be found out."""
        now = time.monotonic()
        if self._is_closed:
            return
        if len(self._refusals) == _MOST_REFUSALS and now - self._refusals[0] < LEAST_SECONDS:
            self._log("it asks for online validation all the time and is not answered any more for a while")
            return
        self._refusals.append(now)
        self._replies.append(Reply(callback, -1, reason))

    @property
    def is_waiting(self) -> bool:
        """Is there something for ``serve`` or ``replies``?"""
        return self._unsent is not None or bool(self._replies)

    def serve(self) -> None:
        """Send what is to be sent, give up what took too long. Outside of any call of the plugin's."""
        question, self._unsent = self._unsent, None
        if question is not None and self._line is not None:
            try:
                self._line.send(question, self._on_answer)
            except ChannelError:  # the client is gone, and this process ends soon
                self._end(-1, "the program that runs the plugin is gone")
        if self.due is not None and time.monotonic() >= self.due:
            if self._line is not None:
                self._line.forget(self._on_answer)
            self._end(-1, "the validation took too long")

    def _on_answer(self, answer: Answer) -> None:
        question = self._open
        if question is None or not isinstance(answer, LicenseValidated):
            return
        record = self._notes.record()
        digest = key_digest(question.key)
        if answer.result >= 0:
            record.verdicts.pop(digest, None)
        if answer.result == 1 and answer.seconds > 0:
            hold = min(answer.seconds, _MOST_HOLD_SECONDS)
            record.verdicts[digest] = Verdict(machine_id=question.machine_id, expires=self._clock() + hold)
        if answer.decision:
            origin = origin_of(question.url)
            record.decisions.pop(origin, None)
            record.decisions[origin] = answer.decision == "allow"
        self._notes.write(record)
        words = without_secrets(answer.message, key=question.key, url=question.url)
        told = f"{_RESULTS[answer.result]}{', ' if words else ''}{words}"
        self._log(f"its licence was validated at {without_query(question.url)}: {told}")
        self._end(answer.result, answer.message)

    def _end(self, result: int, message: str) -> None:
        self._open = self._unsent = self.due = None
        self._replies.append(Reply(self._callback, result, message[:MOST_WORDS].replace("\0", " ")))
        self._wake()

    def replies(self) -> list[Reply]:
        """What the plugin is to be called back with now."""
        found = list(self._replies)
        self._replies.clear()
        return found

    def close(self) -> None:
        """The plugin is about to go: nothing is to be told to it."""
        self._is_closed = True
        if self._line is not None:
            self._line.forget(self._on_answer)
        self._open = self._unsent = self.due = None
        self._replies.clear()
