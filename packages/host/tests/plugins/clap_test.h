/* What the test plugins have in common: empty functions to start from, and an entry with a factory that lists one plugin,
 * whose file defines `descriptor` and `create`. */
#ifndef CLAP_TEST_H
#define CLAP_TEST_H

#include "formats/clap/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define UNUSED __attribute__((unused))

static UNUSED bool yes(const struct clap_plugin *plugin)
{
    (void)plugin;
    return true;
}

static UNUSED void nothing(const struct clap_plugin *plugin)
{
    (void)plugin;
}

static UNUSED bool activate_always(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    (void)plugin;
    (void)rate;
    (void)least;
    (void)most;
    return true;
}

static UNUSED int32_t process_nothing(const struct clap_plugin *plugin, const struct clap_process *process)
{
    (void)plugin;
    (void)process;
    return CLAP_PROCESS_CONTINUE;
}

static UNUSED const void *no_extension(const struct clap_plugin *plugin, const char *id)
{
    (void)plugin;
    (void)id;
    return NULL;
}

static UNUSED bool init_always(const char *path)
{
    return path != NULL && path[0] == '/';
}

static UNUSED void deinit_nothing(void)
{
}

#define DESCRIBE(ID, NAME) {{1, 2, 0}, ID, NAME, "isobooth tests", "", "", "", "1.0", "for tests", features}

#define ONE_PLUGIN                                                                                                     \
    static uint32_t count_one(const struct clap_plugin_factory *factory)                                               \
    {                                                                                                                  \
        (void)factory;                                                                                                 \
        return 1;                                                                                                      \
    }                                                                                                                  \
    static const struct clap_plugin_descriptor *list_one(const struct clap_plugin_factory *factory, uint32_t at)       \
    {                                                                                                                  \
        (void)factory;                                                                                                 \
        return at == 0 ? &descriptor : NULL;                                                                           \
    }                                                                                                                  \
    static const void *get_factory(const char *id)                                                                     \
    {                                                                                                                  \
        static const struct clap_plugin_factory factory = {count_one, list_one, create};                               \
        return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;                                               \
    }                                                                                                                  \
    EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};

#endif
