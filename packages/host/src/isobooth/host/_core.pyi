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
    IB_CHANGED_FLOATING_POINT: int
    IB_CHANGED_FOLDER: int
    IB_CHANGED_LOCALE: int
    IB_CHANGED_OUTPUT: int
    IB_CHANGED_SIGNAL_HANDLERS: int
    IB_CHANGED_SIGNAL_MASK: int
    IB_CHANGED_UMASK: int
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
    IB_CLAP_MOST_PAGE_BYTES: int
    IB_CLAP_MOST_WORKERS: int
    IB_CLAP_PAGE: int
    IB_CLAP_PAGE_MESSAGE: int
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
    IB_LV2_EVENT_IN: int
    IB_LV2_EVENT_MIDI: int
    IB_LV2_EVENT_OLD: int
    IB_LV2_EVENT_OUT: int
    IB_LV2_EVENT_PATCH: int
    IB_LV2_EVENT_TIME: int
    IB_LV2_MOST_ATOM_BYTES: int
    IB_LV2_PROPERTY_READABLE: int
    IB_LV2_PROPERTY_WRITABLE: int
    IB_LV2_STATE_BAD_FLAGS: int
    IB_LV2_STATE_BAD_TYPE: int
    IB_LV2_STATE_IS_POD: int
    IB_LV2_STATE_IS_PORTABLE: int
    IB_LV2_STATE_NO_FEATURE: int
    IB_LV2_STATE_NO_PROPERTY: int
    IB_LV2_STATE_NO_SPACE: int
    IB_LV2_STATE_UNKNOWN: int
    IB_LV2_TYPE_BOOL: int
    IB_LV2_TYPE_DOUBLE: int
    IB_LV2_TYPE_FLOAT: int
    IB_LV2_TYPE_INT: int
    IB_LV2_TYPE_LONG: int
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
    IB_PHASE_START_PROCESSING: int
    IB_PHASE_STATE_LOAD: int
    IB_PHASE_STATE_SAVE: int
    IB_PHASE_STOP_PROCESSING: int
    IB_PHASE_UNLOAD: int
    IB_PORT_IN: int
    IB_PORT_INTEGER: int
    IB_PORT_NONE: int
    IB_PORT_OUT: int
    IB_PORT_TOGGLED: int
    IB_TAIL_INFINITE: int
    IB_VST2_BYPASS: int
    IB_VST2_CLOSING: int
    IB_VST2_MOST_CHANNELS: int
    IB_VST2_OFF: int
    IB_VST2_ON: int
    IB_VST2_WANT_DISPLAY: int
    IB_VST2_WANT_FLUSH: int
    IB_VST2_WANT_IDLE: int
    IB_VST2_WANT_IO: int
    IB_VST2_WANT_MIDI: int
    IB_VST3_ACTIVATING: int
    IB_VST3_ACTIVE: int
    IB_VST3_BUS_ACTIVE: int
    IB_VST3_BUS_IN_BLOCK: int
    IB_VST3_CREATED: int
    IB_VST3_CURVE: int
    IB_VST3_INACTIVE: int
    IB_VST3_LINEAR: int
    IB_VST3_MIDI_CHANNELS: int
    VST3_kMidi2AssignablePerNoteControllerStart: int
    VST3_kMidi2RegisteredPerNoteControllerStart: int
    VST3_kParamIDMappingChanged: int
    IB_VST3_MIDI2_REGISTERED: int
    IB_VST3_MIDI_CONTROLLERS: int
    IB_VST3_MOST_MIDI2: int
    IB_VST3_NOTE_CONTROLLERS: int
    IB_VST3_MOST_BUSES: int
    IB_VST3_MOST_EVENT_BUSES: int
    IB_VST3_NORMAL: int
    IB_VST3_NOTICE_BUS_ACTIVATION: int
    IB_VST3_NOTICE_CLEAN: int
    IB_VST3_NOTICE_EDIT: int
    IB_VST3_NOTICE_EDIT_BEGIN: int
    IB_VST3_NOTICE_EDIT_END: int
    IB_VST3_NOTICE_GROUP_BEGIN: int
    IB_VST3_NOTICE_GROUP_END: int
    IB_VST3_NOTICE_OPEN_EDITOR: int
    IB_VST3_NOTICE_PROGRAMS: int
    IB_VST3_NOTICE_TRANSPORT: int
    IB_VST3_NOTICE_UNITS_BY_BUS: int
    IB_VST3_NOTICE_UNIT_SELECTED: int
    IB_VST3_NO_PARAM: int
    IB_VST3_STEPPED: int
    IB_VST3_TERMINATING: int
    IB_VST3_WANT_FLUSH: int
    IB_WCLAP_REASON_BYTES: int
    RTLD_LAZY: int
    RTLD_LOCAL: int
    RTLD_NOW: int
    VST3_Action_CycleOff: int
    VST3_Action_CycleOn: int
    VST3_Action_LocateAndPlaybackStart: int
    VST3_Action_LocateAndRecordOnPlaybackStart: int
    VST3_Action_PlaybackStart: int
    VST3_Action_PlaybackStop: int
    VST3_Action_PlaybackStopAndLocate: int
    VST3_Action_RecordOff: int
    VST3_Action_RecordOffPlaybackStop: int
    VST3_Action_RecordOffPlaybackStopAndLocate: int
    VST3_Action_RecordOnPlaybackStart: int
    VST2_BEGIN_LOAD_BANK: int
    VST2_BEGIN_LOAD_PROGRAM: int
    VST2_BEGIN_SET_PROGRAM: int
    VST2_CAN_BE_AUTOMATED: int
    VST2_CAN_DO: int
    VST2_CATEGORY_ANALYSIS: int
    VST2_CATEGORY_EFFECT: int
    VST2_CATEGORY_GENERATOR: int
    VST2_CATEGORY_MASTERING: int
    VST2_CATEGORY_OFFLINE: int
    VST2_CATEGORY_RESTORATION: int
    VST2_CATEGORY_ROOM: int
    VST2_CATEGORY_SHELL: int
    VST2_CATEGORY_SPATIAL: int
    VST2_CATEGORY_SURROUND: int
    VST2_CATEGORY_SYNTH: int
    VST2_CLOSE: int
    VST2_END_SET_PROGRAM: int
    VST2_FLAG_CAN_DOUBLE: int
    VST2_FLAG_CAN_REPLACE: int
    VST2_FLAG_HAS_CHUNKS: int
    VST2_FLAG_HAS_EDITOR: int
    VST2_FLAG_IS_SYNTH: int
    VST2_GET_CATEGORY: int
    VST2_GET_CHUNK: int
    VST2_GET_CURRENT_MIDI_PROGRAM: int
    VST2_GET_EFFECT_NAME: int
    VST2_GET_INPUT_PIN: int
    VST2_GET_MIDI_KEY_NAME: int
    VST2_GET_MIDI_PROGRAM_CATEGORY: int
    VST2_GET_MIDI_PROGRAM_NAME: int
    VST2_GET_OUTPUT_PIN: int
    VST2_GET_PARAM_DISPLAY: int
    VST2_GET_PARAM_INFO: int
    VST2_GET_PARAM_LABEL: int
    VST2_GET_PARAM_NAME: int
    VST2_GET_PRODUCT: int
    VST2_GET_PROGRAM: int
    VST2_GET_PROGRAM_NAME: int
    VST2_GET_PROGRAM_NAME_AT: int
    VST2_GET_SPEAKERS: int
    VST2_GET_TAIL: int
    VST2_GET_VENDOR: int
    VST2_GET_VENDOR_VERSION: int
    VST2_HAVE_MIDI_PROGRAMS_CHANGED: int
    VST2_IDLE: int
    VST2_MAGIC: int
    VST2_MAINS_CHANGED: int
    VST2_MIDI_PROGRAM_IS_OMNI: int
    VST2_OPEN: int
    VST2_PARAM_HAS_CATEGORY: int
    VST2_PARAM_HAS_FLOAT_STEP: int
    VST2_PARAM_HAS_INTEGERS: int
    VST2_PARAM_IS_SWITCH: int
    VST2_PIN_IS_STEREO: int
    VST2_SET_BLOCK_SIZE: int
    VST2_SET_BYPASS: int
    VST2_SET_CHUNK: int
    VST2_SET_PRECISION: int
    VST2_SET_PROGRAM: int
    VST2_SET_PROGRAM_NAME: int
    VST2_SET_SAMPLE_RATE: int
    VST2_SET_SPEAKERS: int
    VST2_SHELL_NEXT: int
    VST2_SPEAKERS_30_CINE: int
    VST2_SPEAKERS_40_MUSIC: int
    VST2_SPEAKERS_50: int
    VST2_SPEAKERS_51: int
    VST2_SPEAKERS_60_CINE: int
    VST2_SPEAKERS_61_CINE: int
    VST2_SPEAKERS_70_CINE: int
    VST2_SPEAKERS_71_CINE: int
    VST2_SPEAKERS_71_MUSIC: int
    VST2_SPEAKERS_CUSTOM: int
    VST2_SPEAKERS_EMPTY: int
    VST2_SPEAKERS_MONO: int
    VST2_SPEAKERS_STEREO: int
    VST2_SPEAKER_MONO: int
    VST2_SPEAKER_UNKNOWN: int
    VST2_STRING_TO_PARAM: int
    VST3_kAssociatedParameterIDValid: int
    VST3_kAudio: int
    VST3_kBrightnessTypeID: int
    VST3_kCanAutomate: int
    VST3_kCountCtrlNumber: int
    VST3_kCtrlProgramChange: int
    VST3_kDefaultActive: int
    VST3_kEvent: int
    VST3_kExpressionTypeID: int
    VST3_kInput: int
    VST3_kIoChanged: int
    VST3_kIoTitlesChanged: int
    VST3_kIsBypass: int
    VST3_kIsHidden: int
    VST3_kIsList: int
    VST3_kIsProgramChange: int
    VST3_kIsReadOnly: int
    VST3_kIsWrapAround: int
    VST3_kKeyswitchChanged: int
    VST3_kLatencyChanged: int
    VST3_kMain: int
    VST3_kMidiCCAssignmentChanged: int
    VST3_kNoAutomation: int
    VST3_kNoParamId: int
    VST3_kNotImplemented: int
    VST3_kNoteExpressionChanged: int
    VST3_kOffline: int
    VST3_kOutput: int
    VST3_kPanTypeID: int
    VST3_kParamTitlesChanged: int
    VST3_kParamValuesChanged: int
    VST3_kPhonemeTypeID: int
    VST3_kReadState: int
    VST3_kReadWriteState: int
    VST3_kRealtime: int
    VST3_kReloadComponent: int
    VST3_kResultOk: int
    VST3_kSample32: int
    VST3_kSample64: int
    VST3_kTextTypeID: int
    VST3_kTuningTypeID: int
    VST3_kVibratoTypeID: int
    VST3_kVolumeTypeID: int
    VST3_kWriteState: int

    ib_clap_operations: CData
    ib_ladspa0_calls: CData
    ib_ladspa0_operations: CData
    ib_ladspa_calls: CData
    ib_ladspa_operations: CData
    ib_lv2_operations: CData
    ib_null_operations: CData
    ib_vst2_operations: CData
    ib_vst3_operations: CData
    vst3_FUnknown_iid: CData
    vst3_IAttributeList_iid: CData
    vst3_IAudioPresentationLatency_iid: CData
    vst3_IAudioProcessor_iid: CData
    vst3_IAutomationState_iid: CData
    vst3_IBStream_iid: CData
    vst3_IComponentHandler2_iid: CData
    vst3_IComponentHandler3_iid: CData
    vst3_IComponentHandlerBusActivation_iid: CData
    vst3_IComponentHandlerSystemTime_iid: CData
    vst3_IComponentHandler_iid: CData
    vst3_IComponent_iid: CData
    vst3_IConnectionPoint_iid: CData
    vst3_IContextMenuTarget_iid: CData
    vst3_IContextMenu_iid: CData
    vst3_IDataExchangeHandler_iid: CData
    vst3_IDataExchangeReceiver_iid: CData
    vst3_IEditController2_iid: CData
    vst3_IEditControllerHostEditing_iid: CData
    vst3_IEditController_iid: CData
    vst3_IEventHandler_iid: CData
    vst3_IEventList_iid: CData
    vst3_IHostApplication_iid: CData
    vst3_IInfoListener_iid: CData
    vst3_IKeyswitchController_iid: CData
    vst3_IMessage_iid: CData
    vst3_IMidiLearn2_iid: CData
    vst3_IMidiLearn_iid: CData
    vst3_IMidiMapping2_iid: CData
    vst3_IMidiMapping_iid: CData
    vst3_INoteExpressionController_iid: CData
    vst3_INoteExpressionPhysicalUIMapping_iid: CData
    vst3_IParamValueQueue_iid: CData
    vst3_IParameterChanges_iid: CData
    vst3_IParameterFunctionName_iid: CData
    vst3_IPlugInterfaceSupport_iid: CData
    vst3_IPluginBase_iid: CData
    vst3_IPluginCompatibility_iid: CData
    vst3_IPluginFactory2_iid: CData
    vst3_IPluginFactory3_iid: CData
    vst3_IPluginFactory_iid: CData
    vst3_IPrefetchableSupport_iid: CData
    vst3_IProcessContextRequirements_iid: CData
    vst3_IProgramListData_iid: CData
    vst3_IProgress_iid: CData
    vst3_IRemapParamID_iid: CData
    vst3_IRunLoop_iid: CData
    vst3_ISizeableStream_iid: CData
    vst3_IStreamAttributes_iid: CData
    vst3_ITimerHandler_iid: CData
    vst3_ITransportControl_iid: CData
    vst3_IUnitData_iid: CData
    vst3_IUnitHandler2_iid: CData
    vst3_IUnitHandler_iid: CData
    vst3_IUnitInfo_iid: CData
    vst3_IXmlRepresentationController_iid: CData

    def dlclose(self, handle: CData, /) -> int: ...
    def dlerror(self) -> CData: ...
    def dlopen(self, path: CData | bytes, flags: int, /) -> CData: ...
    def dlsym(self, handle: CData, name: CData | bytes, /) -> CData: ...
    def ib_adopt_orphans(self) -> int: ...
    def ib_ask(self, mailbox: CData, bits: int, /) -> None: ...
    def ib_clap_ask(self, clap: CData, bits: int, /) -> None: ...
    def ib_clap_buses_read(self, clap: CData, /) -> None: ...
    def ib_clap_discovery_free(self, discovery: CData, /) -> None: ...
    def ib_clap_discovery_new(self, version: CData | bytes, most_presets: int, /) -> CData: ...
    def ib_clap_flush_active(self, clap: CData, /) -> None: ...
    def ib_clap_flush_inactive(self, clap: CData, area: CData, capacity: int, /) -> int: ...
    def ib_clap_forget_fd(self, clap: CData, fd: int, /) -> None: ...
    def ib_clap_free(self, clap: CData, /) -> None: ...
    def ib_clap_license(self, clap: CData, licensing: CData, /) -> None: ...
    def ib_clap_license_answer(
        self, licensing: CData, callback: int, result: int, message: CData | bytes, /
    ) -> None: ...
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
    def ib_contain_descriptor(self, fd: int, /) -> None: ...
    def ib_contain_restore(self) -> None: ...
    def ib_contain_start(self) -> CData: ...
    def ib_contain_take(self) -> int: ...
    def ib_crash_install(self) -> CData: ...
    def ib_crash_orderly(self) -> None: ...
    def ib_descriptor_raise(self, fd: int, /) -> int: ...
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
    def ib_log_push(self, mailbox: CData, level: int, text: CData | bytes, /) -> None: ...
    def ib_lv2_activate(self, lv2: CData, /) -> CData: ...
    def ib_lv2_claim(self, lv2: CData, /) -> None: ...
    def ib_lv2_connect(self, lv2: CData, /) -> None: ...
    def ib_lv2_deactivate(self, lv2: CData, /) -> None: ...
    def ib_lv2_free(self, lv2: CData, /) -> None: ...
    def ib_lv2_get(self, lv2: CData, number: int, /) -> float: ...
    def ib_lv2_hold(self, lv2: CData, /) -> None: ...
    def ib_lv2_latency(self, lv2: CData, /) -> int: ...
    def ib_lv2_map(self, uri: CData | bytes, /) -> int: ...
    def ib_lv2_new(self, mailbox: CData, /) -> CData: ...
    def ib_lv2_receive(self, lv2: CData, area: CData, /) -> int: ...
    def ib_lv2_release(self, lv2: CData, /) -> None: ...
    def ib_lv2_resume(self, lv2: CData, /) -> None: ...
    def ib_lv2_send(self, lv2: CData, atom: CData | bytes, size: int, /) -> int: ...
    def ib_lv2_set(self, lv2: CData, number: int, value: float, /) -> None: ...
    def ib_lv2_set_event_ports(self, lv2: CData, count: int, ports: CData, /) -> int: ...
    def ib_lv2_set_properties(self, lv2: CData, count: int, properties: CData, /) -> int: ...
    def ib_lv2_set_run_frames(self, lv2: CData, frames: int, /) -> int: ...
    def ib_lv2_unmap(self, urid: int, /) -> CData: ...
    def ib_phase_set(self, phase: int, /) -> int: ...
    def ib_ports_ask_info(self, mailbox: CData, /) -> None: ...
    def ib_ports_connect(self, plugin: CData, /) -> None: ...
    def ib_ports_get(self, plugin: CData, port: int, /) -> float: ...
    def ib_ports_latency(self, plugin: CData, /) -> int: ...
    def ib_ports_set(self, plugin: CData, port: int, value: float, /) -> None: ...
    def ib_segment_map(self, name: CData | bytes, unlink: int, size: CData, wrong: CData, /) -> CData: ...
    def ib_segment_unmap(self, base: CData, size: int, /) -> None: ...
    def ib_take_asked(self, mailbox: CData, /) -> int: ...
    def ib_trace_end(self, thread: int, signal: int, /) -> int: ...
    def ib_vst2_flush_off(self, vst2: CData, area: CData, capacity: int, /) -> int: ...
    def ib_vst2_free(self, vst2: CData, /) -> None: ...
    def ib_vst2_host(self, effect: CData, opcode: int, index: int, value: int, ptr: CData, opt: float, /) -> int: ...
    def ib_vst2_latency(self, vst2: CData, /) -> int: ...
    def ib_vst2_new(self, mailbox: CData, /) -> CData: ...
    def ib_vst2_prepare(self, vst2: CData, frames: int, sample_bytes: int, /) -> int: ...
    def ib_vst2_select_midi_program(
        self, vst2: CData, channel: int, program: int, bank_high: int, bank_low: int, /
    ) -> None: ...
    def ib_vst2_set_effect(self, vst2: CData, effect: CData, /) -> None: ...
    def ib_vst2_set_state(self, vst2: CData, state: int, /) -> None: ...
    def ib_vst2_take_wants(self, vst2: CData, /) -> int: ...
    def ib_vst3_attributes_drop(self, attributes: CData, /) -> None: ...
    def ib_vst3_attributes_new(self, host: CData, /) -> CData: ...
    def ib_vst3_edit_push(self, vst3: CData, number: int, normalised: float, /) -> int: ...
    def ib_vst3_flush_inactive(self, vst3: CData, area: CData, capacity: int, /) -> int: ...
    def ib_vst3_forget_flushed(self, vst3: CData, /) -> None: ...
    def ib_vst3_is_unplayed(self, vst3: CData, number: int, /) -> int: ...
    def ib_vst3_forget_values(self, vst3: CData, /) -> None: ...
    def ib_vst3_free(self, vst3: CData, /) -> None: ...
    def ib_vst3_gesture_push(self, vst3: CData, number: int, begins: int, /) -> int: ...
    def ib_vst3_host_close(self, host: CData, /) -> int: ...
    def ib_vst3_host_context(self, host: CData, /) -> CData: ...
    def ib_vst3_host_deliver(self, host: CData, /) -> int: ...
    def ib_vst3_host_forget_fd(self, host: CData, fd: int, /) -> None: ...
    def ib_vst3_host_free(self, host: CData, /) -> None: ...
    def ib_vst3_host_handler(self, host: CData, /) -> CData: ...
    def ib_vst3_host_leaks(self, host: CData, text: CData, size: int, /) -> int: ...
    def ib_vst3_host_new(self, mailbox: CData, vst3: CData, name: CData | bytes, /) -> CData: ...
    def ib_vst3_host_run_loop(self, host: CData, /) -> CData: ...
    def ib_vst3_host_set_receiver(self, host: CData, receiver: CData, /) -> None: ...
    def ib_vst3_host_take_notice(self, host: CData, notice: CData, /) -> int: ...
    def ib_vst3_host_take_restart(self, host: CData, /) -> int: ...
    def ib_vst3_midi_map_set(self, vst3: CData, bus: int, channel: int, controller: int, param_id: int, /) -> None: ...
    def ib_vst3_midi2_map_set(self, vst3: CData, entries: CData, count: int, /) -> int: ...
    def ib_vst3_note_controllers_set(self, vst3: CData, bits: CData, /) -> None: ...
    def ib_vst3_new(self, mailbox: CData, /) -> CData: ...
    def ib_vst3_prepare(
        self,
        vst3: CData,
        process_mode: int,
        sample_bytes: int,
        max_frames: int,
        sample_rate: float,
        event_bytes: int,
        /,
    ) -> int: ...
    def ib_vst3_proxy_close(self, proxy: CData, /) -> None: ...
    def ib_vst3_proxy_new(self, host: CData, sender: CData, receiver: CData, /) -> CData: ...
    def ib_vst3_set_buses(self, vst3: CData, is_input: int, count: int, channels: CData, flags: CData, /) -> int: ...
    def ib_vst3_set_event_buses(self, vst3: CData, is_input: int, count: int, channels: CData, /) -> int: ...
    def ib_vst3_set_state(self, vst3: CData, state: int, /) -> None: ...
    def ib_vst3_stream_attributes(self, stream: CData, /) -> CData: ...
    def ib_vst3_stream_data(self, stream: CData, size: CData, /) -> CData: ...
    def ib_vst3_stream_drop(self, stream: CData, /) -> None: ...
    def ib_vst3_stream_failed(self, stream: CData, /) -> int: ...
    def ib_vst3_stream_new(self, host: CData, data: CData, size: int, most: int, /) -> CData: ...
    def ib_vst3_stream_set_name(self, stream: CData, name: CData, /) -> None: ...
    def ib_vst3_table_add(
        self,
        table: CData,
        number: int,
        flags: int,
        steps: int,
        kind: int,
        minimum: float,
        maximum: float,
        curve: CData,
        points: int,
        value: float,
        /,
    ) -> int: ...
    def ib_vst3_table_alias(self, table: CData, old_id: int, new_id: int, /) -> int: ...
    def ib_vst3_table_find(self, table: CData, number: int, /) -> CData: ...
    def ib_vst3_table_free(self, table: CData, /) -> None: ...
    def ib_vst3_table_install(self, vst3: CData, table: CData, /) -> None: ...
    def ib_vst3_table_new(self, count: int, /) -> CData: ...
    def ib_vst3_take_heard(self, vst3: CData, ids: CData, normalised: CData, capacity: int, /) -> int: ...
    def ib_vst3_take_wants(self, vst3: CData, /) -> int: ...
    def ib_vst3_to_normal(self, param: CData, plain: float, /) -> float: ...
    def ib_vst3_to_plain(self, param: CData, normalised: float, /) -> float: ...
    def ib_vst3_want(self, vst3: CData, what: int, /) -> None: ...
    def ib_watchdog_reason(self) -> int: ...
    def ib_watchdog_start(self, control_fd: int, owner_pidfd: int, wake_fd: int, grace_ms: int, /) -> CData: ...
    def ib_wclap_create_reason(self, module: CData, /) -> CData: ...
    def ib_wclap_factory(self, module: CData, /) -> CData: ...
    def ib_wclap_module_add_folder(self, module: CData, guest: CData, folder: CData, is_writable: int, /) -> int: ...
    def ib_wclap_module_code(self, module: CData, into: CData, room: int, /) -> int: ...
    def ib_wclap_module_free(self, module: CData, /) -> None: ...
    def ib_wclap_module_list(self, module: CData, reason: CData, /) -> int: ...
    def ib_wclap_module_new(self, wasm: CData, size: int, limits: CData, reason: CData, /) -> CData: ...
    def ib_wclap_module_of_code(self, code: CData, size: int, limits: CData, reason: CData, /) -> CData: ...
    def ib_wclap_open(self, path: CData, /) -> CData: ...
    def ib_wclap_presets(self, module: CData, /) -> CData: ...
    def ib_wclap_reason(self, plugin: CData, /) -> CData: ...
    def ib_wclap_remarks(self, module: CData, /) -> CData: ...
    def ib_wclap_sample_code(self, limits: CData, into: CData, room: int, /) -> int: ...
    def vst3_same_id(self, a: CData, b: CData, /) -> int: ...

ffi: _cffi.FFI
lib: Lib
