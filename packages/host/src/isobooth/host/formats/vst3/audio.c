/* Making and unmaking the C half of an instance: everything that takes memory, before the audio thread needs it. */
#include "formats/vst3/audio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_EVENT_BYTES ((uint32_t)sizeof(struct ib_event_midi)) /* of those that change a parameter or a note */
#define POINTS_OF_EVENT 2                                          /* see param_changes.c */
#define NEWS_PER_SECOND 60.0
/* Touched at once, so that ordinary blocks meet no page fault. */
#define TOUCHED_BYTES ((size_t)64 << 10)

/* -- faults, and what all objects have in common ----------------------------------------------------------------------- */

static const char *const fault_texts[IB_VST3_FAULTS] = {
    [IB_VST3_FAULT_FRAMES] = "a block was longer than was announced at activation (left out)",
    [IB_VST3_FAULT_SET_PROCESSING] = "setProcessing() failed (it is processed all the same)",
    [IB_VST3_FAULT_PROCESS] = "process() failed (its output is discarded)",
    [IB_VST3_FAULT_OUTSIDE] = "it gave output outside process(), or on a thread of its own (refused)",
    [IB_VST3_FAULT_VALUE] = "it gave a parameter a value that is no number (refused)",
    [IB_VST3_FAULT_RANGE] = "it gave a parameter a normalised value outside 0 to 1 (held inside)",
    [IB_VST3_FAULT_OFFSET] = "it gave output at a sample offset outside the block (moved inside)",
    [IB_VST3_FAULT_PARAM] = "it gave a value for a parameter that it does not have (refused)",
    [IB_VST3_FAULT_BUS] = "it gave an event for an event bus that it does not have (refused)",
    [IB_VST3_FAULT_EVENT] = "it gave an event with values that cannot be (refused)",
    [IB_VST3_FAULT_SILENCE] = "it flagged an output as silent that is not (taken for sound)",
    [IB_VST3_FAULT_MAP] = "it assigned a MIDI controller to a parameter that is not there or read-only (left out)",
    [IB_VST3_FAULT_EDITS] = "it edits faster than can be followed (all values are read again)",
    [IB_VST3_NOTE_UNMAPPED] = "MIDI that the plugin has assigned to no parameter is left out",
    [IB_VST3_NOTE_UNKNOWN_OUT] =
        "events of the plugin for which there is no word here are left out (chords, scales, texts)",
    [IB_VST3_NOTE_MODULATION] = "parameter modulation is left out: VST3 has none",
};

_Static_assert(IB_VST3_FAULTS <= 64, "one bit of ib_vst3.reported each");

void ib_vst3_fault(struct ib_vst3 *vst3, enum ib_vst3_fault fault)
{
    const int32_t debug = 0, host_misbehaving = 5, plugin_misbehaving = 6;
    uint64_t bit = (uint64_t)1 << fault;
    if (__atomic_load_n(&vst3->reported, __ATOMIC_RELAXED) & bit)
        return;
    if (__atomic_fetch_or(&vst3->reported, bit, __ATOMIC_RELAXED) & bit)
        return;
    ib_log_push(vst3->mailbox,
                fault >= IB_VST3_NOTE_UNMAPPED  ? debug
                : fault == IB_VST3_FAULT_FRAMES ? host_misbehaving
                                                : plugin_misbehaving,
                fault_texts[fault]);
}

/* [any-thread] */
uint32_t ib_vst3_fixed_add(void *self)
{
    struct ib_vst3_fixed *object = self;
    return __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED);
}

/* Counted, and nothing more: the host's own reference is never given back. [any-thread] */
uint32_t ib_vst3_fixed_release(void *self)
{
    struct ib_vst3_fixed *object = self;
    uint32_t before = __atomic_load_n(&object->references, __ATOMIC_RELAXED);
    return before > 1 ? __atomic_sub_fetch(&object->references, 1, __ATOMIC_RELAXED) : 1;
}

