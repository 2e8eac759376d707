/* The host as a plugin sees it: structs in the plugin's memory whose functions stand in the plugin's table. A context pointer in
 * them is a number that says what it is the context of; what it stands for is kept outside. */
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 0x49420000u
#define MOST_STRUCT_BYTES 64

/* `bytes` of the struct; where in it the context stands (structs of extensions have none: their functions get the host). */
static const struct {
    uint8_t bytes;
    uint8_t context;
    const char *ids[2];
} groups[IB_WCLAP_GROUPS] = {
    [IB_WCLAP_HOST] = {48, 12, {NULL}},
    [IB_WCLAP_IN_EVENTS] = {12, 0, {NULL}},
    [IB_WCLAP_OUT_EVENTS] = {8, 0, {NULL}},
    [IB_WCLAP_ISTREAM] = {8, 0, {NULL}},
    [IB_WCLAP_OSTREAM] = {8, 0, {NULL}},
    [IB_WCLAP_INDEXER] = {48, 28, {NULL}},
    [IB_WCLAP_RECEIVER] = {44, 0, {NULL}},
    [IB_WCLAP_LOG] = {4, 0, {"clap.log"}},
    [IB_WCLAP_THREAD_CHECK] = {8, 0, {"clap.thread-check"}},
    [IB_WCLAP_PARAMS] = {12, 0, {"clap.params"}},
    [IB_WCLAP_STATE] = {4, 0, {"clap.state"}},
    [IB_WCLAP_LATENCY] = {4, 0, {"clap.latency"}},
    [IB_WCLAP_TAIL] = {4, 0, {"clap.tail"}},
    [IB_WCLAP_AUDIO_PORTS] = {8, 0, {"clap.audio-ports"}},
    [IB_WCLAP_NOTE_PORTS] = {8, 0, {"clap.note-ports"}},
    [IB_WCLAP_PRESET_LOAD] = {8, 0, {"clap.preset-load/2", "clap.preset-load.draft/2"}},
    [IB_WCLAP_SURROUND] = {4, 0, {"clap.surround/4", "clap.surround.draft/4"}},
    [IB_WCLAP_AMBISONIC] = {4, 0, {"clap.ambisonic/3", "clap.ambisonic.draft/3"}},
    [IB_WCLAP_PORTS_CONFIG] = {4, 0, {"clap.audio-ports-config"}},
    [IB_WCLAP_NOTE_NAME] = {4, 0, {"clap.note-name"}},
    [IB_WCLAP_VOICE_INFO] = {4, 0, {"clap.voice-info"}},
    [IB_WCLAP_REMOTE_CONTROLS] = {8, 0, {"clap.remote-controls/2", "clap.remote-controls.draft/2"}},
    [IB_WCLAP_TRACK_INFO] = {4, 0, {"clap.track-info/1", "clap.track-info.draft/1"}},
    [IB_WCLAP_UNDO] = {24, 0, {"clap.undo/4"}},
    [IB_WCLAP_TRANSPORT_CONTROL] = {52, 0, {"clap.transport-control/2"}},
    [IB_WCLAP_RESOURCES] = {8, 0, {"clap.resource-directory/1"}},
    [IB_WCLAP_TUNING] = {16, 0, {"clap.tuning/2"}},
    [IB_WCLAP_SCRATCH] = {8, 0, {"clap.scratch-memory/1"}},
    [IB_WCLAP_TIMER] = {8, 0, {"clap.timer-support"}},
    [IB_WCLAP_THREAD_POOL] = {4, 0, {"clap.thread-pool"}},
    [IB_WCLAP_REGISTRY] = {4, 0, {"clap.event-registry"}},
    [IB_WCLAP_LICENSING] = {20, 0, {"com.wclap.licensing/1"}},
};

int ib_wclap_group_of(const char *extension)
{
    for (int group = IB_WCLAP_LOG; group < IB_WCLAP_GROUPS; group++) {
        for (int i = 0; i < 2; i++) {
            if (groups[group].ids[i] != NULL && strcmp(groups[group].ids[i], extension) == 0)
                return group;
        }
    }
    return -1;
}

/* Every call of a plugin to the host comes through here. [any-thread, with the box] */
static struct wasm_trap *on_call(void *env, struct wasmtime_caller *caller, union wasmtime_raw *values, size_t count)
{
    const struct ib_wclap_import *import = env;
    struct ib_wclap_box *box = import->box;
    uint32_t group = import->row->group;
    uint32_t owner = group < IB_WCLAP_LOG ? group : IB_WCLAP_HOST;
    (void)caller;
    (void)count;
    ib_wclap_refresh(box);
    const void *context = ib_wclap_at(box, (uint32_t)values[0].i32, groups[owner].bytes);
    if (context == NULL || ib_wclap_word(context, groups[owner].context) != (CONTEXT | owner)) {
        ib_wclap_fault(box, "it called a function of the host with a pointer that is not the host's");
    } else {
        struct ib_wclap_call call = {box, group < IB_WCLAP_LOG ? box->current[group] : box->natives[group], values};
        if (call.native != NULL && box->current[owner] != NULL)
            import->row->body(&call);
        else
            values[0].i64 = 0; /* a list or stream that is no more, an extension that it was not given */
    }
    return box->fault[0] != 0 ? ib_wasmtime.wasmtime_trap_new(box->fault, strlen(box->fault)) : NULL;
}

