/* Looks at the processor's floating-point mode at the start of each function that the audio thread calls, complains to the log
 * if it is not the one that a plugin is promised, and leaves the worst one behind: no denormal flushed, rounding upwards, every
 * exception unmasked, the x87 unit at single precision. So does a task in the thread pool, whichever thread does it. Its output
 * is its input but for one sample, with which nobody may compute then. Each block asks for a flush to come after it, the first for
 * a restart too. */
#include "clap_test.h"

#define ID "test.modes"
#define TASKS 8

enum { NOTHING = 1 };

static const char *const features[] = {"audio-effect", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE(ID, "Modes");

struct modes {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_log *log;
    const struct clap_host_thread_pool *pool;
    const struct clap_host_params *params;
    bool has_asked;
};

#if defined(__x86_64__)

static int is_right(void)
{
    uint16_t x87;
    __asm__ __volatile__("fnstcw %0" : "=m"(x87));
    return (__builtin_ia32_stmxcsr() & ~0x3Fu) == 0x9FC0 && x87 == 0x037F;
}

static void spoil(void)
{
    const uint16_t x87 = 0x0800; /* upwards, single precision, nothing masked */
    __asm__ __volatile__("fnclex; fldcw %0" : : "m"(x87));
    __builtin_ia32_ldmxcsr(0x4000);
}

#elif defined(__aarch64__)

static int is_right(void)
{
    uint64_t now;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(now));
    return now == (uint64_t)1 << 24;
}

static void spoil(void)
{
    __asm__ __volatile__("msr fpcr, %0" : : "r"((uint64_t)1 << 22));
}

#else

static int is_right(void)
{
    return 1;
}

static void spoil(void)
{
}

#endif

static struct modes *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

/* The function `name` has been called: with the right mode? */
static void enter(const struct clap_plugin *plugin, const char *name)
{
    if (!is_right())
        self(plugin)->log->log(self(plugin)->host, 3, name);
}

static void leave(const struct clap_plugin *plugin, const char *name)
{
    self(plugin)->log->log(self(plugin)->host, 1, name);
    spoil();
}

static bool init(const struct clap_plugin *plugin)
{
    struct modes *m = self(plugin);
    m->log = m->host->get_extension(m->host, "clap.log");
    m->pool = m->host->get_extension(m->host, "clap.thread-pool");
    m->params = m->host->get_extension(m->host, "clap.params");
    spoil();
    return true;
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    struct modes *m = self(plugin);
    m->params->request_flush(m->host);
    if (!m->has_asked)
        m->host->request_restart(m->host);
    m->has_asked = true;
    spoil();
}

static void destroy(const struct clap_plugin *plugin)
{
    free(self(plugin));
}

static bool activate(const struct clap_plugin *plugin, double rate, uint32_t least, uint32_t most)
{
    (void)plugin;
    spoil();
    return rate > 0 && least <= most;
}

static bool start_processing(const struct clap_plugin *plugin)
{
    enter(plugin, "start_processing");
    leave(plugin, "left start_processing");
    return true;
}

static void stop_processing(const struct clap_plugin *plugin)
{
    enter(plugin, "stop_processing");
    leave(plugin, "left stop_processing");
}

static void reset(const struct clap_plugin *plugin)
{
    enter(plugin, "reset");
    leave(plugin, "left reset");
}

static void exec(const struct clap_plugin *plugin, uint32_t task)
{
    if (task == 0) /* others may follow one that has spoilt the same thread */
        enter(plugin, "exec");
    if (task == TASKS - 1)
        spoil();
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *p)
{
    enter(plugin, "process");
    float **in = p->audio_inputs[0].data32, **out = p->audio_outputs[0].data32;
    for (uint32_t c = 0; c < 2; c++)
        memcpy(out[c], in[c], p->frames_count * sizeof(float));
    if (!self(plugin)->pool->request_exec(self(plugin)->host, TASKS))
        exec(plugin, 0);
    const uint32_t signalling =
        0x7FA00000; /* a number that is none, and says so: any use of it is an invalid operation */
    memcpy(out[1], &signalling, sizeof signalling);
    self(plugin)->host->request_callback(self(plugin)->host);
    leave(plugin, "left process");
    return CLAP_PROCESS_CONTINUE;
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
    info->in_place_pair = UINT32_MAX;
    info->channel_count = 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    snprintf(info->name, sizeof info->name, "Main");
    return index == 0;
}

static uint32_t count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 1;
}

static bool param_info(const struct clap_plugin *plugin, uint32_t index, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = NOTHING;
    snprintf(info->name, sizeof info->name, "Flush");
    info->max_value = 1;
    return index == 0;
}

static bool param_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    (void)plugin;
    *value = 0;
    return id == NOTHING;
}

static bool param_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t size)
{
    (void)plugin;
    (void)id;
    snprintf(text, size, "%g", value);
    return true;
}

static bool param_number(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    (void)id;
    *value = strtod(text, NULL);
    return true;
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    (void)in;
    (void)out;
    enter(plugin, "flush");
    leave(plugin, "left flush");
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports audio_ports = {one, audio_port};
    static const struct clap_plugin_params params = {count, param_info, param_value, param_text, param_number, flush};
    static const struct clap_plugin_thread_pool pool = {exec};
    (void)plugin;
    return strcmp(id, "clap.audio-ports") == 0   ? (const void *)&audio_ports
           : strcmp(id, "clap.params") == 0      ? (const void *)&params
           : strcmp(id, "clap.thread-pool") == 0 ? (const void *)&pool
                                                 : NULL;
}

static const struct clap_plugin functions = {
    &descriptor,     NULL,  init,    destroy,       activate,       nothing, start_processing,
    stop_processing, reset, process, get_extension, on_main_thread,
};

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    struct modes *m = calloc(1, sizeof *m);
    (void)factory;
    (void)id;
    m->plugin = functions;
    m->plugin.plugin_data = m;
    m->host = host;
    return &m->plugin;
}

ONE_PLUGIN
