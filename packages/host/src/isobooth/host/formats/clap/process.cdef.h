/* One CLAP instance as its C half sees it, and what Python calls to prepare it. All functions are for the main thread. */

/* ib_clap.state: where in its life the instance is. */
#define IB_CLAP_CREATED 0      /* init() has not been called */
#define IB_CLAP_INITIALIZING 1 /* in init() */
#define IB_CLAP_INACTIVE 2
#define IB_CLAP_ACTIVATING 3 /* in activate() */
#define IB_CLAP_ACTIVE 4
#define IB_CLAP_DESTROYING 5 /* in or after destroy() */

/* ib_clap.wants: what IB_ASK_CALLBACK means. Set by any thread, taken by the main thread. */
#define IB_CLAP_WANT_CALLBACK 1
#define IB_CLAP_WANT_FLUSH 2 /* while inactive */

/* ib_clap.stale: what the plugin has changed since it was described. Main thread only. */
#define IB_CLAP_STALE_BUSES 1
#define IB_CLAP_STALE_BUS_NAMES 2
#define IB_CLAP_STALE_NOTE_PORTS 4
#define IB_CLAP_STALE_PARAMS 8

#define IB_CLAP_MOST_NOTE_PORTS 256
#define IB_CLAP_MOST_AUDIO_PORTS 1024
#define IB_CLAP_MOST_TIMERS 1024
#define IB_CLAP_MOST_FDS 1024

/* What the audio thread has to know of a parameter. */
struct ib_clap_param {
    uint32_t id; /* CLAP_INVALID_ID: this place is free */
    uint32_t flags;
    void *cookie;
    double minimum;
    double maximum;
};

/* All parameters by id: open addressing, at most half full. Constant once installed. */
struct ib_clap_table {
    struct ib_clap_table *next; /* of the retired ones */
    uint32_t shift;
    uint32_t mask;
    struct ib_clap_param *places;
};

struct ib_clap_timer {
    uint32_t id;
    uint32_t period_ms;
    uint64_t due_ns; /* CLOCK_MONOTONIC */
};

struct ib_clap_fd {
    int32_t fd;
    uint32_t flags; /* CLAP_POSIX_FD_* */
};

/* The ports of one direction. */
struct ib_clap_audio {
    uint32_t count;
    uint32_t channels; /* of all ports together */
    struct clap_audio_buffer *ports;
    void **planes; /* one pointer per channel; the ports point in here */
};

struct ib_clap {
    struct clap_host host;
    struct ib_mailbox *mailbox;
    const struct clap_plugin *plugin;
    const struct clap_plugin_params *params; /* NULL: none; so is the next */
    const struct clap_plugin_tail *tail;
    uintptr_t main_thread;
    uint32_t state; /* IB_CLAP_*, written by the main thread (atomic) */
    uint32_t wants; /* atomic */
    uint32_t stale;
    uint32_t cookies_stale; /* the plugin took its cookies back (atomic) */
    uint32_t tail_changed;  /* atomic */
    struct ib_clap_extras extras;
    uint64_t reported; /* faults that are in the log already, one bit each (atomic) */

    struct ib_clap_table *table;        /* written by the main thread (atomic) */
    struct ib_clap_table *table_in_use; /* what the audio thread looks at (atomic) */
    struct ib_clap_table *retired;

    /* The audio thread's while it runs; prepared by the main thread before. */
    struct ib_clap_audio inputs;
    struct ib_clap_audio outputs;
    uint32_t sample_bytes;
    uint32_t min_frames;
    uint32_t max_frames;
    uint32_t note_inputs;
    uint8_t note_dialects[256];            /* of each note input: CLAP_NOTE_DIALECT_* */
    const struct clap_event_header **list; /* the input events of a block */
    uint32_t list_count;
    uint32_t list_room;
    uint8_t *arena; /* where they lie */
    uint32_t arena_used;
    uint32_t arena_room;
    uint32_t bad_events;    /* of this block */
    struct ib_block *block; /* NULL between blocks */
    struct clap_input_events in_events;
    struct clap_output_events out_events;
    struct clap_event_transport transport;
    struct clap_process process;
    struct ib_clap_life life;

    /* The main thread's. */
    struct ib_clap_timer *timers;
    uint32_t timer_count;
    uint32_t timer_room;
    uint32_t next_timer_id;
    struct ib_clap_fd *fds;
    uint32_t fd_count;
    uint32_t fd_room;
};

extern const struct ib_operations ib_clap_operations;

/* A new instance's C half with its clap_host; NULL without memory. `version` (of the host) is copied. */
struct ib_clap *ib_clap_new(struct ib_mailbox *mailbox, const char *version);
/* After destroy() of the plugin. */
void ib_clap_free(struct ib_clap *clap);
void ib_clap_set_state(struct ib_clap *clap, uint32_t state);
uint32_t ib_clap_take_wants(struct ib_clap *clap);

/* Room for the ports of one direction, `channels[i]` each. 0, or -1 without memory. */
int ib_clap_set_ports(struct ib_clap *clap, int is_input, uint32_t count, const uint32_t *channels);
/* Room for the input events of a block that take `bytes` in an event area. 0, or -1 without memory. */
int ib_clap_set_event_room(struct ib_clap *clap, uint32_t bytes);

/* A table for `count` parameters; NULL without memory. */
struct ib_clap_table *ib_clap_table_new(uint32_t count);
/* 1, or 0 if that id is there already. No more than `count` times. */
int ib_clap_table_add(struct ib_clap_table *table, uint32_t id, uint32_t flags, void *cookie, double minimum,
                      double maximum);
/* Hand the table over; the one before is freed as soon as the audio thread is out of it. */
void ib_clap_table_install(struct ib_clap *clap, struct ib_clap_table *table);

/* params.flush() of an inactive plugin, on the main thread. Its events go to `area`; returns how many bytes. */
uint32_t ib_clap_flush_inactive(struct ib_clap *clap, uint8_t *area, uint32_t capacity);

/* The same of an active one, soon, on the audio thread. */
void ib_clap_flush_active(struct ib_clap *clap);

/* Take the registration of a descriptor away that the plugin has closed. */
void ib_clap_forget_fd(struct ib_clap *clap, int32_t fd);

/* A state on its way out of the plugin. */
struct ib_clap_sink {
    struct clap_ostream stream;
    uint8_t *data;
    uint64_t used;
    uint64_t room;
    uint64_t most;   /* bytes that are taken */
    uint32_t failed; /* there was no memory, or more than `most` */
};
struct ib_clap_sink *ib_clap_sink_new(uint64_t most);
void ib_clap_sink_free(struct ib_clap_sink *sink);

/* A state on its way into the plugin. Gives at most `piece` bytes at once. `data` must outlive it. */
struct ib_clap_source {
    struct clap_istream stream;
    const uint8_t *data;
    uint64_t size;
    uint64_t at;
    uint64_t piece;
};
struct ib_clap_source *ib_clap_source_new(const uint8_t *data, uint64_t size, uint64_t piece);
void ib_clap_source_free(struct ib_clap_source *source);
