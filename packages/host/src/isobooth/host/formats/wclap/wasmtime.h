/* wasmtime's C interface as isobooth uses it (wasm.h, wasi.h and wasmtime/<name>.h of releases 48 to 50, which agree in all of it).
 * The library is opened at run time, so every function is a pointer in one table. */
#ifndef ISOBOOTH_WCLAP_WASMTIME_H
#define ISOBOOTH_WCLAP_WASMTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* wasm.h: kinds of values and of things that are imported or exported. */
#define WASM_I32 0
#define WASM_I64 1
#define WASM_F32 2
#define WASM_F64 3
#define WASM_FUNCREF 129
#define WASM_EXTERN_GLOBAL 1
#define WASM_EXTERN_TABLE 2
#define WASM_EXTERN_MEMORY 3

/* wasmtime/extern.h, wasmtime/val.h, wasmtime/trap.h */
#define WASMTIME_EXTERN_FUNC 0
#define WASMTIME_EXTERN_GLOBAL 1
#define WASMTIME_EXTERN_TABLE 2
#define WASMTIME_EXTERN_MEMORY 3
#define WASMTIME_EXTERN_SHAREDMEMORY 4
#define WASMTIME_VAL_I32 0
#define WASMTIME_VAL_FUNCREF 5

struct wasm_config;
struct wasm_engine;
struct wasm_functype;
struct wasm_globaltype;
struct wasm_memorytype;
struct wasm_tabletype;
struct wasm_externtype;
struct wasm_importtype;
struct wasm_exporttype;
struct wasm_valtype;
struct wasm_trap;
struct wasi_config;
struct wasmtime_caller;
struct wasmtime_context;
struct wasmtime_error;
struct wasmtime_linker;
struct wasmtime_module;
struct wasmtime_sharedmemory;
struct wasmtime_store;

struct wasm_limits {
    uint32_t min;
    uint32_t max; /* UINT32_MAX: none */
};

struct wasm_bytes {
    size_t size;
    char *data;
};

struct wasm_valtypes {
    size_t size;
    struct wasm_valtype **data;
};

struct wasm_importtypes {
    size_t size;
    struct wasm_importtype **data;
};

struct wasm_exporttypes {
    size_t size;
    struct wasm_exporttype **data;
};

/* Handles: their contents are wasmtime's. A func whose store is 0 is null. */
struct wasmtime_func {
    uint64_t store;
    void *private;
};

struct wasmtime_table {
    uint64_t store;
    uint64_t private[2];
};

struct wasmtime_memory {
    uint64_t store;
    uint64_t private[2];
};

struct wasmtime_global {
    uint64_t store;
    uint32_t private[4];
};

struct wasmtime_instance {
    uint64_t store;
    size_t private;
};

struct wasmtime_extern {
    uint8_t kind;
    union {
        struct wasmtime_func func;
        struct wasmtime_global global;
        struct wasmtime_table table;
        struct wasmtime_memory memory;
        struct wasmtime_sharedmemory *sharedmemory;
    } of;
};

struct wasmtime_val {
    uint8_t kind;
    union {
        int32_t i32;
        int64_t i64;
        struct wasmtime_func funcref;
        uint64_t private[3];
    } of;
};

/* An argument or result of an unchecked call. */
union wasmtime_raw {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    uint8_t v128[16];
} __attribute__((aligned(8)));

_Static_assert(sizeof(struct wasmtime_func) == 16 && sizeof(struct wasmtime_memory) == 24 &&
                   sizeof(struct wasmtime_table) == 24 && sizeof(struct wasmtime_global) == 24 &&
                   sizeof(struct wasmtime_instance) == 16 && sizeof(struct wasmtime_extern) == 32 &&
                   sizeof(struct wasmtime_val) == 32 && sizeof(union wasmtime_raw) == 16,
               "the sizes that wasmtime 48 to 50 have");

typedef struct wasm_trap *(*wasmtime_callback)(void *env, struct wasmtime_caller *caller, union wasmtime_raw *values,
                                               size_t count);
typedef ptrdiff_t (*wasmtime_printer)(void *data, const unsigned char *bytes, size_t count);
typedef void (*wasmtime_finalizer)(void *data);

