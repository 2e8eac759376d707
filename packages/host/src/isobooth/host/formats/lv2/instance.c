/* An instance's C half: what the main thread prepares, sets and asks. */
#include "formats/lv2/host.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fill in what the plugin gets as data of features. [main-thread] */
static void fill_features(struct ib_lv2 *lv2)
{
    lv2->urid_map.handle = lv2->urid_unmap.handle = lv2;
    lv2->urid_map.map = ib_lv2_feature_map;
    lv2->urid_unmap.unmap = ib_lv2_feature_unmap;
    lv2->uri_map.callback_data = lv2->old_events.callback_data = lv2;
    lv2->uri_map.uri_to_id = ib_lv2_feature_uri_to_id;
    lv2->old_events.ref = lv2->old_events.unref = ib_lv2_old_ref;
    lv2->worker_schedule.handle = lv2;
    lv2->worker_schedule.schedule_work = ib_lv2_schedule_work;
    lv2->log.handle = lv2;
    lv2->log.printf = ib_lv2_log_printf;
    lv2->log.vprintf = (void (*)(void))ib_lv2_log_vprintf;
    lv2->resize_port.data = lv2;
    lv2->resize_port.resize = ib_lv2_resize;
}

struct ib_lv2 *ib_lv2_new(struct ib_mailbox *mailbox)
{
    struct ib_lv2 *lv2 = calloc(1, sizeof *lv2);
    if (lv2 == NULL)
        return NULL;
    lv2->mailbox = mailbox;
    lv2->ports.calls = &ib_lv2_calls;
    lv2->ports.latency_port = lv2->freewheel_port = lv2->patch_port = IB_PORT_NONE;
    fill_features(lv2);
    lv2->worker = ib_lv2_worker_new();
    lv2->to_plugin = ib_lv2_queue_new(IB_LV2_QUEUE_BYTES);
    lv2->from_plugin = ib_lv2_queue_new(IB_LV2_QUEUE_BYTES);
    if (lv2->worker == NULL || lv2->to_plugin == NULL || lv2->from_plugin == NULL) {
        ib_lv2_free(lv2);
        return NULL;
    }
    return lv2;
}

void ib_lv2_free(struct ib_lv2 *lv2)
{
    if (lv2 == NULL)
        return;
    (void)ib_lv2_set_event_ports(lv2, 0, NULL);
    (void)ib_lv2_set_properties(lv2, 0, NULL);
    ib_lv2_fifo_free(lv2->fifo);
    ib_lv2_worker_free(lv2->worker);
    ib_lv2_queue_free(lv2->to_plugin);
    ib_lv2_queue_free(lv2->from_plugin);
    free(lv2);
}

/* -- life -------------------------------------------------------------------------------------------------------------- */

/* [main-thread & !active] */
static void connect_events(struct ib_lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->event_port_count; i++)
        lv2->descriptor->connect_port(lv2->handle, lv2->event_ports[i].port, lv2->event_ports[i].buffer);
}

void ib_lv2_connect(struct ib_lv2 *lv2)
{
    ib_ports_connect(&lv2->ports);
    connect_events(lv2);
}

/* Give the plugin the room that it has asked for. [main-thread & !active] */
static int grow(struct ib_lv2 *lv2)
{
    int grown = ib_lv2_grow_event_ports(lv2);
    if (grown != 0)
        connect_events(lv2);
    return grown;
}

const char *ib_lv2_activate(struct ib_lv2 *lv2)
{
    const char *failed = NULL;
    assert(!lv2->is_active);
    if (grow(lv2) < 0)
        return "there is no memory for the event ports that it has asked for";
    ib_ports_take_pending(&lv2->ports); /* activate() may look at its controls */
    ib_lv2_claim(lv2);
    if (lv2->descriptor->activate != NULL)
        lv2->descriptor->activate(lv2->handle);
    if (grow(lv2) < 0)
        failed = "there is no memory for the event ports that it has asked for";
    ib_lv2_release(lv2);
    lv2->is_active = 1;
    if (failed == NULL)
        failed = ib_lv2_worker_start(lv2);
    if (failed != NULL)
        ib_lv2_deactivate(lv2);
    return failed;
}

