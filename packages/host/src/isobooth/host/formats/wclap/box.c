/* Boxes: one instance of a module each, from its store to its initialised clap_entry. */
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((uint64_t)128 << 10)
#define MOST_INSTANCES 2
#define GUEST_FOLDER "/plugin.wclap"

/* Lines that the plugin prints go to its log, cut where they are long. [any-thread, with the box] */
static ptrdiff_t print(void *data, const unsigned char *bytes, size_t count)
{
    const int32_t info = 1;
    struct ib_wclap_box *box = data;
    for (size_t i = 0; i < count; i++) {
        int ends = bytes[i] == '\n' || bytes[i] == 0;
        if (!ends)
            box->line[box->line_used++] = (char)bytes[i];
        if (box->line_used == 0 || (!ends && box->line_used < sizeof box->line - 1))
            continue;
        box->line[box->line_used] = 0;
        box->line_used = 0;
        if (box->log != NULL)
            box->log->log(box->host, info, box->line);
    }
    return (ptrdiff_t)count;
}

struct wasi_config *ib_wclap_wasi(struct ib_wclap_box *box, char *reason)
{
    struct wasi_config *wasi = ib_wasmtime.wasi_config_new();
    for (struct ib_wclap_folder *folder = box->module->folders; folder != NULL; folder = folder->next) {
        if (!ib_wasmtime.wasi_config_preopen_dir(wasi, folder->path, folder->guest, folder->is_writable != 0))
            (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its folder %s could not be opened for it", folder->path);
    }
    ib_wasmtime.wasi_config_set_stdout_custom(wasi, print, box, NULL);
    ib_wasmtime.wasi_config_set_stderr_custom(wasi, print, box, NULL);
    return wasi;
}

/* Threads are not given: nothing that was ever seen asks for one. [any-thread, with the box] */
static struct wasm_trap *refuse_thread(void *env, struct wasmtime_caller *caller, union wasmtime_raw *values,
                                       size_t count)
{
    (void)env;
    (void)caller;
    (void)count;
    values[0].i32 = -1;
    return NULL;
}

/* [main-thread] */
static int fail(struct wasmtime_error *error, struct wasm_trap *trap, const char *what, char *reason)
{
    char cause[768];
    if (error == NULL && trap == NULL)
        return 0;
    ib_wclap_explain(error, trap, cause, sizeof cause);
    (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s: %s", what, cause);
    return -1;
}

/* [main-thread] */
static int share_memory(struct ib_wclap_box *box, struct wasmtime_linker *linker, char *reason)
{
    struct ib_wclap_module *module = box->module;
    struct wasm_memorytype *type = NULL;
    if (module->memory_name == NULL)
        return 0;
    const uint8_t page_bits = 16;
    struct wasmtime_error *error = ib_wasmtime.wasmtime_memorytype_new(
        module->memory_pages[0], true, module->memory_pages[1], false, true, page_bits, &type);
    if (error == NULL) {
        error = ib_wasmtime.wasmtime_sharedmemory_new(module->engine, type, &box->shared);
        ib_wasmtime.wasm_memorytype_delete(type);
    }
    if (error == NULL) {
        struct wasmtime_extern item = {.kind = WASMTIME_EXTERN_SHAREDMEMORY, .of.sharedmemory = box->shared};
        error = ib_wasmtime.wasmtime_linker_define(linker, box->context, module->memory_module,
                                                   strlen(module->memory_module), module->memory_name,
                                                   strlen(module->memory_name), &item);
    }
    return fail(error, NULL, "its shared memory could not be made", reason);
}

/* [main-thread] */
static int link_box(struct ib_wclap_box *box, struct wasmtime_linker *linker, char *reason)
{
    struct wasm_trap *trap = NULL;
    struct wasmtime_error *error = ib_wasmtime.wasmtime_linker_define_wasi(linker);
    if (fail(error, NULL, "WASI could not be offered to it", reason) != 0 || share_memory(box, linker, reason) != 0)
        return -1;
    if (box->module->spawns) {
        struct wasm_functype *type = ib_wclap_type(IB_SIGNATURE(IB_I, IB_I));
        error = ib_wasmtime.wasmtime_linker_define_func_unchecked(linker, "wasi", 4, "thread-spawn", 12, type,
                                                                  refuse_thread, NULL, NULL);
        ib_wasmtime.wasm_functype_delete(type);
        if (fail(error, NULL, "thread-spawn could not be offered to it", reason) != 0)
            return -1;
    }
    error = ib_wasmtime.wasmtime_linker_instantiate(linker, box->context, box->module->module, &box->instance, &trap);
    return fail(error, trap, "it could not be instantiated", reason);
}

/* [main-thread] */
static int find_export(struct ib_wclap_box *box, const char *name, uint8_t kind, struct wasmtime_extern *found)
{
    return ib_wasmtime.wasmtime_instance_export_get(box->context, &box->instance, name, strlen(name), found) &&
           found->kind == kind;
}

/* [main-thread] */
static int find_exports(struct ib_wclap_box *box, char *reason)
{
    struct wasmtime_extern table, memory, allocate;
    if (!find_export(box, box->module->table_name, WASMTIME_EXTERN_TABLE, &table) ||
        !find_export(box, "malloc", WASMTIME_EXTERN_FUNC, &allocate)) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its table of functions or its malloc is not what it should be");
        return -1;
    }
    if (box->shared == NULL) {
        if (!find_export(box, "memory", WASMTIME_EXTERN_MEMORY, &memory)) {
            (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its memory is not one that it may export");
            return -1;
        }
        box->memory = memory.of.memory;
    }
    box->table = table.of.table;
    box->allocate = allocate.of.func;
    if (ib_wclap_signature(box, &box->allocate) != IB_SIGNATURE(IB_I, IB_I)) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its malloc is not void *malloc(size_t)");
        return -1;
    }
    ib_wclap_refresh(box);
    return 0;
}

/* What the death of a box during its birth says. [main-thread] */
static int dead(const struct ib_wclap_box *box, const char *otherwise, char *reason)
{
    (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", box->dead ? box->reason : otherwise);
    return -1;
}

/* [main-thread] */
static int run_constructors(struct ib_wclap_box *box, char *reason)
{
    struct wasmtime_extern found;
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    if (!find_export(box, "_initialize", WASMTIME_EXTERN_FUNC, &found))
        return 0;
    if (ib_wclap_signature(box, &found.of.func) != IB_SIGNATURE(IB_V))
        return dead(box, "its _initialize is not void _initialize(void)", reason);
    return ib_wclap_call_handle(box, &found.of.func, 1, values) ? 0 : dead(box, "", reason);
}

/* Text for the plugin, as the only argument of the call that follows. [main-thread] */
static uint32_t push_text(struct ib_wclap_box *box, const char *text)
{
    box->arena_used = 0;
    return ib_wclap_push(box, text, strlen(text) + 1);
}

/* [main-thread] */
static int initialise(struct ib_wclap_box *box, char *reason)
{
    struct wasmtime_extern found;
    struct wasmtime_val value;
    const size_t bytes = 24, init = 12;
    if (!find_export(box, "clap_entry", WASMTIME_EXTERN_GLOBAL, &found))
        return dead(box, "its clap_entry is gone", reason);
    ib_wasmtime.wasmtime_global_get(box->context, &found.of.global, &value);
    const uint8_t *entry = ib_wclap_at(box, (uint32_t)value.of.i32, bytes);
    if (value.kind != WASMTIME_VAL_I32 || entry == NULL)
        return dead(box, "its clap_entry lies outside of its memory", reason);
    for (size_t i = 0; i < 3; i++)
        box->entry_functions[i] = ib_wclap_word(entry, init + 4 * i);
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    values[0].i32 = (int32_t)push_text(box, GUEST_FOLDER);
    int called = ib_wclap_call(box, box->entry_functions[0], IB_SIGNATURE(IB_I, IB_I), values);
    box->arena_used = 0;
    if (!called)
        return dead(box, "", reason);
    if (values[0].i32 == 0)
        return dead(box, "it refused to be initialised: clap_entry.init returned false", reason);
    box->is_initialised = 1;
    return 0;
}

/* [main-thread] */
static int build(struct ib_wclap_box *box, char *reason)
{
    struct ib_wclap_module *module = box->module;
    reason[0] = 0;
    box->store = ib_wasmtime.wasmtime_store_new(module->engine, NULL, NULL);
    box->context = ib_wasmtime.wasmtime_store_context(box->store);
    ib_wasmtime.wasmtime_store_limiter(box->store, (int64_t)module->limits.memory_bytes, module->limits.table_elements,
                                       MOST_INSTANCES, 4, 2);
    if (module->limits.interrupt_ms != 0)
        ib_wasmtime.wasmtime_context_set_epoch_deadline(box->context, 2);
    struct wasi_config *wasi = ib_wclap_wasi(box, reason);
    struct wasmtime_error *error = ib_wasmtime.wasmtime_context_set_wasi(box->context, wasi);
    if (reason[0] != 0 || fail(error, NULL, "WASI could not be set up for it", reason) != 0)
        return -1;
    struct wasmtime_linker *linker = ib_wasmtime.wasmtime_linker_new(module->engine);
    int failed = link_box(box, linker, reason);
    ib_wasmtime.wasmtime_linker_delete(linker);
    if (failed || find_exports(box, reason) != 0 || ib_wclap_host_functions(box, reason) != 0 ||
        run_constructors(box, reason) != 0)
        return -1;
    if (!ib_wclap_reserve(box, ARENA_BYTES))
        return dead(box, "its malloc gave no memory for calls", reason);
    return ib_wclap_host_structs(box, reason) != 0 ? -1 : initialise(box, reason);
}

struct ib_wclap_box *ib_wclap_box_new(struct ib_wclap_module *module, const struct clap_host *host, char *reason)
{
    struct ib_wclap_box *box = calloc(1, sizeof *box);
    pthread_mutexattr_t kind;
    if (box == NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "there is no memory");
        return NULL;
    }
    box->module = module;
    box->host = host;
    (void)pthread_mutexattr_init(&kind);
    (void)pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
    int failed = pthread_mutex_init(&box->lock, &kind);
    (void)pthread_mutexattr_destroy(&kind);
    if (!failed && build(box, reason) == 0)
        return box;
    ib_wclap_box_free(box);
    return NULL;
}

uint32_t ib_wclap_get_factory(struct ib_wclap_box *box, const char *id)
{
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    values[0].i32 = (int32_t)push_text(box, id);
    int called = ib_wclap_call(box, box->entry_functions[2], IB_SIGNATURE(IB_I, IB_I), values);
    box->arena_used = 0;
    return called ? (uint32_t)values[0].i32 : 0;
}

void ib_wclap_box_free(struct ib_wclap_box *box)
{
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    if (box->is_initialised && !box->dead && box->entry_functions[1] != 0)
        (void)ib_wclap_call(box, box->entry_functions[1], IB_SIGNATURE(IB_V), values);
    if (box->store != NULL)
        ib_wasmtime.wasmtime_store_delete(box->store);
    if (box->shared != NULL)
        ib_wasmtime.wasmtime_sharedmemory_delete(box->shared);
    ib_wclap_events_free(box);
    ib_wclap_texts_free(box->texts);
    free(box->functions);
    free(box->imports);
    (void)pthread_mutex_destroy(&box->lock);
    free(box);
}
