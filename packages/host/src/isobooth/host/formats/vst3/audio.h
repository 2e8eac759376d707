/* What the C files of VST3's audio half share. */
#ifndef ISOBOOTH_VST3_AUDIO_H
#define ISOBOOTH_VST3_AUDIO_H

#include "formats/shared/midi.h"
#include "engine/log_ring.h"
#include "formats/vst3/abi.h"
#include "formats/vst3/process.h"

#include <assert.h>

#define IB_VST3_MOST_NOTES 1024    /* sounding at once */
#define IB_VST3_NOTE_CHAINS 2048   /* a power of two */
#define IB_VST3_MOST_EDITS 4096    /* waiting; a power of two */
#define IB_VST3_NO_NOTE 0xFFFF     /* the end of a chain */
#define IB_VST3_OWN_IDS 0x40000000 /* from here on note ids are the host's: notes that came without one */

/* What plugins do wrong, and what gets lost on the way. Each is logged once per instance. */
enum ib_vst3_fault {
    IB_VST3_FAULT_FRAMES,
    IB_VST3_FAULT_SET_PROCESSING,
    IB_VST3_FAULT_PROCESS,
    IB_VST3_FAULT_OUTSIDE,
    IB_VST3_FAULT_VALUE,
    IB_VST3_FAULT_RANGE,
    IB_VST3_FAULT_OFFSET,
    IB_VST3_FAULT_PARAM,
    IB_VST3_FAULT_BUS,
    IB_VST3_FAULT_EVENT,
    IB_VST3_FAULT_SILENCE,
    IB_VST3_FAULT_MAP,
    IB_VST3_FAULT_EDITS,
    IB_VST3_NOTE_UNMAPPED, /* from here on nobody's fault: lines for debugging */
    IB_VST3_NOTE_UNKNOWN_OUT,
    IB_VST3_NOTE_MODULATION,
    IB_VST3_FAULTS
};

/* Log a fault, the first time that it happens. [any-thread] */
void ib_vst3_fault(struct ib_vst3 *vst3, enum ib_vst3_fault fault);

/* Start of every object that a plugin gets from the audio half: an interface and a count. They live as long as the instance,
 * whatever the count. */
struct ib_vst3_fixed {
    const void *vtbl;
    uint32_t references;
    uint32_t reserved;
    struct ib_vst3 *vst3;
};

uint32_t ib_vst3_fixed_add(void *self);
uint32_t ib_vst3_fixed_release(void *self);
/* The three methods of FUnknown for an interface of id `iid`. [any-thread] */
int32_t ib_vst3_fixed_query(void *self, const uint8_t *iid, void **out, const uint8_t *own);

/* The points of one parameter in a block. */
struct ib_vst3_in_queue {
    struct ib_vst3_fixed object; /* IParamValueQueue */
    struct ib_vst3_param *param;
    uint32_t first; /* in ib_vst3_audio.points, once they are in order */
    uint32_t count;
    int32_t last_offset; /* of the points so far; -1 before the first */
    uint32_t last_point; /* in ib_vst3_audio.raw */
    uint32_t is_news;    /* the controller has not heard of it */
    uint32_t is_flat;    /* the last point repeats the value before, from some frames ago */
};

struct ib_vst3_out_queue {
    struct ib_vst3_fixed object; /* IParamValueQueue */
    struct ib_vst3_param *param; /* NULL: of no parameter, takes nothing */
    uint32_t index;
    uint32_t count;
};

struct ib_vst3_raw_point {
    double value;
    int32_t offset;
    uint32_t queue;
};

struct ib_vst3_point {
    double value;
    int32_t offset;
    uint32_t reserved;
};

/* The buses of one direction. */
struct ib_vst3_buses {
    uint32_t count;
    uint32_t channels; /* of all buses together */
    struct vst3_AudioBusBuffers *buffers;
    void **planes; /* one pointer per channel; the buffers point in here */
    uint8_t *flags;
    void *scratch; /* the planes of channels that are in no block */
};

