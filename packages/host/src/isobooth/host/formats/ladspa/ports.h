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

/* -- the parts of these, for formats that have more than ports of floats -------------------------------------------- */

/* Take over what the main thread has set. [audio-thread, between runs] */
void ib_ports_take_pending(struct ib_port_plugin *plugin);

/* Give a control input a value, held within its bounds. [audio-thread, between runs] */
void ib_ports_set_base(struct ib_port_control *control, double value);

/* The control input that an event is for. NULL for events that mean nothing to ports, and for those that cannot be (no
 * such input, a value that is no number), which are flagged. Ports know no notes, so the event's note is not looked at.
 * [audio-thread] */
struct ib_port_control *ib_ports_target(const struct ib_port_plugin *plugin, const struct ib_event *event,
                                        uint32_t *flags);

/* Carry out an event on its target. [audio-thread, between runs] */
void ib_ports_apply(struct ib_port_control *control, const struct ib_event *event);

/* Connect the audio ports to planes, counted from frame `from`, those alone that are elsewhere now. [audio-thread] */
void ib_ports_connect_planes(struct ib_port_plugin *plugin, void *const *inputs, void *const *outputs, uint32_t from);

/* Tell the client which control outputs have changed. One that found no room is tried again with the next block.
 * [audio-thread & processing] */
void ib_ports_report_meters(struct ib_port_plugin *plugin, struct ib_block *block);

#endif
