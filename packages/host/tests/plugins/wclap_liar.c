/* Traps in one of its functions, or tells the host one lie: which, is in the file "mode" of its bundle. Built for wasm32 alone. */
#include "clap_test.h"

#define OUTSIDE ((void *)0xfffffff0)

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.liar", "Liar");
static char mode[64];
static const struct clap_host *the_host;
static double level = 0.5;

/* Is this the place? Then the plugin ends here. */
static void at(const char *place)
{
    if (strcmp(mode, place) == 0)
        __builtin_trap();
}

static int lies(const char *lie)
{
    return strncmp(mode, "lie:", 4) == 0 && strcmp(mode + 4, lie) == 0;
}

static const void *host_has(const char *id)
{
    return the_host->get_extension(the_host, id);
}

/* A text that goes on to the very end of the memory. */
static char *endless(void)
{
    char *end = (char *)(uintptr_t)(__builtin_wasm_memory_size(0) * 65536);
    memset(end - 64, 'x', 64);
    return end - 64;
}

/* -- lies on the main thread ------------------------------------------------------------------------------------------ */

static void lie_in_texts(void)
{
    const struct clap_host_log *log = host_has("clap.log");
    const struct clap_host_preset_load *presets = host_has("clap.preset-load/2");
    const struct clap_host_undo *undo = host_has("clap.undo/4");
    const struct clap_host_event_registry *registry = host_has("clap.event-registry");
    uint16_t space;
    if (lies("extension"))
        (void)host_has(OUTSIDE);
    if (lies("extension endless"))
        (void)host_has(endless());
    if (lies("log"))
        log->log(the_host, 1, OUTSIDE);
    if (lies("log endless"))
        log->log(the_host, 1, endless());
    if (lies("preset error"))
        presets->on_error(the_host, 0, OUTSIDE, OUTSIDE, 0, OUTSIDE);
    if (lies("preset loaded"))
        presets->loaded(the_host, 0, OUTSIDE, endless());
    if (lies("undo name"))
        undo->change_made(the_host, OUTSIDE, NULL, 0, true);
    if (lies("undo delta"))
        undo->change_made(the_host, "x", &level, 0x7fffffff, true);
    if (lies("registry name"))
        (void)registry->query(the_host, OUTSIDE, &space);
    if (lies("registry id"))
        (void)registry->query(the_host, "clap", OUTSIDE);
}

static void lie_in_pointers(void)
{
    const struct clap_host_track_info *track = host_has("clap.track-info/1");
    const struct clap_host_timer_support *timers = host_has("clap.timer-support");
    const struct clap_host_tuning *tuning = host_has("clap.tuning/2");
    const struct clap_host_scratch_memory *scratch = host_has("clap.scratch-memory/1");
    const struct clap_host_log *log = host_has("clap.log");
    if (lies("track"))
        (void)track->get(the_host, OUTSIDE);
    if (lies("timer"))
        (void)timers->register_timer(the_host, 100, OUTSIDE);
    if (lies("tuning"))
        (void)tuning->get_info(the_host, 0, OUTSIDE);
    if (lies("scratch"))
        (void)scratch->reserve(the_host, UINT32_MAX, UINT32_MAX);
    if (lies("host"))
        log->log((const struct clap_host *)OUTSIDE, 1, "x");
    if (lies("host null"))
        log->log(NULL, 1, "x");
    if (lies("host of a kind"))
        log->log((const struct clap_host *)(const void *)log, 1, "x");
}

/* What is allowed to be nothing is no lie: nothing may come of it. */
static void pass_nothing(void)
{
    const struct clap_host_log *log = host_has("clap.log");
    const struct clap_host_undo *undo = host_has("clap.undo/4");
    const struct clap_host_track_info *track = host_has("clap.track-info/1");
    const struct clap_host_timer_support *timers = host_has("clap.timer-support");
    const struct clap_host_event_registry *registry = host_has("clap.event-registry");
    const struct clap_host_preset_load *presets = host_has("clap.preset-load/2");
    if (!lies("nothing"))
        return;
    (void)host_has(NULL);
    log->log(the_host, 1, NULL);
    log->log(the_host, 1000, "%s%n");
    undo->change_made(the_host, NULL, NULL, 0, false);
    (void)track->get(the_host, NULL);
    (void)timers->register_timer(the_host, 0, NULL);
    (void)timers->unregister_timer(the_host, 4000000000u);
    (void)registry->query(the_host, NULL, NULL);
    presets->on_error(the_host, 99, NULL, NULL, -1, NULL);
    presets->loaded(the_host, 99, NULL, NULL);
}

/* -- functions of the plugin ------------------------------------------------------------------------------------------- */

static bool init(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("init");
    return true;
}

static void destroy(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("destroy");
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    at("activate");
    return activate_always(plugin, rate, least, most);
}

static void deactivate(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("deactivate");
}

static bool start(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("start");
    return true;
}

static void stop(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("stop");
}

