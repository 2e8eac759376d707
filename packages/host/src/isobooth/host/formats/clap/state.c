/* The two streams of ext/state.h, in memory. */
#include "formats/clap/host.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES ((uint64_t)4096)

/* Make room for `size` more bytes. 1, or 0 where that cannot be. [main-thread] */
static int grow(struct ib_clap_sink *sink, uint64_t size)
{
    if (size > sink->most - sink->used)
        return 0;
    if (size <= sink->room - sink->used)
        return 1;
    uint64_t room = sink->room != 0 ? sink->room : FIRST_BYTES;
    while (room < sink->used + size)
        room *= 2;
    uint8_t *larger = realloc(sink->data, room);
    if (larger == NULL)
        return 0;
    sink->data = larger;
    sink->room = room;
    return 1;
}

/* [main-thread] */
static int64_t write_bytes(const struct clap_ostream *stream, const void *buffer, uint64_t size)
{
    struct ib_clap_sink *sink = stream != NULL ? stream->ctx : NULL;
    if (sink == NULL || (buffer == NULL && size != 0))
        return -1;
    if (sink->failed || !grow(sink, size)) {
        sink->failed = 1;
        return -1;
    }
    if (size != 0)
        memcpy(sink->data + sink->used, buffer, size);
    sink->used += size;
    return (int64_t)size;
}

/* [main-thread] */
static int64_t read_bytes(const struct clap_istream *stream, void *buffer, uint64_t size)
{
    struct ib_clap_source *source = stream != NULL ? stream->ctx : NULL;
    if (source == NULL || (buffer == NULL && size != 0))
        return -1;
    uint64_t left = source->size - source->at;
    uint64_t count = size < left ? size : left;
    if (count > source->piece)
        count = source->piece;
    if (count != 0)
        memcpy(buffer, source->data + source->at, count);
    source->at += count;
    return (int64_t)count;
}

struct ib_clap_sink *ib_clap_sink_new(uint64_t most)
{
    struct ib_clap_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    sink->stream.ctx = sink;
    sink->stream.write = write_bytes;
    sink->most = most;
    return sink;
}

void ib_clap_sink_free(struct ib_clap_sink *sink)
{
    free(sink->data);
    free(sink);
}

struct ib_clap_source *ib_clap_source_new(const uint8_t *data, uint64_t size, uint64_t piece)
{
    struct ib_clap_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return NULL;
    source->stream.ctx = source;
    source->stream.read = read_bytes;
    source->data = data;
    source->size = size;
    source->piece = piece != 0 ? piece : 1;
    return source;
}

void ib_clap_source_free(struct ib_clap_source *source)
{
    free(source);
}
