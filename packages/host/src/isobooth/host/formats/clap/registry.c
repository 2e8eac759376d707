/* event-registry (ext/event-registry.h): which spaces of events the host knows besides the core's, which is 0. */
#include "formats/clap/host.h"

/* isobooth carries the core's events alone. A plugin that is told so keeps its own to itself, or says what it means in the core's;
 * an id would make it send events that nobody gets. [main-thread] */
static bool query(const struct clap_host *host, const char *space_name, uint16_t *space_id)
{
    (void)space_name;
    (void)ib_clap_check_main(ib_clap_of(host), IB_CLAP_FAULT_REGISTRY_THREAD);
    if (space_id != NULL)
        *space_id = UINT16_MAX;
    return false;
}

const struct clap_host_event_registry ib_clap_host_event_registry = {query};
