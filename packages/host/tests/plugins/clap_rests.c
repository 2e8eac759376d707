/* Says of each block whatever parameter 1 tells it to (CLAP_PROCESS_*), counts how it is called and tells it through read-only
 * parameters. Its sound is an echo of its input, 100 frames later, plus a level (parameter 2) that only process() may change and
 * a click of 1.0 at a note on. Parameter 3 shares work out to the host's thread pool, in as many tasks as it says. */
#include "clap_test.h"

#include <math.h>
#include <pthread.h>
#include <unistd.h>

#define ID "test.rests"
#define DELAY 100
#define MOST_TASKS 4096

enum { STATUS = 1, LEVEL = 2, TASKS = 3, FAIL = 4, PARAMS = 4 };

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE(ID, "Rests");

struct rests {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_log *log;
    const struct clap_host_thread_check *threads;
    const struct clap_host_thread_pool *pool;
    const struct clap_host_timer_support *timers;
    double values[PARAMS + 1];
    double line[2][DELAY];
    uint32_t at;
    uint32_t timer;
    uint32_t calls, starts, stops, ticks;
    bool processing, in_process;
    uint32_t done[MOST_TASKS];
    pthread_t doer[MOST_TASKS];
    bool was_right;
};

static struct rests *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

static void say(struct rests *r, const char *what, long number)
{
    char line[200];
    snprintf(line, sizeof line, "%s %ld", what, number);
    r->log->log(r->host, 1, line);
}

static void expect(struct rests *r, bool holds, const char *what)
{
    if (!holds)
        r->log->log(r->host, 3, what);
}

static bool init(const struct clap_plugin *plugin)
{
    struct rests *r = self(plugin);
    const struct clap_host_event_registry *registry = r->host->get_extension(r->host, "clap.event-registry");
    uint16_t space = 7;
    r->log = r->host->get_extension(r->host, "clap.log");
    r->threads = r->host->get_extension(r->host, "clap.thread-check");
    r->pool = r->host->get_extension(r->host, "clap.thread-pool");
    r->timers = r->host->get_extension(r->host, "clap.timer-support");
    r->values[STATUS] = CLAP_PROCESS_CONTINUE;
    if (r->log == NULL || r->threads == NULL || r->pool == NULL || r->timers == NULL || registry == NULL)
        return false;
    expect(r, !registry->query(r->host, "test.space", &space) && space == UINT16_MAX,
           "an unknown event space is known");
    expect(r, !r->pool->request_exec(r->host, 3), "request_exec outside process()");
    return true;
}

static void destroy(const struct clap_plugin *plugin)
{
    free(self(plugin));
}

static bool start_processing(const struct clap_plugin *plugin)
{
    struct rests *r = self(plugin);
    expect(r, r->threads->is_audio_thread(r->host) && !r->processing, "start_processing: wrong thread or state");
    r->processing = true;
    r->starts++;
    return r->values[FAIL] != 2;
}

static void stop_processing(const struct clap_plugin *plugin)
{
    struct rests *r = self(plugin);
    expect(r, r->threads->is_audio_thread(r->host) && r->processing, "stop_processing: wrong thread or state");
    r->processing = false;
    r->stops++;
}

static void reset(const struct clap_plugin *plugin)
{
    expect(self(plugin), self(plugin)->threads->is_audio_thread(self(plugin)->host), "reset: wrong thread");
    memset(self(plugin)->line, 0, sizeof self(plugin)->line);
}

static void exec(const struct clap_plugin *plugin, uint32_t task)
{
    struct rests *r = self(plugin);
    double sum = 0;
    if (task >= MOST_TASKS || !r->threads->is_audio_thread(r->host) || r->threads->is_main_thread(r->host) ||
        !r->in_process)
        __atomic_store_n(&r->was_right, false, __ATOMIC_RELAXED);
    if (r->pool->request_exec(r->host, 1)) /* not from the pool */
        __atomic_store_n(&r->was_right, false, __ATOMIC_RELAXED);
    for (int i = 1; i < 20000; i++)
        sum += 1.0 / i;
    if (r->values[FAIL] == 3 && task == 5)
        *(volatile int *)NULL = (int)sum;
    r->doer[task] = pthread_self();
    __atomic_fetch_add(&r->done[task], sum > 1 ? 1 : 2, __ATOMIC_RELAXED);
}

static void share_out(struct rests *r, uint32_t tasks)
{
    uint32_t wrong = 0, doers = 0;
    memset(r->done, 0, sizeof r->done);
    r->was_right = true;
    r->in_process = true;
    expect(r, r->pool->request_exec(r->host, tasks), "request_exec was refused");
    r->in_process = false;
    for (uint32_t i = 0; i < MOST_TASKS; i++)
        wrong += r->done[i] != (i < tasks);
    for (uint32_t i = 0; i < tasks; i++) {
        bool is_new = true;
        for (uint32_t j = 0; j < i && is_new; j++)
            is_new = !pthread_equal(r->doer[i], r->doer[j]);
        doers += is_new;
    }
    expect(r, wrong == 0, "tasks were left out or done twice");
    expect(r, r->was_right, "a task was done by a wrong thread");
    say(r, "threads", doers);
}

