/* A LADSPA plugin of our own, for machines without any: a stereo tremolo. Its loudness goes up and down as a sine.
 *
 * Ports: rate in Hz, depth 0 .. 1, input left and right, output left and right. */
#include "formats/ladspa/abi.cdef.h"

#include <math.h>
#include <stdlib.h>

enum { RATE, DEPTH, IN_LEFT, IN_RIGHT, OUT_LEFT, OUT_RIGHT, PORTS };

struct tremolo {
    float *port[PORTS];
    double sample_rate;
    double turns; /* 0 .. 1 of the sine */
};

/* [main-thread] */
static void *instantiate(const struct ib_ladspa_abi *descriptor, unsigned long sample_rate)
{
    (void)descriptor;
    struct tremolo *tremolo = calloc(1, sizeof *tremolo);
    if (tremolo != NULL)
        tremolo->sample_rate = (double)sample_rate;
    return tremolo;
}

/* [main-thread or audio-thread, never during run] */
static void connect_port(void *handle, unsigned long port, float *data)
{
    struct tremolo *tremolo = handle;
    if (port < PORTS)
        tremolo->port[port] = data;
}

/* [main-thread & !active] */
static void activate(void *handle)
{
    struct tremolo *tremolo = handle;
    tremolo->turns = 0.0;
}

/* [audio-thread & active] */
static void run(void *handle, unsigned long frames)
{
    struct tremolo *tremolo = handle;
    double depth = *tremolo->port[DEPTH];
    double step = *tremolo->port[RATE] / tremolo->sample_rate;
    for (unsigned long i = 0; i < frames; i++) {
        double gain = 1.0 - depth * (0.5 - 0.5 * cos(2.0 * 3.14159265358979323846 * tremolo->turns));
        tremolo->turns = fmod(tremolo->turns + step, 1.0);
        tremolo->port[OUT_LEFT][i] = (float)(gain * tremolo->port[IN_LEFT][i]);
        tremolo->port[OUT_RIGHT][i] = (float)(gain * tremolo->port[IN_RIGHT][i]);
    }
}

static const int kinds[PORTS] = {
    IB_LADSPA_INPUT | IB_LADSPA_CONTROL, IB_LADSPA_INPUT | IB_LADSPA_CONTROL, IB_LADSPA_INPUT | IB_LADSPA_AUDIO,
    IB_LADSPA_INPUT | IB_LADSPA_AUDIO,   IB_LADSPA_OUTPUT | IB_LADSPA_AUDIO,  IB_LADSPA_OUTPUT | IB_LADSPA_AUDIO,
};

static const char *const names[PORTS] = {"Rate (Hz)", "Depth", "In left", "In right", "Out left", "Out right"};

static const struct ib_ladspa_hint hints[PORTS] = {
    {IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_DEFAULT_LOW, 0.1f, 20.0f},
    {IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_DEFAULT_MIDDLE, 0.0f, 1.0f},
};

static const struct ib_ladspa_abi descriptor = {
    .unique_id = 1,
    .label = "isobooth_tremolo",
    .properties = IB_LADSPA_HARD_RT_CAPABLE,
    .name = "Demo Tremolo",
    .maker = "isobooth",
    .copyright = "BSD-2-Clause",
    .port_count = PORTS,
    .ports = kinds,
    .port_names = names,
    .hints = hints,
    .instantiate = instantiate,
    .connect_port = connect_port,
    .activate = activate,
    .run = run,
    .cleanup = free,
};

/* The entry of the library. [main-thread] */
__attribute__((visibility("default"))) const struct ib_ladspa_abi *ladspa_descriptor(unsigned long index);

const struct ib_ladspa_abi *ladspa_descriptor(unsigned long index)
{
    return index == 0 ? &descriptor : NULL;
}
