"""Transport for users, struct ib_transport for the core."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from isobooth.protocol.errors import ArgumentTypeError
from isobooth.protocol.transport import Transport

from ._core import ffi, lib
from .options import number, whole

if TYPE_CHECKING:
    from ._core import CData


LEAST_TEMPO = 1e-3
"""Beats per minute."""
MOST_BEATS = 1e9
"""Fifteen years at 120 beats per minute."""


def _check(transport: Transport) -> None:
    if not isinstance(transport, Transport):
        raise ArgumentTypeError(f"transport is {type(transport).__name__} and must be a Transport")
    number("tempo", transport.tempo, LEAST_TEMPO, 1e6)
    number("tempo_ramp", transport.tempo_ramp, -1e6, 1e6)
    if not isinstance(transport.signature, tuple) or len(transport.signature) != 2:
        raise ArgumentTypeError(f"signature is {transport.signature!r} and must be two whole numbers")
    for part in transport.signature:
        whole("signature", part, 1, 65535)
    for name in ("loop_start_beats", "loop_end_beats", "position_beats", "bar_start_beats"):
        value = getattr(transport, name)
        if value is not None:
            number(name, value, -MOST_BEATS, MOST_BEATS)
    for name, least, most in (
        ("position_samples", -(2**62), 2**62),
        ("bar_number", -(2**31), 2**31 - 1),
        ("system_time_ns", 0, 2**63),
    ):
        value = getattr(transport, name)
        if value is not None:
            whole(name, value, least, most)


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
            samples = round(min(max((beats or 0.0) * 60.0 / transport.tempo * sample_rate, -(2.0**62)), 2.0**62))
        t.position_samples = samples
        t.position_seconds = samples / sample_rate
        t.position_beats = samples / sample_rate * transport.tempo / 60.0 if beats is None else beats
    top, bottom = transport.signature
    bar = top * 4.0 / bottom
    current = math.floor(t.position_beats / bar)
    t.bar_start_beats = current * bar if transport.bar_start_beats is None else transport.bar_start_beats
    t.bar_number = min(max(current, -(2**31)), 2**31 - 1) if transport.bar_number is None else transport.bar_number
