"""VST3's binary interface for vst3_direct.py, and the objects of a host that plugins are given.

Written after the VST3 3.7 headers with ctypes alone.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_char,
    c_double,
    c_float,
    c_int16,
    c_int32,
    c_int64,
    c_uint16,
    c_uint32,
    c_uint64,
)
from pathlib import Path
from typing import Any

c_p = ctypes.c_void_p
OK, NOT_IMPLEMENTED, NO_INTERFACE = 0, 3, -1
AUDIO, EVENT, INPUT, OUTPUT = 0, 1, 0, 1
Text = c_uint16 * 128
Id = ctypes.c_ubyte * 16


def check(holds: object, message: str) -> None:
    """End the program unless something holds."""
    if not holds:
        raise SystemExit(message)


def interface_id(text: str) -> bytes:
    """Return the 16 bytes of an interface's id, which Linux has in the order in which they are written."""
    return bytes.fromhex(text)


UNKNOWN = interface_id("0000000000000000C000000000000046")
COMPONENT = interface_id("E831FF31F2D54301928EBBEE25697802")
PROCESSOR = interface_id("42043F99B7DA453CA569E79D9AAEC33D")
CONTROLLER = interface_id("DCD7BBE37742448DA874AACC979C759E")
HOST = interface_id("58E595CCDB2D49698B6AAF8C36A664E5")
STREAM = interface_id("C3BF6EA2309947529B6BF9901EE33E9B")
HANDLER = interface_id("93A0BEA30BD045DB8E890B0CC1E46AC6")
CHANGES = interface_id("A47796630BB64A56B44384A8466FEB9D")
QUEUE = interface_id("01263A18ED074F6F98C9D3564686F9BA")
EVENTS = interface_id("3A2C4214346349FEB2C4F397B9695A44")


def structure(name: str, *fields: tuple[str, Any]) -> type[Any]:
    """Make a ctypes structure."""
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


ClassInfo = structure("ClassInfo", ("id", Id), ("many", c_int32), ("category", c_char * 32), ("name", c_char * 64))
BusInfo = structure(
    "BusInfo",
    *((name, c_int32) for name in ("media", "direction", "channels")),
    ("name", Text),
    ("kind", c_int32),
    ("flags", c_uint32),
)
ParamInfo = structure(
    "ParamInfo",
    ("id", c_uint32),
    *((name, Text) for name in ("title", "short_title", "units")),
    ("steps", c_int32),
    ("default", c_double),
    ("unit", c_int32),
    ("flags", c_int32),
)
Setup = structure("Setup", ("mode", c_int32), ("size", c_int32), ("most", c_int32), ("rate", c_double))
Buffers = structure("Buffers", ("channels", c_int32), ("silence", c_uint64), ("planes", c_p))
Context = structure(
    "Context",
    ("state", c_uint32),
    ("rate", c_double),
    ("project_samples", c_int64),
    ("system_time", c_int64),
    ("continuous_samples", c_int64),
    *((name, c_double) for name in ("beats", "bar", "cycle_start", "cycle_end", "tempo")),
    ("numerator", c_int32),
    ("denominator", c_int32),
    ("rest", c_int32 * 5),
)
Data = structure(
    "Data",
    *((name, c_int32) for name in ("mode", "size", "frames", "inputs_count", "outputs_count")),
    *((name, c_p) for name in ("inputs", "outputs", "params_in", "params_out", "events_in", "events_out", "context")),
)
NoteOn = structure(
    "NoteOn",
    ("channel", c_int16),
    ("key", c_int16),
    ("tuning", c_float),
    ("velocity", c_float),
    ("length", c_int32),
    ("note_id", c_int32),
)
NoteOff = structure(
    "NoteOff",
    ("channel", c_int16),
    ("key", c_int16),
    ("velocity", c_float),
    ("note_id", c_int32),
    ("tuning", c_float),
)


class _Any(ctypes.Union):
    _fields_ = [("on", NoteOn), ("off", NoteOff), ("room", c_uint64 * 3)]


Event = structure(
    "Event",
    ("bus", c_int32),
    ("time", c_int32),
    ("beats", c_double),
    ("flags", c_uint16),
    ("kind", c_uint16),
    ("of", _Any),
)


