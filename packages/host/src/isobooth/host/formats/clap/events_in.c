/* From isobooth's events to CLAP's: parameters, gestures, transport. Notes and MIDI are in notes_in.c. */
#include "formats/clap/host.h"

#include <math.h>
#include <string.h>

void *ib_clap_event_put(struct ib_clap *clap, const struct ib_event *from, uint16_t type, uint32_t size)
{
    uint32_t room = (size + 7u) & ~7u;
    if (clap->list_count >= clap->list_room || room > clap->arena_room - clap->arena_used) {
        clap->bad_events++;
        return NULL;
    }
    struct clap_event_header *header = (struct clap_event_header *)(void *)(clap->arena + clap->arena_used);
    memset(header, 0, room);
    header->size = size;
    header->time = from->time;
    header->space_id = CLAP_CORE_EVENT_SPACE_ID;
    header->type = type;
    header->flags = (from->flags & IB_EVENT_FLAG_LIVE ? CLAP_EVENT_IS_LIVE : 0u) |
                    (from->flags & IB_EVENT_FLAG_DONT_RECORD ? CLAP_EVENT_DONT_RECORD : 0u);
    clap->list[clap->list_count++] = header;
    clap->arena_used += room;
    return header;
}

/* The four parts of an address, each only if the parameter says that it takes it: the flags for automation, or, four bits
 * further on, for modulation. [any-thread] */
static void set_address(struct clap_event_param *to, const struct ib_event_param *from, uint32_t flags)
{
    to->note_id = flags & CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID && from->note_id >= 0 ? from->note_id : -1;
    to->key = flags & CLAP_PARAM_IS_AUTOMATABLE_PER_KEY && from->head.key >= 0 ? from->head.key : (int16_t)-1;
    to->channel =
        flags & CLAP_PARAM_IS_AUTOMATABLE_PER_CHANNEL && from->head.channel >= 0 ? from->head.channel : (int16_t)-1;
    to->port_index = flags & CLAP_PARAM_IS_AUTOMATABLE_PER_PORT && from->head.port >= 0 ? from->head.port : (int16_t)-1;
}

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* A change that only process() may carry waits for the next block with audio (params.h, CLAP_PARAM_REQUIRES_PROCESS).
 * [audio-thread] */
static void defer(struct ib_clap *clap, const struct ib_event_param *from)
{
    struct ib_clap_life *life = &clap->life;
    if (sizeof *from > IB_CLAP_DEFERRED_BYTES - life->deferred_used) {
        clap->bad_events++;
        return;
    }
    memcpy(life->deferred + life->deferred_used, from, sizeof *from);
    ((struct ib_event_param *)(void *)(life->deferred + life->deferred_used))->head.size = (uint32_t)sizeof *from;
    life->deferred_used += (uint32_t)sizeof *from;
}

/* [active ? audio-thread : main-thread] */
static void param_in(struct ib_clap *clap, const struct ib_clap_table *table, const struct ib_event_param *from)
{
    const struct ib_clap_param *param = ib_clap_table_find(table, from->param_id);
    int is_value = from->head.type == IB_EVENT_PARAM_VALUE;
    int must_wait = clap->block->frames == 0 && ib_clap_state(clap) == IB_CLAP_ACTIVE;
    if (param == NULL || param->flags & CLAP_PARAM_IS_READONLY || !isfinite(from->value) ||
        (!is_value && !(param->flags & CLAP_PARAM_IS_MODULATABLE))) {
        clap->bad_events++;
        return;
    }
    if (must_wait && param->flags & CLAP_PARAM_REQUIRES_PROCESS) {
        defer(clap, from);
        return;
    }
    struct clap_event_param *to = ib_clap_event_put(
        clap, &from->head, is_value ? CLAP_EVENT_PARAM_VALUE : CLAP_EVENT_PARAM_MOD, (uint32_t)sizeof *to);
    if (to == NULL)
        return;
    to->param_id = param->id;
    to->cookie = __atomic_load_n(&clap->cookies_stale, __ATOMIC_ACQUIRE) ? NULL : param->cookie;
    if (is_value) {
        to->value = clamp(from->value, param->minimum, param->maximum);
        if (param->flags & (CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_BYPASS))
            to->value = nearbyint(to->value);
        set_address(to, from, param->flags);
    } else {
        const int modulation = 5; /* CLAP_PARAM_IS_MODULATABLE_PER_x is CLAP_PARAM_IS_AUTOMATABLE_PER_x << 5 */
        double range = param->maximum - param->minimum;
        to->value = clamp(from->value, -range, range);
        set_address(to, from, param->flags >> modulation);
    }
}

