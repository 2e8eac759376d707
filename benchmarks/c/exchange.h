/* What every exchange of blocks that is measured here has in common: the clock, the pace, the copies. */
#ifndef ISOBOOTH_BENCH_EXCHANGE_H
#define ISOBOOTH_BENCH_EXCHANGE_H

#include <isobooth/clock.h>

#include <stdlib.h>
#include <string.h>

/* Blocks before the first that counts. */
static inline uint32_t bench_warm_up(uint64_t pace_ns)
{
    return pace_ns != 0 ? 20 : 2000;
}

/* Sleep until the next beat, if there is a pace. */
static inline void bench_pace(uint64_t *beat, uint64_t pace_ns)
{
    if (pace_ns == 0)
        return;
    uint64_t now = ib_now_ns();
    *beat = *beat + pace_ns > now ? *beat + pace_ns : now + pace_ns;
    struct timespec until = {(time_t)(*beat / 1000000000u), (long)(*beat % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
        /* a signal: go on sleeping */
    }
}

/* Copy whole planes whose starts lie `to_stride` and `from_stride` bytes apart. */
static inline void bench_copy(void *to, size_t to_stride, const void *from, size_t from_stride, uint32_t channels,
                              uint32_t frames)
{
    for (uint32_t c = 0; c < channels; c++)
        memcpy((uint8_t *)to + c * to_stride, (const uint8_t *)from + c * from_stride, frames * sizeof(float));
}

/* Quiet noise, so that no plugin finds denormals or silence. NULL without memory. */
static inline float *bench_noise(uint32_t samples)
{
    float *noise = (float *)malloc(samples * sizeof *noise);
    uint32_t state = 1;
    for (uint32_t i = 0; noise != NULL && i < samples; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (float)(int32_t)state / 2147483648.0f * 0.25f;
    }
    return noise;
}

#endif
