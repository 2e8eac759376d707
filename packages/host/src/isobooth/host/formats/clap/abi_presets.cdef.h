/* CLAP's presets: factory/preset-discovery.h, universal-plugin-id.h, ext/preset-load.h, ext/state-context.h. */

#define CLAP_PRESET_DISCOVERY_LOCATION_FILE 0
#define CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN 1

#define CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT 1
#define CLAP_PRESET_DISCOVERY_IS_USER_CONTENT 2
#define CLAP_PRESET_DISCOVERY_IS_DEMO_CONTENT 4
#define CLAP_PRESET_DISCOVERY_IS_FAVORITE 8

/* `abi` is "clap", "vst3" ...; `id` is written as that format writes it. */
struct clap_universal_plugin_id {
    const char *abi;
    const char *id;
};

struct clap_preset_discovery_metadata_receiver {
    void *receiver_data;
    void (*on_error)(const struct clap_preset_discovery_metadata_receiver *receiver, int32_t os_error,
                     const char *error_message);
    bool (*begin_preset)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *name,
                         const char *load_key);
    void (*add_plugin_id)(const struct clap_preset_discovery_metadata_receiver *receiver,
                          const struct clap_universal_plugin_id *plugin_id);
    void (*set_soundpack_id)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *soundpack_id);
    void (*set_flags)(const struct clap_preset_discovery_metadata_receiver *receiver, uint32_t flags);
    void (*add_creator)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *creator);
    void (*set_description)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *description);
    void (*set_timestamps)(const struct clap_preset_discovery_metadata_receiver *receiver, uint64_t creation_time,
                           uint64_t modification_time);
    void (*add_feature)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *feature);
    void (*add_extra_info)(const struct clap_preset_discovery_metadata_receiver *receiver, const char *key,
                           const char *value);
};

struct clap_preset_discovery_filetype {
    const char *name;
    const char *description;
    const char *file_extension; /* without its dot; empty or NULL: every file */
};

struct clap_preset_discovery_location {
    uint32_t flags;
    const char *name;
    uint32_t kind;
    const char *location; /* NULL for presets inside the plugin */
};

struct clap_preset_discovery_soundpack {
    uint32_t flags;
    const char *id;
    const char *name;
    const char *description;
    const char *homepage_url;
    const char *vendor;
    const char *image_path;
    uint64_t release_timestamp;
};

struct clap_preset_discovery_provider_descriptor {
    struct clap_version clap_version;
    const char *id;
    const char *name;
    const char *vendor;
};

struct clap_preset_discovery_provider {
    const struct clap_preset_discovery_provider_descriptor *desc;
    void *provider_data;
    bool (*init)(const struct clap_preset_discovery_provider *provider);
    void (*destroy)(const struct clap_preset_discovery_provider *provider);
    bool (*get_metadata)(const struct clap_preset_discovery_provider *provider, uint32_t location_kind,
                         const char *location, const struct clap_preset_discovery_metadata_receiver *receiver);
    const void *(*get_extension)(const struct clap_preset_discovery_provider *provider, const char *extension_id);
};

struct clap_preset_discovery_indexer {
    struct clap_version clap_version;
    const char *name;
    const char *vendor;
    const char *url;
    const char *version;
    void *indexer_data;
    bool (*declare_filetype)(const struct clap_preset_discovery_indexer *indexer,
                             const struct clap_preset_discovery_filetype *filetype);
    bool (*declare_location)(const struct clap_preset_discovery_indexer *indexer,
                             const struct clap_preset_discovery_location *location);
    bool (*declare_soundpack)(const struct clap_preset_discovery_indexer *indexer,
                              const struct clap_preset_discovery_soundpack *soundpack);
    const void *(*get_extension)(const struct clap_preset_discovery_indexer *indexer, const char *extension_id);
};

struct clap_preset_discovery_factory {
    uint32_t (*count)(const struct clap_preset_discovery_factory *factory);
    const struct clap_preset_discovery_provider_descriptor *(*get_descriptor)(
        const struct clap_preset_discovery_factory *factory, uint32_t index);
    const struct clap_preset_discovery_provider *(*create)(const struct clap_preset_discovery_factory *factory,
                                                           const struct clap_preset_discovery_indexer *indexer,
                                                           const char *provider_id);
};

struct clap_plugin_preset_load {
    bool (*from_location)(const struct clap_plugin *plugin, uint32_t location_kind, const char *location,
                          const char *load_key);
};

struct clap_host_preset_load {
    void (*on_error)(const struct clap_host *host, uint32_t location_kind, const char *location, const char *load_key,
                     int32_t os_error, const char *msg);
    void (*loaded)(const struct clap_host *host, uint32_t location_kind, const char *location, const char *load_key);
};

#define CLAP_STATE_CONTEXT_FOR_PRESET 1
#define CLAP_STATE_CONTEXT_FOR_DUPLICATE 2
#define CLAP_STATE_CONTEXT_FOR_PROJECT 3

struct clap_plugin_state_context {
    bool (*save)(const struct clap_plugin *plugin, const struct clap_ostream *stream, uint32_t context_type);
    bool (*load)(const struct clap_plugin *plugin, const struct clap_istream *stream, uint32_t context_type);
};
