"""One booth, from arguments to exit code."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys

from isobooth.protocol.errors import (
    ChannelError,
    IncompatiblePeer,
    IsoboothError,
    PluginError,
    PluginLoadError,
    SegmentError,
)

from . import exit_codes
from ._core import ffi, lib
from .arguments import BoothArguments
from .contain import contain, keep_descriptor
from .limits import apply_limits
from .scratch import remove_folders
from .session import SandboxCrash, Session

_CODES: tuple[tuple[type[IsoboothError], int], ...] = (
    (PluginLoadError, exit_codes.LOAD_FAILED),
    (SandboxCrash, exit_codes.SANDBOX),
    (PluginError, exit_codes.LOAD_FAILED),
    (IncompatiblePeer, exit_codes.INCOMPATIBLE),
    (SegmentError, exit_codes.SEGMENT),
    (ChannelError, exit_codes.CHANNEL),
)


def exit_code_of(error: IsoboothError) -> int:
    """The exit code that stands for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), exit_codes.UNEXPECTED)


def run_booth(arguments: BoothArguments, *, owner_pid: int, limits: dict[str, int] | None = None) -> int:
    """Run one plugin until its client is done with it. Returns the exit code.

    Errors go to standard error, one line each. ``owner_pid`` is the process with whose end this one ends. ``limits``:
    see isobooth.host.limits.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client, which decides what it means
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), 0)
    for fd in (arguments.read_fd, arguments.write_fd):
        try:
            os.set_inheritable(fd, False)
        except OSError as error:
            print(f"isobooth-host: descriptor {fd} is not open: {error}", file=sys.stderr)
            return exit_codes.CHANNEL
    for prepare in (lib.ib_crash_install, contain):
        wrong = prepare()
        if wrong != ffi.NULL:
            print(f"isobooth-host: {ffi.string(wrong).decode()}", file=sys.stderr)
            return exit_codes.UNEXPECTED
    read_fd = keep_descriptor(arguments.read_fd)
    is_one = arguments.read_fd == arguments.write_fd  # a socket goes both ways
    write_fd = read_fd if is_one else keep_descriptor(arguments.write_fd)
    arguments = dataclasses.replace(arguments, read_fd=read_fd, write_fd=write_fd)
    try:
        apply_limits(limits or {})
        Session(arguments, owner_pid=owner_pid).run()
    except IsoboothError as error:
        lib.ib_crash_orderly()
        print(f"isobooth-host: {error}", file=sys.stderr)
        return exit_code_of(error)
    return exit_codes.OK


def end_process(code: int) -> None:
    """End at once: a plugin's leftover threads and exit handlers have no say in it."""
    lib.ib_crash_orderly()
    remove_folders()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
