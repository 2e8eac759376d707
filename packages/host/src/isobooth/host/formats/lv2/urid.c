/* One table of URIs for the whole process. Who looks up what is there already takes no lock; numbers and texts are never
 * given back, since plugins keep them. */
#include "formats/lv2/urid.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536
#define PAGE_ENTRIES 4096
#define PAGES 16384 /* 67 million URIs */
#define OLD_MOST_ID 65535

#define ATOM "http://lv2plug.in/ns/ext/atom#"
#define MIDI "http://lv2plug.in/ns/ext/midi#"
#define TIME "http://lv2plug.in/ns/ext/time#"
#define PATCH "http://lv2plug.in/ns/ext/patch#"
#define LOG "http://lv2plug.in/ns/ext/log#"
#define STATE "http://lv2plug.in/ns/ext/state#"
#define OLD_EVENT "http://lv2plug.in/ns/ext/event"

static const char *const known[IB_URIDS_KNOWN] = {
    [IB_URID_CHUNK] = ATOM "Chunk",
    [IB_URID_SEQUENCE] = ATOM "Sequence",
    [IB_URID_OBJECT] = ATOM "Object",
    [IB_URID_BLANK] = ATOM "Blank",
    [IB_URID_RESOURCE] = ATOM "Resource",
    [IB_URID_FLOAT] = ATOM "Float",
    [IB_URID_DOUBLE] = ATOM "Double",
    [IB_URID_INT] = ATOM "Int",
    [IB_URID_LONG] = ATOM "Long",
    [IB_URID_BOOL] = ATOM "Bool",
    [IB_URID_URID] = ATOM "URID",
    [IB_URID_BEAT_TIME] = ATOM "beatTime",
    [IB_URID_MIDI_EVENT] = MIDI "MidiEvent",
    [IB_URID_POSITION] = TIME "Position",
    [IB_URID_TIME_FRAME] = TIME "frame",
    [IB_URID_TIME_FPS] = TIME "framesPerSecond",
    [IB_URID_TIME_SPEED] = TIME "speed",
    [IB_URID_TIME_BAR] = TIME "bar",
    [IB_URID_TIME_BAR_BEAT] = TIME "barBeat",
    [IB_URID_TIME_BEAT] = TIME "beat",
    [IB_URID_TIME_BEAT_UNIT] = TIME "beatUnit",
    [IB_URID_TIME_BEATS_PER_BAR] = TIME "beatsPerBar",
    [IB_URID_TIME_BPM] = TIME "beatsPerMinute",
    [IB_URID_PATCH_SET] = PATCH "Set",
    [IB_URID_PATCH_GET] = PATCH "Get",
    [IB_URID_PATCH_PUT] = PATCH "Put",
    [IB_URID_PATCH_PROPERTY] = PATCH "property",
    [IB_URID_PATCH_VALUE] = PATCH "value",
    [IB_URID_PATCH_BODY] = PATCH "body",
    [IB_URID_LOG_ERROR] = LOG "Error",
    [IB_URID_LOG_NOTE] = LOG "Note",
    [IB_URID_LOG_TRACE] = LOG "Trace",
    [IB_URID_LOG_WARNING] = LOG "Warning",
    [IB_URID_STATE_CHANGED] = STATE "StateChanged",
};

struct entry {
    struct entry *next; /* of the same bucket; constant once the entry is to be found */
    uint32_t hash;
    uint32_t urid;
    char uri[];
};

static struct entry *buckets[BUCKETS];    /* atomic */
static const struct entry **pages[PAGES]; /* by number (atomic) */
static uint32_t count;                    /* numbers given out (atomic) */
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

/* FNV-1a. */
static uint32_t hash_of(const char *uri)
{
    uint32_t hash = 2166136261u;
    for (const unsigned char *c = (const unsigned char *)uri; *c != '\0'; c++)
        hash = (hash ^ *c) * 16777619u;
    return hash ^ hash >> 16;
}

/* [any-thread] */
static uint32_t find(const char *uri, uint32_t hash)
{
    const struct entry *entry = __atomic_load_n(&buckets[hash % BUCKETS], __ATOMIC_ACQUIRE);
    for (; entry != NULL; entry = entry->next) {
        if (entry->hash == hash && strcmp(entry->uri, uri) == 0)
            return entry->urid;
    }
    return 0;
}

/* The place of the entry with that number, its page made if need be; NULL without memory. [any-thread, adding] */
static const struct entry **place_of(uint32_t urid)
{
    uint32_t page = urid / PAGE_ENTRIES;
    if (page >= PAGES)
        return NULL;
    if (pages[page] == NULL) {
        const struct entry **made = calloc(PAGE_ENTRIES, sizeof *made);
        __atomic_store_n(&pages[page], made, __ATOMIC_RELEASE);
    }
    return pages[page] != NULL ? &pages[page][urid % PAGE_ENTRIES] : NULL;
}

/* [any-thread, adding] */
static uint32_t add(const char *uri, uint32_t hash)
{
    uint32_t urid = count + 1;
    size_t length = strlen(uri) + 1;
    const struct entry **place = place_of(urid);
    struct entry *entry = place != NULL ? malloc(sizeof *entry + length) : NULL;
    if (entry == NULL)
        return 0;
    entry->next = buckets[hash % BUCKETS];
    entry->hash = hash;
    entry->urid = urid;
    memcpy(entry->uri, uri, length);
    *place = entry;
    __atomic_store_n(&count, urid, __ATOMIC_RELEASE);
    __atomic_store_n(&buckets[hash % BUCKETS], entry, __ATOMIC_RELEASE);
    return urid;
}

static void prepare(void)
{
    for (uint32_t urid = 1; urid < IB_URIDS_KNOWN; urid++)
        (void)add(known[urid], hash_of(known[urid]));
}

/* Finding takes no lock. Adding does, and takes memory: plugins are to map what is new to them while they are instantiated,
 * and one that does so while it runs gets an answer all the same. [any-thread] */
uint32_t ib_lv2_map(const char *uri)
{
    if (uri == NULL)
        return 0;
    pthread_once(&prepared, prepare);
    uint32_t hash = hash_of(uri), urid = find(uri, hash);
    if (urid != 0)
        return urid;
    pthread_mutex_lock(&adding);
    urid = find(uri, hash);
    if (urid == 0)
        urid = add(uri, hash);
    pthread_mutex_unlock(&adding);
    return urid;
}

/* [any-thread] */
const char *ib_lv2_unmap(uint32_t urid)
{
    pthread_once(&prepared, prepare);
    if (urid == 0 || urid > __atomic_load_n(&count, __ATOMIC_ACQUIRE))
        return NULL;
    return __atomic_load_n(&pages[urid / PAGE_ENTRIES], __ATOMIC_ACQUIRE)[urid % PAGE_ENTRIES]->uri;
}

uint32_t ib_lv2_feature_map(void *handle, const char *uri)
{
    (void)handle;
    return ib_lv2_map(uri);
}

const char *ib_lv2_feature_unmap(void *handle, uint32_t urid)
{
    (void)handle;
    return ib_lv2_unmap(urid);
}

uint32_t ib_lv2_feature_uri_to_id(void *callback_data, const char *map, const char *uri)
{
    (void)callback_data;
    uint32_t urid = ib_lv2_map(uri);
    /* The types of old events have 16 bits; 0 says that there is no number left. */
    return map != NULL && strcmp(map, OLD_EVENT) == 0 && urid > OLD_MOST_ID ? 0 : urid;
}
