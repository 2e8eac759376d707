/* What the audio thread runs of an LV2 plugin. Parameter changes cut a block into runs, since control ports hold for a whole
 * run; all other events travel inside the run in which they fall. */
#include "formats/lv2/host.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

/* [audio-thread, or main-thread & !active] */
static void connect_port(void *plugin, uint32_t port, float *data)
{
    struct ib_lv2 *lv2 = plugin;
    lv2->descriptor->connect_port(lv2->handle, port, data);
}

/* [audio-thread & processing] */
static void run_frames(void *plugin, uint32_t frames)
{
    struct ib_lv2 *lv2 = plugin;
    lv2->descriptor->run(lv2->handle, frames);
}

const struct ib_port_calls ib_lv2_calls = {connect_port, run_frames};

/* [audio-thread, or main-thread & !active] */
static void empty_inputs(struct ib_lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->event_port_count; i++)
        if (lv2->event_ports[i].kind & IB_LV2_EVENT_IN)
            ib_lv2_empty(&lv2->event_ports[i]);
}

/* [audio-thread, between runs] */
static void offer_outputs(struct ib_lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->event_port_count; i++)
        if (lv2->event_ports[i].kind & IB_LV2_EVENT_OUT)
            ib_lv2_offer(&lv2->event_ports[i]);
}

/* Triggers are on for one run. [audio-thread, between runs] */
static void release_triggers(struct ib_lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->trigger_count; i++) {
        struct ib_port_control *control = &lv2->ports.controls[lv2->trigger_ports[i]];
        if (control->base > lv2->trigger_defaults[i] || control->base < lv2->trigger_defaults[i])
            ib_ports_set_base(control, lv2->trigger_defaults[i]);
    }
}

void ib_lv2_run(struct ib_lv2 *lv2, void *const *inputs, void *const *outputs, uint32_t at,
                const struct ib_lv2_run *run)
{
    assert(lv2->is_active && run->frames != 0);
    ib_ports_connect_planes(&lv2->ports, inputs, outputs, at);
    offer_outputs(lv2);
    __atomic_store_n(&lv2->run_thread, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
    lv2->descriptor->run(lv2->handle, run->frames);
    if (lv2->worker_interface != NULL)
        ib_lv2_worker_after_run(lv2);
    __atomic_store_n(&lv2->run_thread, 0, __ATOMIC_RELAXED);
    ib_lv2_events_out(lv2, run);
    empty_inputs(lv2);
    release_triggers(lv2);
}

struct ib_port_control *ib_lv2_control_of(struct ib_lv2 *lv2, const struct ib_event *event)
{
    if (event->type != IB_EVENT_PARAM_VALUE && event->type != IB_EVENT_PARAM_MOD)
        return NULL;
    if (((const struct ib_event_param *)(const void *)event)->param_id >= lv2->ports.port_count)
        return NULL; /* a property's, or nobody's: see atoms_in.c */
    return ib_ports_target(&lv2->ports, event, &lv2->block->status_flags);
}

/* Run on the frames [from, to) of the block, with the events that lie there, or as far as the inputs have room for them.
 * Returns the frame reached. [audio-thread & processing] */
static uint32_t run_part(struct ib_lv2 *lv2, struct ib_block *block, uint32_t from, uint32_t to)
{
    const struct ib_event *event;
    uint32_t at = lv2->event_at, time = from;
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL && event->time < to) {
        if (event->time > time && !ib_lv2_has_room(lv2, block, lv2->event_at)) {
            to = event->time;
            break;
        }
        time = event->time;
        ib_lv2_event_in(lv2, event, time - from);
        lv2->event_at = at;
    }
    const struct ib_lv2_run run = {block->out_events, from, to - from};
    ib_lv2_run(lv2, block->inputs, block->outputs, from, &run);
    return to;
}

/* [audio-thread & processing] */
static void play(struct ib_lv2 *lv2, struct ib_block *block)
{
    const struct ib_event *event;
    uint32_t at = 0, done = 0;
    ib_lv2_block_in(lv2, 0);
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        struct ib_port_control *control = ib_lv2_control_of(lv2, event);
        if (control == NULL)
            continue;
        while (done < event->time)
            done = run_part(lv2, block, done, event->time);
        ib_ports_apply(control, event);
    }
    while (done < block->frames)
        done = run_part(lv2, block, done, block->frames);
}

int ib_lv2_is_offline(const struct ib_lv2 *lv2)
{
    return lv2->offline != 0 || (lv2->block != NULL && lv2->block->flags & IB_BLOCK_OFFLINE);
}

