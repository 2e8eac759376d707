/* A stream: the client's end of a segment plus what it takes to push arrays through it. */
#ifndef ISOBOOTH_STREAM_H
#define ISOBOOTH_STREAM_H

#include <isobooth/client.h>
#include <isobooth/transport.h>

#include "stream.cdef.h"

/* Output events with times that count from the start of an array. Grows; never on an audio thread. */
struct ib_gathered {
    uint8_t *area;
    uint64_t *times;
    uint64_t bytes;
    uint64_t count;
    uint64_t others; /* of these, events that are no meters' */
    uint64_t area_capacity;
    uint64_t times_capacity;
};

/* Parameters that the plugin computes itself: ids in ascending order. */
struct ib_meters {
    uint32_t *ids;
    uint32_t count;
};

/* See latest.c. */
struct ib_latest_entry {
    uint32_t id;
    uint32_t used;
    double value;
};

struct ib_latest {
    struct ib_latest_entry *entries;
    uint32_t capacity;
    uint32_t count;
};

/* See dry.c. */
struct ib_dry {
    uint8_t *ring;     /* `channels` planes of `capacity` samples, in the segment's format */
    uint64_t capacity; /* frames, a power of two; 0: there is no ring */
    uint64_t written;  /* frames so far */
    uint64_t first;    /* what lies before this frame is silence */
    uint32_t channels; /* of the main input bus */
    uint32_t latency;  /* frames; 0: nothing is kept, the input itself stands in */
};

/* See fade.c. */
struct ib_fade {
    double *last;        /* of each output channel: what came out last */
    double *steps;       /* and what the fall began with */
    uint32_t frames;     /* of a fade; 0: there is none */
    uint32_t fallen;     /* frames since the fall began, at most `frames` */
    int64_t risen;       /* frames since the return began, at most `frames`; below 0 the stand-in is held */
    uint32_t hold;       /* frames that the next return waits: a new plugin's latency */
    uint32_t is_silent;  /* silence stands in, not the dry path */
    uint32_t is_down;    /* what came out last was a stand-in */
    uint32_t is_cut;     /* the next return is from a plugin's last sample, not from a stand-in */
    uint32_t has_played; /* something has come out */
};

struct ib_stream {
    struct ib_client client;
    uint32_t block_size;
    double sample_rate;
    int has_transport;
    struct ib_transport transport;           /* at the first frame of the next block */
    struct ib_transport songs[IB_MAX_SLOTS]; /* where the song is at the block in each slot */
    uint64_t starts[IB_MAX_SLOTS];           /* frame of the array at which the block in each slot begins */
    uint32_t lengths[IB_MAX_SLOTS];
    uint32_t dirty[IB_MAX_SLOTS];     /* frames at the start of each slot's output planes that may hold something */
    uint64_t positions[IB_MAX_SLOTS]; /* and the frame of the dry path */
    struct ib_dry dry;
    struct ib_fade fade;
    uint32_t has_other_latency; /* than was known when Python last looked */
    uint8_t *copied;            /* output events of one block, out of the host's reach */
    struct ib_gathered gathered;
    struct ib_latest latest;
    struct ib_meters meters;
    struct ib_report report;
};

/* Copy `frames` samples between sample formats of `from_bytes` and `to_bytes`. [any-thread] */
void ib_copy_samples(void *to, uint32_t to_bytes, const void *from, uint32_t from_bytes, uint64_t frames);

/* Make the output planes of the slot at `place` zero, and remember that they are. Whoever has just read them has them at hand,
 * while the host would have to fetch each line from this processor before the plugin can begin. [audio-thread] */
void ib_clean_planes(struct ib_stream *stream, uint32_t place);

/* Copy, check and keep the output events of a finished block; times get `start` added. 0, or -1 without memory.
 * [any-thread] */
int ib_gather_events(struct ib_stream *stream, const struct ib_result *result, uint64_t start, uint32_t frames);

/* Note the value of a parameter. 0, or -1 without memory. [any-thread] */
int ib_latest_note(struct ib_latest *latest, const struct ib_event_param *event);

/* Keep what the slot that is about to be submitted holds. [audio-thread] */
void ib_dry_note(struct ib_stream *stream, struct ib_slot *slot);

/* Keep `frames` frames of a job's input that no block will carry. [audio-thread] */
void ib_dry_append(struct ib_stream *stream, const struct ib_job *job, uint64_t start, uint64_t frames);

/* What stands in for the output at frame `position` of the dry path, whose latency is not 0. [audio-thread] */
void ib_dry_read(const struct ib_stream *stream, uint32_t channel, uint64_t position, uint64_t frames, void *to,
                 uint32_t to_bytes);

/* What is in `output` stands in for the plugin: let it begin where the sound before ended. [audio-thread] */
void ib_fade_fall(struct ib_stream *stream, void *output, uint64_t stride, uint32_t bytes, uint32_t channels,
                  uint64_t frames);

/* Block `sequence` came back and will be heard: fade its output planes in, in place, if a stand-in was heard before.
 * [audio-thread] */
void ib_fade_rise(struct ib_stream *stream, uint64_t sequence, uint32_t frames);

/* What comes next has nothing to do with what was heard. [audio-thread] */
void ib_fade_reset(struct ib_stream *stream);

/* Block `sequence` will never come back: its slot is free again. [audio-thread] */
void ib_stream_release(struct ib_stream *stream, uint64_t sequence);

/* The song goes on by `frames` frames. [audio-thread] */
void ib_stream_pass(struct ib_stream *stream, uint64_t frames);

/* Note what a finished block said. [audio-thread] */
void ib_note_result(struct ib_stream *stream, const struct ib_result *result);

#endif
