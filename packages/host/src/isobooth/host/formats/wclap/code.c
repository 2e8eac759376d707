/* Compiled modules as bytes. What Python does with them is in compiled.py. */
#include "formats/wclap/wclap.h"

#include <string.h>

/* [main-thread] */
static uint64_t code_of(struct wasmtime_module *module, uint8_t *into, uint64_t room)
{
    struct wasm_bytes code = {0, NULL};
    struct wasmtime_error *error = ib_wasmtime.wasmtime_module_serialize(module, &code);
    if (error != NULL) {
        ib_wasmtime.wasmtime_error_delete(error);
        return 0;
    }
    uint64_t size = code.size;
    if (size <= room)
        memcpy(into, code.data, size);
    ib_wasmtime.wasm_byte_vec_delete(&code);
    return size;
}

uint64_t ib_wclap_module_code(const struct ib_wclap_module *module, uint8_t *into, uint64_t room)
{
    return code_of(module->module, into, room);
}

uint64_t ib_wclap_sample_code(const struct ib_wclap_limits *limits, uint8_t *into, uint64_t room)
{
    struct wasmtime_module *module = NULL;
    uint64_t size = 0;
    struct wasm_engine *engine = ib_wclap_engine_new(limits, 0);
    if (engine == NULL)
        return 0;
    struct wasmtime_error *error =
        ib_wasmtime.wasmtime_module_new(engine, ib_wclap_sample, ib_wclap_sample_size, &module);
    if (error != NULL) {
        ib_wasmtime.wasmtime_error_delete(error);
    } else {
        size = code_of(module, into, room);
        ib_wasmtime.wasmtime_module_delete(module);
    }
    ib_wasmtime.wasm_engine_delete(engine);
    return size;
}