/* Controllers of MIDI 2.0 by place: open addressing, at most half full; see midi2_map.c. */
struct ib_vst3_midi2_map {
    struct ib_vst3_midi2_map *next; /* of the retired ones */
    uint32_t shift;
    uint32_t mask;
    uint64_t places[]; /* the key above, the parameter's id below; IB_VST3_NO_MIDI2: free */
};

/* Which controller the data entry of MIDI 1.0 means on one channel (RPN, NRPN). */
struct ib_vst3_selected {
    uint8_t registered;
    uint8_t bank; /* from 128 on: not said */
    uint8_t index;
    uint8_t coarse; /* the last upper half of its value; from 128 on: none */
};

struct ib_vst3_event_buses {
    uint32_t count;
    int32_t channels[IB_VST3_MOST_EVENT_BUSES];
};

/* A note that the plugin has had a note on of and no note off. */
struct ib_vst3_note {
    int32_t client_id; /* -1: the client gave none */
    int32_t id;        /* as the plugin knows it */
    int16_t channel;   /* the client's */
    uint8_t key;
    uint8_t bus;
    uint16_t next; /* of its chain, or of the free ones */
    uint16_t sounds;
};

struct ib_vst3_notes {
    uint32_t count;
    uint32_t high; /* above it no note sounds */
    uint16_t free;
    int32_t next_id;
    uint16_t chains[IB_VST3_NOTE_CHAINS];
    struct ib_vst3_note pool[IB_VST3_MOST_NOTES];
};

/* A ring of many writers and one reader: see edits.c. */
struct ib_vst3_edit {
    uint32_t ticket;
    uint32_t type; /* IB_EVENT_PARAM_VALUE, IB_EVENT_GESTURE_* */
    uint32_t id;
    uint32_t reserved;
    double value;
};

struct ib_vst3_edits {
    uint32_t head __attribute__((aligned(64)));
    uint32_t tail __attribute__((aligned(64)));
    struct ib_vst3_edit cells[IB_VST3_MOST_EDITS] __attribute__((aligned(64)));
};

/* The audio thread's while it runs; prepared by the main thread before. */
struct ib_vst3_audio {
    struct ib_block *block;      /* NULL between blocks */
    struct ib_vst3_table *table; /* for the length of a block; NULL: none */
    uint32_t stamp;              /* number of the block, for what a parameter notes of it */
    uint32_t epoch;
    uint32_t bad_events; /* of this block */
    uint32_t max_frames;
    uint32_t sample_bytes;
    uint32_t release_all; /* the next block begins with note offs for all that sounds */
    int64_t continuous;   /* frames since the instance was made; goes on over activations */
    int64_t asked_at;     /* `continuous` when the main thread was last told of news for the controller */
    uint32_t any_again;   /* a parameter has `again` set */
    uint32_t has_news;
    uint32_t news_frames; /* it is told so often at most */
    double beats;         /* at the first frame of the block */
    double beats_per_frame;
    struct vst3_ProcessData data;
    struct vst3_ProcessContext context;
    struct ib_vst3_buses inputs;
    struct ib_vst3_buses outputs;
    struct ib_vst3_event_buses event_inputs;
    struct ib_vst3_event_buses event_outputs;

    struct ib_vst3_fixed in_changes;   /* IParameterChanges */
    struct ib_vst3_fixed queue_object; /* with which every queue of input changes begins */
    uint32_t queue_count;
    uint32_t queue_room;
    uint32_t point_count;
    uint32_t point_room;
    struct ib_vst3_in_queue *queues;
    struct ib_vst3_raw_point *raw; /* in the order of events */
    struct ib_vst3_point *points;  /* queue by queue */

    struct ib_vst3_fixed out_changes; /* IParameterChanges */
    uint32_t out_count;               /* of the queues in table->told */
    struct ib_vst3_out_queue sink;    /* for parameters that the plugin does not have */

