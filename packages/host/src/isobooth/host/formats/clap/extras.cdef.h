/* What CLAP plugins tell their host in words rather than in bits: kept in C, in order, until Python reads it. Everything
 * here is the main thread's, but for the scratch memory. */

/* ib_clap_remark.kind. `texts`, `numbers` and `data` are the arguments in the order of the call. */
#define IB_CLAP_PRESET_ERROR 1  /* preset-load: location, load key, message; kind, os_error */
#define IB_CLAP_PRESET_LOADED 2 /* location, load key; kind */
#define IB_CLAP_PAGE 3          /* remote-controls.suggest_page: id */
#define IB_CLAP_UNDO_BEGIN 10
#define IB_CLAP_UNDO_CANCEL 11
#define IB_CLAP_UNDO_CHANGE 12 /* name; can it be undone; the delta as data */
#define IB_CLAP_UNDO 13
#define IB_CLAP_REDO 14
#define IB_CLAP_UNDO_CONTEXT 15        /* wanted or not */
#define IB_CLAP_DIRECTORY_REQUESTED 20 /* is it the shared one */
#define IB_CLAP_DIRECTORY_RELEASED 21  /* is it the shared one */
#define IB_CLAP_TRANSPORT_START 30     /* transport-control.h, in its order */
#define IB_CLAP_TRANSPORT_STOP 31
#define IB_CLAP_TRANSPORT_CONTINUE 32
#define IB_CLAP_TRANSPORT_PAUSE 33
#define IB_CLAP_TRANSPORT_TOGGLE_PLAY 34
#define IB_CLAP_TRANSPORT_JUMP 35        /* position */
#define IB_CLAP_TRANSPORT_LOOP_REGION 36 /* start, duration */
#define IB_CLAP_TRANSPORT_TOGGLE_LOOP 37
#define IB_CLAP_TRANSPORT_ENABLE_LOOP 38 /* 0 or 1 */
#define IB_CLAP_TRANSPORT_RECORD 39      /* 0 or 1 */
#define IB_CLAP_TRANSPORT_TOGGLE_RECORD 40
#define IB_CLAP_TRANSPORT_TEMPO 41          /* beats per minute times 1 << 31 */
#define IB_CLAP_TRANSPORT_TIME_SIGNATURE 42 /* numerator, denominator */
#define IB_CLAP_FOUND_FILETYPE 60           /* name, extension */
#define IB_CLAP_FOUND_LOCATION 61           /* name, location; kind, flags */
#define IB_CLAP_FOUND_SOUNDPACK 62          /* id, name, vendor; flags */
#define IB_CLAP_FOUND_ERROR 63              /* message; os_error */
#define IB_CLAP_FOUND_PRESET 64             /* name, load key */
#define IB_CLAP_FOUND_PLUGIN 65             /* abi, id: of the preset before, as all that follow */
#define IB_CLAP_FOUND_PACK 66               /* id */
#define IB_CLAP_FOUND_FLAGS 67              /* flags */
#define IB_CLAP_FOUND_CREATOR 68            /* name */
#define IB_CLAP_FOUND_DESCRIPTION 69        /* text */
#define IB_CLAP_FOUND_FEATURE 70            /* word */

/* ib_clap_extras.changed */
#define IB_CLAP_CHANGED_NOTE_NAMES 1
#define IB_CLAP_CHANGED_VOICES 2
#define IB_CLAP_CHANGED_PAGES 4
#define IB_CLAP_CHANGED_CONFIGS 8

#define IB_CLAP_MOST_REMARKS 1000000
#define IB_CLAP_MOST_HEARD_BYTES 268435456
#define IB_CLAP_MOST_SCRATCHES 64

struct ib_clap_remark {
    uint32_t kind;
    int64_t numbers[2];
    char *texts[3]; /* NULL where the plugin gave none */
    uint8_t *data;
    uint64_t size;
};

struct ib_clap_heard {
    struct ib_clap_remark *remarks;
    uint32_t count;
    uint32_t room;
    uint64_t bytes; /* of texts and data */
    uint32_t lost;  /* remarks for which there was no room */
};

/* draft/scratch-memory.h: pieces of memory that threads take and keep until the plugin is deactivated. */
struct ib_clap_scratch {
    uint8_t *memory;
    uint64_t stride;
    uint32_t count;
    uintptr_t owners[64]; /* threads, 0: free (atomic) */
};

struct ib_clap;
struct ib_clap_licensing;

struct ib_clap_extras {
    struct ib_clap_heard heard;
    uint32_t changed;
    uint32_t has_track;
    struct clap_track_info track;
    char track_type[32];
    struct ib_clap_scratch scratch;
    struct ib_clap_licensing *licensing; /* NULL: the extension is not offered */
};

/* Wake the main thread to look after the plugin: IB_ASK_* bits. */
void ib_clap_ask(struct ib_clap *clap, uint32_t bits);
/* The buses of an inactive plugin have just been read: what it asked for about them is done. */
void ib_clap_buses_read(struct ib_clap *clap);

/* Deactivating a plugin takes its scratch memory. */
void ib_clap_scratch_release(struct ib_clap *clap);

/* Forget all remarks and their memory. */
void ib_clap_heard_clear(struct ib_clap_heard *heard);

/* What a preset provider declares and tells (factory/preset-discovery.h). `version` must outlive it. */
struct ib_clap_discovery {
    struct clap_preset_discovery_indexer indexer;
    struct clap_preset_discovery_metadata_receiver receiver;
    struct ib_clap_heard heard;
    uint32_t is_listening; /* indexer calls count: init() is running or done */
    uint32_t presets_left; /* begin_preset() is refused at 0 */
    uint32_t in_preset;
};

/* NULL without memory. */
struct ib_clap_discovery *ib_clap_discovery_new(const char *version, uint32_t most_presets);
void ib_clap_discovery_free(struct ib_clap_discovery *discovery);
