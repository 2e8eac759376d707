/* VST3: what the plugin's component is and what a block of audio consists of. */

/* -- ivstcomponent.h ----------------------------------------------------------------------------------------------- */

/* media types */
#define VST3_kAudio 0
#define VST3_kEvent 1

/* bus directions */
#define VST3_kInput 0
#define VST3_kOutput 1

/* bus types */
#define VST3_kMain 0
#define VST3_kAux 1

/* vst3_BusInfo.flags */
#define VST3_kDefaultActive 1
#define VST3_kIsControlVoltage 2

/* I/O modes */
#define VST3_kSimple 0
#define VST3_kAdvanced 1
#define VST3_kOfflineProcessing 2

struct vst3_BusInfo {
    int32_t mediaType;
    int32_t direction;
    int32_t channelCount;
    uint16_t name[128];
    int32_t busType;
    uint32_t flags;
};

struct vst3_RoutingInfo {
    int32_t mediaType;
    int32_t busIndex;
    int32_t channel; /* -1: all */
};

struct vst3_IComponent_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*initialize)(void *self, struct vst3_FUnknown *context);
    int32_t (*terminate)(void *self);
    int32_t (*getControllerClassId)(void *self, uint8_t *classId);
    int32_t (*setIoMode)(void *self, int32_t mode);
    int32_t (*getBusCount)(void *self, int32_t type, int32_t dir);
    int32_t (*getBusInfo)(void *self, int32_t type, int32_t dir, int32_t index, struct vst3_BusInfo *bus);
    int32_t (*getRoutingInfo)(void *self, struct vst3_RoutingInfo *inInfo, struct vst3_RoutingInfo *outInfo);
    int32_t (*activateBus)(void *self, int32_t type, int32_t dir, int32_t index, uint8_t state);
    int32_t (*setActive)(void *self, uint8_t state);
    int32_t (*setState)(void *self, struct vst3_IBStream *state);
    int32_t (*getState)(void *self, struct vst3_IBStream *state);
};

struct vst3_IComponent {
    const struct vst3_IComponent_vtbl *vtbl;
};
extern const uint8_t vst3_IComponent_iid[16];

/* -- ivstprocesscontext.h ------------------------------------------------------------------------------------------ */

/* vst3_ProcessContext.state */
#define VST3_kPlaying 2
#define VST3_kCycleActive 4
#define VST3_kRecording 8
#define VST3_kSystemTimeValid 0x100
#define VST3_kProjectTimeMusicValid 0x200
#define VST3_kTempoValid 0x400
#define VST3_kBarPositionValid 0x800
#define VST3_kCycleValid 0x1000
#define VST3_kTimeSigValid 0x2000
#define VST3_kSmpteValid 0x4000
#define VST3_kClockValid 0x8000
#define VST3_kContTimeValid 0x20000
#define VST3_kChordValid 0x40000

/* vst3_FrameRate.flags */
#define VST3_kPullDownRate 1
#define VST3_kDropRate 2

struct vst3_FrameRate {
    uint32_t framesPerSecond;
    uint32_t flags;
};

struct vst3_Chord {
    uint8_t keyNote;
    uint8_t rootNote;
    int16_t chordMask;
};

struct vst3_ProcessContext {
    uint32_t state;
    double sampleRate;
    int64_t projectTimeSamples;
    int64_t systemTime;           /* nanoseconds */
    int64_t continousTimeSamples; /* so spelt there */
    double projectTimeMusic;      /* quarter notes, as all the music times */
    double barPositionMusic;
    double cycleStartMusic;
    double cycleEndMusic;
    double tempo;
    int32_t timeSigNumerator;
    int32_t timeSigDenominator;
    struct vst3_Chord chord;
    int32_t smpteOffsetSubframes; /* 1/80 of a frame */
    struct vst3_FrameRate frameRate;
    int32_t samplesToNextClock;
};

/* what vst3_IProcessContextRequirements answers */
#define VST3_kNeedSystemTime 1
#define VST3_kNeedContinousTimeSamples 2
#define VST3_kNeedProjectTimeMusic 4
#define VST3_kNeedBarPositionMusic 8
#define VST3_kNeedCycleMusic 16
#define VST3_kNeedSamplesToNextClock 32
#define VST3_kNeedTempo 64
#define VST3_kNeedTimeSignature 128
#define VST3_kNeedChord 256
#define VST3_kNeedFrameRate 512
#define VST3_kNeedTransportState 1024

