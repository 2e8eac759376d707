"""Everything that one plugin may ask about licences, in one place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from isobooth.protocol.errors import ChannelError
from isobooth.protocol.licensing import (
    MOST_DATA_BYTES,
    MOST_KEY_BYTES,
    MOST_PRODUCT_BYTES,
    MOST_URL_BYTES,
    LicenseOnline,
    without_secrets,
)

from .files import Question, can_verify, public_key
from .line import Terms
from .machine import machine_id
from .notes import Notes
from .online import Online, Reply
from .providers import Client, LicenseFiles, PastValidations, Provider, ProviderFailed
from .storage import Folder, StorageError, Vault, default_folder, identity

_MOST_LINES = 50


class BadText(ValueError):
    """A text of a plugin that is too long or is not UTF-8."""


def _text(raw: bytes | None, most: int, what: str) -> str:
    if raw is None:
        return ""
    if len(raw) > most:
        raise BadText(f"the {what} is longer than {most} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:  # no cause: that would show the key
        raise BadText(f"the {what} is not UTF-8") from None


class Desk:
    """Answers one plugin. Everything is called on the main thread; nothing raises for what the plugin does."""

    def __init__(
        self,
        plugin_format: str,
        plugin_id: str,
        terms: Terms,
        log: Callable[[str], None],
        *,
        own_key: str = "",
        may_wait: Callable[[], bool] = lambda: True,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """``plugin_id`` from the host's own record. ``own_key``: the public key that the plugin's bundle has.

        ``may_wait``: may a call of the plugin wait now, for the disk or the client? ``wake``
        sees to it that ``serve`` is called soon. Raises StorageError where there is no place for licences.
        """
        offer, self._line = terms.offer, terms.line
        self._format, self._plugin_id = plugin_format, plugin_id
        self._log_line = log
        self._said: set[str] = set()
        folder = Folder(Path(offer.folder) if offer.folder else default_folder())
        plugin = identity(plugin_format, plugin_id)
        self.machine_id = self._machine_id(terms, folder, plugin)
        self._notes = Notes(Vault(folder, plugin), may_wait, self._log)
        self._online = Online(offer.online, self._line, self._notes, log, wake=wake)
        self._providers: list[Provider] = [PastValidations(self._notes)]
        trusted, own = public_key(offer.keys.get(plugin_id)), public_key(own_key)
        if (trusted or own or self._notes.record().public_key) and can_verify():
            self._providers.append(LicenseFiles(folder, self._notes, trusted, own, self._log))
        self._client: Client | None = None
        if offer.check and self._line is not None:
            self._client = Client(self._line, plugin_format, plugin_id, may_wait)
            self._providers.append(self._client)

    def _machine_id(self, terms: Terms, folder: Folder, plugin: str) -> str:
        try:
            return machine_id(terms.offer.machine_id, plugin, folder)
        except StorageError as error:
            self._log(f"the machine has another id for it each time: {error}")
            return machine_id("random", plugin, folder)

    def _log(self, line: str) -> None:
        """Each line once."""
        if line not in self._said and len(self._said) < _MOST_LINES:
            self._said.add(line)
            self._log_line(line)

    # -- what the plugin calls ----------------------------------------------------------------------------------------

    def check(self, product: bytes | None, key: bytes | None) -> int:
        """1: licensed, 0: not, -1: that could not be found out."""
        try:
            question = Question(
                self._plugin_id,
                self.machine_id,
                _text(product, MOST_PRODUCT_BYTES, "product id"),
                _text(key, MOST_KEY_BYTES, "licence key"),
            )
        except BadText as error:
            self._log(f"it checked a licence in vain: {error}")
            return -1
        failed = False
        for provider in self._providers:
            try:
                if provider.verdict(question):
                    return 1
            except ProviderFailed as error:
                failed = True
                self._log(without_secrets(str(error), key=question.key))
        return -1 if failed else 0

    def validate(self, url: bytes | None, key: bytes | None, callback: int) -> None:
        """Ask for a validation; the reply is one of ``replies`` later."""
        try:
            question = LicenseOnline(
                number=0,
                format=self._format,
                plugin_id=self._plugin_id,
                url=_text(url, MOST_URL_BYTES, "address"),
                key=_text(key, MOST_KEY_BYTES, "licence key"),
                machine_id=self.machine_id,
            )
        except BadText as error:
            self._online.refuse(callback, str(error))
            return
        self._online.begin(question, callback)

    def store(self, data: bytes) -> int:
        """1, or -1 where it could not be kept."""
        return 1 if len(data) <= MOST_DATA_BYTES and self._notes.store(data) else -1

    def stored(self) -> bytes:
        """What was stored; empty for nothing."""
        return self._notes.data()

    # -- between its calls --------------------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Is there something for ``serve``?"""
        asks = self._client is not None and self._client.has_questions
        return asks or self._online.is_waiting or self._notes.is_due

    @property
    def due(self) -> float | None:
        """time.monotonic() at which ``serve`` is needed in any case; None: it is not."""
        return self._online.due

    def serve(self) -> list[Reply]:
        """Write and send what has waited. Returns what the plugin is to be called back with."""
        self._notes.serve()
        self._online.serve()
        if self._client is not None:
            with contextlib.suppress(ChannelError):  # the client is gone, and this process ends soon
                self._client.serve()
        return self._online.replies()

    def hang_up(self) -> None:
        """The plugin is about to go: whatever is still to come for it is dropped."""
        self._online.close()

    def close(self) -> None:
        """The plugin is gone: what it stored last is written."""
        self._notes.serve()
