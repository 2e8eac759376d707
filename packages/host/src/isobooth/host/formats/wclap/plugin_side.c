/* Native functions and structs for everything in slots.h, and the life of a plugin behind them. */
#include "formats/wclap/slots.h"
#include "formats/wclap/wclap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNPACK(...) __VA_ARGS__
#define W(VALUE) {.word = (VALUE)}
#define D(VALUE) {.number = (VALUE)}
#define A(VALUE) {.pointer = (VALUE)}

/* One native function per slot; its thread is the one that CLAP says. */
#define DEFINE(EXTENSION, INDEX, RESULT, NAME, CODES, PARAMETERS, WORDS)                                               \
    static RESULT EXTENSION##_##NAME(const struct clap_plugin *plugin UNPACK PARAMETERS)                               \
    {                                                                                                                  \
        static const struct ib_wclap_slot slot = {IB_X_##EXTENSION, INDEX, CODES};                                     \
        const union ib_wclap_word words[] = {UNPACK WORDS};                                                            \
        return (RESULT)ib_wclap_invoke(plugin, &slot, words);                                                          \
    }
IB_WCLAP_SLOTS(DEFINE)

#define LIST(EXTENSION, INDEX, RESULT, NAME, CODES, PARAMETERS, WORDS) {IB_X_##EXTENSION, INDEX, CODES},
static const struct ib_wclap_slot slots[] = {IB_WCLAP_SLOTS(LIST)};
#define SLOTS (sizeof slots / sizeof *slots)

#define NAME(EXTENSION, INDEX, RESULT, FIELD, CODES, PARAMETERS, WORDS) #FIELD,
static const char *const names[] = {IB_WCLAP_SLOTS(NAME)};

#define STRUCT(EXTENSION, TYPE, ...) static const struct clap_plugin_##TYPE EXTENSION##_native = {__VA_ARGS__};
STRUCT(PARAMS, params, PARAMS_count, PARAMS_get_info, PARAMS_get_value, PARAMS_value_to_text, PARAMS_text_to_value,
       PARAMS_flush)
STRUCT(STATE, state, STATE_save, STATE_load)
STRUCT(LATENCY, latency, LATENCY_get)
STRUCT(TAIL, tail, TAIL_get)
STRUCT(RENDER, render, RENDER_has_hard_realtime_requirement, RENDER_set)
STRUCT(TIMER, timer_support, TIMER_on_timer)
STRUCT(AUDIO_PORTS, audio_ports, AUDIO_PORTS_count, AUDIO_PORTS_get)
STRUCT(NOTE_PORTS, note_ports, NOTE_PORTS_count, NOTE_PORTS_get)
STRUCT(CONFIG, audio_ports_config, CONFIG_count, CONFIG_get, CONFIG_select)
STRUCT(CONFIG_INFO, audio_ports_config_info, CONFIG_INFO_current_config, CONFIG_INFO_get)
STRUCT(CONFIGURABLE, configurable_audio_ports, CONFIGURABLE_can_apply_configuration, CONFIGURABLE_apply_configuration)
STRUCT(ACTIVATION, audio_ports_activation, ACTIVATION_can_activate_while_processing, ACTIVATION_set_active)
STRUCT(SURROUND, surround, SURROUND_is_channel_mask_supported, SURROUND_get_channel_map)
STRUCT(AMBISONIC, ambisonic, AMBISONIC_is_config_supported, AMBISONIC_get_config)
STRUCT(EXTENSIBLE, extensible_audio_ports, EXTENSIBLE_add_port, EXTENSIBLE_remove_port)
STRUCT(NOTE_NAME, note_name, NOTE_NAME_count, NOTE_NAME_get)
STRUCT(VOICE_INFO, voice_info, VOICE_INFO_get)
STRUCT(REMOTE, remote_controls, REMOTE_count, REMOTE_get)
STRUCT(INDICATION, param_indication, INDICATION_set_mapping, INDICATION_set_automation)
STRUCT(TRACK, track_info, TRACK_changed)
STRUCT(LOCATION, project_location, LOCATION_set)
STRUCT(PRESET_LOAD, preset_load, PRESET_LOAD_from_location)
STRUCT(CONTEXT, state_context, CONTEXT_save, CONTEXT_load)
STRUCT(UNDO_DELTA, undo_delta, UNDO_DELTA_get_delta_properties, UNDO_DELTA_can_use_delta_format_version,
       UNDO_DELTA_undo, UNDO_DELTA_redo)
STRUCT(UNDO_CONTEXT, undo_context, UNDO_CONTEXT_set_can_undo, UNDO_CONTEXT_set_can_redo, UNDO_CONTEXT_set_undo_name,
       UNDO_CONTEXT_set_redo_name)
STRUCT(RESOURCES, resource_directory, RESOURCES_set_directory, RESOURCES_collect, RESOURCES_get_files_count,
       RESOURCES_get_file_path)
STRUCT(TUNING, tuning, TUNING_changed)
STRUCT(WEBVIEW, webview, WEBVIEW_get_uri, WEBVIEW_get_resource, WEBVIEW_receive)
STRUCT(POOL, thread_pool, POOL_exec)

static const struct {
    uint8_t index;
    const char *ids[2];
    const void *native;
} extensions[] = {
    {IB_X_PARAMS, {"clap.params"}, &PARAMS_native},
    {IB_X_STATE, {"clap.state"}, &STATE_native},
    {IB_X_LATENCY, {"clap.latency"}, &LATENCY_native},
    {IB_X_TAIL, {"clap.tail"}, &TAIL_native},
    {IB_X_RENDER, {"clap.render"}, &RENDER_native},
    {IB_X_TIMER, {"clap.timer-support"}, &TIMER_native},
    {IB_X_AUDIO_PORTS, {"clap.audio-ports"}, &AUDIO_PORTS_native},
    {IB_X_NOTE_PORTS, {"clap.note-ports"}, &NOTE_PORTS_native},
    {IB_X_CONFIG, {"clap.audio-ports-config"}, &CONFIG_native},
    {IB_X_CONFIG_INFO, {"clap.audio-ports-config-info/1", "clap.audio-ports-config-info/draft-0"}, &CONFIG_INFO_native},
    {IB_X_CONFIGURABLE,
     {"clap.configurable-audio-ports/1", "clap.configurable-audio-ports.draft1"},
     &CONFIGURABLE_native},
    {IB_X_ACTIVATION, {"clap.audio-ports-activation/2", "clap.audio-ports-activation/draft-2"}, &ACTIVATION_native},
    {IB_X_SURROUND, {"clap.surround/4", "clap.surround.draft/4"}, &SURROUND_native},
    {IB_X_AMBISONIC, {"clap.ambisonic/3", "clap.ambisonic.draft/3"}, &AMBISONIC_native},
    {IB_X_EXTENSIBLE, {"clap.extensible-audio-ports/1"}, &EXTENSIBLE_native},
    {IB_X_NOTE_NAME, {"clap.note-name"}, &NOTE_NAME_native},
    {IB_X_VOICE_INFO, {"clap.voice-info"}, &VOICE_INFO_native},
    {IB_X_REMOTE, {"clap.remote-controls/2", "clap.remote-controls.draft/2"}, &REMOTE_native},
    {IB_X_INDICATION, {"clap.param-indication/4", "clap.param-indication.draft/4"}, &INDICATION_native},
    {IB_X_TRACK, {"clap.track-info/1", "clap.track-info.draft/1"}, &TRACK_native},
    {IB_X_LOCATION, {"clap.project-location/2"}, &LOCATION_native},
    {IB_X_PRESET_LOAD, {"clap.preset-load/2", "clap.preset-load.draft/2"}, &PRESET_LOAD_native},
    {IB_X_CONTEXT, {"clap.state-context/2"}, &CONTEXT_native},
    {IB_X_UNDO_DELTA, {"clap.undo_delta/4"}, &UNDO_DELTA_native},
    {IB_X_UNDO_CONTEXT, {"clap.undo_context/4"}, &UNDO_CONTEXT_native},
    {IB_X_RESOURCES, {"clap.resource-directory/1"}, &RESOURCES_native},
    {IB_X_TUNING, {"clap.tuning/2"}, &TUNING_native},
    {IB_X_WEBVIEW, {"clap.webview/3"}, &WEBVIEW_native},
    {IB_X_POOL, {"clap.thread-pool"}, &POOL_native},
};
_Static_assert(IB_X_COUNT <= IB_WCLAP_MOST_EXTENSIONS, "a row of functions for each extension");

/* -- extensions -------------------------------------------------------------------------------------------------------- */

/* Read the functions of an extension at `address`; clap_plugin's own stand apart. One that is not there, or of another type than
 * CLAP gives it, counts as none, and its name is added to `holes`. How many are good? [main-thread, with the box] */
static int read_functions(struct ib_wclap_plugin *plugin, uint32_t index, uint32_t address, char *holes, size_t room)
{
    static const uint8_t offsets[IB_WCLAP_MOST_SLOTS] = {8, 12, 16, 20, 24, 28, 32, 44}; /* plugin.h */
    int good = 0;
    holes[0] = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].extension != index)
            continue;
        uint32_t at = index == IB_X_PLUGIN ? offsets[slots[i].index] : 4u * slots[i].index;
        const void *struct_at = ib_wclap_at(plugin->box, address, at + 4);
        uint32_t function = struct_at != NULL ? ib_wclap_word(struct_at, at) : 0;
        int fits = ib_wclap_has(plugin->box, function, ib_wclap_codes_signature(slots[i].codes));
        size_t used = strlen(holes);
        if (!fits)
            (void)snprintf(holes + used, room - used, "%s%s", used != 0 ? ", " : "", names[i]);
        plugin->functions[index][slots[i].index] = fits ? function : 0;
        good += fits;
    }
    return good;
}

