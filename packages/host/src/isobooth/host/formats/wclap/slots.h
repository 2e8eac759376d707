/* Every function that plugins have: extension, place in its struct, result, name, codes (see invoke.c), and the native
 * parameters behind the plugin with the words that they become. plugin_side.c makes the native functions and structs of it. */
#ifndef ISOBOOTH_WCLAP_SLOTS_H
#define ISOBOOTH_WCLAP_SLOTS_H

/* Layouts of layout.c. */
#define IB_LAYOUT_AUDIO_PORT "(i[256]iiti)"
#define IB_LAYOUT_NOTE_PORT "(iii[256])"
#define IB_LAYOUT_PARAM "(iic[256][1024]ddd)"
#define IB_LAYOUT_CONFIG "(i[256]iibitbit)"
#define IB_LAYOUT_REQUEST "(biitx)"
#define IB_LAYOUT_PAGE "([256]i[256]iiiiiiiib)"
#define IB_LAYOUT_ELEMENT "(liii[1024][256][4])"

enum ib_wclap_extension_index {
    IB_X_PLUGIN,
    IB_X_PARAMS,
    IB_X_STATE,
    IB_X_LATENCY,
    IB_X_TAIL,
    IB_X_RENDER,
    IB_X_TIMER,
    IB_X_AUDIO_PORTS,
    IB_X_NOTE_PORTS,
    IB_X_CONFIG,
    IB_X_CONFIG_INFO,
    IB_X_CONFIGURABLE,
    IB_X_ACTIVATION,
    IB_X_SURROUND,
    IB_X_AMBISONIC,
    IB_X_EXTENSIBLE,
    IB_X_NOTE_NAME,
    IB_X_VOICE_INFO,
    IB_X_REMOTE,
    IB_X_INDICATION,
    IB_X_TRACK,
    IB_X_LOCATION,
    IB_X_PRESET_LOAD,
    IB_X_CONTEXT,
    IB_X_UNDO_DELTA,
    IB_X_UNDO_CONTEXT,
    IB_X_RESOURCES,
    IB_X_TUNING,
    IB_X_WEBVIEW,
    IB_X_POOL, /* answered by the host side: its tasks run one after the other */
    IB_X_COUNT
};

