/* Where the song is, from block to block: the same arithmetic on both sides, since either may cut a slot into blocks. */
#ifndef ISOBOOTH_TRANSPORT_H
#define ISOBOOTH_TRANSPORT_H

#include "layout.h"

#include <math.h>

#define IB_LEAST_TEMPO 1e-3 /* beats per minute */

/* Jump back to the start of the loop if its end has been passed. [audio-thread] */
static inline void ib_transport_wrap(struct ib_transport *t, double sample_rate)
{
    double length = t->loop_end_beats - t->loop_start_beats;
    if (!(t->flags & IB_TRANSPORT_LOOPING) || !(length > 0) || t->position_beats < t->loop_end_beats)
        return;
    double beats = t->loop_start_beats + fmod(t->position_beats - t->loop_start_beats, length);
    double seconds = (t->position_beats - beats) * 60.0 / t->tempo;
    t->position_beats = beats;
    t->position_seconds -= seconds;
    t->position_samples -= (int64_t)llround(seconds * sample_rate);
}

/* Bars go on from the one that was given; a signature is constant within one array. [audio-thread] */
static inline void ib_transport_find_bar(struct ib_transport *t)
{
    double bar = t->signature_numerator * 4.0 / t->signature_denominator;
    if (!(t->flags & IB_TRANSPORT_HAS_SIGNATURE) || !(bar > 0))
        return;
    double bars = floor((t->position_beats - t->bar_start_beats) / bar);
    double number = t->bar_number + bars;
    t->bar_start_beats += bars * bar;
    t->bar_number = number > INT32_MAX ? INT32_MAX : number < INT32_MIN ? INT32_MIN : (int32_t)number;
}

/* Move the song on by `frames`. [audio-thread] */
static inline void ib_transport_advance(struct ib_transport *t, uint32_t frames, double sample_rate)
{
    double seconds = frames / sample_rate;
    if (t->flags & IB_TRANSPORT_HAS_SYSTEM_TIME)
        t->system_time_ns += (uint64_t)llround(seconds * 1e9);
    if (!(t->flags & IB_TRANSPORT_PLAYING))
        return;
    double mean_tempo = t->tempo + t->tempo_ramp * frames / 2.0;
    t->position_samples += frames;
    t->position_seconds += seconds;
    t->position_beats += seconds * mean_tempo / 60.0;
    t->tempo += t->tempo_ramp * frames;
    if (!(t->tempo > IB_LEAST_TEMPO)) /* a ramp that goes on below zero */
        t->tempo = IB_LEAST_TEMPO;
    ib_transport_wrap(t, sample_rate);
    ib_transport_find_bar(t);
}

#endif
