/* The context that a VST3 plugin is initialised with, and the life of all that the host hands out. */
#include "formats/vst3/objects.h"

#include <stdlib.h>
#include <string.h>

enum face { FACE_APPLICATION, FACE_SUPPORT, FACE_RUN_LOOP, FACE_EXCHANGE, FACE_TRANSPORT };

/* -- IHostApplication -------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static int32_t get_name(void *self, uint16_t *name)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object == NULL || name == NULL)
        return VST3_kInvalidArgument;
    memcpy(name, object->host->name, sizeof object->host->name);
    return VST3_kResultOk;
}

/* Messages and attribute lists, nothing else. Plugins send messages from the audio thread as well. [any-thread] */
static int32_t create_instance(void *self, uint8_t *cid, uint8_t *iid, void **out)
{
    if (out == NULL)
        return VST3_kInvalidArgument;
    *out = NULL;
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object == NULL || cid == NULL || iid == NULL)
        return VST3_kInvalidArgument;
    struct ib_vst3_host *host = object->host;
    uint32_t number = IB_VST3_POOLS;
    if (vst3_same_id(cid, vst3_IMessage_iid))
        number = IB_VST3_POOL_MESSAGES;
    else if (vst3_same_id(cid, vst3_IAttributeList_iid))
        number = IB_VST3_POOL_ATTRIBUTES;
    if (number == IB_VST3_POOLS)
        return VST3_kNotImplemented;
    if (ib_vst3_is_closed(host))
        return VST3_kResultFalse;
    struct ib_vst3_object *made = ib_vst3_object_take(&host->pools[number], host, 0);
    if (made == NULL)
        return VST3_kOutOfMemory;
    int32_t result = ib_vst3_query(&made->faces[0], iid, out);
    ib_vst3_release(&made->faces[0]); /* what was asked for has a reference of its own */
    return result;
}

/* -- IPlugInterfaceSupport --------------------------------------------------------------------------------------------- */

/* Interfaces of plugins that are used. */
static const uint8_t *const used[] = {
    vst3_FUnknown_iid,
    vst3_IPluginBase_iid,
    vst3_IPluginCompatibility_iid,
    vst3_IComponent_iid,
    vst3_IAudioProcessor_iid,
    vst3_IAudioPresentationLatency_iid,
    vst3_IProcessContextRequirements_iid,
    vst3_IConnectionPoint_iid,
    vst3_IEditController_iid,
    vst3_IMidiMapping_iid,
    vst3_IMidiMapping2_iid,
    vst3_INoteExpressionController_iid,
    vst3_IKeyswitchController_iid,
    vst3_IUnitInfo_iid,
    vst3_IUnitData_iid,
    vst3_IProgramListData_iid,
    vst3_IInfoListener_iid,
    vst3_IAutomationState_iid,
    vst3_IDataExchangeReceiver_iid,
    vst3_IEventHandler_iid,
    vst3_ITimerHandler_iid,
};

/* [any-thread] */
static int32_t is_plug_interface_supported(void *self, const uint8_t *iid)
{
    if (ib_vst3_object_of(self) == NULL || iid == NULL)
        return VST3_kInvalidArgument;
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        if (vst3_same_id(iid, used[i]))
            return VST3_kResultTrue;
    }
    return VST3_kResultFalse;
}

/* -- ITransportControl ------------------------------------------------------------------------------------------------- */

/* Everything but the ends of the loop, one at a time. [any-thread] */
static int32_t is_action_supported(void *self, int32_t action)
{
    if (ib_vst3_object_of(self) == NULL)
        return VST3_kInvalidArgument;
    int is_known = action >= VST3_Action_Locate && action <= VST3_Action_CycleOff;
    return is_known && action != VST3_Action_SetCycleStart && action != VST3_Action_SetCycleEnd ? VST3_kResultTrue
                                                                                                : VST3_kResultFalse;
}

/* Does the action need a position? [any-thread] */
static int moves(int32_t action)
{
    return action == VST3_Action_Locate || action == VST3_Action_LocateAndPlaybackStart ||
           action == VST3_Action_PlaybackStopAndLocate || action == VST3_Action_LocateAndRecordOnPlaybackStart ||
           action == VST3_Action_RecordOffPlaybackStopAndLocate;
}

/* The song's position is known in quarter notes alone: samples are refused. [main-thread, tolerated: any-thread] */
static int32_t request_action(void *self, int32_t action, struct vst3_TransportPosition *position)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    struct ib_vst3_notice notice = {.kind = IB_VST3_NOTICE_TRANSPORT, .numbers = {action, -1}};
    if (object == NULL || (moves(action) && position == NULL))
        return VST3_kInvalidArgument;
    if (is_action_supported(self, action) != VST3_kResultTrue)
        return VST3_kResultFalse;
    if (moves(action)) {
        if (position->type != VST3_TransportPosition_QuarterNotes) {
            ib_vst3_host_fault(object->host, IB_VST3_FAULT_TRANSPORT);
            return VST3_kResultFalse;
        }
        notice.numbers[1] = position->type;
        notice.value = position->u.quarterNotes;
        if (!(notice.value > -1e15 && notice.value < 1e15))
            return VST3_kInvalidArgument;
    }
    return ib_vst3_notice_push(object->host, &notice);
}