_Static_assert(CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID >> 5 == CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID &&
                   CLAP_PARAM_IS_MODULATABLE_PER_PORT >> 5 == CLAP_PARAM_IS_AUTOMATABLE_PER_PORT,
               "the flags for modulation follow those for automation in the same order");

/* [active ? audio-thread : main-thread] */
static void gesture_in(struct ib_clap *clap, const struct ib_clap_table *table, const struct ib_event_param *from)
{
    const struct ib_clap_param *param = ib_clap_table_find(table, from->param_id);
    if (param == NULL || param->flags & CLAP_PARAM_IS_READONLY) {
        clap->bad_events++;
        return;
    }
    uint16_t type =
        from->head.type == IB_EVENT_GESTURE_BEGIN ? CLAP_EVENT_PARAM_GESTURE_BEGIN : CLAP_EVENT_PARAM_GESTURE_END;
    struct clap_event_param_gesture *to = ib_clap_event_put(clap, &from->head, type, (uint32_t)sizeof *to);
    if (to != NULL)
        to->param_id = param->id;
}

/* -- transport --------------------------------------------------------------------------------------------------------- */

/* Fixed point with 31 bits behind the point (fixedpoint.h), held within what 64 bits carry. [any-thread] */
static int64_t fixed(double value)
{
    const double one = 2147483648.0, most = 4294967295.0;
    return (int64_t)llrint(clamp(isfinite(value) ? value : 0.0, -most, most) * one);
}

/* What CLAP's flags say of isobooth's transport: nothing that does not hold. [any-thread] */
static uint32_t transport_flags(const struct ib_transport *from)
{
    uint32_t flags = 0;
    if (from->flags & IB_TRANSPORT_HAS_TEMPO && isfinite(from->tempo) && isfinite(from->tempo_ramp))
        flags |= CLAP_TRANSPORT_HAS_TEMPO;
    if (from->flags & IB_TRANSPORT_HAS_BEATS && isfinite(from->position_beats))
        flags |= CLAP_TRANSPORT_HAS_BEATS_TIMELINE;
    if (from->flags & IB_TRANSPORT_HAS_SECONDS && isfinite(from->position_seconds))
        flags |= CLAP_TRANSPORT_HAS_SECONDS_TIMELINE;
    if (from->flags & IB_TRANSPORT_HAS_SIGNATURE && from->signature_numerator != 0 && from->signature_denominator != 0)
        flags |= CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
    if (from->flags & IB_TRANSPORT_PLAYING)
        flags |= CLAP_TRANSPORT_IS_PLAYING;
    if (from->flags & IB_TRANSPORT_RECORDING)
        flags |= CLAP_TRANSPORT_IS_RECORDING;
    if (from->flags & IB_TRANSPORT_LOOPING)
        flags |= CLAP_TRANSPORT_IS_LOOP_ACTIVE;
    if (from->flags & IB_TRANSPORT_PRE_ROLL)
        flags |= CLAP_TRANSPORT_IS_WITHIN_PRE_ROLL;
    return flags;
}

