/* Asks things of its host. Each value of parameter 1, "Ask", makes it do one thing in the process() or flush() that brings the
 * value, so that a test can say when; see `asked`. */
#include "clap_test.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

#ifdef __wasm__
#define HAS_FDS 0 /* no descriptor of a sandbox means anything outside of it */
#else
#define HAS_FDS 1
#endif

#define ID "test.asks"

static const char *const features[] = {"Instrument", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE(ID, "Asks");

struct asks {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_log *log;
    const struct clap_host_params *params;
    const struct clap_host_latency *latency;
    const struct clap_host_tail *tail;
    const struct clap_host_state *state;
    const struct clap_host_audio_ports *ports;
    const struct clap_host_note_ports *notes;
    const struct clap_host_timer_support *timers;
    const struct clap_host_posix_fd_support *fds;
    int todo; /* of the next on_main_thread() */
    uint32_t latency_now, tail_now, channels;
    int32_t status;
    uint32_t timer;
    int ticks;
    int pipe[2];
    double value; /* of parameter 2, which it changes by itself */
    bool changed;
    bool has_extra;
    const struct clap_output_events *kept;
    int again; /* activations that have asked for another */
};

static struct asks *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

static void say(struct asks *a, const char *what, long number)
{
    char line[200];
    snprintf(line, sizeof line, "%s %ld", what, number);
    a->log->log(a->host, 1, line);
}

#include "clap_asks_main.h"

static bool init(const struct clap_plugin *plugin)
{
    struct asks *a = self(plugin);
    a->log = a->host->get_extension(a->host, "clap.log");
    a->params = a->host->get_extension(a->host, "clap.params");
    a->latency = a->host->get_extension(a->host, "clap.latency");
    a->tail = a->host->get_extension(a->host, "clap.tail");
    a->state = a->host->get_extension(a->host, "clap.state");
    a->ports = a->host->get_extension(a->host, "clap.audio-ports");
    a->notes = a->host->get_extension(a->host, "clap.note-ports");
    a->timers = a->host->get_extension(a->host, "clap.timer-support");
    a->fds = a->host->get_extension(a->host, "clap.posix-fd-support");
    return a->log && a->params && a->latency && a->tail && a->state && a->ports && a->notes && a->timers &&
           (a->fds || !HAS_FDS) && a->ports->is_rescan_flag_supported(a->host, 1) &&
           !a->ports->is_rescan_flag_supported(a->host, 1024) && a->notes->supported_dialects(a->host) == 15 &&
           pipe(a->pipe) == 0;
}

static void destroy(const struct clap_plugin *plugin)
{
    struct asks *a = self(plugin);
    if (a->todo == 23)
        a->host->request_callback(a->host); /* which comes too late */
    close(a->pipe[0]);
    close(a->pipe[1]);
    free(a);
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    struct asks *a = self(plugin);
    (void)least;
    (void)most;
    if (a->todo == 1) {
        a->latency_now += 64;
        a->latency->changed(a->host);
        a->todo = 0;
    }
    if (a->todo == 21) { /* a latency that takes four activations to be found */
        a->latency_now += 64;
        a->latency->changed(a->host);
        if (++a->again < 4)
            a->host->request_restart(a->host);
    }
    if (a->todo == 22) /* in vain, every time */
        a->ports->rescan(a->host, 4 | 32);
    return rate > 0;
}

static void deactivate(const struct clap_plugin *plugin)
{
    struct asks *a = self(plugin);
    if (a->todo == 20) { /* the moment for other ports (audio-ports.h) */
        a->channels++;
        a->ports->rescan(a->host, 4 | 32);
        a->todo = 0;
    }
}

static bool start_processing(const struct clap_plugin *plugin)
{
    return self(plugin)->todo != 30;
}

static void *wrong_thread(void *argument)
{
    struct asks *a = argument;
    uint32_t id = 0;
    a->params->rescan(a->host, 8);
    a->params->clear(a->host, 1, 1);
    a->latency->changed(a->host);
    a->tail->changed(a->host);
    a->state->mark_dirty(a->host);
    a->ports->rescan(a->host, 32);
    a->notes->rescan(a->host, 1);
    say(a, "timer", a->timers->register_timer(a->host, 10, &id));
    say(a, "fd", a->fds->register_fd(a->host, 0, 1));
    struct clap_event_midi event = {{sizeof event, 0, 0, CLAP_EVENT_MIDI, 0}, 0, {0x90, 1, 1}};
    if (a->kept != NULL)
        say(a, "push", a->kept->try_push(a->kept, &event.header));
    for (int i = 0; i < 100; i++) {
        say(a, "line", i);
        a->host->request_callback(a->host);
        a->host->request_process(a->host);
        a->params->request_flush(a->host);
    }
    return NULL;
}

static void *log_lines(void *argument)
{
    for (int i = 0; i < 20; i++)
        say(argument, "thread", i);
    return NULL;
}

static void in_threads(struct asks *a, void *(*body)(void *), int count)
{
    pthread_t threads[8];
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, body, a);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void push_badly(struct asks *a, const struct clap_output_events *out)
{
    struct clap_event_param value = {{sizeof value, 5, 0, CLAP_EVENT_PARAM_VALUE, 0}, 2, NULL, -1, -1, -1, -1, NAN};
    say(a, "nan", out->try_push(out, &value.header));
    value.value = 0.25;
    value.param_id = 99;
    say(a, "unknown", out->try_push(out, &value.header));
    value.param_id = 2;
    value.header.space_id = 3;
    say(a, "space", out->try_push(out, &value.header));
    value.header.space_id = 0;
    value.header.type = 4711;
    say(a, "type", out->try_push(out, &value.header));
    value.header.type = CLAP_EVENT_PARAM_VALUE;
    value.header.size = 20;
    say(a, "size", out->try_push(out, &value.header));
    say(a, "null", out->try_push(out, NULL));
    value.header.size = sizeof value;
    value.header.time = 4000000000u;
    say(a, "late", out->try_push(out, &value.header));
    value.header.time = 0;
    value.value = 0.75;
    say(a, "early", out->try_push(out, &value.header));
}

/* On the audio thread, or on the main thread in a flush of an inactive plugin. */
static void asked(struct asks *a, int what, const struct clap_output_events *out)
{
    switch (what) {
    case 1:  /* another latency, the right way */
    case 20: /* other ports, the right way */
    case 21:
    case 22:
        a->todo = what;
        a->host->request_restart(a->host);
        break;
    case 2:
        a->host->request_callback(a->host);
        break;
    case 3:
    case 4:
    case 5:
        a->status = what == 3 ? CLAP_PROCESS_ERROR : what == 4 ? CLAP_PROCESS_SLEEP : 77;
        break;
    case 6:
    case 7:
        a->tail_now = what == 6 ? 4800 : 0xF0000000u;
        a->tail->changed(a->host);
        break;
    case 8:
        a->kept = out;
        in_threads(a, wrong_thread, 1);
        break;
    case 9:
        in_threads(a, log_lines, 8);
        break;
    case 10:
        push_badly(a, out);
        break;
    default: /* for on_main_thread() */
        a->todo = what;
        a->host->request_callback(a->host);
        break;
    }
}

static void take(struct asks *a, const struct clap_input_events *in, const struct clap_output_events *out)
{
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_param *event = (const void *)in->get(in, i);
        if (event->header.type == CLAP_EVENT_PARAM_VALUE && event->param_id == 1)
            asked(a, (int)event->value, out);
    }
    if (a->changed) {
        struct clap_event_param_gesture begin = {{sizeof begin, 0, 0, CLAP_EVENT_PARAM_GESTURE_BEGIN, 0}, 2};
        struct clap_event_param_gesture end = {{sizeof end, 0, 0, CLAP_EVENT_PARAM_GESTURE_END, 0}, 2};
        struct clap_event_param value = {
            {sizeof value, 0, 0, CLAP_EVENT_PARAM_VALUE, 0}, 2, NULL, -1, -1, -1, -1, a->value};
        a->changed = false;
        out->try_push(out, &begin.header);
        out->try_push(out, &value.header);
        out->try_push(out, &end.header);
    }
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    struct asks *a = self(plugin);
    a->status = CLAP_PROCESS_CONTINUE;
    for (uint32_t c = 0; c < p->audio_outputs[0].channel_count; c++) {
        for (uint32_t i = 0; i < p->frames_count; i++)
            p->audio_outputs[0].data32[c][i] = 0.5f;
    }
    p->audio_outputs[0].constant_mask = 3;
    take(a, p->in_events, p->out_events);
    return a->status;
}

