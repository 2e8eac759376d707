/* A unit generator of the first proposal, for the audio thread. */

struct ib_ladspa0 {
    struct ib_port_plugin ports;
    const struct ib_ladspa0_abi *abi;
    void *handle;
};

extern const struct ib_operations ib_ladspa0_operations;
extern const struct ib_port_calls ib_ladspa0_calls;
