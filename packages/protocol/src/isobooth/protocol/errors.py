"""Every exception of isobooth.

Each says what went wrong with which thing, what was tried, the cause in the loader's or the plugin's own words, and
what to do. All derive from IsoboothError; those that stand for a wrong argument derive from ValueError or TypeError
as well, so that callers can catch them as Python's own.
"""

from __future__ import annotations

import difflib
import signal as signals
from collections.abc import Iterable
from dataclasses import dataclass, field

from .messages import ErrorInfo


class IsoboothError(Exception):
    """Base of all."""


# -- arguments --------------------------------------------------------------------------------------------------------


class ArgumentError(IsoboothError, ValueError):
    """An argument has a value that cannot be: a sample rate of NaN, a block size of 0, an array of three dimensions."""


class ArgumentTypeError(IsoboothError, TypeError):
    """An argument has a type that cannot be: a text where an array is due, an array of integers."""


class LocatorError(ArgumentError):
    """A text does not name a plugin in any of the ways that ``load`` understands."""


class ParameterError(ArgumentError, KeyError, AttributeError):
    """A plugin has no such parameter, or cannot take that value."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


# -- finding and loading ----------------------------------------------------------------------------------------------


class HostNotFound(IsoboothError, FileNotFoundError):
    """There is no ``isobooth-host`` command to start."""


class HostFailed(IsoboothError):
    """The host command could not be started, or ended before it said what it is."""


class IncompatiblePeer(IsoboothError):
    """Host and client are of versions that do not understand each other. The message names both and what to upgrade."""


class PluginLoadError(IsoboothError):
    """A plugin could not be loaded.

    Attributes: ``path``, ``plugin_id``, ``tried`` (what was tried, in order), ``cause`` (the loader's or plugin's own
    words), ``hint`` (what to do), ``phase``.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        plugin_id: str = "",
        phase: str = "",
        tried: Iterable[str] = (),
        cause: str = "",
        hint: str = "",
    ) -> None:
        self.message = message
        self.path = path
        self.plugin_id = plugin_id
        self.phase = phase
        self.tried = list(tried)
        self.cause = cause
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.tried:
            parts.append(f"tried: {'; '.join(self.tried)}")
        if self.cause:
            parts.append(f"cause: {self.cause}")
        if self.hint:
            parts.append(self.hint)
        return " - ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (error_from_info, (error_to_info(self),))


class PluginNotFound(PluginLoadError, FileNotFoundError):
    """There is no such file, or no such plugin in it, or none of that name anywhere."""

    def __str__(self) -> str:
        return PluginLoadError.__str__(self)


class UnsupportedFormat(PluginLoadError):
    """The format is unknown, or needs something that is not installed here."""


# -- a plugin that misbehaves -----------------------------------------------------------------------------------------


class PluginError(IsoboothError):
    """A plugin said no: it would not activate, save, load or convert. It and its booth are alive."""


class StateError(PluginError):
    """A plugin would not give its state, or would not take the one it was given."""


@dataclass
class CrashReport:
    """What is known of a booth's end.

    ``signal_number`` is 0 where no signal ended it; ``exit_status`` is None where one did. ``library`` and ``offset``
    say where the program counter stood, ``symbol`` in which function where that is known (``name+0x12``). ``block`` is
    the sequence of the block in phase ``process``. ``log`` holds the last lines that the plugin printed. ``reason``
    says why isobooth ended the process, where it did.
    """

    plugin: str
    phase: str = "unknown"
    signal_number: int = 0
    exit_status: int | None = None
    address: int = 0
    library: str = ""
    offset: int = 0
    block: int = 0
    on_audio_thread: bool = False
    log: list[str] = field(default_factory=list)
    symbol: str = ""
    reason: str = ""

    @property
    def signal_name(self) -> str:
        """``SIGSEGV`` and the like, empty where no signal ended it."""
        if self.signal_number == 0:
            return ""
        try:
            return signals.Signals(self.signal_number).name
        except ValueError:
            return f"signal {self.signal_number}"

    def __str__(self) -> str:
        if self.reason:
            what = f"was ended because {self.reason},"
        elif self.signal_number:
            what = f"died of {self.signal_name}"
        elif self.exit_status is not None:
            what = f"ended its process with exit status {self.exit_status}"
        else:
            what = "ended its process"
        where = f" in phase '{self.phase}'"
        if self.phase == "process" and self.block:
            where += f", block {self.block}"
        if self.library:
            where += f", at {self.library}+0x{self.offset:x}"
        if self.symbol:
            where += f" ({self.symbol})"
        return f"{self.plugin} {what}{where}"


