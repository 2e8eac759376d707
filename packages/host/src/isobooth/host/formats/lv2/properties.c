/* Parameters that are no ports: set by patch:Set, asked for by patch:Get, told by patch:Set and patch:Put. */
#include "formats/lv2/host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SET_BYTES (24 + 2 * IB_LV2_PROPERTY_BYTES) /* of a whole patch:Set */

static const uint32_t type_urids[] = {
    [IB_LV2_TYPE_FLOAT] = IB_URID_FLOAT, [IB_LV2_TYPE_DOUBLE] = IB_URID_DOUBLE, [IB_LV2_TYPE_INT] = IB_URID_INT,
    [IB_LV2_TYPE_LONG] = IB_URID_LONG,   [IB_LV2_TYPE_BOOL] = IB_URID_BOOL,
};

int ib_lv2_set_properties(struct ib_lv2 *lv2, uint32_t count, const struct ib_lv2_property *properties)
{
    struct ib_lv2_property *copy = count != 0 ? calloc(count, sizeof *copy) : NULL;
    if (count != 0 && copy == NULL)
        return -1;
    if (count != 0)
        memcpy(copy, properties, count * sizeof *copy);
    free(lv2->properties);
    lv2->properties = copy;
    lv2->property_count = count;
    return 0;
}

struct ib_lv2_property *ib_lv2_property_of(const struct ib_lv2 *lv2, uint32_t id)
{
    uint32_t first = lv2->ports.port_count;
    return id >= first && id - first < lv2->property_count ? &lv2->properties[id - first] : NULL;
}

struct ib_lv2_property *ib_lv2_property_with(const struct ib_lv2 *lv2, uint32_t urid)
{
    for (uint32_t i = 0; i < lv2->property_count; i++) {
        if (lv2->properties[i].urid == urid)
            return &lv2->properties[i];
    }
    return NULL;
}

double ib_lv2_property_hold(const struct ib_lv2_property *property, double value)
{
    if (property->type == IB_LV2_TYPE_BOOL)
        return value > 0.0 ? 1.0 : 0.0;
    if (property->type == IB_LV2_TYPE_INT || property->type == IB_LV2_TYPE_LONG)
        value = floor(value + 0.5);
    return fmin(fmax(value, property->minimum), property->maximum);
}

/* -- to the plugin ----------------------------------------------------------------------------------------------------- */

/* The value as the body of an atom; returns its size. Conversions of what is out of range are held in it. [audio-thread] */
static uint32_t body_of(const struct ib_lv2_property *property, double value, uint8_t *body)
{
    float single = (float)value;
    int32_t whole = (int32_t)fmin(fmax(value, INT32_MIN), INT32_MAX);
    int64_t wide = value >= 9223372036854775807.0 ? INT64_MAX : (int64_t)fmax(value, -9223372036854775808.0);
    switch (property->type) {
    case IB_LV2_TYPE_FLOAT:
        memcpy(body, &single, sizeof single);
        return sizeof single;
    case IB_LV2_TYPE_DOUBLE:
        memcpy(body, &value, sizeof value);
        return sizeof value;
    case IB_LV2_TYPE_LONG:
        memcpy(body, &wide, sizeof wide);
        return sizeof wide;
    default:
        memcpy(body, &whole, sizeof whole);
        return sizeof whole;
    }
}

/* What the port for patch: messages still holds. [audio-thread, between runs] */
uint32_t ib_lv2_patch_room(const struct ib_lv2 *lv2)
{
    if (lv2->patch_port == IB_PORT_NONE)
        return 0;
    const struct ib_lv2_event_port *port = &lv2->event_ports[lv2->patch_port];
    return port->capacity - port->used;
}

/* A patch: object into the port for them. [audio-thread, between runs] */
static uint8_t *put_object(struct ib_lv2 *lv2, uint32_t frames, uint32_t otype, uint32_t properties)
{
    uint32_t object[2] = {0, otype};
    uint32_t size = (uint32_t)sizeof object + properties * IB_LV2_PROPERTY_BYTES;
    if (lv2->patch_port == IB_PORT_NONE)
        return NULL;
    uint8_t *place = ib_lv2_put(lv2, &lv2->event_ports[lv2->patch_port], frames, IB_URID_OBJECT, size);
    if (place == NULL)
        return NULL;
    memcpy(place, object, sizeof object);
    return place + sizeof object;
}