void ib_clap_transport(const struct ib_transport *from, struct clap_event_transport *to, uint32_t time)
{
    memset(to, 0, sizeof *to);
    to->header.size = (uint32_t)sizeof *to;
    to->header.time = time;
    to->header.type = CLAP_EVENT_TRANSPORT;
    to->flags = transport_flags(from);
    if (to->flags & CLAP_TRANSPORT_HAS_TEMPO) {
        to->tempo = from->tempo;
        to->tempo_inc = from->tempo_ramp;
    }
    if (to->flags & CLAP_TRANSPORT_HAS_BEATS_TIMELINE) {
        to->song_pos_beats = fixed(from->position_beats);
        to->bar_start = fixed(from->bar_start_beats);
        to->bar_number = from->bar_number;
        to->loop_start_beats = fixed(from->loop_start_beats);
        to->loop_end_beats = fixed(from->loop_end_beats);
    }
    if (to->flags & CLAP_TRANSPORT_HAS_SECONDS_TIMELINE) {
        to->song_pos_seconds = fixed(from->position_seconds);
        to->loop_start_seconds = fixed(from->loop_start_seconds);
        to->loop_end_seconds = fixed(from->loop_end_seconds);
    }
    if (to->flags & CLAP_TRANSPORT_HAS_TIME_SIGNATURE) {
        to->tsig_num = from->signature_numerator;
        to->tsig_denom = from->signature_denominator;
    }
}

/* [audio-thread] */
static void transport_in(struct ib_clap *clap, const struct ib_event_transport *from)
{
    struct clap_event_transport *to = ib_clap_event_put(clap, &from->head, CLAP_EVENT_TRANSPORT, (uint32_t)sizeof *to);
    if (to != NULL)
        ib_clap_transport(&from->transport, to, from->head.time);
}

/* -- all of a block ---------------------------------------------------------------------------------------------------- */

/* [audio-thread] */
static void sound_event_in(struct ib_clap *clap, const struct ib_event *event)
{
    const void *whole = event;
    if (clap->block->frames == 0) { /* a flush carries parameters only (params.h): a note in it would be lost */
        clap->bad_events++;
        return;
    }
    switch (event->type) {
    case IB_EVENT_MIDI:
        ib_clap_midi_in(clap, whole);
        break;
    case IB_EVENT_MIDI2:
        ib_clap_midi2_in(clap, whole);
        break;
    case IB_EVENT_SYSEX:
        ib_clap_sysex_in(clap, whole);
        break;
    case IB_EVENT_TRANSPORT:
        transport_in(clap, whole);
        break;
    default:
        ib_clap_note_in(clap, whole);
        break;
    }
}

void ib_clap_events_in(struct ib_clap *clap, const struct ib_clap_table *table)
{
    const struct ib_block *block = clap->block;
    const struct ib_event *event;
    uint32_t at = 0;
    clap->list_count = clap->arena_used = clap->bad_events = 0;
    if (clap->life.deferred_used != 0 && (block->frames != 0 || ib_clap_state(clap) != IB_CLAP_ACTIVE)) {
        for (uint32_t from = 0; from < clap->life.deferred_used; from += (uint32_t)sizeof(struct ib_event_param))
            param_in(clap, table, (const void *)(clap->life.deferred + from));
        clap->life.deferred_used = 0;
    }
    while ((event = ib_event_next(block->events, block->event_bytes, &at, block->frames)) != NULL) {
        const void *whole = event;
        switch (event->type) {
        case IB_EVENT_PARAM_VALUE:
        case IB_EVENT_PARAM_MOD:
            param_in(clap, table, whole);
            break;
        case IB_EVENT_GESTURE_BEGIN:
        case IB_EVENT_GESTURE_END:
            gesture_in(clap, table, whole);
            break;
        default:
            sound_event_in(clap, event);
            break;
        }
    }
}

uint32_t ib_clap_in_size(const struct clap_input_events *list)
{
    return ((const struct ib_clap *)list->ctx)->list_count;
}

const struct clap_event_header *ib_clap_in_get(const struct clap_input_events *list, uint32_t index)
{
    const struct ib_clap *clap = list->ctx;
    return index < clap->list_count ? clap->list[index] : NULL;
}
