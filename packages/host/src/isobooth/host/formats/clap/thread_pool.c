/* thread-pool (ext/thread-pool.h): threads of the audio thread's kind that share a block's tasks with it.
 *
 * A job is open from request_exec()'s start until the calling thread has found no task left; a worker that sees it open counts
 * itself in before it takes a task, and out when there is none left. So once the job is closed and nobody is in, every task is
 * done, and a worker that comes late finds it closed. Nobody makes a system call while the workers still spin. */
#include "engine/engine.h"
#include "formats/clap/host.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPIN_NS 30000u /* a worker's look for the next job of the same block; longer would cost other plugins' time */
#define STACK_BYTES ((size_t)8 << 20)

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what different threads write lies in lines of its own */
struct ib_clap_pool {
    const struct clap_plugin *plugin;
    const struct clap_plugin_thread_pool *functions;
    int realtime;
    uint32_t workers;
    pthread_t threads[IB_CLAP_MOST_WORKERS];
    uint32_t ending; /* atomic, like all that follow */
    struct {
        uint32_t number;   /* of jobs ever opened: futex of the workers */
        uint32_t sleepers; /* workers that are, or are about to be, in the futex */
    } bell __attribute__((aligned(64)));
    struct {
        uint32_t is_open;
        uint32_t floating_point;
        uint32_t count; /* of tasks */
    } job __attribute__((aligned(64)));
    uint64_t next __attribute__((aligned(64))); /* task; behind `count` when there are none left */
    struct {
        uint32_t inside;  /* workers that may take tasks: futex of the caller */
        uint32_t waiting; /* the caller is, or is about to be, in the futex */
    } end __attribute__((aligned(64)));
};

static __thread int in_pool; /* this thread is in a task, or made for tasks */

/* [any-thread] */
static void sleep_on(uint32_t *word, uint32_t value)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

/* [any-thread] */
static void wake(uint32_t *word, uint32_t most)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most < INT_MAX ? most : INT_MAX, NULL, NULL, 0);
}

/* Take tasks until there are none. [audio-thread & processing, thread-pool] */
static void work(struct ib_clap_pool *pool)
{
    uint64_t count = pool->job.count;
    for (;;) {
        uint64_t task = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
        if (task >= count)
            return;
        pool->functions->exec(pool->plugin, (uint32_t)task);
    }
}

/* [thread-pool] */
static void take_part(struct ib_clap_pool *pool)
{
    __atomic_fetch_add(&pool->end.inside, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->job.is_open, __ATOMIC_SEQ_CST) != 0) {
        (void)ib_floating_point_set(pool->job.floating_point);
        work(pool);
    }
    if (__atomic_sub_fetch(&pool->end.inside, 1, __ATOMIC_SEQ_CST) == 0 &&
        __atomic_load_n(&pool->end.waiting, __ATOMIC_SEQ_CST) != 0)
        wake(&pool->end.inside, 1);
}

/* Wait for a job with another number than `seen`. Returns its number. [thread-pool] */
static uint32_t wait_for_job(struct ib_clap_pool *pool, uint32_t seen)
{
    uint64_t until = ib_now_ns() + SPIN_NS;
    uint32_t number;
    do {
        for (int look = 0; look < 64; look++) {
            number = __atomic_load_n(&pool->bell.number, __ATOMIC_ACQUIRE);
            if (number != seen)
                return number;
            ib_relax();
        }
    } while (ib_now_ns() < until);
    __atomic_fetch_add(&pool->bell.sleepers, 1, __ATOMIC_SEQ_CST);
    while ((number = __atomic_load_n(&pool->bell.number, __ATOMIC_SEQ_CST)) == seen)
        sleep_on(&pool->bell.number, seen);
    __atomic_fetch_sub(&pool->bell.sleepers, 1, __ATOMIC_RELAXED);
    return number;
}

/* [thread-pool] */
static void *worker(void *argument)
{
    struct ib_clap_pool *pool = argument;
    uint32_t seen = 0;
    in_pool = 1;
    (void)ib_crash_thread_enter(1);
    (void)ib_realtime_priority(pool->realtime);
    (void)ib_phase_set(IB_PHASE_PROCESS);
    while (__atomic_load_n(&pool->ending, __ATOMIC_ACQUIRE) == 0) {
        seen = wait_for_job(pool, seen);
        take_part(pool);
    }
    ib_crash_thread_leave();
    return NULL;
}

