/* What the C files of the objects share that the host hands out to VST3 plugins. */
#ifndef ISOBOOTH_VST3_OBJECTS_H
#define ISOBOOTH_VST3_OBJECTS_H

#include "engine/log_ring.h"
#include "formats/vst3/abi.h"
#include "formats/vst3/objects.cdef.h"

#include <pthread.h>

/* -- objects ----------------------------------------------------------------------------------------------------------- */

struct ib_vst3_object;

/* One interface of an object: what a plugin's pointer points to. */
struct ib_vst3_face {
    const void *vtbl;
    struct ib_vst3_object *object;
};

/* One line of a queryInterface table: under this id the object has that face. */
struct ib_vst3_entry {
    const uint8_t *iid;
    uint32_t face;
};

#define IB_VST3_MOST_FACES 8

/* A kind of object. */
struct ib_vst3_class {
    const char *name;
    size_t size;   /* of the object with what belongs to it */
    uint32_t slab; /* objects that are made at once */
    uint32_t entry_count;
    const struct ib_vst3_entry *entries;
    const void *vtbls[IB_VST3_MOST_FACES];
    /* Is it slow to destroy, so that the audio thread must not? [any-thread] */
    int (*is_heavy)(struct ib_vst3_object *object);
    /* Give away what it holds. The object itself stays. [any-thread & !audio-thread, if it is heavy] */
    void (*destroy)(struct ib_vst3_object *object);
};

#define IB_VST3_HELD 0x80000000u /* the host's own hold on an object, in `holders` */

enum ib_vst3_life { IB_VST3_FREE, IB_VST3_LIVE, IB_VST3_BURIED, IB_VST3_DYING };

/* Every object starts with this. Objects are never given back to the system before the whole host is, and a place is only
 * ever used for objects of one class: a pointer that a plugin kept too long stays harmless. */
struct ib_vst3_object {
    struct ib_vst3_host *host;
    const struct ib_vst3_class *class;
    uint32_t holders; /* references of the plugin, and IB_VST3_HELD; 0: dead (atomic) */
    uint32_t life;    /* enum ib_vst3_life (atomic) */
    struct ib_vst3_face faces[IB_VST3_MOST_FACES];
};

/* FUnknown of every object. [any-thread] */
int32_t ib_vst3_query(void *self, const uint8_t *iid, void **out);
uint32_t ib_vst3_add_ref(void *self);
uint32_t ib_vst3_release(void *self);
#define IB_VST3_UNKNOWN ib_vst3_query, ib_vst3_add_ref, ib_vst3_release

/* The object behind a plugin's pointer; NULL for NULL and for a dead one, which is reported. [any-thread] */
struct ib_vst3_object *ib_vst3_object_of(void *self);

/* Make an object part of the host for as long as that lives. [main-thread] */
void ib_vst3_object_init(struct ib_vst3_object *object, struct ib_vst3_host *host, const struct ib_vst3_class *class);

/* -- pools ------------------------------------------------------------------------------------------------------------- */

#define IB_VST3_MOST_SLABS 256

/* All objects of one class. On the audio thread only what is there already is handed out. */
struct ib_vst3_pool {
    const struct ib_vst3_class *class;
    uint8_t *slabs[IB_VST3_MOST_SLABS]; /* atomic */
    uint32_t slab_count;                /* atomic */
    uint32_t cursor;                    /* where the next search begins (atomic) */
    uint32_t wanted;                    /* the audio thread found none (atomic) */
};

/* A live object with one reference of the plugin's, or held by the host. NULL (reported) if there is none to be had.
 * [any-thread] */
struct ib_vst3_object *ib_vst3_object_take(struct ib_vst3_pool *pool, struct ib_vst3_host *host, int held);
/* The host lets go of an object that it held. [any-thread] */
void ib_vst3_object_drop(struct ib_vst3_object *object);
/* 1, or 0 without memory. [any-thread & !audio-thread] */
int ib_vst3_pool_grow(struct ib_vst3_pool *pool, struct ib_vst3_host *host);
/* Destroy what died on the audio thread, and make the pools larger that it found empty. [main-thread] */
void ib_vst3_pools_tend(struct ib_vst3_host *host);

