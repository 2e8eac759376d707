/* The objects that the host hands out to one VST3 instance, and what Python calls to make and to empty them. What the
 * plugin calls may come from any thread; the functions here are for the main thread, where nothing else is said. */

struct ib_vst3;      /* process.cdef.h */
struct ib_vst3_host; /* opaque */

/* Most messages, and most attribute lists, that are alive at once; more are refused. (Streams, proxies: 2048 each.) */
#define IB_VST3_MOST_OBJECTS 16384
/* Of one attribute list: bytes of ids and values, and number of ids. */
#define IB_VST3_MOST_ATTRIBUTE_BYTES 67108864
#define IB_VST3_MOST_ATTRIBUTES 4096
#define IB_VST3_MOST_TIMERS 1024
#define IB_VST3_MOST_WATCHES 1024
/* Messages from other threads, and notices, that wait for the main thread; more are refused. Powers of two. */
#define IB_VST3_MOST_WAITING 1024
/* Queues of IDataExchangeHandler, and bytes of all blocks of one. */
#define IB_VST3_MOST_QUEUES 64
#define IB_VST3_MOST_QUEUE_BYTES 67108864

/* -- the host's side of an instance ------------------------------------------------------------------------------------ */

/* The objects of one instance, made on its main thread. `vst3` takes the edits (NULL: they become notices); `name` is what
 * IHostApplication::getName says, UTF-8, cut at 127 characters. NULL without memory. */
struct ib_vst3_host *ib_vst3_host_new(struct ib_mailbox *mailbox, struct ib_vst3 *vst3, const char *name);

/* For initialize() and setHostContext(), an FUnknown: IHostApplication, IPlugInterfaceSupport, IRunLoop,
 * IDataExchangeHandler, ITransportControl. Not counted up: the plugin takes its own reference. */
void *ib_vst3_host_context(struct ib_vst3_host *host);

/* For setComponentHandler(): IComponentHandler 1 to 3 and what belongs to it, IUnitHandler 1 and 2, IProgress. Not counted
 * up either. */
struct vst3_IComponentHandler *ib_vst3_host_handler(struct ib_vst3_host *host);

/* Let go of everything that the host holds of the plugin: timers and watches (released), waiting messages (dropped),
 * proxies, data exchange queues. After terminate(), before the module is unloaded; from then on all objects answer, but do
 * nothing. A second call does nothing. Returns how many timers and watches were still registered. */
uint32_t ib_vst3_host_close(struct ib_vst3_host *host);

/* How many objects, the context and the handler included, the plugin still holds; which kinds go to `text` (cut at `size`,
 * always ended): "2 x IMessage, 1 x IHostApplication". After ib_vst3_host_close and all releases by the host. */
uint32_t ib_vst3_host_leaks(struct ib_vst3_host *host, char *text, uint32_t size);

/* Free all of it, what the plugin still holds as well: only once no code of the plugin can run any more. */
void ib_vst3_host_free(struct ib_vst3_host *host);

/* -- what the plugin wants --------------------------------------------------------------------------------------------- */

/* All of these are there after IB_ASK_CALLBACK. Restart flags (kReloadComponent ...), merged since the last call. */
uint32_t ib_vst3_host_take_restart(struct ib_vst3_host *host);

/* ib_vst3_notice.kind, and what the numbers mean */
#define IB_VST3_NOTICE_BUS_ACTIVATION 1 /* numbers: media type, direction, index, state */
#define IB_VST3_NOTICE_UNIT_SELECTED 2  /* unit id */
#define IB_VST3_NOTICE_PROGRAMS 3       /* program list id, program index or VST3_kAllProgramInvalid */
#define IB_VST3_NOTICE_UNITS_BY_BUS 4
#define IB_VST3_NOTICE_OPEN_EDITOR 5
#define IB_VST3_NOTICE_GROUP_BEGIN 6
#define IB_VST3_NOTICE_GROUP_END 7
#define IB_VST3_NOTICE_TRANSPORT 8 /* ITransportControl's action, type of position (-1: none); value: the position */
#define IB_VST3_NOTICE_EDIT 9 /* without a struct ib_vst3: parameter id; value: normalised; the same for the next two */
#define IB_VST3_NOTICE_EDIT_BEGIN 10
#define IB_VST3_NOTICE_EDIT_END 11
#define IB_VST3_NOTICE_CLEAN 12 /* setDirty(false): the state is what was last saved. (true is IB_ASK_STATE_DIRTY) */

