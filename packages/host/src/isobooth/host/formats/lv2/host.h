/* What the C files of LV2 share. */
#ifndef ISOBOOTH_LV2_HOST_H
#define ISOBOOTH_LV2_HOST_H

#include "engine/log_ring.h"
#include "formats/lv2/process.h"
#include "formats/lv2/queue.h"
#include "formats/lv2/urid.h"

#include <stdarg.h>

#define IB_LV2_QUEUE_BYTES 262144
#define IB_LV2_MOST_BUFFER 16777216 /* bytes of an event port */

/* What goes wrong. Each is logged once per instance. */
enum ib_lv2_fault {
    IB_LV2_FAULT_ROOM,
    IB_LV2_FAULT_FRAMES,
    IB_LV2_FAULT_SEQUENCE_TYPE,
    IB_LV2_FAULT_SEQUENCE_SIZE,
    IB_LV2_FAULT_EVENT_SIZE,
    IB_LV2_FAULT_MIDI_EMPTY,
    IB_LV2_FAULT_OBJECT,
    IB_LV2_FAULT_OLD_BUFFER,
    IB_LV2_FAULT_SCHEDULE_THREAD,
    IB_LV2_FAULT_SCHEDULE_ROOM,
    IB_LV2_FAULT_RESPOND,
    IB_LV2_FAULT_RESPOND_ROOM,
    IB_LV2_FAULT_RESIZE,
    IB_LV2_FAULT_TO_MAIN_ROOM,
    IB_LV2_FAULTS
};

/* Log a fault, the first time that it happens. [any-thread] */
void ib_lv2_fault(struct ib_lv2 *lv2, enum ib_lv2_fault fault);

/* Ask the main thread for something. [any-thread] */
static inline void ib_lv2_ask(const struct ib_lv2 *lv2, uint32_t bits)
{
    if (lv2->mailbox != NULL)
        ib_ask(lv2->mailbox, bits);
}

/* The multiple of 8 that a size takes. [any-thread] */
static inline uint32_t ib_lv2_pad(uint32_t size)
{
    return (size + 7u) & ~7u;
}

/* -- buffers of events (buffers.c, old_events.c) ----------------------------------------------------------------------- */

/* Make an input empty. [audio-thread, between runs; or main-thread & !active] */
void ib_lv2_empty(struct ib_lv2_event_port *port);
/* Take over what resize() has asked for: 1 if buffers have moved, -1 without memory. [main-thread & !active] */
int ib_lv2_grow_event_ports(struct ib_lv2 *lv2);
/* Tell the plugin what room an output has. [audio-thread, between runs; or main-thread & !active] */
void ib_lv2_offer(struct ib_lv2_event_port *port);
/* Append an event of a plain type to an input; returns the place for its `size` bytes, padded with zeros, or NULL (logged,
 * and the block flagged) if there is no room. [audio-thread, between runs] */
void *ib_lv2_put(struct ib_lv2 *lv2, struct ib_lv2_event_port *port, uint32_t frames, uint32_t type, uint32_t size);

/* The same for a port of the old extension. [audio-thread, between runs] */
void *ib_lv2_old_put(struct ib_lv2_event_port *port, uint32_t frames, uint32_t type, uint32_t size);
uint32_t ib_lv2_old_ref(void *callback_data, struct ib_lv2_old_event *event);

/* Append a property of an object at `at`, whose value takes at most 8 bytes; returns the end of it. [any-thread] */
uint8_t *ib_lv2_put_property(uint8_t *at, uint32_t key, uint32_t type, const void *value, uint32_t size);
#define IB_LV2_PROPERTY_BYTES 24

/* -- in and out -------------------------------------------------------------------------------------------------------- */

/* Where a run lies, and where its output events go. */
struct ib_lv2_run {
    struct ib_event_writer *writer;
    uint32_t from; /* added to the times of output events */
    uint32_t frames;
};

/* Give the plugin one event of the block at `frames` in the run; of parameters, properties alone. [audio-thread, between
 * runs] */
void ib_lv2_event_in(struct ib_lv2 *lv2, const struct ib_event *event, uint32_t frames);
/* Have the inputs room for all events of the frame at which the one at byte `at` lies, besides what they hold already?
 * [audio-thread, between runs] */
int ib_lv2_has_room(const struct ib_lv2 *lv2, const struct ib_block *block, uint32_t at);
/* What comes before the first event of a block, `frames` into the run: transport, questions, values and atoms from the
 * main thread. [audio-thread, between runs] */
void ib_lv2_block_in(struct ib_lv2 *lv2, uint32_t frames);
/* Read what the plugin has written to its outputs. [audio-thread, between runs] */
void ib_lv2_events_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run);
void ib_lv2_old_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run);
/* One MIDI message from the plugin; its time is checked here. [audio-thread, between runs] */
void ib_lv2_midi_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run,
                     int64_t frames, const uint8_t *data, uint32_t size);

