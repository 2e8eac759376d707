/* A gain with meters, which says of every block that it came: its number at the first frame and at the last. What it does
 * beside that is asked for with a parameter, and how it fails with the audio: a sample above 10 kills it, one below -10 is
 * never done, one above 5 is an error. */
#include "clap_test.h"

#include <unistd.h>

#define GAIN 1
#define TASK 2
#define METERS 4
#define LATENCY 32

enum { REST, MOVE_GAIN, FREE_METER, OTHER_LATENCY };

/* The smaller ones fall on the same place of a small hash table. */
static const uint32_t ids[] = {GAIN, TASK, 64, 128, 192, 4000000000u};

static const char *const features[] = {"audio-effect", "utility", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.meters", "Meters");

struct meters {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_params *params;
    const struct clap_host_latency *latency;
    double gain, blocks;
    int task;
    bool is_free; /* the first meter is a meter no more */
    uint32_t late;
};

static struct meters *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

static void tell(const struct clap_output_events *out, uint32_t time, uint32_t id, double value)
{
    struct clap_event_param told = {
        .header = {.size = sizeof told, .time = time, .type = CLAP_EVENT_PARAM_VALUE},
        .param_id = id,
        .note_id = -1,
        .port_index = -1,
        .channel = -1,
        .key = -1,
        .value = value,
    };
    out->try_push(out, &told.header);
}

static void take(struct meters *me, const struct clap_input_events *in)
{
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_param *event = (const struct clap_event_param *)in->get(in, i);
        if (event->header.space_id != 0 || event->header.type != CLAP_EVENT_PARAM_VALUE)
            continue;
        if (event->param_id == GAIN)
            me->gain = event->value;
        else if (event->param_id == TASK)
            me->task = (int)event->value;
    }
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)out;
    take(self(plugin), in);
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    struct meters *me = self(plugin);
    int task, is_wrong = 0, is_over = 0, is_stuck = 0;
    take(me, p->in_events);
    task = me->task;
    me->blocks++;
    for (uint32_t c = 0; c < 2; c++) {
        for (uint32_t i = 0; i < p->frames_count; i++) {
            float heard = p->audio_inputs[0].data32[c][i];
            is_over |= heard > 10;
            is_stuck |= heard < -10;
            is_wrong |= heard > 5;
            p->audio_outputs[0].data32[c][i] = (float)(heard * me->gain);
        }
    }
    if (is_over)
        abort();
    while (is_stuck)
        usleep(1000);
    if (p->frames_count != 0) {
        tell(p->out_events, 0, ids[2], me->blocks);
        for (int i = 3; i < 2 + METERS; i++)
            tell(p->out_events, p->frames_count - 1, ids[i], me->blocks + i);
    }
    me->task = REST;
    if (task == MOVE_GAIN) {
        me->gain = 0.5;
        tell(p->out_events, 0, GAIN, me->gain);
    } else if (task == FREE_METER) {
        me->is_free = true;
        me->host->request_callback(me->host);
    } else if (task == OTHER_LATENCY) {
        me->host->request_restart(me->host);
    }
    return is_wrong ? CLAP_PROCESS_ERROR : CLAP_PROCESS_CONTINUE;
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    struct meters *me = self(plugin);
    me->params->rescan(me->host, CLAP_PARAM_RESCAN_INFO);
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    static int count;
    struct meters *me = self(plugin);
    (void)rate;
    (void)least;
    (void)most;
    me->late = count++ == 0 ? 0 : LATENCY;
    if (me->late != 0)
        me->latency->changed(me->host);
    return true;
}

static uint32_t get_latency(const struct clap_plugin *plugin)
{
    return self(plugin)->late;
}

static uint32_t count_params(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 2 + METERS;
}

static bool get_info(const struct clap_plugin *plugin, uint32_t at, struct clap_param_info *info)
{
    memset(info, 0, sizeof *info);
    if (at >= 2 + METERS)
        return false;
    info->id = ids[at];
    info->flags = at < 2 || (at == 2 && self(plugin)->is_free) ? CLAP_PARAM_IS_AUTOMATABLE : CLAP_PARAM_IS_READONLY;
    (void)snprintf(info->name, sizeof info->name, at == 0 ? "Gain" : at == 1 ? "Task" : "Meter %u", (unsigned)at - 2);
    info->max_value = 1e9;
    info->default_value = at == 0;
    return true;
}

static bool get_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    const struct meters *me = self(plugin);
    *value = id == GAIN ? me->gain : id == TASK ? me->task : me->blocks;
    return true;
}

static bool to_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t room)
{
    (void)plugin;
    (void)id;
    return snprintf(text, room, "%g", value) > 0;
}

static bool from_text(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    (void)id;
    *value = strtod(text, NULL);
    return true;
}

static uint32_t count_ports(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 1;
}

static bool get_port(const struct clap_plugin *plugin, uint32_t at, bool is_input, struct clap_audio_port_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = is_input ? 1 : 2;
    info->channel_count = 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->in_place_pair = CLAP_INVALID_ID;
    return at == 0;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_params params = {count_params, get_info, get_value, to_text, from_text, flush};
    static const struct clap_plugin_audio_ports ports = {count_ports, get_port};
    static const struct clap_plugin_latency latency = {get_latency};
    (void)plugin;
    if (strcmp(id, "clap.params") == 0)
        return &params;
    if (strcmp(id, "clap.audio-ports") == 0)
        return &ports;
    return strcmp(id, "clap.latency") == 0 ? &latency : NULL;
}

static bool init(const struct clap_plugin *plugin)
{
    struct meters *me = self(plugin);
    me->params = me->host->get_extension(me->host, "clap.params");
    me->latency = me->host->get_extension(me->host, "clap.latency");
    return me->params != NULL && me->latency != NULL;
}

static void destroy(const struct clap_plugin *plugin)
{
    free(self(plugin));
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    struct meters *me = calloc(1, sizeof *me);
    if (me == NULL || strcmp(id, descriptor.id) != 0)
        return NULL;
    me->host = host;
    me->gain = 1.0;
    me->plugin = (struct clap_plugin){&descriptor, me,      init,    destroy, activate,      nothing,
                                      yes,         nothing, nothing, process, get_extension, on_main_thread};
    return &me->plugin;
}

ONE_PLUGIN
