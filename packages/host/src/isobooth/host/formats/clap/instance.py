"""One CLAP plugin from create_plugin to destroy: the calls that plugin.h allows, in the order that it allows."""

from __future__ import annotations

import math

from isobooth.protocol.descriptors import BusInfo, PluginDescriptor
from isobooth.protocol.errors import PluginError, PluginLoadError
from isobooth.protocol.phases import phase_name

from ... import __version__
from ..._core import ffi, lib
from ...licensing.line import Terms
from ...plugin import Activation, CData, Operations, phase
from ..shared.warnings import Warnings
from . import runtime
from .abilities import ClapAbilities
from .call import extension, last_words, missing_functions, text
from .display import has_window
from .entry import Entry, Listed
from .licensing import Licences
from .params import Parameters
from .ports import DIRECTIONS, AudioPorts, read_audio_ports, read_note_ports
from .runtime import on_main_thread
from .timers import MainThreadServices

_FLUSH_BYTES = 1 << 16
_MOST_FRAMES = (1 << 31) - 1
_TAIL_INFINITE_FROM = (1 << 31) - 1


class ClapInstance(ClapAbilities):
    """See PluginInstance. Closed by ``close``; the entry is released with it."""

    shares_a_thread = False
    """Does a block have to wait while the plugin's main thread is in a call?"""

    def __init__(self, entry: Entry, listed: Listed, mailbox: CData, licensing: Terms | None = None) -> None:
        self.descriptor: PluginDescriptor = listed.descriptor
        self._entry = entry
        self._listed = listed
        self._warnings = Warnings()
        self._activation: Activation | None = None
        self._ports = AudioPorts()
        self._latency = 0
        self._tail = 0
        self._is_offline = False
        self._plugin: CData = ffi.NULL
        self._clap: CData = lib.ib_clap_new(mailbox, __version__.encode())
        if self._clap == ffi.NULL:
            raise self._load_error("could not be created", "there is no memory")
        self.main_thread = int(self._clap.main_thread)
        self._licences = Licences(self._clap, listed.descriptor, licensing, entry.license_key, self._may_wait)
        try:
            self._create()
            self._find_extensions()
            self.describe()
        except (PluginLoadError, PluginError):
            self._destroy()
            raise

    def _load_error(self, message: str, cause: str) -> PluginLoadError:
        return PluginLoadError(
            f"{self.descriptor.id} of {self._entry.path} {message}",
            path=self._entry.path,
            plugin_id=self.descriptor.id,
            phase=phase_name(lib.IB_PHASE_INSTANTIATE),
            cause="; ".join(filter(None, (cause, last_words()))),
        )

    def _may_wait(self) -> bool:
        return self._activation is None or not self.shares_a_thread

    @property
    def warnings(self) -> list[str]:
        """What was odd about the plugin and its file."""
        return [*self._entry.warnings.list(), *self._warnings.list()]

    # -- birth ----------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        factory = self._entry.factory
        if factory is None:
            raise self._load_error("could not be created", "the file has no plugin factory")
        clap = self._clap
        with phase(lib.IB_PHASE_INSTANTIATE):
            plugin = factory.create_plugin(factory, ffi.addressof(clap.host), self._listed.id)
            if plugin == ffi.NULL:
                why = self._entry.creation_failure() or "create_plugin returned nothing"
                raise self._load_error("could not be created", why)
            holes = missing_functions(plugin)
            if holes:
                raise self._load_error("is not a usable plugin", f"its clap_plugin lacks {', '.join(holes)}")
            self._plugin = clap.plugin = plugin
            self._check_identity(plugin)
            lib.ib_clap_set_state(clap, lib.IB_CLAP_INITIALIZING)
            if not plugin.init(plugin):
                raise self._load_error("could not be loaded", "its init() returned false")
            lib.ib_clap_set_state(clap, lib.IB_CLAP_INACTIVE)

    def _check_identity(self, plugin: CData) -> None:
        """Some factories create their plugin whatever they are asked for."""
        if plugin.desc == ffi.NULL:
            self._warnings.add("the plugin that was created has no descriptor")
        elif (created := text(plugin.desc.id)) != self.descriptor.id:
            self._warnings.add(f"{self.descriptor.id!r} was asked for and {created!r} was created")

    def _find_extensions(self) -> None:
        plugin, warn = self._plugin, self._warnings.add
        with phase(lib.IB_PHASE_DESCRIBE):
            params = extension(plugin, "clap.params", "clap_plugin_params", warn)
            tail = extension(plugin, "clap.tail", "clap_plugin_tail", warn)
            timers = extension(plugin, "clap.timer-support", "clap_plugin_timer_support", warn)
            fds = extension(plugin, "clap.posix-fd-support", "clap_plugin_posix_fd_support", warn)
            self._state_functions = extension(plugin, "clap.state", "clap_plugin_state", warn)
            self._latency_functions = extension(plugin, "clap.latency", "clap_plugin_latency", warn)
            self._render = extension(plugin, "clap.render", "clap_plugin_render", warn)
            self._find_abilities()
            self._has_gui = has_window(plugin, warn)
            self._is_hard_realtime = self._render is not None and bool(
                self._render.has_hard_realtime_requirement(plugin)
            )
        self._has_params, self._has_tail = params is not None, tail is not None
        self._clap.params = params if params is not None else ffi.NULL
        self._clap.tail = tail if tail is not None else ffi.NULL
        self._parameters = Parameters(plugin, params)
        self._services = MainThreadServices(self._clap, timers, fds, warn)
        self.poll_fds, self.on_fd = self._services.poll_fds, self._services.on_fd
        self.next_timer, self.on_timers = self._licences.with_timers(self._services)

    # -- description ----------------------------------------------------------------------------------------------

    @on_main_thread
    def describe(self) -> PluginDescriptor:
        """Ask again. Ports of an active plugin cannot have changed and are left alone."""
        with phase(lib.IB_PHASE_DESCRIBE):
            if self._activation is None:
                self._describe_ports()
            elif self._clap.stale & lib.IB_CLAP_STALE_BUS_NAMES:
                self._describe_bus_names()
            self._describe_parameters()
            self._describe_abilities()
        self._rebuild()
        return self.descriptor

    def _describe_ports(self) -> None:
        self._clap.stale &= (
            ~(lib.IB_CLAP_STALE_BUSES | lib.IB_CLAP_STALE_BUS_NAMES | lib.IB_CLAP_STALE_NOTE_PORTS) & 0xFFFFFFFF
        )
        self._ports = read_audio_ports(self._plugin, self._warnings.add)
        self._note_ports, dialects = read_note_ports(self._plugin, self._warnings.add)
        self._clap.note_inputs = len(dialects)
        for index, bits in enumerate(dialects):
            self._clap.note_dialects[index] = bits

    def _describe_bus_names(self) -> None:
        """Names may change at any time (ext/audio-ports.h, RESCAN_NAMES); nothing else is taken over."""
        self._clap.stale &= ~lib.IB_CLAP_STALE_BUS_NAMES & 0xFFFFFFFF
        fresh = {(bus.direction, bus.id): bus.name for bus in read_audio_ports(self._plugin, self._warnings.add).buses}
        for bus in self._ports.buses:
            bus.name = fresh.get((bus.direction, bus.id), bus.name)

    def _describe_parameters(self) -> None:
        self._clap.stale &= ~lib.IB_CLAP_STALE_PARAMS & 0xFFFFFFFF
        table = self._parameters.read(self._warnings.add)
        lib.ib_clap_table_install(self._clap, table)

    def _rebuild(self) -> None:
        listed = self._listed.descriptor
        descriptor = PluginDescriptor(
            format=listed.format,
            path=listed.path,
            id=listed.id,
            name=listed.name,
            vendor=listed.vendor,
            version=listed.version,
            description=listed.description,
            url=listed.url,
            features=listed.features,
            index=listed.index,
            format_version=listed.format_version,
            buses=self._ports.buses,
            note_ports=self._note_ports,
            parameters=self._parameters.infos,
            latency=self._latency if self._activation is not None else None,
            is_hard_realtime=self._is_hard_realtime,
            has_state=self._state_functions is not None,
            has_gui=self._has_gui,
        )
        self.descriptor = self._with_abilities(descriptor)

    def buses(self) -> list[BusInfo]:
        """Buses as they are now; asked again if the plugin has said that they changed."""
        if self._activation is None and self._clap.stale & lib.IB_CLAP_STALE_BUSES:
            with phase(lib.IB_PHASE_DESCRIBE):
                self._describe_ports()
            self._rebuild()
        return self._ports.buses

    # -- parameters, state ----------------------------------------------------------------------------------------

    @on_main_thread
    def values(self) -> dict[int, float]:
        """Current values."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._parameters.values()

    @on_main_thread
    def value_to_text(self, param_id: int, value: float) -> str:
        """As the plugin writes it."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._parameters.value_to_text(param_id, value)

    @on_main_thread
    def text_to_value(self, param_id: int, text: str) -> float:
        """As the plugin reads it."""
        with phase(lib.IB_PHASE_PARAMETER):
            return self._parameters.text_to_value(param_id, text)

    @on_main_thread
    def set_offline(self, offline: bool) -> None:
        """ext/render.h; a plugin that needs real time is left in it."""
        if self._render is None or offline == self._is_offline or (offline and self._is_hard_realtime):
            return
        mode = lib.CLAP_RENDER_OFFLINE if offline else lib.CLAP_RENDER_REALTIME
        with phase(lib.IB_PHASE_CALLBACK):
            if self._render.set(self._plugin, mode):
                self._is_offline = offline
            else:
                self._warnings.add(f"it refused to render {'offline' if offline else 'in real time'}")

    # -- activity -------------------------------------------------------------------------------------------------

    @on_main_thread
    def activate(self, activation: Activation) -> None:
        """Make ready. Raises PluginError."""
        name = self.descriptor.name
        if self._activation is not None:
            raise PluginError(f"{name!r} is active already")
        if not (math.isfinite(activation.sample_rate) and activation.sample_rate > 0):
            raise PluginError(f"{name!r} cannot run at a sample rate of {activation.sample_rate} Hz")
        if not 1 <= activation.min_frames <= activation.max_frames <= _MOST_FRAMES:
            raise PluginError(
                f"{name!r} cannot have blocks of {activation.min_frames} to {activation.max_frames} frames"
            )
        self._refresh()
        self._check_ports(activation)
        self.set_offline(activation.offline)
        if not runtime.prepare(self._clap, self._ports, activation):
            raise PluginError(f"there is no memory to run {name!r}")
        plugin, clap = self._plugin, self._clap
        with phase(lib.IB_PHASE_ACTIVATE):
            lib.ib_clap_set_state(clap, lib.IB_CLAP_ACTIVATING)
            done = plugin.activate(plugin, activation.sample_rate, activation.min_frames, activation.max_frames)
            lib.ib_clap_set_state(clap, lib.IB_CLAP_ACTIVE if done else lib.IB_CLAP_INACTIVE)
            if not done:
                raise PluginError(
                    f"{name!r} refused to be activated at {activation.sample_rate:g} Hz with blocks of"
                    f" {activation.min_frames} to {activation.max_frames} frames: its activate() returned false"
                )
            self._activation = activation
            runtime.start_pool(clap, activation, self._warnings.add)
            self._read_latency()
            self._read_tail()
            self._on_activated()
        self.descriptor.latency = self._latency

    def _refresh(self) -> None:
        """Take in what the plugin changed since it was described; other channels need another segment first."""
        before = self._ports.shape
        self.buses()
        if self._clap.stale & lib.IB_CLAP_STALE_NOTE_PORTS:
            self._renew_note_ports()
        if self._ports.shape != before:
            raise PluginError(
                f"{self.descriptor.name!r} has changed its buses: {self._ports.total('input')} input and"
                f" {self._ports.total('output')} output channels are to be prepared for it first"
            )
        if self._clap.stale & lib.IB_CLAP_STALE_PARAMS:
            with phase(lib.IB_PHASE_DESCRIBE):
                self._describe_parameters()
            self._rebuild()

    def _check_ports(self, activation: Activation) -> None:
        name = self.descriptor.name
        for direction in DIRECTIONS:
            channels = self._ports.total(direction)
            if channels > lib.IB_MAX_CHANNELS:
                raise PluginError(f"{name!r} has {channels} {direction} channels; {lib.IB_MAX_CHANNELS} are possible")
        if self._ports.refusal:
            raise PluginError(f"{name!r} {self._ports.refusal}")
        narrow = [bus.name for bus in self._ports.buses if not bus.supports_float64]
        if activation.sample_bytes == 8 and narrow:
            raise PluginError(f"{name!r} does not take float64 on {', '.join(narrow)}: use float32")

    def _read_latency(self) -> None:
        functions = self._latency_functions
        self._latency = int(functions.get(self._plugin)) if functions is not None else 0

    def _read_tail(self) -> None:
        tail = int(self._clap.tail.get(self._plugin)) if self._has_tail else 0
        self._tail = lib.IB_TAIL_INFINITE if tail >= _TAIL_INFINITE_FROM else tail

    def operations(self) -> Operations:
        """The C side, between activate and deactivate."""
        return Operations(ffi.addressof(lib.ib_clap_operations), ffi.cast("void *", self._clap))

    @on_main_thread
    def deactivate(self) -> None:
        """Undo activate. The plugin may change its ports from here on."""
        if self._activation is None:
            return
        self._activation = None
        runtime.stop_pool(self._clap)
        lib.ib_clap_set_state(self._clap, lib.IB_CLAP_INACTIVE)
        with phase(lib.IB_PHASE_DEACTIVATE):
            self._plugin.deactivate(self._plugin)
        if self._clap.life.deferred_used:
            self._flush()  # changes that waited for a block: an inactive plugin takes them without one
        self._on_deactivated()

    @on_main_thread
    def latency(self) -> int:
        """Frames. An inactive plugin's is what it was last: CLAP lets only active ones be asked (ext/latency.h)."""
        if self._activation is not None:
            with phase(lib.IB_PHASE_CALLBACK):
                self._read_latency()
            self.descriptor.latency = self._latency
        return self._latency

    @on_main_thread
    def tail(self) -> int:
        """Frames, or IB_TAIL_INFINITE; of an inactive plugin what it was last."""
        if self._activation is not None:
            with phase(lib.IB_PHASE_CALLBACK):
                self._read_tail()
        return self._tail

    # -- requests of the plugin -----------------------------------------------------------------------------------

    @on_main_thread
    def on_asked(self, asked: int) -> int:
        """Call back, flush an inactive plugin, look at names and note ports; the rest is the session's."""
        left = asked & ~(lib.IB_ASK_CALLBACK | lib.IB_ASK_TIMERS)
        if asked & lib.IB_ASK_CALLBACK:
            wants = lib.ib_clap_take_wants(self._clap)
            if wants & lib.IB_CLAP_WANT_CALLBACK:
                with phase(lib.IB_PHASE_CALLBACK):
                    self._plugin.on_main_thread(self._plugin)
            if wants & lib.IB_CLAP_WANT_FLUSH and self._flush():
                left |= lib.IB_ASK_PARAM_VALUES
            if self._clap.stale & lib.IB_CLAP_STALE_BUS_NAMES:
                with phase(lib.IB_PHASE_DESCRIBE):
                    self._describe_bus_names()
            self._licences.serve()
        if asked & lib.IB_ASK_NOTE_PORTS:
            self._renew_note_ports()
        return left

    def _flush(self) -> bool:
        """Let an inactive plugin say what changed (ext/params.h, flush: on the main thread). Has it said anything?"""
        if not self._has_params:
            return False
        if self._activation is not None:
            lib.ib_clap_flush_active(self._clap)
            return False
        area = ffi.new("uint64_t[]", _FLUSH_BYTES // 8)
        with phase(lib.IB_PHASE_FLUSH):
            return bool(lib.ib_clap_flush_inactive(self._clap, ffi.cast("uint8_t *", area), _FLUSH_BYTES))

    # -- end ------------------------------------------------------------------------------------------------------

    @on_main_thread
    def close(self) -> None:
        """Deactivate, destroy, unload. A second call does nothing."""
        if self._clap == ffi.NULL:
            return
        self.deactivate()
        self._destroy()

    def _destroy(self) -> None:
        clap, self._clap = self._clap, ffi.NULL
        lib.ib_clap_set_state(clap, lib.IB_CLAP_DESTROYING)
        self._licences.hang_up()
        if self._plugin != ffi.NULL:
            with phase(lib.IB_PHASE_DESTROY):
                self._plugin.destroy(self._plugin)
            self._plugin = ffi.NULL
            self._close_abilities()
        self._licences.close()
        lib.ib_clap_free(clap)
        self._entry.release()
