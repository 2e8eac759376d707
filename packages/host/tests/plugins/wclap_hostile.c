/* Does one thing that a sandboxed plugin can do wrong, at the place that -D names. Built for wasm32 alone. */
#include "clap_test.h"

static const char *const features[] = {"audio-effect", NULL};
#ifdef LIES_IN_DESCRIPTOR
static const struct clap_plugin_descriptor descriptor = {
    {1, 2, 0}, (const char *)0xfffffff0, "x", "", "", "", "", "", "", features};
#else
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.hostile", "Hostile");
#endif

static const struct clap_host *the_host;
static volatile int zero;

static UNUSED int overflow(int depth)
{
    volatile char room[1024];
    room[0] = (char)depth;
    return zero == 0 ? overflow(depth + 1) + room[0] : 0;
}

static void misbehave(const struct clap_plugin *plugin, const struct clap_process *process)
{
    (void)plugin;
    (void)process;
#if defined(TRAPS)
    __builtin_trap();
#elif defined(DIVIDES)
    zero = 100 / zero;
#elif defined(OVERFLOWS)
    zero = overflow(0);
#elif defined(SPINS)
    while (zero == 0) {
    }
#elif defined(EXITS)
    exit(3);
#elif defined(EXHAUSTS)
    for (volatile char *p; (p = malloc(1 << 24)) != NULL;)
        *p = 1;
    __builtin_trap();
#elif defined(READS_OUTSIDE)
    zero = *(volatile int *)0xfffffff0;
#elif defined(CALLS_NOTHING)
    ((void (*)(void))0x7fffffff)();
#elif defined(FORGES_HOST)
    static struct clap_host forged;
    forged = *the_host;
    forged.host_data = &forged;
    the_host->request_callback(&forged);
#elif defined(LIES_IN_EVENT)
    process->out_events->try_push(process->out_events, (const struct clap_event_header *)0xfffffff8);
#elif defined(MOVES_OUTPUT)
    process->audio_outputs[0].data32 = (float **)0xfffffff0;
    process->audio_outputs[0].channel_count = 4000000000u;
    ((struct clap_process *)process)->audio_outputs = (struct clap_audio_buffer *)0xfffffff0;
#endif
}

static UNUSED int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    for (uint32_t c = 0; c < 2; c++)
        memset(process->audio_outputs[0].data32[c], 0, process->frames_count * sizeof(float));
    misbehave(plugin, process);
    return CLAP_PROCESS_CONTINUE;
}

static uint32_t ports_count(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    return !is_input;
}

static bool ports_get(const struct clap_plugin *plugin, uint32_t at, bool is_input, struct clap_audio_port_info *info)
{
    (void)plugin;
    (void)is_input;
    memset(info, 0, sizeof *info);
    info->channel_count = 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->in_place_pair = CLAP_INVALID_ID;
#ifdef LIES_IN_PORT
    info->port_type = (const char *)0xfffffffe;
#endif
    return at == 0;
}

static bool save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    (void)plugin;
#ifdef LIES_IN_STREAM
    return stream->write(stream, (const void *)16, UINT64_MAX) > 0;
#else
    return stream->write(stream, "state", 5) == 5;
#endif
}

static bool load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    char room[8];
    (void)plugin;
    return stream->read(stream, room, sizeof room) == 5;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_audio_ports ports = {ports_count, ports_get};
    static const struct clap_plugin_state state = {save, load};
    (void)plugin;
#ifdef LIES_IN_EXTENSION
    if (strcmp(id, "clap.latency") == 0)
        return (const void *)0xfffffffc;
#endif
#ifdef WRONG_TYPE_IN_EXTENSION
    static const struct clap_plugin_tail tail = {(uint32_t (*)(const struct clap_plugin *))(void *)save};
    if (strcmp(id, "clap.tail") == 0)
        return &tail;
#endif
    return strcmp(id, "clap.audio-ports") == 0 ? (const void *)&ports : strcmp(id, "clap.state") == 0 ? &state : NULL;
}

#ifdef WRONG_TYPE
static long double of_another_type(double a, double b)
{
    return a + b;
}
#endif

static bool init(const struct clap_plugin *plugin)
{
#ifdef TRAPS_IN_INIT
    __builtin_trap();
#endif
    return yes(plugin);
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
#ifdef WRONG_TYPE
#define PROCESS (int32_t (*)(const struct clap_plugin *, const struct clap_process *))(void *) of_another_type
#else
#define PROCESS process
#endif
    static const struct clap_plugin plugin = {&descriptor, NULL,    init,    nothing, activate_always, nothing,
                                              yes,         nothing, nothing, PROCESS, get_extension,   nothing};
    (void)factory;
    (void)id;
    (void)&plugin;
    the_host = host;
#ifdef LIES_IN_PLUGIN
    return (const struct clap_plugin *)0xffffffe0;
#else
    return &plugin;
#endif
}

#ifdef SPINS_AT_START
__attribute__((constructor)) static void spin(void)
{
    while (zero == 0) {
    }
}
#endif

ONE_PLUGIN
