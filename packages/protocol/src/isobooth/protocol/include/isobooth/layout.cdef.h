/* The layout of the shared-memory segment: the one source of truth.
 *
 * Read by the C compiler (through layout.h, which asserts every offset) and by cffi for Python, so it holds
 * nothing but integer macros and structs of fixed-width types. The numbers below are the wire format between two
 * separately released programs: a change of any of them is a new IB_LAYOUT_MAJOR (incompatible) or, where only
 * reserved bytes gain a meaning, a new IB_LAYOUT_MINOR.
 *
 * Who writes what: "client" is the process that owns the audio (a DAW, a script), "host" the booth that runs one
 * plugin. Each cache line has one writer, so that a spin on one side never takes a line from the other for nothing.
 */

#define IB_LAYOUT_MAJOR 1
#define IB_LAYOUT_MINOR 1
#define IB_MAGIC_LOW 0x626F7369  /* "isob", little endian */
#define IB_MAGIC_HIGH 0x68746F6F /* "ooth" */

#define IB_CACHE_LINE 64
#define IB_HEADER_BYTES 1280
#define IB_SLOT_BYTES 256

/* Bounds of a geometry that either side accepts. */
#define IB_MAX_SLOTS 64
#define IB_MAX_FRAMES 1048576
#define IB_MAX_CHANNELS 1024
#define IB_MAX_EVENT_BYTES 67108864

/* ib_geometry.wake_kind: how the two sides wake each other; both must be built for the same one. */
#define IB_WAKE_KIND_FUTEX 1
#define IB_WAKE_KIND_SEMAPHORE 2

/* ib_header.host_state */
#define IB_HOST_STARTING 0
#define IB_HOST_READY 1
#define IB_HOST_PROCESSING 2
#define IB_HOST_STOPPED 3
#define IB_HOST_CRASHED 4
#define IB_HOST_EXITED 5

/* What the host was doing for the plugin; crash records and errors name it. */
#define IB_PHASE_NONE 0
#define IB_PHASE_START 1
#define IB_PHASE_LOAD 2
#define IB_PHASE_ENTRY 3
#define IB_PHASE_DESCRIBE 4
#define IB_PHASE_INSTANTIATE 5
#define IB_PHASE_ACTIVATE 6
#define IB_PHASE_START_PROCESSING 7
#define IB_PHASE_PROCESS 8
#define IB_PHASE_FLUSH 9
#define IB_PHASE_RESET 10
#define IB_PHASE_STOP_PROCESSING 11
#define IB_PHASE_PARAMETER 12
#define IB_PHASE_STATE_SAVE 13
#define IB_PHASE_STATE_LOAD 14
#define IB_PHASE_CALLBACK 15
#define IB_PHASE_DEACTIVATE 16
#define IB_PHASE_DESTROY 17
#define IB_PHASE_UNLOAD 18

/* ib_slot.flags, set by the client. */
#define IB_BLOCK_TRANSPORT 1 /* slot.transport holds; without it the plugin runs free */
#define IB_BLOCK_RESET 2     /* reset the plugin before this block */
#define IB_BLOCK_OFFLINE 4   /* nobody listens in real time */
#define IB_BLOCK_CONTINUES 8 /* the next block belongs to the same piece: a restart that the plugin asks for waits */
#define IB_BLOCK_CLEAN 16    /* the output planes hold zeros: the host need not clear them (from 1.1 on) */

/* ib_slot.status, set by the host; the values from 16 on are given by the client's own code, never by the host. */
#define IB_STATUS_NONE 0
#define IB_STATUS_OK 1
#define IB_STATUS_PLUGIN_ERROR 2 /* the plugin said that its output is to be discarded */
#define IB_STATUS_NOT_STARTED 3  /* the plugin refused to start processing */
#define IB_STATUS_LATE 16        /* the deadline passed before the block came back */
#define IB_STATUS_CRASHED 17     /* the host died */
#define IB_STATUS_FULL 18        /* every slot is in flight */
#define IB_STATUS_CORRUPT 19     /* the host wrote numbers that cannot be */
#define IB_STATUS_AGAIN 20       /* a long call returned early so that its caller can look around */

/* ib_slot.status_flags, set by the host. */
#define IB_STATUS_FLAG_EVENTS_DROPPED 1  /* output events did not fit: see ib_statistics.dropped_events */
#define IB_STATUS_FLAG_LATENCY_CHANGED 2 /* slot.latency differs from the block before */
#define IB_STATUS_FLAG_SLEEP 4           /* the plugin needs no further call until there is input */
#define IB_STATUS_FLAG_BAD_EVENTS 8      /* input events were malformed; the rest of that block's events was left out */

/* Tail length that never ends. */
#define IB_TAIL_INFINITE 0xFFFFFFFF

