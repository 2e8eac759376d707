"""vst3_echo.c in a booth: the audio half of a VST3 instance behind the real engine, without its other half."""

from __future__ import annotations

import math
from pathlib import Path

import cffi
from clap_booth import HERE, Booth, compiled, raw

from isobooth.host._core import ffi, lib
from isobooth.host.plugin import Operations

__all__ = ["EchoBooth", "Instance", "raw", "table"]

EVENT_BYTES = 1 << 16
ALL_REQUIREMENTS = 0xFFFFFFFF
VST3 = HERE.parent / "src" / "isobooth" / "host" / "formats" / "vst3"

effi = cffi.FFI()
for _path in (
    VST3 / "abi.cdef.h",
    *sorted(set(VST3.glob("abi_*.cdef.h"))),
    HERE / "plugins" / "vst3_echo.h",
):
    effi.cdef(Path(_path).read_text(encoding="utf-8"))
effi.cdef("struct echo *echo_new(void);")

GAIN, CUTOFF, MODE, METER, PROGRAM, SECRET, CURVE = 7, 4000000000, 11, 12, 13, 14, 15
READ_ONLY, HIDDEN, IS_PROGRAM = 2, 16, 0x8000
FREQUENCIES = [20.0, 100.0, 1000.0, 20000.0]
BOTH = lib.IB_VST3_BUS_ACTIVE | lib.IB_VST3_BUS_IN_BLOCK


def table(values=None, *, without=()):
    """A table of parameters of every kind; ``values`` are normalised, of ids."""
    known = values or {}
    made = lib.ib_vst3_table_new(8)
    for number, flags, steps, kind, least, most, curve in (
        (GAIN, 0, 0, lib.IB_VST3_LINEAR, -60.0, 12.0, None),
        (CUTOFF, 0, 0, lib.IB_VST3_NORMAL, 0.0, 1.0, None),
        (MODE, 0, 3, lib.IB_VST3_STEPPED, 10.0, 13.0, None),
        (METER, READ_ONLY, 0, lib.IB_VST3_LINEAR, 0.0, 2.0, None),
        (PROGRAM, IS_PROGRAM, 4, lib.IB_VST3_STEPPED, 0.0, 4.0, None),
        (SECRET, HIDDEN, 0, lib.IB_VST3_NORMAL, 0.0, 1.0, None),
        (CURVE, 0, 0, lib.IB_VST3_CURVE, 0.0, 0.0, FREQUENCIES),
    ):
        if number in without:
            continue
        points = ffi.new("double[]", curve) if curve else ffi.NULL
        count = len(curve) if curve else 0
        value = known.get(number, math.nan)
        assert lib.ib_vst3_table_add(made, number, flags, steps, kind, least, most, points, count, value) == 1
        assert lib.ib_vst3_table_add(made, number, flags, steps, kind, least, most, points, count, value) == 0
    return made


class _Shape:
    def __init__(self, inputs, outputs):
        self._channels = {"input": inputs, "output": outputs}

    def channels(self, direction):
        return self._channels[direction]


class Instance:
    """What an instance in Python would do, as far as the audio half is concerned."""

    inputs = ((2, BOTH), (1, BOTH))
    outputs = ((2, BOTH),)
    event_inputs: tuple[int, ...] = (16, 1)
    event_outputs: tuple[int, ...] = (16,)

    def __init__(self, request):
        self._library = effi.dlopen(request.path)
        self.echo = self._library.echo_new()
        self.vst3 = lib.ib_vst3_new(request.mailbox)
        assert self.vst3 != ffi.NULL
        self.vst3.processor = ffi.cast("struct vst3_IAudioProcessor *", int(effi.cast("uintptr_t", self.echo)))
        self.descriptor = _Shape(self._planes(self.inputs), self._planes(self.outputs))
        lib.ib_vst3_table_install(self.vst3, table())
        lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_INACTIVE)

    @staticmethod
    def _planes(buses):
        return sum(channels for channels, flags in buses if flags & lib.IB_VST3_BUS_IN_BLOCK)

    def activate(self, activation):
        for is_input, buses in ((1, self.inputs), (0, self.outputs)):
            channels = ffi.new("int32_t[]", [channels for channels, _ in buses])
            flags = ffi.new("uint8_t[]", [flags for _, flags in buses])
            assert lib.ib_vst3_set_buses(self.vst3, is_input, len(buses), channels, flags) == 0
        for is_input, channels in ((1, self.event_inputs), (0, self.event_outputs)):
            assert lib.ib_vst3_set_event_buses(self.vst3, is_input, len(channels), ffi.new("int32_t[]", channels)) == 0
        mode = 2 if activation.offline else 0
        assert (
            lib.ib_vst3_prepare(
                self.vst3, mode, activation.sample_bytes, activation.max_frames, activation.sample_rate, EVENT_BYTES
            )
            == 0
        )
        lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_ACTIVE)

    def operations(self):
        return Operations(ffi.addressof(lib.ib_vst3_operations), self.vst3)

    def latency(self):
        return 0

    tail = latency

    def deactivate(self):
        lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_INACTIVE)

    def on_asked(self, asked):
        return asked

    def close(self):
        lib.ib_vst3_free(self.vst3)

    # -- what the test looks at ----------------------------------------------------------------------------------------

    def points(self):
        """(id, offset, value) of every point of the last block, queue by queue."""
        echo = self.echo
        return [(p.id, p.offset, p.value) for p in effi.unpack(echo.points, echo.point_count)]

    def events(self):
        return effi.unpack(self.echo.events, self.echo.event_count)

    def wants(self):
        return lib.ib_vst3_take_wants(self.vst3)

    def heard(self, capacity=64):
        ids, values = ffi.new("uint32_t[]", capacity), ffi.new("double[]", capacity)
        count = lib.ib_vst3_take_heard(self.vst3, ids, values, capacity)
        return dict(zip(ffi.unpack(ids, count), ffi.unpack(values, count), strict=True)) if count else {}

    def say_points(self, *points):
        self.echo.out_point_count = len(points)
        for at, (number, offset, value) in enumerate(points):
            to = self.echo.out_points[at]
            to.id, to.offset, to.value = number, offset, value

    def say_events(self, *events):
        """Of (type, union member, its fields, bus, offset)."""
        self.echo.out_event_count = len(events)
        for at, (kind, member, fields, bus, offset) in enumerate(events):
            to = self.echo.out_events[at]
            to.type, to.busIndex, to.sampleOffset, to.flags = kind, bus, offset, 0
            for name, value in fields.items():
                setattr(getattr(to.u, member), name, value)

    def map(self, controller, number, bus=0, channel=0):
        lib.ib_vst3_midi_map_set(self.vst3, bus, channel, controller, number)


class EchoBooth(Booth):
    """A booth that begins to play at once."""

    def __init__(self, folder, kind=Instance, **how):
        super().__init__(compiled("vst3_echo", folder), folder, load=kind)
        self.start(**how)

    @property
    def echo(self):
        return self.plugin.echo

    def fault(self):
        """The first thing that the plugin finds wrong with its host."""
        return effi.string(self.echo.fault).decode()

    def send(self, *events, frames=64, transport=None, flags=0):
        """A block of silence with events. Returns the answer; that events were refused is told by its flags."""
        return self.play(None, events, frames=frames, transport=transport, flags=flags)
