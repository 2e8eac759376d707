/* A plugin with every descriptive extension of CLAP; see clap_rich.h for how it is driven. Compiled with -DCOMPAT it knows
 * only the names of the drafts, with -DWITHOUT=id it lacks the extensions whose names begin so, with
 * -DWITHOUT_INFO clap.audio-ports-config-info. */
#include "clap_rich_display.h"
#include "clap_rich_ports.h"
#include "clap_rich_presets.h"

#include <pthread.h>

static const char *const features[] = {"instrument", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.rich", "Rich");

#define HOST(TYPE, ID) ((const struct clap_host_##TYPE *)rich->host->get_extension(rich->host, ID))

/* -- one parameter ----------------------------------------------------------------------------------------------------- */

static uint32_t params_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 1;
}

static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = 1;
    info->max_value = 1.0;
    info->default_value = 0.5;
    snprintf(info->name, sizeof info->name, "Level");
    return index == 0;
}

static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    *value = rich_of(plugin)->level;
    return id == 1;
}

static bool params_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t room)
{
    (void)plugin;
    snprintf(text, room, "%.3f", value);
    return id == 1;
}

static bool params_parse(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    *value = atof(text);
    return id == 1;
}

static void params_flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                         const struct clap_output_events *out)
{
    (void)plugin;
    (void)in;
    (void)out;
}

static const struct clap_plugin_params plugin_params = {params_count, params_info,  params_value,
                                                        params_text,  params_parse, params_flush};

/* -- commands ---------------------------------------------------------------------------------------------------------- */

static void ask_transport(struct rich *rich)
{
    const struct clap_host_transport_control *host = HOST(transport_control, "clap.transport-control/2");
    const int64_t beat = (int64_t)1 << 31;
    host->request_start(rich->host);
    host->request_stop(rich->host);
    host->request_continue(rich->host);
    host->request_pause(rich->host);
    host->request_toggle_play(rich->host);
    host->request_jump(rich->host, 4 * beat + beat / 2);
    host->request_loop_region(rich->host, -beat, 8 * beat);
    host->request_toggle_loop(rich->host);
    host->request_enable_loop(rich->host, true);
    host->request_record(rich->host, false);
    host->request_toggle_record(rich->host);
    host->request_tempo(rich->host, 132.5);
    host->request_tempo(rich->host, -1.0);
    host->request_time_signature(rich->host, 7, 8);
}

static void ask_undo(struct rich *rich)
{
    const struct clap_host_undo *host = HOST(undo, "clap.undo/4");
    const double delta[2] = {0.5, 0.75};
    host->begin_change(rich->host);
    host->cancel_change(rich->host);
    host->change_made(rich->host, "Move", delta, sizeof delta, true);
    host->change_made(rich->host, "Everything", NULL, 0, false);
    host->request_undo(rich->host);
    host->request_redo(rich->host);
    host->set_wants_context_updates(rich->host, true);
}

static void ask_tuning(struct rich *rich)
{
    const struct clap_host_tuning *host = HOST(tuning, "clap.tuning/2");
    struct clap_tuning_info info;
    see(rich, "tunings %u %d\n", host->get_tuning_count(rich->host), host->get_info(rich->host, 0, &info));
}

static void *on_other_thread(void *data)
{
    struct rich *rich = data;
    struct clap_track_info info;
    HOST(note_name, "clap.note-name")->changed(rich->host);
    HOST(remote_controls, "clap.remote-controls/2")->suggest_page(rich->host, 1);
    HOST(surround, "clap.surround/4")->changed(rich->host);
    see(rich, "track %d\n", HOST(track_info, "clap.track-info/1")->get(rich->host, &info));
    return NULL;
}

static void ask_elsewhere(struct rich *rich)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, on_other_thread, rich) == 0)
        pthread_join(thread, NULL);
}

static void ask_many(struct rich *rich)
{
    for (uint32_t i = 0; i < 1000010; i++)
        HOST(remote_controls, "clap.remote-controls/2")->suggest_page(rich->host, i);
}

static void ask_layout(struct rich *rich)
{
    const struct clap_ambisonic_config furse = {CLAP_AMBISONIC_ORDERING_FUMA, CLAP_AMBISONIC_NORMALIZATION_MAXN};
    set_port(&rich->ports[0][0], 4, "ambisonic", &furse);
    HOST(ambisonic, "clap.ambisonic/3")->changed(rich->host);
}

