/* Where the song is, as VST2_HOST_GET_TIME tells it. A flag is set only for what is known; fields whose flag is not set carry
 * harmless values all the same, for plugins that do not look at flags. The position in frames and the rate always hold: without
 * a transport the position counts from the start of processing. */
#include "process.h"

#include <isobooth/transport.h>

#include <math.h>

#define DEFAULT_TEMPO 120.0
#define CLOCKS_PER_BEAT 24.0

/* [audio-thread] */
static void fill_song(struct vst2_time *to, const struct ib_transport *from)
{
    if (from->flags & IB_TRANSPORT_HAS_TEMPO && isfinite(from->tempo) && from->tempo > 0.0) {
        to->flags |= VST2_TIME_HAS_TEMPO;
        to->tempo = from->tempo;
    }
    if (from->flags & IB_TRANSPORT_HAS_SIGNATURE && from->signature_numerator != 0 &&
        from->signature_denominator != 0) {
        to->flags |= VST2_TIME_HAS_SIGNATURE;
        to->numerator = from->signature_numerator;
        to->denominator = from->signature_denominator;
    }
    if ((from->flags & IB_TRANSPORT_HAS_BEATS) == 0 || !isfinite(from->position_beats))
        return;
    to->flags |= VST2_TIME_HAS_BEATS;
    to->beats = from->position_beats;
    if (isfinite(from->bar_start_beats)) {
        to->flags |= VST2_TIME_HAS_BAR;
        to->bar_start = from->bar_start_beats;
    }
    if (isfinite(from->loop_start_beats) && isfinite(from->loop_end_beats) &&
        from->loop_end_beats > from->loop_start_beats) {
        to->flags |= VST2_TIME_HAS_CYCLE;
        to->cycle_start = from->loop_start_beats;
        to->cycle_end = from->loop_end_beats;
    }
}

/* Frames to the MIDI clock that is nearest, which may lie behind. [audio-thread] */
static void fill_clock(struct vst2_time *to)
{
    const int32_t needed = VST2_TIME_HAS_BEATS | VST2_TIME_HAS_TEMPO;
    if ((to->flags & needed) != needed)
        return;
    double clocks = to->beats * CLOCKS_PER_BEAT;
    double frames = (round(clocks) - clocks) / CLOCKS_PER_BEAT * 60.0 / to->tempo * to->sample_rate;
    if (fabs(frames) < INT32_MAX) {
        to->flags |= VST2_TIME_HAS_CLOCK;
        to->frames_to_clock = (int32_t)lrint(frames);
    }
}

/* [any-thread] */
static struct vst2_time blank(const struct ib_vst2 *vst2, int64_t position)
{
    const struct vst2_time time = {.sample_pos = (double)position,
                                   .sample_rate = vst2->sample_rate,
                                   .tempo = DEFAULT_TEMPO,
                                   .numerator = 4,
                                   .denominator = 4};
    return time;
}

/* [audio-thread] */
static void fill(struct ib_vst2 *vst2, int64_t free_position)
{
    const uint32_t modes = IB_TRANSPORT_PLAYING | IB_TRANSPORT_RECORDING | IB_TRANSPORT_LOOPING;
    struct ib_vst2_audio *audio = vst2->audio;
    const struct ib_transport *from = &audio->transport;
    struct vst2_time *to = &audio->time;
    *to = blank(vst2, free_position);
    if (audio->block->transport == NULL)
        return;
    to->sample_pos = (double)from->position_samples;
    if (from->flags & IB_TRANSPORT_PLAYING)
        to->flags |= VST2_TIME_PLAYING;
    if (from->flags & IB_TRANSPORT_RECORDING)
        to->flags |= VST2_TIME_RECORDING;
    if (from->flags & IB_TRANSPORT_LOOPING)
        to->flags |= VST2_TIME_CYCLING;
    if (((from->flags ^ audio->transport_flags) & modes) != 0 || from->position_samples != audio->expected)
        to->flags |= VST2_TIME_CHANGED;
    if (from->flags & IB_TRANSPORT_HAS_SYSTEM_TIME) {
        to->flags |= VST2_TIME_HAS_NANOSECONDS;
        to->nanoseconds = (double)from->system_time_ns;
    }
    fill_song(to, from);
    fill_clock(to);
}

void ib_vst2_time_open(struct ib_vst2 *vst2, const struct ib_block *block)
{
    if (block->transport != NULL)
        vst2->audio->transport = *block->transport;
    fill(vst2, block->steady_time);
}

void ib_vst2_time_advance(struct ib_vst2 *vst2, uint32_t frames)
{
    struct ib_vst2_audio *audio = vst2->audio;
    if (audio->block->transport != NULL) {
        audio->transport_flags = audio->transport.flags;
        ib_transport_advance(&audio->transport, frames, vst2->sample_rate);
        audio->expected = audio->transport.position_samples;
    }
    if (audio->from < audio->block->frames)
        fill(vst2, audio->block->steady_time + audio->from);
}

/* Outside of blocks no song is known. The answer is one for the whole instance: only in a block is it of now. [any-thread] */
struct vst2_time *ib_vst2_time(struct ib_vst2 *vst2)
{
    if (ib_vst2_state(vst2) != IB_VST2_ON)
        vst2->audio->time = blank(vst2, 0);
    return &vst2->audio->time;
}
