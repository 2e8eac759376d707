/* What the C files of WCLAP share. A *box* is one instance of a module with all that belongs to it: a store, a memory, a table, and
 * one lock, for nothing in a WebAssembly instance may run twice at the same time. Every plugin has a box of its own.
 *
 * Addresses in the memory of a box are uint32_t; what they point at belongs to the plugin and may lie or change at any
 * call. So every access goes through ib_wclap_at() or ib_wclap_text(), and what is needed later is copied. */
#ifndef ISOBOOTH_WCLAP_H
#define ISOBOOTH_WCLAP_H

#include "formats/clap/abi.h"
#include "formats/wclap/process.cdef.h"
#include "formats/wclap/wasmtime.h"

#include <pthread.h>

/* Types of functions: the result in the low three bits, then one parameter in every three. */
enum { IB_V, IB_I, IB_L, IB_F, IB_D };
#define IB_SIGNATURE_(R, A, B, C, D, E, F, G, ...)                                                                     \
    ((uint32_t)(R) | (uint32_t)(A) << 3 | (uint32_t)(B) << 6 | (uint32_t)(C) << 9 | (uint32_t)(D) << 12 |              \
     (uint32_t)(E) << 15 | (uint32_t)(F) << 18 | (uint32_t)(G) << 21)
#define IB_SIGNATURE(...) IB_SIGNATURE_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0)
#define IB_NO_SIGNATURE UINT32_MAX
#define IB_WCLAP_MOST_VALUES 8

/* Structs that the host gives to plugins, each with functions in the plugin's table; host_groups.c lists them. */
enum ib_wclap_group {
    IB_WCLAP_HOST,
    IB_WCLAP_IN_EVENTS,
    IB_WCLAP_OUT_EVENTS,
    IB_WCLAP_ISTREAM,
    IB_WCLAP_OSTREAM,
    IB_WCLAP_INDEXER,
    IB_WCLAP_RECEIVER,
    IB_WCLAP_LOG,
    IB_WCLAP_THREAD_CHECK,
    IB_WCLAP_PARAMS,
    IB_WCLAP_STATE,
    IB_WCLAP_LATENCY,
    IB_WCLAP_TAIL,
    IB_WCLAP_AUDIO_PORTS,
    IB_WCLAP_NOTE_PORTS,
    IB_WCLAP_PRESET_LOAD,
    IB_WCLAP_SURROUND,
    IB_WCLAP_AMBISONIC,
    IB_WCLAP_PORTS_CONFIG,
    IB_WCLAP_NOTE_NAME,
    IB_WCLAP_VOICE_INFO,
    IB_WCLAP_REMOTE_CONTROLS,
    IB_WCLAP_TRACK_INFO,
    IB_WCLAP_UNDO,
    IB_WCLAP_TRANSPORT_CONTROL,
    IB_WCLAP_RESOURCES,
    IB_WCLAP_TUNING,
    IB_WCLAP_SCRATCH,
    IB_WCLAP_TIMER,
    IB_WCLAP_THREAD_POOL,
    IB_WCLAP_REGISTRY,
    IB_WCLAP_WEBVIEW,
    IB_WCLAP_LICENSING,
    IB_WCLAP_GROUPS
};

struct ib_wclap_box;
struct ib_wclap_group_row;

/* A call of the plugin to the host. `values` hold the arguments, then the result. */
struct ib_wclap_call {
    struct ib_wclap_box *box;
    const void *native; /* functions of the host's own struct, NULL if it has none */
    union wasmtime_raw *values;
};

struct ib_wclap_host_row {
    uint8_t group;
    uint8_t offset; /* of the pointer in its struct */
    uint32_t signature;
    void (*body)(struct ib_wclap_call *call);
};
extern const struct ib_wclap_host_row ib_wclap_host_rows[];
extern const uint32_t ib_wclap_host_row_count;

struct ib_wclap_import {
    struct ib_wclap_box *box;
    const struct ib_wclap_host_row *row;
};

/* A function of the plugin's table, once it was looked at. */
struct ib_wclap_function {
    struct wasmtime_func func;
    uint32_t signature; /* IB_NO_SIGNATURE: not looked at yet */
};

/* A text of the plugin that a native struct points at. */
struct ib_wclap_text {
    struct ib_wclap_text *next;
    char text[];
};

struct ib_wclap_folder {
    struct ib_wclap_folder *next;
    char *guest;
    char *path;
    int is_writable;
};

