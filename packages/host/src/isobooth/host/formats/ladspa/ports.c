/* Numbered ports of floats, on the audio thread: control values, blocks cut at parameter events, meters, latency. */
#include "ports.h"

#include <math.h>
#include <string.h>

/* Longest latency that is believed, in frames: more than six hours at 48 kHz. */
#define MOST_LATENCY 1073741824.0f

/* A value as the port can take it: finite `value` held within the bounds, whole or 0/1 where the port wants that.
 * [any-thread] */
static double hold(const struct ib_port_control *control, double value)
{
    if (control->kind & IB_PORT_TOGGLED)
        return value > 0.0 ? 1.0 : 0.0;
    if (control->kind & IB_PORT_INTEGER)
        value = floor(value + 0.5);
    if (value < control->minimum)
        return control->minimum;
    return value > control->maximum ? control->maximum : value;
}

/* Let the plugin hear the value with its modulation. [audio-thread, between runs] */
static void hear(struct ib_port_control *control)
{
    float value = (float)hold(control, control->base + control->offset);
    __atomic_store(&control->value, &value, __ATOMIC_RELAXED);
}

void ib_ports_set_base(struct ib_port_control *control, double value)
{
    double held = hold(control, value);
    __atomic_store(&control->base, &held, __ATOMIC_RELEASE);
    hear(control);
}

/* Take one value that the main thread has left. It stays visible as pending until it is the base, so that whoever asks
 * meanwhile gets it. [audio-thread, between runs] */
