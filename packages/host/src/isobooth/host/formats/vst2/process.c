/* VST2 on the audio thread. A parameter holds for a whole call, so a block is cut at its parameter events; events go to the
 * plugin in one list right before each part. */
#include "process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ib_vst2_prepare(struct ib_vst2 *vst2, uint32_t frames, uint32_t sample_bytes)
{
    struct ib_vst2_audio *audio = vst2->audio;
    double *spare = calloc(frames, sizeof *spare), *overflow = calloc(frames, sizeof *overflow);
    if (spare == NULL || overflow == NULL) {
        free(spare);
        free(overflow);
        return -1;
    }
    free(audio->spare);
    free(audio->overflow);
    audio->spare = spare;
    audio->overflow = overflow;
    audio->sample_bytes = sample_bytes;
    for (uint32_t i = 0; i < IB_VST2_MOST_CHANNELS; i++) {
        audio->inputs[i] = spare;
        audio->outputs[i] = overflow;
    }
    audio->list.count = 0;
    audio->expected = 0;
    audio->transport_flags = 0;
    return 0;
}

/* [audio-thread & active] */
static int start(void *plugin)
{
    (void)ib_vst2_call(plugin, VST2_START_PROCESS, 0, NULL);
    return 1;
}

/* [audio-thread & active] */
static void stop(void *plugin)
{
    (void)ib_vst2_call(plugin, VST2_STOP_PROCESS, 0, NULL);
}

/* VST2 has no reset: a plugin forgets its past when it is switched off and on. That is done here, so that the frame at which it
 * happens is certain; a plugin that allocates while it is switched on does so on this thread then. [audio-thread & active] */
static void reset(void *plugin)
{
    struct ib_vst2 *vst2 = plugin;
    stop(vst2);
    (void)ib_vst2_call(vst2, VST2_MAINS_CHANGED, 0, NULL);
    (void)ib_vst2_call(vst2, VST2_MAINS_CHANGED, 1, NULL);
    (void)start(vst2);
}

/* -- parameters -------------------------------------------------------------------------------------------------------- */

/* Modulation is not VST2's; the event's note is not looked at. [audio-thread & active] */
static void set_parameter(struct ib_vst2 *vst2, const struct ib_event *event, uint32_t *flags)
{
    const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
    struct ib_vst2_audio *audio = vst2->audio;
    if (!isfinite(param->value)) {
        *flags |= IB_STATUS_FLAG_BAD_EVENTS;
        return;
    }
    if (param->param_id == IB_VST2_BYPASS && vst2->has_bypass) {
        uint32_t on = param->value >= 0.5;
        __atomic_store_n(&vst2->bypass, on, __ATOMIC_RELAXED);
        (void)ib_vst2_call(vst2, VST2_SET_BYPASS, (intptr_t)on, NULL);
        return;
    }
    if (param->param_id >= (uint32_t)vst2->params) {
        *flags |= IB_STATUS_FLAG_BAD_EVENTS;
        return;
    }
    audio->setting = (int32_t)param->param_id;
    vst2->effect->set_parameter(vst2->effect, audio->setting, (float)fmin(fmax(param->value, 0.0), 1.0));
    audio->setting = -1;
}

/* -- audio ------------------------------------------------------------------------------------------------------------- */

/* Planes of the coming part. What the plugin has more channels of than it said stays with the spare planes. [audio-thread] */
static void point_planes(struct ib_vst2 *vst2)
{
    struct ib_vst2_audio *audio = vst2->audio;
    const struct ib_block *block = audio->block;
    size_t offset = (size_t)audio->from * audio->sample_bytes;
    for (int32_t i = 0; i < vst2->inputs; i++)
        audio->inputs[i] = (uint8_t *)block->inputs[i] + offset;
    for (int32_t i = 0; i < vst2->outputs; i++)
        audio->outputs[i] = (uint8_t *)block->outputs[i] + offset;
    if (vst2->effect->inputs != vst2->inputs || vst2->effect->outputs != vst2->outputs) {
        ib_vst2_fault(vst2, IB_VST2_FAULT_CHANNELS);
        ib_ask(vst2->mailbox, IB_ASK_BUSES);
    }
}

