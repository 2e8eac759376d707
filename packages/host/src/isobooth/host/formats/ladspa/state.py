"""The state of a plugin that has none of its own: the values of its control inputs, in a form of ours."""

from __future__ import annotations

import math

import msgspec

from isobooth.protocol.errors import StateError

TAG = "isobooth-port-values-1"
"""First field of every state; another number stands for another form."""


class PortState(msgspec.Struct, kw_only=True):
    """What is packed, as msgpack."""

    tag: str
    format: str
    label: str
    unique_id: int | None = None
    values: dict[int, float] = {}
    """By port number. Ports without a value are at their default."""


def pack(state: PortState) -> bytes:
    """The bytes of a state."""
    return msgspec.msgpack.encode(state)


def unpack(data: bytes, format_name: str, label: str) -> dict[int, float]:
    """The values in the bytes of a state of this plugin. Raises StateError if they are not one."""
    try:
        state = msgspec.msgpack.decode(data, type=PortState)
    except msgspec.MsgspecError as error:
        raise StateError(
            f"these {len(data)} bytes are not a state of {label!r}: {error}"
            " - pass bytes that .state of the same plugin gave"
        ) from error
    if state.tag != TAG:
        raise StateError(f"this state has the form {state.tag!r}; this host reads {TAG!r} - upgrade isobooth-host")
    if (state.format, state.label) != (format_name, label):
        raise StateError(
            f"this is a state of {state.format} plugin {state.label!r}, not of {format_name} plugin {label!r}"
        )
    odd = [port for port, value in state.values.items() if not math.isfinite(value)]
    if odd:
        raise StateError(f"this state of {label!r} has values that are no finite numbers, for port {odd[0]}")
    return state.values