class Interface:
    """A pointer to one of the plugin's objects; its functions are called by their place in the table."""

    def __init__(self, address: int) -> None:
        self.address = address

    def call(self, place: int, *arguments: Any, result: Any = c_int32) -> Any:
        """Call a function. Arguments are ctypes values, or structures to be passed by their address."""
        table = c_p.from_address(self.address).value or 0
        function = c_p.from_address(table + place * ctypes.sizeof(c_p)).value or 0
        plain = [ctypes.addressof(a) if isinstance(a, (ctypes.Structure, ctypes.Array)) else a for a in arguments]
        types = [type(a) if isinstance(a, ctypes._SimpleCData) else c_p for a in plain]
        return CFUNCTYPE(result, c_p, *types)(function)(self.address, *plain)

    def query(self, wanted: bytes) -> Interface | None:
        """Return another interface of the object, None if it has not that one."""
        found = c_p()
        done = self.call(0, Id(*wanted), ctypes.addressof(found))
        return Interface(found.value) if done == OK and found.value else None

    def release(self) -> None:
        """Give the reference back."""
        self.call(2, result=c_uint32)


class Own:
    """An object of this host: its functions come after those that every object has."""

    def __init__(self, own_id: bytes, *functions: tuple[Callable[..., Any], Any, tuple[Any, ...]]) -> None:
        self._ids = (UNKNOWN, own_id)
        one = (lambda _self: 1000, c_uint32, ())  # it outlives everyone who counts
        methods = [(self._query, c_int32, (c_p, POINTER(c_p))), one, one, *functions]
        self._kept = [CFUNCTYPE(result, c_p, *types)(call) for call, result, types in methods]
        self._table = (c_p * len(methods))(*(ctypes.cast(f, c_p).value for f in self._kept))
        self._object = c_p(ctypes.addressof(self._table))
        self.address = ctypes.addressof(self._object)

    def _query(self, _self: int, wanted: int, out: Any) -> int:
        known = ctypes.string_at(wanted, 16) in self._ids
        out[0] = self.address if known else None
        return OK if known else NO_INTERFACE


def host_object() -> Own:
    """Make IHostApplication, which has a name and makes nothing."""

    def name(_self: int, target: int) -> int:
        ctypes.memmove(target, "direct\0".encode("utf-16-le"), 14)
        return OK

    return Own(HOST, (name, c_int32, (c_p,)), (lambda *_: NOT_IMPLEMENTED, c_int32, (c_p, c_p, c_p)))


def handler_object() -> Own:
    """Make IComponentHandler, which takes note of nothing."""
    ignore = lambda *_: OK  # noqa: E731  (it is one of a list)
    number = (c_uint32,)
    return Own(
        HANDLER,
        (ignore, c_int32, number),
        (ignore, c_int32, (c_uint32, c_double)),
        (ignore, c_int32, number),
        (ignore, c_int32, (c_int32,)),
    )


