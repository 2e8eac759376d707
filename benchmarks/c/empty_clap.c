/* A CLAP plugin that does nothing in process(), or exchanges left and right (SWAP): stereo in and out, a parameter, notes. */
#include "formats/clap/abi.h"

#include <stdlib.h>
#include <string.h>

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor descriptor = {{1, 2, 0}, "bench.empty",      "Empty", "isobooth", "", "", "",
                                                         "1",       "for measurements", features};

static bool init(const struct clap_plugin *plugin)
{
    (void)plugin;
    return true;
}

static void done(const struct clap_plugin *plugin)
{
    (void)plugin;
}

static void destroy(const struct clap_plugin *plugin)
{
    free((void *)(uintptr_t)plugin);
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    (void)plugin;
    return rate > 0 && least <= most;
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    (void)plugin;
#ifdef SWAP
    const struct clap_audio_buffer *in = p->audio_inputs, *out = p->audio_outputs;
    for (uint32_t i = 0; i < p->frames_count; i++) {
        float left = in->data32[0][i], right = in->data32[1][i];
        out->data32[0][i] = right;
        out->data32[1][i] = left;
    }
#else
    (void)p;
#endif
    return CLAP_PROCESS_CONTINUE;
}

static uint32_t one(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 1;
}

static uint32_t one_each(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 1;
}

static bool audio_port(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                       struct clap_audio_port_info *info)
{
    (void)plugin;
    (void)is_input;
    info->id = index;
    strcpy(info->name, "main");
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->channel_count = 2;
    info->port_type = "stereo";
    info->in_place_pair = CLAP_INVALID_ID;
    return index == 0;
}

static bool note_port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info)
{
    (void)plugin;
    (void)is_input;
    info->id = index;
    info->supported_dialects = info->preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
    strcpy(info->name, "notes");
    return index == 0;
}

static bool param_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->flags = CLAP_PARAM_IS_AUTOMATABLE;
    strcpy(info->name, "value");
    info->max_value = 1;
    return index == 0;
}

static bool param_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    (void)plugin;
    *value = 0;
    return id == 0;
}

static bool value_to_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    (void)plugin;
    (void)value;
    if (size != 0)
        text[0] = 0;
    return id == 0;
}

static bool text_to_value(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    (void)text;
    *value = 0;
    return id == 0;
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)plugin;
    (void)in;
    (void)out;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {one_each, audio_port};
    static const struct clap_plugin_note_ports note_ports = {one_each, note_port};
    static const struct clap_plugin_params params = {one, param_info, param_value, value_to_text, text_to_value, flush};
    (void)plugin;
    if (strcmp(id, "clap.audio-ports") == 0)
        return &audio_ports;
    if (strcmp(id, "clap.note-ports") == 0)
        return &note_ports;
    return strcmp(id, "clap.params") == 0 ? &params : NULL;
}

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return 1;
}

static const struct clap_plugin_descriptor *describe(const struct clap_plugin_factory *factory, uint32_t index)
{
    (void)factory;
    return index == 0 ? &descriptor : NULL;
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    (void)host;
    struct clap_plugin *plugin = strcmp(id, descriptor.id) == 0 ? calloc(1, sizeof *plugin) : NULL;
    if (plugin != NULL)
        *plugin = (struct clap_plugin){&descriptor, NULL, init, destroy, activate,      done,
                                       init,        done, done, process, get_extension, done};
    return plugin;
}

static bool entry_init(const char *path)
{
    return path != NULL;
}

static void entry_deinit(void)
{
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count, describe, create};
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

const struct clap_plugin_entry clap_entry = {{1, 2, 0}, entry_init, entry_deinit, get_factory};
