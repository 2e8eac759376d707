/* The null format: audio and events go through unchanged. */

struct ib_null {
    uint32_t inputs;
    uint32_t outputs;
    uint32_t sample_bytes;
};

extern const struct ib_operations ib_null_operations;
