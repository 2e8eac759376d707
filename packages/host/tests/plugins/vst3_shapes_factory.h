/* The entry of vst3_shapes.c and its factory, which has one class, or MANY. */

#ifndef MANY
#define MANY 1
#endif
#ifndef DEADLY
#define DEADLY -1
#endif

static int32_t find(void *self, const uint8_t *iid, void **out)
{
    int known = vst3_same_id(iid, vst3_IPluginFactory_iid) || vst3_same_id(iid, vst3_FUnknown_iid);
    *out = known ? self : NULL;
    return known ? VST3_kResultOk : VST3_kNoInterface;
}

static uint32_t one(void *self)
{
    (void)self;
    return 1;
}

static int32_t count_classes(void *self)
{
    (void)self;
    return MANY;
}

static int32_t factory_info(void *self, struct vst3_PFactoryInfo *out)
{
    (void)self;
    *out = (struct vst3_PFactoryInfo){.vendor = "isobooth"};
    return VST3_kResultOk;
}

static int32_t class_info(void *self, int32_t index, struct vst3_PClassInfo *out)
{
    (void)self;
    *out = (struct vst3_PClassInfo){.category = "Audio Module Class", .name = "Shapes"};
    memcpy(out->cid, CLASS, 16);
    out->cid[15] += (uint8_t)index;
    return VST3_kResultOk;
}

static int32_t create(void *self, const uint8_t *cid, const uint8_t *iid, void **out)
{
    (void)self;
    if (cid[15] == CLASS[15] + DEADLY)
        abort();
    if (getenv("VST3_FAIL") != NULL)
        return VST3_kOutOfMemory;
    struct shape *me = calloc(1, sizeof *me);
    me->component = (struct face){&COMPONENT, me};
    me->processor = (struct face){&PROCESSOR, me};
    me->controller = (struct face){&CONTROLLER, me};
    me->channels = CHANNELS;
    me->references = 1;
    for (int i = 1; i < COUNT; i++)
        me->heard[i] = me->shown[i] = i == 3 ? NAN : 0.5;
    int32_t result = query(&me->component, iid, out);
    drop(&me->component);
    return result;
}

static const struct vst3_IPluginFactory_vtbl FACTORY = {find,          one,        one,   factory_info,
                                                        count_classes, class_info, create};

EXPORT void *GetPluginFactory(void)
{
    static struct vst3_IPluginFactory factory = {&FACTORY};
    return &factory;
}

EXPORT int ModuleEntry(void *handle)
{
    return handle != NULL;
}

EXPORT int ModuleExit(void)
{
    trace("exit", 0);
    return 1;
}
