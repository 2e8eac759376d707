/* One VST3 instance as its C half sees it, and what Python calls to prepare it. Functions are for the main thread unless they
 * say otherwise. Values called normalised are VST3's, 0 .. 1; those called plain are in the parameter's own unit, as in
 * isobooth's events. */

/* ib_vst3.state: where in its life the instance is. */
#define IB_VST3_CREATED 0 /* initialize() has not returned */
#define IB_VST3_INACTIVE 1
#define IB_VST3_ACTIVATING 2 /* in setActive(true) */
#define IB_VST3_ACTIVE 3     /* from setActive(true) on until setActive(false) is about to be called */
#define IB_VST3_TERMINATING 4

/* ib_vst3.wants: what IB_ASK_CALLBACK means. The bits from 256 on are the host objects' (objects.cdef.h). */
#define IB_VST3_WANT_HEARD 1 /* ib_vst3_take_heard() has values for the controller */
#define IB_VST3_WANT_FLUSH 2 /* edits came while inactive: ib_vst3_flush_inactive() */

/* ib_vst3_param.kind: how plain and normalised values belong together. */
#define IB_VST3_NORMAL 0 /* plain is normalised */
#define IB_VST3_LINEAR 1 /* plain = minimum + normalised * (maximum - minimum) */
#define IB_VST3_STEPPED                                                                                                \
    2 /* plain = minimum + min(steps, floor(normalised * (steps + 1))), back: (plain - minimum) / steps */
#define IB_VST3_CURVE 3 /* a table of plain values at equal distances of normalised ones, straight in between */

/* Flags of a bus, see ib_vst3_set_buses(). */
#define IB_VST3_BUS_ACTIVE 1 /* activateBus() was called with true */
#define IB_VST3_BUS_IN_BLOCK                                                                                           \
    2 /* its channels are planes of a block; of others inputs are silent and outputs thrown away */

#define IB_VST3_NO_PARAM 0xFFFFFFFF
#define IB_VST3_MOST_BUSES 256
#define IB_VST3_MOST_CHANNELS 1024 /* of all buses of one direction together */
#define IB_VST3_MOST_EVENT_BUSES 64
#define IB_VST3_MIDI_CHANNELS 16
#define IB_VST3_MIDI2_REGISTERED 0x4000 /* of a MIDI 2.0 controller's number: registered, else assignable */
#define IB_VST3_MOST_MIDI2 65536        /* of these controllers that can drive parameters */
#define IB_VST3_NOTE_CONTROLLERS 512    /* per-note controllers of MIDI 2.0: 256 assignable, 256 registered */
#define IB_VST3_MIDI_CONTROLLERS 131    /* 0 .. 127, kAfterTouch, kPitchBend, kCtrlProgramChange */

/* A parameter. The first part is constant once the table is installed, the second is the audio thread's. */
struct ib_vst3_param {
    uint32_t id;    /* IB_VST3_NO_PARAM: this place is free */
    uint32_t flags; /* VST3's ParameterInfo::flags */
    int32_t steps;  /* VST3's stepCount: 0 continuous */
    uint32_t kind;  /* IB_VST3_NORMAL .. */
    double minimum; /* plain; of a curve the first value */
    double maximum;
    const double *curve;
    uint32_t points;
    uint32_t index; /* in the order in which parameters were added */

    double value;       /* normalised, the last that was sent or came; NaN: not known */
    uint32_t epoch;     /* in which that was so */
    uint32_t stamp;     /* of the block in which `queue` holds */
    uint32_t queue;     /* of input changes */
    uint32_t out_stamp; /* of the block in which the queue of output changes holds */
    uint32_t again;     /* it was sent without frames: say it once more with the next ones, if this is `loads` still */
};

/* An id of a plugin that this one replaces. */
struct ib_vst3_alias {
    uint32_t old_id;
    uint32_t reserved;
    struct ib_vst3_param *param;
};

