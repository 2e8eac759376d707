/* CLAP's binary interface as isobooth uses it: the numbers and structs of CLAP 1.2 (entry.h, plugin.h, host.h, process.h,
 * events.h, stream.h and the extensions named below), declared for cffi and for the C compiler alike. Where a number or
 * struct comes from a header of its own, that is named; what it means stands there. */

#define CLAP_INVALID_ID 0xFFFFFFFF

/* -- events.h ---------------------------------------------------------------------------------------------------------- */

#define CLAP_CORE_EVENT_SPACE_ID 0
#define CLAP_EVENT_IS_LIVE 1
#define CLAP_EVENT_DONT_RECORD 2

#define CLAP_EVENT_NOTE_ON 0
#define CLAP_EVENT_NOTE_OFF 1
#define CLAP_EVENT_NOTE_CHOKE 2
#define CLAP_EVENT_NOTE_END 3
#define CLAP_EVENT_NOTE_EXPRESSION 4
#define CLAP_EVENT_PARAM_VALUE 5
#define CLAP_EVENT_PARAM_MOD 6
#define CLAP_EVENT_PARAM_GESTURE_BEGIN 7
#define CLAP_EVENT_PARAM_GESTURE_END 8
#define CLAP_EVENT_TRANSPORT 9
#define CLAP_EVENT_MIDI 10
#define CLAP_EVENT_MIDI_SYSEX 11
#define CLAP_EVENT_MIDI2 12

struct clap_event_header {
    uint32_t size;
    uint32_t time;
    uint16_t space_id;
    uint16_t type;
    uint32_t flags;
};

struct clap_event_note {
    struct clap_event_header header;
    int32_t note_id;
    int16_t port_index;
    int16_t channel;
    int16_t key;
    double velocity;
};

struct clap_event_note_expression {
    struct clap_event_header header;
    int32_t expression_id;
    int32_t note_id;
    int16_t port_index;
    int16_t channel;
    int16_t key;
    double value;
};

/* PARAM_VALUE, and PARAM_MOD with the amount as value: the two have the same shape. */
struct clap_event_param {
    struct clap_event_header header;
    uint32_t param_id;
    void *cookie;
    int32_t note_id;
    int16_t port_index;
    int16_t channel;
    int16_t key;
    double value;
};

struct clap_event_param_gesture {
    struct clap_event_header header;
    uint32_t param_id;
};

#define CLAP_TRANSPORT_HAS_TEMPO 1
#define CLAP_TRANSPORT_HAS_BEATS_TIMELINE 2
#define CLAP_TRANSPORT_HAS_SECONDS_TIMELINE 4
#define CLAP_TRANSPORT_HAS_TIME_SIGNATURE 8
#define CLAP_TRANSPORT_IS_PLAYING 16
#define CLAP_TRANSPORT_IS_RECORDING 32
#define CLAP_TRANSPORT_IS_LOOP_ACTIVE 64
#define CLAP_TRANSPORT_IS_WITHIN_PRE_ROLL 128

/* Beats and seconds are fixed point, 1 << 31 for one (fixedpoint.h). */
struct clap_event_transport {
    struct clap_event_header header;
    uint32_t flags;
    int64_t song_pos_beats;
    int64_t song_pos_seconds;
    double tempo;
    double tempo_inc;
    int64_t loop_start_beats;
    int64_t loop_end_beats;
    int64_t loop_start_seconds;
    int64_t loop_end_seconds;
    int64_t bar_start;
    int32_t bar_number;
    uint16_t tsig_num;
    uint16_t tsig_denom;
};

struct clap_event_midi {
    struct clap_event_header header;
    uint16_t port_index;
    uint8_t data[3];
};

struct clap_event_midi_sysex {
    struct clap_event_header header;
    uint16_t port_index;
    const uint8_t *buffer;
    uint32_t size;
};

struct clap_event_midi2 {
    struct clap_event_header header;
    uint16_t port_index;
    uint32_t data[4];
};

struct clap_input_events {
    void *ctx;
    uint32_t (*size)(const struct clap_input_events *list);
    const struct clap_event_header *(*get)(const struct clap_input_events *list, uint32_t index);
};

struct clap_output_events {
    void *ctx;
    bool (*try_push)(const struct clap_output_events *list, const struct clap_event_header *event);
};

/* -- audio-buffer.h, process.h, stream.h ------------------------------------------------------------------------------- */

struct clap_audio_buffer {
    float **data32;
    double **data64;
    uint32_t channel_count;
    uint32_t latency;
    uint64_t constant_mask;
};

#define CLAP_PROCESS_ERROR 0
#define CLAP_PROCESS_CONTINUE 1
#define CLAP_PROCESS_CONTINUE_IF_NOT_QUIET 2
#define CLAP_PROCESS_TAIL 3
#define CLAP_PROCESS_SLEEP 4

