"""States through IBStream: what a plugin writes, as bytes, and the other way round (ibstream.h, ivstattributes.h)."""

from __future__ import annotations

from collections.abc import Callable

from isobooth.protocol.abilities import Purpose
from isobooth.protocol.channel import MESSAGE_BYTES
from isobooth.protocol.errors import StateError

from ..._core import ffi, lib
from ...plugin import CData
from .interface import NOT_IMPLEMENTED, OK, new_text16, result_name

MOST_BYTES = MESSAGE_BYTES - 65536
"""Longest state of a plugin: what fits into one message together with its frame, in bytes."""
_STATE_TYPES: dict[Purpose, str] = {"project": "Project", "duplicate": "Project", "preset": "Default"}
"""Values of the stream's attribute StateType (vstpresetkeys.h). A stream that is for a preset file says Default."""

Call = Callable[[CData], int]
"""A method of the plugin that takes a stream: ``component.getState``."""


class NoState(StateError):
    """The plugin has no state: its getState says kNotImplemented."""


def _new(host: CData, data: bytes, purpose: Purpose, what: str) -> CData:
    memory = ffi.from_buffer("uint8_t[]", data)
    stream = lib.ib_vst3_stream_new(host, memory, len(data), max(MOST_BYTES, len(data)))
    if stream == ffi.NULL:
        raise StateError(f"{what} is not possible: there is no memory for {len(data)} bytes")
    attributes = lib.ib_vst3_stream_attributes(stream)
    if attributes != ffi.NULL:
        attributes.vtbl.setString(attributes, b"StateType", new_text16(_STATE_TYPES[purpose]))
    return stream


def written(host: CData, get: Call, what: str, purpose: Purpose = "project") -> bytes:
    """What ``get`` writes; ``what`` names it in errors: ``getState of its component``.

    Raises NoState where it is not implemented, StateError where it fails.
    """
    stream = _new(host, b"", purpose, what)
    try:
        result = get(stream)
        if lib.ib_vst3_stream_failed(stream):
            raise StateError(f"{what} wrote more than {MOST_BYTES} bytes, or there is no memory for it")
        if result == NOT_IMPLEMENTED:
            raise NoState(f"{what}: kNotImplemented")
        if result != OK:
            raise StateError(f"{what} failed with {result_name(result)}")
        size = ffi.new("uint64_t *")
        data = lib.ib_vst3_stream_data(stream, size)
        return bytes(ffi.buffer(data, size[0])) if size[0] else b""
    finally:
        lib.ib_vst3_stream_drop(stream)


def give(host: CData, put: Call, data: bytes, what: str, purpose: Purpose = "project") -> int:
    """Let ``put`` read ``data``; what it returned."""
    stream = _new(host, data, purpose, what)
    try:
        return put(stream)
    finally:
        lib.ib_vst3_stream_drop(stream)
