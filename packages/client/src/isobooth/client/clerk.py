"""Answers what a booth asks about licences, on threads of its own: audio and requests do not wait for it."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable
from typing import Literal

import msgspec

from isobooth.protocol import messages as m
from isobooth.protocol.errors import ArgumentError, ChannelError
from isobooth.protocol.licensing import (
    MOST_WORDS,
    VALIDATE_SECONDS,
    LicenseCheck,
    LicenseChecked,
    LicenseOnline,
    LicenseValidated,
    LicensingOffer,
    without_secrets,
)

from .licensing import LicenseQuestion, Licensing, Validation, ValidationRequest, seconds_of

_MOST_THREADS = 8
_MOST_ASKED = 16
_SEND_SECONDS = 5.0
_numbers = itertools.count(1)
"""Of decisions: a booth that takes another's place counts on, so that no answer meets the wrong question."""

Decision = Literal["", "allow", "deny"]
Result = Literal[-1, 0, 1]


class Clerk:
    """One booth's. ``send`` takes answers to the host, ``tell`` questions for the user, ``log`` a level and a line."""

    def __init__(
        self,
        licensing: Licensing | None,
        send: Callable[[m.Message, float], None],
        tell: Callable[[LicenseOnline], None],
        log: Callable[[str, str], None],
    ) -> None:
        self._licensing = licensing or Licensing()
        self.offer: LicensingOffer | None = None if licensing is None else licensing.offer()
        """For the first message; None: no licences at all."""
        self._send = send
        self._tell = tell
        self._log = log
        self._lock = threading.Lock()
        self._busy = 0
        self._asked: dict[int, LicenseOnline] = {}
        """That wait for the user."""

    def take(self, message: LicenseCheck | LicenseOnline) -> None:
        """The host asks. Returns at once."""
        if isinstance(message, LicenseCheck):
            self._start(lambda: self._check(message))
        elif self._licensing.policy == "ask" and not message.agreed:
            self._ask(message)
        else:
            self._start(lambda: self._validate(message, ""))

    def _start(self, work: Callable[[], None]) -> None:
        """In a thread. A host that asks more than there is room for gets no answer: then it is not known."""
        with self._lock:
            if self._busy >= _MOST_THREADS:
                return
            self._busy += 1
        threading.Thread(target=self._run, args=(work,), name="isobooth-licences", daemon=True).start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except ChannelError:
            return  # the booth is gone, and the question with it
        finally:
            with self._lock:
                self._busy -= 1

    # -- check --------------------------------------------------------------------------------------------------------

    def _check(self, message: LicenseCheck) -> None:
        verdict, failed = None, False
        check = self._licensing.check
        question = LicenseQuestion(message.format, message.plugin_id, message.product_id, message.key)
        if check is not None:
            try:
                verdict = check(question)
            except Exception as error:  # noqa: BLE001  the program's own fault: told, and the plugin hears that it failed
                self._complain("check", error, message.key)
                failed = True
        if not _is_verdict(verdict):
            self._complain("check", TypeError(f"it returned {type(verdict).__name__} and not a bool or None"))
            verdict, failed = None, True
        self._send(LicenseChecked(number=message.number, verdict=verdict, failed=failed), _SEND_SECONDS)

    def _complain(self, function: str, error: Exception, key: str = "", url: str = "") -> None:
        words = without_secrets(str(error), key=key, url=url)
        self._log("error", f"licensing.{function} of this program has failed: {type(error).__name__}: {words}")

    # -- validation ---------------------------------------------------------------------------------------------------

    def _ask(self, message: LicenseOnline) -> None:
        number = next(_numbers)
        with self._lock:
            self._asked[number] = message
            for oldest in list(self._asked)[:-_MOST_ASKED]:
                del self._asked[oldest]
        self._tell(msgspec.structs.replace(message, number=number))

    def decide(self, number: int, *, allow: bool, remember: bool) -> None:
        """What the user says to LicenseAsked. Raises ArgumentError for a question that waits no more."""
        with self._lock:
            message = self._asked.pop(number, None)
        if message is None:
            raise ArgumentError(f"question {number} about a licence has been answered, or its plugin is gone")
        if allow:
            self._start(lambda: self._validate(message, "allow" if remember else ""))
        else:
            decision: Decision = "deny" if remember else ""
            self._start(
                lambda: self._answer(message, -1, "online validation was declined by the user", decision=decision)
            )

    def _validate(self, message: LicenseOnline, decision: Decision) -> None:
        once = threading.Lock()

        def answer(result: Result, words: str, seconds: float = 0.0) -> None:
            if once.acquire(blocking=False):
                self._answer(message, result, words, seconds, decision)

        def expire() -> None:
            try:
                answer(-1, "the validation took too long")
            except ChannelError:
                return  # the booth is gone

        timer = threading.Timer(VALIDATE_SECONDS, expire)
        timer.daemon = True
        timer.start()
        try:
            found = self._call_validator(message)
        finally:
            timer.cancel()
        seconds = seconds_of(found) if found.licensed else 0.0
        answer(-1 if found.licensed is None else 1 if found.licensed else 0, found.message, seconds)

    def _call_validator(self, message: LicenseOnline) -> Validation:
        validator = self._licensing.validator
        if validator is None:  # the host has asked although it was told not to
            return Validation(None, "online validation disabled by host policy")
        try:
            found = validator(_request(message))
            if found is None or isinstance(found, bool):
                return Validation(found)
            is_sound = isinstance(found, Validation) and _is_verdict(found.licensed)
            if not is_sound or not isinstance(found.message, str) or not math.isfinite(float(found.days)):
                raise TypeError(f"it returned {type(found).__name__} and not a sound Validation, a bool or None")
        except Exception as error:  # noqa: BLE001  the program's own fault: told, and the plugin hears that it failed
            self._complain("validator", error, message.key, message.url)
            return Validation(None, "the validation has failed")
        return found

    def _answer(
        self, message: LicenseOnline, result: Result, words: str, seconds: float = 0.0, decision: Decision = ""
    ) -> None:
        self._send(
            LicenseValidated(
                number=message.number, result=result, message=words[:MOST_WORDS], seconds=seconds, decision=decision
            ),
            _SEND_SECONDS,
        )


def _is_verdict(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _request(message: LicenseOnline) -> ValidationRequest:
    return ValidationRequest(message.format, message.plugin_id, message.url, message.key, message.machine_id)
