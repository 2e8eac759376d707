/* Wrong in one way each, chosen at compile time by -DBAD_...; without one, several plugins of which some are odd. */
#include "clap_test.h"

#include <math.h>

static const char *const features[] = {"audio-effect", "STEREO", NULL};
static const struct clap_plugin_descriptor good = DESCRIBE("bad.good", "Good \xff");
static const struct clap_plugin_descriptor nameless = {{1, 0, 0}, "bad.nameless", NULL, NULL, NULL,
                                                       NULL,      NULL,           NULL, NULL, NULL};
static const struct clap_plugin_descriptor idless = {{1, 0, 0}, NULL, "No id", NULL, NULL,
                                                     NULL,      NULL, NULL,    NULL, NULL};
static const struct clap_plugin_descriptor blank = {{1, 0, 0}, "  ", "Blank id", NULL, NULL,
                                                    NULL,      NULL, NULL,       NULL, NULL};
static const struct clap_plugin_descriptor stubborn = DESCRIBE("bad.stubborn", "Refuses init");
static const struct clap_plugin_descriptor absent = DESCRIBE("bad.absent", "Cannot be created");
static const struct clap_plugin_descriptor holed = DESCRIBE("bad.holed", "Lacks a function");
static const struct clap_plugin_descriptor draft = {{0, 9, 0}, "bad.draft", "Draft", NULL, NULL,
                                                    NULL,      NULL,        NULL,    NULL, NULL};

static const struct clap_plugin_descriptor *const listed[] = {
    &good, NULL, &idless, &blank, &nameless, &stubborn, &absent, &holed, &draft,
};

struct bad {
    struct clap_plugin plugin;
    const struct clap_host *host;
};

static void destroy(const struct clap_plugin *plugin)
{
    free(plugin->plugin_data);
}

static bool refuse(const struct clap_plugin *plugin)
{
    struct bad *bad = plugin->plugin_data;
    const struct clap_host_log *log = bad->host->get_extension(bad->host, "clap.log");
    log->log(bad->host, 3, "the licence server is closed");
    return false;
}

/* -- ports and parameters that cannot be ------------------------------------------------------------------------------- */

static uint32_t many(const struct clap_plugin *plugin)
{
    (void)plugin;
#ifdef BAD_COUNT
    return 4000000000u;
#elif defined BAD_MANY
    return 10000;
#else
    return 8;
#endif
}

static bool info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index;
    info->max_value = 1;
    snprintf(info->name, sizeof info->name, "P %u", index);
#if !defined BAD_COUNT && !defined BAD_MANY
    switch (index) {
    case 1:
        info->min_value = 5; /* runs backwards */
        break;
    case 2:
        info->default_value = NAN;
        break;
    case 3:
        info->id = 1; /* taken */
        break;
    case 4:
        info->min_value = -INFINITY;
        info->max_value = INFINITY;
        break;
    case 5:
        info->id = CLAP_INVALID_ID;
        break;
    case 6:
        return false;
    case 7:
        info->flags = CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_ENUM;
        info->min_value = -1e300;
        info->max_value = 1e300;
        break;
    default:
        break;
    }
#endif
    return true;
}

static bool value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    (void)plugin;
    *value = id == 0 ? NAN : 0.5;
    return id != 1;
}

static bool text(const struct clap_plugin *plugin, uint32_t id, double value, char *buffer, uint32_t size)
{
    (void)plugin;
    (void)id;
    snprintf(buffer, size, "%.3f ms", value);
    return true;
}

static bool number(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    (void)id;
    (void)text;
    *value = NAN;
    return true;
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)plugin;
    (void)in;
    (void)out;
}

static uint32_t ports(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 3000000000u : 3;
}

static bool port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_audio_port_info *info)
{
    (void)plugin;
    if (is_input)
        return false;
    memset(info, 'n', sizeof *info); /* a name without end */
    info->flags = 0;
    info->port_type = NULL;
    info->channel_count = index == 0 ? 0 : index == 1 ? 4000000000u : 2;
    return true;
}

