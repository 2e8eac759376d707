"""com.wclap.licensing/1 of one instance: between the plugin's calls (licensing.c) and isobooth.host.licensing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.licensing import MOST_KEY_BYTES

from ..._core import ffi, lib
from ...licensing.desk import Desk
from ...licensing.line import Terms
from ...licensing.storage import StorageError
from ...plugin import CData, phase
from .timers import MainThreadServices

_WARNING = 2


def _raw(pointer: CData) -> bytes | None:
    """A text of the plugin's, at most one byte longer than any that is taken; None for NULL."""
    return None if pointer == ffi.NULL else ffi.string(pointer, MOST_KEY_BYTES + 1)


class _Window:
    """The functions that a plugin calls. They stay where they are as long as this object does."""

    def __init__(self, clap: CData, desk: Desk, log: Callable[[str], None]) -> None:
        self._clap = clap
        self._desk = desk
        self._log = log
        functions = {
            "check": self._function("int32_t(char const *, char const *)", self._check, -1),
            "validate": self._function("void(char const *, char const *, uint64_t)", self._validate, None),
            "store": self._function("int32_t(uint8_t const *, uint32_t)", self._store, -1),
            "get": self._function("uint32_t(uint8_t *, uint32_t)", self._get, 0),
        }
        self._kept = functions
        self.struct = ffi.new("struct ib_clap_licensing *", functions)
        self.struct.machine_id = desk.machine_id.encode()

    def _function(self, kind: str, function: Callable[..., Any], error: int | None) -> CData:
        def on_error(fault: type[BaseException], *_: object) -> None:
            """A fault of ours: its words are left out, for they may have a key in them."""
            self._log(f"a question of its could not be answered: {fault.__name__}")

        return ffi.callback(kind, function, error=error, onerror=on_error)

    def _check(self, product: CData, key: CData) -> int:
        result = self._desk.check(_raw(product), _raw(key))
        self.wake()
        return result

    def _validate(self, url: CData, key: CData, callback: int) -> None:
        self._desk.validate(_raw(url), _raw(key), callback)
        self.wake()

    def _store(self, data: CData, size: int) -> int:
        result = self._desk.store(bytes(ffi.buffer(data, size)) if size else b"")
        self.wake()
        return result

    def _get(self, buffer: CData, room: int) -> int:
        data = self._desk.stored()
        if room and data:
            ffi.memmove(buffer, data, min(room, len(data)))
        return len(data)

    def wake(self) -> None:
        """Let the main thread come back to what is left, once the plugin's call is over."""
        if self._desk.is_waiting:
            lib.ib_clap_ask(self._clap, lib.IB_ASK_CALLBACK)


class Licences:
    """Offers the extension where ``terms`` are given. Main thread only."""

    def __init__(
        self,
        clap: CData,
        descriptor: PluginDescriptor,
        terms: Terms | None,
        own_key: Callable[[], str],
        may_wait: Callable[[], bool],
    ) -> None:
        self._clap = clap
        self._desk: Desk | None = None
        self._window: _Window | None = None
        if terms is None:
            return
        try:
            self._desk = Desk(
                descriptor.format,
                descriptor.id,
                terms,
                self._log,
                own_key=own_key(),
                may_wait=may_wait,
                wake=lambda: lib.ib_clap_ask(clap, lib.IB_ASK_CALLBACK),
            )
        except StorageError as error:
            self._log(f"it is told nothing: {error}")
            return
        self._window = _Window(clap, self._desk, self._log)
        lib.ib_clap_license(clap, self._window.struct)

    def _log(self, line: str) -> None:
        lib.ib_log_push(self._clap.mailbox, _WARNING, f"licensing: {line}".encode("utf-8", "replace"))

    def serve(self) -> None:
        """Do what has waited for the end of the plugin's calls, and call it back."""
        if self._desk is None or self._window is None:
            return
        for reply in self._desk.serve():
            words = ffi.new("char[]", reply.message.encode("utf-8", "replace"))
            with phase(lib.IB_PHASE_CALLBACK):
                lib.ib_clap_license_answer(self._window.struct, reply.callback, reply.result, words)
        self._window.wake()

    def with_timers(self, services: MainThreadServices) -> tuple[Callable[[], float | None], Callable[[], None]]:
        """The plugin's timers, and the time at which a validation has taken too long."""
        desk = self._desk
        if desk is None:
            return services.next_timer, services.on_timers

        def next_timer() -> float | None:
            return min((at for at in (services.next_timer(), desk.due) if at is not None), default=None)

        def on_timers() -> None:
            services.on_timers()
            self.serve()

        return next_timer, on_timers

    def hang_up(self) -> None:
        """The plugin is about to be destroyed: it is not called back any more. What it stores still counts."""
        if self._desk is not None:
            self._desk.hang_up()

    def close(self) -> None:
        """The plugin is destroyed."""
        desk, self._desk = self._desk, None
        if desk is not None:
            lib.ib_clap_license(self._clap, ffi.NULL)
            desk.close()
