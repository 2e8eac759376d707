/* com.wclap.licensing/1, an extension of the host that WCLAP plugins ask for, and native ones too. A callback has no pointer of
 * the plugin's with it; it comes on the main thread. */
struct clap_host_licensing {
    int32_t (*check_license)(const struct clap_host *host, const char *product_id, const char *license_key);
    const char *(*get_machine_id)(const struct clap_host *host);
    void (*validate_online)(const struct clap_host *host, const char *validation_url, const char *license_key,
                            const char *machine_id, void (*callback)(int32_t result, const char *message));
    int32_t (*store_license_data)(const struct clap_host *host, const uint8_t *data, uint32_t size);
    uint32_t (*get_license_data)(const struct clap_host *host, uint8_t *buffer, uint32_t max_size);
};
