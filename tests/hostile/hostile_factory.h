/* The entry of hostile.vst3.c and its factory, which has one class. */

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

static int32_t class_count(void *self)
{
    (void)self;
    return lies("plugins") ? 2000000000 : 1;
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
    *out = (struct vst3_PClassInfo){.category = "Audio Module Class", .name = "Hostile"};
    if (lies("text"))
        memset(out->name, 0xFF, sizeof out->name);
    memcpy(out->cid, CLASS, 16);
    return index == 0 ? VST3_kResultOk : VST3_kInvalidArgument;
}

static int32_t create(void *self, const uint8_t *cid, const uint8_t *iid, void **out)
{
    (void)self, (void)cid;
    misdeed("instantiate");
    if (lies("create"))
        return VST3_kOutOfMemory;
    struct hostile *me = calloc(1, sizeof *me);
    me->component = (struct face){&COMPONENT, me};
    me->processor = (struct face){&PROCESSOR, me};
    me->controller = (struct face){&CONTROLLER, me};
    me->references = 1;
    me->values[0] = me->values[1] = 0.5;
    int32_t result = query(&me->component, iid, out);
    me->references--;
    return result;
}

static const struct vst3_IPluginFactory_vtbl FACTORY = {find, one, one, factory_info, class_count, class_info, create};

MISDEED_EXPORT void *GetPluginFactory(void)
{
    static struct vst3_IPluginFactory factory = {&FACTORY};
    misdeed("factory");
    return lies("factory") ? NULL : &factory;
}

MISDEED_EXPORT int ModuleEntry(void *handle)
{
    misdeed("entry");
    return handle != NULL && !lies("entry");
}

MISDEED_EXPORT int ModuleExit(void)
{
    misdeed("exit");
    return 1;
}
