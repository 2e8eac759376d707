/* IRunLoop: timers and descriptors that a plugin has the main thread watch. Two small lists that the plugin fills and Python
 * serves, both on the main thread. */
#include "formats/vst3/objects.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_PERIOD_MS 1u /* shorter periods, and 0, are made this long */
#define MOST_PERIOD_MS (86400u * 1000)

/* The host behind the plugin's pointer, if it still listens and this is its main thread. [any-thread] */
static struct ib_vst3_host *host_of(void *self)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    if (object == NULL || ib_vst3_is_closed(object->host))
        return NULL;
    if (ib_vst3_is_main_thread(object->host))
        return object->host;
    ib_vst3_host_fault(object->host, IB_VST3_FAULT_RUN_LOOP_THREAD);
    return NULL;
}

/* Room for one more element in an array of `size`-byte elements; 1, or 0 (reported) past `most` or without memory.
 * [main-thread] */
static int grow(struct ib_vst3_host *host, void **array, uint32_t count, uint32_t *room, size_t size, uint32_t most)
{
    if (count < *room)
        return 1;
    uint32_t wanted = *room != 0 ? *room * 2 : 8;
    void *larger = count < most ? realloc(*array, wanted * size) : NULL;
    if (larger == NULL) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_RUN_LOOP_MANY);
        return 0;
    }
    *array = larger;
    *room = wanted;
    return 1;
}

/* -- descriptors ------------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static int32_t register_event_handler(void *self, struct vst3_IEventHandler *handler, int fd)
{
    struct ib_vst3_host *host = host_of(self);
    if (host == NULL)
        return VST3_kResultFalse;
    if (handler == NULL)
        return VST3_kInvalidArgument;
    if (fd < 0 || fd == host->mailbox->wake_fd) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_RUN_LOOP_FD);
        return VST3_kInvalidArgument;
    }
    struct ib_vst3_run_loop *loop = &host->run_loop;
    void *watches = loop->watches;
    if (!grow(host, &watches, loop->watch_count, &loop->watch_room, sizeof *loop->watches, IB_VST3_MOST_WATCHES))
        return VST3_kOutOfMemory;
    loop->watches = watches;
    handler->vtbl->addRef(handler);
    loop->watches[loop->watch_count++] = (struct ib_vst3_watch){.handler = handler, .id = ++loop->next_id, .fd = fd};
    ib_ask(host->mailbox, IB_ASK_TIMERS);
    return VST3_kResultTrue;
}

/* Take one away, then release it: that may call back in here. [main-thread] */
static void drop_watch(struct ib_vst3_run_loop *loop, uint32_t index)
{
    struct vst3_IEventHandler *handler = loop->watches[index].handler;
    loop->watch_count--;
    memmove(&loop->watches[index], &loop->watches[index + 1], (loop->watch_count - index) * sizeof *loop->watches);
    handler->vtbl->release(handler);
}

/* All descriptors of that handler. [main-thread] */
static int32_t unregister_event_handler(void *self, struct vst3_IEventHandler *handler)
{
    struct ib_vst3_host *host = host_of(self);
    int32_t result = VST3_kResultFalse;
    for (uint32_t i = 0; host != NULL && i < host->run_loop.watch_count;) {
        if (host->run_loop.watches[i].handler != handler) {
            i++;
            continue;
        }
        drop_watch(&host->run_loop, i);
        ib_ask(host->mailbox, IB_ASK_TIMERS);
        result = VST3_kResultTrue;
        i = 0;
    }
    return result;
}

void ib_vst3_host_forget_fd(struct ib_vst3_host *host, int32_t fd)
{
    for (uint32_t i = 0; i < host->run_loop.watch_count;) {
        if (host->run_loop.watches[i].fd != fd) {
            i++;
            continue;
        }
        drop_watch(&host->run_loop, i);
        i = 0;
    }
}

/* -- timers ------------------------------------------------------------------------------------------------------------ */

/* [main-thread] */
static int32_t register_timer(void *self, struct vst3_ITimerHandler *handler, uint64_t period)
{
    struct ib_vst3_host *host = host_of(self);
    if (host == NULL)
        return VST3_kResultFalse;
    if (handler == NULL)
        return VST3_kInvalidArgument;
    struct ib_vst3_run_loop *loop = &host->run_loop;
    void *timers = loop->timers;
    if (!grow(host, &timers, loop->timer_count, &loop->timer_room, sizeof *loop->timers, IB_VST3_MOST_TIMERS))
        return VST3_kOutOfMemory;
    loop->timers = timers;
    if (period < LEAST_PERIOD_MS)
        period = LEAST_PERIOD_MS;
    if (period > MOST_PERIOD_MS)
        period = MOST_PERIOD_MS;
    handler->vtbl->addRef(handler);
    loop->timers[loop->timer_count++] = (struct ib_vst3_timer){
        .handler = handler,
        .id = ++loop->next_id,
        .period_ms = period,
        .due_ns = ib_now_ns() + period * (uint64_t)1000000,
    };
    ib_ask(host->mailbox, IB_ASK_TIMERS);
    return VST3_kResultTrue;
}

/* [main-thread] */
static void drop_timer(struct ib_vst3_run_loop *loop, uint32_t index)
{
    struct vst3_ITimerHandler *handler = loop->timers[index].handler;
    loop->timer_count--;
    memmove(&loop->timers[index], &loop->timers[index + 1], (loop->timer_count - index) * sizeof *loop->timers);
    handler->vtbl->release(handler);
}

/* All timers of that handler. [main-thread] */
static int32_t unregister_timer(void *self, struct vst3_ITimerHandler *handler)
{
    struct ib_vst3_host *host = host_of(self);
    int32_t result = VST3_kResultFalse;
    for (uint32_t i = 0; host != NULL && i < host->run_loop.timer_count;) {
        if (host->run_loop.timers[i].handler != handler) {
            i++;
            continue;
        }
        drop_timer(&host->run_loop, i);
        ib_ask(host->mailbox, IB_ASK_TIMERS);
        result = VST3_kResultTrue;
        i = 0;
    }
    return result;
}

const struct vst3_IRunLoop_vtbl ib_vst3_run_loop_vtbl = {IB_VST3_UNKNOWN, register_event_handler,
                                                         unregister_event_handler, register_timer, unregister_timer};

struct ib_vst3_run_loop *ib_vst3_host_run_loop(struct ib_vst3_host *host)
{
    return &host->run_loop;
}

uint32_t ib_vst3_run_loop_clear(struct ib_vst3_host *host)
{
    struct ib_vst3_run_loop *loop = &host->run_loop;
    uint32_t count = loop->timer_count + loop->watch_count;
    while (loop->timer_count != 0)
        drop_timer(loop, loop->timer_count - 1);
    while (loop->watch_count != 0)
        drop_watch(loop, loop->watch_count - 1);
    return count;
}
