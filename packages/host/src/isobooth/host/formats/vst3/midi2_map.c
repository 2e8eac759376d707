/* Controllers of MIDI 2.0 that drive parameters (IMidiMapping2, ivstmidimapping2.h): registered and assignable ones, each with a
 * bank and an index, and what is the same in MIDI 1.0, RPN and NRPN (M2-104-UM, 7.4.7). Also per-note controllers, for which
 * VST3 has numbers of note expressions (ivstnoteexpression.h). */
#include "formats/vst3/audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_MIDI2 UINT64_MAX /* a free place: no bus has that number */
#define NOT_SAID 0x80

/* Controllers of MIDI 1.0 that say and move what is selected. */
#define DATA_COARSE 6
#define DATA_FINE 38
#define ASSIGNABLE_INDEX 98
#define ASSIGNABLE_BANK 99
#define REGISTERED_INDEX 100
#define REGISTERED_BANK 101

/* Status nibbles of MIDI 2.0 channel voice messages. */
#define REGISTERED_OF_NOTE 0x0
#define REGISTERED 0x2
#define REGISTERED_BY 0x4 /* relative */
#define ASSIGNABLE_BY 0x5

/* -- the map ----------------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static uint32_t key_of(uint32_t bus, uint32_t channel, uint32_t number)
{
    return (bus * IB_VST3_MIDI_CHANNELS + channel) << 15 | number;
}

/* The first place to look at. [any-thread] */
static uint32_t place_of(const struct ib_vst3_midi2_map *map, uint32_t key)
{
    return (key * 2654435769u) >> map->shift;
}

static void put(struct ib_vst3_midi2_map *map, const struct ib_vst3_midi2_entry *entry)
{
    uint32_t key = key_of(entry->bus, entry->channel, entry->number), at = place_of(map, key);
    while (map->places[at] != NO_MIDI2 && map->places[at] >> 32 != key)
        at = (at + 1) & map->mask;
    map->places[at] = (uint64_t)key << 32 | entry->param_id; /* the last word counts */
}

static struct ib_vst3_midi2_map *map_of(const struct ib_vst3_midi2_entry *entries, uint32_t count)
{
    uint32_t bits = 4;
    while ((uint32_t)1 << bits < 2 * count)
        bits++;
    size_t bytes = ((size_t)1 << bits) * sizeof(uint64_t);
    struct ib_vst3_midi2_map *map = malloc(sizeof *map + bytes);
    if (map == NULL)
        return NULL;
    map->next = NULL;
    map->shift = 32 - bits;
    map->mask = ((uint32_t)1 << bits) - 1;
    memset(map->places, 0xFF, bytes); /* NO_MIDI2 */
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].bus < IB_VST3_MOST_EVENT_BUSES && entries[i].channel < IB_VST3_MIDI_CHANNELS &&
            entries[i].number < 2 * IB_VST3_MIDI2_REGISTERED && entries[i].param_id != IB_VST3_NO_PARAM)
            put(map, &entries[i]);
    }
    return map;
}

static void free_retired(struct ib_vst3_audio *audio)
{
    const struct ib_vst3_midi2_map *in_use = __atomic_load_n(&audio->midi2_map_in_use, __ATOMIC_SEQ_CST);
    struct ib_vst3_midi2_map **link = &audio->midi2_retired;
    while (*link != NULL) {
        struct ib_vst3_midi2_map *map = *link;
        if (map == in_use) {
            link = &map->next;
            continue;
        }
        *link = map->next;
        free(map);
    }
}

int ib_vst3_midi2_map_set(struct ib_vst3 *vst3, const struct ib_vst3_midi2_entry *entries, uint32_t count)
{
    struct ib_vst3_audio *audio = vst3->audio;
    struct ib_vst3_midi2_map *map = NULL;
    if (count > IB_VST3_MOST_MIDI2)
        return -1;
    if (count != 0) {
        map = map_of(entries, count);
        if (map == NULL)
            return -1;
    }
    struct ib_vst3_midi2_map *before = __atomic_exchange_n(&audio->midi2_map, map, __ATOMIC_SEQ_CST);
    if (before != NULL) {
        before->next = audio->midi2_retired;
        audio->midi2_retired = before;
    }
    free_retired(audio);
    return 0;
}

void ib_vst3_midi2_free(struct ib_vst3_audio *audio)
{
    free_retired(audio);
    free(audio->midi2_map);
    audio->midi2_map = NULL;
}

uint32_t ib_vst3_midi2_param(struct ib_vst3 *vst3, uint32_t bus, uint32_t channel, uint32_t number)
{
    struct ib_vst3_audio *audio = vst3->audio;
    uint32_t key = key_of(bus, channel, number), id = IB_VST3_NO_PARAM;
    struct ib_vst3_midi2_map *map = __atomic_load_n(&audio->midi2_map, __ATOMIC_ACQUIRE);
    for (;;) { /* a hazard pointer, as of the table of parameters */
        __atomic_store_n(&audio->midi2_map_in_use, map, __ATOMIC_SEQ_CST);
        struct ib_vst3_midi2_map *now = __atomic_load_n(&audio->midi2_map, __ATOMIC_SEQ_CST);
        if (now == map)
            break;
        map = now;
    }
    for (uint32_t at = map != NULL ? place_of(map, key) : 0; map != NULL && map->places[at] != NO_MIDI2;
         at = (at + 1) & map->mask) {
        if (map->places[at] >> 32 == key) {
            id = (uint32_t)map->places[at];
            break;
        }
    }
    __atomic_store_n(&audio->midi2_map_in_use, NULL, __ATOMIC_RELEASE);
    return id;
}

