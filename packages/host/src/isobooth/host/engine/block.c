/* One block: check it, run the plugin on it, answer it. */
#include "engine.h"

#include <isobooth/transport.h>

#include <string.h>

/* How many bytes of the slot's input events are whole, known, in the block and in order? Counts them. [audio-thread] */
static uint32_t checked_events(const uint8_t *area, uint32_t bytes, uint32_t frames, uint32_t *count)
{
    uint32_t at = 0, last = 0;
    *count = 0;
    for (;;) {
        uint32_t before = at;
        const struct ib_event *event = ib_event_next(area, bytes, &at, frames);
        if (event == NULL)
            return before;
        if (event->time < last)
            return before;
        last = event->time;
        (*count)++;
    }
}

/* Point the block at the slot's planes, events and transport. [audio-thread] */
static void open_block(struct ib_engine *engine, struct ib_slot *slot, uint32_t frames)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    struct ib_block *block = &engine->block;
    for (uint32_t c = 0; c < g->inputs; c++)
        engine->inputs[c] = ib_input_plane(slot, g, c);
    for (uint32_t c = 0; c < g->outputs; c++)
        engine->outputs[c] = ib_output_plane(slot, g, c);
    engine->writer.area = (uint8_t *)slot + g->out_events_offset;
    engine->writer.capacity = g->out_event_bytes;
    engine->writer.used = engine->writer.count = engine->writer.dropped = 0;
    block->frames = frames;
    block->flags = slot->flags;
    block->sequence = engine->booth.next;
    block->steady_time = slot->steady_time;
    block->inputs = engine->inputs;
    block->outputs = engine->outputs;
    block->in_constant_mask = slot->in_constant_mask;
    block->transport = slot->flags & IB_BLOCK_TRANSPORT ? &slot->transport : NULL;
    block->out_events = &engine->writer;
    block->latency = engine->latency;
    block->tail = engine->tail;
    block->status_flags = 0;
    block->out_constant_mask = 0;
    block->events = (const uint8_t *)slot + g->in_events_offset;
    uint32_t bytes = slot->in_event_bytes <= g->in_event_bytes ? slot->in_event_bytes : g->in_event_bytes;
    block->event_bytes = checked_events(block->events, bytes, frames, &block->event_count);
    if (block->event_bytes != slot->in_event_bytes)
        block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
}

/* Narrow the opened block, which covers the whole slot, to the frames [from, to): planes, events, transport, time. Events are
 * consumed from the front; their times are made to count from the new start. [audio-thread] */
static void cut_block(struct ib_engine *engine, const struct ib_slot *slot, uint32_t from, uint32_t to, uint32_t bytes)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    struct ib_block *block = &engine->block;
    uint8_t *area = (uint8_t *)engine->booth.base + (block->events - (uint8_t *)engine->booth.base);
    uint32_t at = 0;
    block->event_count = 0;
    while (at < bytes) {
        struct ib_event *event = (struct ib_event *)(void *)(area + at);
        if (event->time >= to)
            break;
        event->time -= from;
        at += event->size;
        block->event_count++;
    }
    block->event_bytes = at;
    for (uint32_t c = 0; from != 0 && c < g->inputs; c++)
        engine->inputs[c] = (uint8_t *)ib_input_plane((struct ib_slot *)slot, g, c) + (size_t)from * g->sample_bytes;
    for (uint32_t c = 0; c < g->outputs; c++) {
        engine->outputs[c] = (uint8_t *)ib_output_plane((struct ib_slot *)slot, g, c) + (size_t)from * g->sample_bytes;
        if ((slot->flags & IB_BLOCK_CLEAN) == 0)
            memset(engine->outputs[c], 0, (size_t)(to - from) * g->sample_bytes); /* a plugin may fail to write */
    }
    block->frames = to - from;
    block->steady_time = slot->steady_time + from;
    if (from != 0)
        block->flags &= ~(uint32_t)IB_BLOCK_RESET;
}

