/* What a module holds, as native factories: read once from a box that lives no longer than that. */
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PLUGINS 1024u
#define MOST_FEATURES 256u
#define DESCRIPTOR_BYTES 48u
#define PROVIDER_BYTES 24u
#define CONTAINER(POINTER, MEMBER)                                                                                     \
    ((struct ib_wclap_module *)(void *)((char *)(uintptr_t)(POINTER) - offsetof(struct ib_wclap_module, MEMBER)))

/* A text of a descriptor; NULL for NULL and for lies. [main-thread] */
static const char *keep(struct ib_wclap_box *box, uint32_t address)
{
    const char *text = ib_wclap_text(box, address);
    return text != NULL ? ib_wclap_keep_in(&box->module->texts, text) : NULL;
}

/* [main-thread] */
static void read_version(struct ib_wclap_module *module, const void *at, struct clap_version *version)
{
    memcpy(version, at, sizeof *version);
    if (version->major == 0 && version->minor == 0 && version->revision == 0) {
        version->major = 1;
        ib_wclap_remark(module, "it says that it was built for CLAP 0.0.0; it is taken for 1.0.0");
    }
}

/* NULL without memory. [main-thread] */
static char *read_features(struct ib_wclap_box *box, uint32_t address)
{
    const char **list = calloc(MOST_FEATURES + 1, sizeof *list);
    for (uint32_t i = 0, count = 0; list != NULL && i < MOST_FEATURES; i++) {
        const void *at = ib_wclap_at(box, address + 4 * i, 4);
        uint32_t text = at != NULL ? ib_wclap_word(at, 0) : 0;
        if (text == 0)
            break;
        const char *kept = keep(box, text);
        if (kept != NULL)
            list[count++] = kept;
    }
    return (char *)list;
}

/* One clap_plugin_descriptor. 0 for one that cannot be read. [main-thread] */
static int read_descriptor(struct ib_wclap_box *box, uint32_t address)
{
    struct ib_wclap_module *module = box->module;
    struct clap_plugin_descriptor *to = &module->descriptors[module->descriptor_count];
    const size_t first = 12, features = 44;
    const uint8_t *from = ib_wclap_at(box, address, DESCRIPTOR_BYTES);
    if (from == NULL)
        return 0;
    read_version(module, from, &to->clap_version);
    const char *const kept[] = {
        keep(box, ib_wclap_word(from, first)),      keep(box, ib_wclap_word(from, first + 4)),
        keep(box, ib_wclap_word(from, first + 8)),  keep(box, ib_wclap_word(from, first + 12)),
        keep(box, ib_wclap_word(from, first + 16)), keep(box, ib_wclap_word(from, first + 20)),
        keep(box, ib_wclap_word(from, first + 24)), keep(box, ib_wclap_word(from, first + 28)),
    };
    if (kept[0] == NULL)
        return 0;
    to->id = kept[0];
    to->name = kept[1];
    to->vendor = kept[2];
    to->url = kept[3];
    to->manual_url = kept[4];
    to->support_url = kept[5];
    to->version = kept[6];
    to->description = kept[7];
    module->lists[module->descriptor_count] = read_features(box, ib_wclap_word(from, features));
    to->features = (const char *const *)(const void *)module->lists[module->descriptor_count];
    module->descriptor_count++;
    return 1;
}

/* One clap_preset_discovery_provider_descriptor. [main-thread] */
static void read_provider(struct ib_wclap_box *box, uint32_t address)
{
    struct ib_wclap_module *module = box->module;
    struct clap_preset_discovery_provider_descriptor *to = &module->providers[module->provider_count];
    const size_t first = 12;
    const uint8_t *from = ib_wclap_at(box, address, PROVIDER_BYTES);
    if (from == NULL)
        return;
    read_version(module, from, &to->clap_version);
    uint32_t words[] = {ib_wclap_word(from, first), ib_wclap_word(from, first + 4), ib_wclap_word(from, first + 8)};
    to->id = keep(box, words[0]);
    to->name = keep(box, words[1]);
    to->vendor = keep(box, words[2]);
    module->provider_count += to->id != NULL;
}