void ib_lv2_property_in(struct ib_lv2 *lv2, struct ib_lv2_property *property, double value, uint32_t frames)
{
    uint8_t body[8];
    double held = ib_lv2_property_hold(property, value);
    uint32_t size = body_of(property, held, body);
    uint8_t *at = put_object(lv2, frames, IB_URID_PATCH_SET, 2);
    if (at == NULL)
        return;
    at = ib_lv2_put_property(at, IB_URID_PATCH_PROPERTY, IB_URID_URID, &property->urid, sizeof property->urid);
    (void)ib_lv2_put_property(at, IB_URID_PATCH_VALUE, type_urids[property->type], body, size);
    __atomic_store(&property->value, &held, __ATOMIC_RELEASE);
}

void ib_lv2_take_properties(struct ib_lv2 *lv2, uint32_t frames)
{
    if (__atomic_load_n(&lv2->properties_changed, __ATOMIC_RELAXED) == 0 || lv2->patch_port == IB_PORT_NONE)
        return;
    (void)__atomic_exchange_n(&lv2->properties_changed, 0, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < lv2->property_count; i++) {
        struct ib_lv2_property *property = &lv2->properties[i];
        double none = (double)NAN;
        double found;
        __atomic_load(&property->pending, &found, __ATOMIC_ACQUIRE);
        if (!isnan(found) && ib_lv2_patch_room(lv2) < SET_BYTES) {
            __atomic_store_n(&lv2->properties_changed, 1, __ATOMIC_RELEASE); /* the rest with the next block */
            return;
        }
        while (!isnan(found)) {
            ib_lv2_property_in(lv2, property, found, frames);
            if (__atomic_compare_exchange(&property->pending, &found, &none, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
                ib_lv2_patch_room(lv2) < SET_BYTES)
                break;
        }
    }
}

void ib_lv2_ask_properties(struct ib_lv2 *lv2, uint32_t frames)
{
    for (; lv2->asked < lv2->property_count; lv2->asked++) {
        const struct ib_lv2_property *property = &lv2->properties[lv2->asked];
        if (!(property->flags & IB_LV2_PROPERTY_READABLE))
            continue;
        if (ib_lv2_patch_room(lv2) < SET_BYTES) /* the rest with the next block */
            return;
        uint8_t *at = put_object(lv2, frames, IB_URID_PATCH_GET, 1);
        if (at == NULL)
            return;
        (void)ib_lv2_put_property(at, IB_URID_PATCH_PROPERTY, IB_URID_URID, &property->urid, sizeof property->urid);
    }
}

/* -- from the plugin --------------------------------------------------------------------------------------------------- */

/* A value of plain type, of any of ours. 0 if it is something else or no number. [any-thread] */
static int number_of(const struct ib_lv2_atom *value, double *number)
{
    const uint8_t *body = (const uint8_t *)(value + 1);
    float single;
    int32_t whole;
    int64_t wide;
    if (value->type == IB_URID_FLOAT && value->size == sizeof single) {
        memcpy(&single, body, sizeof single);
        *number = (double)single;
    } else if (value->type == IB_URID_DOUBLE && value->size == sizeof *number) {
        memcpy(number, body, sizeof *number);
    } else if ((value->type == IB_URID_INT || value->type == IB_URID_BOOL) && value->size == sizeof whole) {
        memcpy(&whole, body, sizeof whole);
        *number = whole;
    } else if (value->type == IB_URID_LONG && value->size == sizeof wide) {
        memcpy(&wide, body, sizeof wide);
        *number = (double)wide;
    } else {
        return 0;
    }
    return isfinite(*number);
}

/* The property at byte `*at` of an object of `size` bytes; moves `*at` behind it. NULL at the end, and where what follows is
 * none. [any-thread] */
static const struct ib_lv2_atom_property *next_property(const uint8_t *object, uint32_t size, uint32_t *at)
{
    if (*at >= size || size - *at < sizeof(struct ib_lv2_atom_property))
        return NULL;
    const struct ib_lv2_atom_property *found = (const struct ib_lv2_atom_property *)(const void *)(object + *at);
    uint32_t room = size - *at - (uint32_t)sizeof *found;
    if (found->value.size > room)
        return NULL;
    uint32_t padded = ib_lv2_pad(found->value.size);
    *at += (uint32_t)sizeof *found + (padded < room ? padded : room);
    return found;
}

/* Tell the client of a value that it does not know. 1 if the property is one of ours. [audio-thread, between runs] */
static int tell(struct ib_lv2 *lv2, const struct ib_lv2_run *run, int64_t frames, uint32_t urid,
                const struct ib_lv2_atom *value)
{
    struct ib_lv2_property *property = ib_lv2_property_with(lv2, urid);
    double number;
    if (property == NULL || !number_of(value, &number))
        return 0;
    double before = property->value;
    if (number == before)
        return 1;
    struct ib_event_param *event = ib_event_reserve(run->writer, (uint32_t)sizeof *event);
    __atomic_store(&property->value, &number, __ATOMIC_RELEASE);
    if (event == NULL)
        return 1;
    memset(event, 0, sizeof *event);
    event->head.size = (uint32_t)sizeof *event;
    event->head.time = run->from + (uint32_t)frames;
    event->head.type = IB_EVENT_PARAM_VALUE;
    event->head.port = event->head.channel = event->head.key = -1;
    event->param_id = lv2->ports.port_count + (uint32_t)(property - lv2->properties);
    event->note_id = -1;
    event->value = number;
    return 1;
}

/* patch:Set: property and value, in any order. 1 if all of it is told. [audio-thread, between runs] */
static int set_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run, int64_t frames, const uint8_t *object,
                   uint32_t size)
{
    const struct ib_lv2_atom *value = NULL;
    const struct ib_lv2_atom_property *found;
    uint32_t at = 8, urid = 0;
    while ((found = next_property(object, size, &at)) != NULL) {
        if (found->key == IB_URID_PATCH_PROPERTY && found->value.size == sizeof urid)
            memcpy(&urid, found + 1, sizeof urid);
        else if (found->key == IB_URID_PATCH_VALUE)
            value = &found->value;
    }
    return value != NULL && tell(lv2, run, frames, urid, value);
}

