/* A VST2 plugin that notes what it is given and does what it is told (vst2_witness.h); its answers to the dispatcher's questions
 * are in vst2_answers.h. Flags of the compiler choose its kind:
 * SHELL, CHUNKS, DOUBLE, ADDS (it cannot replace), SYNTH, OLD (its entry is main), BARE (no pins, no properties), and wrong
 * ones: NULL_ENTRY, WRONG_MAGIC, HUGE_COUNTS, NO_PROCESS, DEADLY (the id of the plugin of the shell that dies when it is made). */
#include "formats/vst2/abi.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vst2_witness.h"

#define EXPORT __attribute__((visibility("default")))
#define PARAMS 4
#define PROGRAMS 3
#define ID 0x57695431 /* "WiT1" */

EXPORT struct witness witness;
EXPORT intptr_t witness_call(int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt);
EXPORT void witness_in_thread(int32_t opcode, int32_t index, float opt);

static vst2_callback host;
static struct vst2_effect effect;
static float params[PROGRAMS][PARAMS];
static char names[PROGRAMS][32];
static int program;
static int32_t current_id;

/* -- calls of the host, for the test ------------------------------------------------------------------------------------ */

intptr_t witness_call(int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt)
{
    return host(&effect, opcode, index, value, ptr, opt);
}

struct call {
    int32_t opcode, index;
    float opt;
};

static void *call_in_thread(void *argument)
{
    struct call *call = argument;
    for (int i = 0; i < 100; i++)
        (void)host(&effect, call->opcode, call->index, 0, NULL, call->opt);
    return NULL;
}

void witness_in_thread(int32_t opcode, int32_t index, float opt)
{
    struct call call = {opcode, index, opt};
    pthread_t thread;
    pthread_create(&thread, NULL, call_in_thread, &call);
    pthread_join(thread, NULL);
}

/* -- processing ---------------------------------------------------------------------------------------------------------- */

static void send_events(void)
{
    struct vst2_midi midi[8];
    struct vst2_sysex sysex;
    struct {
        int32_t count;
        intptr_t reserved;
        struct vst2_event *events[9];
    } list = {0, 0, {NULL}};
    static uint8_t bytes[1 << 12];
    for (int32_t i = 0; i < witness.out_count; i++) {
        memset(&midi[i], 0, sizeof midi[i]);
        midi[i].type = VST2_EVENT_MIDI;
        midi[i].bytes = sizeof midi[i];
        midi[i].time = witness.out_times[i];
        memcpy(midi[i].data, witness.out_data[i], 4);
        list.events[list.count++] = (struct vst2_event *)(void *)&midi[i];
    }
    if (witness.out_sysex != 0) {
        memset(&sysex, 0, sizeof sysex);
        memset(bytes, 1, sizeof bytes);
        bytes[0] = 0xF0;
        sysex.type = VST2_EVENT_SYSEX;
        sysex.bytes = sizeof sysex;
        sysex.time = 1;
        sysex.length = witness.out_sysex;
        sysex.data = bytes;
        list.events[list.count++] = (struct vst2_event *)(void *)&sysex;
    }
    if (list.count != 0)
        (void)host(&effect, VST2_HOST_PROCESS_EVENTS, 0, 0, &list, 0.0f);
}

static void note_process(int32_t frames)
{
    const struct vst2_time *time = (const struct vst2_time *)host(&effect, VST2_HOST_GET_TIME, 0, -1, NULL, 0.0f);
    if (time != NULL && witness.time_count < 64)
        witness.times[witness.time_count++] = *time;
    witness.level = (int32_t)host(&effect, VST2_HOST_PROCESS_LEVEL, 0, 0, NULL, 0.0f);
    if (witness.processes < WITNESS_MOST) {
        witness.frames[witness.processes] = frames;
        witness.gains[witness.processes] = params[program][0];
    }
    witness.processes++;
    send_events();
    if (witness.automate_inside != 0) {
        int32_t index = witness.automate_inside - 1;
        params[program][index] = 0.25f;
        (void)host(&effect, VST2_HOST_BEGIN_EDIT, index, 0, NULL, 0.0f);
        (void)host(&effect, VST2_HOST_AUTOMATE, index, 0, NULL, 0.25f);
        (void)host(&effect, VST2_HOST_END_EDIT, index, 0, NULL, 0.0f);
    }
}

#define PROCESS(name, kind, operator)                                                                                  \
    static void name(struct vst2_effect *e, kind **inputs, kind **outputs, int32_t frames)                             \
    {                                                                                                                  \
        note_process(frames);                                                                                          \
        for (int32_t c = 0; c < e->outputs; c++) {                                                                     \
            for (int32_t other = 0; other < e->inputs; other++)                                                        \
                witness.shared |= inputs[other] == outputs[c];                                                         \
            for (int32_t i = 0; i < frames; i++)                                                                       \
                outputs[c][i] operator(c < e->inputs ? inputs[c][i] * (kind)params[program][0] : (kind)0);             \
        }                                                                                                              \
    }

