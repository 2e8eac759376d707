"""A scan's report that leaves the process piece by piece: what a plugin does later takes nothing of it back.

The process that describes (describing.py starts and watches it) says before each step what it is about to do, and with
that sends everything that it has found since the step before. So its parent knows at any moment what is known of the
file, and of which plugin the process has died if it dies now.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Collection
from typing import Any, Literal

import msgspec

from isobooth.protocol.descriptors import PluginDescriptor, ScanProblem, ScanReport

Kind = Literal["open", "list", "plugin", "close", "presets", "unload", "done"]

_HEAD = struct.Struct("=I")


class Step(msgspec.Struct, frozen=True, array_like=True):
    """What the process that describes is about to do."""

    kind: Kind
    """``open``: load the file and ask for its entry; ``list``: ask which plugin is at ``index``; ``plugin``: describe
    it; ``close``: destroy the instance that was made for that; ``presets``: find those of all; ``unload`` the library;
    ``done``: nothing more."""
    index: int = 0
    plugin_id: str = ""
    name: str = ""
    of: int = 0
    """How many plugins the file has, 0 where that is not known."""


OPEN = Step("open")


class Piece(msgspec.Struct, array_like=True):
    """What was found since the last piece, and what comes next."""

    step: Step
    format: str
    plugins: list[PluginDescriptor]
    errors: list[ScanProblem]
    warnings: list[ScanProblem]
    whole: bool = False
    """``plugins`` are all that there are, to be taken instead of those of earlier pieces."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Piece)


class PiecemealReport(ScanReport, dict=True):
    """A report that sends what was added to it with every step. It may begin with what is known already."""

    @classmethod
    def start(
        cls, known: ScanReport, fatal: Collection[Step], send: Callable[[bytes], None], renew: Callable[[], None]
    ) -> PiecemealReport:
        """Return a report that holds ``known``; steps that are ``fatal`` have ended a process before.

        ``renew`` is called at each step that is taken.
        """
        report = cls(
            format=known.format,
            path=known.path,
            plugins=list(known.plugins),
            errors=list(known.errors),
            warnings=list(known.warnings),
        )
        report.__dict__.update(
            fatal=frozenset(fatal),
            described={(one.index, one.id) for one in known.plugins},
            send=send,
            renew=renew,
            whole=False,
            step=OPEN,
            sent=(len(report.plugins), len(report.errors), len(report.warnings)),
        )
        return report

    def take(self, step: Step) -> bool:
        """Send what is new; return whether the step is to be taken: it is not where it was, or where it was fatal."""
        own: dict[str, Any] = self.__dict__
        if step in own["fatal"] or (step.kind == "plugin" and (step.index, step.plugin_id) in own["described"]):
            return False
        plugins, errors, warnings = own["sent"]
        whole, own["whole"] = own["whole"], False
        piece = Piece(
            step,
            self.format,
            self.plugins if whole else self.plugins[plugins:],
            self.errors[errors:],
            self.warnings[warnings:],
            whole,
        )
        own["sent"] = (len(self.plugins), len(self.errors), len(self.warnings))
        own["step"] = step
        own["renew"]()
        own["send"](framed(_encoder.encode(piece)))
        return True


def begin(
    report: ScanReport,
    kind: Kind,
    index: int = 0,
    plugin_id: str = "",
    name: str = "",
    of: int = 0,
) -> bool:
    """Say what a scan is about to do; return whether it is to be done. Arguments are those of Step.

    What was added to the report before is final (but see ``begin_again``), and time is counted from here. False for a
    plugin that was described by an earlier process, or was
    the end of it. Any other report than a PiecemealReport is only filled, so that everything is to be done.
    """
    return report.take(Step(kind, index, plugin_id, name, of)) if isinstance(report, PiecemealReport) else True


def begin_closing(report: ScanReport) -> None:
    """Say that the instance is about to be destroyed that was made to describe the plugin of the last step."""
    if isinstance(report, PiecemealReport):
        step: Step = report.__dict__["step"]
        report.take(msgspec.structs.replace(step, kind="close"))


def begin_again(report: ScanReport) -> None:
    """Say that plugins of the report have changed since they were added: the next step sends all of them."""
    if isinstance(report, PiecemealReport):
        report.__dict__["whole"] = True


def framed(data: bytes) -> bytes:
    """Return a piece as it is written to the pipe: with its length in front."""
    return _HEAD.pack(len(data)) + data


def write_all(fd: int, data: bytes) -> None:
    """Write to a pipe until everything is written. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


class Gathering:
    """The other end: pieces are put together to a report."""

    def __init__(self, report: ScanReport) -> None:
        self.report = report
        self.step = OPEN
        """What the process was doing last."""
        self.bytes = 0
        """All that came."""
        self._rest = bytearray()

    def add(self, data: bytes) -> int:
        """Take bytes of the pipe; return how many pieces were whole. Raises msgspec.DecodeError for what is none."""
        self.bytes += len(data)
        self._rest += data
        count = 0
        while len(self._rest) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._rest)
            end = _HEAD.size + length
            if len(self._rest) < end:
                break
            piece = _decoder.decode(self._rest[_HEAD.size : end])
            del self._rest[:end]
            self._merge(piece)
            count += 1
        return count

    def _merge(self, piece: Piece) -> None:
        """What an earlier process has said of the file in the same words counts once."""
        self.step = piece.step
        self.report.format = piece.format
        self.report.plugins = piece.plugins if piece.whole else self.report.plugins + piece.plugins
        for known, new in ((self.report.errors, piece.errors), (self.report.warnings, piece.warnings)):
            said = {(one.plugin_id, one.reason) for one in known}
            known += [one for one in new if (one.plugin_id, one.reason) not in said]
