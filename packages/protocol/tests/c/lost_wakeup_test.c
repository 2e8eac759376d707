/* Both sides sleep on every block: a wake-up that gets lost would leave both asleep for ever, and the watchdog sees it. */
#include "support.h"

static void run_booth(void *base, uint64_t blocks)
{
    struct ib_booth booth;
    CHECK(ib_booth_open(&booth, base, ((struct ib_header *)base)->geometry.segment_bytes) == NULL);
    never_spin(&booth.spin);
    while (booth.next <= blocks) {
        struct ib_slot *slot = booth_wait(&booth);
        booth_answer(&booth, slot, IB_STATUS_OK);
    }
}

/* `depth` blocks in flight: 1 is strict turns; more lets the booth complete blocks that the client does not yet want, and
 * `newest` first waits for the youngest, so that what is wanted goes up and down. */
static void run(uint32_t depth, int newest, uint64_t blocks)
{
    struct ib_geometry g = geometry_of(depth, 16, 1, 0);
    void *base = segment_of(&g);
    pid_t peer = fork_peer(120);
    if (peer == 0) {
        run_booth(base, blocks);
        _exit(0);
    }
    struct ib_client client;
    struct ib_result result;
    CHECK(ib_client_open(&client, base, g.segment_bytes, &g) == NULL);
    while (client.settled < blocks) {
        if (client.settled % 1024 < depth)
            watchdog(5);
        while (client.submitted < blocks && ib_client_begin(&client) != NULL)
            (void)ib_client_submit(&client);
        never_spin(&client.spin);
        if (newest)
            CHECK_EQUAL(ib_client_await(&client, client.submitted, IB_FOREVER), IB_STATUS_OK);
        CHECK_EQUAL(ib_client_wait(&client, IB_FOREVER, &result), IB_STATUS_OK);
    }
    CHECK_EQUAL(client.settled, blocks);
    child_must_pass(peer);
    (void)printf("depth %u: the booth slept, the client was woken for %llu blocks\n", depth,
                 (unsigned long long)blocks);
}

int main(void)
{
    uint64_t blocks = REPEAT(200000, 50000);
    run(1, 0, blocks);
    run(2, 0, blocks / 4);
    run(4, 0, blocks / 4);
    run(4, 1, blocks / 4);
    return 0;
}
