/* What a format hands to the engine: the operations that the audio thread runs, and the block that they work on.
 * Read by the compiler (through operations.h) and by cffi. */

#define IB_LOG_TEXT_BYTES 512 /* longest line that a plugin can log, with its NUL */

struct ib_event_writer;

/* One block as a format sees it. Planes are the channels of all buses, in bus order: float or double, as the segment says.
 * Input and output planes never overlap; output planes hold zeros on entry. */
struct ib_block {
    uint32_t frames; /* 1 .. the longest block; 0 in flush */
    uint32_t flags;  /* IB_BLOCK_* */
    uint64_t sequence;
    int64_t steady_time; /* frames since activation */
    void **inputs;
    void **outputs;
    uint64_t in_constant_mask;
    const uint8_t *events; /* whole, of known types, in the block, sorted by time: checked by the engine */
    uint32_t event_bytes;
    uint32_t event_count;
    const struct ib_transport *transport; /* NULL: the plugin runs free */
    struct ib_event_writer *out_events;   /* in any order of time; the engine sorts them */
    /* Answers, preset by the engine to what the last block said. */
    uint32_t latency;
    uint32_t tail;
    uint32_t status_flags;      /* IB_STATUS_FLAG_*, preset to 0 */
    uint64_t out_constant_mask; /* preset to 0 */
};

/* Each is called on the audio thread, one at a time. `plugin` is what the format handed over with the table. */
struct ib_operations {
    int (*start)(void *plugin);                                /* before the first block; 0: refused */
    uint32_t (*process)(void *plugin, struct ib_block *block); /* IB_STATUS_OK; of any other the output is discarded */
    void (*flush)(void *plugin, struct ib_block *block);       /* parameters without audio: frames is 0 */
    void (*reset)(void *plugin);
    void (*stop)(void *plugin); /* after the last block */
};

/* Things that a plugin asks for from any thread and the host's main thread does. One bit each. */
#define IB_ASK_RESTART 1  /* deactivate and activate again */
#define IB_ASK_CALLBACK 2 /* call the plugin on the main thread */
#define IB_ASK_LATENCY 4  /* read the latency again */
#define IB_ASK_TAIL 8
#define IB_ASK_PARAM_VALUES 16 /* read all values again */
#define IB_ASK_PARAM_INFO 32   /* read the whole list of parameters again */
#define IB_ASK_BUSES 64
#define IB_ASK_STATE_DIRTY 128
#define IB_ASK_TIMERS 256       /* the list of timers or descriptors changed */
#define IB_ASK_LOG 512          /* there are lines in the log ring */
#define IB_ASK_EVENTS 1024      /* there are events of an idle flush */
#define IB_ASK_RESTART_NOW 4096 /* by the engine: it holds the blocks back until the restart is done */
#define IB_ASK_NOTE_PORTS 2048

/* Where plugins leave what they ask for. Any thread may set bits; the main thread takes them. */
struct ib_mailbox {
    uint32_t asked;       /* IB_ASK_* */
    int32_t wake_fd;      /* eventfd that the main thread polls */
    uint32_t flush;       /* the audio thread is to flush parameters */
    uint32_t process;     /* the plugin wants to be called although it sleeps */
    uint32_t restart;     /* the plugin is to be deactivated and activated again, once a piece is over */
    struct ib_bell *bell; /* of the audio thread, NULL while there is none */
};
