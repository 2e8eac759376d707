/* What the test programs share: checks, random numbers, a segment between guard pages, a peer that plays the booth.
 * A test is a program of one file; it exits with 0 if it passed, and says on standard error what did not hold. */
#ifndef ISOBOOTH_TEST_SUPPORT_H
#define ISOBOOTH_TEST_SUPPORT_H

#include <isobooth/booth.h>
#include <isobooth/client.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* How often: the first in a plain build, the second under a sanitizer. */
#define REPEAT(plain, sanitized) (SANITIZED ? (sanitized) : (plain))

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                       \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The same with two numbers to look at. */
#define CHECK_EQUAL(is, expected)                                                                                      \
    do {                                                                                                               \
        unsigned long long is_ = (unsigned long long)(is), expected_ = (unsigned long long)(expected);                 \
        if (is_ != expected_) {                                                                                        \
            (void)fprintf(stderr, "%s:%d: %s is %llu, not %llu\n", __FILE__, __LINE__, #is, is_, expected_);           \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define MILLISECOND 1000000u
#define SECOND 1000000000u

/* A well-mixed function of a number (the finalizer of SplitMix64, Steele, Lea and Flood 2014). */
static inline uint64_t mixed(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* The next random number of a stream. */
static inline uint64_t random_next(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    return mixed(*state);
}

/* A random number from 0 to `below` - 1. */
static inline uint32_t random_below(uint64_t *state, uint32_t below)
{
    return (uint32_t)((random_next(state) >> 32) * below >> 32);
}

/* The seed: the first argument, or a fixed one. Printed, so that a failure can be repeated. */
static inline uint64_t seed_of(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 20260117u;
    (void)printf("seed %llu\n", (unsigned long long)seed);
    (void)fflush(stdout);
    return seed;
}

static inline void watchdog_fires(int signal_number)
{
    static const char text[] = "the watchdog fired: somebody waits for ever\n";
    (void)signal_number;
    if (write(2, text, sizeof text - 1) < 0)
        _exit(4);
    abort();
}

/* Abort this process unless the watchdog is set again within `seconds`; 0 calls it off. */
static inline void watchdog(unsigned seconds)
{
    (void)signal(SIGALRM, watchdog_fires);
    (void)alarm(seconds);
}

/* Shared memory of exactly `bytes` whose end touches a page that nobody may read; another one lies before it. */
static inline void *guarded_shared(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (bytes + page - 1) / page * page;
    uint8_t *map = (uint8_t *)mmap(NULL, whole + 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(map != (uint8_t *)MAP_FAILED);
    CHECK(mprotect(map, page, PROT_NONE) == 0);
    CHECK(mprotect(map + page + whole, page, PROT_NONE) == 0);
    return map + page + (whole - bytes);
}

/* Ordinary memory of exactly `bytes` (a multiple of 8) before a page that nobody may read. */
static inline uint8_t *guarded_private(size_t bytes)
{
    return (uint8_t *)guarded_shared(bytes);
}

/* A geometry with float32 planes. */
static inline struct ib_geometry geometry_of(uint32_t slots, uint32_t frames, uint32_t channels, uint32_t event_bytes)
{
    struct ib_geometry g;
    memset(&g, 0, sizeof g);
    g.slots = slots;
    g.max_frames = frames;
    g.sample_bytes = 4;
    g.wake_kind = IB_WAKE_KIND;
    g.inputs = channels;
    g.outputs = channels;
    g.in_event_bytes = event_bytes;
    g.out_event_bytes = event_bytes;
    CHECK(ib_geometry_fill(&g) == NULL);
    return g;
}

/* A new segment of this geometry, its header written. */
static inline void *segment_of(const struct ib_geometry *g)
{
    void *base = guarded_shared((size_t)g->segment_bytes);
    CHECK(ib_header_init((struct ib_header *)base, g) == NULL);
    return base;
}

/* No spinning: every wait sleeps at once. */
static inline void never_spin(struct ib_spin *spin)
{
    spin->most_ns = 0;
    spin->limit_ns = 0;
}

/* Booth side: spin, then sleep, until the next block is due. */
static inline struct ib_slot *booth_wait(struct ib_booth *booth)
{
    struct ib_bell *bell = &ib_booth_header(booth)->host_bell;
    uint64_t until = ib_deadline(ib_now_ns(), booth->spin.limit_ns);
    struct ib_slot *slot = ib_booth_due(booth);
    while (slot == NULL && ib_now_ns() < until) {
        ib_relax();
        slot = ib_booth_due(booth);
    }
    while (slot == NULL) {
        ib_bell_arm(bell);
        slot = ib_booth_due(booth);
        if (slot != NULL)
            ib_bell_disarm(bell);
        else
            ib_bell_sleep(bell, IB_FOREVER);
        if (slot == NULL)
            slot = ib_booth_due(booth);
    }
    return slot;
}

/* Booth side: an answer without content. */
static inline void booth_answer(struct ib_booth *booth, struct ib_slot *slot, uint32_t status)
{
    slot->status = status;
    slot->status_flags = 0;
    slot->out_event_bytes = 0;
    slot->out_event_count = 0;
    slot->latency = 0;
    slot->tail = 0;
    slot->out_constant_mask = 0;
    slot->process_ns = 0;
    ib_booth_complete(booth, slot);
}

/* A second process, which does not outlive this one: 0 in it, its id here. */
static inline pid_t fork_peer(unsigned watchdog_seconds)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
#ifdef __linux__
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        watchdog(watchdog_seconds);
    }
    return child;
}

/* The exit status of a child that has ended by itself, with 0 expected. */
static inline void child_must_pass(pid_t child)
{
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(WEXITSTATUS(status), 0);
}

/* Kill a child and collect it. */
static inline void child_must_die(pid_t child)
{
    int status = 0;
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

#endif
