"""Audio, MIDI and state files: read piece by piece, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from .exit_codes import FileError

if TYPE_CHECKING:
    from .pipeline import Audio

_DEFAULT_SUBTYPES = {"WAV": "FLOAT", "FLAC": "PCM_24", "AIFF": "PCM_24"}
_READ_ERRORS = (OSError, RuntimeError, TypeError, ValueError)  # all that soundfile raises; its own is a RuntimeError


def open_audio(path: str) -> Any:
    """Open an audio file. Raises FileError, which names it and the cause."""
    if not os.path.exists(path):  # noqa: PTH110  (pathlib raises for names that are too long)
        raise FileError(f"{path}: there is no such file")
    try:
        return soundfile.SoundFile(path)
    except _READ_ERRORS as error:
        raise FileError(f"{path} cannot be read as audio - cause: {_cause(error)}") from error


def read_pieces(source: Any, frames: int) -> Iterator[Audio]:
    """Yield an open file piece by piece, (channels, frames) each. Raises FileError."""
    while True:
        try:
            piece = source.read(frames, dtype="float32", always_2d=True)
        except _READ_ERRORS as error:
            raise FileError(f"{source.name} cannot be read to its end - cause: {_cause(error)}") from error
        if not len(piece):
            return
        yield np.ascontiguousarray(piece.T)


def read_bytes(path: str) -> bytes:
    """Return what a file holds. Raises FileError."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read - cause: {_cause(error)}") from error


def read_midi(path: str) -> Any:
    """Return a mido.MidiFile. Raises FileError, also where mido is not installed."""
    try:
        import mido
    except ModuleNotFoundError as error:
        raise FileError(f"{path} cannot be read without mido - pip install isobooth-client[midi]") from error
    try:
        return mido.MidiFile(path)
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:  # what mido raises for bad bytes
        raise FileError(f"{path} cannot be read as MIDI - cause: {_cause(error)}") from error


class Writer:
    """An audio file in the making. It is opened by the first piece, which tells how many channels there are."""

    def __init__(self, target: str, sample_rate: int, subtype: str | None) -> None:
        self.target = target
        self.frames = 0
        self.channels = 0
        self.peak = 0.0
        self._rate = sample_rate
        suffix = Path(target).suffix[1:].upper()
        self._format = {"AIF": "AIFF", "OGA": "OGG"}.get(suffix, suffix)
        if self._format not in soundfile.available_formats():
            known = ", ".join(sorted(name.lower() for name in soundfile.available_formats()))
            raise FileError(f"{target}: {suffix.lower() or 'no suffix'} is no audio format - known are {known}")
        fits = subtype and soundfile.check_format(self._format, subtype)
        self._subtype = subtype if fits else _DEFAULT_SUBTYPES.get(self._format)
        self._file: Any = None
        self._scratch = ""

    @property
    def clips(self) -> bool:
        """Whether samples beyond full scale were cut off, which only integers do."""
        return self.peak > 1.0 and str(self._subtype).startswith(("PCM", "ALAW", "ULAW"))

    def write(self, audio: Audio) -> None:
        """Append (channels, frames). Raises FileError."""
        try:
            if self._file is None:
                self._open(audio.shape[0])
            self._file.write(audio.T)
        except _READ_ERRORS as error:
            raise FileError(f"{self.target} cannot be written - cause: {_cause(error)}") from error
        self.frames += audio.shape[1]
        if audio.size:
            self.peak = max(self.peak, float(np.abs(audio).max()))

    def _open(self, channels: int) -> None:
        self.channels = channels
        name = self.target
        if not os.path.exists(name) or os.path.isfile(name):  # noqa: PTH110, PTH113  (no device that takes the audio)
            folder = Path(self.target).absolute().parent
            handle, name = tempfile.mkstemp(dir=folder, prefix=".isobooth-", suffix=Path(self.target).suffix)
            os.fchmod(handle, 0o666 & ~_umask())
            os.close(handle)
            self._scratch = name
        self._file = soundfile.SoundFile(name, "w", self._rate, channels, subtype=self._subtype, format=self._format)

    def finish(self) -> None:
        """Close the file and put it in its place. Raises FileError."""
        try:
            if self._file is not None:
                self._file.close()
            if self._scratch:
                Path(self._scratch).replace(self.target)
                self._scratch = ""
        except _READ_ERRORS as error:
            raise FileError(f"{self.target} cannot be written - cause: {_cause(error)}") from error

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            with contextlib.suppress(*_READ_ERRORS):
                self._file.close()
        if self._scratch:
            Path(self._scratch).unlink(missing_ok=True)


@contextmanager
def writing(target: str, sample_rate: int, subtype: str | None) -> Iterator[Writer]:
    """Give a Writer; an error in between leaves what was at ``target`` before as it was."""
    writer = Writer(target, sample_rate, subtype)
    try:
        yield writer
        writer.finish()
    except BaseException:  # Ctrl-C as well
        writer.abandon()
        raise
    if writer.clips:
        print(
            f"isobooth: {target}: the peak is {writer.peak:.3g}; what is beyond 1 was cut off - write a WAV file of"
            " floats (--subtype FLOAT), or turn a level down",
            file=sys.stderr,
        )


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _cause(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
