/* Modules: compiled once, whatever number of plugins is made of them. What cannot be a WCLAP is refused here, with the reason. */
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_WASM_STACK ((size_t)512 << 10) /* of every thread that calls a plugin */
#define PAGE 65536u
#define BOUNDED_RESERVATION ((uint64_t)16 << 20)
#define MOST_STEP_MS 50u
#define BOUNDED_GUARD ((uint64_t)64 << 10)

void ib_wclap_remark(struct ib_wclap_module *module, const char *sentence)
{
    size_t used = strlen(module->remarks);
    if (strstr(module->remarks, sentence) == NULL && used + strlen(sentence) + 2 <= sizeof module->remarks)
        (void)snprintf(module->remarks + used, sizeof module->remarks - used, "%s\n", sentence);
}

const char *ib_wclap_remarks(const struct ib_wclap_module *module)
{
    return module->remarks;
}

const char *ib_wclap_create_reason(const struct ib_wclap_module *module)
{
    return module->create_reason;
}

/* Count the time in which calls may run, in steps that the end of the module waits for. [ticker] */
static void *tick(void *argument)
{
    struct ib_wclap_module *module = argument;
    uint32_t left = module->limits.interrupt_ms;
    while (__atomic_load_n(&module->ticks, __ATOMIC_ACQUIRE)) {
        uint32_t step = left < MOST_STEP_MS ? left : MOST_STEP_MS;
        struct timespec pause = {0, (long)step * 1000000};
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        left -= step;
        if (left == 0) {
            ib_wasmtime.wasmtime_engine_increment_epoch(module->engine);
            left = module->limits.interrupt_ms;
        }
    }
    return NULL;
}

struct wasm_engine *ib_wclap_engine_new(const struct ib_wclap_limits *limits, int is_parallel)
{
    struct wasm_config *config = ib_wasmtime.wasm_config_new();
    ib_wasmtime.wasmtime_config_parallel_compilation_set(config, is_parallel != 0);
    ib_wasmtime.wasmtime_config_wasm_threads_set(config, true);
    ib_wasmtime.wasmtime_config_shared_memory_set(config, true);
    ib_wasmtime.wasmtime_config_max_wasm_stack_set(config, MOST_WASM_STACK);
    ib_wasmtime.wasmtime_config_epoch_interruption_set(config, limits->interrupt_ms != 0);
    if (limits->is_bounded) {
        ib_wasmtime.wasmtime_config_memory_reservation_set(config, BOUNDED_RESERVATION);
        ib_wasmtime.wasmtime_config_memory_reservation_for_growth_set(config, BOUNDED_RESERVATION);
        ib_wasmtime.wasmtime_config_memory_guard_size_set(config, BOUNDED_GUARD);
    }
    return ib_wasmtime.wasm_engine_new_with_config(config);
}

/* [main-thread] */
static char *copy_name(const struct wasm_bytes *name)
{
    return strndup(name->data, name->size);
}

/* [main-thread] */
static int is_named(const struct wasm_bytes *name, const char *wanted)
{
    return name->size == strlen(wanted) && memcmp(name->data, wanted, name->size) == 0;
}

/* 0, or -1 with the reason. [main-thread] */
static int look_at_import(struct ib_wclap_module *module, const struct wasm_importtype *import, char *reason)
{
    const struct wasm_bytes *space = ib_wasmtime.wasm_importtype_module(import);
    const struct wasm_bytes *name = ib_wasmtime.wasm_importtype_name(import);
    const struct wasm_externtype *type = ib_wasmtime.wasm_importtype_type(import);
    if (is_named(space, "wasi") && is_named(name, "thread-spawn"))
        module->spawns = 1;
    if (ib_wasmtime.wasm_externtype_kind(type) != WASM_EXTERN_MEMORY)
        return 0;
    const struct wasm_memorytype *memory = ib_wasmtime.wasm_externtype_as_memorytype_const(type);
    const char *why = NULL;
    if (ib_wasmtime.wasmtime_memorytype_is64(memory))
        why = "it is a 64-bit module (wasm64): WCLAP plugins are built for wasm32";
    else if (!ib_wasmtime.wasmtime_memorytype_isshared(memory))
        why = "it imports a memory that is not shared: export it (link without --import-memory), or build for threads";
    else if (module->memory_name != NULL)
        why = "it imports more than one memory";
    if (why != NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", why);
        return -1;
    }
    module->memory_module = copy_name(space);
    module->memory_name = copy_name(name);
    module->memory_pages[0] = ib_wasmtime.wasmtime_memorytype_minimum(memory);
    if (!ib_wasmtime.wasmtime_memorytype_maximum(memory, &module->memory_pages[1]))
        module->memory_pages[1] = PAGE;
    uint64_t most = module->limits.memory_bytes / PAGE;
    if (module->memory_pages[0] > most) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "it wants %llu MiB of memory at once; a plugin may have %llu MiB",
                       (unsigned long long)(module->memory_pages[0] >> 4),
                       (unsigned long long)(module->limits.memory_bytes >> 20));
        return -1;
    }
    if (module->memory_pages[1] > most)
        module->memory_pages[1] = most;
    return module->memory_module != NULL && module->memory_name != NULL ? 0 : -1;
}

