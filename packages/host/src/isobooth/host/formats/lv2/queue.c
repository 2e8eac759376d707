#include "formats/lv2/queue.h"

#include <stdlib.h>
#include <string.h>

struct ib_lv2_queue {
    uint32_t bytes;
    uint32_t written; /* ever (atomic); the reader's line is another */
    uint8_t padding[56];
    uint32_t read; /* ever (atomic) */
    uint8_t ring[];
};

struct ib_lv2_queue *ib_lv2_queue_new(uint32_t bytes)
{
    struct ib_lv2_queue *queue = calloc(1, sizeof *queue + bytes);
    if (queue != NULL)
        queue->bytes = bytes;
    return queue;
}

void ib_lv2_queue_free(struct ib_lv2_queue *queue)
{
    free(queue);
}

static void copy_in(struct ib_lv2_queue *queue, uint32_t at, const void *data, uint32_t size)
{
    uint32_t start = at & (queue->bytes - 1);
    uint32_t first = size < queue->bytes - start ? size : queue->bytes - start;
    memcpy(queue->ring + start, data, first);
    memcpy(queue->ring, (const uint8_t *)data + first, size - first);
}

static void copy_out(const struct ib_lv2_queue *queue, uint32_t at, void *to, uint32_t size)
{
    uint32_t start = at & (queue->bytes - 1);
    uint32_t first = size < queue->bytes - start ? size : queue->bytes - start;
    memcpy(to, queue->ring + start, first);
    memcpy((uint8_t *)to + first, queue->ring, size - first);
}

int ib_lv2_queue_push(struct ib_lv2_queue *queue, const void *data, uint32_t size)
{
    uint32_t written = queue->written;
    uint32_t room = queue->bytes - (written - __atomic_load_n(&queue->read, __ATOMIC_ACQUIRE));
    if (size > IB_LV2_MOST_MESSAGE || size + sizeof size > room)
        return 0;
    copy_in(queue, written, &size, sizeof size);
    if (size != 0)
        copy_in(queue, written + (uint32_t)sizeof size, data, size);
    __atomic_store_n(&queue->written, written + (uint32_t)sizeof size + size, __ATOMIC_RELEASE);
    return 1;
}

int ib_lv2_queue_is_empty(const struct ib_lv2_queue *queue)
{
    return __atomic_load_n(&queue->written, __ATOMIC_ACQUIRE) == __atomic_load_n(&queue->read, __ATOMIC_ACQUIRE);
}

int ib_lv2_queue_next(const struct ib_lv2_queue *queue, uint32_t *size)
{
    if (__atomic_load_n(&queue->written, __ATOMIC_ACQUIRE) == queue->read)
        return 0;
    copy_out(queue, queue->read, size, sizeof *size);
    return 1;
}

int ib_lv2_queue_pop(struct ib_lv2_queue *queue, uint8_t *to, uint32_t *size)
{
    uint32_t read = queue->read;
    if (!ib_lv2_queue_next(queue, size))
        return 0;
    copy_out(queue, read + (uint32_t)sizeof *size, to, *size);
    __atomic_store_n(&queue->read, read + (uint32_t)sizeof *size + *size, __ATOMIC_RELEASE);
    return 1;
}
