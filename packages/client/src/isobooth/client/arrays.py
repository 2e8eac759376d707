"""From what users hand over to what the core takes, with errors that say what was wrong and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from isobooth.protocol.descriptors import BusInfo
from isobooth.protocol.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from typing import TypeGuard

Array = npt.NDArray[Any]

_MOST_SILENCE = 1 << 40
"""Frames that one call may ask for without audio."""


@dataclass(frozen=True)
class Mains:
    """Channels of the main buses."""

    inputs: int
    outputs: int
    dry: int
    """Input channels, from the first on, that stand for the output when the plugin is bypassed."""

    @classmethod
    def of(cls, buses: Sequence[BusInfo], inputs: int, outputs: int) -> Mains:
        """Of a plugin with so many channels; where no bus is a main bus, all are."""
        ins = [bus for bus in buses if bus.direction == "input"]
        outs = [bus for bus in buses if bus.direction == "output"]
        main_in = next((bus for bus in ins if bus.is_main), None)
        main_out = next((bus for bus in outs if bus.is_main), None)
        dry = inputs if main_in is None else main_in.channels if main_in is ins[0] else 0
        if main_out is not None:  # side chains are not heard, and auxiliary outputs are silent
            dry = min(dry, main_out.channels if main_out is outs[0] else 0)
        return cls(
            inputs=inputs if main_in is None else main_in.channels,
            outputs=outputs if main_out is None else main_out.channels,
            dry=dry,
        )


def check_audio(audio: object, *, channels: tuple[int, ...], name: str) -> Array:
    """``audio`` as a float array of shape (channels, frames) whose samples lie side by side.

    ``channels`` are the numbers that the plugin can take. A one-dimensional array is one channel. Raises
    ArgumentTypeError for what is no float array and ArgumentError for a wrong shape.
    """
    if not isinstance(audio, np.ndarray):
        raise ArgumentTypeError(
            f"audio is {type(audio).__name__} and must be a numpy array of shape (channels, frames)"
        )
    if audio.dtype not in {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ArgumentTypeError(
            f"audio holds {audio.dtype} and must hold float32 or float64 between -1 and 1 - convert it first, e.g."
            " soundfile.read(..., dtype='float32')"
        )
    if audio.ndim == 1:
        audio = audio[np.newaxis, :]
    if audio.ndim != 2:
        raise ArgumentError(f"audio has {audio.ndim} dimensions and must have 2: (channels, frames)")
    if audio.shape[0] not in channels:
        raise ArgumentError(_wrong_channels(audio, channels, name))
    gaps = audio.strides[1] != audio.itemsize or (audio.shape[0] > 1 and audio.strides[0] < 0)
    if gaps or not audio.flags.aligned:
        audio = np.array(audio, order="C")
    return audio


def check_input(audio: object, frames: int | None, *, channels: tuple[int, ...], name: str) -> tuple[Array, int]:
    """What goes in: ``audio``, or ``frames`` frames of silence; and how long it is. Raises as ``check_audio``."""
    if audio is None:
        if frames is None or isinstance(frames, bool) or not hasattr(frames, "__index__") or int(frames) < 0:
            raise ArgumentError(f"without audio, frames must be a whole number of 0 or more; it is {frames!r}")
        if int(frames) > _MOST_SILENCE:
            raise ArgumentError(f"frames is {frames} and must be at most {_MOST_SILENCE}")
        return np.zeros((0, int(frames)), np.float32), int(frames)
    if frames is not None:
        raise ArgumentError("frames goes without audio; with audio, the array says how long it is")
    checked = check_audio(audio, channels=channels, name=name)
    return checked, checked.shape[1]


def _wrong_channels(audio: Array, channels: tuple[int, ...], name: str) -> str:
    due = " or ".join(str(count) for count in sorted(set(channels)))
    text = f"audio has {audio.shape[0]} channels, {name} takes {due}"
    if audio.shape[1] in channels:
        text += f" - the shape {audio.shape} looks like (frames, channels): hand over audio.T"
    elif audio.shape[0] == 1 and max(channels) > 1:
        text += f" - repeat the channel: numpy.repeat(audio, {max(channels)}, axis=0)"
    return text


def is_plain(out: object, dtype: np.dtype[Any], shape: tuple[int, int]) -> TypeGuard[Array]:
    """Is ``out`` an array that the quick way can write to, without a word to be said about it but where it lies?"""
    return (
        type(out) is np.ndarray
        and out.dtype is dtype
        and out.shape == shape
        and out.flags.c_contiguous
        and out.flags.writeable
        and out.flags.aligned
    )


def check_out(out: object, audio: Array, shape: tuple[int, int]) -> Array:
    """``out`` if the result for ``audio`` can be written there. Raises ArgumentTypeError or ArgumentError.

    It may be the very memory of ``audio``, sample for sample, but not overlap with it in another way.
    """
    if not isinstance(out, np.ndarray):
        raise ArgumentTypeError(f"out is {type(out).__name__} and must be a numpy array of shape {shape}")
    if out.dtype not in {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ArgumentTypeError(f"out holds {out.dtype} and must hold float32 or float64")
    if out.shape != shape:
        raise ArgumentError(f"out has the shape {out.shape}; the result has {shape}")
    if not out.flags.writeable:
        raise ArgumentError("out is read-only: hand over an array that may be written")
    gaps = shape[1] > 1 and out.strides[1] != out.itemsize
    if gaps or not out.flags.aligned or (shape[0] > 1 and out.strides[0] < 0):
        raise ArgumentError(
            f"the rows of out must be aligned and without gaps, one after the other (its strides are {out.strides})"
        )
    if np.shares_memory(out, audio) and not _is_same(out, audio):
        raise ArgumentError("out overlaps with audio: hand over audio itself, or memory that it has no part in")
    return out


def _is_same(out: Array, audio: Array) -> bool:
    rows = min(out.shape[0], audio.shape[0]) > 1
    return (
        out.ctypes.data == audio.ctypes.data
        and out.dtype == audio.dtype
        and (not rows or out.strides[0] == audio.strides[0])
    )
