/* From CLAP's events to isobooth's: what a plugin pushes while it processes or flushes. */
#include "formats/clap/host.h"

#include <math.h>
#include <string.h>

/* Fill the head of an event that goes out. Times are held inside the block. [active ? audio-thread : main-thread] */
static void fill_head(const struct ib_clap *clap, const struct clap_event_header *from, struct ib_event *to,
                      uint8_t type, uint32_t size)
{
    uint32_t most = clap->block->frames != 0 ? clap->block->frames - 1 : 0;
    to->size = size;
    to->time = from->time < most ? from->time : most;
    to->type = type;
    to->flags = (uint8_t)((from->flags & CLAP_EVENT_IS_LIVE ? IB_EVENT_FLAG_LIVE : 0) |
                          (from->flags & CLAP_EVENT_DONT_RECORD ? IB_EVENT_FLAG_DONT_RECORD : 0));
    to->port = to->channel = to->key = -1;
}

/* [active ? audio-thread : main-thread] */
static bool append(struct ib_clap *clap, const void *event)
{
    return ib_event_append(clap->block->out_events, event) != 0;
}

static bool refuse(struct ib_clap *clap, enum ib_clap_fault fault)
{
    ib_clap_fault(clap, fault);
    return false;
}

/* [audio-thread] */
static bool push_note(struct ib_clap *clap, const struct clap_event_header *header)
{
    static const uint8_t types[] = {
        [CLAP_EVENT_NOTE_ON] = IB_EVENT_NOTE_ON,
        [CLAP_EVENT_NOTE_OFF] = IB_EVENT_NOTE_OFF,
        [CLAP_EVENT_NOTE_CHOKE] = IB_EVENT_NOTE_CHOKE,
        [CLAP_EVENT_NOTE_END] = IB_EVENT_NOTE_END,
    };
    const struct clap_event_note *from = (const void *)header;
    int is_sounding = header->type == CLAP_EVENT_NOTE_ON || header->type == CLAP_EVENT_NOTE_OFF;
    if (is_sounding && !isfinite(from->velocity))
        return refuse(clap, IB_CLAP_FAULT_PUSH_VALUE);
    struct ib_event_note to;
    fill_head(clap, header, &to.head, types[header->type], (uint32_t)sizeof to);
    to.head.port = from->port_index;
    to.head.channel = from->channel;
    to.head.key = from->key;
    to.note_id = from->note_id;
    to.expression = 0;
    to.value = is_sounding ? fmin(fmax(from->velocity, 0.0), 1.0) : 0.0; /* of no meaning in the others */
    return append(clap, &to);
}

/* [audio-thread] */
static bool push_expression(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_note_expression *from = (const void *)header;
    if (!isfinite(from->value) || from->expression_id < 0)
        return refuse(clap, IB_CLAP_FAULT_PUSH_VALUE);
    struct ib_event_note to;
    fill_head(clap, header, &to.head, IB_EVENT_NOTE_EXPRESSION, (uint32_t)sizeof to);
    to.head.port = from->port_index;
    to.head.channel = from->channel;
    to.head.key = from->key;
    to.note_id = from->note_id;
    to.expression = (uint32_t)from->expression_id;
    to.value = from->value;
    return append(clap, &to);
}

/* Parameters of the last description alone: of others the client would not know what they are. [any-thread] */
static int is_known(const struct ib_clap *clap, uint32_t id)
{
    return ib_clap_table_find(__atomic_load_n(&clap->table_in_use, __ATOMIC_RELAXED), id) != NULL;
}

/* Does the parameter take values or modulation for single notes, keys, channels or ports? [any-thread] */
static int is_per_note(const struct ib_clap *clap, uint32_t id)
{
    const uint32_t value = CLAP_PARAM_IS_AUTOMATABLE_PER_NOTE_ID | CLAP_PARAM_IS_AUTOMATABLE_PER_KEY |
                           CLAP_PARAM_IS_AUTOMATABLE_PER_CHANNEL | CLAP_PARAM_IS_AUTOMATABLE_PER_PORT;
    const uint32_t modulation = CLAP_PARAM_IS_MODULATABLE_PER_NOTE_ID | CLAP_PARAM_IS_MODULATABLE_PER_KEY |
                                CLAP_PARAM_IS_MODULATABLE_PER_CHANNEL | CLAP_PARAM_IS_MODULATABLE_PER_PORT;
    const struct ib_clap_param *param = ib_clap_table_find(__atomic_load_n(&clap->table_in_use, __ATOMIC_RELAXED), id);
    return param != NULL && (param->flags & (value | modulation)) != 0;
}

/* Many leave 0 in the fields of notes, and mean all of them. [active ? audio-thread : main-thread] */
static bool push_param(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_param *from = (const void *)header;
    if (!isfinite(from->value))
        return refuse(clap, IB_CLAP_FAULT_PUSH_VALUE);
    if (!is_known(clap, from->param_id))
        return refuse(clap, IB_CLAP_FAULT_PUSH_PARAM);
    struct ib_event_param to;
    fill_head(clap, header, &to.head,
              header->type == CLAP_EVENT_PARAM_VALUE ? IB_EVENT_PARAM_VALUE : IB_EVENT_PARAM_MOD, (uint32_t)sizeof to);
    int is_for_one = is_per_note(clap, from->param_id);
    to.head.port = is_for_one ? from->port_index : -1;
    to.head.channel = is_for_one ? from->channel : -1;
    to.head.key = is_for_one ? from->key : -1;
    to.param_id = from->param_id;
    to.note_id = is_for_one ? from->note_id : -1;
    to.value = from->value;
    return append(clap, &to);
}