    struct ib_vst3_fixed in_events; /* IEventList */
    uint32_t event_count;
    uint32_t event_room;
    struct vst3_Event *events;
    struct ib_vst3_fixed out_events; /* IEventList */
    uint32_t out_event_count;

    uint32_t *midi_map;                  /* [bus][channel][controller]: parameter ids; NULL: there is no event input */
    struct ib_vst3_midi2_map *midi2_map; /* NULL: none; written by the main thread (atomic) */
    struct ib_vst3_midi2_map *midi2_map_in_use;               /* what the audio thread looks at (atomic) */
    struct ib_vst3_midi2_map *midi2_retired;                  /* the main thread's */
    uint64_t note_controllers[IB_VST3_NOTE_CONTROLLERS / 64]; /* which ones the plugin takes (atomic) */
    struct ib_vst3_selected selected[IB_VST3_MOST_EVENT_BUSES][IB_VST3_MIDI_CHANNELS];
    struct ib_vst3_notes *notes;
    struct ib_vst3_edits *edits;
};

/* [any-thread] */
static inline uint32_t ib_vst3_state(const struct ib_vst3 *vst3)
{
    return __atomic_load_n(&vst3->state, __ATOMIC_ACQUIRE);
}

/* Is this a call of the plugin's process(), on the thread that made it? [any-thread] */
static inline int ib_vst3_in_process(const struct ib_vst3 *vst3)
{
    return vst3->audio->block != NULL && ib_on_audio_thread();
}

/* -- params.c -- */

/* Pin the table of parameters for the length of a block; NULL if there is none. [audio-thread] */
struct ib_vst3_table *ib_vst3_table_enter(struct ib_vst3 *vst3);
/* [audio-thread] */
void ib_vst3_table_leave(struct ib_vst3 *vst3);
/* Free the retired tables that nobody looks at. [main-thread] */
void ib_vst3_table_prune(struct ib_vst3 *vst3);
/* The parameter that an event of the client means: by its id, or by that of a parameter that it replaces. [audio-thread] */
struct ib_vst3_param *ib_vst3_table_meant(const struct ib_vst3_table *table, uint32_t id);
/* Note a value for the controller. [audio-thread] */
void ib_vst3_table_hear(struct ib_vst3_table *table, const struct ib_vst3_param *param, double normalised);
void ib_vst3_table_free_all(struct ib_vst3 *vst3);

/* -- param_changes.c -- */

void ib_vst3_changes_init(struct ib_vst3 *vst3);
/* Let a parameter jump to a value at a frame of this block. 0 (counted as bad) if there is no room. [audio-thread] */
int ib_vst3_change(struct ib_vst3 *vst3, struct ib_vst3_param *param, uint32_t offset, double normalised, int is_news);
/* An IB_EVENT_PARAM_VALUE of the client. [audio-thread] */
void ib_vst3_param_in(struct ib_vst3 *vst3, const struct ib_event_param *event);
/* Bring the points in order, queue by queue. [audio-thread] */
void ib_vst3_changes_sort(struct ib_vst3_audio *audio);
/* Note what is news for the controller; tell the main thread now and then, `at_once` if nothing may come after.
 * [audio-thread] */
void ib_vst3_changes_close(struct ib_vst3 *vst3, int at_once);

/* -- params_out.c -- */

void ib_vst3_out_changes_init(struct ib_vst3 *vst3);
/* Hold the offset of something that the plugin gives inside the block. [audio-thread] */
uint32_t ib_vst3_held_offset(struct ib_vst3 *vst3, int32_t offset);
/* An IB_EVENT_PARAM_VALUE or IB_EVENT_GESTURE_* for the client; 0 (counted as dropped) if there is no room.
 * [active ? audio-thread : main-thread] */
int ib_vst3_tell(struct ib_event_writer *writer, uint8_t type, const struct ib_vst3_param *param, uint32_t time,
                 double normalised);

/* -- edits.c -- */

