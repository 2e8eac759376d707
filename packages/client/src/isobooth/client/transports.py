"""Transport for users, struct ib_transport for the core."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from isobooth.protocol.errors import ArgumentError, ArgumentTypeError
from isobooth.protocol.transport import Transport

from ._core import ffi, lib

if TYPE_CHECKING:
    from ._core import CData


def _check(transport: Transport) -> None:
    if not isinstance(transport, Transport):
        raise ArgumentTypeError(f"transport is {type(transport).__name__} and must be a Transport")
    if not 0 < transport.tempo < 1e6 or not math.isfinite(transport.tempo_ramp):
        raise ArgumentError(f"a tempo of {transport.tempo!r} (ramp {transport.tempo_ramp!r}) cannot be played")
    top, bottom = transport.signature
    if not (1 <= top <= 65535 and 1 <= bottom <= 65535):
        raise ArgumentError(f"a time signature of {top}/{bottom} cannot be")
    for name in ("loop_start_beats", "loop_end_beats", "position_beats", "bar_start_beats"):
        value = getattr(transport, name)
        if value is not None and not math.isfinite(value):
            raise ArgumentError(f"{name} is {value!r} and must be a finite number")


def to_core(transport: Transport, before: CData | None, sample_rate: float) -> CData:
    """A ``struct ib_transport *`` at the first frame; what is None goes on from ``before``. Raises ArgumentError."""
    _check(transport)
    t = ffi.new("struct ib_transport *")
    flags = (
        lib.IB_TRANSPORT_HAS_TEMPO
        | lib.IB_TRANSPORT_HAS_BEATS
        | lib.IB_TRANSPORT_HAS_SECONDS
        | lib.IB_TRANSPORT_HAS_SIGNATURE
    )
    states = (
        (transport.playing, lib.IB_TRANSPORT_PLAYING),
        (transport.recording, lib.IB_TRANSPORT_RECORDING),
        (transport.looping, lib.IB_TRANSPORT_LOOPING),
        (transport.pre_roll, lib.IB_TRANSPORT_PRE_ROLL),
        (transport.system_time_ns is not None, lib.IB_TRANSPORT_HAS_SYSTEM_TIME),
    )
    t.flags = flags | sum(bit for there, bit in states if there)
    t.tempo, t.tempo_ramp = transport.tempo, transport.tempo_ramp
    t.signature_numerator, t.signature_denominator = transport.signature
    _place(t, transport, before, sample_rate)
    per_beat = 60.0 / transport.tempo
    t.loop_start_beats, t.loop_end_beats = transport.loop_start_beats, transport.loop_end_beats
    t.loop_start_seconds = transport.loop_start_beats * per_beat
    t.loop_end_seconds = transport.loop_end_beats * per_beat
    t.system_time_ns = transport.system_time_ns or 0
    return t


def _place(t: CData, transport: Transport, before: CData | None, sample_rate: float) -> None:
    samples, beats = transport.position_samples, transport.position_beats
    if samples is None and beats is None and before is not None:
        t.position_samples = before.position_samples
        t.position_seconds = before.position_seconds
        t.position_beats = before.position_beats
    else:
        if samples is None:
            samples = round((beats or 0.0) * 60.0 / transport.tempo * sample_rate)
        t.position_samples = samples
        t.position_seconds = samples / sample_rate
        t.position_beats = samples / sample_rate * transport.tempo / 60.0 if beats is None else beats
    top, bottom = transport.signature
    bar = top * 4.0 / bottom
    number = math.floor(t.position_beats / bar)
    t.bar_start_beats = number * bar if transport.bar_start_beats is None else transport.bar_start_beats
    t.bar_number = number if transport.bar_number is None else transport.bar_number