int32_t ib_vst3_fixed_query(void *self, const uint8_t *iid, void **out, const uint8_t *own)
{
    if (out == NULL)
        return VST3_kInvalidArgument;
    *out = NULL;
    if (iid == NULL || (!vst3_same_id(iid, vst3_FUnknown_iid) && !vst3_same_id(iid, own)))
        return VST3_kNoInterface;
    ib_vst3_fixed_add(self);
    *out = self;
    return VST3_kResultOk;
}

/* -- life -------------------------------------------------------------------------------------------------------------- */

struct ib_vst3 *ib_vst3_new(struct ib_mailbox *mailbox)
{
    struct ib_vst3 *vst3 = calloc(1, sizeof *vst3);
    if (vst3 == NULL)
        return NULL;
    struct ib_vst3_audio *audio = calloc(1, sizeof *audio);
    vst3->audio = audio;
    if (audio != NULL) {
        audio->notes = malloc(sizeof *audio->notes);
        audio->edits = aligned_alloc(IB_CACHE_LINE, sizeof *audio->edits);
    }
    if (audio == NULL || audio->notes == NULL || audio->edits == NULL) {
        ib_vst3_free(vst3);
        return NULL;
    }
    vst3->mailbox = mailbox;
    vst3->main_thread = (uintptr_t)pthread_self();
    vst3->requirements = UINT32_MAX;
    vst3->loads = 1;
    audio->stamp = 1; /* 0 is what parameters begin with */
    ib_vst3_notes_init(audio->notes);
    ib_vst3_edits_init(audio->edits);
    ib_vst3_changes_init(vst3);
    ib_vst3_out_changes_init(vst3);
    ib_vst3_events_init(vst3);
    ib_vst3_out_events_init(vst3);
    return vst3;
}

static void free_buses(struct ib_vst3_buses *buses)
{
    free(buses->buffers);
    free((void *)buses->planes);
    free(buses->flags);
    free(buses->scratch);
    memset(buses, 0, sizeof *buses);
}

static void free_lists(struct ib_vst3_audio *audio)
{
    free(audio->queues);
    free(audio->raw);
    free(audio->points);
    free(audio->events);
    audio->queues = NULL;
    audio->raw = NULL;
    audio->points = NULL;
    audio->events = NULL;
    audio->queue_room = audio->point_room = audio->event_room = 0;
}

void ib_vst3_free(struct ib_vst3 *vst3)
{
    struct ib_vst3_audio *audio = vst3->audio;
    ib_vst3_table_free_all(vst3);
    if (audio != NULL) {
        free_buses(&audio->inputs);
        free_buses(&audio->outputs);
        free_lists(audio);
        free(audio->midi_map);
        ib_vst3_midi2_free(audio);
        free(audio->notes);
        free(audio->edits);
    }
    free(audio);
    free(vst3);
}

void ib_vst3_set_state(struct ib_vst3 *vst3, uint32_t state)
{
    __atomic_store_n(&vst3->state, state, __ATOMIC_RELEASE);
    if (state == IB_VST3_INACTIVE || state == IB_VST3_ACTIVE)
        ib_vst3_edits_settle(vst3);
}

uint32_t ib_vst3_take_wants(struct ib_vst3 *vst3)
{
    return __atomic_exchange_n(&vst3->wants, 0, __ATOMIC_ACQ_REL);
}

void ib_vst3_want(struct ib_vst3 *vst3, uint32_t what)
{
    __atomic_fetch_or(&vst3->wants, what, __ATOMIC_ACQ_REL);
    ib_ask(vst3->mailbox, IB_ASK_CALLBACK);
}

/* -- buses ------------------------------------------------------------------------------------------------------------- */

