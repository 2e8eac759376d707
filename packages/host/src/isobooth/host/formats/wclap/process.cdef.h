/* WCLAP: CLAP plugins compiled to WebAssembly, presented as native ones. What Python calls; all of it on the main thread. */

#define IB_WCLAP_REASON_BYTES 1024

struct ib_wclap_module;

/* How much a plugin may have. */
struct ib_wclap_limits {
    uint64_t memory_bytes;   /* of each plugin */
    uint32_t table_elements; /* functions that it may know */
    uint32_t interrupt_ms;   /* a call that takes longer is ended; 0: none is, and code runs faster */
    uint32_t is_bounded;     /* memories are reserved as they grow: slower, for systems that limit address space */
};

/* Open wasmtime's shared library, once per process. NULL, or why it cannot be used. */
const char *ib_wclap_open(const char *path);

/* Compile a module. NULL with the reason in `reason` (IB_WCLAP_REASON_BYTES). */
struct ib_wclap_module *ib_wclap_module_new(const uint8_t *wasm, uint64_t size, const struct ib_wclap_limits *limits,
                                            char *reason);
/* The same from what ib_wclap_module_code() once gave, which is executed as it is: the caller must know where it is from.
 * NULL with the reason where this wasmtime, processor or limits need other code. */
struct ib_wclap_module *ib_wclap_module_of_code(const uint8_t *code, uint64_t size,
                                                const struct ib_wclap_limits *limits, char *reason);
/* The compiled form: its size, 0 without memory; it is copied if there is `room` for all of it. */
uint64_t ib_wclap_module_code(const struct ib_wclap_module *module, uint8_t *into, uint64_t room);
/* The same of a small module that never changes, compiled with these limits: two hosts that get the same bytes need the
 * same code of every module. 0 if it cannot be compiled. */
uint64_t ib_wclap_sample_code(const struct ib_wclap_limits *limits, uint8_t *into, uint64_t room);
/* Let plugins of the module see a folder as `guest`. 0, or -1 without memory. */
int ib_wclap_module_add_folder(struct ib_wclap_module *module, const char *guest, const char *folder, int is_writable);
/* Ask the module what it holds. 0, or -1 with the reason in `reason`. */
int ib_wclap_module_list(struct ib_wclap_module *module, char *reason);
/* The plugins that were listed. */
const struct clap_plugin_factory *ib_wclap_factory(struct ib_wclap_module *module);
/* NULL if the module has no presets to discover. */
const struct clap_preset_discovery_factory *ib_wclap_presets(struct ib_wclap_module *module);
/* What was odd about it, one sentence per line; empty if nothing. Valid until the module is freed. */
const char *ib_wclap_remarks(const struct ib_wclap_module *module);
/* After all of its plugins are destroyed. */
void ib_wclap_module_free(struct ib_wclap_module *module);

/* Why a plugin of ib_wclap_factory() runs no more; empty while it does. [any-thread] */
const char *ib_wclap_reason(const struct clap_plugin *plugin);
/* Why the last create_plugin of the factory returned NULL; empty if it did not. */
const char *ib_wclap_create_reason(const struct ib_wclap_module *module);
