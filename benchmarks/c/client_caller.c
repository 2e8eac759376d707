/* A caller in C on the segment of a real booth: what a DAW that uses the header-only client does for each block. */
#include "exchange.h"

#include <isobooth/client.h>

struct caller {
    struct ib_client client;
    float *dry; /* `variety` blocks, one after the other */
    float *wet;
    uint32_t variety;
};

/* Blocks of noise of rising level, so that no meter stands still. NULL without memory. */
static float *blocks_of_noise(uint32_t samples, uint32_t variety)
{
    float *noise = bench_noise(samples * variety + 1);
    for (uint32_t i = 0; noise != NULL && i < samples * variety; i++)
        noise[i] *= (float)(i / samples + 1) / (float)variety;
    return noise;
}

/* A caller that goes on where the segment's client stopped and plays `variety` different blocks in turn. NULL if the segment
 * cannot be used or there is no memory. */
struct caller *caller_new(void *base, uint64_t bytes, uint32_t variety)
{
    const struct ib_header *header = (const struct ib_header *)base;
    struct caller *caller = (struct caller *)calloc(1, sizeof *caller);
    if (caller == NULL)
        return NULL;
    caller->variety = variety;
    const struct ib_geometry *g = &caller->client.geometry;
    if (ib_client_open(&caller->client, base, bytes, &header->geometry) == NULL) {
        caller->dry = blocks_of_noise(g->inputs * g->max_frames, variety);
        caller->wet = bench_noise(g->outputs * g->max_frames + 1);
    }
    if (caller->dry == NULL || caller->wet == NULL) {
        free(caller->dry);
        free(caller->wet);
        free(caller);
        return NULL;
    }
    caller->client.submitted = caller->client.settled = header->client.submitted;
    return caller;
}

void caller_free(struct caller *caller)
{
    free(caller->dry);
    free(caller->wet);
    free(caller);
}

/* Block `number` there and back, with both copies. Its status. */
static uint32_t exchange(struct caller *caller, uint32_t frames, uint64_t number, uint64_t *inside)
{
    struct ib_client *client = &caller->client;
    const struct ib_geometry *g = &client->geometry;
    struct ib_result result;
    const float *dry = caller->dry + number % caller->variety * g->inputs * g->max_frames;
    struct ib_slot *slot = ib_client_begin(client);
    if (slot == NULL)
        return IB_STATUS_FULL;
    bench_copy(ib_input_plane(slot, g, 0), g->plane_stride, dry, frames * sizeof(float), g->inputs, frames);
    slot->frames = frames;
    (void)ib_client_submit(client);
    uint32_t status = ib_client_wait(client, ib_deadline(ib_now_ns(), 10000000000u), &result);
    slot = ib_client_slot(client, result.sequence);
    bench_copy(caller->wet, frames * sizeof(float), ib_output_plane(slot, g, 0), g->plane_stride, g->outputs, frames);
    *inside = result.process_ns;
    return status;
}

/* `blocks` blocks of `frames` frames, one every `pace_ns` or back to back (0): `took` gets the nanoseconds of each round trip,
 * `inside` those that the plugin had of it. IB_STATUS_OK, or the status of the block that failed. */
uint32_t caller_run(struct caller *caller, uint32_t frames, uint64_t blocks, uint64_t pace_ns, uint64_t *took,
                    uint64_t *inside)
{
    uint64_t beat = ib_now_ns(), warm_up = bench_warm_up(pace_ns);
    for (uint64_t i = 0; i < warm_up + blocks; i++) {
        uint64_t at = i < warm_up ? 0 : i - warm_up;
        bench_pace(&beat, pace_ns);
        uint64_t start = ib_now_ns();
        uint32_t status = exchange(caller, frames, i, &inside[at]);
        took[at] = ib_now_ns() - start;
        if (status != IB_STATUS_OK)
            return status;
    }
    return IB_STATUS_OK;
}