/* Call the plugin. [audio-thread & active] */
static uint32_t run_plugin(struct ib_engine *engine)
{
    struct ib_block *block = &engine->block;
    uint32_t status = IB_STATUS_OK;
    if (engine->refused)
        return IB_STATUS_NOT_STARTED;
    /* The plugin's floating-point mode is in force: since it was started, and again after each call. */
    if (block->flags & IB_BLOCK_RESET) {
        uint32_t before = ib_phase_set(IB_PHASE_RESET);
        engine->table->reset(engine->plugin);
        ib_phase_set(before);
        (void)ib_floating_point_set(engine->floating_point);
    }
    uint32_t before = ib_phase_set(block->frames != 0 ? IB_PHASE_PROCESS : IB_PHASE_FLUSH);
    if (block->frames != 0)
        status = engine->table->process(engine->plugin, block);
    else
        engine->table->flush(engine->plugin, block);
    ib_phase_set(before);
    /* What follows is ours: with exceptions unmasked by the plugin, a comparison with NaN would kill the process. */
    (void)ib_floating_point_set(engine->floating_point);
    return status;
}

/* Whatever a plugin that failed has left in its outputs is not to be heard; blocks beside it are. [audio-thread] */
static void discard_output(struct ib_engine *engine)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    for (uint32_t c = 0; c < g->outputs; c++)
        memset(engine->outputs[c], 0, (size_t)engine->block.frames * g->sample_bytes);
    engine->block.out_constant_mask = 0;
}

/* Which of the channels that are constant in every block so far have the same value in this block as in the slot's first?
 * [audio-thread] */
static uint64_t constant_throughout(const struct ib_engine *engine, struct ib_slot *slot, uint64_t mask)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    for (uint32_t c = 0; mask != 0 && c < g->outputs && c < 64; c++) {
        if (mask >> c & 1 && memcmp(ib_output_plane(slot, g, c), engine->outputs[c], g->sample_bytes) != 0)
            mask &= ~((uint64_t)1 << c);
    }
    return mask;
}

/* [audio-thread] */
static void count_block(struct ib_statistics *s, uint32_t frames, uint64_t ns)
{
    s->blocks += frames != 0;
    s->frames += frames;
    s->process_ns_last = ns;
    s->process_ns_sum += ns;
    if (ns > s->process_ns_max)
        s->process_ns_max = ns;
}

/* Output events from `before` on count from the start of a block; make them count from the start of the slot.
 * [audio-thread] */
static void shift_events(const struct ib_event_writer *writer, uint32_t before, uint32_t from, uint32_t frames)
{
    uint32_t at = before;
    while (at < writer->used) {
        struct ib_event *event = (struct ib_event *)(void *)(writer->area + at);
        event->time = (event->time < frames ? event->time : frames - 1) + from;
        at += event->size;
    }
}

/* Run the plugin on the slot's frames, block by block, noting the time inside the plugin. Returns the worst status.
 * [audio-thread & active] */
static uint32_t play_slot(struct ib_engine *engine, struct ib_slot *slot, uint32_t frames)
{
    struct ib_header *header = ib_booth_header(&engine->booth);
    struct ib_block *block = &engine->block;
    uint32_t worst = IB_STATUS_OK, bytes = block->event_bytes, from = 0;
    uint64_t constant = ~(uint64_t)0, start = 0;
    slot->blocks = 0;
    slot->process_ns = 0;
    do {
        uint32_t length = frames - from < engine->most_frames ? frames - from : engine->most_frames;
        cut_block(engine, slot, from, frames == 0 ? 1 : from + length, bytes);
        block->frames = length;
        if (block->transport != NULL && from != 0) {
            ib_transport_advance(&engine->transport, engine->most_frames, engine->sample_rate);
            block->transport = &engine->transport;
        } else if (block->transport != NULL) {
            engine->transport = slot->transport;
        }
        uint32_t before = engine->writer.used;
        block->out_constant_mask = 0;
        if (from == 0)
            start = ib_now_ns();
        __atomic_store_n(&header->host.begun_ns, start, __ATOMIC_RELAXED);
        uint32_t status = run_plugin(engine);
        uint64_t end = ib_now_ns(), took = end - start;
        start = end; /* of the next block: reading the clock again would take longer than what lies between them */
        if (status != IB_STATUS_OK)
            discard_output(engine);
        constant = constant_throughout(engine, slot, constant & block->out_constant_mask);
        worst = status > worst ? status : worst;
        count_block(&header->statistics, length, took);
        slot->process_ns += took;
        if (from != 0)
            shift_events(&engine->writer, before, from, length);
        bytes -= block->event_bytes;
        block->events += block->event_bytes;
        slot->blocks++;
        from += length;
    } while (from < frames);
    block->out_constant_mask = constant;
    return worst;
}

