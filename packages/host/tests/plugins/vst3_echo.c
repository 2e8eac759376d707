/* A processor that notes all it is given and gives what it was told to. No component and no controller: what runs on the main
 * thread is not looked at here. */
#include "formats/vst3/abi.h"

#include "vst3_echo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/vst3/iids.c"

#define EXPORT __attribute__((visibility("default")))

static void fault(struct echo *echo, const char *text)
{
    if (echo->fault[0] == '\0')
        snprintf(echo->fault, sizeof echo->fault, "%s", text);
}

/* Every host object has the three methods of FUnknown first. */
struct object {
    const struct vst3_FUnknown_vtbl *vtbl;
};

static void check_object(struct echo *echo, void *of, const uint8_t *iid)
{
    struct object *object = of;
    void *found = NULL, *other = object;
    if (object->vtbl->queryInterface(object, iid, &found) != VST3_kResultOk || found != object)
        fault(echo, "an object does not know its own interface");
    if (object->vtbl->release(object) != 1)
        fault(echo, "a reference was given back and more than one is left");
    if (object->vtbl->addRef(object) != 2 || object->vtbl->release(object) != 1)
        fault(echo, "references are not counted");
    if (object->vtbl->release(object) == 0)
        fault(echo, "the host's own reference is gone");
    if (object->vtbl->queryInterface(object, vst3_IComponent_iid, &other) == VST3_kResultOk || other != NULL)
        fault(echo, "an object claims to be a component");
}

static void note_changes(struct echo *echo, struct vst3_IParameterChanges *changes)
{
    echo->queue_count = (uint32_t)changes->vtbl->getParameterCount(changes);
    check_object(echo, changes, vst3_IParameterChanges_iid);
    if (changes->vtbl->getParameterData(changes, (int32_t)echo->queue_count) != NULL ||
        changes->vtbl->getParameterData(changes, -1) != NULL)
        fault(echo, "there is a queue past the last");
    for (uint32_t i = 0; i < echo->queue_count; i++) {
        struct vst3_IParamValueQueue *queue = changes->vtbl->getParameterData(changes, (int32_t)i);
        int32_t count = queue->vtbl->getPointCount(queue), last = -1, none;
        double nothing;
        check_object(echo, queue, vst3_IParamValueQueue_iid);
        if (count < 1 || queue->vtbl->getPoint(queue, count, &none, &nothing) == VST3_kResultOk)
            fault(echo, "a queue is empty or has a point past the last");
        for (int32_t p = 0; p < count && echo->point_count < ECHO_MOST; p++) {
            struct echo_point *point = &echo->points[echo->point_count++];
            point->id = queue->vtbl->getParameterId(queue);
            if (queue->vtbl->getPoint(queue, p, &point->offset, &point->value) != VST3_kResultOk)
                fault(echo, "a point is not there");
            if (point->offset <= last || !(point->value >= 0.0 && point->value <= 1.0))
                fault(echo, "points are not in order, not apart or not in range");
            last = point->offset;
        }
    }
}

static void note_events(struct echo *echo, struct vst3_IEventList *list)
{
    int32_t count = list->vtbl->getEventCount(list), last = 0;
    struct vst3_Event none;
    check_object(echo, list, vst3_IEventList_iid);
    if (list->vtbl->getEvent(list, count, &none) == VST3_kResultOk)
        fault(echo, "there is an event past the last");
    for (int32_t i = 0; i < count && echo->event_count < ECHO_MOST; i++) {
        struct vst3_Event *event = &echo->events[echo->event_count++];
        if (list->vtbl->getEvent(list, i, event) != VST3_kResultOk)
            fault(echo, "an event is not there");
        if (event->sampleOffset < last || event->sampleOffset >= echo->samples)
            fault(echo, "events are not in order or not in the block");
        last = event->sampleOffset;
        if (event->type == VST3_kDataEvent)
            memcpy(echo->bytes, event->u.data.bytes, event->u.data.size < 64 ? event->u.data.size : 64);
    }
}

