/* A VST3 module whose factory can be had in every bad shape: what is defined says which.
 *
 * NO_ENTRY, NO_EXIT    does not export ModuleEntry, ModuleExit
 * ENTRY_FALSE          ModuleEntry refuses
 * NULL_FACTORY         GetPluginFactory gives nothing
 * HOLES, HOLES3        the table of IPluginFactory, or of IPluginFactory3 alone, lacks a function
 * LEVEL                1 to 3: which IPluginFactory it has (3 unless said)
 * UNICODE_REFUSED      getClassInfoUnicode refuses every class
 * COUNT                what countClasses says
 * OLDER                the text that its compatibility class writes; without, it has none
 * OLDER_RESULT         what getCompatibilityJSON returns (kResultOk unless said)
 *
 * What happens is written to the file that VST3_TRACE names, one word a line. */
#include "formats/vst3/iids.c"

#include <stdio.h>
#include <stdlib.h>

#ifndef LEVEL
#define LEVEL 3
#endif
#define EXPORT __attribute__((visibility("default")))

static void trace(const char *word)
{
    const char *path = getenv("VST3_TRACE");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (file) {
        fprintf(file, "%s\n", word);
        fclose(file);
    }
}

struct listed {
    uint8_t cid[16];
    const char *category, *name, *categories;
};

static const struct listed CLASSES[] = {
    {"good-plugin-0001", "Audio Module Class", "Good", "Fx|Dynamics"},
    {"good-controller1", "Component Controller Class", "Good Controller", ""},
    {"good-plugin-0001", "Audio Module Class", "Twin", "Fx"},
    {{0}, "Audio Module Class", "Nobody", "Fx"},
    {"full-plugin-0001", "Audio Module Class", NULL, "Instrument|Synth|My Own Kind"},
    {"absent-plugin-01", NULL, NULL, ""},
    {"broken-plugin-01", "Audio Module Class", "Br\xffken", "Fx|Reverb|"},
#ifdef OLDER
    {"compatibility-01", "Plugin Compatibility Class", "Older", ""},
#endif
};
#ifndef COUNT
#define COUNT (int32_t)(sizeof CLASSES / sizeof *CLASSES)
#endif

static void narrow(char *to, size_t size, const char *from)
{
    if (from)
        strncpy(to, from, size);
    else
        memset(to, 'x', size); /* no NUL at its end */
}

/* [main-thread] */
static int32_t query(void *self, const uint8_t *iid, void **out)
{
    const uint8_t *known[] = {vst3_IPluginFactory_iid, vst3_IPluginFactory2_iid, vst3_IPluginFactory3_iid};
    for (int level = 0; level < LEVEL; level++)
        if (vst3_same_id(iid, known[level])) {
            trace("ref");
            *out = self;
            return VST3_kResultOk;
        }
    *out = NULL;
    return VST3_kNoInterface;
}

/* [main-thread] */
static uint32_t ref(void *self)
{
    (void)self;
    trace("ref");
    return 2;
}

/* [main-thread] */
static uint32_t unref(void *self)
{
    (void)self;
    trace("release");
    return 1;
}

/* [main-thread] */
static int32_t factory_info(void *self, struct vst3_PFactoryInfo *info)
{
    (void)self;
    narrow(info->vendor, sizeof info->vendor, "The Makers");
    narrow(info->url, sizeof info->url, "https://example.org");
    narrow(info->email, sizeof info->email, NULL);
    info->flags = VST3_kUnicode;
    return VST3_kResultOk;
}

/* [main-thread] */
static int32_t count(void *self)
{
    (void)self;
    return COUNT;
}

static const struct listed *at(int32_t index)
{
    const struct listed *one = &CLASSES[index % (int32_t)(sizeof CLASSES / sizeof *CLASSES)];
    return one->category ? one : NULL;
}

/* [main-thread] */
static int32_t class_info(void *self, int32_t index, struct vst3_PClassInfo *info)
{
    (void)self;
    const struct listed *one = at(index);
    if (!one)
        return VST3_kInvalidArgument;
    memcpy(info->cid, one->cid, 16);
    info->cardinality = VST3_kManyInstances;
    narrow(info->category, sizeof info->category, one->category);
    narrow(info->name, sizeof info->name, one->name);
    return VST3_kResultOk;
}

