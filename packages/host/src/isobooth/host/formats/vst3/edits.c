/* Edits by the plugin's own controller: from any thread to whoever talks to the processor. While active that is the audio
 * thread, with the next block or an idle flush; while inactive the main thread turns them into events and keeps the values for
 * the first block. */
#include "formats/vst3/audio.h"

#include <math.h>

/* A ring of many writers and one reader. Each cell carries a ticket: `n` means free for the n-th edit, `n + 1` that the n-th
 * edit is in it. A writer takes a number only if its cell is free, so nobody ever waits. */
void ib_vst3_edits_init(struct ib_vst3_edits *edits)
{
    edits->head = edits->tail = 0;
    for (uint32_t i = 0; i < IB_VST3_MOST_EDITS; i++)
        edits->cells[i].ticket = i;
}

/* [any-thread] */
static int push(struct ib_vst3_edits *edits, uint32_t type, uint32_t id, double value)
{
    uint32_t number = __atomic_load_n(&edits->head, __ATOMIC_RELAXED);
    for (;;) {
        struct ib_vst3_edit *cell = &edits->cells[number % IB_VST3_MOST_EDITS];
        int32_t distance = (int32_t)(__atomic_load_n(&cell->ticket, __ATOMIC_ACQUIRE) - number);
        if (distance < 0)
            return 0;
        if (distance == 0 &&
            __atomic_compare_exchange_n(&edits->head, &number, number + 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            cell->type = type;
            cell->id = id;
            cell->value = value;
            __atomic_store_n(&cell->ticket, number + 1, __ATOMIC_RELEASE);
            return 1;
        }
        if (distance > 0)
            number = __atomic_load_n(&edits->head, __ATOMIC_RELAXED);
    }
}

/* The oldest edit. 0: there is none. [active ? audio-thread : main-thread] */
static int pop(struct ib_vst3_edits *edits, struct ib_vst3_edit *to)
{
    struct ib_vst3_edit *cell = &edits->cells[edits->tail % IB_VST3_MOST_EDITS];
    if (__atomic_load_n(&cell->ticket, __ATOMIC_ACQUIRE) != edits->tail + 1)
        return 0;
    *to = *cell;
    __atomic_store_n(&cell->ticket, edits->tail + IB_VST3_MOST_EDITS, __ATOMIC_RELEASE);
    edits->tail++;
    return 1;
}

/* Have somebody look at the ring. [any-thread] */
static void announce(struct ib_vst3 *vst3)
{
    if (ib_vst3_state(vst3) == IB_VST3_ACTIVE)
        ib_ask_flush(vst3->mailbox);
    else
        ib_vst3_want(vst3, IB_VST3_WANT_FLUSH);
}

void ib_vst3_edits_settle(struct ib_vst3 *vst3)
{
    const struct ib_vst3_edits *edits = vst3->audio->edits;
    if (__atomic_load_n(&edits->cells[edits->tail % IB_VST3_MOST_EDITS].ticket, __ATOMIC_ACQUIRE) == edits->tail + 1)
        announce(vst3);
}

/* Somebody has not been told of an edit: have all values read again. [any-thread] */
static void lose(struct ib_vst3 *vst3)
{
    __atomic_fetch_add(&vst3->edits_lost, 1, __ATOMIC_RELAXED);
    ib_vst3_fault(vst3, IB_VST3_FAULT_EDITS);
    ib_ask(vst3->mailbox, IB_ASK_PARAM_VALUES);
}

/* [any-thread] */
static int push_and_announce(struct ib_vst3 *vst3, uint32_t type, uint32_t id, double value)
{
    int taken = push(vst3->audio->edits, type, id, value);
    if (!taken)
        lose(vst3);
    announce(vst3);
    return taken;
}

int ib_vst3_edit_push(struct ib_vst3 *vst3, uint32_t id, double normalised)
{
    if (!isfinite(normalised)) {
        ib_vst3_fault(vst3, IB_VST3_FAULT_VALUE);
        return 0;
    }
    return push_and_announce(vst3, IB_EVENT_PARAM_VALUE, id, fmin(fmax(normalised, 0.0), 1.0));
}

int ib_vst3_gesture_push(struct ib_vst3 *vst3, uint32_t id, int begins)
{
    return push_and_announce(vst3, begins ? IB_EVENT_GESTURE_BEGIN : IB_EVENT_GESTURE_END, id, 0.0);
}

/* Values from the time of inactivity: the client knows them already. [audio-thread] */
static void pending_in(struct ib_vst3 *vst3, struct ib_vst3_table *table)
{
    __atomic_store_n(&table->any_pending, 0, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < table->count; i++) {
        uint64_t bit = (uint64_t)1 << i % 64;
        if ((table->pending_bits[i / 64] & bit) == 0)
            continue;
        if (!ib_vst3_change(vst3, table->by_index[i], 0, table->pending[i], 0)) { /* no room: with the next block */
            __atomic_store_n(&table->any_pending, 1, __ATOMIC_RELAXED);
            return;
        }
        table->pending_bits[i / 64] &= ~bit;
    }
}

void ib_vst3_edits_in(struct ib_vst3 *vst3)
{
    struct ib_vst3_audio *audio = vst3->audio;
    struct ib_vst3_edit edit;
    if (audio->table != NULL && audio->table->any_pending)
        pending_in(vst3, audio->table);
    while (pop(audio->edits, &edit)) {
        struct ib_vst3_param *param = (struct ib_vst3_param *)ib_vst3_table_find(audio->table, edit.id);
        if (param == NULL) {
            ib_vst3_fault(vst3, IB_VST3_FAULT_PARAM);
            continue;
        }
        if (!ib_vst3_tell(audio->block->out_events, (uint8_t)edit.type, param, 0, edit.value))
            lose(vst3);
        if (edit.type == IB_EVENT_PARAM_VALUE && (param->flags & VST3_kIsReadOnly) == 0)
            (void)ib_vst3_change(vst3, param, 0, edit.value, 0);
    }
}

uint32_t ib_vst3_flush_inactive(struct ib_vst3 *vst3, uint8_t *area, uint32_t capacity)
{
    struct ib_event_writer writer = {area, capacity, 0, 0, 0};
    struct ib_vst3_table *table = vst3->table;
    struct ib_vst3_edit edit;
    assert(ib_vst3_state(vst3) != IB_VST3_ACTIVE);
    while (writer.used + sizeof(struct ib_event_param) <= capacity && pop(vst3->audio->edits, &edit)) {
        const struct ib_vst3_param *param = ib_vst3_table_find(table, edit.id);
        if (param == NULL) {
            ib_vst3_fault(vst3, IB_VST3_FAULT_PARAM);
            continue;
        }
        (void)ib_vst3_tell(&writer, (uint8_t)edit.type, param, 0, edit.value);
        if (edit.type != IB_EVENT_PARAM_VALUE || (param->flags & VST3_kIsReadOnly) != 0)
            continue;
        table->pending[param->index] = edit.value;
        table->pending_bits[param->index / 64] |= (uint64_t)1 << param->index % 64;
        __atomic_store_n(&table->any_pending, 1, __ATOMIC_RELEASE);
    }
    return writer.used;
}