struct vst3_IProcessContextRequirements_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    uint32_t (*getProcessContextRequirements)(void *self);
};

struct vst3_IProcessContextRequirements {
    const struct vst3_IProcessContextRequirements_vtbl *vtbl;
};
extern const uint8_t vst3_IProcessContextRequirements_iid[16];

/* -- ivstevents.h: what happens at a frame of a block -------------------------------------------------------------- */

/* vst3_Event.flags */
#define VST3_kIsLive 1

/* vst3_Event.type */
#define VST3_kNoteOnEvent 0
#define VST3_kNoteOffEvent 1
#define VST3_kDataEvent 2
#define VST3_kPolyPressureEvent 3
#define VST3_kNoteExpressionValueEvent 4
#define VST3_kNoteExpressionTextEvent 5
#define VST3_kChordEvent 6
#define VST3_kScaleEvent 7
#define VST3_kNoteExpressionIntValueEvent 8
#define VST3_kLegacyMIDICCOutEvent 65535

/* vst3_DataEvent.type */
#define VST3_kMidiSysEx 0

/* note ids that a plugin's own notes may have */
#define VST3_kNoteIDUserRangeLowerBound -10000
#define VST3_kNoteIDUserRangeUpperBound -1000

struct vst3_NoteOnEvent {
    int16_t channel;
    int16_t pitch;
    float tuning; /* cents */
    float velocity;
    int32_t length; /* frames */
    int32_t noteId; /* -1: none */
};

struct vst3_NoteOffEvent {
    int16_t channel;
    int16_t pitch;
    float velocity;
    int32_t noteId;
    float tuning;
};

struct vst3_DataEvent {
    uint32_t size;
    uint32_t type;
    const uint8_t *bytes;
};

struct vst3_PolyPressureEvent {
    int16_t channel;
    int16_t pitch;
    float pressure;
    int32_t noteId;
};

struct vst3_ChordEvent {
    int16_t root;
    int16_t bassNote;
    int16_t mask;
    uint16_t textLen;
    const uint16_t *text;
};

struct vst3_ScaleEvent {
    int16_t root;
    int16_t mask;
    uint16_t textLen;
    const uint16_t *text;
};

struct vst3_LegacyMIDICCOutEvent {
    uint8_t controlNumber;
    int8_t channel;
    int8_t value;
    int8_t value2;
};

/* ivstnoteexpression.h */
struct vst3_NoteExpressionValueEvent {
    uint32_t typeId;
    int32_t noteId;
    double value;
};

struct vst3_NoteExpressionIntValueEvent {
    uint32_t typeId;
    int32_t noteId;
    uint64_t value;
};

struct vst3_NoteExpressionTextEvent {
    uint32_t typeId;
    int32_t noteId;
    uint32_t textLen;
    const uint16_t *text;
};

union vst3_Event_u {
    struct vst3_NoteOnEvent noteOn;
    struct vst3_NoteOffEvent noteOff;
    struct vst3_DataEvent data;
    struct vst3_PolyPressureEvent polyPressure;
    struct vst3_NoteExpressionValueEvent noteExpressionValue;
    struct vst3_NoteExpressionTextEvent noteExpressionText;
    struct vst3_NoteExpressionIntValueEvent noteExpressionIntValue;
    struct vst3_ChordEvent chord;
    struct vst3_ScaleEvent scale;
    struct vst3_LegacyMIDICCOutEvent midiCCOut;
};

struct vst3_Event {
    int32_t busIndex;
    int32_t sampleOffset;
    double ppqPosition;
    uint16_t flags;
    uint16_t type;
    union vst3_Event_u u;
};

/* The host's list of a block's events. */
struct vst3_IEventList_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getEventCount)(void *self);
    int32_t (*getEvent)(void *self, int32_t index, struct vst3_Event *e);
    int32_t (*addEvent)(void *self, struct vst3_Event *e);
};

struct vst3_IEventList {
    const struct vst3_IEventList_vtbl *vtbl;
};
extern const uint8_t vst3_IEventList_iid[16];

/* -- ivstparameterchanges.h: both are the host's ------------------------------------------------------------------- */

