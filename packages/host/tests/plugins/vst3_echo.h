/* What vst3_echo.c is told and what it noted: read by the compiler and by cffi. */

#define ECHO_MOST 8192

struct echo_point {
    uint32_t id;
    int32_t offset;
    double value;
};

struct echo_bus {
    int32_t channels;
    uint32_t nulls; /* pointers to no samples */
    uint64_t silence;
    double first; /* sample of the first channel */
};

struct echo {
    struct vst3_IAudioProcessor processor;

    /* What it is to do. */
    int32_t result; /* of process() */
    int32_t processing_result;
    uint64_t out_silence; /* flags of the first output */
    double level;         /* of all samples that it writes */
    uint32_t out_point_count;
    uint32_t out_event_count;
    struct echo_point out_points[64];
    struct vst3_Event out_events[64];

    /* What it was given, of the last process(). */
    uint32_t calls;
    uint32_t queue_count;
    uint32_t point_count;
    uint32_t event_count;
    struct echo_point points[ECHO_MOST]; /* queue by queue */
    struct vst3_Event events[ECHO_MOST];
    uint8_t bytes[64]; /* of the last data event */
    struct vst3_ProcessContext context;
    int32_t samples;
    int32_t mode;
    int32_t sample_size;
    int32_t input_count;
    int32_t output_count;
    struct echo_bus inputs[8];
    struct echo_bus outputs[8];
    uint32_t taken; /* output points and events that the host took */

    /* Of all calls. */
    uint32_t switch_count;
    uint8_t switches[64]; /* arguments of setProcessing() */
    char fault[256];      /* the first thing that was wrong; empty: nothing */
};
