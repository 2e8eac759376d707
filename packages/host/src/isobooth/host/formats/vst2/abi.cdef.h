/* VST 2.4 as plugins were compiled with it: numbers and layouts, declared in isobooth's own words from what plugins and public
 * free hosts agree on. A dispatcher's arguments are (effect, opcode, index, value, ptr, opt); each opcode names those it uses. */

#define VST2_MAGIC 0x56737450 /* "VstP" */
#define VST2_VERSION 2400

/* What the host asks of the plugin: opcodes of vst2_effect.dispatcher. */
#define VST2_OPEN 0
#define VST2_CLOSE 1                /* frees the effect */
#define VST2_SET_PROGRAM 2          /* value: number */
#define VST2_GET_PROGRAM 3          /* returns the number */
#define VST2_SET_PROGRAM_NAME 4     /* ptr: text */
#define VST2_GET_PROGRAM_NAME 5     /* ptr: room for a text */
#define VST2_GET_PARAM_LABEL 6      /* index, ptr: room for the unit */
#define VST2_GET_PARAM_DISPLAY 7    /* index, ptr: room for the value */
#define VST2_GET_PARAM_NAME 8       /* index, ptr: room for the name */
#define VST2_SET_SAMPLE_RATE 10     /* opt: Hz */
#define VST2_SET_BLOCK_SIZE 11      /* value: frames */
#define VST2_MAINS_CHANGED 12       /* value: 1 on, 0 off */
#define VST2_GET_CHUNK 23           /* index: 0 bank, 1 program; ptr: void ** ; returns bytes */
#define VST2_SET_CHUNK 24           /* index: 0 bank, 1 program; value: bytes; ptr: they */
#define VST2_PROCESS_EVENTS 25      /* ptr: vst2_events */
#define VST2_CAN_BE_AUTOMATED 26    /* index */
#define VST2_STRING_TO_PARAM 27     /* index, ptr: text; returns 1 and has set the parameter */
#define VST2_GET_PROGRAM_NAME_AT 29 /* index, value: -1, ptr: room for a text */
#define VST2_GET_INPUT_PIN 33       /* index, ptr: vst2_pin */
#define VST2_GET_OUTPUT_PIN 34      /* index, ptr: vst2_pin */
#define VST2_GET_CATEGORY 35
#define VST2_SET_SPEAKERS 42    /* value: inputs, ptr: outputs; both vst2_speakers * */
#define VST2_SET_BYPASS 44      /* value: 1 on, 0 off */
#define VST2_GET_EFFECT_NAME 45 /* ptr: room for a text */
#define VST2_GET_VENDOR 47      /* ptr: room for a text */
#define VST2_GET_PRODUCT 48     /* ptr: room for a text */
#define VST2_GET_VENDOR_VERSION 49
#define VST2_CAN_DO 51         /* ptr: text; returns 1 yes, 0 unknown, -1 no */
#define VST2_GET_TAIL 52       /* returns frames; 0 unknown, 1 none */
#define VST2_IDLE 53           /* returns 0 once it needs no more of them */
#define VST2_GET_PARAM_INFO 56 /* index, ptr: vst2_param_info */
#define VST2_GET_VST_VERSION 58
#define VST2_GET_MIDI_PROGRAM_NAME 62      /* index: channel, ptr: vst2_midi_program; returns how many there are */
#define VST2_GET_CURRENT_MIDI_PROGRAM 63   /* index: channel, ptr: vst2_midi_program; returns its number */
#define VST2_GET_MIDI_PROGRAM_CATEGORY 64  /* index: channel, ptr: vst2_midi_category; returns how many there are */
#define VST2_HAVE_MIDI_PROGRAMS_CHANGED 65 /* index: channel; returns 1 */
#define VST2_GET_MIDI_KEY_NAME 66          /* index: channel, ptr: vst2_midi_key; returns 1 */
#define VST2_BEGIN_SET_PROGRAM 67
#define VST2_END_SET_PROGRAM 68
#define VST2_GET_SPEAKERS 69 /* value: vst2_speakers ** for inputs, ptr: for outputs */
#define VST2_SHELL_NEXT 70   /* ptr: room for a name; returns the id of the next plugin, 0 after the last */
#define VST2_START_PROCESS 71
#define VST2_STOP_PROCESS 72
#define VST2_BEGIN_LOAD_BANK 75 /* ptr: vst2_chunk_info; returns -1 refused, 1 fine, 0 unknown */
#define VST2_BEGIN_LOAD_PROGRAM 76
#define VST2_SET_PRECISION 77   /* value: 0 float, 1 double */
#define VST2_GET_MIDI_INPUTS 78 /* channels used; 0: all */
#define VST2_GET_MIDI_OUTPUTS 79

