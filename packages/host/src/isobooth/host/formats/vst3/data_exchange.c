/* IDataExchangeHandler: blocks of bytes from the processor on the audio thread to the controller on the main thread. Blocks
 * are made when a queue is opened; from then on nobody allocates or waits. */
#include "formats/vst3/objects.h"

#include <sched.h>
#include <stdlib.h>

#define LEAST_ALIGNMENT 16u
#define MOST_ALIGNMENT 4096u
#define MOST_BLOCKS 65536u
#define MOST_AT_ONCE 64u /* blocks of one call of the receiver */
#define MOST_GENERATION 0xFFFFFFu

enum state { STATE_FREE, STATE_LOCKED, STATE_READY };

/* [any-thread] */
static struct ib_vst3_host *host_of(void *self)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    return object != NULL && !ib_vst3_is_closed(object->host) ? object->host : NULL;
}

/* The queue of that id, which stays until queue_leave(); NULL if there is none. [any-thread] */
static struct ib_vst3_queue *queue_enter(struct ib_vst3_host *host, uint32_t id)
{
    struct ib_vst3_queue *queue = &host->queues[id % IB_VST3_MOST_QUEUES];
    __atomic_fetch_add(&queue->users, 1, __ATOMIC_SEQ_CST);
    if (id != VST3_InvalidDataExchangeQueueID && __atomic_load_n(&queue->id, __ATOMIC_SEQ_CST) == id)
        return queue;
    __atomic_fetch_sub(&queue->users, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* [any-thread] */
static void queue_leave(struct ib_vst3_queue *queue)
{
    __atomic_fetch_sub(&queue->users, 1, __ATOMIC_RELEASE);
}

/* -- opening and closing ----------------------------------------------------------------------------------------------- */

/* [main-thread] */
static void free_memory(struct ib_vst3_queue *queue)
{
    free(queue->memory);
    free(queue->states);
    free(queue->ready);
    queue->memory = NULL;
    queue->states = NULL;
    queue->ready = NULL;
}

/* 1, or 0 past a bound or without memory. [main-thread] */
static int take_memory(struct ib_vst3_queue *queue, uint32_t size, uint32_t count, uint32_t alignment)
{
    if (alignment < LEAST_ALIGNMENT)
        alignment = LEAST_ALIGNMENT;
    if (size == 0 || count == 0 || count > MOST_BLOCKS || alignment > MOST_ALIGNMENT ||
        (alignment & (alignment - 1)) != 0)
        return 0;
    uint64_t stride = ((uint64_t)size + alignment - 1) & ~(uint64_t)(alignment - 1);
    if (stride * count > IB_VST3_MOST_QUEUE_BYTES)
        return 0;
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, stride * count) != 0)
        memory = NULL;
    queue->memory = memory;
    queue->states = calloc(count, sizeof *queue->states);
    queue->ready = calloc(count, sizeof *queue->ready);
    if (memory == NULL || queue->states == NULL || queue->ready == NULL) {
        free_memory(queue);
        return 0;
    }
    queue->block_size = size;
    queue->count = count;
    queue->stride = (uint32_t)stride;
    queue->ready_head = queue->ready_tail = queue->cursor = 0;
    return 1;
}

/* [main-thread] */
static struct ib_vst3_queue *find_closed(struct ib_vst3_host *host)
{
    for (uint32_t i = 0; i < IB_VST3_MOST_QUEUES; i++) {
        if (host->queues[i].id == VST3_InvalidDataExchangeQueueID && !host->queues[i].delivering)
            return &host->queues[i];
    }
    return NULL;
}

