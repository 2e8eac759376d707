/* The functions of the host: each takes a plugin's arguments apart, checks what they point at, and calls the native host. */
#include "formats/wclap/wclap.h"

#include <string.h>

#define WORD(AT) ((uint32_t)call->values[AT].i32)
#define FLAG(AT) (call->values[AT].i32 != 0)
#define LONG(AT) (call->values[AT].i64)
#define TEXT(AT) text_of(call, AT)

/* An extension's function without a result, and one with. */
#define TELL(TYPE, NAME, ...)                                                                                          \
    static void TYPE##_##NAME(struct ib_wclap_call *call)                                                              \
    {                                                                                                                  \
        const struct clap_host_##TYPE *native = call->native;                                                          \
        native->NAME(call->box->host, ##__VA_ARGS__);                                                                  \
    }
#define ASK(TYPE, NAME, ...)                                                                                           \
    static void TYPE##_##NAME(struct ib_wclap_call *call)                                                              \
    {                                                                                                                  \
        const struct clap_host_##TYPE *native = call->native;                                                          \
        call->values[0].i32 = (int32_t)native->NAME(call->box->host, ##__VA_ARGS__);                                   \
    }

/* The text that an argument points at; NULL for NULL, and with a fault for one that is none. [any-thread] */
static const char *text_of(struct ib_wclap_call *call, int at)
{
    const char *text = ib_wclap_text(call->box, WORD(at));
    if (text == NULL && WORD(at) != 0)
        ib_wclap_fault(call->box, "it gave the host a text that lies outside of its memory or has no end");
    return text;
}

/* What an argument points at; NULL for NULL, and with a fault if that is not all the plugin's. [any-thread] */
static void *room_of(struct ib_wclap_call *call, int at, uint64_t bytes)
{
    void *room = ib_wclap_at(call->box, WORD(at), bytes);
    if (room == NULL && WORD(at) != 0)
        ib_wclap_fault(call->box, "it gave the host a pointer that leads outside of its memory");
    return room;
}

/* -- clap_host --------------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static void get_extension(struct ib_wclap_call *call)
{
    struct ib_wclap_box *box = call->box;
    const char *id = TEXT(1);
    int group = id != NULL ? ib_wclap_group_of(id) : -1;
    call->values[0].i64 = 0;
    if (group < 0)
        return;
    const void *native = box->host->get_extension(box->host, id);
    if (native == NULL)
        return;
    box->natives[group] = native;
    call->values[0].i32 = (int32_t)box->groups[group];
}

/* [any-thread] */
static void request_restart(struct ib_wclap_call *call)
{
    call->box->host->request_restart(call->box->host);
}

/* [any-thread] */
static void request_process(struct ib_wclap_call *call)
{
    call->box->host->request_process(call->box->host);
}

/* [any-thread] */
static void request_callback(struct ib_wclap_call *call)
{
    call->box->host->request_callback(call->box->host);
}

/* -- extensions that need no more than their arguments ----------------------------------------------------------------- */

TELL(log, log, call->values[1].i32, TEXT(2))
ASK(thread_check, is_main_thread)
ASK(thread_check, is_audio_thread)
TELL(params, rescan, WORD(1))
TELL(params, clear, WORD(1), WORD(2))
TELL(params, request_flush)
TELL(state, mark_dirty)
TELL(latency, changed)
TELL(tail, changed)
ASK(audio_ports, is_rescan_flag_supported, WORD(1))
TELL(audio_ports, rescan, WORD(1))
ASK(note_ports, supported_dialects)
TELL(note_ports, rescan, WORD(1))
TELL(surround, changed)
TELL(ambisonic, changed)
TELL(audio_ports_config, rescan)
TELL(note_name, changed)
TELL(voice_info, changed)
TELL(remote_controls, changed)
TELL(remote_controls, suggest_page, WORD(1))
TELL(undo, begin_change)
TELL(undo, cancel_change)
TELL(undo, request_undo)
TELL(undo, request_redo)
TELL(undo, set_wants_context_updates, FLAG(1))
TELL(transport_control, request_start)
TELL(transport_control, request_stop)
TELL(transport_control, request_continue)
TELL(transport_control, request_pause)
TELL(transport_control, request_toggle_play)
TELL(transport_control, request_jump, LONG(1))
TELL(transport_control, request_loop_region, LONG(1), LONG(2))
TELL(transport_control, request_toggle_loop)
TELL(transport_control, request_enable_loop, FLAG(1))
TELL(transport_control, request_record, FLAG(1))
TELL(transport_control, request_toggle_record)
TELL(transport_control, request_tempo, call->values[1].f64)
TELL(transport_control, request_time_signature, (uint16_t)WORD(1), (uint16_t)WORD(2))
ASK(resource_directory, request_directory, FLAG(1))
TELL(resource_directory, release_directory, FLAG(1))
ASK(tuning, should_play, WORD(1), call->values[2].i32, call->values[3].i32)
ASK(tuning, get_tuning_count)
ASK(timer_support, unregister_timer, WORD(1))

/* -- extensions with pointers ------------------------------------------------------------------------------------------ */

/* [main-thread] */
static void preset_error(struct ib_wclap_call *call)
{
    const struct clap_host_preset_load *native = call->native;
    char path[4096];
    const char *location = TEXT(2), *load_key = TEXT(3), *message = TEXT(5);
    native->on_error(call->box->host, WORD(1), ib_wclap_host_path(call->box->module, location, path), load_key,
                     call->values[4].i32, message);
}

/* [main-thread] */
static void preset_loaded(struct ib_wclap_call *call)
{
    const struct clap_host_preset_load *native = call->native;
    char path[4096];
    const char *location = TEXT(2), *load_key = TEXT(3);
    native->loaded(call->box->host, WORD(1), ib_wclap_host_path(call->box->module, location, path), load_key);
}

/* [main-thread] */
static void track_get(struct ib_wclap_call *call)
{
    static const char layout[] = "l[256][4]it";
    const struct clap_host_track_info *native = call->native;
    struct clap_track_info info;
    memset(&info, 0, sizeof info);
    void *room = room_of(call, 1, ib_wclap_wasm_size(layout));
    bool known = room != NULL && native->get(call->box->host, &info);
    if (known) { /* the text needs room that outlives the call: plugins compare it with a few constants */
        struct ib_wclap_box *box = call->box;
        const char *type = info.audio_port_type;
        uint32_t text = type != NULL ? ib_wclap_push(box, type, strlen(type) + 1) : 0;
        info.audio_port_type = NULL;
        known = ib_wclap_to_wasm(box, layout, (const uint8_t *)&info, WORD(1));
        const size_t type_at = 272;
        ib_wclap_put_word(room, type_at, text);
    }
    call->values[0].i32 = known;
}

/* [main-thread] */
static void undo_change(struct ib_wclap_call *call)
{
    const struct clap_host_undo *native = call->native;
    const char *name = TEXT(1);
    const void *delta = WORD(3) != 0 && WORD(2) != 0 ? room_of(call, 2, WORD(3)) : NULL;
    native->change_made(call->box->host, name, delta, delta != NULL ? WORD(3) : 0, FLAG(4));
}

/* [main-thread] */
static void tuning_info(struct ib_wclap_call *call)
{
    static const char layout[] = "i[256]b";
    const struct clap_host_tuning *native = call->native;
    struct clap_tuning_info info;
    memset(&info, 0, sizeof info);
    bool known = room_of(call, 2, ib_wclap_wasm_size(layout)) != NULL &&
                 native->get_info(call->box->host, WORD(1), &info) &&
                 ib_wclap_to_wasm(call->box, layout, (const uint8_t *)&info, WORD(2));
    call->values[0].i32 = known;
}

/* [audio-thread] */
static void tuning_relative(struct ib_wclap_call *call)
{
    const struct clap_host_tuning *native = call->native;
    call->values[0].f64 =
        native->get_relative(call->box->host, WORD(1), call->values[2].i32, call->values[3].i32, WORD(4));
}

/* The memory is the plugin's own; one is enough, for nothing of it runs twice at a time. [main-thread & being-activated] */
static void scratch_reserve(struct ib_wclap_call *call)
{
    struct ib_wclap_box *box = call->box;
    const struct clap_host_scratch_memory *native = call->native;
    uint32_t bytes = WORD(1);
    bool done = native->reserve(box->host, bytes, WORD(2));
    if (done && bytes > box->scratch_bytes) {
        box->scratch = ib_wclap_allocate(box, bytes);
        box->scratch_bytes = box->scratch != 0 ? bytes : 0;
        done = box->scratch != 0;
    }
    call->values[0].i32 = done;
}

/* [audio-thread] */
static void scratch_access(struct ib_wclap_call *call)
{
    const struct clap_host_scratch_memory *native = call->native; /* it knows from when until when there is some */
    call->values[0].i32 = native->access(call->box->host) != NULL ? (int32_t)call->box->scratch : 0;
}

/* [main-thread] */
static void timer_register(struct ib_wclap_call *call)
{
    const struct clap_host_timer_support *native = call->native;
    uint32_t id = CLAP_INVALID_ID;
    void *room = room_of(call, 2, sizeof id);
    call->values[0].i32 = room != NULL && native->register_timer(call->box->host, WORD(1), &id);
    if (room != NULL)
        memcpy(room, &id, sizeof id);
}

/* The tasks run one after the other, on this thread: a WebAssembly instance has one. [audio-thread] */
static void pool_exec(struct ib_wclap_call *call)
{
    struct ib_wclap_box *box = call->box;
    uint32_t count = WORD(1);
    if (box->exec == NULL || !box->in_process || box->in_pool) {
        const struct clap_host_thread_pool *native = call->native;
        call->values[0].i32 = box->in_pool ? 0 : native->request_exec(box->host, count); /* refuses, and says why */
        return;
    }
    box->in_pool = 1;
    for (uint32_t task = 0; task < count && !box->dead; task++)
        box->exec(box, task);
    box->in_pool = 0;
    if (box->dead)
        ib_wclap_fault(box, "a task of its thread pool has crashed");
    call->values[0].i32 = 1;
}

/* [main-thread] */
static void registry_query(struct ib_wclap_call *call)
{
    const struct clap_host_event_registry *native = call->native;
    uint16_t id = UINT16_MAX;
    const char *name = TEXT(1);
    void *room = room_of(call, 2, sizeof id);
    call->values[0].i32 = room != NULL && native->query(call->box->host, name, &id);
    if (room != NULL)
        memcpy(room, &id, sizeof id);
}

#define TAKES(...) IB_SIGNATURE(IB_V, IB_I, ##__VA_ARGS__)
#define GIVES(...) IB_SIGNATURE(IB_I, IB_I, ##__VA_ARGS__)

const struct ib_wclap_host_row ib_wclap_host_rows[] = {
    {IB_WCLAP_HOST, 32, GIVES(IB_I), get_extension},
    {IB_WCLAP_HOST, 36, TAKES(), request_restart},
    {IB_WCLAP_HOST, 40, TAKES(), request_process},
    {IB_WCLAP_HOST, 44, TAKES(), request_callback},
    {IB_WCLAP_IN_EVENTS, 4, GIVES(), ib_wclap_events_size},
    {IB_WCLAP_IN_EVENTS, 8, GIVES(IB_I), ib_wclap_events_get},
    {IB_WCLAP_OUT_EVENTS, 4, GIVES(IB_I), ib_wclap_events_push},
    {IB_WCLAP_ISTREAM, 4, IB_SIGNATURE(IB_L, IB_I, IB_I, IB_L), ib_wclap_stream_read},
    {IB_WCLAP_OSTREAM, 4, IB_SIGNATURE(IB_L, IB_I, IB_I, IB_L), ib_wclap_stream_write},
    {IB_WCLAP_LOG, 0, TAKES(IB_I, IB_I), log_log},
    {IB_WCLAP_THREAD_CHECK, 0, GIVES(), thread_check_is_main_thread},
    {IB_WCLAP_THREAD_CHECK, 4, GIVES(), thread_check_is_audio_thread},
    {IB_WCLAP_PARAMS, 0, TAKES(IB_I), params_rescan},
    {IB_WCLAP_PARAMS, 4, TAKES(IB_I, IB_I), params_clear},
    {IB_WCLAP_PARAMS, 8, TAKES(), params_request_flush},
    {IB_WCLAP_STATE, 0, TAKES(), state_mark_dirty},
    {IB_WCLAP_LATENCY, 0, TAKES(), latency_changed},
    {IB_WCLAP_TAIL, 0, TAKES(), tail_changed},
    {IB_WCLAP_AUDIO_PORTS, 0, GIVES(IB_I), audio_ports_is_rescan_flag_supported},
    {IB_WCLAP_AUDIO_PORTS, 4, TAKES(IB_I), audio_ports_rescan},
    {IB_WCLAP_NOTE_PORTS, 0, GIVES(), note_ports_supported_dialects},
    {IB_WCLAP_NOTE_PORTS, 4, TAKES(IB_I), note_ports_rescan},
    {IB_WCLAP_PRESET_LOAD, 0, TAKES(IB_I, IB_I, IB_I, IB_I, IB_I), preset_error},
    {IB_WCLAP_PRESET_LOAD, 4, TAKES(IB_I, IB_I, IB_I), preset_loaded},
    {IB_WCLAP_SURROUND, 0, TAKES(), surround_changed},
    {IB_WCLAP_AMBISONIC, 0, TAKES(), ambisonic_changed},
    {IB_WCLAP_PORTS_CONFIG, 0, TAKES(), audio_ports_config_rescan},
    {IB_WCLAP_NOTE_NAME, 0, TAKES(), note_name_changed},
    {IB_WCLAP_VOICE_INFO, 0, TAKES(), voice_info_changed},
    {IB_WCLAP_REMOTE_CONTROLS, 0, TAKES(), remote_controls_changed},
    {IB_WCLAP_REMOTE_CONTROLS, 4, TAKES(IB_I), remote_controls_suggest_page},
    {IB_WCLAP_TRACK_INFO, 0, GIVES(IB_I), track_get},
    {IB_WCLAP_UNDO, 0, TAKES(), undo_begin_change},
    {IB_WCLAP_UNDO, 4, TAKES(), undo_cancel_change},
    {IB_WCLAP_UNDO, 8, TAKES(IB_I, IB_I, IB_I, IB_I), undo_change},
    {IB_WCLAP_UNDO, 12, TAKES(), undo_request_undo},
    {IB_WCLAP_UNDO, 16, TAKES(), undo_request_redo},
    {IB_WCLAP_UNDO, 20, TAKES(IB_I), undo_set_wants_context_updates},
    {IB_WCLAP_TRANSPORT_CONTROL, 0, TAKES(), transport_control_request_start},
    {IB_WCLAP_TRANSPORT_CONTROL, 4, TAKES(), transport_control_request_stop},
    {IB_WCLAP_TRANSPORT_CONTROL, 8, TAKES(), transport_control_request_continue},
    {IB_WCLAP_TRANSPORT_CONTROL, 12, TAKES(), transport_control_request_pause},
    {IB_WCLAP_TRANSPORT_CONTROL, 16, TAKES(), transport_control_request_toggle_play},
    {IB_WCLAP_TRANSPORT_CONTROL, 20, TAKES(IB_L), transport_control_request_jump},
    {IB_WCLAP_TRANSPORT_CONTROL, 24, TAKES(IB_L, IB_L), transport_control_request_loop_region},
    {IB_WCLAP_TRANSPORT_CONTROL, 28, TAKES(), transport_control_request_toggle_loop},
    {IB_WCLAP_TRANSPORT_CONTROL, 32, TAKES(IB_I), transport_control_request_enable_loop},
    {IB_WCLAP_TRANSPORT_CONTROL, 36, TAKES(IB_I), transport_control_request_record},
    {IB_WCLAP_TRANSPORT_CONTROL, 40, TAKES(), transport_control_request_toggle_record},
    {IB_WCLAP_TRANSPORT_CONTROL, 44, TAKES(IB_D), transport_control_request_tempo},
    {IB_WCLAP_TRANSPORT_CONTROL, 48, TAKES(IB_I, IB_I), transport_control_request_time_signature},
    {IB_WCLAP_RESOURCES, 0, GIVES(IB_I), resource_directory_request_directory},
    {IB_WCLAP_RESOURCES, 4, TAKES(IB_I), resource_directory_release_directory},
    {IB_WCLAP_TUNING, 0, IB_SIGNATURE(IB_D, IB_I, IB_I, IB_I, IB_I, IB_I), tuning_relative},
    {IB_WCLAP_TUNING, 4, GIVES(IB_I, IB_I, IB_I), tuning_should_play},
    {IB_WCLAP_TUNING, 8, GIVES(), tuning_get_tuning_count},
    {IB_WCLAP_TUNING, 12, GIVES(IB_I, IB_I), tuning_info},
    {IB_WCLAP_SCRATCH, 0, GIVES(IB_I, IB_I), scratch_reserve},
    {IB_WCLAP_SCRATCH, 4, GIVES(), scratch_access},
    {IB_WCLAP_TIMER, 0, GIVES(IB_I, IB_I), timer_register},
    {IB_WCLAP_TIMER, 4, GIVES(IB_I), timer_support_unregister_timer},
    {IB_WCLAP_THREAD_POOL, 0, GIVES(IB_I), pool_exec},
    {IB_WCLAP_REGISTRY, 0, GIVES(IB_I, IB_I), registry_query},
    {IB_WCLAP_WEBVIEW, 0, GIVES(IB_I, IB_I), ib_wclap_webview_send},
};
const uint32_t ib_wclap_host_row_count = sizeof ib_wclap_host_rows / sizeof *ib_wclap_host_rows;