enum ib_vst3_pool_number {
    IB_VST3_POOL_MESSAGES,
    IB_VST3_POOL_ATTRIBUTES,
    IB_VST3_POOL_STREAMS,
    IB_VST3_POOL_PROXIES,
    IB_VST3_POOLS
};

extern const struct ib_vst3_class ib_vst3_message_class, ib_vst3_attributes_class, ib_vst3_stream_class,
    ib_vst3_proxy_class, ib_vst3_context_class, ib_vst3_handler_class;

/* -- attribute lists --------------------------------------------------------------------------------------------------- */

#define IB_VST3_ARENAS 16
#define IB_VST3_ARENA_BYTES 8192

/* Memory for the values of a list that the audio thread fills. */
struct ib_vst3_arena {
    uint32_t taken; /* atomic */
    uint32_t used;
    uint8_t bytes[IB_VST3_ARENA_BYTES] __attribute__((aligned(16)));
};

/* -- rings ------------------------------------------------------------------------------------------------------------- */

/* What waits for the main thread: a notice, or a message with the proxy that it came through. */
struct ib_vst3_waiting {
    struct ib_vst3_notice notice;
    struct ib_vst3_object *proxy;
    uint64_t generation; /* of the proxy */
    struct vst3_IMessage *message;
};

/* Many writers, one reader; nobody waits. A cell is free for the n-th entry when its ticket is n, and full at n + 1; kept as
 * the difference to its index, so that zeros are an empty ring. */
struct ib_vst3_ring {
    uint32_t head; /* atomic */
    uint32_t tail;
    struct {
        uint32_t ticket; /* atomic */
        struct ib_vst3_waiting content;
    } cells[IB_VST3_MOST_WAITING];
};

/* 1, or 0 if it is full. [any-thread] */
int ib_vst3_ring_push(struct ib_vst3_ring *ring, const struct ib_vst3_waiting *content);
/* 1, or 0 if it is empty. [main-thread] */
int ib_vst3_ring_pop(struct ib_vst3_ring *ring, struct ib_vst3_waiting *content);
/* Leave a notice and wake the main thread; VST3_kResultTrue, or VST3_kResultFalse (reported) if there is no room. [any-thread] */
int32_t ib_vst3_notice_push(struct ib_vst3_host *host, const struct ib_vst3_notice *notice);

/* -- data exchange ----------------------------------------------------------------------------------------------------- */

struct ib_vst3_queue {
    uint32_t id;    /* VST3_InvalidDataExchangeQueueID: closed (atomic) */
    uint32_t users; /* calls that are inside (atomic) */
    uint32_t generation;
    uint32_t delivering; /* the receiver is being called with its blocks */
    uint32_t context;    /* the plugin's number for it */
    uint32_t block_size;
    uint32_t count;
    uint32_t stride;
    uint8_t *memory;
    uint32_t *states;    /* of each block (atomic) */
    uint32_t *ready;     /* ring of `count` block numbers + 1, 0: none (atomic) */
    uint32_t ready_head; /* atomic */
    uint32_t ready_tail;
    uint32_t cursor; /* atomic */
};

/* Deliver the blocks of all queues; how many. [main-thread] */
uint32_t ib_vst3_queues_deliver(struct ib_vst3_host *host);
/* Close all without a word to the plugin, and let go of the receiver. [main-thread] */
void ib_vst3_queues_close(struct ib_vst3_host *host);

/* -- the host ---------------------------------------------------------------------------------------------------------- */

#define IB_VST3_MOST_PROGRESSES 16

