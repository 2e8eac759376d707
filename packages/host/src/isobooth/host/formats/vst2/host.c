/* The host as plugins call it: one function for everything, on any thread, also before the entry has returned and with an effect
 * that is NULL. What only concerns windows, files and other plugins is refused. */
#include "process.h"

#include "engine/log_ring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_INSTANCES 64
#define MOST_LATENCY (1 << 30) /* frames: more than six hours at 48 kHz */
#define CAN_DO_BYTES 256       /* of the plugin's question that are looked at */

/* Who is who. Written by the main thread, read by all; the newest instance answers for effects that nobody knows yet. */
static struct ib_vst2 *instances[MOST_INSTANCES];
static struct ib_vst2 *newest;

/* -- instances --------------------------------------------------------------------------------------------------------- */

/* The instance behind an effect; NULL where there is none at all. [any-thread] */
static struct ib_vst2 *instance_of(const struct vst2_effect *effect)
{
    for (uint32_t i = 0; effect != NULL && i < MOST_INSTANCES; i++) {
        struct ib_vst2 *vst2 = __atomic_load_n(&instances[i], __ATOMIC_ACQUIRE);
        if (vst2 != NULL && ib_vst2_effect(vst2) == effect)
            return vst2;
    }
    return __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
}

/* [main-thread] */
static int enter(struct ib_vst2 *vst2)
{
    for (uint32_t i = 0; i < MOST_INSTANCES; i++) {
        if (instances[i] == NULL) {
            __atomic_store_n(&instances[i], vst2, __ATOMIC_RELEASE);
            __atomic_store_n(&newest, vst2, __ATOMIC_RELEASE);
            return 1;
        }
    }
    return 0;
}

struct ib_vst2 *ib_vst2_new(struct ib_mailbox *mailbox)
{
    struct ib_vst2 *vst2 = calloc(1, sizeof *vst2);
    struct ib_vst2_audio *audio = calloc(1, sizeof *audio);
    if (vst2 == NULL || audio == NULL || !enter(vst2)) {
        free(audio);
        free(vst2);
        return NULL;
    }
    audio->setting = -1;
    ib_vst2_edits_init(audio);
    vst2->mailbox = mailbox;
    vst2->audio = audio;
    return vst2;
}

void ib_vst2_free(struct ib_vst2 *vst2)
{
    struct ib_vst2 *other = NULL;
    for (uint32_t i = 0; i < MOST_INSTANCES; i++) {
        if (instances[i] == vst2)
            __atomic_store_n(&instances[i], NULL, __ATOMIC_RELEASE);
        else if (instances[i] != NULL)
            other = instances[i];
    }
    if (newest == vst2)
        __atomic_store_n(&newest, other, __ATOMIC_RELEASE);
    free(vst2->audio->spare);
    free(vst2->audio->overflow);
    free(vst2->audio);
    free(vst2);
}

void ib_vst2_set_effect(struct ib_vst2 *vst2, struct vst2_effect *effect)
{
    __atomic_store_n(&vst2->effect, effect, __ATOMIC_RELEASE);
}

void ib_vst2_set_state(struct ib_vst2 *vst2, uint32_t state)
{
    __atomic_store_n(&vst2->state, state, __ATOMIC_RELEASE);
}

/* [any-thread] */
uint32_t ib_vst2_latency(const struct ib_vst2 *vst2)
{
    const struct vst2_effect *effect = ib_vst2_effect(vst2);
    int32_t frames = effect != NULL ? __atomic_load_n(&effect->latency, __ATOMIC_RELAXED) : 0;
    return frames <= 0 ? 0 : frames < MOST_LATENCY ? (uint32_t)frames : MOST_LATENCY;
}

uint32_t ib_vst2_take_wants(struct ib_vst2 *vst2)
{
    return __atomic_exchange_n(&vst2->wants, 0, __ATOMIC_ACQ_REL);
}

void ib_vst2_want(struct ib_vst2 *vst2, uint32_t bits)
{
    __atomic_fetch_or(&vst2->wants, bits, __ATOMIC_ACQ_REL);
    ib_ask(vst2->mailbox, IB_ASK_CALLBACK);
}

/* -- answers ----------------------------------------------------------------------------------------------------------- */

struct ability {
    const char *name;
    intptr_t answer; /* 1 yes, -1 no; 0, for all others, means unknown */
};

