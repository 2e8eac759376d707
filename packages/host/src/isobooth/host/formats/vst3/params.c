/* The table of parameters: how events find what VST3 calls a parameter, and what plain and normalised values have to do with
 * each other. */
#include "formats/vst3/audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- plain and normalised ---------------------------------------------------------------------------------------------- */

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* Where in a curve, which rises or falls throughout, lies a plain value? Flat pieces answer with their start. [any-thread] */
static double place_in_curve(const struct ib_vst3_param *param, double plain)
{
    const double *curve = param->curve;
    uint32_t low = 0, high = param->points - 1;
    double sign = curve[high] < curve[0] ? -1.0 : 1.0;
    if (sign * plain <= sign * curve[0])
        return 0.0;
    if (sign * plain >= sign * curve[high])
        return 1.0;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (sign * curve[middle] < sign * plain)
            low = middle;
        else
            high = middle;
    }
    double width = curve[high] - curve[low];
    double part = width != 0.0 ? (plain - curve[low]) / width : 0.0;
    return (low + part) / (param->points - 1);
}

double ib_vst3_to_normal(const struct ib_vst3_param *param, double plain)
{
    double normal = plain;
    if (isnan(plain))
        return plain;
    switch (param->kind) {
    case IB_VST3_LINEAR:
        normal = param->maximum != param->minimum ? (plain - param->minimum) / (param->maximum - param->minimum) : 0.0;
        break;
    case IB_VST3_STEPPED:
        normal = rint(clamp(plain - param->minimum, 0.0, param->steps)) / param->steps;
        break;
    case IB_VST3_CURVE:
        normal = place_in_curve(param, plain);
        break;
    default:
        break;
    }
    return clamp(normal, 0.0, 1.0);
}

double ib_vst3_to_plain(const struct ib_vst3_param *param, double normalised)
{
    double normal = clamp(normalised, 0.0, 1.0);
    if (isnan(normalised))
        return normalised;
    switch (param->kind) {
    case IB_VST3_LINEAR:
        return normal == 1.0 ? param->maximum : param->minimum + normal * (param->maximum - param->minimum);
    case IB_VST3_STEPPED:
        return param->minimum + fmin(param->steps, floor(normal * ((double)param->steps + 1.0)));
    case IB_VST3_CURVE: {
        double place = normal * (param->points - 1);
        uint32_t low = (uint32_t)place;
        if (low >= param->points - 1)
            return param->curve[param->points - 1];
        return param->curve[low] + (place - low) * (param->curve[low + 1] - param->curve[low]);
    }
    default:
        return normal;
    }
}

/* -- the table --------------------------------------------------------------------------------------------------------- */

/* Fibonacci hashing: the high bits of the product are well mixed. [any-thread] */
static uint32_t place_of(const struct ib_vst3_table *table, uint32_t id)
{
    return (id * 2654435769u) >> table->shift;
}

static uint32_t words_of(uint32_t count)
{
    return (count + 63) / 64;
}

struct ib_vst3_table *ib_vst3_table_new(uint32_t count)
{
    const uint32_t most_bits = 24;
    struct ib_vst3_table *table = calloc(1, sizeof *table);
    uint32_t bits = 4;
    while (bits < most_bits && (uint32_t)1 << bits < 2 * (uint64_t)count)
        bits++;
    if (table == NULL)
        return NULL;
    table->shift = 32 - bits;
    table->mask = ((uint32_t)1 << bits) - 1;
    table->room = count <= (table->mask + 1) / 2 ? count : (table->mask + 1) / 2;
    size_t room = (size_t)table->room + 1; /* calloc() of nothing may answer NULL */
    table->places = calloc((size_t)table->mask + 1, sizeof *table->places);
    table->by_index = calloc(room, sizeof(struct ib_vst3_param *));
    table->heard = calloc(room, sizeof *table->heard);
    table->pending = calloc(room, sizeof *table->pending);
    table->heard_bits = calloc(room / 64 + 1, sizeof *table->heard_bits);
    table->pending_bits = calloc(room / 64 + 1, sizeof *table->pending_bits);
    table->out_queues = calloc(room, sizeof *table->out_queues);
    table->told = calloc(room, sizeof(struct ib_vst3_param *));
    if (table->places == NULL || table->by_index == NULL || table->heard == NULL || table->pending == NULL ||
        table->heard_bits == NULL || table->pending_bits == NULL || table->out_queues == NULL || table->told == NULL) {
        ib_vst3_table_free(table);
        return NULL;
    }
    for (uint32_t i = 0; i <= table->mask; i++)
        table->places[i].id = IB_VST3_NO_PARAM;
    return table;
}