class Stream(Own):
    """IBStream over bytes in memory."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.at = 0
        counted = (c_p, c_int32, POINTER(c_int32))
        place = POINTER(c_int64)
        super().__init__(
            STREAM,
            (self._read, c_int32, counted),
            (self._write, c_int32, counted),
            (self._seek, c_int32, (c_int64, c_int32, place)),
            (self._tell, c_int32, (place,)),
        )

    def _read(self, _self: int, target: int, size: int, done: Any) -> int:
        piece = bytes(self.data[self.at : self.at + size])
        ctypes.memmove(target, piece, len(piece))
        self.at += len(piece)
        if done:
            done[0] = len(piece)
        return OK

    def _write(self, _self: int, source: int, size: int, done: Any) -> int:
        self.data[self.at : self.at + size] = ctypes.string_at(source, size)
        self.at += size
        if done:
            done[0] = size
        return OK

    def _seek(self, _self: int, place: int, mode: int, now: Any) -> int:
        self.at = min(max(place + (0, self.at, len(self.data))[mode], 0), len(self.data))
        if now:
            now[0] = self.at
        return OK

    def _tell(self, _self: int, now: Any) -> int:
        now[0] = self.at
        return OK


class Queue(Own):
    """IParamValueQueue: the changes of one parameter within a block."""

    def __init__(self, number: int) -> None:
        self.points: list[tuple[int, float]] = []
        super().__init__(
            QUEUE,
            (lambda _self: number, c_uint32, ()),
            (lambda _self: len(self.points), c_int32, ()),
            (self._get, c_int32, (c_int32, POINTER(c_int32), POINTER(c_double))),
            (self._add, c_int32, (c_int32, c_double, POINTER(c_int32))),
        )

    def _get(self, _self: int, at: int, time: Any, value: Any) -> int:
        if not 0 <= at < len(self.points):
            return 1
        time[0], value[0] = self.points[at]
        return OK

    def _add(self, _self: int, time: int, value: float, place: Any) -> int:
        self.points.append((time, value))
        if place:
            place[0] = len(self.points) - 1
        return OK


class Changes(Own):
    """IParameterChanges: one queue for each parameter that changes."""

    def __init__(self) -> None:
        self.queues: dict[int, Queue] = {}
        super().__init__(
            CHANGES,
            (lambda _self: len(self.queues), c_int32, ()),
            (self._get, c_p, (c_int32,)),
            (self._add, c_p, (POINTER(c_uint32), POINTER(c_int32))),
        )

    def put(self, number: int, time: int, value: float) -> None:
        """Add a change; later ones of a parameter come later."""
        self.queues.setdefault(number, Queue(number)).points.append((time, value))

    def _get(self, _self: int, at: int) -> int | None:
        return list(self.queues.values())[at].address if 0 <= at < len(self.queues) else None

    def _add(self, _self: int, number: Any, place: Any) -> int:
        queue = self.queues.setdefault(number[0], Queue(number[0]))
        if place:
            place[0] = list(self.queues).index(number[0])
        return queue.address


class Events(Own):
    """IEventList."""

    def __init__(self) -> None:
        self.list: list[Any] = []
        super().__init__(
            EVENTS,
            (lambda _self: len(self.list), c_int32, ()),
            (self._get, c_int32, (c_int32, c_p)),
            (lambda *_: OK, c_int32, (c_p,)),
        )

    def _get(self, _self: int, at: int, target: int) -> int:
        if not 0 <= at < len(self.list):
            return 1
        ctypes.memmove(target, ctypes.addressof(self.list[at]), ctypes.sizeof(Event))
        return OK

    def note(self, time: int, *, off: bool, key: int, velocity: float) -> None:
        """Add a note. Its id is its key: a note off finds its note on."""
        event = Event(0, time, 0.0, 0, int(off))
        if off:
            event.of.off = NoteOff(0, key, velocity, -1, 0.0)
        else:
            event.of.on = NoteOn(0, key, 0.0, velocity, 0, -1)
        self.list.append(event)


class Module:
    """A bundle's library and its factory."""

    def __init__(self, path: str) -> None:
        bundle = Path(path)
        found = sorted(bundle.glob(f"Contents/*-linux/{bundle.stem}.so"))
        path = str(found[0] if found else bundle)
        load = ctypes.CDLL(None).dlopen  # ctypes' own binds every function at once, for which one plugin lacks one
        load.restype = c_p
        handle = load(path.encode(), os.RTLD_LAZY | os.RTLD_LOCAL)
        check(handle, f"{path} cannot be loaded")
        self.library = ctypes.CDLL(path, handle=handle)
        enter = self.library.ModuleEntry
        enter.argtypes, enter.restype = [c_p], ctypes.c_bool
        check(enter(self.library._handle), "ModuleEntry() returned false")
        make = self.library.GetPluginFactory
        make.restype = c_p
        self.factory = Interface(make())

    def classes(self) -> list[Any]:
        """Return the classes of the factory that are plugins."""
        found = []
        for index in range(self.factory.call(4)):
            info = ClassInfo()
            if self.factory.call(5, c_int32(index), info) == OK and info.category == b"Audio Module Class":
                found.append(info)
        return found

    def create(self, class_id: bytes, wanted: bytes) -> Interface:
        """Make an object."""
        made = c_p()
        self.factory.call(6, Id(*class_id), Id(*wanted), ctypes.addressof(made))
        check(made.value, f"there is no {class_id.hex()}")
        return Interface(made.value or 0)
