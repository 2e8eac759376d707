/* What the C files of VST2 share. */
#ifndef ISOBOOTH_VST2_PROCESS_H
#define ISOBOOTH_VST2_PROCESS_H

#include "engine/mailbox.h"

#include "formats/vst2/abi.h"

#include "formats/vst2/process.cdef.h"

#include <isobooth/events.h>

/* What plugins do wrong. Each is logged once per instance. */
enum ib_vst2_fault {
    IB_VST2_FAULT_EVENTS_OUTSIDE,
    IB_VST2_FAULT_EVENT,
    IB_VST2_FAULT_PARAM,
    IB_VST2_FAULT_VALUE,
    IB_VST2_FAULT_EDITS,
    IB_VST2_FAULT_CHANNELS,
    IB_VST2_FAULT_WINDOW,
    IB_VST2_FAULT_FILE_SELECTOR,
    IB_VST2_FAULTS
};

struct ib_vst2_edit {
    uint32_t ticket; /* see edits.c (atomic) */
    uint32_t type;   /* IB_EVENT_* */
    int32_t index;
    float value;
};

/* A list of events of its full length; the plugin sees it as a vst2_events. */
struct ib_vst2_list {
    int32_t count;
    intptr_t reserved;
    struct vst2_event *events[IB_VST2_MOST_EVENTS];
};

_Static_assert(offsetof(struct ib_vst2_list, events) == offsetof(struct vst2_events, events), "the same to plugins");

union ib_vst2_event {
    struct vst2_event head;
    struct vst2_midi midi;
    struct vst2_sysex sysex;
};

/* The audio thread's, but for the ring of edits, which any thread fills. */
struct ib_vst2_audio {
    struct ib_block *block; /* that is being processed or flushed, NULL between blocks */
    uint32_t from;          /* of the part of it that the plugin works on */
    uint32_t frames;        /* of that part */
    uint32_t sample_bytes;
    int32_t setting;  /* parameter that the host is setting: what the plugin says of that is an echo; -1: none */
    double *spare;    /* one plane for what the plugin has more channels of than it said: inputs ... */
    double *overflow; /* ... and outputs */
    void *inputs[IB_VST2_MOST_CHANNELS];
    void *outputs[IB_VST2_MOST_CHANNELS];

    struct vst2_time time;
    struct ib_transport transport; /* at the first frame of the part */
    int64_t expected;              /* song position in frames at which the next part starts if nothing jumps */
    uint32_t transport_flags;      /* of the part before */

    struct ib_vst2_list list;
    union ib_vst2_event events[IB_VST2_MOST_EVENTS];

    uint32_t edits_head; /* (atomic) */
    uint32_t edits_tail;
    struct ib_vst2_edit edits[IB_VST2_MOST_EDITS];
};

/* Log a fault, the first time that it happens. [any-thread] */
void ib_vst2_fault(struct ib_vst2 *vst2, enum ib_vst2_fault fault);

/* Ask the main thread for IB_VST2_WANT_* bits. [any-thread] */
void ib_vst2_want(struct ib_vst2 *vst2, uint32_t bits);

/* [any-thread] */
static inline uint32_t ib_vst2_state(const struct ib_vst2 *vst2)
{
    return __atomic_load_n(&vst2->state, __ATOMIC_ACQUIRE);
}

/* [any-thread] */
static inline struct vst2_effect *ib_vst2_effect(const struct ib_vst2 *vst2)
{
    return __atomic_load_n(&vst2->effect, __ATOMIC_ACQUIRE);
}

/* Is this the audio thread, inside of a block of this instance? [any-thread] */
static inline int ib_vst2_in_block(const struct ib_vst2 *vst2)
{
    return ib_on_audio_thread() && vst2->audio->block != NULL;
}

/* The index of one plain call to the plugin's dispatcher. [any-thread] */
static inline intptr_t ib_vst2_call(const struct ib_vst2 *vst2, int32_t opcode, intptr_t value, void *ptr)
{
    return vst2->effect->dispatcher(vst2->effect, opcode, 0, value, ptr, 0.0f);
}

/* Empty the ring, while no other thread knows of it. [main-thread] */
void ib_vst2_edits_init(struct ib_vst2_audio *audio);
/* Note an edit of the plugin's own. 0 if that cannot be. [any-thread] */
int ib_vst2_edit_push(struct ib_vst2 *vst2, uint32_t type, int32_t index, float value);
/* Turn what is noted into events, as far as there is room. [active ? audio-thread : main-thread] */
void ib_vst2_edits_out(struct ib_vst2 *vst2, struct ib_event_writer *writer);

/* Take over the block's transport, before its first part. [audio-thread] */
void ib_vst2_time_open(struct ib_vst2 *vst2, const struct ib_block *block);
/* Move on behind a part. [audio-thread] */
void ib_vst2_time_advance(struct ib_vst2 *vst2, uint32_t frames);
/* What the plugin gets for its question. [any-thread] */
struct vst2_time *ib_vst2_time(struct ib_vst2 *vst2);

/* Put an event into the list for the coming part. 0: there is no room, and nothing is in it. [audio-thread] */
int ib_vst2_event_in(struct ib_vst2 *vst2, const struct ib_event *event);
/* Put the programs that are to be selected into the list. [audio-thread] */
void ib_vst2_midi_programs_in(struct ib_vst2 *vst2);
/* Is it an event for the list? [audio-thread] */
int ib_vst2_is_listed(const struct ib_event *event);
/* Hand the list to the plugin and empty it. [audio-thread] */
void ib_vst2_events_send(struct ib_vst2 *vst2);
/* What the plugin gives to VST2_HOST_PROCESS_EVENTS. [any-thread] */
intptr_t ib_vst2_events_out(struct ib_vst2 *vst2, const struct vst2_events *events);

#endif
