/* A CLAP plugin of our own, for machines without any: a stereo low-pass filter of one pole.
 *
 * One parameter, the cutoff frequency in Hz, sample-accurate. Its state is that number. */
#include "formats/clap/abi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUTOFF_ID 1
#define CUTOFF_LEAST 20.0
#define CUTOFF_MOST 20000.0
#define CUTOFF_DEFAULT 20000.0

struct filter {
    struct clap_plugin plugin;
    double cutoff;
    double sample_rate;
    double coefficient;
    double memory[2];
};

/* [any-thread] */
static struct filter *filter_of(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

/* [audio-thread or main-thread & !active] */
static void set_cutoff(struct filter *filter, double cutoff)
{
    filter->cutoff = fmin(fmax(cutoff, CUTOFF_LEAST), CUTOFF_MOST);
    if (filter->sample_rate > 0)
        filter->coefficient = 1.0 - exp(-2.0 * 3.14159265358979323846 * filter->cutoff / filter->sample_rate);
}

/* [audio-thread or main-thread & !active] */
static void take_event(struct filter *filter, const struct clap_event_header *header)
{
    if (header->space_id != CLAP_CORE_EVENT_SPACE_ID || header->type != CLAP_EVENT_PARAM_VALUE)
        return;
    const struct clap_event_param *event = (const struct clap_event_param *)header;
    if (event->param_id == CUTOFF_ID)
        set_cutoff(filter, event->value);
}

/* [audio-thread & processing] */
static void run(struct filter *filter, const struct clap_process *process, uint32_t from, uint32_t to)
{
    for (uint32_t c = 0; c < 2; c++) {
        const float *in = process->audio_inputs[0].data32[c];
        float *out = process->audio_outputs[0].data32[c];
        double memory = filter->memory[c];
        for (uint32_t i = from; i < to; i++) {
            memory += filter->coefficient * (in[i] - memory);
            out[i] = (float)memory;
        }
        filter->memory[c] = memory;
    }
}

/* [audio-thread & processing] */
static int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    struct filter *filter = filter_of(plugin);
    uint32_t at = 0, count = process->in_events->size(process->in_events);
    for (uint32_t i = 0; i < count; i++) {
        const struct clap_event_header *event = process->in_events->get(process->in_events, i);
        run(filter, process, at, event->time);
        at = event->time;
        take_event(filter, event);
    }
    run(filter, process, at, process->frames_count);
    return CLAP_PROCESS_CONTINUE;
}

/* -- parameters -- */

/* [main-thread] */
static uint32_t params_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 1;
}

/* [main-thread] */
static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    if (index != 0)
        return false;
    memset(info, 0, sizeof *info);
    info->id = CUTOFF_ID;
    info->flags = CLAP_PARAM_IS_AUTOMATABLE;
    strcpy(info->name, "Cutoff");
    info->min_value = CUTOFF_LEAST;
    info->max_value = CUTOFF_MOST;
    info->default_value = CUTOFF_DEFAULT;
    return true;
}

/* [main-thread] */
static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    *value = filter_of(plugin)->cutoff;
    return id == CUTOFF_ID;
}

/* [main-thread] */
static bool params_to_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    (void)plugin;
    return id == CUTOFF_ID && snprintf(text, size, "%.0f Hz", value) > 0;
}

/* [main-thread] */
static bool params_from_text(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    char *end;
    *value = strtod(text, &end);
    return id == CUTOFF_ID && end != text;
}

/* [audio-thread & active, or main-thread & !active] */
static void params_flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                         const struct clap_output_events *out)
{
    (void)out;
    for (uint32_t i = 0; i < in->size(in); i++)
        take_event(filter_of(plugin), in->get(in, i));
}

static const struct clap_plugin_params params = {params_count,   params_info,      params_value,
                                                 params_to_text, params_from_text, params_flush};

/* -- ports, state -- */

/* [main-thread] */
static uint32_t ports_count(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin, (void)is_input;
    return 1;
}

/* [main-thread] */
static bool ports_get(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                      struct clap_audio_port_info *info)
{
    (void)plugin;
    if (index != 0)
        return false;
    memset(info, 0, sizeof *info);
    strcpy(info->name, is_input ? "In" : "Out");
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->channel_count = 2;
    info->port_type = "stereo";
    info->in_place_pair = CLAP_INVALID_ID;
    return true;
}

