/* The misdeeds as a LADSPA plugin: mono, a gain of 1, two controls of which it ignores both. */
#include "misdeeds.h"

#include "formats/ladspa/abi.cdef.h"

#define MOST_PORTS 10003

static char endless[100001];
static const char *port_names[MOST_PORTS];
static int ports[MOST_PORTS];
static struct ib_ladspa_hint hints[MOST_PORTS];

struct hostile {
    float *in, *out, *controls[2];
    float last;
};

static void *instantiate(const struct ib_ladspa_abi *descriptor, unsigned long rate)
{
    (void)descriptor, (void)rate;
    misdeed("instantiate");
    return lies("create") ? NULL : calloc(1, sizeof(struct hostile));
}

static void connect_port(void *handle, unsigned long port, float *data)
{
    struct hostile *me = handle;
    misdeed("connect");
    if (port == 0)
        me->in = data;
    else if (port == 1)
        me->out = data;
    else if (port < 4)
        me->controls[port - 2] = data;
}

static void activate(void *handle)
{
    (void)handle;
    misdeed("activate");
}

static void run(void *handle, unsigned long frames)
{
    struct hostile *me = handle;
    if (*me->controls[0] != me->last && me->last != 0)
        misdeed("parameter");
    me->last = *me->controls[0];
    misdeed("process");
    for (unsigned long i = 0; i < frames; i++)
        me->out[i] = spoil(me->in[i]);
}

static void deactivate(void *handle)
{
    (void)handle;
    misdeed("deactivate");
}

static void cleanup(void *handle)
{
    misdeed("destroy");
    free(handle);
}

static void describe(struct ib_ladspa_abi *me)
{
    memset(endless, 'n', sizeof endless - 1);
    for (unsigned long i = 0; i < MOST_PORTS; i++) {
        port_names[i] = lies("text") ? "\xff\xfe\xc0\x80" : lies("name") ? endless : "Control";
        ports[i] = i == 0   ? IB_LADSPA_INPUT | IB_LADSPA_AUDIO
                   : i == 1 ? IB_LADSPA_OUTPUT | IB_LADSPA_AUDIO
                            : IB_LADSPA_INPUT | IB_LADSPA_CONTROL;
        hints[i].bits = IB_LADSPA_BOUNDED_BELOW | IB_LADSPA_BOUNDED_ABOVE | IB_LADSPA_DEFAULT_MAXIMUM;
        hints[i].lower = lies("nan") ? NAN : lies("backwards") ? 5 : 0.5f;
        hints[i].upper = lies("nan") ? NAN : lies("infinite") ? INFINITY : 1;
    }
    me->name = lies("text") ? "\xff\xfe\xc0\x80" : lies("name") ? endless : "Hostile";
    me->port_count = lies("many") ? 10002 : lies("counts") ? 4000000000ul : 4;
}

MISDEED_EXPORT const struct ib_ladspa_abi *ladspa_descriptor(unsigned long index)
{
    static struct ib_ladspa_abi me = {
        .unique_id = 4711,
        .label = "hostile",
        .maker = "isobooth",
        .copyright = "",
        .ports = ports,
        .port_names = port_names,
        .hints = hints,
        .instantiate = instantiate,
        .connect_port = connect_port,
        .activate = activate,
        .run = run,
        .deactivate = deactivate,
        .cleanup = cleanup,
    };
    misdeed("factory");
    describe(&me);
    return index == 0 && !lies("factory") ? &me : lies("plugins") && index < 3000000000ul ? &me : NULL;
}
