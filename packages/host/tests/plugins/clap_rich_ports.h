/* Ports of clap_rich.c: two inputs (main, side), one output, in any of a few layouts. */
#include "clap_rich.h"

static const char *const port_names[2][MOST_PORTS] = {{"Out", "Out 2", "Out 3", "Out 4"},
                                                      {"In", "Side", "In 3", "In 4"}};

static uint32_t ports_count(const struct clap_plugin *plugin, bool is_input)
{
    return rich_of(plugin)->port_count[is_input];
}

static void fill_port(struct clap_audio_port_info *info, bool is_input, uint32_t index, uint32_t channels,
                      const char *type)
{
    memset(info, 0, sizeof *info);
    info->id = index + (is_input ? 100 : 200);
    snprintf(info->name, sizeof info->name, "%s", port_names[is_input][index]);
    info->flags = index == 0 ? CLAP_AUDIO_PORT_IS_MAIN : 0;
    info->channel_count = channels;
    info->port_type = type;
    info->in_place_pair = CLAP_INVALID_ID;
}

static bool ports_get(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                      struct clap_audio_port_info *info)
{
    struct rich *rich = rich_of(plugin);
    if (index >= rich->port_count[is_input])
        return false;
    const struct rich_port *port = &rich->ports[is_input][index];
    fill_port(info, is_input, index, port->channels, port->type);
    return true;
}

static const struct clap_plugin_audio_ports plugin_ports = {ports_count, ports_get};

static uint32_t notes_count(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 1 : 0;
}

static bool notes_get(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info)
{
    *info = (struct clap_note_port_info){.id = 5, .supported_dialects = 1, .preferred_dialect = 1};
    snprintf(info->name, sizeof info->name, "Notes %u", rich_of(plugin)->notes);
    return is_input && index == 0;
}

static const struct clap_plugin_note_ports plugin_notes = {notes_count, notes_get};

/* -- configurable-audio-ports ------------------------------------------------------------------------------------------ */

/* Mono, stereo, ambisonics, and surround with side (not back) loudspeakers. */
static bool is_good(const struct clap_audio_port_configuration_request *request)
{
    uint32_t channels = request->channel_count;
    const uint8_t *map = request->port_details;
    if (request->port_type == NULL || request->port_index >= MOST_PORTS)
        return false;
    if (strcmp(request->port_type, "mono") == 0)
        return channels == 1;
    if (strcmp(request->port_type, "stereo") == 0)
        return channels == 2;
    if (strcmp(request->port_type, "ambisonic") == 0)
        return map != NULL && (channels == 4 || channels == 16);
    if (strcmp(request->port_type, "surround") != 0 || map == NULL || channels < 6 || channels > 12)
        return false;
    bool has_side = false;
    for (uint32_t i = 0; i < channels; i++)
        has_side = has_side || map[i] == CLAP_SURROUND_SL;
    return has_side;
}

static bool can_apply(const struct clap_plugin *plugin, const struct clap_audio_port_configuration_request *requests,
                      uint32_t count)
{
    struct rich *rich = rich_of(plugin);
    for (uint32_t i = 0; i < count; i++) {
        if (rich->is_active || requests[i].port_index >= rich->port_count[requests[i].is_input] ||
            !is_good(&requests[i]))
            return false;
    }
    return true;
}

static void set_port(struct rich_port *port, uint32_t channels, const char *type, const void *details)
{
    static const char *const types[] = {"mono", "stereo", "surround", "ambisonic"};
    port->channels = channels;
    port->is_active = true;
    port->type = NULL;
    for (size_t i = 0; i < 4; i++)
        port->type = strcmp(type, types[i]) == 0 ? types[i] : port->type;
    if (strcmp(type, "surround") == 0)
        memcpy(port->map, details, channels);
    if (strcmp(type, "ambisonic") == 0)
        port->ambisonic = *(const struct clap_ambisonic_config *)details;
}

static bool apply(const struct clap_plugin *plugin, const struct clap_audio_port_configuration_request *requests,
                  uint32_t count)
{
    struct rich *rich = rich_of(plugin);
    if (!can_apply(plugin, requests, count))
        return false;
    const struct clap_host_audio_ports *host = rich->host->get_extension(rich->host, "clap.audio-ports");
    host->rescan(rich->host, 16); /* not needed, but many do it */
    for (uint32_t i = 0; i < count && !rich->lies; i++)
        set_port(&rich->ports[requests[i].is_input][requests[i].port_index], requests[i].channel_count,
                 requests[i].port_type, requests[i].port_details);
    see(rich, "apply %u\n", count);
    return true;
}

