/* FUnknown of the host's objects, and where the objects come from. */
#include "formats/vst3/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- FUnknown ---------------------------------------------------------------------------------------------------------- */

struct ib_vst3_object *ib_vst3_object_of(void *self)
{
    if (self == NULL)
        return NULL;
    struct ib_vst3_object *object = ((struct ib_vst3_face *)self)->object;
    if (__atomic_load_n(&object->holders, __ATOMIC_ACQUIRE) != 0)
        return object;
    ib_vst3_host_fault(object->host, IB_VST3_FAULT_DEAD);
    return NULL;
}

int32_t ib_vst3_query(void *self, const uint8_t *iid, void **out)
{
    if (out == NULL)
        return VST3_kInvalidArgument;
    *out = NULL;
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object == NULL || iid == NULL)
        return VST3_kInvalidArgument;
    const struct ib_vst3_class *class = object->class;
    for (uint32_t i = 0; i < class->entry_count; i++) {
        if (!vst3_same_id(iid, class->entries[i].iid))
            continue;
        struct ib_vst3_face *face = &object->faces[class->entries[i].face];
        if (ib_vst3_add_ref(face) == 0)
            return VST3_kInvalidArgument;
        *out = face;
        return VST3_kResultOk;
    }
    return VST3_kNoInterface;
}

/* How many hold it, the host counted as one. [any-thread] */
static uint32_t count_of(uint32_t holders)
{
    return (holders & ~IB_VST3_HELD) + (holders & IB_VST3_HELD ? 1 : 0);
}

