/* VST3: what a host is to its plugins. A connection point and a data exchange receiver are the plugin's as well. */

/* -- ivstattributes.h, ivstmessage.h, ivsthostapplication.h, ivstpluginterfacesupport.h ---------------------------- */

struct vst3_IHostApplication_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getName)(void *self, uint16_t *name);
    int32_t (*createInstance)(void *self, uint8_t *cid, uint8_t *iid, void **obj);
};

struct vst3_IHostApplication {
    const struct vst3_IHostApplication_vtbl *vtbl;
};
extern const uint8_t vst3_IHostApplication_iid[16];

struct vst3_IPlugInterfaceSupport_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*isPlugInterfaceSupported)(void *self, const uint8_t *iid);
};

struct vst3_IPlugInterfaceSupport {
    const struct vst3_IPlugInterfaceSupport_vtbl *vtbl;
};
extern const uint8_t vst3_IPlugInterfaceSupport_iid[16];

/* Sizes are in bytes, of strings too. What getBinary gives belongs to the list. */
struct vst3_IAttributeList_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setInt)(void *self, const char *id, int64_t value);
    int32_t (*getInt)(void *self, const char *id, int64_t *value);
    int32_t (*setFloat)(void *self, const char *id, double value);
    int32_t (*getFloat)(void *self, const char *id, double *value);
    int32_t (*setString)(void *self, const char *id, const uint16_t *string);
    int32_t (*getString)(void *self, const char *id, uint16_t *string, uint32_t sizeInBytes);
    int32_t (*setBinary)(void *self, const char *id, const void *data, uint32_t sizeInBytes);
    int32_t (*getBinary)(void *self, const char *id, const void **data, uint32_t *sizeInBytes);
};

struct vst3_IAttributeList {
    const struct vst3_IAttributeList_vtbl *vtbl;
};
extern const uint8_t vst3_IAttributeList_iid[16];

/* getFileName is of a preset's file; getAttributes gives no reference of its own. */
struct vst3_IStreamAttributes_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getFileName)(void *self, uint16_t *name);
    struct vst3_IAttributeList *(*getAttributes)(void *self);
};

struct vst3_IStreamAttributes {
    const struct vst3_IStreamAttributes_vtbl *vtbl;
};
extern const uint8_t vst3_IStreamAttributes_iid[16];

struct vst3_IMessage_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    const char *(*getMessageID)(void *self);
    void (*setMessageID)(void *self, const char *id);
    struct vst3_IAttributeList *(*getAttributes)(void *self);
};

struct vst3_IMessage {
    const struct vst3_IMessage_vtbl *vtbl;
};
extern const uint8_t vst3_IMessage_iid[16];

struct vst3_IConnectionPoint_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*connect)(void *self, struct vst3_IConnectionPoint *other);
    int32_t (*disconnect)(void *self, struct vst3_IConnectionPoint *other);
    int32_t (*notify)(void *self, struct vst3_IMessage *message);
};

struct vst3_IConnectionPoint {
    const struct vst3_IConnectionPoint_vtbl *vtbl;
};
extern const uint8_t vst3_IConnectionPoint_iid[16];

/* -- ivsteditcontroller.h: what a controller calls ----------------------------------------------------------------- */

/* restartComponent's flags */
#define VST3_kReloadComponent 1
#define VST3_kIoChanged 2
#define VST3_kParamValuesChanged 4
#define VST3_kLatencyChanged 8
#define VST3_kParamTitlesChanged 16
#define VST3_kMidiCCAssignmentChanged 32
#define VST3_kNoteExpressionChanged 64
#define VST3_kIoTitlesChanged 128
#define VST3_kPrefetchableSupportChanged 256
#define VST3_kRoutingInfoChanged 512
#define VST3_kKeyswitchChanged 1024
#define VST3_kParamIDMappingChanged 2048

struct vst3_IComponentHandler_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*beginEdit)(void *self, uint32_t id);
    int32_t (*performEdit)(void *self, uint32_t id, double valueNormalized);
    int32_t (*endEdit)(void *self, uint32_t id);
    int32_t (*restartComponent)(void *self, int32_t flags);
};

struct vst3_IComponentHandler {
    const struct vst3_IComponentHandler_vtbl *vtbl;
};
extern const uint8_t vst3_IComponentHandler_iid[16];

struct vst3_IComponentHandler2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*setDirty)(void *self, uint8_t state);
    int32_t (*requestOpenEditor)(void *self, const char *name);
    int32_t (*startGroupEdit)(void *self);
    int32_t (*finishGroupEdit)(void *self);
};

