/* IAttributeList: values of four types under ids of any length. A list is one thread's at a time, as a message is; its
 * values are copies. On the audio thread a list takes memory from an arena of the host's and never gives any back. */
#include "formats/vst3/objects.h"

#include <stdlib.h>
#include <string.h>

enum type { TYPE_INT, TYPE_FLOAT, TYPE_STRING, TYPE_BINARY };

/* The bytes of a string (with its end) or of a binary. */
struct blob {
    struct blob *next; /* of those that were replaced on the audio thread */
    uint32_t size;
    uint32_t room;
    uint32_t in_arena;
    uint8_t bytes[] __attribute__((aligned(16)));
};

struct attribute {
    struct attribute *next;
    struct blob *blob; /* NULL: it never had one */
    union {
        int64_t integer;
        double number;
    } value;
    uint32_t type;
    uint32_t hash; /* of the id */
    uint32_t in_arena;
    char id[];
};

struct list {
    struct ib_vst3_object object;
    struct attribute *first;
    struct blob *replaced;
    struct ib_vst3_arena *arena; /* NULL: it has none */
    uint64_t bytes;              /* of all ids and blobs */
    uint32_t count;
};

/* -- memory ------------------------------------------------------------------------------------------------------------ */

/* [audio-thread] */
static struct ib_vst3_arena *take_arena(struct ib_vst3_host *host)
{
    for (uint32_t i = 0; i < IB_VST3_ARENAS; i++) {
        uint32_t is_free = 0;
        if (__atomic_compare_exchange_n(&host->arenas[i].taken, &is_free, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            host->arenas[i].used = 0;
            return &host->arenas[i];
        }
    }
    return NULL;
}

/* [audio-thread] */
static void *arena_alloc(struct list *list, size_t size)
{
    if (list->arena == NULL)
        list->arena = take_arena(list->object.host);
    size_t rounded = (size + 15) & ~(size_t)15;
    if (list->arena == NULL || rounded > IB_VST3_ARENA_BYTES - list->arena->used) {
        ib_vst3_host_fault(list->object.host, IB_VST3_FAULT_AUDIO_MEMORY);
        return NULL;
    }
    void *memory = list->arena->bytes + list->arena->used;
    list->arena->used += (uint32_t)rounded;
    return memory;
}

/* `size` bytes for the list; NULL (reported) past its bounds or without memory. [any-thread] */
static void *list_alloc(struct list *list, size_t size, uint32_t *in_arena)
{
    *in_arena = (uint32_t)(ib_on_audio_thread() != 0);
    if (size > IB_VST3_MOST_ATTRIBUTE_BYTES - list->bytes) {
        ib_vst3_host_fault(list->object.host, IB_VST3_FAULT_ATTRIBUTES);
        return NULL;
    }
    void *memory = *in_arena ? arena_alloc(list, size) : malloc(size);
    if (memory != NULL)
        list->bytes += size;
    return memory;
}

/* A blob is no longer needed; what cannot be freed here is kept for the end. [any-thread] */
static void discard(struct list *list, struct blob *blob)
{
    if (blob == NULL)
        return;
    if (blob->in_arena || ib_on_audio_thread()) {
        blob->next = list->replaced;
        list->replaced = blob;
        return;
    }
    list->bytes -= sizeof *blob + blob->room;
    free(blob);
}

/* [any-thread] */
static struct blob *blob_new(struct list *list, uint32_t size)
{
    uint32_t in_arena;
    struct blob *blob = list_alloc(list, sizeof *blob + size, &in_arena);
    if (blob == NULL)
        return NULL;
    blob->next = NULL;
    blob->room = size;
    blob->in_arena = in_arena;
    return blob;
}

/* -- finding ----------------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static uint32_t hash_of(const char *id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const uint8_t *at = (const uint8_t *)id; *at != 0; at++)
        hash = (hash ^ *at) * 16777619u;
    return hash;
}

/* [any-thread] */
static struct attribute *find(const struct list *list, const char *id, uint32_t hash)
{
    struct attribute *attribute = list->first;
    while (attribute != NULL && (attribute->hash != hash || strcmp(attribute->id, id) != 0))
        attribute = attribute->next;
    return attribute;
}

/* The attribute under `id`, a new one if there is none; NULL past a bound or without memory. A new one is not yet in the
 * list. [any-thread] */
static struct attribute *find_or_make(struct list *list, const char *id)
{
    uint32_t hash = hash_of(id);
    struct attribute *attribute = find(list, id, hash);
    if (attribute != NULL)
        return attribute;
    if (list->count >= IB_VST3_MOST_ATTRIBUTES) {
        ib_vst3_host_fault(list->object.host, IB_VST3_FAULT_ATTRIBUTES);
        return NULL;
    }
    uint32_t in_arena;
    size_t length = strlen(id) + 1;
    attribute = list_alloc(list, sizeof *attribute + length, &in_arena);
    if (attribute == NULL)
        return NULL;
    memset(attribute, 0, sizeof *attribute);
    attribute->hash = hash;
    attribute->in_arena = in_arena;
    memcpy(attribute->id, id, length);
    attribute->next = list->first;
    attribute->type = UINT32_MAX; /* no value yet */
    list->first = attribute;
    list->count++;
    return attribute;
}

/* The list behind a plugin's pointer, if the arguments of the call are there as well. [any-thread] */
static struct list *list_of(void *self, const void *id, const void *value)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object != NULL && (id == NULL || value == NULL)) {
        ib_vst3_host_fault(object->host, IB_VST3_FAULT_ATTRIBUTE_ARGUMENT);
        return NULL;
    }
    return (struct list *)object;
}

