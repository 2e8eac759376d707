/* What the plugin changes of its own accord: automate, beginEdit and endEdit, called on any thread. They only notify; the value
 * is the plugin's already. While on they leave with the next block or an idle flush, while off by the main thread. */
#include "process.h"

#include <math.h>
#include <string.h>

/* A ring of many writers and one reader. Each place carries a ticket: `n` means free for the n-th edit, `n + 1` that the n-th
 * edit is in it. A writer takes a number only if its place is free, so nobody ever waits. */
void ib_vst2_edits_init(struct ib_vst2_audio *audio)
{
    audio->edits_head = audio->edits_tail = 0;
    for (uint32_t i = 0; i < IB_VST2_MOST_EDITS; i++)
        audio->edits[i].ticket = i;
}

/* [any-thread] */
static int push(struct ib_vst2_audio *audio, uint32_t type, int32_t index, float value)
{
    uint32_t number = __atomic_load_n(&audio->edits_head, __ATOMIC_RELAXED);
    for (;;) {
        struct ib_vst2_edit *place = &audio->edits[number % IB_VST2_MOST_EDITS];
        int32_t distance = (int32_t)(__atomic_load_n(&place->ticket, __ATOMIC_ACQUIRE) - number);
        if (distance < 0)
            return 0;
        if (distance > 0) {
            number = __atomic_load_n(&audio->edits_head, __ATOMIC_RELAXED);
            continue;
        }
        if (__atomic_compare_exchange_n(&audio->edits_head, &number, number + 1, 1, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            place->type = type;
            place->index = index;
            place->value = value;
            __atomic_store_n(&place->ticket, number + 1, __ATOMIC_RELEASE);
            return 1;
        }
    }
}

/* The oldest edit. 0: there is none. [active ? audio-thread : main-thread] */
static int pop(struct ib_vst2_audio *audio, struct ib_vst2_edit *to)
{
    struct ib_vst2_edit *place = &audio->edits[audio->edits_tail % IB_VST2_MOST_EDITS];
    if (__atomic_load_n(&place->ticket, __ATOMIC_ACQUIRE) != audio->edits_tail + 1)
        return 0;
    *to = *place;
    __atomic_store_n(&place->ticket, audio->edits_tail + IB_VST2_MOST_EDITS, __ATOMIC_RELEASE);
    audio->edits_tail++;
    return 1;
}

int ib_vst2_edit_push(struct ib_vst2 *vst2, uint32_t type, int32_t index, float value)
{
    struct ib_vst2_audio *audio = vst2->audio;
    if (ib_vst2_state(vst2) == IB_VST2_OPENING) /* nobody knows its parameters yet */
        return 1;
    if (index < 0 || index >= vst2->params) {
        ib_vst2_fault(vst2, IB_VST2_FAULT_PARAM);
        return 0;
    }
    if (type == IB_EVENT_PARAM_VALUE && !isfinite(value)) {
        ib_vst2_fault(vst2, IB_VST2_FAULT_VALUE);
        return 0;
    }
    if (type == IB_EVENT_PARAM_VALUE && ib_on_audio_thread() && audio->setting == index)
        return 1; /* an echo of what the client has set */
    int taken = push(audio, type, index, value);
    if (!taken) {
        ib_vst2_fault(vst2, IB_VST2_FAULT_EDITS);
        ib_ask(vst2->mailbox, IB_ASK_PARAM_VALUES);
    }
    if (ib_vst2_state(vst2) != IB_VST2_ON)
        ib_vst2_want(vst2, IB_VST2_WANT_FLUSH);
    else if (!ib_vst2_in_block(vst2))
        ib_ask_flush(vst2->mailbox);
    return taken;
}

void ib_vst2_edits_out(struct ib_vst2 *vst2, struct ib_event_writer *writer)
{
    struct ib_vst2_edit edit;
    struct ib_event_param event;
    while (writer->capacity - writer->used >= sizeof event && pop(vst2->audio, &edit)) {
        memset(&event, 0, sizeof event);
        event.head.size = (uint32_t)sizeof event;
        event.head.type = (uint8_t)edit.type;
        event.head.port = event.head.channel = event.head.key = -1;
        event.param_id = (uint32_t)edit.index;
        event.note_id = -1;
        event.value = fmin(fmax((double)edit.value, 0.0), 1.0);
        (void)ib_event_append(writer, &event.head);
    }
}

uint32_t ib_vst2_flush_off(struct ib_vst2 *vst2, uint8_t *area, uint32_t capacity)
{
    struct ib_event_writer writer = {area, capacity, 0, 0, 0};
    ib_vst2_edits_out(vst2, &writer);
    return writer.used;
}
