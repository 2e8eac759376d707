/* Preset discovery (factory/preset-discovery.h): providers in boxes of their own, and what they say to the host. Locations of files
 * are paths in the plugin's own folders there, and paths of the system here. */
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINER(POINTER, MEMBER)                                                                                     \
    ((struct ib_wclap_module *)(void *)((char *)(uintptr_t)(POINTER) - offsetof(struct ib_wclap_module, MEMBER)))
#define WORD(AT) ((uint32_t)call->values[AT].i32)
#define TEXT(AT) ib_wclap_text(call->box, WORD(AT))

/* -- what a provider calls --------------------------------------------------------------------------------------------- */

/* A struct that an argument points at; NULL for NULL, and with a fault if it is not all the plugin's. [main-thread] */
static const void *struct_of(struct ib_wclap_call *call, uint64_t bytes)
{
    const void *at = ib_wclap_at(call->box, WORD(1), bytes);
    if (at == NULL && WORD(1) != 0)
        ib_wclap_fault(call->box, "its preset provider gave a pointer that leads outside of its memory");
    return at;
}

/* A text in such a struct. [main-thread] */
static const char *text_in(struct ib_wclap_call *call, const void *at, size_t offset)
{
    return at != NULL ? ib_wclap_text(call->box, ib_wclap_word(at, offset)) : NULL;
}

/* [main-thread] */
static void declare_filetype(struct ib_wclap_call *call)
{
    const struct clap_preset_discovery_indexer *indexer = call->native;
    const void *at = struct_of(call, 12);
    struct clap_preset_discovery_filetype type = {text_in(call, at, 0), text_in(call, at, 4), text_in(call, at, 8)};
    call->values[0].i32 = at != NULL && indexer->declare_filetype(indexer, &type);
}

/* Does the path name something in the folders that the plugin has? The host crawls it, and tells the plugin the names of
 * files: of others it must not learn. [main-thread] */
static int is_seen(const struct ib_wclap_module *module, const char *guest, char *path)
{
    if (guest == NULL || ib_wclap_host_path(module, guest, path) == guest)
        return 0;
    for (const char *at = strstr(guest, "/.."); at != NULL; at = strstr(at + 1, "/..")) {
        if (at[3] == '/' || at[3] == 0)
            return 0;
    }
    return 1;
}

/* [main-thread] */
static void declare_location(struct ib_wclap_call *call)
{
    const struct clap_preset_discovery_indexer *indexer = call->native;
    const void *at = struct_of(call, 16);
    char path[4096];
    struct clap_preset_discovery_location location = {0};
    if (at != NULL) {
        location.flags = ib_wclap_word(at, 0);
        location.name = text_in(call, at, 4);
        location.kind = ib_wclap_word(at, 8);
        location.location = text_in(call, at, 12);
    }
    int is_file = at != NULL && location.kind == CLAP_PRESET_DISCOVERY_LOCATION_FILE && location.location != NULL;
    if (is_file && !is_seen(call->box->module, location.location, path)) {
        call->values[0].i32 = 0;
        return;
    }
    location.location = is_file ? path : location.location;
    call->values[0].i32 = at != NULL && indexer->declare_location(indexer, &location);
}

/* [main-thread] */
static void declare_soundpack(struct ib_wclap_call *call)
{
    const struct clap_preset_discovery_indexer *indexer = call->native;
    const void *at = struct_of(call, 40);
    struct clap_preset_discovery_soundpack pack = {0};
    if (at != NULL) {
        pack.flags = ib_wclap_word(at, 0);
        pack.id = text_in(call, at, 4);
        pack.name = text_in(call, at, 8);
        pack.description = text_in(call, at, 12);
        pack.homepage_url = text_in(call, at, 16);
        pack.vendor = text_in(call, at, 20);
        pack.image_path = text_in(call, at, 24);
        memcpy(&pack.release_timestamp, (const uint8_t *)at + 32, sizeof pack.release_timestamp);
    }
    call->values[0].i32 = at != NULL && indexer->declare_soundpack(indexer, &pack);
}

/* [main-thread] */
static void get_nothing(struct ib_wclap_call *call)
{
    call->values[0].i32 = 0;
}

