/* What CLAP plugins and hosts show each other: ext/note-name.h, voice-info.h, remote-controls.h, param-indication.h,
 * track-info.h, draft/project-location.h. */

struct clap_color {
    uint8_t alpha;
    uint8_t red;
    uint8_t green;
    uint8_t blue;
};

/* -1 stands for all ports, keys, channels. */
struct clap_note_name {
    char name[256];
    int16_t port;
    int16_t key;
    int16_t channel;
};

struct clap_plugin_note_name {
    uint32_t (*count)(const struct clap_plugin *plugin);
    bool (*get)(const struct clap_plugin *plugin, uint32_t index, struct clap_note_name *note_name);
};

struct clap_host_note_name {
    void (*changed)(const struct clap_host *host);
};

#define CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES 1

struct clap_voice_info {
    uint32_t voice_count;
    uint32_t voice_capacity;
    uint64_t flags;
};

struct clap_plugin_voice_info {
    bool (*get)(const struct clap_plugin *plugin, struct clap_voice_info *info);
};

struct clap_host_voice_info {
    void (*changed)(const struct clap_host *host);
};

#define CLAP_REMOTE_CONTROLS_COUNT 8

struct clap_remote_controls_page {
    char section_name[256];
    uint32_t page_id;
    char page_name[256];
    uint32_t param_ids[8];
    bool is_for_preset;
};

struct clap_plugin_remote_controls {
    uint32_t (*count)(const struct clap_plugin *plugin);
    bool (*get)(const struct clap_plugin *plugin, uint32_t page_index, struct clap_remote_controls_page *page);
};

struct clap_host_remote_controls {
    void (*changed)(const struct clap_host *host);
    void (*suggest_page)(const struct clap_host *host, uint32_t page_id);
};

#define CLAP_PARAM_INDICATION_AUTOMATION_NONE 0
#define CLAP_PARAM_INDICATION_AUTOMATION_PRESENT 1
#define CLAP_PARAM_INDICATION_AUTOMATION_PLAYING 2
#define CLAP_PARAM_INDICATION_AUTOMATION_RECORDING 3
#define CLAP_PARAM_INDICATION_AUTOMATION_OVERRIDING 4

struct clap_plugin_param_indication {
    void (*set_mapping)(const struct clap_plugin *plugin, uint32_t param_id, bool has_mapping,
                        const struct clap_color *color, const char *label, const char *description);
    void (*set_automation)(const struct clap_plugin *plugin, uint32_t param_id, uint32_t automation_state,
                           const struct clap_color *color);
};

#define CLAP_TRACK_INFO_HAS_TRACK_NAME 1
#define CLAP_TRACK_INFO_HAS_TRACK_COLOR 2
#define CLAP_TRACK_INFO_HAS_AUDIO_CHANNEL 4
#define CLAP_TRACK_INFO_IS_FOR_RETURN_TRACK 8
#define CLAP_TRACK_INFO_IS_FOR_BUS 16
#define CLAP_TRACK_INFO_IS_FOR_MASTER 32

struct clap_track_info {
    uint64_t flags;
    char name[256];
    struct clap_color color;
    int32_t audio_channel_count;
    const char *audio_port_type;
};

struct clap_plugin_track_info {
    void (*changed)(const struct clap_plugin *plugin);
};

struct clap_host_track_info {
    bool (*get)(const struct clap_host *host, struct clap_track_info *info);
};

#define CLAP_PROJECT_LOCATION_PROJECT 1
#define CLAP_PROJECT_LOCATION_TRACK 3
#define CLAP_PROJECT_LOCATION_DEVICE 4
#define CLAP_PROJECT_LOCATION_RETURN_TRACK 4
#define CLAP_PROJECT_LOCATION_MASTER_TRACK 5
#define CLAP_PROJECT_LOCATION_HAS_INDEX 1
#define CLAP_PROJECT_LOCATION_HAS_COLOR 2

struct clap_project_location_element {
    uint64_t flags;
    uint32_t kind;
    uint32_t track_kind;
    uint32_t index;
    char id[1024];
    char name[256];
    struct clap_color color;
};

struct clap_plugin_project_location {
    void (*set)(const struct clap_plugin *plugin, const struct clap_project_location_element *path,
                uint32_t num_elements);
};

/* -- ext/gui.h --------------------------------------------------------------------------------------------------------- */

struct clap_window;
struct clap_gui_resize_hints;

struct clap_plugin_gui {
    bool (*is_api_supported)(const struct clap_plugin *plugin, const char *api, bool is_floating);
    bool (*get_preferred_api)(const struct clap_plugin *plugin, const char **api, bool *is_floating);
    bool (*create)(const struct clap_plugin *plugin, const char *api, bool is_floating);
    void (*destroy)(const struct clap_plugin *plugin);
    bool (*set_scale)(const struct clap_plugin *plugin, double scale);
    bool (*get_size)(const struct clap_plugin *plugin, uint32_t *width, uint32_t *height);
    bool (*can_resize)(const struct clap_plugin *plugin);
    bool (*get_resize_hints)(const struct clap_plugin *plugin, struct clap_gui_resize_hints *hints);
    bool (*adjust_size)(const struct clap_plugin *plugin, uint32_t *width, uint32_t *height);
    bool (*set_size)(const struct clap_plugin *plugin, uint32_t width, uint32_t height);
    bool (*set_parent)(const struct clap_plugin *plugin, const struct clap_window *window);
    bool (*set_transient)(const struct clap_plugin *plugin, const struct clap_window *window);
    void (*suggest_title)(const struct clap_plugin *plugin, const char *title);
    bool (*show)(const struct clap_plugin *plugin);
    bool (*hide)(const struct clap_plugin *plugin);
};