/* What a module must export: found or not. */
struct exported {
    int entry;
    int memory;
    int allocate;
    int is_64;
    int entry_is_odd;
    int table_is_fixed;
};

/* [main-thread] */
static void look_at_table(struct ib_wclap_module *module, const struct wasm_bytes *name,
                          const struct wasm_tabletype *table, struct exported *found)
{
    const struct wasm_limits *limits = ib_wasmtime.wasm_tabletype_limits(table);
    if (ib_wasmtime.wasm_valtype_kind(ib_wasmtime.wasm_tabletype_element(table)) != WASM_FUNCREF)
        return;
    if (module->table_name != NULL)
        return;
    if (limits->max != UINT32_MAX && limits->max - limits->min < ib_wclap_host_row_count + IB_WCLAP_PRESET_ROWS) {
        found->table_is_fixed = 1;
        return;
    }
    module->table_name = copy_name(name);
}

/* [main-thread] */
static void look_at_export(struct ib_wclap_module *module, const struct wasm_exporttype *export, struct exported *found)
{
    const struct wasm_bytes *name = ib_wasmtime.wasm_exporttype_name(export);
    const struct wasm_externtype *type = ib_wasmtime.wasm_exporttype_type(export);
    uint8_t kind = ib_wasmtime.wasm_externtype_kind(type);
    if (kind == WASM_EXTERN_TABLE)
        look_at_table(module, name, ib_wasmtime.wasm_externtype_as_tabletype_const(type), found);
    if (kind == WASM_EXTERN_MEMORY && is_named(name, "memory")) {
        found->memory = 1;
        found->is_64 |= ib_wasmtime.wasmtime_memorytype_is64(ib_wasmtime.wasm_externtype_as_memorytype_const(type));
    }
    if (is_named(name, "malloc"))
        found->allocate = 1;
    if (is_named(name, "clap_entry")) {
        found->entry = 1;
        found->entry_is_odd = kind != WASM_EXTERN_GLOBAL;
        if (kind == WASM_EXTERN_GLOBAL) {
            const struct wasm_globaltype *global = ib_wasmtime.wasm_externtype_as_globaltype_const(type);
            uint8_t value = ib_wasmtime.wasm_valtype_kind(ib_wasmtime.wasm_globaltype_content(global));
            found->is_64 |= value == WASM_I64;
            found->entry_is_odd = value != WASM_I32 && value != WASM_I64;
        }
    }
}

/* NULL, or why this is no WCLAP. [main-thread] */
static const char *judge(const struct ib_wclap_module *module, const struct exported *found)
{
    if (!found->entry)
        return "it exports no clap_entry: it is not a WCLAP (link with -Wl,--export=clap_entry)";
    if (found->is_64)
        return "it is a 64-bit module (wasm64): WCLAP plugins are built for wasm32";
    if (found->entry_is_odd)
        return "its clap_entry is not a global that holds an address: it is not a WCLAP";
    if (!found->memory && module->memory_name == NULL)
        return "it exports no memory";
    if (!found->allocate)
        return "it exports no malloc: link with -Wl,--export=malloc";
    if (module->table_name == NULL && found->table_is_fixed)
        return "its table of functions cannot grow, so that it can call no host: link with -Wl,--growable-table";
    if (module->table_name == NULL)
        return "it exports no table of functions: link with -Wl,--export-table -Wl,--growable-table";
    return NULL;
}

