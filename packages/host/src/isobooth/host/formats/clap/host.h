/* What the C files of CLAP share. */
#ifndef ISOBOOTH_CLAP_HOST_H
#define ISOBOOTH_CLAP_HOST_H

#include "engine/log_ring.h"
#include "formats/clap/process.h"

/* One entry of the list of host extensions: how a plugin finds them. A further extension is one more line in
 * extensions.c. */
struct ib_clap_extension {
    const char *id;
    const void *functions;
};

/* What plugins do wrong. Each is logged once per instance. */
enum ib_clap_fault {
    IB_CLAP_FAULT_EARLY_EXTENSION,
    IB_CLAP_FAULT_EXTRAS_THREAD,
    IB_CLAP_FAULT_LAYOUT_ACTIVE,
    IB_CLAP_FAULT_SCRATCH,
    IB_CLAP_FAULT_PARAMS_THREAD,
    IB_CLAP_FAULT_PARAMS_ACTIVE,
    IB_CLAP_FAULT_FLUSH_THREAD,
    IB_CLAP_FAULT_STATE_THREAD,
    IB_CLAP_FAULT_LATENCY_THREAD,
    IB_CLAP_FAULT_LATENCY_ACTIVE,
    IB_CLAP_FAULT_LATENCY_INACTIVE,
    IB_CLAP_FAULT_TAIL_THREAD,
    IB_CLAP_FAULT_AUDIO_PORTS_THREAD,
    IB_CLAP_FAULT_AUDIO_PORTS_FLAG,
    IB_CLAP_FAULT_AUDIO_PORTS_ACTIVE,
    IB_CLAP_FAULT_NOTE_PORTS_THREAD,
    IB_CLAP_FAULT_NOTE_PORTS_ACTIVE,
    IB_CLAP_FAULT_TIMER_THREAD,
    IB_CLAP_FAULT_TIMER_MANY,
    IB_CLAP_FAULT_FD_THREAD,
    IB_CLAP_FAULT_FD_MANY,
    IB_CLAP_FAULT_PUSH_OUTSIDE,
    IB_CLAP_FAULT_PUSH_SIZE,
    IB_CLAP_FAULT_PUSH_VALUE,
    IB_CLAP_FAULT_PUSH_PARAM,
    IB_CLAP_FAULT_PROCESS_STATUS,
    IB_CLAP_FAULT_POOL,
    IB_CLAP_FAULT_REGISTRY_THREAD,
    IB_CLAP_FAULT_LICENSING_THREAD,
    IB_CLAP_FAULT_FRAMES,
    IB_CLAP_FAULTS
};

/* Make the instance's clap_host; `version` stays. [main-thread] */
void ib_clap_host_fill(struct ib_clap *clap, const char *version);

/* Log a fault, the first time that it happens. [any-thread] */
void ib_clap_fault(struct ib_clap *clap, enum ib_clap_fault fault);

/* The instance behind a clap_host; NULL for a NULL or foreign one. [any-thread] */
struct ib_clap *ib_clap_of(const struct clap_host *host);

/* [any-thread] */
int ib_clap_on_main_thread(const struct ib_clap *clap);

/* clap_host.get_extension; NULL for an unknown id. [any-thread] */
const void *ib_clap_get_extension(const struct clap_host *host, const char *id);

/* May a function of the main thread be called here? If not, or if there is no instance, 0; then `fault` is logged.
 * [any-thread] */
int ib_clap_check_main(struct ib_clap *clap, enum ib_clap_fault fault);

/* [any-thread] */
static inline uint32_t ib_clap_state(const struct ib_clap *clap)
{
    return __atomic_load_n(&clap->state, __ATOMIC_ACQUIRE);
}