/* Carry out the parameter events of a block without running it. [audio-thread, between runs] */
static void take_values(struct ib_lv2 *lv2, struct ib_block *block)
{
    const struct ib_event *event;
    uint32_t at = 0;
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
        struct ib_port_control *control = ib_lv2_control_of(lv2, event);
        if (control != NULL)
            ib_ports_apply(control, event);
        else if (event->type == IB_EVENT_PARAM_VALUE && ib_lv2_property_of(lv2, param->param_id) != NULL)
            ib_lv2_set(lv2, param->param_id, param->value);
    }
}

/* May the plugin be run? Not while the main thread restores it (see ib_lv2_hold): who renders offline waits for that.
 * [audio-thread] */
static int enter(struct ib_lv2 *lv2)
{
    const struct timespec pause = {0, 50000};
    for (;;) {
        __atomic_store_n(&lv2->playing, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&lv2->held, __ATOMIC_SEQ_CST) == 0)
            return 1;
        __atomic_store_n(&lv2->playing, 0, __ATOMIC_SEQ_CST);
        if (!ib_lv2_is_offline(lv2))
            return 0;
        (void)nanosleep(&pause, NULL);
    }
}

/* [audio-thread] */
static void leave(struct ib_lv2 *lv2)
{
    __atomic_store_n(&lv2->playing, 0, __ATOMIC_RELEASE);
}

/* [audio-thread & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    struct ib_lv2 *lv2 = plugin;
    uint32_t status = IB_STATUS_OK;
    lv2->block = block;
    lv2->event_at = 0;
    ib_ports_take_pending(&lv2->ports);
    if (lv2->freewheel_port != IB_PORT_NONE)
        ib_ports_set_base(&lv2->ports.controls[lv2->freewheel_port], ib_lv2_is_offline(lv2) ? 1.0 : 0.0);
    if (!enter(lv2)) {
        take_values(lv2, block);
        lv2->panic = 1; /* note offs may have been lost */
        lv2->has_known = 0;
    } else if (lv2->fifo != NULL) {
        status = ib_lv2_fifo_play(lv2, block);
    } else {
        play(lv2, block);
    }
    leave(lv2);
    ib_lv2_transport_advance(lv2, block->frames);
    if (lv2->ports.meters != 0)
        ib_ports_report_meters(&lv2->ports, block);
    if (lv2->ports.latency_port != IB_PORT_NONE || lv2->fifo != NULL)
        block->latency = ib_lv2_latency(lv2);
    lv2->block = NULL;
    return status;
}

/* Values of properties wait for the next block: a run of no frames is more than some plugins bear. [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    struct ib_lv2 *lv2 = plugin;
    lv2->block = block;
    ib_ports_take_pending(&lv2->ports);
    take_values(lv2, block);
    lv2->block = NULL;
}

/* What the host keeps of the past. [audio-thread, between runs] */
static void forget(struct ib_lv2 *lv2)
{
    empty_inputs(lv2);
    if (lv2->fifo != NULL)
        ib_lv2_fifo_reset(lv2);
    lv2->has_known = lv2->known_from = lv2->asked = 0;
}

/* The plugin has been activated by the main thread. [audio-thread & active] */
static int start(void *plugin)
{
    struct ib_lv2 *lv2 = plugin;
    ib_ports_ready(&lv2->ports);
    forget(lv2);
    return 1;
}

/* [audio-thread & active] */
static void stop(void *plugin)
{
    (void)plugin; /* deactivate() is the main thread's */
}

/* LV2 has no reset; a plugin forgets its past when it is activated anew. The two calls may come from any thread as long as
 * nothing else of the instance runs. Offline that is waited for. Who plays live gets silence at once instead, and a restart
 * as soon as it can be. [audio-thread & active] */
static void reset(void *plugin)
{
    struct ib_lv2 *lv2 = plugin;
    forget(lv2);
    if (!ib_lv2_worker_claim(lv2, lv2->offline != 0)) {
        lv2->panic = 1;
        ib_lv2_ask(lv2, IB_ASK_RESTART);
        return;
    }
    if (lv2->descriptor->deactivate != NULL)
        lv2->descriptor->deactivate(lv2->handle);
    if (lv2->descriptor->activate != NULL)
        lv2->descriptor->activate(lv2->handle);
    ib_lv2_worker_release(lv2);
}

const struct ib_operations ib_lv2_operations = {start, process, flush, reset, stop};
