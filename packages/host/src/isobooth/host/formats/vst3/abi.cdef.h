/* VST3's binary interface as isobooth uses it, for x86-64 and AArch64 Linux: the numbers, structs and interfaces of the
 * VST 3.8 interfaces, declared for cffi and for the C compiler alike. This file has what all of them share
 * (pluginterfaces/base); abi_audio, abi_controller and abi_host have the rest. What a name means stands in the header
 * of the interfaces that is named above it.
 *
 * An interface is a pointer to a table of functions, whose first three are FUnknown's. A table repeats those of the
 * interface's parents. The object itself goes first into every call. Interface ids are the big-endian bytes of four
 * 32-bit words (Windows alone swaps some). No struct is packed: every member is aligned as C aligns it. */

/* -- what all the files use ---------------------------------------------------------------------------------------- */

struct vst3_IAttributeList;
struct vst3_IAudioProcessor;
struct vst3_IBStream;
struct vst3_IComponentHandler;
struct vst3_IConnectionPoint;
struct vst3_IMessage;

/* -- funknown.h: what a call returns, on everything but Windows ---------------------------------------------------- */

#define VST3_kNoInterface -1
#define VST3_kResultOk 0
#define VST3_kResultTrue 0
#define VST3_kResultFalse 1
#define VST3_kInvalidArgument 2
#define VST3_kNotImplemented 3
#define VST3_kInternalError 4
#define VST3_kNotInitialized 5
#define VST3_kOutOfMemory 6

/* Whether two interface or class ids are the same. [any-thread] */
int vst3_same_id(const uint8_t *a, const uint8_t *b);

struct vst3_FUnknown_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
};

struct vst3_FUnknown {
    const struct vst3_FUnknown_vtbl *vtbl;
};
extern const uint8_t vst3_FUnknown_iid[16];

/* -- ipluginbase.h ------------------------------------------------------------------------------------------------- */

struct vst3_IPluginBase_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*initialize)(void *self, struct vst3_FUnknown *context);
    int32_t (*terminate)(void *self);
};

struct vst3_IPluginBase {
    const struct vst3_IPluginBase_vtbl *vtbl;
};
extern const uint8_t vst3_IPluginBase_iid[16];

/* vst3_PFactoryInfo.flags */
#define VST3_kClassesDiscardable 1
#define VST3_kLicenseCheck 2
#define VST3_kComponentNonDiscardable 8
#define VST3_kUnicode 16

/* vst3_PClassInfo.cardinality: any number of instances */
#define VST3_kManyInstances 0x7FFFFFFF

/* vst3_PClassInfo2.classFlags (ivstcomponent.h) */
#define VST3_kDistributable 1
#define VST3_kSimpleModeSupported 2

struct vst3_PFactoryInfo {
    char vendor[64];
    char url[256];
    char email[128];
    int32_t flags;
};

struct vst3_PClassInfo {
    uint8_t cid[16];
    int32_t cardinality;
    char category[32];
    char name[64];
};

struct vst3_PClassInfo2 {
    uint8_t cid[16];
    int32_t cardinality;
    char category[32];
    char name[64];
    uint32_t classFlags;
    char subCategories[128];
    char vendor[64];
    char version[64];
    char sdkVersion[64];
};

struct vst3_PClassInfoW {
    uint8_t cid[16];
    int32_t cardinality;
    char category[32];
    uint16_t name[64];
    uint32_t classFlags;
    char subCategories[128];
    uint16_t vendor[64];
    uint16_t version[64];
    uint16_t sdkVersion[64];
};

struct vst3_IPluginFactory_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getFactoryInfo)(void *self, struct vst3_PFactoryInfo *info);
    int32_t (*countClasses)(void *self);
    int32_t (*getClassInfo)(void *self, int32_t index, struct vst3_PClassInfo *info);
    int32_t (*createInstance)(void *self, const uint8_t *cid, const uint8_t *iid, void **obj);
};

