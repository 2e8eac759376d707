"""How the command ``isobooth`` ends: one table for the code, its help and its users."""

from __future__ import annotations

import enum

from isobooth.client.building.recipe import BuildError
from isobooth.protocol.errors import (
    ArgumentError,
    ArgumentTypeError,
    ChannelTimeout,
    HostFailed,
    HostNotFound,
    IncompatiblePeer,
    PluginCrashed,
    PluginError,
    PluginLoadError,
    PluginNotFound,
    PluginTimeout,
)


class ExitCode(enum.IntEnum):
    """Every code; the numbers do not change."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    LOAD_FAILED = 4
    CRASHED = 5
    TIMEOUT = 6
    BAD_FILE = 7
    NO_HOST = 8
    REFUSED = 9
    BUILD_FAILED = 10
    INTERRUPTED = 130


class FileError(Exception):
    """An audio, MIDI or state file cannot be read or written. The text names it."""


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.UNEXPECTED: "unexpected; please report it",
    ExitCode.USAGE: "the command line makes no sense, or no such parameter or value",
    ExitCode.NOT_FOUND: "there is no such plugin, file or folder",
    ExitCode.LOAD_FAILED: "the plugin could not be loaded",
    ExitCode.CRASHED: "the plugin crashed",
    ExitCode.TIMEOUT: "the plugin did not answer in time",
    ExitCode.BAD_FILE: "an audio, MIDI or state file cannot be read or written",
    ExitCode.NO_HOST: "isobooth-host is not there, does not start, or is of another version",
    ExitCode.REFUSED: "the plugin refused: state, activation",
    ExitCode.BUILD_FAILED: "the plugin could not be built",
    ExitCode.INTERRUPTED: "interrupted",
}

_BY_ERROR: tuple[tuple[type[BaseException], ExitCode], ...] = (
    # from the special to the general: the first that fits counts
    (PluginNotFound, ExitCode.NOT_FOUND),
    (PluginLoadError, ExitCode.LOAD_FAILED),
    (PluginCrashed, ExitCode.CRASHED),
    (PluginTimeout, ExitCode.TIMEOUT),
    (ChannelTimeout, ExitCode.TIMEOUT),
    (PluginError, ExitCode.REFUSED),
    (HostNotFound, ExitCode.NO_HOST),
    (HostFailed, ExitCode.NO_HOST),
    (IncompatiblePeer, ExitCode.NO_HOST),
    (ArgumentError, ExitCode.USAGE),
    (ArgumentTypeError, ExitCode.USAGE),
    (FileError, ExitCode.BAD_FILE),
    (BuildError, ExitCode.BUILD_FAILED),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)


def exit_code(error: BaseException) -> ExitCode:
    """Return the code for what ended a command."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.UNEXPECTED)


def table() -> str:
    """Return the table as it stands at the end of every help text."""
    lines = [f"  {code.value:<4} {MEANINGS[code]}" for code in ExitCode]
    return "\n".join(["exit codes:", *lines])