static bool obey(struct rich *rich, const char *command)
{
    unsigned number = 0;
    const char *space = strchr(command, ' ');
    if (space != NULL)
        number = (unsigned)strtoul(space + 1, NULL, 10);
    if (strncmp(command, "names", 5) == 0) {
        rich->names = number;
        HOST(note_name, "clap.note-name")->changed(rich->host);
    } else if (strncmp(command, "notes", 5) == 0) {
        rich->notes = number;
        HOST(note_ports, "clap.note-ports")->rescan(rich->host, CLAP_NOTE_PORTS_RESCAN_NAMES);
    } else if (strncmp(command, "pages", 5) == 0) {
        rich->pages = number;
        HOST(remote_controls, "clap.remote-controls/2")->changed(rich->host);
    } else if (strncmp(command, "suggest", 7) == 0) {
        HOST(remote_controls, "clap.remote-controls/2")->suggest_page(rich->host, number);
    } else if (strncmp(command, "voices", 6) == 0) {
        rich->voices = number;
        HOST(voice_info, "clap.voice-info")->changed(rich->host);
    } else if (strncmp(command, "configs", 7) == 0) {
        rich->configs = number;
        HOST(audio_ports_config, "clap.audio-ports-config")->rescan(rich->host);
    } else if (strncmp(command, "scratch", 7) == 0) {
        rich->scratch = number;
    } else if (strncmp(command, "reserve", 7) == 0) {
        see(rich, "reserve %d\n", HOST(scratch_memory, "clap.scratch-memory/1")->reserve(rich->host, 64, 1));
    } else if (strncmp(command, "request", 7) == 0) {
        see(rich, "request %d\n",
            HOST(resource_directory, "clap.resource-directory/1")->request_directory(rich->host, number));
    } else if (strncmp(command, "release", 7) == 0) {
        HOST(resource_directory, "clap.resource-directory/1")->release_directory(rich->host, number);
    } else if (strncmp(command, "lie", 3) == 0) {
        rich->lies = true;
    } else if (strncmp(command, "loaded", 6) == 0) {
        HOST(preset_load, "clap.preset-load/2")->loaded(rich->host, 0, "/sounds/a#b.rich", " key ");
        HOST(preset_load, "clap.preset-load/2")->on_error(rich->host, 1, NULL, "x", 0, "gone");
    } else if (strncmp(command, "transport", 9) == 0) {
        ask_transport(rich);
    } else if (strncmp(command, "undo", 4) == 0) {
        ask_undo(rich);
    } else if (strncmp(command, "tuning", 6) == 0) {
        ask_tuning(rich);
    } else if (strncmp(command, "track", 5) == 0) {
        track_changed(&rich->plugin);
    } else if (strncmp(command, "layout", 6) == 0) {
        ask_layout(rich);
    } else if (strncmp(command, "elsewhere", 9) == 0) {
        ask_elsewhere(rich);
    } else if (strncmp(command, "many", 4) == 0) {
        ask_many(rich);
    } else {
        return false;
    }
    return true;
}

static bool load_for(const struct clap_plugin *plugin, const struct clap_istream *stream, uint32_t context)
{
    struct rich *rich = rich_of(plugin);
    char command[256] = "";
    int64_t count = stream->read(stream, command, sizeof command - 1);
    see(rich, "load %u\n", context);
    return count > 0 && (context == 1 || obey(rich, command));
}

static bool save_for(const struct clap_plugin *plugin, const struct clap_ostream *stream, uint32_t context)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "save %u", context);
    size_t bytes = rich->seen_bytes;
    rich->seen_bytes = 0;
    return stream->write(stream, rich->seen, bytes) == (int64_t)bytes;
}

static bool load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    return load_for(plugin, stream, 0);
}

static bool save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    return save_for(plugin, stream, 0);
}

static const struct clap_plugin_state plugin_state = {save, load};
static const struct clap_plugin_state_context plugin_state_context = {save_for, load_for};

/* -- the plugin -------------------------------------------------------------------------------------------------------- */

#ifdef COMPAT
#define NAME(STABLE, DRAFT) DRAFT
#else
#define NAME(STABLE, DRAFT) STABLE
#endif

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct {
        const char *id;
        const void *functions;
    } all[] = {
        {"clap.audio-ports", &plugin_ports},
        {"clap.note-ports", &plugin_notes},
        {"clap.params", &plugin_params},
        {"clap.state", &plugin_state},
        {"clap.state-context/2", &plugin_state_context},
        {"clap.audio-ports-config", &plugin_configs},
        {NAME("clap.audio-ports-config-info/1", "clap.audio-ports-config-info/draft-0"), &plugin_config_info},
        {NAME("clap.configurable-audio-ports/1", "clap.configurable-audio-ports.draft1"), &plugin_configurable},
        {NAME("clap.audio-ports-activation/2", "clap.audio-ports-activation/draft-2"), &plugin_activation},
        {NAME("clap.surround/4", "clap.surround.draft/4"), &plugin_surround},
        {NAME("clap.ambisonic/3", "clap.ambisonic.draft/3"), &plugin_ambisonic},
        {"clap.extensible-audio-ports/1", &plugin_extensible},
        {NAME("clap.preset-load/2", "clap.preset-load.draft/2"), &plugin_preset_load},
        {"clap.note-name", &plugin_note_name},
        {"clap.voice-info", &plugin_voice_info},
        {NAME("clap.remote-controls/2", "clap.remote-controls.draft/2"), &plugin_pages},
        {NAME("clap.param-indication/4", "clap.param-indication.draft/4"), &plugin_indication},
        {NAME("clap.track-info/1", "clap.track-info.draft/1"), &plugin_track},
        {"clap.project-location/2", &plugin_place},
        {"clap.undo_delta/4", &plugin_undo_delta},
        {"clap.undo_context/4", &plugin_undo_context},
        {"clap.resource-directory/1", &plugin_resources},
    };
    (void)plugin;
