/* A million blocks between two processes, and none is lost, swapped or repeated.
 *
 * Length, flags, transport, samples and events of a block follow from its sequence number, the answer's too, and each side
 * computes what it must find. 1 to 8 blocks are in flight; now and then one side pauses so that the other has to
 * sleep. Under ThreadSanitizer the peer is a thread of the same process. */
#include "support.h"

#include <pthread.h>

#define SLOTS 8
#define MAX_FRAMES 64
#define CHANNELS 2
#define EVENT_BYTES 512
#define MOST_EVENTS 6

static uint64_t seed;
static uint64_t blocks;

/* What block `sequence` holds on its way to the booth (`back` 0) and back (1). */
static uint64_t essence(uint64_t sequence, int back)
{
    return mixed(sequence * 2 + (uint64_t)back + seed);
}

static uint32_t frames_of(uint64_t sequence)
{
    uint64_t e = essence(sequence, 0);
    return e % 64 == 0 ? 0 : 1 + (uint32_t)(e >> 32) % MAX_FRAMES;
}

static float sample_of(uint64_t e, uint32_t channel, uint32_t frame)
{
    return (float)((e + channel * 0x9E3779B97F4A7C15u + frame * 0xBF58476D1CE4E5B9u) >> 40);
}

static void write_plane(float *plane, uint64_t e, uint32_t channel, uint32_t frames)
{
    for (uint32_t f = 0; f < frames; f++)
        plane[f] = sample_of(e, channel, f);
}

static void check_plane(const float *plane, uint64_t e, uint32_t channel, uint32_t frames)
{
    for (uint32_t f = 0; f < frames; f++)
        CHECK(plane[f] == sample_of(e, channel, f));
}

/* Event `index` of a block into `place` (512 bytes); its size. */
static uint32_t make_event(uint8_t *place, uint64_t e, uint32_t index, uint32_t time)
{
    uint64_t own = mixed(e + index);
    memset(place, 0, EVENT_BYTES);
    struct ib_event *head = (struct ib_event *)(void *)place;
    head->time = time;
    head->port = (int16_t)own;
    head->key = (int16_t)(own >> 16);
    if (own % 3 == 0) {
        struct ib_event_note *note = (struct ib_event_note *)(void *)place;
        head->type = IB_EVENT_NOTE_ON;
        head->size = sizeof *note;
        note->note_id = (int32_t)(own >> 32);
        note->value = (double)(own >> 11);
    } else if (own % 3 == 1) {
        struct ib_event_param *param = (struct ib_event_param *)(void *)place;
        head->type = IB_EVENT_PARAM_VALUE;
        head->size = sizeof *param;
        param->param_id = (uint32_t)(own >> 32);
        param->value = (double)(own >> 11);
    } else {
        struct ib_event_sysex *sysex = (struct ib_event_sysex *)(void *)place;
        head->type = IB_EVENT_SYSEX;
        sysex->length = (uint32_t)(own >> 32) % 100;
        head->size = ib_event_sysex_size(sysex->length);
        for (uint32_t i = 0; i < sysex->length; i++)
            place[sizeof *sysex + i] = (uint8_t)(own + i * 7);
    }
    return head->size;
}

static uint32_t event_time(uint32_t index, uint32_t frames)
{
    return frames == 0 ? 0 : index * (frames - 1) / MOST_EVENTS;
}

static uint32_t count_of(uint64_t e)
{
    return (uint32_t)(e >> 20) % (MOST_EVENTS + 1);
}

static void write_events(struct ib_event_writer *writer, uint64_t e, uint32_t frames)
{
    _Alignas(8) uint8_t event[EVENT_BYTES];
    for (uint32_t i = 0; i < count_of(e); i++) {
        (void)make_event(event, e, i, event_time(i, frames));
        (void)ib_event_append(writer, (struct ib_event *)(void *)event);
    }
}

/* The area holds what write_events wrote. It may be shared memory here: the peer is honest. */
static void check_events(const uint8_t *area, uint32_t bytes, uint64_t e, uint32_t frames)
{
    _Alignas(8) uint8_t expected[EVENT_BYTES];
    uint32_t at = 0, used = 0;
    for (uint32_t i = 0; i < count_of(e); i++) {
        uint32_t size = make_event(expected, e, i, event_time(i, frames));
        if (size > EVENT_BYTES - used)
            continue; /* dropped; a smaller one after it may have fitted */
        used += size;
        const struct ib_event *event = ib_event_next(area, bytes, &at, frames);
        CHECK(event != NULL && event->size == size);
        CHECK(memcmp(event, expected, size) == 0);
    }
    CHECK_EQUAL(bytes, used);
    CHECK(ib_event_next(area, bytes, &at, frames) == NULL);
}

/* One side or the other stops for a moment, once in many blocks. */
static void maybe_pause(uint64_t e)
{
    if (e % 16384 == 0)
        (void)usleep((useconds_t)(e >> 40) % 400);
}

