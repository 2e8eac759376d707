/* The output guard: what a plugin must not send to somebody's ears is taken away and counted. */
#include "engine.h"

#include <math.h>

/* Is every sample a sound? Without a branch in the loop, so that the compiler makes vectors of it. NaN compares false.
 * [audio-thread] */
static int is_clean32(const float *samples, uint32_t frames)
{
    uint32_t good = 0;
    for (uint32_t i = 0; i < frames; i++)
        good += fabsf(samples[i]) <= (float)IB_GUARD_LEVEL;
    return good == frames;
}

/* [audio-thread] */
static int is_clean64(const double *samples, uint32_t frames)
{
    uint32_t good = 0;
    for (uint32_t i = 0; i < frames; i++)
        good += fabs(samples[i]) <= IB_GUARD_LEVEL;
    return good == frames;
}

/* [audio-thread] */
static uint32_t clean32(float *samples, uint32_t frames)
{
    uint32_t replaced = 0;
    for (uint32_t i = 0; i < frames; i++) {
        if (fabsf(samples[i]) <= (float)IB_GUARD_LEVEL)
            continue;
        samples[i] = 0;
        replaced++;
    }
    return replaced;
}

/* [audio-thread] */
static uint32_t clean64(double *samples, uint32_t frames)
{
    uint32_t replaced = 0;
    for (uint32_t i = 0; i < frames; i++) {
        if (fabs(samples[i]) <= IB_GUARD_LEVEL)
            continue;
        samples[i] = 0;
        replaced++;
    }
    return replaced;
}

uint32_t ib_guard_plane(void *plane, uint32_t sample_bytes, uint32_t frames)
{
    if (sample_bytes == sizeof(float))
        return is_clean32(plane, frames) ? 0 : clean32(plane, frames);
    return is_clean64(plane, frames) ? 0 : clean64(plane, frames);
}
