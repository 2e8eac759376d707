/* The dry path: what went into the plugin, kept for as long as the plugin's latency, so that it can stand in for what comes out
 * and stays aligned with it. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((uint64_t)1 << 28) /* of a ring: a plugin may say what it likes of its latency */

/* Of one sample. [any-thread] */
static uint8_t *place_of(const struct ib_stream *stream, uint32_t channel, uint64_t position)
{
    const struct ib_dry *dry = &stream->dry;
    uint64_t index = channel * dry->capacity + (position & (dry->capacity - 1));
    return dry->ring + index * stream->client.geometry.sample_bytes;
}

/* Frames from `position` on that lie side by side, at most `frames`. [any-thread] */
static uint64_t run_length(const struct ib_dry *dry, uint64_t position, uint64_t frames)
{
    uint64_t room = dry->capacity - (position & (dry->capacity - 1));
    return frames < room ? frames : room;
}

/* Append one channel's frames without moving on; NULL: silence. [audio-thread] */
static void write_channel(struct ib_stream *stream, uint32_t channel, const void *from, uint32_t from_bytes,
                          uint64_t frames)
{
    uint32_t bytes = stream->client.geometry.sample_bytes;
    for (uint64_t done = 0; done < frames;) {
        uint64_t position = stream->dry.written + done;
        uint64_t count = run_length(&stream->dry, position, frames - done);
        uint8_t *to = place_of(stream, channel, position);
        if (from == NULL)
            memset(to, 0, count * bytes);
        else
            ib_copy_samples(to, bytes, (const uint8_t *)from + done * from_bytes, from_bytes, count);
        done += count;
    }
}

void ib_dry_note(struct ib_stream *stream, struct ib_slot *slot)
{
    struct ib_dry *dry = &stream->dry;
    const struct ib_geometry *g = &stream->client.geometry;
    if (slot->flags & IB_BLOCK_RESET)
        dry->first = dry->written;
    stream->positions[stream->client.submitted % g->slots] = dry->written;
    if (dry->latency == 0)
        return;
    for (uint32_t c = 0; c < dry->channels; c++)
        write_channel(stream, c, ib_input_plane(slot, g, c), g->sample_bytes, slot->frames);
    dry->written += slot->frames;
}

void ib_dry_append(struct ib_stream *stream, const struct ib_job *job, uint64_t start, uint64_t frames)
{
    struct ib_dry *dry = &stream->dry;
    if (dry->latency == 0)
        return;
    for (uint32_t c = 0; c < dry->channels; c++) {
        const uint8_t *from = NULL;
        if (c < job->input_channels)
            from = (const uint8_t *)job->input + c * job->input_stride + start * job->input_bytes;
        write_channel(stream, c, from, job->input_bytes, frames);
    }
    dry->written += frames;
}

void ib_dry_read(const struct ib_stream *stream, uint32_t channel, uint64_t position, uint64_t frames, void *to,
                 uint32_t to_bytes)
{
    const struct ib_dry *dry = &stream->dry;
    uint8_t *target = to;
    uint64_t silent = 0;
    if (position < dry->first + dry->latency) {
        silent = dry->first + dry->latency - position;
        silent = silent < frames ? silent : frames;
        memset(target, 0, silent * to_bytes);
    }
    for (uint64_t done = silent; done < frames;) {
        uint64_t from = position + done - dry->latency;
        uint64_t count = run_length(dry, from, frames - done);
        ib_copy_samples(target + done * to_bytes, to_bytes, place_of(stream, channel, from),
                        stream->client.geometry.sample_bytes, count);
        done += count;
    }
}

