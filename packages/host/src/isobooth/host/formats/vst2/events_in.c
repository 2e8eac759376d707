/* Notes and MIDI on their way to the plugin: everything becomes MIDI 1.0 messages; what they cannot say is left out. */
#include "process.h"

#include "formats/shared/midi.h"

#include <math.h>
#include <string.h>

#define CHANNELS 16

/* [audio-thread] */
static union ib_vst2_event *put(struct ib_vst2_audio *audio, const struct ib_event *from, int32_t type, size_t size)
{
    union ib_vst2_event *to = &audio->events[audio->list.count];
    memset(to, 0, sizeof *to);
    to->head.type = type;
    to->head.bytes = (int32_t)size;
    to->head.time = (int32_t)(from->time - audio->from);
    audio->list.events[audio->list.count++] = &to->head;
    return to;
}

/* [audio-thread] */
static void put_bytes(struct ib_vst2_audio *audio, const struct ib_event *from, struct ib_midi1 bytes)
{
    union ib_vst2_event *to = put(audio, from, VST2_EVENT_MIDI, sizeof to->midi);
    to->midi.flags = from->flags & IB_EVENT_FLAG_LIVE ? VST2_EVENT_REALTIME : 0;
    to->midi.data[0] = bytes.status;
    to->midi.data[1] = bytes.first & 0x7F;
    to->midi.data[2] = bytes.second & 0x7F;
}

/* A note for one channel, or, where it names none, for all sixteen; a new note then sounds on the first. [audio-thread] */
static void note_in(struct ib_vst2 *vst2, const struct ib_event_note *event)
{
    int is_on = event->head.type == IB_EVENT_NOTE_ON;
    struct ib_event_note note = *event;
    struct ib_midi1 bytes;
    if (event->head.type == IB_EVENT_NOTE_END) /* plugins say this, hosts do not */
        return;
    if (!isfinite(note.value) || note.head.key > 127 || note.head.channel >= CHANNELS || (is_on && note.head.key < 0)) {
        vst2->audio->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
        return;
    }
    int first = note.head.channel >= 0 ? note.head.channel : 0;
    int last = note.head.channel >= 0 || is_on ? first : CHANNELS - 1;
    for (int channel = first; channel <= last; channel++) {
        note.head.channel = (int16_t)channel;
        if (ib_note_to_midi1(&note, &bytes))
            put_bytes(vst2->audio, &event->head, bytes);
    }
}

/* [audio-thread] */
static void midi_in(struct ib_vst2 *vst2, const struct ib_event_midi *event)
{
    struct ib_midi1 bytes = {event->data[0], event->data[1], event->data[2]};
    if (bytes.status < 0x80 || bytes.status == 0xF0 || bytes.status == 0xF7)
        vst2->audio->block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS; /* no message by itself */
    else
        put_bytes(vst2->audio, &event->head, bytes);
}

/* The bytes stay where they are until the block is done. [audio-thread] */
static void sysex_in(struct ib_vst2 *vst2, const struct ib_event_sysex *event)
{
    if (!vst2->takes_sysex || event->length == 0)
        return;
    union ib_vst2_event *to = put(vst2->audio, &event->head, VST2_EVENT_SYSEX, sizeof to->sysex);
    to->sysex.length = (int32_t)event->length;
    to->sysex.data = (uint8_t *)(event + 1);
}

#define IS_WANTED 0x80000000u

/* One number, so that the audio thread takes all of it or nothing. [main-thread] */
void ib_vst2_select_midi_program(struct ib_vst2 *vst2, uint32_t channel, uint8_t program, uint8_t bank_high,
                                 uint8_t bank_low)
{
    uint32_t wanted = IS_WANTED | program | (uint32_t)bank_high << 8 | (uint32_t)bank_low << 16;
    if (channel < CHANNELS)
        __atomic_store_n(&vst2->midi_programs[channel], wanted, __ATOMIC_RELAXED);
}

void ib_vst2_midi_programs_in(struct ib_vst2 *vst2)
{
    struct ib_event now = {.time = 0};
    for (uint8_t channel = 0; channel < CHANNELS; channel++) {
        uint32_t *place = &vst2->midi_programs[channel];
        if (__atomic_load_n(place, __ATOMIC_RELAXED) == 0)
            continue;
        uint32_t wanted = __atomic_exchange_n(place, 0, __ATOMIC_RELAXED);
        uint8_t program = wanted & 0x7F, high = (uint8_t)(wanted >> 8), low = (uint8_t)(wanted >> 16);
        if (high <= 0x7F)
            put_bytes(vst2->audio, &now, (struct ib_midi1){(uint8_t)(0xB0 | channel), 0, high});
        if (low <= 0x7F)
            put_bytes(vst2->audio, &now, (struct ib_midi1){(uint8_t)(0xB0 | channel), 32, low});
        put_bytes(vst2->audio, &now, (struct ib_midi1){(uint8_t)(0xC0 | channel), program, 0});
    }
}

int ib_vst2_is_listed(const struct ib_event *event)
{
    switch (event->type) {
    case IB_EVENT_NOTE_ON:
    case IB_EVENT_NOTE_OFF:
    case IB_EVENT_NOTE_CHOKE:
    case IB_EVENT_NOTE_END:
    case IB_EVENT_NOTE_EXPRESSION:
    case IB_EVENT_MIDI:
    case IB_EVENT_MIDI2:
    case IB_EVENT_SYSEX:
        return 1;
    default:
        return 0;
    }
}

int ib_vst2_event_in(struct ib_vst2 *vst2, const struct ib_event *event)
{
    struct ib_midi1 bytes;
    struct ib_packet packet;
    if (!vst2->takes_events)
        return 1;
    if (vst2->audio->list.count > IB_VST2_MOST_EVENTS - CHANNELS)
        return 0;
    switch (event->type) {
    case IB_EVENT_MIDI:
        midi_in(vst2, (const struct ib_event_midi *)(const void *)event);
        break;
    case IB_EVENT_MIDI2:
        memcpy(packet.words, ((const struct ib_event_midi2 *)(const void *)event)->data, sizeof packet.words);
        if (ib_packet_to_midi1(&packet, &bytes))
            put_bytes(vst2->audio, event, bytes);
        break;
    case IB_EVENT_SYSEX:
        sysex_in(vst2, (const struct ib_event_sysex *)(const void *)event);
        break;
    default:
        note_in(vst2, (const struct ib_event_note *)(const void *)event);
        break;
    }
    return 1;
}

void ib_vst2_events_send(struct ib_vst2 *vst2)
{
    struct ib_vst2_list *list = &vst2->audio->list;
    if (list->count == 0)
        return;
    (void)ib_vst2_call(vst2, VST2_PROCESS_EVENTS, 0, list);
    list->count = 0;
}
