/* Drafts: undo, transport control, resource directories, tunings, scratch memory. */
#include "formats/clap/extras.h"
#include "formats/clap/heard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* [main-thread] */
static void say(const struct clap_host *host, uint32_t kind, int64_t first, int64_t second)
{
    ib_clap_said(host, &(struct ib_clap_remark){.kind = kind, .numbers = {first, second}});
}

/* -- undo -------------------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static void undo_begin(const struct clap_host *host)
{
    say(host, IB_CLAP_UNDO_BEGIN, 0, 0);
}

/* [main-thread] */
static void undo_cancel(const struct clap_host *host)
{
    say(host, IB_CLAP_UNDO_CANCEL, 0, 0);
}

/* [main-thread] */
static void undo_change(const struct clap_host *host, const char *name, const void *delta, size_t size, bool can_undo)
{
    ib_clap_said(host, &(struct ib_clap_remark){
                           .kind = IB_CLAP_UNDO_CHANGE,
                           .numbers = {can_undo},
                           .texts = {IB_CLAP_TEXT(name)},
                           .data = (uint8_t *)(uintptr_t)delta,
                           .size = delta != NULL ? size : 0,
                       });
}

/* [main-thread] */
static void undo_undo(const struct clap_host *host)
{
    say(host, IB_CLAP_UNDO, 0, 0);
}

/* [main-thread] */
static void undo_redo(const struct clap_host *host)
{
    say(host, IB_CLAP_REDO, 0, 0);
}

/* [main-thread] */
static void undo_context(const struct clap_host *host, bool is_wanted)
{
    say(host, IB_CLAP_UNDO_CONTEXT, is_wanted, 0);
}

const struct clap_host_undo ib_clap_host_undo = {
    undo_begin, undo_cancel, undo_change, undo_undo, undo_redo, undo_context,
};

/* -- transport-control ------------------------------------------------------------------------------------------------- */

/* One function for each request without an argument. [main-thread] */
#define REQUEST(NAME, KIND)                                                                                            \
    static void NAME(const struct clap_host *host)                                                                     \
    {                                                                                                                  \
        say(host, KIND, 0, 0);                                                                                         \
    }

REQUEST(transport_start, IB_CLAP_TRANSPORT_START)
REQUEST(transport_stop, IB_CLAP_TRANSPORT_STOP)
REQUEST(transport_continue, IB_CLAP_TRANSPORT_CONTINUE)
REQUEST(transport_pause, IB_CLAP_TRANSPORT_PAUSE)
REQUEST(transport_toggle_play, IB_CLAP_TRANSPORT_TOGGLE_PLAY)
REQUEST(transport_toggle_loop, IB_CLAP_TRANSPORT_TOGGLE_LOOP)
REQUEST(transport_toggle_record, IB_CLAP_TRANSPORT_TOGGLE_RECORD)

/* [main-thread] */
static void transport_jump(const struct clap_host *host, int64_t position)
{
    say(host, IB_CLAP_TRANSPORT_JUMP, position, 0);
}

/* [main-thread] */
static void transport_loop_region(const struct clap_host *host, int64_t start, int64_t duration)
{
    say(host, IB_CLAP_TRANSPORT_LOOP_REGION, start, duration);
}

/* [main-thread] */
static void transport_enable_loop(const struct clap_host *host, bool is_enabled)
{
    say(host, IB_CLAP_TRANSPORT_ENABLE_LOOP, is_enabled, 0);
}

/* [main-thread] */
static void transport_record(const struct clap_host *host, bool is_recording)
{
    say(host, IB_CLAP_TRANSPORT_RECORD, is_recording, 0);
}

/* Tempos that are none are not passed on; the bound keeps the fixed point in its 64 bits. [main-thread] */
static void transport_tempo(const struct clap_host *host, double tempo)
{
    const double most = 100000.0, one = 2147483648.0;
    if (tempo > 0.0 && tempo <= most)
        say(host, IB_CLAP_TRANSPORT_TEMPO, (int64_t)(tempo * one), 0);
}

/* [main-thread] */
static void transport_time_signature(const struct clap_host *host, uint16_t numerator, uint16_t denominator)
{
    say(host, IB_CLAP_TRANSPORT_TIME_SIGNATURE, numerator, denominator);
}

