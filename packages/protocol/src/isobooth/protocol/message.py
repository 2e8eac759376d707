"""What every message on the control descriptors is made from."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base of all messages."""


class Request(Message, kw_only=True):
    """Base of what the client asks; the reply has the same ``id``, from 1 on."""

    id: int = 0


class Reply(Message, kw_only=True):
    """Base of what answers a request."""

    id: int = 0