struct ib_vst3_host {
    struct ib_mailbox *mailbox;
    struct ib_vst3 *vst3; /* NULL: edits become notices */
    uintptr_t main_thread;
    uint32_t closed;        /* atomic */
    uint64_t reported;      /* faults that are in the log already, one bit each (atomic) */
    uint32_t restart_flags; /* atomic */
    uint32_t buried;        /* objects that wait to be destroyed (atomic) */
    uint16_t name[128];
    struct ib_vst3_object context;
    struct ib_vst3_object handler;
    pthread_mutex_t growing; /* pools become larger; never taken by the audio thread */
    struct ib_vst3_pool pools[IB_VST3_POOLS];
    struct ib_vst3_arena *arenas;
    struct ib_vst3_ring messages;
    struct ib_vst3_ring notices;
    struct ib_vst3_run_loop run_loop;
    struct vst3_IDataExchangeReceiver *receiver;
    struct ib_vst3_queue queues[IB_VST3_MOST_QUEUES];
    uint64_t progress_id;                         /* the last that was given (atomic) */
    uint64_t progresses[IB_VST3_MOST_PROGRESSES]; /* ids of those that go on, 0: free (atomic) */
};

/* [any-thread] */
static inline int ib_vst3_is_closed(const struct ib_vst3_host *host)
{
    return __atomic_load_n(&host->closed, __ATOMIC_ACQUIRE) != 0;
}

/* [any-thread] */
static inline int ib_vst3_is_main_thread(const struct ib_vst3_host *host)
{
    return (uintptr_t)pthread_self() == host->main_thread;
}

/* Release all timers and watches; how many. [main-thread] */
uint32_t ib_vst3_run_loop_clear(struct ib_vst3_host *host);
/* Close all proxies. [main-thread] */
void ib_vst3_proxies_close(struct ib_vst3_host *host);

extern const struct vst3_IRunLoop_vtbl ib_vst3_run_loop_vtbl;
extern const struct vst3_IDataExchangeHandler_vtbl ib_vst3_exchange_vtbl;
extern const struct vst3_ITransportControl_vtbl ib_vst3_transport_vtbl;
extern const struct vst3_IProgress_vtbl ib_vst3_progress_vtbl;

/* -- faults and texts -------------------------------------------------------------------------------------------------- */

/* What plugins do wrong with the host's objects. Each is logged once per instance. */
enum ib_vst3_host_fault {
    IB_VST3_FAULT_RELEASED,
    IB_VST3_FAULT_DEAD,
    IB_VST3_FAULT_OBJECTS,
    IB_VST3_FAULT_AUDIO_OBJECTS,
    IB_VST3_FAULT_AUDIO_MEMORY,
    IB_VST3_FAULT_ATTRIBUTES,
    IB_VST3_FAULT_ATTRIBUTE_ARGUMENT,
    IB_VST3_FAULT_MESSAGE_ID,
    IB_VST3_FAULT_MESSAGES_WAITING,
    IB_VST3_FAULT_NOTICES_WAITING,
    IB_VST3_FAULT_RESTART_THREAD,
    IB_VST3_FAULT_EDIT_THREAD,
    IB_VST3_FAULT_EDIT_VALUE,
    IB_VST3_FAULT_HANDLER_THREAD,
    IB_VST3_FAULT_RUN_LOOP_THREAD,
    IB_VST3_FAULT_RUN_LOOP_MANY,
    IB_VST3_FAULT_RUN_LOOP_FD,
    IB_VST3_FAULT_QUEUE_THREAD,
    IB_VST3_FAULT_QUEUE_BOUND,
    IB_VST3_FAULT_QUEUE_RECEIVER,
    IB_VST3_FAULT_QUEUE_BLOCK,
    IB_VST3_FAULT_TRANSPORT,
    IB_VST3_HOST_FAULTS
};

/* Log a fault, the first time that it happens. [any-thread] */
void ib_vst3_host_fault(struct ib_vst3_host *host, enum ib_vst3_host_fault fault);

/* UTF-8 to UTF-16 with an end, at most `room` units; what is no UTF-8 becomes U+FFFD. No character is cut in half.
 * [any-thread] */
void ib_vst3_to_utf16(const char *text, uint16_t *out, uint32_t room);
/* The other way round, at most `room` bytes; half a pair becomes U+FFFD. [any-thread] */
void ib_vst3_to_utf8(const uint16_t *text, char *out, uint32_t room);

#endif
