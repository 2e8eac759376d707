/* The misdeeds as a VST3: one object in both roles, stereo, with two parameters and a state. */
#include "misdeeds.h"

#include "formats/vst3/iids.c"

struct hostile;
struct face {
    const void *vtbl;
    struct hostile *me;
};
struct hostile {
    struct face component, processor, controller;
    uint32_t references;
    uint32_t asked;
    double values[2];
};

static const uint8_t CLASS[16] = "hostile-plugin-1";

static struct hostile *of(void *self)
{
    return ((struct face *)self)->me;
}

static int32_t fails(const char *what)
{
    return lies(what) || lies("errors") ? VST3_kInternalError : VST3_kResultOk;
}

/* -- FUnknown, IPluginBase ------------------------------------------------------------------------------------------------ */

static uint32_t add(void *self)
{
    return ++of(self)->references;
}

static uint32_t drop(void *self)
{
    struct hostile *me = of(self);
    if (--me->references != 0)
        return me->references;
    misdeed("destroy");
    free(me);
    return 0;
}

static int32_t query(void *self, const uint8_t *iid, void **out)
{
    struct hostile *me = of(self);
    *out = NULL;
    if (vst3_same_id(iid, vst3_IComponent_iid) || vst3_same_id(iid, vst3_FUnknown_iid))
        *out = &me->component;
    else if (vst3_same_id(iid, vst3_IAudioProcessor_iid))
        *out = &me->processor;
    else if (vst3_same_id(iid, vst3_IEditController_iid))
        *out = &me->controller;
    if (*out != NULL)
        me->references++;
    return *out != NULL ? VST3_kResultOk : VST3_kNoInterface;
}

static int32_t initialize(void *self, struct vst3_FUnknown *context)
{
    (void)self, (void)context;
    misdeed("init");
    return fails("init");
}

static int32_t terminate(void *self)
{
    (void)self;
    misdeed("terminate");
    return fails("");
}

/* -- IComponent ----------------------------------------------------------------------------------------------------------- */

static int32_t no_controller(void *self, uint8_t *id)
{
    (void)self, (void)id;
    return VST3_kNotImplemented;
}

static int32_t io_mode(void *self, int32_t mode)
{
    (void)self, (void)mode;
    return fails("");
}

static int32_t bus_count(void *self, int32_t type, int32_t direction)
{
    (void)self, (void)direction;
    return type != VST3_kAudio ? 0 : lies("ports") ? 2000000000 : lies("negative") ? -5 : 1;
}

static int32_t bus_info(void *self, int32_t type, int32_t direction, int32_t index, struct vst3_BusInfo *info)
{
    (void)index;
    *info = (struct vst3_BusInfo){.mediaType = type, .direction = direction, .channelCount = 2};
    if (lies("changing"))
        info->channelCount = 1 + (int32_t)(of(self)->asked++ % 7);
    if (lies("channels"))
        info->channelCount = 2000000000;
    if (lies("negative"))
        info->channelCount = -2000000000;
    if (lies("text"))
        memset(info->name, 0xDC, sizeof info->name); /* half a pair, without an end */
    return fails("");
}

static int32_t routing(void *self, struct vst3_RoutingInfo *in, struct vst3_RoutingInfo *out)
{
    (void)self, (void)in, (void)out;
    return VST3_kNotImplemented;
}

static int32_t activate_bus(void *self, int32_t type, int32_t direction, int32_t index, uint8_t state)
{
    (void)self, (void)type, (void)direction, (void)index, (void)state;
    return fails("");
}

static int32_t set_active(void *self, uint8_t state)
{
    (void)self;
    misdeed(state ? "activate" : "deactivate");
    return state ? fails("activate") : VST3_kResultOk;
}

static int32_t set_state(void *self, struct vst3_IBStream *stream)
{
    int32_t got = 0;
    misdeed("load");
    (void)stream->vtbl->read(stream, of(self)->values, 16, &got);
    return got == 16 ? fails("") : VST3_kResultFalse;
}

static int32_t get_state(void *self, struct vst3_IBStream *stream)
{
    misdeed("save");
    stream->vtbl->write(stream, of(self)->values, 16, NULL);
    return fails("");
}

/* -- IAudioProcessor ------------------------------------------------------------------------------------------------------ */

static int32_t set_arrangements(void *self, uint64_t *inputs, int32_t ins, uint64_t *outputs, int32_t outs)
{
    (void)self;
    return ins == 1 && outs == 1 && inputs[0] == 3 && outputs[0] == 3 ? fails("") : VST3_kResultFalse;
}

static int32_t get_arrangement(void *self, int32_t direction, int32_t index, uint64_t *arrangement)
{
    (void)self, (void)direction, (void)index;
    *arrangement = 3;
    return fails("");
}