/* Log a fault of the plugin. [main-thread, with the box] */
static void complain(struct ib_wclap_box *box, const char *id, const char *what, const char *holes)
{
    const int32_t plugin_misbehaving = 6;
    char line[320];
    (void)snprintf(line, sizeof line, "its extension %s %s%s", id, what, holes);
    if (box->log != NULL)
        box->log->log(box->host, plugin_misbehaving, line);
}

/* [main-thread, with the box] */
static int find_extension(struct ib_wclap_plugin *plugin, uint32_t index, const char *id)
{
    struct ib_wclap_box *box = plugin->box;
    char holes[200];
    const union ib_wclap_word words[] = {A(id)};
    uint64_t address = ib_wclap_invoke_at(box, plugin->get_extension, plugin->address, "us", words);
    if (address == 0)
        return 0;
    int was_known = plugin->known[index];
    plugin->known[index] = read_functions(plugin, index, (uint32_t)address, holes, sizeof holes) != 0;
    if (!plugin->known[index])
        complain(box, id, "has no function of the types that CLAP has there; it is not used", "");
    else if (holes[0] != 0 && !was_known)
        complain(box, id, "lacks functions, or has them of another type than CLAP; they answer nothing: ", holes);
    return plugin->known[index];
}

const void *ib_wclap_extension(struct ib_wclap_plugin *plugin, const char *id)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        const char *const *ids = extensions[i].ids;
        if (strcmp(ids[0], id) != 0 && (ids[1] == NULL || strcmp(ids[1], id) != 0))
            continue;
        return find_extension(plugin, extensions[i].index, id) ? extensions[i].native : NULL;
    }
    return NULL;
}