struct vst3_IComponentHandler2 {
    const struct vst3_IComponentHandler2_vtbl *vtbl;
};
extern const uint8_t vst3_IComponentHandler2_iid[16];

struct vst3_IComponentHandlerBusActivation_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*requestBusActivation)(void *self, int32_t type, int32_t dir, int32_t index, uint8_t state);
};

struct vst3_IComponentHandlerBusActivation {
    const struct vst3_IComponentHandlerBusActivation_vtbl *vtbl;
};
extern const uint8_t vst3_IComponentHandlerBusActivation_iid[16];

struct vst3_IComponentHandlerSystemTime_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getSystemTime)(void *self, int64_t *systemTime);
};

struct vst3_IComponentHandlerSystemTime {
    const struct vst3_IComponentHandlerSystemTime_vtbl *vtbl;
};
extern const uint8_t vst3_IComponentHandlerSystemTime_iid[16];

/* IProgress's types, there without the k */
#define VST3_AsyncStateRestoration 0
#define VST3_UIBackgroundTask 1

struct vst3_IProgress_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*start)(void *self, uint32_t type, const uint16_t *optionalDescription, uint64_t *outID);
    int32_t (*update)(void *self, uint64_t id, double normValue);
    int32_t (*finish)(void *self, uint64_t id);
};

struct vst3_IProgress {
    const struct vst3_IProgress_vtbl *vtbl;
};
extern const uint8_t vst3_IProgress_iid[16];

/* -- ivstunits.h --------------------------------------------------------------------------------------------------- */

struct vst3_IUnitHandler_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*notifyUnitSelection)(void *self, int32_t unitId);
    int32_t (*notifyProgramListChange)(void *self, int32_t listId, int32_t programIndex);
};

struct vst3_IUnitHandler {
    const struct vst3_IUnitHandler_vtbl *vtbl;
};
extern const uint8_t vst3_IUnitHandler_iid[16];

struct vst3_IUnitHandler2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*notifyUnitByBusChange)(void *self);
};

struct vst3_IUnitHandler2 {
    const struct vst3_IUnitHandler2_vtbl *vtbl;
};
extern const uint8_t vst3_IUnitHandler2_iid[16];

/* -- ivstcontextmenu.h --------------------------------------------------------------------------------------------- */

/* vst3_IContextMenuItem.flags; a group's start is disabled as well, its end a separator as well */
#define VST3_kIsSeparator 1
#define VST3_kIsDisabled 2
#define VST3_kIsChecked 4
#define VST3_kIsGroupStart 10
#define VST3_kIsGroupEnd 17

struct vst3_IContextMenuItem {
    uint16_t name[128];
    int32_t tag;
    int32_t flags;
};

struct vst3_IContextMenuTarget_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*executeMenuItem)(void *self, int32_t tag);
};

struct vst3_IContextMenuTarget {
    const struct vst3_IContextMenuTarget_vtbl *vtbl;
};
extern const uint8_t vst3_IContextMenuTarget_iid[16];

struct vst3_IContextMenu_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getItemCount)(void *self);
    int32_t (*getItem)(void *self, int32_t index, struct vst3_IContextMenuItem *item,
                       struct vst3_IContextMenuTarget **target);
    int32_t (*addItem)(void *self, const struct vst3_IContextMenuItem *item, struct vst3_IContextMenuTarget *target);
    int32_t (*removeItem)(void *self, const struct vst3_IContextMenuItem *item, struct vst3_IContextMenuTarget *target);
    int32_t (*popup)(void *self, int32_t x, int32_t y);
};

struct vst3_IContextMenu {
    const struct vst3_IContextMenu_vtbl *vtbl;
};
extern const uint8_t vst3_IContextMenu_iid[16];

/* plugView is the IPlugView of pluginterfaces/gui. */
struct vst3_IComponentHandler3_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    struct vst3_IContextMenu *(*createContextMenu)(void *self, void *plugView, const uint32_t *paramID);
};

struct vst3_IComponentHandler3 {
    const struct vst3_IComponentHandler3_vtbl *vtbl;
};
extern const uint8_t vst3_IComponentHandler3_iid[16];

/* -- ivstdataexchange.h -------------------------------------------------------------------------------------------- */

#define VST3_InvalidDataExchangeQueueID 0x7FFFFFFF
#define VST3_InvalidDataExchangeBlockID 0x7FFFFFFF