/* patch:Put: its body is an object whose properties have the values. 1 if all of it is told. [audio-thread, between runs] */
static int put_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run, int64_t frames, const uint8_t *object,
                   uint32_t size)
{
    const struct ib_lv2_atom_property *found, *inner;
    uint32_t at = 8;
    int all = 1;
    while ((found = next_property(object, size, &at)) != NULL) {
        uint32_t inside = 8;
        if (found->key != IB_URID_PATCH_BODY || found->value.size < 8)
            continue;
        while ((inner = next_property((const uint8_t *)(found + 1), found->value.size, &inside)) != NULL)
            all &= tell(lv2, run, frames, inner->key, &inner->value);
    }
    return all;
}

void ib_lv2_object_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run, int64_t frames, const struct ib_lv2_atom *atom)
{
    const uint8_t *object = (const uint8_t *)(atom + 1);
    uint32_t otype;
    if (atom->size < 8) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_OBJECT);
        return;
    }
    memcpy(&otype, object + 4, sizeof otype);
    int done = otype == IB_URID_PATCH_SET   ? set_out(lv2, run, frames, object, atom->size)
               : otype == IB_URID_PATCH_PUT ? put_out(lv2, run, frames, object, atom->size)
                                            : 1;
    if (otype == IB_URID_STATE_CHANGED)
        ib_lv2_ask(lv2, IB_ASK_STATE_DIRTY);
    if (done)
        return;
    if (ib_lv2_queue_push(lv2->from_plugin, atom, (uint32_t)sizeof *atom + atom->size))
        ib_lv2_ask(lv2, IB_ASK_CALLBACK);
    else
        ib_lv2_fault(lv2, IB_LV2_FAULT_TO_MAIN_ROOM);
}
