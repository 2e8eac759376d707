/* MIDI from the plugin: what it hands to the host while it processes. Times are held inside the block; what makes no sense is
 * left out with one line in the log. */
#include "process.h"

#include <string.h>

#define MOST_EVENTS 65536 /* of one call that are looked at */

/* [audio-thread] */
static void fill_head(const struct ib_vst2_audio *audio, const struct vst2_event *from, struct ib_event *to,
                      uint8_t type, uint32_t size)
{
    int32_t most = audio->frames != 0 ? (int32_t)audio->frames - 1 : 0;
    int32_t time = from->time < 0 ? 0 : from->time > most ? most : from->time;
    to->size = size;
    to->time = audio->from + (uint32_t)time;
    to->type = type;
    to->flags = 0;
    to->port = 0;
    to->channel = to->key = -1;
}

/* 0: there is no such message. [audio-thread] */
static int midi_out(const struct ib_vst2_audio *audio, const struct vst2_midi *from)
{
    struct ib_event_midi to;
    if (from->data[0] < 0x80 || from->data[0] == 0xF0 || from->data[0] == 0xF7)
        return 0;
    memset(&to, 0, sizeof to);
    fill_head(audio, (const struct vst2_event *)(const void *)from, &to.head, IB_EVENT_MIDI, (uint32_t)sizeof to);
    to.head.flags = from->flags & VST2_EVENT_REALTIME ? IB_EVENT_FLAG_LIVE : 0;
    to.data[0] = from->data[0];
    to.data[1] = from->data[1] & 0x7F;
    to.data[2] = from->data[2] & 0x7F;
    (void)ib_event_append(audio->block->out_events, &to.head);
    return 1;
}

/* The bytes are the plugin's and are copied here. [audio-thread] */
static int sysex_out(const struct ib_vst2_audio *audio, const struct vst2_sysex *from)
{
    if (from->data == NULL || from->length <= 0)
        return 0;
    uint32_t length = (uint32_t)from->length, size = ib_event_sysex_size(length);
    struct ib_event_sysex *to = ib_event_reserve(audio->block->out_events, size);
    if (to == NULL)
        return 1; /* counted as dropped */
    memset((uint8_t *)to + size - 8, 0, 8);
    fill_head(audio, (const struct vst2_event *)(const void *)from, &to->head, IB_EVENT_SYSEX, size);
    to->length = length;
    to->reserved = 0;
    memcpy(to + 1, from->data, length);
    return 1;
}

intptr_t ib_vst2_events_out(struct ib_vst2 *vst2, const struct vst2_events *events)
{
    if (events == NULL || events->count <= 0)
        return 0;
    if (!ib_vst2_in_block(vst2) || vst2->audio->block->frames == 0) {
        ib_vst2_fault(vst2, IB_VST2_FAULT_EVENTS_OUTSIDE);
        return 0;
    }
    const struct vst2_event *const *list = (const struct vst2_event *const *)events->events;
    for (int32_t i = 0; i < events->count && i < MOST_EVENTS; i++) {
        const void *event = list[i];
        int32_t type = event != NULL ? list[i]->type : 0;
        int fine = type == VST2_EVENT_MIDI    ? midi_out(vst2->audio, event)
                   : type == VST2_EVENT_SYSEX ? sysex_out(vst2->audio, event)
                                              : 0;
        if (!fine)
            ib_vst2_fault(vst2, IB_VST2_FAULT_EVENT);
    }
    return 1;
}
