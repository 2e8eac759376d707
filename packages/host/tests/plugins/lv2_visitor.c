/* An LV2 plugin that writes down what it is given: in instantiate(), when its default state is restored, and in its first run. */
#include <stdio.h>
#include <string.h>

#include "formats/lv2/abi.h"

#define MAP "http://lv2plug.in/ns/ext/urid#map"
#define UNMAP "http://lv2plug.in/ns/ext/urid#unmap"
#define OPTIONS "http://lv2plug.in/ns/ext/options#options"

enum { GAIN, ODD, MAYBE, OUT, PORTS };

char visitor_said[1 << 14];
static const struct ib_lv2_feature *const *given;
static const struct ib_lv2_urid_map *map;
static const struct ib_lv2_urid_unmap *unmap;
static const struct ib_lv2_option *options;
static float *port[PORTS];
static char first_look[1 << 13];
static int ran;

#define SAY(...)                                                                                                       \
    (void)snprintf(visitor_said + strlen(visitor_said), sizeof visitor_said - strlen(visitor_said), __VA_ARGS__)

static const char *text(uint32_t id)
{
    const char *found = id == 0 ? NULL : unmap->unmap(unmap->handle, id);
    return found == NULL ? "-" : found;
}

/* Everything that has to stay as it was as long as the instance lives. */
static void look(char *to, size_t room)
{
    size_t at = 0;
    for (const struct ib_lv2_feature *const *one = given; *one != NULL; one++)
        at += (size_t)snprintf(to + at, room - at, "feature %s\n", (*one)->uri);
    for (const struct ib_lv2_option *one = options; one->key != 0 || one->value != NULL; one++) {
        at += (size_t)snprintf(to + at, room - at, "option %s %s %u ", text(one->key), text(one->type), one->size);
        if (strstr(text(one->type), "Float") != NULL)
            at += (size_t)snprintf(to + at, room - at, "%g\n", (double)*(const float *)one->value);
        else
            at += (size_t)snprintf(to + at, room - at, "%d\n", *(const int32_t *)one->value);
    }
}

static void *instantiate(const struct ib_lv2_descriptor *descriptor, double rate, const char *bundle,
                         const struct ib_lv2_feature *const *features)
{
    (void)descriptor;
    memset(port, 0, sizeof port);
    ran = 0;
    visitor_said[0] = '\0';
    given = features;
    for (; *features != NULL; features++) {
        map = strcmp((*features)->uri, MAP) == 0 ? (*features)->data : map;
        unmap = strcmp((*features)->uri, UNMAP) == 0 ? (*features)->data : unmap;
        options = strcmp((*features)->uri, OPTIONS) == 0 ? (*features)->data : options;
    }
    SAY("bundle %s\nrate %g\n", bundle, rate);
    look(first_look, sizeof first_look);
    SAY("%s", first_look);
    return port;
}

static void connect_port(void *handle, uint32_t index, void *data)
{
    (void)handle;
    port[index] = data;
}

static void activate(void *handle)
{
    (void)handle;
    SAY("activate gain %g odd %g\n", (double)*port[GAIN], (double)*port[ODD]);
}

static void run(void *handle, uint32_t frames)
{
    static char again[sizeof first_look];
    (void)handle;
    if (port[OUT] != NULL)
        memset(port[OUT], 0, frames * sizeof(float));
    if (ran++ != 0)
        return;
    look(again, sizeof again);
    SAY("run %s\n", strcmp(first_look, again) == 0 ? "the same" : "something else");
}

static void cleanup(void *handle)
{
    (void)handle;
    SAY("cleanup\n");
}

static int save(void *handle,
                int (*store)(void *state, uint32_t key, const void *value, size_t size, uint32_t type, uint32_t flags),
                void *state, uint32_t flags, const struct ib_lv2_feature *const *features)
{
    (void)handle, (void)store, (void)flags, (void)features;
    SAY("save %s\n", state == NULL ? "without a handle" : "with a handle");
    return IB_LV2_STATE_SUCCESS;
}

static int restore(void *handle,
                   const void *(*retrieve)(void *state, uint32_t key, size_t *size, uint32_t *type, uint32_t *flags),
                   void *state, uint32_t flags, const struct ib_lv2_feature *const *features)
{
    (void)handle, (void)flags, (void)features;
    size_t size = 0;
    uint32_t type = 0, kept = 0;
    const int32_t *value = retrieve(state, map->map(map->handle, "urn:visitor:number"), &size, &type, &kept);
    if (state == NULL) /* LSP takes that for a host that has no state */
        SAY("restore without a handle\n");
    SAY("restore %d %s\n", value == NULL || size != 4 ? -1 : *value, text(type));
    return IB_LV2_STATE_SUCCESS;
}

static const void *extension_data(const char *uri)
{
    static const struct ib_lv2_state_interface state = {save, restore};
    return strcmp(uri, "http://lv2plug.in/ns/ext/state#interface") == 0 ? &state : NULL;
}

const struct ib_lv2_descriptor *lv2_descriptor(uint32_t index);
const struct ib_lv2_descriptor *lv2_descriptor(uint32_t index)
{
    static const struct ib_lv2_descriptor other = {
        "urn:visitor:other", instantiate, connect_port, activate, run, NULL, cleanup, NULL};
    static const struct ib_lv2_descriptor mine = {"urn:visitor", instantiate, connect_port, activate,
                                                  run,           NULL,        cleanup,      extension_data};
    return index == 0 ? &other : index == 1 ? &mine : NULL;
}
