/* Notes and MIDI on their way to a note port, in a dialect that the port takes and in one encoding only (events.h): CLAP's own
 * notes if it can be, else MIDI 1 bytes, else Universal MIDI Packets. What a dialect cannot say is left out. */
#include "formats/clap/host.h"
#include "formats/shared/midi.h"

#include <math.h>

#define MIDI1_DIALECTS (CLAP_NOTE_DIALECT_MIDI | CLAP_NOTE_DIALECT_MIDI_MPE)

/* -- putting ----------------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static void put_bytes(struct ib_clap *clap, const struct ib_event *from, uint16_t port, struct ib_midi1 bytes)
{
    struct clap_event_midi *to = ib_clap_event_put(clap, from, CLAP_EVENT_MIDI, (uint32_t)sizeof *to);
    if (to == NULL)
        return;
    to->port_index = port;
    to->data[0] = bytes.status;
    to->data[1] = bytes.first;
    to->data[2] = bytes.second;
}

/* [audio-thread] */
static void put_packet(struct ib_clap *clap, const struct ib_event *from, uint16_t port, struct ib_packet packet)
{
    struct clap_event_midi2 *to = ib_clap_event_put(clap, from, CLAP_EVENT_MIDI2, (uint32_t)sizeof *to);
    if (to == NULL)
        return;
    to->port_index = port;
    for (int i = 0; i < 4; i++)
        to->data[i] = packet.words[i];
}

/* [audio-thread] */
static void put_note(struct ib_clap *clap, const struct ib_event_note *from, int16_t port)
{
    static const uint16_t types[] = {
        [IB_EVENT_NOTE_ON] = CLAP_EVENT_NOTE_ON,
        [IB_EVENT_NOTE_OFF] = CLAP_EVENT_NOTE_OFF,
        [IB_EVENT_NOTE_CHOKE] = CLAP_EVENT_NOTE_CHOKE,
    };
    if (from->head.type == IB_EVENT_NOTE_EXPRESSION) {
        struct clap_event_note_expression *to =
            ib_clap_event_put(clap, &from->head, CLAP_EVENT_NOTE_EXPRESSION, (uint32_t)sizeof *to);
        if (to == NULL)
            return;
        to->expression_id = (int32_t)from->expression;
        to->note_id = from->note_id;
        to->port_index = port;
        to->channel = from->head.channel;
        to->key = from->head.key;
        to->value = from->value;
        return;
    }
    struct clap_event_note *to = ib_clap_event_put(clap, &from->head, types[from->head.type], (uint32_t)sizeof *to);
    if (to == NULL)
        return;
    to->note_id = from->note_id;
    to->port_index = port;
    to->channel = from->head.channel;
    to->key = from->head.key;
    to->velocity = from->value;
}

/* A channel of -1 means all sixteen where the dialect has no such word. */
void ib_clap_note_out(struct ib_clap *clap, const struct ib_event_note *note, uint16_t port)
{
    uint32_t dialects = clap->note_dialects[port];
    if (dialects & CLAP_NOTE_DIALECT_CLAP) {
        put_note(clap, note, (int16_t)port);
        return;
    }
    struct ib_event_note one = *note;
    int first = note->head.channel >= 0 ? note->head.channel : 0;
    int last = note->head.channel >= 0 ? note->head.channel : 15;
    if (last > 15)
        return; /* MIDI has sixteen channels */
    for (int channel = first; channel <= last; channel++) {
        one.head.channel = (int16_t)channel;
        struct ib_midi1 bytes;
        struct ib_packet packet;
        if (dialects & MIDI1_DIALECTS) {
            if (ib_note_to_midi1(&one, &bytes))
                put_bytes(clap, &one.head, port, bytes);
        } else if (dialects & CLAP_NOTE_DIALECT_MIDI2 && ib_note_to_packet(&one, &packet)) {
            put_packet(clap, &one.head, port, packet);
        }
    }
}

/* -- notes ------------------------------------------------------------------------------------------------------------- */

/* Bring an expression into the range of events.h. 0 if there is no such expression. [audio-thread] */
static int hold_expression(struct ib_event_note *note)
{
    static const double ranges[][2] = {{0, 4}, {0, 1}, {-120, 120}, {0, 1}, {0, 1}, {0, 1}, {0, 1}};
    if (note->expression >= sizeof ranges / sizeof *ranges)
        return 0;
    note->value = fmin(fmax(note->value, ranges[note->expression][0]), ranges[note->expression][1]);
    return 1;
}

/* Make a note valid. 0 if that cannot be. NOTE_ON needs a port, a channel and a key (events.h); the rest may be -1.
 * [audio-thread] */
static int hold_note(struct ib_event_note *note)
{
    int is_on = note->head.type == IB_EVENT_NOTE_ON;
    if (!isfinite(note->value) || note->head.key > 127 || note->head.channel > 15 || (is_on && note->head.key < 0))
        return 0;
    if (note->head.key < 0)
        note->head.key = -1;
    if (note->head.channel < 0)
        note->head.channel = is_on ? 0 : -1;
    if (note->head.port < 0)
        note->head.port = is_on ? 0 : -1;
    if (note->note_id < 0)
        note->note_id = -1;
    if (note->head.type == IB_EVENT_NOTE_EXPRESSION)
        return hold_expression(note);
    note->value = fmin(fmax(note->value, 0.0), 1.0);
    return 1;
}

