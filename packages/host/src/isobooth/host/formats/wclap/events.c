/* Events on their way into a plugin, all of a block at once, and out of it, one at a time. */
#include "formats/wclap/wclap.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_BYTES ((uint32_t)1 << 20) /* of one block, in the plugin's memory */
#define MOST_EVENTS ((uint32_t)1 << 15)
#define HEADER_BYTES 16u
#define NOTE_BYTES 10u /* note, port, channel and key of an event for a parameter */

struct ib_wclap_events {
    uint32_t arena; /* address */
    uint32_t used;
    uint32_t count;
    uint32_t lost; /* events for which there was no room, in this block */
    int was_said;  /* that there were some */
    uint32_t addresses[1 << 15];
};

/* Sizes of the event types of the core, here and there; those without pointers are the same. */
static const struct {
    uint8_t native;
    uint8_t wasm;
} sizes[] = {
    [CLAP_EVENT_NOTE_ON] = {sizeof(struct clap_event_note), 40},
    [CLAP_EVENT_NOTE_OFF] = {sizeof(struct clap_event_note), 40},
    [CLAP_EVENT_NOTE_CHOKE] = {sizeof(struct clap_event_note), 40},
    [CLAP_EVENT_NOTE_END] = {sizeof(struct clap_event_note), 40},
    [CLAP_EVENT_NOTE_EXPRESSION] = {sizeof(struct clap_event_note_expression), 40},
    [CLAP_EVENT_PARAM_VALUE] = {sizeof(struct clap_event_param), 48},
    [CLAP_EVENT_PARAM_MOD] = {sizeof(struct clap_event_param), 48},
    [CLAP_EVENT_PARAM_GESTURE_BEGIN] = {sizeof(struct clap_event_param_gesture), 20},
    [CLAP_EVENT_PARAM_GESTURE_END] = {sizeof(struct clap_event_param_gesture), 20},
    [CLAP_EVENT_TRANSPORT] = {sizeof(struct clap_event_transport), 104},
    [CLAP_EVENT_MIDI] = {sizeof(struct clap_event_midi), 24},
    [CLAP_EVENT_MIDI_SYSEX] = {sizeof(struct clap_event_midi_sysex), 28},
    [CLAP_EVENT_MIDI2] = {sizeof(struct clap_event_midi2), 36},
};
#define TYPES (sizeof sizes / sizeof *sizes)

int ib_wclap_events_new(struct ib_wclap_box *box)
{
    if (box->events != NULL)
        return 0;
    struct ib_wclap_events *events = malloc(sizeof *events);
    if (events == NULL)
        return -1;
    memset(events, 0, offsetof(struct ib_wclap_events, addresses));
    events->arena = ib_wclap_allocate(box, EVENT_BYTES);
    if (events->arena == 0) {
        free(events);
        return -1;
    }
    box->events = events;
    return 0;
}

void ib_wclap_events_free(struct ib_wclap_box *box)
{
    free(box->events);
    box->events = NULL;
}

/* Room in the arena; NULL if there is none. [any-thread, with the box] */
static uint8_t *take(struct ib_wclap_box *box, uint32_t bytes, uint32_t *address)
{
    struct ib_wclap_events *events = box->events;
    uint32_t padded = (bytes + 7) & ~7u;
    if (bytes > EVENT_BYTES || padded > EVENT_BYTES - events->used)
        return NULL;
    *address = events->arena + events->used;
    uint8_t *room = ib_wclap_at(box, *address, bytes);
    if (room != NULL)
        events->used += padded;
    return room;
}

/* PARAM_VALUE and PARAM_MOD: the cookie is the plugin's own pointer. [any-thread, with the box] */
static void put_param(const struct clap_event_param *from, uint8_t *to)
{
    const size_t id = 16, cookie = 20, rest = 24, value = 40;
    ib_wclap_put_word(to, id, from->param_id);
    ib_wclap_put_word(to, cookie, (uint32_t)(uintptr_t)from->cookie);
    memcpy(to + rest, (const uint8_t *)from + offsetof(struct clap_event_param, note_id), NOTE_BYTES);
    memcpy(to + value, &from->value, sizeof from->value);
}

/* 0 without room. [any-thread, with the box] */
static int put_sysex(struct ib_wclap_box *box, const struct clap_event_midi_sysex *from, uint8_t *to)
{
    const size_t port = 16, buffer = 20, size = 24;
    uint32_t address = 0;
    uint8_t *data = take(box, from->size, &address);
    if (data == NULL)
        return 0;
    memcpy(data, from->buffer, from->size);
    memcpy(to + port, &from->port_index, sizeof from->port_index);
    ib_wclap_put_word(to, buffer, address);
    ib_wclap_put_word(to, size, from->size);
    return 1;
}