void ib_stream_dry_block(struct ib_stream *stream, void *output, uint64_t stride, uint32_t channels, uint32_t frames)
{
    const struct ib_geometry *g = &stream->client.geometry;
    uint64_t sequence = stream->client.settled;
    struct ib_slot *slot = ib_client_slot(&stream->client, sequence);
    uint64_t position = stream->positions[(sequence - 1) % g->slots];
    uint32_t length = stream->lengths[(sequence - 1) % g->slots];
    length = length < frames ? length : frames;
    for (uint32_t c = 0; c < channels; c++) {
        uint8_t *to = (uint8_t *)output + c * stride;
        uint32_t there = c < stream->dry.channels ? length : 0;
        memset(to + (uint64_t)there * g->sample_bytes, 0, (uint64_t)(frames - there) * g->sample_bytes);
        if (there == 0)
            continue;
        if (stream->dry.latency == 0)
            memcpy(to, ib_input_plane(slot, g, c), (uint64_t)there * g->sample_bytes);
        else
            ib_dry_read(stream, c, position, there, to, g->sample_bytes);
    }
}

/* Another ring of `capacity` frames with what the old one holds. 0, or -1 without memory. [main-thread] */
static int grow(struct ib_stream *stream, uint64_t capacity)
{
    struct ib_dry *dry = &stream->dry;
    uint32_t bytes = stream->client.geometry.sample_bytes;
    if (capacity > MOST_BYTES / bytes / (dry->channels != 0 ? dry->channels : 1))
        return -1;
    uint8_t *ring = calloc(capacity * dry->channels + 1, bytes);
    if (ring == NULL)
        return -1;
    uint64_t kept = dry->written - dry->first;
    kept = kept < dry->capacity ? kept : dry->capacity;
    for (uint32_t c = 0; c < dry->channels; c++) {
        for (uint64_t i = dry->written - kept; i < dry->written; i++)
            memcpy(ring + (c * capacity + (i & (capacity - 1))) * bytes, place_of(stream, c, i), bytes);
    }
    free(dry->ring);
    dry->ring = ring;
    dry->capacity = capacity;
    dry->first = dry->written - kept;
    return 0;
}

int ib_stream_set_dry(struct ib_stream *stream, uint32_t channels, uint32_t latency)
{
    struct ib_dry *dry = &stream->dry;
    const struct ib_geometry *g = &stream->client.geometry;
    channels = channels < g->inputs ? channels : g->inputs;
    if (channels != dry->channels || dry->latency == 0) { /* what there is belongs to others, or has gaps */
        free(dry->ring);
        dry->ring = NULL;
        dry->capacity = 0;
        dry->channels = channels;
        dry->first = dry->written;
    }
    uint64_t least = latency + (uint64_t)g->slots * g->max_frames, capacity = 1024;
    while (capacity < least)
        capacity *= 2;
    dry->latency = 0;
    if (latency != 0 && capacity > dry->capacity && grow(stream, capacity) != 0)
        return -1;
    dry->latency = latency;
    return 0;
}

void ib_stream_adopt_dry(struct ib_stream *stream, struct ib_stream *before)
{
    const struct ib_geometry *g = &stream->client.geometry, *old = &before->client.geometry;
    if (old->sample_bytes != g->sample_bytes || before->dry.channels > g->inputs || old->slots != g->slots ||
        old->max_frames != g->max_frames)
        return;
    free(stream->dry.ring);
    stream->dry = before->dry;
    memset(&before->dry, 0, sizeof before->dry);
}

void ib_stream_copy_dry(struct ib_stream *stream, const struct ib_stream *before)
{
    const struct ib_geometry *g = &stream->client.geometry, *old = &before->client.geometry;
    uint64_t bytes = before->dry.capacity * before->dry.channels * old->sample_bytes;
    if (old->sample_bytes != g->sample_bytes || before->dry.channels > g->inputs || old->slots != g->slots ||
        old->max_frames != g->max_frames)
        return;
    uint8_t *ring = malloc(bytes + 1);
    if (ring == NULL)
        return; /* then what was played before is silent on the dry path */
    free(stream->dry.ring);
    stream->dry = before->dry;
    stream->dry.ring = ring;
    if (bytes != 0)
        memcpy(ring, before->dry.ring, bytes);
}