/* [main-thread] */
static const void *get_extension(const struct clap_plugin *native, const char *id)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    if (id == NULL || strcmp(id, "clap.thread-pool") == 0 || !ib_wclap_enter(plugin->box))
        return NULL;
    const void *found = ib_wclap_extension(plugin, id);
    ib_wclap_leave(plugin->box);
    return found;
}

/* -- life -------------------------------------------------------------------------------------------------------------- */

/* One task of a thread pool. [audio-thread, with the box] */
static void run_task(struct ib_wclap_box *box, uint32_t task)
{
    const union ib_wclap_word words[] = {W(task)};
    (void)ib_wclap_invoke_at(box, box->plugin->functions[IB_X_POOL][0], box->plugin->address, "vu", words);
}

/* [main-thread] */
static bool init(const struct clap_plugin *native)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    struct ib_wclap_box *box = plugin->box;
    box->log = box->host->get_extension(box->host, "clap.log");
    if (!PLUGIN_init(native))
        return false;
    if (get_extension(native, "clap.params") != NULL && ib_wclap_enter(box)) {
        int failed = ib_wclap_events_new(box); /* params.flush must not allocate */
        ib_wclap_leave(box);
        if (failed)
            return false;
    }
    if (ib_wclap_enter(box)) {
        box->exec = find_extension(plugin, IB_X_POOL, "clap.thread-pool") ? run_task : NULL;
        ib_wclap_leave(box);
    }
    return !box->dead;
}

