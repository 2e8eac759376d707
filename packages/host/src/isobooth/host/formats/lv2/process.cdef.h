/* One LV2 instance as its C half sees it, and what Python calls to prepare it. Where nothing else is said, functions are for
 * the main thread and fields are set by Python while the plugin is not active.
 *
 * Ports are numbered ports of floats as in formats/ladspa/process.cdef.h, which also carries out their control values; ports
 * of events come on top. Parameters below ports.port_count are control ports; those from there on are properties. */

/* -- URIs as numbers --------------------------------------------------------------------------------------------------- */

/* The number of a URI: the same for the whole life of the process, from any thread. 0 for NULL or without memory.
 * [any-thread] */
uint32_t ib_lv2_map(const char *uri);
/* The URI behind a number; NULL for one that was never given out. Stays valid. [any-thread] */
const char *ib_lv2_unmap(uint32_t urid);

/* -- ports of events --------------------------------------------------------------------------------------------------- */

/* ib_lv2_event_port.kind */
#define IB_LV2_EVENT_IN 1
#define IB_LV2_EVENT_OUT 2
#define IB_LV2_EVENT_OLD 4    /* a port of the event extension, not of atoms */
#define IB_LV2_EVENT_MIDI 8   /* takes, or gives, midi:MidiEvent */
#define IB_LV2_EVENT_TIME 16  /* takes time:Position */
#define IB_LV2_EVENT_PATCH 32 /* takes, or gives, patch: messages */

struct ib_lv2_event_port {
    uint32_t port;
    uint32_t kind;
    uint32_t capacity; /* bytes for events; at least rsz:minimumSize. Rounded up to 8 */
    int32_t note_port; /* what events call it among the MIDI ports of its direction; -1: carries no MIDI */
    uint8_t *buffer;   /* set by ib_lv2_set_event_ports: a sequence, or an ib_lv2_old_buffer */
    uint32_t wanted;   /* bytes that the plugin has asked for with resize(); 0: none (atomic) */
    uint32_t count;    /* events in it now */
    uint32_t used;     /* bytes that they take */
    uint32_t reserved;
};

/* -- properties -------------------------------------------------------------------------------------------------------- */

/* ib_lv2_property.type: of the atoms that carry its values. */
#define IB_LV2_TYPE_FLOAT 0
#define IB_LV2_TYPE_DOUBLE 1
#define IB_LV2_TYPE_INT 2
#define IB_LV2_TYPE_LONG 3
#define IB_LV2_TYPE_BOOL 4

/* ib_lv2_property.flags */
#define IB_LV2_PROPERTY_READABLE 1 /* the plugin is asked for its value when it is activated */
#define IB_LV2_PROPERTY_WRITABLE 2

/* A parameter that is set by patch:Set: number ports.port_count + its place in the list. */
struct ib_lv2_property {
    uint32_t urid;
    uint32_t type;
    uint32_t flags;
    uint32_t reserved;
    double minimum;
    double maximum;
    double value;   /* in: the default; later what was set, or what the plugin said (atomic) */
    double pending; /* in: NaN. A value from the main thread, not yet sent (atomic) */
};

/* -- the instance ------------------------------------------------------------------------------------------------------ */

struct ib_lv2_worker;
struct ib_lv2_queue;
struct ib_lv2_fifo;

struct ib_lv2 {
    struct ib_port_plugin ports; /* audio and CV (in bus order), control; calls set by ib_lv2_new */
    struct ib_mailbox *mailbox;
    const struct ib_lv2_descriptor *descriptor;
    void *handle;
    double sample_rate;
    const struct ib_lv2_worker_interface *worker_interface; /* NULL: none */
    uint32_t freewheel_port; /* control input that is 1 while rendering offline, else 0; IB_PORT_NONE: none */
    uint32_t trigger_count;
    const uint32_t *trigger_ports; /* control inputs that go back to their default after one run */
    const double *trigger_defaults;
    uint32_t offline; /* nobody listens in real time; a block's own flag says so too */

    uint32_t
        exact_blocks; /* with ib_lv2_set_run_frames: every block has just that many frames, so that nothing needs to
                                  be collected and nothing is delayed; others are refused */

    /* What the plugin gets as data of features; filled in by ib_lv2_new. */
    struct ib_lv2_urid_map urid_map;
    struct ib_lv2_urid_unmap urid_unmap;
    struct ib_lv2_uri_map uri_map;
    struct ib_lv2_old_event_feature old_events;
    struct ib_lv2_worker_schedule worker_schedule;
    struct ib_lv2_log log;
    struct ib_lv2_resize_port resize_port;