int ib_vst3_set_buses(struct ib_vst3 *vst3, int is_input, uint32_t count, const int32_t *channels, const uint8_t *flags)
{
    struct ib_vst3_buses *buses = is_input ? &vst3->audio->inputs : &vst3->audio->outputs;
    uint64_t total = 0;
    free_buses(buses);
    for (uint32_t i = 0; i < count && i < IB_VST3_MOST_BUSES; i++)
        total += channels[i] > 0 ? (uint32_t)channels[i] : 0;
    if (count > IB_VST3_MOST_BUSES || total > IB_VST3_MOST_CHANNELS)
        return -1;
    /* One more than needed: plugins that look at the array although there are no buses find one. */
    buses->buffers = calloc((size_t)count + 1, sizeof *buses->buffers);
    buses->planes = calloc((size_t)total + 1, sizeof *buses->planes);
    buses->flags = calloc((size_t)count + 1, 1);
    if (buses->buffers == NULL || buses->planes == NULL || buses->flags == NULL) {
        free_buses(buses);
        return -1;
    }
    buses->count = count;
    buses->channels = (uint32_t)total;
    void **planes = buses->planes;
    for (uint32_t i = 0; i < count; i++) {
        buses->flags[i] = flags[i];
        buses->buffers[i].numChannels = channels[i] > 0 ? channels[i] : 0;
        buses->buffers[i].u.channelBuffers32 = (float **)planes; /* or double **: the same place */
        planes += buses->buffers[i].numChannels;
    }
    return 0;
}

int ib_vst3_set_event_buses(struct ib_vst3 *vst3, int is_input, uint32_t count, const int32_t *channels)
{
    struct ib_vst3_audio *audio = vst3->audio;
    struct ib_vst3_event_buses *buses = is_input ? &audio->event_inputs : &audio->event_outputs;
    const uint32_t entries = IB_VST3_MIDI_CHANNELS * IB_VST3_MIDI_CONTROLLERS;
    buses->count = 0;
    if (is_input) {
        free(audio->midi_map);
        audio->midi_map = NULL;
    }
    if (count > IB_VST3_MOST_EVENT_BUSES)
        return -1;
    if (is_input && count != 0) {
        audio->midi_map = malloc((size_t)count * entries * sizeof *audio->midi_map);
        if (audio->midi_map == NULL)
            return -1;
        memset(audio->midi_map, 0xFF, (size_t)count * entries * sizeof *audio->midi_map); /* IB_VST3_NO_PARAM */
    }
    for (uint32_t i = 0; i < count; i++)
        buses->channels[i] = channels[i] > 0 ? channels[i] : 1; /* a bus of no channels cannot be used otherwise */
    buses->count = count;
    return 0;
}

/* Where the channels point that are in no block: inputs at one silent plane, outputs at one each. */
static int set_scratch(struct ib_vst3_buses *buses, int is_input, size_t plane_bytes)
{
    uint32_t first = 0, apart = 0;
    for (uint32_t i = 0; i < buses->count; i++) {
        if ((buses->flags[i] & IB_VST3_BUS_IN_BLOCK) == 0)
            apart += (uint32_t)buses->buffers[i].numChannels;
    }
    free(buses->scratch);
    size_t stride = (plane_bytes + IB_CACHE_LINE - 1) / IB_CACHE_LINE * IB_CACHE_LINE;
    size_t planes = is_input || apart == 0 ? 1 : apart;
    buses->scratch = aligned_alloc(IB_CACHE_LINE, planes * stride);
    if (buses->scratch == NULL)
        return -1;
    memset(buses->scratch, 0, planes * stride);
    uint8_t *plane = buses->scratch;
    for (uint32_t i = 0; i < buses->count; i++) {
        uint32_t count = (uint32_t)buses->buffers[i].numChannels;
        int is_apart = (buses->flags[i] & IB_VST3_BUS_IN_BLOCK) == 0;
        for (uint32_t c = 0; c < count; c++) {
            buses->planes[first + c] = plane;
            if (is_apart && !is_input)
                plane += stride;
        }
        buses->buffers[i].silenceFlags = !is_input || !is_apart ? 0
                                         : count >= 64          ? UINT64_MAX
                                                                : ((uint64_t)1 << count) - 1;
        first += count;
    }
    return 0;
}