/* What the plugin asks of the host. */
#define VST2_HOST_AUTOMATE 0 /* index, opt: value */
#define VST2_HOST_VERSION 1
#define VST2_HOST_CURRENT_ID 2 /* of the plugin that a shell is to make */
#define VST2_HOST_IDLE 3
#define VST2_HOST_PIN_CONNECTED 4 /* index, value: 0 input, 1 output; returns 0 if it is */
#define VST2_HOST_WANT_MIDI 6
#define VST2_HOST_GET_TIME 7       /* value: VST2_TIME_* wanted; returns vst2_time * */
#define VST2_HOST_PROCESS_EVENTS 8 /* ptr: vst2_events */
#define VST2_HOST_SET_TIME 9
#define VST2_HOST_TEMPO_AT 10 /* value: frame; returns beats per minute times 10000 */
#define VST2_HOST_PARAM_COUNT 11
#define VST2_HOST_PARAM_QUANTIZATION 12 /* returns the number that stands for 1.0; 1: floats */
#define VST2_HOST_IO_CHANGED 13
#define VST2_HOST_NEED_IDLE 14
#define VST2_HOST_SIZE_WINDOW 15
#define VST2_HOST_GET_SAMPLE_RATE 16
#define VST2_HOST_GET_BLOCK_SIZE 17
#define VST2_HOST_GET_INPUT_LATENCY 18
#define VST2_HOST_GET_OUTPUT_LATENCY 19
#define VST2_HOST_WILL_REPLACE 22 /* returns 1 replace, 2 accumulate */
#define VST2_HOST_PROCESS_LEVEL 23
#define VST2_HOST_AUTOMATION_STATE 24
#define VST2_HOST_GET_VENDOR 32  /* ptr: room for 64 bytes */
#define VST2_HOST_GET_PRODUCT 33 /* ptr: room for 64 bytes */
#define VST2_HOST_GET_VENDOR_VERSION 34
#define VST2_HOST_CAN_DO 37 /* ptr: text */
#define VST2_HOST_GET_LANGUAGE 38
#define VST2_HOST_GET_DIRECTORY 41 /* returns char * */
#define VST2_HOST_UPDATE_DISPLAY 42
#define VST2_HOST_BEGIN_EDIT 43 /* index */
#define VST2_HOST_END_EDIT 44   /* index */
#define VST2_HOST_OPEN_FILE_SELECTOR 45
#define VST2_HOST_CLOSE_FILE_SELECTOR 46

/* vst2_effect.flags */
#define VST2_FLAG_HAS_EDITOR 1
#define VST2_FLAG_CAN_REPLACE 16
#define VST2_FLAG_HAS_CHUNKS 32
#define VST2_FLAG_IS_SYNTH 256
#define VST2_FLAG_SILENT_WHEN_STOPPED 512
#define VST2_FLAG_CAN_DOUBLE 4096

/* Categories, VST2_GET_CATEGORY. */
#define VST2_CATEGORY_EFFECT 1
#define VST2_CATEGORY_SYNTH 2
#define VST2_CATEGORY_ANALYSIS 3
#define VST2_CATEGORY_MASTERING 4
#define VST2_CATEGORY_SPATIAL 5
#define VST2_CATEGORY_ROOM 6
#define VST2_CATEGORY_SURROUND 7
#define VST2_CATEGORY_RESTORATION 8
#define VST2_CATEGORY_OFFLINE 9
#define VST2_CATEGORY_SHELL 10
#define VST2_CATEGORY_GENERATOR 11

