"""Messages between a client and its warm host: the process that has everything imported and forks a booth on demand.

They travel over a SOCK_SEQPACKET socket, one message a packet. A Spawn carries three descriptors: the booth's reading
end, its writing end, and the pipe for what the plugin prints. Spawned carries a descriptor of the new process (pidfd)
where the kernel has those.
"""

from __future__ import annotations

import msgspec

PACKET_BYTES = 1 << 16
"""Longest packet."""


class Spawn(msgspec.Struct, tag="spawn", kw_only=True):
    """Fork a booth. ``arguments`` are those of ``isobooth-host`` up to the instance id, without the two descriptors."""

    token: int
    arguments: list[str]
    settings: list[str] = []
    """Sample rate, buffer size, inputs, outputs, as on the command line."""
    limits: dict[str, int] = {}
    """What the booth may take, by name: memory, descriptors, processes, core."""
    environment: dict[bytes, bytes | None] = {}
    """Variables of the client's environment that have changed since the warm host was started; None: they are gone."""


class Spawned(msgspec.Struct, tag="spawned", kw_only=True):
    """The booth for ``token`` runs."""

    token: int
    pid: int


class SpawnFailed(msgspec.Struct, tag="spawn-failed", kw_only=True):
    """There is no new process to be had."""

    token: int
    reason: str


class Exited(msgspec.Struct, tag="exited", kw_only=True):
    """A booth has ended. ``status`` is its exit status, or minus the signal that ended it."""

    pid: int
    status: int


class Ready(msgspec.Struct, tag="ready", kw_only=True):
    """First message of the warm host."""

    version: str
    protocol_major: int


FromWarm = Ready | Spawned | SpawnFailed | Exited
"""What the warm host sends."""
