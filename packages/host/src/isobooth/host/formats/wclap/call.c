/* Calls into a plugin: one at a time, of functions whose types were compared, and none after the first that went wrong. */
#include "formats/wclap/wclap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEADLINE_TICKS 2

/* The lock lends the waiting thread's priority to the one that has the box, and gives the box to the waiting thread of the
 * highest priority when it is left. The main thread has it for one CLAP call at a time. So a block waits for one such call at
 * most, and only if one is being made: get_value() and the like take less than a microsecond, a state takes what the plugin
 * needs. A call that does not end is the supervisor's, as with a native plugin. [any-thread] */
int ib_wclap_enter(struct ib_wclap_box *box)
{
    if (__atomic_load_n(&box->dead, __ATOMIC_ACQUIRE) || pthread_mutex_lock(&box->lock) != 0)
        return 0;
    if (!box->dead)
        return 1;
    (void)pthread_mutex_unlock(&box->lock);
    return 0;
}

void ib_wclap_leave(struct ib_wclap_box *box)
{
    (void)pthread_mutex_unlock(&box->lock);
}

void ib_wclap_die(struct ib_wclap_box *box, const char *format, ...)
{
    va_list arguments;
    if (box->dead)
        return;
    va_start(arguments, format);
    (void)vsnprintf(box->reason, sizeof box->reason, format, arguments);
    va_end(arguments);
    __atomic_store_n(&box->dead, 1, __ATOMIC_RELEASE);
    const int32_t fatal = 4;
    if (box->log != NULL)
        box->log->log(box->host, fatal, box->reason);
}

void ib_wclap_fault(struct ib_wclap_box *box, const char *format, ...)
{
    va_list arguments;
    if (box->fault[0] != 0)
        return;
    va_start(arguments, format);
    (void)vsnprintf(box->fault, sizeof box->fault, format, arguments);
    va_end(arguments);
}

/* wasmtime's messages have several lines: what was called, a trace, then "Caused by:" and the cause. [any-thread] */
static void pick_cause(const struct wasm_bytes *message, char *text, size_t size)
{
    char copy[4096];
    size_t length = message->size < sizeof copy - 1 ? message->size : sizeof copy - 1;
    memcpy(copy, message->data, length);
    copy[length] = 0;
    const char *cause = strstr(copy, "error while executing") != NULL ? strstr(copy, "Caused by:") : NULL;
    cause = cause != NULL ? cause + strlen("Caused by:") : copy; /* a backtrace tells users nothing, a context does */
    size_t used = 0;
    int gap = 0;
    for (; *cause != 0 && used + 2 < size; cause++) {
        if (*cause == '\n' || *cause == ' ' || *cause == '\t') {
            gap = used != 0;
            continue;
        }
        if (gap)
            text[used++] = ' ';
        gap = 0;
        text[used++] = *cause;
    }
    text[used] = 0;
}

static const char *trap_name(uint8_t code)
{
    static const char *const names[] = {
        "its stack overflowed",
        "it went outside of its memory",
        "an atomic access was not aligned",
        "it went outside of its table of functions",
        "it called a function that is not there",
        "it called a function of another type",
        "an integer overflowed",
        "it divided by zero",
        "it converted a number that is no integer",
        "it reached what it held to be unreachable (an abort or assertion of its own)",
        "it took too long and was interrupted",
    };
    return code < sizeof names / sizeof *names ? names[code] : NULL;
}

void ib_wclap_explain(struct wasmtime_error *error, struct wasm_trap *trap, char *text, size_t size)
{
    struct wasm_bytes message = {0, NULL};
    int status = 0;
    uint8_t code = 0;
    text[0] = 0;
    if (trap != NULL && ib_wasmtime.wasmtime_trap_code(trap, &code) && trap_name(code) != NULL) {
        (void)snprintf(text, size, "%s", trap_name(code));
    } else if (trap != NULL) {
        ib_wasmtime.wasm_trap_message(trap, &message);
    } else if (error != NULL && ib_wasmtime.wasmtime_error_exit_status(error, &status)) {
        (void)snprintf(text, size, "it called exit(%d)", status);
    } else if (error != NULL) {
        ib_wasmtime.wasmtime_error_message(error, &message);
    }
    if (message.data != NULL) {
        pick_cause(&message, text, size);
        ib_wasmtime.wasm_byte_vec_delete(&message);
    }
    if (trap != NULL)
        ib_wasmtime.wasm_trap_delete(trap);
    if (error != NULL)
        ib_wasmtime.wasmtime_error_delete(error);
}

/* [any-thread] */
static uint32_t code_of(const struct wasm_valtype *type)
{
    switch (ib_wasmtime.wasm_valtype_kind(type)) {
    case WASM_I32:
        return IB_I;
    case WASM_I64:
        return IB_L;
    case WASM_F32:
        return IB_F;
    case WASM_F64:
        return IB_D;
    default:
        return IB_V;
    }
}

