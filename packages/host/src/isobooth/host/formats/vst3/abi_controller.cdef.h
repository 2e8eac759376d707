/* VST3: what the plugin's controller is, and what it may have besides. */

/* -- ivsteditcontroller.h ------------------------------------------------------------------------------------------ */

#define VST3_kNoParamId 0xFFFFFFFF

/* vst3_ParameterInfo.flags */
#define VST3_kCanAutomate 1
#define VST3_kIsReadOnly 2
#define VST3_kIsWrapAround 4
#define VST3_kIsList 8
#define VST3_kIsHidden 16
#define VST3_kIsProgramChange 0x8000
#define VST3_kIsBypass 0x10000

struct vst3_ParameterInfo {
    uint32_t id;
    uint16_t title[128];
    uint16_t shortTitle[128];
    uint16_t units[128];
    int32_t stepCount; /* 0: continuous, 1: a switch, else the number of values less one */
    double defaultNormalizedValue;
    int32_t unitId;
    int32_t flags;
};

/* createView returns the IPlugView of pluginterfaces/gui. */
struct vst3_IEditController_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*initialize)(void *self, struct vst3_FUnknown *context);
    int32_t (*terminate)(void *self);
    int32_t (*setComponentState)(void *self, struct vst3_IBStream *state);
    int32_t (*setState)(void *self, struct vst3_IBStream *state);
    int32_t (*getState)(void *self, struct vst3_IBStream *state);
    int32_t (*getParameterCount)(void *self);
    int32_t (*getParameterInfo)(void *self, int32_t paramIndex, struct vst3_ParameterInfo *info);
    int32_t (*getParamStringByValue)(void *self, uint32_t id, double valueNormalized, uint16_t *string);
    int32_t (*getParamValueByString)(void *self, uint32_t id, uint16_t *string, double *valueNormalized);
    double (*normalizedParamToPlain)(void *self, uint32_t id, double valueNormalized);
    double (*plainParamToNormalized)(void *self, uint32_t id, double plainValue);
    double (*getParamNormalized)(void *self, uint32_t id);
    int32_t (*setParamNormalized)(void *self, uint32_t id, double value);
    int32_t (*setComponentHandler)(void *self, struct vst3_IComponentHandler *handler);
    void *(*createView)(void *self, const char *name);
};

struct vst3_IEditController {
    const struct vst3_IEditController_vtbl *vtbl;
};
extern const uint8_t vst3_IEditController_iid[16];

/* knob modes */
#define VST3_kCircularMode 0
#define VST3_kRelativCircularMode 1
#define VST3_kLinearMode 2

struct vst3_IEditController2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setKnobMode)(void *self, int32_t mode);
    int32_t (*openHelp)(void *self, uint8_t onlyCheck);
    int32_t (*openAboutBox)(void *self, uint8_t onlyCheck);
};

struct vst3_IEditController2 {
    const struct vst3_IEditController2_vtbl *vtbl;
};
extern const uint8_t vst3_IEditController2_iid[16];

struct vst3_IEditControllerHostEditing_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*beginEditFromHost)(void *self, uint32_t paramID);
    int32_t (*endEditFromHost)(void *self, uint32_t paramID);
};

struct vst3_IEditControllerHostEditing {
    const struct vst3_IEditControllerHostEditing_vtbl *vtbl;
};
extern const uint8_t vst3_IEditControllerHostEditing_iid[16];

/* -- ivstunits.h --------------------------------------------------------------------------------------------------- */

#define VST3_kRootUnitId 0
#define VST3_kNoParentUnitId -1
#define VST3_kNoProgramListId -1
#define VST3_kAllProgramInvalid -1

struct vst3_UnitInfo {
    int32_t id;
    int32_t parentUnitId;
    uint16_t name[128];
    int32_t programListId;
};

struct vst3_ProgramListInfo {
    int32_t id;
    uint16_t name[128];
    int32_t programCount;
};

