/* The client's end of a segment, for a DAW in C, C++ or Rust: fill a slot, submit it, wait for it.
 *
 *     1. map the segment, ib_client_open()
 *     2. ib_client_begin()                a free slot, or NULL when every slot is in flight
 *     3. write input planes, events, frames; ib_client_submit()
 *     4. ib_client_wait()                 until the block is back, the deadline has passed or the host is dead
 *     5. read output planes and events of ib_client_slot() until that slot's next turn
 *
 * One thread at a time. Several blocks may be in flight between 3 and 4; they come back in order. The host is not
 * trusted: every number that it writes is read once and clamped here.
 */
#ifndef ISOBOOTH_CLIENT_H
#define ISOBOOTH_CLIENT_H

#include "events.h"
#include "geometry.h"
#include "spin.h"

/* A sleeper wakes up late by about this: the slack of timers and the wake of an idle processor. */
#define IB_NAP_LATE_NS 120000u
/* For the last of several blocks there is no nap so short: nobody submits others meanwhile, but somebody waits. */
#define IB_NAP_LAST_NS 500000u
/* Longest nap: the death of the host is noticed only after it. */
#define IB_NAP_MOST_NS 1000000u
/* Longest look after a nap. */
#define IB_NAP_SPIN_NS 200000u
/* A look that ends so much too late was interrupted: somebody else wants the processor, perhaps the host itself ... */
#define IB_NAP_HELD_UP_NS 300000u
/* ... and so many single blocks are waited for without long looks. */
#define IB_NAP_HELD_UP_BLOCKS 256u

struct ib_client {
    void *base;
    struct ib_geometry geometry; /* our own copy: the host can scribble over the one in the segment */
    uint64_t submitted;          /* sequence of the newest block handed over */
    uint64_t settled;            /* sequence of the newest block waited for, or given up */
    int64_t steady_time;         /* of the next block */
    uint64_t late;
    uint64_t limit_frames;    /* the longest block that the host was activated for */
    uint64_t last_process_ns; /* of the block that came back last */
    uint64_t returned_ns;     /* when a single block came back that was long, see ib_client_nap_alone */
    uint32_t held_up;         /* such blocks for which there is no long look */
    struct ib_spin spin;
    uint32_t dead; /* set by whoever learns that the host is gone, through ib_client_mark_dead() */
};

/* What a finished block says of itself, read from the slot once. */
struct ib_result {
    uint64_t sequence;
    uint32_t status; /* IB_STATUS_* */
    uint32_t status_flags;
    uint32_t out_event_bytes; /* clamped to the area */
    uint32_t latency;
    uint32_t tail;
    uint64_t out_constant_mask;
    uint64_t process_ns;
    uint32_t blocks;   /* at least 1, at most one a frame */
    uint32_t replaced; /* output samples that the host's guard took away */
};

/* Take a mapping of `mapped_bytes` whose header was written with `geometry` (0 slots: nothing can be submitted). NULL, or
 * what is wrong. [main-thread] */
static inline const char *ib_client_open(struct ib_client *client, void *base, uint64_t mapped_bytes,
                                         const struct ib_geometry *geometry)
{
    const char *wrong = ib_geometry_check(geometry, mapped_bytes);
    if (wrong != NULL)
        return wrong;
    memset(client, 0, sizeof *client);
    client->base = base;
    client->geometry = *geometry;
    ib_spin_init(&client->spin);
    return NULL;
}

static inline struct ib_header *ib_client_header(const struct ib_client *client)
{
    return (struct ib_header *)client->base;
}

static inline struct ib_slot *ib_client_slot(const struct ib_client *client, uint64_t sequence)
{
    return ib_slot_of(client->base, &client->geometry, sequence);
}

static inline int ib_client_is_dead(const struct ib_client *client)
{
    return __atomic_load_n(&client->dead, __ATOMIC_ACQUIRE) != 0;
}

/* The host is gone, or says in its last moments that it is about to be. Reads a line that the host writes for each block:
 * not for a spin. [any-thread] */
static inline int ib_client_is_lost(const struct ib_client *client)
{
    return ib_client_is_dead(client) ||
           __atomic_load_n(&ib_client_header(client)->host.host_state, __ATOMIC_ACQUIRE) >= IB_HOST_CRASHED;
}

/* The host is gone: wake whoever waits. `client` may be waiting in another thread. The host may have died between taking
 * the client's bell and ringing it, so what the bell says is not asked. [any-thread] */
static inline void ib_client_mark_dead(struct ib_client *client)
{
    __atomic_store_n(&client->dead, 1, __ATOMIC_SEQ_CST);
    ib_bell_ring_always(&ib_client_header(client)->client_bell);
}

/* Has the host left the slot of block `sequence`? [audio-thread] */
static inline int ib_client_is_done(const struct ib_client *client, uint64_t sequence)
{
    return __atomic_load_n(&ib_client_slot(client, sequence)->done, __ATOMIC_ACQUIRE) == sequence;
}

