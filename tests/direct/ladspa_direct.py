"""Call a LADSPA plugin directly in this process: what a booth's output is compared with.

    python ladspa_direct.py LIBRARY LABEL RATE BLOCK FTZ IN.npz OUT.npz

Written after ladspa.h 1.1 with ctypes and numpy alone; nothing of isobooth is used, so that an error of ours cannot
hide in both. FTZ is 1 (denormals flushed to zero) or 0.

IN.npz holds   audio   float32 (inputs, frames)
               ports   numbers of control inputs    values   what to set them to
               events  optional, float64 (n, 3): frame, port, value; sorted. A block is cut at their times.
               blocks  optional: lengths of the blocks, instead of BLOCK for all
OUT.npz holds  audio   float32 (outputs, frames)
               meter_ports, meters   numbers and last values of the control outputs
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import platform
import struct

import numpy as np
import numpy.typing as npt

INPUT, OUTPUT, CONTROL, AUDIO = 1, 2, 4, 8
Samples = npt.NDArray[np.float32]
FLOAT_P = ctypes.POINTER(ctypes.c_float)


class RangeHint(ctypes.Structure):
    """LADSPA_PortRangeHint."""

    _fields_ = (
        ("descriptor", ctypes.c_int),
        ("lower", ctypes.c_float),
        ("upper", ctypes.c_float),
    )


class Descriptor(ctypes.Structure):
    """LADSPA_Descriptor."""

    _fields_ = (
        ("unique_id", ctypes.c_ulong),
        ("label", ctypes.c_char_p),
        ("properties", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("maker", ctypes.c_char_p),
        ("copyright", ctypes.c_char_p),
        ("port_count", ctypes.c_ulong),
        ("ports", ctypes.POINTER(ctypes.c_int)),
        ("port_names", ctypes.POINTER(ctypes.c_char_p)),
        ("hints", ctypes.POINTER(RangeHint)),
        ("implementation", ctypes.c_void_p),
        ("instantiate", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)),
        ("connect_port", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)),
        ("activate", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("run", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_ulong)),
        ("run_adding", ctypes.c_void_p),
        ("set_run_adding_gain", ctypes.c_void_p),
        ("deactivate", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("cleanup", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
    )


class FloatingPoint:
    """The calling thread's floating-point mode, in a with-block: to nearest, masked, denormals flushed or not."""

    def __init__(self, *, flush: bool) -> None:
        self._flush = flush
        self._libm = ctypes.CDLL(ctypes.util.find_library("m") or "libm.so.6")
        self._before = ctypes.create_string_buffer(64)

    def __enter__(self) -> None:
        self._libm.fegetenv(self._before)
        ours = ctypes.create_string_buffer(self._before.raw, 64)
        if platform.machine() == "x86_64":  # glibc's fenv_t: 28 bytes of x87, then MXCSR
            struct.pack_into("<I", ours, 28, 0x9FC0 if self._flush else 0x1F80)
        elif platform.machine() == "aarch64":  # FPCR, FPSR
            struct.pack_into("<I", ours, 0, 1 << 24 if self._flush else 0)
        else:
            message = f"the floating-point mode of {platform.machine()} is not known here"
            raise SystemExit(message)
        self._libm.fesetenv(ours)

    def __exit__(self, *_: object) -> None:
        self._libm.fesetenv(self._before)


def find(library: ctypes.CDLL, label: str) -> tuple[Descriptor, int]:
    """Return the descriptor with that label, and its address."""
    entry = library.ladspa_descriptor
    entry.restype = ctypes.c_void_p
    entry.argtypes = (ctypes.c_ulong,)
    index = 0
    while address := entry(index):
        descriptor = Descriptor.from_address(address)
        if descriptor.label == label.encode():
            return descriptor, address
        index += 1
    message = f"there is no plugin {label!r}"
    raise SystemExit(message)