/* All parameters by id: open addressing, at most half full. */
struct ib_vst3_table {
    struct ib_vst3_table *next; /* of the retired ones */
    uint32_t shift;
    uint32_t mask;
    uint32_t count;
    uint32_t room;
    struct ib_vst3_param *places;
    struct ib_vst3_param **by_index;
    double *heard;        /* by index, normalised: for the controller */
    double *pending;      /* normalised: for the processor, edited while it was inactive */
    uint64_t *heard_bits; /* which of them hold (atomic) */
    uint64_t *pending_bits;
    uint32_t any_pending;
    struct ib_vst3_out_queue *out_queues; /* one of each parameter, by index */
    struct ib_vst3_param **told;          /* those whose queue the plugin uses in this block */
    struct ib_vst3_alias *aliases;        /* ids of a plugin that this one replaces, in their order */
    uint32_t alias_count;
};

struct ib_vst3_audio; /* what the audio thread works with: audio.h */

struct ib_vst3 {
    struct ib_mailbox *mailbox;
    struct vst3_IComponent *component;
    struct vst3_IAudioProcessor *processor;
    uintptr_t main_thread;
    uint32_t state;        /* IB_VST3_*, written by the main thread (atomic) */
    uint32_t processing;   /* between setProcessing(true) and setProcessing(false); the audio thread's (atomic) */
    uint32_t wants;        /* atomic */
    uint32_t requirements; /* IProcessContextRequirements's answer; all bits if the plugin does not say */
    uint32_t epoch;        /* raised when values may have changed without notice (atomic) */
    uint32_t loads;        /* states loaded, counted from 1 (atomic) */
    uint32_t edits_lost;   /* edits of which the processor or the client was not told, for want of room (atomic) */
    int64_t played;        /* frames since the instance was made (atomic) */
    uint64_t reported;     /* faults that are in the log already, one bit each (atomic) */

    struct ib_vst3_table *table;        /* written by the main thread (atomic) */
    struct ib_vst3_table *table_in_use; /* what the audio thread looks at (atomic) */
    struct ib_vst3_table *retired;

    struct ib_vst3_audio *audio;
};

extern const struct ib_operations ib_vst3_operations;

/* The C half of a new instance, on the main thread that is to be its own; NULL without memory. Set component, processor and
 * requirements as soon as they are known. */
struct ib_vst3 *ib_vst3_new(struct ib_mailbox *mailbox);
/* After terminate() of the plugin. */
void ib_vst3_free(struct ib_vst3 *vst3);
void ib_vst3_set_state(struct ib_vst3 *vst3, uint32_t state);
/* Take the IB_VST3_WANT_* bits. */
uint32_t ib_vst3_take_wants(struct ib_vst3 *vst3);
/* Set bits of `wants` and IB_ASK_CALLBACK. [any-thread] */
void ib_vst3_want(struct ib_vst3 *vst3, uint32_t what);

/* -- before each activation; 0, or -1 without memory or past a bound -- */

/* The audio buses of one direction, all of them, as getBusInfo tells; `flags[i]` are IB_VST3_BUS_*. */
int ib_vst3_set_buses(struct ib_vst3 *vst3, int is_input, uint32_t count, const int32_t *channels,
                      const uint8_t *flags);
/* The event buses of one direction, and how many channels each has. Forgets the MIDI map of the inputs. */
int ib_vst3_set_event_buses(struct ib_vst3 *vst3, int is_input, uint32_t count, const int32_t *channels);
/* What setupProcessing() is told, and the size of a block's event area in bytes. After the buses. Forgets sounding notes. */
int ib_vst3_prepare(struct ib_vst3 *vst3, int32_t process_mode, uint32_t sample_bytes, uint32_t max_frames,
                    double sample_rate, uint32_t event_bytes);

/* Let a MIDI controller (0 .. 130, as in ivstmidicontrollers.h) of a channel of an event input drive a parameter;
 * IB_VST3_NO_PARAM: none. At any time. Out of range: ignored. */
void ib_vst3_midi_map_set(struct ib_vst3 *vst3, uint32_t bus, uint32_t channel, uint32_t controller, uint32_t param_id);