/* [main-thread & !active] */
static void destroy(const struct clap_plugin *native)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    PLUGIN_destroy(native);
    ib_wclap_audio_free(plugin);
    ib_wclap_box_free(plugin->box);
    free(plugin);
}

/* [main-thread & !active] */
static bool activate(const struct clap_plugin *native, double rate, uint32_t least, uint32_t most)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    if (!ib_wclap_enter(plugin->box))
        return false;
    int failed = ib_wclap_audio_new(plugin, most);
    ib_wclap_leave(plugin->box);
    return !failed && PLUGIN_activate(native, rate, least, most);
}

/* Read what create_plugin() gave. 0, or -1 with the reason. [main-thread, with the box] */
static int adopt(struct ib_wclap_plugin *plugin, char *reason)
{
    const size_t bytes = 48, process = 36, extension = 40;
    struct ib_wclap_box *box = plugin->box;
    char holes[200];
    const void *at = ib_wclap_at(box, plugin->address, bytes);
    const void *descriptor = at != NULL ? ib_wclap_at(box, ib_wclap_word(at, 0), bytes) : NULL;
    const char *id = descriptor != NULL ? ib_wclap_text(box, ib_wclap_word(descriptor, 12)) : NULL;
    if (at == NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES,
                       "create_plugin returned a pointer that leads outside of its memory");
        return -1;
    }
    for (uint32_t i = 0; i < box->module->descriptor_count && id != NULL; i++) {
        if (strcmp(box->module->descriptors[i].id, id) == 0)
            plugin->native.desc = &box->module->descriptors[i];
    }
    plugin->process = ib_wclap_word(at, process);
    plugin->get_extension = ib_wclap_word(at, extension);
    if (read_functions(plugin, IB_X_PLUGIN, plugin->address, holes, sizeof holes) == 0 || holes[0] != 0 ||
        !ib_wclap_has(box, plugin->process, IB_SIGNATURE(IB_I, IB_I, IB_I)) ||
        !ib_wclap_has(box, plugin->get_extension, IB_SIGNATURE(IB_I, IB_I, IB_I))) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "its clap_plugin lacks functions, or has some of another type");
        return -1;
    }
    return 0;
}

/* 0, or -1 with the reason. [main-thread] */
static int create(struct ib_wclap_plugin *plugin, const char *id, char *reason)
{
    const size_t bytes = 12, create_plugin = 8;
    struct ib_wclap_box *box = plugin->box;
    uint32_t factory = ib_wclap_get_factory(box, "clap.plugin-factory");
    const void *at = ib_wclap_at(box, factory, bytes);
    (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "create_plugin returned nothing");
    if (at != NULL) {
        const union ib_wclap_word words[] = {W(box->groups[IB_WCLAP_HOST]), A(id)};
        plugin->address = (uint32_t)ib_wclap_invoke_at(box, ib_wclap_word(at, create_plugin), factory, "uus", words);
        if (plugin->address != 0)
            return adopt(plugin, reason);
    }
    if (box->dead)
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "%s", box->reason);
    return -1;
}

const struct clap_plugin *ib_wclap_plugin_new(struct ib_wclap_module *module, const struct clap_host *host,
                                              const char *id, char *reason)
{
    struct ib_wclap_plugin *plugin = calloc(1, sizeof *plugin);
    if (plugin == NULL) {
        (void)snprintf(reason, IB_WCLAP_REASON_BYTES, "there is no memory");
        return NULL;
    }
    plugin->native = (struct clap_plugin){
        NULL,         plugin,      init,         destroy,          activate,      PLUGIN_deactivate,
        PLUGIN_start, PLUGIN_stop, PLUGIN_reset, ib_wclap_process, get_extension, PLUGIN_on_main_thread};
    plugin->box = ib_wclap_box_new(module, host, reason);
    if (plugin->box != NULL) {
        plugin->box->plugin = plugin;
        if (create(plugin, id, reason) == 0) {
            reason[0] = 0;
            return &plugin->native;
        }
        ib_wclap_box_free(plugin->box);
    }
    free(plugin);
    return NULL;
}

const char *ib_wclap_reason(const struct clap_plugin *native)
{
    const struct ib_wclap_plugin *plugin = native->plugin_data;
    return __atomic_load_n(&plugin->box->dead, __ATOMIC_ACQUIRE) ? plugin->box->reason : "";
}
