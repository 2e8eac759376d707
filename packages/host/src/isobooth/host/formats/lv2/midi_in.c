/* Notes and MIDI on their way to event ports, which know MIDI 1.0 alone: what it cannot say is left out. */
#include "formats/shared/midi.h"
#include "formats/lv2/host.h"

#include <math.h>
#include <string.h>

#define CONTROL 0xB0
#define ALL_SOUND_OFF 120

/* Bytes of a message by its status. [any-thread] */
static uint32_t length_of(uint8_t status)
{
    switch (status & 0xF0) {
    case 0xC0:
    case 0xD0:
        return 2;
    case 0xF0:
        return status == 0xF2 ? 3 : status == 0xF1 || status == 0xF3 ? 2 : 1;
    default:
        return 3;
    }
}

/* To one port, or with -1 to all that take MIDI. Returns how many there are. [audio-thread, between runs] */
static uint32_t put_bytes(struct ib_lv2 *lv2, int32_t to, uint32_t frames, const uint8_t *bytes, uint32_t size)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < lv2->event_port_count; i++) {
        struct ib_lv2_event_port *port = &lv2->event_ports[i];
        if (!(port->kind & IB_LV2_EVENT_IN) || !(port->kind & IB_LV2_EVENT_MIDI) || (to >= 0 && port->note_port != to))
            continue;
        found++;
        void *place = ib_lv2_put(lv2, port, frames, IB_URID_MIDI_EVENT, size);
        if (place != NULL)
            memcpy(place, bytes, size);
    }
    return found;
}

/* [audio-thread, between runs] */
static void put_message(struct ib_lv2 *lv2, int32_t to, uint32_t frames, struct ib_midi1 message)
{
    const uint8_t bytes[] = {message.status, message.first, message.second};
    /* A port that is not there is an error only if there are others. */
    if (put_bytes(lv2, to, frames, bytes, length_of(message.status)) == 0 && lv2->takes & IB_LV2_EVENT_MIDI)
        lv2->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
}

/* Make a note one that MIDI can say; 0 if that cannot be. A note on needs a key. [audio-thread] */
static int hold(struct ib_event_note *note)
{
    int is_on = note->head.type == IB_EVENT_NOTE_ON;
    if (!isfinite(note->value) || note->head.key > 127 || note->head.channel > 15 || (is_on && note->head.key < 0))
        return 0;
    if (is_on && note->head.channel < 0)
        note->head.channel = 0;
    if (is_on && note->head.port < 0)
        note->head.port = 0;
    note->head.key = note->head.key < 0 ? -1 : note->head.key;
    note->value = note->head.type == IB_EVENT_NOTE_EXPRESSION ? note->value : fmin(fmax(note->value, 0.0), 1.0);
    return 1;
}

void ib_lv2_note_in(struct ib_lv2 *lv2, const struct ib_event_note *event, uint32_t frames)
{
    struct ib_event_note note = *event;
    struct ib_midi1 message;
    if (note.head.type == IB_EVENT_NOTE_END) /* plugins say this, hosts do not */
        return;
    if (!hold(&note)) {
        lv2->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
        return;
    }
    int first = note.head.channel >= 0 ? note.head.channel : 0;
    int last = note.head.channel >= 0 ? note.head.channel : 15;
    for (int channel = first; channel <= last; channel++) {
        note.head.channel = (int16_t)channel;
        if (ib_note_to_midi1(&note, &message))
            put_message(lv2, note.head.port, frames, message);
    }
}

void ib_lv2_midi_in(struct ib_lv2 *lv2, const struct ib_event_midi *event, uint32_t frames)
{
    struct ib_midi1 message = {event->data[0], event->data[1] & 0x7F, event->data[2] & 0x7F};
    if (message.status < 0x80 || message.status == 0xF0 || message.status == 0xF7) {
        lv2->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS; /* pieces of messages */
        return;
    }
    put_message(lv2, event->head.port, frames, message);
}

void ib_lv2_midi2_in(struct ib_lv2 *lv2, const struct ib_event_midi2 *event, uint32_t frames)
{
    struct ib_packet packet = {{event->data[0], event->data[1], event->data[2], event->data[3]}};
    struct ib_midi1 message;
    if (ib_packet_to_midi1(&packet, &message))
        put_message(lv2, event->head.port, frames, message);
}

void ib_lv2_sysex_in(struct ib_lv2 *lv2, const struct ib_event_sysex *event, uint32_t frames)
{
    if (event->length != 0)
        (void)put_bytes(lv2, event->head.port, frames, (const uint8_t *)(event + 1), event->length);
}

void ib_lv2_panic_in(struct ib_lv2 *lv2, uint32_t frames)
{
    for (int channel = 0; channel < 16; channel++) {
        const uint8_t bytes[] = {(uint8_t)(CONTROL | channel), ALL_SOUND_OFF, 0};
        (void)put_bytes(lv2, -1, frames, bytes, sizeof bytes);
    }
}