/* -- RPN and NRPN ------------------------------------------------------------------------------------------------------ */

void ib_vst3_midi2_forget(struct ib_vst3_audio *audio)
{
    memset(audio->selected, NOT_SAID, sizeof audio->selected);
}

/* Bank 127 and index 127 select nothing. [audio-thread] */
static int is_selected(const struct ib_vst3_selected *selected)
{
    return ((selected->bank | selected->index) & NOT_SAID) == 0 && !(selected->bank == 127 && selected->index == 127);
}

/* [audio-thread] */
static void select_controller(struct ib_vst3_selected *selected, uint32_t controller, uint8_t value)
{
    uint8_t registered = controller >= REGISTERED_INDEX;
    if (selected->registered != registered)
        selected->bank = selected->index = NOT_SAID;
    selected->registered = registered;
    selected->coarse = NOT_SAID;
    if (controller == ASSIGNABLE_BANK || controller == REGISTERED_BANK)
        selected->bank = value;
    else
        selected->index = value;
}

/* Data entry comes in one half or two. The upper alone counts as 7 bits of its own, so that its 127 is the top; a lower one that
 * follows makes it 14. */
int ib_vst3_data_entry_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t bus, uint32_t channel,
                          struct ib_midi1 bytes)
{
    struct ib_vst3_selected *selected = &vst3->audio->selected[bus][channel];
    if (bytes.first >= ASSIGNABLE_INDEX && bytes.first <= REGISTERED_BANK) {
        select_controller(selected, bytes.first, bytes.second);
        if (!is_selected(selected))
            return 0;
    } else if ((bytes.first != DATA_COARSE && bytes.first != DATA_FINE) || !is_selected(selected)) {
        return 0;
    }
    uint32_t number = (uint32_t)selected->bank << 7 | selected->index;
    uint32_t id =
        ib_vst3_midi2_param(vst3, bus, channel, number | (selected->registered ? IB_VST3_MIDI2_REGISTERED : 0));
    if (id == IB_VST3_NO_PARAM)
        return 0;
    if (bytes.first == DATA_COARSE) {
        selected->coarse = bytes.second;
        ib_vst3_drive(vst3, head, id, bytes.second / 127.0);
    } else if (bytes.first == DATA_FINE && selected->coarse != NOT_SAID) {
        ib_vst3_drive(vst3, head, id, (selected->coarse << 7 | bytes.second) / 16383.0);
    }
    return 1;
}

/* -- MIDI 2.0 ---------------------------------------------------------------------------------------------------------- */

/* A relative one adds its 32 bits, two's complement, to where the parameter is; one whose value is not known stays. */
void ib_vst3_midi2_controller_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t bus, uint32_t channel,
                                 struct ib_packet packet)
{
    const double most = 4294967295.0;
    uint32_t word = packet.words[0], data = packet.words[1], kind = word >> 20 & 0xF;
    uint32_t number = (word >> 8 & 0x7F) << 7 | (word & 0x7F);
    if (kind == REGISTERED || kind == REGISTERED_BY)
        number |= IB_VST3_MIDI2_REGISTERED;
    uint32_t id = ib_vst3_midi2_param(vst3, bus, channel, number);
    double value = data / most;
    if (kind == REGISTERED_BY || kind == ASSIGNABLE_BY) {
        const struct ib_vst3_param *param = ib_vst3_table_find(vst3->audio->table, id);
        value = param != NULL ? param->value + (int32_t)data / most : value;
        if (isnan(value))
            return;
        value = fmin(fmax(value, 0.0), 1.0);
    }
    ib_vst3_drive(vst3, head, id, value);
}

/* -- of a note --------------------------------------------------------------------------------------------------------- */

void ib_vst3_note_controllers_set(struct ib_vst3 *vst3, const uint64_t *bits)
{
    for (uint32_t i = 0; i < IB_VST3_NOTE_CONTROLLERS / 64; i++)
        __atomic_store_n(&vst3->audio->note_controllers[i], bits[i], __ATOMIC_RELAXED);
}

int ib_vst3_note_controller_in(struct ib_vst3 *vst3, const struct ib_event *head, struct ib_packet packet)
{
    uint32_t word = packet.words[0], kind = word >> 20 & 0xF, index = word & 0xFF;
    uint32_t bit = kind == REGISTERED_OF_NOTE ? index + 256 : index;
    if ((__atomic_load_n(&vst3->audio->note_controllers[bit / 64], __ATOMIC_RELAXED) >> bit % 64 & 1) == 0)
        return 0;
    struct ib_event_note note = {
        .head = *head, .note_id = -1, .expression = 0, .value = packet.words[1] / 4294967295.0};
    note.head.size = (uint32_t)sizeof note;
    note.head.type = IB_EVENT_NOTE_EXPRESSION;
    note.head.channel = (int16_t)(word >> 16 & 0xF);
    note.head.key = (int16_t)(word >> 8 & 0x7F);
    note.expression = index + (kind == REGISTERED_OF_NOTE ? VST3_kMidi2RegisteredPerNoteControllerStart
                                                          : VST3_kMidi2AssignablePerNoteControllerStart);
    ib_vst3_note_in(vst3, &note);
    return 1;
}