/* The functions of each extension; extensions.c lists them. */
extern const struct clap_host_log ib_clap_host_log;
extern const struct clap_host_thread_check ib_clap_host_thread_check;
extern const struct clap_host_params ib_clap_host_params;
extern const struct clap_host_state ib_clap_host_state;
extern const struct clap_host_latency ib_clap_host_latency;
extern const struct clap_host_tail ib_clap_host_tail;
extern const struct clap_host_audio_ports ib_clap_host_audio_ports;
extern const struct clap_host_note_ports ib_clap_host_note_ports;
extern const struct clap_host_timer_support ib_clap_host_timer_support;
extern const struct clap_host_posix_fd_support ib_clap_host_posix_fd_support;
extern const struct clap_host_thread_pool ib_clap_host_thread_pool;
extern const struct clap_host_event_registry ib_clap_host_event_registry;

/* Pin the table of parameters for the length of a block; NULL if there is none. [audio-thread] */
const struct ib_clap_table *ib_clap_table_enter(struct ib_clap *clap);
/* [audio-thread] */
void ib_clap_table_leave(struct ib_clap *clap);
/* NULL for an unknown id. [any-thread] */
const struct ib_clap_param *ib_clap_table_find(const struct ib_clap_table *table, uint32_t id);

/* Translate the events of clap->block into the list of input events; of a flush, parameters alone. Counts what made no
 * sense. [active ? audio-thread : main-thread] */
void ib_clap_events_in(struct ib_clap *clap, const struct ib_clap_table *table);
/* The same for the transport, whose flags then say what holds. [audio-thread] */
void ib_clap_transport(const struct ib_transport *from, struct clap_event_transport *to, uint32_t time);
/* Room for one event in the list, its header filled in; NULL (counted as bad) if there is none. [audio-thread] */
void *ib_clap_event_put(struct ib_clap *clap, const struct ib_event *from, uint16_t type, uint32_t size);
/* Events for notes in whatever dialect the port takes. [audio-thread] */
void ib_clap_note_in(struct ib_clap *clap, const struct ib_event_note *event);
void ib_clap_midi_in(struct ib_clap *clap, const struct ib_event_midi *event);
void ib_clap_midi2_in(struct ib_clap *clap, const struct ib_event_midi2 *event);
void ib_clap_sysex_in(struct ib_clap *clap, const struct ib_event_sysex *event);

/* start_processing() and stop_processing() with the state that they lead to. The first: did the plugin agree?
 * [audio-thread & active] */
int ib_clap_start(struct ib_clap *clap);
void ib_clap_stop(struct ib_clap *clap);
/* Whatever the plugin has said of rest no longer holds. [audio-thread] */
void ib_clap_wake(struct ib_clap *clap);
/* Is this block none that the plugin need be called for? Then its output is silence. Takes the plugin out of processing when it
 * falls asleep. [audio-thread & active] */
int ib_clap_skips(struct ib_clap *clap, const struct ib_block *block);
/* What the plugin answered to a block, for the next. [audio-thread & active & processing] */
void ib_clap_rest(struct ib_clap *clap, const struct ib_block *block, int32_t status);

/* Note what becomes of a note on its way to a port (-1: to all). [audio-thread] */
void ib_clap_hold(struct ib_clap *clap, const struct ib_event_note *note, int16_t port);
/* No note is held any more. [audio-thread] */
void ib_clap_forget_held(struct ib_clap *clap);
/* Put the ends of all held notes into the list of input events. [audio-thread] */
void ib_clap_put_ends(struct ib_clap *clap);
/* Put one valid note into the list, in the dialect of a port. [audio-thread] */
void ib_clap_note_out(struct ib_clap *clap, const struct ib_event_note *note, uint16_t port);

/* Is the calling thread one of a thread pool? [any-thread] */
int ib_clap_in_pool(void);

/* clap_input_events and clap_output_events of an instance; their ctx is the struct ib_clap. */
uint32_t ib_clap_in_size(const struct clap_input_events *list);
const struct clap_event_header *ib_clap_in_get(const struct clap_input_events *list, uint32_t index);
bool ib_clap_try_push(const struct clap_output_events *list, const struct clap_event_header *event);

#endif
