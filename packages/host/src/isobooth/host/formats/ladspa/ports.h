/* The audio thread's work for plugins that are numbered ports of floats. Each format gives it the calls of its own. */
#ifndef ISOBOOTH_LADSPA_PORTS_H
#define ISOBOOTH_LADSPA_PORTS_H

#include "engine/mailbox.h"

#include "formats/ladspa/process.cdef.h"

/* Take over pending values and connect everything: what comes before the plugin's activate(). [audio-thread & !active] */
void ib_ports_ready(struct ib_port_plugin *plugin);

/* One block, cut at the times of its parameter events. [audio-thread & processing] */
uint32_t ib_ports_process(struct ib_port_plugin *plugin, struct ib_block *block);

/* Parameter events without audio. [audio-thread & active] */
void ib_ports_flush(struct ib_port_plugin *plugin, struct ib_block *block);

#endif