struct clap_process {
    int64_t steady_time;
    uint32_t frames_count;
    const struct clap_event_transport *transport;
    const struct clap_audio_buffer *audio_inputs;
    struct clap_audio_buffer *audio_outputs;
    uint32_t audio_inputs_count;
    uint32_t audio_outputs_count;
    const struct clap_input_events *in_events;
    const struct clap_output_events *out_events;
};

struct clap_istream {
    void *ctx;
    int64_t (*read)(const struct clap_istream *stream, void *buffer, uint64_t size);
};

struct clap_ostream {
    void *ctx;
    int64_t (*write)(const struct clap_ostream *stream, const void *buffer, uint64_t size);
};

/* -- entry.h, factory/plugin-factory.h, plugin.h, host.h --------------------------------------------------------------- */

struct clap_version {
    uint32_t major;
    uint32_t minor;
    uint32_t revision;
};

struct clap_host {
    struct clap_version clap_version;
    void *host_data;
    const char *name;
    const char *vendor;
    const char *url;
    const char *version;
    const void *(*get_extension)(const struct clap_host *host, const char *extension_id);
    void (*request_restart)(const struct clap_host *host);
    void (*request_process)(const struct clap_host *host);
    void (*request_callback)(const struct clap_host *host);
};

struct clap_plugin_descriptor {
    struct clap_version clap_version;
    const char *id;
    const char *name;
    const char *vendor;
    const char *url;
    const char *manual_url;
    const char *support_url;
    const char *version;
    const char *description;
    const char *const *features;
};

struct clap_plugin {
    const struct clap_plugin_descriptor *desc;
    void *plugin_data;
    bool (*init)(const struct clap_plugin *plugin);
    void (*destroy)(const struct clap_plugin *plugin);
    bool (*activate)(const struct clap_plugin *plugin, double sample_rate, uint32_t min_frames, uint32_t max_frames);
    void (*deactivate)(const struct clap_plugin *plugin);
    bool (*start_processing)(const struct clap_plugin *plugin);
    void (*stop_processing)(const struct clap_plugin *plugin);
    void (*reset)(const struct clap_plugin *plugin);
    int32_t (*process)(const struct clap_plugin *plugin, const struct clap_process *process);
    const void *(*get_extension)(const struct clap_plugin *plugin, const char *id);
    void (*on_main_thread)(const struct clap_plugin *plugin);
};

struct clap_plugin_factory {
    uint32_t (*get_plugin_count)(const struct clap_plugin_factory *factory);
    const struct clap_plugin_descriptor *(*get_plugin_descriptor)(const struct clap_plugin_factory *factory,
                                                                  uint32_t index);
    const struct clap_plugin *(*create_plugin)(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                               const char *plugin_id);
};

struct clap_plugin_entry {
    struct clap_version clap_version;
    bool (*init)(const char *plugin_path);
    void (*deinit)(void);
    const void *(*get_factory)(const char *factory_id);
};

/* -- ext/audio-ports.h, ext/note-ports.h ------------------------------------------------------------------------------- */

#define CLAP_AUDIO_PORT_IS_MAIN 1
#define CLAP_AUDIO_PORT_SUPPORTS_64BITS 2
#define CLAP_AUDIO_PORT_PREFERS_64BITS 4
#define CLAP_AUDIO_PORT_REQUIRES_COMMON_SAMPLE_SIZE 8
#define CLAP_AUDIO_PORTS_RESCAN_NAMES 1
#define CLAP_AUDIO_PORTS_RESCAN_MOST 63 /* all of its flags; every one but NAMES is for inactive plugins */

struct clap_audio_port_info {
    uint32_t id;
    char name[256];
    uint32_t flags;
    uint32_t channel_count;
    const char *port_type;
    uint32_t in_place_pair;
};

struct clap_plugin_audio_ports {
    uint32_t (*count)(const struct clap_plugin *plugin, bool is_input);
    bool (*get)(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_audio_port_info *info);
};

struct clap_host_audio_ports {
    bool (*is_rescan_flag_supported)(const struct clap_host *host, uint32_t flag);
    void (*rescan)(const struct clap_host *host, uint32_t flags);
};

#define CLAP_NOTE_DIALECT_CLAP 1
#define CLAP_NOTE_DIALECT_MIDI 2
#define CLAP_NOTE_DIALECT_MIDI_MPE 4
#define CLAP_NOTE_DIALECT_MIDI2 8
#define CLAP_NOTE_PORTS_RESCAN_ALL 1
#define CLAP_NOTE_PORTS_RESCAN_NAMES 2

struct clap_note_port_info {
    uint32_t id;
    uint32_t supported_dialects;
    uint32_t preferred_dialect;
    char name[256];
};

struct clap_plugin_note_ports {
    uint32_t (*count)(const struct clap_plugin *plugin, bool is_input);
    bool (*get)(const struct clap_plugin *plugin, uint32_t index, bool is_input, struct clap_note_port_info *info);
};

struct clap_host_note_ports {
    uint32_t (*supported_dialects)(const struct clap_host *host);
    void (*rescan)(const struct clap_host *host, uint32_t flags);
};

