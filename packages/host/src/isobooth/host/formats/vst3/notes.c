/* Notes on their way to the plugin. VST3 has no wildcards, wants a note on for every note off and knows notes by ids of which
 * no two sound at once: so the host keeps book of what sounds. A note that came without an id, or with one that sounds, gets
 * one of the host's own, for note expressions, which have nothing but the id. */
#include "formats/vst3/audio.h"

#include <math.h>

void ib_vst3_notes_init(struct ib_vst3_notes *notes)
{
    notes->count = notes->high = 0;
    notes->next_id = IB_VST3_OWN_IDS;
    notes->free = 0;
    for (uint32_t i = 0; i < IB_VST3_NOTE_CHAINS; i++)
        notes->chains[i] = IB_VST3_NO_NOTE;
    for (uint32_t i = 0; i < IB_VST3_MOST_NOTES; i++) {
        notes->pool[i].sounds = 0;
        notes->pool[i].next = i + 1 < IB_VST3_MOST_NOTES ? (uint16_t)(i + 1) : IB_VST3_NO_NOTE;
    }
}

/* -- the book ---------------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static uint16_t *chain_of(struct ib_vst3_notes *notes, uint32_t bus, uint32_t channel, uint32_t key)
{
    return &notes->chains[(key ^ channel << 7 ^ bus << 5) & (IB_VST3_NOTE_CHAINS - 1)];
}

const struct ib_vst3_note *ib_vst3_note_of(const struct ib_vst3_notes *notes, int32_t id)
{
    for (uint32_t i = 0; i < notes->high; i++) {
        if (notes->pool[i].sounds && notes->pool[i].id == id)
            return &notes->pool[i];
    }
    return NULL;
}

/* An id that no sounding note has. [audio-thread] */
static int32_t new_id(struct ib_vst3_notes *notes, int32_t wanted)
{
    if (wanted >= 0 && wanted < IB_VST3_OWN_IDS && ib_vst3_note_of(notes, wanted) == NULL)
        return wanted;
    int32_t id = notes->next_id;
    notes->next_id = id == INT32_MAX ? IB_VST3_OWN_IDS : id + 1;
    return id;
}

/* [audio-thread] */
static const struct ib_vst3_note *note_begin(struct ib_vst3_notes *notes, uint32_t bus,
                                             const struct ib_event_note *event)
{
    uint16_t at = notes->free;
    if (at == IB_VST3_NO_NOTE)
        return NULL;
    int32_t id = new_id(notes, event->note_id);
    struct ib_vst3_note *note = &notes->pool[at];
    uint16_t *chain = chain_of(notes, bus, (uint32_t)event->head.channel, (uint32_t)event->head.key);
    notes->free = note->next;
    note->client_id = event->note_id;
    note->id = id;
    note->channel = event->head.channel;
    note->key = (uint8_t)event->head.key;
    note->bus = (uint8_t)bus;
    note->sounds = 1;
    note->next = *chain;
    *chain = at;
    notes->count++;
    if (at >= notes->high)
        notes->high = at + 1u;
    return note;
}

/* [audio-thread] */
static void note_end(struct ib_vst3_notes *notes, uint16_t at)
{
    struct ib_vst3_note *note = &notes->pool[at];
    uint16_t *link = chain_of(notes, note->bus, (uint32_t)note->channel, note->key);
    while (*link != at)
        link = &notes->pool[*link].next;
    *link = note->next;
    note->sounds = 0;
    note->next = notes->free;
    notes->free = at;
    if (--notes->count == 0)
        notes->high = 0;
}

/* Does an event, whose -1 mean all, mean this note? [audio-thread] */
static int is_meant(const struct ib_vst3_note *note, int32_t bus, const struct ib_event_note *event)
{
    return note->sounds && (bus < 0 || note->bus == bus) &&
           (event->head.channel < 0 || note->channel == event->head.channel) &&
           (event->head.key < 0 || note->key == event->head.key) &&
           (event->note_id < 0 || note->client_id == event->note_id);
}

/* -- events ------------------------------------------------------------------------------------------------------------ */

/* [audio-thread] */
static void note_on(struct ib_vst3 *vst3, uint32_t bus, const struct ib_event_note *event)
{
    int32_t channel = ib_vst3_event_channel(vst3, bus, event->head.channel);
    if (channel < 0)
        return;
    const struct ib_vst3_note *note = note_begin(vst3->audio->notes, bus, event);
    if (note == NULL) {
        vst3->audio->bad_events++;
        return;
    }
    struct vst3_Event *to = ib_vst3_event_put(vst3, &event->head, bus, VST3_kNoteOnEvent);
    if (to == NULL) {
        note_end(vst3->audio->notes, (uint16_t)(note - vst3->audio->notes->pool));
        return;
    }
    to->u.noteOn.channel = (int16_t)channel;
    to->u.noteOn.pitch = note->key;
    to->u.noteOn.velocity = (float)event->value;
    to->u.noteOn.noteId = note->id;
}

