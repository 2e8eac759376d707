/* The list of the host's extensions: one row each, in whatever file its functions are. */
#include "formats/clap/extras.h"
#include "formats/clap/licensing.h"

#include <string.h>

static const struct ib_clap_extension extensions[] = {
    {"clap.log", &ib_clap_host_log},
    {"clap.thread-check", &ib_clap_host_thread_check},
    {"clap.params", &ib_clap_host_params},
    {"clap.state", &ib_clap_host_state},
    {"clap.latency", &ib_clap_host_latency},
    {"clap.tail", &ib_clap_host_tail},
    {"clap.audio-ports", &ib_clap_host_audio_ports},
    {"clap.note-ports", &ib_clap_host_note_ports},
    {"clap.preset-load/2", &ib_clap_host_preset_load},
    {"clap.preset-load.draft/2", &ib_clap_host_preset_load},
    {"clap.surround/4", &ib_clap_host_surround},
    {"clap.surround.draft/4", &ib_clap_host_surround},
    {"clap.ambisonic/3", &ib_clap_host_ambisonic},
    {"clap.ambisonic.draft/3", &ib_clap_host_ambisonic},
    {"clap.audio-ports-config", &ib_clap_host_audio_ports_config},
    {"clap.note-name", &ib_clap_host_note_name},
    {"clap.voice-info", &ib_clap_host_voice_info},
    {"clap.remote-controls/2", &ib_clap_host_remote_controls},
    {"clap.remote-controls.draft/2", &ib_clap_host_remote_controls},
    {"clap.track-info/1", &ib_clap_host_track_info},
    {"clap.track-info.draft/1", &ib_clap_host_track_info},
    {"clap.undo/4", &ib_clap_host_undo},
    {"clap.transport-control/2", &ib_clap_host_transport_control},
    {"clap.resource-directory/1", &ib_clap_host_resource_directory},
    {"clap.tuning/2", &ib_clap_host_tuning},
    {"clap.scratch-memory/1", &ib_clap_host_scratch_memory},
    {"clap.timer-support", &ib_clap_host_timer_support},
    {"clap.posix-fd-support", &ib_clap_host_posix_fd_support},
    {"clap.thread-pool", &ib_clap_host_thread_pool},
    {"clap.event-registry", &ib_clap_host_event_registry},
    {"com.wclap.licensing/1", &ib_clap_host_licensing},
};

const void *ib_clap_get_extension(const struct clap_host *host, const char *id)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL || id == NULL)
        return NULL;
    if (ib_clap_state(clap) == IB_CLAP_CREATED)
        ib_clap_fault(clap, IB_CLAP_FAULT_EARLY_EXTENSION);
    const void *found = NULL;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions && found == NULL; i++) {
        if (strcmp(extensions[i].id, id) == 0)
            found = extensions[i].functions;
    }
    return found != &ib_clap_host_licensing || clap->extras.licensing != NULL ? found : NULL;
}
