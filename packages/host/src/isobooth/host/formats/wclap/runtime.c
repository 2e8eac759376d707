/* Opening libwasmtime, and making sure that it is the interface that wasmtime.h declares. */
#include "formats/wclap/wclap.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct wasmtime_table_of_functions ib_wasmtime;

static char wrong[512];
static void *library;

/* (module (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") i32 (i32.const 7))
 *         (func (export "f") (param i32) (result i32) local.get 0) (elem (i32.const 0) func 0)) */
const uint8_t ib_wclap_sample[] = {
    0x00, 'a',  's',  'm',  0x01, 0x00, 0x00, 0x00, /* version 1 */
    0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, /* types */
    0x03, 0x02, 0x01, 0x00,                         /* functions */
    0x04, 0x04, 0x01, 0x70, 0x00, 0x01,             /* tables */
    0x05, 0x03, 0x01, 0x00, 0x01,                   /* memories */
    0x06, 0x06, 0x01, 0x7f, 0x00, 0x41, 0x07, 0x0b, /* globals */
    0x07, 0x11, 0x04, 0x01, 'm',  0x02, 0x00, 0x01, 't',  0x01,
    0x00, 0x01, 'g',  0x03, 0x00, 0x01, 'f',  0x00, 0x00, /* exports */
    0x09, 0x07, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x01, 0x00, /* elements */
    0x0a, 0x06, 0x01, 0x04, 0x00, 0x20, 0x00, 0x0b,       /* code */
};
const size_t ib_wclap_sample_size = sizeof ib_wclap_sample;

/* What wasmtime writes must end where our struct does. */
#define CANARY UINT64_C(0xa5c3a5c3a5c3a5c3)
struct guarded_extern {
    struct wasmtime_extern item;
    uint64_t canary;
};
struct guarded_val {
    struct wasmtime_val value;
    uint64_t canary;
};
struct guarded_instance {
    struct wasmtime_instance instance;
    uint64_t canary;
};

/* One export into `into`: NULL, or what is wrong. [main-thread] */
static const char *export_of(struct wasmtime_context *context, const struct wasmtime_instance *instance,
                             const char *name, uint8_t kind, struct wasmtime_extern *into)
{
    struct guarded_extern found;
    memset(&found, 0xff, sizeof found);
    found.canary = CANARY;
    if (!ib_wasmtime.wasmtime_instance_export_get(context, instance, name, 1, &found.item))
        return "an export was not found";
    if (found.canary != CANARY || found.item.kind != kind)
        return "wasmtime_extern_t is different";
    *into = found.item;
    return NULL;
}

/* Use each struct once. NULL, or what is wrong. [main-thread] */
static const char *try_instance(struct wasmtime_context *context, const struct wasmtime_instance *instance)
{
    struct wasmtime_extern memory, table, global, func;
    struct guarded_val value;
    union wasmtime_raw values[2] = {{.i32 = 42}, {.i64 = (int64_t)CANARY}};
    struct wasm_trap *trap = NULL;
    const char *why = export_of(context, instance, "m", WASMTIME_EXTERN_MEMORY, &memory);
    why = why != NULL ? why : export_of(context, instance, "t", WASMTIME_EXTERN_TABLE, &table);
    why = why != NULL ? why : export_of(context, instance, "g", WASMTIME_EXTERN_GLOBAL, &global);
    why = why != NULL ? why : export_of(context, instance, "f", WASMTIME_EXTERN_FUNC, &func);
    if (why != NULL)
        return why;
    if (ib_wasmtime.wasmtime_memory_data_size(context, &memory.of.memory) != 65536)
        return "wasmtime_memory_t is different";
    memset(&value, 0xff, sizeof value);
    value.canary = CANARY;
    ib_wasmtime.wasmtime_global_get(context, &global.of.global, &value.value);
    if (value.canary != CANARY || value.value.kind != WASMTIME_VAL_I32 || value.value.of.i32 != 7)
        return "wasmtime_val_t or wasmtime_global_t is different";
    if (!ib_wasmtime.wasmtime_table_get(context, &table.of.table, 0, &value.value) || value.canary != CANARY ||
        value.value.kind != WASMTIME_VAL_FUNCREF || value.value.of.funcref.store != func.of.func.store)
        return "wasmtime_func_t or wasmtime_table_t is different";
    if (ib_wasmtime.wasmtime_func_call_unchecked(context, &value.value.of.funcref, values, 1, &trap) != NULL ||
        trap != NULL || values[0].i32 != 42 || values[1].i64 != (int64_t)CANARY)
        return "wasmtime_val_raw_t is different";
    return NULL;
}

/* [main-thread] */
static const char *try_sample(struct wasm_engine *engine)
{
    struct wasmtime_module *module = NULL;
    struct wasm_trap *trap = NULL;
    struct guarded_instance made = {.canary = CANARY};
    struct wasmtime_error *error =
        ib_wasmtime.wasmtime_module_new(engine, ib_wclap_sample, sizeof ib_wclap_sample, &module);
    if (error != NULL) {
        ib_wasmtime.wasmtime_error_delete(error);
        return "a module of eleven instructions was not accepted";
    }
    struct wasmtime_store *store = ib_wasmtime.wasmtime_store_new(engine, NULL, NULL);
    struct wasmtime_linker *linker = ib_wasmtime.wasmtime_linker_new(engine);
    struct wasmtime_context *context = ib_wasmtime.wasmtime_store_context(store);
    const char *why = "that module could not be instantiated";
    if (ib_wasmtime.wasmtime_linker_instantiate(linker, context, module, &made.instance, &trap) == NULL && trap == NULL)
        why = made.canary == CANARY ? try_instance(context, &made.instance) : "wasmtime_instance_t is different";
    ib_wasmtime.wasmtime_linker_delete(linker);
    ib_wasmtime.wasmtime_store_delete(store);
    ib_wasmtime.wasmtime_module_delete(module);
    return why;
}

/* [main-thread] */
static const char *check(void)
{
    const struct ib_wclap_limits limits = {.is_bounded = 1}; /* where address space is scarce, too */
    struct wasm_engine *engine = ib_wclap_engine_new(&limits, 0);
    if (engine == NULL)
        return "it makes no engine";
    const char *why = try_sample(engine);
    ib_wasmtime.wasm_engine_delete(engine);
    return why;
}

/* The name of a symbol that is missing, or NULL. [main-thread] */
static const char *resolve(void *handle)
{
#define WASMTIME_RESOLVE(RESULT, NAME, PARAMETERS)                                                                     \
    *(void **)&ib_wasmtime.NAME = dlsym(handle, #NAME);                                                                \
    if (ib_wasmtime.NAME == NULL)                                                                                      \
        return #NAME;
    WASMTIME_FUNCTIONS(WASMTIME_RESOLVE)
#undef WASMTIME_RESOLVE
    return NULL;
}

const char *ib_wclap_open(const char *path)
{
    if (library != NULL)
        return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        (void)snprintf(wrong, sizeof wrong, "%s", why != NULL ? why : "the loader gave no reason");
        return wrong;
    }
    const char *missing = resolve(handle);
    const char *why = missing == NULL ? check() : NULL;
    if (missing != NULL)
        (void)snprintf(wrong, sizeof wrong, "it has no %s", missing);
    else if (why != NULL)
        (void)snprintf(wrong, sizeof wrong, "its interface is another than that of wasmtime 48 to 50: %s", why);
    else
        library = handle;
    return library != NULL ? NULL : wrong;
}
