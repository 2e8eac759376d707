/* The geometry: its bounds, its sums, what a header check refuses. */
#include "support.h"

/* The sums again in a type that does not wrap, to compare with what the header computes. */
static void check_sums(const struct ib_geometry *g)
{
    double plane = (double)g->plane_stride; /* all below 2^53, so exact */
    double stride =
        IB_SLOT_BYTES + (double)g->in_event_bytes + g->out_event_bytes + plane * g->inputs + plane * g->outputs;
    CHECK((double)g->slot_stride == stride);
    CHECK((double)g->segment_bytes == IB_HEADER_BYTES + stride * g->slots);
    CHECK(g->plane_stride >= (uint64_t)g->max_frames * g->sample_bytes);
    CHECK(g->plane_stride % IB_CACHE_LINE == 0);
    CHECK(g->plane_stride % 4096 != 0 || g->plane_stride == 0);
    CHECK(g->in_events_offset == IB_SLOT_BYTES);
    CHECK(g->in_audio_offset == g->in_events_offset + g->in_event_bytes);
    CHECK(g->out_events_offset == g->in_audio_offset + g->inputs * g->plane_stride);
    CHECK(g->out_audio_offset == g->out_events_offset + g->out_event_bytes);
    CHECK(g->slot_stride == g->out_audio_offset + g->outputs * g->plane_stride);
    CHECK(g->slot_stride % IB_CACHE_LINE == 0);
}

static struct ib_geometry largest(void)
{
    struct ib_geometry g;
    memset(&g, 0, sizeof g);
    g.slots = IB_MAX_SLOTS;
    g.max_frames = IB_MAX_FRAMES;
    g.sample_bytes = 8;
    g.wake_kind = IB_WAKE_KIND;
    g.inputs = IB_MAX_CHANNELS;
    g.outputs = IB_MAX_CHANNELS;
    g.in_event_bytes = IB_MAX_EVENT_BYTES;
    g.out_event_bytes = IB_MAX_EVENT_BYTES;
    return g;
}

static void check_bounds(void)
{
    struct ib_geometry g = largest();
    CHECK(ib_geometry_fill(&g) == NULL);
    check_sums(&g);
#define REFUSED(field, value)                                                                                          \
    do {                                                                                                               \
        struct ib_geometry bad = largest();                                                                            \
        bad.field = (value);                                                                                           \
        CHECK(ib_geometry_fill(&bad) != NULL);                                                                         \
        CHECK(ib_geometry_check(&bad, UINT64_MAX) != NULL);                                                            \
    } while (0)
    REFUSED(slots, IB_MAX_SLOTS + 1);
    REFUSED(slots, UINT32_MAX);
    REFUSED(max_frames, 0);
    REFUSED(max_frames, IB_MAX_FRAMES + 1);
    REFUSED(max_frames, UINT32_MAX);
    REFUSED(sample_bytes, 0);
    REFUSED(sample_bytes, 2);
    REFUSED(sample_bytes, 16);
    REFUSED(sample_bytes, UINT32_MAX);
    REFUSED(inputs, IB_MAX_CHANNELS + 1);
    REFUSED(outputs, UINT32_MAX);
    REFUSED(in_event_bytes, IB_MAX_EVENT_BYTES + 64);
    REFUSED(in_event_bytes, 8);
    REFUSED(out_event_bytes, UINT32_MAX);
    REFUSED(out_event_bytes, UINT32_MAX - 63);
    REFUSED(out_event_bytes, 63);
#undef REFUSED
}

static void check_strides(void)
{
    CHECK_EQUAL(ib_plane_stride(0, 4), 0);
    CHECK_EQUAL(ib_plane_stride(1, 4), 64);
    CHECK_EQUAL(ib_plane_stride(16, 4), 64);
    CHECK_EQUAL(ib_plane_stride(17, 4), 128);
    CHECK_EQUAL(ib_plane_stride(1024, 4), 4096 + 64);
    CHECK_EQUAL(ib_plane_stride(512, 8), 4096 + 64);
    CHECK_EQUAL(ib_plane_stride(1040, 4), 4160);
    CHECK_EQUAL(ib_plane_stride(IB_MAX_FRAMES, 8), 8388608 + 64);
}

/* Every count random, often at an edge: what is filled passes the check, and any other number in it does not. */
static void check_random(uint64_t *random)
{
    static const uint32_t frames[] = {1, 15, 16, 17, 64, 255, 256, 1023, 1024, 1025, 8192, IB_MAX_FRAMES};
    for (int i = 0; i < 200000; i++) {
        struct ib_geometry g = largest();
        g.slots = random_below(random, IB_MAX_SLOTS + 1);
        g.max_frames = frames[random_below(random, sizeof frames / sizeof *frames)];
        g.sample_bytes = random_below(random, 2) != 0 ? 4 : 8;
        g.inputs = random_below(random, 2) != 0 ? random_below(random, 5) : random_below(random, IB_MAX_CHANNELS + 1);
        g.outputs = random_below(random, 5);
        g.in_event_bytes = 64 * random_below(random, 1000);
        g.out_event_bytes = random_below(random, 2) * 4096;
        CHECK(ib_geometry_fill(&g) == NULL);
        check_sums(&g);
        CHECK(ib_geometry_check(&g, g.segment_bytes) == NULL);
        CHECK(ib_geometry_check(&g, g.segment_bytes - 1) != NULL);
        struct ib_geometry bad = g;
        uint64_t words[sizeof bad / 8];
        memcpy(words, &bad, sizeof bad);
        /* from segment_bytes on: the counts before it may be changed into others that are sound */
        words[4 + random_below(random, sizeof words / 8 - 4)] ^= (uint64_t)1 << random_below(random, 64);
        memcpy(&bad, words, sizeof bad);
        CHECK(ib_geometry_check(&bad, UINT64_MAX) != NULL);
    }
}

