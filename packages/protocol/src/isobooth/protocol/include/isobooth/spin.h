/* How long to spin before sleeping: bounded, and learnt from what the last waits were like. */
#ifndef ISOBOOTH_SPIN_H
#define ISOBOOTH_SPIN_H

#include "clock.h"

#include <unistd.h>

/* Nobody spins longer than this. A wake through the kernel costs 5 to 50 us, so spinning longer cannot pay. */
#define IB_SPIN_MOST_NS 60000u
/* Always worth it: a block that is already on its way arrives within this. */
#define IB_SPIN_LEAST_NS 2000u
/* The clock is read once for this many looks. */
#define IB_SPIN_LOOKS 24

struct ib_spin {
    uint64_t limit_ns; /* of the next wait */
    uint64_t most_ns;  /* 0 on a machine with one processor, where a spin only keeps the other side from running */
    uint32_t crowded;  /* the side that is waited for was just woken on our processor: do not spin this time */
};

/* [any-thread] */
static inline void ib_spin_init(struct ib_spin *spin)
{
    spin->most_ns = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? IB_SPIN_MOST_NS : 0;
    spin->limit_ns = spin->most_ns / 2;
    spin->crowded = 0;
}

/* Until when a wait that begins at `start_ns` spins; `start_ns` itself: not at all. [owner] */
static inline uint64_t ib_spin_until(struct ib_spin *spin, uint64_t start_ns)
{
    uint64_t limit = spin->crowded ? 0 : spin->limit_ns;
    spin->crowded = 0;
    return ib_deadline(start_ns, limit);
}

/* Learn from a wait of `took_ns` that ended in a spin (`slept` 0) or in a sleep: short sleeps lengthen the next spin, long
 * ones shorten it. [owner] */
static inline void ib_spin_learn(struct ib_spin *spin, uint64_t took_ns, int slept)
{
    uint64_t limit = spin->limit_ns;
    if (slept && took_ns > 2 * spin->most_ns)
        limit = limit / 2;
    else if (took_ns * 2 > limit)
        limit = took_ns * 4;
    if (limit < IB_SPIN_LEAST_NS)
        limit = IB_SPIN_LEAST_NS;
    spin->limit_ns = limit > spin->most_ns ? spin->most_ns : limit;
}

#endif
