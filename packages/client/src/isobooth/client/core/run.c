/* The block loop over an array: copy in, submit, wait, copy out, with as many blocks in flight as there are slots. */
#include "stream.h"

#include <string.h>

void ib_copy_samples(void *to, uint32_t to_bytes, const void *from, uint32_t from_bytes, uint64_t frames)
{
    if (to == from)
        return; /* the output array is the input array */
    if (to_bytes == from_bytes) {
        memcpy(to, from, frames * to_bytes);
    } else if (to_bytes == 4) {
        float *target = to;
        const double *source = from;
        for (uint64_t i = 0; i < frames; i++)
            target[i] = (float)source[i];
    } else {
        double *target = to;
        const float *source = from;
        for (uint64_t i = 0; i < frames; i++)
            target[i] = source[i];
    }
}

/* [audio-thread] */
static void copy_in(struct ib_stream *stream, struct ib_job *job, struct ib_slot *slot, uint32_t frames)
{
    const struct ib_geometry *g = &stream->client.geometry;
    for (uint32_t c = 0; c < g->inputs; c++) {
        void *plane = ib_input_plane(slot, g, c);
        if (c < job->input_channels) {
            const uint8_t *from =
                (const uint8_t *)job->input + c * job->input_stride + job->submitted * job->input_bytes;
            ib_copy_samples(plane, g->sample_bytes, from, job->input_bytes, frames);
        } else {
            memset(plane, 0, (size_t)frames * g->sample_bytes);
            if (c < 64)
                slot->in_constant_mask |= (uint64_t)1 << c;
        }
    }
}

/* Events of the next `frames` frames; of a job without frames, all. [audio-thread] */
static void copy_events(struct ib_stream *stream, struct ib_job *job, struct ib_slot *slot, uint32_t frames)
{
    struct ib_event_writer writer = ib_client_events(&stream->client, slot);
    while (job->event_index < job->event_count) {
        uint64_t time = job->event_times[job->event_index];
        if (job->frames != 0 && time >= job->submitted + frames)
            break;
        struct ib_event head;
        memcpy(&head, job->events + job->event_at, sizeof head);
        struct ib_event *place = ib_event_reserve(&writer, head.size);
        if (place == NULL)
            break; /* cannot be: the caller made room for ib_job_event_room() bytes */
        memcpy(place, job->events + job->event_at, head.size);
        place->time = job->frames != 0 ? (uint32_t)(time - job->submitted) : 0;
        job->event_at += head.size;
        job->event_index++;
    }
    ib_client_end_events(slot, &writer);
}

/* 1 if a block was handed over, 0 if there is no free slot. [audio-thread] */
static int submit_next(struct ib_stream *stream, struct ib_job *job)
{
    struct ib_slot *slot = ib_client_begin(&stream->client);
    if (slot == NULL)
        return 0;
    uint64_t left = job->frames - job->submitted;
    uint32_t most = stream->client.geometry.max_frames; /* the host cuts it into blocks */
    uint32_t frames = left < most ? (uint32_t)left : most;
    copy_in(stream, job, slot, frames);
    if (job->event_count != 0)
        copy_events(stream, job, slot, frames);
    uint32_t flags = job->flags & (IB_BLOCK_OFFLINE | IB_BLOCK_CONTINUES);
    if (left > frames)
        flags |= IB_BLOCK_CONTINUES;
    if (!job->started)
        flags |= job->flags & IB_BLOCK_RESET;
    uint32_t place = (uint32_t)(stream->client.submitted % stream->client.geometry.slots);
    ib_stream_submit(stream, frames, flags);
    stream->starts[place] = job->submitted;
    job->submitted += frames;
    job->started = 1;
    return 1;
}

/* What stands in for `frames` frames from `start` on, where the dry path is at `position`. [audio-thread] */
static void stand_in(const struct ib_stream *stream, const struct ib_job *job, uint64_t start, uint64_t frames,
                     uint64_t position)
{
    int is_dry = job->is_bypassed || job->policy == IB_POLICY_BYPASS;
    for (uint32_t c = 0; c < job->output_channels; c++) {
        uint8_t *to = (uint8_t *)job->output + c * job->output_stride + start * job->output_bytes;
        if (is_dry && c < stream->dry.channels && stream->dry.latency != 0)
            ib_dry_read(stream, c, position, frames, to, job->output_bytes);
        else if (is_dry && c < stream->dry.channels && c < job->input_channels)
            ib_copy_samples(to, job->output_bytes,
                            (const uint8_t *)job->input + c * job->input_stride + start * job->input_bytes,
                            job->input_bytes, frames);
        else
            memset(to, 0, frames * job->output_bytes);
    }
}

