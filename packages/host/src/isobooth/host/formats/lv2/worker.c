/* Work that a plugin does not want to do in run(): requests go to a thread of their own, responses come back after a later
 * run(). Rendering offline, the work is done right after the run() that asked for it, so that the same input gives the same
 * output every time.
 *
 * Whoever calls work() holds the claim, as does whoever calls the instantiation class or save() and restore(): so there is one
 * work() at a time, none while the plugin is activated or restored, and one writer of responses. */
#include "formats/lv2/host.h"

#include "engine/engine.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct ib_lv2_worker {
    pthread_mutex_t claim;
    uintptr_t claimer;              /* the thread that holds it; 0: none (atomic) */
    uintptr_t working;              /* the thread that is in work(); 0: none (atomic) */
    struct ib_lv2_queue *requests;  /* by the audio thread; taken by the holder of the claim */
    struct ib_lv2_queue *responses; /* by the holder of the claim; taken by the audio thread */
    sem_t wake;                     /* for each request, and at the end */
    uint32_t unposted;              /* a request was queued without waking the thread; audio thread's */
    uint32_t quit;                  /* atomic */
    uint32_t has_thread;            /* main thread's; so is the next */
    pthread_t thread;
    uint8_t request[IB_LV2_MOST_MESSAGE];  /* under the claim */
    uint8_t response[IB_LV2_MOST_MESSAGE]; /* audio thread's */
};

struct ib_lv2_worker *ib_lv2_worker_new(void)
{
    struct ib_lv2_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->requests = ib_lv2_queue_new(IB_LV2_QUEUE_BYTES);
    worker->responses = ib_lv2_queue_new(IB_LV2_QUEUE_BYTES);
    pthread_mutex_init(&worker->claim, NULL);
    sem_init(&worker->wake, 0, 0);
    if (worker->requests == NULL || worker->responses == NULL) {
        ib_lv2_worker_free(worker);
        return NULL;
    }
    return worker;
}

void ib_lv2_worker_free(struct ib_lv2_worker *worker)
{
    if (worker == NULL)
        return;
    ib_lv2_queue_free(worker->requests);
    ib_lv2_queue_free(worker->responses);
    pthread_mutex_destroy(&worker->claim);
    sem_destroy(&worker->wake);
    free(worker);
}

/* -- claim ------------------------------------------------------------------------------------------------------------- */