/* Let every worker see that there is something new. [audio-thread or main-thread] */
static void ring(struct ib_clap_pool *pool, uint32_t most)
{
    __atomic_fetch_add(&pool->bell.number, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->bell.sleepers, __ATOMIC_SEQ_CST) != 0)
        wake(&pool->bell.number, most);
}

/* Until the last worker is out. [audio-thread & processing] */
static void wait_for_workers(struct ib_clap_pool *pool)
{
    uint64_t until = ib_now_ns() + SPIN_NS;
    uint32_t inside;
    do {
        for (int look = 0; look < 64; look++) {
            if (__atomic_load_n(&pool->end.inside, __ATOMIC_SEQ_CST) == 0)
                return;
            ib_relax();
        }
    } while (ib_now_ns() < until);
    __atomic_store_n(&pool->end.waiting, 1, __ATOMIC_SEQ_CST);
    while ((inside = __atomic_load_n(&pool->end.inside, __ATOMIC_SEQ_CST)) != 0)
        sleep_on(&pool->end.inside, inside);
    __atomic_store_n(&pool->end.waiting, 0, __ATOMIC_RELAXED);
}

/* Refused outside process(), in a pool's thread and where there is no pool. [audio-thread & processing] */
static bool request_exec(const struct clap_host *host, uint32_t num_tasks)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL)
        return false;
    if (!ib_on_audio_thread() || in_pool || clap->block == NULL || clap->block->frames == 0) {
        ib_clap_fault(clap, IB_CLAP_FAULT_POOL);
        return false;
    }
    struct ib_clap_pool *pool = clap->life.pool;
    if (pool == NULL)
        return false;
    if (num_tasks == 0)
        return true;
    pool->job.floating_point = ib_floating_point_now();
    pool->job.count = num_tasks;
    __atomic_store_n(&pool->next, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&pool->job.is_open, 1, __ATOMIC_SEQ_CST);
    if (num_tasks > 1)
        ring(pool, num_tasks - 1);
    in_pool = 1;
    work(pool);
    in_pool = 0;
    __atomic_store_n(&pool->job.is_open, 0, __ATOMIC_SEQ_CST);
    wait_for_workers(pool);
    return true;
}

const struct clap_host_thread_pool ib_clap_host_thread_pool = {request_exec};

int ib_clap_in_pool(void)
{
    return in_pool;
}

uint32_t ib_clap_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return (uint32_t)CPU_COUNT(&set);
}

/* The main thread's pool of a plugin that is active and not played. [main-thread] */
uint32_t ib_clap_pool_start(struct ib_clap *clap, const struct clap_plugin_thread_pool *functions, uint32_t workers,
                            int realtime)
{
    pthread_attr_t attributes;
    void *memory;
    if (clap->life.pool != NULL || posix_memalign(&memory, 64, sizeof *clap->life.pool) != 0)
        return 0;
    struct ib_clap_pool *pool = memset(memory, 0, sizeof *pool);
    pool->plugin = clap->plugin;
    pool->functions = functions;
    pool->realtime = realtime;
    clap->life.pool = pool;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES); /* refused: then the usual size */
    workers = workers < IB_CLAP_MOST_WORKERS ? workers : IB_CLAP_MOST_WORKERS;
    while (pool->workers < workers && pthread_create(&pool->threads[pool->workers], &attributes, worker, pool) == 0)
        pool->workers++;
    pthread_attr_destroy(&attributes);
    return pool->workers;
}

/* [main-thread] */
void ib_clap_pool_stop(struct ib_clap *clap)
{
    struct ib_clap_pool *pool = clap->life.pool;
    clap->life.pool = NULL;
    if (pool == NULL)
        return;
    __atomic_store_n(&pool->ending, 1, __ATOMIC_RELEASE);
    ring(pool, UINT32_MAX);
    for (uint32_t i = 0; i < pool->workers; i++)
        pthread_join(pool->threads[i], NULL);
    free(pool);
}
