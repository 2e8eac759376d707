/* Runs of a constant length out of blocks of any: frames are collected until a run is full, and what it gave is played while
 * the next is collected. So everything comes one run later. Events keep their frame; a parameter change, which holds for whole
 * runs, is heard from the first run on that begins at or after it. */
#include "formats/lv2/host.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_BYTES 65536

struct ib_lv2_fifo {
    uint32_t frames;
    uint32_t at; /* frames of the next run that are here */
    uint32_t inputs;
    uint32_t outputs;
    uint32_t deferred; /* there are changes for the next run but one */
    uint32_t controls;
    void **planes; /* of inputs, then of outputs */
    float *samples;
    struct ib_event_param *changes; /* of each control: value and modulation; size 0: none */
    struct ib_event_writer events;  /* of the run that is being played, times counted in it */
    uint64_t area[EVENT_BYTES / 8];
};

uint32_t ib_lv2_fifo_frames(const struct ib_lv2_fifo *fifo)
{
    return fifo->frames;
}

void ib_lv2_fifo_free(struct ib_lv2_fifo *fifo)
{
    if (fifo == NULL)
        return;
    free(fifo->planes);
    free(fifo->samples);
    free(fifo->changes);
    free(fifo);
}

/* [main-thread & !active] */
static struct ib_lv2_fifo *make(const struct ib_port_plugin *ports, uint32_t frames)
{
    struct ib_lv2_fifo *fifo = calloc(1, sizeof *fifo);
    if (fifo == NULL)
        return NULL;
    size_t planes = (size_t)ports->inputs + ports->outputs;
    fifo->frames = frames;
    fifo->inputs = ports->inputs;
    fifo->outputs = ports->outputs;
    fifo->controls = ports->port_count;
    fifo->planes = calloc(planes + 1, sizeof *fifo->planes);
    fifo->samples = calloc(planes * frames + 1, sizeof *fifo->samples);
    fifo->changes = calloc((size_t)2 * ports->port_count + 1, sizeof *fifo->changes);
    fifo->events.area = (uint8_t *)fifo->area;
    fifo->events.capacity = EVENT_BYTES;
    if (fifo->planes == NULL || fifo->samples == NULL || fifo->changes == NULL) {
        ib_lv2_fifo_free(fifo);
        return NULL;
    }
    for (size_t i = 0; i < planes; i++)
        fifo->planes[i] = fifo->samples + i * frames;
    return fifo;
}

int ib_lv2_set_run_frames(struct ib_lv2 *lv2, uint32_t frames)
{
    struct ib_lv2_fifo *made = frames != 0 ? make(&lv2->ports, frames) : NULL;
    if (frames != 0 && made == NULL)
        return -1;
    ib_lv2_fifo_free(lv2->fifo);
    lv2->fifo = made;
    return 0;
}

/* -- events ------------------------------------------------------------------------------------------------------------ */

/* Keep a parameter change until the next run begins; the last one of each control counts. [audio-thread, between runs] */
static void defer(struct ib_lv2_fifo *fifo, const struct ib_event *event)
{
    const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
    fifo->changes[2 * param->param_id + (event->type == IB_EVENT_PARAM_MOD)] = *param;
    fifo->deferred = 1;
}

/* [audio-thread, between runs] */
static void apply_deferred(struct ib_lv2 *lv2)
{
    struct ib_lv2_fifo *fifo = lv2->fifo;
    if (!fifo->deferred)
        return;
    fifo->deferred = 0;
    for (uint32_t i = 0; i < 2 * fifo->controls; i++) {
        if (fifo->changes[i].head.size == 0)
            continue;
        ib_ports_apply(&lv2->ports.controls[i / 2], &fifo->changes[i].head);
        fifo->changes[i].head.size = 0;
    }
}

void ib_lv2_fifo_reset(struct ib_lv2 *lv2)
{
    struct ib_lv2_fifo *fifo = lv2->fifo;
    apply_deferred(lv2);
    memset(fifo->samples, 0, (size_t)(fifo->inputs + fifo->outputs) * fifo->frames * sizeof *fifo->samples);
    fifo->at = 0;
    fifo->events.used = fifo->events.count = fifo->events.dropped = 0;
}

/* Give the events of the block before `until` to the run, whose first frame lies `fifo->at` frames before `from`.
 * [audio-thread, between runs] */