struct ib_wclap_module {
    struct wasm_engine *engine;
    struct wasmtime_module *module;
    struct ib_wclap_limits limits;
    struct ib_wclap_folder *folders;
    char *memory_module; /* import of a shared memory, NULL: none */
    char *memory_name;
    uint64_t memory_pages[2]; /* least and most of it */
    char *table_name;
    int spawns; /* imports wasi.thread-spawn */
    pthread_t ticker;
    int ticks; /* the ticker runs (atomic) */
    struct clap_plugin_factory factory;
    struct clap_preset_discovery_factory presets;
    struct clap_plugin_descriptor *descriptors;
    uint32_t descriptor_count;
    struct clap_preset_discovery_provider_descriptor *providers;
    uint32_t provider_count;
    struct ib_wclap_text *texts; /* of the descriptors */
    char *lists[1024];           /* of features, one per descriptor */
    char remarks[4096];
    char create_reason[IB_WCLAP_REASON_BYTES];
};

struct ib_wclap_box {
    struct ib_wclap_module *module;
    struct wasmtime_store *store;
    struct wasmtime_context *context;
    struct wasmtime_instance instance;
    struct wasmtime_table table;
    struct wasmtime_memory memory;
    struct wasmtime_sharedmemory *shared; /* instead of `memory` */
    struct wasmtime_func allocate;
    pthread_mutex_t lock;
    uint8_t *base; /* of the memory; fresh in every call */
    size_t size;
    int dead;        /* nothing of it is called again (atomic) */
    char fault[256]; /* what the host found wrong in the call that is being made */
    char reason[IB_WCLAP_REASON_BYTES];

    struct ib_wclap_function *functions;
    uint32_t function_count;
    struct ib_wclap_import *imports;
    uint32_t first_import; /* their place in the table */

    uint32_t arena; /* for arguments */
    uint32_t arena_bytes;
    uint32_t arena_used;
    uint32_t groups[IB_WCLAP_GROUPS];     /* addresses of the host's structs */
    const void *natives[IB_WCLAP_GROUPS]; /* the host's own, where it was asked for them */
    const void *current[IB_WCLAP_GROUPS]; /* lists, streams ... of the call that is being made */
    uint32_t entry_functions[3];          /* init, deinit, get_factory */
    int is_initialised;

    const struct clap_host *host;
    const struct clap_host_log *log;
    struct ib_wclap_text *texts;
    uint32_t text_count;
    char line[512]; /* that the plugin prints */
    uint32_t line_used;

    struct ib_wclap_events *events; /* see events.c */
    uint32_t scratch;               /* scratch-memory: its address and size */
    uint32_t scratch_bytes;
    uint32_t machine_id; /* licensing: the address of that text, 0 until it was asked for */
    void (*exec)(struct ib_wclap_box *box, uint32_t task); /* thread-pool */
    int in_process;
    int in_pool;
    struct ib_wclap_plugin *plugin;
};

/* -- runtime.c, module.c, box.c --------------------------------------------------------------------------------------------------- */

/* A module of eleven instructions. */
extern const uint8_t ib_wclap_sample[];
extern const size_t ib_wclap_sample_size;
/* An engine as these limits want it; NULL if wasmtime makes none. What is small is not worth the threads that compile in
 * parallel. [main-thread] */
struct wasm_engine *ib_wclap_engine_new(const struct ib_wclap_limits *limits, int is_parallel);
/* A box whose clap_entry is initialised; NULL with the reason. [main-thread] */
struct ib_wclap_box *ib_wclap_box_new(struct ib_wclap_module *module, const struct clap_host *host, char *reason);
/* [main-thread] */
void ib_wclap_box_free(struct ib_wclap_box *box);
/* Address of a factory of the plugin's; 0 if it has none. [main-thread] */
uint32_t ib_wclap_get_factory(struct ib_wclap_box *box, const char *id);
/* WASI for a new store: the module's folders, prints to the log, nothing else. NULL without memory. [main-thread] */
struct wasi_config *ib_wclap_wasi(struct ib_wclap_box *box, char *reason);
/* Say something about a module, once. [main-thread] */
void ib_wclap_remark(struct ib_wclap_module *module, const char *sentence);

/* -- call.c ------------------------------------------------------------------------------------------------------------ */

/* Take the box for this thread, again if it has it already; at most one call of another thread is waited for. 0 if the box
 * is dead: then it is not taken. [any-thread] */
int ib_wclap_enter(struct ib_wclap_box *box);
/* [any-thread, with the box] */
void ib_wclap_leave(struct ib_wclap_box *box);
/* Call a function of the table. `values` (IB_WCLAP_MOST_VALUES of them) hold the arguments, then the result. 0 if the box
 * is dead, or dies of it. [any-thread, with the box] */
