/* The process context: where the song is, as ProcessContext says it (ivstprocesscontext.h). A flag is set only for what holds;
 * fields whose flag is not set carry harmless values all the same, for plugins that do not look at flags. */
#include "formats/vst3/audio.h"

#include <math.h>

#define DEFAULT_TEMPO 120.0
#define CLOCKS_PER_BEAT 24.0

/* [audio-thread] */
static void fill_state(struct vst3_ProcessContext *to, const struct ib_transport *from)
{
    to->projectTimeSamples = from->position_samples;
    if (from->flags & IB_TRANSPORT_PLAYING)
        to->state |= VST3_kPlaying;
    if (from->flags & IB_TRANSPORT_RECORDING)
        to->state |= VST3_kRecording;
    if (from->flags & IB_TRANSPORT_LOOPING)
        to->state |= VST3_kCycleActive;
    if (from->flags & IB_TRANSPORT_HAS_SYSTEM_TIME) {
        to->state |= VST3_kSystemTimeValid;
        to->systemTime = (int64_t)from->system_time_ns;
    }
    if (from->flags & IB_TRANSPORT_HAS_TEMPO && isfinite(from->tempo) && from->tempo > 0.0) {
        to->state |= VST3_kTempoValid;
        to->tempo = from->tempo;
    }
    if (from->flags & IB_TRANSPORT_HAS_SIGNATURE && from->signature_numerator != 0 &&
        from->signature_denominator != 0) {
        to->state |= VST3_kTimeSigValid;
        to->timeSigNumerator = from->signature_numerator;
        to->timeSigDenominator = from->signature_denominator;
    }
}

/* [audio-thread] */
static void fill_music(struct vst3_ProcessContext *to, const struct ib_transport *from)
{
    if ((from->flags & IB_TRANSPORT_HAS_BEATS) == 0 || !isfinite(from->position_beats))
        return;
    to->state |= VST3_kProjectTimeMusicValid;
    to->projectTimeMusic = from->position_beats;
    if (isfinite(from->bar_start_beats)) {
        to->state |= VST3_kBarPositionValid;
        to->barPositionMusic = from->bar_start_beats;
    }
    if (isfinite(from->loop_start_beats) && isfinite(from->loop_end_beats) &&
        from->loop_end_beats > from->loop_start_beats) {
        to->state |= VST3_kCycleValid;
        to->cycleStartMusic = from->loop_start_beats;
        to->cycleEndMusic = from->loop_end_beats;
    }
}

/* Frames until the next MIDI clock, if the plugin wants to know and there is a clock. [audio-thread] */
static void fill_clock(struct vst3_ProcessContext *to, uint32_t requirements, double beats_per_frame)
{
    if ((requirements & VST3_kNeedSamplesToNextClock) == 0 || !(beats_per_frame > 0.0))
        return;
    double clocks = to->projectTimeMusic * CLOCKS_PER_BEAT;
    double frames = (ceil(clocks) - clocks) / (CLOCKS_PER_BEAT * beats_per_frame);
    if (frames < INT32_MAX) {
        to->state |= VST3_kClockValid;
        to->samplesToNextClock = (int32_t)lrint(frames);
    }
}

void ib_vst3_context(struct ib_vst3 *vst3, const struct ib_block *block)
{
    const uint32_t moving = VST3_kPlaying | VST3_kTempoValid | VST3_kProjectTimeMusicValid;
    struct ib_vst3_audio *audio = vst3->audio;
    struct vst3_ProcessContext *to = &audio->context;
    to->state = VST3_kContTimeValid;
    to->continousTimeSamples = audio->continuous;
    to->projectTimeSamples = 0;
    to->systemTime = 0;
    to->projectTimeMusic = to->barPositionMusic = to->cycleStartMusic = to->cycleEndMusic = 0.0;
    to->tempo = DEFAULT_TEMPO;
    to->timeSigNumerator = to->timeSigDenominator = 4;
    to->samplesToNextClock = 0;
    audio->beats = audio->beats_per_frame = 0.0;
    if (block->transport == NULL)
        return;
    fill_state(to, block->transport);
    fill_music(to, block->transport);
    audio->beats = to->projectTimeMusic;
    if ((to->state & moving) == moving)
        audio->beats_per_frame = to->tempo / (60.0 * to->sampleRate);
    fill_clock(to, vst3->requirements, audio->beats_per_frame);
}
