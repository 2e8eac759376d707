"""One LV2 plugin in this process, from the main thread's side."""

from __future__ import annotations

import math
import os

from isobooth.protocol.descriptors import BusInfo, ParameterInfo, PluginDescriptor
from isobooth.protocol.errors import PluginError, PluginLoadError

from ..._core import ffi, lib
from ...plugin import Activation, CData, LoadRequest, Operations, phase
from ..port_answers import PortAnswers
from . import messages, presets
from .binary import Binary
from .describe import Model, build
from .features import check
from .host import Features, Lengths, run_frames
from .paths import Paths
from .ports import Ports
from .presets import Preset
from .read import Description
from .settings import Settings
from .state import State, held
from .texts import text_value, value_text
from .uris import BUF_SIZE, OPTIONS, STATE, WORKER
from .world import World

_MOST_RATE = 2.0**31


class Lv2Instance(PortAnswers, Settings):
    """See PluginInstance."""

    world: World | None = None
    """What has to stay open as long as the instance."""

    def __init__(self, description: Description, listed: list[Preset], request: LoadRequest) -> None:
        check(description)
        self._description, self._listed, self._mailbox = description, listed, request.mailbox
        self._rate, self._lengths = request.sample_rate, self._plan(request.block_size)
        if not (math.isfinite(self._rate) and 1 <= self._rate <= _MOST_RATE):
            raise self._failed(f"a sample rate of {self._rate!r} Hz cannot be played")
        self._model: Model = build(description, self._rate, [one.info for one in listed])
        self.descriptor = self._model.descriptor
        self.warnings = [*self._model.warnings, *self._mismatch(request)]
        self._heard: dict[str, str] = {}
        self._features: Features | None = None
        self._state: State | None = None
        self._instantiated = self._closed = False
        self._binary = Binary(description)
        self._paths = Paths(description.bundle)
        self._lv2: CData = lib.ib_lv2_new(request.mailbox)
        try:
            if self._lv2 == ffi.NULL:
                raise self._failed("there is no memory for it")
            self._lv2.descriptor = self._binary.descriptor
            self._ports = Ports(self._lv2, self._model)
            self._make()
            self._begin_with_default_state()
        except PluginError as error:
            self.close()
            raise self._failed(str(error)) from error
        except PluginLoadError:
            self.close()
            raise

    def _failed(self, reason: str) -> PluginLoadError:
        return PluginLoadError(
            reason, path=self._description.bundle, plugin_id=self._description.uri, phase="instantiate"
        )

    def _plan(self, longest: int) -> Lengths:
        frames = run_frames(self._description, longest)
        return Lengths(frames, frames, frames) if frames else Lengths(1, longest, longest)

    # -- life -------------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        """Instantiate and connect. Raises PluginError."""
        lv2, name = self._lv2, self.descriptor.name
        self._features = Features(lv2, self._description, self._paths, self._rate, self._lengths)
        self._bundle_path = ffi.new("char[]", os.fsencode(os.path.join(self._description.bundle, "")))
        lv2.sample_rate = self._rate
        with phase(lib.IB_PHASE_INSTANTIATE):
            lv2.handle = lv2.descriptor.instantiate(
                lv2.descriptor, self._rate, self._bundle_path, self._features.of_instance
            )
        if lv2.handle == ffi.NULL:
            raise PluginError(
                f"{name!r} ({self._description.uri}) would not be instantiated at {self._rate:g} Hz - what it printed"
                " may tell why"
            )
        self._instantiated = True
        worker = self._extension(f"{WORKER}interface")
        lv2.worker_interface = ffi.cast("struct ib_lv2_worker_interface const *", worker)
        interface = ffi.cast("struct ib_lv2_state_interface const *", self._extension(f"{STATE}interface"))
        self._state = None
        if interface != ffi.NULL:
            self._state = State(lv2, interface, self._paths, self._features.of_state, name, is_safe=self._is_safe)
        frames = run_frames(self._description, self._lengths.maximum)
        if lib.ib_lv2_set_run_frames(lv2, frames):
            raise PluginError(f"there is no memory for runs of {frames} frames")
        self._ports.give_room(self._lengths.maximum)
        self._ports.connect()

    def _extension(self, uri: str) -> CData:
        ask = self._lv2.descriptor.extension_data
        if ask == ffi.NULL:
            return ffi.NULL
        with phase(lib.IB_PHASE_INSTANTIATE):
            return ask(uri.encode())  # type: ignore[no-any-return]

    def _begin_with_default_state(self) -> None:
        """The state that the data files give the plugin (state:state), where there is one."""
        if self._state is None or not self._description.has_default_state:
            return
        with phase(lib.IB_PHASE_STATE_LOAD), World() as world:
            world.load_bundle(self._description.bundle)
            world.read_plugin(world.plugins()[self._description.uri])
            with held(self._lv2, is_safe=self._is_safe):
                presets.apply(world, self._description.uri, self._target(), self._set_symbol)

    def _destroy(self) -> None:
        if self._instantiated:
            self._instantiated = False
            with phase(lib.IB_PHASE_DESTROY):
                self._lv2.descriptor.cleanup(self._lv2.handle)
            self._lv2.handle = ffi.NULL
            self._state = None

    def activate(self, activation: Activation) -> None:
        """Make ready; another sample rate or longer blocks take a new instance, with the state of the old one."""
        if activation.sample_bytes != 4:
            raise PluginError(f"{self.descriptor.name!r} takes float32 alone, as every LV2 plugin does")
        lengths = self._plan(activation.max_frames)
        is_longer = lengths.maximum > self._lengths.maximum or bool(
            run_frames(self._description, 1) and lengths != self._lengths
        )
        if activation.sample_rate != self._rate or (is_longer and self._knows_lengths):
            self._remake(activation.sample_rate, lengths)
        elif is_longer:
            self._lengths = lengths
        elif not self._instantiated:
            self._make()
        self._lv2.offline = activation.offline
        self._ports.give_room(max(self._lengths.maximum, activation.max_frames))
        self._ports.connect()
        wrong = lib.ib_lv2_activate(self._lv2)
        if wrong != ffi.NULL:
            raise PluginError(f"{self.descriptor.name!r}: {ffi.string(wrong).decode()}")

    @property
    def _knows_lengths(self) -> bool:
        """Has the plugin been told how long blocks are, so that it may count on it?"""
        features = self._description.required | self._description.optional
        return f"{OPTIONS}options" in features or any(one.startswith(BUF_SIZE) for one in features)

    def _remake(self, rate: float, lengths: Lengths) -> None:
        """Ranges may depend on the sample rate. What is at its default gets the new one."""
        before = {info.id: info for info in self.descriptor.parameters}
        saved = self._read() if self._instantiated else None
        values = self.values()
        self._destroy()
        self._rate, self._lengths = rate, lengths
        self.describe()
        self._ports.set_up(self._model)
        for info in self.descriptor.parameters:
            if not info.is_output:
                same = values[info.id] == before[info.id].default
                lib.ib_lv2_set(self._lv2, info.id, info.default if same else values[info.id])
        self._make()
        if saved is not None:
            saved[0].values = self._inputs()
            self._give_back(*saved)
        if list(before.values()) != self.descriptor.parameters and self._mailbox != ffi.NULL:
            lib.ib_ask(self._mailbox, lib.IB_ASK_PARAM_INFO)

    def operations(self) -> Operations:
        """The C side."""
        return Operations(ffi.addressof(lib.ib_lv2_operations), ffi.cast("void *", self._lv2))

    def deactivate(self) -> None:
        """Stop the worker and deactivate the plugin."""
        lib.ib_lv2_deactivate(self._lv2)

    def close(self) -> None:
        """Destroy the instance, unload the library, remove its files. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._lv2 != ffi.NULL:
            if self._lv2.is_active:
                lib.ib_lv2_deactivate(self._lv2)
            self._destroy()
            lib.ib_lv2_free(self._lv2)
            self._lv2 = ffi.NULL
        self._binary.close()
        self._paths.close()
        if self.world is not None:
            self.world.close()

    # -- what it is -------------------------------------------------------------------------------------------------

    def describe(self) -> PluginDescriptor:
        """Work the ranges out for the sample rate of now."""
        self._model = build(self._description, self._rate, [one.info for one in self._listed])
        self.descriptor = self._model.descriptor
        return self.descriptor

    def buses(self) -> list[BusInfo]:
        """They never change."""
        return self.descriptor.buses

    def latency(self) -> int:
        """Frames, as the plugin said in its last run, and what runs of one length cost."""
        return int(lib.ib_lv2_latency(self._lv2))

    # -- parameters -------------------------------------------------------------------------------------------------

    def values(self) -> dict[int, float]:
        """Inputs as they were set, outputs and readable properties as the plugin last said."""
        return {info.id: float(lib.ib_lv2_get(self._lv2, info.id)) for info in self.descriptor.parameters}

    def _write(self, info: ParameterInfo, value: float) -> str:
        return value_text(info, value)

    def _understand(self, info: ParameterInfo, text: str) -> float:
        return text_value(info, text)

    # -- what else the session asks -----------------------------------------------------------------------------------

    def set_offline(self, offline: bool) -> None:
        """For the port that is told (lv2:freeWheeling), and for the worker."""
        self._lv2.offline = offline

    def on_asked(self, asked: int) -> int:
        """Hear what the plugin has said in messages."""
        if asked & lib.IB_ASK_CALLBACK:
            self._heard.update(messages.receive(self._lv2))
        return asked & ~lib.IB_ASK_CALLBACK
