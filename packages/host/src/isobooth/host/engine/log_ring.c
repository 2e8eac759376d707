#include "log_ring.h"

#include <string.h>

#define LINES 256 /* a power of two */

/* A ring of many writers and one reader. Each cell carries a ticket: `n` means free for the n-th line, `n + 1` that the n-th
 * line is in it. A writer takes a number only if its cell is free, so nobody ever waits. */
struct cell {
    uint32_t ticket;
    int32_t level;
    char text[IB_LOG_TEXT_BYTES];
};

static struct cell cells[LINES];
static uint32_t head, tail, lost;
static uint32_t ready; /* cells[i].ticket == i holds */

/* [any-thread] */
static void prepare(void)
{
    if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) == 2)
        return;
    uint32_t none = 0;
    if (__atomic_compare_exchange_n(&ready, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        for (uint32_t i = 0; i < LINES; i++)
            __atomic_store_n(&cells[i].ticket, i, __ATOMIC_RELAXED);
        __atomic_store_n(&ready, 2, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) != 2)
        ib_relax();
}

void ib_log_push(struct ib_mailbox *mailbox, int32_t level, const char *text)
{
    prepare();
    uint32_t number = __atomic_load_n(&head, __ATOMIC_RELAXED);
    struct cell *cell;
    for (;;) {
        cell = &cells[number % LINES];
        int32_t distance = (int32_t)(__atomic_load_n(&cell->ticket, __ATOMIC_ACQUIRE) - number);
        if (distance < 0) {
            __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
            break;
        }
        if (distance == 0 &&
            __atomic_compare_exchange_n(&head, &number, number + 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            cell->level = level;
            size_t length = strnlen(text, IB_LOG_TEXT_BYTES - 1);
            memcpy(cell->text, text, length);
            cell->text[length] = '\0';
            __atomic_store_n(&cell->ticket, number + 1, __ATOMIC_RELEASE);
            break;
        }
        if (distance > 0)
            number = __atomic_load_n(&head, __ATOMIC_RELAXED);
    }
    ib_ask(mailbox, IB_ASK_LOG);
}

int32_t ib_log_pop(char *text)
{
    prepare();
    struct cell *cell = &cells[tail % LINES];
    if (__atomic_load_n(&cell->ticket, __ATOMIC_ACQUIRE) != tail + 1)
        return -1;
    int32_t level = cell->level;
    memcpy(text, cell->text, IB_LOG_TEXT_BYTES);
    __atomic_store_n(&cell->ticket, tail + LINES, __ATOMIC_RELEASE);
    tail++;
    return level;
}

uint32_t ib_log_lost(void)
{
    return __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED);
}
