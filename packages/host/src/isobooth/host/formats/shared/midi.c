#include "formats/shared/midi.h"

#include <math.h>

/* Status nibbles of channel voice messages, the same in MIDI 1.0 and MIDI 2.0. */
#define OFF 0x8
#define ON 0x9
#define KEY_PRESSURE 0xA
#define CONTROL 0xB
#define PROGRAM 0xC
#define PRESSURE 0xD
#define BEND 0xE
#define NOTE_CONTROL 0x0 /* MIDI 2.0 alone: registered per-note controller */

#define ALL_SOUND_OFF 120
#define ALL_NOTES_OFF 123
#define NOTE_PAN 10
#define NOTE_EXPRESSION 11
#define NOTE_BRIGHTNESS 74
#define NOTE_PITCH 3 /* absolute, 7.25 bits of a semitone */
#define DEFAULT_VELOCITY 64
#define BEND_SEMITONES 2.0 /* the range of the wheel until somebody says otherwise (General MIDI) */

/* -- numbers ----------------------------------------------------------------------------------------------------------- */

static uint8_t seven_bits(double value)
{
    return (uint8_t)lrint(fmin(fmax(value, 0.0), 1.0) * 127.0);
}

static uint32_t thirty_two_bits(double value)
{
    return (uint32_t)llrint(fmin(fmax(value, 0.0), 1.0) * 4294967295.0);
}

/* Widen so that 0, the middle and the largest value stay what they are: above the middle the bits below the top one are
 * repeated (M2-115-U, min-center-max scaling). */
static uint32_t widen(uint32_t value, int from_bits, int to_bits)
{
    uint32_t middle = (uint32_t)1 << (from_bits - 1);
    uint32_t wide = value << (to_bits - from_bits);
    if (value <= middle)
        return wide;
    uint32_t low = value & (middle - 1);
    for (int shift = to_bits - from_bits - (from_bits - 1); shift > -(from_bits - 1); shift -= from_bits - 1)
        wide |= shift >= 0 ? low << shift : low >> -shift;
    return wide;
}

static struct ib_midi1 midi1(uint32_t kind, int channel, uint32_t first, uint32_t second)
{
    struct ib_midi1 made = {(uint8_t)(kind << 4 | (uint32_t)channel), (uint8_t)first, (uint8_t)second};
    return made;
}

/* A MIDI 2.0 channel voice message of group 0. */
static struct ib_packet packet(uint32_t kind, uint32_t channel, uint32_t first, uint32_t second, uint32_t data)
{
    struct ib_packet made = {{0x40000000u | kind << 20 | channel << 16 | first << 8 | second, data, 0, 0}};
    return made;
}

/* -- from notes -------------------------------------------------------------------------------------------------------- */

static int expression_to_midi1(const struct ib_event_note *note, struct ib_midi1 *to)
{
    if (note->expression != IB_EXPRESSION_PRESSURE)
        return 0;
    uint8_t value = seven_bits(note->value);
    *to = note->head.key >= 0 ? midi1(KEY_PRESSURE, note->head.channel, (uint32_t)note->head.key, value)
                              : midi1(PRESSURE, note->head.channel, value, 0);
    return 1;
}

int ib_note_to_midi1(const struct ib_event_note *note, struct ib_midi1 *to)
{
    uint32_t key = note->head.key >= 0 ? (uint32_t)note->head.key : 0;
    uint8_t velocity = seven_bits(note->value);
    if (note->head.type == IB_EVENT_NOTE_EXPRESSION)
        return expression_to_midi1(note, to);
    if (note->head.type == IB_EVENT_NOTE_ON) /* a velocity of 0 would be a note off */
        *to = midi1(ON, note->head.channel, key, velocity != 0 ? velocity : 1);
    else if (note->head.key < 0)
        *to = midi1(CONTROL, note->head.channel, note->head.type == IB_EVENT_NOTE_CHOKE ? ALL_SOUND_OFF : ALL_NOTES_OFF,
                    0);
    else
        *to = midi1(OFF, note->head.channel, key, velocity);
    return 1;
}