/* [any-thread] */
static const struct attribute *find_typed(const struct list *list, const char *id, uint32_t type)
{
    const struct attribute *attribute = find(list, id, hash_of(id));
    return attribute != NULL && attribute->type == type ? attribute : NULL;
}

/* -- IAttributeList ---------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static int32_t set_int(void *self, const char *id, int64_t value)
{
    struct list *list = list_of(self, id, self);
    if (list == NULL)
        return VST3_kInvalidArgument;
    struct attribute *attribute = find_or_make(list, id);
    if (attribute == NULL)
        return VST3_kOutOfMemory;
    attribute->type = TYPE_INT;
    attribute->value.integer = value;
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t get_int(void *self, const char *id, int64_t *value)
{
    const struct list *list = list_of(self, id, value);
    if (list == NULL)
        return VST3_kInvalidArgument;
    const struct attribute *attribute = find_typed(list, id, TYPE_INT);
    if (attribute == NULL)
        return VST3_kResultFalse;
    *value = attribute->value.integer;
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t set_float(void *self, const char *id, double value)
{
    struct list *list = list_of(self, id, self);
    if (list == NULL)
        return VST3_kInvalidArgument;
    struct attribute *attribute = find_or_make(list, id);
    if (attribute == NULL)
        return VST3_kOutOfMemory;
    attribute->type = TYPE_FLOAT;
    attribute->value.number = value;
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t get_float(void *self, const char *id, double *value)
{
    const struct list *list = list_of(self, id, value);
    if (list == NULL)
        return VST3_kInvalidArgument;
    const struct attribute *attribute = find_typed(list, id, TYPE_FLOAT);
    if (attribute == NULL)
        return VST3_kResultFalse;
    *value = attribute->value.number;
    return VST3_kResultTrue;
}

/* The bytes are copied before an old value goes, for they may be that value. [any-thread] */
static int32_t set_bytes(struct list *list, const char *id, uint32_t type, const void *data, uint32_t size)
{
    struct attribute *attribute = find_or_make(list, id);
    if (attribute == NULL)
        return VST3_kOutOfMemory;
    struct blob *blob = attribute->blob;
    if (blob == NULL || size > blob->room) {
        blob = blob_new(list, size);
        if (blob == NULL)
            return VST3_kOutOfMemory;
    }
    if (size != 0)
        memmove(blob->bytes, data, size);
    blob->size = size;
    if (blob != attribute->blob)
        discard(list, attribute->blob);
    attribute->blob = blob;
    attribute->type = type;
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t set_string(void *self, const char *id, const uint16_t *string)
{
    struct list *list = list_of(self, id, string);
    if (list == NULL)
        return VST3_kInvalidArgument;
    uint32_t length = 0;
    while (string[length] != 0) {
        if (++length >= IB_VST3_MOST_ATTRIBUTE_BYTES / sizeof *string) {
            ib_vst3_host_fault(list->object.host, IB_VST3_FAULT_ATTRIBUTES);
            return VST3_kOutOfMemory;
        }
    }
    return set_bytes(list, id, TYPE_STRING, string, (length + 1) * (uint32_t)sizeof *string);
}

/* A string that is longer than the plugin's room is cut there, and ended. [any-thread] */
static int32_t get_string(void *self, const char *id, uint16_t *string, uint32_t size)
{
    const struct list *list = list_of(self, id, string);
    uint32_t room = size / (uint32_t)sizeof *string;
    if (list == NULL || room == 0)
        return VST3_kInvalidArgument;
    const struct attribute *attribute = find_typed(list, id, TYPE_STRING);
    if (attribute == NULL)
        return VST3_kResultFalse;
    uint32_t units = attribute->blob->size / (uint32_t)sizeof *string;
    if (units > room)
        units = room;
    memcpy(string, attribute->blob->bytes, units * sizeof *string);
    string[units - 1] = 0;
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t set_binary(void *self, const char *id, const void *data, uint32_t size)
{
    struct list *list = list_of(self, id, size != 0 ? data : self);
    if (list == NULL)
        return VST3_kInvalidArgument;
    return set_bytes(list, id, TYPE_BINARY, data, size);
}

/* The bytes stay the list's, and where they are until they are set again. [any-thread] */
static int32_t get_binary(void *self, const char *id, const void **data, uint32_t *size)
{
    const struct list *list = list_of(self, id, data != NULL ? (const void *)size : NULL);
    if (list == NULL)
        return VST3_kInvalidArgument;
    const struct attribute *attribute = find_typed(list, id, TYPE_BINARY);
    *data = attribute != NULL ? attribute->blob->bytes : NULL;
    *size = attribute != NULL ? attribute->blob->size : 0;
    return attribute != NULL ? VST3_kResultTrue : VST3_kResultFalse;
}

static const struct vst3_IAttributeList_vtbl vtbl = {
    IB_VST3_UNKNOWN, set_int, get_int, set_float, get_float, set_string, get_string, set_binary, get_binary,
};

/* -- the class --------------------------------------------------------------------------------------------------------- */

/* Only what the arena does not hold takes time to free. [any-thread] */
static int is_heavy(struct ib_vst3_object *object)
{
    const struct list *list = (struct list *)object;
    for (const struct attribute *attribute = list->first; attribute != NULL; attribute = attribute->next) {
        if (!attribute->in_arena || (attribute->blob != NULL && !attribute->blob->in_arena))
            return 1;
    }
    for (const struct blob *blob = list->replaced; blob != NULL; blob = blob->next) {
        if (!blob->in_arena)
            return 1;
    }
    return 0;
}

/* [any-thread & !audio-thread, if it is heavy] */
static void destroy(struct ib_vst3_object *object)
{
    struct list *list = (struct list *)object;
    while (list->first != NULL) {
        struct attribute *attribute = list->first;
        list->first = attribute->next;
        if (attribute->blob != NULL && !attribute->blob->in_arena)
            free(attribute->blob);
        if (!attribute->in_arena)
            free(attribute);
    }
    while (list->replaced != NULL) {
        struct blob *blob = list->replaced;
        list->replaced = blob->next;
        if (!blob->in_arena)
            free(blob);
    }
    list->bytes = 0;
    list->count = 0;
    if (list->arena != NULL)
        __atomic_store_n(&list->arena->taken, 0, __ATOMIC_RELEASE);
    list->arena = NULL;
}

static const struct ib_vst3_entry entries[] = {{vst3_FUnknown_iid, 0}, {vst3_IAttributeList_iid, 0}};

const struct ib_vst3_class ib_vst3_attributes_class = {
    .name = "IAttributeList",
    .size = sizeof(struct list),
    .slab = 64,
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&vtbl},
    .is_heavy = is_heavy,
    .destroy = destroy,
};

struct vst3_IAttributeList *ib_vst3_attributes_new(struct ib_vst3_host *host)
{
    struct ib_vst3_object *object = ib_vst3_object_take(&host->pools[IB_VST3_POOL_ATTRIBUTES], host, 1);
    return object != NULL ? (struct vst3_IAttributeList *)&object->faces[0] : NULL;
}

void ib_vst3_attributes_drop(struct vst3_IAttributeList *list)
{
    ib_vst3_object_drop(((struct ib_vst3_face *)list)->object);
}
