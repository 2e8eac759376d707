/* What the audio thread runs of a CLAP plugin. */
#include "formats/clap/host.h"

#include <assert.h>
#include <string.h>

/* [audio-thread & active & !processing] */
static int start(void *plugin)
{
    struct ib_clap *clap = plugin;
    ib_clap_wake(clap);
    return ib_clap_start(clap);
}

/* [audio-thread & active & processing] */
static int32_t call_process(struct ib_clap *clap)
{
    struct clap_process *p = &clap->process;
    p->audio_inputs = clap->inputs.ports;
    p->audio_outputs = clap->outputs.ports;
    p->audio_inputs_count = clap->inputs.count;
    p->audio_outputs_count = clap->outputs.count;
    p->in_events = &clap->in_events;
    p->out_events = &clap->out_events;
    assert(ib_on_audio_thread() && ib_clap_state(clap) == IB_CLAP_ACTIVE && clap->life.is_processing);
    return clap->plugin->process(clap->plugin, p);
}

/* The bits of the channels [first, first + count) of a mask over the channels of all ports, moved to 0. [any-thread] */
static uint64_t mask_of_port(uint64_t mask, uint32_t first, uint32_t count)
{
    if (first >= 64 || count == 0)
        return 0;
    mask >>= first;
    return count >= 64 ? mask : mask & (((uint64_t)1 << count) - 1);
}

/* Tell the plugin, in a block of its own that nobody hears, that the notes which are held end.
 * [audio-thread & active & processing] */
static void end_notes(struct ib_clap *clap)
{
    struct ib_event_writer nowhere = {0};
    struct ib_block block = {0};
    size_t plane = (size_t)clap->min_frames * clap->sample_bytes;
    if (clap->life.held_count == 0)
        return;
    block.frames = clap->min_frames;
    block.out_events = &nowhere;
    clap->block = &block;
    clap->list_count = clap->arena_used = clap->bad_events = 0;
    (void)ib_clap_table_enter(clap);
    ib_clap_put_ends(clap);
    for (uint32_t c = 0; c < clap->inputs.channels; c++)
        clap->inputs.planes[c] = clap->life.scratch;
    for (uint32_t c = 0; c < clap->outputs.channels; c++)
        clap->outputs.planes[c] = clap->life.scratch + plane * (c + 1);
    for (uint32_t i = 0; i < clap->inputs.count; i++)
        clap->inputs.ports[i].constant_mask = mask_of_port(~(uint64_t)0, 0, clap->inputs.ports[i].channel_count);
    for (uint32_t i = 0; i < clap->outputs.count; i++)
        clap->outputs.ports[i].constant_mask = 0;
    clap->process.steady_time += clap->process.frames_count; /* on from the last block */
    clap->process.frames_count = clap->min_frames;
    clap->process.transport = NULL;
    (void)call_process(clap);
    ib_clap_table_leave(clap);
    clap->block = NULL;
}

/* [audio-thread & active] */
static void stop(void *plugin)
{
    struct ib_clap *clap = plugin;
    if (clap->life.is_processing) { /* not if it sleeps */
        end_notes(clap);
        ib_clap_stop(clap);
    }
    ib_clap_forget_held(clap);
    ib_clap_wake(clap);
}

/* [audio-thread & active] */
static void reset(void *plugin)
{
    struct ib_clap *clap = plugin;
    assert(ib_on_audio_thread() && ib_clap_state(clap) == IB_CLAP_ACTIVE);
    if (clap->life.is_processing)
        end_notes(clap);               /* some (DPF's) go on with the notes that were held */
    clap->plugin->reset(clap->plugin); /* kills all voices (plugin.h) */
    ib_clap_forget_held(clap);
    ib_clap_wake(clap);
}

/* Point the ports at the planes of a block. [audio-thread] */
static void open_ports(struct ib_clap_audio *audio, void *const *planes, uint64_t constant_mask)
{
    uint32_t first = 0;
    memcpy(audio->planes, planes, audio->channels * sizeof *planes);
    for (uint32_t i = 0; i < audio->count; i++) {
        struct clap_audio_buffer *port = &audio->ports[i];
        port->latency = 0;
        port->constant_mask = mask_of_port(constant_mask, first, port->channel_count);
        first += port->channel_count;
    }
}

/* What the plugin says of constant outputs, over all ports. [audio-thread] */
static uint64_t constant_outputs(const struct ib_clap_audio *audio)
{
    uint64_t mask = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; i < audio->count && first < 64; i++) {
        const struct clap_audio_buffer *port = &audio->ports[i];
        mask |= mask_of_port(port->constant_mask, 0, port->channel_count) << first;
        first += port->channel_count;
    }
    return mask;
}

/* Ports that are to be played in place get one plane for both directions: the output's, with the input in it. What a client reads
 * again after the block, its input, stays as it was. [audio-thread] */