static int expression_to_packet(const struct ib_event_note *note, struct ib_packet *to)
{
    uint32_t channel = (uint32_t)note->head.channel, key = (uint32_t)note->head.key;
    if (note->expression == IB_EXPRESSION_PRESSURE && note->head.key < 0) {
        *to = packet(PRESSURE, channel, 0, 0, thirty_two_bits(note->value));
        return 1;
    }
    if (note->head.key < 0)
        return 0;
    switch (note->expression) {
    case IB_EXPRESSION_PRESSURE:
        *to = packet(KEY_PRESSURE, channel, key, 0, thirty_two_bits(note->value));
        return 1;
    case IB_EXPRESSION_TUNING: {
        double pitch = fmin(fmax(note->head.key + note->value, 0.0), 127.99999997);
        *to = packet(NOTE_CONTROL, channel, key, NOTE_PITCH, (uint32_t)llrint(pitch * 33554432.0));
        return 1;
    }
    case IB_EXPRESSION_PAN:
        *to = packet(NOTE_CONTROL, channel, key, NOTE_PAN, thirty_two_bits(note->value));
        return 1;
    case IB_EXPRESSION_EXPRESSION:
        *to = packet(NOTE_CONTROL, channel, key, NOTE_EXPRESSION, thirty_two_bits(note->value));
        return 1;
    case IB_EXPRESSION_BRIGHTNESS:
        *to = packet(NOTE_CONTROL, channel, key, NOTE_BRIGHTNESS, thirty_two_bits(note->value));
        return 1;
    default:
        return 0;
    }
}

int ib_note_to_packet(const struct ib_event_note *note, struct ib_packet *to)
{
    uint32_t channel = (uint32_t)note->head.channel;
    uint32_t velocity = (uint32_t)lrint(fmin(fmax(note->value, 0.0), 1.0) * 65535.0) << 16;
    if (note->head.type == IB_EVENT_NOTE_EXPRESSION)
        return expression_to_packet(note, to);
    if (note->head.key < 0)
        *to = packet(CONTROL, channel, note->head.type == IB_EVENT_NOTE_CHOKE ? ALL_SOUND_OFF : ALL_NOTES_OFF, 0, 0);
    else
        *to = packet(note->head.type == IB_EVENT_NOTE_ON ? ON : OFF, channel, (uint32_t)note->head.key, 0, velocity);
    return 1;
}

/* -- to notes ---------------------------------------------------------------------------------------------------------- */

static int note(const struct ib_event *head, uint8_t type, uint32_t channel, int key, double value,
                struct ib_event_note *to)
{
    to->head = *head;
    to->head.type = type;
    to->head.channel = (int16_t)channel;
    to->head.key = (int16_t)key;
    to->note_id = -1;
    to->expression = 0;
    to->value = value;
    return 1;
}

static int expression(const struct ib_event *head, uint32_t channel, int key, uint32_t which, double value,
                      struct ib_event_note *to)
{
    note(head, IB_EVENT_NOTE_EXPRESSION, channel, key, value, to);
    to->expression = which;
    return 1;
}

int ib_midi1_to_note(const struct ib_event *head, struct ib_midi1 from, struct ib_event_note *to)
{
    uint32_t channel = from.status & 0xF;
    double second = from.second / 127.0;
    switch (from.status >> 4) {
    case ON:
        if (from.second != 0)
            return note(head, IB_EVENT_NOTE_ON, channel, from.first, second, to);
        return note(head, IB_EVENT_NOTE_OFF, channel, from.first, DEFAULT_VELOCITY / 127.0, to);
    case OFF:
        return note(head, IB_EVENT_NOTE_OFF, channel, from.first, second, to);
    case KEY_PRESSURE:
        return expression(head, channel, from.first, IB_EXPRESSION_PRESSURE, second, to);
    case PRESSURE:
        return expression(head, channel, -1, IB_EXPRESSION_PRESSURE, from.first / 127.0, to);
    case BEND: {
        int wheel = (from.second << 7 | from.first) - 8192;
        double semitones = wheel / (wheel < 0 ? 8192.0 : 8191.0) * BEND_SEMITONES;
        return expression(head, channel, -1, IB_EXPRESSION_TUNING, semitones, to);
    }
    case CONTROL:
        if (from.first == ALL_SOUND_OFF)
            return note(head, IB_EVENT_NOTE_CHOKE, channel, -1, 0.0, to);
        if (from.first == ALL_NOTES_OFF)
            return note(head, IB_EVENT_NOTE_OFF, channel, -1, DEFAULT_VELOCITY / 127.0, to);
        return 0;
    default:
        return 0;
    }
}