/* Is there such a port? A plugin without note inputs takes no notes, which is no fault. [audio-thread] */
static int has_port(struct ib_clap *clap, int16_t port)
{
    if (port < (int32_t)clap->note_inputs)
        return clap->note_inputs != 0;
    if (clap->note_inputs != 0)
        clap->bad_events++;
    return 0;
}

void ib_clap_note_in(struct ib_clap *clap, const struct ib_event_note *event)
{
    struct ib_event_note note = *event;
    if (note.head.type == IB_EVENT_NOTE_END) /* plugins say this, hosts do not */
        return;
    if (!hold_note(&note)) {
        clap->bad_events++;
        return;
    }
    if (!has_port(clap, note.head.port))
        return;
    ib_clap_hold(clap, &note, note.head.port);
    if (note.head.port >= 0) {
        ib_clap_note_out(clap, &note, (uint16_t)note.head.port);
        return;
    }
    uint32_t all = CLAP_NOTE_DIALECT_CLAP;
    for (uint32_t port = 0; port < clap->note_inputs; port++)
        all &= clap->note_dialects[port];
    if (all != 0) {
        put_note(clap, &note, -1);
        return;
    }
    for (uint32_t port = 0; port < clap->note_inputs; port++)
        ib_clap_note_out(clap, &note, (uint16_t)port);
}

/* -- MIDI -------------------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static void bytes_in(struct ib_clap *clap, const struct ib_event *from, uint16_t port, struct ib_midi1 bytes)
{
    uint32_t dialects = clap->note_dialects[port];
    struct ib_event_note note;
    struct ib_packet packet;
    if (dialects & MIDI1_DIALECTS) {
        put_bytes(clap, from, port, bytes);
    } else if (dialects & CLAP_NOTE_DIALECT_CLAP && ib_midi1_to_note(from, bytes, &note)) {
        put_note(clap, &note, (int16_t)port);
    } else if (dialects & CLAP_NOTE_DIALECT_MIDI2 && ib_midi1_to_packet(bytes, &packet)) {
        put_packet(clap, from, port, packet);
    }
}

void ib_clap_midi_in(struct ib_clap *clap, const struct ib_event_midi *event)
{
    uint16_t port = event->head.port > 0 ? (uint16_t)event->head.port : 0;
    struct ib_midi1 bytes = {event->data[0], event->data[1] & 0x7F, event->data[2] & 0x7F};
    if (event->data[0] < 0x80 || event->data[0] == 0xF0 || event->data[0] == 0xF7) {
        clap->bad_events++; /* running status and pieces of sysex are no messages */
        return;
    }
    if (!has_port(clap, (int16_t)port))
        return;
    struct ib_event_note note;
    if (ib_midi1_to_note(&event->head, bytes, &note))
        ib_clap_hold(clap, &note, (int16_t)port);
    bytes_in(clap, &event->head, port, bytes);
}

void ib_clap_midi2_in(struct ib_clap *clap, const struct ib_event_midi2 *event)
{
    uint16_t port = event->head.port > 0 ? (uint16_t)event->head.port : 0;
    struct ib_packet packet = {{event->data[0], event->data[1], event->data[2], event->data[3]}};
    struct ib_event_note note;
    struct ib_midi1 bytes;
    if (!has_port(clap, (int16_t)port))
        return;
    uint32_t dialects = clap->note_dialects[port];
    if (ib_packet_to_note(&event->head, &packet, &note))
        ib_clap_hold(clap, &note, (int16_t)port);
    if (dialects & CLAP_NOTE_DIALECT_MIDI2)
        put_packet(clap, &event->head, port, packet);
    else if (dialects & CLAP_NOTE_DIALECT_CLAP && ib_packet_to_note(&event->head, &packet, &note))
        put_note(clap, &note, (int16_t)port); /* with all of its sixteen bits of velocity */
    else if (ib_packet_to_midi1(&packet, &bytes))
        bytes_in(clap, &event->head, port, bytes);
}

void ib_clap_sysex_in(struct ib_clap *clap, const struct ib_event_sysex *event)
{
    uint16_t port = event->head.port > 0 ? (uint16_t)event->head.port : 0;
    if (!has_port(clap, (int16_t)port) || (clap->note_dialects[port] & (MIDI1_DIALECTS | CLAP_NOTE_DIALECT_MIDI2)) == 0)
        return;
    struct clap_event_midi_sysex *to =
        ib_clap_event_put(clap, &event->head, CLAP_EVENT_MIDI_SYSEX, (uint32_t)sizeof *to);
    if (to == NULL)
        return;
    to->port_index = port;
    to->buffer = (const uint8_t *)(event + 1); /* stays where it is until the block is done */
    to->size = event->length;
}