/* Random bytes are refused or harmless: what is accepted lies in the mapping. */
static void check_noise(uint64_t *random)
{
    for (int i = 0; i < 200000; i++) {
        struct ib_geometry g;
        uint64_t words[sizeof g / 8];
        for (size_t k = 0; k < sizeof words / 8; k++)
            words[k] = random_next(random) >> random_below(random, 64);
        memcpy(&g, words, sizeof g);
        uint64_t mapped = random_next(random) >> random_below(random, 64);
        if (ib_geometry_check(&g, mapped) == NULL)
            CHECK(g.segment_bytes <= mapped);
    }
}

static void check_header(void)
{
    struct ib_geometry g = geometry_of(4, 256, 2, 4096);
    struct ib_header *header = (struct ib_header *)segment_of(&g);
    struct ib_client client;
    struct ib_booth booth;
    CHECK(ib_header_check(header, g.segment_bytes) == NULL);
    CHECK(ib_client_open(&client, header, g.segment_bytes, &g) == NULL);
    CHECK(ib_booth_open(&booth, header, g.segment_bytes) == NULL);
    CHECK(ib_header_check(header, g.segment_bytes - 1) != NULL);
    CHECK(ib_header_check(header, IB_HEADER_BYTES) != NULL);
    CHECK(ib_header_check(header, IB_HEADER_BYTES - 1) != NULL);
    CHECK(ib_header_check(header, 0) != NULL);
    /* One bit of the identity or the geometry (not of layout_minor and the reserved bytes behind slot_bytes). */
    for (size_t byte = 0; byte < offsetof(struct ib_header, padding); byte++) {
        if ((byte >= offsetof(struct ib_header, layout_minor) && byte < offsetof(struct ib_header, header_bytes)) ||
            (byte >= offsetof(struct ib_header, reserved) && byte < offsetof(struct ib_header, geometry)))
            continue;
        for (int bit = 0; bit < 8; bit++) {
            ((uint8_t *)header)[byte] ^= (uint8_t)(1 << bit);
            CHECK(ib_header_check(header, g.segment_bytes) != NULL);
            CHECK(ib_booth_open(&booth, header, g.segment_bytes) != NULL);
            ((uint8_t *)header)[byte] ^= (uint8_t)(1 << bit);
        }
    }
    CHECK(ib_header_check(header, g.segment_bytes) == NULL);
    struct ib_geometry other = g;
    other.wake_kind = IB_WAKE_KIND == IB_WAKE_KIND_FUTEX ? IB_WAKE_KIND_SEMAPHORE : IB_WAKE_KIND_FUTEX;
    CHECK(ib_client_open(&client, header, g.segment_bytes, &other) != NULL);
}

/* A segment of the header alone: nothing can be submitted, nothing is due, a wait comes back at once. */
static void check_no_slots(void)
{
    struct ib_geometry g = geometry_of(0, 0, 0, 0);
    CHECK_EQUAL(g.segment_bytes, IB_HEADER_BYTES);
    void *base = segment_of(&g);
    struct ib_client client;
    struct ib_booth booth;
    struct ib_result result;
    CHECK(ib_client_open(&client, base, IB_HEADER_BYTES, &g) == NULL);
    CHECK(ib_booth_open(&booth, base, IB_HEADER_BYTES) == NULL);
    CHECK(ib_client_begin(&client) == NULL);
    CHECK(ib_booth_due(&booth) == NULL);
    CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_NONE);
}

/* Every byte that a slot names lies in the segment, also in the last slot and channel. */
static void check_planes(void)
{
    struct ib_geometry g = geometry_of(3, 100, 5, 128);
    uint8_t *base = (uint8_t *)segment_of(&g);
    for (uint64_t sequence = 1; sequence < 10; sequence++) {
        struct ib_slot *slot = ib_slot_of(base, &g, sequence);
        CHECK((uint8_t *)slot == base + IB_HEADER_BYTES + (sequence - 1) % 3 * g.slot_stride);
        for (uint32_t c = 0; c < 5; c++) {
            memset(ib_input_plane(slot, &g, c), 1, (size_t)g.plane_stride);
            memset(ib_output_plane(slot, &g, c), 2, (size_t)g.plane_stride);
        }
        CHECK((uintptr_t)ib_input_plane(slot, &g, 1) % IB_CACHE_LINE == 0);
    }
    CHECK(base[g.segment_bytes - 1] == 2); /* and the guard page behind it was not touched */
    CHECK(ib_header_check((struct ib_header *)(void *)base, g.segment_bytes) == NULL);
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    watchdog(120);
    check_bounds();
    check_strides();
    check_random(&random);
    check_noise(&random);
    check_header();
    check_no_slots();
    check_planes();
    return 0;
}