/* Blocks are always delivered on the main thread, also where the receiver would have a thread of its own. [main-thread] */
static int32_t open_queue(void *self, struct vst3_IAudioProcessor *processor, uint32_t size, uint32_t count,
                          uint32_t alignment, uint32_t context, uint32_t *id)
{
    struct ib_vst3_host *host = host_of(self);
    if (id != NULL)
        *id = VST3_InvalidDataExchangeQueueID;
    if (host == NULL || id == NULL || processor == NULL)
        return VST3_kInvalidArgument;
    if (!ib_vst3_is_main_thread(host)) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_QUEUE_THREAD);
        return VST3_kResultFalse;
    }
    if (host->receiver == NULL) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_QUEUE_RECEIVER);
        return VST3_kResultFalse;
    }
    struct ib_vst3_queue *queue = find_closed(host);
    if (queue == NULL || !take_memory(queue, size, count, alignment)) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_QUEUE_BOUND);
        return VST3_kOutOfMemory;
    }
    queue->context = context;
    queue->generation = queue->generation % MOST_GENERATION + 1;
    *id = queue->generation * IB_VST3_MOST_QUEUES + (uint32_t)(queue - host->queues);
    __atomic_store_n(&queue->id, *id, __ATOMIC_SEQ_CST);
    uint8_t in_background = 0;
    host->receiver->vtbl->queueOpened(host->receiver, context, size, &in_background);
    return VST3_kResultTrue;
}

/* What waits in it is dropped. A call that is still inside is waited for: it is short. [main-thread] */
static void shut(struct ib_vst3_queue *queue)
{
    __atomic_store_n(&queue->id, VST3_InvalidDataExchangeQueueID, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&queue->users, __ATOMIC_SEQ_CST) != 0)
        sched_yield();
    if (!queue->delivering)
        free_memory(queue);
}

/* [main-thread] */
static int32_t close_queue(void *self, uint32_t id)
{
    struct ib_vst3_host *host = host_of(self);
    if (host == NULL)
        return VST3_kInvalidArgument;
    if (!ib_vst3_is_main_thread(host)) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_QUEUE_THREAD);
        return VST3_kResultFalse;
    }
    struct ib_vst3_queue *queue = queue_enter(host, id);
    if (queue == NULL)
        return VST3_kInvalidArgument;
    uint32_t context = queue->context;
    queue_leave(queue);
    shut(queue);
    if (host->receiver != NULL)
        host->receiver->vtbl->queueClosed(host->receiver, context);
    return VST3_kResultTrue;
}

/* -- blocks ------------------------------------------------------------------------------------------------------------ */

