/* The misdeeds as a CLAP: a stereo gain of 1 with two parameters and a state. */
#include "misdeeds.h"

#include "formats/clap/abi.h"

static const char *const features[] = {"audio-effect", NULL};
static char endless[100001];
static struct clap_plugin_descriptor descriptor = {
    {1, 2, 0}, "isobooth.hostile", "Hostile", "isobooth", "", "", "", "1", "", features};

struct hostile {
    struct clap_plugin plugin;
    const struct clap_host *host;
    double values[2];
    uint32_t asked;
};

static struct hostile *of(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

/* -- the plugin -------------------------------------------------------------------------------------------------------- */

static bool init(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("init");
    return !lies("init");
}

static void destroy(const struct clap_plugin *plugin)
{
    misdeed("destroy");
    free(of(plugin));
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    (void)plugin, (void)rate, (void)least, (void)most;
    misdeed("activate");
    return !lies("activate");
}

static void deactivate(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("deactivate");
}

static bool start(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("start");
    return !lies("start");
}

static void stop(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("end");
}

static void reset(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("reset");
}

static void take(struct hostile *me, const struct clap_input_events *in)
{
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_header *head = in->get(in, i);
        if (head->type == CLAP_EVENT_PARAM_VALUE) {
            const struct clap_event_param *set = (const void *)head;
            misdeed("parameter");
            if (set->param_id < 2)
                me->values[set->param_id] = set->value;
        }
    }
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    take(of(plugin), process->in_events);
    uint32_t ins = process->audio_inputs_count != 0 ? process->audio_inputs[0].channel_count : 0;
    misdeed("process");
    for (uint32_t c = 0; process->audio_outputs_count != 0 && c < process->audio_outputs[0].channel_count; c++)
        for (uint32_t i = 0; i < process->frames_count; i++)
            process->audio_outputs[0].data32[c][i] = spoil(c < ins ? process->audio_inputs[0].data32[c][i] : 0);
    return lies("process") ? CLAP_PROCESS_ERROR : lies("status") ? 4711 : CLAP_PROCESS_CONTINUE;
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    (void)plugin;
    misdeed("callback");
}

/* -- ports, parameters, state ------------------------------------------------------------------------------------------ */

static uint32_t port_count(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin, (void)is_input;
    return lies("ports") ? 4000000000u : 1;
}

static bool port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_audio_port_info *info)
{
    (void)is_input;
    memset(info, 0, sizeof *info);
    info->id = index;
    info->flags = 1;
    info->channel_count = 2;
    info->in_place_pair = CLAP_INVALID_ID;
    if (lies("changing"))
        info->channel_count = 1 + of(plugin)->asked++ % 7;
    if (lies("channels"))
        info->channel_count = 4000000000u;
    if (lies("text"))
        memset(info->name, 0xFF, sizeof info->name);
    return !lies("errors");
}

static uint32_t count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return lies("many") ? 10000 : lies("counts") ? 4000000000u : 2;
}

static bool info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    misdeed("describe");
    memset(info, 0, sizeof *info);
    info->id = lies("duplicates") ? 0 : index;
    info->flags = CLAP_PARAM_IS_AUTOMATABLE;
    info->min_value = lies("backwards") ? 5 : lies("nan") ? NAN : 0;
    info->max_value = lies("nan") ? NAN : 1;
    info->default_value = lies("nan") ? NAN : lies("infinite") ? INFINITY : 0.5;
    snprintf(info->name, sizeof info->name, "P %u", index);
    if (lies("text")) {
        memset(info->name, 0xFF, sizeof info->name);
        memset(info->module, 0xC0, sizeof info->module);
    }
    return !lies("errors");
}

static bool value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    *value = lies("nan") ? NAN : id < 2 ? of(plugin)->values[id] : 0.5;
    return !lies("errors");
}

static bool to_text(const struct clap_plugin *plugin, uint32_t id, double value, char *buffer, uint32_t size)
{
    (void)plugin, (void)id;
    misdeed("text");
    if (lies("text"))
        memset(buffer, 0xFE, size);
    else
        snprintf(buffer, size, "%.3f", value);
    return !lies("errors");
}

static bool from_text(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin, (void)id;
    *value = lies("nan") ? NAN : strtod(text, NULL);
    return !lies("errors");
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)out;
    take(of(plugin), in);
}

static bool save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    misdeed("save");
    return !lies("errors") && stream->write(stream, of(plugin)->values, 16) == 16;
}

static bool load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    misdeed("load");
    return !lies("errors") && stream->read(stream, of(plugin)->values, 16) == 16;
}

static uint32_t latency(const struct clap_plugin *plugin)
{
    (void)plugin;
    return lies("latency") ? 4294967295u : 0;
}

static const void *extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports ports = {port_count, port};
    static const struct clap_plugin_params params = {count, info, value, to_text, from_text, flush};
    static const struct clap_plugin_state state = {save, load};
    static const struct clap_plugin_latency late = {latency};
    (void)plugin;
    misdeed("extension");
    return strcmp(id, "clap.audio-ports") == 0 ? (const void *)&ports
           : strcmp(id, "clap.params") == 0    ? (const void *)&params
           : strcmp(id, "clap.state") == 0     ? (const void *)&state
           : strcmp(id, "clap.latency") == 0   ? (const void *)&late
                                               : NULL;
}

/* -- the file ---------------------------------------------------------------------------------------------------------- */

static uint32_t plugin_count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return lies("plugins") ? 4000000000u : 1;
}

static const struct clap_plugin_descriptor *get(const struct clap_plugin_factory *factory, uint32_t index)
{
    (void)factory;
    if (lies("name")) {
        memset(endless, 'n', sizeof endless - 1);
        descriptor.name = descriptor.vendor = endless;
    } else if (lies("text")) {
        descriptor.name = descriptor.vendor = descriptor.description = "\xff\xfe\xc0\x80";
    }
    return index == 0 ? &descriptor : NULL;
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    static const struct clap_plugin functions = {&descriptor, NULL, init,  destroy, activate,  deactivate,
                                                 start,       stop, reset, process, extension, on_main_thread};
    (void)factory, (void)id;
    misdeed("instantiate");
    if (lies("create"))
        return NULL;
    struct hostile *me = calloc(1, sizeof *me);
    me->plugin = functions;
    me->plugin.plugin_data = me;
    me->host = host;
    me->values[0] = me->values[1] = 0.5;
    return &me->plugin;
}

static const void *factory(const char *id)
{
    static const struct clap_plugin_factory only = {plugin_count, get, create};
    misdeed("factory");
    return strcmp(id, "clap.plugin-factory") == 0 && !lies("factory") ? &only : NULL;
}

static bool enter(const char *path)
{
    (void)path;
    misdeed("entry");
    return !lies("entry");
}

static void leave(void)
{
    misdeed("exit");
}

MISDEED_EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, enter, leave, factory};