/* How many things a factory of the plugin's has; its functions are count, descriptor, create. [main-thread] */
static uint32_t count_of(struct ib_wclap_box *box, uint32_t factory, uint32_t *describe)
{
    const union ib_wclap_word none[] = {{.word = 0}};
    const void *at = ib_wclap_at(box, factory, 12);
    if (at == NULL)
        return 0;
    *describe = ib_wclap_word(at, 4);
    uint64_t count = ib_wclap_invoke_at(box, ib_wclap_word(at, 0), factory, "u", none);
    if (count > MOST_PLUGINS)
        ib_wclap_remark(box->module, "it lists more than 1024 plugins or preset providers; the rest was left out");
    return count < MOST_PLUGINS ? (uint32_t)count : MOST_PLUGINS;
}

/* [main-thread] */
static void read_factories(struct ib_wclap_box *box)
{
    struct ib_wclap_module *module = box->module;
    uint32_t describe = 0, factory = ib_wclap_get_factory(box, "clap.plugin-factory");
    uint32_t count = count_of(box, factory, &describe);
    module->descriptors = calloc((size_t)count + 1, sizeof *module->descriptors);
    for (uint32_t i = 0; i < count && !box->dead && module->descriptors != NULL; i++) {
        const union ib_wclap_word words[] = {{.word = i}};
        if (!read_descriptor(box, (uint32_t)ib_wclap_invoke_at(box, describe, factory, "uu", words)))
            ib_wclap_remark(module, "a plugin of the module has no descriptor, or one without an id; it was left out");
    }
    factory = box->dead ? 0 : ib_wclap_get_factory(box, "clap.preset-discovery-factory/2");
    if (factory == 0 && !box->dead)
        factory = ib_wclap_get_factory(box, "clap.preset-discovery-factory/draft-2");
    count = count_of(box, factory, &describe);
    module->providers = calloc((size_t)count + 1, sizeof *module->providers);
    for (uint32_t i = 0; i < count && !box->dead && module->providers != NULL; i++) {
        const union ib_wclap_word words[] = {{.word = i}};
        read_provider(box, (uint32_t)ib_wclap_invoke_at(box, describe, factory, "uu", words));
    }
}

/* -- the native factory ------------------------------------------------------------------------------------------------ */

/* [thread-safe] */
static uint32_t get_plugin_count(const struct clap_plugin_factory *factory)
{
    return CONTAINER(factory, factory)->descriptor_count;
}

/* [thread-safe] */
static const struct clap_plugin_descriptor *get_plugin_descriptor(const struct clap_plugin_factory *factory,
                                                                  uint32_t index)
{
    const struct ib_wclap_module *module = CONTAINER(factory, factory);
    return index < module->descriptor_count ? &module->descriptors[index] : NULL;
}

/* [main-thread] */
static const struct clap_plugin *create_plugin(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                               const char *id)
{
    struct ib_wclap_module *module = CONTAINER(factory, factory);
    return ib_wclap_plugin_new(module, host, id, module->create_reason);
}

int ib_wclap_module_list(struct ib_wclap_module *module, char *reason)
{
    struct ib_wclap_box *box = ib_wclap_box_new(module, NULL, reason);
    if (box == NULL)
        return -1;
    read_factories(box);
    int failed = box->dead;
    if (failed)
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", box->reason);
    ib_wclap_box_free(box);
    module->factory = (struct clap_plugin_factory){get_plugin_count, get_plugin_descriptor, create_plugin};
    return failed ? -1 : 0;
}

const struct clap_plugin_factory *ib_wclap_factory(struct ib_wclap_module *module)
{
    return &module->factory;
}
