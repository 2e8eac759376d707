/* Gives every input event back as it came, so that a test sees what the host made of its own. Audio: the input times a gain
 * that follows its parameter to the sample. Checks what a host must keep to, and logs what it finds at level 3. */
#include "clap_test.h"

#include <math.h>

#define ID "test.echo"
#define GAIN 7
#define MODE 11
#define METER 4000000000u
#define VOICE 13
#define FIXED 15

static const char *const features[] = {"audio-effect", "utility", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE(ID, "Echo");

struct param {
    struct clap_param_info info;
    double value;
};

struct echo {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_log *log;
    const struct clap_host_thread_check *threads;
    struct param params[5];
    int64_t next_steady;
    uint32_t most_frames;
    bool active;
    bool offline;
};

static struct echo *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

static void expect(struct echo *e, bool holds, const char *what)
{
    if (!holds)
        e->log->log(e->host, 3, what);
}

static struct param *find(struct echo *e, uint32_t id)
{
    for (int i = 0; i < 5; i++) {
        if (e->params[i].info.id == id)
            return &e->params[i];
    }
    return NULL;
}

static void set_param(struct echo *e, int at, uint32_t id, uint32_t flags, const char *name, double least, double most,
                      double value)
{
    struct clap_param_info *info = &e->params[at].info;
    info->id = id;
    info->flags = flags;
    info->cookie = &e->params[at];
    strncpy(info->name, name, sizeof info->name);
    strncpy(info->module, at < 2 ? "Main" : "", sizeof info->module);
    info->min_value = least;
    info->max_value = most;
    info->default_value = e->params[at].value = value;
}

static bool init(const struct clap_plugin *plugin)
{
    struct echo *e = self(plugin);
    char endless[257];
    e->log = e->host->get_extension(e->host, "clap.log");
    e->threads = e->host->get_extension(e->host, "clap.thread-check");
    memset(endless, 'x', 256); /* fills a name to its last byte: no NUL */
    endless[256] = '\0';
    set_param(e, 0, GAIN, CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_IS_MODULATABLE, "Gain", -60, 12, 0);
    set_param(e, 1, MODE, CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_ENUM | CLAP_PARAM_IS_AUTOMATABLE, "Mode", 0, 3, 1);
    set_param(e, 2, METER, CLAP_PARAM_IS_READONLY, "Meter", 0, 1, 0);
    set_param(e, 3, VOICE,
              CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_IS_MODULATABLE | CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID |
                  CLAP_PARAM_IS_MODULATABLE_PER_KEY,
              "Voice", 0, 1, 0.5);
    set_param(e, 4, FIXED, CLAP_PARAM_REQUIRES_PROCESS | CLAP_PARAM_IS_PERIODIC, endless, 0, 1, 0);
    return e->log != NULL && e->threads != NULL && e->host->get_extension(e->host, "no.such.thing") == NULL;
}

static void destroy(const struct clap_plugin *plugin)
{
    expect(self(plugin), !self(plugin)->active, "destroyed while active");
    free(self(plugin));
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    struct echo *e = self(plugin);
    expect(e, e->threads->is_main_thread(e->host) && !e->threads->is_audio_thread(e->host), "activate: wrong thread");
    expect(e, rate > 0 && least >= 1 && most >= least, "activate: wrong numbers");
    e->most_frames = most;
    e->next_steady = -1;
    e->active = rate != 12345;
    return e->active;
}

static void deactivate(const struct clap_plugin *plugin)
{
    expect(self(plugin), self(plugin)->active, "deactivated while inactive");
    self(plugin)->active = false;
}

static bool start_processing(const struct clap_plugin *plugin)
{
    struct echo *e = self(plugin);
    expect(e, e->threads->is_audio_thread(e->host) && !e->threads->is_main_thread(e->host), "start: wrong thread");
    return true;
}

static void reset(const struct clap_plugin *plugin)
{
    struct echo *e = self(plugin);
    expect(e, e->threads->is_audio_thread(e->host), "reset: wrong thread");
    e->log->log(e->host, 1, "reset");
}

/* Take a parameter event in; the cookie must be the one that was given. */
static void take(struct echo *e, const struct clap_event_header *header)
{
    const struct clap_event_param *event = (const void *)header;
    struct param *param = find(e, event->param_id);
    expect(e, param != NULL && event->cookie == param, "a parameter came with another cookie");
    if (param == NULL)
        return;
    expect(e, !(param->info.flags & CLAP_PARAM_IS_READONLY), "a read-only parameter was set");
    expect(e, event->value >= param->info.min_value && event->value <= param->info.max_value, "out of range");
    expect(e, !(param->info.flags & CLAP_PARAM_IS_STEPPED) || event->value == floor(event->value), "not a step");
    param->value = event->value;
}

static void echo_events(struct echo *e, const struct clap_input_events *in, const struct clap_output_events *out,
                        uint32_t frames)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_header *header = in->get(in, i);
        expect(e, header->time >= last && header->time < (frames != 0 ? frames : 1), "events are not in order");
        last = header->time;
        if (header->type == CLAP_EVENT_TRANSPORT) {
            const struct clap_event_transport *t = (const void *)header;
            char line[128];
            snprintf(line, sizeof line, "transport %u at %u: %g", t->flags, header->time, t->tempo);
            e->log->log(e->host, 1, line);
        }
        out->try_push(out, header);
    }
    expect(e, in->get(in, in->size(in)) == NULL, "there is an event behind the last");
}

