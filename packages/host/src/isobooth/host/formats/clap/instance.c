/* Making and unmaking the C half of an instance: everything that takes memory, before the audio thread needs it. */
#include "formats/clap/heard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of clap events that an event area can turn into: a param event grows most, from 32 to 56. */
#define ARENA_BYTES(area_bytes) ((uint64_t)(area_bytes) * 2 + 4096)
/* Touched at once, so that ordinary blocks meet no page fault. */
#define TOUCHED_BYTES ((uint64_t)128 << 10)

struct ib_clap *ib_clap_new(struct ib_mailbox *mailbox, const char *version)
{
    struct ib_clap *clap = calloc(1, sizeof *clap);
    char *copy = strdup(version);
    uint8_t *deferred = malloc(IB_CLAP_DEFERRED_BYTES);
    if (clap == NULL || copy == NULL || deferred == NULL) {
        free(clap);
        free(copy);
        free(deferred);
        return NULL;
    }
    ib_clap_host_fill(clap, copy);
    clap->mailbox = mailbox; /* NOLINT(clang-analyzer-unix.Malloc): host.version holds the copy */
    clap->main_thread = (uintptr_t)pthread_self();
    clap->next_timer_id = 1;
    clap->life.deferred = deferred;
    clap->life.tail_left = -1;
    clap->in_events.ctx = clap;
    clap->in_events.size = ib_clap_in_size;
    clap->in_events.get = ib_clap_in_get;
    clap->out_events.ctx = clap;
    clap->out_events.try_push = ib_clap_try_push;
    return clap;
}

static void free_table(struct ib_clap_table *table)
{
    if (table == NULL)
        return;
    free(table->places);
    free(table);
}

static void free_audio(struct ib_clap_audio *audio)
{
    free(audio->ports);
    free(audio->planes);
    memset(audio, 0, sizeof *audio);
}

void ib_clap_free(struct ib_clap *clap)
{
    while (clap->retired != NULL) {
        struct ib_clap_table *table = clap->retired;
        clap->retired = table->next;
        free_table(table);
    }
    free_table(clap->table);
    ib_clap_heard_clear(&clap->extras.heard);
    ib_clap_scratch_free(&clap->extras.scratch);
    free_audio(&clap->inputs);
    free_audio(&clap->outputs);
    free((void *)clap->list);
    free(clap->arena);
    free(clap->life.deferred);
    free(clap->life.twins);
    free(clap->life.held);
    free(clap->life.scratch);
    free(clap->timers);
    free(clap->fds);
    free((void *)(uintptr_t)clap->host.version);
    free(clap);
}

void ib_clap_set_state(struct ib_clap *clap, uint32_t state)
{
    __atomic_store_n(&clap->state, state, __ATOMIC_RELEASE);
}

uint32_t ib_clap_take_wants(struct ib_clap *clap)
{
    return __atomic_exchange_n(&clap->wants, 0, __ATOMIC_ACQ_REL);
}

/* -- ports, events ----------------------------------------------------------------------------------------------------- */

int ib_clap_set_ports(struct ib_clap *clap, int is_input, uint32_t count, const uint32_t *channels)
{
    struct ib_clap_audio *audio = is_input ? &clap->inputs : &clap->outputs;
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += channels[i];
    free_audio(audio);
    /* One more than needed: plugins that look at the array although there are no ports find one. */
    audio->ports = calloc((size_t)count + 1, sizeof *audio->ports);
    audio->planes = calloc((size_t)total + 1, sizeof *audio->planes);
    if (audio->ports == NULL || audio->planes == NULL) {
        free_audio(audio);
        return -1;
    }
    audio->count = count;
    audio->channels = total;
    void **planes = audio->planes;
    for (uint32_t i = 0; i < count; i++) {
        audio->ports[i].channel_count = channels[i];
        if (clap->sample_bytes == sizeof(double))
            audio->ports[i].data64 = (double **)planes;
        else
            audio->ports[i].data32 = (float **)planes;
        planes += channels[i];
    }
    return 0;
}

int ib_clap_set_twins(struct ib_clap *clap, uint32_t count, const uint32_t *twins)
{
    free(clap->life.twins);
    clap->life.twins = NULL;
    if (twins == NULL || count == 0)
        return 0;
    clap->life.twins = malloc(count * sizeof *twins);
    if (clap->life.twins == NULL)
        return -1;
    memcpy(clap->life.twins, twins, count * sizeof *twins);
    return 0;
}

int ib_clap_is_debug(void)
{
#ifdef NDEBUG
    return 0;
#else
    return 1;
#endif
}

