/* VST3: what a controller says of notes, MIDI controllers and note expressions. */

/* -- ivstmidicontrollers.h: what IMidiMapping counts beyond the 128 controllers of MIDI ---------------------------- */

#define VST3_kAfterTouch 128
#define VST3_kPitchBend 129
#define VST3_kCountCtrlNumber 130
/* only in a vst3_LegacyMIDICCOutEvent */
#define VST3_kCtrlProgramChange 130
#define VST3_kCtrlPolyPressure 131
#define VST3_kCtrlQuarterFrame 132
#define VST3_kSystemSongSelect 133
#define VST3_kSystemSongPointer 134
#define VST3_kSystemCableSelect 135
#define VST3_kSystemTuneRequest 136
#define VST3_kSystemMidiClockStart 137
#define VST3_kSystemMidiClockContinue 138
#define VST3_kSystemMidiClockStop 139
#define VST3_kSystemActiveSensing 140

struct vst3_IMidiMapping_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getMidiControllerAssignment)(void *self, int32_t busIndex, int16_t channel, int16_t midiControllerNumber,
                                           uint32_t *id);
};

struct vst3_IMidiMapping {
    const struct vst3_IMidiMapping_vtbl *vtbl;
};
extern const uint8_t vst3_IMidiMapping_iid[16];

/* ivstmidilearn.h */
struct vst3_IMidiLearn_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*onLiveMIDIControllerInput)(void *self, int32_t busIndex, int16_t channel, int16_t midiCC);
};

struct vst3_IMidiLearn {
    const struct vst3_IMidiLearn_vtbl *vtbl;
};
extern const uint8_t vst3_IMidiLearn_iid[16];

/* -- ivstmidimapping2.h -------------------------------------------------------------------------------------------- */

struct vst3_Midi2Controller {
    uint8_t byte1; /* bit 7: registered, else assignable; below it the bank */
    uint8_t byte2; /* 7 bits: index */
};

struct vst3_Midi2ControllerParamIDAssignment {
    uint32_t pId;
    int32_t busIndex;
    uint8_t channel;
    struct vst3_Midi2Controller controller;
};

struct vst3_Midi2ControllerParamIDAssignmentList {
    uint32_t count;
    struct vst3_Midi2ControllerParamIDAssignment *map;
};

struct vst3_Midi1ControllerParamIDAssignment {
    uint32_t pId;
    int32_t busIndex;
    uint8_t channel;
    int16_t controller;
};

struct vst3_Midi1ControllerParamIDAssignmentList {
    uint32_t count;
    struct vst3_Midi1ControllerParamIDAssignment *map;
};

struct vst3_IMidiMapping2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    uint32_t (*getNumMidi2ControllerAssignments)(void *self, int32_t direction);
    int32_t (*getMidi2ControllerAssignments)(void *self, int32_t direction,
                                             const struct vst3_Midi2ControllerParamIDAssignmentList *list);
    uint32_t (*getNumMidi1ControllerAssignments)(void *self, int32_t direction);
    int32_t (*getMidi1ControllerAssignments)(void *self, int32_t direction,
                                             const struct vst3_Midi1ControllerParamIDAssignmentList *list);
};

struct vst3_IMidiMapping2 {
    const struct vst3_IMidiMapping2_vtbl *vtbl;
};
extern const uint8_t vst3_IMidiMapping2_iid[16];

struct vst3_IMidiLearn2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*onLiveMidi2ControllerInput)(void *self, int32_t index, uint8_t channel,
                                          struct vst3_Midi2Controller midiCC);
    int32_t (*onLiveMidi1ControllerInput)(void *self, int32_t index, uint8_t channel, int16_t midiCC);
};

struct vst3_IMidiLearn2 {
    const struct vst3_IMidiLearn2_vtbl *vtbl;
};
extern const uint8_t vst3_IMidiLearn2_iid[16];

/* -- ivstnoteexpression.h ------------------------------------------------------------------------------------------ */

