/* A CLAP plugin called directly. What is needed of CLAP 1 (entry.h, plugin-factory.h, plugin.h, process.h, audio-ports.h) is
 * declared here once more, so that nothing of isobooth is in the yardstick. */
#include "direct.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PORTS 16
#define MOST_CHANNELS 64 /* in one direction */

struct version {
    uint32_t numbers[3];
};

struct host {
    struct version version;
    void *data;
    const char *texts[4]; /* name, vendor, url, version */
    const void *(*get_extension)(const struct host *host, const char *id);
    void (*requests[3])(const struct host *host); /* restart, process, callback */
};

struct plugin {
    const void *descriptor;
    void *data;
    bool (*init)(const struct plugin *plugin);
    void (*destroy)(const struct plugin *plugin);
    bool (*activate)(const struct plugin *plugin, double rate, uint32_t least, uint32_t most);
    void (*deactivate)(const struct plugin *plugin);
    bool (*start_processing)(const struct plugin *plugin);
    void (*stop_processing)(const struct plugin *plugin);
    void (*reset)(const struct plugin *plugin);
    int32_t (*process)(const struct plugin *plugin, const void *process);
    const void *(*get_extension)(const struct plugin *plugin, const char *id);
    void (*on_main_thread)(const struct plugin *plugin);
};

struct factory {
    uint32_t (*count)(const struct factory *factory);
    const void *(*get)(const struct factory *factory, uint32_t index);
    const struct plugin *(*create)(const struct factory *factory, const struct host *host, const char *id);
};

struct entry {
    struct version version;
    bool (*init)(const char *path);
    void (*deinit)(void);
    const void *(*get_factory)(const char *id);
};

struct port_info {
    uint32_t id;
    char name[256];
    uint32_t flags;
    uint32_t channels;
    const char *type;
    uint32_t in_place_pair;
};

struct audio_ports {
    uint32_t (*count)(const struct plugin *plugin, bool is_input);
    bool (*get)(const struct plugin *plugin, uint32_t index, bool is_input, struct port_info *info);
};

struct buffer {
    float **data32;
    double **data64;
    uint32_t channels;
    uint32_t latency;
    uint64_t constant_mask;
};

struct in_events {
    void *context;
    uint32_t (*size)(const struct in_events *list);
    const void *(*get)(const struct in_events *list, uint32_t index);
};

struct out_events {
    void *context;
    bool (*try_push)(const struct out_events *list, const void *event);
};

struct process {
    int64_t steady_time;
    uint32_t frames;
    const void *transport;
    const struct buffer *inputs;
    struct buffer *outputs;
    uint32_t input_count;
    uint32_t output_count;
    const struct in_events *in_events;
    const struct out_events *out_events;
};

struct side {
    struct buffer buffers[MOST_PORTS];
    float *planes[MOST_CHANNELS];
    uint32_t ports;
    uint32_t channels;
};

struct direct {
    void *library;
    const struct entry *entry;
    const struct plugin *plugin;
    struct host host;
    struct side in;
    struct side out;
    uint32_t block;
    int64_t steady_time;
    int active;
};

static const void *no_extension(const struct host *host, const char *id)
{
    (void)host;
    (void)id;
    return NULL;
}

static void no_request(const struct host *host)
{
    (void)host;
}

static uint32_t no_events(const struct in_events *list)
{
    (void)list;
    return 0;
}

static const void *no_event(const struct in_events *list, uint32_t index)
{
    (void)list;
    (void)index;
    return NULL;
}

static bool drop_event(const struct out_events *list, const void *event)
{
    (void)list;
    (void)event;
    return true;
}

/* The ports of one direction. 1, or 0 if there are too many. */
static int ask_ports(const struct plugin *plugin, int is_input, struct side *side)
{
    const struct audio_ports *ports = (const struct audio_ports *)plugin->get_extension(plugin, "clap.audio-ports");
    side->ports = ports == NULL ? 0 : ports->count(plugin, is_input != 0);
    for (uint32_t p = 0; p < side->ports; p++) {
        struct port_info info;
        memset(&info, 0, sizeof info);
        if (p >= MOST_PORTS || !ports->get(plugin, p, is_input != 0, &info) || info.channels > MOST_CHANNELS ||
            side->channels + info.channels > MOST_CHANNELS)
            return 0;
        side->buffers[p].data32 = side->planes + side->channels;
        side->buffers[p].channels = info.channels;
        side->channels += info.channels;
    }
    return 1;
}