PROCESS(add, float, +=)
#ifndef ADDS
PROCESS(replace, float, =)
#endif
#ifdef DOUBLE
PROCESS(replace_double, double, =)
#endif

static void note_events(const struct vst2_events *list)
{
    witness.lists++;
    for (int32_t i = 0; i < list->count && witness.event_count < WITNESS_MOST; i++) {
        const struct vst2_event *const *events = (const struct vst2_event *const *)list->events;
        const struct vst2_midi *midi = (const void *)events[i];
        const struct vst2_sysex *sysex = (const void *)events[i];
        struct witness_event *to = &witness.events[witness.event_count++];
        memset(to, 0, sizeof *to);
        to->process = witness.processes;
        to->type = events[i]->type;
        to->time = events[i]->time;
        to->flags = events[i]->flags;
        if (to->type == VST2_EVENT_SYSEX) {
            to->length = sysex->length;
            memcpy(to->bytes, sysex->data, sysex->length < 16 ? (size_t)sysex->length : 16);
        } else {
            memcpy(to->data, midi->data, 4);
        }
    }
}

#include "vst2_answers.h"

static intptr_t dispatcher(struct vst2_effect *e, int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt)
{
    (void)opt;
    int at = witness.opcode_count;
    if (at < WITNESS_MOST && e == &effect) {
        witness.opcodes[at] = opcode;
        witness.values[at] = opcode == VST2_SET_SAMPLE_RATE ? (intptr_t)opt : value;
        witness.on_audio[at] = (int32_t)host(e, VST2_HOST_PROCESS_LEVEL, 0, 0, NULL, 0.0f);
        witness.opcode_count++;
    }
    return answer(opcode, index, value, ptr);
}

static void set_parameter(struct vst2_effect *e, int32_t index, float value)
{
    params[program][index] = value;
    witness.set_values[index] = value;
    if (witness.echoes)
        (void)host(e, VST2_HOST_AUTOMATE, index, 0, NULL, value);
}

static float get_parameter(struct vst2_effect *e, int32_t index)
{
    (void)e;
    return params[program][index];
}

/* -- entry --------------------------------------------------------------------------------------------------------------- */

static struct vst2_effect *make(vst2_callback callback)
{
    host = callback;
    witness.effect = &effect;
    witness.entry_version = (int32_t)host(NULL, VST2_HOST_VERSION, 0, 0, NULL, 0.0f);
    witness.entry_rate = (int32_t)host(NULL, VST2_HOST_GET_SAMPLE_RATE, 0, 0, NULL, 0.0f);
    witness.entry_block = (int32_t)host(&effect, VST2_HOST_GET_BLOCK_SIZE, 0, 0, NULL, 0.0f);
    current_id = (int32_t)host(NULL, VST2_HOST_CURRENT_ID, 0, 0, NULL, 0.0f);
    witness.entry_id = current_id;
#ifdef DEADLY
    if (current_id == DEADLY)
        abort();
#endif
    memset(&effect, 0, sizeof effect);
    for (program = 0; program < PROGRAMS; program++) {
        sprintf(names[program], "Prog %d", program);
        for (int i = 0; i < PARAMS; i++)
            params[program][i] = 1.0f / (float)(1 + i + program);
    }
    program = 0;
    effect.magic = VST2_MAGIC;
    effect.dispatcher = dispatcher;
    effect.process = add;
    effect.set_parameter = set_parameter;
    effect.get_parameter = get_parameter;
    effect.program_count = PROGRAMS;
    effect.param_count = PARAMS;
    effect.inputs = effect.outputs = 2;
    effect.latency = 32;
    effect.unique_id = current_id != 0 ? current_id : ID;
    effect.version = 7;
#ifndef ADDS
    effect.flags |= VST2_FLAG_CAN_REPLACE;
    effect.process_replacing = replace;
#endif
#ifdef DOUBLE
    effect.flags |= VST2_FLAG_CAN_DOUBLE;
    effect.process_double = replace_double;
#endif
#ifdef CHUNKS
    effect.flags |= VST2_FLAG_HAS_CHUNKS;
#endif
#ifdef SYNTH
    effect.flags |= VST2_FLAG_IS_SYNTH;
#endif
#ifdef WRONG_MAGIC
    effect.magic = 0x12345678;
#endif
#ifdef HUGE_COUNTS
    effect.outputs = -3;
#endif
#ifdef NO_PROCESS
    effect.process = NULL;
    effect.process_replacing = NULL;
#endif
#ifdef NULL_ENTRY
    return NULL;
#endif
    return &effect;
}

#ifdef OLD
EXPORT struct vst2_effect *old_entry(vst2_callback callback) __asm__("main");
struct vst2_effect *old_entry(vst2_callback callback)
{
    return make(callback);
}
#else
EXPORT struct vst2_effect *VSTPluginMain(vst2_callback callback);
struct vst2_effect *VSTPluginMain(vst2_callback callback)
{
    return make(callback);
}
#endif