/* note expression types */
#define VST3_kVolumeTypeID 0
#define VST3_kPanTypeID 1
#define VST3_kTuningTypeID 2
#define VST3_kVibratoTypeID 3
#define VST3_kExpressionTypeID 4
#define VST3_kBrightnessTypeID 5
#define VST3_kTextTypeID 6
#define VST3_kPhonemeTypeID 7
#define VST3_kCustomStart 100000
#define VST3_kCustomEnd 200000
/* per-note controllers of MIDI 2.0, 256 each, since 3.8 */
#define VST3_kMidi2AssignablePerNoteControllerStart 201000
#define VST3_kMidi2RegisteredPerNoteControllerStart 202000
#define VST3_kInvalidTypeID 0xFFFFFFFF

/* vst3_NoteExpressionTypeInfo.flags */
#define VST3_kIsBipolar 1
#define VST3_kIsOneShot 2
#define VST3_kIsAbsolute 4
#define VST3_kAssociatedParameterIDValid 8

struct vst3_NoteExpressionValueDescription {
    double defaultValue;
    double minimum;
    double maximum;
    int32_t stepCount;
};

struct vst3_NoteExpressionTypeInfo {
    uint32_t typeId;
    uint16_t title[128];
    uint16_t shortTitle[128];
    uint16_t units[128];
    int32_t unitId;
    struct vst3_NoteExpressionValueDescription valueDesc;
    uint32_t associatedParameterId;
    int32_t flags;
};

struct vst3_INoteExpressionController_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getNoteExpressionCount)(void *self, int32_t busIndex, int16_t channel);
    int32_t (*getNoteExpressionInfo)(void *self, int32_t busIndex, int16_t channel, int32_t index,
                                     struct vst3_NoteExpressionTypeInfo *info);
    int32_t (*getNoteExpressionStringByValue)(void *self, int32_t busIndex, int16_t channel, uint32_t id, double value,
                                              uint16_t *string);
    int32_t (*getNoteExpressionValueByString)(void *self, int32_t busIndex, int16_t channel, uint32_t id,
                                              const uint16_t *string, double *value);
};

struct vst3_INoteExpressionController {
    const struct vst3_INoteExpressionController_vtbl *vtbl;
};
extern const uint8_t vst3_INoteExpressionController_iid[16];

/* keyswitch types */
#define VST3_kNoteOnKeyswitchTypeID 0
#define VST3_kOnTheFlyKeyswitchTypeID 1
#define VST3_kOnReleaseKeyswitchTypeID 2
#define VST3_kKeyRangeTypeID 3

struct vst3_KeyswitchInfo {
    uint32_t typeId;
    uint16_t title[128];
    uint16_t shortTitle[128];
    int32_t keyswitchMin;
    int32_t keyswitchMax;
    int32_t keyRemapped;
    int32_t unitId;
    int32_t flags;
};

struct vst3_IKeyswitchController_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getKeyswitchCount)(void *self, int32_t busIndex, int16_t channel);
    int32_t (*getKeyswitchInfo)(void *self, int32_t busIndex, int16_t channel, int32_t keySwitchIndex,
                                struct vst3_KeyswitchInfo *info);
};

struct vst3_IKeyswitchController {
    const struct vst3_IKeyswitchController_vtbl *vtbl;
};
extern const uint8_t vst3_IKeyswitchController_iid[16];

/* -- ivstphysicalui.h ---------------------------------------------------------------------------------------------- */

#define VST3_kPUIXMovement 0
#define VST3_kPUIYMovement 1
#define VST3_kPUIPressure 2
#define VST3_kInvalidPUITypeID 0xFFFFFFFF

struct vst3_PhysicalUIMap {
    uint32_t physicalUITypeID;
    uint32_t noteExpressionTypeID;
};

struct vst3_PhysicalUIMapList {
    uint32_t count;
    struct vst3_PhysicalUIMap *map;
};

struct vst3_INoteExpressionPhysicalUIMapping_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getPhysicalUIMapping)(void *self, int32_t busIndex, int16_t channel, struct vst3_PhysicalUIMapList *list);
};

struct vst3_INoteExpressionPhysicalUIMapping {
    const struct vst3_INoteExpressionPhysicalUIMapping_vtbl *vtbl;
};
extern const uint8_t vst3_INoteExpressionPhysicalUIMapping_iid[16];