static const struct ability abilities[] = {
    {"sendVstEvents", 1},
    {"sendVstMidiEvent", 1},
    {"sendVstMidiEventFlagIsRealtime", 1},
    {"sendVstTimeInfo", 1},
    {"receiveVstEvents", 1},
    {"receiveVstMidiEvent", 1},
    {"receiveVstTimeInfo", -1},
    {"reportConnectionChanges", -1},
    {"acceptIOChanges", 1},
    {"supplyIdle", 1},
    {"startStopProcess", 1},
    {"shellCategory", 1},
    {"supportShell", 1},
    {"sizeWindow", -1},
    {"openFileSelector", -1},
    {"closeFileSelector", -1},
    {"editFile", -1},
    {"asyncProcessing", -1},
    {"offline", -1},
};

/* [any-thread] */
static intptr_t can_do(const char *question)
{
    for (size_t i = 0; question != NULL && i < sizeof abilities / sizeof *abilities; i++) {
        if (strncmp(question, abilities[i].name, CAN_DO_BYTES) == 0)
            return abilities[i].answer;
    }
    return 0;
}

/* [any-thread] */
static intptr_t say(char *room, const char *text)
{
    if (room == NULL)
        return 0;
    memcpy(room, text, strlen(text) + 1);
    return 1;
}

/* [any-thread] */
static intptr_t process_level(const struct ib_vst2 *vst2)
{
    if (!ib_on_audio_thread())
        return VST2_LEVEL_USER;
    const struct ib_block *block = vst2->audio->block;
    int offline =
        __atomic_load_n(&vst2->offline, __ATOMIC_RELAXED) || (block != NULL && block->flags & IB_BLOCK_OFFLINE);
    return offline ? VST2_LEVEL_OFFLINE : VST2_LEVEL_REALTIME;
}

/* What has changed is read again; a plugin that is still being opened is read anyway. [any-thread] */
static intptr_t io_changed(struct ib_vst2 *vst2)
{
    const struct vst2_effect *effect = ib_vst2_effect(vst2);
    uint32_t state = ib_vst2_state(vst2);
    if (effect == NULL || state == IB_VST2_OPENING || state == IB_VST2_CLOSING)
        return 1;
    if (effect->inputs != vst2->inputs || effect->outputs != vst2->outputs)
        ib_ask(vst2->mailbox, IB_ASK_BUSES);
    ib_ask(vst2->mailbox, IB_ASK_LATENCY);
    ib_vst2_want(vst2, IB_VST2_WANT_IO);
    return 1;
}

/* [any-thread] */
static intptr_t refuse(struct ib_vst2 *vst2, enum ib_vst2_fault fault)
{
    ib_vst2_fault(vst2, fault);
    return 0;
}

/* [any-thread] */
static intptr_t tempo(const struct ib_vst2 *vst2)
{
    const struct vst2_time *time = &vst2->audio->time;
    return ib_vst2_in_block(vst2) && time->flags & VST2_TIME_HAS_TEMPO ? lrint(time->tempo * 10000.0) : 0;
}

/* What the plugin wants to know. `known` is 0 where the question is another. [any-thread] */
static intptr_t answer(struct ib_vst2 *vst2, int32_t opcode, int32_t index, intptr_t value, int *known)
{
    const struct vst2_effect *effect = ib_vst2_effect(vst2);
    *known = 1;
    switch (opcode) {
    case VST2_HOST_CURRENT_ID:
        return vst2->current_id;
    case VST2_HOST_PIN_CONNECTED: /* 0 means yes: plugins of VST 1 know no other answer */
        return index < 0 || index >= (value != 0 ? vst2->outputs : vst2->inputs);
    case VST2_HOST_GET_TIME:
        return (intptr_t)ib_vst2_time(vst2);
    case VST2_HOST_TEMPO_AT:
        return tempo(vst2);
    case VST2_HOST_PARAM_COUNT:
        return vst2->params;
    case VST2_HOST_PARAM_QUANTIZATION:
        return 1;
    case VST2_HOST_GET_SAMPLE_RATE:
        return lrint(vst2->sample_rate);
    case VST2_HOST_GET_BLOCK_SIZE:
        return vst2->block_size;
    case VST2_HOST_GET_INPUT_LATENCY:
    case VST2_HOST_GET_OUTPUT_LATENCY:
        return 0; /* known to the client alone */
    case VST2_HOST_WILL_REPLACE:
        if (effect == NULL || ib_vst2_state(vst2) == IB_VST2_CLOSING) /* it may be gone already */
            return 1;
        return effect->flags & VST2_FLAG_CAN_REPLACE ? 1 : 2;
    case VST2_HOST_PROCESS_LEVEL:
        return process_level(vst2);
    case VST2_HOST_GET_VENDOR_VERSION:
        return vst2->vendor_version;
    case VST2_HOST_GET_DIRECTORY:
        return (intptr_t)vst2->directory;
    default:
        *known = 0;
        return 0;
    }
}

