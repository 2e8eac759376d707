/* Says that it has four billions of something: -DENDLESS=PORTS, CHANNELS, SUM (2000 ports of one channel), PARAMS, NOTE_PORTS,
 * NOTE_NAMES, PAGES, CONFIGS or PROVIDERS. All of them can be described. */
#include "clap_test.h"

#define PORTS 1
#define CHANNELS 2
#define SUM 3
#define PARAMS 4
#define NOTE_PORTS 5
#define NOTE_NAMES 6
#define PAGES 7
#define CONFIGS 8
#define PROVIDERS 9
#define MANY 4000000000u

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.endless", "Endless");

static uint32_t endless(const struct clap_plugin *plugin)
{
    (void)plugin;
    return MANY;
}

static uint32_t endless_sides(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return MANY;
}

static uint32_t ports(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 1 : ENDLESS == PORTS ? MANY : ENDLESS == SUM ? 1024 : 1;
}

static bool port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_audio_port_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index;
    snprintf(info->name, sizeof info->name, "port %u", index);
    info->channel_count = is_input ? 2 : ENDLESS == CHANNELS ? MANY : ENDLESS == PORTS ? 0 : 2;
    info->in_place_pair = CLAP_INVALID_ID;
    return true;
}

static bool param(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index;
    info->max_value = 1;
    return true;
}

static bool value(const struct clap_plugin *plugin, uint32_t id, double *to)
{
    (void)plugin;
    (void)id;
    *to = 0.5;
    return true;
}

static bool text(const struct clap_plugin *plugin, uint32_t id, double from, char *buffer, uint32_t size)
{
    (void)plugin;
    (void)id;
    return snprintf(buffer, size, "%g", from) > 0;
}

static bool number(const struct clap_plugin *plugin, uint32_t id, const char *from, double *to)
{
    (void)plugin;
    (void)id;
    (void)from;
    (void)to;
    return false;
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)plugin;
    (void)in;
    (void)out;
}

static bool note_port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info)
{
    (void)plugin;
    (void)is_input;
    *info = (struct clap_note_port_info){.id = index, .supported_dialects = 1, .preferred_dialect = 1, .name = "n"};
    return true;
}

static bool note_name(const struct clap_plugin *plugin, uint32_t index, struct clap_note_name *name)
{
    (void)plugin;
    *name = (struct clap_note_name){.name = "n", .port = -1, .key = (int16_t)(index % 128), .channel = -1};
    return true;
}

static bool page(const struct clap_plugin *plugin, uint32_t index, struct clap_remote_controls_page *to)
{
    (void)plugin;
    *to = (struct clap_remote_controls_page){.page_id = index, .page_name = "p"};
    return true;
}

static bool config(const struct clap_plugin *plugin, uint32_t index, struct clap_audio_ports_config *to)
{
    (void)plugin;
    memset(to, 0, sizeof *to);
    to->id = index;
    return true;
}

static bool choose(const struct clap_plugin *plugin, uint32_t id)
{
    (void)plugin;
    (void)id;
    return false;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {ports, port};
    static const struct clap_plugin_params params = {endless, param, value, text, number, flush};
    static const struct clap_plugin_note_ports note_ports = {endless_sides, note_port};
    static const struct clap_plugin_note_name note_names = {endless, note_name};
    static const struct clap_plugin_remote_controls pages = {endless, page};
    static const struct clap_plugin_audio_ports_config configs = {endless, config, choose};
    const struct {
        int which;
        const char *id;
        const void *extension;
    } all[] = {{PARAMS, "clap.params", &params},
               {NOTE_PORTS, "clap.note-ports", &note_ports},
               {NOTE_NAMES, "clap.note-name", &note_names},
               {PAGES, "clap.remote-controls/2", &pages},
               {CONFIGS, "clap.audio-ports-config", &configs}};
    (void)plugin;
    if (strcmp(id, "clap.audio-ports") == 0)
        return &audio_ports;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].which == ENDLESS && strcmp(id, all[i].id) == 0)
            return all[i].extension;
    }
    return NULL;
}

static void destroy(const struct clap_plugin *plugin)
{
    free((void *)plugin);
}

static const struct clap_plugin *make(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                      const char *id)
{
    struct clap_plugin *plugin = calloc(1, sizeof *plugin);
    const struct clap_plugin functions = {&descriptor, NULL,    yes,     destroy,         activate_always, nothing,
                                          yes,         nothing, nothing, process_nothing, get_extension,   nothing};
    (void)factory;
    (void)host;
    (void)id;
    *plugin = functions;
    return plugin;
}

static uint32_t one(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return 1;
}

static const struct clap_plugin_descriptor *list(const struct clap_plugin_factory *factory, uint32_t at)
{
    (void)factory;
    return at == 0 ? &descriptor : NULL;
}

static uint32_t many_providers(const struct clap_preset_discovery_factory *factory)
{
    (void)factory;
    return MANY;
}

static const struct clap_preset_discovery_provider_descriptor *
provider(const struct clap_preset_discovery_factory *factory, uint32_t index)
{
    static const struct clap_preset_discovery_provider_descriptor every = {{1, 2, 0}, "test.provider", "p", "v"};
    (void)factory;
    (void)index;
    return &every;
}

static const struct clap_preset_discovery_provider *no_provider(const struct clap_preset_discovery_factory *factory,
                                                                const struct clap_preset_discovery_indexer *indexer,
                                                                const char *id)
{
    (void)factory;
    (void)indexer;
    (void)id;
    return NULL;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {one, list, make};
    static const struct clap_preset_discovery_factory presets = {many_providers, provider, no_provider};
    if (ENDLESS == PROVIDERS && strncmp(id, "clap.preset-discovery-factory/", 30) == 0)
        return &presets;
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};
