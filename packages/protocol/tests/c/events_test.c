/* Areas of events: what is written comes back the same; hostile bytes are neither believed nor read past. */
#include "support.h"

#define AREA_BYTES 4096

static const uint8_t TYPES[] = {
    IB_EVENT_NOTE_ON,     IB_EVENT_NOTE_OFF,  IB_EVENT_NOTE_CHOKE,    IB_EVENT_NOTE_END,    IB_EVENT_NOTE_EXPRESSION,
    IB_EVENT_PARAM_VALUE, IB_EVENT_PARAM_MOD, IB_EVENT_GESTURE_BEGIN, IB_EVENT_GESTURE_END, IB_EVENT_MIDI,
    IB_EVENT_MIDI2,       IB_EVENT_SYSEX,     IB_EVENT_TRANSPORT,
};

static struct ib_event_writer writer_of(uint8_t *area, uint32_t capacity)
{
    struct ib_event_writer writer = {area, capacity, 0, 0, 0};
    return writer;
}

/* An event of random type and content, whole, in `frames`. Returns its size. */
static uint32_t random_event(uint64_t *random, uint8_t *place, uint32_t room, uint32_t frames)
{
    struct ib_event head;
    memset(&head, 0, sizeof head);
    head.type = TYPES[random_below(random, sizeof TYPES)];
    head.size = ib_event_least_size(head.type);
    uint32_t length = random_below(random, 200);
    if (head.type == IB_EVENT_SYSEX)
        head.size = ib_event_sysex_size(length);
    if (head.size > room)
        return 0;
    head.time = random_below(random, frames);
    for (uint32_t i = 0; i < head.size; i++)
        place[i] = (uint8_t)random_next(random);
    memcpy(place, &head, sizeof head);
    if (head.type == IB_EVENT_SYSEX)
        memcpy(place + offsetof(struct ib_event_sysex, length), &length, sizeof length);
    return head.size;
}

/* Append until full, read back, compare byte for byte; the area ends at a guard page. */
static void check_round_trip(uint64_t *random)
{
    uint8_t *area = guarded_private(AREA_BYTES), *kept = guarded_private(AREA_BYTES);
    uint8_t *one = guarded_private(AREA_BYTES);
    for (int round = 0; round < REPEAT(20000, 2000); round++) {
        struct ib_event_writer writer = writer_of(area, AREA_BYTES);
        uint32_t frames = 1 + random_below(random, 5000), used = 0, count = 0;
        for (;;) {
            uint32_t size = random_event(random, one, AREA_BYTES, frames);
            int fits = size <= AREA_BYTES - used;
            CHECK_EQUAL(ib_event_append(&writer, (struct ib_event *)(void *)one), fits);
            if (!fits)
                break;
            memcpy(kept + used, one, size);
            used += size;
            count++;
        }
        CHECK_EQUAL(writer.used, used);
        CHECK_EQUAL(writer.count, count);
        CHECK_EQUAL(writer.dropped, 1);
        CHECK(memcmp(area, kept, used) == 0);
        uint32_t at = 0, found = 0;
        while (ib_event_next(area, used, &at, frames) != NULL)
            found++;
        CHECK_EQUAL(found, count);
        CHECK_EQUAL(at, used);
    }
}

static void touch(const uint8_t *bytes, uint32_t count)
{
    volatile uint8_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + bytes[i]);
}

/* Read an area to its end or its first bad event, and hold the reader to its promises. */
static void read_hostile(const uint8_t *area, uint32_t bytes, uint32_t frames)
{
    uint32_t at = 0;
    for (;;) {
        uint32_t before = at;
        const struct ib_event *event = ib_event_next(area, bytes, &at, frames);
        if (event == NULL) {
            CHECK_EQUAL(at, before);
            return;
        }
        CHECK((const uint8_t *)event == area + before);
        CHECK(at > before && at <= bytes);
        CHECK_EQUAL(at - before, event->size);
        CHECK(event->size >= ib_event_least_size(event->type) && event->size >= sizeof *event);
        CHECK(event->time < (frames == 0 ? 1 : frames));
        if (event->type == IB_EVENT_SYSEX) {
            const struct ib_event_sysex *sysex = (const struct ib_event_sysex *)(const void *)event;
            touch((const uint8_t *)(sysex + 1), sysex->length);
        }
        touch((const uint8_t *)event, event->size);
    }
}

