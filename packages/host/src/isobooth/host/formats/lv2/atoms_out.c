/* From what the plugin has written to its event outputs to isobooth's events. Nothing in there is believed. */
#include "formats/lv2/host.h"

#include <string.h>

/* [audio-thread, between runs] */
static void sysex_out(const struct ib_lv2_event_port *port, const struct ib_lv2_run *run, uint32_t time,
                      const uint8_t *data, uint32_t size)
{
    uint32_t whole = ib_event_sysex_size(size);
    struct ib_event_sysex *to = ib_event_reserve(run->writer, whole);
    if (to == NULL)
        return;
    memset((uint8_t *)to + whole - 8, 0, 8);
    memset(to, 0, sizeof *to);
    to->head.size = whole;
    to->head.time = time;
    to->head.type = IB_EVENT_SYSEX;
    to->head.port = (int16_t)port->note_port;
    to->head.channel = to->head.key = -1;
    to->length = size;
    memcpy(to + 1, data, size);
}

/* A time in the run as one in the block. [audio-thread] */
static uint32_t time_of(const struct ib_lv2_run *run, int64_t frames)
{
    int64_t most = run->frames != 0 ? (int64_t)run->frames - 1 : 0;
    return run->from + (uint32_t)(frames < 0 ? 0 : frames > most ? most : frames);
}

void ib_lv2_midi_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run,
                     int64_t frames, const uint8_t *data, uint32_t size)
{
    struct ib_event_midi to;
    if (size == 0 || data[0] < 0x80) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_MIDI_EMPTY);
        return;
    }
    if (size > 3 || data[0] == 0xF0) {
        sysex_out(port, run, time_of(run, frames), data, size);
        return;
    }
    memset(&to, 0, sizeof to);
    to.head.size = (uint32_t)sizeof to;
    to.head.time = time_of(run, frames);
    to.head.type = IB_EVENT_MIDI;
    to.head.port = (int16_t)port->note_port;
    to.head.channel = to.head.key = -1;
    memcpy(to.data, data, size);
    (void)ib_event_append(run->writer, &to.head);
}

/* [audio-thread, between runs] */
static void event_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run,
                      int64_t frames, const struct ib_lv2_atom *atom)
{
    if (atom->type == IB_URID_MIDI_EVENT) {
        if (port->kind & IB_LV2_EVENT_MIDI)
            ib_lv2_midi_out(lv2, port, run, frames, (const uint8_t *)(atom + 1), atom->size);
    } else if (atom->type == IB_URID_OBJECT || atom->type == IB_URID_BLANK || atom->type == IB_URID_RESOURCE) {
        ib_lv2_object_out(lv2, run, (int64_t)time_of(run, frames) - run->from, atom);
    }
}

/* [audio-thread, between runs] */
static void sequence_out(struct ib_lv2 *lv2, const struct ib_lv2_event_port *port, const struct ib_lv2_run *run)
{
    const struct ib_lv2_sequence *sequence = (const struct ib_lv2_sequence *)(const void *)port->buffer;
    const uint8_t *events = (const uint8_t *)(sequence + 1);
    const uint32_t head = (uint32_t)(sizeof *sequence - sizeof sequence->atom);
    uint32_t size = sequence->atom.size, at = 0;
    if (sequence->atom.type == IB_URID_CHUNK || size <= head) /* nothing was written, or nothing in it */
        return;
    if (sequence->atom.type != IB_URID_SEQUENCE) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_SEQUENCE_TYPE);
        return;
    }
    size -= head;
    if (size > port->capacity) {
        ib_lv2_fault(lv2, IB_LV2_FAULT_SEQUENCE_SIZE);
        size = port->capacity;
    }
    int in_beats = sequence->unit == IB_URID_BEAT_TIME; /* which nothing here has a use for: the start of the run */
    while (size - at >= sizeof(struct ib_lv2_atom_event)) {
        const struct ib_lv2_atom_event *event = (const struct ib_lv2_atom_event *)(const void *)(events + at);
        uint32_t room = size - at - (uint32_t)sizeof *event;
        if (event->body.size > room) {
            ib_lv2_fault(lv2, IB_LV2_FAULT_EVENT_SIZE);
            return;
        }
        event_out(lv2, port, run, in_beats ? 0 : event->frames, &event->body);
        uint32_t padded = ib_lv2_pad(event->body.size);
        at += (uint32_t)sizeof *event + (padded < room ? padded : room);
    }
}

void ib_lv2_events_out(struct ib_lv2 *lv2, const struct ib_lv2_run *run)
{
    for (uint32_t i = 0; i < lv2->event_port_count; i++) {
        const struct ib_lv2_event_port *port = &lv2->event_ports[i];
        if (!(port->kind & IB_LV2_EVENT_OUT))
            continue;
        if (port->kind & IB_LV2_EVENT_OLD)
            ib_lv2_old_out(lv2, port, run);
        else
            sequence_out(lv2, port, run);
    }
}
