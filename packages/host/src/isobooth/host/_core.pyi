# Types of the compiled core, kept by hand: every function and table, and the constants that Python uses.
# tests/test_core_stub.py compares with the module. What the names mean stands in isobooth/layout.cdef.h and in
# engine/*.cdef.h and formats/*/*.cdef.h. An argument of type CData takes ffi.NULL where the header says so.

from typing import final

from isobooth.protocol import _cffi
from isobooth.protocol._cffi import CData as CData

@final
class Lib(_cffi.Lib):
    CLAP_AMBISONIC_NORMALIZATION_MAXN: int
    CLAP_AMBISONIC_NORMALIZATION_N2D: int
    CLAP_AMBISONIC_NORMALIZATION_N3D: int
    CLAP_AMBISONIC_NORMALIZATION_SN2D: int
    CLAP_AMBISONIC_NORMALIZATION_SN3D: int
    CLAP_AMBISONIC_ORDERING_ACN: int
    CLAP_AMBISONIC_ORDERING_FUMA: int
    CLAP_AUDIO_PORT_IS_MAIN: int
    CLAP_AUDIO_PORT_PREFERS_64BITS: int
    CLAP_AUDIO_PORT_SUPPORTS_64BITS: int
    CLAP_INVALID_ID: int
    CLAP_NOTE_DIALECT_CLAP: int
    CLAP_NOTE_DIALECT_MIDI: int
    CLAP_NOTE_DIALECT_MIDI2: int
    CLAP_NOTE_DIALECT_MIDI_MPE: int
    CLAP_PARAM_INDICATION_AUTOMATION_NONE: int
    CLAP_PARAM_INDICATION_AUTOMATION_OVERRIDING: int
    CLAP_PARAM_INDICATION_AUTOMATION_PLAYING: int
    CLAP_PARAM_INDICATION_AUTOMATION_PRESENT: int
    CLAP_PARAM_INDICATION_AUTOMATION_RECORDING: int
    CLAP_PARAM_IS_AUTOMATABLE: int
    CLAP_PARAM_IS_AUTOMATABLE_PER_CHANNEL: int
    CLAP_PARAM_IS_AUTOMATABLE_PER_KEY: int
    CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID: int
    CLAP_PARAM_IS_AUTOMATABLE_PER_PORT: int
    CLAP_PARAM_IS_BYPASS: int
    CLAP_PARAM_IS_ENUM: int
    CLAP_PARAM_IS_HIDDEN: int
    CLAP_PARAM_IS_MODULATABLE: int
    CLAP_PARAM_IS_MODULATABLE_PER_CHANNEL: int
    CLAP_PARAM_IS_MODULATABLE_PER_KEY: int
    CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID: int
    CLAP_PARAM_IS_MODULATABLE_PER_PORT: int
    CLAP_PARAM_IS_PERIODIC: int
    CLAP_PARAM_IS_READONLY: int
    CLAP_PARAM_IS_STEPPED: int
    CLAP_PARAM_REQUIRES_PROCESS: int
    CLAP_POSIX_FD_ERROR: int
    CLAP_POSIX_FD_READ: int
    CLAP_POSIX_FD_WRITE: int
    CLAP_PRESET_DISCOVERY_IS_USER_CONTENT: int
    CLAP_PRESET_DISCOVERY_LOCATION_FILE: int
    CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN: int
    CLAP_PROJECT_LOCATION_DEVICE: int
    CLAP_PROJECT_LOCATION_HAS_COLOR: int
    CLAP_PROJECT_LOCATION_HAS_INDEX: int
    CLAP_PROJECT_LOCATION_MASTER_TRACK: int
    CLAP_PROJECT_LOCATION_PROJECT: int
    CLAP_PROJECT_LOCATION_RETURN_TRACK: int
    CLAP_PROJECT_LOCATION_TRACK: int
    CLAP_RENDER_OFFLINE: int
    CLAP_RENDER_REALTIME: int
    CLAP_STATE_CONTEXT_FOR_DUPLICATE: int
    CLAP_STATE_CONTEXT_FOR_PRESET: int
    CLAP_STATE_CONTEXT_FOR_PROJECT: int
    CLAP_SURROUND_BC: int
    CLAP_SURROUND_BL: int
    CLAP_SURROUND_BR: int
    CLAP_SURROUND_FC: int
    CLAP_SURROUND_FL: int
    CLAP_SURROUND_FLC: int
    CLAP_SURROUND_FR: int
    CLAP_SURROUND_FRC: int
    CLAP_SURROUND_LFE: int
    CLAP_SURROUND_SL: int
    CLAP_SURROUND_SR: int
    CLAP_SURROUND_TBC: int
    CLAP_SURROUND_TBL: int
    CLAP_SURROUND_TBR: int
    CLAP_SURROUND_TC: int
    CLAP_SURROUND_TFC: int
    CLAP_SURROUND_TFL: int
    CLAP_SURROUND_TFR: int
    CLAP_SURROUND_TSL: int
    CLAP_SURROUND_TSR: int
    CLAP_TRACK_INFO_HAS_AUDIO_CHANNEL: int
    CLAP_TRACK_INFO_HAS_TRACK_COLOR: int
    CLAP_TRACK_INFO_HAS_TRACK_NAME: int
    CLAP_TRACK_INFO_IS_FOR_BUS: int
    CLAP_TRACK_INFO_IS_FOR_MASTER: int
    CLAP_TRACK_INFO_IS_FOR_RETURN_TRACK: int
    CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES: int
    IB_ASK_BUSES: int
    IB_ASK_CALLBACK: int
    IB_ASK_EVENTS: int
    IB_ASK_LATENCY: int
    IB_ASK_LOG: int
    IB_ASK_NOTE_PORTS: int
    IB_ASK_PARAM_INFO: int
    IB_ASK_PARAM_VALUES: int
    IB_ASK_RESTART: int
    IB_ASK_RESTART_NOW: int
    IB_ASK_STATE_DIRTY: int
    IB_ASK_TAIL: int
    IB_ASK_TIMERS: int
    IB_CLAP_ACTIVATING: int
    IB_CLAP_ACTIVE: int
    IB_CLAP_CHANGED_CONFIGS: int
    IB_CLAP_CHANGED_NOTE_NAMES: int
    IB_CLAP_CHANGED_PAGES: int
    IB_CLAP_CHANGED_VOICES: int
    IB_CLAP_DESTROYING: int
    IB_CLAP_DIRECTORY_RELEASED: int
    IB_CLAP_DIRECTORY_REQUESTED: int
    IB_CLAP_FOUND_CREATOR: int
    IB_CLAP_FOUND_DESCRIPTION: int
    IB_CLAP_FOUND_ERROR: int
    IB_CLAP_FOUND_FEATURE: int
    IB_CLAP_FOUND_FILETYPE: int
    IB_CLAP_FOUND_FLAGS: int
    IB_CLAP_FOUND_LOCATION: int
    IB_CLAP_FOUND_PACK: int
    IB_CLAP_FOUND_PLUGIN: int
    IB_CLAP_FOUND_PRESET: int
    IB_CLAP_FOUND_SOUNDPACK: int
    IB_CLAP_INACTIVE: int
    IB_CLAP_INITIALIZING: int
    IB_CLAP_MOST_AUDIO_PORTS: int
    IB_CLAP_MOST_NOTE_PORTS: int
    IB_CLAP_MOST_WORKERS: int
    IB_CLAP_PAGE: int
    IB_CLAP_PRESET_ERROR: int
    IB_CLAP_PRESET_LOADED: int
    IB_CLAP_REDO: int
    IB_CLAP_STALE_BUSES: int
    IB_CLAP_STALE_BUS_NAMES: int
    IB_CLAP_STALE_NOTE_PORTS: int
    IB_CLAP_STALE_PARAMS: int
    IB_CLAP_TRANSPORT_CONTINUE: int
    IB_CLAP_TRANSPORT_ENABLE_LOOP: int
    IB_CLAP_TRANSPORT_JUMP: int
    IB_CLAP_TRANSPORT_LOOP_REGION: int
    IB_CLAP_TRANSPORT_PAUSE: int
    IB_CLAP_TRANSPORT_RECORD: int
    IB_CLAP_TRANSPORT_START: int
    IB_CLAP_TRANSPORT_STOP: int
    IB_CLAP_TRANSPORT_TEMPO: int
    IB_CLAP_TRANSPORT_TIME_SIGNATURE: int
    IB_CLAP_TRANSPORT_TOGGLE_LOOP: int
    IB_CLAP_TRANSPORT_TOGGLE_PLAY: int
    IB_CLAP_TRANSPORT_TOGGLE_RECORD: int
    IB_CLAP_UNDO_BEGIN: int
    IB_CLAP_UNDO_CONTEXT: int
    IB_CLAP_WANT_CALLBACK: int
    IB_CLAP_WANT_FLUSH: int
    IB_HOST_PROCESSING: int
    IB_HOST_READY: int
    IB_HOST_STOPPED: int
    IB_LADSPA0_CONTROL: int
    IB_LADSPA0_INPUT: int
    IB_LADSPA0_REALTIME: int
    IB_LADSPA_AUDIO: int
    IB_LADSPA_BOUNDED_ABOVE: int
    IB_LADSPA_BOUNDED_BELOW: int
    IB_LADSPA_CONTROL: int
    IB_LADSPA_DEFAULT_0: int
    IB_LADSPA_DEFAULT_1: int
    IB_LADSPA_DEFAULT_100: int
    IB_LADSPA_DEFAULT_440: int
    IB_LADSPA_DEFAULT_HIGH: int
    IB_LADSPA_DEFAULT_LOW: int
    IB_LADSPA_DEFAULT_MASK: int
    IB_LADSPA_DEFAULT_MAXIMUM: int
    IB_LADSPA_DEFAULT_MIDDLE: int
    IB_LADSPA_DEFAULT_MINIMUM: int
    IB_LADSPA_DEFAULT_NONE: int
    IB_LADSPA_HARD_RT_CAPABLE: int
    IB_LADSPA_INPLACE_BROKEN: int
    IB_LADSPA_INPUT: int
    IB_LADSPA_INTEGER: int
    IB_LADSPA_LOGARITHMIC: int
    IB_LADSPA_OUTPUT: int
    IB_LADSPA_REALTIME: int
    IB_LADSPA_SAMPLE_RATE: int
    IB_LADSPA_TOGGLED: int
    IB_LAYOUT_MAJOR: int
    IB_LAYOUT_MINOR: int
    IB_LOG_TEXT_BYTES: int
    IB_MAX_CHANNELS: int
    IB_PHASE_ACTIVATE: int
    IB_PHASE_CALLBACK: int
    IB_PHASE_DEACTIVATE: int
    IB_PHASE_DESCRIBE: int
    IB_PHASE_DESTROY: int
    IB_PHASE_ENTRY: int
    IB_PHASE_FLUSH: int
    IB_PHASE_INSTANTIATE: int
    IB_PHASE_LOAD: int
    IB_PHASE_PARAMETER: int
    IB_PHASE_STATE_LOAD: int
    IB_PHASE_STATE_SAVE: int
    IB_PHASE_UNLOAD: int
    IB_PORT_IN: int
    IB_PORT_INTEGER: int
    IB_PORT_NONE: int
    IB_PORT_OUT: int
    IB_PORT_TOGGLED: int
    IB_TAIL_INFINITE: int
    RTLD_LOCAL: int
    RTLD_NOW: int

    ib_clap_operations: CData
    ib_ladspa0_calls: CData
    ib_ladspa0_operations: CData
    ib_ladspa_calls: CData
    ib_ladspa_operations: CData
    ib_null_operations: CData

    def dlclose(self, handle: CData, /) -> int: ...
    def dlerror(self) -> CData: ...
    def dlopen(self, path: CData | bytes, flags: int, /) -> CData: ...
    def dlsym(self, handle: CData, name: CData | bytes, /) -> CData: ...
    def ib_clap_ask(self, clap: CData, bits: int, /) -> None: ...
    def ib_clap_buses_read(self, clap: CData, /) -> None: ...
    def ib_clap_discovery_free(self, discovery: CData, /) -> None: ...
    def ib_clap_discovery_new(self, version: CData | bytes, most_presets: int, /) -> CData: ...
    def ib_clap_flush_active(self, clap: CData, /) -> None: ...
    def ib_clap_flush_inactive(self, clap: CData, area: CData, capacity: int, /) -> int: ...
    def ib_clap_forget_fd(self, clap: CData, fd: int, /) -> None: ...
    def ib_clap_free(self, clap: CData, /) -> None: ...
    def ib_clap_heard_clear(self, heard: CData, /) -> None: ...
    def ib_clap_is_debug(self, /) -> int: ...
    def ib_clap_new(self, mailbox: CData, version: CData | bytes, /) -> CData: ...
    def ib_clap_pool_start(self, clap: CData, functions: CData, workers: int, realtime: int, /) -> int: ...
    def ib_clap_pool_stop(self, clap: CData, /) -> None: ...
    def ib_clap_processors(self, /) -> int: ...
    def ib_clap_scratch_release(self, clap: CData, /) -> None: ...
    def ib_clap_set_event_room(self, clap: CData, size: int, /) -> int: ...
    def ib_clap_set_held(self, clap: CData, /) -> int: ...
    def ib_clap_set_ports(self, clap: CData, is_input: int, count: int, channels: CData, /) -> int: ...
    def ib_clap_set_state(self, clap: CData, state: int, /) -> None: ...
    def ib_clap_set_twins(self, clap: CData, count: int, twins: CData, /) -> int: ...
    def ib_clap_sink_free(self, sink: CData, /) -> None: ...
    def ib_clap_sink_new(self, most: int, /) -> CData: ...
    def ib_clap_source_free(self, source: CData, /) -> None: ...
    def ib_clap_source_new(self, data: CData, size: int, piece: int, /) -> CData: ...
    def ib_clap_table_add(
        self, table: CData, number: int, flags: int, cookie: CData, minimum: float, maximum: float, /
    ) -> int: ...
    def ib_clap_table_install(self, clap: CData, table: CData, /) -> None: ...
    def ib_clap_table_new(self, count: int, /) -> CData: ...
    def ib_clap_take_wants(self, clap: CData, /) -> int: ...
    def ib_crash_install(self) -> CData: ...
    def ib_crash_orderly(self) -> None: ...
    def ib_engine_attach(self, engine: CData, base: CData, size: int, /) -> CData: ...
    def ib_engine_free(self, engine: CData, /) -> None: ...
    def ib_engine_geometry(self, engine: CData, /) -> CData: ...
    def ib_engine_idle_events(self, engine: CData, area: CData, capacity: int, /) -> int: ...
    def ib_engine_mailbox(self, engine: CData, /) -> CData: ...
    def ib_engine_new(self, base: CData, size: int, wrong: CData, /) -> CData: ...
    def ib_engine_park(self, engine: CData, /) -> None: ...
    def ib_engine_realtime(self, engine: CData, /) -> CData: ...
    def ib_engine_refused(self, engine: CData, /) -> int: ...
    def ib_engine_release(self, engine: CData, /) -> None: ...
    def ib_engine_run(self, engine: CData, activation: CData, /) -> CData: ...
    def ib_host_state_set(self, state: int, /) -> None: ...
    def ib_log_lost(self) -> int: ...
    def ib_log_pop(self, text: CData, /) -> int: ...
    def ib_phase_set(self, phase: int, /) -> int: ...
    def ib_ports_ask_info(self, mailbox: CData, /) -> None: ...
    def ib_ports_connect(self, plugin: CData, /) -> None: ...
    def ib_ports_get(self, plugin: CData, port: int, /) -> float: ...
    def ib_ports_latency(self, plugin: CData, /) -> int: ...
    def ib_ports_set(self, plugin: CData, port: int, value: float, /) -> None: ...
    def ib_segment_map(self, name: CData | bytes, unlink: int, size: CData, wrong: CData, /) -> CData: ...
    def ib_segment_unmap(self, base: CData, size: int, /) -> None: ...
    def ib_take_asked(self, mailbox: CData, /) -> int: ...
    def ib_watchdog_reason(self) -> int: ...
    def ib_watchdog_start(self, control_fd: int, owner_pidfd: int, wake_fd: int, grace_ms: int, /) -> CData: ...

ffi: _cffi.FFI
lib: Lib