static const char *create(struct direct *d, const char *path, const char *id)
{
    d->entry = (const struct entry *)dlsym(d->library, "clap_entry");
    if (d->entry == NULL)
        return "it has no clap_entry";
    if (!d->entry->init(path)) {
        d->entry = NULL;
        return "its entry refused";
    }
    const struct factory *factory = (const struct factory *)d->entry->get_factory("clap.plugin-factory");
    if (factory == NULL)
        return "it has no factory";
    d->plugin = factory->create(factory, &d->host, id);
    if (d->plugin == NULL)
        return "its factory does not make this plugin";
    if (!d->plugin->init(d->plugin))
        return "the plugin refused to be initialised";
    return NULL;
}

static const char *start(struct direct *d, double rate)
{
    if (!ask_ports(d->plugin, 1, &d->in) || !ask_ports(d->plugin, 0, &d->out))
        return "it has too many ports";
    if (!d->plugin->activate(d->plugin, rate, 1, d->block))
        return "the plugin refused to be activated";
    d->active = 1;
    return d->plugin->start_processing(d->plugin) ? NULL : "the plugin refused to start";
}

struct direct *direct_open(const char *path, const char *id, double sample_rate, uint32_t block, char *error,
                           size_t size)
{
    struct direct *d = (struct direct *)calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->block = block;
    d->host = (struct host){
        {{1, 2, 0}}, d, {"direct", "isobooth", "", "1"}, no_extension, {no_request, no_request, no_request}};
    d->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *wrong = d->library == NULL ? dlerror() : create(d, path, id);
    if (wrong == NULL)
        wrong = start(d, sample_rate);
    if (wrong == NULL)
        return d;
    (void)snprintf(error, size, "%s: %s", path, wrong);
    direct_close(d);
    return NULL;
}

uint32_t direct_inputs(const struct direct *plugin)
{
    return plugin->in.channels;
}

uint32_t direct_outputs(const struct direct *plugin)
{
    return plugin->out.channels;
}

uint64_t direct_run(struct direct *plugin, const float *input, float *output, uint64_t frames)
{
    static const struct in_events nothing = {NULL, no_events, no_event};
    static const struct out_events nowhere = {NULL, drop_event};
    struct process process = {
        0, 0, NULL, plugin->in.buffers, plugin->out.buffers, plugin->in.ports, plugin->out.ports, &nothing, &nowhere};
    int failed = 0;
    uint32_t before = direct_flush_denormals();
    uint64_t start_ns = direct_now_ns();
    for (uint64_t at = 0; at < frames; at += plugin->block) {
        uint64_t left = frames - at;
        for (uint32_t c = 0; c < plugin->in.channels; c++)
            plugin->in.planes[c] = (float *)(uintptr_t)(input + c * frames + at);
        for (uint32_t c = 0; c < plugin->out.channels; c++)
            plugin->out.planes[c] = output + c * frames + at;
        process.frames = left < plugin->block ? (uint32_t)left : plugin->block;
        process.steady_time = plugin->steady_time;
        failed |= plugin->plugin->process(plugin->plugin, &process) == 0;
        plugin->steady_time += process.frames;
    }
    uint64_t took = direct_now_ns() - start_ns;
    direct_restore(before);
    return failed ? 0 : took;
}

void direct_close(struct direct *plugin)
{
    if (plugin->active) {
        plugin->plugin->stop_processing(plugin->plugin);
        plugin->plugin->deactivate(plugin->plugin);
    }
    if (plugin->plugin != NULL)
        plugin->plugin->destroy(plugin->plugin);
    if (plugin->entry != NULL)
        plugin->entry->deinit();
    if (plugin->library != NULL)
        (void)dlclose(plugin->library);
    free(plugin);
}