class PluginCrashed(PluginError):
    """A plugin took its booth down. ``report`` says all that is known; ``restart()`` brings the plugin back.

    ``advice`` says what to do: a plugin that died while it was loaded has no ``restart()``.
    """

    def __init__(self, report: CrashReport, *, advice: str = "call restart() to go on, or load another plugin") -> None:
        self.report = report
        self.advice = advice
        super().__init__(report)

    @property
    def signal(self) -> str:
        """Name of the signal, or an empty text."""
        return self.report.signal_name

    @property
    def phase(self) -> str:
        """What the host was doing for the plugin."""
        return self.report.phase

    @property
    def block(self) -> int:
        """Sequence of the block in which it happened, 0 if in none."""
        return self.report.block

    @property
    def log(self) -> list[str]:
        """The last lines that the plugin printed."""
        return self.report.log

    def __str__(self) -> str:
        text = f"{self.report} - {self.advice}"
        if self.report.log:
            text += f" - it printed: {' | '.join(self.report.log[-3:])}"
        return text


class PluginTimeout(PluginError, TimeoutError):
    """A plugin did not answer in time; its booth has been killed. ``advice`` says what to do."""

    def __init__(
        self,
        plugin: str,
        phase: str,
        seconds: float,
        *,
        log: Iterable[str] = (),
        advice: str = "call restart() to go on, or give it more time (timeout=)",
    ) -> None:
        self.plugin = plugin
        self.advice = advice
        self.phase = phase
        self.seconds = seconds
        self.log = list(log)
        super().__init__(plugin, phase, seconds)

    def __str__(self) -> str:
        return (
            f"{self.plugin} did not answer within {self.seconds:g} s in phase '{self.phase}' and its process was killed"
            f" - {self.advice}"
        )


class PluginClosed(IsoboothError):
    """The plugin was closed, or belongs to the process that this one was forked from."""


# -- the channel and the segment --------------------------------------------------------------------------------------


class ChannelError(IsoboothError):
    """The control channel carried something that is not a message."""


class FrameTooLarge(ChannelError):
    """A message is longer than the receiver takes."""


class ChannelClosed(ChannelError):
    """The other side has closed the channel: it is gone."""


class ChannelTimeout(ChannelError, TimeoutError):
    """The other side did not read or write in time."""


class SegmentError(IsoboothError):
    """Shared memory could not be made, mapped or believed."""


_BY_KIND: dict[str, type[IsoboothError]] = {
    kind.__name__: kind
    for kind in (
        ArgumentError,
        ChannelError,
        HostFailed,
        IncompatiblePeer,
        IsoboothError,
        LocatorError,
        ParameterError,
        PluginError,
        PluginLoadError,
        PluginNotFound,
        SegmentError,
        StateError,
        UnsupportedFormat,
    )
}


def error_to_info(error: IsoboothError) -> ErrorInfo:
    """Pack an exception for the way to the other process."""
    kind = type(error).__name__ if type(error).__name__ in _BY_KIND else "IsoboothError"
    if isinstance(error, PluginLoadError):
        return ErrorInfo(
            kind=kind,
            message=error.message,
            path=error.path,
            plugin_id=error.plugin_id,
            phase=error.phase,
            tried=error.tried,
            cause=error.cause,
            hint=error.hint,
        )
    return ErrorInfo(kind=kind, message=str(error))


def error_from_info(info: ErrorInfo) -> IsoboothError:
    """Unpack what error_to_info packed. A kind that is unknown here (from a newer host) becomes an IsoboothError."""
    kind = _BY_KIND.get(info.kind, IsoboothError)
    if issubclass(kind, PluginLoadError):
        return kind(
            info.message,
            path=info.path,
            plugin_id=info.plugin_id,
            phase=info.phase,
            tried=info.tried,
            cause=info.cause,
            hint=info.hint,
        )
    return kind(info.message)


def did_you_mean(wrong: str, known: Iterable[str], *, most: int = 3) -> str:
    """A hint with the names nearest to a wrong one: ``did you mean 'threshold' or 'ratio'?``, or an empty text."""
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    near = difflib.get_close_matches(wrong.casefold(), folded, n=most, cutoff=0.5)
    if not near:
        return ""
    return "did you mean " + " or ".join(repr(folded[name]) for name in near) + "?"