/* Take one finished block out of its slot. [audio-thread] */
static void collect(struct ib_stream *stream, struct ib_job *job, const struct ib_result *result)
{
    struct ib_client *client = &stream->client;
    const struct ib_geometry *g = &client->geometry;
    struct ib_slot *slot = ib_client_slot(client, result->sequence);
    uint32_t place = (uint32_t)((result->sequence - 1) % g->slots);
    uint64_t start = stream->starts[place];
    uint32_t frames = stream->lengths[place];
    /* Of blocks that shared a slot with one that failed, the host keeps the output; that of the failed one is silent. */
    int is_shared = frames > stream->block_size;
    int is_heard = result->status == IB_STATUS_OK ||
                   (result->status == IB_STATUS_PLUGIN_ERROR && job->policy != IB_POLICY_BYPASS && is_shared);
    uint8_t *output = (uint8_t *)job->output + start * job->output_bytes;
    if (is_heard && !job->is_bypassed) {
        ib_fade_rise(stream, result->sequence, frames);
        for (uint32_t c = 0; c < job->output_channels; c++)
            ib_copy_samples(output + c * job->output_stride, job->output_bytes, ib_output_plane(slot, g, c),
                            g->sample_bytes, frames);
    } else {
        stand_in(stream, job, start, frames, stream->positions[place]);
        if (!job->is_bypassed)
            ib_fade_fall(stream, output, job->output_stride, job->output_bytes, job->output_channels, frames);
    }
    if (result->status != IB_STATUS_OK) {
        job->error_blocks++;
        job->failed_sequence = result->sequence;
        job->status = result->status;
    }
    if (result->out_event_bytes != 0 && ib_gather_events(stream, result, start, frames) != 0)
        stream->report.dropped++;
    if (result->status < IB_STATUS_LATE) /* else the host may be in there still */
        ib_clean_planes(stream, place);
    job->done = start + frames;
}

/* Settle every block that has come back. How many. [audio-thread] */
static uint32_t settle(struct ib_stream *stream, struct ib_job *job)
{
    struct ib_client *client = &stream->client;
    uint32_t settled = 0;
    while (client->settled < client->submitted && ib_client_is_done(client, client->settled + 1)) {
        struct ib_result result;
        (void)ib_client_wait(client, 0, &result);
        ib_note_result(stream, &result);
        collect(stream, job, &result);
        settled++;
    }
    return settled;
}

void ib_stream_run_dry(struct ib_stream *stream, struct ib_job *job, uint64_t most_frames)
{
    struct ib_dry *dry = &stream->dry;
    uint64_t end = job->frames - job->done > most_frames ? job->done + most_frames : job->frames;
    if (!job->started && (job->flags & IB_BLOCK_RESET)) {
        dry->first = dry->written;
        ib_fade_reset(stream);
    }
    uint64_t from = job->done, flown = job->submitted - job->done;
    stand_in(stream, job, job->done, flown, dry->written - flown); /* what blocks have carried is on the dry path */
    uint64_t most = dry->latency != 0 ? dry->capacity - dry->latency : job->frames;
    while (job->submitted < end) {
        uint64_t left = end - job->submitted;
        uint64_t frames = left < most ? left : most;
        uint64_t position = dry->written;
        ib_dry_append(stream, job, job->submitted, frames); /* first: the output may be the input array */
        stand_in(stream, job, job->submitted, frames, position);
        job->submitted += frames;
        ib_stream_pass(stream, frames);
    }
    job->done = job->submitted;
    if (!job->is_bypassed)
        ib_fade_fall(stream, (uint8_t *)job->output + from * job->output_bytes, job->output_stride, job->output_bytes,
                     job->output_channels, job->done - from);
}

/* The song, the clock and the dry path go back to where the job's first lost block was, whose place in the segment is `place`.
 * [audio-thread] */
