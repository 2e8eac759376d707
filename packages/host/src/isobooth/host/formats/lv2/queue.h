/* Messages from one thread to another without a lock: whole ones, in order, in a bounded ring of bytes. */
#ifndef ISOBOOTH_LV2_QUEUE_H
#define ISOBOOTH_LV2_QUEUE_H

#include <stdint.h>

#define IB_LV2_MOST_MESSAGE 65536 /* bytes */

struct ib_lv2_queue;

/* `bytes` is a power of two. NULL without memory. [main-thread] */
struct ib_lv2_queue *ib_lv2_queue_new(uint32_t bytes);
void ib_lv2_queue_free(struct ib_lv2_queue *queue);

/* Copy a message (empty ones too) into the ring. 0 if there is no room now, or if it is longer than any may be. [one thread
 * at a time] */
int ib_lv2_queue_push(struct ib_lv2_queue *queue, const void *data, uint32_t size);

/* [any-thread] */
int ib_lv2_queue_is_empty(const struct ib_lv2_queue *queue);

/* How long is the oldest message? 0 if there is none. [who takes messages] */
int ib_lv2_queue_next(const struct ib_lv2_queue *queue, uint32_t *size);

/* Take the oldest message out, into IB_LV2_MOST_MESSAGE bytes. 0 if there is none. [one thread at a time] */
int ib_lv2_queue_pop(struct ib_lv2_queue *queue, uint8_t *to, uint32_t *size);

#endif
