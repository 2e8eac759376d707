/* Parameter changes from the processor: they become events for the client and news for the controller. */
#include "formats/vst3/audio.h"

#include <math.h>

int ib_vst3_tell(struct ib_event_writer *writer, uint8_t type, const struct ib_vst3_param *param, uint32_t time,
                 double normalised)
{
    const struct ib_event head = {.size = (uint32_t)sizeof(struct ib_event_param),
                                  .time = time,
                                  .type = type,
                                  .flags = 0,
                                  .port = -1,
                                  .channel = -1,
                                  .key = -1};
    const struct ib_event_param event = {.head = head,
                                         .param_id = param->id,
                                         .note_id = -1,
                                         .value =
                                             type == IB_EVENT_PARAM_VALUE ? ib_vst3_to_plain(param, normalised) : 0.0};
    return ib_event_append(writer, &event.head);
}

uint32_t ib_vst3_held_offset(struct ib_vst3 *vst3, int32_t offset)
{
    uint32_t frames = vst3->audio->block->frames, most = frames != 0 ? frames - 1 : 0;
    if (offset >= 0 && (uint32_t)offset <= most)
        return (uint32_t)offset;
    ib_vst3_fault(vst3, IB_VST3_FAULT_OFFSET);
    return offset < 0 ? 0 : most;
}

/* -- IParamValueQueue -------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static int32_t queue_query(void *self, const uint8_t *iid, void **out)
{
    return ib_vst3_fixed_query(self, iid, out, vst3_IParamValueQueue_iid);
}

/* [audio-thread] */
static uint32_t queue_id(void *self)
{
    const struct ib_vst3_out_queue *queue = self;
    return queue->param != NULL ? queue->param->id : IB_VST3_NO_PARAM;
}

/* [audio-thread] */
static int32_t queue_count(void *self)
{
    const struct ib_vst3_out_queue *queue = self;
    return (int32_t)queue->count;
}

/* They are on their way already. [audio-thread] */
static int32_t queue_point(void *self, int32_t index, int32_t *offset, double *value)
{
    (void)self;
    (void)index;
    (void)offset;
    (void)value;
    return VST3_kResultFalse;
}

/* [audio-thread] */
static int32_t queue_add(void *self, int32_t offset, double value, int32_t *index)
{
    struct ib_vst3_out_queue *queue = self;
    struct ib_vst3 *vst3 = queue->object.vst3;
    if (!ib_vst3_in_process(vst3)) {
        ib_vst3_fault(vst3, IB_VST3_FAULT_OUTSIDE);
        return VST3_kResultFalse;
    }
    if (queue->param == NULL)
        return VST3_kResultFalse;
    if (!isfinite(value)) {
        ib_vst3_fault(vst3, IB_VST3_FAULT_VALUE);
        return VST3_kResultFalse;
    }
    if (value < 0.0 || value > 1.0)
        ib_vst3_fault(vst3, IB_VST3_FAULT_RANGE);
    double held = value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value;
    struct ib_vst3_audio *audio = vst3->audio;
    (void)ib_vst3_tell(audio->block->out_events, IB_EVENT_PARAM_VALUE, queue->param, ib_vst3_held_offset(vst3, offset),
                       held);
    ib_vst3_table_hear(audio->table, queue->param, held);
    queue->param->value = held;
    queue->param->epoch = audio->epoch;
    audio->has_news = 1;
    if (index != NULL)
        *index = (int32_t)queue->count;
    queue->count++;
    return VST3_kResultOk;
}

static const struct vst3_IParamValueQueue_vtbl queue_vtbl = {
    .queryInterface = queue_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getParameterId = queue_id,
    .getPointCount = queue_count,
    .getPoint = queue_point,
    .addPoint = queue_add,
};

/* -- IParameterChanges ------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static int32_t changes_query(void *self, const uint8_t *iid, void **out)
{
    return ib_vst3_fixed_query(self, iid, out, vst3_IParameterChanges_iid);
}

/* [audio-thread] */
static int32_t changes_count(void *self)
{
    const struct ib_vst3_fixed *object = self;
    return (int32_t)object->vst3->audio->out_count;
}

/* [audio-thread] */
static struct vst3_IParamValueQueue *changes_get(void *self, int32_t index)
{
    const struct ib_vst3_fixed *object = self;
    struct ib_vst3_audio *audio = object->vst3->audio;
    if (index < 0 || (uint32_t)index >= audio->out_count)
        return NULL;
    return (struct vst3_IParamValueQueue *)(void *)&audio->table->out_queues[audio->table->told[index]->index];
}

/* A queue that takes nothing, rather than none: not every plugin looks whether it got one. [audio-thread] */
static struct vst3_IParamValueQueue *refuse(struct ib_vst3 *vst3, enum ib_vst3_fault fault)
{
    ib_vst3_fault(vst3, fault);
    return (struct vst3_IParamValueQueue *)(void *)&vst3->audio->sink;
}

/* [audio-thread] */
static struct vst3_IParamValueQueue *changes_add(void *self, const uint32_t *id, int32_t *index)
{
    struct ib_vst3 *vst3 = ((const struct ib_vst3_fixed *)self)->vst3;
    struct ib_vst3_audio *audio = vst3->audio;
    if (index != NULL)
        *index = 0;
    if (!ib_vst3_in_process(vst3))
        return refuse(vst3, IB_VST3_FAULT_OUTSIDE);
    struct ib_vst3_param *param = id != NULL ? (struct ib_vst3_param *)ib_vst3_table_find(audio->table, *id) : NULL;
    if (param == NULL)
        return refuse(vst3, IB_VST3_FAULT_PARAM);
    struct ib_vst3_out_queue *queue = &audio->table->out_queues[param->index];
    if (param->out_stamp != audio->stamp) {
        param->out_stamp = audio->stamp;
        queue->object = audio->sink.object;
        queue->param = param;
        queue->index = audio->out_count;
        queue->count = 0;
        audio->table->told[audio->out_count++] = param;
    }
    if (index != NULL)
        *index = (int32_t)queue->index;
    return (struct vst3_IParamValueQueue *)(void *)queue;
}

static const struct vst3_IParameterChanges_vtbl changes_vtbl = {
    .queryInterface = changes_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getParameterCount = changes_count,
    .getParameterData = changes_get,
    .addParameterData = changes_add,
};

void ib_vst3_out_changes_init(struct ib_vst3 *vst3)
{
    const struct ib_vst3_fixed changes = {&changes_vtbl, 1, 0, vst3}, queue = {&queue_vtbl, 1, 0, vst3};
    vst3->audio->out_changes = changes;
    vst3->audio->sink.object = queue;
}
