/* Parameter changes on their way to the processor: IParameterChanges and IParamValueQueue.
 *
 * An event of isobooth's is a jump at its frame. VST3's points are joined by straight lines, from the last value of the block
 * before on (ivstparameterchanges.h), so a lone point would be heard as a ramp from the start of the block. A continuous
 * parameter therefore gets its old value as a point one frame earlier, which makes the ramp one frame long and the new value
 * true from its own frame on; plugins that take points for steps see a value repeated. Not so where the old value is not known
 * or is the same, where there is a point there already, and for stepped parameters, which have no values in between and may
 * take a repeated value for a new command; but for the bypass, which is no command, and which the SDK's own helper for sample
 * accurate parameters takes for a line as well.
 *
 * Of several values for one frame the last is sent alone: the others would be heard for no time at all, and Steinberg's
 * hostchecker warns of a second point at one offset. */
#include "formats/vst3/audio.h"

#include <math.h>

/* -- filling ----------------------------------------------------------------------------------------------------------- */

/* The queue of a parameter in this block; NULL if there is no room. [audio-thread] */
static struct ib_vst3_in_queue *queue_of(struct ib_vst3_audio *audio, struct ib_vst3_param *param)
{
    if (param->stamp == audio->stamp)
        return &audio->queues[param->queue];
    if (audio->queue_count >= audio->queue_room)
        return NULL;
    struct ib_vst3_in_queue *queue = &audio->queues[audio->queue_count];
    queue->object = audio->queue_object;
    param->stamp = audio->stamp;
    param->queue = audio->queue_count++;
    queue->param = param;
    queue->count = 0;
    queue->last_offset = -1;
    queue->is_news = queue->is_flat = 0;
    return queue;
}

/* [audio-thread] */
static int put_point(struct ib_vst3_audio *audio, struct ib_vst3_in_queue *queue, int32_t offset, double value)
{
    if (audio->point_count >= audio->point_room)
        return 0;
    struct ib_vst3_raw_point *point = &audio->raw[audio->point_count];
    queue->last_point = audio->point_count++;
    point->value = value;
    point->offset = offset;
    point->queue = queue->param->queue;
    queue->last_offset = offset;
    queue->count++;
    return 1;
}

/* Would a new point draw a line from an earlier frame than the one before it? [audio-thread] */
static int draws_line(const struct ib_vst3_audio *audio, const struct ib_vst3_param *param,
                      const struct ib_vst3_in_queue *queue, int32_t offset)
{
    int is_held = param->steps == 0 || (param->flags & VST3_kIsBypass) != 0;
    return offset > 0 && is_held && (param->flags & VST3_kIsProgramChange) == 0 && queue->last_offset < offset - 1 &&
           param->epoch == audio->epoch && !isnan(param->value);
}

/* The points of one jump. 0: there is no room. [audio-thread] */
static int put_jump(struct ib_vst3_audio *audio, struct ib_vst3_in_queue *queue, int32_t offset, double value)
{
    const struct ib_vst3_param *param = queue->param;
    if (queue->last_offset != offset) {
        int is_line = draws_line(audio, param, queue, offset);
        if (is_line && param->value != value)
            (void)put_point(audio, queue, offset - 1, param->value);
        queue->is_flat = is_line && param->value == value;
        return put_point(audio, queue, offset, value);
    }
    struct ib_vst3_raw_point *last = &audio->raw[queue->last_point];
    if (queue->is_flat && last->value != value) { /* the value that it repeats is to be held after all */
        last->offset = offset - 1;
        queue->is_flat = 0;
        return put_point(audio, queue, offset, value);
    }
    last->value = value;
    return 1;
}

int ib_vst3_change(struct ib_vst3 *vst3, struct ib_vst3_param *param, uint32_t offset, double normalised, int is_news)
{
    struct ib_vst3_audio *audio = vst3->audio;
    struct ib_vst3_in_queue *queue = queue_of(audio, param);
    if (queue == NULL || !put_jump(audio, queue, (int32_t)offset, normalised)) {
        audio->bad_events++;
        return 0;
    }
    queue->is_news |= (uint32_t)is_news;
    param->value = normalised;
    param->epoch = audio->epoch;
    return 1;
}

