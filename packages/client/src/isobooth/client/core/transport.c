/* Where the song is, from block to block. */
#include "stream.h"

void ib_stream_set_transport(struct ib_stream *stream, const struct ib_transport *transport)
{
    stream->has_transport = transport != NULL;
    if (transport != NULL)
        stream->transport = *transport;
}

int ib_stream_get_transport(const struct ib_stream *stream, struct ib_transport *transport)
{
    if (stream->has_transport)
        *transport = stream->transport;
    return stream->has_transport;
}
