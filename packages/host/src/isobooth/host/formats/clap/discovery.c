/* The two objects that a preset provider talks to (factory/preset-discovery.h): what it declares and tells becomes a list of
 * remarks. Providers are only called from the thread that scans. */
#include "formats/clap/heard.h"

#include <stdlib.h>
#include <string.h>

/* [scanning thread] */
static int found(struct ib_clap_discovery *discovery, uint32_t kind, int64_t first, int64_t second, const char *one,
                 const char *two, const char *three)
{
    return ib_clap_hear(&discovery->heard, &(struct ib_clap_remark){
                                               .kind = kind,
                                               .numbers = {first, second},
                                               .texts = {IB_CLAP_TEXT(one), IB_CLAP_TEXT(two), IB_CLAP_TEXT(three)},
                                           });
}

/* -- the indexer ------------------------------------------------------------------------------------------------------- */

/* NULL where the provider may not call: in create(). [scanning thread] */
static struct ib_clap_discovery *listening(const struct clap_preset_discovery_indexer *indexer)
{
    struct ib_clap_discovery *discovery = indexer != NULL ? indexer->indexer_data : NULL;
    return discovery != NULL && discovery->is_listening ? discovery : NULL;
}

/* [scanning thread] */
static bool declare_filetype(const struct clap_preset_discovery_indexer *indexer,
                             const struct clap_preset_discovery_filetype *filetype)
{
    struct ib_clap_discovery *discovery = listening(indexer);
    return discovery != NULL && filetype != NULL &&
           found(discovery, IB_CLAP_FOUND_FILETYPE, 0, 0, filetype->name, filetype->file_extension, NULL);
}

/* [scanning thread] */
static bool declare_location(const struct clap_preset_discovery_indexer *indexer,
                             const struct clap_preset_discovery_location *location)
{
    struct ib_clap_discovery *discovery = listening(indexer);
    if (discovery == NULL || location == NULL)
        return false;
    int is_file = location->kind == CLAP_PRESET_DISCOVERY_LOCATION_FILE && location->location != NULL &&
                  location->location[0] == '/';
    int is_plugin = location->kind == CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN && location->location == NULL;
    return (is_file || is_plugin) && found(discovery, IB_CLAP_FOUND_LOCATION, location->kind, location->flags,
                                           location->name, location->location, NULL);
}

/* [scanning thread] */
static bool declare_soundpack(const struct clap_preset_discovery_indexer *indexer,
                              const struct clap_preset_discovery_soundpack *soundpack)
{
    struct ib_clap_discovery *discovery = listening(indexer);
    return discovery != NULL && soundpack != NULL && soundpack->id != NULL && soundpack->id[0] != '\0' &&
           found(discovery, IB_CLAP_FOUND_SOUNDPACK, soundpack->flags, 0, soundpack->id, soundpack->name,
                 soundpack->vendor);
}

/* There are none. [scanning thread] */
static const void *get_extension(const struct clap_preset_discovery_indexer *indexer, const char *id)
{
    (void)indexer;
    (void)id;
    return NULL;
}

/* -- the receiver ------------------------------------------------------------------------------------------------------ */

/* [scanning thread] */
static void on_error(const struct clap_preset_discovery_metadata_receiver *receiver, int32_t os_error,
                     const char *message)
{
    struct ib_clap_discovery *discovery = receiver != NULL ? receiver->receiver_data : NULL;
    if (discovery != NULL)
        found(discovery, IB_CLAP_FOUND_ERROR, os_error, 0, message, NULL, NULL);
}

/* [scanning thread] */
static bool begin_preset(const struct clap_preset_discovery_metadata_receiver *receiver, const char *name,
                         const char *load_key)
{
    struct ib_clap_discovery *discovery = receiver != NULL ? receiver->receiver_data : NULL;
    if (discovery == NULL)
        return false;
    discovery->in_preset = 0;
    if (discovery->presets_left == 0) {
        discovery->heard.lost++;
        return false;
    }
    if (!found(discovery, IB_CLAP_FOUND_PRESET, 0, 0, name, load_key, NULL))
        return false;
    discovery->presets_left--;
    discovery->in_preset = 1;
    return true;
}

/* One property of the preset that was begun last; without one it belongs to none. [scanning thread] */
static void property(const struct clap_preset_discovery_metadata_receiver *receiver, uint32_t kind, int64_t number,
                     const char *one, const char *two)
{
    struct ib_clap_discovery *discovery = receiver != NULL ? receiver->receiver_data : NULL;
    if (discovery != NULL && discovery->in_preset)
        found(discovery, kind, number, 0, one, two, NULL);
}

/* [scanning thread] */
static void add_plugin_id(const struct clap_preset_discovery_metadata_receiver *receiver,
                          const struct clap_universal_plugin_id *plugin_id)
{
    if (plugin_id != NULL)
        property(receiver, IB_CLAP_FOUND_PLUGIN, 0, plugin_id->abi, plugin_id->id);
}

/* [scanning thread] */
static void set_soundpack_id(const struct clap_preset_discovery_metadata_receiver *receiver, const char *id)
{
    property(receiver, IB_CLAP_FOUND_PACK, 0, id, NULL);
}

/* [scanning thread] */
static void set_flags(const struct clap_preset_discovery_metadata_receiver *receiver, uint32_t flags)
{
    property(receiver, IB_CLAP_FOUND_FLAGS, flags, NULL, NULL);
}

/* [scanning thread] */
static void add_creator(const struct clap_preset_discovery_metadata_receiver *receiver, const char *creator)
{
    property(receiver, IB_CLAP_FOUND_CREATOR, 0, creator, NULL);
}

/* [scanning thread] */
static void set_description(const struct clap_preset_discovery_metadata_receiver *receiver, const char *description)
{
    property(receiver, IB_CLAP_FOUND_DESCRIPTION, 0, description, NULL);
}

/* Descriptions of presets have no times. [scanning thread] */
static void set_timestamps(const struct clap_preset_discovery_metadata_receiver *receiver, uint64_t created,
                           uint64_t modified)
{
    (void)receiver;
    (void)created;
    (void)modified;
}

/* [scanning thread] */
static void add_feature(const struct clap_preset_discovery_metadata_receiver *receiver, const char *feature)
{
    property(receiver, IB_CLAP_FOUND_FEATURE, 0, feature, NULL);
}

/* Descriptions of presets have no place for what only one vendor knows. [scanning thread] */
static void add_extra_info(const struct clap_preset_discovery_metadata_receiver *receiver, const char *key,
                           const char *value)
{
    (void)receiver;
    (void)key;
    (void)value;
}

struct ib_clap_discovery *ib_clap_discovery_new(const char *version, uint32_t most_presets)
{
    struct ib_clap_discovery *discovery = calloc(1, sizeof *discovery);
    if (discovery == NULL)
        return NULL;
    discovery->presets_left = most_presets;
    discovery->indexer = (struct clap_preset_discovery_indexer){
        {1, 2, 10},       "isobooth",        "isobooth",    "", version, discovery, declare_filetype,
        declare_location, declare_soundpack, get_extension,
    };
    discovery->receiver = (struct clap_preset_discovery_metadata_receiver){
        discovery,   on_error,        begin_preset,   add_plugin_id, set_soundpack_id, set_flags,
        add_creator, set_description, set_timestamps, add_feature,   add_extra_info,
    };
    return discovery;
}

void ib_clap_discovery_free(struct ib_clap_discovery *discovery)
{
    ib_clap_heard_clear(&discovery->heard);
    free(discovery);
}
