/* Leaving a processor to the one who woke us and could spin there until our answer.
 *
 * A thread that is woken is often put on the processor of who woke it, though others are idle, and the scheduler takes 10 ms or
 * so to see that both are busy. Until then they take turns: 10 us for a block that could be back in 1.
 */
#include "engine.h"

#include <isobooth/clock.h>

#ifdef __linux__

int ib_step_aside(void)
{
    cpu_set_t usual, others;
    uint32_t here = ib_processor();
    if (here == 0 || here > CPU_SETSIZE || sched_getaffinity(0, sizeof usual, &usual) != 0)
        return 0; /* EINVAL: more processors than the set has room for */
    others = usual;
    CPU_CLR((int)here - 1, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0)
        return 0;
    (void)sched_setaffinity(0, sizeof usual, &usual); /* it may come back: it is only not to be here now */
    return 1;
}

#else

int ib_step_aside(void)
{
    return 0;
}

#endif
