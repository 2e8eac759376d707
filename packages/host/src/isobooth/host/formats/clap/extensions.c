/* The list of the host's extensions: one row each, in whatever file its functions are. */
#include "formats/clap/host.h"

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
    {"clap.timer-support", &ib_clap_host_timer_support},
    {"clap.posix-fd-support", &ib_clap_host_posix_fd_support},
    {"clap.thread-pool", &ib_clap_host_thread_pool},
    {"clap.event-registry", &ib_clap_host_event_registry},
};

const void *ib_clap_get_extension(const struct clap_host *host, const char *id)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL || id == NULL)
        return NULL;
    if (ib_clap_state(clap) == IB_CLAP_CREATED)
        ib_clap_fault(clap, IB_CLAP_FAULT_EARLY_EXTENSION);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (strcmp(extensions[i].id, id) == 0)
            return extensions[i].functions;
    }
    return NULL;
}