/* [active ? audio-thread : main-thread] */
static bool push_gesture(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_param_gesture *from = (const void *)header;
    if (!is_known(clap, from->param_id))
        return refuse(clap, IB_CLAP_FAULT_PUSH_PARAM);
    int begins = header->type == CLAP_EVENT_PARAM_GESTURE_BEGIN;
    struct ib_event_param to;
    fill_head(clap, header, &to.head, begins ? IB_EVENT_GESTURE_BEGIN : IB_EVENT_GESTURE_END, (uint32_t)sizeof to);
    to.param_id = from->param_id;
    to.note_id = -1;
    to.value = 0.0;
    return append(clap, &to);
}

/* [audio-thread] */
static bool push_midi(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_midi *from = (const void *)header;
    if (from->data[0] < 0x80)
        return refuse(clap, IB_CLAP_FAULT_PUSH_VALUE);
    struct ib_event_midi to;
    memset(&to, 0, sizeof to);
    fill_head(clap, header, &to.head, IB_EVENT_MIDI, (uint32_t)sizeof to);
    to.head.port = (int16_t)(from->port_index & INT16_MAX);
    memcpy(to.data, from->data, sizeof from->data);
    return append(clap, &to);
}

/* [audio-thread] */
static bool push_midi2(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_midi2 *from = (const void *)header;
    struct ib_event_midi2 to;
    fill_head(clap, header, &to.head, IB_EVENT_MIDI2, (uint32_t)sizeof to);
    to.head.port = (int16_t)(from->port_index & INT16_MAX);
    memcpy(to.data, from->data, sizeof to.data);
    return append(clap, &to);
}

/* The bytes are the plugin's and are copied here. [audio-thread] */
static bool push_sysex(struct ib_clap *clap, const struct clap_event_header *header)
{
    const struct clap_event_midi_sysex *from = (const void *)header;
    struct ib_event_writer *writer = clap->block->out_events;
    if (from->buffer == NULL || from->size == 0)
        return refuse(clap, IB_CLAP_FAULT_PUSH_VALUE);
    if (from->size > IB_MAX_EVENT_BYTES) { /* cannot fit, and must not wrap in 32 bits */
        writer->dropped++;
        return false;
    }
    uint32_t size = ib_event_sysex_size(from->size);
    struct ib_event_sysex *to = ib_event_reserve(writer, size);
    if (to == NULL)
        return false;
    memset((uint8_t *)to + size - 8, 0, 8);
    fill_head(clap, header, &to->head, IB_EVENT_SYSEX, size);
    to->head.port = (int16_t)(from->port_index & INT16_MAX);
    to->length = from->size;
    to->reserved = 0;
    memcpy(to + 1, from->buffer, from->size);
    return true;
}

struct kind {
    bool (*push)(struct ib_clap *clap, const struct clap_event_header *header);
    size_t size;
};

/* Transport is for hosts to send. */
static const struct kind kinds[] = {
    [CLAP_EVENT_NOTE_ON] = {push_note, sizeof(struct clap_event_note)},
    [CLAP_EVENT_NOTE_OFF] = {push_note, sizeof(struct clap_event_note)},
    [CLAP_EVENT_NOTE_CHOKE] = {push_note, sizeof(struct clap_event_note)},
    [CLAP_EVENT_NOTE_END] = {push_note, sizeof(struct clap_event_note)},
    [CLAP_EVENT_NOTE_EXPRESSION] = {push_expression, sizeof(struct clap_event_note_expression)},
    [CLAP_EVENT_PARAM_VALUE] = {push_param, sizeof(struct clap_event_param)},
    [CLAP_EVENT_PARAM_MOD] = {push_param, sizeof(struct clap_event_param)},
    [CLAP_EVENT_PARAM_GESTURE_BEGIN] = {push_gesture, sizeof(struct clap_event_param_gesture)},
    [CLAP_EVENT_PARAM_GESTURE_END] = {push_gesture, sizeof(struct clap_event_param_gesture)},
    [CLAP_EVENT_MIDI] = {push_midi, sizeof(struct clap_event_midi)},
    [CLAP_EVENT_MIDI_SYSEX] = {push_sysex, sizeof(struct clap_event_midi_sysex)},
    [CLAP_EVENT_MIDI2] = {push_midi2, sizeof(struct clap_event_midi2)},
};

/* Is this the thread that the plugin was called on? [any-thread] */
static int may_push(const struct ib_clap *clap)
{
    return clap->block != NULL && !ib_clap_in_pool() && (ib_on_audio_thread() || ib_clap_on_main_thread(clap));
}

/* Events of another space and of types that isobooth does not know are refused without a word: the plugin only tries.
 * [active ? audio-thread : main-thread] */
bool ib_clap_try_push(const struct clap_output_events *list, const struct clap_event_header *event)
{
    struct ib_clap *clap = list != NULL ? list->ctx : NULL;
    if (clap == NULL || event == NULL)
        return false;
    if (!may_push(clap))
        return refuse(clap, IB_CLAP_FAULT_PUSH_OUTSIDE);
    if (event->size < sizeof *event)
        return refuse(clap, IB_CLAP_FAULT_PUSH_SIZE);
    if (event->space_id != CLAP_CORE_EVENT_SPACE_ID || event->type >= sizeof kinds / sizeof *kinds ||
        kinds[event->type].push == NULL)
        return false;
    if (event->size < kinds[event->type].size)
        return refuse(clap, IB_CLAP_FAULT_PUSH_SIZE);
    return kinds[event->type].push(clap, event);
}
