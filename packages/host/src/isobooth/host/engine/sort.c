/* Plugins may give output events in any order; clients get them sorted. */
#include "engine.h"

#include <string.h>

static uint32_t time_at(const uint8_t *area, uint32_t offset)
{
    struct ib_event head;
    memcpy(&head, area + offset, sizeof head);
    return head.time;
}

/* Bring every time below `frames`, note where each event starts, and say whether they are in order. [audio-thread] */
static int list_events(struct ib_engine *engine, struct ib_event_writer *writer, uint32_t frames)
{
    uint32_t at = 0, last = 0, most = frames == 0 ? 0 : frames - 1;
    int sorted = 1;
    for (uint32_t i = 0; i < writer->count; i++) {
        struct ib_event head;
        memcpy(&head, writer->area + at, sizeof head);
        if (head.time > most) {
            head.time = most;
            memcpy(writer->area + at, &head, sizeof head);
        }
        sorted = sorted && head.time >= last;
        last = head.time;
        engine->sort_offsets[i] = at;
        at += head.size;
    }
    return sorted;
}

/* A bottom-up merge sort of the offsets: stable, and in memory that is already there. Returns the sorted array.
 * [audio-thread] */
static uint32_t *merge_sort(struct ib_engine *engine, const struct ib_event_writer *writer)
{
    uint32_t *from = engine->sort_offsets, *to = engine->sort_scratch;
    for (uint32_t width = 1; width < writer->count; width *= 2) {
        for (uint32_t start = 0; start < writer->count; start += 2 * width) {
            uint32_t middle = start + width < writer->count ? start + width : writer->count;
            uint32_t end = middle + width < writer->count ? middle + width : writer->count;
            uint32_t left = start, right = middle;
            for (uint32_t i = start; i < end; i++) {
                int take_left = left < middle && (right >= end || time_at(writer->area, from[left]) <=
                                                                      time_at(writer->area, from[right]));
                to[i] = take_left ? from[left++] : from[right++];
            }
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

void ib_sort_events(struct ib_engine *engine, struct ib_event_writer *writer, uint32_t frames)
{
    if (list_events(engine, writer, frames))
        return;
    const uint32_t *order = merge_sort(engine, writer);
    uint32_t at = 0;
    for (uint32_t i = 0; i < writer->count; i++) {
        struct ib_event head;
        memcpy(&head, writer->area + order[i], sizeof head);
        memcpy(engine->sort_area + at, writer->area + order[i], head.size);
        at += head.size;
    }
    memcpy(writer->area, engine->sort_area, at);
}