/* A dead object cannot be called back to life: 0. [any-thread] */
uint32_t ib_vst3_add_ref(void *self)
{
    const uint32_t most = IB_VST3_HELD - 2;
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object == NULL)
        return 0;
    uint32_t holders = __atomic_load_n(&object->holders, __ATOMIC_RELAXED);
    do {
        if (holders == 0) {
            ib_vst3_host_fault(object->host, IB_VST3_FAULT_DEAD);
            return 0;
        }
        if ((holders & ~IB_VST3_HELD) >= most)
            return count_of(holders);
    } while (
        !__atomic_compare_exchange_n(&object->holders, &holders, holders + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return count_of(holders + 1);
}

/* The last hold is gone. The audio thread leaves the work to the main thread where there is some. [any-thread] */
static void die(struct ib_vst3_object *object)
{
    struct ib_vst3_host *host = object->host;
    if (object->class->is_heavy != NULL && ib_on_audio_thread() && object->class->is_heavy(object)) {
        __atomic_store_n(&object->life, IB_VST3_BURIED, __ATOMIC_RELEASE);
        __atomic_store_n(&host->buried, 1, __ATOMIC_RELEASE);
        ib_ask(host->mailbox, IB_ASK_CALLBACK);
        return;
    }
    __atomic_store_n(&object->life, IB_VST3_DYING, __ATOMIC_RELAXED);
    if (object->class->destroy != NULL)
        object->class->destroy(object);
    __atomic_store_n(&object->life, IB_VST3_FREE, __ATOMIC_RELEASE);
}

/* The host's own hold is not the plugin's to release. [any-thread] */
uint32_t ib_vst3_release(void *self)
{
    if (self == NULL)
        return 0;
    struct ib_vst3_object *object = ((struct ib_vst3_face *)self)->object;
    uint32_t holders = __atomic_load_n(&object->holders, __ATOMIC_RELAXED);
    do {
        if ((holders & ~IB_VST3_HELD) == 0) {
            ib_vst3_host_fault(object->host, IB_VST3_FAULT_RELEASED);
            return count_of(holders);
        }
    } while (
        !__atomic_compare_exchange_n(&object->holders, &holders, holders - 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    if (holders - 1 == 0)
        die(object);
    return count_of(holders - 1);
}

void ib_vst3_object_drop(struct ib_vst3_object *object)
{
    uint32_t before = __atomic_fetch_and(&object->holders, ~IB_VST3_HELD, __ATOMIC_ACQ_REL);
    if (before == IB_VST3_HELD)
        die(object);
}

static void connect_faces(struct ib_vst3_object *object, struct ib_vst3_host *host, const struct ib_vst3_class *class)
{
    object->host = host;
    object->class = class;
    for (uint32_t i = 0; i < IB_VST3_MOST_FACES; i++) {
        object->faces[i].vtbl = class->vtbls[i];
        object->faces[i].object = object;
    }
}

void ib_vst3_object_init(struct ib_vst3_object *object, struct ib_vst3_host *host, const struct ib_vst3_class *class)
{
    connect_faces(object, host, class);
    object->holders = IB_VST3_HELD;
    object->life = IB_VST3_LIVE;
}

/* -- pools ------------------------------------------------------------------------------------------------------------- */

static uint32_t most_slabs(const struct ib_vst3_class *class)
{
    uint32_t most = IB_VST3_MOST_OBJECTS / class->slab;
    return most < IB_VST3_MOST_SLABS ? most : IB_VST3_MOST_SLABS;
}

/* [any-thread] */
static struct ib_vst3_object *object_at(struct ib_vst3_pool *pool, uint32_t index)
{
    uint8_t *slab = __atomic_load_n(&pool->slabs[index / pool->class->slab], __ATOMIC_ACQUIRE);
    return (struct ib_vst3_object *)(slab + index % pool->class->slab * pool->class->size);
}

int ib_vst3_pool_grow(struct ib_vst3_pool *pool, struct ib_vst3_host *host)
{
    const struct ib_vst3_class *class = pool->class;
    int grown = 0;
    pthread_mutex_lock(&host->growing);
    if (pool->slab_count < most_slabs(class)) {
        uint8_t *slab = calloc(class->slab, class->size);
        if (slab != NULL) {
            for (uint32_t i = 0; i < class->slab; i++)
                connect_faces((struct ib_vst3_object *)(slab + i * class->size), host, class);
            __atomic_store_n(&pool->slabs[pool->slab_count], slab, __ATOMIC_RELEASE);
            __atomic_store_n(&pool->slab_count, pool->slab_count + 1, __ATOMIC_RELEASE);
            grown = 1;
        }
    }
    pthread_mutex_unlock(&host->growing);
    return grown;
}

/* A free place that is there already; NULL if all are taken. The search begins where the last one ended, so that a place
 * stays unused for as long as can be. [any-thread] */
static struct ib_vst3_object *take_ready(struct ib_vst3_pool *pool)
{
    uint32_t total = __atomic_load_n(&pool->slab_count, __ATOMIC_ACQUIRE) * pool->class->slab;
    for (uint32_t i = 0; i < total; i++) {
        uint32_t index = __atomic_fetch_add(&pool->cursor, 1, __ATOMIC_RELAXED) % total;
        struct ib_vst3_object *object = object_at(pool, index);
        uint32_t is_free = IB_VST3_FREE;
        if (__atomic_compare_exchange_n(&object->life, &is_free, IB_VST3_LIVE, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return object;
    }
    return NULL;
}

struct ib_vst3_object *ib_vst3_object_take(struct ib_vst3_pool *pool, struct ib_vst3_host *host, int held)
{
    struct ib_vst3_object *object = take_ready(pool);
    if (object == NULL && ib_on_audio_thread()) {
        __atomic_store_n(&pool->wanted, 1, __ATOMIC_RELEASE);
        ib_ask(host->mailbox, IB_ASK_CALLBACK);
        ib_vst3_host_fault(host, IB_VST3_FAULT_AUDIO_OBJECTS);
        return NULL;
    }
    while (object == NULL && ib_vst3_pool_grow(pool, host))
        object = take_ready(pool);
    if (object == NULL) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_OBJECTS);
        return NULL;
    }
    __atomic_store_n(&object->holders, held ? IB_VST3_HELD : 1, __ATOMIC_RELEASE);
    return object;
}

/* [main-thread] */
static void dig_up(struct ib_vst3_pool *pool)
{
    uint32_t total = __atomic_load_n(&pool->slab_count, __ATOMIC_ACQUIRE) * pool->class->slab;
    for (uint32_t i = 0; i < total; i++) {
        struct ib_vst3_object *object = object_at(pool, i);
        if (__atomic_load_n(&object->life, __ATOMIC_ACQUIRE) != IB_VST3_BURIED)
            continue;
        object->class->destroy(object);
        __atomic_store_n(&object->life, IB_VST3_FREE, __ATOMIC_RELEASE);
    }
}

void ib_vst3_pools_tend(struct ib_vst3_host *host)
{
    int buried = __atomic_exchange_n(&host->buried, 0, __ATOMIC_ACQ_REL) != 0;
    for (uint32_t i = 0; i < IB_VST3_POOLS; i++) {
        if (__atomic_exchange_n(&host->pools[i].wanted, 0, __ATOMIC_ACQ_REL))
            (void)ib_vst3_pool_grow(&host->pools[i], host);
    }
    for (uint32_t i = 0; buried && i < IB_VST3_POOLS; i++)
        dig_up(&host->pools[i]);
}

/* -- leaks ------------------------------------------------------------------------------------------------------------- */

/* "2 x IMessage" after what is in `text` already. [main-thread] */
static void append(char *text, uint32_t size, uint32_t count, const char *name)
{
    size_t used = size != 0 ? strnlen(text, size) : 0;
    if (count != 0 && used < size)
        (void)snprintf(text + used, size - used, "%s%u x %s", used != 0 ? ", " : "", (unsigned)count, name);
}

uint32_t ib_vst3_host_leaks(struct ib_vst3_host *host, char *text, uint32_t size)
{
    uint32_t all = 0;
    if (size != 0)
        text[0] = '\0';
    for (uint32_t i = 0; i < IB_VST3_POOLS; i++) {
        struct ib_vst3_pool *pool = &host->pools[i];
        uint32_t total = pool->slab_count * pool->class->slab, count = 0;
        for (uint32_t place = 0; place < total; place++) {
            uint32_t holders = __atomic_load_n(&object_at(pool, place)->holders, __ATOMIC_ACQUIRE);
            count += (holders & ~IB_VST3_HELD) != 0;
        }
        append(text, size, count, pool->class->name);
        all += count;
    }
    struct ib_vst3_object *fixed[] = {&host->context, &host->handler};
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t held = (__atomic_load_n(&fixed[i]->holders, __ATOMIC_ACQUIRE) & ~IB_VST3_HELD) != 0;
        append(text, size, held, fixed[i]->class->name);
        all += held;
    }
    return all;
}