struct vst3_IUnitInfo_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getUnitCount)(void *self);
    int32_t (*getUnitInfo)(void *self, int32_t unitIndex, struct vst3_UnitInfo *info);
    int32_t (*getProgramListCount)(void *self);
    int32_t (*getProgramListInfo)(void *self, int32_t listIndex, struct vst3_ProgramListInfo *info);
    int32_t (*getProgramName)(void *self, int32_t listId, int32_t programIndex, uint16_t *name);
    int32_t (*getProgramInfo)(void *self, int32_t listId, int32_t programIndex, const char *attributeId,
                              uint16_t *attributeValue);
    int32_t (*hasProgramPitchNames)(void *self, int32_t listId, int32_t programIndex);
    int32_t (*getProgramPitchName)(void *self, int32_t listId, int32_t programIndex, int16_t midiPitch, uint16_t *name);
    int32_t (*getSelectedUnit)(void *self);
    int32_t (*selectUnit)(void *self, int32_t unitId);
    int32_t (*getUnitByBus)(void *self, int32_t type, int32_t dir, int32_t busIndex, int32_t channel, int32_t *unitId);
    int32_t (*setUnitProgramData)(void *self, int32_t listOrUnitId, int32_t programIndex, struct vst3_IBStream *data);
};

struct vst3_IUnitInfo {
    const struct vst3_IUnitInfo_vtbl *vtbl;
};
extern const uint8_t vst3_IUnitInfo_iid[16];

struct vst3_IProgramListData_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*programDataSupported)(void *self, int32_t listId);
    int32_t (*getProgramData)(void *self, int32_t listId, int32_t programIndex, struct vst3_IBStream *data);
    int32_t (*setProgramData)(void *self, int32_t listId, int32_t programIndex, struct vst3_IBStream *data);
};

struct vst3_IProgramListData {
    const struct vst3_IProgramListData_vtbl *vtbl;
};
extern const uint8_t vst3_IProgramListData_iid[16];

struct vst3_IUnitData_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*unitDataSupported)(void *self, int32_t unitID);
    int32_t (*getUnitData)(void *self, int32_t unitId, struct vst3_IBStream *data);
    int32_t (*setUnitData)(void *self, int32_t unitId, struct vst3_IBStream *data);
};

struct vst3_IUnitData {
    const struct vst3_IUnitData_vtbl *vtbl;
};
extern const uint8_t vst3_IUnitData_iid[16];

/* -- the rest: ivstautomationstate.h, ivstchannelcontextinfo.h, ivstparameterfunctionname.h, ivstremapparamid.h, --- */
/* -- ivstrepresentation.h ------------------------------------------------------------------------------------------ */

#define VST3_kNoAutomation 0
#define VST3_kReadState 1
#define VST3_kWriteState 2
#define VST3_kReadWriteState 3

struct vst3_IAutomationState_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setAutomationState)(void *self, int32_t state);
};

struct vst3_IAutomationState {
    const struct vst3_IAutomationState_vtbl *vtbl;
};
extern const uint8_t vst3_IAutomationState_iid[16];

/* values of the attribute "channel plugin location" */
#define VST3_kPreVolumeFader 0
#define VST3_kPostVolumeFader 1
#define VST3_kUsedAsPanner 2

struct vst3_IInfoListener_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setChannelContextInfos)(void *self, struct vst3_IAttributeList *list);
};

struct vst3_IInfoListener {
    const struct vst3_IInfoListener_vtbl *vtbl;
};
extern const uint8_t vst3_IInfoListener_iid[16];

struct vst3_IParameterFunctionName_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getParameterIDFromFunctionName)(void *self, int32_t unitID, const char *functionName, uint32_t *paramID);
};

struct vst3_IParameterFunctionName {
    const struct vst3_IParameterFunctionName_vtbl *vtbl;
};
extern const uint8_t vst3_IParameterFunctionName_iid[16];

struct vst3_IRemapParamID_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getCompatibleParamID)(void *self, const uint8_t *pluginToReplaceUID, uint32_t oldParamID,
                                    uint32_t *newParamID);
};

struct vst3_IRemapParamID {
    const struct vst3_IRemapParamID_vtbl *vtbl;
};
extern const uint8_t vst3_IRemapParamID_iid[16];

struct vst3_RepresentationInfo {
    char vendor[64];
    char name[64];
    char version[64];
    char host[64];
};

struct vst3_IXmlRepresentationController_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getXmlRepresentationStream)(void *self, struct vst3_RepresentationInfo *info,
                                          struct vst3_IBStream *stream);
};

struct vst3_IXmlRepresentationController {
    const struct vst3_IXmlRepresentationController_vtbl *vtbl;
};
extern const uint8_t vst3_IXmlRepresentationController_iid[16];