#define IB_WCLAP_SLOTS(F)                                                                                              \
    F(PLUGIN, 0, bool, init, "u", (), (W(0)))                                                                          \
    F(PLUGIN, 1, void, destroy, "v", (), (W(0)))                                                                       \
    F(PLUGIN, 2, bool, activate, "uduu", (, double rate, uint32_t least, uint32_t most), (D(rate), W(least), W(most))) \
    F(PLUGIN, 3, void, deactivate, "v", (), (W(0)))                                                                    \
    F(PLUGIN, 4, bool, start, "u", (), (W(0)))                                                                         \
    F(PLUGIN, 5, void, stop, "v", (), (W(0)))                                                                          \
    F(PLUGIN, 6, void, reset, "v", (), (W(0)))                                                                         \
    F(PLUGIN, 7, void, on_main_thread, "v", (), (W(0)))                                                                \
    F(PARAMS, 0, uint32_t, count, "u", (), (W(0)))                                                                     \
    F(PARAMS, 1, bool, get_info, "uuO" IB_LAYOUT_PARAM, (, uint32_t at, struct clap_param_info *info),                 \
      (W(at), A(info)))                                                                                                \
    F(PARAMS, 2, bool, get_value, "uuD", (, uint32_t id, double *value), (W(id), A(value)))                            \
    F(PARAMS, 3, bool, value_to_text, "uudX", (, uint32_t id, double value, char *text, uint32_t room),                \
      (W(id), D(value), A(text), W(room)))                                                                             \
    F(PARAMS, 4, bool, text_to_value, "uusD", (, uint32_t id, const char *text, double *value),                        \
      (W(id), A(text), A(value)))                                                                                      \
    F(PARAMS, 5, void, flush, "vEF", (, const struct clap_input_events *in, const struct clap_output_events *out),     \
      (A(in), A(out)))                                                                                                 \
    F(STATE, 0, bool, save, "uW", (, const struct clap_ostream *stream), (A(stream)))                                  \
    F(STATE, 1, bool, load, "uR", (, const struct clap_istream *stream), (A(stream)))                                  \
    F(LATENCY, 0, uint32_t, get, "u", (), (W(0)))                                                                      \
    F(TAIL, 0, uint32_t, get, "u", (), (W(0)))                                                                         \
    F(RENDER, 0, bool, has_hard_realtime_requirement, "u", (), (W(0)))                                                 \
    F(RENDER, 1, bool, set, "uu", (, int32_t mode), (W((uint32_t)mode)))                                               \
    F(TIMER, 0, void, on_timer, "vu", (, uint32_t id), (W(id)))                                                        \
    F(AUDIO_PORTS, 0, uint32_t, count, "uu", (, bool in), (W(in)))                                                     \
    F(AUDIO_PORTS, 1, bool, get, "uuuO" IB_LAYOUT_AUDIO_PORT,                                                          \
      (, uint32_t at, bool in, struct clap_audio_port_info *info), (W(at), W(in), A(info)))                            \
    F(NOTE_PORTS, 0, uint32_t, count, "uu", (, bool in), (W(in)))                                                      \
    F(NOTE_PORTS, 1, bool, get, "uuuO" IB_LAYOUT_NOTE_PORT,                                                            \
      (, uint32_t at, bool in, struct clap_note_port_info *info), (W(at), W(in), A(info)))                             \
    F(CONFIG, 0, uint32_t, count, "u", (), (W(0)))                                                                     \
    F(CONFIG, 1, bool, get, "uuO" IB_LAYOUT_CONFIG, (, uint32_t at, struct clap_audio_ports_config *config),           \
      (W(at), A(config)))                                                                                              \
    F(CONFIG, 2, bool, select, "uu", (, uint32_t id), (W(id)))                                                         \
    F(CONFIG_INFO, 0, uint32_t, current_config, "u", (), (W(0)))                                                       \
    F(CONFIG_INFO, 1, bool, get, "uuuuO" IB_LAYOUT_AUDIO_PORT,                                                         \
      (, uint32_t id, uint32_t at, bool in, struct clap_audio_port_info *info), (W(id), W(at), W(in), A(info)))        \
    F(CONFIGURABLE, 0, bool, can_apply_configuration, "uA" IB_LAYOUT_REQUEST,                                          \
      (, const struct clap_audio_port_configuration_request *requests, uint32_t count), (A(requests), W(count)))       \
    F(CONFIGURABLE, 1, bool, apply_configuration, "uA" IB_LAYOUT_REQUEST,                                              \
      (, const struct clap_audio_port_configuration_request *requests, uint32_t count), (A(requests), W(count)))       \
    F(ACTIVATION, 0, bool, can_activate_while_processing, "u", (), (W(0)))                                             \
    F(ACTIVATION, 1, bool, set_active, "uuuuu", (, bool in, uint32_t at, bool active, uint32_t sample_size),           \
      (W(in), W(at), W(active), W(sample_size)))                                                                       \
    F(SURROUND, 0, bool, is_channel_mask_supported, "ul", (, uint64_t mask), (W(mask)))                                \
    F(SURROUND, 1, uint32_t, get_channel_map, "uuuX", (, bool in, uint32_t at, uint8_t *map, uint32_t room),           \
      (W(in), W(at), A(map), W(room)))                                                                                 \
    F(AMBISONIC, 0, bool, is_config_supported, "uI(ii)", (, const struct clap_ambisonic_config *config), (A(config)))  \
    F(AMBISONIC, 1, bool, get_config, "uuuO(ii)", (, bool in, uint32_t at, struct clap_ambisonic_config *config),      \
      (W(in), W(at), A(config)))                                                                                       \
    F(EXTENSIBLE, 0, bool, add_port, "uuusx", (, bool in, uint32_t channels, const char *type, const void *details),   \
      (W(in), W(channels), A(type), A(details)))                                                                       \
    F(EXTENSIBLE, 1, bool, remove_port, "uuu", (, bool in, uint32_t at), (W(in), W(at)))                               \
    F(NOTE_NAME, 0, uint32_t, count, "u", (), (W(0)))                                                                  \
    F(NOTE_NAME, 1, bool, get, "uuO([256]hhh)", (, uint32_t at, struct clap_note_name *name), (W(at), A(name)))        \
    F(VOICE_INFO, 0, bool, get, "uO(iil)", (, struct clap_voice_info * info), (A(info)))                               \
    F(REMOTE, 0, uint32_t, count, "u", (), (W(0)))                                                                     \
    F(REMOTE, 1, bool, get, "uuO" IB_LAYOUT_PAGE, (, uint32_t at, struct clap_remote_controls_page *page),             \
      (W(at), A(page)))                                                                                                \
    F(INDICATION, 0, void, set_mapping, "vuuI([4])ss",                                                                 \
      (, uint32_t id, bool mapped, const struct clap_color *color, const char *label, const char *text),               \
      (W(id), W(mapped), A(color), A(label), A(text)))                                                                 \
    F(INDICATION, 1, void, set_automation, "vuuI([4])",                                                                \
      (, uint32_t id, uint32_t state, const struct clap_color *color), (W(id), W(state), A(color)))                    \
    F(TRACK, 0, void, changed, "v", (), (W(0)))                                                                        \
    F(LOCATION, 0, void, set, "vA" IB_LAYOUT_ELEMENT,                                                                  \
      (, const struct clap_project_location_element *path, uint32_t count), (A(path), W(count)))                       \
    F(PRESET_LOAD, 0, bool, from_location, "uuLs", (, uint32_t kind, const char *location, const char *key),           \
      (W(kind), A(location), A(key)))                                                                                  \
    F(CONTEXT, 0, bool, save, "uWu", (, const struct clap_ostream *stream, uint32_t kind), (A(stream), W(kind)))       \
    F(CONTEXT, 1, bool, load, "uRu", (, const struct clap_istream *stream, uint32_t kind), (A(stream), W(kind)))       \
    F(UNDO_DELTA, 0, void, get_delta_properties, "vO(bbi)", (, struct clap_undo_delta_properties * properties),        \
      (A(properties)))                                                                                                 \
    F(UNDO_DELTA, 1, bool, can_use_delta_format_version, "uu", (, uint32_t version), (W(version)))                     \
    F(UNDO_DELTA, 2, bool, undo, "uuB", (, uint32_t version, const void *delta, size_t size),                          \
      (W(version), A(delta), W(size)))                                                                                 \
    F(UNDO_DELTA, 3, bool, redo, "uuB", (, uint32_t version, const void *delta, size_t size),                          \
      (W(version), A(delta), W(size)))                                                                                 \
    F(UNDO_CONTEXT, 0, void, set_can_undo, "vu", (, bool can), (W(can)))                                               \
    F(UNDO_CONTEXT, 1, void, set_can_redo, "vu", (, bool can), (W(can)))                                               \
    F(UNDO_CONTEXT, 2, void, set_undo_name, "vs", (, const char *name), (A(name)))                                     \
    F(UNDO_CONTEXT, 3, void, set_redo_name, "vs", (, const char *name), (A(name)))                                     \
    F(RESOURCES, 0, void, set_directory, "vLu", (, const char *path, bool shared), (A(path), W(shared)))               \
    F(RESOURCES, 1, void, collect, "vu", (, bool all), (W(all)))                                                       \
    F(RESOURCES, 2, uint32_t, get_files_count, "u", (), (W(0)))                                                        \
    F(RESOURCES, 3, int32_t, get_file_path, "uuX", (, uint32_t at, char *path, uint32_t room),                         \
      (W(at), A(path), W(room)))                                                                                       \
    F(TUNING, 0, void, changed, "v", (), (W(0)))                                                                       \
    F(WEBVIEW, 0, int32_t, get_uri, "uX", (, char *uri, uint32_t room), (A(uri), W(room)))                             \
    F(WEBVIEW, 1, bool, get_resource, "usXW",                                                                          \
      (, const char *path, char *mime, uint32_t room, const struct clap_ostream *stream),                              \
      (A(path), A(mime), W(room), A(stream)))                                                                          \
    F(WEBVIEW, 2, bool, receive, "uB", (, const void *message, uint32_t size), (A(message), W(size)))                  \
    F(POOL, 0, void, exec, "vu", (, uint32_t task), (W(task)))

#endif
