/* A booth that writes random bytes over the whole segment all the time, while the client submits and waits. Whatever the
 * client makes of it, it keeps to its deadlines, gives out only statuses that exist, and reads nothing outside the
 * segment: guard pages lie before and behind it. */
#include "support.h"

#define SLOTS 3
#define MAX_FRAMES 128
#define CHANNELS 2
#define EVENT_BYTES 1024

/* Beside the segment, where the hostile booth does not scribble: what makes its lies good ones. */
struct stage {
    uint64_t submitted;
};

/* With semaphores the booth spares the two that the C library works on: glibc aborts a process whose sem_t is broken. The
 * futex kind has no such state, and nothing is spared there. */
static int is_spared(size_t word)
{
    if (IB_WAKE_KIND != IB_WAKE_KIND_SEMAPHORE)
        return 0;
    size_t byte = word * 8;
    size_t client = offsetof(struct ib_header, client_bell) + offsetof(struct ib_bell, semaphore);
    size_t host = offsetof(struct ib_header, host_bell) + offsetof(struct ib_bell, semaphore);
    size_t length = sizeof(((struct ib_bell *)0)->semaphore);
    return (byte >= client && byte < client + length) || (byte >= host && byte < host + length);
}

/* Random words, of which some are small numbers, 0 or all ones. */
static uint64_t noise(uint64_t *random)
{
    uint64_t word = random_next(random);
    switch (word & 7) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return word >> 59;
    case 3:
        return (word >> 59 << 32) | (word >> 54 & 31);
    default:
        return word;
    }
}

/* Say that the newest block is done, with an answer that may pass; the events in it may be nearly right. */
static void lie(uint8_t *base, const struct ib_geometry *g, const struct stage *stage, uint64_t *random)
{
    uint64_t sequence = __atomic_load_n(&stage->submitted, __ATOMIC_ACQUIRE);
    if (sequence == 0)
        return;
    volatile struct ib_slot *slot = ib_slot_of(base, g, sequence);
    uint8_t *events = (uint8_t *)ib_slot_of(base, g, sequence) + g->out_events_offset;
    slot->status = random_below(random, 5);
    slot->out_event_bytes =
        random_below(random, 4) == 0 ? (uint32_t)noise(random) : random_below(random, EVENT_BYTES * 2);
    for (uint32_t at = 0; at + 32 <= EVENT_BYTES; at += 32) {
        struct ib_event head = {32, random_below(random, MAX_FRAMES + 2), (uint8_t)random_below(random, 15), 0, 0, 0,
                                0};
        memcpy(events + at, &head, sizeof head);
    }
    __atomic_store_n(&ib_slot_of(base, g, sequence)->done, sequence, __ATOMIC_RELEASE);
    if (random_below(random, 2) != 0)
        ib_bell_ring(&((struct ib_header *)(void *)base)->client_bell);
}

static void scribble(uint8_t *base, const struct ib_geometry *g, const struct stage *stage, uint64_t random)
{
    size_t words = (size_t)g->segment_bytes / 8;
    volatile uint64_t *all = (volatile uint64_t *)(void *)base;
    for (;;) {
        for (size_t i = 0; i < words; i++)
            if (!is_spared(i))
                all[i] = noise(&random);
        for (int i = 0; i < 20; i++)
            lie(base, g, stage, &random);
        for (int i = 0; i < 200; i++) { /* quick ones at the heads of everything */
            size_t word = random_below(&random, (uint32_t)(IB_HEADER_BYTES / 8 + 32));
            if (!is_spared(word))
                all[word] = noise(&random);
        }
    }
}

static void touch(const uint8_t *bytes, uint32_t count)
{
    volatile uint8_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + bytes[i]);
}

/* What a client does with an answer: copy the events out, clamped, and read the copy. Returns how many it found. */
static uint32_t read_answer(const struct ib_client *client, const struct ib_result *result, uint8_t *copy)
{
    const uint8_t *slot = (const uint8_t *)ib_client_slot(client, result->sequence);
    uint8_t *area = copy + EVENT_BYTES - (result->out_event_bytes & ~7u); /* its end is the guard page's start */
    uint32_t at = 0, found = 0, bytes = result->out_event_bytes & ~7u;
    memcpy(area, slot + client->geometry.out_events_offset, bytes);
    for (;;) {
        const struct ib_event *event = ib_event_next(area, bytes, &at, MAX_FRAMES);
        if (event == NULL)
            break;
        CHECK(event->time < MAX_FRAMES);
        touch((const uint8_t *)event, event->size);
        found++;
    }
    for (uint32_t c = 0; c < CHANNELS; c++)
        touch((const uint8_t *)slot + client->geometry.out_audio_offset + c * client->geometry.plane_stride,
              MAX_FRAMES * 4);
    return found;
}

