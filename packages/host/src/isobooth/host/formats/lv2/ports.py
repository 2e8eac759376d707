"""Give every port of an instance its place in the C half."""

from __future__ import annotations

import math

from isobooth.protocol.errors import PluginError

from ..._core import ffi, lib
from ...plugin import CData
from .describe import Model
from .features import is_midi
from .host import SEQUENCE_BYTES
from .memory import urid
from .parameters import TYPES, Range, is_trigger, numeric
from .read import Port
from .uris import PATCH, TIME

_MOST_CAPACITY = 1 << 24
_NAMES = ("input", "output", "meter")


class Ports:
    """The memory of the ports of one instance. ``lv2`` is ``struct ib_lv2 *``."""

    def __init__(self, lv2: CData, model: Model) -> None:
        self._lv2 = lv2
        self._ports = ffi.addressof(lv2, "ports")
        self._model = model
        ports = model.description.ports
        self._controls = ffi.new("struct ib_port_control[]", max(1, len(ports)))
        self._ports.controls, self._ports.port_count = self._controls, len(ports)
        self._keep = [*self._lists(), *self._special()]
        self._spare: list[CData] = []
        self.give_room(1)
        self.set_up(model, first=True)
        self._event_ports()
        self._properties()

    def _lists(self) -> list[CData]:
        model, ports = self._model, self._ports
        meters = [one for one in model.description.ports if one.kind == "control" and not one.is_input]
        lists = dict(zip(_NAMES, (model.channels("input"), model.channels("output"), meters), strict=True))
        arrays = {name: ffi.new("uint32_t[]", [one.index for one in found] or 1) for name, found in lists.items()}
        ports.inputs, ports.outputs, ports.meters = (len(found) for found in lists.values())
        ports.input_ports, ports.output_ports, ports.meter_ports = arrays.values()
        planes = [ffi.new("float *[]", max(1, len(lists[name]))) for name in ("input", "output")]
        ports.input_planes, ports.output_planes = planes
        return [*arrays.values(), *planes]

    def _special(self) -> list[CData]:
        model, lv2 = self._model, self._lv2
        latency, freewheel = model.latency_port, model.freewheel_port
        self._ports.latency_port = lib.IB_PORT_NONE if latency is None else latency.index
        lv2.freewheel_port = lib.IB_PORT_NONE if freewheel is None else freewheel.index
        triggers = [port.index for port in model.description.ports if is_trigger(port)]
        numbers = ffi.new("uint32_t[]", triggers or 1)
        defaults = ffi.new("double[]", [model.ranges[one].default for one in triggers] or 1)
        lv2.trigger_count, lv2.trigger_ports, lv2.trigger_defaults = len(triggers), numbers, defaults
        return [numbers, defaults]

    def give_room(self, frames: int) -> None:
        """Spare blocks of that length for audio ports that have no planes yet."""
        self._spare = [ffi.new("float[]", frames), ffi.new("float[]", frames)]
        self._ports.silence, self._ports.scratch = self._spare

    def set_up(self, model: Model, *, first: bool = False) -> None:
        """Take over the ranges of a model; with ``first`` the defaults too."""
        self._model = model
        for port in model.description.ports:
            if port.kind == "control":
                self._set_up(port, model.ranges[port.index], first=first)

    def _set_up(self, port: Port, held: Range, *, first: bool) -> None:
        control = self._controls[port.index]
        control.kind = (
            (lib.IB_PORT_IN if port.is_input else lib.IB_PORT_OUT)
            | (lib.IB_PORT_INTEGER if held.is_integer else 0)
            | (lib.IB_PORT_TOGGLED if held.is_toggled else 0)
        )
        control.minimum, control.maximum = held.minimum, held.maximum
        if first:
            control.pending = math.nan
            if port.is_input:
                control.base, control.value = held.default, held.default

    def _event_ports(self) -> None:
        found = [port for port in self._model.description.ports if port.kind in {"atom", "event"}]
        array = ffi.new("struct ib_lv2_event_port[]", max(1, len(found)))
        for entry, port in zip(array, found, strict=False):
            entry.port = port.index
            entry.kind = (
                (lib.IB_LV2_EVENT_IN if port.is_input else lib.IB_LV2_EVENT_OUT)
                | (lib.IB_LV2_EVENT_OLD if port.kind == "event" else 0)
                | (lib.IB_LV2_EVENT_MIDI if is_midi(port.supports) else 0)
                | (lib.IB_LV2_EVENT_TIME if f"{TIME}Position" in port.supports else 0)
                | (lib.IB_LV2_EVENT_PATCH if f"{PATCH}Message" in port.supports else 0)
            )
            entry.capacity = min(max(port.minimum_bytes, SEQUENCE_BYTES), _MOST_CAPACITY)
            entry.note_port = self._model.note_ports.get(port.index, -1)
        if lib.ib_lv2_set_event_ports(self._lv2, len(found), array):
            raise PluginError("there is no memory for the plugin's event ports")

    def _properties(self) -> None:
        model = self._model
        found = numeric(model.description)
        array = ffi.new("struct ib_lv2_property[]", max(1, len(found)))
        first = len(model.description.ports)
        for place, (entry, one) in enumerate(zip(array, found, strict=False)):
            held = model.ranges[first + place]
            entry.urid, entry.type = urid(one.uri), TYPES[one.range]
            entry.flags = (lib.IB_LV2_PROPERTY_READABLE if one.is_readable else 0) | (
                lib.IB_LV2_PROPERTY_WRITABLE if one.is_writable else 0
            )
            entry.minimum, entry.maximum, entry.value = held.minimum, held.maximum, held.default
            entry.pending = math.nan
        if lib.ib_lv2_set_properties(self._lv2, len(found), array):
            raise PluginError("there is no memory for the plugin's properties")

    def connect(self) -> None:
        """Connect every port; those of a kind that nobody knows, to nothing."""
        lib.ib_lv2_connect(self._lv2)
        for port in self._model.description.ports:
            if not port.kind:
                self._lv2.descriptor.connect_port(self._lv2.handle, port.index, ffi.NULL)
