/* The host's end of a segment: wait for the next block, answer it. One thread, the booth's audio thread. */
#ifndef ISOBOOTH_BOOTH_H
#define ISOBOOTH_BOOTH_H

#include "events.h"
#include "geometry.h"
#include "spin.h"

struct ib_booth {
    void *base;
    struct ib_geometry geometry; /* our own copy */
    uint64_t next;               /* sequence of the block that is due */
    struct ib_spin spin;
};

/* Take a mapping whose header a client has written. NULL, or what is wrong. [main-thread & !active] */
static inline const char *ib_booth_open(struct ib_booth *booth, void *base, uint64_t mapped_bytes)
{
    const struct ib_header *header = (const struct ib_header *)base;
    const char *wrong = ib_header_check(header, mapped_bytes);
    if (wrong != NULL)
        return wrong;
    memset(booth, 0, sizeof *booth);
    booth->base = base;
    memcpy(&booth->geometry, &header->geometry, sizeof booth->geometry);
    wrong = ib_geometry_check(&booth->geometry, mapped_bytes); /* the copy: the original may have changed since */
    if (wrong != NULL)
        return wrong;
    booth->next = 1;
    ib_spin_init(&booth->spin);
    return NULL;
}

static inline struct ib_header *ib_booth_header(const struct ib_booth *booth)
{
    return (struct ib_header *)booth->base;
}

/* The slot of the block that is due if the client has submitted it, else NULL. [audio-thread] */
static inline struct ib_slot *ib_booth_due(const struct ib_booth *booth)
{
    if (booth->geometry.slots == 0)
        return NULL;
    struct ib_slot *slot = ib_slot_of(booth->base, &booth->geometry, booth->next);
    return __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE) == booth->next ? slot : NULL;
}

/* Publish the answer in the slot that was due and wake the client if it sleeps for this block. [audio-thread] */
static inline void ib_booth_complete(struct ib_booth *booth, struct ib_slot *slot)
{
    struct ib_header *header = ib_booth_header(booth);
    uint64_t sequence = booth->next;
    booth->next = sequence + 1;
    __atomic_store_n(&slot->done, sequence, __ATOMIC_RELEASE);
    __atomic_store_n(&header->host.completed, sequence, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    /* acquire: `wanted` must not be older than the arming that is seen */
    if (__atomic_load_n(&header->client_bell.asleep, __ATOMIC_ACQUIRE) != 0 &&
        sequence >= __atomic_load_n(&header->client.wanted, __ATOMIC_RELAXED))
        booth->spin.crowded = (uint32_t)ib_bell_ring(&header->client_bell);
}

#endif