static void check_result(const struct ib_client *client, const struct ib_result *result, uint32_t status)
{
    CHECK_EQUAL(result->status, status);
    CHECK_EQUAL(result->sequence, client->settled);
    CHECK(result->out_event_bytes <= EVENT_BYTES);
    CHECK(status == IB_STATUS_OK || status == IB_STATUS_PLUGIN_ERROR || status == IB_STATUS_NOT_STARTED ||
          status == IB_STATUS_LATE || status == IB_STATUS_CORRUPT || status == IB_STATUS_CRASHED);
}

static void open_client(struct ib_client *client, void *base, const struct ib_geometry *g, uint64_t *random)
{
    CHECK(ib_client_open(client, base, g->segment_bytes, g) == NULL);
    if (random_below(random, 2) != 0)
        never_spin(&client->spin);
}

/* One block, if a slot is free. Returns its status, or IB_STATUS_FULL. */
static uint32_t exchange(struct ib_client *client, struct stage *stage, uint64_t *random, uint8_t *copy)
{
    struct ib_result result;
    struct ib_slot *slot = ib_client_begin(client);
    if (slot == NULL)
        return IB_STATUS_FULL;
    slot->frames = random_below(random, MAX_FRAMES + 1);
    for (uint32_t c = 0; c < CHANNELS; c++)
        memset(ib_input_plane(slot, &client->geometry, c), 1, MAX_FRAMES * 4);
    struct ib_event_writer writer = ib_client_events(client, slot);
    struct ib_event_midi midi = {{sizeof midi, 0, IB_EVENT_MIDI, 0, 0, 0, 0}, {0x90, 60, 100, 0}, 0};
    for (uint32_t i = random_below(random, 100); i > 0; i--)
        (void)ib_event_append(&writer, &midi.head);
    ib_client_end_events(slot, &writer);
    uint64_t sequence = ib_client_submit(client);
    __atomic_store_n(&stage->submitted, sequence, __ATOMIC_RELEASE);
    uint64_t deadline = ib_deadline(ib_now_ns(), random_below(random, 60000));
    uint32_t status = ib_client_wait(client, deadline, &result);
    check_result(client, &result, status);
    if (status < IB_STATUS_LATE || status == IB_STATUS_CORRUPT)
        (void)read_answer(client, &result, copy);
    return status;
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    struct ib_geometry g = geometry_of(SLOTS, MAX_FRAMES, CHANNELS, EVENT_BYTES);
    uint8_t *base = (uint8_t *)segment_of(&g), *copy = guarded_private(EVENT_BYTES);
    struct stage *stage = (struct stage *)guarded_shared(sizeof *stage);
    unsigned counts[32] = {0};
    watchdog(60);
    pid_t peer = fork_peer(60);
    if (peer == 0) {
        scribble(base, &g, stage, ~random);
    }
    struct ib_client client;
    open_client(&client, base, &g, &random);
    for (int round = 0; round < REPEAT(200000, 60000); round++) {
        uint32_t status = exchange(&client, stage, &random, copy);
        counts[status]++;
        if (status == IB_STATUS_FULL) /* a slot that is never left: what a restart does */
            open_client(&client, base, &g, &random);
    }
    child_must_die(peer);
    (void)printf("ok %u, refused %u, corrupt %u, late %u, crashed %u, full %u\n", counts[IB_STATUS_OK],
                 counts[IB_STATUS_PLUGIN_ERROR] + counts[IB_STATUS_NOT_STARTED], counts[IB_STATUS_CORRUPT],
                 counts[IB_STATUS_LATE], counts[IB_STATUS_CRASHED], counts[IB_STATUS_FULL]);
    CHECK(counts[IB_STATUS_OK] > 0 && counts[IB_STATUS_CORRUPT] > 0 && counts[IB_STATUS_LATE] > 0);
    return 0;
}
