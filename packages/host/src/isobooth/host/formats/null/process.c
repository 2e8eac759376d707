#include "process.h"

#include <string.h>

/* [audio-thread] */
static int start(void *plugin)
{
    (void)plugin;
    return 1;
}

/* [audio-thread & active] */
static void echo_events(const struct ib_block *block)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < block->event_count; i++) {
        const struct ib_event *event = (const struct ib_event *)(const void *)(block->events + at);
        (void)ib_event_append(block->out_events, event);
        at += event->size;
    }
}

/* Channel c of the input is channel c of the output; outputs without an input stay silent. [audio-thread & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    const struct ib_null *null = plugin;
    uint32_t channels = null->inputs < null->outputs ? null->inputs : null->outputs;
    for (uint32_t c = 0; c < channels; c++)
        memcpy(block->outputs[c], block->inputs[c], (size_t)block->frames * null->sample_bytes);
    echo_events(block);
    return IB_STATUS_OK;
}

/* [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    (void)plugin;
    echo_events(block);
}

/* [audio-thread & active] */
static void nothing(void *plugin)
{
    (void)plugin;
}

const struct ib_operations ib_null_operations = {start, process, flush, nothing, nothing};