/* The range of ib_event_note.value for each expression and what VST3 makes of it (ivstnoteexpression.h): 0 .. 1 for all. */
static double expression_value(uint32_t expression, double value)
{
    double normal = value;
    if (expression == IB_EXPRESSION_VOLUME) /* 1 is a gain of 4 */
        normal = value / 4.0;
    else if (expression == IB_EXPRESSION_TUNING)
        normal = 0.5 + value / 240.0;
    return normal < 0.0 ? 0.0 : normal > 1.0 ? 1.0 : normal;
}

/* One event for one sounding note. Frees the note if that ends it. [audio-thread] */
static void say_to_note(struct ib_vst3 *vst3, uint16_t at, const struct ib_event_note *event)
{
    struct ib_vst3_notes *notes = vst3->audio->notes;
    const struct ib_vst3_note *note = &notes->pool[at];
    int16_t channel = (int16_t)ib_vst3_event_channel(vst3, note->bus, note->channel);
    struct vst3_Event *to;
    if (event->head.type != IB_EVENT_NOTE_EXPRESSION) {
        to = ib_vst3_event_put(vst3, &event->head, note->bus, VST3_kNoteOffEvent);
        if (to == NULL)
            return; /* it still sounds */
        to->u.noteOff.channel = channel;
        to->u.noteOff.pitch = note->key;
        to->u.noteOff.velocity = event->head.type == IB_EVENT_NOTE_OFF ? (float)event->value : 0.0f;
        to->u.noteOff.noteId = note->id;
        note_end(notes, at);
    } else if (event->expression == IB_EXPRESSION_PRESSURE) {
        to = ib_vst3_event_put(vst3, &event->head, note->bus, VST3_kPolyPressureEvent);
        if (to == NULL)
            return;
        to->u.polyPressure.channel = channel;
        to->u.polyPressure.pitch = note->key;
        to->u.polyPressure.pressure = (float)expression_value(event->expression, event->value);
        to->u.polyPressure.noteId = note->id;
    } else {
        to = ib_vst3_event_put(vst3, &event->head, note->bus, VST3_kNoteExpressionValueEvent);
        if (to == NULL)
            return;
        to->u.noteExpressionValue.typeId = event->expression;
        to->u.noteExpressionValue.noteId = note->id;
        to->u.noteExpressionValue.value = expression_value(event->expression, event->value);
    }
}

/* To every sounding note that is meant; to none if none is: a note that has ended hears nothing. [audio-thread] */
static void say_to_notes(struct ib_vst3 *vst3, int32_t bus, const struct ib_event_note *event)
{
    struct ib_vst3_notes *notes = vst3->audio->notes;
    if (bus >= 0 && event->head.channel >= 0 && event->head.key >= 0) {
        uint16_t next, at = *chain_of(notes, (uint32_t)bus, (uint32_t)event->head.channel, (uint32_t)event->head.key);
        for (; at != IB_VST3_NO_NOTE; at = next) {
            next = notes->pool[at].next;
            if (is_meant(&notes->pool[at], bus, event))
                say_to_note(vst3, at, event);
        }
        return;
    }
    for (uint32_t at = 0; at < notes->high; at++) {
        if (is_meant(&notes->pool[at], bus, event))
            say_to_note(vst3, (uint16_t)at, event);
    }
}

/* Bring a note into range. 0 if that cannot be: a note on needs a key, and no expression is of VST3's texts. [audio-thread] */
static int hold_note(struct ib_event_note *note)
{
    int is_on = note->head.type == IB_EVENT_NOTE_ON;
    if (!isfinite(note->value) || note->head.key > 127 || note->head.channel >= IB_VST3_MIDI_CHANNELS ||
        (is_on && note->head.key < 0))
        return 0;
    if (note->head.key < 0)
        note->head.key = -1;
    if (note->head.channel < 0)
        note->head.channel = is_on ? 0 : -1;
    if (note->note_id < 0)
        note->note_id = -1;
    if (note->head.type == IB_EVENT_NOTE_EXPRESSION)
        return note->expression != VST3_kPhonemeTypeID && note->expression != VST3_kInvalidTypeID;
    note->value = note->value < 0.0 ? 0.0 : note->value > 1.0 ? 1.0 : note->value;
    return 1;
}

void ib_vst3_note_in(struct ib_vst3 *vst3, const struct ib_event_note *event)
{
    struct ib_event_note note = *event;
    if (note.head.type == IB_EVENT_NOTE_END) /* plugins say this, hosts do not */
        return;
    if (!hold_note(&note)) {
        vst3->audio->bad_events++;
        return;
    }
    int32_t bus = ib_vst3_event_bus(vst3, note.head.port);
    if (bus < 0)
        return;
    if (note.head.type == IB_EVENT_NOTE_ON)
        note_on(vst3, (uint32_t)bus, &note);
    else
        say_to_notes(vst3, note.head.port >= 0 ? bus : -1, &note);
}

void ib_vst3_notes_release(struct ib_vst3 *vst3)
{
    const struct ib_event_note all = {.head = {.size = (uint32_t)sizeof all,
                                               .time = 0,
                                               .type = IB_EVENT_NOTE_CHOKE,
                                               .flags = 0,
                                               .port = -1,
                                               .channel = -1,
                                               .key = -1},
                                      .note_id = -1,
                                      .expression = 0,
                                      .value = 0.0};
    say_to_notes(vst3, -1, &all);
}
