/* Blocks through a format's table of operations, without an engine: what the format costs above the plugin. */
#include "engine/operations.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Two channels each way. Returns the nanoseconds of `blocks` blocks, or 0 if the plugin reported an error. */
uint64_t block_cost_run(const struct ib_operations *table, void *plugin, uint32_t frames, uint32_t blocks,
                        const uint8_t *events, uint32_t event_bytes, uint32_t event_count)
{
    enum { OUT_BYTES = 1 << 16 };
    float *memory = calloc(4, frames * sizeof *memory);
    uint8_t *out = malloc(OUT_BYTES);
    if (memory == NULL || out == NULL) {
        free(memory);
        free(out);
        return 0;
    }
    void *planes[4];
    for (uint32_t c = 0; c < 4; c++)
        planes[c] = memory + (size_t)c * frames;
    for (uint32_t i = 0; i < 2 * frames; i++)
        memory[i] = 0.25f;
    struct ib_event_writer writer = {out, OUT_BYTES, 0, 0, 0};
    struct ib_block block;
    uint32_t worst = IB_STATUS_OK;
    table->start(plugin);
    uint64_t start = now_ns();
    for (uint32_t i = 0; i < blocks; i++) {
        memset(&block, 0, sizeof block);
        writer.used = writer.count = 0;
        block.frames = frames;
        block.sequence = i + 1;
        block.steady_time = (int64_t)i * frames;
        block.inputs = planes;
        block.outputs = planes + 2;
        block.events = events;
        block.event_bytes = event_bytes;
        block.event_count = event_count;
        block.out_events = &writer;
        uint32_t status = table->process(plugin, &block);
        worst = status > worst ? status : worst;
    }
    uint64_t took = now_ns() - start;
    table->stop(plugin);
    free(memory);
    free(out);
    return worst == IB_STATUS_OK ? took : 0;
}

/* The yardstick: what any host pays that copies two channels in and two out. */
uint64_t block_cost_copy(uint32_t frames, uint32_t blocks)
{
    float *memory = calloc(8, frames * sizeof *memory);
    if (memory == NULL)
        return 0;
    size_t bytes = 2 * (size_t)frames * sizeof *memory;
    uint64_t start = now_ns();
    for (uint32_t i = 0; i < blocks; i++) {
        memcpy(memory + 2 * (size_t)frames, memory, bytes);
        __asm__ __volatile__("" : : "r"(memory) : "memory");
        memcpy(memory + 6 * (size_t)frames, memory + 4 * (size_t)frames, bytes);
        __asm__ __volatile__("" : : "r"(memory) : "memory");
    }
    uint64_t took = now_ns() - start;
    free(memory);
    return took;
}
