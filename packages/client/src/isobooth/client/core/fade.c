/* No click where the plugin's output ends or begins: the fall to what stands in for it, and the return from there.
 *
 * The fall: the plugin is gone, so what would have come next is not known. The stand-in takes over from the last sample that was
 * heard: the step between the two is added to it and ramped down. The return: a crossfade from the stand-in to the plugin. A fall
 * that is not over when the plugin returns goes on under the crossfade. */
#include "stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 128u
/* A step above this is a fault of the plugin's, not sound: nothing to be continued. */
#define MOST_STEP 16.0

/* [audio-thread] */
static double sample_at(const void *from, uint32_t bytes, uint64_t index)
{
    return bytes == 4 ? (double)((const float *)from)[index] : ((const double *)from)[index];
}

/* [audio-thread] */
static void put_sample(void *to, uint32_t bytes, uint64_t index, double value)
{
    if (bytes == 4)
        ((float *)to)[index] = (float)value;
    else
        ((double *)to)[index] = value;
}

/* [audio-thread] */
static double step_from(double last, double next)
{
    double step = last - next;
    return isfinite(step) && fabs(step) <= MOST_STEP ? step : 0.0;
}

/* What is left of a step, `index` frames on. [audio-thread] */
static double rest_of(const struct ib_fade *fade, uint32_t channel, uint64_t index)
{
    uint64_t at = fade->fallen + index;
    return at < fade->frames ? fade->steps[channel] * (1.0 - (double)at / fade->frames) : 0.0;
}

/* [audio-thread] */
static void move_fall(struct ib_fade *fade, uint64_t frames)
{
    uint64_t left = fade->frames - fade->fallen;
    fade->fallen += (uint32_t)(frames < left ? frames : left);
}

void ib_fade_fall(struct ib_stream *stream, void *output, uint64_t stride, uint32_t bytes, uint32_t channels,
                  uint64_t frames)
{
    struct ib_fade *fade = &stream->fade;
    stream->report.missed += frames;
    if (fade->frames == 0 || frames == 0)
        return;
    int begins = !fade->is_down;
    if (begins)
        fade->fallen = fade->has_played ? 0 : fade->frames;
    channels = channels < stream->client.geometry.outputs ? channels : stream->client.geometry.outputs;
    for (uint32_t c = 0; c < channels; c++) {
        uint8_t *to = (uint8_t *)output + c * stride;
        if (begins)
            fade->steps[c] = step_from(fade->last[c], sample_at(to, bytes, 0));
        for (uint64_t i = 0; i < frames && fade->fallen + i < fade->frames; i++)
            put_sample(to, bytes, i, sample_at(to, bytes, i) + rest_of(fade, c, i));
        fade->last[c] = sample_at(to, bytes, frames - 1);
    }
    move_fall(fade, frames);
    fade->is_down = 1;
    fade->has_played = 1;
}

/* What would stand in for one channel of a block, as doubles. [audio-thread] */
static void read_stand_in(const struct ib_stream *stream, uint64_t sequence, uint32_t channel, uint64_t first,
                          uint32_t frames, double *to)
{
    const struct ib_geometry *g = &stream->client.geometry;
    if (stream->fade.is_silent || channel >= stream->dry.channels) {
        memset(to, 0, frames * sizeof *to);
    } else if (stream->dry.latency != 0) {
        ib_dry_read(stream, channel, stream->positions[(sequence - 1) % g->slots] + first, frames, to, sizeof *to);
    } else {
        struct ib_slot *slot = ib_client_slot(&stream->client, sequence);
        const uint8_t *from = ib_input_plane(slot, g, channel);
        ib_copy_samples(to, sizeof *to, from + first * g->sample_bytes, g->sample_bytes, frames);
    }
}

