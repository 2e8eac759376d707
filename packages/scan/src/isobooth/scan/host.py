"""What the host that is installed says of itself: its version and the formats that it can load."""

from __future__ import annotations

import shlex

import msgspec

from isobooth.protocol.descriptors import FORMATS
from isobooth.protocol.errors import HostFailed
from isobooth.protocol.hostcommand import find_host_command

from .cache import Cache, HostInfo, Identity, identify
from .probe import run_host

_SECONDS = 30.0


def host_info(cache: Cache | None = None) -> tuple[list[str], HostInfo]:
    """Return the host's command and what it says of itself.

    A command of one word is asked once and then remembered in ``cache`` until its file changes; a longer one
    (``python -m …``) is asked every time, because its first word says nothing about the rest.

    Raises HostNotFound, or HostFailed if it does not answer as a host does.
    """
    command = find_host_command()
    text = shlex.join(command)
    identity = identify(command[0]) if len(command) == 1 else None
    known = cache.host(text, identity) if cache is not None and identity is not None else None
    if known is not None:
        return command, known
    version = run_host(command, "--version", timeout=_SECONDS).strip().partition("\n")[0]
    printed = run_host(command, "--formats", timeout=_SECONDS)
    try:
        formats = msgspec.json.decode(printed, type=list[str])
    except msgspec.DecodeError as error:
        raise HostFailed(
            f"{text} --formats did not print a list of formats - cause: {error}"
            " - check that ISOBOOTH_HOST names a host of isobooth, and upgrade isobooth-host"
        ) from error
    ordered = [name for name in FORMATS if name in formats]
    info = HostInfo(command=text, identity=identity or Identity(0, 0, 0), version=version, formats=ordered)
    if cache is not None and identity is not None:
        cache.put_host(info)
    return command, info
