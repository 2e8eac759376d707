/* A LADSPA plugin that takes its time to load, and one that dies in every fifth block. */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* LADSPA's descriptor, as far as it is used: declared here after the interface, so that no header has to be installed. */
struct hint {
    int bits;
    float lower, upper;
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
    void *(*instantiate)(const struct descriptor *descriptor, unsigned long rate);
    void (*connect_port)(void *instance, unsigned long port, float *data);
    void (*activate)(void *instance);
    void (*run)(void *instance, unsigned long frames);
    void (*run_adding)(void *instance, unsigned long frames);
    void (*set_run_adding_gain)(void *instance, float gain);
    void (*deactivate)(void *instance);
    void (*cleanup)(void *instance);
};

struct instance {
    float *port[2];
    unsigned long blocks;
};

static void *make(const struct descriptor *descriptor, unsigned long rate)
{
    (void)rate;
    if (descriptor->unique_id == 1)
        usleep(50000);
    return calloc(1, sizeof(struct instance));
}

static void connect_port(void *instance, unsigned long port, float *data)
{
    ((struct instance *)instance)->port[port] = data;
}

static void play(void *instance, unsigned long frames)
{
    struct instance *me = instance;
    for (unsigned long i = 0; i < frames; i++)
        me->port[1][i] = me->port[0][i];
}

static void play_and_die(void *instance, unsigned long frames)
{
    struct instance *me = instance;
    play(me, frames);
    if (++me->blocks == 5)
        abort();
}

__attribute__((visibility("default"))) const struct descriptor *ladspa_descriptor(unsigned long index)
{
    static const int ports[] = {1 | 8, 2 | 8}; /* audio, in and out */
    static const char *const names[] = {"in", "out"};
    static const struct hint hints[2];
    static const struct descriptor slow = {.unique_id = 1,
                                           .label = "slow",
                                           .name = "Slow",
                                           .maker = "",
                                           .copyright = "",
                                           .port_count = 2,
                                           .ports = ports,
                                           .port_names = names,
                                           .hints = hints,
                                           .instantiate = make,
                                           .connect_port = connect_port,
                                           .run = play,
                                           .cleanup = free};
    static struct descriptor mortal;
    mortal = slow;
    mortal.unique_id = 2;
    mortal.label = "mortal";
    mortal.name = "Mortal";
    mortal.run = play_and_die;
    return index == 0 ? &slow : index == 1 ? &mortal : NULL;
}
