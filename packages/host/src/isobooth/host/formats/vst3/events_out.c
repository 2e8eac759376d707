/* From VST3's events to isobooth's: what a plugin adds to its list of output events. Times are held inside the block; what
 * makes no sense is refused with one line in the log. */
#include "formats/vst3/audio.h"

#include <math.h>
#include <string.h>

/* Where an event that goes out begins. [audio-thread] */
static struct ib_event head_of(struct ib_vst3 *vst3, const struct vst3_Event *from, uint8_t type, uint32_t size)
{
    struct ib_event head = {.size = size,
                            .time = ib_vst3_held_offset(vst3, from->sampleOffset),
                            .type = type,
                            .flags = from->flags & VST3_kIsLive ? IB_EVENT_FLAG_LIVE : 0,
                            .port = (int16_t)from->busIndex,
                            .channel = -1,
                            .key = -1};
    return head;
}

/* [audio-thread] */
static int32_t refuse(struct ib_vst3 *vst3, enum ib_vst3_fault fault)
{
    ib_vst3_fault(vst3, fault);
    return VST3_kResultFalse;
}

/* [audio-thread] */
static int32_t append(struct ib_vst3 *vst3, const struct ib_event *event)
{
    return ib_event_append(vst3->audio->block->out_events, event) ? VST3_kResultOk : VST3_kResultFalse;
}

/* The client's id of a note: that of the host's own making was none. [any-thread] */
static int32_t client_id(int32_t id)
{
    return id >= 0 && id < IB_VST3_OWN_IDS ? id : -1;
}

/* [audio-thread] */
static int32_t add_note(struct ib_vst3 *vst3, const struct vst3_Event *from, uint8_t type, int32_t channel,
                        int32_t pitch, double value, int32_t note_id)
{
    if (channel < 0 || channel >= IB_VST3_MIDI_CHANNELS || pitch < 0 || pitch > 127 || !isfinite(value))
        return refuse(vst3, IB_VST3_FAULT_EVENT);
    struct ib_event_note to;
    to.head = head_of(vst3, from, type, (uint32_t)sizeof to);
    to.head.channel = (int16_t)channel;
    to.head.key = (int16_t)pitch;
    to.note_id = client_id(note_id);
    to.expression = type == IB_EVENT_NOTE_EXPRESSION ? IB_EXPRESSION_PRESSURE : 0;
    to.value = fmin(fmax(value, 0.0), 1.0);
    return append(vst3, &to.head);
}

/* [audio-thread] */
static int32_t add_expression(struct ib_vst3 *vst3, const struct vst3_Event *from)
{
    const struct vst3_NoteExpressionValueEvent *said = &from->u.noteExpressionValue;
    if (!isfinite(said->value) || said->typeId == VST3_kTextTypeID || said->typeId == VST3_kPhonemeTypeID ||
        said->typeId == VST3_kInvalidTypeID)
        return refuse(vst3, IB_VST3_FAULT_EVENT);
    const struct ib_vst3_note *note = ib_vst3_note_of(vst3->audio->notes, said->noteId);
    double value = fmin(fmax(said->value, 0.0), 1.0);
    struct ib_event_note to;
    to.head = head_of(vst3, from, IB_EVENT_NOTE_EXPRESSION, (uint32_t)sizeof to);
    if (note != NULL) {
        to.head.channel = note->channel;
        to.head.key = note->key;
    }
    to.note_id = client_id(said->noteId);
    if (note == NULL && to.note_id < 0) /* of no note that anybody knows */
        return refuse(vst3, IB_VST3_FAULT_EVENT);
    to.expression = said->typeId;
    to.value = said->typeId == VST3_kVolumeTypeID   ? value * 4.0
               : said->typeId == VST3_kTuningTypeID ? (value - 0.5) * 240.0
                                                    : value;
    return append(vst3, &to.head);
}

/* The bytes are the plugin's and are copied here. [audio-thread] */
static int32_t add_data(struct ib_vst3 *vst3, const struct vst3_Event *from)
{
    const struct vst3_DataEvent *said = &from->u.data;
    if (said->type != VST3_kMidiSysEx) {
        ib_vst3_fault(vst3, IB_VST3_NOTE_UNKNOWN_OUT);
        return VST3_kResultFalse;
    }
    if (said->bytes == NULL || said->size == 0)
        return refuse(vst3, IB_VST3_FAULT_EVENT);
    uint32_t size = ib_event_sysex_size(said->size);
    struct ib_event_sysex *to = ib_event_reserve(vst3->audio->block->out_events, size);
    if (to == NULL)
        return VST3_kResultFalse;
    memset((uint8_t *)to + size - 8, 0, 8);
    to->head = head_of(vst3, from, IB_EVENT_SYSEX, size);
    to->length = said->size;
    to->reserved = 0;
    memcpy(to + 1, said->bytes, said->size);
    return VST3_kResultOk;
}

