/* A VST3 plugin that does nothing in process(): stereo in and out, a parameter, notes. One object is component, processor and
 * controller. */
#include "formats/vst3/iids.c"

#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

struct empty {
    struct vst3_IComponent component;
    struct vst3_IAudioProcessor processor;
    struct vst3_IEditController controller;
    uint32_t count;
};

static const uint8_t class_id[16] = "isobooth.empty.";

static struct empty *of_processor(void *self)
{
    return (struct empty *)(void *)((char *)self - offsetof(struct empty, processor));
}

static struct empty *of_controller(void *self)
{
    return (struct empty *)(void *)((char *)self - offsetof(struct empty, controller));
}

static int32_t query(struct empty *e, const uint8_t *iid, void **out)
{
    *out = NULL;
    if (vst3_same_id(iid, vst3_IComponent_iid) || vst3_same_id(iid, vst3_FUnknown_iid) ||
        vst3_same_id(iid, vst3_IPluginBase_iid))
        *out = &e->component;
    else if (vst3_same_id(iid, vst3_IAudioProcessor_iid))
        *out = &e->processor;
    else if (vst3_same_id(iid, vst3_IEditController_iid))
        *out = &e->controller;
    if (*out == NULL)
        return VST3_kNoInterface;
    e->count++;
    return VST3_kResultOk;
}

static uint32_t release(struct empty *e)
{
    uint32_t left = --e->count;
    if (left == 0)
        free(e);
    return left;
}

static int32_t c_query(void *self, const uint8_t *iid, void **out)
{
    return query(self, iid, out);
}

static uint32_t c_add(void *self)
{
    return ++((struct empty *)self)->count;
}

static uint32_t c_release(void *self)
{
    return release(self);
}

static int32_t p_query(void *self, const uint8_t *iid, void **out)
{
    return query(of_processor(self), iid, out);
}

static uint32_t p_add(void *self)
{
    return ++of_processor(self)->count;
}

static uint32_t p_release(void *self)
{
    return release(of_processor(self));
}

static int32_t e_query(void *self, const uint8_t *iid, void **out)
{
    return query(of_controller(self), iid, out);
}

static uint32_t e_add(void *self)
{
    return ++of_controller(self)->count;
}

static uint32_t e_release(void *self)
{
    return release(of_controller(self));
}

static int32_t initialize(void *self, struct vst3_FUnknown *context)
{
    (void)self;
    (void)context;
    return VST3_kResultOk;
}

static int32_t done(void *self)
{
    (void)self;
    return VST3_kResultOk;
}

static int32_t no_controller_class(void *self, uint8_t *id)
{
    (void)self;
    (void)id;
    return VST3_kNotImplemented;
}

static int32_t io_mode(void *self, int32_t mode)
{
    (void)self;
    (void)mode;
    return VST3_kNotImplemented;
}

static int32_t bus_count(void *self, int32_t type, int32_t dir)
{
    (void)self;
    return type == VST3_kAudio || dir == VST3_kInput;
}