static void take_one(struct ib_port_control *control)
{
    double none = (double)NAN; /* not const: clang's __atomic_compare_exchange takes no pointer to const */
    double found;
    __atomic_load(&control->pending, &found, __ATOMIC_ACQUIRE);
    while (!isnan(found)) {
        ib_ports_set_base(control, found);
        if (__atomic_compare_exchange(&control->pending, &found, &none, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return;
    }
}

void ib_ports_take_pending(struct ib_port_plugin *plugin)
{
    if (__atomic_load_n(&plugin->changed, __ATOMIC_RELAXED) == 0)
        return;
    (void)__atomic_exchange_n(&plugin->changed, 0, __ATOMIC_ACQUIRE);
    for (uint32_t port = 0; port < plugin->port_count; port++)
        if (plugin->controls[port].kind & IB_PORT_IN)
            take_one(&plugin->controls[port]);
}

/* Connect the audio ports to the spare block. [audio-thread, or main-thread & !active] */
static void connect_spare(struct ib_port_plugin *plugin)
{
    for (uint32_t i = 0; i < plugin->inputs; i++) {
        plugin->input_planes[i] = plugin->silence;
        plugin->calls->connect(plugin, plugin->input_ports[i], plugin->silence);
    }
    for (uint32_t i = 0; i < plugin->outputs; i++) {
        plugin->output_planes[i] = plugin->scratch;
        plugin->calls->connect(plugin, plugin->output_ports[i], plugin->scratch);
    }
}

/* [main-thread & !active] */
void ib_ports_connect(struct ib_port_plugin *plugin)
{
    for (uint32_t port = 0; port < plugin->port_count; port++)
        if (plugin->controls[port].kind != 0)
            plugin->calls->connect(plugin, port, &plugin->controls[port].value);
    connect_spare(plugin);
}

void ib_ports_ready(struct ib_port_plugin *plugin)
{
    ib_ports_take_pending(plugin);
    /* The planes of the last block may be unmapped by now. */
    connect_spare(plugin);
}

/* [main-thread] */
void ib_ports_set(struct ib_port_plugin *plugin, uint32_t port, double value)
{
    struct ib_port_control *control = &plugin->controls[port];
    double held = hold(control, value);
    __atomic_store(&control->pending, &held, __ATOMIC_RELEASE);
    __atomic_store_n(&plugin->changed, 1, __ATOMIC_RELEASE);
}

/* [any-thread] */
double ib_ports_get(const struct ib_port_plugin *plugin, uint32_t port)
{
    const struct ib_port_control *control = &plugin->controls[port];
    if (control->kind & IB_PORT_OUT) {
        float value;
        __atomic_load(&control->value, &value, __ATOMIC_RELAXED);
        return (double)value;
    }
    double value;
    __atomic_load(&control->pending, &value, __ATOMIC_ACQUIRE);
    if (isnan(value))
        __atomic_load(&control->base, &value, __ATOMIC_ACQUIRE);
    return value;
}

/* [any-thread] */
uint32_t ib_ports_latency(const struct ib_port_plugin *plugin)
{
    float value;
    if (plugin->latency_port >= plugin->port_count)
        return 0;
    __atomic_load(&plugin->controls[plugin->latency_port].value, &value, __ATOMIC_RELAXED);
    if (!(value > 0.0f)) /* NaN too */
        return 0;
    return value < MOST_LATENCY ? (uint32_t)(value + 0.5f) : (uint32_t)MOST_LATENCY;
}

/* [main-thread] */
void ib_ports_ask_info(struct ib_mailbox *mailbox)
{
    ib_ask(mailbox, IB_ASK_PARAM_INFO);
}

struct ib_port_control *ib_ports_target(const struct ib_port_plugin *plugin, const struct ib_event *event,
                                        uint32_t *flags)
{
    if (event->type != IB_EVENT_PARAM_VALUE && event->type != IB_EVENT_PARAM_MOD)
        return NULL;
    const struct ib_event_param *param = (const struct ib_event_param *)(const void *)event;
    if (param->param_id < plugin->port_count && plugin->controls[param->param_id].kind & IB_PORT_IN &&
        isfinite(param->value))
        return &plugin->controls[param->param_id];
    *flags |= IB_STATUS_FLAG_BAD_EVENTS;
    return NULL;
}

void ib_ports_apply(struct ib_port_control *control, const struct ib_event *event)
{
    double value = ((const struct ib_event_param *)(const void *)event)->value;
    if (event->type == IB_EVENT_PARAM_VALUE) {
        ib_ports_set_base(control, value);
        return;
    }
    control->offset = value;
    hear(control);
}

void ib_ports_connect_planes(struct ib_port_plugin *plugin, void *const *inputs, void *const *outputs, uint32_t from)
{
    for (uint32_t i = 0; i < plugin->inputs; i++) {
        float *plane = (float *)inputs[i] + from;
        if (plugin->input_planes[i] != plane) {
            plugin->input_planes[i] = plane;
            plugin->calls->connect(plugin, plugin->input_ports[i], plane);
        }
    }
    for (uint32_t i = 0; i < plugin->outputs; i++) {
        float *plane = (float *)outputs[i] + from;
        if (plugin->output_planes[i] != plane) {
            plugin->output_planes[i] = plane;
            plugin->calls->connect(plugin, plugin->output_ports[i], plane);
        }
    }
}

/* Run the plugin on the frames [from, to) of the block. [audio-thread & processing] */
static void run_part(struct ib_port_plugin *plugin, const struct ib_block *block, uint32_t from, uint32_t to)
{
    ib_ports_connect_planes(plugin, block->inputs, block->outputs, from);
    plugin->calls->run(plugin, to - from);
}

void ib_ports_report_meters(struct ib_port_plugin *plugin, struct ib_block *block)
{
    for (uint32_t i = 0; i < plugin->meters; i++) {
        struct ib_port_control *control = &plugin->controls[plugin->meter_ports[i]];
        /* Bits, not values: a NaN equals itself here. NOLINTNEXTLINE(*-memory-comparison,cert-*) */
        if (memcmp(&control->value, &control->reported, sizeof control->value) == 0)
            continue;
        struct ib_event_param *event = ib_event_reserve(block->out_events, (uint32_t)sizeof *event);
        if (event == NULL)
            return;
        memset(event, 0, sizeof *event);
        event->head.size = (uint32_t)sizeof *event;
        event->head.time = block->frames - 1;
        event->head.type = IB_EVENT_PARAM_VALUE;
        event->head.port = event->head.channel = event->head.key = -1;
        event->param_id = plugin->meter_ports[i];
        event->note_id = -1;
        event->value = (double)control->value;
        control->reported = control->value;
    }
}

uint32_t ib_ports_process(struct ib_port_plugin *plugin, struct ib_block *block)
{
    const struct ib_event *event;
    uint32_t at = 0, done = 0;
    ib_ports_take_pending(plugin);
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        struct ib_port_control *control = ib_ports_target(plugin, event, &block->status_flags);
        if (control == NULL)
            continue;
        if (event->time > done) {
            run_part(plugin, block, done, event->time);
            done = event->time;
        }
        ib_ports_apply(control, event);
    }
    run_part(plugin, block, done, block->frames);
    ib_ports_report_meters(plugin, block);
    if (plugin->latency_port != IB_PORT_NONE)
        block->latency = ib_ports_latency(plugin);
    return IB_STATUS_OK;
}

void ib_ports_flush(struct ib_port_plugin *plugin, struct ib_block *block)
{
    const struct ib_event *event;
    uint32_t at = 0;
    ib_ports_take_pending(plugin);
    while ((event = ib_event_next(block->events, block->event_bytes, &at, 0)) != NULL) {
        struct ib_port_control *control = ib_ports_target(plugin, event, &block->status_flags);
        if (control != NULL)
            ib_ports_apply(control, event);
    }
}
