/* The client's core as Python sees it: blocks cut from arrays, several in flight, without the GIL. */

struct ib_stream;

/* What happens to the rest of an array when the host dies or a block fails. */
#define IB_POLICY_STOP 0
#define IB_POLICY_BYPASS 1 /* the dry path, see ib_stream_set_dry */
#define IB_POLICY_SILENCE 2

/* One array on its way through the plugin. The caller fills the first part; the second is the core's. Channels lie
 * `*_stride` bytes apart, samples side by side. */
struct ib_job {
    const void *input;
    uint64_t input_stride;
    uint32_t input_channels; /* the plugin's other input channels get silence */
    uint32_t input_bytes;    /* of a sample: 4 or 8 */
    void *output;
    uint64_t output_stride;
    uint32_t output_channels; /* the plugin's other output channels are left out */
    uint32_t output_bytes;
    uint64_t frames;             /* 0: one block of 0 frames, which carries events only */
    const uint8_t *events;       /* sorted by time, times apart */
    const uint64_t *event_times; /* frames from the start of the array */
    uint64_t event_count;
    uint32_t flags;       /* IB_BLOCK_RESET: of the first block; IB_BLOCK_OFFLINE, _CONTINUES: of all */
    uint32_t policy;      /* IB_POLICY_* */
    uint32_t is_bypassed; /* the plugin plays, but the dry path is what comes out */
    uint32_t
        is_resumed; /* where the host dies, stop and go back to the first frame that did not come back: another host
                             takes the job from there, whatever the policy is */
    uint64_t patience_ns; /* the longest time without any block coming back */

    uint64_t submitted; /* frames */
    uint64_t done;      /* frames */
    uint64_t event_at;  /* byte of the next event */
    uint64_t event_index;
    uint64_t progress_ns;
    uint64_t error_blocks;    /* blocks whose output the plugin asked to discard, or would not start for */
    uint64_t failed_sequence; /* of the block that was lost */
    uint32_t status;          /* worst so far */
    uint32_t started;
};

/* A stream over a mapped segment whose header holds `geometry`. `block_size` is
 * what the plugin is activated for; a slot may hold several such blocks. NULL, with `wrong`
 * set. [main-thread] */
struct ib_stream *ib_stream_new(void *base, uint64_t bytes, const struct ib_geometry *geometry, uint32_t block_size,
                                double sample_rate, const char **wrong);
void ib_stream_free(struct ib_stream *stream);

/* Push a job on until it is done (IB_STATUS_OK, or another status where it stopped) or `slice_ns` have passed
 * (IB_STATUS_AGAIN: call again with the same job). */
uint32_t ib_stream_run(struct ib_stream *stream, struct ib_job *job, uint64_t slice_ns);

/* The job, or what is left of it, but at most `most_frames` of it, without the plugin, as its policy says. */
void ib_stream_run_dry(struct ib_stream *stream, struct ib_job *job, uint64_t most_frames);

/* One array of at most one block in the segment's sample format, rows of `frames` samples, exactly the segment's channels, no
 * events: the quick way. Waits for `slice_ns`; IB_STATUS_AGAIN: go on with ib_stream_block_finish. IB_STATUS_FULL: use
 * ib_stream_run (blocks are in flight, or the output overlaps with the input and is not the same memory). With
 * IB_STATUS_HAS_NEWS added where ib_stream_is_to_be_heard, or the latency is another one. */
#define IB_STATUS_HAS_NEWS 256
uint32_t ib_stream_block(struct ib_stream *stream, const void *input, void *output, uint32_t frames, uint64_t slice_ns);
uint32_t ib_stream_block_finish(struct ib_stream *stream, void *output, uint32_t frames, uint64_t slice_ns);
/* The same for an array of any length: as ib_stream_run with a job that says how many channels of how many bytes there are,
 * what is to be done on failure and how long to be patient; arrays, frames and the core's part are filled in here. */
uint32_t ib_stream_array(struct ib_stream *stream, struct ib_job *job, const void *input, void *output, uint64_t frames,
                         uint64_t slice_ns);
uint32_t ib_stream_array_finish(struct ib_stream *stream, struct ib_job *job, uint64_t slice_ns);
/* A block will be submitted in no time: let a host that sleeps wake up meanwhile. */
void ib_stream_rouse(struct ib_stream *stream);
/* Give up every block in flight. */
void ib_stream_give_up(struct ib_stream *stream);
/* Give them up as if they had never been submitted: the song goes back to where the oldest of them was. */
void ib_stream_take_back(struct ib_stream *stream);

/* Most bytes of input events that one slot of the job will carry. */
uint64_t ib_job_event_room(const struct ib_job *job, uint32_t slot_frames);

/* Block by block. begin: the slot's address or NULL (every slot is in flight). submit: the block's sequence. wait: status of
 * the oldest block, given up after `patience_ns`. */
void *ib_stream_begin(struct ib_stream *stream);
/* Append sorted, encoded events to the slot that begin gave; how many fitted. */
uint32_t ib_stream_add_events(struct ib_stream *stream, const uint8_t *events, const uint64_t *times, uint32_t count);
uint64_t ib_stream_submit(struct ib_stream *stream, uint32_t frames, uint32_t flags);
uint32_t ib_stream_wait(struct ib_stream *stream, uint64_t patience_ns);
/* Wait for the oldest block without taking it: OK, CRASHED, AGAIN (not back yet), or NONE in flight. */
uint32_t ib_stream_await(struct ib_stream *stream, uint64_t patience_ns);
uint32_t ib_stream_in_flight(const struct ib_stream *stream);
uint64_t ib_stream_settled(const struct ib_stream *stream);
/* Of the block that was waited for last. */
uint32_t ib_stream_last_frames(const struct ib_stream *stream);

