"""An instance of a plugin that is numbered ports of floats, from the main thread's side.

All that LADSPA and its first proposal have in common.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from isobooth.protocol.descriptors import BusInfo, ParameterInfo, PluginDescriptor
from isobooth.protocol.errors import ArgumentError, PluginError

from ..._core import ffi, lib
from ...library import Library
from ...plugin import Activation, CData, LoadRequest, Operations, phase
from ..port_answers import PortAnswers
from . import state
from .describe import Model, build
from .hints import Range
from .read import Description

_MOST_RATE = 2**31 - 1


def whole_rate(sample_rate: float) -> int:
    """The sample rate as these plugins take it, a whole number of Hz. Raises ArgumentError for one that cannot be."""
    if not (math.isfinite(sample_rate) and 1 <= sample_rate <= _MOST_RATE):
        raise ArgumentError(f"the sample rate is {sample_rate!r} Hz and must be a number from 1 to {_MOST_RATE}")
    return math.floor(sample_rate + 0.5)


@dataclass(frozen=True)
class Loaded:
    """A plugin found in its library, not yet instantiated."""

    format: str
    library: Library
    path: str
    """Absolute."""
    description: Description
    warnings: list[str]


class PortInstance(PortAnswers, ABC):
    """See PluginInstance. A format adds how an instance is made, destroyed and called."""

    def __init__(self, loaded: Loaded, request: LoadRequest, plugin: CData, calls: CData) -> None:
        self._loaded = loaded
        self._plugin = plugin
        self._ports: CData = ffi.addressof(plugin, "ports")
        self._ports.calls = ffi.addressof(calls)
        self._mailbox = request.mailbox
        self._rate = whole_rate(request.sample_rate)
        self._used = False
        self._instantiated = False
        self._memory: list[CData] = []
        self._model: Model = build(loaded.format, loaded.path, loaded.description, self._rate)
        self.descriptor = self._model.descriptor
        self.warnings = [*loaded.warnings, *self._model.warnings, *self._mismatch(request)]
        self._controls = ffi.new("struct ib_port_control[]", max(1, len(loaded.description.ports)))
        self._lay_out()
        self._make()

    # -- what a format adds -----------------------------------------------------------------------------------------

    @abstractmethod
    def _instantiate(self, rate: int) -> bool:
        """Make an instance, into ``self._plugin.handle``. False: the plugin would not."""

    @abstractmethod
    def _cleanup(self) -> None:
        """Destroy the instance."""

    @property
    @abstractmethod
    def _table(self) -> CData:
        """``const struct ib_operations *``."""

    _forgets = True
    """Does the plugin forget its past when it is started?"""

    # -- life -------------------------------------------------------------------------------------------------------

    def _mismatch(self, request: LoadRequest) -> list[str]:
        found = super()._mismatch(request)
        if request.sample_rate != self._rate:
            found.append(
                f"the sample rate {request.sample_rate!r} was rounded to {self._rate}:"
                f" {self._loaded.format} takes whole Hz"
            )
        return found

    def _lay_out(self) -> None:
        """Give every port its place."""
        model, ports = self._model, self._ports
        ports.controls, ports.port_count = self._controls, len(model.description.ports)
        lists = {
            "input": model.ports(audio=True, inputs=True),
            "output": model.ports(audio=True, inputs=False),
            "meter": model.ports(audio=False, inputs=False),
        }
        arrays = {name: ffi.new("uint32_t[]", numbers or 1) for name, numbers in lists.items()}
        ports.inputs, ports.outputs, ports.meters = (len(numbers) for numbers in lists.values())
        ports.input_ports, ports.output_ports, ports.meter_ports = arrays["input"], arrays["output"], arrays["meter"]
        planes = [ffi.new("float *[]", max(1, len(lists[name]))) for name in ("input", "output")]
        ports.input_planes, ports.output_planes = planes
        ports.latency_port = lib.IB_PORT_NONE if model.latency_port is None else model.latency_port
        self._memory = [*arrays.values(), *planes]
        self._give_room(1)
        for info in self.descriptor.parameters:
            self._set_up(info, model.ranges[info.id])
            control = self._controls[info.id]
            if not info.is_output:
                control.base, control.value = info.default, info.default
            control.pending = math.nan

    def _set_up(self, info: ParameterInfo, found: Range) -> None:
        control = self._controls[info.id]
        control.kind = (
            (lib.IB_PORT_OUT if info.is_output else lib.IB_PORT_IN)
            | (lib.IB_PORT_INTEGER if info.is_integer else 0)
            | (lib.IB_PORT_TOGGLED if info.is_toggled else 0)
        )
        control.minimum, control.maximum = found.minimum, found.maximum

    def _give_room(self, frames: int) -> None:
        """Spare blocks of that length for audio ports that have no planes yet."""
        self._spare = [ffi.new("float[]", frames), ffi.new("float[]", frames)]
        self._ports.silence, self._ports.scratch = self._spare

    def _make(self) -> None:
        """Instantiate and connect. Raises PluginError."""
        with phase(lib.IB_PHASE_INSTANTIATE):
            self._instantiated = self._instantiate(self._rate)
            if self._instantiated:
                lib.ib_ports_connect(self._ports)
        self._used = False
        if not self._instantiated:
            raise PluginError(
                f"{self.descriptor.name!r} ({self.descriptor.id} of {self.descriptor.path})"
                f" would not be instantiated at {self._rate} Hz and gave no reason - another sample rate may do"
            )

    def _destroy(self) -> None:
        if self._instantiated:
            self._instantiated = False
            with phase(lib.IB_PHASE_DESTROY):
                self._cleanup()
            self._plugin.handle = ffi.NULL

    def activate(self, activation: Activation) -> None:
        """Make ready; at another sample rate that takes a new instance. Raises PluginError.

        The plugin's own activate() is called by the audio thread when it starts.
        """
        if activation.sample_bytes != 4:
            raise PluginError(
                f"{self.descriptor.name!r} takes float32 alone, as every {self._loaded.format} plugin does"
            )
        try:
            rate = whole_rate(activation.sample_rate)
        except ArgumentError as error:
            raise PluginError(str(error)) from error
        if rate != self._rate:
            self._change_rate(rate)
        elif not self._instantiated or (self._used and not self._forgets):
            self._destroy()
            self._make()
        self._give_room(activation.max_frames)
        self._used = True

    def _change_rate(self, rate: int) -> None:
        """Ranges may depend on the sample rate. Values stay, held within the new ones; a default becomes the new."""
        before = {info.id: info for info in self.descriptor.parameters}
        values = self.values()
        self._destroy()
        self._rate = rate
        self.describe()
        for info in self.descriptor.parameters:
            self._set_up(info, self._model.ranges[info.id])
            if not info.is_output:
                same = values[info.id] == before[info.id].default
                lib.ib_ports_set(self._ports, info.id, info.default if same else values[info.id])
        self._make()
        if list(before.values()) != self.descriptor.parameters and self._mailbox != ffi.NULL:
            lib.ib_ports_ask_info(self._mailbox)

    def operations(self) -> Operations:
        """The C side."""
        return Operations(self._table, ffi.cast("void *", self._plugin))

    def deactivate(self) -> None:
        """Nothing to undo here: the audio thread has told the plugin already."""

    def close(self) -> None:
        """Destroy the instance and unload the library."""
        self._destroy()
        self._loaded.library.close()

    # -- what it is -------------------------------------------------------------------------------------------------

    def describe(self) -> PluginDescriptor:
        """Work the ranges out for the sample rate of now."""
        self._model = build(self._loaded.format, self._loaded.path, self._loaded.description, self._rate)
        self.descriptor = self._model.descriptor
        return self.descriptor

    def buses(self) -> list[BusInfo]:
        """They never change."""
        return self.descriptor.buses

    def latency(self) -> int:
        """Frames, as the plugin said in its last run; 0 before the first."""
        return int(lib.ib_ports_latency(self._ports))

    # -- parameters -------------------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """Inputs as they were set, outputs as the plugin last said."""
        return {info.id: float(lib.ib_ports_get(self._ports, info.id)) for info in self.descriptor.parameters}

    # -- state ------------------------------------------------------------------------------------------------------

    def save_state(self) -> bytes:
        """The values of all inputs; modulation is no part of it."""
        values = self.values()
        inputs = {info.id: values[info.id] for info in self.descriptor.parameters if not info.is_output}
        return state.pack(
            state.PortState(
                tag=state.TAG,
                format=self._loaded.format,
                label=self.descriptor.id,
                unique_id=self.descriptor.unique_id,
                values=inputs,
            )
        )

    def load_state(self, data: bytes) -> None:
        """Set all inputs, those without a value in the state to their default.

        Raises StateError, having changed nothing. Values are held within their bounds; numbers that are no inputs
        of this build of the plugin are left out. While blocks come, the next one is the first to hear them.
        """
        values = state.unpack(data, self._loaded.format, self.descriptor.id)
        for info in self.descriptor.parameters:
            if not info.is_output:
                lib.ib_ports_set(self._ports, info.id, values.get(info.id, info.default))

    # -- what these formats do not have -----------------------------------------------------------------------------

    def set_offline(self, offline: bool) -> None:
        """These formats do not know the difference."""

    def on_asked(self, asked: int) -> int:
        """Nothing is the format's own to do."""
        return asked
