/* Four plugins in one file. What goes wrong, and where, is chosen at compile time:
 *
 * DEADLY   number of the plugin that is meant (2)
 * AT       1 in create, 2 in destroy, 3 in the library's destructor, 4 when presets are asked for, 5 in the constructor
 * HANGS    it sleeps for ever instead of dying
 * SLOW     milliseconds that create takes, of every plugin */
#include "clap_test.h"

#include <unistd.h>

#ifndef DEADLY
#define DEADLY 2
#endif
#ifndef AT
#define AT 0
#endif
#ifndef SLOW
#define SLOW 0
#endif

#define COUNT 4

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor listed[COUNT] = {
    DESCRIBE("many.0", "Many A"),
    DESCRIBE("many.1", "Many B"),
    DESCRIBE("many.2", "Many C"),
    DESCRIBE("many.3", "Many D"),
};

static void misbehave(int at)
{
    if (at != AT)
        return;
#ifdef HANGS
    for (;;)
        pause();
#else
    abort();
#endif
}

__attribute__((constructor)) static void begin(void)
{
    misbehave(5);
}

__attribute__((destructor)) static void end(void)
{
    misbehave(3);
}

static void destroy(const struct clap_plugin *plugin)
{
    if (plugin->desc == &listed[DEADLY])
        misbehave(2);
    free((void *)plugin);
}

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return COUNT;
}

static const struct clap_plugin_descriptor *get_descriptor(const struct clap_plugin_factory *factory, uint32_t at)
{
    (void)factory;
    return &listed[at];
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    (void)host;
    usleep(SLOW * 1000);
    int number = id[5] - '0';
    if (number == DEADLY)
        misbehave(1);
    const struct clap_plugin functions = {
        &listed[number], NULL,         yes,     destroy, activate_always, nothing, yes, nothing, nothing,
        process_nothing, no_extension, nothing,
    };
    struct clap_plugin *plugin = malloc(sizeof *plugin);
    memcpy(plugin, &functions, sizeof functions);
    return plugin;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count, get_descriptor, create};
    if (strstr(id, "preset-discovery") != NULL)
        misbehave(4);
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};