/* The host is dead: slots that it was late with are free again. */
void ib_stream_release_settled(struct ib_stream *stream);

/* The dry path: the first `channels` input channels go to the output channels of the same number, late by `latency` frames like
 * the plugin's output; other outputs are silent. What has been submitted lately is kept for it (unless `latency` is 0). 0, or
 * -1 if there is no memory for so long a delay: then there is none. [main-thread] */
int ib_stream_set_dry(struct ib_stream *stream, uint32_t channels, uint32_t latency);
/* Go on with the dry path of another stream of the same shape: after the segment was swapped. [main-thread] */
void ib_stream_adopt_dry(struct ib_stream *stream, struct ib_stream *before);
/* The dry path beside the block that was waited for last: planes of the segment's sample format, `stride` bytes apart. */
void ib_stream_dry_block(struct ib_stream *stream, void *output, uint64_t stride, uint32_t channels, uint32_t frames);

/* As above, but both streams have the history: `before` may still have blocks to settle. [main-thread] */
void ib_stream_copy_dry(struct ib_stream *stream, const struct ib_stream *before);

/* Fades of `frames` frames where the plugin's output ends, begins or is missing; 0: none. `is_silent`: silence stands in, not
 * the dry path. 0, or -1 without memory. [main-thread] */
int ib_stream_set_fade(struct ib_stream *stream, uint32_t frames, uint32_t is_silent);
/* Go on with the fades of another stream. `is_new`: the plugin behind this one is another, which is heard `hold` frames after its
 * first block; the stand-in bridges the gap. [main-thread] */
void ib_stream_adopt_fade(struct ib_stream *stream, const struct ib_stream *before, uint32_t is_new, uint32_t hold);
/* What is in `output` (planes of the segment's sample format) stands in for the plugin's output. */
void ib_stream_fall(struct ib_stream *stream, void *output, uint64_t stride, uint32_t channels, uint32_t frames);

/* Song position of the next block; NULL: none is sent. */
void ib_stream_set_transport(struct ib_stream *stream, const struct ib_transport *transport);
/* 1 and a copy of where the song is now, or 0. */
int ib_stream_get_transport(const struct ib_stream *stream, struct ib_transport *transport);

/* What the newest block that came back said. */
struct ib_report {
    uint64_t blocks;     /* that came back */
    uint64_t late;       /* given up */
    uint64_t dropped;    /* blocks with dropped output events */
    uint64_t replaced;   /* output samples that the guard took away */
    uint64_t missed;     /* frames for which something stood in for the plugin's output */
    uint64_t process_ns; /* inside the plugin, sum */
    uint64_t last_process_ns;
    uint32_t latency;
    uint32_t tail;
    uint32_t status;
    uint32_t status_flags;
    int64_t steady_time; /* of the next block */
};
void ib_stream_report(const struct ib_stream *stream, struct ib_report *report);
/* Go on counting from another stream's report: after the segment was swapped. */
void ib_stream_resume(struct ib_stream *stream, const struct ib_report *report);

/* Output events gathered since the last call of ib_stream_take_events: whole, checked, times apart. */
struct ib_events {
    uint8_t *area; /* `bytes` of events, back to back */
    uint64_t *times;
    uint64_t bytes;
    uint64_t count;
};
uint64_t ib_stream_event_count(const struct ib_stream *stream);
/* These parameters are computed by the plugin. A plugin with meters sends some events with every block: they can wait until
 * somebody asks. 0, or -1 without memory. [main-thread] */
int ib_stream_set_meters(struct ib_stream *stream, const uint32_t *ids, uint32_t count);
/* Are there others among the gathered events, or very many? */
int ib_stream_is_to_be_heard(const struct ib_stream *stream);
/* They are the caller's from now on, who frees them with ib_events_free. 1, or 0 if there are none. */
int ib_stream_take_events(struct ib_stream *stream, struct ib_events *events);
void ib_events_free(struct ib_events *events);

/* Parameters that the gathered events have set for all notes, each with its last value, at most `most` of them; forgets them.
 * How many. */
uint32_t ib_stream_latest(struct ib_stream *stream, uint32_t *ids, double *values, uint32_t most);
uint32_t ib_stream_latest_count(const struct ib_stream *stream);

/* The host behind this stream is gone: whoever waits for it wakes. [any-thread] */
void ib_stream_mark_dead(struct ib_stream *stream);

/* Let the watcher thread mark the stream dead when `fd` hangs up, or is readable if `readable` (a process descriptor). A ticket
 * for ib_watch_remove, or 0 with errno set. `fd` must stay open until then. */
uint64_t ib_watch_add(int fd, int readable, struct ib_stream *stream);
void ib_watch_remove(uint64_t ticket);

/* Header of a new segment. NULL, or what is wrong. */
const char *ib_geometry_make(struct ib_geometry *geometry);
const char *ib_header_make(void *base, const struct ib_geometry *geometry);
