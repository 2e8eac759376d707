/* One VST2 instance as its C half sees it, and what Python calls to prepare it. Functions are for the main thread unless they
 * say otherwise. Parameter ids are VST2's indices; values are VST2's, 0 .. 1. */

/* ib_vst2.state */
#define IB_VST2_OPENING 0 /* the entry or the opening call has not returned */
#define IB_VST2_OFF 1
#define IB_VST2_ON 2 /* switched on, or about to be */
#define IB_VST2_CLOSING 3

/* ib_vst2.wants: what the plugin has asked for and the main thread is to do (IB_ASK_CALLBACK). */
#define IB_VST2_WANT_IDLE 1    /* VST2_IDLE calls */
#define IB_VST2_WANT_MIDI 2    /* it takes events, as old plugins say it */
#define IB_VST2_WANT_IO 4      /* look at channels, pins and latency again */
#define IB_VST2_WANT_DISPLAY 8 /* names and values may have changed */
#define IB_VST2_WANT_FLUSH 16  /* edits came while off: ib_vst2_flush_off() */

#define IB_VST2_BYPASS 0x62797073 /* id of the parameter that stands for VST2_SET_BYPASS */
#define IB_VST2_MOST_CHANNELS 1024
#define IB_VST2_MOST_EVENTS 2048 /* of one call of VST2_PROCESS_EVENTS */
#define IB_VST2_MOST_EDITS 1024  /* that wait for the audio thread */

struct ib_vst2_audio;

struct ib_vst2 {
    struct vst2_effect *effect; /* NULL until the entry has returned (atomic) */
    struct ib_mailbox *mailbox;
    struct ib_vst2_audio *audio; /* what the audio thread works with */
    double sample_rate;          /* what the plugin is told, from the entry on; changes while off alone */
    int32_t block_size;
    int32_t current_id; /* for shells: which plugin to make; 0: the shell itself */
    uint32_t state;     /* IB_VST2_* (atomic) */
    uint32_t wants;     /* IB_VST2_WANT_* (atomic) */
    uint32_t reported;  /* faults that are in the log already (atomic) */
    uint32_t offline;   /* nobody listens in real time (atomic) */

    /* As the plugin was described: what it has changed since is not believed. */
    int32_t params;
    int32_t inputs;
    int32_t outputs;
    int32_t vendor_version; /* of this host */
    uint32_t takes_events;
    uint32_t takes_sysex;
    uint32_t has_bypass;
    uint32_t bypass;            /* what it was set to last (atomic) */
    uint32_t midi_programs[16]; /* that are to be selected, by channel; see ib_vst2_select_midi_program (atomic) */
    char directory[4096];       /* of the plugin's file */
};

extern const struct ib_operations ib_vst2_operations;

/* An instance in the state IB_VST2_OPENING; NULL without memory. Until the next call its plugin may call the host with an effect
 * that is not known yet. */
struct ib_vst2 *ib_vst2_new(struct ib_mailbox *mailbox);

/* The plugin is closed and its library gone. */
void ib_vst2_free(struct ib_vst2 *vst2);

/* What the plugin's entry has returned. */
void ib_vst2_set_effect(struct ib_vst2 *vst2, struct vst2_effect *effect);

void ib_vst2_set_state(struct ib_vst2 *vst2, uint32_t state);

/* Room for blocks of up to `frames` frames of 4 or 8 bytes a sample. 0, or -1 without memory. Only while off. */
int ib_vst2_prepare(struct ib_vst2 *vst2, uint32_t frames, uint32_t sample_bytes);

/* Take the IB_VST2_WANT_* bits. */
uint32_t ib_vst2_take_wants(struct ib_vst2 *vst2);

/* Edits that came while the plugin was off, as events. Returns their bytes. Only while off. */
uint32_t ib_vst2_flush_off(struct ib_vst2 *vst2, uint8_t *area, uint32_t capacity);

/* Select a program (0 .. 127) of a MIDI channel (0 .. 15) at the start of the next block, behind its bank if the plugin has any:
 * 0 .. 127, above: none. What was to be selected before on that channel is not any more. */
void ib_vst2_select_midi_program(struct ib_vst2 *vst2, uint32_t channel, uint8_t program, uint8_t bank_high,
                                 uint8_t bank_low);

/* Frames of delay, as the plugin says it now. */
uint32_t ib_vst2_latency(const struct ib_vst2 *vst2);

/* What plugins call the host by. [any-thread] */
intptr_t ib_vst2_host(struct vst2_effect *effect, int32_t opcode, int32_t index, intptr_t value, void *ptr, float opt);
