"""The bytes of a state: control values, properties, what the plugin stored, and the files that it refers to.

msgpack, under a tag of its own. URIs are texts: the numbers that stand for them are a matter of one process.
"""

from __future__ import annotations

import math

import msgspec

from isobooth.protocol.errors import StateError

from .paths import StateFile

TAG = "isobooth-lv2-1"
"""First field of every state; another number stands for another form."""


class Stored(msgspec.Struct, kw_only=True):
    """One thing that a plugin stored."""

    key: str
    type: str
    flags: int
    data: bytes
    """As stored, but for numbers of URIs, which count the texts of ``uris`` from 1."""


class Saved(msgspec.Struct, kw_only=True):
    """A whole state."""

    tag: str
    uri: str
    values: dict[str, float] = {}
    """Of control inputs, by symbol. Those without a value are at their default."""
    properties: dict[str, float] = {}
    """Of parameters that are no ports, by URI: for plugins that store nothing."""
    stored: list[Stored] | None = None
    """None: the plugin has no state of its own."""
    uris: list[str] = []
    files: list[StateFile] = []


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Saved)


def pack(saved: Saved) -> bytes:
    """The bytes of a state."""
    return _ENCODER.encode(saved)


def unpack(data: bytes, uri: str) -> Saved:
    """The state in these bytes. Raises StateError if they are none of this plugin's."""
    try:
        saved = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StateError(
            f"these {len(data)} bytes are not a state of {uri}: {error} - pass bytes that .state of it gave"
        ) from error
    if saved.tag != TAG:
        raise StateError(f"this state has the form {saved.tag!r}; this host reads {TAG!r} - upgrade isobooth-host")
    if saved.uri != uri:
        raise StateError(f"this is a state of LV2 plugin {saved.uri}, not of {uri}")
    for name, value in [*saved.values.items(), *saved.properties.items()]:
        if not math.isfinite(value):
            raise StateError(f"this state of {uri} has a value that is no finite number, for {name!r}")
    return saved