/* One channel's part of the return, in place. [audio-thread] */
static void rise_channel(struct ib_stream *stream, uint64_t sequence, uint32_t channel, void *plane, uint32_t frames)
{
    struct ib_fade *fade = &stream->fade;
    uint32_t bytes = stream->client.geometry.sample_bytes;
    double stand_in[CHUNK];
    for (uint32_t done = 0; done < frames; done += CHUNK) {
        uint32_t count = frames - done < CHUNK ? frames - done : CHUNK;
        read_stand_in(stream, sequence, channel, done, count, stand_in);
        if (done == 0 && fade->is_cut)
            fade->steps[channel] = step_from(fade->last[channel], stand_in[0]);
        for (uint32_t i = 0; i < count; i++) {
            double under = stand_in[i] + rest_of(fade, channel, done + i);
            int64_t at = fade->risen + done + i + 1;
            double part = at <= 0 ? 0.0 : at >= fade->frames ? 1.0 : (double)at / fade->frames;
            double wet = sample_at(plane, bytes, done + i);
            put_sample(plane, bytes, done + i, part == 0.0 || !isfinite(wet) ? under : under + (wet - under) * part);
        }
    }
}

void ib_fade_rise(struct ib_stream *stream, uint64_t sequence, uint32_t frames)
{
    struct ib_fade *fade = &stream->fade;
    const struct ib_geometry *g = &stream->client.geometry;
    if (fade->frames == 0 || frames == 0)
        return;
    struct ib_slot *slot = ib_client_slot(&stream->client, sequence);
    if (fade->is_down) {
        fade->is_down = 0;
        fade->risen = -(int64_t)fade->hold;
        fade->hold = 0;
    }
    int64_t left = (int64_t)fade->frames - fade->risen;
    uint32_t count = left < frames ? (uint32_t)left : frames;
    for (uint32_t c = 0; c < g->outputs; c++) {
        uint8_t *plane = ib_output_plane(slot, g, c);
        if (count != 0)
            rise_channel(stream, sequence, c, plane, count);
        fade->last[c] = sample_at(plane, g->sample_bytes, frames - 1);
    }
    fade->is_cut = 0;
    fade->risen += count;
    move_fall(fade, count);
    fade->has_played = 1;
}

void ib_fade_reset(struct ib_stream *stream)
{
    struct ib_fade *fade = &stream->fade;
    fade->is_down = fade->is_cut = fade->has_played = fade->hold = 0;
    fade->fallen = fade->frames;
    fade->risen = fade->frames;
}

int ib_stream_set_fade(struct ib_stream *stream, uint32_t frames, uint32_t is_silent)
{
    struct ib_fade *fade = &stream->fade;
    uint32_t outputs = stream->client.geometry.outputs;
    free(fade->last);
    memset(fade, 0, sizeof *fade);
    if (frames == 0)
        return 0;
    fade->last = calloc(2 * (size_t)outputs + 1, sizeof *fade->last);
    if (fade->last == NULL)
        return -1;
    fade->steps = fade->last + outputs;
    fade->frames = frames;
    fade->is_silent = is_silent;
    ib_fade_reset(stream);
    return 0;
}

void ib_stream_adopt_fade(struct ib_stream *stream, const struct ib_stream *before, uint32_t is_new, uint32_t hold)
{
    struct ib_fade *fade = &stream->fade;
    const struct ib_fade *old = &before->fade;
    uint32_t outputs = stream->client.geometry.outputs, there = before->client.geometry.outputs;
    if (fade->frames == 0 || old->frames == 0 || !old->has_played)
        return;
    for (uint32_t c = 0; c < outputs && c < there; c++) {
        fade->last[c] = old->last[c];
        fade->steps[c] = old->steps[c];
    }
    fade->has_played = 1;
    fade->fallen = old->fallen < fade->frames ? old->fallen : fade->frames;
    fade->risen = old->risen < fade->frames ? old->risen : fade->frames;
    fade->is_down = old->is_down;
    fade->hold = old->hold;
    if (!is_new)
        return;
    fade->is_cut = !old->is_down; /* what was heard last was a plugin's that is gone */
    if (fade->is_cut)
        fade->fallen = 0;
    fade->is_down = 1;
    fade->hold = hold;
}

void ib_stream_fall(struct ib_stream *stream, void *output, uint64_t stride, uint32_t channels, uint32_t frames)
{
    ib_fade_fall(stream, output, stride, stream->client.geometry.sample_bytes, channels, frames);
}