/* Noise, and sound areas with a few bytes changed, at every length; the area ends at a guard page. */
static void check_hostile(uint64_t *random)
{
    for (int round = 0; round < REPEAT(400000, 60000); round++) {
        static uint8_t *end;
        if (end == NULL)
            end = guarded_private(AREA_BYTES) + AREA_BYTES;
        uint32_t bytes = random_below(random, 513), frames = random_below(random, 3) * 64;
        uint8_t *area = end - ((bytes + 7u) & ~7u); /* aligned; up to 7 bytes from the guard page */
        if (round % 2 == 0) {
            for (uint32_t i = 0; i < bytes; i++)
                area[i] = (uint8_t)(random_next(random) >> random_below(random, 8));
        } else {
            uint32_t used = 0, size;
            while ((size = random_event(random, area + used, bytes - used, 64)) != 0)
                used += size;
            for (uint32_t n = random_below(random, 4); n > 0 && bytes > 0; n--)
                area[random_below(random, bytes)] = (uint8_t)random_next(random);
        }
        read_hostile(area, bytes, frames);
    }
}

/* The ends of every number of the head. */
static void check_edges(void)
{
    uint8_t *area = guarded_private(256);
    struct ib_event_sysex event;
    uint32_t at = 0;
    memset(&event, 0, sizeof event);
    event.head.type = IB_EVENT_SYSEX;
    event.head.size = 256;
    event.length = 232;
    memcpy(area, &event, sizeof event);
    CHECK(ib_event_next(area, 256, &at, 64) != NULL && at == 256);
    CHECK(ib_event_next(area, 256, &at, 64) == NULL);
#define REFUSED(field, value)                                                                                          \
    do {                                                                                                               \
        struct ib_event_sysex bad = event;                                                                             \
        bad.field = (value);                                                                                           \
        memcpy(area, &bad, sizeof bad);                                                                                \
        at = 0;                                                                                                        \
        CHECK(ib_event_next(area, 256, &at, 64) == NULL && at == 0);                                                   \
    } while (0)
    REFUSED(head.size, 0);
    REFUSED(head.size, 16);
    REFUSED(head.size, 255);
    REFUSED(head.size, 264);
    REFUSED(head.size, UINT32_MAX);
    REFUSED(head.size, UINT32_MAX - 7);
    REFUSED(head.time, 64);
    REFUSED(head.time, UINT32_MAX);
    REFUSED(head.type, 0);
    REFUSED(head.type, 14);
    REFUSED(head.type, 255);
    REFUSED(length, 233);
    REFUSED(length, UINT32_MAX);
#undef REFUSED
    memcpy(area, &event, sizeof event);
    for (uint32_t bytes = 0; bytes < 256; bytes++) {
        at = 0;
        CHECK(ib_event_next(area, bytes, &at, 64) == NULL);
    }
    at = 256; /* at the end, and behind it */
    CHECK(ib_event_next(area, 256, &at, 64) == NULL);
    at = UINT32_MAX - 7;
    CHECK(ib_event_next(area, 256, &at, 64) == NULL);
    at = 0; /* a block of no frames has one moment */
    CHECK(ib_event_next(area, 256, &at, 0) != NULL);
}

/* A sysex message whose size does not fit 32 bits must not look small. */
static void check_sysex_size(void)
{
    CHECK_EQUAL(ib_event_sysex_size(0), 24);
    CHECK_EQUAL(ib_event_sysex_size(1), 32);
    CHECK_EQUAL(ib_event_sysex_size(8), 32);
    CHECK_EQUAL(ib_event_sysex_size(9), 40);
    uint8_t area[64];
    struct ib_event_writer writer = writer_of(area, sizeof area);
    for (uint32_t back = 0; back < 100; back++) {
        CHECK(ib_event_sysex_size(UINT32_MAX - back) > IB_MAX_EVENT_BYTES);
        CHECK(ib_event_reserve(&writer, ib_event_sysex_size(UINT32_MAX - back)) == NULL);
    }
    CHECK_EQUAL(writer.dropped, 100);
    CHECK(ib_event_reserve(&writer, 9) == NULL);
    CHECK(ib_event_reserve(&writer, 72) == NULL);
    CHECK(ib_event_reserve(&writer, 64) == area);
    CHECK(ib_event_reserve(&writer, 8) == NULL);
    CHECK_EQUAL(writer.count, 1);
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    watchdog(120);
    check_round_trip(&random);
    check_edges();
    check_sysex_size();
    check_hostile(&random);
    return 0;
}