int ib_packet_to_note(const struct ib_event *head, const struct ib_packet *from, struct ib_event_note *to)
{
    uint32_t word = from->words[0], data = from->words[1];
    uint32_t channel = word >> 16 & 0xF;
    int key = (int)(word >> 8 & 0x7F);
    if (word >> 28 != 4)
        return 0;
    switch (word >> 20 & 0xF) {
    case ON:
        return note(head, IB_EVENT_NOTE_ON, channel, key, (data >> 16) / 65535.0, to);
    case OFF:
        return note(head, IB_EVENT_NOTE_OFF, channel, key, (data >> 16) / 65535.0, to);
    case KEY_PRESSURE:
        return expression(head, channel, key, IB_EXPRESSION_PRESSURE, data / 4294967295.0, to);
    case PRESSURE:
        return expression(head, channel, -1, IB_EXPRESSION_PRESSURE, data / 4294967295.0, to);
    case NOTE_CONTROL:
        if ((word & 0xFF) == NOTE_PITCH)
            return expression(head, channel, key, IB_EXPRESSION_TUNING, data / 33554432.0 - key, to);
        return 0;
    default:
        return 0;
    }
}

/* -- between the two MIDIs --------------------------------------------------------------------------------------------- */

int ib_midi1_to_packet(struct ib_midi1 from, struct ib_packet *to)
{
    uint32_t channel = from.status & 0xF, kind = from.status >> 4;
    switch (kind) {
    case ON:
        *to = from.second != 0 ? packet(ON, channel, from.first, 0, widen(from.second, 7, 16) << 16)
                               : packet(OFF, channel, from.first, 0, widen(DEFAULT_VELOCITY, 7, 16) << 16);
        return 1;
    case OFF:
        *to = packet(OFF, channel, from.first, 0, widen(from.second, 7, 16) << 16);
        return 1;
    case KEY_PRESSURE:
    case CONTROL:
        *to = packet(kind, channel, from.first, 0, widen(from.second, 7, 32));
        return 1;
    case PROGRAM:
        *to = packet(kind, channel, 0, 0, (uint32_t)from.first << 24);
        return 1;
    case PRESSURE:
        *to = packet(kind, channel, 0, 0, widen(from.first, 7, 32));
        return 1;
    case BEND:
        *to = packet(kind, channel, 0, 0, widen((uint32_t)from.second << 7 | from.first, 14, 32));
        return 1;
    default: /* system messages are packets of type 1 */
        to->words[0] = 0x10000000u | (uint32_t)from.status << 16 | (uint32_t)from.first << 8 | from.second;
        to->words[1] = to->words[2] = to->words[3] = 0;
        return 1;
    }
}

static int voice_to_midi1(uint32_t word, uint32_t data, struct ib_midi1 *to)
{
    uint32_t kind = word >> 20 & 0xF, first = word >> 8 & 0x7F;
    int channel = (int)(word >> 16 & 0xF);
    switch (kind) {
    case ON:
        *to = midi1(ON, channel, first, data >> 25 != 0 ? data >> 25 : 1);
        return 1;
    case OFF:
    case KEY_PRESSURE:
    case CONTROL:
        *to = midi1(kind, channel, first, data >> 25);
        return 1;
    case PROGRAM:
        *to = midi1(PROGRAM, channel, data >> 24 & 0x7F, 0);
        return 1;
    case PRESSURE:
        *to = midi1(PRESSURE, channel, data >> 25, 0);
        return 1;
    case BEND:
        *to = midi1(BEND, channel, data >> 18 & 0x7F, data >> 25);
        return 1;
    default:
        return 0;
    }
}

int ib_packet_to_midi1(const struct ib_packet *from, struct ib_midi1 *to)
{
    uint32_t word = from->words[0], type = word >> 28;
    if (type == 4)
        return voice_to_midi1(word, from->words[1], to);
    if ((type != 1 && type != 2) || (word >> 16 & 0x80) == 0) /* system, and MIDI 1.0 in a packet */
        return 0;
    to->status = (uint8_t)(word >> 16 & 0xFF);
    to->first = (uint8_t)(word >> 8 & 0x7F);
    to->second = (uint8_t)(word & 0x7F);
    return 1;
}