/* 0, or -1 with the reason. [main-thread] */
static int look_at(struct ib_wclap_module *module, char *reason)
{
    struct wasm_importtypes imports;
    struct wasm_exporttypes exports;
    struct exported found = {0};
    int failed = 0;
    ib_wasmtime.wasmtime_module_imports(module->module, &imports);
    for (size_t i = 0; i < imports.size && !failed; i++)
        failed = look_at_import(module, imports.data[i], reason);
    ib_wasmtime.wasm_importtype_vec_delete(&imports);
    if (failed)
        return -1;
    ib_wasmtime.wasmtime_module_exports(module->module, &exports);
    for (size_t i = 0; i < exports.size; i++)
        look_at_export(module, exports.data[i], &found);
    ib_wasmtime.wasm_exporttype_vec_delete(&exports);
    const char *why = judge(module, &found);
    if (why != NULL)
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", why);
    return why == NULL ? 0 : -1;
}

/* What makes a module of bytes: wasmtime_module_new of WebAssembly, wasmtime_module_deserialize of code. */
typedef struct wasmtime_error *(*maker)(struct wasm_engine *, const uint8_t *, size_t, struct wasmtime_module **);

/* 0, or -1 with the reason. [main-thread] */
static int make(struct ib_wclap_module *module, maker maker, const uint8_t *bytes, uint64_t size, char *reason)
{
    module->engine = ib_wclap_engine_new(&module->limits, 1);
    if (module->engine == NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "wasmtime made no engine");
        return -1;
    }
    struct wasmtime_error *error = maker(module->engine, bytes, size, &module->module);
    if (error != NULL) {
        ib_wclap_explain(error, NULL, reason, IB_WCLAP_REASON_BYTES);
        return -1;
    }
    if (look_at(module, reason) != 0)
        return -1;
    if (module->limits.interrupt_ms != 0) {
        module->ticks = 1;
        if (pthread_create(&module->ticker, NULL, tick, module) != 0) {
            module->ticks = 0;
            (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "there is no thread to interrupt it");
            return -1;
        }
    }
    return 0;
}

/* [main-thread] */
static struct ib_wclap_module *new_module(maker maker, const uint8_t *bytes, uint64_t size,
                                          const struct ib_wclap_limits *limits, char *reason)
{
    struct ib_wclap_module *module = calloc(1, sizeof *module);
    (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "there is no memory");
    if (module == NULL)
        return NULL;
    module->limits = *limits;
    if (make(module, maker, bytes, size, reason) == 0)
        return module;
    ib_wclap_module_free(module);
    return NULL;
}

struct ib_wclap_module *ib_wclap_module_new(const uint8_t *wasm, uint64_t size, const struct ib_wclap_limits *limits,
                                            char *reason)
{
    return new_module(ib_wasmtime.wasmtime_module_new, wasm, size, limits, reason);
}

struct ib_wclap_module *ib_wclap_module_of_code(const uint8_t *code, uint64_t size,
                                                const struct ib_wclap_limits *limits, char *reason)
{
    return new_module(ib_wasmtime.wasmtime_module_deserialize, code, size, limits, reason);
}

int ib_wclap_module_add_folder(struct ib_wclap_module *module, const char *guest, const char *folder, int is_writable)
{
    struct ib_wclap_folder *made = calloc(1, sizeof *made);
    if (made == NULL)
        return -1;
    made->guest = strdup(guest);
    made->path = strdup(folder);
    made->is_writable = is_writable;
    made->next = module->folders;
    module->folders = made;
    return made->guest != NULL && made->path != NULL ? 0 : -1;
}

void ib_wclap_module_free(struct ib_wclap_module *module)
{
    if (module->ticks) {
        __atomic_store_n(&module->ticks, 0, __ATOMIC_RELEASE);
        (void)pthread_join(module->ticker, NULL);
    }
    while (module->folders != NULL) {
        struct ib_wclap_folder *next = module->folders->next;
        free(module->folders->guest);
        free(module->folders->path);
        free(module->folders);
        module->folders = next;
    }
    for (uint32_t i = 0; i < module->descriptor_count; i++)
        free(module->lists[i]);
    free(module->descriptors);
    free(module->providers);
    free(module->memory_module);
    free(module->memory_name);
    free(module->table_name);
    ib_wclap_texts_free(module->texts);
    if (module->module != NULL)
        ib_wasmtime.wasmtime_module_delete(module->module);
    if (module->engine != NULL)
        ib_wasmtime.wasm_engine_delete(module->engine);
    free(module);
}
