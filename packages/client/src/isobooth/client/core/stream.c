/* A stream's life, and its blocks one by one. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

struct ib_stream *ib_stream_new(void *base, uint64_t bytes, const struct ib_geometry *geometry, uint32_t block_size,
                                double sample_rate, const char **wrong)
{
    struct ib_stream *stream = calloc(1, sizeof *stream);
    *wrong = "there is no memory for a stream";
    if (stream == NULL)
        return NULL;
    *wrong = ib_client_open(&stream->client, base, bytes, geometry);
    if (*wrong == NULL && block_size > geometry->max_frames)
        *wrong = "the block size is above the longest block of the segment";
    if (*wrong == NULL) {
        stream->copied = malloc(geometry->out_event_bytes + 1);
        if (stream->copied == NULL)
            *wrong = "there is no memory for output events";
    }
    if (*wrong != NULL) {
        free(stream);
        return NULL;
    }
    stream->block_size = block_size;
    stream->sample_rate = sample_rate;
    return stream;
}

void ib_stream_free(struct ib_stream *stream)
{
    free(stream->copied);
    free(stream->dry.ring);
    free(stream->fade.last);
    free(stream->gathered.area);
    free(stream->gathered.times);
    free(stream->latest.entries);
    free(stream->meters.ids);
    free(stream);
}

void *ib_stream_begin(struct ib_stream *stream)
{
    return ib_client_begin(&stream->client);
}

uint32_t ib_stream_add_events(struct ib_stream *stream, const uint8_t *events, const uint64_t *times, uint32_t count)
{
    struct ib_slot *slot = ib_client_slot(&stream->client, stream->client.submitted + 1);
    struct ib_event_writer writer = ib_client_events(&stream->client, slot);
    writer.used = slot->in_event_bytes;
    writer.count = slot->in_event_count;
    uint32_t added = 0;
    uint64_t at = 0;
    for (; added < count; added++) {
        struct ib_event head;
        memcpy(&head, events + at, sizeof head);
        struct ib_event *place = ib_event_reserve(&writer, head.size);
        if (place == NULL)
            break;
        memcpy(place, events + at, head.size);
        place->time = (uint32_t)times[added];
        at += head.size;
    }
    ib_client_end_events(slot, &writer);
    return added;
}

void ib_clean_planes(struct ib_stream *stream, uint32_t place)
{
    const struct ib_geometry *g = &stream->client.geometry;
    struct ib_slot *slot = ib_slot_of(stream->client.base, g, (uint64_t)place + 1);
    for (uint32_t c = 0; c < g->outputs && stream->dirty[place] != 0; c++)
        memset(ib_output_plane(slot, g, c), 0, (size_t)stream->dirty[place] * g->sample_bytes);
    stream->dirty[place] = 0;
}

/* [audio-thread] */
static void advance(struct ib_stream *stream, uint64_t frames)
{
    for (uint64_t done = 0; done < frames; done += stream->block_size) {
        uint64_t left = frames - done;
        ib_transport_advance(&stream->transport, left < stream->block_size ? (uint32_t)left : stream->block_size,
                             stream->sample_rate);
    }
}

void ib_stream_pass(struct ib_stream *stream, uint64_t frames)
{
    stream->client.steady_time += (int64_t)frames;
    if (stream->has_transport)
        advance(stream, frames);
}

void ib_stream_release(struct ib_stream *stream, uint64_t sequence)
{
    __atomic_store_n(&ib_client_slot(&stream->client, sequence)->done, sequence, __ATOMIC_RELEASE);
}

void ib_stream_release_settled(struct ib_stream *stream)
{
    uint64_t last = stream->client.settled, slots = stream->client.geometry.slots;
    for (uint64_t sequence = last > slots ? last - slots + 1 : 1; sequence <= last; sequence++)
        ib_stream_release(stream, sequence);
}