/* Notes and MIDI to the ports that take it (midi_in.c). [audio-thread, between runs] */
void ib_lv2_note_in(struct ib_lv2 *lv2, const struct ib_event_note *event, uint32_t frames);
void ib_lv2_midi_in(struct ib_lv2 *lv2, const struct ib_event_midi *event, uint32_t frames);
void ib_lv2_midi2_in(struct ib_lv2 *lv2, const struct ib_event_midi2 *event, uint32_t frames);
void ib_lv2_sysex_in(struct ib_lv2 *lv2, const struct ib_event_sysex *event, uint32_t frames);
/* "All sound off" on every channel. [audio-thread, between runs] */
void ib_lv2_panic_in(struct ib_lv2 *lv2, uint32_t frames);

/* Properties (properties.c). [any-thread] */
struct ib_lv2_property *ib_lv2_property_of(const struct ib_lv2 *lv2, uint32_t id);
struct ib_lv2_property *ib_lv2_property_with(const struct ib_lv2 *lv2, uint32_t urid);
double ib_lv2_property_hold(const struct ib_lv2_property *property, double value);
/* Set one; ask for all; pass on what the main thread has set. [audio-thread, between runs] */
void ib_lv2_property_in(struct ib_lv2 *lv2, struct ib_lv2_property *property, double value, uint32_t frames);
uint32_t ib_lv2_patch_room(const struct ib_lv2 *lv2);
void ib_lv2_ask_properties(struct ib_lv2 *lv2, uint32_t frames);
void ib_lv2_take_properties(struct ib_lv2 *lv2, uint32_t frames);
/* A whole object that the plugin has sent. [audio-thread, between runs] */
void ib_lv2_object_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run, int64_t frames,
                       const struct ib_lv2_atom *atom);

/* Tell the plugin where the song is, `frames` into the run, if that is not what it takes it to be or if `always`
 * (time_position.c). [audio-thread, between runs] */
void ib_lv2_transport_in(struct ib_lv2 *lv2, const struct ib_transport *transport, uint32_t frames, int always);
/* Keep in mind what the plugin takes it to be `frames` later. [audio-thread, between runs] */
void ib_lv2_transport_advance(struct ib_lv2 *lv2, uint32_t frames);

/* -- runs -------------------------------------------------------------------------------------------------------------- */

extern const struct ib_port_calls ib_lv2_calls;

/* Does nobody listen in real time, now? [audio-thread] */
int ib_lv2_is_offline(const struct ib_lv2 *lv2);

/* The control port that an event is for; NULL for events of other kinds. What cannot be is flagged. [audio-thread] */
struct ib_port_control *ib_lv2_control_of(struct ib_lv2 *lv2, const struct ib_event *event);

/* Call run() for `run->frames` frames on the planes from `at` on, and the worker's part of it; then read what came out.
 * Inputs of events are as they were prepared, and empty afterwards. [audio-thread & processing] */
void ib_lv2_run(struct ib_lv2 *lv2, void *const *inputs, void *const *outputs, uint32_t at,
                const struct ib_lv2_run *run);

/* Runs of constant length (fifo.c). [audio-thread] */
uint32_t ib_lv2_fifo_play(struct ib_lv2 *lv2, struct ib_block *block); /* IB_STATUS_* */
void ib_lv2_fifo_reset(struct ib_lv2 *lv2);
void ib_lv2_fifo_free(struct ib_lv2_fifo *fifo);
uint32_t ib_lv2_fifo_frames(const struct ib_lv2_fifo *fifo);

/* -- worker (worker.c) ------------------------------------------------------------------------------------------------- */

/* NULL without memory. [main-thread] */
struct ib_lv2_worker *ib_lv2_worker_new(void);
void ib_lv2_worker_free(struct ib_lv2_worker *worker);
/* Start and end the thread. NULL, or why there is none. [main-thread & !active] */
const char *ib_lv2_worker_start(struct ib_lv2 *lv2);
void ib_lv2_worker_stop(struct ib_lv2 *lv2);
/* Have the instance for calls of the instantiation class. `wait` 0: only if nobody else has it now; returns if it worked.
 * [any-thread] */
int ib_lv2_worker_claim(struct ib_lv2 *lv2, int wait);
void ib_lv2_worker_release(struct ib_lv2 *lv2);
/* After each run(): do the work that was asked for if rendering offline, deliver responses, call end_run().
 * [audio-thread & processing] */
void ib_lv2_worker_after_run(struct ib_lv2 *lv2);
/* [audio-thread; else it is an error that is answered] */
int ib_lv2_schedule_work(void *handle, uint32_t size, const void *data);

/* -- further features -------------------------------------------------------------------------------------------------- */

/* [any-thread] */
int ib_lv2_log_printf(void *handle, uint32_t type, const char *format, ...) __attribute__((format(printf, 3, 4)));
int ib_lv2_log_vprintf(void *handle, uint32_t type, const char *format, va_list arguments);
/* [audio-thread; or main-thread & !active] */
int ib_lv2_resize(void *data, uint32_t port, size_t size);

#endif
