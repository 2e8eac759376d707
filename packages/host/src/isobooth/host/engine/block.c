/* One block: check it, run the plugin on it, answer it. */
#include "engine.h"

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

/* Point the block at the slot's planes, events and transport; silence the outputs. [audio-thread] */
static void open_block(struct ib_engine *engine, struct ib_slot *slot, uint32_t frames)
{
    const struct ib_geometry *g = &engine->booth.geometry;
    struct ib_block *block = &engine->block;
    for (uint32_t c = 0; c < g->inputs; c++)
        engine->inputs[c] = ib_input_plane(slot, g, c);
    for (uint32_t c = 0; c < g->outputs; c++) {
        engine->outputs[c] = ib_output_plane(slot, g, c);
        memset(engine->outputs[c], 0, (size_t)frames * g->sample_bytes);
    }
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

/* Call the plugin. [audio-thread & active] */
static uint32_t run_plugin(struct ib_engine *engine)
{
    struct ib_block *block = &engine->block;
    uint32_t status = IB_STATUS_OK;
    if (engine->refused)
        return IB_STATUS_NOT_STARTED;
    ib_floating_point_set(engine->floating_point);
    if (block->flags & IB_BLOCK_RESET) {
        uint32_t before = ib_phase_set(IB_PHASE_RESET);
        engine->table->reset(engine->plugin);
        ib_phase_set(before);
    }
    uint32_t before = ib_phase_set(block->frames != 0 ? IB_PHASE_PROCESS : IB_PHASE_FLUSH);
    if (block->frames != 0)
        status = engine->table->process(engine->plugin, block);
    else
        engine->table->flush(engine->plugin, block);
    ib_phase_set(before);
    return status;
}

/* [audio-thread] */
static void count_block(struct ib_statistics *s, const struct ib_block *block, uint64_t ns, uint32_t dropped)
{
    s->blocks++;
    s->frames += block->frames;
    s->process_ns_last = ns;
    s->process_ns_sum += ns;
    if (ns > s->process_ns_max)
        s->process_ns_max = ns;
    s->dropped_events += dropped;
    if (block->status_flags & IB_STATUS_FLAG_BAD_EVENTS)
        s->bad_events++;
}

void ib_engine_block(struct ib_engine *engine, struct ib_slot *slot)
{
    struct ib_header *header = ib_booth_header(&engine->booth);
    struct ib_block *block = &engine->block;
    uint32_t most = engine->booth.geometry.max_frames;
    engine->continues = (slot->flags & IB_BLOCK_CONTINUES) != 0;
    open_block(engine, slot, slot->frames <= most ? slot->frames : most);
    if (block->frames != 0) /* a block carries what a flush would */
        __atomic_store_n(&engine->mailbox.flush, 0, __ATOMIC_RELAXED);
    uint64_t start = ib_now_ns();
    __atomic_store_n(&header->host.begun_ns, start, __ATOMIC_RELAXED);
    __atomic_store_n(&header->host.begun, block->sequence, __ATOMIC_RELAXED);
    uint32_t status = run_plugin(engine);
    uint64_t took = ib_now_ns() - start;
    if (engine->writer.count != 0)
        ib_sort_events(engine, &engine->writer, block->frames);
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
    slot->process_ns = took;
    ib_booth_complete(&engine->booth, slot);
    count_block(&header->statistics, block, took, engine->writer.dropped);
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