struct vst3_DataExchangeBlock {
    void *data;
    uint32_t size;
    uint32_t blockID;
};

struct vst3_IDataExchangeHandler_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*openQueue)(void *self, struct vst3_IAudioProcessor *processor, uint32_t blockSize, uint32_t numBlocks,
                         uint32_t alignment, uint32_t userContextID, uint32_t *outID);
    int32_t (*closeQueue)(void *self, uint32_t queueID);
    int32_t (*lockBlock)(void *self, uint32_t queueId, struct vst3_DataExchangeBlock *block);
    int32_t (*freeBlock)(void *self, uint32_t queueId, uint32_t blockID, uint8_t sendToController);
};

struct vst3_IDataExchangeHandler {
    const struct vst3_IDataExchangeHandler_vtbl *vtbl;
};
extern const uint8_t vst3_IDataExchangeHandler_iid[16];

struct vst3_IDataExchangeReceiver_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    void (*queueOpened)(void *self, uint32_t userContextID, uint32_t blockSize, uint8_t *dispatchOnBackgroundThread);
    void (*queueClosed)(void *self, uint32_t userContextID);
    void (*onDataExchangeBlocksReceived)(void *self, uint32_t userContextID, uint32_t numBlocks,
                                         struct vst3_DataExchangeBlock *blocks, uint8_t onBackgroundThread);
};

struct vst3_IDataExchangeReceiver {
    const struct vst3_IDataExchangeReceiver_vtbl *vtbl;
};
extern const uint8_t vst3_IDataExchangeReceiver_iid[16];

/* -- ivsttransportcontrol.h, 3.8 ----------------------------------------------------------------------------------- */

/* vst3_TransportPosition.type, there TransportPositionType's Samples and QuarterNotes */
#define VST3_TransportPosition_Samples 0
#define VST3_TransportPosition_QuarterNotes 1

/* requestAction's action, there ITransportControl::Action's without prefix */
#define VST3_Action_Locate 0
#define VST3_Action_PlaybackStart 1
#define VST3_Action_PlaybackStop 2
#define VST3_Action_LocateAndPlaybackStart 3
#define VST3_Action_PlaybackStopAndLocate 4
#define VST3_Action_RecordOnPlaybackStart 5
#define VST3_Action_LocateAndRecordOnPlaybackStart 6
#define VST3_Action_RecordOff 7
#define VST3_Action_RecordOffPlaybackStop 8
#define VST3_Action_RecordOffPlaybackStopAndLocate 9
#define VST3_Action_SetCycleStart 10
#define VST3_Action_SetCycleEnd 11
#define VST3_Action_CycleOn 12
#define VST3_Action_CycleOff 13

union vst3_TransportPosition_u {
    int64_t samples;
    double quarterNotes;
};

struct vst3_TransportPosition {
    int32_t type;
    union vst3_TransportPosition_u u;
};

struct vst3_ITransportControl_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*requestAction)(void *self, int32_t action, struct vst3_TransportPosition *position);
    int32_t (*isActionSupported)(void *self, int32_t action);
};

struct vst3_ITransportControl {
    const struct vst3_ITransportControl_vtbl *vtbl;
};
extern const uint8_t vst3_ITransportControl_iid[16];

/* -- iplugview.h of pluginterfaces/gui: what a Linux plugin's own descriptors and timers need ---------------------- */

struct vst3_IEventHandler_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    void (*onFDIsSet)(void *self, int fd);
};

struct vst3_IEventHandler {
    const struct vst3_IEventHandler_vtbl *vtbl;
};
extern const uint8_t vst3_IEventHandler_iid[16];

struct vst3_ITimerHandler_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    void (*onTimer)(void *self);
};

struct vst3_ITimerHandler {
    const struct vst3_ITimerHandler_vtbl *vtbl;
};
extern const uint8_t vst3_ITimerHandler_iid[16];

struct vst3_IRunLoop_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*registerEventHandler)(void *self, struct vst3_IEventHandler *handler, int fd);
    int32_t (*unregisterEventHandler)(void *self, struct vst3_IEventHandler *handler);
    int32_t (*registerTimer)(void *self, struct vst3_ITimerHandler *handler, uint64_t milliseconds);
    int32_t (*unregisterTimer)(void *self, struct vst3_ITimerHandler *handler);
};

struct vst3_IRunLoop {
    const struct vst3_IRunLoop_vtbl *vtbl;
};
extern const uint8_t vst3_IRunLoop_iid[16];