/* One event into the plugin's memory; 0 without room. [any-thread, with the box] */
static int put_event(struct ib_wclap_box *box, const struct clap_event_header *from)
{
    struct ib_wclap_events *events = box->events;
    if (from->space_id != CLAP_CORE_EVENT_SPACE_ID || from->type >= TYPES || from->size < sizes[from->type].native)
        return 1; /* means nothing to the core: not lost, never there */
    uint32_t size = sizes[from->type].wasm, address = 0;
    uint8_t *to = events->count < MOST_EVENTS ? take(box, size, &address) : NULL;
    if (to == NULL)
        return 0;
    memcpy(to, from, HEADER_BYTES);
    ib_wclap_put_word(to, 0, size);
    if (from->type == CLAP_EVENT_PARAM_VALUE || from->type == CLAP_EVENT_PARAM_MOD)
        put_param((const struct clap_event_param *)from, to);
    else if (from->type != CLAP_EVENT_MIDI_SYSEX)
        memcpy(to + HEADER_BYTES, from + 1, size - HEADER_BYTES);
    else if (!put_sysex(box, (const struct clap_event_midi_sysex *)from, to))
        return 0;
    events->addresses[events->count++] = address;
    return 1;
}

void ib_wclap_events_open(struct ib_wclap_box *box, const struct clap_input_events *in,
                          const struct clap_output_events *out)
{
    struct ib_wclap_events *events = box->events;
    uint32_t count = in->size(in);
    events->used = events->count = events->lost = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct clap_event_header *event = in->get(in, i);
        if (event != NULL && !put_event(box, event))
            events->lost++;
    }
    box->current[IB_WCLAP_IN_EVENTS] = in;
    box->current[IB_WCLAP_OUT_EVENTS] = out;
    if (events->lost != 0 && !events->was_said && box->log != NULL) {
        const int32_t host_misbehaving = 5;
        events->was_said = 1;
        box->log->log(box->host, host_misbehaving, "a block had more events than a WCLAP can be given; some were lost");
    }
}

void ib_wclap_events_close(struct ib_wclap_box *box)
{
    box->current[IB_WCLAP_IN_EVENTS] = NULL;
    box->current[IB_WCLAP_OUT_EVENTS] = NULL;
}

void ib_wclap_events_size(struct ib_wclap_call *call)
{
    call->values[0].i32 = (int32_t)call->box->events->count;
}

void ib_wclap_events_get(struct ib_wclap_call *call)
{
    const struct ib_wclap_events *events = call->box->events;
    uint32_t at = (uint32_t)call->values[1].i32;
    call->values[0].i32 = at < events->count ? (int32_t)events->addresses[at] : 0;
}

/* Events of the plugin that hold pointers, as native ones. 0 if a pointer lies. [any-thread, with the box] */
static int translate(struct ib_wclap_box *box, const uint8_t *from, uint16_t type, uint8_t *to)
{
    const size_t id = 16, cookie = 20, rest = 24, value = 40, buffer = 20, size = 24;
    if (type == CLAP_EVENT_MIDI_SYSEX) {
        struct clap_event_midi_sysex *event = (struct clap_event_midi_sysex *)(void *)to;
        memcpy(&event->port_index, from + HEADER_BYTES, sizeof event->port_index);
        event->size = ib_wclap_word(from, size);
        event->buffer = ib_wclap_at(box, ib_wclap_word(from, buffer), event->size);
        return event->buffer != NULL || event->size == 0;
    }
    struct clap_event_param *event = (struct clap_event_param *)(void *)to;
    event->param_id = ib_wclap_word(from, id);
    event->cookie = (void *)(uintptr_t)ib_wclap_word(from, cookie);
    memcpy(to + offsetof(struct clap_event_param, note_id), from + rest, NOTE_BYTES);
    memcpy(&event->value, from + value, sizeof event->value);
    return 1;
}

void ib_wclap_events_push(struct ib_wclap_call *call)
{
    const struct clap_output_events *out = call->native;
    uint64_t native[16]; /* the largest event, aligned */
    struct clap_event_header header;
    const uint8_t *from = ib_wclap_at(call->box, (uint32_t)call->values[1].i32, HEADER_BYTES);
    if (call->values[1].i32 == 0) {
        call->values[0].i32 = out->try_push(out, NULL);
        return;
    }
    call->values[0].i32 = 0;
    if (from == NULL) {
        ib_wclap_fault(call->box, "it pushed an event that lies outside of its memory");
        return;
    }
    memcpy(&header, from, HEADER_BYTES);
    if (header.space_id != CLAP_CORE_EVENT_SPACE_ID || header.type >= TYPES || header.size < sizes[header.type].wasm)
        return;
    from = ib_wclap_at(call->box, (uint32_t)call->values[1].i32, sizes[header.type].wasm);
    if (from == NULL) {
        ib_wclap_fault(call->box, "it pushed an event that lies outside of its memory");
        return;
    }
    header.size = sizes[header.type].native;
    memset(native, 0, sizeof native);
    memcpy(native, &header, HEADER_BYTES);
    if (sizes[header.type].native == sizes[header.type].wasm) {
        memcpy((uint8_t *)native + HEADER_BYTES, from + HEADER_BYTES, header.size - HEADER_BYTES);
    } else if (!translate(call->box, from, header.type, (uint8_t *)native)) {
        ib_wclap_fault(call->box, "it pushed a message that lies outside of its memory");
        return;
    }
    call->values[0].i32 = out->try_push(out, (const struct clap_event_header *)(void *)native);
}