/* The search begins after the block that was found last. [any-thread] */
static int take_block(struct ib_vst3_queue *queue, struct vst3_DataExchangeBlock *block)
{
    for (uint32_t i = 0; i < queue->count; i++) {
        uint32_t number = __atomic_fetch_add(&queue->cursor, 1, __ATOMIC_RELAXED) % queue->count;
        uint32_t is_free = STATE_FREE;
        if (!__atomic_compare_exchange_n(&queue->states[number], &is_free, STATE_LOCKED, 0, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        block->data = queue->memory + (size_t)number * queue->stride;
        block->size = queue->block_size;
        block->blockID = number;
        return 1;
    }
    return 0;
}

/* [audio-thread & active, tolerated: any-thread] */
static int32_t lock_block(void *self, uint32_t id, struct vst3_DataExchangeBlock *block)
{
    struct ib_vst3_host *host = host_of(self);
    if (host == NULL || block == NULL)
        return VST3_kInvalidArgument;
    *block = (struct vst3_DataExchangeBlock){.blockID = VST3_InvalidDataExchangeBlockID};
    struct ib_vst3_queue *queue = queue_enter(host, id);
    if (queue == NULL)
        return VST3_kInvalidArgument;
    int taken = take_block(queue, block);
    queue_leave(queue);
    return taken ? VST3_kResultOk : VST3_kOutOfMemory;
}

/* There is a place for every block, so there is always room. [any-thread] */
static void make_ready(struct ib_vst3_queue *queue, uint32_t number)
{
    uint32_t place = __atomic_fetch_add(&queue->ready_head, 1, __ATOMIC_ACQ_REL) % queue->count;
    __atomic_store_n(&queue->ready[place], number + 1, __ATOMIC_RELEASE);
}

/* [audio-thread & active, tolerated: any-thread] */
static int32_t free_block(void *self, uint32_t id, uint32_t number, uint8_t send)
{
    struct ib_vst3_host *host = host_of(self);
    struct ib_vst3_queue *queue = host != NULL ? queue_enter(host, id) : NULL;
    if (queue == NULL)
        return VST3_kInvalidArgument;
    uint32_t locked = STATE_LOCKED;
    int done = number < queue->count &&
               __atomic_compare_exchange_n(&queue->states[number], &locked, send ? STATE_READY : STATE_FREE, 0,
                                           __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    if (done && send)
        make_ready(queue, number);
    queue_leave(queue);
    if (!done)
        ib_vst3_host_fault(host, IB_VST3_FAULT_QUEUE_BLOCK);
    else if (send)
        ib_ask(host->mailbox, IB_ASK_CALLBACK);
    return done ? VST3_kResultOk : VST3_kInvalidArgument;
}

const struct vst3_IDataExchangeHandler_vtbl ib_vst3_exchange_vtbl = {IB_VST3_UNKNOWN, open_queue, close_queue,
                                                                     lock_block, free_block};

/* -- delivering -------------------------------------------------------------------------------------------------------- */

/* The blocks that are ready, in the order in which they were sent; how many. [main-thread] */
static uint32_t collect(struct ib_vst3_queue *queue, struct vst3_DataExchangeBlock *blocks)
{
    uint32_t count = 0;
    while (count < MOST_AT_ONCE) {
        uint32_t place = queue->ready_tail % queue->count;
        uint32_t number = __atomic_exchange_n(&queue->ready[place], 0, __ATOMIC_ACQ_REL);
        if (number == 0)
            break;
        queue->ready_tail++;
        blocks[count++] = (struct vst3_DataExchangeBlock){
            .data = queue->memory + (size_t)(number - 1) * queue->stride,
            .size = queue->block_size,
            .blockID = number - 1,
        };
    }
    return count;
}

/* The receiver may close the queue while it has the blocks: then they go afterwards. [main-thread] */
static uint32_t deliver(struct ib_vst3_host *host, struct ib_vst3_queue *queue)
{
    struct vst3_DataExchangeBlock blocks[MOST_AT_ONCE];
    uint32_t numbers[MOST_AT_ONCE];
    uint32_t count = collect(queue, blocks);
    if (count == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = blocks[i].blockID; /* the receiver could write to them */
    queue->delivering = 1;
    host->receiver->vtbl->onDataExchangeBlocksReceived(host->receiver, queue->context, count, blocks, 0);
    queue->delivering = 0;
    if (queue->id == VST3_InvalidDataExchangeQueueID) {
        free_memory(queue);
        return count;
    }
    for (uint32_t i = 0; i < count; i++)
        __atomic_store_n(&queue->states[numbers[i]], STATE_FREE, __ATOMIC_RELEASE);
    if (count == MOST_AT_ONCE)
        ib_ask(host->mailbox, IB_ASK_CALLBACK); /* there may be more */
    return count;
}

uint32_t ib_vst3_queues_deliver(struct ib_vst3_host *host)
{
    uint32_t delivered = 0;
    for (uint32_t i = 0; i < IB_VST3_MOST_QUEUES; i++) {
        struct ib_vst3_queue *queue = &host->queues[i];
        if (host->receiver != NULL && queue->id != VST3_InvalidDataExchangeQueueID && !queue->delivering)
            delivered += deliver(host, queue);
    }
    return delivered;
}

void ib_vst3_queues_close(struct ib_vst3_host *host)
{
    for (uint32_t i = 0; i < IB_VST3_MOST_QUEUES; i++) {
        if (host->queues[i].id != VST3_InvalidDataExchangeQueueID)
            shut(&host->queues[i]);
    }
    ib_vst3_host_set_receiver(host, NULL);
}

void ib_vst3_host_set_receiver(struct ib_vst3_host *host, struct vst3_IDataExchangeReceiver *receiver)
{
    struct vst3_IDataExchangeReceiver *before = host->receiver;
    if (receiver != NULL)
        receiver->vtbl->addRef(receiver);
    host->receiver = receiver;
    if (before != NULL)
        before->vtbl->release(before);
}
