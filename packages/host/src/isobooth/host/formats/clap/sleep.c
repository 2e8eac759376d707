/* When a plugin need not be called: what it answered to its blocks (process.h, CLAP_PROCESS_*) against what the next one
 * brings. A call left out is a block of silence. Nothing is ever left out offline, where results count and time does not. */
#include "engine/engine.h"
#include "formats/clap/host.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Below this, -200 dB, an output is quiet. */
#define QUIET 1e-10
#define NO_SONG 0xFFFFFFFFu
#define SCANNED_AT_ONCE 64u /* samples: so that the compiler can take several at a time and sound is found soon */

/* -- silence ----------------------------------------------------------------------------------------------------------- */

/* Is every sample +0 or -0? [any-thread] */
static int is_silent32(const uint32_t *bits, uint32_t frames)
{
    for (uint32_t i = 0; i < frames;) {
        uint32_t end = frames - i < SCANNED_AT_ONCE ? frames : i + SCANNED_AT_ONCE, any = 0;
        for (; i < end; i++)
            any |= bits[i];
        if (any & INT32_MAX)
            return 0;
    }
    return 1;
}

/* [any-thread] */
static int is_silent64(const uint64_t *bits, uint32_t frames)
{
    for (uint32_t i = 0; i < frames;) {
        uint32_t end = frames - i < SCANNED_AT_ONCE ? frames : i + SCANNED_AT_ONCE;
        uint64_t any = 0;
        for (; i < end; i++)
            any |= bits[i];
        if (any & INT64_MAX)
            return 0;
    }
    return 1;
}

/* Is every input channel silent? Of one that the client calls constant, the first sample says it. [audio-thread] */
static int is_silent_input(const struct ib_clap *clap, const struct ib_block *block)
{
    for (uint32_t c = 0; c < clap->inputs.channels; c++) {
        int is_constant = c < 64 && (block->in_constant_mask >> c & 1) != 0;
        uint32_t frames = is_constant ? 1 : block->frames;
        if (clap->sample_bytes == sizeof(double) ? !is_silent64(block->inputs[c], frames)
                                                 : !is_silent32(block->inputs[c], frames))
            return 0;
    }
    return 1;
}

/* Is every output channel quiet? No number is not. [audio-thread] */
static int is_quiet_output(const struct ib_clap *clap, const struct ib_block *block)
{
    for (uint32_t c = 0; c < clap->outputs.channels; c++) {
        const float *narrow = block->outputs[c];
        const double *wide = block->outputs[c];
        for (uint32_t i = 0; i < block->frames; i++) {
            if (!(fabs(clap->sample_bytes == sizeof(double) ? wide[i] : (double)narrow[i]) <= QUIET))
                return 0;
        }
    }
    return 1;
}

/* -- news -------------------------------------------------------------------------------------------------------------- */

/* Has the song done anything but go on? Notes where it will be after this block. A plugin that waits for the song to start, or
 * to come round, sees it. [audio-thread] */
static int song_changes(struct ib_clap_song *song, const struct ib_block *block)
{
    const struct ib_transport *now = block->transport;
    if (now == NULL) {
        int was = song->flags != NO_SONG;
        song->flags = NO_SONG;
        return was;
    }
    uint32_t signature = (uint32_t)now->signature_numerator << 16 | now->signature_denominator;
    int differs = now->flags != song->flags || signature != song->signature || now->tempo != song->tempo ||
                  now->tempo_ramp != song->tempo_ramp || now->loop_start_beats != song->loop_start_beats ||
                  now->loop_end_beats != song->loop_end_beats ||
                  (now->flags & IB_TRANSPORT_PLAYING && now->position_samples != song->next_sample);
    song->flags = now->flags;
    song->signature = signature;
    song->next_sample = now->position_samples + (now->flags & IB_TRANSPORT_PLAYING ? block->frames : 0);
    song->tempo = now->tempo;
    song->tempo_ramp = now->tempo_ramp;
    song->loop_start_beats = now->loop_start_beats;
    song->loop_end_beats = now->loop_end_beats;
    return differs;
}

