/* Rings of what waits for the main thread, written by any thread without ever waiting. */
#include "formats/vst3/objects.h"

_Static_assert((IB_VST3_MOST_WAITING & (IB_VST3_MOST_WAITING - 1)) == 0, "a power of two");

int ib_vst3_ring_push(struct ib_vst3_ring *ring, const struct ib_vst3_waiting *content)
{
    uint32_t number = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
    for (;;) {
        uint32_t index = number % IB_VST3_MOST_WAITING;
        uint32_t ticket = __atomic_load_n(&ring->cells[index].ticket, __ATOMIC_ACQUIRE) + index;
        int32_t distance = (int32_t)(ticket - number);
        if (distance < 0)
            return 0;
        if (distance > 0) {
            number = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
        } else if (__atomic_compare_exchange_n(&ring->head, &number, number + 1, 1, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED)) {
            ring->cells[index].content = *content;
            __atomic_store_n(&ring->cells[index].ticket, number + 1 - index, __ATOMIC_RELEASE);
            return 1;
        }
    }
}

int ib_vst3_ring_pop(struct ib_vst3_ring *ring, struct ib_vst3_waiting *content)
{
    uint32_t index = ring->tail % IB_VST3_MOST_WAITING;
    if (__atomic_load_n(&ring->cells[index].ticket, __ATOMIC_ACQUIRE) + index != ring->tail + 1)
        return 0;
    *content = ring->cells[index].content;
    __atomic_store_n(&ring->cells[index].ticket, ring->tail + IB_VST3_MOST_WAITING - index, __ATOMIC_RELEASE);
    ring->tail++;
    return 1;
}

int32_t ib_vst3_notice_push(struct ib_vst3_host *host, const struct ib_vst3_notice *notice)
{
    struct ib_vst3_waiting content = {.notice = *notice};
    if (ib_vst3_is_closed(host))
        return VST3_kResultFalse;
    if (!ib_vst3_ring_push(&host->notices, &content)) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_NOTICES_WAITING);
        return VST3_kResultFalse;
    }
    ib_ask(host->mailbox, IB_ASK_CALLBACK);
    return VST3_kResultTrue;
}

int ib_vst3_host_take_notice(struct ib_vst3_host *host, struct ib_vst3_notice *notice)
{
    struct ib_vst3_waiting content;
    if (!ib_vst3_ring_pop(&host->notices, &content))
        return 0;
    *notice = content.notice;
    return 1;
}

uint32_t ib_vst3_host_take_restart(struct ib_vst3_host *host)
{
    return __atomic_exchange_n(&host->restart_flags, 0, __ATOMIC_ACQ_REL);
}