/* ib_transport.flags: which fields hold, and what the transport does. */
#define IB_TRANSPORT_PLAYING 1
#define IB_TRANSPORT_RECORDING 2
#define IB_TRANSPORT_LOOPING 4
#define IB_TRANSPORT_PRE_ROLL 8
#define IB_TRANSPORT_HAS_TEMPO 16
#define IB_TRANSPORT_HAS_BEATS 32
#define IB_TRANSPORT_HAS_SECONDS 64
#define IB_TRANSPORT_HAS_SIGNATURE 128
#define IB_TRANSPORT_HAS_SYSTEM_TIME 256

/* ib_event.type */
#define IB_EVENT_NOTE_ON 1
#define IB_EVENT_NOTE_OFF 2
#define IB_EVENT_NOTE_CHOKE 3
#define IB_EVENT_NOTE_END 4
#define IB_EVENT_NOTE_EXPRESSION 5
#define IB_EVENT_PARAM_VALUE 6
#define IB_EVENT_PARAM_MOD 7
#define IB_EVENT_GESTURE_BEGIN 8
#define IB_EVENT_GESTURE_END 9
#define IB_EVENT_MIDI 10
#define IB_EVENT_MIDI2 11
#define IB_EVENT_SYSEX 12
#define IB_EVENT_TRANSPORT 13

/* ib_event.flags */
#define IB_EVENT_FLAG_LIVE 1        /* played by a person now, not by a sequence */
#define IB_EVENT_FLAG_DONT_RECORD 2 /* the recipient must not record it as automation */

/* ib_event_note.expression (values as in CLAP's note expressions) */
#define IB_EXPRESSION_VOLUME 0     /* 0 .. 4, plain gain */
#define IB_EXPRESSION_PAN 1        /* 0 left .. 1 right */
#define IB_EXPRESSION_TUNING 2     /* -120 .. 120 semitones */
#define IB_EXPRESSION_VIBRATO 3    /* 0 .. 1 */
#define IB_EXPRESSION_EXPRESSION 4 /* 0 .. 1 */
#define IB_EXPRESSION_BRIGHTNESS 5 /* 0 .. 1 */
#define IB_EXPRESSION_PRESSURE 6   /* 0 .. 1 */

/* The size and shape of everything after the header. Written by the client before the host maps the segment, constant
 * from then on. Each side works from a copy of its own, checked once (ib_geometry_check in geometry.h). */
struct ib_geometry {
    uint32_t slots;           /* blocks that can be in flight; 0: a segment of the header alone */
    uint32_t max_frames;      /* frames of the longest block */
    uint32_t sample_bytes;    /* 4 (float32) or 8 (float64) */
    uint32_t wake_kind;       /* IB_WAKE_KIND_* */
    uint32_t inputs;          /* input channels of all buses together, in bus order */
    uint32_t outputs;         /* output channels of all buses together */
    uint32_t in_event_bytes;  /* capacity of a slot's input event area, in bytes */
    uint32_t out_event_bytes; /* capacity of a slot's output event area, in bytes */
    uint64_t segment_bytes;   /* all of it, header included */
    uint64_t slot_stride;     /* bytes from one slot to the next */
    uint64_t plane_stride;    /* bytes from one channel to the next: a multiple of 64 */
    uint64_t in_audio_offset; /* from the start of the slot, in bytes; so are the next three */
    uint64_t out_audio_offset;
    uint64_t in_events_offset;
    uint64_t out_events_offset;
    uint64_t reserved;
};

/* Where one side sleeps. The word is 1 while its owner sleeps or is about to; whoever makes work for the owner takes it
 * back to 0 and makes the system call only if it was 1. Alone in its cache line. */
struct ib_bell {
    uint32_t asleep;
    uint32_t processor;    /* on which its owner went to sleep, plus 1; 0: unknown */
    uint64_t semaphore[4]; /* a sem_t where IB_WAKE_KIND_SEMAPHORE */
    uint64_t ringer;       /* processor of whoever woke it last, plus 1; 0: unknown, or nobody (from 1.1 on) */
    uint64_t padding[2];
};

/* What the client writes for all slots. */
struct ib_client_line {
    uint64_t submitted; /* sequence of the newest block handed over; 0 before the first */
    uint64_t wanted;    /* the sleeping client is to be woken when this block is done */
    uint64_t late;      /* blocks given up at their deadline */
    uint64_t padding[5];
};

/* What the host writes for all slots. */
struct ib_host_line {
    uint64_t completed; /* sequence of the newest block done */
    uint64_t begun;     /* sequence of the block that the plugin is in, or was in last */
    uint64_t begun_ns;  /* CLOCK_MONOTONIC at which it entered */
    uint32_t host_state;
    uint32_t phase; /* what the host's main thread does for the plugin: IB_PHASE_* */
    uint64_t padding[4];
};

/* Counters of the host since it mapped the segment. Times are nanoseconds spent inside the plugin. */
struct ib_statistics {
    uint64_t blocks;
    uint64_t frames;
    uint64_t process_ns_last;
    uint64_t process_ns_max;
    uint64_t process_ns_sum;
    uint64_t dropped_events; /* output events for which the area had no room */
    uint64_t bad_events;     /* input events that were malformed */
    uint64_t sleeps;         /* times the audio thread went to sleep between two blocks */
};

