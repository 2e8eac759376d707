"""One VST3 plugin: its halves, what it says of itself, its activity and its end, as the session needs them."""

from __future__ import annotations

import math

from isobooth.protocol.abilities import BusRequest, Indicate, Purpose, TrackInfo
from isobooth.protocol.descriptors import BusInfo, PluginDescriptor
from isobooth.protocol.errors import PluginError, PluginLoadError, StateError
from isobooth.protocol.message import Message
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...abilities import Abilities
from ...plugin import Activation, CData, LoadRequest, Operations, phase
from ..shared.warnings import Warnings
from .activity import Activity
from .asks import Asks
from .buses import NUMBERS, Wishes, arrange, arrange_like, wishes_of
from .description import Description
from .factory import ClassInfo
from .module import Module
from .pair import Pair
from .presets import read_preset_file
from .programs import load_program
from .run_loop import RunLoop
from .state import State
from .track import tell

_AUTOMATION = {
    "none": lib.VST3_kNoAutomation,
    "present": lib.VST3_kNoAutomation,
    "playing": lib.VST3_kReadState,
    "recording": lib.VST3_kWriteState,
    "overriding": lib.VST3_kReadWriteState,
}
_MOST_FRAMES = (1 << 31) - 1
_WARNING, _ERROR = 2, 3


