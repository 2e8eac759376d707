/* The buffers of event ports: sequences of atoms. Those of the old extension are in old_events.c. */
#include "formats/lv2/host.h"

#include <stdlib.h>
#include <string.h>

void ib_lv2_empty(struct ib_lv2_event_port *port)
{
    port->used = port->count = 0;
    if (port->kind & IB_LV2_EVENT_OLD) {
        struct ib_lv2_old_buffer *buffer = (struct ib_lv2_old_buffer *)(void *)port->buffer;
        buffer->data = (uint8_t *)(buffer + 1);
        buffer->header_size = (uint16_t)sizeof *buffer;
        buffer->stamp_type = 0;
        buffer->event_count = buffer->size = 0;
        buffer->capacity = port->capacity;
        return;
    }
    struct ib_lv2_sequence *sequence = (struct ib_lv2_sequence *)(void *)port->buffer;
    sequence->atom.size = (uint32_t)(sizeof *sequence - sizeof sequence->atom);
    sequence->atom.type = IB_URID_SEQUENCE;
    sequence->unit = sequence->pad = 0;
}

void ib_lv2_offer(struct ib_lv2_event_port *port)
{
    if (port->kind & IB_LV2_EVENT_OLD) {
        ib_lv2_empty(port);
        return;
    }
    struct ib_lv2_sequence *sequence = (struct ib_lv2_sequence *)(void *)port->buffer;
    sequence->atom.size = (uint32_t)(sizeof *sequence - sizeof sequence->atom) + port->capacity;
    sequence->atom.type = IB_URID_CHUNK;
}

/* [audio-thread, between runs] */
static void *put(struct ib_lv2_event_port *port, uint32_t frames, uint32_t type, uint32_t size)
{
    struct ib_lv2_sequence *sequence = (struct ib_lv2_sequence *)(void *)port->buffer;
    uint32_t room = port->capacity - port->used;
    if (size > room || sizeof(struct ib_lv2_atom_event) + ib_lv2_pad(size) > room)
        return NULL;
    struct ib_lv2_atom_event *event = (struct ib_lv2_atom_event *)(void *)((uint8_t *)(sequence + 1) + port->used);
    event->frames = frames;
    event->body.size = size;
    event->body.type = type;
    memset(event + 1, 0, ib_lv2_pad(size));
    port->used += (uint32_t)sizeof *event + ib_lv2_pad(size);
    port->count++;
    sequence->atom.size = (uint32_t)(sizeof *sequence - sizeof sequence->atom) + port->used;
    return event + 1;
}

void *ib_lv2_put(struct ib_lv2 *lv2, struct ib_lv2_event_port *port, uint32_t frames, uint32_t type, uint32_t size)
{
    void *place =
        port->kind & IB_LV2_EVENT_OLD ? ib_lv2_old_put(port, frames, type, size) : put(port, frames, type, size);
    if (place == NULL) {
        lv2->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
        ib_lv2_fault(lv2, IB_LV2_FAULT_ROOM);
    }
    return place;
}

uint8_t *ib_lv2_put_property(uint8_t *at, uint32_t key, uint32_t type, const void *value, uint32_t size)
{
    struct ib_lv2_atom_property head = {key, 0, {size, type}};
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, value, size);
    return at + IB_LV2_PROPERTY_BYTES;
}

/* -- preparing --------------------------------------------------------------------------------------------------------- */

/* [main-thread & !active] */
static int make_buffer(struct ib_lv2_event_port *port)
{
    size_t head = port->kind & IB_LV2_EVENT_OLD ? sizeof(struct ib_lv2_old_buffer) : sizeof(struct ib_lv2_sequence);
    uint8_t *made = calloc(1, head + port->capacity);
    if (made == NULL)
        return -1;
    free(port->buffer);
    port->buffer = made;
    ib_lv2_empty(port);
    if (port->kind & IB_LV2_EVENT_OUT)
        ib_lv2_offer(port);
    return 0;
}

int ib_lv2_grow_event_ports(struct ib_lv2 *lv2)
{
    int grown = 0;
    for (uint32_t i = 0; i < lv2->event_port_count; i++) {
        struct ib_lv2_event_port *port = &lv2->event_ports[i];
        uint32_t before = port->capacity, wanted = __atomic_exchange_n(&port->wanted, 0, __ATOMIC_RELAXED);
        if (wanted <= before)
            continue;
        port->capacity = ib_lv2_pad(wanted);
        if (make_buffer(port) != 0) {
            port->capacity = before;
            return -1;
        }
        grown = 1;
    }
    return grown;
}

static void drop_event_ports(struct ib_lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->event_port_count; i++)
        free(lv2->event_ports[i].buffer);
    free(lv2->event_ports);
    lv2->event_ports = NULL;
    lv2->event_port_count = lv2->takes = 0;
    lv2->patch_port = IB_PORT_NONE;
}

int ib_lv2_set_event_ports(struct ib_lv2 *lv2, uint32_t count, const struct ib_lv2_event_port *ports)
{
    drop_event_ports(lv2);
    if (count == 0)
        return 0;
    lv2->event_ports = calloc(count, sizeof *ports);
    if (lv2->event_ports == NULL)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        struct ib_lv2_event_port *port = &lv2->event_ports[i];
        *port = ports[i];
        port->buffer = NULL;
        port->wanted = 0;
        port->capacity = port->capacity < IB_LV2_MOST_BUFFER ? ib_lv2_pad(port->capacity) : IB_LV2_MOST_BUFFER;
        lv2->event_port_count++;
        if (make_buffer(port) != 0) {
            drop_event_ports(lv2);
            return -1;
        }
        if (port->kind & IB_LV2_EVENT_OUT)
            continue;
        lv2->takes |= port->kind;
        if (lv2->patch_port == IB_PORT_NONE &&
            (port->kind & (IB_LV2_EVENT_PATCH | IB_LV2_EVENT_OLD)) == IB_LV2_EVENT_PATCH)
            lv2->patch_port = i;
    }
    return 0;
}

int ib_lv2_resize(void *data, uint32_t port, size_t size)
{
    struct ib_lv2 *lv2 = data;
    for (uint32_t i = 0; lv2 != NULL && i < lv2->event_port_count; i++) {
        struct ib_lv2_event_port *found = &lv2->event_ports[i];
        if (found->port != port)
            continue;
        if (size <= found->capacity)
            return IB_LV2_RESIZE_SUCCESS;
        if (size > IB_LV2_MOST_BUFFER)
            break;
        if (size > __atomic_load_n(&found->wanted, __ATOMIC_RELAXED))
            __atomic_store_n(&found->wanted, (uint32_t)size, __ATOMIC_RELAXED);
        if (!lv2->is_active) /* it is there before anything is written to it */
            return IB_LV2_RESIZE_SUCCESS;
        ib_lv2_ask(lv2, IB_ASK_RESTART);
        return IB_LV2_RESIZE_NO_SPACE;
    }
    if (lv2 == NULL)
        return IB_LV2_RESIZE_UNKNOWN;
    ib_lv2_fault(lv2, IB_LV2_FAULT_RESIZE);
    return size > IB_LV2_MOST_BUFFER ? IB_LV2_RESIZE_NO_SPACE : IB_LV2_RESIZE_UNKNOWN;
}