void ib_vst3_param_in(struct ib_vst3 *vst3, const struct ib_event_param *event)
{
    struct ib_vst3_param *param = ib_vst3_table_meant(vst3->audio->table, event->param_id);
    if (param == NULL || (param->flags & VST3_kIsReadOnly) != 0 || !isfinite(event->value)) {
        vst3->audio->bad_events++;
        return;
    }
    ib_vst3_change(vst3, param, event->head.time, ib_vst3_to_normal(param, event->value), 1);
}

void ib_vst3_changes_sort(struct ib_vst3_audio *audio)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < audio->queue_count; i++) {
        audio->queues[i].first = first;
        first += audio->queues[i].count;
        audio->queues[i].count = 0;
    }
    for (uint32_t i = 0; i < audio->point_count; i++) { /* in the order of events: each queue's points stay sorted */
        const struct ib_vst3_raw_point *raw = &audio->raw[i];
        struct ib_vst3_in_queue *queue = &audio->queues[raw->queue];
        struct ib_vst3_point *point = &audio->points[queue->first + queue->count++];
        point->value = raw->value;
        point->offset = raw->offset;
    }
}

void ib_vst3_changes_close(struct ib_vst3 *vst3, int at_once)
{
    struct ib_vst3_audio *audio = vst3->audio;
    for (uint32_t i = 0; i < audio->queue_count; i++) {
        const struct ib_vst3_in_queue *queue = &audio->queues[i];
        if (!queue->is_news)
            continue;
        ib_vst3_table_hear(audio->table, queue->param, queue->param->value);
        audio->has_news = 1;
    }
    if (audio->has_news && (at_once || audio->continuous - audio->asked_at >= audio->news_frames)) {
        audio->has_news = 0;
        audio->asked_at = audio->continuous;
        ib_vst3_want(vst3, IB_VST3_WANT_HEARD);
    }
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
    const struct ib_vst3_in_queue *queue = self;
    return queue->param->id;
}

/* [audio-thread] */
static int32_t queue_point_count(void *self)
{
    const struct ib_vst3_in_queue *queue = self;
    return (int32_t)queue->count;
}

/* [audio-thread] */
static int32_t queue_point(void *self, int32_t index, int32_t *offset, double *value)
{
    const struct ib_vst3_in_queue *queue = self;
    if (index < 0 || (uint32_t)index >= queue->count || offset == NULL || value == NULL)
        return VST3_kResultFalse;
    const struct ib_vst3_point *point = &queue->object.vst3->audio->points[queue->first + (uint32_t)index];
    *offset = point->offset;
    *value = point->value;
    return VST3_kResultOk;
}

/* The host fills these; a plugin has nothing to add. [audio-thread] */
static int32_t queue_add(void *self, int32_t offset, double value, int32_t *index)
{
    (void)self;
    (void)offset;
    (void)value;
    (void)index;
    return VST3_kResultFalse;
}

static const struct vst3_IParamValueQueue_vtbl queue_vtbl = {
    .queryInterface = queue_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getParameterId = queue_id,
    .getPointCount = queue_point_count,
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
    return (int32_t)object->vst3->audio->queue_count;
}

/* [audio-thread] */
static struct vst3_IParamValueQueue *changes_get(void *self, int32_t index)
{
    const struct ib_vst3_fixed *object = self;
    struct ib_vst3_audio *audio = object->vst3->audio;
    if (index < 0 || (uint32_t)index >= audio->queue_count)
        return NULL;
    return (struct vst3_IParamValueQueue *)(void *)&audio->queues[index];
}

/* [audio-thread] */
static struct vst3_IParamValueQueue *changes_add(void *self, const uint32_t *id, int32_t *index)
{
    (void)self;
    (void)id;
    (void)index;
    return NULL;
}

static const struct vst3_IParameterChanges_vtbl changes_vtbl = {
    .queryInterface = changes_query,
    .addRef = ib_vst3_fixed_add,
    .release = ib_vst3_fixed_release,
    .getParameterCount = changes_count,
    .getParameterData = changes_get,
    .addParameterData = changes_add,
};

void ib_vst3_changes_init(struct ib_vst3 *vst3)
{
    const struct ib_vst3_fixed changes = {&changes_vtbl, 1, 0, vst3}, queue = {&queue_vtbl, 1, 0, vst3};
    vst3->audio->in_changes = changes;
    vst3->audio->queue_object = queue;
}
