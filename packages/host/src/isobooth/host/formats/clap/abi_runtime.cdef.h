/* CLAP's extensions that concern playing and nothing else. */

/* -- ext/thread-pool.h ------------------------------------------------------------------------------------------------- */

struct clap_plugin_thread_pool {
    void (*exec)(const struct clap_plugin *plugin, uint32_t task_index);
};

struct clap_host_thread_pool {
    bool (*request_exec)(const struct clap_host *host, uint32_t num_tasks);
};

/* -- ext/event-registry.h ---------------------------------------------------------------------------------------------- */

struct clap_host_event_registry {
    bool (*query)(const struct clap_host *host, const char *space_name, uint16_t *space_id);
};
