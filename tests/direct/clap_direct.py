"""Call a CLAP plugin directly in this process: what a booth's output is compared with.

    python clap_direct.py LIBRARY ID RATE BLOCK FTZ IN.npz OUT.npz

Written after CLAP 1.2's headers with ctypes and numpy alone; nothing of isobooth is used, so that an error of ours
cannot hide in both. FTZ is 1 (denormals flushed to zero) or 0.

IN.npz holds   audio   float32 or float64 (channels of all inputs, frames); the samples that the plugin gets
               params  ids of parameters    values   what to set them to, at the first frame
               flush   optional, not 0: set them by params.flush() before the first block instead
               events  optional, float64 (n, 3): frame, parameter id, value; sorted
               notes   optional, float64 (n, 4): frame, 0 (on) or 1 (off), key, velocity; sorted
               blocks  optional: lengths of the blocks, instead of BLOCK for all; they are used in turn
OUT.npz holds  audio   (channels of all outputs, frames)
               param_ids, param_values   of all parameters, at the end
               latency, tail             frames
               statuses                  what process() returned, block by block
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import platform
import struct
from ctypes import CFUNCTYPE, POINTER, c_bool, c_char, c_char_p, c_double, c_int16, c_int32, c_int64, c_uint16, c_uint32
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

c_p = ctypes.c_void_p
Samples = npt.NDArray[Any]
NOTE_ON, NOTE_OFF, PARAM_VALUE = 0, 1, 5


def structure(name: str, *fields: tuple[str, Any]) -> type[Any]:
    """Make a ctypes structure."""
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


Version = structure("Version", ("major", c_uint32), ("minor", c_uint32), ("revision", c_uint32))
Host = structure(
    "Host",
    ("version", Version),
    ("data", c_p),
    *((name, c_char_p) for name in ("name", "vendor", "url", "host_version")),
    ("get_extension", CFUNCTYPE(c_p, c_p, c_char_p)),
    *((name, CFUNCTYPE(None, c_p)) for name in ("request_restart", "request_process", "request_callback")),
)
Plugin = structure(
    "Plugin",
    ("descriptor", c_p),
    ("data", c_p),
    ("init", CFUNCTYPE(c_bool, c_p)),
    ("destroy", CFUNCTYPE(None, c_p)),
    ("activate", CFUNCTYPE(c_bool, c_p, c_double, c_uint32, c_uint32)),
    ("deactivate", CFUNCTYPE(None, c_p)),
    ("start_processing", CFUNCTYPE(c_bool, c_p)),
    ("stop_processing", CFUNCTYPE(None, c_p)),
    ("reset", CFUNCTYPE(None, c_p)),
    ("process", CFUNCTYPE(c_int32, c_p, c_p)),
    ("get_extension", CFUNCTYPE(c_p, c_p, c_char_p)),
    ("on_main_thread", CFUNCTYPE(None, c_p)),
)
Factory = structure("Factory", ("count", c_p), ("descriptor", c_p), ("create", CFUNCTYPE(c_p, c_p, c_p, c_char_p)))
Entry = structure(
    "Entry",
    ("version", Version),
    ("init", CFUNCTYPE(c_bool, c_char_p)),
    ("deinit", CFUNCTYPE(None)),
    ("get_factory", CFUNCTYPE(c_p, c_char_p)),
)
Header = structure(
    "Header", ("size", c_uint32), ("time", c_uint32), ("space", c_uint16), ("type", c_uint16), ("flags", c_uint32)
)
Note = structure(
    "Note",
    ("header", Header),
    ("note_id", c_int32),
    ("port", c_int16),
    ("channel", c_int16),
    ("key", c_int16),
    ("velocity", c_double),
)
ParamEvent = structure(
    "ParamEvent",
    ("header", Header),
    ("id", c_uint32),
    ("cookie", c_p),
    ("note_id", c_int32),
    ("port", c_int16),
    ("channel", c_int16),
    ("key", c_int16),
    ("value", c_double),
)
InEvents = structure(
    "InEvents", ("data", c_p), ("size", CFUNCTYPE(c_uint32, c_p)), ("get", CFUNCTYPE(c_p, c_p, c_uint32))
)
OutEvents = structure("OutEvents", ("data", c_p), ("push", CFUNCTYPE(c_bool, c_p, c_p)))
Buffer = structure(
    "Buffer",
    ("data32", c_p),
    ("data64", c_p),
    ("channels", c_uint32),
    ("latency", c_uint32),
    ("constant_mask", ctypes.c_uint64),
)
Process = structure(
    "Process",
    ("steady_time", c_int64),
    ("frames", c_uint32),
    ("transport", c_p),
    ("inputs", c_p),
    ("outputs", c_p),
    ("input_count", c_uint32),
    ("output_count", c_uint32),
    ("in_events", POINTER(InEvents)),
    ("out_events", POINTER(OutEvents)),
)
PortInfo = structure(
    "PortInfo",
    ("id", c_uint32),
    ("name", c_char * 256),
    ("flags", c_uint32),
    ("channels", c_uint32),
    ("type", c_p),
    ("pair", c_uint32),
)
Ports = structure(
    "Ports", ("count", CFUNCTYPE(c_uint32, c_p, c_bool)), ("get", CFUNCTYPE(c_bool, c_p, c_uint32, c_bool, c_p))
)
ParamInfo = structure(
    "ParamInfo",
    ("id", c_uint32),
    ("flags", c_uint32),
    ("cookie", c_p),
    ("name", c_char * 256),
    ("module", c_char * 1024),
    ("minimum", c_double),
    ("maximum", c_double),
    ("default", c_double),
)
Params = structure(
    "Params",
    ("count", CFUNCTYPE(c_uint32, c_p)),
    ("get_info", CFUNCTYPE(c_bool, c_p, c_uint32, c_p)),
    ("get_value", CFUNCTYPE(c_bool, c_p, c_uint32, c_p)),
    ("to_text", c_p),
    ("from_text", c_p),
    ("flush", CFUNCTYPE(None, c_p, c_p, c_p)),
)
Service = CFUNCTYPE(c_bool, c_p)  # takes fewer arguments than it gets, which C's calling conventions allow
silent = Service(lambda _host: True)
SERVICES = {
    name: (Service * 3)(silent, silent, silent)
    for name in (b"clap.latency", b"clap.log", b"clap.params", b"clap.state", b"clap.tail", b"clap.thread-check")
}
Number = structure("Number", ("get", CFUNCTYPE(c_uint32, c_p)))


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


def check(holds: object, message: str) -> None:
    """End the program unless something holds."""
    if not holds:
        raise SystemExit(message)


class Direct:
    """One instance of a plugin."""

    def __init__(self, path: str, plugin_id: str) -> None:
        self._keep: list[object] = []
        self.list: list[Any] = []
        library = ctypes.CDLL(path, mode=ctypes.RTLD_LOCAL)
        self.entry = Entry.in_dll(library, "clap_entry")
        check(self.entry.init(str(Path(path).resolve()).encode()), "the entry would not be initialised")
        factory = self.entry.get_factory(b"clap.plugin-factory")
        check(factory, "there is no factory")
        self.host = Host(version=Version(1, 2, 0), name=b"direct", vendor=b"", url=b"", host_version=b"1")
        self.host.get_extension = Host._fields_[6][1](self.offer)
        for name in ("request_restart", "request_process", "request_callback"):
            setattr(self.host, name, CFUNCTYPE(None, c_p)(lambda _host: None))
        self.p = Factory.from_address(factory).create(factory, ctypes.addressof(self.host), plugin_id.encode())
        check(self.p, f"there is no plugin {plugin_id!r}")
        self.plugin = Plugin.from_address(self.p)
        check(self.plugin.init(self.p), "init() returned false")
        self.params = self.extension(b"clap.params", Params)
        ports = self.extension(b"clap.audio-ports", Ports)
        self.channels = [[], []] if ports is None else [self.ports(ports, is_input=bool(n)) for n in (1, 0)]
        self.cookies = self.read_cookies()
        self.in_events = InEvents(
            None,
            InEvents._fields_[1][1](lambda _list: len(self.list)),
            InEvents._fields_[2][1](lambda _list, at: ctypes.addressof(self.list[at]) if at < len(self.list) else None),
        )
        self.out_events = OutEvents(None, OutEvents._fields_[1][1](lambda _list, _event: True))

    def offer(self, _host: object, name: bytes) -> int | None:
        """Return an extension of this host whose functions do nothing; some plugins insist on having it."""
        return ctypes.addressof(SERVICES[name]) if name in SERVICES else None

    def extension(self, name: bytes, kind: type[Any]) -> Any:
        """Return an extension of the plugin, or None."""
        address = self.plugin.get_extension(self.p, name)
        return kind.from_address(address) if address else None

    def ports(self, ports: Any, *, is_input: bool) -> list[int]:
        """Return the channels of each port."""
        found = []
        for index in range(ports.count(self.p, is_input)):
            info = PortInfo()
            check(ports.get(self.p, index, is_input, ctypes.addressof(info)), "a port has no description")
            found.append(int(info.channels))
        return found

    def read_cookies(self) -> dict[int, Any]:
        """Return the cookie of each parameter."""
        found = {}
        for index in range(self.params.count(self.p) if self.params else 0):
            info = ParamInfo()
            check(self.params.get_info(self.p, index, ctypes.addressof(info)), "a parameter has no description")
            found[int(info.id)] = info.cookie
        return found

    def values(self) -> dict[int, float]:
        """Return the value of each parameter."""
        value = c_double()
        found = {}
        for number in self.cookies:
            check(self.params.get_value(self.p, number, ctypes.addressof(value)), "a parameter has no value")
            found[number] = value.value
        return found

    def number(self, name: bytes) -> int:
        """Return what the latency or tail extension says, 0 without one."""
        found = self.extension(name, Number)
        return int(found.get(self.p)) if found else 0

    def set_param(self, time: int, number: int, value: float) -> Any:
        """Make an event."""
        header = Header(ctypes.sizeof(ParamEvent), time, 0, PARAM_VALUE, 0)
        return ParamEvent(header, number, self.cookies[number], -1, -1, -1, -1, value)

    def buffers(self, planes: Samples, channels: list[int]) -> Any:
        """Make the array of buffers over planes of consecutive channels."""
        made = (Buffer * (len(channels) + 1))()
        first = 0
        for at, count in enumerate(channels):
            pointers = (c_p * (count + 1))(*(planes[first + c].ctypes.data for c in range(count)))
            self._keep.append(pointers)
            made[at].channels = count
            name = "data64" if planes.dtype == np.float64 else "data32"
            setattr(made[at], name, ctypes.addressof(pointers))
            first += count
        return made


def planes(channels: int, frames: int, kind: npt.DTypeLike) -> Samples:
    """Return separate planes of zeros, each at a multiple of 64 bytes, which may decide on the path through code."""
    size = np.dtype(kind).itemsize
    stride = (frames * size + 63) // 64 * 64 // size
    room = np.zeros(channels * stride + 64, dtype=kind)
    skip = -room.ctypes.data // size % (64 // size)
    return room[skip : skip + channels * stride].reshape(channels, stride)[:, :frames]


def events_of(direct: Direct, given: dict[str, Samples], begin: int, end: int) -> list[Any]:
    """Return the events of the frames [begin, end), sorted by time; parameters first."""
    found = []
    if begin == 0 and not given.get("flush", 0):
        found += [
            direct.set_param(0, int(n), float(v))
            for n, v in zip(given.get("params", ()), given.get("values", ()), strict=True)
        ]
    for time, number, value in given.get("events", ()):
        if begin <= time < end:
            found.append(direct.set_param(int(time) - begin, int(number), float(value)))
    for time, kind, key, velocity in given.get("notes", ()):
        if begin <= time < end:
            header = Header(ctypes.sizeof(Note), int(time) - begin, 0, NOTE_OFF if kind else NOTE_ON, 0)
            found.append(Note(header, -1, 0, 0, int(key), float(velocity)))
    return sorted(found, key=lambda event: int(event.header.time))


def play(direct: Direct, given: dict[str, Samples], block: int) -> tuple[Samples, list[int]]:
    """Run the plugin over all the audio, block by block."""
    audio = given["audio"]
    frames = audio.shape[1]
    lengths = [int(n) for n in given.get("blocks", [block])]
    source = planes(sum(direct.channels[0]), max(lengths), audio.dtype)
    target = planes(sum(direct.channels[1]), max(lengths), audio.dtype)
    inputs, outputs = direct.buffers(source, direct.channels[0]), direct.buffers(target, direct.channels[1])
    result = np.zeros((target.shape[0], frames), dtype=audio.dtype)
    statuses: list[int] = []
    begin = 0
    check(direct.plugin.start_processing(direct.p), "start_processing() returned false")
    if given.get("flush", 0):
        direct.list = [
            direct.set_param(0, int(n), float(v)) for n, v in zip(given["params"], given["values"], strict=True)
        ]
        direct.params.flush(direct.p, ctypes.addressof(direct.in_events), ctypes.addressof(direct.out_events))
    while begin < frames:
        end = min(begin + lengths[len(statuses) % len(lengths)], frames)
        source[:, : end - begin] = audio[:, begin:end]
        target[:] = 0
        direct.list = events_of(direct, given, begin, end)
        process = Process(
            begin,
            end - begin,
            None,
            ctypes.addressof(inputs),
            ctypes.addressof(outputs),
            len(direct.channels[0]),
            len(direct.channels[1]),
            ctypes.pointer(direct.in_events),
            ctypes.pointer(direct.out_events),
        )
        statuses.append(int(direct.plugin.process(direct.p, ctypes.addressof(process))))
        result[:, begin:end] = target[:, : end - begin]
        begin = end
    direct.plugin.stop_processing(direct.p)
    return result, statuses


def main() -> None:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser()
    for name, kind in (("library", str), ("id", str), ("rate", float), ("block", int), ("ftz", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    direct = Direct(options.library, options.id)
    most = max(int(n) for n in given.get("blocks", [options.block]))
    check(direct.plugin.activate(direct.p, options.rate, 1, most), "activate() returned false")
    latency, tail = direct.number(b"clap.latency"), direct.number(b"clap.tail")
    with FloatingPoint(flush=bool(options.ftz)):
        audio, statuses = play(direct, given, options.block)
    values = direct.values()
    np.savez(
        options.target,
        audio=audio,
        param_ids=np.array(list(values), dtype=np.int64),
        param_values=np.array(list(values.values()), dtype=np.float64),
        latency=latency,
        tail=tail,
        statuses=np.array(statuses),
    )
    direct.plugin.deactivate(direct.p)
    direct.plugin.destroy(direct.p)
    direct.entry.deinit()


if __name__ == "__main__":
    main()