class Vst3Instance(Abilities):
    """See PluginInstance. Closed by ``close``; the module is released with it."""

    def __init__(self, module: Module, chosen: ClassInfo, request: LoadRequest) -> None:
        """Raises PluginLoadError; the module is released then."""
        self._module, self._chosen = module, chosen
        self._listed = module.describe(chosen)
        self._listed.replaces = module.info.older(chosen.id)
        self.descriptor: PluginDescriptor = self._listed
        self._mailbox = request.mailbox
        self._warnings = Warnings()
        self._activation: Activation | None = None
        self._offline: bool | None = None
        self._latency, self._tail = 0, 0
        self._pair: Pair | None = None
        self._closed = False
        self.vst3: CData = lib.ib_vst3_new(request.mailbox)
        try:
            if self.vst3 == ffi.NULL:
                raise PluginError("there is no memory for it")
            self._adopt(self._new_pair())
            self._wish(request)
        except PluginLoadError:
            self.close()
            raise
        except PluginError as error:
            self.close()
            raise PluginLoadError(
                f"{chosen.id} of {module.path} could not be loaded",
                path=module.path,
                plugin_id=chosen.id,
                phase=phase_name(lib.IB_PHASE_INSTANTIATE),
                cause=str(error),
                hint="what the plugin printed may say why",
            ) from error

    @property
    def warnings(self) -> list[str]:
        """What was odd about the plugin and its file."""
        return [*self._module.warnings, *self._warnings.list()]

    # -- birth ----------------------------------------------------------------------------------------------------

    def _new_pair(self) -> Pair:
        lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_CREATED)
        return Pair(
            self._module.factory, self._chosen.cid, self._listed.name, self._mailbox, self.vst3, self._warnings.add
        )

    def _adopt(self, pair: Pair) -> None:
        """Make a pair the plugin's, and everything that hangs on its objects."""
        self._pair = pair
        vst3, warn = self.vst3, self._warnings.add
        vst3.component, vst3.processor = pair.component.pointer, pair.processor.pointer
        requirements = pair.of_component("IProcessContextRequirements")
        if requirements is not None:
            vst3.requirements = requirements.getProcessContextRequirements()
        lib.ib_vst3_set_state(vst3, lib.IB_VST3_INACTIVE)
        self._activity = Activity(pair, vst3, self._listed.name, warn)
        self._description = Description(self._listed, pair, vst3, warn)
        self._state = State(pair, self._description.parameters, self._description.remap, vst3, self._listed, warn)
        self._asks = Asks(pair, vst3, self._description)
        self._services = RunLoop(pair.host, warn)
        self.poll_fds, self.on_fd = self._services.poll_fds, self._services.on_fd
        self.next_timer, self.on_timers = self._services.next_timer, self._services.on_timers
        self._has_state = self._state.exists(pair.first_state)
        self.describe()

    def _wish(self, request: LoadRequest) -> None:
        """Try to give the main buses as many channels as are wished for; a plugin may have its own mind."""
        pair, buses = self._halves(), self._description.buses
        for direction, channels in (("input", request.inputs), ("output", request.outputs)):
            main = next((bus for bus in buses.audio if bus.direction == direction and bus.is_main), None)
            if main is None or channels in (0, main.channels):
                continue
            wishes: Wishes = wishes_of(buses, main.direction, [BusRequest(channels=channels)])
            if not arrange(pair.processor, buses, wishes):
                self._warnings.add(
                    f"its bus {main.name!r} stays at {main.channels} channels: it refused to have {channels}"
                )
            self._description.read_buses()
            buses = self._description.buses
        self._rebuild()

    def _halves(self) -> Pair:
        if self._pair is None:
            raise PluginError(f"{self._listed.name!r} is closed")
        return self._pair

    # -- description ----------------------------------------------------------------------------------------------

    def describe(self) -> PluginDescriptor:
        """Ask again. Buses of an active plugin cannot have changed and are left alone."""
        self._description.read(with_buses=self._activation is None)
        self._has_state = self._state.exists(self._halves().first_state)
        return self._rebuild()

    def _rebuild(self) -> PluginDescriptor:
        latency = self._latency if self._activation is not None else None
        self.descriptor = self._description.descriptor(latency=latency, has_state=self._has_state)
        return self.descriptor

    def buses(self) -> list[BusInfo]:
        """Buses as they are now."""
        return self.descriptor.buses

    # -- parameters, state ----------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """Current values."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._description.parameters.values()

    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin writes it."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._description.parameters.value_to_text(param_id, value)

    def text_to_value(self, param_id: int, text: str) -> float:
        """As the plugin reads it."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._description.parameters.text_to_value(param_id, text)

    def _accepts(self, class_id: str) -> bool:
        return self._listed.id in (class_id, self._module.info.replaced.get(class_id, ""))

    def save_state(self) -> bytes:
        """Both halves' state."""
        return self._state.save()

    def load_state(self, data: bytes) -> None:
        """Restore it; a .vstpreset's bytes or a component's bare state will do too."""
        self._state.load(data, self._accepts)

    def set_purpose(self, purpose: Purpose) -> None:
        """Goes to the plugin as the stream's attribute StateType."""
        self._state.purpose = purpose

    def save_preset(self, name: str) -> bytes:
        """What a .vstpreset file is to hold."""
        return self._state.save_preset(name)

    def load_preset(self, preset: str, path: str) -> None:
        """A program of the plugin, or a .vstpreset file, listed or not. Raises PluginError."""
        if not path and load_program(preset, self._halves(), self._description, self._state):
            lib.ib_vst3_forget_values(self.vst3)
            return
        listed = next((one.path for one in self.descriptor.presets if one.id == preset), "")
        path = path or listed
        if not path:
            raise PluginError(f"{self._listed.name!r} has no preset {preset!r}")
        self._state.load(read_preset_file(path), self._accepts, f"the preset {path!r}")

    # -- buses ----------------------------------------------------------------------------------------------------

    def set_buses(self, inputs: list[BusRequest], outputs: list[BusRequest]) -> None:
        """Change speakers, switch buses on and off. Raises PluginError where it refuses; then all is as it was."""
        if self._activation is not None:
            raise PluginError(f"the buses of {self._listed.name!r} can only change while it is inactive")
        buses = self._description.buses
        wishes = {**wishes_of(buses, "input", inputs), **wishes_of(buses, "output", outputs)}
        taken = arrange(self._halves().processor, buses, wishes)
        self._description.read_buses()
        self._rebuild()
        if not taken:
            now = ", ".join(f"{bus.direction} {bus.name!r}: {bus.channels}" for bus in self._description.buses.audio)
            wished = ", ".join(str(bus.channels or "as it is") for bus in [*inputs, *outputs])
            raise PluginError(f"{self._listed.name!r} refused the channels {wished}; its buses have {now}")
        for info, request in [
            *zip((bus for bus in self.descriptor.buses if bus.direction == "input"), inputs, strict=False),
            *zip((bus for bus in self.descriptor.buses if bus.direction == "output"), outputs, strict=False),
        ]:
            self._switch((lib.VST3_kAudio, NUMBERS[info.direction], info.id), on=request.active)

    def _switch(self, key: tuple[int, int, int], *, on: bool) -> None:
        if on:
            self._activity.switched_off.discard(key)
        else:
            self._activity.switched_off.add(key)

    # -- display --------------------------------------------------------------------------------------------------

    def set_track(self, track: TrackInfo) -> None:
        """IInfoListener, where the plugin has it."""
        pair = self._halves()
        listener = pair.of_controller("IInfoListener")
        if listener is not None:
            tell(pair.host, listener.pointer, track)

    def indicate(self, indication: Indicate) -> None:
        """VST3 has no marks for single parameters; a plugin with IAutomationState is told whether it is automated."""
        automation = self._halves().of_controller("IAutomationState")
        if automation is not None:
            automation.setAutomationState(_AUTOMATION[indication.automation])

    # -- activity -------------------------------------------------------------------------------------------------

    def set_offline(self, offline: bool) -> None:
        """Takes effect at the next activation, which is asked for: an active plugin's mode cannot change."""
        before = self._is_offline()
        self._offline = offline
        if self._activation is not None and before != offline:
            lib.ib_ask(self._mailbox, lib.IB_ASK_RESTART)

    def _is_offline(self) -> bool:
        if self._offline is not None:
            return self._offline
        return self._activation is not None and self._activation.offline

    def activate(self, activation: Activation) -> None:
        """Make ready. Raises PluginError."""
        name = self._listed.name
        if self._activation is not None:
            raise PluginError(f"{name!r} is active already")
        if not (math.isfinite(activation.sample_rate) and activation.sample_rate > 0):
            raise PluginError(f"{name!r} cannot run at a sample rate of {activation.sample_rate} Hz")
        if not 1 <= activation.min_frames <= activation.max_frames <= _MOST_FRAMES:
            raise PluginError(
                f"{name!r} cannot have blocks of {activation.min_frames} to {activation.max_frames} frames"
            )
        if self._serve_pending():
            raise PluginError(f"{name!r} has changed its buses: a segment for them is to be prepared first")
        if activation is not self._last:
            self._offline = None  # what was set before belongs to the activation before
        self._last = activation
        description, activity = self._description, self._activity
        offline = activation.offline if self._offline is None else self._offline
        with phase(lib.IB_PHASE_ACTIVATE):
            activity.prepare(activation, description.buses, offline=offline)
            activity.set_midi_mapping(description.midi, description.buses)
            activity.start(description.buses)
            self._activation = activation
            self._latency, self._tail = activity.latency(), activity.tail()
        self.descriptor.latency = self._latency

    _last: Activation | None = None

    def operations(self) -> Operations:
        """The C side, between activate and deactivate."""
        return Operations(ffi.addressof(lib.ib_vst3_operations), ffi.cast("void *", self.vst3))

    def deactivate(self) -> None:
        """Undo activate."""
        if self._activation is None:
            return
        self._activation = None
        with phase(lib.IB_PHASE_DEACTIVATE):
            self._activity.stop()

    def latency(self) -> int:
        """Frames. An inactive plugin's is what it was last: VST3 lets only active ones be asked."""
        if self._activation is not None:
            with phase(lib.IB_PHASE_CALLBACK):
                self._latency = self._activity.latency()
            self.descriptor.latency = self._latency
        return self._latency

    def tail(self) -> int:
        """Frames, or IB_TAIL_INFINITE; of an inactive plugin what it was last."""
        if self._activation is not None:
            with phase(lib.IB_PHASE_CALLBACK):
                self._tail = self._activity.tail()
        return self._tail

    # -- requests of the plugin -----------------------------------------------------------------------------------

    def on_asked(self, asked: int) -> int:
        """Deliver messages and values, act on restartComponent; the rest is the session's."""
        left = asked & ~(lib.IB_ASK_CALLBACK | lib.IB_ASK_TIMERS)
        if asked & lib.IB_ASK_CALLBACK:
            left |= self._asks.serve(is_active=self._activation is not None)
            for key, on in self._asks.take_switches():
                self._switch(key, on=on)
        if self._activation is not None:
            if self._asks.needs_restart:
                lib.ib_ask(self._mailbox, lib.IB_ASK_RESTART)
                self._asks.needs_restart = False
        else:
            self._asks.needs_restart = False  # the next activation is as good
            if self._serve_pending():
                left |= lib.IB_ASK_BUSES
        if self._asks.new_midi:
            self._asks.new_midi = False
            self._activity.set_midi_mapping(self._description.midi, self._description.buses)
        if self._asks.is_new:
            self._rebuild()
        return left

    def _serve_pending(self) -> bool:
        """Do what only an inactive plugin allows: load it anew, look at its buses. Have the buses changed?"""
        before = self._description.buses.shape
        if self._asks.wants_reload:
            self._reload()
        elif self._asks.wants_buses:
            self._asks.wants_buses = False
            self._description.read_buses()
            self._description.read_notes()
            self._rebuild()
            self._asks.is_new = True
        return self._description.buses.shape != before

    def _reload(self) -> None:
        """Another pair in the place of this one, with its state (restartComponent, kReloadComponent).

        The new one is made first: where that fails, the old one plays on.
        """
        asks, switched_off, buses = self._asks, self._activity.switched_off, self._description.buses
        asks.wants_reload = False
        try:
            blob = self._state.save() if self._has_state else None
            pair = self._new_pair()
        except (PluginError, PluginLoadError) as error:
            lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_INACTIVE)
            self._log(_ERROR, f"{self._listed.name} asked to be loaded anew, which failed: {error}")
            return
        self._bury()
        self._module.factory.set_context(lib.ib_vst3_host_context(pair.host))
        self._adopt(pair)
        arrange_like(pair.processor, self._description.buses, buses)
        self.describe()
        self._activity.switched_off = switched_off
        self._asks.notices, self._asks.is_new = asks.notices, True
        try:
            if blob is not None:
                self._state.load(blob, self._accepts)
        except StateError as error:
            self._log(_ERROR, f"{self._listed.name} was loaded anew and lost its settings: {error}")

    def _log(self, level: int, text: str) -> None:
        lib.ib_log_push(self._mailbox, level, text.encode("utf-8", "replace"))

    def take_notices(self) -> list[Message]:
        """What the plugin has to say beyond IB_ASK_*."""
        return self._asks.take_notices(self.descriptor)

    # -- end ------------------------------------------------------------------------------------------------------

    def _bury(self) -> None:
        pair, self._pair = self._pair, None
        if pair is None:
            return
        lib.ib_vst3_set_state(self.vst3, lib.IB_VST3_TERMINATING)
        pair.close()
        left_over = pair.left_over()
        if left_over:
            self._log(_WARNING, f"{self._listed.name} has ended and kept what it should have given back: {left_over}")
        self._module.after_unload.append(pair.free)

    def close(self) -> None:
        """Deactivate, end both halves, unload. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self.deactivate()
        self._bury()
        self._module.release()
        vst3, self.vst3 = self.vst3, ffi.NULL
        if vst3 != ffi.NULL:
            lib.ib_vst3_free(vst3)