void ib_lv2_deactivate(struct ib_lv2 *lv2)
{
    if (!lv2->is_active)
        return;
    ib_lv2_worker_stop(lv2);
    lv2->is_active = 0;
    ib_lv2_claim(lv2);
    if (lv2->descriptor->deactivate != NULL)
        lv2->descriptor->deactivate(lv2->handle);
    ib_lv2_release(lv2);
}

/* The other side of this is enter() in process.c: each says what it does before it looks at the other. First the audio
 * thread, then the claim: the audio thread may be waiting for the claim itself. */
void ib_lv2_hold(struct ib_lv2 *lv2)
{
    const struct timespec pause = {0, 50000};
    __atomic_store_n(&lv2->held, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&lv2->playing, __ATOMIC_SEQ_CST) != 0)
        (void)nanosleep(&pause, NULL);
    ib_lv2_claim(lv2);
}

void ib_lv2_resume(struct ib_lv2 *lv2)
{
    ib_lv2_release(lv2);
    __atomic_store_n(&lv2->held, 0, __ATOMIC_RELEASE);
}

void ib_lv2_claim(struct ib_lv2 *lv2)
{
    (void)ib_lv2_worker_claim(lv2, 1);
}

void ib_lv2_release(struct ib_lv2 *lv2)
{
    ib_lv2_worker_release(lv2);
}

/* -- values ------------------------------------------------------------------------------------------------------------ */

void ib_lv2_set(struct ib_lv2 *lv2, uint32_t id, double value)
{
    struct ib_lv2_property *property = ib_lv2_property_of(lv2, id);
    if (!isfinite(value))
        return;
    if (property != NULL && property->flags & IB_LV2_PROPERTY_WRITABLE) {
        double held = ib_lv2_property_hold(property, value);
        __atomic_store(&property->pending, &held, __ATOMIC_RELEASE);
        __atomic_store_n(&lv2->properties_changed, 1, __ATOMIC_RELEASE);
    } else if (id < lv2->ports.port_count && lv2->ports.controls[id].kind & IB_PORT_IN) {
        ib_ports_set(&lv2->ports, id, value);
    }
}

double ib_lv2_get(const struct ib_lv2 *lv2, uint32_t id)
{
    const struct ib_lv2_property *property = ib_lv2_property_of(lv2, id);
    double value;
    if (property == NULL)
        return id < lv2->ports.port_count && lv2->ports.controls[id].kind != 0 ? ib_ports_get(&lv2->ports, id)
                                                                               : (double)NAN;
    __atomic_load(&property->pending, &value, __ATOMIC_ACQUIRE);
    if (isnan(value))
        __atomic_load(&property->value, &value, __ATOMIC_ACQUIRE);
    return value;
}

uint32_t ib_lv2_latency(const struct ib_lv2 *lv2)
{
    uint32_t own = ib_ports_latency(&lv2->ports);
    return lv2->fifo != NULL && !lv2->exact_blocks ? own + ib_lv2_fifo_frames(lv2->fifo) : own;
}

/* -- atoms ------------------------------------------------------------------------------------------------------------- */

int ib_lv2_send(struct ib_lv2 *lv2, const void *atom, uint32_t size)
{
    struct ib_lv2_atom head;
    if (size < sizeof head || lv2->patch_port == IB_PORT_NONE)
        return 0;
    memcpy(&head, atom, sizeof head);
    return head.size == size - sizeof head && size + sizeof(int64_t) <= lv2->event_ports[lv2->patch_port].capacity &&
           ib_lv2_queue_push(lv2->to_plugin, atom, size);
}

uint32_t ib_lv2_receive(struct ib_lv2 *lv2, uint8_t area[IB_LV2_MOST_MESSAGE])
{
    uint32_t size;
    return ib_lv2_queue_pop(lv2->from_plugin, area, &size) ? size : 0;
}
