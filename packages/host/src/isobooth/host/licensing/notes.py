"""What is kept of one plugin, without ever making audio wait for the disk."""

from __future__ import annotations

from collections.abc import Callable

from .storage import Record, StorageError, Vault


class Notes:
    """A plugin's stored data and its record: read and written at once, or later where nobody may wait for a disk.

    A WebAssembly plugin runs one call at a time: while it is active, whatever holds up a call of its main thread holds
    up the next block. Then what was last read counts, and what is written is written by ``serve``.
    """

    def __init__(self, vault: Vault, may_wait: Callable[[], bool], log: Callable[[str], None]) -> None:
        self._vault = vault
        self._may_wait = may_wait
        self._log = log
        self._data = b""
        self._record = Record()
        self._is_data_due = False
        self._is_record_due = False
        self._reread()

    def _reread(self) -> None:
        """Other instances of the plugin write there too."""
        try:
            if not self._is_data_due:
                self._data = self._vault.data()
        except StorageError as error:
            self._data = b""
            self._log(str(error))
        try:
            if not self._is_record_due:
                self._record = self._vault.record()
        except StorageError as error:
            self._log(str(error))

    def data(self) -> bytes:
        """What the plugin stored last."""
        if self._may_wait():
            self._reread()
        return self._data

    def store(self, data: bytes) -> bool:
        """Keep data for the plugin. False, and a line in the log, where that cannot be."""
        if not self._may_wait():
            self._data, self._is_data_due = data, True
            return True
        try:
            self._vault.store(data)
        except StorageError as error:
            self._log(str(error))
            return False
        self._data, self._is_data_due = data, False
        return True

    def record(self) -> Record:
        """What is noted about the plugin; to be given to ``write`` when it was changed."""
        if self._may_wait():
            self._reread()
        return self._record

    def write(self, record: Record) -> None:
        """Note something. Where it cannot be kept it holds for this instance."""
        self._record = record
        self._is_record_due = True
        if self._may_wait():
            self._write_record()

    def _write_record(self) -> None:
        try:
            self._vault.note(self._record)
            self._is_record_due = False
        except StorageError as error:
            self._log(str(error))

    @property
    def is_due(self) -> bool:
        """Is there something that ``serve`` is to write?"""
        return self._is_data_due or self._is_record_due

    def serve(self) -> None:
        """Write what has waited, outside of any call of the plugin's."""
        if self._is_data_due:
            self._is_data_due = False
            try:
                self._vault.store(self._data)
            except StorageError as error:
                self._log(str(error))
        if self._is_record_due:
            self._is_record_due = False
            self._write_record()
