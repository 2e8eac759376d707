/* How CLAP describes and changes audio ports beyond ext/audio-ports.h: audio-ports-config.h, configurable-audio-ports.h,
 * audio-ports-activation.h, surround.h, ambisonic.h and draft/extensible-audio-ports.h. */

struct clap_audio_ports_config {
    uint32_t id;
    char name[256];
    uint32_t input_port_count;
    uint32_t output_port_count;
    bool has_main_input;
    uint32_t main_input_channel_count;
    const char *main_input_port_type;
    bool has_main_output;
    uint32_t main_output_channel_count;
    const char *main_output_port_type;
};

struct clap_plugin_audio_ports_config {
    uint32_t (*count)(const struct clap_plugin *plugin);
    bool (*get)(const struct clap_plugin *plugin, uint32_t index, struct clap_audio_ports_config *config);
    bool (*select)(const struct clap_plugin *plugin, uint32_t config_id);
};

struct clap_plugin_audio_ports_config_info {
    uint32_t (*current_config)(const struct clap_plugin *plugin);
    bool (*get)(const struct clap_plugin *plugin, uint32_t config_id, uint32_t port_index, bool is_input,
                struct clap_audio_port_info *info);
};

struct clap_host_audio_ports_config {
    void (*rescan)(const struct clap_host *host);
};

/* `port_details`: of surround ports a channel map (bytes), of ambisonic ones a clap_ambisonic_config. */
struct clap_audio_port_configuration_request {
    bool is_input;
    uint32_t port_index;
    uint32_t channel_count;
    const char *port_type;
    const void *port_details;
};

struct clap_plugin_configurable_audio_ports {
    bool (*can_apply_configuration)(const struct clap_plugin *plugin,
                                    const struct clap_audio_port_configuration_request *requests,
                                    uint32_t request_count);
    bool (*apply_configuration)(const struct clap_plugin *plugin,
                                const struct clap_audio_port_configuration_request *requests, uint32_t request_count);
};

/* `sample_size` is 32, 64, or 0 where it is not known yet. */
struct clap_plugin_audio_ports_activation {
    bool (*can_activate_while_processing)(const struct clap_plugin *plugin);
    bool (*set_active)(const struct clap_plugin *plugin, bool is_input, uint32_t port_index, bool is_active,
                       uint32_t sample_size);
};

#define CLAP_SURROUND_FL 0
#define CLAP_SURROUND_FR 1
#define CLAP_SURROUND_FC 2
#define CLAP_SURROUND_LFE 3
#define CLAP_SURROUND_BL 4
#define CLAP_SURROUND_BR 5
#define CLAP_SURROUND_FLC 6
#define CLAP_SURROUND_FRC 7
#define CLAP_SURROUND_BC 8
#define CLAP_SURROUND_SL 9
#define CLAP_SURROUND_SR 10
#define CLAP_SURROUND_TC 11
#define CLAP_SURROUND_TFL 12
#define CLAP_SURROUND_TFC 13
#define CLAP_SURROUND_TFR 14
#define CLAP_SURROUND_TBL 15
#define CLAP_SURROUND_TBC 16
#define CLAP_SURROUND_TBR 17
#define CLAP_SURROUND_TSL 18
#define CLAP_SURROUND_TSR 19

struct clap_plugin_surround {
    bool (*is_channel_mask_supported)(const struct clap_plugin *plugin, uint64_t channel_mask);
    uint32_t (*get_channel_map)(const struct clap_plugin *plugin, bool is_input, uint32_t port_index,
                                uint8_t *channel_map, uint32_t channel_map_capacity);
};

struct clap_host_surround {
    void (*changed)(const struct clap_host *host);
};

#define CLAP_AMBISONIC_ORDERING_FUMA 0
#define CLAP_AMBISONIC_ORDERING_ACN 1
#define CLAP_AMBISONIC_NORMALIZATION_MAXN 0
#define CLAP_AMBISONIC_NORMALIZATION_SN3D 1
#define CLAP_AMBISONIC_NORMALIZATION_N3D 2
#define CLAP_AMBISONIC_NORMALIZATION_SN2D 3
#define CLAP_AMBISONIC_NORMALIZATION_N2D 4

struct clap_ambisonic_config {
    uint32_t ordering;
    uint32_t normalization;
};

struct clap_plugin_ambisonic {
    bool (*is_config_supported)(const struct clap_plugin *plugin, const struct clap_ambisonic_config *config);
    bool (*get_config)(const struct clap_plugin *plugin, bool is_input, uint32_t port_index,
                       struct clap_ambisonic_config *config);
};

struct clap_host_ambisonic {
    void (*changed)(const struct clap_host *host);
};

struct clap_plugin_extensible_audio_ports {
    bool (*add_port)(const struct clap_plugin *plugin, bool is_input, uint32_t channel_count, const char *port_type,
                     const void *port_details);
    bool (*remove_port)(const struct clap_plugin *plugin, bool is_input, uint32_t index);
};