static void lie_in_events(const struct clap_process *process)
{
    static struct clap_event_header event = {.size = sizeof event, .type = CLAP_EVENT_NOTE_ON};
    const struct clap_input_events *in = process->in_events;
    const struct clap_output_events *out = process->out_events;
    if (lies("event at"))
        (void)in->get(in, UINT32_MAX);
    if (lies("event list"))
        (void)in->get(OUTSIDE, 0);
    if (lies("event list null"))
        (void)in->size(NULL);
    if (lies("event size")) {
        event.size = UINT32_MAX;
        (void)out->try_push(out, &event);
    }
    if (lies("event short"))
        (void)out->try_push(out, &event);
    if (lies("event null"))
        (void)out->try_push(out, NULL);
    if (lies("event kind")) {
        event.type = 60000;
        (void)out->try_push(out, &event);
    }
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    const struct clap_audio_buffer *in = process->audio_inputs, *out = process->audio_outputs;
    (void)plugin;
    at("process");
    if (strcmp(mode, "once") == 0 && level == 0.25) { /* a state that was restored is what it lives on with */
        FILE *file = fopen("/var/died", "r");
        if (file == NULL) {
            fclose(fopen("/var/died", "w"));
            __builtin_trap();
        }
        fclose(file);
    }
    lie_in_events(process);
    for (uint32_t c = 0; c < out->channel_count; c++) {
        for (uint32_t i = 0; i < process->frames_count; i++) {
            if (out->data64 != NULL)
                out->data64[c][i] = in->data64[c][i] * level;
            else
                out->data32[c][i] = (float)(in->data32[c][i] * level);
        }
    }
    return lies("status") ? 4711 : CLAP_PROCESS_CONTINUE;
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("on_main_thread");
}

/* -- extensions -------------------------------------------------------------------------------------------------------- */

static uint32_t ports_count(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin, (void)is_input;
    at("ports count");
    return lies("ports count") ? UINT32_MAX : 1;
}

static bool ports_get(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                      struct clap_audio_port_info *info)
{
    (void)plugin, (void)is_input;
    at("ports get");
    memset(info, 0, sizeof *info);
    info->channel_count = lies("channels") ? UINT32_MAX : 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN | CLAP_AUDIO_PORT_SUPPORTS_64BITS;
    info->in_place_pair = CLAP_INVALID_ID;
    return index == 0;
}

static uint32_t params_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("params count");
    return lies("params count") ? UINT32_MAX : 1;
}

static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    at("params info");
    memset(info, 0, sizeof *info);
    info->id = 1;
    info->max_value = 1.0;
    memset(info->name, 'n', lies("param name") ? sizeof info->name : 3);
    return index == 0 || lies("params count");
}

static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    (void)plugin;
    at("params value");
    *value = level;
    return id == 1;
}

static bool params_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t room)
{
    (void)plugin, (void)id, (void)value;
    at("value to text");
    memset(text, 'x', room); /* without an end */
    return true;
}

static bool params_number(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin, (void)id, (void)text;
    at("text to value");
    *value = 1.0;
    return true;
}

static void params_flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                         const struct clap_output_events *out)
{
    (void)plugin, (void)in, (void)out;
    at("flush");
}

static bool save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    (void)plugin;
    at("save");
    if (lies("save"))
        return false;
    if (lies("stream"))
        return stream->write(OUTSIDE, &level, sizeof level) > 0;
    if (lies("stream write"))
        return stream->write(stream, OUTSIDE, 64) > 0;
    return stream->write(stream, &level, sizeof level) == sizeof level;
}

static bool load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    (void)plugin;
    at("load");
    lie_in_texts();
    lie_in_pointers();
    pass_nothing();
    if (lies("stream read"))
        return stream->read(stream, OUTSIDE, 64) > 0;
    if (lies("stream size"))
        return stream->read(stream, &level, UINT64_MAX) > 0;
    return stream->read(stream, &level, sizeof level) == sizeof level;
}

static uint32_t latency_get(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("latency");
    return 0;
}

static uint32_t tail_get(const struct clap_plugin *plugin)
{
    (void)plugin;
    at("tail");
    return 0;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports ports = {ports_count, ports_get};
    static const struct clap_plugin_params params = {params_count, params_info,   params_value,
                                                     params_text,  params_number, params_flush};
    static const struct clap_plugin_state state = {save, load};
    static const struct clap_plugin_latency latency = {latency_get};
    static const struct clap_plugin_tail tail = {tail_get};
    static const struct {
        const char *id;
        const void *functions;
    } known[] = {{"clap.audio-ports", &ports},
                 {"clap.params", &params},
                 {"clap.state", &state},
                 {"clap.latency", &latency},
                 {"clap.tail", &tail}};
    (void)plugin;
    at("get_extension");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(id, known[i].id) == 0)
            return known[i].functions;
    }
    return NULL;
}

/* -- the entry --------------------------------------------------------------------------------------------------------- */

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    static const struct clap_plugin plugin = {&descriptor, NULL, init,    destroy, activate,      deactivate,
                                              start,       stop, nothing, process, get_extension, on_main_thread};
    (void)factory;
    (void)id;
    the_host = host;
    at("create");
    return &plugin;
}

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    at("count");
    return lies("count") ? UINT32_MAX : 1;
}

static const struct clap_plugin_descriptor *describe(const struct clap_plugin_factory *factory, uint32_t index)
{
    (void)factory;
    at("descriptor");
    return index == 0 || lies("count") ? &descriptor : NULL;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count, describe, create};
    at("get_factory");
    if (lies("factory"))
        return OUTSIDE;
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

static bool start_module(const char *path)
{
    FILE *file = fopen("/plugin.wclap/mode", "r");
    (void)path;
    if (file != NULL) {
        mode[fread(mode, 1, sizeof mode - 1, file)] = 0;
        fclose(file);
    }
    at("entry init");
    return !lies("entry init");
}

static void end_module(void)
{
    at("deinit");
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, start_module, end_module, get_factory};