static void gain_frames(const struct clap_process *p, uint32_t from, uint32_t to, double gain)
{
    for (uint32_t port = 0; port < p->audio_outputs_count && port < p->audio_inputs_count; port++) {
        const struct clap_audio_buffer *in = &p->audio_inputs[port];
        struct clap_audio_buffer *out = &p->audio_outputs[port];
        out->constant_mask = in->constant_mask;
        for (uint32_t c = 0; c < out->channel_count && c < in->channel_count; c++) {
            for (uint32_t i = from; i < to; i++) {
                if (out->data64 != NULL)
                    out->data64[c][i] = in->data64[c][i] * gain;
                else
                    out->data32[c][i] = in->data32[c][i] * (float)gain;
            }
        }
    }
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    struct echo *e = self(plugin);
    uint32_t at = 0;
    expect(e, e->threads->is_audio_thread(e->host), "process: wrong thread");
    expect(e, p->frames_count >= 1 && p->frames_count <= e->most_frames, "process: frames");
    expect(e, p->audio_inputs_count == 2 && p->audio_outputs_count == 2, "process: ports");
    expect(e, p->steady_time >= e->next_steady, "process: steady time went back");
    e->next_steady = p->steady_time + p->frames_count;
    if (p->transport != NULL) {
        char line[256];
        snprintf(line, sizeof line, "song %u %lld %lld %g %g %lld %d %u/%u", p->transport->flags,
                 (long long)p->transport->song_pos_beats, (long long)p->transport->song_pos_seconds,
                 p->transport->tempo, p->transport->tempo_inc, (long long)p->transport->bar_start,
                 p->transport->bar_number, p->transport->tsig_num, p->transport->tsig_denom);
        e->log->log(e->host, 0, line);
    }
    for (uint32_t i = 0; i < p->in_events->size(p->in_events); i++) {
        const struct clap_event_header *header = p->in_events->get(p->in_events, i);
        if (header->type != CLAP_EVENT_PARAM_VALUE)
            continue;
        gain_frames(p, at, header->time, pow(10.0, find(e, GAIN)->value / 20.0));
        at = header->time;
        take(e, header);
    }
    gain_frames(p, at, p->frames_count, pow(10.0, find(e, GAIN)->value / 20.0));
    echo_events(e, p->in_events, p->out_events, p->frames_count);
    return CLAP_PROCESS_CONTINUE;
}

/* -- extensions -------------------------------------------------------------------------------------------------------- */

static uint32_t two(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 2;
}

static bool audio_port(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                       struct clap_audio_port_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index == 0 ? 100 : 200;
    snprintf(info->name, sizeof info->name, "%s %u", is_input ? "In" : "Out", index);
    info->flags = (index == 0 ? CLAP_AUDIO_PORT_IS_MAIN : 0) | CLAP_AUDIO_PORT_SUPPORTS_64BITS;
#ifdef WIDE
    info->flags |= CLAP_AUDIO_PORT_PREFERS_64BITS;
#endif
    info->channel_count = index == 0 ? 2 : 1;
    info->port_type = index == 0 ? "stereo" : "mono";
    info->in_place_pair = index == 0 ? 100 : CLAP_INVALID_ID;
    return true;
}

static const uint32_t dialects[] = {
    CLAP_NOTE_DIALECT_CLAP,     CLAP_NOTE_DIALECT_MIDI,
    CLAP_NOTE_DIALECT_MIDI2,    CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI,
    CLAP_NOTE_DIALECT_MIDI_MPE,
};