/* Outputs hold zeros, so that a plugin that can only add does the same as one that replaces. [audio-thread & processing] */
static void call_process(struct ib_vst2 *vst2, int32_t frames)
{
    struct vst2_effect *effect = vst2->effect;
    struct ib_vst2_audio *audio = vst2->audio;
    if (audio->sample_bytes == sizeof(double))
        effect->process_double(effect, (double **)(void *)audio->inputs, (double **)(void *)audio->outputs, frames);
    else if (effect->flags & VST2_FLAG_CAN_REPLACE && effect->process_replacing != NULL)
        effect->process_replacing(effect, (float **)(void *)audio->inputs, (float **)(void *)audio->outputs, frames);
    else
        effect->process(effect, (float **)(void *)audio->inputs, (float **)(void *)audio->outputs, frames);
}

/* Events of the list that are due only at the start of the next part are held back: how many. [audio-thread] */
static int32_t hold_back(struct ib_vst2_audio *audio)
{
    int32_t held = 0;
    while (held < audio->list.count && audio->list.events[audio->list.count - 1 - held]->time >= (int32_t)audio->frames)
        held++;
    audio->list.count -= held;
    return held;
}

/* [audio-thread] */
static void bring_forward(struct ib_vst2_audio *audio, int32_t sent, int32_t held)
{
    memmove(audio->events, audio->events + sent, (size_t)held * sizeof *audio->events);
    for (int32_t i = 0; i < held; i++) {
        audio->events[i].head.time = 0;
        audio->list.events[i] = &audio->events[i].head;
    }
    audio->list.count = held;
}

/* Run the plugin up to the frame `to` of the block. [audio-thread & processing] */
static void run_part(struct ib_vst2 *vst2, uint32_t to)
{
    struct ib_vst2_audio *audio = vst2->audio;
    audio->frames = to - audio->from;
    point_planes(vst2);
    int32_t held = hold_back(audio), sent = audio->list.count;
    ib_vst2_events_send(vst2);
    call_process(vst2, (int32_t)audio->frames);
    if (held != 0)
        bring_forward(audio, sent, held);
    audio->from = to;
    ib_vst2_time_advance(vst2, audio->frames);
}

/* A list that is full goes out by itself, which is more than one for a part only if all of it is due at once.
 * [audio-thread & processing] */
static void take_event(struct ib_vst2 *vst2, const struct ib_event *event)
{
    struct ib_vst2_audio *audio = vst2->audio;
    if (ib_vst2_event_in(vst2, event))
        return;
    if (event->time > audio->from)
        run_part(vst2, event->time);
    if (ib_vst2_event_in(vst2, event))
        return;
    ib_vst2_events_send(vst2);
    (void)ib_vst2_event_in(vst2, event);
}

/* [audio-thread] */
static void open_block(struct ib_vst2 *vst2, struct ib_block *block)
{
    vst2->audio->from = 0;
    vst2->audio->frames = block->frames;
    vst2->audio->block = block;
}

/* [audio-thread] */
static void close_block(struct ib_vst2 *vst2, struct ib_block *block)
{
    ib_vst2_edits_out(vst2, block->out_events);
    block->latency = ib_vst2_latency(vst2);
    vst2->audio->block = NULL;
}

/* [audio-thread & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    struct ib_vst2 *vst2 = plugin;
    struct ib_vst2_audio *audio = vst2->audio;
    const struct ib_event *event;
    uint32_t at = 0;
    open_block(vst2, block);
    ib_vst2_time_open(vst2, block);
    ib_vst2_midi_programs_in(vst2);
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        if (ib_vst2_is_listed(event)) {
            take_event(vst2, event);
        } else if (event->type == IB_EVENT_PARAM_VALUE) {
            if (event->time > audio->from)
                run_part(vst2, event->time);
            set_parameter(vst2, event, &block->status_flags);
        }
    }
    run_part(vst2, block->frames);
    close_block(vst2, block);
    return IB_STATUS_OK;
}

/* [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    struct ib_vst2 *vst2 = plugin;
    const struct ib_event *event;
    uint32_t at = 0;
    open_block(vst2, block);
    while ((event = ib_event_next(block->events, block->event_bytes, &at, 0)) != NULL) {
        if (event->type == IB_EVENT_PARAM_VALUE)
            set_parameter(vst2, event, &block->status_flags);
    }
    close_block(vst2, block);
}

const struct ib_operations ib_vst2_operations = {start, process, flush, reset, stop};
