/* A VST3 that does what real ones seldom do: one object in both roles, with parameters of every shape, that asks for restarts.
 *
 * NO_STATE    getState says kNotImplemented
 * NO_SIZE     canProcessSampleSize says no to float64
 * FAIL        the step of loading that fails: 1 initialize, 2 no processor, 3 setActive, 4 setupProcessing
 * LEAK        keeps a reference to the host's context
 * MANY        how many classes the factory has: the last digits of their ids differ
 * DEADLY      number of the class that dies when it is made
 * SUCCESSOR   has an event input and what vst3_shapes_successor.h has
 *
 * A value of parameter 0 is a set of restart flags, divided by 4096. What happens is written to the file that VST3_TRACE
 * names, one word a line. */
#include "formats/vst3/iids.c"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FAIL
#define FAIL 0
#endif
#define EXPORT __attribute__((visibility("default")))
#define COUNT 7
#ifndef BUSES
#define BUSES 1 /* of audio in each direction, of which one is described */
#endif
#ifndef CHANNELS
#define CHANNELS 2
#endif
#ifdef SUCCESSOR
#define EVENTS(type, direction) ((type) == VST3_kEvent && (direction) == VST3_kInput)
#else
#define EVENTS(type, direction) 0
#endif

struct shape;
struct face {
    const void *vtbl;
    struct shape *me;
};
struct shape {
    struct face component, processor, controller, remap, mapping;
    uint32_t references;
    int channels;
    double heard[COUNT], shown[COUNT];
    struct vst3_IComponentHandler *handler;
    struct vst3_FUnknown *context;
};

static const uint8_t CLASS[16] = "shapes-plugin-01";
static struct shape *of(void *self)
{
    return ((struct face *)self)->me;
}

static void trace(const char *word, int number)
{
    const char *path = getenv("VST3_TRACE");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "%s %d\n", word, number);
        fclose(file);
    }
}

/* -- FUnknown, IPluginBase ------------------------------------------------------------------------------------------------ */

static uint32_t add(void *self)
{
    return ++of(self)->references;
}

static uint32_t drop(void *self)
{
    struct shape *me = of(self);
    if (--me->references != 0)
        return me->references;
    trace("free", 0);
    free(me);
    return 0;
}

#ifdef SUCCESSOR
static void *successor_face(struct shape *me, const uint8_t *iid);
#endif

static int32_t query(void *self, const uint8_t *iid, void **out)
{
    struct shape *me = of(self);
    *out = NULL;
    if (vst3_same_id(iid, vst3_IComponent_iid) || vst3_same_id(iid, vst3_FUnknown_iid))
        *out = &me->component;
    else if (vst3_same_id(iid, vst3_IAudioProcessor_iid) && FAIL != 2)
        *out = &me->processor;
    else if (vst3_same_id(iid, vst3_IEditController_iid))
        *out = &me->controller;
#ifdef SUCCESSOR
    if (*out == NULL)
        *out = successor_face(me, iid);
#endif
    if (*out != NULL)
        me->references++;
    return *out != NULL ? VST3_kResultOk : VST3_kNoInterface;
}

static int32_t initialize(void *self, struct vst3_FUnknown *context)
{
    trace("initialize", 0);
    of(self)->context = context;
    context->vtbl->addRef(context);
    return FAIL == 1 ? VST3_kInternalError : VST3_kResultOk;
}

static int32_t terminate(void *self)
{
    struct shape *me = of(self);
    trace("terminate", me->handler != NULL);
#ifndef LEAK
    me->context->vtbl->release(me->context);
#endif
    return VST3_kResultOk;
}

#ifdef SUCCESSOR
#include "vst3_shapes_successor.h"
#endif

/* -- IComponent ----------------------------------------------------------------------------------------------------------- */

static int32_t no_controller(void *self, uint8_t *id)
{
    (void)self, (void)id;
    return VST3_kNotImplemented;
}

static int32_t io_mode(void *self, int32_t mode)
{
    (void)self, (void)mode;
    return VST3_kNotImplemented;
}

static int32_t bus_count(void *self, int32_t type, int32_t direction)
{
    (void)self, (void)direction;
    return type == VST3_kAudio ? BUSES : EVENTS(type, direction);
}