/* One controller of MIDI 2.0 and what it drives. */
struct ib_vst3_midi2_entry {
    uint32_t bus;
    uint32_t channel;
    uint32_t number; /* bank * 128 + index, and IB_VST3_MIDI2_REGISTERED */
    uint32_t param_id;
};

/* Let registered and assignable controllers of MIDI 2.0 (RPN and NRPN of MIDI 1.0) drive parameters, these and no others. At
 * any time. Entries out of range are left out. 0, or -1 without memory or above IB_VST3_MOST_MIDI2: then all stays as it is. */
int ib_vst3_midi2_map_set(struct ib_vst3 *vst3, const struct ib_vst3_midi2_entry *entries, uint32_t count);
/* Which per-note controllers the plugin takes as note expressions of their own: IB_VST3_NOTE_CONTROLLERS bits in words of 64,
 * first the assignable ones. At any time. */
void ib_vst3_note_controllers_set(struct ib_vst3 *vst3, const uint64_t *bits);

/* -- parameters -- */

/* A table for `count` parameters; NULL without memory. */
struct ib_vst3_table *ib_vst3_table_new(uint32_t count);
/* One parameter; the curve is copied. `value` is its normalised value now, NaN if it is not known. 1; 0 if that id is there
 * already or is IB_VST3_NO_PARAM, or if there is no room or memory. */
int ib_vst3_table_add(struct ib_vst3_table *table, uint32_t id, uint32_t flags, int32_t steps, uint32_t kind,
                      double minimum, double maximum, const double *curve, uint32_t points, double value);
/* Free a table that was not installed. */
void ib_vst3_table_free(struct ib_vst3_table *table);
/* Let events that address `old_id`, of a plugin that this one replaces, reach the parameter `new_id`. After all are added. 1; 0
 * if the plugin has a parameter `old_id` of its own or none `new_id`, or without memory. */
int ib_vst3_table_alias(struct ib_vst3_table *table, uint32_t old_id, uint32_t new_id);
/* Hand the table over; the one before is freed as soon as the audio thread is out of it. */
void ib_vst3_table_install(struct ib_vst3 *vst3, struct ib_vst3_table *table);
/* NULL for an unknown id. Valid until the next ib_vst3_table_install(). */
const struct ib_vst3_param *ib_vst3_table_find(const struct ib_vst3_table *table, uint32_t id);
/* Values may have changed without notice (a state was loaded, kParamValuesChanged): what was sent last counts no more. */
void ib_vst3_forget_values(struct ib_vst3 *vst3);
/* A state was loaded: what was sent without frames before is not said again. */
void ib_vst3_forget_flushed(struct ib_vst3 *vst3);
/* Whether that parameter was sent without frames, and none have followed. */
int ib_vst3_is_unplayed(const struct ib_vst3 *vst3, uint32_t id);

/* Both hold their result in range; NaN stays NaN. [any-thread] */
double ib_vst3_to_normal(const struct ib_vst3_param *param, double plain);
double ib_vst3_to_plain(const struct ib_vst3_param *param, double normalised);

/* -- edits by the plugin's own controller -- */

/* performEdit(): the processor gets it with the next block or flush, the client as an event. 0 if it is no number or there was
 * no room (then IB_ASK_PARAM_VALUES is asked for). [any-thread] */
int ib_vst3_edit_push(struct ib_vst3 *vst3, uint32_t id, double normalised);
/* beginEdit(), endEdit(). [any-thread] */
int ib_vst3_gesture_push(struct ib_vst3 *vst3, uint32_t id, int begins);
/* Turn the edits of an inactive plugin into events in `area`; the processor gets them after activation. Returns how many
 * bytes. Not while active: there the audio thread does it. */
uint32_t ib_vst3_flush_inactive(struct ib_vst3 *vst3, uint8_t *area, uint32_t capacity);

/* Changes that the controller has not heard of (client's events, the processor's output), the latest value of each parameter.
 * At most `capacity` at once, returns how many; call again if all room was used. Call it also before the controller is asked
 * for values or state. */
uint32_t ib_vst3_take_heard(struct ib_vst3 *vst3, uint32_t *ids, double *normalised, uint32_t capacity);
