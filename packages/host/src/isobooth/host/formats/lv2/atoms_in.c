/* From isobooth's events to what the plugin's event inputs hold. */
#include "formats/lv2/host.h"

#include <math.h>
#include <string.h>

/* A value for a property; modulation cannot be said to one. [audio-thread, between runs] */
static void param_in(struct ib_lv2 *lv2, const struct ib_event_param *event, uint32_t frames)
{
    struct ib_lv2_property *property = ib_lv2_property_of(lv2, event->param_id);
    if (event->param_id < lv2->ports.port_count) /* a control port's: not carried by events */
        return;
    if (property == NULL || !(property->flags & IB_LV2_PROPERTY_WRITABLE) || !isfinite(event->value) ||
        event->head.type == IB_EVENT_PARAM_MOD) {
        lv2->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
        return;
    }
    ib_lv2_property_in(lv2, property, event->value, frames);
}

/* Bytes that an event takes in an input, at most. [audio-thread] */
static uint32_t need_of(const struct ib_event *event)
{
    const uint32_t message = 24, object = 24; /* heads, and bytes or class */
    switch (event->type) {
    case IB_EVENT_SYSEX:
        return event->size + message;
    case IB_EVENT_PARAM_VALUE:
        return object + 2 * IB_LV2_PROPERTY_BYTES;
    case IB_EVENT_TRANSPORT:
        return object + 9 * IB_LV2_PROPERTY_BYTES;
    case IB_EVENT_NOTE_OFF:
    case IB_EVENT_NOTE_CHOKE:
        return event->channel < 0 ? 16 * message : message;
    default:
        return message;
    }
}

int ib_lv2_has_room(const struct ib_lv2 *lv2, const struct ib_block *block, uint32_t at)
{
    const struct ib_event *event = ib_event_next(block->events, block->event_bytes, &at, block->frames);
    uint64_t need = 0;
    for (uint32_t time = event->time; event != NULL && event->time == time;
         event = ib_event_next(block->events, block->event_bytes, &at, block->frames))
        need += need_of(event);
    for (uint32_t i = 0; i < lv2->event_port_count; i++) {
        const struct ib_lv2_event_port *port = &lv2->event_ports[i];
        if (port->kind & IB_LV2_EVENT_IN && port->used != 0 && port->capacity - port->used < need)
            return 0;
    }
    return 1;
}

void ib_lv2_event_in(struct ib_lv2 *lv2, const struct ib_event *event, uint32_t frames)
{
    const void *whole = event;
    switch (event->type) {
    case IB_EVENT_NOTE_ON:
    case IB_EVENT_NOTE_OFF:
    case IB_EVENT_NOTE_CHOKE:
    case IB_EVENT_NOTE_END:
    case IB_EVENT_NOTE_EXPRESSION:
        ib_lv2_note_in(lv2, whole, frames);
        break;
    case IB_EVENT_MIDI:
        ib_lv2_midi_in(lv2, whole, frames);
        break;
    case IB_EVENT_MIDI2:
        ib_lv2_midi2_in(lv2, whole, frames);
        break;
    case IB_EVENT_SYSEX:
        ib_lv2_sysex_in(lv2, whole, frames);
        break;
    case IB_EVENT_PARAM_VALUE:
    case IB_EVENT_PARAM_MOD:
        param_in(lv2, whole, frames);
        break;
    case IB_EVENT_TRANSPORT:
        if (lv2->takes & IB_LV2_EVENT_TIME) {
            ib_lv2_transport_in(lv2, &((const struct ib_event_transport *)whole)->transport, frames, 1);
            lv2->known_from = event->time;
        }
        break;
    default: /* gestures: LV2 has no word for them */
        break;
    }
}

/* Atoms that the main thread has sent. One that does not fit beside what is there already waits for the next block.
 * [audio-thread, between runs] */
static void take_atoms(struct ib_lv2 *lv2, uint32_t frames)
{
    uint64_t room[IB_LV2_MOST_MESSAGE / 8]; /* on the stack: only where there is something to take */
    uint32_t size;
    while (ib_lv2_queue_next(lv2->to_plugin, &size) && ib_lv2_pad(size) + sizeof(int64_t) <= ib_lv2_patch_room(lv2) &&
           ib_lv2_queue_pop(lv2->to_plugin, (uint8_t *)room, &size)) {
        const struct ib_lv2_atom *atom = (const struct ib_lv2_atom *)(const void *)room;
        void *place = ib_lv2_put(lv2, &lv2->event_ports[lv2->patch_port], frames, atom->type, atom->size);
        if (place != NULL)
            memcpy(place, atom + 1, atom->size);
    }
}

void ib_lv2_block_in(struct ib_lv2 *lv2, uint32_t frames)
{
    if (lv2->panic) {
        lv2->panic = 0;
        ib_lv2_panic_in(lv2, frames);
    }
    if (lv2->takes & IB_LV2_EVENT_TIME)
        ib_lv2_transport_in(lv2, lv2->block->transport, frames, 0);
    if (lv2->asked < lv2->property_count)
        ib_lv2_ask_properties(lv2, frames);
    ib_lv2_take_properties(lv2, frames);
    if (lv2->patch_port != IB_PORT_NONE && !ib_lv2_queue_is_empty(lv2->to_plugin))
        take_atoms(lv2, frames);
}