/* Left by the signal handler of a dying host. `valid` is written last. */
struct ib_crash {
    uint32_t valid;
    uint32_t signal_number; /* 0: the plugin called exit() */
    int32_t signal_code;    /* si_code, or the exit status */
    uint32_t phase;
    uint64_t fault_address;
    uint64_t program_counter;
    uint64_t library_offset; /* of the program counter in `library` */
    uint64_t sequence;       /* of the block, counted from 1 since activation, in IB_PHASE_PROCESS */
    uint32_t on_audio_thread;
    uint32_t thread_id;
    uint64_t reserved;
    uint8_t library[448]; /* path of the mapped file, cut at the end, NUL-terminated; empty if none */
};

struct ib_header {
    uint32_t magic_low;
    uint32_t magic_high;
    uint16_t layout_major;
    uint16_t layout_minor;
    uint32_t header_bytes;
    uint32_t slot_bytes;
    uint32_t reserved[11];
    struct ib_geometry geometry;
    uint64_t padding[4];
    struct ib_client_line client;
    struct ib_bell client_bell;
    struct ib_host_line host;
    struct ib_bell host_bell;
    struct ib_statistics statistics;
    struct ib_crash crash;
    uint64_t tail_padding[32];
};

/* Song position and state at the first frame of a block. Beats are quarter notes. */
struct ib_transport {
    uint32_t flags;
    uint16_t signature_numerator;
    uint16_t signature_denominator;
    int64_t position_samples;
    double position_seconds;
    double position_beats;
    double tempo;      /* beats per minute at the first frame */
    double tempo_ramp; /* beats per minute added by each frame */
    double bar_start_beats;
    int32_t bar_number; /* 0 at the start of the song */
    uint32_t reserved;
    double loop_start_beats;
    double loop_end_beats;
    double loop_start_seconds;
    double loop_end_seconds;
    uint64_t system_time_ns; /* CLOCK_MONOTONIC at which the first frame is heard */
    uint64_t padding[3];
};

/* One block on its way to the plugin and back. The first line is the client's and ends up visible when `sequence` is
 * stored; the second is the host's and ends up visible when `done` is stored. */
struct ib_slot {
    uint64_t sequence; /* of the block in here, from 1 on; stored last, with release */
    uint32_t frames;   /* 0: parameters only, no audio; more than the plugin was activated for: the host cuts them into
                          blocks */
    uint32_t flags;
    uint32_t in_event_bytes;
    uint32_t in_event_count;
    int64_t steady_time; /* frames since activation; never goes back */
    uint64_t in_constant_mask;
    uint64_t client_padding[3];
    uint64_t done; /* the sequence again, once the host has left the slot; stored last, with release */
    uint32_t status;
    uint32_t status_flags;
    uint32_t out_event_bytes;
    uint32_t out_event_count;
    uint32_t latency; /* frames */
    uint32_t tail;    /* frames, or IB_TAIL_INFINITE */
    uint64_t out_constant_mask;
    uint64_t process_ns; /* time inside the plugin, and between the slot's blocks */
    uint32_t blocks;     /* into which the host has cut the slot's frames, see ib_slot.frames */
    uint32_t replaced;   /* output samples that the guard took away (from 1.1 on) */
    uint64_t host_padding;
    struct ib_transport transport;
};

/* Head of every event. Events lie back to back in an area, each a multiple of 8 bytes long, sorted by time. -1 in port,
 * channel, key or note_id addresses all. */
struct ib_event {
    uint32_t size; /* of the whole event, in bytes */
    uint32_t time; /* frame in the block */
    uint8_t type;
    uint8_t flags;
    int16_t port;
    int16_t channel;
    int16_t key;
};

/* IB_EVENT_NOTE_*: value is the velocity, 0 .. 1. IB_EVENT_NOTE_EXPRESSION: value of `expression`. */
struct ib_event_note {
    struct ib_event head;
    int32_t note_id;
    uint32_t expression;
    double value;
};

/* IB_EVENT_PARAM_VALUE, IB_EVENT_PARAM_MOD, IB_EVENT_GESTURE_*: values are in the parameter's own unit. */
struct ib_event_param {
    struct ib_event head;
    uint32_t param_id;
    int32_t note_id;
    double value;
};

struct ib_event_midi {
    struct ib_event head;
    uint8_t data[4]; /* status byte and up to two data bytes; the fourth is 0 */
    uint32_t reserved;
};

struct ib_event_midi2 {
    struct ib_event head;
    uint32_t data[4]; /* one Universal MIDI Packet, unused words 0 */
};

/* `length` bytes follow, from F0 to F7, padded with zeros to a multiple of 8. */
struct ib_event_sysex {
    struct ib_event head;
    uint32_t length;
    uint32_t reserved;
};

struct ib_event_transport {
    struct ib_event head;
    struct ib_transport transport;
};
