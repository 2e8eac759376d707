#include "engine.h"

#include <unistd.h>

/* Wake the audio thread. [any-thread] */
static void ring(struct ib_mailbox *mailbox)
{
    struct ib_bell *bell = __atomic_load_n(&mailbox->bell, __ATOMIC_ACQUIRE);
    if (bell != NULL)
        ib_bell_ring(bell);
}

/* Bits are set before the wake: the main thread finds them when it looks. */
void ib_ask(struct ib_mailbox *mailbox, uint32_t bits)
{
    const uint64_t one = 1;
    if (bits & (IB_ASK_RESTART | IB_ASK_BUSES))
        __atomic_store_n(&mailbox->restart, 1, __ATOMIC_RELEASE);
    uint32_t before = __atomic_fetch_or(&mailbox->asked, bits, __ATOMIC_ACQ_REL);
    if ((before & bits) != bits && write(mailbox->wake_fd, &one, sizeof one) < 0) {
        /* full: readable already */
    }
    if (bits & (IB_ASK_RESTART | IB_ASK_BUSES))
        ring(mailbox);
}

void ib_ask_flush(struct ib_mailbox *mailbox)
{
    __atomic_store_n(&mailbox->flush, 1, __ATOMIC_RELEASE);
    ring(mailbox);
}

uint32_t ib_take_asked(struct ib_mailbox *mailbox)
{
    return __atomic_exchange_n(&mailbox->asked, 0, __ATOMIC_ACQ_REL);
}