/* F(result, name, parameters) for each function. */
#define WASMTIME_FUNCTIONS(F)                                                                                          \
    F(struct wasm_config *, wasm_config_new, (void))                                                                   \
    F(void, wasmtime_config_wasm_threads_set, (struct wasm_config *, bool))                                            \
    F(void, wasmtime_config_shared_memory_set, (struct wasm_config *, bool))                                           \
    F(void, wasmtime_config_epoch_interruption_set, (struct wasm_config *, bool))                                      \
    F(void, wasmtime_config_parallel_compilation_set, (struct wasm_config *, bool))                                    \
    F(void, wasmtime_config_max_wasm_stack_set, (struct wasm_config *, size_t))                                        \
    F(void, wasmtime_config_memory_reservation_set, (struct wasm_config *, uint64_t))                                  \
    F(void, wasmtime_config_memory_reservation_for_growth_set, (struct wasm_config *, uint64_t))                       \
    F(void, wasmtime_config_memory_guard_size_set, (struct wasm_config *, uint64_t))                                   \
    F(struct wasm_engine *, wasm_engine_new_with_config, (struct wasm_config *))                                       \
    F(void, wasm_engine_delete, (struct wasm_engine *))                                                                \
    F(void, wasmtime_engine_increment_epoch, (const struct wasm_engine *))                                             \
    F(struct wasmtime_error *, wasmtime_module_new,                                                                    \
      (struct wasm_engine *, const uint8_t *, size_t, struct wasmtime_module **))                                      \
    F(struct wasmtime_error *, wasmtime_module_deserialize,                                                            \
      (struct wasm_engine *, const uint8_t *, size_t, struct wasmtime_module **))                                      \
    F(struct wasmtime_error *, wasmtime_module_serialize, (struct wasmtime_module *, struct wasm_bytes *))             \
    F(void, wasmtime_module_delete, (struct wasmtime_module *))                                                        \
    F(void, wasmtime_module_imports, (const struct wasmtime_module *, struct wasm_importtypes *))                      \
    F(void, wasmtime_module_exports, (const struct wasmtime_module *, struct wasm_exporttypes *))                      \
    F(void, wasm_importtype_vec_delete, (struct wasm_importtypes *))                                                   \
    F(void, wasm_exporttype_vec_delete, (struct wasm_exporttypes *))                                                   \
    F(const struct wasm_bytes *, wasm_importtype_module, (const struct wasm_importtype *))                             \
    F(const struct wasm_bytes *, wasm_importtype_name, (const struct wasm_importtype *))                               \
    F(const struct wasm_externtype *, wasm_importtype_type, (const struct wasm_importtype *))                          \
    F(const struct wasm_bytes *, wasm_exporttype_name, (const struct wasm_exporttype *))                               \
    F(const struct wasm_externtype *, wasm_exporttype_type, (const struct wasm_exporttype *))                          \
    F(uint8_t, wasm_externtype_kind, (const struct wasm_externtype *))                                                 \
    F(const struct wasm_globaltype *, wasm_externtype_as_globaltype_const, (const struct wasm_externtype *))           \
    F(const struct wasm_tabletype *, wasm_externtype_as_tabletype_const, (const struct wasm_externtype *))             \
    F(const struct wasm_memorytype *, wasm_externtype_as_memorytype_const, (const struct wasm_externtype *))           \
    F(const struct wasm_valtype *, wasm_globaltype_content, (const struct wasm_globaltype *))                          \
    F(const struct wasm_valtype *, wasm_tabletype_element, (const struct wasm_tabletype *))                            \
    F(const struct wasm_limits *, wasm_tabletype_limits, (const struct wasm_tabletype *))                              \
    F(uint8_t, wasm_valtype_kind, (const struct wasm_valtype *))                                                       \
    F(struct wasm_valtype *, wasm_valtype_new, (uint8_t))                                                              \
    F(void, wasm_valtype_vec_new, (struct wasm_valtypes *, size_t, struct wasm_valtype *const *))                      \
    F(struct wasm_functype *, wasm_functype_new, (struct wasm_valtypes *, struct wasm_valtypes *))                     \
    F(void, wasm_functype_delete, (struct wasm_functype *))                                                            \
    F(const struct wasm_valtypes *, wasm_functype_params, (const struct wasm_functype *))                              \
    F(const struct wasm_valtypes *, wasm_functype_results, (const struct wasm_functype *))                             \
    F(struct wasmtime_error *, wasmtime_memorytype_new,                                                                \
      (uint64_t, bool, uint64_t, bool, bool, uint8_t, struct wasm_memorytype **))                                      \
    F(void, wasm_memorytype_delete, (struct wasm_memorytype *))                                                        \
    F(uint64_t, wasmtime_memorytype_minimum, (const struct wasm_memorytype *))                                         \
    F(bool, wasmtime_memorytype_maximum, (const struct wasm_memorytype *, uint64_t *))                                 \
    F(bool, wasmtime_memorytype_is64, (const struct wasm_memorytype *))                                                \
    F(bool, wasmtime_memorytype_isshared, (const struct wasm_memorytype *))                                            \
    F(struct wasmtime_error *, wasmtime_sharedmemory_new,                                                              \
      (const struct wasm_engine *, const struct wasm_memorytype *, struct wasmtime_sharedmemory **))                   \
    F(void, wasmtime_sharedmemory_delete, (struct wasmtime_sharedmemory *))                                            \
    F(uint8_t *, wasmtime_sharedmemory_data, (const struct wasmtime_sharedmemory *))                                   \
    F(size_t, wasmtime_sharedmemory_data_size, (const struct wasmtime_sharedmemory *))                                 \
    F(struct wasmtime_store *, wasmtime_store_new, (struct wasm_engine *, void *, wasmtime_finalizer))                 \
    F(struct wasmtime_context *, wasmtime_store_context, (struct wasmtime_store *))                                    \
    F(void, wasmtime_store_limiter, (struct wasmtime_store *, int64_t, int64_t, int64_t, int64_t, int64_t))            \
    F(void, wasmtime_store_delete, (struct wasmtime_store *))                                                          \
    F(struct wasmtime_error *, wasmtime_context_set_wasi, (struct wasmtime_context *, struct wasi_config *))           \
    F(void, wasmtime_context_set_epoch_deadline, (struct wasmtime_context *, uint64_t))                                \
    F(struct wasmtime_linker *, wasmtime_linker_new, (struct wasm_engine *))                                           \
    F(void, wasmtime_linker_delete, (struct wasmtime_linker *))                                                        \
    F(struct wasmtime_error *, wasmtime_linker_define_wasi, (struct wasmtime_linker *))                                \
    F(struct wasmtime_error *, wasmtime_linker_define,                                                                 \
      (struct wasmtime_linker *, struct wasmtime_context *, const char *, size_t, const char *, size_t,                \
       const struct wasmtime_extern *))                                                                                \
    F(struct wasmtime_error *, wasmtime_linker_define_func_unchecked,                                                  \
      (struct wasmtime_linker *, const char *, size_t, const char *, size_t, const struct wasm_functype *,             \
       wasmtime_callback, void *, wasmtime_finalizer))                                                                 \
    F(struct wasmtime_error *, wasmtime_linker_instantiate,                                                            \
      (const struct wasmtime_linker *, struct wasmtime_context *, const struct wasmtime_module *,                      \
       struct wasmtime_instance *, struct wasm_trap **))                                                               \
    F(bool, wasmtime_instance_export_get,                                                                              \
      (struct wasmtime_context *, const struct wasmtime_instance *, const char *, size_t, struct wasmtime_extern *))   \
    F(struct wasm_functype *, wasmtime_func_type, (const struct wasmtime_context *, const struct wasmtime_func *))     \
    F(void, wasmtime_func_new_unchecked,                                                                               \
      (struct wasmtime_context *, const struct wasm_functype *, wasmtime_callback, void *, wasmtime_finalizer,         \
       struct wasmtime_func *))                                                                                        \
    F(struct wasmtime_error *, wasmtime_func_call_unchecked,                                                           \
      (struct wasmtime_context *, const struct wasmtime_func *, union wasmtime_raw *, size_t, struct wasm_trap **))    \
    F(bool, wasmtime_table_get,                                                                                        \
      (struct wasmtime_context *, const struct wasmtime_table *, uint64_t, struct wasmtime_val *))                     \
    F(struct wasmtime_error *, wasmtime_table_set,                                                                     \
      (struct wasmtime_context *, const struct wasmtime_table *, uint64_t, const struct wasmtime_val *))               \
    F(uint64_t, wasmtime_table_size, (const struct wasmtime_context *, const struct wasmtime_table *))                 \
    F(struct wasmtime_error *, wasmtime_table_grow,                                                                    \
      (struct wasmtime_context *, const struct wasmtime_table *, uint64_t, const struct wasmtime_val *, uint64_t *))   \
    F(uint8_t *, wasmtime_memory_data, (struct wasmtime_context *, const struct wasmtime_memory *))                    \
    F(size_t, wasmtime_memory_data_size, (const struct wasmtime_context *, const struct wasmtime_memory *))            \
    F(void, wasmtime_global_get, (struct wasmtime_context *, const struct wasmtime_global *, struct wasmtime_val *))   \
    F(struct wasm_trap *, wasmtime_trap_new, (const char *, size_t))                                                   \
    F(void, wasm_trap_message, (const struct wasm_trap *, struct wasm_bytes *))                                        \
    F(bool, wasmtime_trap_code, (const struct wasm_trap *, uint8_t *))                                                 \
    F(void, wasm_trap_delete, (struct wasm_trap *))                                                                    \
    F(void, wasmtime_error_message, (const struct wasmtime_error *, struct wasm_bytes *))                              \
    F(bool, wasmtime_error_exit_status, (const struct wasmtime_error *, int *))                                        \
    F(void, wasmtime_error_delete, (struct wasmtime_error *))                                                          \
    F(void, wasm_byte_vec_delete, (struct wasm_bytes *))                                                               \
    F(struct wasi_config *, wasi_config_new, (void))                                                                   \
    F(bool, wasi_config_preopen_dir, (struct wasi_config *, const char *, const char *, bool))                         \
    F(void, wasi_config_set_stdout_custom, (struct wasi_config *, wasmtime_printer, void *, wasmtime_finalizer))       \
    F(void, wasi_config_set_stderr_custom, (struct wasi_config *, wasmtime_printer, void *, wasmtime_finalizer))

#define WASMTIME_FIELD(RESULT, NAME, PARAMETERS) RESULT(*NAME) PARAMETERS;
struct wasmtime_table_of_functions {
    WASMTIME_FUNCTIONS(WASMTIME_FIELD)
};
#undef WASMTIME_FIELD

/* Filled by ib_wclap_open(). */
extern struct wasmtime_table_of_functions ib_wasmtime;

#endif