void ib_vst3_table_free(struct ib_vst3_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t i = 0; i < table->count; i++)
        free((void *)(uintptr_t)table->by_index[i]->curve);
    free(table->places);
    free((void *)table->by_index);
    free(table->heard);
    free(table->pending);
    free(table->heard_bits);
    free(table->pending_bits);
    free(table->out_queues);
    free((void *)table->told);
    free(table->aliases);
    free(table);
}

/* A kind that its numbers do not carry becomes the plain truth: normalised values. */
static uint32_t checked_kind(uint32_t kind, int32_t steps, double minimum, double maximum, const double *curve,
                             uint32_t points)
{
    if (kind == IB_VST3_LINEAR && isfinite(minimum) && isfinite(maximum))
        return kind;
    if (kind == IB_VST3_STEPPED && steps > 0 && isfinite(minimum))
        return kind;
    if (kind == IB_VST3_CURVE && curve != NULL && points >= 2)
        return kind;
    return IB_VST3_NORMAL;
}

int ib_vst3_table_add(struct ib_vst3_table *table, uint32_t id, uint32_t flags, int32_t steps, uint32_t kind,
                      double minimum, double maximum, const double *curve, uint32_t points, double value)
{
    uint32_t at = place_of(table, id);
    double *copy = NULL;
    if (id == IB_VST3_NO_PARAM || table->count >= table->room)
        return 0;
    for (; table->places[at].id != IB_VST3_NO_PARAM; at = (at + 1) & table->mask) {
        if (table->places[at].id == id)
            return 0;
    }
    kind = checked_kind(kind, steps, minimum, maximum, curve, points);
    if (kind == IB_VST3_CURVE) {
        copy = malloc(points * sizeof *copy);
        if (copy == NULL)
            return 0;
        memcpy(copy, curve, points * sizeof *copy);
    }
    struct ib_vst3_param *param = &table->places[at];
    memset(param, 0, sizeof *param);
    param->id = id;
    param->flags = flags;
    param->steps = steps;
    param->kind = kind;
    param->minimum = kind == IB_VST3_CURVE ? copy[0] : kind == IB_VST3_NORMAL ? 0.0 : minimum;
    param->maximum = kind == IB_VST3_CURVE ? copy[points - 1] : kind == IB_VST3_NORMAL ? 1.0 : maximum;
    param->curve = copy;
    param->points = kind == IB_VST3_CURVE ? points : 0;
    param->index = table->count;
    param->value = isnan(value) ? value : clamp(value, 0.0, 1.0);
    table->by_index[table->count++] = param;
    return 1;
}

const struct ib_vst3_param *ib_vst3_table_find(const struct ib_vst3_table *table, uint32_t id)
{
    if (table == NULL || id == IB_VST3_NO_PARAM)
        return NULL;
    for (uint32_t at = place_of(table, id);; at = (at + 1) & table->mask) {
        const struct ib_vst3_param *param = &table->places[at];
        if (param->id == id)
            return param;
        if (param->id == IB_VST3_NO_PARAM)
            return NULL;
    }
}