/* A window of another system. */
static bool cocoa(const struct clap_plugin *plugin, const char *api, bool floats)
{
    (void)plugin;
    return strcmp(api, "cocoa") == 0 && !floats;
}

static bool no_size(const struct clap_plugin *plugin, uint32_t *width, uint32_t *height)
{
    (void)plugin;
    return *width == 0 && *height == 0;
}

static bool no_preference(const struct clap_plugin *plugin, const char **api, bool *floats)
{
    (void)plugin;
    *api = "cocoa";
    *floats = false;
    return true;
}

static bool no_scale(const struct clap_plugin *plugin, double scale)
{
    (void)plugin;
    return scale == 0;
}

static bool no_hints(const struct clap_plugin *plugin, struct clap_gui_resize_hints *hints)
{
    (void)plugin;
    return hints == NULL;
}

static bool exact(const struct clap_plugin *plugin, uint32_t width, uint32_t height)
{
    (void)plugin;
    return width == height;
}

static bool no_parent(const struct clap_plugin *plugin, const struct clap_window *window)
{
    (void)plugin;
    return window == NULL;
}

static void no_title(const struct clap_plugin *plugin, const char *title)
{
    (void)plugin;
    (void)title;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_gui gui = {cocoa,     no_preference, cocoa,    nothing, no_scale,
                                               no_size,   yes,           no_hints, no_size, exact,
                                               no_parent, no_parent,     no_title, yes,     yes};
    if (strcmp(id, "clap.gui") == 0)
        return &gui;
    static const struct clap_plugin_params params = {many, info, value, text, number, flush};
    static const struct clap_plugin_audio_ports audio_ports = {ports, port};
    (void)plugin;
    if (strcmp(id, "clap.params") == 0)
        return &params;
    return strcmp(id, "clap.audio-ports") == 0 ? &audio_ports : NULL;
}

/* -- the factory ------------------------------------------------------------------------------------------------------- */

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return sizeof listed / sizeof *listed;
}

static const struct clap_plugin_descriptor *get_descriptor(const struct clap_plugin_factory *factory, uint32_t index)
{
    (void)factory;
    return listed[index];
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    if (strcmp(id, absent.id) == 0)
        return NULL;
    struct bad *bad = calloc(1, sizeof *bad);
    bad->host = host;
    const struct clap_plugin functions = {
        &good, /* also where another one was asked for */
        bad,
        strcmp(id, stubborn.id) == 0 ? refuse : yes,
        destroy,
        activate_always,
        nothing,
        strcmp(id, holed.id) == 0 ? NULL : yes,
        nothing,
        nothing,
        process_nothing,
        strcmp(id, good.id) == 0 ? get_extension : no_extension,
        nothing,
    };
    bad->plugin = functions;
    return &bad->plugin;
}

static const struct clap_plugin_factory factory = {
    count,
    get_descriptor,
#ifdef BAD_FACTORY
    NULL,
#else
    create,
#endif
};

static const void *get_factory(const char *id)
{
#ifdef BAD_NO_FACTORY
    id = "";
#endif
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

static bool init_entry(const char *path)
{
#ifdef BAD_INIT
    (void)path;
    return false;
#else
    return path[0] == '/';
#endif
}

#ifdef BAD_VERSION
#define MAJOR 0
#else
#define MAJOR 1
#endif

#ifdef BAD_ENTRY
EXPORT const struct clap_plugin_entry clap_entry = {{MAJOR, 2, 0}, init_entry, deinit_nothing, NULL};
#else
EXPORT const struct clap_plugin_entry clap_entry = {{MAJOR, 2, 0}, init_entry, deinit_nothing, get_factory};
#endif

const void *const unused[] = {get_factory, create}; /* in some of the ways to be bad nobody names these */
