/* LADSPA 1.1 as a host sees it: what a library's ladspa_descriptor(index) points to. Declared by us after the published
 * interface; the names are ours, so that nothing collides with an installed ladspa.h. */

/* ib_ladspa_abi.properties */
#define IB_LADSPA_REALTIME 0x1        /* depends on real time: its output must not be cached or delayed */
#define IB_LADSPA_INPLACE_BROKEN 0x2  /* input and output must not share memory */
#define IB_LADSPA_HARD_RT_CAPABLE 0x4 /* run() neither allocates, blocks nor varies in cost */

/* Kinds of ports: one of input and output, one of control and audio. */
#define IB_LADSPA_INPUT 0x1
#define IB_LADSPA_OUTPUT 0x2
#define IB_LADSPA_CONTROL 0x4
#define IB_LADSPA_AUDIO 0x8

/* ib_ladspa_hint.bits */
#define IB_LADSPA_BOUNDED_BELOW 0x1
#define IB_LADSPA_BOUNDED_ABOVE 0x2
#define IB_LADSPA_TOGGLED 0x4
#define IB_LADSPA_SAMPLE_RATE 0x8 /* bounds are multiples of the sample rate */
#define IB_LADSPA_LOGARITHMIC 0x10
#define IB_LADSPA_INTEGER 0x20
#define IB_LADSPA_DEFAULT_MASK 0x3C0
#define IB_LADSPA_DEFAULT_NONE 0x0
#define IB_LADSPA_DEFAULT_MINIMUM 0x40
#define IB_LADSPA_DEFAULT_LOW 0x80
#define IB_LADSPA_DEFAULT_MIDDLE 0xC0
#define IB_LADSPA_DEFAULT_HIGH 0x100
#define IB_LADSPA_DEFAULT_MAXIMUM 0x140
#define IB_LADSPA_DEFAULT_0 0x200
#define IB_LADSPA_DEFAULT_1 0x240
#define IB_LADSPA_DEFAULT_100 0x280
#define IB_LADSPA_DEFAULT_440 0x2C0

struct ib_ladspa_hint {
    int bits;
    float lower; /* holds where BOUNDED_BELOW; inclusive */
    float upper; /* holds where BOUNDED_ABOVE; inclusive */
};

struct ib_ladspa_abi {
    unsigned long unique_id;
    const char *label; /* names the plugin within its file */
    int properties;
    const char *name;
    const char *maker;
    const char *copyright;
    unsigned long port_count;
    const int *ports; /* kinds, one per port */
    const char *const *port_names;
    const struct ib_ladspa_hint *hints; /* one per port */
    void *implementation_data;          /* the plugin's own */
    void *(*instantiate)(const struct ib_ladspa_abi *descriptor, unsigned long sample_rate);
    void (*connect_port)(void *handle, unsigned long port, float *data);
    void (*activate)(void *handle); /* may be NULL */
    void (*run)(void *handle, unsigned long frames);
    void (*run_adding)(void *handle, unsigned long frames); /* may be NULL; not used here */
    void (*set_run_adding_gain)(void *handle, float gain);  /* may be NULL; not used here */
    void (*deactivate)(void *handle);                       /* may be NULL */
    void (*cleanup)(void *handle);
};