int ib_vst3_table_alias(struct ib_vst3_table *table, uint32_t old_id, uint32_t new_id)
{
    struct ib_vst3_param *param = (struct ib_vst3_param *)ib_vst3_table_find(table, new_id);
    if (param == NULL || old_id == IB_VST3_NO_PARAM || ib_vst3_table_find(table, old_id) != NULL)
        return 0;
    struct ib_vst3_alias *more = realloc(table->aliases, (table->alias_count + (size_t)1) * sizeof *more);
    if (more == NULL)
        return 0;
    table->aliases = more;
    uint32_t at = table->alias_count++;
    for (; at > 0 && more[at - 1].old_id > old_id; at--)
        more[at] = more[at - 1];
    more[at] = (struct ib_vst3_alias){old_id, 0, param};
    return 1;
}

struct ib_vst3_param *ib_vst3_table_meant(const struct ib_vst3_table *table, uint32_t id)
{
    struct ib_vst3_param *param = (struct ib_vst3_param *)ib_vst3_table_find(table, id);
    uint32_t low = 0, high = table != NULL ? table->alias_count : 0;
    while (param == NULL && low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->aliases[middle].old_id == id)
            return table->aliases[middle].param;
        if (table->aliases[middle].old_id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return param;
}

/* -- handing it over --------------------------------------------------------------------------------------------------- */

/* Has the controller heard all of it? [main-thread] */
static int is_heard(const struct ib_vst3_table *table)
{
    for (uint32_t i = 0; i < words_of(table->count); i++) {
        if (__atomic_load_n(&table->heard_bits[i], __ATOMIC_SEQ_CST) != 0)
            return 0;
    }
    return 1;
}

void ib_vst3_table_prune(struct ib_vst3 *vst3)
{
    const struct ib_vst3_table *in_use = __atomic_load_n(&vst3->table_in_use, __ATOMIC_SEQ_CST);
    struct ib_vst3_table **link = &vst3->retired;
    while (*link != NULL) {
        struct ib_vst3_table *table = *link;
        if (table == in_use || !is_heard(table)) {
            link = &table->next;
            continue;
        }
        *link = table->next;
        ib_vst3_table_free(table);
    }
}

/* Edits that wait for the processor wait in the new table. [main-thread] */
static void move_pending(const struct ib_vst3_table *from, struct ib_vst3_table *to)
{
    if (__atomic_load_n(&from->any_pending, __ATOMIC_ACQUIRE) == 0)
        return;
    for (uint32_t i = 0; i < from->count; i++) {
        const struct ib_vst3_param *param = ib_vst3_table_find(to, from->by_index[i]->id);
        if (param == NULL || (__atomic_load_n(&from->pending_bits[i / 64], __ATOMIC_RELAXED) >> i % 64 & 1) == 0)
            continue;
        to->pending[param->index] = from->pending[i];
        to->pending_bits[param->index / 64] |= (uint64_t)1 << param->index % 64;
        to->any_pending = 1;
    }
}

void ib_vst3_table_install(struct ib_vst3 *vst3, struct ib_vst3_table *table)
{
    uint32_t epoch = __atomic_load_n(&vst3->epoch, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < table->count; i++) {
        struct ib_vst3_param *param = table->by_index[i];
        const struct ib_vst3_param *was = vst3->table != NULL ? ib_vst3_table_find(vst3->table, param->id) : NULL;
        param->epoch = epoch;
        param->again = was != NULL ? __atomic_load_n(&was->again, __ATOMIC_ACQUIRE) : 0;
        if (param->again != 0) /* what is to be said again is its value */
            __atomic_load(&was->value, &param->value, __ATOMIC_RELAXED);
    }
    if (vst3->table != NULL)
        move_pending(vst3->table, table);
    struct ib_vst3_table *before = __atomic_exchange_n(&vst3->table, table, __ATOMIC_SEQ_CST);
    if (before != NULL) {
        before->next = vst3->retired;
        vst3->retired = before;
    }
    ib_vst3_table_prune(vst3);
}

void ib_vst3_table_free_all(struct ib_vst3 *vst3)
{
    while (vst3->retired != NULL) {
        struct ib_vst3_table *table = vst3->retired;
        vst3->retired = table->next;
        ib_vst3_table_free(table);
    }
    ib_vst3_table_free(vst3->table);
    vst3->table = NULL;
}

/* A hazard pointer: say which table is looked at, then look whether it is still the one. The main thread exchanges first and
 * looks for hazards after, so one of the two sees the other. Installing is rare: the loop runs once. */
struct ib_vst3_table *ib_vst3_table_enter(struct ib_vst3 *vst3)
{
    struct ib_vst3_table *table = __atomic_load_n(&vst3->table, __ATOMIC_ACQUIRE);
    for (;;) {
        __atomic_store_n(&vst3->table_in_use, table, __ATOMIC_SEQ_CST);
        struct ib_vst3_table *now = __atomic_load_n(&vst3->table, __ATOMIC_SEQ_CST);
        if (now == table)
            return table;
        table = now;
    }
}

void ib_vst3_table_leave(struct ib_vst3 *vst3)
{
    __atomic_store_n(&vst3->table_in_use, NULL, __ATOMIC_RELEASE);
}

void ib_vst3_forget_values(struct ib_vst3 *vst3)
{
    __atomic_fetch_add(&vst3->epoch, 1, __ATOMIC_RELEASE);
}

void ib_vst3_forget_flushed(struct ib_vst3 *vst3)
{
    if (__atomic_add_fetch(&vst3->loads, 1, __ATOMIC_RELEASE) == 0)
        __atomic_store_n(&vst3->loads, 1, __ATOMIC_RELEASE); /* 0 is what parameters begin with */
}

int ib_vst3_is_unplayed(const struct ib_vst3 *vst3, uint32_t id)
{
    const struct ib_vst3_param *param = vst3->table != NULL ? ib_vst3_table_find(vst3->table, id) : NULL;
    return param != NULL && __atomic_load_n(&param->again, __ATOMIC_RELAXED) == vst3->loads;
}

/* -- news for the controller ------------------------------------------------------------------------------------------- */

/* The value first, then its bit: whoever takes the bit finds this value or a later one. The bit is set by a full read-modify-
 * write even if it is set already, or it might be taken between the two. */
void ib_vst3_table_hear(struct ib_vst3_table *table, const struct ib_vst3_param *param, double normalised)
{
    __atomic_store(&table->heard[param->index], &normalised, __ATOMIC_RELAXED);
    __atomic_fetch_or(&table->heard_bits[param->index / 64], (uint64_t)1 << param->index % 64, __ATOMIC_SEQ_CST);
}

/* [main-thread] */
static uint32_t take_from(struct ib_vst3_table *table, uint32_t *ids, double *normalised, uint32_t capacity)
{
    uint32_t taken = 0;
    for (uint32_t word = 0; word < words_of(table->count); word++) {
        uint64_t bits = __atomic_exchange_n(&table->heard_bits[word], 0, __ATOMIC_SEQ_CST);
        for (; bits != 0 && taken < capacity; bits &= bits - 1, taken++) {
            uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
            ids[taken] = table->by_index[index]->id;
            __atomic_load(&table->heard[index], &normalised[taken], __ATOMIC_RELAXED);
        }
        if (bits != 0)
            __atomic_fetch_or(&table->heard_bits[word], bits, __ATOMIC_SEQ_CST);
        if (taken == capacity)
            break;
    }
    return taken;
}

/* Older tables first: what a newer one says of the same parameter is later. */
uint32_t ib_vst3_take_heard(struct ib_vst3 *vst3, uint32_t *ids, double *normalised, uint32_t capacity)
{
    uint32_t taken = 0, depth = 0;
    for (struct ib_vst3_table *table = vst3->retired; table != NULL; table = table->next)
        depth++;
    for (; depth != 0; depth--) {
        struct ib_vst3_table *table = vst3->retired;
        for (uint32_t i = 1; i < depth; i++)
            table = table->next;
        taken += take_from(table, ids + taken, normalised + taken, capacity - taken);
    }
    if (vst3->table != NULL)
        taken += take_from(vst3->table, ids + taken, normalised + taken, capacity - taken);
    ib_vst3_table_prune(vst3);
    return taken;
}
