"""One VST2 plugin: its life, as the session needs it."""

from __future__ import annotations

import math
import time

from isobooth.protocol.abilities import BusRequest, DescriptionChanged
from isobooth.protocol.descriptors import BusInfo, PluginDescriptor
from isobooth.protocol.errors import PluginError
from isobooth.protocol.message import Message

from ..._core import ffi, lib
from ...abilities import Abilities
from ...plugin import Activation, CData, LoadRequest, Operations, phase
from ..shared.warnings import Warnings
from .buses import Direction, arrange
from .description import Description
from .effect import Effect
from .library import Listed, Module
from .midi_programs import PREFIX, have_midi_programs_changed, select_midi_program
from .programs import program_of, set_program
from .state import read_file

_IDLE_SECONDS = 0.05
"""Time between two idle calls to a plugin that wants them."""
_MOST_FRAMES = 2**31 - 1
_INFINITE_TAIL = 2**31 - 1
_FLUSH_BYTES = 1 << 16
_DIRECTIONS: tuple[Direction, Direction] = ("input", "output")


class Vst2Instance(Abilities):
    """See PluginInstance. Closed by ``close``; the library is unloaded with it."""

    def __init__(self, module: Module, vst2: CData, effect: Effect, listed: Listed, request: LoadRequest) -> None:
        """Takes over what ``module.make`` has made, and the module."""
        self._module, self._vst2, self._effect = module, vst2, effect
        self._mailbox = request.mailbox
        self._warnings = Warnings()
        self._is_active = False
        self._next_idle: float | None = None
        self._notices: list[Message] = []
        self._closed = False
        with phase(lib.IB_PHASE_DESCRIBE):
            self._description = Description(effect, vst2, module.path, listed.index, listed.name, self._warnings.add)
            self.descriptor: PluginDescriptor = self._description.descriptor()
        lib.ib_vst2_set_state(vst2, lib.IB_VST2_OFF)
        self._serve_wants(lib.ib_vst2_take_wants(vst2))
        self._wish(request)

    @property
    def warnings(self) -> list[str]:
        """What was odd about the plugin."""
        return self._warnings.list()

    def _wish(self, request: LoadRequest) -> None:
        """Try to have as many channels as are wished for; a plugin may have its own mind."""
        wished = request.inputs or self._vst2.inputs, request.outputs or self._vst2.outputs
        before = self._vst2.inputs, self._vst2.outputs
        if wished != before and not self._arrange({"input": (wished[0], ""), "output": (wished[1], "")}):
            self._warnings.add(
                f"{wished[0]} inputs and {wished[1]} outputs were wished for; the plugin has"
                f" {self._vst2.inputs} and {self._vst2.outputs} and refused to have others"
            )

    # -- description ----------------------------------------------------------------------------------------------

    def describe(self) -> PluginDescriptor:
        """Ask again. The channels of an active plugin cannot change and are left alone."""
        self._description.read(is_active=self._is_active)
        self.descriptor = self._description.descriptor()
        return self.descriptor

    def buses(self) -> list[BusInfo]:
        """Buses as they were read last."""
        return self.descriptor.buses

    # -- parameters -----------------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """Current values."""
        return self._description.parameters.values()

    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin writes it; while it is active, only its present value is written by itself."""
        return self._description.parameters.value_to_text(param_id, value, may_try=not self._is_active)

    def text_to_value(self, param_id: int, text: str) -> float:
        """As the plugin reads it, or a number from 0 to 1."""
        return self._description.parameters.text_to_value(param_id, text, may_try=not self._is_active)

    # -- state ----------------------------------------------------------------------------------------------------

    def save_state(self) -> bytes:
        """Its chunk, or its parameters."""
        return self._description.state.save()

    def load_state(self, data: bytes) -> None:
        """Restore it; the bytes of an .fxp or .fxb file will do too."""
        self._description.state.load(data)

    def save_preset(self, name: str) -> bytes:
        """What an .fxp file is to hold, or, if ``name`` ends in .fxb, a file of that kind."""
        return self._description.state.save_preset(name)

    def load_preset(self, preset: str, path: str) -> None:
        """A program of the list, or an .fxp or .fxb file. Raises PluginError.

        A program of a MIDI channel is selected by MIDI, at the start of the next block. With an id and a path: a bank,
        and then that program of it; or the program that an .fxp file is loaded into.
        """
        name = self._description.name
        if preset.startswith(PREFIX) and not path:
            select_midi_program(self._effect, self._vst2, preset, name)
            return
        program = program_of(self._effect, preset, name) if preset or not path else None
        if path:
            self._description.state.load(read_file(path), f"the preset {path!r}", program)
            self._look_at_programs()
        elif program is not None:
            set_program(self._effect, program)

    def _look_at_programs(self) -> None:
        """Their names may be others by now."""
        description, descriptor = self._description, self.descriptor
        description.read_presets()
        if have_midi_programs_changed(self._effect):
            description.read_notes()
        if (description.presets, description.note_names) != (descriptor.presets, descriptor.note_names):
            descriptor.presets, descriptor.note_names = description.presets, description.note_names
            self._notices.append(DescriptionChanged(descriptor=self.descriptor))

    # -- buses ----------------------------------------------------------------------------------------------------

    def set_buses(self, inputs: list[BusRequest], outputs: list[BusRequest]) -> None:
        """Change the number of channels, or their speakers. Raises PluginError where it refuses; all is as it was.

        VST2 knows one set of speakers in each direction: those of several buses are counted together. ``active``
        means nothing to it.
        """
        if self._is_active:
            raise PluginError(f"the buses of {self._description.name!r} can only change while it is inactive")
        before = {d: (sum(b.channels for b in self._buses_of(d)), self._layout_of(d)) for d in _DIRECTIONS}
        wanted: dict[Direction, tuple[int, str]] = {}
        for direction, requests in (("input", inputs), ("output", outputs)):
            buses = self._buses_of(direction)
            if len(requests) > max(1, len(buses)):
                raise PluginError(f"{self._description.name!r} has {len(buses)} {direction} buses, not {len(requests)}")
            counts = [bus.channels for bus in buses] or [0]
            for at, request in enumerate(requests):
                counts[at] = request.channels or counts[at]
            layout = requests[0].layout if len(requests) == 1 and len(counts) == 1 else ""
            wanted["input" if direction == "input" else "output"] = (sum(counts), layout)
        if self._arrange(wanted):
            return
        now = f"{self._vst2.inputs} inputs and {self._vst2.outputs} outputs"
        if not self._arrange(before):
            self._warnings.add("it refused the speakers that it had before")
        raise PluginError(
            f"{self._description.name!r} refused {wanted['input'][0]} inputs and {wanted['output'][0]} outputs;"
            f" it has {now}"
        )

    def _buses_of(self, direction: str) -> list[BusInfo]:
        return [bus for bus in self.descriptor.buses if bus.direction == direction]

    def _layout_of(self, direction: str) -> str:
        buses = self._buses_of(direction)
        return buses[0].layout if len(buses) == 1 else ""

    def _arrange(self, wanted: dict[Direction, tuple[int, str]]) -> bool:
        done = arrange(self._effect, wanted)
        self._description.read_buses()
        self.descriptor = self._description.descriptor()
        return done

    # -- activity -------------------------------------------------------------------------------------------------

    def set_offline(self, offline: bool) -> None:
        """The plugin learns of it when it asks for the process level."""
        self._vst2.offline = offline

    def activate(self, activation: Activation) -> None:
        """Switch on. Raises PluginError."""
        name, vst2, effect = self._description.name, self._vst2, self._effect
        if self._is_active:
            raise PluginError(f"{name!r} is active already")
        if not (math.isfinite(activation.sample_rate) and activation.sample_rate > 0):
            raise PluginError(f"{name!r} cannot run at a sample rate of {activation.sample_rate} Hz")
        if not 1 <= activation.min_frames <= activation.max_frames <= _MOST_FRAMES:
            raise PluginError(
                f"{name!r} cannot have blocks of {activation.min_frames} to {activation.max_frames} frames"
            )
        doubles = effect.has(lib.VST2_FLAG_CAN_DOUBLE) and effect.pointer.process_double != ffi.NULL
        if activation.sample_bytes != 4 and not doubles:
            raise PluginError(f"{name!r} takes float32 alone")
        if self._description.has_other_channels:
            raise PluginError(f"{name!r} has changed its buses: a segment for them is to be prepared first")
        vst2.offline = activation.offline
        vst2.sample_rate, vst2.block_size = activation.sample_rate, activation.max_frames
        if lib.ib_vst2_prepare(vst2, activation.max_frames, activation.sample_bytes):
            raise PluginError(f"there is no memory for blocks of {activation.max_frames} frames for {name!r}")
        effect.call(lib.VST2_SET_SAMPLE_RATE, opt=activation.sample_rate)
        effect.call(lib.VST2_SET_BLOCK_SIZE, value=activation.max_frames)
        if doubles:
            effect.call(lib.VST2_SET_PRECISION, value=int(activation.sample_bytes == 8))
        self._is_active = True
        lib.ib_vst2_set_state(vst2, lib.IB_VST2_ON)
        effect.call(lib.VST2_MAINS_CHANGED, value=1)
        self.descriptor.latency = self.latency()

    def operations(self) -> Operations:
        """The C side, between activate and deactivate."""
        return Operations(ffi.addressof(lib.ib_vst2_operations), ffi.cast("void *", self._vst2))

    def deactivate(self) -> None:
        """Switch off."""
        if not self._is_active:
            return
        self._effect.call(lib.VST2_MAINS_CHANGED, value=0)
        self._is_active = False
        lib.ib_vst2_set_state(self._vst2, lib.IB_VST2_OFF)

    def latency(self) -> int:
        """Frames, as the plugin says now."""
        return int(lib.ib_vst2_latency(self._vst2))

    def tail(self) -> int:
        """Frames, or IB_TAIL_INFINITE; 0 where the plugin says nothing."""
        frames = self._effect.call(lib.VST2_GET_TAIL)
        if frames >= _INFINITE_TAIL:
            return lib.IB_TAIL_INFINITE
        return frames if frames > 1 else 0  # 1 is how VST2 says that there is none

    # -- requests of the plugin -----------------------------------------------------------------------------------

    def on_asked(self, asked: int) -> int:
        """Do what the plugin has asked for; the rest is the session's."""
        left = asked & ~lib.IB_ASK_CALLBACK
        if asked & lib.IB_ASK_CALLBACK:
            left |= self._serve_wants(lib.ib_vst2_take_wants(self._vst2))
        return left

    def _serve_wants(self, wants: int) -> int:
        left = 0
        if wants & lib.IB_VST2_WANT_FLUSH and not self._is_active:
            area = ffi.new("uint64_t[]", _FLUSH_BYTES // 8)
            if lib.ib_vst2_flush_off(self._vst2, ffi.cast("uint8_t *", area), _FLUSH_BYTES):
                left |= lib.IB_ASK_PARAM_VALUES
        if wants & lib.IB_VST2_WANT_IDLE and self._next_idle is None:
            self._next_idle = time.monotonic() + _IDLE_SECONDS
        if wants & (lib.IB_VST2_WANT_MIDI | lib.IB_VST2_WANT_IO):
            self._look_at_ports(wants_midi=bool(wants & lib.IB_VST2_WANT_MIDI))
        if wants & lib.IB_VST2_WANT_DISPLAY:
            left |= self._look_at_names()
        return left

    def _look_at_ports(self, *, wants_midi: bool) -> None:
        """Pins, latency and MIDI. A plugin whose number of channels has changed is left to the restart for it."""
        description = self._description
        before = self.descriptor
        if not self._is_active and not description.has_other_channels:
            description.read_buses()
        description.read_notes(wants_midi=wants_midi)
        self.descriptor = description.descriptor()
        if self.descriptor != before:
            self._notices.append(DescriptionChanged(descriptor=self.descriptor))

    def _look_at_names(self) -> int:
        """The plugin says that something of what it shows has changed. Returns IB_ASK_* bits."""
        parameters = self._description.parameters
        before = parameters.infos
        parameters.read()
        self.descriptor.parameters = parameters.infos
        self._look_at_programs()
        return int(lib.IB_ASK_PARAM_VALUES if parameters.infos == before else lib.IB_ASK_PARAM_INFO)

    def take_notices(self) -> list[Message]:
        """What the plugin has to say beyond IB_ASK_*."""
        notices, self._notices = self._notices, []
        return notices

    def poll_fds(self) -> list[tuple[int, int]]:
        """None: VST2 has no such thing."""
        return []

    def on_fd(self, fd: int, events: int) -> None:
        """There are none."""

    def next_timer(self) -> float | None:
        """When the next idle call is due, if the plugin wants any."""
        return self._next_idle

    def on_timers(self) -> None:
        """The idle call; the plugin says when it has had enough of them."""
        wants_more = self._effect.call(lib.VST2_IDLE) != 0
        self._next_idle = time.monotonic() + _IDLE_SECONDS if wants_more else None

    # -- end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Switch off, close, unload. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self.deactivate()
        Module.end(self._vst2, self._effect)
        self._vst2 = ffi.NULL
        self._module.close()