void ib_vst3_edits_init(struct ib_vst3_edits *edits);
/* Have those look at waiting edits whose turn it is now. [main-thread & !processing] */
void ib_vst3_edits_settle(struct ib_vst3 *vst3);
/* Put edits of the plugin's controller into this block's changes and output events. [audio-thread] */
void ib_vst3_edits_in(struct ib_vst3 *vst3);

/* -- notes.c -- */

void ib_vst3_notes_init(struct ib_vst3_notes *notes);
/* An IB_EVENT_NOTE_* of the client. [audio-thread] */
void ib_vst3_note_in(struct ib_vst3 *vst3, const struct ib_event_note *event);
/* Note offs for all that sounds, at the start of the block. [audio-thread] */
void ib_vst3_notes_release(struct ib_vst3 *vst3);
/* The note that the plugin knows by this id; NULL: none that sounds. [audio-thread] */
const struct ib_vst3_note *ib_vst3_note_of(const struct ib_vst3_notes *notes, int32_t id);

/* -- midi_map.c -- */

void ib_vst3_midi_in(struct ib_vst3 *vst3, const struct ib_event_midi *event);
void ib_vst3_midi2_in(struct ib_vst3 *vst3, const struct ib_event_midi2 *event);
/* Move the parameter `id`, which `value` 0 .. 1 is for, or note why that cannot be. [audio-thread] */
void ib_vst3_drive(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t id, double value);

/* -- midi2_map.c -- */

/* Which parameter a controller drives; IB_VST3_NO_PARAM: none. [audio-thread] */
uint32_t ib_vst3_midi2_param(struct ib_vst3 *vst3, uint32_t bus, uint32_t channel, uint32_t number);
/* A control change of MIDI 1.0 as a part of an RPN or NRPN. 1: it was one, and that controller drives a parameter; 0: it is to
 * be taken for itself. [audio-thread] */
int ib_vst3_data_entry_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t bus, uint32_t channel,
                          struct ib_midi1 bytes);
/* A registered or assignable controller of MIDI 2.0, absolute or relative. [audio-thread] */
void ib_vst3_midi2_controller_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t bus, uint32_t channel,
                                 struct ib_packet packet);
/* A per-note controller of MIDI 2.0. 1: the plugin takes it as a note expression of its own. [audio-thread] */
int ib_vst3_note_controller_in(struct ib_vst3 *vst3, const struct ib_event *head, struct ib_packet packet);
/* Nothing is selected any more. [main-thread & !processing] */
void ib_vst3_midi2_forget(struct ib_vst3_audio *audio);
void ib_vst3_midi2_free(struct ib_vst3_audio *audio);

/* -- events_in.c, events_out.c -- */

void ib_vst3_events_init(struct ib_vst3 *vst3);
/* Translate the events of the block; of a flush, parameters alone. Counts what made no sense. [audio-thread] */
void ib_vst3_events_in(struct ib_vst3 *vst3);
/* Room for one event in the list, filled in but for `u`; NULL (counted as bad) if there is none. [audio-thread] */
struct vst3_Event *ib_vst3_event_put(struct ib_vst3 *vst3, const struct ib_event *from, uint32_t bus, uint16_t type);
/* The event input that is meant, -1 if there is none such: that is counted as bad unless there is none at all.
 * [audio-thread] */
int32_t ib_vst3_event_bus(struct ib_vst3 *vst3, int16_t port);
/* The channel of an event input for a channel (0 .. 15) of the client; -1 (counted as bad): it has no such one. A bus of one
 * channel takes all. [audio-thread] */
int32_t ib_vst3_event_channel(struct ib_vst3 *vst3, uint32_t bus, int32_t channel);
void ib_vst3_out_events_init(struct ib_vst3 *vst3);

/* -- context.c -- */

/* Fill the process context for a block. [audio-thread] */
void ib_vst3_context(struct ib_vst3 *vst3, const struct ib_block *block);

#endif
