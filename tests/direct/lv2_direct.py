"""Call an LV2 plugin directly in this process: what a booth's output is compared with.

    python lv2_direct.py BUNDLE URI RATE BLOCK FTZ IN.npz OUT.npz

Written after LV2's headers with ctypes and numpy alone, and liblilv for the data files; nothing of isobooth is used, so
that an error of ours cannot hide in both. FTZ is 1 (denormals flushed to zero) or 0.

A worker's tasks are done at once, on the thread that asks for them. With a plugin that cannot do without a feature
that this caller lacks, it ends with "would not be instantiated".

IN.npz holds   audio   float32 (audio and CV inputs in the order of their ports, frames)
               params  numbers of control inputs    values   what to set them to; the others are at their default
               notes   optional, float64 (n, 4): frame, 0 (on) or 1 (off), key, velocity 0 … 1; sorted
               blocks  optional: lengths of the blocks, instead of BLOCK for all; they are used in turn
               preset  optional, bytes (uint8): the URI of a preset, restored by lilv before the first block
               preset_folder   optional, bytes (uint8): the bundle that the preset is in, if it is another one
OUT.npz holds  audio   (audio and CV outputs in the order of their ports, frames)
               latency frames, as the plugin said last; 0 where it says nothing
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import platform
import struct
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_float, c_int32, c_uint32, c_void_p
from typing import Any

import numpy as np
import numpy.typing as npt

CORE = "http://lv2plug.in/ns/lv2core#"
ATOM = "http://lv2plug.in/ns/ext/atom#"
BUF_SIZE = "http://lv2plug.in/ns/ext/buf-size#"
NUMBERS = {"f": "Float", "d": "Double", "i": "Int", "q": "Long"}
EVENT_BYTES = 8192
WORKER = "http://lv2plug.in/ns/ext/worker#"
KINDS = ("AudioPort", "CVPort", "ControlPort")
Samples = npt.NDArray[np.float32]
MAP = CFUNCTYPE(c_uint32, c_void_p, c_char_p)
UNMAP = CFUNCTYPE(c_void_p, c_void_p, c_uint32)
SCHEDULE = RESPOND = CFUNCTYPE(c_int32, c_void_p, c_uint32, c_void_p)
SET_VALUE = CFUNCTYPE(None, c_char_p, c_void_p, c_void_p, c_uint32, c_uint32)


class Feature(ctypes.Structure):
    """LV2_Feature."""

    _fields_ = (("uri", c_char_p), ("data", c_void_p))


class Option(ctypes.Structure):
    """LV2_Options_Option."""

    _fields_ = (
        ("context", c_uint32),
        ("subject", c_uint32),
        ("key", c_uint32),
        ("size", c_uint32),
        ("type", c_uint32),
        ("value", c_void_p),
    )


class Descriptor(ctypes.Structure):
    """LV2_Descriptor."""

    _fields_ = (
        ("uri", c_char_p),
        ("instantiate", CFUNCTYPE(c_void_p, c_void_p, c_double, c_char_p, c_void_p)),
        ("connect_port", CFUNCTYPE(None, c_void_p, c_uint32, c_void_p)),
        ("activate", CFUNCTYPE(None, c_void_p)),
        ("run", CFUNCTYPE(None, c_void_p, c_uint32)),
        ("deactivate", CFUNCTYPE(None, c_void_p)),
        ("cleanup", CFUNCTYPE(None, c_void_p)),
        ("extension_data", CFUNCTYPE(c_void_p, c_char_p)),
    )


class Worker(ctypes.Structure):
    """LV2_Worker_Interface."""

    _fields_ = (
        ("work", CFUNCTYPE(c_int32, c_void_p, RESPOND, c_void_p, c_uint32, c_void_p)),
        ("work_response", CFUNCTYPE(c_int32, c_void_p, c_uint32, c_char_p)),
        ("end_run", CFUNCTYPE(c_int32, c_void_p)),
    )


class Instance(ctypes.Structure):
    """LilvInstance."""

    _fields_ = (("descriptor", c_void_p), ("handle", c_void_p), ("rest", c_void_p))


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


class Port:
    """What is known of one port."""

    def __init__(self, kind: str, default: float, *, is_input: bool, is_latency: bool) -> None:
        self.kind, self.default, self.is_input, self.is_latency = kind, default, is_input, is_latency


class Data:
    """What the data files say of a plugin."""

    def __init__(self, bundle: str, uri: str) -> None:
        self._lilv = ctypes.CDLL("liblilv-0.so.0")
        self._world = c_void_p(self._call("lilv_world_new"))
        folder = self._call("lilv_new_file_uri", self._world, None, f"{bundle}/".encode())
        self._call("lilv_world_load_bundle", self._world, c_void_p(folder))
        plugins = c_void_p(self._call("lilv_world_get_all_plugins", self._world))
        self._plugin = c_void_p(self._call("lilv_plugins_get_by_uri", plugins, self._uri(uri)))
        library = c_void_p(self._call("lilv_plugin_get_library_uri", self._plugin))
        path = self._call("lilv_node_get_path", library, None)
        self.library = ctypes.string_at(path).decode()
        self.ports = [self._port(index) for index in range(self._call("lilv_plugin_get_num_ports", self._plugin))]
        symbols = (
            self._call("lilv_port_get_symbol", self._plugin, port) for port in map(self._at, range(len(self.ports)))
        )
        self.symbols = [ctypes.string_at(self._call("lilv_node_as_string", c_void_p(one))) for one in symbols]

    def _call(self, name: str, *arguments: object) -> int:
        function = getattr(self._lilv, name)
        function.restype = c_uint32 if "num_ports" in name else ctypes.c_bool if "_is_" in name else c_void_p
        return function(*arguments) or 0

    def _uri(self, uri: str) -> c_void_p:
        return c_void_p(self._call("lilv_new_uri", self._world, uri.encode()))

    def _at(self, index: int) -> c_void_p:
        return c_void_p(self._call("lilv_plugin_get_port_by_index", self._plugin, c_uint32(index)))

    def restore(self, preset: str, folder: str, plugin: Plugin) -> None:
        """Bring a preset into an instance, control ports and what else it keeps."""
        if folder:
            where = self._call("lilv_new_file_uri", self._world, None, f"{folder}/".encode())
            self._call("lilv_world_load_bundle", self._world, c_void_p(where))
        self._call("lilv_world_load_resource", self._world, self._uri(preset))
        number_of = ctypes.addressof(plugin.host.urid_map)
        state = c_void_p(self._call("lilv_state_new_from_world", self._world, c_void_p(number_of), self._uri(preset)))
        if not state:
            message = f"there is no preset {preset}"
            raise SystemExit(message)

        def put(symbol: bytes, _user: int, value: int, size: int, kind: int) -> None:
            letter = next(letter for letter, name in NUMBERS.items() if kind == plugin.host.number(ATOM + name))
            plugin.values[self.symbols.index(symbol)] = struct.unpack(f"={letter}", ctypes.string_at(value, size))[0]

        instance = Instance(plugin.address, plugin.handle)
        self._call(
            "lilv_state_restore", state, ctypes.byref(instance), SET_VALUE(put), None, c_uint32(0), plugin.host.features
        )

    def _port(self, index: int) -> Port:
        port = self._at(index)
        is_a = {
            name: self._call("lilv_port_is_a", self._plugin, port, self._uri(uri))
            for name, uri in (*((kind, CORE + kind) for kind in (*KINDS, "InputPort")), ("AtomPort", f"{ATOM}AtomPort"))
        }
        kind = next((name for name in (*KINDS, "AtomPort") if is_a[name]), "")
        found = [c_void_p(), c_void_p(), c_void_p()]
        self._call("lilv_port_get_range", self._plugin, port, *(ctypes.byref(one) for one in found))
        default = float(ctypes.string_at(self._call("lilv_node_as_string", found[0]))) if found[0].value else 0.0
        latency = self._call("lilv_port_has_property", self._plugin, port, self._uri(f"{CORE}reportsLatency"))
        return Port(kind, default, is_input=bool(is_a["InputPort"]), is_latency=bool(latency & 0xFF))


class Host:
    """The features that a plugin gets: urid:map, urid:unmap, options, boundedBlockLength, work:schedule."""

    def __init__(self, rate: float, longest: int, do: Callable[[int, int], int]) -> None:
        self._numbers: dict[bytes, int] = {}
        self._texts: dict[int, ctypes.Array[ctypes.c_char]] = {}
        self._map, self._unmap = MAP(self._number), UNMAP(self._text)
        self._schedule = SCHEDULE(lambda _, size, data: do(size, data))
        callbacks = (self._map, self._unmap, self._schedule)
        maps = [(c_void_p * 2)(None, ctypes.cast(one, c_void_p)) for one in callbacks]
        self.urid_map = maps[0]
        lengths = {"minBlockLength": 1, "maxBlockLength": longest, "nominalBlockLength": longest}
        given: list[tuple[str, str, c_int32 | c_float]] = [
            (f"{BUF_SIZE}{name}", "Int", c_int32(value)) for name, value in lengths.items()
        ]
        given.append((f"{BUF_SIZE}sequenceSize", "Int", c_int32(EVENT_BYTES)))
        sample_rate = c_float(rate)
        options = (Option * (len(given) + 2))()
        for option, (uri, kind, value) in zip(
            options, [*given, ("http://lv2plug.in/ns/ext/parameters#sampleRate", "Float", sample_rate)], strict=False
        ):
            option.key, option.size, option.type = self.number(uri), 4, self.number(ATOM + kind)
            option.value = ctypes.addressof(value)
        data: dict[str, ctypes.Array[Any] | None] = {
            "http://lv2plug.in/ns/ext/urid#map": maps[0],
            "http://lv2plug.in/ns/ext/urid#unmap": maps[1],
            "http://lv2plug.in/ns/ext/options#options": options,
            f"{BUF_SIZE}boundedBlockLength": None,
            f"{WORKER}schedule": maps[2],
        }
        self.keep: list[object] = [given, sample_rate, options, maps]
        self.features = (POINTER(Feature) * (len(data) + 1))()
        for place, (uri, pointer) in enumerate(data.items()):
            feature = Feature(uri.encode(), None if pointer is None else ctypes.addressof(pointer))
            self.keep.append(feature)
            self.features[place] = ctypes.pointer(feature)

    def number(self, uri: str) -> int:
        """The number of a URI."""
        return self._number(None, uri.encode())

    def _number(self, _: object, uri: bytes) -> int:
        number = self._numbers.setdefault(uri, len(self._numbers) + 1)
        self._texts.setdefault(number, ctypes.create_string_buffer(uri))
        return number

    def _text(self, _: object, number: int) -> int | None:
        text = self._texts.get(number)
        return None if text is None else ctypes.addressof(text)


class Plugin:
    """One instance with its ports."""

    def __init__(self, data: Data, bundle: str, uri: str, rate: float, longest: int) -> None:
        self.host, self.ports = Host(rate, longest, self._work), data.ports
        library = ctypes.CDLL(data.library, mode=ctypes.RTLD_LOCAL)
        self.d, self.address = find(library, uri)
        self._respond, self._answers = RESPOND(self._answer), list[bytes]()
        self.handle = self.d.instantiate(self.address, rate, f"{bundle}/".encode(), self.host.features)
        if not self.handle:
            message = "the plugin would not be instantiated"
            raise SystemExit(message)
        self.values = (c_float * max(1, len(self.ports)))(*(port.default for port in self.ports))
        self.events = {i: np.zeros(EVENT_BYTES // 8 + 2, np.uint64) for i in self.of("AtomPort")}
        for index in self.of("ControlPort"):
            self.d.connect_port(self.handle, index, ctypes.addressof(self.values) + 4 * index)
        for index, area in self.events.items():
            self.d.connect_port(self.handle, index, area.ctypes.data)

    def _worker(self) -> Worker:
        return Worker.from_address(self.d.extension_data(f"{WORKER}interface".encode()))

    def _answer(self, _: object, size: int, data: int) -> int:
        self._answers.append(ctypes.string_at(data, size))
        return 0

    def hand_over(self) -> None:
        """Give the plugin the answers of its worker, as after each run."""
        answers, self._answers = self._answers, []
        for answer in answers:
            self._worker().work_response(self.handle, len(answer), ctypes.create_string_buffer(answer, len(answer)))
        if answers and self._worker().end_run:
            self._worker().end_run(self.handle)

    def _work(self, size: int, data: int) -> int:
        kept = ctypes.create_string_buffer(ctypes.string_at(data, size), size)
        return int(self._worker().work(self.handle, self._respond, None, size, ctypes.cast(kept, c_void_p)))

    def of(self, *kinds: str, is_input: bool | None = None) -> list[int]:
        """Numbers of the ports of some kinds."""
        return [i for i, port in enumerate(self.ports) if port.kind in kinds and is_input in {None, port.is_input}]

    @property
    def latency(self) -> int:
        """Frames."""
        return next((int(self.values[i]) for i, port in enumerate(self.ports) if port.is_latency), 0)

    def prepare(self, notes: list[tuple[int, bytes]]) -> None:
        """Fill the event inputs, and offer the outputs their room."""
        sequence, midi = (
            self.host.number(f"{ATOM}Sequence"),
            self.host.number("http://lv2plug.in/ns/ext/midi#MidiEvent"),
        )
        body = struct.pack("=II", 0, 0)
        for time, message in notes:
            body += struct.pack("=qII", time, len(message), midi) + message.ljust(8, b"\0")
        for index, area in self.events.items():
            if self.ports[index].is_input:
                whole = struct.pack("=II", len(body), sequence) + body
            else:
                whole = struct.pack("=II", EVENT_BYTES, self.host.number(f"{ATOM}Chunk"))
            area.view(np.uint8)[: len(whole)] = np.frombuffer(whole, np.uint8)

    def run(self, source: Samples, target: Samples, frames: int) -> None:
        """Process the first frames of these planes."""
        for is_input, channels in ((True, source), (False, target)):
            for index, plane in zip(self.of("AudioPort", "CVPort", is_input=is_input), channels, strict=True):
                self.d.connect_port(self.handle, index, plane.ctypes.data)
        self.d.run(self.handle, frames)
        self.hand_over()


def find(library: ctypes.CDLL, uri: str) -> tuple[Descriptor, int]:
    """Return the descriptor with that URI, and its address."""
    entry = library.lv2_descriptor
    entry.restype, entry.argtypes = c_void_p, (c_uint32,)
    index = 0
    while address := entry(index):
        descriptor = Descriptor.from_address(address)
        if descriptor.uri == uri.encode():
            return descriptor, address
        index += 1
    message = f"there is no plugin {uri!r}"
    raise SystemExit(message)


def planes(channels: int, frames: int) -> Samples:
    """Return separate planes of zeros, each at a multiple of 64 bytes: other code may run where they are not."""
    stride = (frames + 15) // 16 * 16
    room = np.zeros(channels * stride + 16, dtype=np.float32)
    skip = -room.ctypes.data // 4 % 16
    return room[skip : skip + channels * stride].reshape(channels, stride)[:, :frames]


def message_of(kind: float, key: float, velocity: float) -> bytes:
    """A note as MIDI; a note on has at least the velocity 1."""
    strength = int(velocity * 127 + 0.5)
    return bytes([0x90, int(key), max(1, strength)] if not kind else [0x80, int(key), strength])


def play(plugin: Plugin, given: dict[str, npt.NDArray[np.generic]], block: int) -> Samples:
    """Run the plugin over all the audio, block by block."""
    audio = np.asarray(given["audio"], dtype=np.float32)
    notes = np.asarray(given.get("notes", np.zeros((0, 4))), dtype=np.float64)
    lengths = [int(n) for n in given.get("blocks", np.array([block]))]
    inputs, outputs = (plugin.of("AudioPort", "CVPort", is_input=side) for side in (True, False))
    frames = audio.shape[1]
    result = np.zeros((len(outputs), frames), dtype=np.float32)
    source, target = planes(len(inputs), max(lengths)), planes(len(outputs), max(lengths))
    if plugin.d.activate:
        plugin.d.activate(plugin.handle)
    begin = index = 0
    while begin < frames:
        end = min(begin + lengths[index % len(lengths)], frames)
        source[:, : end - begin] = audio[: len(inputs), begin:end]
        target[:] = 0
        plugin.prepare([(int(n[0]) - begin, message_of(*n[1:])) for n in notes if begin <= n[0] < end])
        plugin.run(source, target, end - begin)
        result[:, begin:end] = target[:, : end - begin]
        begin, index = end, index + 1
    if plugin.d.deactivate:
        plugin.d.deactivate(plugin.handle)
    return result


def main() -> None:
    """Run the command line; see the top of this file."""
    parser = argparse.ArgumentParser()
    for name, kind in (("bundle", str), ("uri", str), ("rate", float), ("block", int), ("ftz", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("source")
    parser.add_argument("target")
    options = parser.parse_args()
    with np.load(options.source) as archive:
        given = {name: archive[name] for name in archive.files}
    longest = max([int(n) for n in given["blocks"]]) if "blocks" in given else options.block
    data = Data(options.bundle, options.uri)
    plugin = Plugin(data, options.bundle, options.uri, options.rate, longest)
    texts = {
        name: given[name].astype(np.uint8).tobytes().decode() for name in ("preset", "preset_folder") if name in given
    }
    if texts:
        data.restore(texts["preset"], texts.get("preset_folder", ""), plugin)
        plugin.hand_over()
    for port, value in zip(given.get("params", ()), given.get("values", ()), strict=True):
        if port < len(plugin.ports):  # others are no ports, but set by messages
            plugin.values[int(port)] = float(value)
    with FloatingPoint(flush=bool(options.ftz)):
        audio = play(plugin, given, options.block)
    np.savez(options.target, audio=audio, latency=plugin.latency)
    plugin.d.cleanup(plugin.handle)  # last: some plugins never return from it


if __name__ == "__main__":
    main()
