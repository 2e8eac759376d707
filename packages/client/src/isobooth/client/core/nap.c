/* Waiting without being woken: sleep by one's own clock for most of the time that blocks will take, and look for the rest. */
#include "stream.h"

/* A sleeper wakes up late by about this: the slack of timers and the wake of an idle processor. */
#define NAP_LATE_NS 120000u
/* Longest nap: the death of the host is noticed only after it. */
#define NAP_MOST_NS 1000000u
/* Longest look after a nap. */
#define NAP_SPIN_NS 200000u
/* A look that ends so much too late was interrupted: somebody else wants the processor, perhaps the host itself ... */
#define NAP_HELD_UP_NS 300000u
/* ... and so many single blocks are waited for without long looks. */
#define NAP_HELD_UP_BLOCKS 256u
/* Blocks that are submitted longer than this after the one before came back, come at a pace. */
#define NAP_PACED_NS 500000u

void ib_nap(struct ib_stream *stream, uint64_t target, int is_last, uint64_t until_ns)
{
    const struct ib_client *client = &stream->client;
    uint64_t start = ib_now_ns();
    uint64_t due = (target - client->settled) * stream->report.last_process_ns;
    if (client->spin.most_ns == 0 || client->spin.shy != 0 || client->spin.crowded || ib_client_is_done(client, target))
        return;
    if (due > (is_last ? IB_NAP_LAST_NS : NAP_LATE_NS)) {
        due = due - NAP_LATE_NS < NAP_MOST_NS ? due - NAP_LATE_NS : NAP_MOST_NS;
        const struct timespec time = {0, (long)due};
        if (start + due < until_ns)
            (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL); /* EINTR: then it is a shorter nap */
        start = ib_now_ns();
    }
    uint64_t end = ib_deadline(start, is_last ? IB_NAP_LAST_NS : NAP_SPIN_NS);
    (void)ib_client_spin(client, target, start, end < until_ns ? end : until_ns);
}

/* Will a block take longer than a spin may last? [audio-thread] */
static int is_long(const struct ib_stream *stream)
{
    return stream->report.last_process_ns > stream->client.spin.most_ns / 2;
}

void ib_nap_note_return(struct ib_stream *stream)
{
    if (is_long(stream))
        stream->returned_ns = ib_now_ns();
}

void ib_nap_for_block(struct ib_stream *stream, uint64_t until_ns)
{
    struct ib_client *client = &stream->client;
    if (!is_long(stream))
        return;
    uint64_t now = ib_now_ns();
    if (stream->held_up != 0) {
        stream->held_up--;
    } else if (now - stream->returned_ns <= NAP_PACED_NS) {
        ib_nap(stream, client->submitted, 0, until_ns);
        uint64_t most = stream->report.last_process_ns + NAP_SPIN_NS + NAP_HELD_UP_NS;
        if (ib_now_ns() - now > most)
            stream->held_up = NAP_HELD_UP_BLOCKS;
    }
}
