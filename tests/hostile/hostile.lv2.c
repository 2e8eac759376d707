/* The misdeeds as an LV2: mono, a gain of 1, a control that it ignores, a state. Its data files are made by bundles.py. */
#include "misdeeds.h"

#include "formats/lv2/abi.h"

enum { IN, OUT, CONTROL, LATENCY, PORTS };

struct hostile {
    float *port[PORTS];
    float last, kept;
    const struct ib_lv2_urid_map *map;
};

static void *instantiate(const struct ib_lv2_descriptor *descriptor, double rate, const char *bundle,
                         const struct ib_lv2_feature *const *features)
{
    (void)descriptor, (void)rate, (void)bundle;
    misdeed("instantiate");
    if (lies("create"))
        return NULL;
    struct hostile *me = calloc(1, sizeof *me);
    for (; *features != NULL; features++)
        if (strcmp((*features)->uri, "http://lv2plug.in/ns/ext/urid#map") == 0)
            me->map = (*features)->data;
    me->kept = 0.5f;
    return me;
}

static void connect_port(void *handle, uint32_t port, void *data)
{
    misdeed("connect");
    if (port < PORTS)
        ((struct hostile *)handle)->port[port] = data;
}

static void activate(void *handle)
{
    (void)handle;
    misdeed("activate");
}

static void run(void *handle, uint32_t frames)
{
    struct hostile *me = handle;
    if (*me->port[CONTROL] != me->last && me->last != 0)
        misdeed("parameter");
    me->last = *me->port[CONTROL];
    misdeed("process");
    for (uint32_t i = 0; i < frames; i++)
        me->port[OUT][i] = spoil(me->port[IN][i]);
    if (me->port[LATENCY] != NULL)
        *me->port[LATENCY] = lies("latency") ? 4e9f : lies("nan") ? NAN : lies("negative") ? -5.0f : 0.0f;
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

static int save(void *handle,
                int (*store)(void *state, uint32_t key, const void *value, size_t size, uint32_t type, uint32_t flags),
                void *state, uint32_t flags, const struct ib_lv2_feature *const *features)
{
    struct hostile *me = handle;
    (void)flags, (void)features;
    misdeed("save");
    if (lies("errors"))
        return IB_LV2_STATE_BAD_TYPE;
    uint32_t key = me->map->map(me->map->handle, "urn:isobooth:hostile:kept");
    uint32_t type = me->map->map(me->map->handle, "http://lv2plug.in/ns/ext/atom#Float");
    return store(state, key, &me->kept, sizeof me->kept, type, IB_LV2_STATE_IS_POD | IB_LV2_STATE_IS_PORTABLE);
}

static int restore(void *handle,
                   const void *(*retrieve)(void *state, uint32_t key, size_t *size, uint32_t *type, uint32_t *flags),
                   void *state, uint32_t flags, const struct ib_lv2_feature *const *features)
{
    struct hostile *me = handle;
    size_t size = 0;
    uint32_t type = 0, more = 0;
    (void)flags, (void)features;
    misdeed("load");
    const float *kept =
        retrieve(state, me->map->map(me->map->handle, "urn:isobooth:hostile:kept"), &size, &type, &more);
    if (kept != NULL && size == sizeof *kept)
        me->kept = *kept;
    return lies("errors") ? IB_LV2_STATE_UNKNOWN : IB_LV2_STATE_SUCCESS;
}

static const void *extension_data(const char *uri)
{
    static const struct ib_lv2_state_interface state = {save, restore};
    misdeed("extension");
    return strcmp(uri, "http://lv2plug.in/ns/ext/state#interface") == 0 ? &state : NULL;
}

MISDEED_EXPORT const struct ib_lv2_descriptor *lv2_descriptor(uint32_t index)
{
    static const struct ib_lv2_descriptor me = {
        "urn:isobooth:hostile", instantiate, connect_port, activate, run, deactivate, cleanup, extension_data,
    };
    misdeed("factory");
    return index == 0 && !lies("factory") ? &me : lies("plugins") && index < 3000000000u ? &me : NULL;
}