struct vst3_IPluginFactory {
    const struct vst3_IPluginFactory_vtbl *vtbl;
};
extern const uint8_t vst3_IPluginFactory_iid[16];

struct vst3_IPluginFactory2_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getFactoryInfo)(void *self, struct vst3_PFactoryInfo *info);
    int32_t (*countClasses)(void *self);
    int32_t (*getClassInfo)(void *self, int32_t index, struct vst3_PClassInfo *info);
    int32_t (*createInstance)(void *self, const uint8_t *cid, const uint8_t *iid, void **obj);
    int32_t (*getClassInfo2)(void *self, int32_t index, struct vst3_PClassInfo2 *info);
};

struct vst3_IPluginFactory2 {
    const struct vst3_IPluginFactory2_vtbl *vtbl;
};
extern const uint8_t vst3_IPluginFactory2_iid[16];

struct vst3_IPluginFactory3_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getFactoryInfo)(void *self, struct vst3_PFactoryInfo *info);
    int32_t (*countClasses)(void *self);
    int32_t (*getClassInfo)(void *self, int32_t index, struct vst3_PClassInfo *info);
    int32_t (*createInstance)(void *self, const uint8_t *cid, const uint8_t *iid, void **obj);
    int32_t (*getClassInfo2)(void *self, int32_t index, struct vst3_PClassInfo2 *info);
    int32_t (*getClassInfoUnicode)(void *self, int32_t index, struct vst3_PClassInfoW *info);
    int32_t (*setHostContext)(void *self, struct vst3_FUnknown *context);
};

struct vst3_IPluginFactory3 {
    const struct vst3_IPluginFactory3_vtbl *vtbl;
};
extern const uint8_t vst3_IPluginFactory3_iid[16];

/* -- ibstream.h ---------------------------------------------------------------------------------------------------- */

/* vst3_IBStream's seek: from the beginning, from where it stands, from the end */
#define VST3_kIBSeekSet 0
#define VST3_kIBSeekCur 1
#define VST3_kIBSeekEnd 2

struct vst3_IBStream_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*read)(void *self, void *buffer, int32_t numBytes, int32_t *numBytesRead);
    int32_t (*write)(void *self, void *buffer, int32_t numBytes, int32_t *numBytesWritten);
    int32_t (*seek)(void *self, int64_t pos, int32_t mode, int64_t *result);
    int32_t (*tell)(void *self, int64_t *pos);
};

struct vst3_IBStream {
    const struct vst3_IBStream_vtbl *vtbl;
};
extern const uint8_t vst3_IBStream_iid[16];

struct vst3_ISizeableStream_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getStreamSize)(void *self, int64_t *size);
    int32_t (*setStreamSize)(void *self, int64_t size);
};

struct vst3_ISizeableStream {
    const struct vst3_ISizeableStream_vtbl *vtbl;
};
extern const uint8_t vst3_ISizeableStream_iid[16];

/* -- iplugincompatibility.h ------------------------------------------------------------------------------------------- */

/* Of a class of the category "Plugin Compatibility Class": it writes what moduleinfo.json has under Compatibility. */
struct vst3_IPluginCompatibility_vtbl {
    int32_t (*queryInterface)(void *self, const uint8_t *iid, void **out);
    uint32_t (*addRef)(void *self);
    uint32_t (*release)(void *self);
    int32_t (*getCompatibilityJSON)(void *self, struct vst3_IBStream *stream);
};

struct vst3_IPluginCompatibility {
    const struct vst3_IPluginCompatibility_vtbl *vtbl;
};
extern const uint8_t vst3_IPluginCompatibility_iid[16];

/* -- what a binary exports; ModuleEntry's argument is what dlopen returned ----------------------------------------- */

typedef struct vst3_IPluginFactory *(*vst3_GetPluginFactory)(void);
typedef bool (*vst3_ModuleEntry)(void *handle);
typedef bool (*vst3_ModuleExit)(void);