static const struct clap_plugin_audio_ports audio_ports = {ports_count, ports_get};

/* [main-thread] */
static bool state_save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    const uint8_t *bytes = (const uint8_t *)&filter_of(plugin)->cutoff;
    uint64_t done = 0;
    while (done < sizeof(double)) {
        int64_t wrote = stream->write(stream, bytes + done, sizeof(double) - done);
        if (wrote <= 0)
            return false;
        done += (uint64_t)wrote;
    }
    return true;
}

/* [main-thread] */
static bool state_load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    double cutoff = 0.0;
    uint64_t done = 0;
    while (done < sizeof cutoff) {
        int64_t got = stream->read(stream, (uint8_t *)&cutoff + done, sizeof cutoff - done);
        if (got <= 0)
            return false;
        done += (uint64_t)got;
    }
    set_cutoff(filter_of(plugin), cutoff);
    return true;
}

static const struct clap_plugin_state state = {state_save, state_load};

/* -- life -- */

/* [main-thread] */
static bool init(const struct clap_plugin *plugin)
{
    set_cutoff(filter_of(plugin), CUTOFF_DEFAULT);
    return true;
}

/* [main-thread & !active] */
static void destroy(const struct clap_plugin *plugin)
{
    free(filter_of(plugin));
}

/* [audio-thread & active] */
static void reset(const struct clap_plugin *plugin)
{
    struct filter *filter = filter_of(plugin);
    filter->memory[0] = filter->memory[1] = 0.0;
}

/* [main-thread & !active] */
static bool activate(const struct clap_plugin *plugin, double sample_rate, uint32_t min_frames, uint32_t max_frames)
{
    (void)min_frames, (void)max_frames;
    struct filter *filter = filter_of(plugin);
    filter->sample_rate = sample_rate;
    set_cutoff(filter, filter->cutoff);
    reset(plugin);
    return true;
}

/* [audio-thread & active] */
static bool start_processing(const struct clap_plugin *plugin)
{
    (void)plugin;
    return true;
}

/* [any-thread] */
static void nothing(const struct clap_plugin *plugin)
{
    (void)plugin;
}

/* [any-thread] */
static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    (void)plugin;
    if (strcmp(id, "clap.params") == 0)
        return &params;
    if (strcmp(id, "clap.audio-ports") == 0)
        return &audio_ports;
    return strcmp(id, "clap.state") == 0 ? &state : NULL;
}

/* -- factory, entry -- */

static const char *const features[] = {"audio-effect", "filter", "stereo", NULL};

static const struct clap_plugin_descriptor descriptor = {
    .clap_version = {1, 2, 0},
    .id = "isobooth.demo.filter",
    .name = "Demo Filter",
    .vendor = "isobooth",
    .url = "",
    .manual_url = "",
    .support_url = "",
    .version = "1.0.0",
    .description = "Low-pass filter of one pole.",
    .features = features,
};

/* [any-thread] */
static uint32_t factory_count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return 1;
}

/* [any-thread] */
static const struct clap_plugin_descriptor *factory_descriptor(const struct clap_plugin_factory *factory,
                                                               uint32_t index)
{
    (void)factory;
    return index == 0 ? &descriptor : NULL;
}

/* [main-thread] */
static const struct clap_plugin *factory_create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                                const char *id)
{
    (void)factory, (void)host;
    struct filter *filter = strcmp(id, descriptor.id) == 0 ? calloc(1, sizeof *filter) : NULL;
    if (filter == NULL)
        return NULL;
    filter->plugin = (struct clap_plugin){
        .desc = &descriptor,
        .plugin_data = filter,
        .init = init,
        .destroy = destroy,
        .activate = activate,
        .deactivate = nothing,
        .start_processing = start_processing,
        .stop_processing = nothing,
        .reset = reset,
        .process = process,
        .get_extension = get_extension,
        .on_main_thread = nothing,
    };
    return &filter->plugin;
}

static const struct clap_plugin_factory factory = {factory_count, factory_descriptor, factory_create};

/* [main-thread] */
static bool entry_init(const char *path)
{
    (void)path;
    return true;
}

/* [main-thread] */
static void entry_deinit(void)
{
}

/* [any-thread] */
static const void *entry_factory(const char *id)
{
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

__attribute__((visibility("default")))
const struct clap_plugin_entry clap_entry = {{1, 2, 0}, entry_init, entry_deinit, entry_factory};