static void events_in(struct ib_lv2 *lv2, const struct ib_block *block, uint32_t from, uint32_t until)
{
    struct ib_lv2_fifo *fifo = lv2->fifo;
    const struct ib_event *event;
    uint32_t at = lv2->event_at;
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL &&
           event->time < until) {
        struct ib_port_control *control = ib_lv2_control_of(lv2, event);
        uint32_t frames = event->time - from + fifo->at;
        lv2->event_at = at;
        if (control == NULL)
            ib_lv2_event_in(lv2, event, frames);
        else if (frames == 0)
            ib_ports_apply(control, event);
        else
            defer(fifo, event);
    }
}

/* Pass on the events of the last run that lie at [fifo->at, fifo->at + frames), at `from` of the block. [audio-thread, between
 * runs] */
static void events_out(struct ib_lv2_fifo *fifo, struct ib_block *block, uint32_t from, uint32_t frames)
{
    for (uint32_t at = 0; at < fifo->events.used;) {
        const struct ib_event *event = (const struct ib_event *)(const void *)(fifo->events.area + at);
        at += event->size;
        if (event->time < fifo->at || event->time - fifo->at >= frames)
            continue;
        struct ib_event *to = ib_event_reserve(block->out_events, event->size);
        if (to == NULL)
            continue;
        memcpy(to, event, event->size);
        to->time = from + (event->time - fifo->at);
    }
}

/* -- audio ------------------------------------------------------------------------------------------------------------- */

/* [audio-thread & processing] */
static void exchange(struct ib_lv2_fifo *fifo, struct ib_block *block, uint32_t from, uint32_t frames)
{
    size_t bytes = frames * sizeof(float);
    for (uint32_t c = 0; c < fifo->inputs; c++)
        memcpy((float *)fifo->planes[c] + fifo->at, (const float *)block->inputs[c] + from, bytes);
    for (uint32_t c = 0; c < fifo->outputs; c++)
        memcpy((float *)block->outputs[c] + from, (const float *)fifo->planes[fifo->inputs + c] + fifo->at, bytes);
}

/* [audio-thread & processing] */
static void run_full(struct ib_lv2 *lv2, struct ib_block *block)
{
    struct ib_lv2_fifo *fifo = lv2->fifo;
    const struct ib_lv2_run run = {&fifo->events, 0, fifo->frames};
    fifo->events.used = fifo->events.count = 0;
    for (uint32_t c = 0; c < fifo->outputs; c++) /* a plugin may fail to write */
        memset(fifo->planes[fifo->inputs + c], 0, fifo->frames * sizeof(float));
    ib_lv2_run(lv2, fifo->planes, fifo->planes + fifo->inputs, 0, &run);
    block->out_events->dropped += fifo->events.dropped;
    fifo->events.dropped = 0;
    fifo->at = 0;
    apply_deferred(lv2);
}

/* A block that is one run. [audio-thread & processing] */
static uint32_t play_exact(struct ib_lv2 *lv2, struct ib_block *block)
{
    if (block->frames != lv2->fifo->frames) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_FRAMES);
        return IB_STATUS_PLUGIN_ERROR;
    }
    const struct ib_lv2_run run = {block->out_events, 0, block->frames};
    ib_lv2_block_in(lv2, 0);
    events_in(lv2, block, 0, block->frames);
    ib_lv2_run(lv2, block->inputs, block->outputs, 0, &run);
    apply_deferred(lv2);
    return IB_STATUS_OK;
}

uint32_t ib_lv2_fifo_play(struct ib_lv2 *lv2, struct ib_block *block)
{
    struct ib_lv2_fifo *fifo = lv2->fifo;
    if (lv2->exact_blocks)
        return play_exact(lv2, block);
    ib_lv2_block_in(lv2, fifo->at);
    for (uint32_t from = 0; from < block->frames;) {
        uint32_t room = fifo->frames - fifo->at, left = block->frames - from;
        uint32_t frames = room < left ? room : left;
        events_in(lv2, block, from, from + frames);
        events_out(fifo, block, from, frames);
        exchange(fifo, block, from, frames);
        fifo->at += frames;
        from += frames;
        if (fifo->at == fifo->frames)
            run_full(lv2, block);
    }
    return IB_STATUS_OK;
}
