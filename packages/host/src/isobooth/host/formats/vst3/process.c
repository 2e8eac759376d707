/* What the audio thread runs of a VST3 plugin. */
#include "formats/vst3/audio.h"

#include <string.h>

/* Tell the plugin that blocks follow, or that none do. Many have nothing to say to that (kNotImplemented), and hosts go on
 * whatever the answer; so does this one. [audio-thread & active] */
static void set_processing(struct ib_vst3 *vst3, uint8_t is_on)
{
    assert(ib_vst3_state(vst3) == IB_VST3_ACTIVE);
    assert(vst3->processing != is_on);
    int32_t result = vst3->processor->vtbl->setProcessing(vst3->processor, is_on);
    if (result != VST3_kResultOk && result != VST3_kNotImplemented)
        ib_vst3_fault(vst3, IB_VST3_FAULT_SET_PROCESSING);
    __atomic_store_n(&vst3->processing, is_on, __ATOMIC_RELEASE);
}

/* [audio-thread & active & !processing] */
static int start(void *plugin)
{
    set_processing(plugin, 1);
    return 1;
}

/* [audio-thread & active & processing] */
static void stop(void *plugin)
{
    struct ib_vst3 *vst3 = plugin;
    set_processing(vst3, 0);
    if (vst3->audio->has_news) { /* no block may come to tell */
        vst3->audio->has_news = 0;
        ib_vst3_want(vst3, IB_VST3_WANT_HEARD);
    }
}

/* VST3 has no reset; to stop processing and to start again is what comes nearest on this thread, and many plugins clear
 * themselves then. In others notes go on: these are ended with the next block. [audio-thread & active & processing] */
static void reset(void *plugin)
{
    struct ib_vst3 *vst3 = plugin;
    set_processing(vst3, 0);
    set_processing(vst3, 1);
    vst3->audio->release_all = 1;
}

/* -- audio ------------------------------------------------------------------------------------------------------------- */

/* Does a channel that is constant hold zeros? [audio-thread] */
static int is_zero(const void *plane, uint32_t sample_bytes)
{
    return sample_bytes == sizeof(float) ? *(const float *)plane == 0.0f : *(const double *)plane == 0.0;
}

/* Are these bytes zero? A negative zero is not. [audio-thread] */
static int is_silent(const void *plane, size_t bytes)
{
    const uint8_t *from = plane;
    return bytes == 0 || (from[0] == 0 && memcmp(from, from + 1, bytes - 1) == 0);
}

/* Which channels of a bus that begins at channel `first` of the block are silent throughout? [audio-thread] */
static uint64_t silent_channels(const struct ib_block *block, uint32_t first, uint32_t count, uint32_t sample_bytes)
{
    uint64_t constant = first < 64 ? block->in_constant_mask >> first : 0, silent = 0;
    for (uint32_t c = 0; c < count && constant >> c != 0; c++) {
        if (constant >> c & 1 && is_zero(block->inputs[first + c], sample_bytes))
            silent |= (uint64_t)1 << c;
        if (c == 63)
            break;
    }
    return silent;
}

/* Point the buses at the planes of a block. [audio-thread] */
static void open_inputs(struct ib_vst3_audio *audio, const struct ib_block *block)
{
    struct ib_vst3_buses *buses = &audio->inputs;
    uint32_t first = 0;
    void **planes = buses->planes;
    for (uint32_t i = 0; i < buses->count; i++) {
        uint32_t count = (uint32_t)buses->buffers[i].numChannels;
        if (buses->flags[i] & IB_VST3_BUS_IN_BLOCK) {
            memcpy((void *)planes, (void *)(block->inputs + first), count * sizeof *planes);
            buses->buffers[i].silenceFlags = silent_channels(block, first, count, audio->sample_bytes);
            first += count;
        }
        planes += count;
    }
}

/* [audio-thread] */
static void open_outputs(struct ib_vst3_audio *audio, const struct ib_block *block)
{
    struct ib_vst3_buses *buses = &audio->outputs;
    uint32_t first = 0;
    void **planes = buses->planes;
    for (uint32_t i = 0; i < buses->count; i++) {
        uint32_t count = (uint32_t)buses->buffers[i].numChannels;
        buses->buffers[i].silenceFlags = 0;
        if (buses->flags[i] & IB_VST3_BUS_IN_BLOCK) {
            memcpy((void *)planes, (void *)(block->outputs + first), count * sizeof *planes);
            first += count;
        }
        planes += count;
    }
}

/* What the plugin says of silent outputs, if it is true. [audio-thread] */
static uint64_t silent_outputs(struct ib_vst3 *vst3, const struct ib_block *block)
{
    const struct ib_vst3_audio *audio = vst3->audio;
    const struct ib_vst3_buses *buses = &audio->outputs;
    size_t bytes = (size_t)block->frames * audio->sample_bytes;
    uint64_t mask = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; i < buses->count && first < 64; i++) {
        uint32_t count = (uint32_t)buses->buffers[i].numChannels;
        uint64_t flags = buses->buffers[i].silenceFlags;
        if ((buses->flags[i] & IB_VST3_BUS_IN_BLOCK) == 0)
            continue;
        for (uint32_t c = 0; flags != 0 && c < count && first + c < 64; c++, flags >>= 1) {
            if ((flags & 1) == 0)
                continue;
            if (is_silent(block->outputs[first + c], bytes))
                mask |= (uint64_t)1 << (first + c);
            else
                ib_vst3_fault(vst3, IB_VST3_FAULT_SILENCE);
        }
        first += count;
    }
    return mask;
}