uint32_t ib_wclap_signature(struct ib_wclap_box *box, const struct wasmtime_func *func)
{
    struct wasm_functype *type = ib_wasmtime.wasmtime_func_type(box->context, func);
    uint32_t signature = IB_NO_SIGNATURE;
    const struct wasm_valtypes *parameters = ib_wasmtime.wasm_functype_params(type);
    const struct wasm_valtypes *results = ib_wasmtime.wasm_functype_results(type);
    if (parameters->size < IB_WCLAP_MOST_VALUES && results->size <= 1) {
        signature = results->size != 0 ? code_of(results->data[0]) : IB_V;
        int is_known = results->size == 0 || signature != IB_V;
        for (size_t i = 0; i < parameters->size; i++) {
            uint32_t code = code_of(parameters->data[i]);
            is_known = is_known && code != IB_V;
            signature |= code << (3 * (i + 1));
        }
        signature = is_known ? signature : IB_NO_SIGNATURE;
    }
    ib_wasmtime.wasm_functype_delete(type);
    return signature;
}

struct wasm_functype *ib_wclap_type(uint32_t signature)
{
    static const uint8_t kinds[] = {0, WASM_I32, WASM_I64, WASM_F32, WASM_F64};
    struct wasm_valtype *values[IB_WCLAP_MOST_VALUES];
    struct wasm_valtypes parameters, results;
    size_t count = 0;
    for (uint32_t rest = signature >> 3; rest != 0; rest >>= 3)
        values[count++] = ib_wasmtime.wasm_valtype_new(kinds[rest & 7]);
    ib_wasmtime.wasm_valtype_vec_new(&parameters, count, values);
    count = 0;
    if ((signature & 7) != IB_V)
        values[count++] = ib_wasmtime.wasm_valtype_new(kinds[signature & 7]);
    ib_wasmtime.wasm_valtype_vec_new(&results, count, values);
    return ib_wasmtime.wasm_functype_new(&parameters, &results);
}

/* 0 if there is no function there. [any-thread, with the box] */
static int look(struct ib_wclap_box *box, uint32_t function, struct ib_wclap_function *found)
{
    struct wasmtime_val value;
    if (!ib_wasmtime.wasmtime_table_get(box->context, &box->table, function, &value) ||
        value.kind != WASMTIME_VAL_FUNCREF || value.of.funcref.store == 0)
        return 0;
    found->func = value.of.funcref;
    found->signature = ib_wclap_signature(box, &found->func);
    return 1;
}

/* NULL if there is none of that type. Functions that were in the table when the box was made are remembered; `room` takes
 * others. [any-thread, with the box] */
static const struct wasmtime_func *find(struct ib_wclap_box *box, uint32_t function, uint32_t signature,
                                        struct ib_wclap_function *room)
{
    struct ib_wclap_function *known = function < box->function_count ? &box->functions[function] : room;
    if (function == 0)
        return NULL;
    if ((known == room || known->signature == IB_NO_SIGNATURE) && !look(box, function, known))
        return NULL;
    return known->signature == signature ? &known->func : NULL;
}

int ib_wclap_has(struct ib_wclap_box *box, uint32_t function, uint32_t signature)
{
    struct ib_wclap_function room;
    return find(box, function, signature, &room) != NULL;
}

int ib_wclap_call_handle(struct ib_wclap_box *box, const struct wasmtime_func *func, size_t count,
                         union wasmtime_raw *values)
{
    struct wasm_trap *trap = NULL;
    if (box->dead)
        return 0;
    uint32_t most = box->module->limits.interrupt_ms;
    if (most != 0)
        ib_wasmtime.wasmtime_context_set_epoch_deadline(box->context, DEADLINE_TICKS);
    struct wasmtime_error *error =
        ib_wasmtime.wasmtime_func_call_unchecked(box->context, func, values, count > 0 ? count : 1, &trap);
    ib_wclap_refresh(box);
    if (error == NULL && trap == NULL)
        return 1;
    char cause[768];
    ib_wclap_explain(error, trap, cause, sizeof cause);
    ib_wclap_die(box, "the plugin has crashed in its sandbox: %s", box->fault[0] != 0 ? box->fault : cause);
    return 0;
}

int ib_wclap_call(struct ib_wclap_box *box, uint32_t function, uint32_t signature, union wasmtime_raw *values)
{
    struct ib_wclap_function room;
    if (box->dead)
        return 0;
    const struct wasmtime_func *func = find(box, function, signature, &room);
    if (func == NULL) {
        ib_wclap_die(box, "the plugin named function %u, which is none of the type that CLAP has there",
                     (unsigned)function);
        return 0;
    }
    struct wasmtime_func handle = *func;
    return ib_wclap_call_handle(box, &handle, IB_WCLAP_MOST_VALUES, values);
}
