/* The misdeeds as a VST2: a stereo gain of 1 with two parameters and a chunk. */
#include "misdeeds.h"

#include "formats/vst2/abi.h"

struct hostile {
    struct vst2_effect effect;
    float values[2];
};

static struct hostile *of(struct vst2_effect *effect)
{
    return effect->object;
}

static void process(struct vst2_effect *effect, float **inputs, float **outputs, int32_t frames)
{
    (void)effect;
    misdeed("process");
    for (int32_t c = 0; c < 2; c++)
        for (int32_t i = 0; i < frames; i++)
            outputs[c][i] = spoil(inputs[c][i]);
}

static void set_parameter(struct vst2_effect *effect, int32_t index, float value)
{
    misdeed("parameter");
    if (index >= 0 && index < 2)
        of(effect)->values[index] = value;
}

static float get_parameter(struct vst2_effect *effect, int32_t index)
{
    return lies("nan") ? NAN : lies("infinite") ? INFINITY : index >= 0 && index < 2 ? of(effect)->values[index] : 0.5f;
}

/* Into room for some tens of characters, of which hosts offer more. */
static void put(char *room, const char *text)
{
    if (lies("text")) {
        memset(room, 0xFF, 64);
    } else if (lies("name")) {
        memset(room, 'n', 250);
        room[250] = '\0';
    } else {
        snprintf(room, 32, "%s", text);
    }
}

static intptr_t property(int32_t index, struct vst2_param_info *info)
{
    if (!lies("backwards"))
        return 0;
    info->flags = VST2_PARAM_HAS_INTEGERS | VST2_PARAM_HAS_FLOAT_STEP;
    info->minimum = 5;
    info->maximum = index;
    info->step = -1;
    return 1;
}

static intptr_t chunk(struct hostile *me, void **place)
{
    misdeed("save");
    *place = me->values;
    return lies("errors") ? 0 : lies("negative") ? -5 : (intptr_t)sizeof me->values;
}

static intptr_t take_chunk(struct hostile *me, const void *data, intptr_t bytes)
{
    misdeed("load");
    if (bytes == (intptr_t)sizeof me->values)
        memcpy(me->values, data, sizeof me->values);
    return !lies("errors");
}

static intptr_t change(struct hostile *me, int32_t opcode, intptr_t value)
{
    switch (opcode) {
    case VST2_OPEN:
        misdeed("instantiate");
        break;
    case VST2_SET_BLOCK_SIZE:
        misdeed("setup");
        break;
    case VST2_MAINS_CHANGED:
        misdeed(value != 0 ? "activate" : "deactivate");
        break;
    case VST2_START_PROCESS:
        misdeed("start");
        break;
    case VST2_STOP_PROCESS:
        misdeed("end");
        break;
    case VST2_CLOSE:
        misdeed("destroy");
        free(me);
        break;
    default:
        break;
    }
    return 0;
}

static intptr_t dispatch(struct vst2_effect *effect, int32_t opcode, int32_t index, intptr_t value, void *ptr,
                         float opt)
{
    (void)opt;
    switch (opcode) {
    case VST2_GET_EFFECT_NAME:
    case VST2_GET_VENDOR:
        misdeed("describe");
        put(ptr, "Hostile");
        return 1;
    case VST2_GET_PARAM_NAME:
    case VST2_GET_PARAM_LABEL:
        put(ptr, "P");
        return 0;
    case VST2_GET_PARAM_DISPLAY:
        misdeed("text");
        if (lies("text") || lies("name"))
            put(ptr, "");
        else
            snprintf(ptr, 24, "%.3f", (double)get_parameter(effect, index));
        return 0;
    case VST2_GET_PARAM_INFO:
        return property(index, ptr);
    case VST2_GET_CATEGORY:
        return lies("status") ? 4711 : VST2_CATEGORY_EFFECT;
    case VST2_GET_CHUNK:
        return chunk(of(effect), ptr);
    case VST2_SET_CHUNK:
        return take_chunk(of(effect), ptr, value);
    case VST2_GET_VST_VERSION:
        return VST2_VERSION;
    default:
        return change(of(effect), opcode, value);
    }
}

MISDEED_EXPORT struct vst2_effect *VSTPluginMain(void *host)
{
    (void)host;
    misdeed("entry");
    if (lies("create"))
        return NULL;
    struct hostile *me = calloc(1, sizeof *me);
    me->values[0] = me->values[1] = 0.5f;
    me->effect = (struct vst2_effect){
        .magic = lies("factory") ? 0x4C696521 : VST2_MAGIC,
        .dispatcher = dispatch,
        .process = process,
        .process_replacing = process,
        .set_parameter = set_parameter,
        .get_parameter = get_parameter,
        .param_count = lies("many")       ? 10000
                       : lies("counts")   ? 2000000000
                       : lies("negative") ? -7
                                          : 2,
        .program_count = lies("plugins") ? 2000000000 : 0,
        .inputs = lies("channels") ? 2000000000 : 2,
        .outputs = lies("channels") ? 2000000000 : 2,
        .flags = VST2_FLAG_CAN_REPLACE | VST2_FLAG_HAS_CHUNKS,
        .latency = lies("latency")    ? 2147483647
                   : lies("negative") ? -7
                                      : 0,
        .object = me,
        .unique_id = 0x486F7374,
        .version = 1,
    };
    return &me->effect;
}