struct ib_vst3_notice {
    uint32_t kind; /* IB_VST3_NOTICE_* */
    int32_t numbers[4];
    double value;
};

/* The oldest notice. 1, or 0 if there is none. */
int ib_vst3_host_take_notice(struct ib_vst3_host *host, struct ib_vst3_notice *notice);

/* Deliver what waits: messages from other threads to their receiver, blocks of data exchange queues. At most those that
 * wait at the call; returns how many. The plugin is called. */
uint32_t ib_vst3_host_deliver(struct ib_vst3_host *host);

/* -- messages between component and controller ------------------------------------------------------------------------- */

/* What to hand to `from`->connect(): its messages go to `to`, on the main thread. Both are counted up until it is closed.
 * NULL without memory. */
struct vst3_IConnectionPoint *ib_vst3_proxy_new(struct ib_vst3_host *host, struct vst3_IConnectionPoint *from,
                                                struct vst3_IConnectionPoint *to);
/* After `from`->disconnect(): nothing is delivered any more, both ends are released. Never use `proxy` again. */
void ib_vst3_proxy_close(struct vst3_IConnectionPoint *proxy);

/* -- attribute lists --------------------------------------------------------------------------------------------------- */

/* An empty list of the host's own; NULL without memory. Fill it through its vtbl. */
struct vst3_IAttributeList *ib_vst3_attributes_new(struct ib_vst3_host *host);
/* The host needs it no longer (the plugin may). */
void ib_vst3_attributes_drop(struct vst3_IAttributeList *list);

/* -- streams ----------------------------------------------------------------------------------------------------------- */

/* A stream of the host's own over memory of its own (a copy of `data`), at position 0, that grows to at most `most` bytes.
 * NULL without memory, or if `size` > `most`. */
struct vst3_IBStream *ib_vst3_stream_new(struct ib_vst3_host *host, const uint8_t *data, uint64_t size, uint64_t most);
/* What is in it now: valid until it is written to or dropped. */
const uint8_t *ib_vst3_stream_data(struct vst3_IBStream *stream, uint64_t *size);
/* Was a write refused, for want of memory or of room? */
int ib_vst3_stream_failed(struct vst3_IBStream *stream);
/* Its attributes (IStreamAttributes), to be filled; owned by the stream. NULL without memory. */
struct vst3_IAttributeList *ib_vst3_stream_attributes(struct vst3_IBStream *stream);
/* What getFileName says: UTF-16 with an end, cut at 127 units. Without it getFileName fails. */
void ib_vst3_stream_set_name(struct vst3_IBStream *stream, const uint16_t *name);
/* The host needs it no longer. The plugin may keep it, its bytes included. */
void ib_vst3_stream_drop(struct vst3_IBStream *stream);

/* -- timers and descriptors (IRunLoop) --------------------------------------------------------------------------------- */

struct ib_vst3_timer {
    struct vst3_ITimerHandler *handler; /* counted up */
    uint64_t id;
    uint64_t period_ms;
    uint64_t due_ns; /* CLOCK_MONOTONIC */
};

struct ib_vst3_watch {
    struct vst3_IEventHandler *handler; /* counted up */
    uint64_t id;
    int32_t fd;
};

struct ib_vst3_run_loop {
    struct ib_vst3_timer *timers;
    uint32_t timer_count;
    uint32_t timer_room;
    struct ib_vst3_watch *watches;
    uint32_t watch_count;
    uint32_t watch_room;
    uint64_t next_id;
};

/* What the plugin has registered. It changes in every call of the plugin. */
struct ib_vst3_run_loop *ib_vst3_host_run_loop(struct ib_vst3_host *host);
/* Forget a descriptor that the plugin has closed, and release its handlers. */
void ib_vst3_host_forget_fd(struct ib_vst3_host *host, int32_t fd);

/* -- data exchange ----------------------------------------------------------------------------------------------------- */

/* Who receives the blocks of the processor's queues: the controller's IDataExchangeReceiver (counted up), or NULL; without
 * one, no queue can be opened. Before connect(), where a plugin may open one already. */
void ib_vst3_host_set_receiver(struct ib_vst3_host *host, struct vst3_IDataExchangeReceiver *receiver);
