/* Atoms, which LV2's newer event ports carry, and the buffers of the older event extension. Sizes count what follows the
 * head of an atom; everything in a sequence, an object or a tuple begins at a multiple of 8 bytes. */

struct ib_lv2_atom {
    uint32_t size; /* of the body, in bytes */
    uint32_t type; /* URID */
};

/* Body of an atom:Sequence; events follow. */
struct ib_lv2_sequence {
    struct ib_lv2_atom atom;
    uint32_t unit; /* URID of the unit of times; 0: frames */
    uint32_t pad;
};

struct ib_lv2_atom_event {
    int64_t frames; /* in the run */
    struct ib_lv2_atom body;
};

/* Body of an atom:Object (or the older atom:Blank and atom:Resource); properties follow. */
struct ib_lv2_object {
    struct ib_lv2_atom atom;
    uint32_t id;    /* 0: none */
    uint32_t otype; /* URID of its class */
};

struct ib_lv2_atom_property {
    uint32_t key;
    uint32_t context; /* 0 */
    struct ib_lv2_atom value;
};

/* The older extension: an event and its data take a multiple of 8 bytes together. */
struct ib_lv2_old_event {
    uint32_t frames;
    uint32_t subframes;
    uint16_t type; /* number of a URI in the event context; 0: not plain data */
    uint16_t size; /* of the data that follows, in bytes */
};

struct ib_lv2_old_buffer {
    uint8_t *data;
    uint16_t header_size; /* of this struct */
    uint16_t stamp_type;  /* 0: frames */
    uint32_t event_count;
    uint32_t capacity; /* of data in bytes; so is the next */
    uint32_t size;
};

struct ib_lv2_old_event_feature {
    void *callback_data;
    uint32_t (*ref)(void *callback_data, struct ib_lv2_old_event *event);
    uint32_t (*unref)(void *callback_data, struct ib_lv2_old_event *event);
};
