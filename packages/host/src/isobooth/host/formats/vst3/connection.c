/* The connection between a component and its controller: each is given a proxy in place of the other, so that all messages
 * arrive on the main thread. */
#include "formats/vst3/objects.h"

struct proxy {
    struct ib_vst3_object object;
    struct vst3_IConnectionPoint *from; /* counted up while it is open; so is the next */
    struct vst3_IConnectionPoint *to;
    uint32_t open;       /* atomic */
    uint64_t generation; /* raised whenever it is closed: what was sent before is not delivered (atomic) */
};

/* [any-thread] */
static int is_open(const struct proxy *proxy)
{
    return __atomic_load_n(&proxy->open, __ATOMIC_ACQUIRE) != 0;
}

/* The host has connected it already. [main-thread] */
static int32_t proxy_connect(void *self, struct vst3_IConnectionPoint *other)
{
    (void)self;
    return other == NULL ? VST3_kInvalidArgument : VST3_kResultFalse;
}

/* A plugin may say in terminate() that it wants no more. [main-thread] */
static int32_t proxy_disconnect(void *self, struct vst3_IConnectionPoint *other)
{
    struct proxy *proxy = (struct proxy *)ib_vst3_object_of(self);
    if (proxy == NULL || other == NULL)
        return VST3_kInvalidArgument;
    if (other != proxy->from && other != proxy->to)
        return VST3_kInvalidArgument;
    __atomic_store_n(&proxy->open, 0, __ATOMIC_RELEASE);
    return VST3_kResultTrue;
}

/* What another thread sends waits for the main thread, with a reference of the host's. [any-thread] */
static int32_t queue_message(struct proxy *proxy, struct vst3_IMessage *message)
{
    struct ib_vst3_host *host = proxy->object.host;
    struct ib_vst3_waiting content = {
        .proxy = &proxy->object,
        .generation = __atomic_load_n(&proxy->generation, __ATOMIC_ACQUIRE),
        .message = message,
    };
    message->vtbl->addRef(message);
    if (!ib_vst3_ring_push(&host->messages, &content)) {
        message->vtbl->release(message);
        ib_vst3_host_fault(host, IB_VST3_FAULT_MESSAGES_WAITING);
        return VST3_kResultFalse;
    }
    ib_ask(host->mailbox, IB_ASK_CALLBACK);
    return VST3_kResultTrue;
}

/* [any-thread] */
static int32_t proxy_notify(void *self, struct vst3_IMessage *message)
{
    struct proxy *proxy = (struct proxy *)ib_vst3_object_of(self);
    if (proxy == NULL || message == NULL)
        return VST3_kInvalidArgument;
    if (!is_open(proxy) || ib_vst3_is_closed(proxy->object.host))
        return VST3_kResultFalse;
    if (!ib_vst3_is_main_thread(proxy->object.host))
        return queue_message(proxy, message);
    return proxy->to->vtbl->notify(proxy->to, message);
}

static const struct vst3_IConnectionPoint_vtbl vtbl = {IB_VST3_UNKNOWN, proxy_connect, proxy_disconnect, proxy_notify};
static const struct ib_vst3_entry entries[] = {{vst3_FUnknown_iid, 0}, {vst3_IConnectionPoint_iid, 0}};

const struct ib_vst3_class ib_vst3_proxy_class = {
    .name = "IConnectionPoint",
    .size = sizeof(struct proxy),
    .slab = 8,
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&vtbl},
};

struct vst3_IConnectionPoint *ib_vst3_proxy_new(struct ib_vst3_host *host, struct vst3_IConnectionPoint *from,
                                                struct vst3_IConnectionPoint *to)
{
    struct proxy *proxy = (struct proxy *)ib_vst3_object_take(&host->pools[IB_VST3_POOL_PROXIES], host, 1);
    if (proxy == NULL)
        return NULL;
    from->vtbl->addRef(from);
    to->vtbl->addRef(to);
    proxy->from = from;
    proxy->to = to;
    __atomic_store_n(&proxy->open, 1, __ATOMIC_RELEASE);
    return (struct vst3_IConnectionPoint *)&proxy->object.faces[0];
}

/* [main-thread] */
static void let_go(struct proxy *proxy)
{
    struct vst3_IConnectionPoint *from = proxy->from, *to = proxy->to;
    __atomic_store_n(&proxy->open, 0, __ATOMIC_RELEASE);
    __atomic_add_fetch(&proxy->generation, 1, __ATOMIC_ACQ_REL);
    proxy->from = NULL;
    proxy->to = NULL;
    if (from == NULL)
        return;
    from->vtbl->release(from);
    to->vtbl->release(to);
    ib_vst3_object_drop(&proxy->object);
}

void ib_vst3_proxy_close(struct vst3_IConnectionPoint *connection)
{
    let_go((struct proxy *)((struct ib_vst3_face *)connection)->object);
}

void ib_vst3_proxies_close(struct ib_vst3_host *host)
{
    const struct ib_vst3_pool *pool = &host->pools[IB_VST3_POOL_PROXIES];
    for (uint32_t i = 0; i < pool->slab_count * pool->class->slab; i++) {
        struct proxy *proxy = (struct proxy *)pool->slabs[i / pool->class->slab] + i % pool->class->slab;
        if (proxy->from != NULL)
            let_go(proxy);
    }
}

/* Hand a message that waited to its receiver, if that is still connected. [main-thread] */
static void deliver(const struct ib_vst3_waiting *content)
{
    struct proxy *proxy = (struct proxy *)content->proxy;
    if (is_open(proxy) && proxy->generation == content->generation) {
        struct vst3_IConnectionPoint *to = proxy->to;
        to->vtbl->addRef(to); /* it may be disconnected meanwhile */
        to->vtbl->notify(to, content->message);
        to->vtbl->release(to);
    }
    content->message->vtbl->release(content->message);
}

uint32_t ib_vst3_host_deliver(struct ib_vst3_host *host)
{
    struct ib_vst3_waiting content;
    uint32_t waiting = __atomic_load_n(&host->messages.head, __ATOMIC_ACQUIRE) - host->messages.tail;
    uint32_t delivered = 0;
    ib_vst3_pools_tend(host);
    while (delivered < waiting && ib_vst3_ring_pop(&host->messages, &content)) {
        deliver(&content);
        delivered++;
    }
    return delivered + ib_vst3_queues_deliver(host);
}
