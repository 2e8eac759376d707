/* IBStream over memory, with ISizeableStream and IStreamAttributes. A stream is one thread's at a time. */
#include "formats/vst3/objects.h"

#include <stdlib.h>
#include <string.h>

enum face { FACE_STREAM, FACE_SIZE, FACE_ATTRIBUTES };

struct stream {
    struct ib_vst3_object object;
    uint8_t *data;
    uint64_t size;
    uint64_t room;
    uint64_t most;
    uint64_t at; /* never past the end */
    int failed;
    int has_name;
    uint16_t name[128];
    struct vst3_IAttributeList *attributes; /* held; NULL: nobody has asked for it */
};

/* [any-thread] */
static struct stream *stream_of(void *self)
{
    return (struct stream *)ib_vst3_object_of(self);
}

/* Room for `size` bytes; 1, or 0 past the bound or without memory. [any-thread & !audio-thread] */
static int make_room(struct stream *stream, uint64_t size)
{
    const uint64_t least = 4096;
    if (size <= stream->room)
        return 1;
    uint64_t room = stream->room > stream->most / 2 ? stream->most : stream->room * 2;
    room = room > size ? room : size;
    room = room < least && least <= stream->most ? least : room;
    uint8_t *larger = size <= stream->most ? realloc(stream->data, room) : NULL;
    if (larger == NULL) {
        stream->failed = 1;
        return 0;
    }
    stream->data = larger;
    stream->room = room;
    return 1;
}

/* -- IBStream ---------------------------------------------------------------------------------------------------------- */

/* At the end there are fewer bytes, and none in the end: that is no error. [any-thread] */
static int32_t stream_read(void *self, void *buffer, int32_t wanted, int32_t *count)
{
    struct stream *stream = stream_of(self);
    if (count != NULL)
        *count = 0;
    if (stream == NULL || wanted < 0 || (buffer == NULL && wanted != 0))
        return VST3_kInvalidArgument;
    uint64_t left = stream->size - stream->at;
    uint32_t some = (uint32_t)wanted < left ? (uint32_t)wanted : (uint32_t)left;
    if (some != 0)
        memcpy(buffer, stream->data + stream->at, some);
    stream->at += some;
    if (count != NULL)
        *count = (int32_t)some;
    return VST3_kResultOk;
}

/* All of it, or nothing. [any-thread & !audio-thread] */
static int32_t stream_write(void *self, void *buffer, int32_t wanted, int32_t *count)
{
    struct stream *stream = stream_of(self);
    if (count != NULL)
        *count = 0;
    if (stream == NULL || wanted < 0 || (buffer == NULL && wanted != 0))
        return VST3_kInvalidArgument;
    if (!make_room(stream, stream->at + (uint32_t)wanted))
        return VST3_kOutOfMemory;
    if (wanted != 0)
        memcpy(stream->data + stream->at, buffer, (uint32_t)wanted);
    stream->at += (uint32_t)wanted;
    if (stream->at > stream->size)
        stream->size = stream->at;
    if (count != NULL)
        *count = wanted;
    return VST3_kResultOk;
}

/* A place before the beginning is the beginning, one past the end the end. [any-thread] */
static int32_t stream_seek(void *self, int64_t offset, int32_t mode, int64_t *result)
{
    struct stream *stream = stream_of(self);
    if (stream == NULL || mode < VST3_kIBSeekSet || mode > VST3_kIBSeekEnd)
        return VST3_kInvalidArgument;
    int64_t base = mode == VST3_kIBSeekSet ? 0 : (int64_t)(mode == VST3_kIBSeekCur ? stream->at : stream->size);
    int64_t place, end = (int64_t)stream->size;
    if (__builtin_add_overflow(base, offset, &place))
        place = offset < 0 ? 0 : end;
    place = place < 0 ? 0 : place > end ? end : place;
    stream->at = (uint64_t)place;
    if (result != NULL)
        *result = place;
    return VST3_kResultOk;
}

/* [any-thread] */
static int32_t stream_tell(void *self, int64_t *place)
{
    const struct stream *stream = stream_of(self);
    if (stream == NULL || place == NULL)
        return VST3_kInvalidArgument;
    *place = (int64_t)stream->at;
    return VST3_kResultOk;
}

/* -- ISizeableStream, IStreamAttributes -------------------------------------------------------------------------------- */

/* [any-thread] */
static int32_t get_stream_size(void *self, int64_t *size)
{
    const struct stream *stream = stream_of(self);
    if (stream == NULL || size == NULL)
        return VST3_kInvalidArgument;
    *size = (int64_t)stream->size;
    return VST3_kResultOk;
}