int ib_wclap_call(struct ib_wclap_box *box, uint32_t function, uint32_t signature, union wasmtime_raw *values);
/* The same with a handle whose type is known to be right. [any-thread, with the box] */
int ib_wclap_call_handle(struct ib_wclap_box *box, const struct wasmtime_func *func, size_t count,
                         union wasmtime_raw *values);
/* Does the table hold a function of that type there? Looks once, then remembers. [any-thread, with the box] */
int ib_wclap_has(struct ib_wclap_box *box, uint32_t function, uint32_t signature);
/* The type of a function; IB_NO_SIGNATURE for one that CLAP has no use for. [any-thread, with the box] */
uint32_t ib_wclap_signature(struct ib_wclap_box *box, const struct wasmtime_func *func);
/* A function type. NULL without memory. [main-thread] */
struct wasm_functype *ib_wclap_type(uint32_t signature);
/* Never call the box again; keep and log why. [any-thread, with the box] */
void ib_wclap_die(struct ib_wclap_box *box, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Inside a call to the host: end the plugin's call, and the box. [any-thread, with the box] */
void ib_wclap_fault(struct ib_wclap_box *box, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What wasmtime says, in one line; both are freed. [any-thread] */
void ib_wclap_explain(struct wasmtime_error *error, struct wasm_trap *trap, char *text, size_t size);

/* -- memory.c ---------------------------------------------------------------------------------------------------------- */

/* Look where the memory is and how large. [any-thread, with the box] */
void ib_wclap_refresh(struct ib_wclap_box *box);
/* `bytes` of the plugin's memory; NULL if they are not all in it. [any-thread, with the box] */
void *ib_wclap_at(struct ib_wclap_box *box, uint32_t address, uint64_t bytes);
/* A text in the plugin's memory, ended by NUL within IB_WCLAP_TEXT_BYTES; NULL if it is none. [any-thread, with the box] */
#define IB_WCLAP_TEXT_BYTES 65536
const char *ib_wclap_text(struct ib_wclap_box *box, uint32_t address);
/* A copy of it that stays as long as the box does; NULL for NULL, lies, and too many. [main-thread] */
const char *ib_wclap_keep(struct ib_wclap_box *box, uint32_t address);
const char *ib_wclap_keep_in(struct ib_wclap_text **texts, const char *text);
void ib_wclap_texts_free(struct ib_wclap_text *texts);
/* The plugin's malloc. 0 if it has no more, or gave what it has not. [any-thread, with the box] */
uint32_t ib_wclap_allocate(struct ib_wclap_box *box, uint64_t bytes);
/* Room for arguments until the outermost call is over. 0 without room. [any-thread, with the box] */
uint32_t ib_wclap_push(struct ib_wclap_box *box, const void *data, uint64_t bytes);
/* Make sure that so much fits. 0 if it cannot. [main-thread, with the box] */
int ib_wclap_reserve(struct ib_wclap_box *box, uint64_t bytes);
/* 4 bytes at an address that ib_wclap_at() knows to be good. [any-thread, with the box] */
uint32_t ib_wclap_word(const void *at, size_t offset);
void ib_wclap_put_word(void *at, size_t offset, uint32_t word);

/* -- layout.c ---------------------------------------------------------------------------------------------------------- */

/* Structs as strings: b, h, i, l, d: 1, 2, 4, 8 bytes, a double; [n]: n bytes; t: pointer to a text; c: a pointer that means
 * nothing here; x: details of an audio port (clap_audio_port_configuration_request). */
size_t ib_wclap_native_size(const char *layout);
size_t ib_wclap_wasm_size(const char *layout);
/* [main-thread, with the box] */
void ib_wclap_to_native(struct ib_wclap_box *box, const char *layout, const uint8_t *from, uint8_t *to);
/* Texts go into the arena. 0 without room. [any-thread, with the box] */
int ib_wclap_to_wasm(struct ib_wclap_box *box, const char *layout, const uint8_t *from, uint32_t to);
/* Details of an audio port, into the arena; 0 for none. */
uint32_t ib_wclap_push_details(struct ib_wclap_box *box, const char *port_type, uint32_t channels, const void *details);
/* A path as the plugin knows it, or as the host does; the same for one in no folder of the module's. `to` has 4096 bytes. */
const char *ib_wclap_guest_path(const struct ib_wclap_module *module, const char *path, char *to);
const char *ib_wclap_host_path(const struct ib_wclap_module *module, const char *path, char *to);

/* -- host_groups.c, host_side.c ------------------------------------------------------------------------------------------ */

/* Put the host's functions into the table and its structs into the memory. 0, or -1 with the reason. [main-thread] */
int ib_wclap_host_functions(struct ib_wclap_box *box, char *reason);
int ib_wclap_host_structs(struct ib_wclap_box *box, char *reason);
/* The group of a host extension; -1 if there is none. [any-thread] */
int ib_wclap_group_of(const char *extension);

/* -- events.c ---------------------------------------------------------------------------------------------------------- */

/* Room for the events of one block. 0, or -1. [main-thread, with the box] */
int ib_wclap_events_new(struct ib_wclap_box *box);
void ib_wclap_events_free(struct ib_wclap_box *box);
/* Translate a list for the plugin; what has no room is counted and left out. [any-thread, with the box] */
void ib_wclap_events_open(struct ib_wclap_box *box, const struct clap_input_events *in,
                          const struct clap_output_events *out);
void ib_wclap_events_close(struct ib_wclap_box *box);
/* Bodies of clap_input_events and clap_output_events. */
void ib_wclap_events_size(struct ib_wclap_call *call);
void ib_wclap_events_get(struct ib_wclap_call *call);
void ib_wclap_events_push(struct ib_wclap_call *call);

/* -- streams.c, host_presets.c ------------------------------------------------------------------------------------------- */

void ib_wclap_stream_read(struct ib_wclap_call *call);
void ib_wclap_stream_write(struct ib_wclap_call *call);
/* Body of clap_host_webview.send, see host_webview.c. */
void ib_wclap_webview_send(struct ib_wclap_call *call);
#define IB_WCLAP_PRESET_ROWS 14
extern const struct ib_wclap_host_row ib_wclap_preset_rows[IB_WCLAP_PRESET_ROWS];
uint32_t ib_wclap_receiver_struct(struct ib_wclap_box *box);

/* -- host_licensing.c -------------------------------------------------------------------------------------------------- */

#define IB_WCLAP_LICENSING_ROWS 5
extern const struct ib_wclap_host_row ib_wclap_licensing_rows[IB_WCLAP_LICENSING_ROWS];

/* -- plugin_side.c, process.c ------------------------------------------------------------------------------------------ */

/* An argument of a native function. */
union ib_wclap_word {
    uint64_t word;
    double number;
    const void *pointer;
};

#define IB_WCLAP_MOST_SLOTS 8

/* One function that plugins have. `codes`: the result, then the arguments; see plugin_side.c. */
struct ib_wclap_slot {
    uint8_t extension;
    uint8_t index;
    const char *codes;
};

/* Where the functions of the plugin's clap_plugin stand in `functions[IB_WCLAP_PLUGIN]`; process and get_extension lack. */
#define IB_WCLAP_MOST_EXTENSIONS 32

struct ib_wclap_plugin {
    struct clap_plugin native;
    struct ib_wclap_box *box;
    uint32_t address;
    uint32_t process;
    uint32_t get_extension;
    struct wasmtime_func process_func;
    uint32_t functions[IB_WCLAP_MOST_EXTENSIONS][IB_WCLAP_MOST_SLOTS + 1];
    uint8_t known[IB_WCLAP_MOST_EXTENSIONS]; /* the plugin has this extension, and it is sound */
    struct ib_wclap_audio *audio;            /* see process.c */
};

/* Call one function of the plugin; 0 if the plugin is dead. */
uint64_t ib_wclap_invoke(const struct clap_plugin *plugin, const struct ib_wclap_slot *slot,
                         const union ib_wclap_word *words);
/* Of the same with `first` instead of the plugin as the first argument. [any-thread, with the box] */
uint64_t ib_wclap_invoke_at(struct ib_wclap_box *box, uint32_t function, uint32_t first, const char *codes,
                            const union ib_wclap_word *words);
uint32_t ib_wclap_codes_signature(const char *codes);
/* [main-thread] */
const struct clap_plugin *ib_wclap_plugin_new(struct ib_wclap_module *module, const struct clap_host *host,
                                              const char *id, char *reason);
/* An extension of the plugin, by its index in slots.h; NULL if it has none that is sound. [main-thread] */
const void *ib_wclap_extension(struct ib_wclap_plugin *plugin, const char *id);
/* Room for audio. 0, or -1. [main-thread, with the box] */
int ib_wclap_audio_new(struct ib_wclap_plugin *plugin, uint32_t max_frames);
void ib_wclap_audio_free(struct ib_wclap_plugin *plugin);
int32_t ib_wclap_process(const struct clap_plugin *plugin, const struct clap_process *process);

#endif
