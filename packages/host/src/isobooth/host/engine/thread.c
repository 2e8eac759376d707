/* The audio thread: wait for a command, a flush or a block; do it; again. */
#include "engine.h"

#include <string.h>

/* [audio-thread] */
static void start_plugin(struct ib_engine *engine)
{
    const struct ib_activation *next = &engine->next;
    engine->table = next->table;
    engine->plugin = next->plugin;
    engine->latency = next->latency;
    engine->tail = next->tail;
    engine->most_frames = next->most_frames;
    engine->sample_rate = next->sample_rate;
    engine->guard = next->guard;
    engine->floating_point = ib_floating_point_word(next->flush_denormals);
    ib_realtime_ask(next->realtime, engine->realtime, sizeof engine->realtime);
    (void)ib_floating_point_set(engine->floating_point);
    uint32_t before = ib_phase_set(IB_PHASE_START_PROCESSING);
    engine->refused = engine->table->start(engine->plugin) == 0;
    ib_phase_set(before);
    (void)ib_floating_point_set(engine->floating_point);
}

/* [audio-thread] */
static void stop_plugin(struct ib_engine *engine)
{
    if (engine->table != NULL && !engine->refused) {
        (void)ib_floating_point_set(engine->floating_point);
        uint32_t before = ib_phase_set(IB_PHASE_STOP_PROCESSING);
        engine->table->stop(engine->plugin);
        ib_phase_set(before);
        (void)ib_floating_point_set(engine->floating_point);
    }
    engine->table = NULL;
    engine->plugin = NULL;
    engine->refused = 0;
    engine->continues = 0;
    __atomic_store_n(&engine->holding, 0, __ATOMIC_RELAXED);
}

/* The main thread waits meanwhile, so memory may be taken here. [audio-thread & parked or between blocks] */
static void change_segment(struct ib_engine *engine)
{
    if (ib_engine_prepare(engine, &engine->next_booth.geometry) != 0)
        return;
    engine->booth = engine->next_booth;
    __atomic_store_n(&engine->mailbox.bell, &ib_booth_header(&engine->booth)->host_bell, __ATOMIC_RELEASE);
    ib_crash_header_set(ib_booth_header(&engine->booth));
}

/* Do what the main thread asked for. 0 when the thread is to end. [audio-thread] */
static int obey(struct ib_engine *engine, uint32_t what)
{
    __atomic_store_n(&engine->command, IB_COMMAND_NONE, __ATOMIC_RELAXED);
    switch (what) {
    case IB_COMMAND_RUN:
        stop_plugin(engine);
        start_plugin(engine);
        break;
    case IB_COMMAND_PARK:
    case IB_COMMAND_EXIT:
        stop_plugin(engine);
        /* Not with IB_COMMAND_RUN: what activate() asked for is to be done. */
        __atomic_store_n(&engine->mailbox.restart, 0, __ATOMIC_RELAXED);
        break;
    case IB_COMMAND_ATTACH:
        change_segment(engine);
        break;
    default:
        break;
    }
    sem_post(&engine->answered);
    return what != IB_COMMAND_EXIT;
}

/* Has the plugin asked for a restart that is due: not in the middle of a piece? [audio-thread] */
static int restart_is_due(const struct ib_engine *engine)
{
    return !engine->continues && __atomic_load_n(&engine->mailbox.restart, __ATOMIC_ACQUIRE) != 0;
}

/* Is there anything to do? [audio-thread] */
static int has_work(const struct ib_engine *engine)
{
    if (__atomic_load_n(&engine->command, __ATOMIC_ACQUIRE) != IB_COMMAND_NONE)
        return 1;
    if (engine->table == NULL || __atomic_load_n(&engine->holding, __ATOMIC_ACQUIRE) != 0)
        return 0;
    if (restart_is_due(engine))
        return 1;
    return ib_booth_due(&engine->booth) != NULL || __atomic_load_n(&engine->mailbox.flush, __ATOMIC_ACQUIRE) != 0;
}

/* We have been woken on the processor of the client, after `took_ns`. If that is longer than anybody spins, one processor for
 * both is best, if we do not spin there. Otherwise each should have its own. [audio-thread] */
static void share_or_leave(struct ib_engine *engine, uint64_t took_ns)
{
    struct ib_spin *spin = &engine->booth.spin;
    if (took_ns > spin->most_ns || spin->shy != 0 || !ib_aside_try(&engine->aside))
        spin->crowded = 1;
}

/* Spin for a while, then sleep, until there is something to do. [audio-thread] */
static void wait_for_work(struct ib_engine *engine)
{
    struct ib_spin *spin = &engine->booth.spin;
    struct ib_header *header = ib_booth_header(&engine->booth);
    uint64_t start = ib_now_ns();
    uint64_t until = engine->table != NULL ? ib_spin_until(spin, start) : start;
    do {
        for (int look = 0; look < IB_SPIN_LOOKS; look++) {
            if (has_work(engine)) {
                ib_aside_learn(&engine->aside, 0);
                return;
            }
            ib_relax();
        }
    } while (ib_now_ns() < until);
    __atomic_store_n(&header->host_bell.ringer, (uint64_t)0, __ATOMIC_RELAXED); /* of an earlier sleep */
    ib_bell_arm(&header->host_bell);
    while (!has_work(engine)) {
        header->statistics.sleeps++;
        ib_bell_sleep(&header->host_bell, IB_FOREVER);
        ib_bell_arm(&header->host_bell);
    }
    ib_bell_disarm(&header->host_bell);
    ib_aside_learn(&engine->aside, 1);
    uint64_t took = ib_now_ns() - start;
    ib_spin_learn(spin, took, 1);
    uint64_t ringer = __atomic_load_n(&header->host_bell.ringer, __ATOMIC_RELAXED);
    if (ringer != 0 && ringer == ib_processor())
        share_or_leave(engine, took);
}

/* Take one block, or whatever else the plugin is to be called for. 0 if there was nothing. [audio-thread & active] */
static int play(struct ib_engine *engine)
{
    if (__atomic_load_n(&engine->holding, __ATOMIC_ACQUIRE) != 0)
        return 0;
    if (restart_is_due(engine)) {
        /* Between exactly these two blocks: so the same input gives the same output every time. */
        __atomic_store_n(&engine->holding, 1, __ATOMIC_RELEASE);
        ib_ask(&engine->mailbox, IB_ASK_RESTART_NOW);
        return 1;
    }
    struct ib_slot *slot = ib_booth_due(&engine->booth);
    if (slot != NULL) {
        ib_engine_block(engine, slot);
        return 1;
    }
    if (__atomic_exchange_n(&engine->mailbox.flush, 0, __ATOMIC_ACQ_REL) == 0)
        return 0;
    ib_engine_idle_flush(engine);
    return 1;
}

void *ib_engine_thread(void *argument)
{
    struct ib_engine *engine = argument;
    (void)ib_crash_thread_enter(1);
    for (;;) {
        uint32_t what = __atomic_load_n(&engine->command, __ATOMIC_ACQUIRE);
        if (what != IB_COMMAND_NONE) {
            if (!obey(engine, what))
                break;
            continue;
        }
        if (engine->table == NULL || !play(engine))
            wait_for_work(engine);
    }
    ib_crash_thread_leave();
    return NULL;
}
