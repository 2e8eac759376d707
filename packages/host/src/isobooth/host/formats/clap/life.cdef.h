/* What the audio thread keeps of a CLAP instance from one block to the next, and the pool of threads that helps it. What
 * Python calls of these is for the main thread. */

/* ib_clap_life.rest */
#define IB_CLAP_AWAKE 0
#define IB_CLAP_DROWSY 1 /* nothing but news is worth a call; it has not been stopped yet */
#define IB_CLAP_ASLEEP 2 /* stop_processing() was called */

#define IB_CLAP_DEFERRED_BYTES 65536
#define IB_CLAP_MOST_WORKERS 15

struct ib_clap;
struct ib_clap_pool;

/* What of a song's position makes a difference to a plugin that sleeps. */
struct ib_clap_song {
    uint32_t flags; /* of ib_transport; all bits: there was none */
    uint32_t signature;
    int64_t next_sample; /* where the next block starts if the song just goes on */
    double tempo;
    double tempo_ramp;
    double loop_start_beats;
    double loop_end_beats;
};

struct ib_clap_life {
    uint32_t is_processing; /* between start_processing() and stop_processing() */
    uint32_t rest;          /* IB_CLAP_AWAKE ... */
    uint32_t offline;       /* set at activation: every block is played */
    int64_t tail_left;      /* frames until the tail is over; -1: not counted yet */
    uint64_t quiet_frames;  /* since the output fell silent, with nothing coming in */
    struct ib_clap_song song;
    uint8_t *deferred; /* changes of parameters that only a block with audio may carry, as events of an area */
    uint32_t deferred_used;
    uint32_t held_count; /* notes that were switched on and not off */
    uint8_t *held;       /* one bit each: see held.c */
    uint32_t *twins;     /* of each output channel: the input channel that shares its memory, plus 1; NULL: none does */
    uint8_t *scratch;    /* planes for the block that ends notes: a silent one for all inputs, then the outputs */
    struct ib_clap_pool *pool; /* NULL: the plugin has no use for one */
};

/* Which channels are to be processed in place: for each output channel the input channel plus 1, or 0. NULL: none. 0, or -1
 * without memory. While inactive. */
int ib_clap_set_twins(struct ib_clap *clap, uint32_t count, const uint32_t *twins);

/* Room to note which notes are held, once the ports are set. 0, or -1 without memory. While inactive. */
int ib_clap_set_held(struct ib_clap *clap);

/* Start `workers` threads for the plugin's thread pool, in real time if `realtime`. Returns how many there are. While
 * nothing is played. */
uint32_t ib_clap_pool_start(struct ib_clap *clap, const struct clap_plugin_thread_pool *functions, uint32_t workers,
                            int realtime);
/* End them. */
void ib_clap_pool_stop(struct ib_clap *clap);
/* Processors that this process may use. */
uint32_t ib_clap_processors(void);

/* 1 if the core was built with its assertions (ISOBOOTH_DEBUG), else 0. */
int ib_clap_is_debug(void);