const struct clap_host_transport_control ib_clap_host_transport_control = {
    transport_start,          transport_stop,   transport_continue,      transport_pause,
    transport_toggle_play,    transport_jump,   transport_loop_region,   transport_toggle_loop,
    transport_enable_loop,    transport_record, transport_toggle_record, transport_tempo,
    transport_time_signature,
};

/* -- resource-directory ------------------------------------------------------------------------------------------------ */

/* [main-thread] */
static bool request_directory(const struct clap_host *host, bool is_shared)
{
    return ib_clap_said(host, &(struct ib_clap_remark){.kind = IB_CLAP_DIRECTORY_REQUESTED, .numbers = {is_shared}});
}

/* [main-thread] */
static void release_directory(const struct clap_host *host, bool is_shared)
{
    say(host, IB_CLAP_DIRECTORY_RELEASED, is_shared, 0);
}

const struct clap_host_resource_directory ib_clap_host_resource_directory = {request_directory, release_directory};

/* -- tuning: this host has none, so everything sounds in equal temperament --------------------------------------------- */

/* [audio-thread & in-process] */
static double get_relative(const struct clap_host *host, uint32_t tuning_id, int32_t channel, int32_t key,
                           uint32_t sample_offset)
{
    (void)host;
    (void)tuning_id;
    (void)channel;
    (void)key;
    (void)sample_offset;
    return 0.0;
}

/* [audio-thread & in-process] */
static bool should_play(const struct clap_host *host, uint32_t tuning_id, int32_t channel, int32_t key)
{
    (void)host;
    (void)tuning_id;
    (void)channel;
    (void)key;
    return true;
}

/* [main-thread] */
static uint32_t get_tuning_count(const struct clap_host *host)
{
    (void)host;
    return 0;
}

/* [main-thread] */
static bool get_tuning_info(const struct clap_host *host, uint32_t index, struct clap_tuning_info *info)
{
    (void)host;
    (void)index;
    (void)info;
    return false;
}

const struct clap_host_tuning ib_clap_host_tuning = {get_relative, should_play, get_tuning_count, get_tuning_info};

/* -- scratch-memory ---------------------------------------------------------------------------------------------------- */

#define MOST_SCRATCH_BYTES ((uint64_t)1 << 30)
#define ALIGNMENT ((uint64_t)64)

void ib_clap_scratch_free(struct ib_clap_scratch *scratch)
{
    free(scratch->memory);
    memset(scratch, 0, sizeof *scratch);
}

void ib_clap_scratch_release(struct ib_clap *clap)
{
    ib_clap_scratch_free(&clap->extras.scratch);
}

/* Without a hint there is a piece for every thread that could come. The memory is touched here, not on the audio thread.
 * [main-thread & being-activated] */
static bool scratch_reserve(const struct clap_host *host, uint32_t bytes, uint32_t concurrency)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD))
        return false;
    if (ib_clap_state(clap) != IB_CLAP_ACTIVATING) {
        ib_clap_fault(clap, IB_CLAP_FAULT_SCRATCH);
        return false;
    }
    struct ib_clap_scratch *scratch = &clap->extras.scratch;
    ib_clap_scratch_free(scratch);
    const uint32_t count = concurrency != 0 ? concurrency : IB_CLAP_MOST_SCRATCHES;
    const uint64_t stride = ((uint64_t)bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (count > IB_CLAP_MOST_SCRATCHES || stride > MOST_SCRATCH_BYTES / count)
        return false;
    if (bytes == 0)
        return true;
    scratch->memory = aligned_alloc(ALIGNMENT, stride * count);
    if (scratch->memory == NULL)
        return false;
    memset(scratch->memory, 0, stride * count);
    scratch->stride = stride;
    scratch->count = count;
    return true;
}

/* Every thread keeps the piece that it took first. [audio-thread] */
static void *scratch_access(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL || clap->extras.scratch.memory == NULL)
        return NULL;
    struct ib_clap_scratch *scratch = &clap->extras.scratch;
    const uintptr_t self = (uintptr_t)pthread_self();
    for (uint32_t i = 0; i < scratch->count; i++) {
        uintptr_t owner = __atomic_load_n(&scratch->owners[i], __ATOMIC_ACQUIRE);
        if (owner == self || (owner == 0 && __atomic_compare_exchange_n(&scratch->owners[i], &owner, self, 0,
                                                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)))
            return scratch->memory + i * scratch->stride;
    }
    return NULL;
}

const struct clap_host_scratch_memory ib_clap_host_scratch_memory = {scratch_reserve, scratch_access};
