/* Time and waiting without the kernel. Include this (or any isobooth header) before the C library's headers, or
 * compile with -D_GNU_SOURCE. */
#ifndef ISOBOOTH_CLOCK_H
#define ISOBOOTH_CLOCK_H

#include "layout.h"

#include <time.h>
#ifdef __linux__
#include <sched.h>
#endif

/* A deadline that never comes. */
#define IB_FOREVER UINT64_MAX

/* CLOCK_MONOTONIC in nanoseconds; about 20 ns a call. [any-thread] */
static inline uint64_t ib_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* `now + nanoseconds`, held at IB_FOREVER instead of wrapping. [any-thread] */
static inline uint64_t ib_deadline(uint64_t now, uint64_t nanoseconds)
{
    return nanoseconds > IB_FOREVER - now ? IB_FOREVER : now + nanoseconds;
}

/* The processor that the caller runs on, from 1 on; 0 where that is not known. It may be another one right after. A few
 * nanoseconds. [any-thread] */
static inline uint32_t ib_processor(void)
{
#ifdef __linux__
    return (uint32_t)(sched_getcpu() + 1);
#else
    return 0;
#endif
}

/* Tell the processor that this is a spin. [any-thread] */
static inline void ib_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield" ::: "memory");
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

#endif