/* -- extensions -------------------------------------------------------------------------------------------------------- */

static uint32_t one_output(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 0 : 1;
}

static bool audio_port(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                       struct clap_audio_port_info *info)
{
    memset(info, 0, sizeof *info);
    info->channel_count = 2 + self(plugin)->channels;
    snprintf(info->name, sizeof info->name, "Out of %u", info->channel_count);
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->in_place_pair = CLAP_INVALID_ID;
    return index == 0 && !is_input;
}

static uint32_t params_count(const struct clap_plugin *plugin)
{
    return self(plugin)->has_extra ? 3 : 2;
}

static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index + 1;
    info->flags = index == 0 ? CLAP_PARAM_IS_STEPPED : 0;
    snprintf(info->name, sizeof info->name, "%s", index == 0 ? "Ask" : index == 1 ? "Own" : "Extra");
    info->max_value = index == 0 ? 100 : 1;
    return true;
}

static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    *value = id == 2 ? self(plugin)->value : 0;
    return true;
}

static bool params_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    (void)plugin;
    (void)id;
    memset(text, value < 1 ? 'a' : 0, size); /* no NUL where it says yes */
    return value < 1;
}

static bool params_number(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    (void)id;
    *value = strtod(text, NULL);
    return true;
}

static void params_flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                         const struct clap_output_events *out)
{
    take(self(plugin), in, out);
}