static void rewind_job(struct ib_stream *stream, struct ib_job *job, uint32_t place)
{
    if (stream->has_transport)
        stream->transport = stream->songs[place];
    stream->client.steady_time -= (int64_t)(job->submitted - job->done);
    stream->dry.written = stream->positions[place];
    job->submitted = job->done;
}

/* The host is gone or hangs: the rest of the array is what the policy says. [audio-thread] */
static uint32_t give_up(struct ib_stream *stream, struct ib_job *job, uint32_t status)
{
    struct ib_client *client = &stream->client;
    struct ib_result result;
    uint32_t place = (uint32_t)(client->settled % client->geometry.slots);
    int is_lost = client->settled < client->submitted;
    job->failed_sequence = client->settled + 1;
    while (client->settled < client->submitted) {
        (void)ib_client_wait(client, 0, &result);
        ib_note_result(stream, &result);
        if (result.status == IB_STATUS_CRASHED)
            ib_stream_release(stream, result.sequence);
    }
    job->status = status;
    if (job->is_resumed && is_lost)
        rewind_job(stream, job, place);
    else if (!job->is_resumed && job->policy != IB_POLICY_STOP)
        ib_stream_run_dry(stream, job, job->frames);
    return status;
}

/* Which block to wait for: with more to submit, half of those in flight, so that a sleeping client is woken once for many
 * blocks; at the end, the last, unless all are so near that nobody will sleep: then what is back is copied out while the host
 * is at the others. With none in flight, the one that was given up and whose slot the host has not left. [audio-thread] */
static uint64_t wait_target(const struct ib_client *client, const struct ib_job *job)
{
    uint64_t flying = client->submitted - client->settled;
    if (flying == 0)
        return client->submitted + 1 - client->geometry.slots;
    if (job->submitted < job->frames || flying * client->last_process_ns <= IB_NAP_LAST_NS)
        return client->settled + (flying + 1) / 2;
    return client->submitted;
}

/* [audio-thread] */
static int is_unfinished(const struct ib_client *client, const struct ib_job *job)
{
    return job->done < job->frames || !job->started || client->settled < client->submitted;
}

uint32_t ib_stream_run(struct ib_stream *stream, struct ib_job *job, uint64_t slice_ns)
{
    struct ib_client *client = &stream->client;
    uint64_t now = ib_now_ns();
    uint64_t slice_end = ib_deadline(now, slice_ns);
    if (job->progress_ns == 0)
        job->progress_ns = now;
    while (is_unfinished(client, job)) {
        int idle = client->settled == client->submitted;
        while ((job->submitted < job->frames || !job->started) && submit_next(stream, job)) {
            /* fill the pipeline */
        }
        if (idle && client->settled != client->submitted)
            job->progress_ns = ib_now_ns();
        uint64_t patience_end = ib_deadline(job->progress_ns, job->patience_ns);
        uint64_t until = patience_end < slice_end ? patience_end : slice_end;
        uint64_t target = wait_target(client, job);
        if (client->submitted - client->settled > 1)
            ib_client_nap(client, target, job->submitted == job->frames, until);
        uint32_t status = ib_client_await(client, target, until);
        if (settle(stream, job) != 0)
            job->progress_ns = ib_now_ns();
        else if (status == IB_STATUS_CRASHED)
            return give_up(stream, job, IB_STATUS_CRASHED);
        else if (ib_now_ns() >= ib_deadline(job->progress_ns, job->patience_ns)) /* whatever the host says of others */
            return give_up(stream, job, IB_STATUS_LATE);
        if (ib_now_ns() >= slice_end && is_unfinished(client, job))
            return IB_STATUS_AGAIN;
    }
    return job->status == 0 ? IB_STATUS_OK : job->status;
}

void ib_stream_give_up(struct ib_stream *stream)
{
    while (ib_stream_in_flight(stream) != 0)
        (void)ib_stream_wait(stream, 0);
}

uint64_t ib_job_event_room(const struct ib_job *job, uint32_t slot_frames)
{
    uint64_t most = 0, room = 0, at = 0, block = 0;
    for (uint64_t i = 0; i < job->event_count; i++) {
        struct ib_event head;
        memcpy(&head, job->events + at, sizeof head);
        at += head.size;
        uint64_t here = job->frames != 0 ? job->event_times[i] / slot_frames : 0;
        if (here != block)
            room = 0;
        block = here;
        room += head.size;
        if (room > most)
            most = room;
    }
    return most;
}
