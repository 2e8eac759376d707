"""Plays an instance of numbered ports through its table of operations, in the calling thread, without an engine.

As a program it takes the arguments and files of tests/direct/ladspa_direct.py, so that the two can be compared:

    python ladspa_player.py LIBRARY LABEL RATE BLOCK FTZ IN.npz OUT.npz
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from isobooth.host._core import ffi, lib
from isobooth.host.formats.ladspa.plugin import load
from isobooth.host.plugin import Activation, LoadRequest

HERE = Path(__file__).resolve().parent
INCLUDE = HERE.parent / "src" / "isobooth" / "host"
REAL = Path("/usr/lib/ladspa")
SLOTS = 3
"""Sets of planes that take turns, as the slots of a segment do."""
PARAM = "<IIBBhhhIid"
"""struct ib_event_param"""


def build(name, folder, *flags):
    """Compile one of our own test plugins."""
    compiler = shutil.which("cc")
    if compiler is None:
        absent("there is no C compiler (cc)")
    target = Path(folder, f"{name}.so")
    command = [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", f"-I{INCLUDE}", *flags]
    subprocess.run([*command, "-o", target, HERE / "plugins" / f"{name}.c", "-lm"], check=True)
    return target


def real(name):
    """A file of a Debian package."""
    path = REAL / name
    if not path.is_file():
        absent(f"{path} is not installed")
    return path


def absent(reason):
    """Skip; in CI, where everything has to be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Outcome:
    """What one block gave."""

    audio: np.ndarray
    status: int
    flags: int
    latency: int
    events: list[tuple[int, int, float]] = field(default_factory=list)
    """(frame, port, value)"""
    dropped: int = 0


def event(time, port, value, *, mod=False, kind=None):
    """One parameter event as bytes."""
    kind = kind or (lib.IB_EVENT_PARAM_MOD if mod else lib.IB_EVENT_PARAM_VALUE)
    return struct.pack(PARAM, 32, time, kind, 0, -1, -1, -1, port, -1, value)


def request(path, plugin_id="", *, rate=48000.0, **more):
    wish = {"block_size": 256, "inputs": 0, "outputs": 0, "mailbox": ffi.NULL} | more
    return LoadRequest(path=str(path), plugin_id=plugin_id, sample_rate=rate, **wish)


def activation(rate=48000.0, frames=256, sample_bytes=4):
    return Activation(sample_rate=rate, min_frames=1, max_frames=frames, sample_bytes=sample_bytes, offline=False)


def planes(channels, frames):
    """Planes of zeros at multiples of 64 bytes, as those of a segment are."""
    stride = (frames + 15) // 16 * 16
    room = np.zeros(channels * stride + 16, dtype=np.float32)
    skip = -room.ctypes.data // 4 % 16
    return room[skip : skip + channels * stride].reshape(channels, stride)[:, :frames]


class Player:
    """Calls start, process, flush, reset and stop of an active instance."""

    def __init__(self, instance, frames=256, *, event_bytes=4096):
        operations = instance.operations()
        self.table, self.plugin = operations.table, operations.plugin
        self.inputs = instance.descriptor.channels("input")
        self.outputs = instance.descriptor.channels("output")
        self.slots = [(planes(self.inputs, frames), planes(self.outputs, frames)) for _ in range(SLOTS)]
        self.block = ffi.new("struct ib_block *")
        self.area = ffi.new("uint8_t[]", event_bytes + 1)
        self.capacity = event_bytes
        self.count = 0

    def start(self):
        assert self.table.start(self.plugin) == 1

    def stop(self):
        self.table.stop(self.plugin)

    def reset(self):
        self.table.reset(self.plugin)

    def play(self, audio, events=()):
        """One block of (inputs, frames) samples."""
        source, target = self.slots[self.count % SLOTS]
        self.count += 1
        frames = audio.shape[1]
        source[:, :frames] = audio
        target[:] = 0
        pointers = [ffi.new("void *[]", [self._pointer(row) for row in plane] or 1) for plane in (source, target)]
        self.block.inputs, self.block.outputs = pointers
        status = self._call(frames, events)
        result = Outcome(target[:, :frames].copy(), status, self.block.status_flags, self.block.latency)
        result.events, result.dropped = self._said()
        return result

    def flush(self, events=()):
        self._call(0, events)
        return self.block.status_flags

    @staticmethod
    def _pointer(row):
        return ffi.cast("void *", row.ctypes.data)

    def _call(self, frames, events):
        joined = b"".join(events)
        keep = ffi.new("uint8_t[]", joined or b"\0")
        size = struct.pack("<QIIII", int(ffi.cast("uintptr_t", self.area)), self.capacity, 0, 0, 0)
        self.writer = ffi.new("uint8_t[]", size)
        block = self.block
        block.frames, block.status_flags = frames, 0
        block.events, block.event_bytes, block.event_count = keep, len(joined), len(events)
        block.out_events = ffi.cast("struct ib_event_writer *", self.writer)
        if frames:
            return self.table.process(self.plugin, block)
        self.table.flush(self.plugin, block)
        return lib.IB_STATUS_OK

    def _said(self):
        _, _, used, count, dropped = struct.unpack("<QIIII", bytes(self.writer)[:24])
        found = [struct.unpack_from(PARAM, bytes(ffi.buffer(self.area, used)), 32 * i) for i in range(count)]
        assert all((e[0], e[2], e[4:7], e[8]) == (32, lib.IB_EVENT_PARAM_VALUE, (-1, -1, -1), -1) for e in found)
        return [(e[1], e[7], e[9]) for e in found], dropped


def play_file(library, label, rate, block, ftz, source, target):
    """What the program does."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from tests.direct.ladspa_direct import FloatingPoint

    given = dict(np.load(source))
    instance = load(request(library, label, rate=float(rate)))
    lengths = [int(n) for n in given.get("blocks", [int(block)])]
    instance.activate(activation(float(rate), max(lengths)))
    events = given.get("events", np.zeros((0, 3)))
    first = [event(0, int(p), float(v)) for p, v in zip(given.get("ports", ()), given.get("values", ()), strict=True)]
    player = Player(instance, max(lengths), event_bytes=1 << 16)
    player.flush(first)
    parts, begin, index = [], 0, 0
    with FloatingPoint(flush=bool(int(ftz))):
        player.start()
        while begin < given["audio"].shape[1]:
            end = min(begin + lengths[index % len(lengths)], given["audio"].shape[1])
            here = [event(int(t) - begin, int(p), v) for t, p, v in events if begin <= t < end]
            parts.append(player.play(given["audio"][:, begin:end], here).audio)
            begin, index = end, index + 1
        player.stop()
    values = instance.values()
    meters = [info.id for info in instance.descriptor.parameters if info.is_output]
    instance.deactivate()
    np.savez(
        target,
        audio=np.concatenate(parts, axis=1),
        meter_ports=np.array(meters, dtype=np.int64),
        meters=np.array([values[port] for port in meters], dtype=np.float32),
    )
    instance.close()  # last: some plugins never return from it


if __name__ == "__main__":
    play_file(*sys.argv[1:])