static uint32_t latency_get(const struct clap_plugin *plugin)
{
    return self(plugin)->latency_now;
}

static uint32_t tail_get(const struct clap_plugin *plugin)
{
    return self(plugin)->tail_now;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {one_output, audio_port};
    static const struct clap_plugin_params params = {params_count, params_info,   params_value,
                                                     params_text,  params_number, params_flush};
    static const struct clap_plugin_latency latency = {latency_get};
    static const struct clap_plugin_tail tail = {tail_get};
    static const struct clap_plugin_timer_support timers = {on_timer};
    static const struct clap_plugin_posix_fd_support fds = {on_fd};
    static const struct clap_plugin_state broken_state = {NULL, NULL};
    (void)plugin;
    return strcmp(id, "clap.audio-ports") == 0        ? (const void *)&audio_ports
           : strcmp(id, "clap.params") == 0           ? (const void *)&params
           : strcmp(id, "clap.latency") == 0          ? (const void *)&latency
           : strcmp(id, "clap.tail") == 0             ? (const void *)&tail
           : strcmp(id, "clap.timer-support") == 0    ? (const void *)&timers
           : strcmp(id, "clap.posix-fd-support") == 0 ? (const void *)&fds
           : strcmp(id, "clap.state") == 0            ? (const void *)&broken_state
                                                      : NULL;
}

static const struct clap_plugin functions = {
    &descriptor,      NULL,    init,    destroy, activate,      deactivate,
    start_processing, nothing, nothing, process, get_extension, on_main_thread,
};

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    struct asks *a = calloc(1, sizeof *a);
    (void)factory;
    (void)id;
    a->plugin = functions;
    a->plugin.plugin_data = a;
    a->host = host;
    (void)host->get_extension(host, "clap.log"); /* too early */
    return &a->plugin;
}

ONE_PLUGIN