int ib_lv2_worker_claim(struct ib_lv2 *lv2, int wait)
{
    struct ib_lv2_worker *worker = lv2->worker;
    int error = wait ? pthread_mutex_lock(&worker->claim) : pthread_mutex_trylock(&worker->claim);
    if (error != 0)
        return 0;
    __atomic_store_n(&worker->claimer, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
    return 1;
}

void ib_lv2_worker_release(struct ib_lv2 *lv2)
{
    __atomic_store_n(&lv2->worker->claimer, 0, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lv2->worker->claim);
}

/* -- work -------------------------------------------------------------------------------------------------------------- */

static int is_me(const uintptr_t *thread)
{
    return __atomic_load_n(thread, __ATOMIC_RELAXED) == (uintptr_t)pthread_self();
}

/* What a plugin calls in work(). [holder of the claim] */
static int respond(void *handle, uint32_t size, const void *data)
{
    struct ib_lv2 *lv2 = handle;
    if (lv2 == NULL || !is_me(&lv2->worker->working) || (data == NULL && size != 0)) {
        if (lv2 != NULL)
            ib_lv2_fault(lv2, IB_LV2_FAULT_RESPOND);
        return IB_LV2_WORKER_UNKNOWN;
    }
    if (ib_lv2_queue_push(lv2->worker->responses, data, size))
        return IB_LV2_WORKER_SUCCESS;
    ib_lv2_fault(lv2, IB_LV2_FAULT_RESPOND_ROOM);
    return IB_LV2_WORKER_NO_SPACE;
}

/* [holder of the claim] */
static int work(struct ib_lv2 *lv2, uint32_t size, const void *data)
{
    if (lv2->worker_interface == NULL || lv2->worker_interface->work == NULL)
        return IB_LV2_WORKER_UNKNOWN;
    __atomic_store_n(&lv2->worker->working, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
    int status = lv2->worker_interface->work(lv2->handle, respond, lv2, size, size != 0 ? data : NULL);
    __atomic_store_n(&lv2->worker->working, 0, __ATOMIC_RELAXED);
    return status;
}

/* Do the oldest thing that was asked for. 0 if there is none. [thread of the worker; offline: audio-thread] */
static int work_once(struct ib_lv2 *lv2)
{
    struct ib_lv2_worker *worker = lv2->worker;
    uint32_t size;
    (void)ib_lv2_worker_claim(lv2, 1);
    int found = ib_lv2_queue_pop(worker->requests, worker->request, &size);
    if (found)
        (void)work(lv2, size, worker->request);
    ib_lv2_worker_release(lv2);
    return found;
}

/* From run() (and what else is called there) into the queue; inside a claim, that is in restore() and activate(), done at once.
 * Elsewhere LV2 does not allow it. */
int ib_lv2_schedule_work(void *handle, uint32_t size, const void *data)
{
    struct ib_lv2 *lv2 = handle;
    if (lv2 == NULL || (data == NULL && size != 0))
        return IB_LV2_WORKER_UNKNOWN;
    struct ib_lv2_worker *worker = lv2->worker;
    if (is_me(&worker->working)) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_SCHEDULE_THREAD);
        return IB_LV2_WORKER_UNKNOWN;
    }
    if (!is_me(&lv2->run_thread)) {
        if (is_me(&worker->claimer))
            return work(lv2, size, data);
        ib_lv2_fault(lv2, IB_LV2_FAULT_SCHEDULE_THREAD);
        return IB_LV2_WORKER_UNKNOWN;
    }
    if (!ib_lv2_queue_push(worker->requests, data, size)) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_SCHEDULE_ROOM);
        return IB_LV2_WORKER_NO_SPACE;
    }
    if (ib_lv2_is_offline(lv2))
        worker->unposted = 1;
    else
        sem_post(&worker->wake);
    return IB_LV2_WORKER_SUCCESS;
}

void ib_lv2_worker_after_run(struct ib_lv2 *lv2)
{
    const struct ib_lv2_worker_interface *interface = lv2->worker_interface;
    struct ib_lv2_worker *worker = lv2->worker;
    uint32_t size;
    if (ib_lv2_is_offline(lv2)) {
        while (!ib_lv2_queue_is_empty(worker->requests))
            (void)work_once(lv2);
    } else if (worker->unposted) {
        worker->unposted = 0;
        sem_post(&worker->wake);
    }
    while (ib_lv2_queue_pop(worker->responses, worker->response, &size)) {
        if (interface->work_response != NULL)
            (void)interface->work_response(lv2->handle, size, size != 0 ? worker->response : NULL);
    }
    if (interface->end_run != NULL)
        (void)interface->end_run(lv2->handle);
}

/* -- the thread -------------------------------------------------------------------------------------------------------- */

static void *serve(void *argument)
{
    struct ib_lv2 *lv2 = argument;
    (void)ib_crash_thread_enter(0);
    for (;;) {
        while (sem_wait(&lv2->worker->wake) != 0 && errno == EINTR) {
        }
        while (work_once(lv2)) {
        }
        if (__atomic_load_n(&lv2->worker->quit, __ATOMIC_ACQUIRE))
            break;
    }
    ib_crash_thread_leave();
    return NULL;
}

const char *ib_lv2_worker_start(struct ib_lv2 *lv2)
{
    struct ib_lv2_worker *worker = lv2->worker;
    if (lv2->worker_interface == NULL || worker->has_thread)
        return NULL;
    worker->quit = 0;
    int error = pthread_create(&worker->thread, NULL, serve, lv2);
    if (error != 0)
        return strerror(error);
    worker->has_thread = 1;
    return NULL;
}

void ib_lv2_worker_stop(struct ib_lv2 *lv2)
{
    struct ib_lv2_worker *worker = lv2->worker;
    if (!worker->has_thread)
        return;
    __atomic_store_n(&worker->quit, 1, __ATOMIC_RELEASE);
    sem_post(&worker->wake);
    pthread_join(worker->thread, NULL);
    worker->has_thread = 0;
}