struct vst3_IParamValueQueue_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    uint32_t (*getParameterId)(void *self);
    int32_t (*getPointCount)(void *self);
    int32_t (*getPoint)(void *self, int32_t index, int32_t *sampleOffset, double *value);
    int32_t (*addPoint)(void *self, int32_t sampleOffset, double value, int32_t *index);
};

struct vst3_IParamValueQueue {
    const struct vst3_IParamValueQueue_vtbl *vtbl;
};
extern const uint8_t vst3_IParamValueQueue_iid[16];

struct vst3_IParameterChanges_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getParameterCount)(void *self);
    struct vst3_IParamValueQueue *(*getParameterData)(void *self, int32_t index);
    struct vst3_IParamValueQueue *(*addParameterData)(void *self, const uint32_t *id, int32_t *index);
};

struct vst3_IParameterChanges {
    const struct vst3_IParameterChanges_vtbl *vtbl;
};
extern const uint8_t vst3_IParameterChanges_iid[16];

/* -- ivstaudioprocessor.h ------------------------------------------------------------------------------------------ */

/* sample sizes */
#define VST3_kSample32 0
#define VST3_kSample64 1

/* process modes */
#define VST3_kRealtime 0
#define VST3_kPrefetch 1
#define VST3_kOffline 2

/* what getTailSamples answers */
#define VST3_kNoTail 0
#define VST3_kInfiniteTail 0xFFFFFFFF

struct vst3_ProcessSetup {
    int32_t processMode;
    int32_t symbolicSampleSize;
    int32_t maxSamplesPerBlock;
    double sampleRate;
};

union vst3_AudioBusBuffers_u {
    float **channelBuffers32;
    double **channelBuffers64;
};

struct vst3_AudioBusBuffers {
    int32_t numChannels;
    uint64_t silenceFlags;
    union vst3_AudioBusBuffers_u u;
};

struct vst3_ProcessData {
    int32_t processMode;
    int32_t symbolicSampleSize;
    int32_t numSamples;
    int32_t numInputs;
    int32_t numOutputs;
    struct vst3_AudioBusBuffers *inputs;
    struct vst3_AudioBusBuffers *outputs;
    struct vst3_IParameterChanges *inputParameterChanges;
    struct vst3_IParameterChanges *outputParameterChanges;
    struct vst3_IEventList *inputEvents;
    struct vst3_IEventList *outputEvents;
    struct vst3_ProcessContext *processContext;
};

/* An arrangement is a set of speakers, one bit each (vstspeaker.h). */
struct vst3_IAudioProcessor_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setBusArrangements)(void *self, uint64_t *inputs, int32_t numIns, uint64_t *outputs, int32_t numOuts);
    int32_t (*getBusArrangement)(void *self, int32_t dir, int32_t index, uint64_t *arr);
    int32_t (*canProcessSampleSize)(void *self, int32_t symbolicSampleSize);
    uint32_t (*getLatencySamples)(void *self);
    int32_t (*setupProcessing)(void *self, struct vst3_ProcessSetup *setup);
    int32_t (*setProcessing)(void *self, uint8_t state);
    int32_t (*process)(void *self, struct vst3_ProcessData *data);
    uint32_t (*getTailSamples)(void *self);
};

struct vst3_IAudioProcessor {
    const struct vst3_IAudioProcessor_vtbl *vtbl;
};
extern const uint8_t vst3_IAudioProcessor_iid[16];

struct vst3_IAudioPresentationLatency_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setAudioPresentationLatencySamples)(void *self, int32_t dir, int32_t busIndex, uint32_t latencyInSamples);
};

struct vst3_IAudioPresentationLatency {
    const struct vst3_IAudioPresentationLatency_vtbl *vtbl;
};
extern const uint8_t vst3_IAudioPresentationLatency_iid[16];

/* -- ivstprefetchablesupport.h ------------------------------------------------------------------------------------- */

#define VST3_kIsNeverPrefetchable 0
#define VST3_kIsYetPrefetchable 1
#define VST3_kIsNotYetPrefetchable 2

struct vst3_IPrefetchableSupport_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getPrefetchableSupport)(void *self, uint32_t *prefetchable);
};

struct vst3_IPrefetchableSupport {
    const struct vst3_IPrefetchableSupport_vtbl *vtbl;
};
extern const uint8_t vst3_IPrefetchableSupport_iid[16];
