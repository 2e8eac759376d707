/* Two plugins in one module, with everything that a manifest can say of them. */
#include "clap_test.h"

static const char *const features[] = {"audio-effect", "Reverb", NULL};
static const char *const other_features[] = {"instrument", NULL};
static const struct clap_plugin_descriptor descriptors[2] = {
    {{1, 2, 0}, "test.two.a", "Two A", "isobooth tests", "https://a.example", "", "", "1.0", "first", features},
    {{1, 2, 0}, "test.two.b", "Two B", "isobooth tests", "", "", "", "2.0", "", other_features},
};
static struct clap_plugin made[2];

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    (void)host;
    for (int at = 0; at < 2; at++) {
        if (strcmp(id, descriptors[at].id) != 0)
            continue;
        made[at] = (struct clap_plugin){
            &descriptors[at], NULL,         yes,     nothing, activate_always, nothing, yes, nothing, nothing,
            process_nothing,  no_extension, nothing,
        };
        return &made[at];
    }
    return NULL;
}

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return 2;
}

static const struct clap_plugin_descriptor *list(const struct clap_plugin_factory *factory, uint32_t at)
{
    (void)factory;
    return at < 2 ? &descriptors[at] : NULL;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count, list, create};
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};