/* The changes of a block or flush. `level` gets the values of LEVEL, frame by frame, if there are frames. */
static void take(struct rests *r, const struct clap_input_events *in, bool is_flush, float **out)
{
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_param *event = (const void *)in->get(in, i);
        if (event->header.type == CLAP_EVENT_NOTE_ON && out != NULL)
            out[0][event->header.time] += 1.0f;
        if (event->header.type == CLAP_EVENT_NOTE_CHOKE || event->header.type == CLAP_EVENT_NOTE_OFF)
            say(r, event->header.type == CLAP_EVENT_NOTE_CHOKE ? "choke" : "off",
                ((const struct clap_event_note *)(const void *)event)->key);
        if (event->header.type != CLAP_EVENT_PARAM_VALUE)
            continue;
        expect(r, !(is_flush && event->param_id == LEVEL), "a flush brought what requires process()");
        if (event->param_id == LEVEL)
            say(r, "level", (long)event->value);
        r->values[event->param_id] = event->value;
        if (event->param_id == FAIL && event->value == 5)
            r->host->request_callback(r->host);
    }
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    struct rests *r = self(plugin);
    float **in = p->audio_inputs[0].data32, **out = p->audio_outputs[0].data32;
    expect(r, r->processing && r->threads->is_audio_thread(r->host), "process: wrong thread or state");
    expect(r, p->audio_inputs[0].constant_mask < 4, "process: constant channels that do not exist");
    r->calls++;
    for (uint32_t i = 0; i < p->frames_count; i++) {
        for (uint32_t c = 0; c < 2; c++) {
            double heard = in[c][i];
            out[c][i] = (float)(r->line[c][r->at] + r->values[LEVEL]);
            r->line[c][r->at] = heard;
        }
        r->at = (r->at + 1) % DELAY;
    }
    take(r, p->in_events, false, out);
    if (r->values[TASKS] > 0)
        share_out(r, r->values[TASKS] < MOST_TASKS ? (uint32_t)r->values[TASKS] : MOST_TASKS);
    if (r->values[FAIL] == 1) {
        for (uint32_t i = 0; i < p->frames_count; i++)
            out[0][i] = NAN;
        return CLAP_PROCESS_ERROR;
    }
    if (r->values[FAIL] == 4 && fabs(in[0][0]) > 2)
        return CLAP_PROCESS_ERROR;
    return (int32_t)r->values[STATUS];
}

/* -- extensions -------------------------------------------------------------------------------------------------------- */

static uint32_t one(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 1;
}

static bool audio_port(const struct clap_plugin *plugin, uint32_t index, bool is_input,
                       struct clap_audio_port_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = is_input ? 10 : 20;
    info->in_place_pair = is_input ? 20 : 10;
    info->channel_count = 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    snprintf(info->name, sizeof info->name, "Main");
    return index == 0;
}

static uint32_t one_in(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return is_input ? 1 : 0;
}

static bool note_port(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info)
{
    (void)plugin;
    (void)is_input;
    memset(info, 0, sizeof *info);
    info->supported_dialects = info->preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
    snprintf(info->name, sizeof info->name, "Notes");
    return index == 0;
}

static uint32_t params_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return PARAMS + 4;
}

static bool params_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    static const char *const names[] = {"Status", "Level", "Tasks", "Fail", "Calls", "Starts", "Stops", "Ticks"};
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = index + 1;
    info->flags = index >= PARAMS ? CLAP_PARAM_IS_READONLY : index + 1 == LEVEL ? CLAP_PARAM_REQUIRES_PROCESS : 0;
    snprintf(info->name, sizeof info->name, "%s", names[index]);
    info->max_value = 1e9;
    return true;
}

static bool params_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    const struct rests *r = self(plugin);
    *value = id <= PARAMS       ? r->values[id]
             : id == PARAMS + 1 ? r->calls
             : id == PARAMS + 2 ? r->starts
             : id == PARAMS + 3 ? r->stops
                                : r->ticks;
    return true;
}

static bool params_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    (void)plugin;
    (void)id;
    snprintf(text, size, "%g", value);
    return true;
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
    (void)out;
    take(self(plugin), in, self(plugin)->threads->is_audio_thread(self(plugin)->host), NULL);
}

static uint32_t tail_get(const struct clap_plugin *plugin)
{
    (void)plugin;
    return DELAY;
}

static void on_timer(const struct clap_plugin *plugin, uint32_t id)
{
    self(plugin)->ticks += id == self(plugin)->timer;
}

/* Parameter 4 at 5 starts a timer of 1 ms. */
static void on_main_thread(const struct clap_plugin *plugin)
{
    struct rests *r = self(plugin);
    expect(r, r->timers->register_timer(r->host, 1, &r->timer), "a timer was refused");
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {one, audio_port};
    static const struct clap_plugin_note_ports notes = {one_in, note_port};
    static const struct clap_plugin_params params = {params_count, params_info,   params_value,
                                                     params_text,  params_number, params_flush};
    static const struct clap_plugin_tail tail = {tail_get};
    static const struct clap_plugin_thread_pool pool = {exec};
    static const struct clap_plugin_timer_support timers = {on_timer};
    (void)plugin;
    return strcmp(id, "clap.audio-ports") == 0     ? (const void *)&audio_ports
           : strcmp(id, "clap.note-ports") == 0    ? (const void *)&notes
           : strcmp(id, "clap.params") == 0        ? (const void *)&params
           : strcmp(id, "clap.tail") == 0          ? (const void *)&tail
           : strcmp(id, "clap.thread-pool") == 0   ? (const void *)&pool
           : strcmp(id, "clap.timer-support") == 0 ? (const void *)&timers
                                                   : NULL;
}

static const struct clap_plugin functions = {
    &descriptor,     NULL,  init,    destroy,       activate_always, nothing, start_processing,
    stop_processing, reset, process, get_extension, on_main_thread,
};

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    struct rests *r = calloc(1, sizeof *r);
    (void)factory;
    (void)id;
    r->plugin = functions;
    r->plugin.plugin_data = r;
    r->host = host;
    return &r->plugin;
}

ONE_PLUGIN
