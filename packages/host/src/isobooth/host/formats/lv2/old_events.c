/* The event extension that came before atoms: packed events with 16-bit types and sizes. */
#include "formats/lv2/host.h"

#include <string.h>

void *ib_lv2_old_put(struct ib_lv2_event_port *port, uint32_t frames, uint32_t type, uint32_t size)
{
    struct ib_lv2_old_buffer *buffer = (struct ib_lv2_old_buffer *)(void *)port->buffer;
    if (size > UINT16_MAX || type > UINT16_MAX)
        return NULL;
    uint32_t whole = ib_lv2_pad((uint32_t)sizeof(struct ib_lv2_old_event) + size);
    if (whole > port->capacity - port->used)
        return NULL;
    struct ib_lv2_old_event head = {frames, 0, (uint16_t)type, (uint16_t)size};
    uint8_t *place = (uint8_t *)(buffer + 1) + port->used;
    memset(place, 0, whole);
    memcpy(place, &head, sizeof head);
    port->used += whole;
    port->count++;
    buffer->size = port->used;
    buffer->event_count = port->count;
    return place + sizeof head;
}

void ib_lv2_old_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run)
{
    const struct ib_lv2_old_buffer *buffer = (const struct ib_lv2_old_buffer *)(const void *)port->buffer;
    const uint8_t *data = (const uint8_t *)(buffer + 1);
    uint32_t at = 0, size = buffer->size < port->capacity ? buffer->size : port->capacity;
    if (size != buffer->size)
        ib_lv2_fault(lv2, IB_LV2_FAULT_OLD_BUFFER);
    for (uint32_t i = 0; i < buffer->event_count && size - at >= sizeof(struct ib_lv2_old_event); i++) {
        struct ib_lv2_old_event event;
        memcpy(&event, data + at, sizeof event);
        uint32_t whole = ib_lv2_pad((uint32_t)sizeof event + event.size);
        if (sizeof event + event.size > size - at) {
            ib_lv2_fault(lv2, IB_LV2_FAULT_EVENT_SIZE);
            return;
        }
        if (event.type == IB_URID_MIDI_EVENT && port->kind & IB_LV2_EVENT_MIDI)
            ib_lv2_midi_out(lv2, port, run, event.frames, data + at + sizeof event, event.size);
        at += whole < size - at ? whole : size - at;
    }
}

/* Events that are not plain data would have to be counted; this host sends none, so that there is nothing to count.
 * [any-thread] */
uint32_t ib_lv2_old_ref(void *callback_data, struct ib_lv2_old_event *event)
{
    (void)callback_data;
    (void)event;
    return 0;
}
