"""Where in the song a block is."""

from __future__ import annotations

import msgspec


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """Song position and state at the first frame of a call; isobooth carries it on from block to block.

    Beats are quarter notes. A position that is None goes on from where the last call ended.
    """

    playing: bool = True
    recording: bool = False
    looping: bool = False
    pre_roll: bool = False
    tempo: float = 120.0
    """Beats per minute, above 0."""
    tempo_ramp: float = 0.0
    """Beats per minute added by each frame."""
    signature: tuple[int, int] = (4, 4)
    position_samples: int | None = None
    position_beats: float | None = None
    """None: follows from position_samples and the tempo."""
    loop_start_beats: float = 0.0
    loop_end_beats: float = 0.0
    bar_start_beats: float | None = None
    """None: bars of ``signature`` from beat 0 on."""
    bar_number: int | None = None
    system_time_ns: int | None = None
    """CLOCK_MONOTONIC at which the first frame is heard; None where nobody knows."""
