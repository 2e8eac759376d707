"""Call a VST2 plugin directly in this process: what a booth's output is compared with.

    python vst2_direct.py LIBRARY ID RATE BLOCK FTZ IN.npz OUT.npz

Written with ctypes and numpy alone; nothing of isobooth is used, so that an error of ours cannot hide in both. ID is
not looked at: the file holds one plugin. FTZ is 1 (denormals flushed to zero) or 0.

IN.npz holds   audio   float32 or float64 (inputs, frames); the samples that the plugin gets
               params  numbers of parameters    values   what to set them to, before the first block
               events  optional, float64 (n, 3): frame, parameter, value; sorted. A block is cut at their times.
               notes   optional, float64 (n, 4): frame, 0 (on) or 1 (off), key, velocity; sorted
               blocks  optional: lengths of the blocks, instead of BLOCK for all; they are used in turn
               preset  optional, bytes (uint8): a chunk for effSetChunk, of a single program
               program optional, bytes (uint8): an .fxp or .fxb file
OUT.npz holds  audio   (outputs, frames)
               param_values   of all parameters, at the end
               latency        frames
               chunk          of the present program at the end, bytes (uint8); none of a plugin that has no chunks
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import itertools
import platform
import struct
from ctypes import CFUNCTYPE, c_char, c_float, c_int32, c_ssize_t, c_uint8, c_void_p
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
OPEN, CLOSE, SET_RATE, SET_SIZE, MAINS, SET_CHUNK, EVENTS, START, STOP, PRECISION = 0, 1, 10, 11, 12, 24, 25, 71, 72, 77
SET_PROGRAM, BEGIN_PROGRAM, END_PROGRAM = 2, 67, 68
FILE_HEAD, NAME_BYTES, BANK_BYTES = struct.Struct(">4si4s4i"), 28, 128
GET_CHUNK = 23
REPLACES, CHUNKS, DOUBLES = 16, 32, 4096
CALLBACK = CFUNCTYPE(c_ssize_t, c_void_p, c_int32, c_int32, c_ssize_t, c_void_p, c_float)
PROCESS = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_int32)


class Effect(ctypes.Structure):
    """AEffect."""

    _fields_ = (
        ("magic", c_int32),
        ("dispatcher", CFUNCTYPE(c_ssize_t, c_void_p, c_int32, c_int32, c_ssize_t, c_void_p, c_float)),
        ("process", PROCESS),
        ("set_parameter", CFUNCTYPE(None, c_void_p, c_int32, c_float)),
        ("get_parameter", CFUNCTYPE(c_float, c_void_p, c_int32)),
        *((name, c_int32) for name in ("programs", "params", "inputs", "outputs", "flags")),
        ("host", c_ssize_t * 2),
        ("latency", c_int32),
        ("qualities", c_int32 * 2),
        ("ratio", c_float),
        ("object", c_void_p * 2),
        ("unique_id", c_int32),
        ("version", c_int32),
        ("process_replacing", PROCESS),
        ("process_double", PROCESS),
        ("future", c_char * 56),
    )


class Midi(ctypes.Structure):
    """VstMidiEvent."""

    _fields_ = (
        *((name, c_int32) for name in ("type", "size", "time", "flags", "length", "offset")),
        ("data", c_uint8 * 4),
        ("rest", c_uint8 * 4),
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
        elif platform.machine() == "aarch64":  # FPCR first
            struct.pack_into("<I", ours, 0, 1 << 24 if self._flush else 0)
        else:
            message = f"the floating-point mode of {platform.machine()} is not known here"
            raise SystemExit(message)
        self._libm.fesetenv(ours)

    def __exit__(self, *_: object) -> None:
        self._libm.fesetenv(self._before)


class Plugin:
    """One instance."""

    def __init__(self, path: str, rate: float, block: int) -> None:
        self.rate, self.block = rate, block
        self.callback = CALLBACK(self.answer)
        library = ctypes.CDLL(path, mode=ctypes.RTLD_LOCAL)
        entry = getattr(library, "VSTPluginMain", None) or library.main  # what plugins exported before 2.4
        entry.restype, entry.argtypes = c_void_p, (CALLBACK,)
        self.address = entry(self.callback)
        if not self.address:
            message = "the entry returned NULL"
            raise SystemExit(message)
        self.effect = Effect.from_address(self.address)
        self.call(OPEN)
        self.call(SET_RATE, opt=rate)
        self.call(SET_SIZE, value=block)

    def answer(self, _effect: int, opcode: int, _index: int, _value: int, ptr: int, _opt: float) -> int:
        """Be the host: version, rate, block size, a name."""
        if opcode in {32, 33} and ptr:
            ctypes.memmove(ptr, b"direct\0", 7)
        return {1: 2400, 16: round(self.rate), 17: self.block, 23: 2, 32: 1, 33: 1, 34: 1000, 38: 1}.get(opcode, 0)

    def call(self, opcode: int, index: int = 0, value: int = 0, ptr: object = None, opt: float = 0.0) -> int:
        """Call the dispatcher."""
        return int(self.effect.dispatcher(self.address, opcode, index, value, ptr, opt))

    def set(self, number: int, value: float) -> None:
        """Set a parameter."""
        self.effect.set_parameter(self.address, number, value)

    def give_chunk(self, index: int, chunk: bytes) -> None:
        """Hand over a chunk, of the bank (0) or the present program (1)."""
        self.call(SET_CHUNK, index, len(chunk), ctypes.cast(ctypes.create_string_buffer(chunk), c_void_p))

    def chunk(self) -> bytes:
        """Return the chunk of the present program."""
        place = c_void_p()
        size = self.call(GET_CHUNK, index=1, ptr=ctypes.byref(place)) if self.effect.flags & CHUNKS else 0
        return ctypes.string_at(place, size) if size else b""

    def open_file(self, data: bytes) -> bytes:
        """Load the .fxp or .fxb file that the bytes begin with; return what comes after it."""
        magic, _, kind, version, unique_id, _, count = FILE_HEAD.unpack_from(data)
        if magic != b"CcnK" or unique_id != self.effect.unique_id:
            message = "that is no file of this plugin"
            raise SystemExit(message)
        is_bank = kind in {b"FxBk", b"FBCh"}
        head, rest = data[FILE_HEAD.size :], data[FILE_HEAD.size + (BANK_BYTES if is_bank else NAME_BYTES) :]
        if kind in {b"FPCh", b"FBCh"}:
            (size,) = struct.unpack_from(">i", rest)
            self.give_chunk(int(not is_bank), rest[4 : 4 + size])
            return rest[4 + size :]
        if kind == b"FxCk":
            for number, value in enumerate(struct.unpack_from(f">{count}f", rest)):
                self.set(number, value)
            return rest[4 * count :]
        for number in range(count):
            self.change_program(number)
            rest = self.open_file(rest)
        if version > 1:
            self.change_program(*struct.unpack_from(">i", head))
        return rest

    def change_program(self, number: int) -> None:
        """As hosts do it: with an announcement before and after."""
        self.call(BEGIN_PROGRAM)
        self.call(SET_PROGRAM, value=number)
        self.call(END_PROGRAM)

    def send(self, notes: list[tuple[int, float, float, float]]) -> None:
        """Hand over notes (frame, 0 or 1, key, velocity); they are kept until the next call."""
        if not notes:
            return
        self.kept = [
            Midi(1, 32, int(t), 0, 0, 0, (c_uint8 * 4)(0x80 if off else 0x90, int(key), round(127 * velocity), 0))
            for t, off, key, velocity in notes
        ]
        pointers = [ctypes.addressof(event) for event in self.kept]
        self.list = ctypes.create_string_buffer(struct.pack(f"@iq{len(pointers)}Q", len(pointers), 0, *pointers))
        self.call(EVENTS, ptr=ctypes.cast(self.list, c_void_p))

    def run(self, source: Samples, target: Samples, start: int, end: int) -> None:
        """Process the frames [start, end) of these planes."""
        arrays = [
            (c_void_p * (len(planes) + 1))(*(plane.ctypes.data + plane.itemsize * start for plane in planes))
            for planes in (source, target)
        ]
        replaces = self.effect.flags & REPLACES
        function = self.effect.process_replacing if replaces else self.effect.process
        if target.dtype == np.float64:
            function = self.effect.process_double
        function(self.address, ctypes.addressof(arrays[0]), ctypes.addressof(arrays[1]), end - start)


def planes(channels: int, frames: int, kind: npt.DTypeLike) -> Samples:
    """Return separate planes of zeros, each at a multiple of 64 bytes: other code may run where they are not."""
    size = np.dtype(kind).itemsize
    stride = (frames * size + 63) // 64 * 64 // size
    room = np.zeros(channels * stride + 64, dtype=kind)
    skip = -room.ctypes.data // size % (64 // size)
    return room[skip : skip + channels * stride].reshape(channels, stride)[:, :frames]


def play(plugin: Plugin, given: dict[str, Samples]) -> Samples:
    """Run the plugin over all the audio, block by block."""
    audio = given["audio"]
    frames = audio.shape[1]
    lengths = [int(n) for n in given.get("blocks", [plugin.block])]
    source = planes(plugin.effect.inputs, max(lengths), audio.dtype)
    target = planes(plugin.effect.outputs, max(lengths), audio.dtype)
    result = np.zeros((len(target), frames), dtype=audio.dtype)
    changes = [tuple(event) for event in given.get("events", ())]
    notes = [tuple(note) for note in given.get("notes", ())]
    begin = index = 0
    while begin < frames:
        end = min(begin + lengths[index % len(lengths)], frames)
        source[:, : end - begin] = audio[:, begin:end]
        target[:] = 0
        edges = sorted({begin, end, *(int(time) for time, _, _ in changes if begin < time < end)})
        for first, last in itertools.pairwise(edges):
            for time, number, value in changes:
                if time == first:
                    plugin.set(int(number), value)
            plugin.send([(n[0] - first, *n[1:]) for n in notes if first <= n[0] < last])
            plugin.run(source, target, first - begin, last - begin)
        result[:, begin:end] = target[:, : end - begin]
        begin, index = end, index + 1
    return result


def main() -> None:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser()
    for name, kind in (("library", str), ("plugin_id", str), ("rate", float), ("block", int), ("ftz", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    block = max(int(n) for n in given.get("blocks", [options.block]))
    plugin = Plugin(options.library, options.rate, block)
    if plugin.effect.flags & DOUBLES:
        plugin.call(PRECISION, value=int(given["audio"].dtype == np.float64))
    if "preset" in given:
        plugin.give_chunk(1, given["preset"].astype(np.uint8).tobytes())
    if "program" in given:
        plugin.open_file(given["program"].astype(np.uint8).tobytes())
    for number, value in zip(given.get("params", ()), given.get("values", ()), strict=True):
        plugin.set(int(number), float(value))
    plugin.call(MAINS, value=1)
    with FloatingPoint(flush=bool(options.ftz)):
        plugin.call(START)
        audio = play(plugin, given)
        plugin.call(STOP)
    values = [plugin.effect.get_parameter(plugin.address, number) for number in range(plugin.effect.params)]
    np.savez(
        options.target,
        audio=audio,
        param_values=np.array(values),
        latency=plugin.effect.latency,
        chunk=np.frombuffer(plugin.chunk(), np.uint8),
    )
    plugin.call(MAINS, value=0)
    plugin.call(CLOSE)  # last: some plugins never return from it


if __name__ == "__main__":
    main()