class Plugin:
    """One instance with its ports."""

    def __init__(self, descriptor: Descriptor, address: int, rate: int) -> None:
        self.d = descriptor
        kinds = [descriptor.ports[i] for i in range(descriptor.port_count)]
        self.inputs = [i for i, kind in enumerate(kinds) if kind & AUDIO and kind & INPUT]
        self.outputs = [i for i, kind in enumerate(kinds) if kind & AUDIO and kind & OUTPUT]
        self.controls = [i for i, kind in enumerate(kinds) if kind & CONTROL]
        self.meters = [i for i in self.controls if kinds[i] & OUTPUT]
        self.values = (ctypes.c_float * max(1, len(kinds)))()
        self.handle = descriptor.instantiate(address, rate)
        if not self.handle:
            message = "the plugin would not be instantiated"
            raise SystemExit(message)
        for port in self.controls:
            address = ctypes.addressof(self.values) + 4 * port
            descriptor.connect_port(self.handle, port, address)

    def activate(self, source: Samples, target: Samples) -> None:
        """Connect every audio port, then activate."""
        for port, plane in (*zip(self.inputs, source, strict=True), *zip(self.outputs, target, strict=True)):
            self.d.connect_port(self.handle, port, plane.ctypes.data)
        if self.d.activate:
            self.d.activate(self.handle)

    def run(self, source: Samples, target: Samples, start: int, end: int) -> None:
        """Process the frames [start, end) of these planes."""
        for port, plane in (*zip(self.inputs, source, strict=True), *zip(self.outputs, target, strict=True)):
            self.d.connect_port(self.handle, port, plane.ctypes.data + 4 * start)
        self.d.run(self.handle, end - start)


def planes(channels: int, frames: int) -> Samples:
    """Return separate planes of zeros, each at a multiple of 64 bytes: other code may run where they are not."""
    stride = (frames + 15) // 16 * 16
    room = np.zeros(channels * stride + 16, dtype=np.float32)
    skip = -room.ctypes.data // 4 % 16
    return room[skip : skip + channels * stride].reshape(channels, stride)[:, :frames]


def play(plugin: Plugin, given: dict[str, npt.NDArray[np.generic]], block: int) -> Samples:
    """Run the plugin over all the audio, block by block."""
    audio = np.asarray(given["audio"], dtype=np.float32)
    frames = audio.shape[1]
    result = np.zeros((len(plugin.outputs), frames), dtype=np.float32)
    events = np.asarray(given.get("events", np.zeros((0, 3))), dtype=np.float64)
    lengths = [int(n) for n in given.get("blocks", np.array([block]))]
    source = planes(len(plugin.inputs), max(lengths))
    target = planes(len(plugin.outputs), max(lengths))
    plugin.activate(source, target)
    begin = index = 0
    while begin < frames:
        end = min(begin + lengths[index % len(lengths)], frames)
        source[:, : end - begin] = audio[:, begin:end]
        target[:] = 0
        play_block(plugin, source, target, end - begin, [e for e in events if begin <= e[0] < end], begin)
        result[:, begin:end] = target[:, : end - begin]
        begin, index = end, index + 1
    if plugin.d.deactivate:
        plugin.d.deactivate(plugin.handle)
    return result


def play_block(
    plugin: Plugin,
    source: Samples,
    target: Samples,
    frames: int,
    events: list[npt.NDArray[np.float64]],
    begin: int,
) -> None:
    """Run the plugin over one block, once for each stretch without an event."""
    done = 0
    for time, port, value in events:
        at = int(time) - begin
        if at > done:
            plugin.run(source, target, done, at)
            done = at
        plugin.values[int(port)] = value
    plugin.run(source, target, done, frames)


def main() -> None:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser()
    for name, kind in (("library", str), ("label", str), ("rate", int), ("block", int), ("ftz", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    library = ctypes.CDLL(options.library, mode=ctypes.RTLD_LOCAL)
    plugin = Plugin(*find(library, options.label), options.rate)
    for port, value in zip(given.get("ports", ()), given.get("values", ()), strict=True):
        plugin.values[int(port)] = float(value)
    with FloatingPoint(flush=bool(options.ftz)):
        audio = play(plugin, given, options.block)
    meters = np.array([plugin.values[port] for port in plugin.meters], dtype=np.float32)
    np.savez(
        options.target,
        audio=audio,
        meter_ports=np.array(plugin.meters, dtype=np.int64),
        meters=meters,
    )
    plugin.d.cleanup(plugin.handle)  # last: some plugins never return from it


if __name__ == "__main__":
    main()