static void share_planes(struct ib_clap *clap, uint32_t frames)
{
    for (uint32_t c = 0; clap->life.twins != NULL && c < clap->outputs.channels; c++) {
        uint32_t twin = clap->life.twins[c];
        if (twin == 0)
            continue;
        memcpy(clap->outputs.planes[c], clap->inputs.planes[twin - 1], (size_t)frames * clap->sample_bytes);
        clap->inputs.planes[twin - 1] = clap->outputs.planes[c];
    }
}

/* [audio-thread & active] */
static void open_block(struct ib_clap *clap, struct ib_block *block)
{
    clap->block = block;
    ib_clap_events_in(clap, ib_clap_table_enter(clap));
}

/* [audio-thread & active] */
static void close_block(struct ib_clap *clap, struct ib_block *block)
{
    ib_clap_table_leave(clap);
    clap->block = NULL;
    if (clap->bad_events != 0)
        block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
    if (__atomic_exchange_n(&clap->tail_changed, 0, __ATOMIC_RELAXED) != 0 && clap->tail != NULL) {
        uint32_t tail = clap->tail->get(clap->plugin);
        block->tail = tail >= INT32_MAX ? IB_TAIL_INFINITE : tail; /* tail.h */
        clap->life.tail_left = -1;
    }
}

/* [audio-thread & active & processing] */
static uint32_t answer(struct ib_clap *clap, struct ib_block *block, int32_t status)
{
    switch (status) {
    case CLAP_PROCESS_ERROR:
        return IB_STATUS_PLUGIN_ERROR; /* the engine discards the output */
    case CLAP_PROCESS_SLEEP:
        block->status_flags |= IB_STATUS_FLAG_SLEEP;
        break;
    case CLAP_PROCESS_CONTINUE:
    case CLAP_PROCESS_CONTINUE_IF_NOT_QUIET:
    case CLAP_PROCESS_TAIL:
        break;
    default:
        ib_clap_fault(clap, IB_CLAP_FAULT_PROCESS_STATUS);
        break;
    }
    block->out_constant_mask = constant_outputs(&clap->outputs);
    return IB_STATUS_OK;
}

/* [audio-thread & active & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    struct ib_clap *clap = plugin;
    struct clap_process *p = &clap->process;
    if (block->frames < clap->min_frames || block->frames > clap->max_frames) {
        ib_clap_fault(clap, IB_CLAP_FAULT_FRAMES);
        return IB_STATUS_PLUGIN_ERROR;
    }
    block->status_flags &= ~(uint32_t)IB_STATUS_FLAG_SLEEP; /* of the block before, in the same slot */
    if (ib_clap_skips(clap, block)) {
        block->status_flags |= IB_STATUS_FLAG_SLEEP;
        block->out_constant_mask = mask_of_port(~(uint64_t)0, 0, clap->outputs.channels);
        return IB_STATUS_OK;
    }
    if (!clap->life.is_processing && !ib_clap_start(clap))
        return IB_STATUS_NOT_STARTED; /* it has slept, and would not wake */
    open_block(clap, block);
    open_ports(&clap->inputs, block->inputs, block->in_constant_mask);
    open_ports(&clap->outputs, block->outputs, 0);
    share_planes(clap, block->frames);
    p->steady_time = block->steady_time;
    p->frames_count = block->frames;
    p->transport = NULL;
    if (block->transport != NULL) {
        ib_clap_transport(block->transport, &clap->transport, 0);
        p->transport = &clap->transport;
    }
    int32_t status = call_process(clap);
    uint32_t answered = answer(clap, block, status);
    close_block(clap, block);
    ib_clap_rest(clap, block, status);
    return answered;
}

/* [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    struct ib_clap *clap = plugin;
    uint32_t before = block->out_events->count;
    assert(ib_on_audio_thread() && ib_clap_state(clap) == IB_CLAP_ACTIVE);
    open_block(clap, block);
    if (clap->params != NULL)
        clap->params->flush(clap->plugin, &clap->in_events, &clap->out_events);
    if (clap->list_count != 0 || block->out_events->count != before)
        ib_clap_wake(clap); /* another value, another sound */
    close_block(clap, block);
}

uint32_t ib_clap_flush_inactive(struct ib_clap *clap, uint8_t *area, uint32_t capacity)
{
    struct ib_event_writer writer = {area, capacity, 0, 0, 0};
    struct ib_block block; /* without events of its own; what waited for a block with audio goes along */
    memset(&block, 0, sizeof block);
    block.out_events = &writer;
    clap->block = &block;
    ib_clap_events_in(clap, ib_clap_table_enter(clap));
    assert(ib_clap_on_main_thread(clap) && ib_clap_state(clap) != IB_CLAP_ACTIVE);
    clap->params->flush(clap->plugin, &clap->in_events, &clap->out_events);
    ib_clap_table_leave(clap);
    clap->block = NULL;
    return writer.used;
}

void ib_clap_flush_active(struct ib_clap *clap)
{
    ib_ask_flush(clap->mailbox);
}

const struct ib_operations ib_clap_operations = {start, process, flush, reset, stop};
