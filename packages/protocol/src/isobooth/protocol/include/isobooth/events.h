/* Reading and writing an area of events. Nothing in an area is believed: a reader gets only events that are whole, of a
 * known type and inside their block. */
#ifndef ISOBOOTH_EVENTS_H
#define ISOBOOTH_EVENTS_H

#include "layout.h"

#include <string.h>

/* An area being filled. */
struct ib_event_writer {
    uint8_t *area;
    uint32_t capacity; /* bytes */
    uint32_t used;     /* bytes */
    uint32_t count;
    uint32_t dropped; /* events for which there was no room */
};

/* Smallest size of an event of `type` in bytes, 0 for an unknown type. [any-thread] */
static inline uint32_t ib_event_least_size(uint8_t type)
{
    switch (type) {
    case IB_EVENT_NOTE_ON:
    case IB_EVENT_NOTE_OFF:
    case IB_EVENT_NOTE_CHOKE:
    case IB_EVENT_NOTE_END:
    case IB_EVENT_NOTE_EXPRESSION:
        return (uint32_t)sizeof(struct ib_event_note);
    case IB_EVENT_PARAM_VALUE:
    case IB_EVENT_PARAM_MOD:
    case IB_EVENT_GESTURE_BEGIN:
    case IB_EVENT_GESTURE_END:
        return (uint32_t)sizeof(struct ib_event_param);
    case IB_EVENT_MIDI:
        return (uint32_t)sizeof(struct ib_event_midi);
    case IB_EVENT_MIDI2:
        return (uint32_t)sizeof(struct ib_event_midi2);
    case IB_EVENT_SYSEX:
        return (uint32_t)sizeof(struct ib_event_sysex);
    case IB_EVENT_TRANSPORT:
        return (uint32_t)sizeof(struct ib_event_transport);
    default:
        return 0;
    }
}

/* The event at byte `*at` of an area of `bytes` bytes; moves `*at` behind it. NULL at the end, and NULL with `*at` left
 * below `bytes` where what follows is no event of a block of `frames` frames (time must be 0 in a block of 0 frames).
 * The area must be aligned to 8 bytes and must not change meanwhile: copy it out of shared memory first, unless who
 * writes there is trusted. [any-thread] */
static inline const struct ib_event *ib_event_next(const uint8_t *area, uint32_t bytes, uint32_t *at, uint32_t frames)
{
    if (*at >= bytes || bytes - *at < sizeof(struct ib_event))
        return NULL;
    const struct ib_event *event = (const struct ib_event *)(const void *)(area + *at);
    uint32_t least = ib_event_least_size(event->type);
    if (least == 0 || event->size < least || event->size % 8 != 0 || event->size > bytes - *at)
        return NULL;
    if (event->time >= (frames == 0 ? 1 : frames))
        return NULL;
    if (event->type == IB_EVENT_SYSEX) {
        uint32_t length = ((const struct ib_event_sysex *)(const void *)event)->length;
        if (length > event->size - sizeof(struct ib_event_sysex))
            return NULL;
    }
    *at += event->size;
    return event;
}

/* Take `size` bytes (a multiple of 8) at the end of the area for one event. Returns its place, for the caller to fill in
 * whole, or NULL (counted as dropped) if there is no room. [any-thread] */
static inline void *ib_event_reserve(struct ib_event_writer *writer, uint32_t size)
{
    if (size % 8 != 0 || size > writer->capacity - writer->used) {
        writer->dropped++;
        return NULL;
    }
    void *place = writer->area + writer->used;
    writer->used += size;
    writer->count++;
    return place;
}

/* Append a copy of a whole event. 1, or 0 if it did not fit (counted as dropped). [any-thread] */
static inline int ib_event_append(struct ib_event_writer *writer, const struct ib_event *event)
{
    void *place = ib_event_reserve(writer, event->size);
    if (place == NULL)
        return 0;
    memcpy(place, event, event->size);
    return 1;
}

/* Bytes that a sysex message of `length` bytes takes in an area. One that no area can hold counts as longer than any area,
 * so that ib_event_reserve refuses it; the true sum would wrap. [any-thread] */
static inline uint32_t ib_event_sysex_size(uint32_t length)
{
    if (length > IB_MAX_EVENT_BYTES)
        return UINT32_MAX - 7;
    return (uint32_t)sizeof(struct ib_event_sysex) + ((length + 7u) & ~7u);
}

#endif
