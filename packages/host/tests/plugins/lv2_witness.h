/* lv2_witness.c: what it is made of, and what it writes to its outputs. */
#ifndef LV2_WITNESS_H
#define LV2_WITNESS_H

#include <pthread.h>
#include <string.h>

#include "formats/lv2/abi.h"

enum {
    IN,
    OUT,
    CV_IN,
    CV_OUT,
    GAIN,
    TRIGGER,
    FREEWHEEL,
    MODE,
    RUNS,
    FRAMES,
    FAULTS,
    LATENCY,
    ANSWER,
    ENDS,
    TRIGGERED,
    ATOMS_IN,
    ATOMS_OUT,
    OLD_IN,
    OLD_OUT,
    PORTS
};

enum {
    RUN_WHILE_OFF = 1,
    UNCONNECTED = 2,
    ACTIVATED_TWICE = 4,
    DEACTIVATED_WHILE_OFF = 8,
    IN_PLACE = 16,
    CONTROL_MOVED = 32,
    NO_FRAMES = 64,
    CONCURRENT = 128,
    BAD_SEQUENCE = 256,
    BAD_CHUNK = 512,
    UNALIGNED = 1024,
    TWO_WORKS = 2048,
    CLEANED_UP_WHILE_ON = 4096,
    BAD_OLD_BUFFER = 8192
};

enum {
    ECHO,
    HUGE_SEQUENCE,
    HUGE_EVENT,
    NO_SEQUENCE,
    EMPTY_MIDI,
    ODD_TIMES,
    SHORT_OBJECT,
    HUGE_OLD,
    HUGE_OLD_EVENT,
    SET_PROPERTY,
    PUT_PROPERTIES,
    SET_PATH,
    STATE_CHANGED,
    WORK,
    SLOW_WORK,
    MUCH_WORK,
    LONG_WORK,
    RESIZE,
    LOG,
    WORK_IN_WORK,
    FLOOD
};

struct note {
    uint32_t run;
    uint32_t type;
    int64_t frames;
    uint32_t size;
    uint32_t old;
    uint8_t body[1000];
};

struct witness {
    void *port[PORTS];
    unsigned faults, runs, works, ends;
    int active, running, instantiating, working;
    float answer, triggered;
    float memory; /* forgotten by activate() */
    pthread_t run_thread, work_thread;
    uint32_t mode;
    const struct ib_lv2_urid_map *map;
    const struct ib_lv2_worker_schedule *schedule;
    const struct ib_lv2_log *log;
    const struct ib_lv2_resize_port *resize;
    uint32_t sequence, chunk, midi, object, floating, urid, path, error, set, put, property, value, body, changed, a, b;
};

/* Make the output a sequence of one event with a body of `size` bytes; returns the place for it. */
static uint8_t *one_event(struct witness *w, int64_t frames, uint32_t type, uint32_t size)
{
    struct ib_lv2_sequence *out = w->port[ATOMS_OUT];
    struct ib_lv2_atom_event *event = (void *)(out + 1);
    out->atom.type = w->sequence;
    out->atom.size = 8 + 16 + ((size + 7) & ~7u);
    out->unit = out->pad = 0;
    event->frames = frames;
    event->body.type = type;
    event->body.size = size;
    memset(event + 1, 0, (size + 7) & ~7u);
    return (uint8_t *)(event + 1);
}

static uint8_t *property(uint8_t *at, uint32_t key, uint32_t type, const void *value, uint32_t size)
{
    const uint32_t head[] = {key, 0, size, type};
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, value, size);
    return at + sizeof head + ((size + 7) & ~7u);
}

static void write_objects(struct witness *w)
{
    const float quarter = 0.25f, half = 0.5f;
    const uint32_t set[] = {0, w->set}, put[] = {0, w->put}, changed[] = {0, w->changed};
    uint8_t *at;
    if (w->mode == SET_PROPERTY) {
        memcpy(at = one_event(w, 3, w->object, 8 + 48), set, 8);
        at = property(at + 8, w->value, w->floating, &quarter, 4);
        property(at, w->property, w->urid, &w->a, 4);
    } else if (w->mode == SET_PATH) {
        memcpy(at = one_event(w, 3, w->object, 8 + 48), set, 8);
        at = property(at + 8, w->property, w->urid, &w->a, 4);
        property(at, w->value, w->path, "/a/b", 5);
    } else if (w->mode == PUT_PROPERTIES) {
        memcpy(at = one_event(w, 3, w->object, 8 + 16 + 8 + 48), put, 8);
        const uint32_t head[] = {w->body, 0, 8 + 48, w->object, 0, 0};
        memcpy(at + 8, head, sizeof head);
        at = property(at + 8 + sizeof head, w->a, w->floating, &half, 4);
        property(at, w->b, w->floating, &quarter, 4);
    } else if (w->mode == STATE_CHANGED) {
        memcpy(one_event(w, 0, w->object, 8), changed, 8);
    }
}

static void write_hostile(struct witness *w)
{
    struct ib_lv2_sequence *out = w->port[ATOMS_OUT];
    struct ib_lv2_atom_event *event = (void *)(out + 1);
    struct ib_lv2_old_buffer *old = w->port[OLD_OUT];
    struct ib_lv2_old_event *old_event = (void *)old->data;
    const uint8_t on[] = {0x90, 60, 100};
    if (w->mode == HUGE_SEQUENCE || w->mode == HUGE_EVENT || w->mode == ODD_TIMES)
        memcpy(one_event(w, w->mode == ODD_TIMES ? INT64_MAX : 0, w->midi, 3), on, 3);
    if (w->mode == HUGE_SEQUENCE)
        out->atom.size = UINT32_MAX;
    if (w->mode == HUGE_EVENT)
        event->body.size = 0xFFFFFFF0;
    if (w->mode == NO_SEQUENCE)
        out->atom.type = 0xFFFF;
    if (w->mode == EMPTY_MIDI)
        one_event(w, 0, w->midi, 0);
    if (w->mode == SHORT_OBJECT)
        one_event(w, 0, w->object, 4);
    if (w->mode == HUGE_OLD)
        old->size = old->event_count = UINT32_MAX;
    if (w->mode == HUGE_OLD_EVENT) {
        old_event->type = (uint16_t)w->midi;
        old_event->size = UINT16_MAX;
        old->size = 64;
        old->event_count = 1;
    }
}

#endif