/* What is added is zeros. [any-thread & !audio-thread] */
static int32_t set_stream_size(void *self, int64_t size)
{
    struct stream *stream = stream_of(self);
    if (stream == NULL || size < 0)
        return VST3_kInvalidArgument;
    if (!make_room(stream, (uint64_t)size))
        return VST3_kOutOfMemory;
    if ((uint64_t)size > stream->size)
        memset(stream->data + stream->size, 0, (uint64_t)size - stream->size);
    stream->size = (uint64_t)size;
    if (stream->at > stream->size)
        stream->at = stream->size;
    return VST3_kResultOk;
}

/* [any-thread] */
static int32_t get_file_name(void *self, uint16_t *name)
{
    const struct stream *stream = stream_of(self);
    if (stream == NULL || name == NULL)
        return VST3_kInvalidArgument;
    if (!stream->has_name)
        return VST3_kResultFalse;
    memcpy(name, stream->name, sizeof stream->name);
    return VST3_kResultTrue;
}

/* No reference of the plugin's own goes with it. [any-thread] */
static struct vst3_IAttributeList *get_attributes(void *self)
{
    struct stream *stream = stream_of(self);
    if (stream == NULL)
        return NULL;
    if (stream->attributes == NULL)
        stream->attributes = ib_vst3_attributes_new(stream->object.host);
    return stream->attributes;
}

/* -- the class --------------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static int is_heavy(struct ib_vst3_object *object)
{
    (void)object;
    return 1;
}

/* [any-thread & !audio-thread] */
static void destroy(struct ib_vst3_object *object)
{
    struct stream *stream = (struct stream *)object;
    if (stream->attributes != NULL)
        ib_vst3_attributes_drop(stream->attributes);
    free(stream->data);
    stream->attributes = NULL;
    stream->data = NULL;
    stream->size = stream->room = stream->at = 0;
}

static const struct vst3_IBStream_vtbl stream_vtbl = {IB_VST3_UNKNOWN, stream_read, stream_write, stream_seek,
                                                      stream_tell};
static const struct vst3_ISizeableStream_vtbl size_vtbl = {IB_VST3_UNKNOWN, get_stream_size, set_stream_size};
static const struct vst3_IStreamAttributes_vtbl attributes_vtbl = {IB_VST3_UNKNOWN, get_file_name, get_attributes};

static const struct ib_vst3_entry entries[] = {
    {vst3_FUnknown_iid, FACE_STREAM},
    {vst3_IBStream_iid, FACE_STREAM},
    {vst3_ISizeableStream_iid, FACE_SIZE},
    {vst3_IStreamAttributes_iid, FACE_ATTRIBUTES},
};

const struct ib_vst3_class ib_vst3_stream_class = {
    .name = "IBStream",
    .size = sizeof(struct stream),
    .slab = 8,
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&stream_vtbl, &size_vtbl, &attributes_vtbl},
    .is_heavy = is_heavy,
    .destroy = destroy,
};

/* -- for Python -------------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static struct stream *stream_in(struct vst3_IBStream *stream)
{
    return (struct stream *)((struct ib_vst3_face *)stream)->object;
}

struct vst3_IBStream *ib_vst3_stream_new(struct ib_vst3_host *host, const uint8_t *data, uint64_t size, uint64_t most)
{
    struct stream *stream = (struct stream *)ib_vst3_object_take(&host->pools[IB_VST3_POOL_STREAMS], host, 1);
    if (stream == NULL)
        return NULL;
    stream->most = most;
    stream->failed = 0;
    stream->has_name = 0;
    if (!make_room(stream, size)) {
        ib_vst3_object_drop(&stream->object);
        return NULL;
    }
    if (size != 0)
        memcpy(stream->data, data, size);
    stream->size = size;
    return (struct vst3_IBStream *)&stream->object.faces[FACE_STREAM];
}

const uint8_t *ib_vst3_stream_data(struct vst3_IBStream *stream, uint64_t *size)
{
    *size = stream_in(stream)->size;
    return stream_in(stream)->data;
}

int ib_vst3_stream_failed(struct vst3_IBStream *stream)
{
    return stream_in(stream)->failed;
}

struct vst3_IAttributeList *ib_vst3_stream_attributes(struct vst3_IBStream *stream)
{
    return get_attributes(stream);
}

void ib_vst3_stream_set_name(struct vst3_IBStream *stream, const uint16_t *name)
{
    struct stream *into = stream_in(stream);
    uint32_t length = 0;
    while (length < 127 && name[length] != 0)
        length++;
    memset(into->name, 0, sizeof into->name);
    memcpy(into->name, name, length * sizeof *name);
    into->has_name = 1;
}

void ib_vst3_stream_drop(struct vst3_IBStream *stream)
{
    ib_vst3_object_drop(&stream_in(stream)->object);
}
