/* A LADSPA plugin called directly. The interface is declared here once more, after ladspa.h 1.1, so that nothing of isobooth
 * is in the yardstick. */
#include "direct.h"

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hint {
    int bits;
    float lower;
    float upper;
};

struct descriptor {
    unsigned long unique_id;
    const char *label;
    int properties;
    const char *texts[3]; /* name, maker, copyright */
    unsigned long port_count;
    const int *ports; /* 1 input, 2 output, 4 control, 8 audio */
    const char *const *port_names;
    const struct hint *hints;
    void *own;
    void *(*instantiate)(const struct descriptor *descriptor, unsigned long rate);
    void (*connect_port)(void *handle, unsigned long port, float *data);
    void (*activate)(void *handle);
    void (*run)(void *handle, unsigned long frames);
    void (*run_adding)(void *handle, unsigned long frames);
    void (*set_gain)(void *handle, float gain);
    void (*deactivate)(void *handle);
    void (*cleanup)(void *handle);
};

struct direct {
    void *library;
    const struct descriptor *descriptor;
    void *handle;
    uint32_t block;
    bool active;
    float *controls; /* one for each port */
};

/* What a control starts with, by its hints. */
static float initial(const struct hint *hint, double rate)
{
    double scale = (hint->bits & 0x8) != 0 ? rate : 1.0;
    double lower = (hint->bits & 0x1) != 0 ? hint->lower * scale : 0.0;
    double upper = (hint->bits & 0x2) != 0 ? hint->upper * scale : lower;
    static const double shares[] = {0.0, 0.0, 0.25, 0.5, 0.75, 1.0};
    int kind = (hint->bits & 0x3C0) >> 6;
    double value = lower;
    if (kind >= 8)
        value = kind == 8 ? 0.0 : kind == 9 ? 1.0 : kind == 10 ? 100.0 : 440.0;
    else if (kind < 6 && (hint->bits & 0x10) != 0 && lower > 0.0 && upper > 0.0)
        value = exp(log(lower) * (1.0 - shares[kind]) + log(upper) * shares[kind]);
    else if (kind < 6)
        value = lower * (1.0 - shares[kind]) + upper * shares[kind];
    return (float)((hint->bits & 0x20) != 0 ? rint(value) : value);
}

static uint32_t count(const struct direct *plugin, int kind)
{
    uint32_t found = 0;
    for (unsigned long p = 0; p < plugin->descriptor->port_count; p++)
        found += plugin->descriptor->ports[p] == kind;
    return found;
}

static const struct descriptor *find(void *library, const char *label)
{
    const struct descriptor *(*get)(unsigned long) = NULL;
    *(void **)&get = dlsym(library, "ladspa_descriptor");
    if (get == NULL)
        return NULL;
    const struct descriptor *found;
    for (unsigned long index = 0; (found = get(index)) != NULL; index++)
        if (strcmp(found->label, label) == 0)
            return found;
    return NULL;
}

struct direct *direct_open(const char *path, const char *id, double sample_rate, uint32_t block, char *error,
                           size_t size)
{
    struct direct *plugin = (struct direct *)calloc(1, sizeof *plugin);
    if (plugin == NULL)
        return NULL;
    plugin->block = block;
    plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin->library == NULL)
        (void)snprintf(error, size, "%s", dlerror());
    else if ((plugin->descriptor = find(plugin->library, id)) == NULL)
        (void)snprintf(error, size, "%s has no plugin %s", path, id);
    else if ((plugin->controls = (float *)calloc(plugin->descriptor->port_count, sizeof(float))) == NULL)
        (void)snprintf(error, size, "there is no memory for the ports of %s", id);
    else if ((plugin->handle = plugin->descriptor->instantiate(plugin->descriptor, (unsigned long)sample_rate)) == NULL)
        (void)snprintf(error, size, "%s refused to be instantiated", id);
    if (plugin->handle == NULL) {
        direct_close(plugin);
        return NULL;
    }
    const struct descriptor *d = plugin->descriptor;
    for (unsigned long p = 0; p < d->port_count; p++) {
        if ((d->ports[p] & 4) == 0)
            continue;
        plugin->controls[p] = initial(&d->hints[p], sample_rate);
        d->connect_port(plugin->handle, p, &plugin->controls[p]);
    }
    return plugin;
}

/* Give control port `port` another value than its hints do; before the first run. */
void direct_set(struct direct *plugin, unsigned long port, float value)
{
    if (port < plugin->descriptor->port_count)
        plugin->controls[port] = value;
}

uint32_t direct_inputs(const struct direct *plugin)
{
    return count(plugin, 1 | 8);
}

uint32_t direct_outputs(const struct direct *plugin)
{
    return count(plugin, 2 | 8);
}

uint64_t direct_run(struct direct *plugin, const float *input, float *output, uint64_t frames)
{
    const struct descriptor *d = plugin->descriptor;
    uint32_t before = direct_flush_denormals();
    if (!plugin->active && d->activate != NULL)
        d->activate(plugin->handle);
    plugin->active = true;
    uint64_t start = direct_now_ns();
    for (uint64_t at = 0; at < frames; at += plugin->block) {
        uint64_t left = frames - at;
        const float *in = input + at;
        float *out = output + at;
        for (unsigned long p = 0; p < d->port_count; p++) {
            if (d->ports[p] == (1 | 8)) {
                d->connect_port(plugin->handle, p, (float *)(uintptr_t)in);
                in += frames;
            } else if (d->ports[p] == (2 | 8)) {
                d->connect_port(plugin->handle, p, out);
                out += frames;
            }
        }
        d->run(plugin->handle, left < plugin->block ? (unsigned long)left : plugin->block);
    }
    uint64_t took = direct_now_ns() - start;
    direct_restore(before);
    return took;
}

void direct_close(struct direct *plugin)
{
    if (plugin->handle != NULL) {
        if (plugin->active && plugin->descriptor->deactivate != NULL)
            plugin->descriptor->deactivate(plugin->handle);
        plugin->descriptor->cleanup(plugin->handle);
    }
    if (plugin->library != NULL)
        (void)dlclose(plugin->library);
    free(plugin->controls);
    free(plugin);
}