/* -- everything else that a block needs -------------------------------------------------------------------------------- */

static void *room_for(size_t count, size_t size)
{
    size_t bytes = (count + 1) * size;
    void *room = malloc(bytes);
    if (room != NULL)
        memset(room, 0, bytes < TOUCHED_BYTES ? bytes : TOUCHED_BYTES);
    return room;
}

static int set_lists(struct ib_vst3_audio *audio, uint32_t event_bytes)
{
    uint32_t events = event_bytes / LEAST_EVENT_BYTES;
    uint32_t queues = events + IB_VST3_MOST_EDITS, points = events * POINTS_OF_EVENT + 2 * IB_VST3_MOST_EDITS;
    free_lists(audio);
    audio->queues = room_for(queues, sizeof *audio->queues);
    audio->raw = room_for(points, sizeof *audio->raw);
    audio->points = room_for(points, sizeof *audio->points);
    audio->events = room_for(events + IB_VST3_MOST_NOTES, sizeof *audio->events);
    if (audio->queues == NULL || audio->raw == NULL || audio->points == NULL || audio->events == NULL) {
        free_lists(audio);
        return -1;
    }
    audio->queue_room = queues;
    audio->point_room = points;
    audio->event_room = events + IB_VST3_MOST_NOTES;
    return 0;
}

/* What is the same in every block. */
static void set_data(struct ib_vst3 *vst3, int32_t process_mode, double sample_rate)
{
    struct ib_vst3_audio *audio = vst3->audio;
    struct vst3_ProcessData *data = &audio->data;
    memset(data, 0, sizeof *data);
    memset(&audio->context, 0, sizeof audio->context);
    audio->context.sampleRate = sample_rate;
    data->processMode = process_mode;
    data->symbolicSampleSize = audio->sample_bytes == sizeof(double) ? VST3_kSample64 : VST3_kSample32;
    data->inputs = audio->inputs.buffers;
    data->outputs = audio->outputs.buffers;
    data->inputParameterChanges = (struct vst3_IParameterChanges *)(void *)&audio->in_changes;
    data->outputParameterChanges = (struct vst3_IParameterChanges *)(void *)&audio->out_changes;
    data->inputEvents = (struct vst3_IEventList *)(void *)&audio->in_events;
    data->outputEvents = (struct vst3_IEventList *)(void *)&audio->out_events;
    data->processContext = &audio->context;
}

int ib_vst3_prepare(struct ib_vst3 *vst3, int32_t process_mode, uint32_t sample_bytes, uint32_t max_frames,
                    double sample_rate, uint32_t event_bytes)
{
    struct ib_vst3_audio *audio = vst3->audio;
    size_t plane_bytes = (size_t)max_frames * sample_bytes;
    assert(ib_vst3_state(vst3) != IB_VST3_ACTIVE);
    if ((audio->inputs.buffers == NULL && ib_vst3_set_buses(vst3, 1, 0, NULL, NULL) != 0) ||
        (audio->outputs.buffers == NULL && ib_vst3_set_buses(vst3, 0, 0, NULL, NULL) != 0) ||
        set_scratch(&audio->inputs, 1, plane_bytes) != 0 || set_scratch(&audio->outputs, 0, plane_bytes) != 0 ||
        set_lists(audio, event_bytes) != 0)
        return -1;
    audio->sample_bytes = sample_bytes;
    audio->max_frames = max_frames;
    audio->news_frames = (uint32_t)(sample_rate / NEWS_PER_SECOND);
    audio->asked_at = audio->continuous - (int64_t)audio->news_frames; /* the time itself goes on over activations */
    audio->release_all = 0;
    set_data(vst3, process_mode, sample_rate);
    ib_vst3_notes_init(audio->notes);
    ib_vst3_midi2_forget(audio);
    return 0;
}