/* VST2_HOST_PROCESS_LEVEL */
#define VST2_LEVEL_USER 1
#define VST2_LEVEL_REALTIME 2
#define VST2_LEVEL_OFFLINE 4

#define VST2_LANGUAGE_ENGLISH 1

/* vst2_time.flags: what the transport does, and which fields hold. sample_pos and sample_rate always do. */
#define VST2_TIME_CHANGED 1
#define VST2_TIME_PLAYING 2
#define VST2_TIME_CYCLING 4
#define VST2_TIME_RECORDING 8
#define VST2_TIME_HAS_NANOSECONDS 256
#define VST2_TIME_HAS_BEATS 512
#define VST2_TIME_HAS_TEMPO 1024
#define VST2_TIME_HAS_BAR 2048
#define VST2_TIME_HAS_CYCLE 4096
#define VST2_TIME_HAS_SIGNATURE 8192
#define VST2_TIME_HAS_SMPTE 16384
#define VST2_TIME_HAS_CLOCK 32768

#define VST2_EVENT_MIDI 1
#define VST2_EVENT_SYSEX 6
#define VST2_EVENT_REALTIME 1 /* vst2_midi.flags: played now, not by a sequence */

/* vst2_param_info.flags */
#define VST2_PARAM_IS_SWITCH 1
#define VST2_PARAM_HAS_INTEGERS 2   /* minimum and maximum hold */
#define VST2_PARAM_HAS_FLOAT_STEP 4 /* step, small_step and large_step hold */
#define VST2_PARAM_HAS_INTEGER_STEP 8
#define VST2_PARAM_HAS_INDEX 16
#define VST2_PARAM_HAS_CATEGORY 32
#define VST2_PARAM_CAN_RAMP 64

/* vst2_pin.flags */
#define VST2_PIN_IS_ACTIVE 1
#define VST2_PIN_IS_STEREO 2
#define VST2_PIN_HAS_SPEAKERS 4

/* vst2_speakers.type */
enum vst2_odd_speakers { VST2_SPEAKERS_CUSTOM = -2, VST2_SPEAKERS_EMPTY = -1 };
#define VST2_SPEAKERS_MONO 0
#define VST2_SPEAKERS_STEREO 1
#define VST2_SPEAKERS_30_CINE 6
#define VST2_SPEAKERS_40_MUSIC 11
#define VST2_SPEAKERS_50 14
#define VST2_SPEAKERS_51 15
#define VST2_SPEAKERS_60_CINE 16
#define VST2_SPEAKERS_61_CINE 18
#define VST2_SPEAKERS_70_CINE 20
#define VST2_SPEAKERS_71_CINE 22
#define VST2_SPEAKERS_71_MUSIC 23
#define VST2_SPEAKERS_80_CINE 24
#define VST2_SPEAKERS_102 28

/* vst2_speaker.type */
#define VST2_SPEAKER_UNKNOWN 0x7FFFFFFF
#define VST2_SPEAKER_MONO 0
#define VST2_SPEAKER_LEFT 1
#define VST2_SPEAKER_RIGHT 2

/* One plugin. What is called reserved or old is the plugin's or nobody's, and is left alone. */
struct vst2_effect {
    int32_t magic;
    intptr_t (*dispatcher)(struct vst2_effect *effect, int32_t opcode, int32_t index, intptr_t value, void *ptr,
                           float opt);
    void (*process)(struct vst2_effect *effect, float **inputs, float **outputs,
                    int32_t frames); /* adds to the outputs */
    void (*set_parameter)(struct vst2_effect *effect, int32_t index, float value);
    float (*get_parameter)(struct vst2_effect *effect, int32_t index);
    int32_t program_count;
    int32_t param_count;
    int32_t inputs;
    int32_t outputs;
    int32_t flags;
    intptr_t host_first;
    intptr_t host_second;
    int32_t latency; /* frames */
    int32_t old_realtime_quality;
    int32_t old_offline_quality;
    float old_ratio;
    void *object;
    void *user;
    int32_t unique_id;
    int32_t version;
    void (*process_replacing)(struct vst2_effect *effect, float **inputs, float **outputs, int32_t frames);
    void (*process_double)(struct vst2_effect *effect, double **inputs, double **outputs, int32_t frames);
    char reserved[56];
};