/* A function of the receiver: one with arguments, and what it gives. */
#define RECEIVE(NAME, ...)                                                                                             \
    static void receive_##NAME(struct ib_wclap_call *call)                                                             \
    {                                                                                                                  \
        const struct clap_preset_discovery_metadata_receiver *receiver = call->native;                                 \
        receiver->NAME(receiver, __VA_ARGS__);                                                                         \
    }
RECEIVE(on_error, call->values[1].i32, TEXT(2))
RECEIVE(set_soundpack_id, TEXT(1))
RECEIVE(set_flags, WORD(1))
RECEIVE(add_creator, TEXT(1))
RECEIVE(set_description, TEXT(1))
RECEIVE(set_timestamps, (uint64_t)call->values[1].i64, (uint64_t)call->values[2].i64)
RECEIVE(add_feature, TEXT(1))
RECEIVE(add_extra_info, TEXT(1), TEXT(2))

/* [main-thread] */
static void receive_begin_preset(struct ib_wclap_call *call)
{
    const struct clap_preset_discovery_metadata_receiver *receiver = call->native;
    call->values[0].i32 = receiver->begin_preset(receiver, TEXT(1), TEXT(2));
}

/* A WCLAP names its plugins as "clap" ones, or as "wclap". [main-thread] */
static void receive_add_plugin_id(struct ib_wclap_call *call)
{
    const struct clap_preset_discovery_metadata_receiver *receiver = call->native;
    const void *at = struct_of(call, 8);
    struct clap_universal_plugin_id id = {text_in(call, at, 0), text_in(call, at, 4)};
    if (id.abi != NULL && strcmp(id.abi, "wclap") == 0)
        id.abi = "clap";
    if (at != NULL)
        receiver->add_plugin_id(receiver, &id);
}

#define TAKES(...) IB_SIGNATURE(IB_V, IB_I, ##__VA_ARGS__)
#define GIVES(...) IB_SIGNATURE(IB_I, IB_I, ##__VA_ARGS__)

const struct ib_wclap_host_row ib_wclap_preset_rows[IB_WCLAP_PRESET_ROWS] = {
    {IB_WCLAP_INDEXER, 32, GIVES(IB_I), declare_filetype},
    {IB_WCLAP_INDEXER, 36, GIVES(IB_I), declare_location},
    {IB_WCLAP_INDEXER, 40, GIVES(IB_I), declare_soundpack},
    {IB_WCLAP_INDEXER, 44, GIVES(IB_I), get_nothing},
    {IB_WCLAP_RECEIVER, 4, TAKES(IB_I, IB_I), receive_on_error},
    {IB_WCLAP_RECEIVER, 8, GIVES(IB_I, IB_I), receive_begin_preset},
    {IB_WCLAP_RECEIVER, 12, TAKES(IB_I), receive_add_plugin_id},
    {IB_WCLAP_RECEIVER, 16, TAKES(IB_I), receive_set_soundpack_id},
    {IB_WCLAP_RECEIVER, 20, TAKES(IB_I), receive_set_flags},
    {IB_WCLAP_RECEIVER, 24, TAKES(IB_I), receive_add_creator},
    {IB_WCLAP_RECEIVER, 28, TAKES(IB_I), receive_set_description},
    {IB_WCLAP_RECEIVER, 32, TAKES(IB_L, IB_L), receive_set_timestamps},
    {IB_WCLAP_RECEIVER, 36, TAKES(IB_I), receive_add_feature},
    {IB_WCLAP_RECEIVER, 40, TAKES(IB_I, IB_I), receive_add_extra_info},
};

/* -- providers --------------------------------------------------------------------------------------------------------- */

struct provider {
    struct clap_preset_discovery_provider native;
    struct ib_wclap_box *box;
    uint32_t address;
    uint32_t functions[3]; /* init, destroy, get_metadata */
};

