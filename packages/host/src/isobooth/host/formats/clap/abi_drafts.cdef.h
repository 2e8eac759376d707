/* Drafts of CLAP that plugins ship with: ext/draft/undo.h, transport-control.h, resource-directory.h, tuning.h,
 * scratch-memory.h. */

/* Three extensions: clap.undo/4 (the host's), clap.undo_delta/4 and clap.undo_context/4 (the plugin's). */
struct clap_undo_delta_properties {
    bool has_delta;
    bool are_deltas_persistent;
    uint32_t format_version;
};

struct clap_plugin_undo_delta {
    void (*get_delta_properties)(const struct clap_plugin *plugin, struct clap_undo_delta_properties *properties);
    bool (*can_use_delta_format_version)(const struct clap_plugin *plugin, uint32_t format_version);
    bool (*undo)(const struct clap_plugin *plugin, uint32_t format_version, const void *delta, size_t delta_size);
    bool (*redo)(const struct clap_plugin *plugin, uint32_t format_version, const void *delta, size_t delta_size);
};

struct clap_plugin_undo_context {
    void (*set_can_undo)(const struct clap_plugin *plugin, bool can_undo);
    void (*set_can_redo)(const struct clap_plugin *plugin, bool can_redo);
    void (*set_undo_name)(const struct clap_plugin *plugin, const char *name);
    void (*set_redo_name)(const struct clap_plugin *plugin, const char *name);
};

struct clap_host_undo {
    void (*begin_change)(const struct clap_host *host);
    void (*cancel_change)(const struct clap_host *host);
    void (*change_made)(const struct clap_host *host, const char *name, const void *delta, size_t delta_size,
                        bool delta_can_undo);
    void (*request_undo)(const struct clap_host *host);
    void (*request_redo)(const struct clap_host *host);
    void (*set_wants_context_updates)(const struct clap_host *host, bool is_subscribed);
};

/* Beats are fixed point, 1 << 31 for one (fixedpoint.h). */
struct clap_host_transport_control {
    void (*request_start)(const struct clap_host *host);
    void (*request_stop)(const struct clap_host *host);
    void (*request_continue)(const struct clap_host *host);
    void (*request_pause)(const struct clap_host *host);
    void (*request_toggle_play)(const struct clap_host *host);
    void (*request_jump)(const struct clap_host *host, int64_t position);
    void (*request_loop_region)(const struct clap_host *host, int64_t start, int64_t duration);
    void (*request_toggle_loop)(const struct clap_host *host);
    void (*request_enable_loop)(const struct clap_host *host, bool is_enabled);
    void (*request_record)(const struct clap_host *host, bool is_recording);
    void (*request_toggle_record)(const struct clap_host *host);
    void (*request_tempo)(const struct clap_host *host, double tempo);
    void (*request_time_signature)(const struct clap_host *host, uint16_t tsig_num, uint16_t tsig_denom);
};

struct clap_plugin_resource_directory {
    void (*set_directory)(const struct clap_plugin *plugin, const char *path, bool is_shared);
    void (*collect)(const struct clap_plugin *plugin, bool all);
    uint32_t (*get_files_count)(const struct clap_plugin *plugin);
    int32_t (*get_file_path)(const struct clap_plugin *plugin, uint32_t index, char *path, uint32_t path_size);
};

struct clap_host_resource_directory {
    bool (*request_directory)(const struct clap_host *host, bool is_shared);
    void (*release_directory)(const struct clap_host *host, bool is_shared);
};

struct clap_tuning_info {
    uint32_t tuning_id;
    char name[256];
    bool is_dynamic;
};

struct clap_plugin_tuning {
    void (*changed)(const struct clap_plugin *plugin);
};

struct clap_host_tuning {
    double (*get_relative)(const struct clap_host *host, uint32_t tuning_id, int32_t channel, int32_t key,
                           uint32_t sample_offset);
    bool (*should_play)(const struct clap_host *host, uint32_t tuning_id, int32_t channel, int32_t key);
    uint32_t (*get_tuning_count)(const struct clap_host *host);
    bool (*get_info)(const struct clap_host *host, uint32_t tuning_index, struct clap_tuning_info *info);
};

struct clap_host_scratch_memory {
    bool (*reserve)(const struct clap_host *host, uint32_t scratch_size_bytes, uint32_t max_concurrency_hint);
    void *(*access)(const struct clap_host *host);
};