/* The slot of the next block, its counts cleared, or NULL while the host may still be in it. [audio-thread] */
static inline struct ib_slot *ib_client_begin(struct ib_client *client)
{
    uint64_t next = client->submitted + 1;
    if (client->geometry.slots == 0)
        return NULL;
    if (next > client->geometry.slots) {
        uint64_t before = next - client->geometry.slots;
        if (before > client->settled || !ib_client_is_done(client, before))
            return NULL;
    }
    struct ib_slot *slot = ib_client_slot(client, next);
    slot->flags = 0;
    slot->in_event_bytes = 0;
    slot->in_event_count = 0;
    slot->in_constant_mask = 0;
    return slot;
}

/* A writer over the slot's input event area. Put what it used into the slot with ib_client_end_events. [audio-thread] */
static inline struct ib_event_writer ib_client_events(const struct ib_client *client, struct ib_slot *slot)
{
    struct ib_event_writer writer;
    writer.area = (uint8_t *)slot + client->geometry.in_events_offset;
    writer.capacity = client->geometry.in_event_bytes;
    writer.used = 0;
    writer.count = 0;
    writer.dropped = 0;
    return writer;
}

static inline void ib_client_end_events(struct ib_slot *slot, const struct ib_event_writer *writer)
{
    slot->in_event_bytes = writer->used;
    slot->in_event_count = writer->count;
}

/* Hand over the slot that ib_client_begin gave, with slot->frames set (0 .. max_frames; 0 carries parameters only).
 * Returns the block's sequence. [audio-thread] */
static inline uint64_t ib_client_submit(struct ib_client *client)
{
    uint64_t sequence = client->submitted + 1;
    struct ib_slot *slot = ib_client_slot(client, sequence);
    slot->steady_time = client->steady_time;
    client->steady_time += slot->frames;
    client->submitted = sequence;
    __atomic_store_n(&slot->sequence, sequence, __ATOMIC_RELEASE);
    __atomic_store_n(&ib_client_header(client)->client.submitted, sequence, __ATOMIC_RELAXED);
    if (ib_bell_ring(&ib_client_header(client)->host_bell))
        client->spin.crowded = 1;
    return sequence;
}

/* 1 if the block came back, 0 if not within the spin. [audio-thread] */
static inline int ib_client_spin(const struct ib_client *client, uint64_t sequence, uint64_t from_ns, uint64_t until_ns)
{
    const uint64_t *done = &ib_client_slot(client, sequence)->done;
    for (uint64_t now = from_ns; now < until_ns && !ib_client_is_dead(client); now = ib_now_ns()) {
        for (int look = 0; look < IB_SPIN_LOOKS; look++) {
            if (__atomic_load_n(done, __ATOMIC_ACQUIRE) == sequence)
                return 1;
            ib_relax();
        }
    }
    return 0;
}

/* Wait for block `sequence`, the last of those in flight if `is_last`, without being woken: a wake costs the host up to 20 us,
 * which it lacks for the plugin. So sleep by our own clock for most of the time that the blocks will take, and look for the
 * rest; not longer than makes sense. [audio-thread] */
static inline void ib_client_nap(const struct ib_client *client, uint64_t sequence, int is_last, uint64_t until_ns)
{
    uint64_t start = ib_now_ns();
    uint64_t due = (sequence - client->settled) * client->last_process_ns;
    if (client->spin.most_ns == 0 || client->spin.shy != 0 || client->spin.crowded ||
        ib_client_is_done(client, sequence))
        return;
    if (due > (is_last ? IB_NAP_LAST_NS : IB_NAP_LATE_NS)) {
        due = due - IB_NAP_LATE_NS < IB_NAP_MOST_NS ? due - IB_NAP_LATE_NS : IB_NAP_MOST_NS;
        const struct timespec time = {0, (long)due};
        if (start + due < until_ns)
            (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL); /* EINTR: then it is a shorter nap */
        start = ib_now_ns();
    }
    uint64_t end = ib_deadline(start, is_last ? IB_NAP_LAST_NS : IB_NAP_SPIN_NS);
    (void)ib_client_spin(client, sequence, start, end < until_ns ? end : until_ns);
}

/* Will a block take longer than a spin may last? [audio-thread] */
static inline int ib_client_is_slow(const struct ib_client *client)
{
    return client->last_process_ns > client->spin.most_ns / 2;
}

/* Wait so for the one block that is in flight, if it is slow and blocks come back to back: for those that come at a pace a wake
 * is no loss. [audio-thread] */