/* How many functions the host has, in all files together. [main-thread] */
static uint32_t count_rows(void)
{
    return ib_wclap_host_row_count + IB_WCLAP_PRESET_ROWS + IB_WCLAP_LICENSING_ROWS;
}

/* [main-thread] */
static const struct ib_wclap_host_row *row_at(uint32_t at)
{
    if (at < ib_wclap_host_row_count)
        return &ib_wclap_host_rows[at];
    at -= ib_wclap_host_row_count;
    if (at < IB_WCLAP_PRESET_ROWS)
        return &ib_wclap_preset_rows[at];
    return &ib_wclap_licensing_rows[at - IB_WCLAP_PRESET_ROWS];
}

/* [main-thread] */
static int set_function(struct ib_wclap_box *box, uint32_t at)
{
    struct wasmtime_val value = {.kind = WASMTIME_VAL_FUNCREF};
    struct wasm_functype *type = ib_wclap_type(row_at(at)->signature);
    box->imports[at] = (struct ib_wclap_import){box, row_at(at)};
    ib_wasmtime.wasmtime_func_new_unchecked(box->context, type, on_call, &box->imports[at], NULL, &value.of.funcref);
    ib_wasmtime.wasm_functype_delete(type);
    struct wasmtime_error *error =
        ib_wasmtime.wasmtime_table_set(box->context, &box->table, box->first_import + at, &value);
    if (error != NULL)
        ib_wasmtime.wasmtime_error_delete(error);
    return error == NULL ? 0 : -1;
}

int ib_wclap_host_functions(struct ib_wclap_box *box, char *reason)
{
    uint32_t count = count_rows();
    struct wasmtime_val nothing = {.kind = WASMTIME_VAL_FUNCREF};
    uint64_t before = 0;
    box->imports = calloc(count, sizeof *box->imports);
    struct wasmtime_error *error = ib_wasmtime.wasmtime_table_grow(box->context, &box->table, count, &nothing, &before);
    if (error != NULL || box->imports == NULL) {
        if (error != NULL)
            ib_wasmtime.wasmtime_error_delete(error);
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES,
                       "its table of functions has no room for the host's: link with -Wl,--growable-table");
        return -1;
    }
    box->first_import = (uint32_t)before;
    for (uint32_t i = 0; i < count; i++) {
        if (set_function(box, i) != 0) {
            (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its table does not take the host's functions");
            return -1;
        }
    }
    box->function_count = (uint32_t)before + count;
    box->functions = malloc(box->function_count * sizeof *box->functions);
    if (box->functions == NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "there is no memory");
        return -1;
    }
    for (uint32_t i = 0; i < box->function_count; i++)
        box->functions[i].signature = IB_NO_SIGNATURE;
    return 0;
}

/* A text that stays in the plugin's memory. [main-thread] */
static uint32_t plant(struct ib_wclap_box *box, const char *text)
{
    uint32_t address = ib_wclap_allocate(box, strlen(text) + 1);
    if (address != 0)
        memcpy(ib_wclap_at(box, address, 1), text, strlen(text) + 1);
    return address;
}

/* Version and words of the host, in a clap_host or an indexer. [main-thread] */
static void introduce(struct ib_wclap_box *box, uint32_t group, size_t words)
{
    static const uint32_t version[] = {1, 2, 10};
    const char *texts[] = {"isobooth", "isobooth", "", box->host != NULL ? box->host->version : ""};
    uint32_t planted[4];
    for (size_t i = 0; i < 4; i++)
        planted[i] = plant(box, texts[i] != NULL ? texts[i] : "");
    uint8_t *at = ib_wclap_at(box, box->groups[group], groups[group].bytes);
    for (size_t i = 0; at != NULL && i < 3; i++)
        ib_wclap_put_word(at, 4 * i, version[i]);
    for (size_t i = 0; at != NULL && i < 4; i++)
        ib_wclap_put_word(at, words + 4 * i, planted[i]);
}

int ib_wclap_host_structs(struct ib_wclap_box *box, char *reason)
{
    const size_t host_words = 16, indexer_words = 12;
    uint32_t at = ib_wclap_allocate(box, (uint64_t)IB_WCLAP_GROUPS * MOST_STRUCT_BYTES);
    if (at == 0) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", box->dead ? box->reason : "its malloc gave no memory");
        return -1;
    }
    for (uint32_t group = 0; group < IB_WCLAP_GROUPS; group++) {
        box->groups[group] = at + group * MOST_STRUCT_BYTES;
        if (group < IB_WCLAP_LOG)
            ib_wclap_put_word(box->base + box->groups[group], groups[group].context, CONTEXT | group);
    }
    for (uint32_t i = 0; i < count_rows(); i++)
        ib_wclap_put_word(box->base + box->groups[row_at(i)->group], row_at(i)->offset, box->first_import + i);
    introduce(box, IB_WCLAP_HOST, host_words);
    introduce(box, IB_WCLAP_INDEXER, indexer_words);
    box->current[IB_WCLAP_HOST] = box->host;
    box->natives[IB_WCLAP_HOST] = box->host;
    return 0;
}
