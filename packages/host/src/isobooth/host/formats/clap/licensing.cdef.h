/* com.wclap.licensing/1: the C half looks at the thread, the rest is Python's. Everything here is the main thread's. */

#define IB_CLAP_MOST_LICENSE_BYTES 65536
#define IB_CLAP_MACHINE_ID_BYTES 64

/* How a plugin is called back: NULL for a native one, whose `callback` is the function itself. */
typedef void (*ib_clap_license_reply)(void *context, uint64_t callback, int32_t result, const char *message);

/* Python's half for one instance. Texts may be NULL or of any length: they are the plugin's. */
struct ib_clap_licensing {
    int32_t (*check)(const char *product_id, const char *license_key);
    void (*validate)(const char *url, const char *license_key, uint64_t callback);
    int32_t (*store)(const uint8_t *data, uint32_t size);
    uint32_t (*get)(uint8_t *buffer, uint32_t room);
    char machine_id[64]; /* IB_CLAP_MACHINE_ID_BYTES */
    ib_clap_license_reply reply;
    void *reply_context;
};

struct ib_clap;

/* Offer the extension from now on, or no more (NULL). */
void ib_clap_license(struct ib_clap *clap, struct ib_clap_licensing *licensing);
/* Call a plugin's callback. */
void ib_clap_license_answer(const struct ib_clap_licensing *licensing, uint64_t callback, int32_t result,
                            const char *message);