/* A plugin that failed may have left anything in its outputs. [audio-thread] */
static void silence(const struct ib_vst3_audio *audio, const struct ib_block *block)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < audio->outputs.count; i++) {
        if ((audio->outputs.flags[i] & IB_VST3_BUS_IN_BLOCK) == 0)
            continue;
        for (int32_t c = 0; c < audio->outputs.buffers[i].numChannels; c++, first++)
            memset(block->outputs[first], 0, (size_t)block->frames * audio->sample_bytes);
    }
}

/* -- a block ----------------------------------------------------------------------------------------------------------- */

/* DPF's plugins, among others, look at parameters only when there are frames, and forget those that come without: what a flush
 * brought comes once more at the first frame that follows. A value that is the plugin's already changes nothing; commands
 * (program changes) are not repeated, nor what a state loaded since then made untrue. [audio-thread & active] */
static void say_again(struct ib_vst3 *vst3)
{
    struct ib_vst3_audio *audio = vst3->audio;
    uint32_t loads = __atomic_load_n(&vst3->loads, __ATOMIC_ACQUIRE);
    audio->any_again = 0;
    for (uint32_t i = 0; i < audio->table->count; i++) {
        struct ib_vst3_param *param = audio->table->by_index[i];
        if (param->again == loads)
            (void)ib_vst3_change(vst3, param, 0, param->value, 0);
        param->again = 0;
    }
}

/* [audio-thread & active] */
static void note_flushed(struct ib_vst3 *vst3)
{
    struct ib_vst3_audio *audio = vst3->audio;
    uint32_t loads = __atomic_load_n(&vst3->loads, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < audio->queue_count; i++) {
        struct ib_vst3_param *param = audio->queues[i].param;
        if (param->flags & VST3_kIsProgramChange)
            continue;
        __atomic_store_n(&param->again, loads, __ATOMIC_RELEASE); /* its value is there by now */
        audio->any_again = 1;
    }
}

/* Everything that the plugin gets but audio. [audio-thread & active] */
static void open_block(struct ib_vst3 *vst3, struct ib_block *block)
{
    struct ib_vst3_audio *audio = vst3->audio;
    audio->block = block;
    audio->table = ib_vst3_table_enter(vst3);
    if (++audio->stamp == 0)
        audio->stamp = 1;
    audio->epoch = __atomic_load_n(&vst3->epoch, __ATOMIC_ACQUIRE);
    audio->queue_count = audio->point_count = audio->event_count = 0;
    audio->out_count = audio->out_event_count = audio->bad_events = 0;
    ib_vst3_context(vst3, block);
    if (audio->any_again && block->frames != 0 && audio->table != NULL)
        say_again(vst3);
    ib_vst3_edits_in(vst3);
    if (audio->release_all && block->frames != 0) {
        ib_vst3_notes_release(vst3);
        audio->release_all = 0;
    }
    if (block->event_bytes != 0)
        ib_vst3_events_in(vst3);
    if (audio->point_count != 0)
        ib_vst3_changes_sort(audio);
}

/* [audio-thread & active] */
static void close_block(struct ib_vst3 *vst3, struct ib_block *block)
{
    struct ib_vst3_audio *audio = vst3->audio;
    audio->continuous += block->frames;
    __atomic_store_n(&vst3->played, audio->continuous, __ATOMIC_RELAXED);
    ib_vst3_changes_close(vst3, block->frames == 0);
    ib_vst3_table_leave(vst3);
    audio->table = NULL;
    audio->block = NULL;
    if (audio->bad_events != 0)
        block->status_flags |= IB_STATUS_FLAG_BAD_EVENTS;
}

/* [audio-thread & active & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    struct ib_vst3 *vst3 = plugin;
    struct ib_vst3_audio *audio = vst3->audio;
    assert(ib_on_audio_thread() && vst3->processing && ib_vst3_state(vst3) == IB_VST3_ACTIVE);
    if (block->frames == 0 || block->frames > audio->max_frames) {
        ib_vst3_fault(vst3, IB_VST3_FAULT_FRAMES);
        return IB_STATUS_PLUGIN_ERROR;
    }
    open_block(vst3, block);
    open_inputs(audio, block);
    open_outputs(audio, block);
    audio->data.numSamples = (int32_t)block->frames;
    audio->data.numInputs = (int32_t)audio->inputs.count;
    audio->data.numOutputs = (int32_t)audio->outputs.count;
    int32_t result = vst3->processor->vtbl->process(vst3->processor, &audio->data);
    uint32_t status = IB_STATUS_OK;
    if (result == VST3_kResultOk) {
        block->out_constant_mask = silent_outputs(vst3, block);
    } else {
        ib_vst3_fault(vst3, IB_VST3_FAULT_PROCESS);
        silence(audio, block);
        status = IB_STATUS_PLUGIN_ERROR;
    }
    close_block(vst3, block);
    return status;
}

/* Parameters alone: process() without frames and buses. The arrays stay where they are, for plugins that look before they
 * count. [audio-thread & active & processing] */
static void flush(void *plugin, struct ib_block *block)
{
    struct ib_vst3 *vst3 = plugin;
    struct ib_vst3_audio *audio = vst3->audio;
    assert(ib_on_audio_thread() && vst3->processing && ib_vst3_state(vst3) == IB_VST3_ACTIVE);
    open_block(vst3, block);
    if (audio->queue_count != 0) {
        audio->data.numSamples = audio->data.numInputs = audio->data.numOutputs = 0;
        int32_t result = vst3->processor->vtbl->process(vst3->processor, &audio->data);
        if (result != VST3_kResultOk && result != VST3_kNotImplemented)
            ib_vst3_fault(vst3, IB_VST3_FAULT_PROCESS);
        note_flushed(vst3);
    }
    close_block(vst3, block);
}

const struct ib_operations ib_vst3_operations = {start, process, flush, reset, stop};
