/* Between isobooth's notes, MIDI 1.0 bytes and MIDI 2.0 Universal MIDI Packets. Pure functions. */
#ifndef ISOBOOTH_SHARED_MIDI_H
#define ISOBOOTH_SHARED_MIDI_H

#include <isobooth/events.h>

/* One MIDI 1.0 message; unused bytes are 0. */
struct ib_midi1 {
    uint8_t status;
    uint8_t first;
    uint8_t second;
};

struct ib_packet {
    uint32_t words[4];
};

/* Each returns 1, or 0 where the target has no word for it. `note` has one channel (0 .. 15) and valid values; a key of -1
 * stands for all keys. [any-thread] */
int ib_note_to_midi1(const struct ib_event_note *note, struct ib_midi1 *to);
int ib_note_to_packet(const struct ib_event_note *note, struct ib_packet *to);
int ib_midi1_to_note(const struct ib_event *head, struct ib_midi1 from, struct ib_event_note *to);
int ib_midi1_to_packet(struct ib_midi1 from, struct ib_packet *to);
int ib_packet_to_note(const struct ib_event *head, const struct ib_packet *from, struct ib_event_note *to);
int ib_packet_to_midi1(const struct ib_packet *from, struct ib_midi1 *to);

#endif