int ib_clap_set_event_room(struct ib_clap *clap, uint32_t bytes)
{
    uint64_t arena_bytes = ARENA_BYTES(bytes);
    uint64_t list_room = arena_bytes / sizeof(struct clap_event_header);
    free(clap->arena);
    free((void *)clap->list);
    clap->arena = malloc(arena_bytes);
    clap->list = malloc(list_room * sizeof *clap->list);
    clap->arena_room = clap->list_room = 0;
    if (clap->arena == NULL || clap->list == NULL)
        return -1;
    memset(clap->arena, 0, arena_bytes < TOUCHED_BYTES ? arena_bytes : TOUCHED_BYTES);
    uint64_t list_bytes = list_room * sizeof *clap->list;
    memset((void *)clap->list, 0, list_bytes < TOUCHED_BYTES / 2 ? list_bytes : TOUCHED_BYTES / 2);
    clap->arena_room = (uint32_t)arena_bytes;
    clap->list_room = (uint32_t)list_room;
    return 0;
}

/* -- the table of parameters ------------------------------------------------------------------------------------------- */

/* Fibonacci hashing: the high bits of the product are well mixed. [any-thread] */
static uint32_t place_of(const struct ib_clap_table *table, uint32_t id)
{
    return (id * 2654435769u) >> table->shift;
}

struct ib_clap_table *ib_clap_table_new(uint32_t count)
{
    struct ib_clap_table *table = calloc(1, sizeof *table);
    uint32_t bits = 4;
    while (bits < 24 && (uint32_t)1 << bits < 2 * count)
        bits++;
    if (table == NULL)
        return NULL;
    table->shift = 32 - bits;
    table->mask = ((uint32_t)1 << bits) - 1;
    table->places = calloc((size_t)table->mask + 1, sizeof *table->places);
    if (table->places == NULL) {
        free(table);
        return NULL;
    }
    for (uint32_t i = 0; i <= table->mask; i++)
        table->places[i].id = CLAP_INVALID_ID;
    return table;
}

int ib_clap_table_add(struct ib_clap_table *table, uint32_t id, uint32_t flags, void *cookie, double minimum,
                      double maximum)
{
    uint32_t at = place_of(table, id);
    while (table->places[at].id != CLAP_INVALID_ID) {
        if (table->places[at].id == id)
            return 0;
        at = (at + 1) & table->mask;
    }
    table->places[at].id = id;
    table->places[at].flags = flags;
    table->places[at].cookie = cookie;
    table->places[at].minimum = minimum;
    table->places[at].maximum = maximum;
    return 1;
}

/* Free every retired table that the audio thread does not look at. [main-thread] */
static void prune(struct ib_clap *clap)
{
    const struct ib_clap_table *in_use = __atomic_load_n(&clap->table_in_use, __ATOMIC_SEQ_CST);
    struct ib_clap_table **link = &clap->retired;
    while (*link != NULL) {
        struct ib_clap_table *table = *link;
        if (table == in_use) {
            link = &table->next;
            continue;
        }
        *link = table->next;
        free_table(table);
    }
}

void ib_clap_table_install(struct ib_clap *clap, struct ib_clap_table *table)
{
    struct ib_clap_table *before = __atomic_exchange_n(&clap->table, table, __ATOMIC_SEQ_CST);
    __atomic_store_n(&clap->cookies_stale, 0, __ATOMIC_RELEASE);
    if (before != NULL) {
        before->next = clap->retired;
        clap->retired = before;
    }
    prune(clap);
}

/* A hazard pointer: say which table is looked at, then look whether it is still the one. The main thread exchanges first and
 * looks for hazards after, so one of the two sees the other. Installing is rare: the loop runs once. */
const struct ib_clap_table *ib_clap_table_enter(struct ib_clap *clap)
{
    struct ib_clap_table *table = __atomic_load_n(&clap->table, __ATOMIC_ACQUIRE);
    for (;;) {
        __atomic_store_n(&clap->table_in_use, table, __ATOMIC_SEQ_CST);
        struct ib_clap_table *now = __atomic_load_n(&clap->table, __ATOMIC_SEQ_CST);
        if (now == table)
            return table;
        table = now;
    }
}

void ib_clap_table_leave(struct ib_clap *clap)
{
    __atomic_store_n(&clap->table_in_use, NULL, __ATOMIC_RELEASE);
}

const struct ib_clap_param *ib_clap_table_find(const struct ib_clap_table *table, uint32_t id)
{
    if (table == NULL || id == CLAP_INVALID_ID)
        return NULL;
    for (uint32_t at = place_of(table, id);; at = (at + 1) & table->mask) {
        const struct ib_clap_param *param = &table->places[at];
        if (param->id == id)
            return param;
        if (param->id == CLAP_INVALID_ID)
            return NULL;
    }
}
