/* The last value that the plugin gave to each parameter since somebody asked: a hash table with open addressing. */
#include "stream.h"

#include <stdlib.h>

#define LEAST_CAPACITY 64u /* a power of two, like every capacity */

/* Place of `id`, or the free place where it belongs. [any-thread] */
static struct ib_latest_entry *find(struct ib_latest_entry *entries, uint32_t capacity, uint32_t id)
{
    uint32_t at = id * 2654435769u & (capacity - 1); /* Fibonacci hashing: ids may be dense or random */
    while (entries[at].used && entries[at].id != id)
        at = (at + 1) & (capacity - 1);
    return &entries[at];
}

/* Make room for one more, at most half full. 0, or -1 without memory. [any-thread] */
static int grow(struct ib_latest *latest)
{
    if (latest->count * 2 < latest->capacity)
        return 0;
    uint32_t capacity = latest->capacity != 0 ? latest->capacity * 2 : LEAST_CAPACITY;
    struct ib_latest_entry *entries = calloc(capacity, sizeof *entries);
    if (entries == NULL)
        return -1;
    for (uint32_t i = 0; i < latest->capacity; i++)
        if (latest->entries[i].used)
            *find(entries, capacity, latest->entries[i].id) = latest->entries[i];
    free(latest->entries);
    latest->entries = entries;
    latest->capacity = capacity;
    return 0;
}

int ib_latest_note(struct ib_latest *latest, const struct ib_event_param *event)
{
    if (grow(latest) != 0)
        return -1;
    struct ib_latest_entry *entry = find(latest->entries, latest->capacity, event->param_id);
    latest->count += !entry->used;
    entry->used = 1;
    entry->id = event->param_id;
    entry->value = event->value;
    return 0;
}

uint32_t ib_stream_latest(struct ib_stream *stream, uint32_t *ids, double *values, uint32_t most)
{
    struct ib_latest *latest = &stream->latest;
    uint32_t given = 0;
    for (uint32_t i = 0; i < latest->capacity && given < most; i++) {
        struct ib_latest_entry *entry = &latest->entries[i];
        if (!entry->used)
            continue;
        ids[given] = entry->id;
        values[given++] = entry->value;
    }
    for (uint32_t i = 0; i < latest->capacity; i++)
        latest->entries[i].used = 0;
    latest->count = 0;
    return given;
}

uint32_t ib_stream_latest_count(const struct ib_stream *stream)
{
    return stream->latest.count;
}
