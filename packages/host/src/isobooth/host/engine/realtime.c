/* What a thread that makes sound asks of the kernel and the processor. */
#include "engine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PRIORITY 60 /* above ordinary work, below the sound card's interrupt threads */
#define LOCK_LEAST_BYTES ((rlim_t)256 << 20)

/* Lock memory only where the limit is wide: under a narrow one (64 KiB to 8 MiB by default) MCL_FUTURE would make a
 * plugin's later allocations fail. Root is not bound by the limit. NULL, or why not. [audio-thread] */
static const char *lock_memory(void)
{
    struct rlimit limit;
    int bound = getrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
                (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < LOCK_LEAST_BYTES);
    if (bound && geteuid() != 0)
        return "RLIMIT_MEMLOCK is too small";
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 ? NULL : strerror(errno);
}

int ib_realtime_priority(int wanted)
{
    struct sched_param parameters;
    memset(&parameters, 0, sizeof parameters);
    if (!wanted)
        return pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters);
    parameters.sched_priority = PRIORITY;
    return pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

void ib_realtime_ask(int wanted, char *text, size_t size)
{
    int error = ib_realtime_priority(wanted);
    text[0] = '\0';
    if (!wanted) {
        snprintf(text, size, "not asked for: the plugin renders offline");
        return;
    }
    /* Each text of strerror() is used before the next call of it. */
    int used = error == 0 ? 0 : snprintf(text, size, "no real-time priority (%s)", strerror(error));
    const char *unlocked = lock_memory();
    if (unlocked != NULL && used >= 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, "%smemory is not locked (%s)", used > 0 ? "; " : "", unlocked);
}

#if defined(__x86_64__)

uint32_t ib_floating_point_word(int flush_denormals)
{
    const uint32_t masked_to_nearest = 0x1F80, flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
    return masked_to_nearest | (flush_denormals ? flush_to_zero | denormals_are_zero : 0);
}

int ib_floating_point_set(uint32_t word)
{
    const uint16_t as_started = 0x037F; /* of the x87 unit: all exceptions masked, to nearest, 64 bits */
    uint16_t x87;
    int changed = 0;
    if ((__builtin_ia32_stmxcsr() & ~0x3Fu) != word) { /* the low six bits are flags of what has happened */
        __builtin_ia32_ldmxcsr(word);
        changed = 1;
    }
    __asm__ __volatile__("fnstcw %0" : "=m"(x87));
    if (x87 != as_started) { /* fnclex: an exception that is pending must not be raised now */
        __asm__ __volatile__("fnclex; fldcw %0" : : "m"(as_started));
        changed = 1;
    }
    return changed;
}

uint32_t ib_floating_point_now(void)
{
    return __builtin_ia32_stmxcsr() & ~0x3Fu;
}

#elif defined(__aarch64__)

uint32_t ib_floating_point_word(int flush_denormals)
{
    return flush_denormals ? (uint32_t)1 << 24 : 0; /* FPCR.FZ; nearest and masked are 0 */
}

int ib_floating_point_set(uint32_t word)
{
    uint64_t now;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(now));
    if (now == word)
        return 0;
    __asm__ __volatile__("msr fpcr, %0" : : "r"((uint64_t)word));
    return 1;
}

uint32_t ib_floating_point_now(void)
{
    uint64_t now;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(now));
    return (uint32_t)now;
}

#else

uint32_t ib_floating_point_word(int flush_denormals)
{
    (void)flush_denormals;
    return 0;
}

int ib_floating_point_set(uint32_t word)
{
    (void)word;
    return 0;
}

uint32_t ib_floating_point_now(void)
{
    return 0;
}

#endif