uint64_t ib_stream_submit(struct ib_stream *stream, uint32_t frames, uint32_t flags)
{
    struct ib_client *client = &stream->client;
    struct ib_slot *slot = ib_client_slot(client, client->submitted + 1);
    uint32_t place = (uint32_t)(client->submitted % client->geometry.slots);
    slot->frames = frames;
    slot->flags = flags;
    if (stream->has_transport) {
        stream->songs[place] = stream->transport;
        slot->flags |= IB_BLOCK_TRANSPORT;
        slot->transport = stream->transport;
        advance(stream, frames);
    }
    if (stream->dirty[place] == 0)
        slot->flags |= IB_BLOCK_CLEAN;
    if (stream->dirty[place] < frames)
        stream->dirty[place] = frames;
    if (flags & IB_BLOCK_RESET)
        ib_fade_reset(stream);
    stream->starts[place] = 0;
    stream->lengths[place] = frames;
    ib_dry_note(stream, slot);
    return ib_client_submit(client);
}

uint32_t ib_stream_wait(struct ib_stream *stream, uint64_t patience_ns)
{
    struct ib_result result;
    struct ib_client *client = &stream->client;
    uint32_t frames = stream->lengths[client->settled % client->geometry.slots];
    uint32_t status = ib_client_wait(client, ib_deadline(ib_now_ns(), patience_ns), &result);
    if (status == IB_STATUS_NONE)
        return status;
    ib_note_result(stream, &result);
    if (status == IB_STATUS_OK)
        ib_fade_rise(stream, result.sequence, frames);
    else if (status == IB_STATUS_CRASHED)
        ib_stream_release(stream, result.sequence);
    if (result.out_event_bytes != 0 && ib_gather_events(stream, &result, 0, frames) != 0)
        stream->report.dropped++;
    return status;
}

void ib_stream_take_back(struct ib_stream *stream)
{
    struct ib_client *client = &stream->client;
    if (stream->has_transport && client->settled != client->submitted)
        stream->transport = stream->songs[client->settled % client->geometry.slots];
    ib_stream_give_up(stream);
}

uint32_t ib_stream_await(struct ib_stream *stream, uint64_t patience_ns)
{
    struct ib_client *client = &stream->client;
    if (client->settled == client->submitted)
        return IB_STATUS_NONE;
    uint32_t status = ib_client_await(client, client->settled + 1, ib_deadline(ib_now_ns(), patience_ns));
    return status == IB_STATUS_LATE ? IB_STATUS_AGAIN : status;
}

uint32_t ib_stream_in_flight(const struct ib_stream *stream)
{
    return (uint32_t)(stream->client.submitted - stream->client.settled);
}

uint64_t ib_stream_settled(const struct ib_stream *stream)
{
    return stream->client.settled;
}

uint32_t ib_stream_last_frames(const struct ib_stream *stream)
{
    const struct ib_client *client = &stream->client;
    return client->settled == 0 ? 0 : stream->lengths[(client->settled - 1) % client->geometry.slots];
}

void ib_note_result(struct ib_stream *stream, const struct ib_result *result)
{
    struct ib_report *report = &stream->report;
    report->status = result->status;
    if (result->status == IB_STATUS_LATE)
        report->late++;
    if (result->status >= IB_STATUS_LATE)
        return;
    report->blocks += result->blocks;
    if (report->latency != result->latency)
        stream->has_other_latency = 1;
    report->latency = result->latency;
    report->tail = result->tail;
    report->status_flags = result->status_flags;
    report->process_ns += result->process_ns;
    report->last_process_ns = result->process_ns;
    report->replaced += result->replaced;
    if (result->status_flags & IB_STATUS_FLAG_EVENTS_DROPPED)
        report->dropped++;
}

void ib_stream_report(const struct ib_stream *stream, struct ib_report *report)
{
    *report = stream->report;
    report->steady_time = stream->client.steady_time;
}

void ib_stream_resume(struct ib_stream *stream, const struct ib_report *report)
{
    stream->report = *report;
    stream->client.steady_time = report->steady_time;
}

void ib_stream_mark_dead(struct ib_stream *stream)
{
    ib_client_mark_dead(&stream->client);
}

const char *ib_geometry_make(struct ib_geometry *geometry)
{
    geometry->wake_kind = IB_WAKE_KIND;
    return ib_geometry_fill(geometry);
}

const char *ib_header_make(void *base, const struct ib_geometry *geometry)
{
    return ib_header_init((struct ib_header *)base, geometry);
}