const struct vst3_ITransportControl_vtbl ib_vst3_transport_vtbl = {IB_VST3_UNKNOWN, request_action,
                                                                   is_action_supported};

/* -- the object -------------------------------------------------------------------------------------------------------- */

static const struct vst3_IHostApplication_vtbl application_vtbl = {IB_VST3_UNKNOWN, get_name, create_instance};
static const struct vst3_IPlugInterfaceSupport_vtbl support_vtbl = {IB_VST3_UNKNOWN, is_plug_interface_supported};

static const struct ib_vst3_entry entries[] = {
    {vst3_FUnknown_iid, FACE_APPLICATION},          {vst3_IHostApplication_iid, FACE_APPLICATION},
    {vst3_IPlugInterfaceSupport_iid, FACE_SUPPORT}, {vst3_IRunLoop_iid, FACE_RUN_LOOP},
    {vst3_IDataExchangeHandler_iid, FACE_EXCHANGE}, {vst3_ITransportControl_iid, FACE_TRANSPORT},
};

const struct ib_vst3_class ib_vst3_context_class = {
    .name = "IHostApplication",
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&application_vtbl, &support_vtbl, &ib_vst3_run_loop_vtbl, &ib_vst3_exchange_vtbl,
              &ib_vst3_transport_vtbl},
};

/* -- life -------------------------------------------------------------------------------------------------------------- */

static const struct ib_vst3_class *const pool_classes[IB_VST3_POOLS] = {
    [IB_VST3_POOL_MESSAGES] = &ib_vst3_message_class,
    [IB_VST3_POOL_ATTRIBUTES] = &ib_vst3_attributes_class,
    [IB_VST3_POOL_STREAMS] = &ib_vst3_stream_class,
    [IB_VST3_POOL_PROXIES] = &ib_vst3_proxy_class,
};

struct ib_vst3_host *ib_vst3_host_new(struct ib_mailbox *mailbox, struct ib_vst3 *vst3, const char *name)
{
    struct ib_vst3_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return NULL;
    host->mailbox = mailbox;
    host->vst3 = vst3;
    host->main_thread = (uintptr_t)pthread_self();
    pthread_mutex_init(&host->growing, NULL);
    ib_vst3_to_utf16(name, host->name, sizeof host->name / sizeof *host->name);
    ib_vst3_object_init(&host->context, host, &ib_vst3_context_class);
    ib_vst3_object_init(&host->handler, host, &ib_vst3_handler_class);
    for (uint32_t i = 0; i < IB_VST3_MOST_QUEUES; i++)
        host->queues[i].id = VST3_InvalidDataExchangeQueueID;
    for (uint32_t i = 0; i < IB_VST3_POOLS; i++)
        host->pools[i].class = pool_classes[i];
    host->arenas = calloc(IB_VST3_ARENAS, sizeof *host->arenas);
    if (host->arenas == NULL || !ib_vst3_pool_grow(&host->pools[IB_VST3_POOL_MESSAGES], host) ||
        !ib_vst3_pool_grow(&host->pools[IB_VST3_POOL_ATTRIBUTES], host)) {
        ib_vst3_host_free(host);
        return NULL;
    }
    return host;
}

void *ib_vst3_host_context(struct ib_vst3_host *host)
{
    return &host->context.faces[FACE_APPLICATION];
}

struct vst3_IComponentHandler *ib_vst3_host_handler(struct ib_vst3_host *host)
{
    return (struct vst3_IComponentHandler *)&host->handler.faces[0];
}

uint32_t ib_vst3_host_close(struct ib_vst3_host *host)
{
    struct ib_vst3_waiting content;
    if (__atomic_exchange_n(&host->closed, 1, __ATOMIC_ACQ_REL))
        return 0;
    while (ib_vst3_ring_pop(&host->messages, &content))
        content.message->vtbl->release(content.message);
    ib_vst3_proxies_close(host);
    ib_vst3_queues_close(host);
    uint32_t registered = ib_vst3_run_loop_clear(host);
    ib_vst3_pools_tend(host);
    return registered;
}

void ib_vst3_host_free(struct ib_vst3_host *host)
{
    for (uint32_t i = 0; i < IB_VST3_POOLS; i++) {
        struct ib_vst3_pool *pool = &host->pools[i];
        for (uint32_t place = 0; place < pool->slab_count * pool->class->slab; place++) {
            struct ib_vst3_object *object = (struct ib_vst3_object *)(pool->slabs[place / pool->class->slab] +
                                                                      place % pool->class->slab * pool->class->size);
            if (object->life != IB_VST3_FREE && object->class->destroy != NULL) {
                object->life = IB_VST3_FREE;
                object->holders = 0;
                object->class->destroy(object);
            }
        }
    }
    for (uint32_t i = 0; i < IB_VST3_POOLS; i++) {
        for (uint32_t slab = 0; slab < host->pools[i].slab_count; slab++)
            free(host->pools[i].slabs[slab]);
    }
    free(host->run_loop.timers);
    free(host->run_loop.watches);
    free(host->arenas);
    pthread_mutex_destroy(&host->growing);
    free(host);
}
