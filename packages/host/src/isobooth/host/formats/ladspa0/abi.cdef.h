/* The first proposal for LADSPA, of 28 February 2000, as a host sees it: what an accessor function UG_<author>_<name>_<n>
 * fills in. Declared by us after the published text.
 *
 * The macros of that text test properties with the logical && where the bitwise & is meant, so that they hold for every
 * value but 0. Here the bits have their evident meaning. */

/* ib_ladspa0_abi.properties */
#define IB_LADSPA0_REALTIME 1

/* Kinds of ports: output and audio where the bits are not set. */
#define IB_LADSPA0_INPUT 1
#define IB_LADSPA0_CONTROL 2

struct ib_ladspa0_abi {
    int properties;
    const char *name;
    int port_count;
    int *ports;                             /* kinds, one per port */
    const char *(*get_port_name)(int port); /* the text holds until the next call */
    void *(*instantiate)(float sample_rate);
    void (*connect_port)(void *handle, int port, float *data);
    void (*run)(void *handle, int frames);
    void (*cleanup)(void *handle);
    char reserved[1000]; /* zeros */
};

typedef void (*ib_ladspa0_accessor)(struct ib_ladspa0_abi *descriptor);
