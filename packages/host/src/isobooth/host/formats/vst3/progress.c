/* IProgress: long work of a plugin, told to the log when it begins and when it ends. */
#include "formats/vst3/objects.h"

#include <stdio.h>

#define INFO 1
#define MOST_DESCRIPTION 200 /* bytes of it in the log */

/* [any-thread] */
static struct ib_vst3_host *host_of(void *self)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    return object != NULL && !ib_vst3_is_closed(object->host) ? object->host : NULL;
}

/* Put `to` where `from` is; 1, or 0 if it is nowhere. [any-thread] */
static int exchange(struct ib_vst3_host *host, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < IB_VST3_MOST_PROGRESSES; i++) {
        uint64_t expected = from;
        if (__atomic_compare_exchange_n(&host->progresses[i], &expected, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return 1;
    }
    return 0;
}

/* [main-thread, tolerated: any-thread] */
static int32_t start(void *self, uint32_t type, const uint16_t *description, uint64_t *id)
{
    struct ib_vst3_host *host = host_of(self);
    char what[MOST_DESCRIPTION] = "", line[MOST_DESCRIPTION + 100];
    if (host == NULL || id == NULL || type > VST3_UIBackgroundTask)
        return VST3_kInvalidArgument;
    uint64_t number = __atomic_add_fetch(&host->progress_id, 1, __ATOMIC_RELAXED);
    if (!exchange(host, 0, number))
        return VST3_kResultFalse;
    if (description != NULL)
        ib_vst3_to_utf8(description, what, sizeof what);
    (void)snprintf(line, sizeof line, "task %llu begins: %s", (unsigned long long)number,
                   what[0] != '\0'                      ? what
                   : type == VST3_AsyncStateRestoration ? "restoring its state"
                                                        : "in the background");
    ib_log_push(host->mailbox, INFO, line);
    *id = number;
    return VST3_kResultTrue;
}

/* [main-thread, tolerated: any-thread] */
static int32_t update(void *self, uint64_t id, double value)
{
    struct ib_vst3_host *host = host_of(self);
    (void)value; /* the log says when it is over */
    return host != NULL && id != 0 && exchange(host, id, id) ? VST3_kResultTrue : VST3_kInvalidArgument;
}

/* [main-thread, tolerated: any-thread] */
static int32_t finish(void *self, uint64_t id)
{
    struct ib_vst3_host *host = host_of(self);
    char line[64];
    if (host == NULL || id == 0 || !exchange(host, id, 0))
        return VST3_kInvalidArgument;
    (void)snprintf(line, sizeof line, "task %llu is done", (unsigned long long)id);
    ib_log_push(host->mailbox, INFO, line);
    return VST3_kResultTrue;
}

const struct vst3_IProgress_vtbl ib_vst3_progress_vtbl = {IB_VST3_UNKNOWN, start, update, finish};
