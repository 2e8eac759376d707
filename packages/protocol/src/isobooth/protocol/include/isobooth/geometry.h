/* From counts to offsets, and the check that both sides make before they trust a geometry. */
#ifndef ISOBOOTH_GEOMETRY_H
#define ISOBOOTH_GEOMETRY_H

#include "bell.h"
#include "layout.h"

#include <string.h>

/* Bytes of a channel of `frames` samples: whole cache lines, and never a multiple of 4 KiB, where the same frame of every
 * channel would compete for one set of the processor's cache. [any-thread] */
static inline uint64_t ib_plane_stride(uint32_t frames, uint32_t sample_bytes)
{
    uint64_t bytes = ((uint64_t)frames * sample_bytes + (IB_CACHE_LINE - 1)) & ~(uint64_t)(IB_CACHE_LINE - 1);
    return bytes % 4096 == 0 && bytes != 0 ? bytes + IB_CACHE_LINE : bytes;
}

/* Are the counts within bounds? NULL, or which one is not. [any-thread] */
static inline const char *ib_geometry_bounds(const struct ib_geometry *g)
{
    if (g->slots > IB_MAX_SLOTS)
        return "slots is above IB_MAX_SLOTS";
    if (g->max_frames > IB_MAX_FRAMES || (g->slots != 0 && g->max_frames == 0))
        return "max_frames is 0 or above IB_MAX_FRAMES";
    if (g->sample_bytes != 4 && g->sample_bytes != 8)
        return "sample_bytes is neither 4 nor 8";
    if (g->inputs > IB_MAX_CHANNELS || g->outputs > IB_MAX_CHANNELS)
        return "inputs or outputs is above IB_MAX_CHANNELS";
    if (g->in_event_bytes > IB_MAX_EVENT_BYTES || g->out_event_bytes > IB_MAX_EVENT_BYTES)
        return "an event area is above IB_MAX_EVENT_BYTES";
    if (g->in_event_bytes % IB_CACHE_LINE != 0 || g->out_event_bytes % IB_CACHE_LINE != 0)
        return "an event area is not a multiple of 64 bytes";
    return NULL;
}

/* Fill the sizes and offsets from the counts. NULL, or which count is out of bounds. With the bounds above nothing can
 * overflow 64 bits. A region of zero length is absent. [any-thread] */
static inline const char *ib_geometry_fill(struct ib_geometry *g)
{
    const char *wrong = ib_geometry_bounds(g);
    if (wrong != NULL)
        return wrong;
    uint64_t at = IB_SLOT_BYTES;
    g->plane_stride = ib_plane_stride(g->max_frames, g->sample_bytes);
    g->in_events_offset = at;
    at += g->in_event_bytes;
    g->in_audio_offset = at;
    at += g->inputs * g->plane_stride;
    g->out_events_offset = at;
    at += g->out_event_bytes;
    g->out_audio_offset = at;
    at += g->outputs * g->plane_stride;
    g->slot_stride = at;
    g->segment_bytes = IB_HEADER_BYTES + (uint64_t)g->slots * at;
    g->reserved = 0;
    return NULL;
}

/* Is this geometry, found in a header, sound for a mapping of `mapped_bytes`? NULL, or what is wrong. Offsets are not
 * believed but computed again. [any-thread] */
static inline const char *ib_geometry_check(const struct ib_geometry *found, uint64_t mapped_bytes)
{
    struct ib_geometry again;
    memcpy(&again, found, sizeof again);
    const char *wrong = ib_geometry_fill(&again);
    if (wrong != NULL)
        return wrong;
    if (memcmp(&again, found, sizeof again) != 0)
        return "the offsets do not follow from the counts";
    if (again.segment_bytes > mapped_bytes)
        return "the segment is shorter than its geometry";
    if (again.wake_kind != IB_WAKE_KIND)
        return "the other side wakes by another kind of bell (futex or semaphore)";
    return NULL;
}

/* Write the header of a new, zeroed segment. NULL, or why not. [client, main-thread] */
static inline const char *ib_header_init(struct ib_header *header, const struct ib_geometry *g)
{
    header->magic_low = IB_MAGIC_LOW;
    header->magic_high = IB_MAGIC_HIGH;
    header->layout_major = IB_LAYOUT_MAJOR;
    header->layout_minor = IB_LAYOUT_MINOR;
    header->header_bytes = IB_HEADER_BYTES;
    header->slot_bytes = IB_SLOT_BYTES;
    header->geometry = *g;
    if (ib_bell_init(&header->client_bell) != 0 || ib_bell_init(&header->host_bell) != 0)
        return "sem_init failed";
    return NULL;
}

/* Is this the header of a segment that this code can use? NULL, or what is wrong. [any-thread] */
static inline const char *ib_header_check(const struct ib_header *header, uint64_t mapped_bytes)
{
    if (mapped_bytes < IB_HEADER_BYTES)
        return "the segment is shorter than a header";
    if (header->magic_low != IB_MAGIC_LOW || header->magic_high != IB_MAGIC_HIGH)
        return "this is not an isobooth segment (wrong magic)";
    if (header->layout_major != IB_LAYOUT_MAJOR)
        return "the segment has another major layout version";
    if (header->header_bytes != IB_HEADER_BYTES || header->slot_bytes != IB_SLOT_BYTES)
        return "the header or the slots have another size";
    struct ib_geometry copy;
    memcpy(&copy, &header->geometry, sizeof copy);
    return ib_geometry_check(&copy, mapped_bytes);
}

/* The slot that block `sequence` (from 1 on) goes through. The geometry must have been checked. [any-thread] */
static inline struct ib_slot *ib_slot_of(void *base, const struct ib_geometry *g, uint64_t sequence)
{
    return (struct ib_slot *)(void *)((uint8_t *)base + IB_HEADER_BYTES + ((sequence - 1) % g->slots) * g->slot_stride);
}

/* Samples of input or output channel `channel` in a slot. [any-thread] */
static inline void *ib_input_plane(struct ib_slot *slot, const struct ib_geometry *g, uint32_t channel)
{
    return (uint8_t *)slot + g->in_audio_offset + channel * g->plane_stride;
}

static inline void *ib_output_plane(struct ib_slot *slot, const struct ib_geometry *g, uint32_t channel)
{
    return (uint8_t *)slot + g->out_audio_offset + channel * g->plane_stride;
}

#endif
