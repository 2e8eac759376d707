/* Sleeping and waking across processes.
 *
 * The owner of a bell arms it, looks once more whether there is work, and only then sleeps. Whoever makes work publishes
 * it first and rings afterwards. Between the two stands a full fence on each side, so that either the owner sees the
 * work or the other sees the armed bell. Ringing a bell that nobody has armed costs one load and no system call.
 *
 * Two builds: a futex (Linux) or, with -DIB_WAKE_SEMAPHORE or elsewhere, a process-shared POSIX semaphore. Both sides of
 * a segment must be built alike; ib_geometry.wake_kind says how.
 */
#ifndef ISOBOOTH_BELL_H
#define ISOBOOTH_BELL_H

#include "clock.h"
#include "layout.h"

#include <errno.h>

#if !defined(__linux__) && !defined(IB_WAKE_SEMAPHORE)
#define IB_WAKE_SEMAPHORE 1
#endif

#ifdef IB_WAKE_SEMAPHORE
#include <semaphore.h>
#define IB_WAKE_KIND IB_WAKE_KIND_SEMAPHORE
static_assert(sizeof(sem_t) <= sizeof(((struct ib_bell *)0)->semaphore), "a sem_t fits its place");
#else
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#define IB_WAKE_KIND IB_WAKE_KIND_FUTEX
#endif

/* Make a bell ready, once, before the other side maps the segment. 0, or an errno. [client, main-thread] */
static inline int ib_bell_init(struct ib_bell *bell)
{
    __atomic_store_n(&bell->asleep, 0, __ATOMIC_RELAXED);
#ifdef IB_WAKE_SEMAPHORE
    if (sem_init((sem_t *)(void *)bell->semaphore, 1, 0) != 0)
        return errno;
#endif
    return 0;
}

/* Say that the caller, the bell's owner, is about to sleep. Look for work after this, before ib_bell_sleep. [owner] */
static inline void ib_bell_arm(struct ib_bell *bell)
{
    __atomic_store_n(&bell->processor, ib_processor(), __ATOMIC_RELAXED); /* where it will be woken, most likely */
    __atomic_store_n(&bell->asleep, 1, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Undo ib_bell_arm: there was work. [owner] */
static inline void ib_bell_disarm(struct ib_bell *bell)
{
    __atomic_store_n(&bell->asleep, 0, __ATOMIC_RELAXED);
}

/* Sleep until the bell rings or CLOCK_MONOTONIC reaches `deadline_ns` (IB_FOREVER: no deadline). May return early for no
 * reason: the caller looks for work in a loop. [owner] */
static inline void ib_bell_sleep(struct ib_bell *bell, uint64_t deadline_ns)
{
    struct timespec t;
    t.tv_sec = (time_t)(deadline_ns / 1000000000u);
    t.tv_nsec = (long)(deadline_ns % 1000000000u);
#ifdef IB_WAKE_SEMAPHORE
    sem_t *semaphore = (sem_t *)(void *)bell->semaphore;
    if (deadline_ns == IB_FOREVER)
        (void)sem_wait(semaphore);
    else
        (void)sem_clockwait(semaphore, CLOCK_MONOTONIC, &t);
#else
    /* WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, plain WAIT a relative one. */
    (void)syscall(SYS_futex, &bell->asleep, FUTEX_WAIT_BITSET, 1, deadline_ns == IB_FOREVER ? NULL : &t, NULL,
                  FUTEX_BITSET_MATCH_ANY);
#endif
    ib_bell_disarm(bell);
}

/* The system call of a ring. [any-thread] */
static inline void ib_bell_wake(struct ib_bell *bell)
{
#ifdef IB_WAKE_SEMAPHORE
    (void)sem_post((sem_t *)(void *)bell->semaphore);
#else
    (void)syscall(SYS_futex, &bell->asleep, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#endif
}

/* Wake the owner if it sleeps. The work must have been published before. 1 if the owner was woken and had gone to sleep on
 * the caller's own processor: it gets to run when the caller sleeps, not while the caller spins. [any-thread] */
static inline int ib_bell_ring(struct ib_bell *bell)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&bell->asleep, __ATOMIC_RELAXED) == 0)
        return 0;
    if (__atomic_exchange_n(&bell->asleep, 0, __ATOMIC_SEQ_CST) == 0)
        return 0;
    uint32_t here = ib_processor(), there = __atomic_load_n(&bell->processor, __ATOMIC_RELAXED);
    __atomic_store_n(&bell->ringer, (uint64_t)here, __ATOMIC_RELAXED);
    ib_bell_wake(bell);
    return there != 0 && there == here;
}

/* Wake the owner even if the bell says that it does not sleep: whoever took the bell back to 0 may have died before its
 * system call. The reason must have been published before, and the owner look for it after arming. [any-thread] */
static inline void ib_bell_ring_always(struct ib_bell *bell)
{
    __atomic_store_n(&bell->asleep, 0, __ATOMIC_SEQ_CST);
    ib_bell_wake(bell);
}

#endif