static int32_t bus_info(void *self, int32_t type, int32_t dir, int32_t index, struct vst3_BusInfo *bus)
{
    (void)self;
    memset(bus, 0, sizeof *bus);
    bus->mediaType = type;
    bus->direction = dir;
    bus->channelCount = type == VST3_kAudio ? 2 : 16;
    bus->name[0] = 'm';
    bus->busType = VST3_kMain;
    bus->flags = VST3_kDefaultActive;
    return index == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t routing(void *self, struct vst3_RoutingInfo *in, struct vst3_RoutingInfo *out)
{
    (void)self;
    (void)in;
    (void)out;
    return VST3_kNotImplemented;
}

static int32_t activate_bus(void *self, int32_t type, int32_t dir, int32_t index, uint8_t state)
{
    (void)self;
    (void)type;
    (void)dir;
    (void)index;
    (void)state;
    return VST3_kResultOk;
}

static int32_t set_on(void *self, uint8_t state)
{
    (void)self;
    (void)state;
    return VST3_kResultOk;
}

static int32_t state_nothing(void *self, struct vst3_IBStream *stream)
{
    (void)self;
    (void)stream;
    return VST3_kResultOk;
}

static int32_t set_arrangements(void *self, uint64_t *inputs, int32_t ins, uint64_t *outputs, int32_t outs)
{
    (void)self;
    return ins == 1 && outs == 1 && inputs[0] == 3 && outputs[0] == 3 ? VST3_kResultTrue : VST3_kResultFalse;
}

static int32_t get_arrangement(void *self, int32_t dir, int32_t index, uint64_t *arrangement)
{
    (void)self;
    (void)dir;
    *arrangement = 3;
    return index == 0 ? VST3_kResultTrue : VST3_kInvalidArgument;
}

static int32_t sample_size(void *self, int32_t size)
{
    (void)self;
    return size == 0 ? VST3_kResultTrue : VST3_kResultFalse;
}

static uint32_t none(void *self)
{
    (void)self;
    return 0;
}

static int32_t setup(void *self, struct vst3_ProcessSetup *s)
{
    (void)self;
    return s->sampleRate > 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t process(void *self, struct vst3_ProcessData *data)
{
    (void)self;
    (void)data;
    return VST3_kResultOk;
}

static int32_t param_count(void *self)
{
    (void)self;
    return 1;
}

static int32_t param_info(void *self, int32_t index, struct vst3_ParameterInfo *info)
{
    (void)self;
    memset(info, 0, sizeof *info);
    info->title[0] = 'v';
    info->flags = VST3_kCanAutomate;
    return index == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t to_text(void *self, uint32_t id, double value, uint16_t *text)
{
    (void)self;
    (void)value;
    text[0] = 0;
    return id == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t from_text(void *self, uint32_t id, uint16_t *text, double *value)
{
    (void)self;
    (void)text;
    *value = 0;
    return id == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static double same(void *self, uint32_t id, double value)
{
    (void)self;
    (void)id;
    return value;
}

static double get_normalized(void *self, uint32_t id)
{
    (void)self;
    (void)id;
    return 0;
}

static int32_t set_normalized(void *self, uint32_t id, double value)
{
    (void)self;
    (void)value;
    return id == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t set_handler(void *self, struct vst3_IComponentHandler *handler)
{
    (void)self;
    (void)handler;
    return VST3_kResultOk;
}

static void *no_view(void *self, const char *name)
{
    (void)self;
    (void)name;
    return NULL;
}

static const struct vst3_IComponent_vtbl component = {
    c_query,   c_add,    c_release, initialize,   done,   no_controller_class, io_mode,
    bus_count, bus_info, routing,   activate_bus, set_on, state_nothing,       state_nothing};
static const struct vst3_IAudioProcessor_vtbl processor = {
    p_query, p_add, p_release, set_arrangements, get_arrangement, sample_size, none, setup, set_on, process, none};
static const struct vst3_IEditController_vtbl controller = {
    e_query,    e_add,   e_release, initialize, done, state_nothing,  state_nothing,  state_nothing, param_count,
    param_info, to_text, from_text, same,       same, get_normalized, set_normalized, set_handler,   no_view};

static int32_t f_query(void *self, const uint8_t *iid, void **out)
{
    *out = vst3_same_id(iid, vst3_FUnknown_iid) || vst3_same_id(iid, vst3_IPluginFactory_iid) ? self : NULL;
    return *out != NULL ? VST3_kResultOk : VST3_kNoInterface;
}

static uint32_t f_count(void *self)
{
    (void)self;
    return 1;
}

static int32_t factory_info(void *self, struct vst3_PFactoryInfo *info)
{
    (void)self;
    memset(info, 0, sizeof *info);
    strcpy(info->vendor, "isobooth");
    return VST3_kResultOk;
}

static int32_t class_count(void *self)
{
    (void)self;
    return 1;
}

static int32_t class_info(void *self, int32_t index, struct vst3_PClassInfo *info)
{
    (void)self;
    memset(info, 0, sizeof *info);
    memcpy(info->cid, class_id, sizeof info->cid);
    info->cardinality = VST3_kManyInstances;
    strcpy(info->category, "Audio Module Class");
    strcpy(info->name, "Empty");
    return index == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t create(void *self, const uint8_t *cid, const uint8_t *iid, void **out)
{
    (void)self;
    *out = NULL;
    struct empty *e = vst3_same_id(cid, class_id) ? calloc(1, sizeof *e) : NULL;
    if (e == NULL)
        return VST3_kNoInterface;
    e->component.vtbl = &component;
    e->processor.vtbl = &processor;
    e->controller.vtbl = &controller;
    e->count = 1;
    int32_t result = query(e, iid, out);
    (void)release(e);
    return result;
}

EXPORT bool ModuleEntry(void *library)
{
    return library != NULL;
}

EXPORT bool ModuleExit(void)
{
    return true;
}

EXPORT struct vst3_IPluginFactory *GetPluginFactory(void)
{
    static const struct vst3_IPluginFactory_vtbl functions = {f_query,     f_count,    f_count, factory_info,
                                                              class_count, class_info, create};
    static struct vst3_IPluginFactory factory = {&functions};
    return &factory;
}