static inline void ib_client_nap_alone(struct ib_client *client, uint64_t sequence, uint64_t until_ns)
{
    if (client->submitted - client->settled != 1 || !ib_client_is_slow(client))
        return;
    uint64_t now = ib_now_ns();
    if (client->held_up != 0) {
        client->held_up--;
    } else if (now - client->returned_ns <= IB_SPIN_PACED_NS) {
        ib_client_nap(client, sequence, 0, until_ns);
        uint64_t most = client->last_process_ns + IB_NAP_SPIN_NS + IB_NAP_HELD_UP_NS;
        if (ib_now_ns() - now > most)
            client->held_up = IB_NAP_HELD_UP_BLOCKS;
    }
}

/* Sleep until block `sequence` is done. 1, or 0 at the deadline or the host's death. [audio-thread] */
static inline int ib_client_sleep(struct ib_client *client, uint64_t sequence, uint64_t deadline_ns)
{
    struct ib_header *header = ib_client_header(client);
    for (;;) {
        __atomic_store_n(&header->client.wanted, sequence, __ATOMIC_RELAXED);
        ib_bell_arm(&header->client_bell);
        if (ib_client_is_done(client, sequence) || ib_client_is_lost(client)) {
            ib_bell_disarm(&header->client_bell);
            return ib_client_is_done(client, sequence);
        }
        ib_bell_sleep(&header->client_bell, deadline_ns);
        if (ib_client_is_done(client, sequence))
            return 1;
        if (deadline_ns != IB_FOREVER && ib_now_ns() >= deadline_ns)
            return 0;
    }
}

/* Wait for block `sequence` without settling it: spin, then sleep. Returns IB_STATUS_OK, _LATE or _CRASHED.
 * [audio-thread] */
static inline uint32_t ib_client_await(struct ib_client *client, uint64_t sequence, uint64_t deadline_ns)
{
    if (ib_client_is_done(client, sequence))
        return IB_STATUS_OK;
    ib_client_nap_alone(client, sequence, deadline_ns);
    if (ib_client_is_done(client, sequence))
        return IB_STATUS_OK;
    uint64_t start = ib_now_ns();
    uint64_t until = ib_spin_until(&client->spin, start);
    int slept = 0;
    int done = ib_client_spin(client, sequence, start, until < deadline_ns ? until : deadline_ns);
    if (!done) {
        slept = 1;
        done = ib_client_sleep(client, sequence, deadline_ns);
    }
    ib_spin_learn(&client->spin, ib_now_ns() - start, slept);
    if (done)
        return IB_STATUS_OK;
    return ib_client_is_lost(client) ? IB_STATUS_CRASHED : IB_STATUS_LATE;
}

/* Read what the host says of a block that is done, clamping every number. [audio-thread] */
static inline void ib_client_read(const struct ib_client *client, uint64_t sequence, struct ib_result *result)
{
    const volatile struct ib_slot *slot = ib_client_slot(client, sequence);
    uint32_t status = slot->status;
    uint32_t bytes = slot->out_event_bytes;
    result->sequence = sequence;
    result->status = status >= IB_STATUS_OK && status <= IB_STATUS_NOT_STARTED ? status : IB_STATUS_CORRUPT;
    result->status_flags = slot->status_flags;
    result->out_event_bytes = bytes <= client->geometry.out_event_bytes ? bytes : client->geometry.out_event_bytes;
    result->latency = slot->latency;
    result->tail = slot->tail;
    result->out_constant_mask = slot->out_constant_mask;
    result->process_ns = slot->process_ns;
    result->replaced = slot->replaced;
    uint32_t blocks = slot->blocks, most = slot->frames;
    result->blocks = blocks == 0 || most == 0 ? 1 : blocks <= most ? blocks : most;
    if (bytes > client->geometry.out_event_bytes)
        result->status = IB_STATUS_CORRUPT;
}

/* Wait for the oldest block that has not been waited for, until CLOCK_MONOTONIC reaches `deadline_ns`. A block that is not
 * back by then is given up (IB_STATUS_LATE) and its slot left alone until the host is out of it: its answer can never be
 * taken for that of a later block. [audio-thread] */
static inline uint32_t ib_client_wait(struct ib_client *client, uint64_t deadline_ns, struct ib_result *result)
{
    uint64_t sequence = client->settled + 1;
    memset(result, 0, sizeof *result);
    result->sequence = sequence;
    result->status = IB_STATUS_NONE;
    if (sequence > client->submitted)
        return IB_STATUS_NONE;
    uint32_t status = ib_client_await(client, sequence, deadline_ns);
    client->settled = sequence;
    if (status == IB_STATUS_OK) {
        ib_client_read(client, sequence, result);
        client->last_process_ns = result->process_ns;
        if (ib_client_is_slow(client))
            client->returned_ns = ib_now_ns();
        return result->status;
    }
    if (status == IB_STATUS_LATE) {
        client->late++;
        __atomic_store_n(&ib_client_header(client)->client.late, client->late, __ATOMIC_RELAXED);
    }
    result->status = status;
    return status;
}

#endif