static uint32_t note_ports(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 5 : 1;
}

static bool note_port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info)
{
    (void)plugin;
    info->id = index + 50;
    info->supported_dialects = is_input ? dialects[index] : 15;
    info->preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
    snprintf(info->name, sizeof info->name, "Notes %u", index);
    return true;
}

static uint32_t params_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 5;
}

static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    *info = self(plugin)->params[index].info;
    return index < 5;
}

static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    const struct param *param = find(self(plugin), id);
    if (param != NULL)
        *value = param->value;
    return param != NULL;
}

static bool params_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    static const char *const modes[] = {"Off", "Soft", "Hard", "Caf\xc3\xa9 \xff"};
    (void)plugin;
    if (id == MODE)
        snprintf(text, size, "%s", modes[value >= 0 && value <= 3 ? (int)value : 0]);
    else if (id == GAIN)
        snprintf(text, size, "%.2f dB", value);
    else if (id == VOICE) /* counts in halves, writes percent: no unit to be learnt */
        snprintf(text, size, "%.0f %%", value * 100);
    else
        return false;
    return true;
}

static bool params_number(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    char *end;
    (void)plugin;
    *value = strtod(text, &end);
    return id == GAIN && end != text;
}

static void params_flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                         const struct clap_output_events *out)
{
    struct echo *e = self(plugin);
    expect(e, e->active ? e->threads->is_audio_thread(e->host) : e->threads->is_main_thread(e->host),
           "flush: wrong thread");
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_header *header = in->get(in, i);
        expect(e, header->type >= CLAP_EVENT_PARAM_VALUE && header->type <= CLAP_EVENT_PARAM_GESTURE_END,
               "flush: a note");
        if (header->type == CLAP_EVENT_PARAM_VALUE)
            take(e, header);
    }
    echo_events(e, in, out, 0);
}

/* In pieces of 7 bytes, as many as the parameters take. */
static bool state_save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    double values[5];
    for (int i = 0; i < 5; i++)
        values[i] = self(plugin)->params[i].value;
    for (size_t at = 0; at < sizeof values;) {
        size_t left = sizeof values - at;
        int64_t written = stream->write(stream, (char *)values + at, left < 7 ? left : 7);
        if (written <= 0)
            return false;
        at += (size_t)written;
    }
    return values[1] != 3;
}

static bool state_load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    double values[5];
    size_t at = 0;
    int64_t got;
    while (at < sizeof values && (got = stream->read(stream, (char *)values + at, sizeof values - at)) > 0)
        at += (size_t)got;
    if (at != sizeof values || stream->read(stream, values, 1) != 0)
        return false;
    for (int i = 0; i < 5; i++)
        self(plugin)->params[i].value = values[i];
    return true;
}

static bool needs_real_time(const struct clap_plugin *plugin)
{
    (void)plugin;
    return false;
}

static bool render_set(const struct clap_plugin *plugin, int32_t mode)
{
    struct echo *e = self(plugin);
    e->offline = mode == CLAP_RENDER_OFFLINE;
    e->log->log(e->host, 1, e->offline ? "offline" : "real time");
    return true;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {two, audio_port};
    static const struct clap_plugin_note_ports notes = {note_ports, note_port};
    static const struct clap_plugin_params params = {params_count, params_info,   params_value,
                                                     params_text,  params_number, params_flush};
    static const struct clap_plugin_state state = {state_save, state_load};
    static const struct clap_plugin_render render = {needs_real_time, render_set};
    (void)plugin;
    return strcmp(id, "clap.audio-ports") == 0  ? (const void *)&audio_ports
           : strcmp(id, "clap.note-ports") == 0 ? (const void *)&notes
           : strcmp(id, "clap.params") == 0     ? (const void *)&params
           : strcmp(id, "clap.state") == 0      ? (const void *)&state
           : strcmp(id, "clap.render") == 0     ? (const void *)&render
                                                : NULL;
}

static const struct clap_plugin functions = {
    &descriptor,      NULL,    init,  destroy, activate,      deactivate,
    start_processing, nothing, reset, process, get_extension, nothing,
};

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    struct echo *e = calloc(1, sizeof *e);
    (void)factory;
    if (strcmp(id, ID) != 0)
        return NULL;
    e->plugin = functions;
    e->plugin.plugin_data = e;
    e->host = host;
    return &e->plugin;
}

ONE_PLUGIN
