"""A plugin's state as bytes (ext/state.h). The plugin may be active or not."""

from __future__ import annotations

from isobooth.protocol.channel import MESSAGE_BYTES
from isobooth.protocol.errors import StateError

from ..._core import ffi, lib
from ...plugin import CData, phase

MOST_BYTES = MESSAGE_BYTES - 4096
"""Longest state: what fits into one message, in bytes."""
WHOLE = (1 << 64) - 1


def save(plugin: CData, functions: CData | None, name: str) -> bytes:
    """What the plugin writes. Raises StateError if it has no state or says that it failed."""
    if functions is None:
        raise StateError(f"{name!r} has no state to save: it lacks CLAP's state extension")
    sink = lib.ib_clap_sink_new(MOST_BYTES)
    if sink == ffi.NULL:
        raise StateError(f"the state of {name!r} could not be saved: there is no memory")
    try:
        with phase(lib.IB_PHASE_STATE_SAVE):
            saved = functions.save(plugin, ffi.addressof(sink.stream))
        if sink.failed:
            raise StateError(f"the state of {name!r} is longer than {MOST_BYTES} bytes, or there is no memory for it")
        if not saved:
            raise StateError(f"{name!r} could not save its state: its save() returned false")
        return bytes(ffi.buffer(sink.data, sink.used)) if sink.used else b""
    finally:
        lib.ib_clap_sink_free(sink)


def load(plugin: CData, functions: CData | None, name: str, data: bytes, *, piece: int = WHOLE) -> None:
    """Give the plugin a state, at most ``piece`` bytes a read. Raises StateError if it has none or will not take it.

    What a plugin is after it has refused a state is for the plugin to say.
    """
    if functions is None:
        raise StateError(f"{name!r} has no state to load: it lacks CLAP's state extension")
    memory = ffi.from_buffer("uint8_t[]", data)
    source = lib.ib_clap_source_new(memory, len(data), piece)
    if source == ffi.NULL:
        raise StateError(f"the state of {name!r} could not be loaded: there is no memory")
    try:
        with phase(lib.IB_PHASE_STATE_LOAD):
            loaded = functions.load(plugin, ffi.addressof(source.stream))
    finally:
        lib.ib_clap_source_free(source)
    if not loaded:
        raise StateError(
            f"{name!r} refused a state of {len(data)} bytes: its load() returned false - is it a state of this plugin?"
        )
