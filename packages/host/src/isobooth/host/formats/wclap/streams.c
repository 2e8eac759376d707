/* State streams: the plugin's buffer, wherever it lies, and the host's stream. */
#include "formats/wclap/wclap.h"

/* The plugin's buffer; NULL, with a fault, if that is not all its own. [main-thread] */
static void *buffer_of(struct ib_wclap_call *call)
{
    uint64_t size = (uint64_t)call->values[2].i64;
    void *buffer = ib_wclap_at(call->box, (uint32_t)call->values[1].i32, size);
    if (buffer == NULL && size != 0)
        ib_wclap_fault(call->box, "it gave a stream a buffer that lies outside of its memory");
    return buffer;
}

void ib_wclap_stream_read(struct ib_wclap_call *call)
{
    const struct clap_istream *stream = call->native;
    void *buffer = buffer_of(call);
    uint64_t size = (uint64_t)call->values[2].i64;
    call->values[0].i64 = buffer != NULL ? stream->read(stream, buffer, size) : size == 0 ? 0 : -1;
}

void ib_wclap_stream_write(struct ib_wclap_call *call)
{
    const struct clap_ostream *stream = call->native;
    void *buffer = buffer_of(call);
    uint64_t size = (uint64_t)call->values[2].i64;
    call->values[0].i64 = buffer != NULL ? stream->write(stream, buffer, size) : size == 0 ? 0 : -1;
}
