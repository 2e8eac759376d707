/* A booth that stops answering and starts again: late blocks are given up at their deadline and not a moment before, their
 * answers are never taken for those of later blocks, and afterwards both are in step. */
#include "support.h"

#define FRAMES 16

/* Shared by the two processes beside the segment: what the test wants of the booth. */
struct stage {
    uint64_t answer_until; /* the booth answers blocks up to this one; UINT64_MAX: all */
    uint64_t answered;
};

static void run_booth(void *base, struct stage *stage)
{
    struct ib_booth booth;
    CHECK(ib_booth_open(&booth, base, ((struct ib_header *)base)->geometry.segment_bytes) == NULL);
    for (;;) {
        struct ib_slot *slot = booth_wait(&booth);
        while (booth.next > __atomic_load_n(&stage->answer_until, __ATOMIC_ACQUIRE))
            (void)usleep(200);
        const float *in = (const float *)ib_input_plane(slot, &booth.geometry, 0);
        float *out = (float *)ib_output_plane(slot, &booth.geometry, 0);
        for (uint32_t f = 0; f < slot->frames; f++)
            out[f] = -in[f];
        uint64_t sequence = booth.next;
        booth_answer(&booth, slot, IB_STATUS_OK);
        __atomic_store_n(&stage->answered, sequence, __ATOMIC_RELEASE);
    }
}

static uint64_t submit(struct ib_client *client)
{
    struct ib_slot *slot = ib_client_begin(client);
    CHECK(slot != NULL);
    float *in = (float *)ib_input_plane(slot, &client->geometry, 0);
    for (uint32_t f = 0; f < FRAMES; f++)
        in[f] = (float)(client->submitted + 1) + (float)f / FRAMES;
    slot->frames = FRAMES;
    return ib_client_submit(client);
}

/* Wait for the oldest block; it must come back, and be the block that it says. */
static void must_answer(struct ib_client *client)
{
    struct ib_result result;
    uint64_t sequence = client->settled + 1;
    CHECK_EQUAL(ib_client_wait(client, ib_deadline(ib_now_ns(), (uint64_t)30 * SECOND), &result), IB_STATUS_OK);
    CHECK_EQUAL(result.sequence, sequence);
    const float *out = (const float *)ib_output_plane(ib_client_slot(client, sequence), &client->geometry, 0);
    for (uint32_t f = 0; f < FRAMES; f++)
        CHECK(out[f] == -((float)sequence + (float)f / FRAMES));
}

static void must_be_late(struct ib_client *client, uint64_t patience_ns)
{
    struct ib_result result;
    uint64_t sequence = client->settled + 1, late = client->late, start = ib_now_ns();
    CHECK_EQUAL(ib_client_wait(client, start + patience_ns, &result), IB_STATUS_LATE);
    CHECK(ib_now_ns() >= start + patience_ns);
    CHECK_EQUAL(result.sequence, sequence);
    CHECK_EQUAL(result.status, IB_STATUS_LATE);
    CHECK_EQUAL(client->settled, sequence);
    CHECK_EQUAL(client->late, late + 1);
    CHECK_EQUAL(ib_client_header(client)->client.late, late + 1);
}

static void answer_until(struct stage *stage, uint64_t sequence)
{
    __atomic_store_n(&stage->answer_until, sequence, __ATOMIC_RELEASE);
}

static void until_answered(const struct stage *stage, uint64_t sequence)
{
    while (__atomic_load_n(&stage->answered, __ATOMIC_ACQUIRE) < sequence)
        (void)usleep(100);
}

/* `slots` blocks go late one by one; then no slot is free; then the booth catches up. */
static void stall(struct ib_client *client, struct stage *stage, uint64_t *random)
{
    uint32_t slots = client->geometry.slots;
    answer_until(stage, client->submitted);
    for (uint32_t i = 0; i < slots; i++) {
        (void)submit(client);
        must_be_late(client, 1 + random_below(random, 3) * MILLISECOND);
    }
    CHECK(ib_client_begin(client) == NULL);
    CHECK_EQUAL(client->settled, client->submitted);
    if (slots > 1) { /* one answer arrives late: one slot is free again, and its new block is late in its turn */
        uint64_t freed = client->submitted - slots + 1;
        answer_until(stage, freed);
        until_answered(stage, freed);
        CHECK(ib_client_is_done(client, freed));
        uint64_t sequence = submit(client);
        CHECK(!ib_client_is_done(client, sequence));
        CHECK(ib_client_begin(client) == NULL);
        must_be_late(client, MILLISECOND);
    }
    answer_until(stage, UINT64_MAX);
    until_answered(stage, client->submitted);
    for (uint32_t i = 0; i < 3 * slots; i++) {
        (void)submit(client);
        must_answer(client);
    }
}

/* Some in flight, all late, then answered late, then new ones behind them in the pipeline. */
static void stall_in_flight(struct ib_client *client, struct stage *stage)
{
    uint32_t slots = client->geometry.slots;
    answer_until(stage, client->submitted);
    for (uint32_t i = 0; i < slots; i++)
        (void)submit(client);
    CHECK(ib_client_begin(client) == NULL);
    for (uint32_t i = 0; i < slots; i++)
        must_be_late(client, MILLISECOND / 4);
    answer_until(stage, UINT64_MAX);
    for (uint32_t i = 0; i < slots; i++) {
        while (ib_client_begin(client) == NULL)
            (void)usleep(50);
        (void)submit(client);
    }
    for (uint32_t i = 0; i < slots; i++)
        must_answer(client);
}

/* A deadline in the past looks once and does not sleep; waiting for nothing comes back at once. */
static void no_patience(struct ib_client *client, struct stage *stage)
{
    struct ib_result result;
    CHECK_EQUAL(ib_client_wait(client, IB_FOREVER, &result), IB_STATUS_NONE);
    answer_until(stage, client->submitted);
    (void)submit(client);
    CHECK_EQUAL(ib_client_wait(client, 0, &result), IB_STATUS_LATE);
    answer_until(stage, UINT64_MAX);
    until_answered(stage, client->submitted);
    uint64_t sequence = submit(client);
    until_answered(stage, sequence);
    CHECK_EQUAL(ib_client_wait(client, 0, &result), IB_STATUS_OK);
}

static void run(uint32_t slots, uint64_t *random)
{
    struct ib_geometry g = geometry_of(slots, FRAMES, 1, 0);
    void *base = segment_of(&g);
    struct stage *stage = (struct stage *)guarded_shared(sizeof *stage);
    answer_until(stage, UINT64_MAX);
    pid_t peer = fork_peer(120);
    if (peer == 0) {
        run_booth(base, stage);
    }
    struct ib_client client;
    CHECK(ib_client_open(&client, base, g.segment_bytes, &g) == NULL);
    for (int round = 0; round < 5; round++) {
        if (round == 3)
            never_spin(&client.spin);
        stall(&client, stage, random);
        stall_in_flight(&client, stage);
        no_patience(&client, stage);
    }
    child_must_die(peer);
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    watchdog(120);
    run(1, &random);
    run(2, &random);
    run(5, &random);
    return 0;
}
