/* The booth is killed while the client waits without a deadline; a watching thread says so, and the client is back at
 * once with IB_STATUS_CRASHED, wherever the booth was at that moment. */
#include "support.h"

#include <pthread.h>

struct watch {
    struct ib_client *client;
    pid_t booth;
    unsigned kill_after_us;
};

/* A booth that answers as fast as it can, or one that hangs in its first block. */
static void run_booth(void *base, int hangs)
{
    struct ib_booth booth;
    CHECK(ib_booth_open(&booth, base, ((struct ib_header *)base)->geometry.segment_bytes) == NULL);
    for (;;) {
        struct ib_slot *slot = booth_wait(&booth);
        while (hangs)
            (void)pause();
        booth_answer(&booth, slot, IB_STATUS_OK);
    }
}

static void *kill_and_tell(void *argument)
{
    const struct watch *watch = (const struct watch *)argument;
    (void)usleep(watch->kill_after_us);
    child_must_die(watch->booth);
    ib_client_mark_dead(watch->client);
    return NULL;
}

static void run(const struct ib_geometry *g, int hangs, int spins, unsigned kill_after_us)
{
    void *base = segment_of(g);
    struct ib_client client;
    CHECK(ib_client_open(&client, base, g->segment_bytes, g) == NULL);
    if (!spins)
        never_spin(&client.spin);
    pid_t booth = fork_peer(20);
    if (booth == 0) {
        run_booth(base, hangs);
    }
    struct watch watch = {&client, booth, kill_after_us};
    pthread_t watcher;
    CHECK(pthread_create(&watcher, NULL, kill_and_tell, &watch) == 0);
    uint32_t status = IB_STATUS_OK;
    while (status == IB_STATUS_OK) {
        struct ib_result result;
        struct ib_slot *slot = ib_client_begin(&client);
        CHECK(slot != NULL);
        slot->frames = 1;
        (void)ib_client_submit(&client);
        status = ib_client_wait(&client, IB_FOREVER, &result);
        CHECK_EQUAL(result.status, status);
        CHECK(status != IB_STATUS_OK || !hangs);
    }
    CHECK_EQUAL(status, IB_STATUS_CRASHED);
    CHECK(pthread_join(watcher, NULL) == 0);
    CHECK(ib_client_is_dead(&client));
    CHECK(munmap((uint8_t *)base - (uintptr_t)base % 4096, (size_t)g->segment_bytes) == 0);
}

/* A booth can die between taking the client's bell and ringing it: then the bell says that nobody sleeps while the
 * client does. It must be woken all the same. */
static void *take_bell_and_tell(void *argument)
{
    struct ib_client *client = (struct ib_client *)argument;
    struct ib_bell *bell = &ib_client_header(client)->client_bell;
    while (__atomic_load_n(&bell->asleep, __ATOMIC_ACQUIRE) == 0)
        (void)usleep(10);
    (void)usleep(20000); /* long enough that it sleeps, on all but the busiest machine */
    (void)__atomic_exchange_n(&bell->asleep, 0, __ATOMIC_SEQ_CST);
    ib_client_mark_dead(client);
    return NULL;
}

static void died_before_ringing(const struct ib_geometry *g)
{
    void *base = segment_of(g);
    struct ib_client client;
    struct ib_result result;
    pthread_t watcher;
    CHECK(ib_client_open(&client, base, g->segment_bytes, g) == NULL);
    CHECK(pthread_create(&watcher, NULL, take_bell_and_tell, &client) == 0);
    CHECK(ib_client_begin(&client) != NULL);
    (void)ib_client_submit(&client);
    CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_CRASHED);
    CHECK(pthread_join(watcher, NULL) == 0);
}

/* Blocks in flight at the death: those answered before it are still good, the others crashed, and none hangs. */
static void died_with_blocks_in_flight(const struct ib_geometry *g)
{
    void *base = segment_of(g);
    struct ib_client client;
    struct ib_booth booth;
    struct ib_result result;
    CHECK(ib_client_open(&client, base, g->segment_bytes, g) == NULL);
    CHECK(ib_booth_open(&booth, base, g->segment_bytes) == NULL);
    for (uint32_t i = 0; i < g->slots; i++) {
        CHECK(ib_client_begin(&client) != NULL);
        (void)ib_client_submit(&client);
    }
    booth_answer(&booth, ib_booth_due(&booth), IB_STATUS_OK);
    ib_client_mark_dead(&client);
    CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_OK);
    for (uint32_t i = 1; i < g->slots; i++)
        CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_CRASHED);
    CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_NONE);
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    struct ib_geometry g = geometry_of(4, 64, 1, 64);
    for (int round = 0; round < REPEAT(300, 100); round++) {
        watchdog(10);
        run(&g, round % 3 == 0, round % 2, random_below(&random, 3000));
    }
    watchdog(10);
    for (int round = 0; round < 5; round++)
        died_before_ringing(&g);
    died_with_blocks_in_flight(&g);
    return 0;
}
