/* The quick way for arrays without events: what most calls are, with as little around the blocks as can be. */
#include "stream.h"

#include <stddef.h>
#include <string.h>

/* With IB_STATUS_HAS_NEWS where there is more to look at than audio. [any-thread] */
static uint32_t with_news(struct ib_stream *stream, uint32_t status)
{
    if (ib_stream_is_to_be_heard(stream) || stream->has_other_latency)
        status |= IB_STATUS_HAS_NEWS;
    stream->has_other_latency = 0;
    return status;
}

/* Do arrays of `in` and `out` bytes overlap, other than as the same memory? [any-thread] */
static int overlap(const void *input, uint64_t in, const void *output, uint64_t out)
{
    uintptr_t a = (uintptr_t)input, b = (uintptr_t)output;
    return a != b && a < b + out && b < a + in;
}

uint32_t ib_stream_block(struct ib_stream *stream, const void *input, void *output, uint32_t frames, uint64_t slice_ns)
{
    struct ib_client *client = &stream->client;
    struct ib_slot *slot = ib_client_begin(client);
    const struct ib_geometry *g = &client->geometry;
    uint64_t bytes = (uint64_t)frames * g->sample_bytes;
    if (slot == NULL || client->settled != client->submitted ||
        overlap(input, bytes * g->inputs, output, bytes * g->outputs))
        return IB_STATUS_FULL;
    for (uint32_t c = 0; c < g->inputs; c++)
        memcpy(ib_input_plane(slot, g, c), (const uint8_t *)input + c * bytes, bytes);
    ib_stream_submit(stream, frames, 0);
    return ib_stream_block_finish(stream, output, frames, slice_ns);
}

uint32_t ib_stream_block_finish(struct ib_stream *stream, void *output, uint32_t frames, uint64_t slice_ns)
{
    struct ib_client *client = &stream->client;
    const struct ib_geometry *g = &client->geometry;
    uint64_t sequence = client->submitted, until = ib_deadline(ib_now_ns(), slice_ns);
    uint32_t status = ib_client_await(client, sequence, until);
    if (status == IB_STATUS_LATE)
        return IB_STATUS_AGAIN;
    status = ib_stream_wait(stream, 0);
    if (status == IB_STATUS_OK) {
        struct ib_slot *slot = ib_client_slot(client, sequence);
        uint64_t bytes = (uint64_t)frames * g->sample_bytes;
        for (uint32_t c = 0; c < g->outputs; c++)
            memcpy((uint8_t *)output + c * bytes, ib_output_plane(slot, g, c), bytes);
        ib_clean_planes(stream, (uint32_t)((sequence - 1) % g->slots));
    }
    return with_news(stream, status);
}

uint32_t ib_stream_array(struct ib_stream *stream, struct ib_job *job, const void *input, void *output, uint64_t frames,
                         uint64_t slice_ns)
{
    uint64_t row = frames * job->input_bytes;
    if (stream->client.settled != stream->client.submitted ||
        overlap(input, row * job->input_channels, output, row * job->output_channels))
        return IB_STATUS_FULL;
    job->input = input;
    job->output = output;
    job->input_stride = job->output_stride = row;
    job->frames = frames;
    memset(&job->submitted, 0, sizeof *job - offsetof(struct ib_job, submitted));
    return ib_stream_array_finish(stream, job, slice_ns);
}

uint32_t ib_stream_array_finish(struct ib_stream *stream, struct ib_job *job, uint64_t slice_ns)
{
    return with_news(stream, ib_stream_run(stream, job, slice_ns));
}

void ib_stream_rouse(struct ib_stream *stream)
{
    if (ib_bell_ring(&ib_client_header(&stream->client)->host_bell))
        stream->client.spin.crowded = 1;
}