/* What the plugin wants to be done. [any-thread] */
static intptr_t act(struct ib_vst2 *vst2, int32_t opcode, int32_t index, void *ptr, float opt)
{
    switch (opcode) {
    case VST2_HOST_AUTOMATE:
        return ib_vst2_edit_push(vst2, IB_EVENT_PARAM_VALUE, index, opt);
    case VST2_HOST_BEGIN_EDIT:
        return ib_vst2_edit_push(vst2, IB_EVENT_GESTURE_BEGIN, index, 0.0f);
    case VST2_HOST_END_EDIT:
        return ib_vst2_edit_push(vst2, IB_EVENT_GESTURE_END, index, 0.0f);
    case VST2_HOST_PROCESS_EVENTS:
        return ib_vst2_events_out(vst2, ptr);
    case VST2_HOST_WANT_MIDI:
        ib_vst2_want(vst2, IB_VST2_WANT_MIDI);
        return 1;
    case VST2_HOST_NEED_IDLE:
        ib_vst2_want(vst2, IB_VST2_WANT_IDLE);
        return 1;
    case VST2_HOST_UPDATE_DISPLAY:
        if (ib_vst2_state(vst2) != IB_VST2_OPENING)
            ib_vst2_want(vst2, IB_VST2_WANT_DISPLAY);
        return 1;
    case VST2_HOST_IO_CHANGED:
        return io_changed(vst2);
    case VST2_HOST_SIZE_WINDOW:
        return refuse(vst2, IB_VST2_FAULT_WINDOW);
    case VST2_HOST_OPEN_FILE_SELECTOR:
        return refuse(vst2, IB_VST2_FAULT_FILE_SELECTOR);
    default:
        return 0;
    }
}

intptr_t ib_vst2_host(struct vst2_effect *effect, int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt)
{
    int known;
    switch (opcode) { /* what needs no instance */
    case VST2_HOST_VERSION:
        return VST2_VERSION;
    case VST2_HOST_GET_VENDOR:
    case VST2_HOST_GET_PRODUCT:
        return say(ptr, "isobooth");
    case VST2_HOST_CAN_DO:
        return can_do(ptr);
    case VST2_HOST_GET_LANGUAGE:
        return VST2_LANGUAGE_ENGLISH;
    default:
        break;
    }
    struct ib_vst2 *vst2 = instance_of(effect);
    if (vst2 == NULL)
        return 0;
    intptr_t answered = answer(vst2, opcode, index, value, &known);
    return known ? answered : act(vst2, opcode, index, ptr, opt);
}

/* -- faults ------------------------------------------------------------------------------------------------------------ */

static const char *const texts[IB_VST2_FAULTS] = {
    [IB_VST2_FAULT_EVENTS_OUTSIDE] = "it sent events while it was not processing (left out)",
    [IB_VST2_FAULT_EVENT] = "it sent an event that is no MIDI message (left out)",
    [IB_VST2_FAULT_PARAM] = "it changed a parameter that it does not have (ignored)",
    [IB_VST2_FAULT_VALUE] = "it gave a parameter a value that is no number (ignored)",
    [IB_VST2_FAULT_EDITS] = "it changes parameters faster than the client can be told (values are read again)",
    [IB_VST2_FAULT_CHANNELS] = "it changed its number of channels while it processes (restarted)",
    [IB_VST2_FAULT_WINDOW] = "it asked for a window of another size: there are no windows here (refused)",
    [IB_VST2_FAULT_FILE_SELECTOR] = "it asked the user for a file: nobody can be asked here (refused)",
};

_Static_assert(IB_VST2_FAULTS <= 32, "one bit of ib_vst2.reported each");

void ib_vst2_fault(struct ib_vst2 *vst2, enum ib_vst2_fault fault)
{
    const int32_t plugin_misbehaving = 6;
    uint32_t bit = (uint32_t)1 << fault;
    if (__atomic_load_n(&vst2->reported, __ATOMIC_RELAXED) & bit)
        return;
    if (__atomic_fetch_or(&vst2->reported, bit, __ATOMIC_RELAXED) & bit)
        return;
    ib_log_push(vst2->mailbox, plugin_misbehaving, texts[fault]);
}
