/* From isobooth's events to VST3's: the list of a block's events, and which event goes where. */
#include "formats/vst3/audio.h"

#include <string.h>

/* -- putting ----------------------------------------------------------------------------------------------------------- */

struct vst3_Event *ib_vst3_event_put(struct ib_vst3 *vst3, const struct ib_event *from, uint32_t bus, uint16_t type)
{
    struct ib_vst3_audio *audio = vst3->audio;
    if (audio->event_count >= audio->event_room) {
        audio->bad_events++;
        return NULL;
    }
    struct vst3_Event *to = &audio->events[audio->event_count++];
    memset(to, 0, sizeof *to);
    to->busIndex = (int32_t)bus;
    to->sampleOffset = (int32_t)from->time;
    to->ppqPosition = audio->beats + from->time * audio->beats_per_frame;
    to->flags = from->flags & IB_EVENT_FLAG_LIVE ? VST3_kIsLive : 0;
    to->type = type;
    return to;
}

int32_t ib_vst3_event_bus(struct ib_vst3 *vst3, int16_t port)
{
    struct ib_vst3_audio *audio = vst3->audio;
    if (audio->event_inputs.count == 0)
        return -1;
    if (port < (int32_t)audio->event_inputs.count)
        return port > 0 ? port : 0;
    audio->bad_events++;
    return -1;
}

int32_t ib_vst3_event_channel(struct ib_vst3 *vst3, uint32_t bus, int32_t channel)
{
    int32_t count = vst3->audio->event_inputs.channels[bus];
    if (channel < count)
        return channel;
    if (count == 1)
        return 0;
    vst3->audio->bad_events++;
    return -1;
}

/* The bytes stay where they are until the block is done. [audio-thread] */
static void sysex_in(struct ib_vst3 *vst3, const struct ib_event_sysex *event)
{
    int32_t bus = ib_vst3_event_bus(vst3, event->head.port);
    if (bus < 0)
        return;
    struct vst3_Event *to = ib_vst3_event_put(vst3, &event->head, (uint32_t)bus, VST3_kDataEvent);
    if (to == NULL)
        return;
    to->u.data.size = event->length;
    to->u.data.type = VST3_kMidiSysEx;
    to->u.data.bytes = (const uint8_t *)(event + 1);
}

/* -- all of a block ---------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static void sound_event_in(struct ib_vst3 *vst3, const struct ib_event *event)
{
    const void *whole = event;
    if (vst3->audio->block->frames == 0) { /* a flush carries parameters only: a note in it would be lost */
        vst3->audio->bad_events++;
        return;
    }
    switch (event->type) {
    case IB_EVENT_MIDI:
        ib_vst3_midi_in(vst3, whole);
        break;
    case IB_EVENT_MIDI2:
        ib_vst3_midi2_in(vst3, whole);
        break;
    case IB_EVENT_SYSEX:
        sysex_in(vst3, whole);
        break;
    case IB_EVENT_TRANSPORT: /* VST3 has one of a block, at its start */
        break;
    default:
        ib_vst3_note_in(vst3, whole);
        break;
    }
}

void ib_vst3_events_in(struct ib_vst3 *vst3)
{
    const struct ib_block *block = vst3->audio->block;
    const struct ib_event *event;
    uint32_t at = 0;
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        const void *whole = event;
        switch (event->type) {
        case IB_EVENT_PARAM_VALUE:
            ib_vst3_param_in(vst3, whole);
            break;
        case IB_EVENT_PARAM_MOD: /* VST3 knows no modulation apart from the value, which is the client's to keep */
            ib_vst3_fault(vst3, IB_VST3_NOTE_MODULATION);
            vst3->audio->bad_events++;
            break;
        case IB_EVENT_GESTURE_BEGIN: /* of use to a host that records */
        case IB_EVENT_GESTURE_END:
            break;
        default:
            sound_event_in(vst3, event);
            break;
        }
    }
}

/* -- IEventList -------------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static int32_t list_query(void *self, const uint8_t *iid, void **out)
{
    return ib_vst3_fixed_query(self, iid, out, vst3_IEventList_iid);
}

/* [audio-thread] */
static int32_t list_count(void *self)
{
    const struct ib_vst3_fixed *object = self;
    return (int32_t)object->vst3->audio->event_count;
}

/* [audio-thread] */
static int32_t list_get(void *self, int32_t index, struct vst3_Event *event)
{
    const struct ib_vst3_fixed *object = self;
    const struct ib_vst3_audio *audio = object->vst3->audio;
    if (index < 0 || (uint32_t)index >= audio->event_count || event == NULL)
        return VST3_kInvalidArgument;
    *event = audio->events[index];
    return VST3_kResultOk;
}

/* The host fills this one. [audio-thread] */
static int32_t list_add(void *self, struct vst3_Event *event)
{
    (void)self;
    (void)event;
    return VST3_kResultFalse;
}

static const struct vst3_IEventList_vtbl list_vtbl = {
    .queryInterface = list_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getEventCount = list_count,
    .getEvent = list_get,
    .addEvent = list_add,
};

void ib_vst3_events_init(struct ib_vst3 *vst3)
{
    const struct ib_vst3_fixed list = {&list_vtbl, 1, 0, vst3};
    vst3->audio->in_events = list;
}
