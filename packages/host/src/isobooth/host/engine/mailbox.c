#include "engine.h"

#include <unistd.h>

/* Bits are set before the wake: the main thread finds them when it looks. */
void ib_ask(struct ib_mailbox *mailbox, uint32_t bits)
{
    const uint64_t one = 1;
    uint32_t before = __atomic_fetch_or(&mailbox->asked, bits, __ATOMIC_ACQ_REL);
    /* A full eventfd counter (EAGAIN) is readable already, which is all that is wanted. */
    if ((before & bits) != bits && write(mailbox->wake_fd, &one, sizeof one) < 0)
        return;
}

void ib_ask_flush(struct ib_mailbox *mailbox)
{
    __atomic_store_n(&mailbox->flush, 1, __ATOMIC_RELEASE);
    struct ib_bell *bell = __atomic_load_n(&mailbox->bell, __ATOMIC_ACQUIRE);
    if (bell != NULL)
        ib_bell_ring(bell);
}

uint32_t ib_take_asked(struct ib_mailbox *mailbox)
{
    return __atomic_exchange_n(&mailbox->asked, 0, __ATOMIC_ACQ_REL);
}
