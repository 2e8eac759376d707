"""Calls in a process of their own, which what they call may take down or hold up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from isobooth.protocol.errors import IsoboothError

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class CallFailed(Exception):
    """The call has no result; the text says why."""


def _serve(work: Callable[[Argument], Result], line: Connection) -> None:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what plugins print does not belong into the tables
    while True:
        try:
            argument = line.recv()
        except EOFError:
            return
        try:
            answer: tuple[bool, Result | str] = (True, work(argument))
        except (IsoboothError, RuntimeError, ValueError, OSError, MemoryError) as problem:
            answer = (False, f"{type(problem).__name__}: {problem}")
        line.send(answer)


class Aside(Generic[Argument, Result]):
    """One process that does the calls one after the other; a new one after each that it did not survive.

    ``work`` is a function of a module; ``patience`` is in seconds, for a call.
    """

    def __init__(self, work: Callable[[Argument], Result], patience: float) -> None:
        self._work, self._patience = work, patience
        self._context = multiprocessing.get_context("spawn")  # a fork would have threads missing
        self._process: multiprocessing.process.BaseProcess | None = None
        self._line: Connection | None = None

    def call(self, argument: Argument) -> Result:
        """Return what ``work`` makes of it. Raises CallFailed: an error, the end of the process, no answer in time."""
        line = self._line or self._start()
        try:
            line.send(argument)
            if not line.poll(self._patience):
                self._end(by_force=True)
                raise CallFailed(f"no answer within {self._patience:g} s")
            is_done, answer = line.recv()
        except (EOFError, ConnectionError):
            raise CallFailed(f"took the process down: {self._end()}") from None
        if not is_done:
            raise CallFailed(answer)
        result: Result = answer
        return result

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._end()

    def _start(self) -> Connection:
        self._line, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(self._work, theirs))
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the line
        return self._line

    def _end(self, *, by_force: bool = False) -> str:
        """End the process; return how it ended."""
        process, line = self._process, self._line
        self._process = self._line = None
        if process is None or line is None:
            return "not started"
        line.close()
        if by_force:
            process.kill()
        process.join(self._patience)
        if process.exitcode is None:
            process.kill()
            process.join()
        code = process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