static void give(struct echo *echo, struct vst3_ProcessData *data)
{
    struct vst3_IParameterChanges *changes = data->outputParameterChanges;
    struct vst3_IEventList *list = data->outputEvents;
    check_object(echo, changes, vst3_IParameterChanges_iid);
    check_object(echo, list, vst3_IEventList_iid);
    for (uint32_t i = 0; i < echo->out_point_count; i++) {
        int32_t index;
        struct vst3_IParamValueQueue *queue = changes->vtbl->addParameterData(changes, &echo->out_points[i].id, &index);
        if (queue == NULL) {
            fault(echo, "there is no queue for output");
            continue;
        }
        if (queue->vtbl->addPoint(queue, echo->out_points[i].offset, echo->out_points[i].value, &index) ==
            VST3_kResultOk)
            echo->taken++;
    }
    for (uint32_t i = 0; i < echo->out_event_count; i++)
        echo->taken += list->vtbl->addEvent(list, &echo->out_events[i]) == VST3_kResultOk;
}

static void note_buses(struct echo_bus *notes, const struct vst3_AudioBusBuffers *buses, int32_t count, int32_t size)
{
    for (int32_t i = 0; i < count && i < 8; i++) {
        notes[i].channels = buses[i].numChannels;
        notes[i].silence = buses[i].silenceFlags;
        notes[i].nulls = 0;
        for (int32_t c = 0; c < buses[i].numChannels; c++)
            notes[i].nulls += buses[i].u.channelBuffers32[c] == NULL;
        if (buses[i].numChannels != 0 && notes[i].nulls == 0)
            notes[i].first =
                size == VST3_kSample32 ? buses[i].u.channelBuffers32[0][0] : buses[i].u.channelBuffers64[0][0];
    }
}

static void play(const struct echo *echo, struct vst3_ProcessData *data)
{
    for (int32_t i = 0; i < data->numOutputs; i++)
        for (int32_t c = 0; c < data->outputs[i].numChannels; c++)
            for (int32_t s = 0; s < data->numSamples; s++) {
                if (data->symbolicSampleSize == VST3_kSample32)
                    data->outputs[i].u.channelBuffers32[c][s] = (float)echo->level;
                else
                    data->outputs[i].u.channelBuffers64[c][s] = echo->level;
            }
    if (data->numOutputs != 0)
        data->outputs[0].silenceFlags = echo->out_silence;
}

static int32_t process(void *self, struct vst3_ProcessData *data)
{
    struct echo *echo = self;
    echo->calls++;
    echo->samples = data->numSamples;
    echo->mode = data->processMode;
    echo->sample_size = data->symbolicSampleSize;
    echo->input_count = data->numInputs;
    echo->output_count = data->numOutputs;
    echo->point_count = echo->event_count = echo->taken = 0;
    echo->context = *data->processContext;
    if (echo->switch_count == 0 || echo->switches[echo->switch_count - 1] == 0)
        fault(echo, "process() came although processing is off");
    note_buses(echo->inputs, data->inputs, data->numInputs, data->symbolicSampleSize);
    note_buses(echo->outputs, data->outputs, data->numOutputs, data->symbolicSampleSize);
    note_changes(echo, data->inputParameterChanges);
    note_events(echo, data->inputEvents);
    play(echo, data);
    give(echo, data);
    return echo->result;
}

static int32_t set_processing(void *self, uint8_t state)
{
    struct echo *echo = self;
    if (echo->switch_count < sizeof echo->switches)
        echo->switches[echo->switch_count++] = state;
    return echo->processing_result;
}

static const struct vst3_IAudioProcessor_vtbl vtbl = {.setProcessing = set_processing, .process = process};

EXPORT struct echo *echo_new(void)
{
    struct echo *echo = calloc(1, sizeof *echo);
    if (echo != NULL)
        echo->processor.vtbl = &vtbl;
    return echo;
}