struct vst2_event {
    int32_t type;  /* VST2_EVENT_* */
    int32_t bytes; /* of the whole event */
    int32_t time;  /* frame in the block */
    int32_t flags;
    char data[16];
};

struct vst2_midi {
    int32_t type;
    int32_t bytes;
    int32_t time;
    int32_t flags;
    int32_t note_length; /* frames; 0: unknown */
    int32_t note_offset;
    uint8_t data[4];
    int8_t detune; /* cents */
    uint8_t off_velocity;
    uint8_t reserved[2];
};

struct vst2_sysex {
    int32_t type;
    int32_t bytes;
    int32_t time;
    int32_t flags;
    int32_t length; /* bytes */
    intptr_t reserved_first;
    uint8_t *data; /* from F0 to F7 */
    intptr_t reserved_second;
};

/* `count` pointers follow; two are declared, as plugins were compiled with. */
struct vst2_events {
    int32_t count;
    intptr_t reserved;
    struct vst2_event *events[2];
};

struct vst2_time {
    double sample_pos;
    double sample_rate;
    double nanoseconds;
    double beats; /* quarter notes; so are the next three */
    double tempo;
    double bar_start;
    double cycle_start;
    double cycle_end;
    int32_t numerator;
    int32_t denominator;
    int32_t smpte_offset;
    int32_t smpte_rate;
    int32_t frames_to_clock; /* to the nearest MIDI clock, 24 to the quarter note */
    int32_t flags;
};

struct vst2_param_info {
    float step;
    float small_step;
    float large_step;
    char label[64];
    int32_t flags;
    int32_t minimum;
    int32_t maximum;
    int32_t integer_step;
    int32_t large_integer_step;
    char short_label[8];
    int16_t display_index;
    int16_t category; /* 0: none */
    int16_t category_size;
    int16_t reserved;
    char category_label[24];
    char future[16];
};

struct vst2_pin {
    char label[64];
    int32_t flags;
    int32_t speakers; /* VST2_SPEAKERS_* */
    char short_label[8];
    char future[48];
};

struct vst2_speaker {
    float azimuth; /* radians; so is the elevation */
    float elevation;
    float radius; /* metres */
    float reserved;
    char name[64];
    int32_t type; /* VST2_SPEAKER_* */
    char future[28];
};

/* Eight speakers are declared; a host with more makes it longer. */
struct vst2_speakers {
    int32_t type; /* VST2_SPEAKERS_* */
    int32_t count;
    struct vst2_speaker speakers[8];
};

#define VST2_MIDI_PROGRAM_IS_OMNI 1 /* vst2_midi_program.flags: channel 0 stands for all */

struct vst2_midi_program {
    int32_t number; /* of the one that is asked for */
    char name[64];
    int8_t program;   /* -1: none, … 127 */
    int8_t bank_high; /* so */
    int8_t bank_low;  /* and so */
    int8_t reserved;
    int32_t parent; /* category; -1: none */
    int32_t flags;
};

struct vst2_midi_category {
    int32_t number;
    char name[64];
    int32_t parent; /* -1: none */
    int32_t flags;
};

struct vst2_midi_key {
    int32_t program;
    int32_t key;
    char name[64];
    int32_t reserved;
    int32_t flags;
};

struct vst2_chunk_info {
    int32_t version; /* 1 */
    int32_t unique_id;
    int32_t plugin_version;
    int32_t elements; /* programs of a bank, parameters of a program */
    char future[48];
};
