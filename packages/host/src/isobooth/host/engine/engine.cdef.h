/* The engine as the host's Python sees it. All functions are for the main thread. */

struct ib_engine;

/* A new engine over a segment of the header alone, or NULL when there is no memory. */
struct ib_engine *ib_engine_new(void *base, uint64_t bytes, const char **wrong);

/* Where the callbacks of the plugin leave what they ask for. Valid as long as the engine. */
struct ib_mailbox *ib_engine_mailbox(struct ib_engine *engine);

/* Change over to another segment between two blocks. NULL, or what is wrong with it (the old one stays). The old mapping
 * must stay until the next call of this function. */
const char *ib_engine_attach(struct ib_engine *engine, void *base, uint64_t bytes);

/* The geometry of the segment in use. */
const struct ib_geometry *ib_engine_geometry(const struct ib_engine *engine);

/* An active plugin, as the audio thread gets it. */
struct ib_activation {
    const struct ib_operations *table;
    void *plugin;
    uint32_t latency; /* frames; so is the next */
    uint32_t tail;
    uint32_t most_frames; /* of a block: longer slots are cut */
    int32_t flush_denormals;
    int32_t guard;    /* take samples away that are no sound: see ib_guard_plane */
    int32_t realtime; /* ask for real-time priority and locked memory */
    double sample_rate;
};

/* Let the audio thread (started at the first call) call the plugin. NULL; or why there is no audio thread; a plugin that
 * refuses to start is told by ib_engine_refused. */
const char *ib_engine_run(struct ib_engine *engine, const struct ib_activation *activation);
int ib_engine_refused(const struct ib_engine *engine);

/* Take the plugin away from the audio thread. Returns once the thread is out of it; submitted blocks wait. */
void ib_engine_park(struct ib_engine *engine);

/* No restart will come of the one that was asked for: go on with the blocks that were held back. */
void ib_engine_release(struct ib_engine *engine);

/* What the audio thread could not get or was not to ask for: empty if it has real-time priority and locked memory. */
const char *ib_engine_realtime(const struct ib_engine *engine);

/* Events that the plugin gave in an idle flush: whole events, at most `capacity` bytes. */
uint32_t ib_engine_idle_events(struct ib_engine *engine, uint8_t *area, uint32_t capacity);

/* Park, end the thread, free. */
void ib_engine_free(struct ib_engine *engine);

/* Take everything that plugins have asked for since the last call: IB_ASK_* bits. */
uint32_t ib_take_asked(struct ib_mailbox *mailbox);
/* Ask for something in the plugin's place: IB_ASK_* bits. [any-thread] */
void ib_ask(struct ib_mailbox *mailbox, uint32_t bits);
/* A line for the log; `level` as in log_ring.h. [any-thread] */
void ib_log_push(struct ib_mailbox *mailbox, int32_t level, const char *text);
int32_t ib_log_pop(char *text);
uint32_t ib_log_lost(void);

/* Note what this thread does for the plugin (IB_PHASE_*); returns what it did before. */
uint32_t ib_phase_set(uint32_t phase);

/* Handle fatal signals and exit() from now on, writing the crash record of the engine's segment. NULL, or why not. */
const char *ib_crash_install(void);
/* The process is about to end on purpose. */
void ib_crash_orderly(void);
/* Tell the client what state the host is in: IB_HOST_*. */
void ib_host_state_set(uint32_t state);

/* Start the thread that ends this process when `control_fd` hangs up, when the process behind `owner_pidfd` (-1: none) ends
 * or after SIGTERM, `grace_ms` after having made `wake_fd` readable. NULL, or why not. */
const char *ib_watchdog_start(int control_fd, int owner_pidfd, int wake_fd, uint32_t grace_ms);
/* IB_END_* bits: why the process is to end, 0 while it is not. */
#define IB_END_HANGUP 1
#define IB_END_OWNER 2
#define IB_END_SIGTERM 4
uint32_t ib_watchdog_reason(void);

/* Map the shared-memory object `name` whole, without keeping a descriptor that a plugin could misuse. NULL, with `wrong` set.
 * With `unlink` the name is taken away, so that the death of any side leaves nothing behind. */
void *ib_segment_map(const char *name, int unlink, uint64_t *bytes, const char **wrong);
void ib_segment_unmap(void *base, uint64_t bytes);