static int32_t bus_info(void *self, int32_t type, int32_t direction, int32_t index, struct vst3_BusInfo *info)
{
    *info = (struct vst3_BusInfo){.mediaType = type, .direction = direction, .channelCount = of(self)->channels};
    info->name[0] = direction == VST3_kInput ? 'i' : 'o';
    if (EVENTS(type, direction))
        info->channelCount = 16;
    return index == 0 && (type == VST3_kAudio || EVENTS(type, direction)) ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t routing(void *self, struct vst3_RoutingInfo *in, struct vst3_RoutingInfo *out)
{
    (void)self, (void)in, (void)out;
    return VST3_kNotImplemented;
}

static int32_t activate_bus(void *self, int32_t type, int32_t direction, int32_t index, uint8_t state)
{
    (void)self, (void)type, (void)index;
    trace(direction == VST3_kInput ? "input" : "output", state);
    return VST3_kResultOk;
}

static int32_t set_active(void *self, uint8_t state)
{
    (void)self;
    trace("active", state);
    return FAIL == 3 && state ? VST3_kInternalError : VST3_kResultOk;
}

static int32_t set_state(void *self, struct vst3_IBStream *stream)
{
    char magic[5] = "";
    double gain = 0.0;
    int32_t got = 0;
    stream->vtbl->read(stream, magic, 4, &got);
    trace("state", got);
    if (got != 4 || magic[0] != 'S' || stream->vtbl->read(stream, &gain, 8, &got) != VST3_kResultOk || got != 8)
        return VST3_kResultFalse;
    of(self)->heard[1] = of(self)->shown[1] = gain;
    return VST3_kResultOk;
}

static int32_t get_state(void *self, struct vst3_IBStream *stream)
{
#ifdef NO_STATE
    (void)self, (void)stream;
    return VST3_kNotImplemented;
#else
    stream->vtbl->write(stream, (void *)"SHP1", 4, NULL);
    return stream->vtbl->write(stream, &of(self)->heard[1], 8, NULL);
#endif
}

/* -- IAudioProcessor ------------------------------------------------------------------------------------------------------ */

static int32_t set_arrangements(void *self, uint64_t *inputs, int32_t ins, uint64_t *outputs, int32_t outs)
{
    int channels = ins == 1 && outs == 1 && inputs[0] == outputs[0] ? __builtin_popcountll(inputs[0]) : 0;
    if (channels != 1 && channels != 2 && channels != 6)
        return VST3_kResultFalse;
    of(self)->channels = channels;
    return VST3_kResultOk;
}

static int32_t get_arrangement(void *self, int32_t direction, int32_t index, uint64_t *arrangement)
{
    (void)direction;
    *arrangement = of(self)->channels == 1 ? 1 << 19 : (1ull << of(self)->channels) - 1;
    return index == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t can_size(void *self, int32_t size)
{
    (void)self;
#ifdef NO_SIZE
    return size == VST3_kSample32 ? VST3_kResultOk : VST3_kResultFalse;
#else
    return size == VST3_kSample32 || size == VST3_kSample64 ? VST3_kResultOk : VST3_kResultFalse;
#endif
}

static uint32_t latency(void *self)
{
    (void)self;
    return 32;
}

static int32_t setup(void *self, struct vst3_ProcessSetup *wanted)
{
    (void)self;
    trace("mode", wanted->processMode);
    return FAIL == 4 ? VST3_kInvalidArgument : VST3_kResultOk;
}

static int32_t set_processing(void *self, uint8_t state)
{
    (void)self, (void)state;
    return VST3_kNotImplemented;
}

static int32_t process(void *self, struct vst3_ProcessData *data)
{
    struct shape *me = of(self);
    struct vst3_IParameterChanges *changes = data->inputParameterChanges;
    for (int32_t i = 0; i < changes->vtbl->getParameterCount(changes); i++) {
        struct vst3_IParamValueQueue *queue = changes->vtbl->getParameterData(changes, i);
        int32_t offset;
        uint32_t id = queue->vtbl->getParameterId(queue);
        if (id < COUNT)
            queue->vtbl->getPoint(queue, queue->vtbl->getPointCount(queue) - 1, &offset, &me->heard[id]);
    }
    for (int32_t c = 0; data->numOutputs != 0 && c < data->outputs[0].numChannels; c++)
        for (int32_t s = 0; s < data->numSamples; s++)
            if (data->symbolicSampleSize == VST3_kSample32)
                data->outputs[0].u.channelBuffers32[c][s] =
                    (float)(data->inputs[0].u.channelBuffers32[c][s] * 2.0 * me->heard[1]);
            else
                data->outputs[0].u.channelBuffers64[c][s] =
                    data->inputs[0].u.channelBuffers64[c][s] * 2.0 * me->heard[1];
    return VST3_kResultOk;
}

static uint32_t tail(void *self)
{
    (void)self;
    return VST3_kInfiniteTail;
}

/* -- IEditController ------------------------------------------------------------------------------------------------------ */

static int32_t show_state(void *self, struct vst3_IBStream *stream)
{
    (void)self, (void)stream;
    trace("shown", 0);
    return VST3_kResultOk;
}

static int32_t no_state(void *self, struct vst3_IBStream *stream)
{
    (void)self, (void)stream;
    return VST3_kNotImplemented;
}

static int32_t count(void *self)
{
    (void)self;
    return COUNT;
}

static int32_t info(void *self, int32_t index, struct vst3_ParameterInfo *out)
{
    static const int32_t STEPS[COUNT] = {0, 0, 0, 0, 0, 2, 0};
    (void)self;
    *out = (struct vst3_ParameterInfo){.id = index == 4 ? 1 : (uint32_t)index, .stepCount = STEPS[index]};
    out->flags = index == 5 ? VST3_kIsList | VST3_kCanAutomate : index == 6 ? VST3_kIsReadOnly : VST3_kCanAutomate;
    out->defaultNormalizedValue = index == 3 ? NAN : 0.5;
    for (int i = 0; i < 128; i++)
        out->title[i] = index == 5 ? 'x' : 0; /* without an end */
    if (index != 5)
        out->title[0] = (uint16_t)('a' + index);
    return VST3_kResultOk;
}

static int32_t to_text(void *self, uint32_t id, double value, uint16_t *text)
{
    (void)self;
    char here[32];
    int length = snprintf(here, sizeof here, id == 5 ? "choice %g" : "%g", value);
    for (int i = 0; i <= length; i++)
        text[i] = (uint16_t)here[i];
    return VST3_kResultOk;
}

static int32_t from_text(void *self, uint32_t id, uint16_t *text, double *value)
{
    (void)self, (void)id;
    *value = text[0] == 'h' ? 0.5 : NAN; /* half */
    return VST3_kResultOk;
}

static double to_plain(void *self, uint32_t id, double value)
{
    (void)self;
    return id == 1   ? 2.0 * value
           : id == 2 ? 20.0 * pow(1000.0, value)
           : id == 3 ? NAN
           : id == 5 ? rint(2 * value)
                     : value;
}

static double to_normal(void *self, uint32_t id, double value)
{
    (void)self, (void)id;
    return value;
}

static double shown(void *self, uint32_t id)
{
    return id < COUNT ? of(self)->shown[id] : 0.0;
}

static int32_t show(void *self, uint32_t id, double value)
{
    struct shape *me = of(self);
    int32_t flags = (int32_t)(value * 4096 + 0.5);
    if (id >= COUNT)
        return VST3_kInvalidArgument;
    me->shown[id] = value;
    if (id != 0 || flags == 0 || me->handler == NULL)
        return VST3_kResultOk;
    if (flags & VST3_kIoChanged)
        me->channels = 6;
#ifdef SUCCESSOR
    moved |= (flags & VST3_kParamIDMappingChanged) != 0;
#endif
    if (flags & VST3_kParamValuesChanged)
        me->shown[2] = 1.0;
    trace("restart", me->handler->vtbl->restartComponent(me->handler, flags));
    return VST3_kResultOk;
}

static int32_t set_handler(void *self, struct vst3_IComponentHandler *handler)
{
    of(self)->handler = handler;
    return VST3_kResultOk;
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
    info,  to_text, from_text, to_plain,   to_normal, shown,      show,     set_handler, create_view,
};

#include "vst3_shapes_factory.h"