/* -- ext/params.h ------------------------------------------------------------------------------------------------------ */

#define CLAP_PARAM_IS_STEPPED 1
#define CLAP_PARAM_IS_PERIODIC 2
#define CLAP_PARAM_IS_HIDDEN 4
#define CLAP_PARAM_IS_READONLY 8
#define CLAP_PARAM_IS_BYPASS 16
#define CLAP_PARAM_IS_AUTOMATABLE 32
#define CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID 64
#define CLAP_PARAM_IS_AUTOMATABLE_PER_KEY 128
#define CLAP_PARAM_IS_AUTOMATABLE_PER_CHANNEL 256
#define CLAP_PARAM_IS_AUTOMATABLE_PER_PORT 512
#define CLAP_PARAM_IS_MODULATABLE 1024
#define CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID 2048
#define CLAP_PARAM_IS_MODULATABLE_PER_KEY 4096
#define CLAP_PARAM_IS_MODULATABLE_PER_CHANNEL 8192
#define CLAP_PARAM_IS_MODULATABLE_PER_PORT 16384
#define CLAP_PARAM_REQUIRES_PROCESS 32768
#define CLAP_PARAM_IS_ENUM 65536
#define CLAP_PARAM_RESCAN_VALUES 1
#define CLAP_PARAM_RESCAN_TEXT 2
#define CLAP_PARAM_RESCAN_INFO 4
#define CLAP_PARAM_RESCAN_ALL 8

struct clap_param_info {
    uint32_t id;
    uint32_t flags;
    void *cookie;
    char name[256];
    char module[1024];
    double min_value;
    double max_value;
    double default_value;
};

struct clap_plugin_params {
    uint32_t (*count)(const struct clap_plugin *plugin);
    bool (*get_info)(const struct clap_plugin *plugin, uint32_t param_index, struct clap_param_info *param_info);
    bool (*get_value)(const struct clap_plugin *plugin, uint32_t param_id, double *out_value);
    bool (*value_to_text)(const struct clap_plugin *plugin, uint32_t param_id, double value, char *out_buffer,
                          uint32_t out_buffer_capacity);
    bool (*text_to_value)(const struct clap_plugin *plugin, uint32_t param_id, const char *param_value_text,
                          double *out_value);
    void (*flush)(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out);
};

struct clap_host_params {
    void (*rescan)(const struct clap_host *host, uint32_t flags);
    void (*clear)(const struct clap_host *host, uint32_t param_id, uint32_t flags);
    void (*request_flush)(const struct clap_host *host);
};

/* -- ext/state.h, latency.h, tail.h, render.h, log.h, thread-check.h, timer-support.h, posix-fd-support.h -------------- */

struct clap_plugin_state {
    bool (*save)(const struct clap_plugin *plugin, const struct clap_ostream *stream);
    bool (*load)(const struct clap_plugin *plugin, const struct clap_istream *stream);
};

struct clap_host_state {
    void (*mark_dirty)(const struct clap_host *host);
};

struct clap_plugin_latency {
    uint32_t (*get)(const struct clap_plugin *plugin);
};

struct clap_host_latency {
    void (*changed)(const struct clap_host *host);
};

struct clap_plugin_tail {
    uint32_t (*get)(const struct clap_plugin *plugin);
};

struct clap_host_tail {
    void (*changed)(const struct clap_host *host);
};

#define CLAP_RENDER_REALTIME 0
#define CLAP_RENDER_OFFLINE 1

struct clap_plugin_render {
    bool (*has_hard_realtime_requirement)(const struct clap_plugin *plugin);
    bool (*set)(const struct clap_plugin *plugin, int32_t mode);
};

struct clap_host_log {
    void (*log)(const struct clap_host *host, int32_t severity, const char *msg);
};

struct clap_host_thread_check {
    bool (*is_main_thread)(const struct clap_host *host);
    bool (*is_audio_thread)(const struct clap_host *host);
};

struct clap_plugin_timer_support {
    void (*on_timer)(const struct clap_plugin *plugin, uint32_t timer_id);
};

struct clap_host_timer_support {
    bool (*register_timer)(const struct clap_host *host, uint32_t period_ms, uint32_t *timer_id);
    bool (*unregister_timer)(const struct clap_host *host, uint32_t timer_id);
};

#define CLAP_POSIX_FD_READ 1
#define CLAP_POSIX_FD_WRITE 2
#define CLAP_POSIX_FD_ERROR 4

struct clap_plugin_posix_fd_support {
    void (*on_fd)(const struct clap_plugin *plugin, int fd, uint32_t flags);
};

struct clap_host_posix_fd_support {
    bool (*register_fd)(const struct clap_host *host, int fd, uint32_t flags);
    bool (*modify_fd)(const struct clap_host *host, int fd, uint32_t flags);
    bool (*unregister_fd)(const struct clap_host *host, int fd);
};
