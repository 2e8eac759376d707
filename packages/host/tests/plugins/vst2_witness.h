/* What vst2_witness.c is told and what it noted: read by the compiler and by cffi. */

#define WITNESS_MOST 4096

struct witness_event {
    int32_t process; /* number of the call of process that it came right before */
    int32_t type;
    int32_t time;
    int32_t flags;
    uint8_t data[4];
    int32_t length; /* of a sysex message */
    uint8_t bytes[16];
};

struct witness {
    /* What it is to do. */
    int32_t out_count; /* MIDI events to send with each process */
    int32_t out_times[8];
    uint8_t out_data[8][4];
    int32_t out_sysex;       /* bytes of a message of that kind, sent at frame 1; 0: none */
    int32_t automate_inside; /* parameter + 1 that it changes by itself while it processes */
    int32_t echoes;          /* it automates what is set, as careless plugins do */
    int32_t refuse_bank;     /* answer to beginLoadBank */
    int32_t chunk_bytes;     /* what it says of its chunk's size; 0: the truth */
    int32_t idles_left;      /* idle calls that it still wants */

    /* What it was given. */
    struct vst2_effect *effect;
    int32_t entry_rate, entry_block, entry_version, entry_id; /* answers inside of the entry, without an effect */
    int32_t opcodes[WITNESS_MOST];
    intptr_t values[WITNESS_MOST];
    int32_t on_audio[WITNESS_MOST]; /* the process level when it was called */
    int32_t opcode_count;
    int32_t processes;
    int32_t frames[WITNESS_MOST];
    float gains[WITNESS_MOST];
    int32_t shared; /* an output plane was an input plane as well */
    int32_t event_count;
    struct witness_event events[WITNESS_MOST];
    int32_t lists; /* calls of processEvents */
    struct vst2_time times[64];
    int32_t time_count;
    int32_t level; /* process level, while it processes */
    int32_t bypass;
    float set_values[8];
    int32_t idles;
    int32_t began, ended; /* changes of program */
    int32_t midi_programs_changed;
};