static const struct clap_plugin_configurable_audio_ports plugin_configurable = {can_apply, apply};

static bool add_port(const struct clap_plugin *plugin, bool is_input, uint32_t channels, const char *type,
                     const void *details)
{
    struct rich *rich = rich_of(plugin);
    if (rich->port_count[is_input] == MOST_PORTS || channels > 2 || type == NULL)
        return false;
    set_port(&rich->ports[is_input][rich->port_count[is_input]++], channels, type, details);
    see(rich, "add %d\n", is_input);
    return true;
}

static bool remove_port(const struct clap_plugin *plugin, bool is_input, uint32_t index)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "remove %d %u\n", is_input, index);
    rich->port_count[is_input]--;
    return index == rich->port_count[is_input];
}

static const struct clap_plugin_extensible_audio_ports plugin_extensible = {add_port, remove_port};

/* -- audio-ports-config ------------------------------------------------------------------------------------------------ */

static const char *const config_names[] = {"All mono", "All stereo", "Never"};

static uint32_t configs_count(const struct clap_plugin *plugin)
{
    return rich_of(plugin)->configs;
}

static bool configs_get(const struct clap_plugin *plugin, uint32_t index, struct clap_audio_ports_config *config)
{
    struct rich *rich = rich_of(plugin);
    if (rich->is_active || index >= rich->configs)
        return false;
    memset(config, 0, sizeof *config);
    config->id = 10 * (index + 1);
    snprintf(config->name, sizeof config->name, "%s", config_names[index]);
    config->input_port_count = 2;
    config->output_port_count = 1;
    config->has_main_input = config->has_main_output = true;
    config->main_input_channel_count = config->main_output_channel_count = index + 1;
    config->main_input_port_type = config->main_output_port_type = index == 0 ? "mono" : "stereo";
    return true;
}

static bool configs_select(const struct clap_plugin *plugin, uint32_t id)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "select %u\n", id);
    if (rich->is_active || (id != 10 && id != 20))
        return false;
    rich->config = id;
    for (int side = 0; side < 2; side++)
        set_port(&rich->ports[side][0], id / 10, id == 10 ? "mono" : "stereo", NULL);
    return true;
}

static uint32_t current_config(const struct clap_plugin *plugin)
{
    return rich_of(plugin)->config;
}

static bool config_port(const struct clap_plugin *plugin, uint32_t id, uint32_t index, bool is_input,
                        struct clap_audio_port_info *info)
{
    (void)plugin;
    uint32_t channels = is_input && index == 1 ? 1 : id / 10;
    fill_port(info, is_input, index, channels, channels == 1 ? "mono" : "stereo");
    return true;
}

static const struct clap_plugin_audio_ports_config plugin_configs = {configs_count, configs_get, configs_select};
static const struct clap_plugin_audio_ports_config_info plugin_config_info = {current_config, config_port};

/* -- surround, ambisonic, audio-ports-activation ----------------------------------------------------------------------- */

static bool is_mask_supported(const struct clap_plugin *plugin, uint64_t mask)
{
    (void)plugin;
    return mask != 0;
}

static uint32_t get_map(const struct clap_plugin *plugin, bool is_input, uint32_t index, uint8_t *map, uint32_t room)
{
    const struct rich_port *port = &rich_of(plugin)->ports[is_input][index];
    if (room < port->channels)
        return 0;
    memcpy(map, port->map, port->channels);
    return port->channels;
}

static bool is_ambisonic_supported(const struct clap_plugin *plugin, const struct clap_ambisonic_config *config)
{
    (void)plugin;
    return config != NULL;
}

static bool get_ambisonic(const struct clap_plugin *plugin, bool is_input, uint32_t index,
                          struct clap_ambisonic_config *config)
{
    *config = rich_of(plugin)->ports[is_input][index].ambisonic;
    return true;
}

static bool set_active(const struct clap_plugin *plugin, bool is_input, uint32_t index, bool is_active, uint32_t size)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "active %d %u %d %u%s\n", is_input, index, is_active, size, rich->is_active ? " (while active)" : "");
    return index != 0;
}

static const struct clap_plugin_surround plugin_surround = {is_mask_supported, get_map};
static const struct clap_plugin_ambisonic plugin_ambisonic = {is_ambisonic_supported, get_ambisonic};
static const struct clap_plugin_audio_ports_activation plugin_activation = {yes, set_active};
