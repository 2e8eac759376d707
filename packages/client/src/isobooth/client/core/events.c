/* Output events on their way out of the host's reach. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* Values of meters are left here until somebody asks for them, but not more. */
#define MOST_UNHEARD_BYTES ((uint64_t)1 << 20)

/* Make `*memory` hold at least `wanted` items of `size` bytes. 0, or -1 without memory. [any-thread] */
static int grow(void **memory, uint64_t *capacity, uint64_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return 0;
    uint64_t larger = *capacity * 2 > wanted ? *capacity * 2 : wanted + 64;
    void *moved = realloc(*memory, larger * size);
    if (moved == NULL)
        return -1;
    *memory = moved;
    *capacity = larger;
    return 0;
}

/* [any-thread] */
static int keep(struct ib_gathered *gathered, const struct ib_event *event, uint64_t time)
{
    void *area = gathered->area, *times = gathered->times;
    int failed = grow(&area, &gathered->area_capacity, gathered->bytes + event->size, 1) != 0;
    gathered->area = area;
    failed = failed || grow(&times, &gathered->times_capacity, gathered->count + 1, sizeof(uint64_t)) != 0;
    gathered->times = times;
    if (failed)
        return -1;
    memcpy(gathered->area + gathered->bytes, event, event->size);
    gathered->times[gathered->count++] = time;
    gathered->bytes += event->size;
    return 0;
}

/* In ascending order. [any-thread] */
static int compare_ids(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

int ib_stream_set_meters(struct ib_stream *stream, const uint32_t *ids, uint32_t count)
{
    struct ib_meters *meters = &stream->meters;
    uint32_t *copied = malloc((size_t)count * sizeof *ids + 1);
    if (copied == NULL)
        return -1;
    memcpy(copied, ids, (size_t)count * sizeof *ids);
    qsort(copied, count, sizeof *copied, compare_ids);
    free(meters->ids);
    meters->ids = copied;
    meters->count = count;
    return 0;
}

/* [any-thread] */
static int is_meter(const struct ib_meters *meters, const struct ib_event *event)
{
    const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
    return event->type == IB_EVENT_PARAM_VALUE && meters->count != 0 &&
           bsearch(&param->param_id, meters->ids, meters->count, sizeof *meters->ids, compare_ids) != NULL;
}

/* [any-thread] */
static int note_value(struct ib_stream *stream, const struct ib_event *event)
{
    const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
    if (event->type != IB_EVENT_PARAM_VALUE || event->key != -1 || param->note_id != -1)
        return 0;
    return ib_latest_note(&stream->latest, param);
}

int ib_gather_events(struct ib_stream *stream, const struct ib_result *result, uint64_t start, uint32_t frames)
{
    const struct ib_client *client = &stream->client;
    const uint8_t *area =
        (const uint8_t *)ib_client_slot(client, result->sequence) + client->geometry.out_events_offset;
    memcpy(stream->copied, area, result->out_event_bytes);
    uint32_t at = 0;
    const struct ib_event *event;
    while ((event = ib_event_next(stream->copied, result->out_event_bytes, &at, frames)) != NULL) {
        if (keep(&stream->gathered, event, start + event->time) != 0 || note_value(stream, event) != 0)
            return -1;
        stream->gathered.others += !is_meter(&stream->meters, event);
    }
    return 0;
}

uint64_t ib_stream_event_count(const struct ib_stream *stream)
{
    return stream->gathered.count;
}

int ib_stream_is_to_be_heard(const struct ib_stream *stream)
{
    return stream->gathered.others != 0 || stream->gathered.bytes > MOST_UNHEARD_BYTES;
}

/* `memory`, as small as can be. [any-thread] */
static void *shrink(void *memory, uint64_t bytes)
{
    void *smaller = realloc(memory, bytes);
    return smaller == NULL ? memory : smaller;
}

int ib_stream_take_events(struct ib_stream *stream, struct ib_events *events)
{
    struct ib_gathered *gathered = &stream->gathered;
    if (gathered->count == 0)
        return 0;
    events->area = shrink(gathered->area, gathered->bytes); /* they may be kept for long */
    events->times = shrink(gathered->times, gathered->count * sizeof *gathered->times);
    events->bytes = gathered->bytes;
    events->count = gathered->count;
    memset(gathered, 0, sizeof *gathered);
    return 1;
}

void ib_events_free(struct ib_events *events)
{
    free(events->area);
    free(events->times);
}
