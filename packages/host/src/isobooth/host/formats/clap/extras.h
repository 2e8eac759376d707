/* Host extensions beyond the basic ones. */
#ifndef ISOBOOTH_CLAP_EXTRAS_H
#define ISOBOOTH_CLAP_EXTRAS_H

#include "formats/clap/host.h"

extern const struct clap_host_preset_load ib_clap_host_preset_load;
extern const struct clap_host_surround ib_clap_host_surround;
extern const struct clap_host_ambisonic ib_clap_host_ambisonic;
extern const struct clap_host_audio_ports_config ib_clap_host_audio_ports_config;
extern const struct clap_host_note_name ib_clap_host_note_name;
extern const struct clap_host_voice_info ib_clap_host_voice_info;
extern const struct clap_host_remote_controls ib_clap_host_remote_controls;
extern const struct clap_host_track_info ib_clap_host_track_info;
extern const struct clap_host_undo ib_clap_host_undo;
extern const struct clap_host_transport_control ib_clap_host_transport_control;
extern const struct clap_host_resource_directory ib_clap_host_resource_directory;
extern const struct clap_host_tuning ib_clap_host_tuning;
extern const struct clap_host_scratch_memory ib_clap_host_scratch_memory;
extern const struct clap_host_webview ib_clap_host_webview;

#endif