static void answer(struct ib_booth *booth, struct ib_slot *slot)
{
    const struct ib_geometry *g = &booth->geometry;
    uint64_t sequence = booth->next, e = essence(sequence, 0), back = essence(sequence, 1);
    CHECK_EQUAL(slot->frames, frames_of(sequence));
    CHECK_EQUAL(slot->flags, (uint32_t)e);
    CHECK_EQUAL(slot->in_constant_mask, e);
    CHECK(slot->transport.position_samples == (int64_t)e);
    CHECK_EQUAL(slot->in_event_count <= MOST_EVENTS, 1);
    for (uint32_t c = 0; c < CHANNELS; c++)
        check_plane((const float *)ib_input_plane(slot, g, c), e, c, slot->frames);
    check_events((const uint8_t *)slot + g->in_events_offset, slot->in_event_bytes, e, slot->frames);
    for (uint32_t c = 0; c < CHANNELS; c++)
        write_plane((float *)ib_output_plane(slot, g, c), back, c, slot->frames);
    struct ib_event_writer writer = {(uint8_t *)slot + g->out_events_offset, g->out_event_bytes, 0, 0, 0};
    write_events(&writer, back, slot->frames);
    slot->status = IB_STATUS_OK + (uint32_t)back % 3;
    slot->status_flags = (uint32_t)(back >> 8);
    slot->out_event_bytes = writer.used;
    slot->out_event_count = writer.count;
    slot->latency = (uint32_t)(back >> 16);
    slot->tail = (uint32_t)(back >> 24);
    slot->out_constant_mask = back;
    slot->process_ns = ~back;
    ib_booth_complete(booth, slot);
}

static void *run_booth(void *base)
{
    struct ib_booth booth;
    CHECK(ib_booth_open(&booth, base, ((struct ib_header *)base)->geometry.segment_bytes) == NULL);
    while (booth.next <= blocks) {
        struct ib_slot *slot = booth_wait(&booth);
        maybe_pause(essence(booth.next, 1));
        answer(&booth, slot);
    }
    return NULL;
}

static void submit_next(struct ib_client *client)
{
    uint64_t sequence = client->submitted + 1, e = essence(sequence, 0);
    struct ib_slot *slot = ib_client_begin(client);
    CHECK(slot != NULL);
    slot->flags = (uint32_t)e;
    slot->in_constant_mask = e;
    slot->transport.position_samples = (int64_t)e;
    slot->frames = frames_of(sequence);
    for (uint32_t c = 0; c < CHANNELS; c++)
        write_plane((float *)ib_input_plane(slot, &client->geometry, c), e, c, slot->frames);
    struct ib_event_writer writer = ib_client_events(client, slot);
    write_events(&writer, e, slot->frames);
    ib_client_end_events(slot, &writer);
    CHECK_EQUAL(ib_client_submit(client), sequence);
}

static void check_next(struct ib_client *client)
{
    struct ib_result result;
    uint64_t sequence = client->settled + 1, back = essence(sequence, 1);
    (void)ib_client_wait(client, ib_deadline(ib_now_ns(), (uint64_t)30 * SECOND), &result);
    CHECK_EQUAL(result.sequence, sequence);
    CHECK_EQUAL(result.status, IB_STATUS_OK + (uint32_t)back % 3);
    CHECK_EQUAL(result.status_flags, (uint32_t)(back >> 8));
    CHECK_EQUAL(result.latency, (uint32_t)(back >> 16));
    CHECK_EQUAL(result.tail, (uint32_t)(back >> 24));
    CHECK_EQUAL(result.out_constant_mask, back);
    CHECK_EQUAL(result.process_ns, ~back);
    struct ib_slot *slot = ib_client_slot(client, sequence);
    for (uint32_t c = 0; c < CHANNELS; c++)
        check_plane((const float *)ib_output_plane(slot, &client->geometry, c), back, c, frames_of(sequence));
    check_events((const uint8_t *)slot + client->geometry.out_events_offset, result.out_event_bytes, back,
                 frames_of(sequence));
}

/* Up to 8 blocks in flight, changing all the time. */
static void run_client(void *base, const struct ib_geometry *g)
{
    struct ib_client client;
    CHECK(ib_client_open(&client, base, g->segment_bytes, g) == NULL);
    int64_t frames = 0;
    while (client.settled < blocks) {
        uint64_t depth = 1 + essence(client.settled, 0) % SLOTS;
        while (client.submitted < blocks && client.submitted - client.settled < depth) {
            submit_next(&client);
            frames += frames_of(client.submitted);
        }
        maybe_pause(essence(client.settled, 0));
        check_next(&client);
    }
    CHECK_EQUAL(client.steady_time, frames);
    CHECK_EQUAL(client.late, 0);
}

int main(int argc, char **argv)
{
    seed = seed_of(argc, argv);
    blocks = argc > 2 ? strtoull(argv[2], NULL, 0) : REPEAT(1000000, 200000);
    watchdog(240);
    struct ib_geometry g = geometry_of(SLOTS, MAX_FRAMES, CHANNELS, EVENT_BYTES);
    void *base = segment_of(&g);
#ifdef __SANITIZE_THREAD__
    pthread_t peer;
    CHECK(pthread_create(&peer, NULL, run_booth, base) == 0);
    run_client(base, &g);
    CHECK(pthread_join(peer, NULL) == 0);
#else
    pid_t peer = fork_peer(240);
    if (peer == 0) {
        (void)run_booth(base);
        _exit(0);
    }
    run_client(base, &g);
    child_must_pass(peer);
#endif
    CHECK_EQUAL(((struct ib_header *)base)->host.completed, blocks);
    CHECK_EQUAL(((struct ib_header *)base)->client.submitted, blocks);
    return 0;
}