/* [audio-thread] */
static uint32_t guard_outputs(const struct ib_engine *engine, struct ib_slot *slot, uint32_t frames)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    uint32_t replaced = 0;
    for (uint32_t c = 0; c < g->outputs; c++)
        replaced += ib_guard_plane(ib_output_plane(slot, g, c), g->sample_bytes, frames);
    return replaced;
}

void ib_engine_block(struct ib_engine *engine, struct ib_slot *slot)
{
    struct ib_header *header = ib_booth_header(&engine->booth);
    struct ib_block *block = &engine->block;
    uint32_t most = engine->booth.geometry.max_frames;
    uint32_t frames = slot->frames <= most ? slot->frames : most;
    engine->continues = (slot->flags & IB_BLOCK_CONTINUES) != 0;
    open_block(engine, slot, frames);
    if (frames != 0) /* a block carries what a flush would */
        __atomic_store_n(&engine->mailbox.flush, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&header->host.begun, block->sequence, __ATOMIC_RELAXED);
    uint32_t status = play_slot(engine, slot, frames);
    slot->replaced = engine->guard ? guard_outputs(engine, slot, frames) : 0;
    if (engine->writer.count != 0)
        ib_sort_events(engine, &engine->writer, frames);
    if (engine->writer.dropped != 0)
        block->status_flags |= IB_STATUS_FLAG_EVENTS_DROPPED;
    if (block->latency != engine->latency)
        block->status_flags |= IB_STATUS_FLAG_LATENCY_CHANGED;
    engine->latency = block->latency;
    engine->tail = block->tail;
    slot->status = status;
    slot->status_flags = block->status_flags;
    slot->out_event_bytes = engine->writer.used;
    slot->out_event_count = engine->writer.count;
    slot->latency = block->latency;
    slot->tail = block->tail;
    slot->out_constant_mask = block->out_constant_mask;
    header->statistics.dropped_events += engine->writer.dropped;
    header->statistics.bad_events += (block->status_flags & IB_STATUS_FLAG_BAD_EVENTS) != 0;
    ib_booth_complete(&engine->booth, slot);
}

void ib_engine_idle_flush(struct ib_engine *engine)
{
    struct ib_block *block = &engine->block;
    if (engine->refused)
        return;
    uint32_t written = engine->idle_written;
    uint32_t room = IB_IDLE_EVENT_BYTES - (written - __atomic_load_n(&engine->idle_read, __ATOMIC_ACQUIRE));
    memset(block, 0, sizeof *block);
    engine->writer.area = engine->idle_scratch;
    engine->writer.capacity = room;
    engine->writer.used = engine->writer.count = engine->writer.dropped = 0;
    block->events = engine->idle_scratch;
    block->out_events = &engine->writer;
    block->latency = engine->latency;
    block->tail = engine->tail;
    (void)run_plugin(engine);
    for (uint32_t i = 0; i < engine->writer.used; i += 8)
        memcpy(engine->idle_area + (written + i) % IB_IDLE_EVENT_BYTES, engine->idle_scratch + i, 8);
    __atomic_store_n(&engine->idle_written, written + engine->writer.used, __ATOMIC_RELEASE);
    ib_booth_header(&engine->booth)->statistics.dropped_events += engine->writer.dropped;
    if (engine->writer.used != 0)
        ib_ask(&engine->mailbox, IB_ASK_EVENTS);
}
