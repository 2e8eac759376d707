/* A LADSPA plugin that watches its host: it counts calls and notes faults, and tells both through control outputs. Beside
 * it, plugins that real ones hardly ever are: without activate(), refusing, two of one label. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "formats/ladspa/abi.cdef.h"

enum { IN, OUT, GAIN, STEP, SWITCH, PITCH, RUNS, FRAMES, ACTIVATIONS, FAULTS, LATENCY, NOT_A_NUMBER, PORTS };

enum {
    RUN_WHILE_OFF = 1,
    RUN_UNCONNECTED = 2,
    ACTIVATED_TWICE = 4,
    CONTROL_MOVED = 8,
    NO_FRAMES = 16,
    IN_PLACE = 32,
    OUT_OF_BOUNDS = 64,
    NOT_WHOLE = 128,
    DEACTIVATED_WHILE_OFF = 256,
    ACTIVATED_UNCONNECTED = 512,
    CLEANED_UP_WHILE_ON = 1024
};

struct witness {
    float *port[PORTS];
    unsigned faults, runs, activations;
    int active;
    float memory; /* the last output, forgotten by activate() */
};

int witness_alive; /* instances: read by the test */
int witness_faults_at_cleanup;

static void *instantiate(const struct ib_ladspa_abi *descriptor, unsigned long rate)
{
    struct witness *w = calloc(1, sizeof *w);
    (void)descriptor;
    (void)rate;
    witness_alive += w != NULL;
    return w;
}

static void connect_port(void *handle, unsigned long port, float *data)
{
    struct witness *w = handle;
    if (port >= PORTS)
        return;
    if (port >= GAIN && w->port[port] != NULL && w->port[port] != data)
        w->faults |= CONTROL_MOVED;
    w->port[port] = data;
}

static void activate(void *handle)
{
    struct witness *w = handle;
    w->faults |= w->active ? ACTIVATED_TWICE : 0;
    for (int i = 0; i < PORTS; i++)
        w->faults |= w->port[i] == NULL ? ACTIVATED_UNCONNECTED : 0;
    w->active = 1;
    w->activations++;
    w->memory = 0.0f;
}

static void deactivate(void *handle)
{
    struct witness *w = handle;
    w->faults |= w->active ? 0 : DEACTIVATED_WHILE_OFF;
    w->active = 0;
}

static void look(struct witness *w, unsigned long frames)
{
    float step = *w->port[STEP], gain = *w->port[GAIN], on = *w->port[SWITCH];
    w->faults |= w->active ? 0 : RUN_WHILE_OFF;
    w->faults |= frames == 0 ? NO_FRAMES : 0;
    w->faults |= w->port[IN] == w->port[OUT] ? IN_PLACE : 0;
    w->faults |= !(gain >= 0.0f && gain <= 4.0f && step >= 0.0f && step <= 3.0f) ? OUT_OF_BOUNDS : 0;
    w->faults |= step != floorf(step) || (on != 0.0f && on != 1.0f) ? NOT_WHOLE : 0;
}

static void run(void *handle, unsigned long frames)
{
    struct witness *w = handle;
    for (int i = 0; i < PORTS; i++)
        if (w->port[i] == NULL) {
            w->faults |= RUN_UNCONNECTED;
            return;
        }
    look(w, frames);
    for (unsigned long i = 0; i < frames; i++) {
        float out = w->port[IN][i] * *w->port[GAIN] + *w->port[SWITCH] * w->memory;
        w->port[OUT][i] = out;
        w->memory = out;
    }
    *w->port[RUNS] = (float)++w->runs;
    *w->port[FRAMES] = (float)frames;
    *w->port[ACTIVATIONS] = (float)w->activations;
    *w->port[FAULTS] = (float)w->faults;
    *w->port[LATENCY] = 100.0f * *w->port[STEP];
    *w->port[NOT_A_NUMBER] = NAN;
}

static void cleanup(void *handle)
{
    struct witness *w = handle;
    witness_faults_at_cleanup = (int)(w->faults | (w->active ? CLEANED_UP_WHILE_ON : 0));
    witness_alive--;
    free(w);
}

static void *refuse(const struct ib_ladspa_abi *descriptor, unsigned long rate)
{
    (void)descriptor;
    (void)rate;
    return NULL;
}

static const int kinds[PORTS] = {
    [IN] = IB_LADSPA_INPUT | IB_LADSPA_AUDIO,
    [OUT] = IB_LADSPA_OUTPUT | IB_LADSPA_AUDIO,
    [GAIN] = IB_LADSPA_INPUT | IB_LADSPA_CONTROL,
    [STEP] = IB_LADSPA_INPUT | IB_LADSPA_CONTROL,
    [SWITCH] = IB_LADSPA_INPUT | IB_LADSPA_CONTROL,
    [PITCH] = IB_LADSPA_INPUT | IB_LADSPA_CONTROL,
    [RUNS] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
    [FRAMES] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
    [ACTIVATIONS] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
    [FAULTS] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
    [LATENCY] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
    [NOT_A_NUMBER] = IB_LADSPA_OUTPUT | IB_LADSPA_CONTROL,
};
static const char *const names[PORTS] = {"In",   "Out",    "Gain",        "Step",   "Switch",  "Pitch (Hz)",
                                         "Runs", "Frames", "Activations", "Faults", "latency", "Not a number"};
static const struct ib_ladspa_hint hints[PORTS] = {
    [GAIN] = {IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_DEFAULT_1, 0.0f, 4.0f},
    [STEP] = {IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_INTEGER | IB_LADSPA_DEFAULT_0, -0.1f, 3.1f},
    [SWITCH] = {IB_LADSPA_TOGGLED | IB_LADSPA_DEFAULT_0, 0.0f, 0.0f},
    [PITCH] = {IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_SAMPLE_RATE | IB_LADSPA_DEFAULT_MIDDLE,
               0.0f, 0.5f},
};

#define PLUGIN(id, text, on, off, make)                                                                                \
    {.unique_id = (id),                                                                                                \
     .label = (text),                                                                                                  \
     .name = "Witness",                                                                                                \
     .maker = "isobooth \xff tests",                                                                                   \
     .copyright = "None",                                                                                              \
     .properties = IB_LADSPA_HARD_RT_CAPABLE | IB_LADSPA_INPLACE_BROKEN,                                               \
     .port_count = PORTS,                                                                                              \
     .ports = kinds,                                                                                                   \
     .port_names = names,                                                                                              \
     .hints = hints,                                                                                                   \
     .instantiate = (make),                                                                                            \
     .connect_port = connect_port,                                                                                     \
     .activate = (on),                                                                                                 \
     .run = run,                                                                                                       \
     .deactivate = (off),                                                                                              \
     .cleanup = cleanup}

static const struct ib_ladspa_abi plugins[] = {
    PLUGIN(101, "witness", activate, deactivate, instantiate), PLUGIN(102, "no_activate", NULL, NULL, instantiate),
    PLUGIN(103, "no_deactivate", activate, NULL, instantiate), PLUGIN(104, "refuses", activate, deactivate, refuse),
    PLUGIN(105, "twin", activate, deactivate, instantiate),    PLUGIN(106, "twin", NULL, NULL, instantiate),
};

const struct ib_ladspa_abi *ladspa_descriptor(unsigned long index)
{
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}
