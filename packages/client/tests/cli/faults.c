/* LADSPA plugins that do in run() what no plugin should: crash, hang, crash late; and one that prints. Declared from
 * ladspa.h 1.1, in the words of this file. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

struct hint {
    int kind;
    float low, high;
};

struct descriptor {
    unsigned long unique_id;
    const char *label;
    int properties;
    const char *name, *maker, *copyright;
    unsigned long port_count;
    const int *ports;
    const char *const *port_names;
    const struct hint *hints;
    void *data;
    void *(*instantiate)(const struct descriptor *, unsigned long rate);
    void (*connect_port)(void *, unsigned long port, float *data);
    void (*activate)(void *);
    void (*run)(void *, unsigned long frames);
    void (*run_adding)(void *, unsigned long frames);
    void (*set_run_adding_gain)(void *, float gain);
    void (*deactivate)(void *);
    void (*cleanup)(void *);
};

enum { INPUT = 1, OUTPUT = 2, AUDIO = 8 };

static float *planes[2];
static unsigned long played;

static void *instantiate(const struct descriptor *self, unsigned long rate)
{
    (void)self;
    (void)rate;
    played = 0;
    return planes;
}

static void connect_port(void *instance, unsigned long port, float *data)
{
    (void)instance;
    planes[port] = data;
}

static void copy(unsigned long frames)
{
    for (unsigned long i = 0; i < frames; i++)
        planes[1][i] = 2 * planes[0][i];
}

static void run_crash(void *instance, unsigned long frames)
{
    (void)instance;
    (void)frames;
    raise(SIGSEGV);
}

static void run_late(void *instance, unsigned long frames)
{
    (void)instance;
    copy(frames);
    played += frames;
    if (played > 4096)
        raise(SIGSEGV);
}

static void run_hang(void *instance, unsigned long frames)
{
    (void)instance;
    (void)frames;
    for (;;)
        sleep(1000);
}

static void run_noisy(void *instance, unsigned long frames)
{
    (void)instance;
    copy(frames);
    printf("noise on standard output\n");
    fflush(stdout);
}

static void cleanup(void *instance)
{
    (void)instance;
}

static const int ports[] = {INPUT | AUDIO, OUTPUT | AUDIO};
static const char *const port_names[] = {"in", "out"};
static const struct hint hints[2];

#define PLUGIN(number, word)                                                                                           \
    {.unique_id = number,                                                                                              \
     .label = #word,                                                                                                   \
     .name = "Fault " #word,                                                                                           \
     .maker = "isobooth",                                                                                              \
     .copyright = "none",                                                                                              \
     .port_count = 2,                                                                                                  \
     .ports = ports,                                                                                                   \
     .port_names = port_names,                                                                                         \
     .hints = hints,                                                                                                   \
     .instantiate = instantiate,                                                                                       \
     .connect_port = connect_port,                                                                                     \
     .run = run_##word,                                                                                                \
     .cleanup = cleanup}

static const struct descriptor plugins[] = {PLUGIN(9001, crash), PLUGIN(9002, late), PLUGIN(9003, hang),
                                            PLUGIN(9004, noisy)};

const struct descriptor *ladspa_descriptor(unsigned long index)
{
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}
