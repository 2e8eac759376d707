/* A plugin called directly, in this process, without any booth: the yardstick for offline rendering. One library of this
 * interface per format (direct_ladspa.c, direct_clap.c). */
#ifndef ISOBOOTH_BENCH_DIRECT_H
#define ISOBOOTH_BENCH_DIRECT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

struct direct;

/* Plugin `id` of the file at `path`, with its default parameters, ready to play. NULL, with a line in `error`. */
struct direct *direct_open(const char *path, const char *id, double sample_rate, uint32_t block, char *error,
                           size_t size);
uint32_t direct_inputs(const struct direct *plugin);
uint32_t direct_outputs(const struct direct *plugin);
/* The whole array through the plugin in blocks of at most the block size: channels of `frames` samples each, one after the
 * other. Returns the nanoseconds that it took, or 0 if the plugin reported an error. */
uint64_t direct_run(struct direct *plugin, const float *input, float *output, uint64_t frames);
void direct_close(struct direct *plugin);

static inline uint64_t direct_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Denormals are zero, as in a booth unless it was asked to keep them. Returns what was in force. */
static inline uint32_t direct_flush_denormals(void)
{
#if defined(__x86_64__) || defined(__i386__)
    uint32_t before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    return before;
#else
    return 0;
#endif
}

static inline void direct_restore(uint32_t before)
{
#if defined(__x86_64__) || defined(__i386__)
    _mm_setcsr(before);
#else
    (void)before;
#endif
}

#endif