static int32_t can_size(void *self, int32_t size)
{
    (void)self;
    return size == VST3_kSample32 ? fails("") : VST3_kResultFalse;
}

static uint32_t latency(void *self)
{
    (void)self;
    return lies("latency") ? 4294967295u : 0;
}

static int32_t setup(void *self, struct vst3_ProcessSetup *wanted)
{
    (void)self, (void)wanted;
    misdeed("setup");
    return fails("setup");
}

static int32_t set_processing(void *self, uint8_t state)
{
    (void)self;
    misdeed(state ? "start" : "end");
    return state ? fails("start") : VST3_kResultOk;
}

static int32_t process(void *self, struct vst3_ProcessData *data)
{
    (void)self;
    struct vst3_IParameterChanges *changes = data->inputParameterChanges;
    if (changes != NULL && changes->vtbl->getParameterCount(changes) > 0)
        misdeed("parameter");
    if (data->numSamples != 0)
        misdeed("process");
    for (int32_t c = 0; data->numOutputs != 0 && c < data->outputs[0].numChannels; c++)
        for (int32_t s = 0; s < data->numSamples; s++)
            data->outputs[0].u.channelBuffers32[c][s] =
                spoil(c < data->inputs[0].numChannels ? data->inputs[0].u.channelBuffers32[c][s] : 0);
    return lies("process") ? VST3_kInternalError : lies("status") ? 4711 : VST3_kResultOk;
}

static uint32_t tail(void *self)
{
    (void)self;
    return 0;
}

/* -- IEditController ------------------------------------------------------------------------------------------------------ */

static int32_t show_state(void *self, struct vst3_IBStream *stream)
{
    (void)self, (void)stream;
    return fails("");
}

static int32_t no_state(void *self, struct vst3_IBStream *stream)
{
    (void)self, (void)stream;
    return VST3_kNotImplemented;
}

static int32_t count(void *self)
{
    (void)self;
    return lies("many") ? 10000 : lies("counts") ? 2000000000 : lies("negative") ? -1 : 2;
}

static int32_t info(void *self, int32_t index, struct vst3_ParameterInfo *out)
{
    (void)self;
    misdeed("describe");
    *out = (struct vst3_ParameterInfo){.id = lies("duplicates") ? 0 : (uint32_t)index, .flags = VST3_kCanAutomate};
    out->stepCount = lies("negative") ? -2000000000 : 0;
    out->defaultNormalizedValue = lies("nan") ? NAN : lies("infinite") ? INFINITY : lies("backwards") ? -7 : 0.5;
    out->title[0] = (uint16_t)('a' + index % 26);
    if (lies("text"))
        memset(out->title, 0xDC, sizeof out->title);
    return fails("");
}

static int32_t to_text(void *self, uint32_t id, double value, uint16_t *text)
{
    char here[128];
    (void)self, (void)id;
    misdeed("text");
    int length = snprintf(here, sizeof here, "%.3f", value);
    for (int i = 0; i <= length; i++)
        text[i] = (uint16_t)here[i];
    if (lies("text"))
        memset(text, 0xDC, 256);
    return fails("");
}

static int32_t from_text(void *self, uint32_t id, uint16_t *text, double *value)
{
    (void)self, (void)id, (void)text;
    *value = lies("nan") ? NAN : 0.5;
    return fails("");
}

static double same(void *self, uint32_t id, double value)
{
    (void)self, (void)id;
    return lies("nan") ? NAN : value;
}

static double shown(void *self, uint32_t id)
{
    return lies("nan") ? NAN : id < 2 ? of(self)->values[id] : 0.5;
}

static int32_t show(void *self, uint32_t id, double value)
{
    misdeed("show");
    if (id < 2)
        of(self)->values[id] = value;
    return fails("");
}

static int32_t set_handler(void *self, struct vst3_IComponentHandler *handler)
{
    (void)self, (void)handler;
    return fails("");
}

static void *create_view(void *self, const char *name)
{
    (void)self, (void)name;
    return NULL;
}

static const struct vst3_IComponent_vtbl COMPONENT = {
    query,     add,      drop,    initialize,   terminate,  no_controller, io_mode,
    bus_count, bus_info, routing, activate_bus, set_active, set_state,     get_state,
};
static const struct vst3_IAudioProcessor_vtbl PROCESSOR = {
    query, add, drop, set_arrangements, get_arrangement, can_size, latency, setup, set_processing, process, tail,
};
static const struct vst3_IEditController_vtbl CONTROLLER = {
    query, add,     drop,      initialize, terminate, show_state, no_state, no_state,    count,
    info,  to_text, from_text, same,       same,      shown,      show,     set_handler, create_view,
};

#include "hostile_factory.h"
