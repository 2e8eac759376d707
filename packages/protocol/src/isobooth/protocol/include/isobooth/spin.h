/* How long to spin before sleeping: bounded, and learnt from what the last waits were like. */
#ifndef ISOBOOTH_SPIN_H
#define ISOBOOTH_SPIN_H

#include "clock.h"

#include <unistd.h>

/* Nobody spins longer than this. A wake through the kernel costs 5 to 50 us, so spinning longer cannot pay. */
#define IB_SPIN_MOST_NS 60000u
/* Always worth it: a block that is already on its way arrives within this. */
#define IB_SPIN_LEAST_NS 2000u
/* Waits that begin further apart than this belong to blocks at a pace, not back to back. */
#define IB_SPIN_PACED_NS 500000u
/* Each spin in vain adds a step, each wait takes 1 away: at this sum (some 8 ms of spins in vain: time for the scheduler to
 * move one side elsewhere) ... */
#define IB_SPIN_VAIN 256
#define IB_SPIN_VAIN_STEP 3
/* ... so many waits go by before the next long spin. */
#define IB_SPIN_SHY 512
/* The clock is read once for this many looks. */
#define IB_SPIN_LOOKS 24

struct ib_spin {
    uint64_t limit_ns; /* of the next wait */
    uint64_t most_ns;  /* 0 on a machine with one processor, where a spin only keeps the other side from running */
    uint64_t began_ns; /* when the last wait began */
    uint32_t vain;     /* spins in vain of late, see IB_SPIN_VAIN */
    uint32_t shy;      /* waits for which the limit stays */
    uint32_t crowded;  /* the side that is waited for is on our own processor */
};

/* [any-thread] */
static inline void ib_spin_init(struct ib_spin *spin)
{
    spin->most_ns = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? IB_SPIN_MOST_NS : 0;
    spin->limit_ns = spin->most_ns / 2;
    spin->began_ns = 0;
    spin->vain = 0;
    spin->shy = 0;
    spin->crowded = 0;
}

/* Until when a wait that begins at `start_ns` spins; `start_ns` itself: not at all.
 *
 * Where the other side runs on our own processor, a spin only holds it up: there is none. Where both stay there for long though
 * blocks come back to back, others are busy: then there is hardly a spin for a while. [owner] */
static inline uint64_t ib_spin_until(struct ib_spin *spin, uint64_t start_ns)
{
    int paced = start_ns - spin->began_ns > IB_SPIN_PACED_NS;
    int useless = spin->crowded != 0;
    spin->vain -= spin->vain != 0;
    if (spin->shy != 0) {
        spin->shy--;
        if (spin->shy == 0)
            spin->limit_ns = spin->most_ns;
    }
    if (spin->crowded && !paced && spin->limit_ns >= spin->most_ns)
        spin->vain += IB_SPIN_VAIN_STEP;
    if (spin->vain >= IB_SPIN_VAIN) {
        spin->vain = 0;
        spin->shy = IB_SPIN_SHY;
        spin->limit_ns = spin->most_ns < IB_SPIN_LEAST_NS ? spin->most_ns : IB_SPIN_LEAST_NS;
    }
    spin->crowded = 0;
    spin->began_ns = start_ns;
    return useless ? start_ns : ib_deadline(start_ns, spin->limit_ns);
}

/* Learn from a wait of `took_ns` that ended in a spin (`slept` 0) or in a sleep. Short sleeps lengthen the next spin, long
 * ones shorten it. A longest spin that just fails counts like a crowded one. [owner] */
static inline void ib_spin_learn(struct ib_spin *spin, uint64_t took_ns, int slept)
{
    uint64_t limit = spin->limit_ns;
    if (spin->shy != 0)
        return;
    if (slept && limit >= spin->most_ns && took_ns <= 2 * spin->most_ns && spin->began_ns != 0)
        spin->vain += IB_SPIN_VAIN_STEP;
    if (slept && took_ns > 2 * spin->most_ns)
        limit = limit / 2;
    else if (took_ns * 2 > limit)
        limit = took_ns * 4;
    if (limit < IB_SPIN_LEAST_NS)
        limit = IB_SPIN_LEAST_NS;
    spin->limit_ns = limit > spin->most_ns ? spin->most_ns : limit;
}

#endif