    /* The C half's own. */
    uint32_t event_port_count;
    uint32_t property_count;
    struct ib_lv2_event_port *event_ports;
    struct ib_lv2_property *properties;
    uint32_t properties_changed; /* there are pending values (atomic) */
    uint32_t is_active;          /* between ib_lv2_activate and ib_lv2_deactivate */
    uintptr_t run_thread;        /* the thread that is in the audio class now; 0: none (atomic) */
    uint32_t held;               /* by ib_lv2_hold (atomic) */
    uint32_t playing;            /* the audio thread is in the plugin (atomic) */
    uint64_t reported;           /* faults that are in the log already, one bit each (atomic) */
    struct ib_lv2_worker *worker;
    struct ib_lv2_queue *to_plugin;   /* atoms from the main thread */
    struct ib_lv2_queue *from_plugin; /* atoms to the main thread */
    struct ib_lv2_fifo *fifo;         /* NULL: runs may have any length */
    uint32_t takes;                   /* IB_LV2_EVENT_* of all inputs together */
    uint32_t patch_port;              /* place of the first input that takes patch: messages; IB_PORT_NONE: none */
    struct ib_block *block;           /* the block that is being played */
    uint32_t event_at;                /* in bytes: the first of its events that no run has got */
    uint32_t asked;                   /* properties whose values the plugin has been asked for */
    struct ib_transport known;        /* what the plugin takes the transport to be at the next frame */
    uint32_t has_known;
    uint32_t known_from; /* the frame of the block at which `known` holds */
    uint32_t panic;      /* the next run begins with "all sound off" */
};

extern const struct ib_operations ib_lv2_operations;

/* A new instance's C half; NULL without memory. */
struct ib_lv2 *ib_lv2_new(struct ib_mailbox *mailbox);
/* After cleanup() of the plugin. */
void ib_lv2_free(struct ib_lv2 *lv2);

/* Copy the list of event ports and take room for their buffers. 0, or -1 without memory. Connect again afterwards. */
int ib_lv2_set_event_ports(struct ib_lv2 *lv2, uint32_t count, const struct ib_lv2_event_port *ports);
/* Copy the list of properties. 0, or -1 without memory. */
int ib_lv2_set_properties(struct ib_lv2 *lv2, uint32_t count, const struct ib_lv2_property *properties);
/* Let every run have exactly `frames` frames, whatever the blocks have, at the price of as many frames of latency; 0: let
 * runs be as the blocks are. 0, or -1 without memory. Needs ports.inputs and ports.outputs. */
int ib_lv2_set_run_frames(struct ib_lv2 *lv2, uint32_t frames);
/* Connect every port that this struct knows (audio, control, events): before activation and after each change of buffers.
 * Ports of other kinds are the caller's to connect, to NULL. */
void ib_lv2_connect(struct ib_lv2 *lv2);

/* Take over what the plugin has asked for with resize(), reconnect, call activate() and start the worker. NULL; or why
 * not. Do this with the phase set. */
const char *ib_lv2_activate(struct ib_lv2 *lv2);
/* Stop the worker (what is queued for it is done first) and call deactivate(). Only after ib_lv2_activate. */
void ib_lv2_deactivate(struct ib_lv2 *lv2);

/* Keep the worker out of the plugin, and activate() and deactivate() too, around a call of save(), restore() or anything else
 * of the instantiation class. schedule_work() called inside is carried out at once. Not to be nested. */
void ib_lv2_claim(struct ib_lv2 *lv2);
void ib_lv2_release(struct ib_lv2 *lv2);

/* The same, and keep the audio thread out as well: around restore() of a plugin that has no state:threadSafeRestore. Blocks
 * that come meanwhile wait while rendering offline; else they are silent, and only their parameter values are taken. */
void ib_lv2_hold(struct ib_lv2 *lv2);
void ib_lv2_resume(struct ib_lv2 *lv2);

/* Give a control input or a property a value, from the next block on. Unknown numbers are ignored. */
void ib_lv2_set(struct ib_lv2 *lv2, uint32_t id, double value);
/* What was set last, or what the plugin said last; NaN for an unknown number. [any-thread] */
double ib_lv2_get(const struct ib_lv2 *lv2, uint32_t id);
/* Frames of delay: what the plugin has said, and what ib_lv2_set_run_frames costs. [any-thread] */
uint32_t ib_lv2_latency(const struct ib_lv2 *lv2);

/* Bytes that one atom may have on its way to or from the main thread, its head included. */
#define IB_LV2_MOST_ATOM_BYTES 65536

/* Put a whole atom (head and body, `size` bytes) into the first atom input that takes patch: messages, in the next run. 1, or
 * 0 if it is malformed, there is no such port or no room now. */
int ib_lv2_send(struct ib_lv2 *lv2, const void *atom, uint32_t size);
/* The oldest patch: message of the plugin that is more than a parameter's value (paths, texts …) into `area`; its size in
 * bytes, 0 if there is none. Those that come are told by IB_ASK_CALLBACK. */
uint32_t ib_lv2_receive(struct ib_lv2 *lv2, uint8_t area[65536]);
