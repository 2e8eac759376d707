"""From what users hand over to what the core takes, with errors that say what was wrong and what is due."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from isobooth.protocol.errors import ArgumentError, ArgumentTypeError

Array = npt.NDArray[Any]


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


def _wrong_channels(audio: Array, channels: tuple[int, ...], name: str) -> str:
    due = " or ".join(str(count) for count in sorted(set(channels)))
    text = f"audio has {audio.shape[0]} channels, {name} takes {due}"
    if audio.shape[1] in channels:
        text += f" - the shape {audio.shape} looks like (frames, channels): hand over audio.T"
    elif audio.shape[0] == 1 and max(channels) > 1:
        text += f" - repeat the channel: numpy.repeat(audio, {max(channels)}, axis=0)"
    return text