/* Did the plugin ask to be called (host.h, request_process)? What it asks for during the call counts for the next. [any-thread] */
static int was_asked_for(struct ib_clap *clap)
{
    uint32_t *process = &clap->mailbox->process;
    return __atomic_load_n(process, __ATOMIC_RELAXED) != 0 && __atomic_exchange_n(process, 0, __ATOMIC_ACQ_REL) != 0;
}

/* -- going to sleep and waking ----------------------------------------------------------------------------------------- */

int ib_clap_start(struct ib_clap *clap)
{
    assert(ib_on_audio_thread() && ib_clap_state(clap) == IB_CLAP_ACTIVE && !clap->life.is_processing);
    uint32_t before = ib_phase_set(IB_PHASE_START_PROCESSING);
    clap->life.is_processing = clap->plugin->start_processing(clap->plugin);
    ib_phase_set(before);
    return clap->life.is_processing != 0;
}

void ib_clap_stop(struct ib_clap *clap)
{
    assert(ib_on_audio_thread() && ib_clap_state(clap) == IB_CLAP_ACTIVE && clap->life.is_processing);
    uint32_t before = ib_phase_set(IB_PHASE_STOP_PROCESSING);
    clap->plugin->stop_processing(clap->plugin);
    clap->life.is_processing = 0;
    ib_phase_set(before);
}

void ib_clap_wake(struct ib_clap *clap)
{
    clap->life.rest = IB_CLAP_AWAKE;
    clap->life.tail_left = -1;
    clap->life.quiet_frames = 0;
}

int ib_clap_skips(struct ib_clap *clap, const struct ib_block *block)
{
    struct ib_clap_life *life = &clap->life;
    int song = song_changes(&life->song, block), asked = was_asked_for(clap);
    if (life->rest == IB_CLAP_AWAKE)
        return 0;
    if (song || asked || block->event_count != 0 || life->deferred_used != 0 || !is_silent_input(clap, block)) {
        ib_clap_wake(clap);
        return 0;
    }
    if (life->rest == IB_CLAP_DROWSY)
        ib_clap_stop(clap); /* plugin.h: stop_processing() before sending the plugin to sleep */
    life->rest = IB_CLAP_ASLEEP;
    return 1;
}

/* Is the tail over? It begins with the first block that brings nothing, and what comes in comes out later by the latency.
 * [audio-thread] */
static int tail_is_over(struct ib_clap *clap, const struct ib_block *block)
{
    struct ib_clap_life *life = &clap->life;
    if (life->tail_left < 0) {
        uint32_t tail = clap->tail != NULL ? clap->tail->get(clap->plugin) : 0;
        life->tail_left = tail >= INT32_MAX ? INT64_MAX : (int64_t)tail + block->latency; /* tail.h */
    }
    if (life->tail_left == INT64_MAX)
        return 0;
    life->tail_left -= life->tail_left < block->frames ? life->tail_left : block->frames;
    return life->tail_left == 0;
}

void ib_clap_rest(struct ib_clap *clap, const struct ib_block *block, int32_t status)
{
    struct ib_clap_life *life = &clap->life;
    int may_rest =
        status == CLAP_PROCESS_SLEEP || status == CLAP_PROCESS_TAIL || status == CLAP_PROCESS_CONTINUE_IF_NOT_QUIET;
    /* Silence after sound is a change of the input, which the plugin is to see once. */
    if (!may_rest || life->offline || block->flags & IB_BLOCK_OFFLINE || !is_silent_input(clap, block)) {
        ib_clap_wake(clap);
        return;
    }
    if (status == CLAP_PROCESS_SLEEP) { /* whatever the block brought, it has been dealt with */
        life->rest = IB_CLAP_DROWSY;
        return;
    }
    if (block->event_count != 0) {
        ib_clap_wake(clap);
        return;
    }
    if (status == CLAP_PROCESS_TAIL) {
        life->rest = tail_is_over(clap, block) ? IB_CLAP_DROWSY : IB_CLAP_AWAKE;
        return;
    }
    life->quiet_frames = is_quiet_output(clap, block) ? life->quiet_frames + block->frames : 0;
    life->rest = life->quiet_frames > 0 && life->quiet_frames >= block->latency ? IB_CLAP_DROWSY : IB_CLAP_AWAKE;
}