/* What VST3 calls legacy: controllers and what else MIDI has and VST3 has not. [audio-thread] */
static int32_t add_controller(struct ib_vst3 *vst3, const struct vst3_Event *from)
{
    static const uint8_t statuses[] = {
        [VST3_kAfterTouch] = 0xD0,
        [VST3_kPitchBend] = 0xE0,
        [VST3_kCtrlProgramChange] = 0xC0,
        [VST3_kCtrlPolyPressure] = 0xA0,
        [VST3_kCtrlQuarterFrame] = 0xF1,
        [VST3_kSystemSongSelect] = 0xF3,
        [VST3_kSystemSongPointer] = 0xF2,
        [VST3_kSystemCableSelect] = 0, /* of USB, no message */
        [VST3_kSystemTuneRequest] = 0xF6,
        [VST3_kSystemMidiClockStart] = 0xFA,
        [VST3_kSystemMidiClockContinue] = 0xFB,
        [VST3_kSystemMidiClockStop] = 0xFC,
        [VST3_kSystemActiveSensing] = 0xFE,
    };
    const struct vst3_LegacyMIDICCOutEvent *said = &from->u.midiCCOut;
    uint8_t first = (uint8_t)said->value & 0x7F, second = (uint8_t)said->value2 & 0x7F;
    struct ib_event_midi to;
    memset(&to, 0, sizeof to);
    if (said->controlNumber < VST3_kAfterTouch) {
        to.data[0] = 0xB0;
        to.data[1] = said->controlNumber;
        to.data[2] = first;
    } else if (said->controlNumber < sizeof statuses && statuses[said->controlNumber] != 0) {
        to.data[0] = statuses[said->controlNumber];
        int has_two = to.data[0] == 0xE0 || to.data[0] == 0xA0 || to.data[0] == 0xF2;
        to.data[1] = to.data[0] >= 0xF6 ? 0 : first;
        to.data[2] = has_two ? second : 0;
    } else {
        ib_vst3_fault(vst3, IB_VST3_NOTE_UNKNOWN_OUT);
        return VST3_kResultFalse;
    }
    if (to.data[0] < 0xF0) {
        if (said->channel < 0 || said->channel >= IB_VST3_MIDI_CHANNELS)
            return refuse(vst3, IB_VST3_FAULT_EVENT);
        to.data[0] |= (uint8_t)said->channel;
    }
    to.head = head_of(vst3, from, IB_EVENT_MIDI, (uint32_t)sizeof to);
    return append(vst3, &to.head);
}

/* [audio-thread] */
static int32_t add(struct ib_vst3 *vst3, const struct vst3_Event *event)
{
    switch (event->type) {
    case VST3_kNoteOnEvent: {
        const struct vst3_NoteOnEvent *on = &event->u.noteOn;
        return add_note(vst3, event, IB_EVENT_NOTE_ON, on->channel, on->pitch, on->velocity, on->noteId);
    }
    case VST3_kNoteOffEvent: {
        const struct vst3_NoteOffEvent *off = &event->u.noteOff;
        return add_note(vst3, event, IB_EVENT_NOTE_OFF, off->channel, off->pitch, off->velocity, off->noteId);
    }
    case VST3_kPolyPressureEvent: {
        const struct vst3_PolyPressureEvent *press = &event->u.polyPressure;
        return add_note(vst3, event, IB_EVENT_NOTE_EXPRESSION, press->channel, press->pitch, press->pressure,
                        press->noteId);
    }
    case VST3_kNoteExpressionValueEvent:
        return add_expression(vst3, event);
    case VST3_kDataEvent:
        return add_data(vst3, event);
    case VST3_kLegacyMIDICCOutEvent:
        return add_controller(vst3, event);
    default: /* chords, scales, texts: isobooth has no such events */
        ib_vst3_fault(vst3, IB_VST3_NOTE_UNKNOWN_OUT);
        return VST3_kResultFalse;
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
    return (int32_t)object->vst3->audio->out_event_count;
}

/* They are on their way already. [audio-thread] */
static int32_t list_get(void *self, int32_t index, struct vst3_Event *event)
{
    (void)self;
    (void)index;
    (void)event;
    return VST3_kResultFalse;
}

/* [audio-thread] */
static int32_t list_add(void *self, struct vst3_Event *event)
{
    struct ib_vst3 *vst3 = ((const struct ib_vst3_fixed *)self)->vst3;
    if (!ib_vst3_in_process(vst3))
        return refuse(vst3, IB_VST3_FAULT_OUTSIDE);
    if (event == NULL)
        return VST3_kInvalidArgument;
    if (event->busIndex < 0 || (uint32_t)event->busIndex >= vst3->audio->event_outputs.count)
        return refuse(vst3, IB_VST3_FAULT_BUS);
    int32_t result = add(vst3, event);
    vst3->audio->out_event_count += result == VST3_kResultOk;
    return result;
}

static const struct vst3_IEventList_vtbl list_vtbl = {
    .queryInterface = list_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getEventCount = list_count,
    .getEvent = list_get,
    .addEvent = list_add,
};

void ib_vst3_out_events_init(struct ib_vst3 *vst3)
{
    const struct ib_vst3_fixed list = {&list_vtbl, 1, 0, vst3};
    vst3->audio->out_events = list;
}
