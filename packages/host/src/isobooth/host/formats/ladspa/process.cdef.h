/* Plugins that are nothing but numbered ports of floats: LADSPA and its first proposal. What the audio thread works on,
 * made by Python while the plugin is not active. */

/* ib_port_control.kind; 0 for a port that is no control. */
#define IB_PORT_IN 1
#define IB_PORT_OUT 2
#define IB_PORT_INTEGER 4
#define IB_PORT_TOGGLED 8

/* ib_port_plugin.latency_port where no port tells the latency. */
#define IB_PORT_NONE 0xFFFFFFFF

/* One control port. The plugin is connected to `value`, which only the audio thread writes while the plugin is active. */
struct ib_port_control {
    uint32_t kind; /* IB_PORT_* */
    float value;   /* what the plugin hears, or has said */
    double minimum;
    double maximum;
    double base;    /* the parameter's value, held within its bounds (atomic) */
    double offset;  /* modulation on top of it */
    double pending; /* a value from the main thread, not yet taken over; NaN: none (atomic) */
    float reported; /* what the client knows of an output */
    uint32_t reserved;
};

/* How the format's own functions are reached. [audio-thread, or main-thread & !active] */
struct ib_port_calls {
    void (*connect)(void *plugin, uint32_t port, float *data);
    void (*run)(void *plugin, uint32_t frames);
};

/* The part that the formats share; the first member of each format's own struct. */
struct ib_port_plugin {
    const struct ib_port_calls *calls;
    struct ib_port_control *controls; /* one per port, by number */
    uint32_t port_count;
    uint32_t inputs;  /* audio */
    uint32_t outputs; /* audio */
    uint32_t meters;  /* control outputs */
    const uint32_t *input_ports;
    const uint32_t *output_ports;
    const uint32_t *meter_ports;
    float **input_planes; /* what each audio input is connected to now */
    float **output_planes;
    float *silence; /* one block for audio ports that have no planes yet: inputs … */
    float *scratch; /* … and outputs */
    uint32_t latency_port;
    uint32_t changed; /* there are pending values (atomic) */
};

struct ib_ladspa {
    struct ib_port_plugin ports;
    const struct ib_ladspa_abi *abi;
    void *handle;
};

extern const struct ib_operations ib_ladspa_operations;
extern const struct ib_port_calls ib_ladspa_calls;

/* Connect every control port to its place, which it keeps, and every audio port to the spare block. */
void ib_ports_connect(struct ib_port_plugin *plugin);

/* Give an input port a value, from the next block on or, where the plugin is not active, when it is started. */
void ib_ports_set(struct ib_port_plugin *plugin, uint32_t port, double value);

/* The value of a control port: of an input what was set last, of an output what the plugin said last. */
double ib_ports_get(const struct ib_port_plugin *plugin, uint32_t port);

/* Frames of delay that the plugin has said. */
uint32_t ib_ports_latency(const struct ib_port_plugin *plugin);

/* Tell the client that what is said of the parameters has changed. */
void ib_ports_ask_info(struct ib_mailbox *mailbox);
