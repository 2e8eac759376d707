/* LADSPA descriptors that say what cannot be, one sound plugin among them. With -DENDLESS the library gives that one for
 * every index; with -DEMPTY it has none. */
#include <stddef.h>

#include "formats/ladspa/abi.cdef.h"

static int instance;

static void *instantiate(const struct ib_ladspa_abi *descriptor, unsigned long rate)
{
    (void)descriptor;
    (void)rate;
    return &instance;
}

static void connect_port(void *handle, unsigned long port, float *data)
{
    (void)handle;
    (void)port;
    (void)data;
}

static void run(void *handle, unsigned long frames)
{
    (void)handle;
    (void)frames;
}

static void cleanup(void *handle)
{
    (void)handle;
}

static const int sound[] = {IB_LADSPA_INPUT | IB_LADSPA_CONTROL, IB_LADSPA_INPUT | IB_LADSPA_CONTROL};
static const int both_ways[] = {IB_LADSPA_INPUT | IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL};
static const int no_kind[] = {IB_LADSPA_INPUT};
static const char *const names[] = {"Caf\xc3\xa9 \xfe", NULL};

#define CALLS .instantiate = instantiate, .connect_port = connect_port, .cleanup = cleanup

static const struct ib_ladspa_abi plugins[] = {
    {.label = NULL, .name = "Nameless", .run = run, CALLS},
    {.label = "no_run", .name = "No Run", CALLS},
    {.label = "both_ways", .name = "Both Ways", .port_count = 1, .ports = both_ways, .run = run, CALLS},
    {.label = "no_kind", .name = "No Kind", .port_count = 1, .ports = no_kind, .run = run, CALLS},
    {.label = "no_ports", .name = "No Ports", .port_count = 3, .run = run, CALLS},
    {.label = "too_many", .name = "Too Many", .port_count = (unsigned long)-1, .ports = sound, .run = run, CALLS},
    {.label = "so und", .port_count = 2, .ports = sound, .port_names = names, .run = run, CALLS},
};

const struct ib_ladspa_abi *ladspa_descriptor(unsigned long index)
{
#if defined(ENDLESS)
    (void)index;
    return &plugins[6];
#elif defined(EMPTY)
    (void)index;
    (void)plugins;
    return NULL;
#else
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
#endif
}
