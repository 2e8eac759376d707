"""Who may say that a plugin is licensed: a validation that went well, a signed file, the client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from isobooth.protocol.errors import IsoboothError
from isobooth.protocol.licensing import CHECK_SECONDS, LicenseCheck, LicenseChecked

from . import files
from .files import Question
from .line import Answer, Line
from .notes import Notes
from .storage import Folder, key_digest

_MOST_QUESTIONS = 16
_MOST_OPINIONS = 64


class ProviderFailed(IsoboothError):
    """Somebody who should know could not find out."""


class Provider(Protocol):
    """One who may know."""

    def verdict(self, question: Question) -> bool | None:
        """Is it licensed? None: no opinion. Raises ProviderFailed."""


class PastValidations:
    """A key that was valid when it was last validated, on this machine, holds as long as the validator said."""

    def __init__(self, notes: Notes, clock: Callable[[], float] = time.time) -> None:
        self._notes = notes
        self._clock = clock

    def verdict(self, question: Question) -> bool | None:
        """See Provider."""
        found = self._notes.record().verdicts.get(key_digest(question.key))
        if found is None or found.machine_id != question.machine_id:
            return None
        return True if self._clock() < found.expires else None


class LicenseFiles:
    """Files that the vendor has signed: with the key that the user trusts, else the one that the bundle first had."""

    def __init__(self, folder: Folder, notes: Notes, trusted: str, own: str, log: Callable[[str], None]) -> None:
        self._folder = folder
        self._notes = notes
        self._trusted = trusted
        self._own = own
        self._log = log

    def verdict(self, question: Question) -> bool | None:
        """See Provider."""
        key = self._trusted or self._pinned()
        if not key:
            return None
        found, reason = files.verdict(self._folder, question, key)
        if reason:
            self._log(reason)
        return found

    def _pinned(self) -> str:
        record = self._notes.record()
        if self._own and not record.public_key:
            record.public_key = self._own
            self._notes.write(record)
        elif self._own and self._own != record.public_key:
            self._log("its bundle has another public key than when it was first used: licences of the first one count")
        return record.public_key


class Client:
    """The function that the client's user has given for it."""

    def __init__(self, line: Line, plugin_format: str, plugin_id: str, may_wait: Callable[[], bool]) -> None:
        self._line = line
        self._format = plugin_format
        self._plugin_id = plugin_id
        self._may_wait = may_wait
        self._opinions: dict[tuple[str, str], LicenseChecked] = {}
        """The latest, by product and key."""
        self._asked: set[tuple[str, str]] = set()
        self._unsent: list[LicenseCheck] = []

    def verdict(self, question: Question) -> bool | None:
        """See Provider. Where nobody may wait, the last opinion counts, or is asked for to be there the next time."""
        about = question.product, key_digest(question.key)
        asks = LicenseCheck(
            number=0, format=self._format, plugin_id=self._plugin_id, product_id=question.product, key=question.key
        )
        if self._may_wait():
            answer = self._line.ask(asks, CHECK_SECONDS, lambda late: self._keep(about, late))
            if answer is None:
                raise ProviderFailed(f"the check of a licence was not answered within {CHECK_SECONDS:g} s")
            self._keep(about, answer)
        else:
            known = self._opinions.get(about)
            if about not in self._asked and len(self._unsent) < _MOST_QUESTIONS:
                self._asked.add(about)
                self._unsent.append(asks)
            if known is None:
                raise ProviderFailed("a licence was checked while audio plays: the answer will be known next time")
            answer = known
        if answer.failed:
            raise ProviderFailed("the client's check of a licence has failed")
        return answer.verdict

    def _keep(self, about: tuple[str, str], answer: Answer) -> None:
        self._asked.discard(about)
        if isinstance(answer, LicenseChecked):
            self._opinions.pop(about, None)
            self._opinions[about] = answer
            for oldest in list(self._opinions)[:-_MOST_OPINIONS]:
                del self._opinions[oldest]

    @property
    def has_questions(self) -> bool:
        """Is there something to ask once nobody waits for the plugin?"""
        return bool(self._unsent)

    def serve(self) -> None:
        """Ask what could not be asked inside a call. Raises ChannelError."""
        unsent, self._unsent = self._unsent, []
        for question in unsent:
            self._send(question)

    def _send(self, question: LicenseCheck) -> None:
        about = question.product_id, key_digest(question.key)
        self._line.send(question, lambda answer: self._keep(about, answer))
