/* Leaving a processor to the one who waits there for our answer.
 *
 * A thread that is woken is often put on the processor of who woke it, though others are idle, and stays there for 10 ms or so,
 * however busy both are. Where the client could spin until the next block is back, if only it were alone, that is the difference
 * between 1 us and 10 us for each of thousands of blocks.
 */
#include "engine.h"

#include <isobooth/clock.h>

#ifdef __linux__

void ib_step_aside(uint64_t processor)
{
    cpu_set_t usual, others;
    if (processor == 0 || processor != ib_processor() || processor > CPU_SETSIZE)
        return;
    if (sched_getaffinity(0, sizeof usual, &usual) != 0)
        return; /* a machine with more processors than the set has room for: the scheduler will see to it */
    others = usual;
    CPU_CLR((int)processor - 1, &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0)
        return;
    (void)sched_setaffinity(0, sizeof usual, &usual); /* it may come back; it is only not here now */
}

#else

void ib_step_aside(uint64_t processor)
{
    (void)processor;
}

#endif