/* [main-thread] */
static int32_t class_info_2(void *self, int32_t index, struct vst3_PClassInfo2 *info)
{
    (void)self;
    const struct listed *one = at(index);
    if (!one)
        return VST3_kInvalidArgument;
    memcpy(info->cid, one->cid, 16);
    narrow(info->category, sizeof info->category, one->category);
    narrow(info->name, sizeof info->name, one->name);
    narrow(info->subCategories, sizeof info->subCategories, one->categories);
    narrow(info->version, sizeof info->version, "2.0");
    narrow(info->sdkVersion, sizeof info->sdkVersion, "VST 3.8");
    info->classFlags = VST3_kDistributable;
    return VST3_kResultOk;
}

/* [main-thread] */
__attribute__((unused)) static int32_t class_info_w(void *self, int32_t index, struct vst3_PClassInfoW *info)
{
    (void)self;
    const struct listed *one = at(index);
#ifdef UNICODE_REFUSED
    one = NULL;
#endif
    if (!one)
        return VST3_kNotImplemented;
    memcpy(info->cid, one->cid, 16);
    narrow(info->category, sizeof info->category, one->category);
    for (int letter = 0; letter < 64; letter++)
        info->name[letter] =
            one->name ? (uint8_t)one->name[letter < (int)strlen(one->name) ? letter : (int)strlen(one->name)] : 0x00E9;
    if (one->name && one->name[0] == 'B')
        info->name[2] = 0xD800; /* half a pair */
    narrow(info->subCategories, sizeof info->subCategories, one->categories);
    info->vendor[0] = 0x266B;
    info->version[0] = '3';
    return VST3_kResultOk;
}

#ifdef OLDER
#ifndef OLDER_RESULT
#define OLDER_RESULT VST3_kResultOk
#endif
/* [main-thread] */
static int32_t older(void *self, struct vst3_IBStream *stream)
{
    (void)self;
    int32_t written = 0;
    stream->vtbl->write(stream, (void *)OLDER, (int32_t)strlen(OLDER), &written);
    return OLDER_RESULT;
}

static const struct vst3_IPluginCompatibility_vtbl older_table = {query, ref, unref, older};
static struct vst3_IPluginCompatibility older_object = {&older_table};
#endif

/* [main-thread] */
__attribute__((unused)) static int32_t create(void *self, const uint8_t *cid, const uint8_t *iid, void **out)
{
    (void)self;
    *out = NULL;
#ifdef OLDER
    if (vst3_same_id(iid, vst3_IPluginCompatibility_iid)) {
        trace("ref");
        *out = &older_object;
        return VST3_kResultOk;
    }
#endif
    (void)iid;
    if (!memcmp(cid, CLASSES[0].cid, 16))
        return VST3_kResultOk; /* and no object */
    return memcmp(cid, CLASSES[6].cid, 16) ? VST3_kOutOfMemory : 77;
}

/* [main-thread] */
static int32_t context(void *self, struct vst3_FUnknown *host)
{
    (void)self;
    trace(host ? "context" : "no context");
    return VST3_kResultOk;
}

static struct vst3_IPluginFactory3_vtbl table = {
    .queryInterface = query,
    .addRef = ref,
    .release = unref,
    .getFactoryInfo = factory_info,
    .countClasses = count,
    .getClassInfo = class_info,
#ifndef HOLES
    .createInstance = create,
#endif
    .getClassInfo2 = class_info_2,
#ifndef HOLES3
    .getClassInfoUnicode = class_info_w,
#endif
    .setHostContext = context,
};
static struct vst3_IPluginFactory3 factory = {&table};

#ifndef NO_ENTRY
/* [main-thread] */
EXPORT bool ModuleEntry(void *handle)
{
    trace(handle ? "entry" : "entry without handle");
#ifdef ENTRY_FALSE
    return false;
#else
    return true;
#endif
}
#endif

#ifndef NO_EXIT
/* [main-thread] */
EXPORT bool ModuleExit(void)
{
    trace("exit");
    return true;
}
#endif

/* [main-thread] */
EXPORT struct vst3_IPluginFactory *GetPluginFactory(void)
{
    trace("factory");
#ifdef NULL_FACTORY
    return NULL;
#else
    return (struct vst3_IPluginFactory *)&factory;
#endif
}
