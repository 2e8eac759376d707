"""An LV2 instance's C half with a plugin of our own in it, played in the calling thread, without an engine."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

import numpy as np

from isobooth.host._core import ffi, lib
from isobooth.protocol.events import decode_events, encode_events
from packages.host.tests.ladspa_player import planes

PORTS = [
    "IN",
    "OUT",
    "CV_IN",
    "CV_OUT",
    "GAIN",
    "TRIGGER",
    "FREEWHEEL",
    "MODE",
    "RUNS",
    "FRAMES",
    "FAULTS",
    "LATENCY",
    "ANSWER",
    "ENDS",
    "TRIGGERED",
    "ATOMS_IN",
    "ATOMS_OUT",
    "OLD_IN",
    "OLD_OUT",
]
PORT = {name: number for number, name in enumerate(PORTS)}
MODES = [
    "ECHO",
    "HUGE_SEQUENCE",
    "HUGE_EVENT",
    "NO_SEQUENCE",
    "EMPTY_MIDI",
    "ODD_TIMES",
    "SHORT_OBJECT",
    "HUGE_OLD",
    "HUGE_OLD_EVENT",
    "SET_PROPERTY",
    "PUT_PROPERTIES",
    "SET_PATH",
    "STATE_CHANGED",
    "WORK",
    "SLOW_WORK",
    "MUCH_WORK",
    "LONG_WORK",
    "RESIZE",
    "LOG",
    "WORK_IN_WORK",
]
MODE = {name: number for number, name in enumerate(MODES)}
FIRST_PROPERTY = len(PORTS)
CONTROLS_IN = {"GAIN": 4.0, "TRIGGER": 1.0, "FREEWHEEL": 1.0, "MODE": 100.0}
CONTROLS_OUT = ("RUNS", "FRAMES", "FAULTS", "LATENCY", "ANSWER", "ENDS", "TRIGGERED")
NOTE = struct.Struct("<IIqII1000s")
ALL = {
    "ATOMS_IN": lib.IB_LV2_EVENT_IN | lib.IB_LV2_EVENT_MIDI | lib.IB_LV2_EVENT_TIME | lib.IB_LV2_EVENT_PATCH,
    "ATOMS_OUT": lib.IB_LV2_EVENT_OUT | lib.IB_LV2_EVENT_MIDI | lib.IB_LV2_EVENT_PATCH,
    "OLD_IN": lib.IB_LV2_EVENT_IN | lib.IB_LV2_EVENT_OLD | lib.IB_LV2_EVENT_MIDI,
    "OLD_OUT": lib.IB_LV2_EVENT_OUT | lib.IB_LV2_EVENT_OLD | lib.IB_LV2_EVENT_MIDI,
}
FEATURES = {
    "http://lv2plug.in/ns/ext/urid#map": "urid_map",
    "http://lv2plug.in/ns/ext/urid#unmap": "urid_unmap",
    "http://lv2plug.in/ns/ext/uri-map": "uri_map",
    "http://lv2plug.in/ns/ext/event": "old_events",
    "http://lv2plug.in/ns/ext/worker#schedule": "worker_schedule",
    "http://lv2plug.in/ns/ext/log#log": "log",
    "http://lv2plug.in/ns/ext/resize-port#resize": "resize_port",
}


def urid(text):
    return lib.ib_lv2_map(text.encode())


def uri(number):
    found = lib.ib_lv2_unmap(number)
    return None if found == ffi.NULL else ffi.string(found).decode()


@dataclass
class Outcome:
    """What one block gave."""

    audio: np.ndarray
    events: list
    flags: int
    latency: int
    dropped: int = 0


@dataclass(frozen=True)
class Note:
    """One event as the plugin got it."""

    run: int
    frames: int
    type: str
    body: bytes
    old: bool


@dataclass
class Shape:
    """How an instance is made."""

    capacity: int = 4096
    run_frames: int = 0
    offline: bool = False
    frames: int = 256
    properties: list[tuple[str, int, float, float, float]] = field(default_factory=list)
    """URI, type, least, most, default"""


class Witness:
    """The plugin lv2_witness and everything around it."""

    def __init__(self, library, shape=None):
        self.shape = shape or Shape()
        self.library = lib.dlopen(str(library).encode(), 2)
        assert self.library != ffi.NULL, ffi.string(lib.dlerror())
        entry = ffi.cast("const struct ib_lv2_descriptor *(*)(uint32_t)", lib.dlsym(self.library, b"lv2_descriptor"))
        self.mailbox = ffi.new("struct ib_mailbox *", {"wake_fd": -1})
        self.lv2 = lib.ib_lv2_new(self.mailbox)
        self.keep: list = []
        self.lv2.descriptor = entry(0)
        self._lay_out()
        features = [self._feature(name, part) for name, part in FEATURES.items()]
        self.lv2.handle = self.lv2.descriptor.instantiate(
            self.lv2.descriptor, 48000.0, b"/nowhere/", self._own("struct ib_lv2_feature *[]", [*features, ffi.NULL])
        )
        worker = self.lv2.descriptor.extension_data(b"http://lv2plug.in/ns/ext/worker#interface")
        self.lv2.worker_interface = ffi.cast("struct ib_lv2_worker_interface *", worker)
        assert lib.ib_lv2_set_run_frames(self.lv2, self.shape.run_frames) == 0
        lib.ib_lv2_connect(self.lv2)
        self.block = ffi.new("struct ib_block *")
        self.area = ffi.new("uint8_t[]", 65536)
        self.slots = [(planes(2, self.shape.frames), planes(2, self.shape.frames)) for _ in range(3)]
        self.count = 0

    def _own(self, kind, value):
        made = ffi.new(kind, value)
        self.keep.append(made)
        return made

    def _feature(self, name, part):
        text = self._own("char[]", name.encode())
        return self._own("struct ib_lv2_feature *", {"uri": text, "data": ffi.addressof(self.lv2, part)})

    def _lay_out(self):
        ports, lv2 = self.lv2.ports, self.lv2
        self.controls = self._own("struct ib_port_control[]", len(PORTS))
        ports.controls, ports.port_count = self.controls, len(PORTS)
        lists = {"input": ("IN", "CV_IN"), "output": ("OUT", "CV_OUT"), "meter": CONTROLS_OUT}
        for name, found in lists.items():
            setattr(ports, f"{name}_ports", self._own("uint32_t[]", [PORT[port] for port in found]))
            setattr(ports, f"{name}s", len(found))
        ports.input_planes, ports.output_planes = self._own("float *[]", 2), self._own("float *[]", 2)
        ports.silence, ports.scratch = (self._own("float[]", self.shape.frames) for _ in range(2))
        ports.latency_port = PORT["LATENCY"]
        for port, most in CONTROLS_IN.items():
            control = self.controls[PORT[port]]
            control.kind, control.maximum, control.pending = lib.IB_PORT_IN, most, math.nan
        self.controls[PORT["GAIN"]].base = self.controls[PORT["GAIN"]].value = 1.0
        for port in CONTROLS_OUT:
            self.controls[PORT[port]].kind = lib.IB_PORT_OUT
        lv2.sample_rate, lv2.offline = 48000.0, self.shape.offline
        lv2.freewheel_port, lv2.trigger_count = PORT["FREEWHEEL"], 1
        lv2.trigger_ports = self._own("uint32_t[]", [PORT["TRIGGER"]])
        lv2.trigger_defaults = self._own("double[]", [0.0])
        self._lay_out_events()

    def _lay_out_events(self):
        found = [
            {"port": PORT[name], "kind": kind, "capacity": self.shape.capacity, "note_port": name.startswith("OLD")}
            for name, kind in ALL.items()
        ]
        assert lib.ib_lv2_set_event_ports(self.lv2, len(found), ffi.new("struct ib_lv2_event_port[]", found)) == 0
        both = lib.IB_LV2_PROPERTY_READABLE | lib.IB_LV2_PROPERTY_WRITABLE
        properties = [
            {
                "urid": urid(name),
                "type": kind,
                "flags": both,
                "minimum": low,
                "maximum": high,
                "value": value,
                "pending": math.nan,
            }
            for name, kind, low, high, value in self.shape.properties
        ]
        assert (
            lib.ib_lv2_set_properties(
                self.lv2, len(properties), ffi.new("struct ib_lv2_property[]", properties) if properties else ffi.NULL
            )
            == 0
        )

    # -- life ---------------------------------------------------------------------------------------------------------

    def activate(self):
        failed = lib.ib_lv2_activate(self.lv2)
        assert failed == ffi.NULL, ffi.string(failed)
        assert lib.ib_lv2_operations.start(self.lv2) == 1
        return self

    def deactivate(self):
        lib.ib_lv2_operations.stop(self.lv2)
        lib.ib_lv2_deactivate(self.lv2)

    def close(self):
        """Everything undone; the breaches that the plugin has seen."""
        if self.lv2.is_active:
            self.deactivate()
        self.lv2.descriptor.cleanup(self.lv2.handle)
        faults = self.number("faults")
        lib.ib_lv2_free(self.lv2)
        return faults

    def reset(self):
        lib.ib_lv2_operations.reset(self.lv2)

    # -- blocks -------------------------------------------------------------------------------------------------------

    def play(self, audio=None, events=(), *, frames=64, transport=None, raw=b"", flags=0, status=lib.IB_STATUS_OK):
        """One block; ``audio`` is (2, frames), a ramp if not given."""
        if audio is None:
            audio = np.ones((2, frames), dtype=np.float32)
        source, target = self.slots[self.count % 3]
        self.count += 1
        frames = audio.shape[1]
        source[:, :frames], target[:] = audio, 0
        block = self.block
        pointers = [ffi.new("void *[]", [ffi.cast("void *", row.ctypes.data) for row in p]) for p in (source, target)]
        block.inputs, block.outputs = pointers
        block.transport = ffi.NULL if transport is None else transport
        block.flags = flags
        joined = raw or self._encode(events)
        keep = ffi.new("uint64_t[]", len(joined) // 8 + 1)
        ffi.memmove(keep, joined, len(joined))
        writer = ffi.new("uint64_t[3]", [int(ffi.cast("uintptr_t", self.area)), len(self.area), 0])
        block.frames, block.status_flags, block.latency = frames, 0, 0
        block.events, block.event_bytes = ffi.cast("uint8_t *", keep), len(joined)
        block.out_events = ffi.cast("struct ib_event_writer *", writer)
        assert lib.ib_lv2_operations.process(self.lv2, block) == status
        _, _, used, _, dropped = struct.unpack("<QIIII", bytes(ffi.buffer(writer))[:24])
        said = decode_events(bytes(ffi.buffer(self.area, used)))
        events_out = [e for e in said if getattr(e, "parameter", FIRST_PROPERTY) not in range(len(PORTS))]
        return Outcome(target[:, :frames].copy(), events_out, block.status_flags, block.latency, dropped)

    @staticmethod
    def _encode(events):
        times, pieces = encode_events(events, int)
        pairs = sorted(zip(times, pieces, strict=True), key=lambda pair: pair[0])
        return b"".join(piece[:4] + struct.pack("<I", time) + piece[8:] for time, piece in pairs)

    # -- looking ------------------------------------------------------------------------------------------------------

    def value(self, port):
        return lib.ib_lv2_get(self.lv2, PORT[port])

    def set(self, port, value):
        lib.ib_lv2_set(self.lv2, PORT[port], value)

    def mode(self, name):
        self.set("MODE", float(MODE[name]))

    def number(self, name):
        """One of the plugin's own counters."""
        return ffi.cast("uint32_t *", lib.dlsym(self.library, f"witness_{name}".encode()))[0]

    def notes(self):
        """The events that the plugin has got since the last call."""
        area = ffi.buffer(lib.dlsym(self.library, b"witness_notes"), NOTE.size * 4096)
        count = ffi.cast("uint32_t *", lib.dlsym(self.library, b"witness_noted"))
        found = [NOTE.unpack_from(area, NOTE.size * i) for i in range(count[0])]
        count[0] = 0
        return [Note(run, at, uri(kind), body[:size], bool(old)) for run, kind, at, size, old, body in found]

    def logged(self):
        """Lines of the log, (level, text)."""
        text, found = ffi.new("char[]", lib.IB_LOG_TEXT_BYTES), []
        while (level := lib.ib_log_pop(text)) >= 0:
            found.append((level, ffi.string(text).decode()))
        return found

    def asked(self):
        return lib.ib_take_asked(self.mailbox)
