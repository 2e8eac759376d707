/* Leaving a processor to the one who woke us and could spin there until our answer.
 *
 * A thread that is woken is often put on the processor of who woke it, though others are idle, and the scheduler takes
 * 10 ms or so to see that both are busy. Until then they take turns: 10 us for a block that could be back in 1.
 *
 * It is of no use where the other processors are busy too, with another booth of the same client that spins there, say: two
 * that spin on one processor are worse than one that is woken each time. So each try is judged by the wait that follows.
 */
#include "engine.h"

#include <isobooth/clock.h>

#define HOLD_LEAST 32u /* wakes without a try, after one in vain; twice as many after the next one */
#define HOLD_MOST 2048u

#ifdef __linux__

/* Go to another processor. 1, or 0 if there is none. [audio-thread] */
static int leave(void)
{
    cpu_set_t usual, others, now;
    uint32_t here = ib_processor();
    if (here == 0 || here > CPU_SETSIZE || sched_getaffinity(0, sizeof usual, &usual) != 0)
        return 0; /* EINVAL: more processors than the set has room for */
    others = usual;
    CPU_CLR((int)here - 1, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0)
        return 0;
    /* It may come back: it is only not to be here now. If the mask is another one, somebody has set it meanwhile. */
    if (sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &others))
        (void)sched_setaffinity(0, sizeof usual, &usual);
    return 1;
}

#else

static int leave(void)
{
    return 0;
}

#endif

int ib_aside_try(struct ib_aside *aside)
{
    if (aside->hold != 0) {
        aside->hold--;
        return 0;
    }
    aside->tried = 1;
    if (leave())
        return 1;
    ib_aside_learn(aside, 1);
    return 0;
}

void ib_aside_learn(struct ib_aside *aside, int slept)
{
    if (!aside->tried)
        return;
    uint32_t hold = aside->next > HOLD_LEAST ? aside->next : HOLD_LEAST;
    aside->tried = 0;
    aside->hold = slept ? hold : 0;
    aside->next = slept ? (hold < HOLD_MOST ? hold * 2 : HOLD_MOST) : hold / 2;
}