#ifdef WITHOUT
    if (strncmp(id, WITHOUT, strlen(WITHOUT)) == 0)
        return NULL;
#endif
#ifdef WITHOUT_INFO
    if (strncmp(id, "clap.audio-ports-config-info", strlen("clap.audio-ports-config-info")) == 0)
        return NULL;
#endif
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(id, all[i].id) == 0)
            return all[i].functions;
    }
    return NULL;
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    struct rich *rich = rich_of(plugin);
    (void)rate;
    (void)least;
    (void)most;
    rich->is_active = true;
    if (rich->scratch != 0)
        see(rich, "reserve %d\n", HOST(scratch_memory, "clap.scratch-memory/1")->reserve(rich->host, rich->scratch, 1));
    return true;
}

static void deactivate(const struct clap_plugin *plugin)
{
    struct rich *rich = rich_of(plugin);
    rich->is_active = false;
    if (HOST(scratch_memory, "clap.scratch-memory/1")->access(rich->host) != NULL && rich->scratch == 0)
        see(rich, "there is scratch memory\n");
}

/* Main input to main output; with scratch memory, through it. */
static int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    struct rich *rich = rich_of(plugin);
    const struct clap_host_tuning *tuning = HOST(tuning, "clap.tuning/2");
    float *scratch = HOST(scratch_memory, "clap.scratch-memory/1")->access(rich->host);
    if ((scratch != NULL) != (rich->scratch != 0) ||
        scratch != HOST(scratch_memory, "clap.scratch-memory/1")->access(rich->host))
        return CLAP_PROCESS_ERROR;
    if (tuning->get_relative(rich->host, CLAP_INVALID_ID, 0, 60, 0) != 0.0 ||
        !tuning->should_play(rich->host, CLAP_INVALID_ID, 0, 60))
        return CLAP_PROCESS_ERROR;
    for (uint32_t c = 0; c < process->audio_outputs[0].channel_count && c < process->audio_inputs[0].channel_count;
         c++) {
        size_t bytes = process->frames_count * sizeof(float);
        const float *from = process->audio_inputs[0].data32[c];
        if (scratch != NULL && bytes <= rich->scratch) {
            memcpy(scratch, from, bytes);
            from = scratch;
        }
        memcpy(process->audio_outputs[0].data32[c], from, bytes);
    }
    return CLAP_PROCESS_CONTINUE;
}

static void destroy(const struct clap_plugin *plugin)
{
    free(plugin->plugin_data);
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    struct rich *rich = calloc(1, sizeof *rich);
    if (rich == NULL || strcmp(id, descriptor.id) != 0)
        abort();
    rich->plugin = (struct clap_plugin){&descriptor, rich,    yes,     destroy, activate,      deactivate,
                                        yes,         nothing, nothing, process, get_extension, nothing};
    rich->host = host;
    rich->level = 0.5;
    rich->voices = 8;
    rich->names = 3;
    rich->pages = 2;
    rich->configs = 3;
    rich->config = 20;
    rich->port_count[0] = 1;
    rich->port_count[1] = 2;
    set_port(&rich->ports[0][0], 2, "stereo", NULL);
    set_port(&rich->ports[1][0], 2, "stereo", NULL);
    set_port(&rich->ports[1][1], 1, "mono", NULL);
    return &rich->plugin;
}

static uint32_t count_one(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return 1;
}

static const struct clap_plugin_descriptor *list_one(const struct clap_plugin_factory *factory, uint32_t at)
{
    (void)factory;
    return at == 0 ? &descriptor : NULL;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count_one, list_one, create};
    if (strcmp(id, NAME("clap.preset-discovery-factory/2", "clap.preset-discovery-factory/draft-2")) == 0)
        return &preset_factory;
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};