/* Call function `at` of a provider. [main-thread] */
static uint64_t ask(const struct clap_preset_discovery_provider *native, int at, const char *codes,
                    const union ib_wclap_word *words)
{
    struct provider *provider = native->provider_data;
    if (!ib_wclap_enter(provider->box))
        return 0;
    uint64_t result = ib_wclap_invoke_at(provider->box, provider->functions[at], provider->address, codes, words);
    ib_wclap_leave(provider->box);
    return result;
}

/* [main-thread] */
static bool provider_init(const struct clap_preset_discovery_provider *native)
{
    const union ib_wclap_word none[] = {{.word = 0}};
    return ask(native, 0, "u", none) != 0;
}

/* [main-thread] */
static void provider_destroy(const struct clap_preset_discovery_provider *native)
{
    const union ib_wclap_word none[] = {{.word = 0}};
    struct provider *provider = native->provider_data;
    (void)ask(native, 1, "v", none);
    ib_wclap_box_free(provider->box);
    free(provider);
}

/* [main-thread] */
static bool provider_metadata(const struct clap_preset_discovery_provider *native, uint32_t kind, const char *location,
                              const struct clap_preset_discovery_metadata_receiver *receiver)
{
    const union ib_wclap_word words[] = {{.word = kind}, {.pointer = location}, {.pointer = receiver}};
    return ask(native, 2, "uuLr", words) != 0;
}

/* [main-thread] */
static const void *provider_extension(const struct clap_preset_discovery_provider *native, const char *id)
{
    (void)native;
    (void)id;
    return NULL;
}

/* 0, or -1. [main-thread] */
static int create_provider(struct provider *provider, const struct clap_preset_discovery_indexer *indexer,
                           const char *id)
{
    const size_t first = 8, bytes = 24;
    struct ib_wclap_box *box = provider->box;
    uint32_t factory = ib_wclap_get_factory(box, "clap.preset-discovery-factory/2");
    if (factory == 0)
        factory = ib_wclap_get_factory(box, "clap.preset-discovery-factory/draft-2");
    const void *at = ib_wclap_at(box, factory, 12);
    box->current[IB_WCLAP_INDEXER] = indexer;
    if (at == NULL)
        return -1;
    const union ib_wclap_word words[] = {{.word = box->groups[IB_WCLAP_INDEXER]}, {.pointer = id}};
    provider->address = (uint32_t)ib_wclap_invoke_at(box, ib_wclap_word(at, 8), factory, "uus", words);
    at = ib_wclap_at(box, provider->address, bytes);
    for (size_t i = 0; at != NULL && i < 3; i++)
        provider->functions[i] = ib_wclap_word(at, first + 4 * i);
    return at != NULL ? 0 : -1;
}

/* [main-thread] */
static const struct clap_preset_discovery_provider *create(const struct clap_preset_discovery_factory *factory,
                                                           const struct clap_preset_discovery_indexer *indexer,
                                                           const char *id)
{
    struct ib_wclap_module *module = CONTAINER(factory, presets);
    struct provider *provider = calloc(1, sizeof *provider);
    if (provider == NULL)
        return NULL;
    provider->native = (struct clap_preset_discovery_provider){
        NULL, provider, provider_init, provider_destroy, provider_metadata, provider_extension,
    };
    provider->box = ib_wclap_box_new(module, NULL, module->create_reason);
    if (provider->box != NULL && create_provider(provider, indexer, id) == 0)
        return &provider->native;
    if (provider->box != NULL)
        ib_wclap_box_free(provider->box);
    free(provider);
    return NULL;
}

/* [main-thread] */
static uint32_t count(const struct clap_preset_discovery_factory *factory)
{
    return CONTAINER(factory, presets)->provider_count;
}

/* [main-thread] */
static const struct clap_preset_discovery_provider_descriptor *
get_descriptor(const struct clap_preset_discovery_factory *factory, uint32_t index)
{
    const struct ib_wclap_module *module = CONTAINER(factory, presets);
    return index < module->provider_count ? &module->providers[index] : NULL;
}

const struct clap_preset_discovery_factory *ib_wclap_presets(struct ib_wclap_module *module)
{
    if (module->provider_count == 0)
        return NULL;
    module->presets = (struct clap_preset_discovery_factory){count, get_descriptor, create};
    return &module->presets;
}
