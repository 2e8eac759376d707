/* Native calls become calls of the plugin by a string of codes: the result (v: none, u: 32 bits), then for each argument
 *   u l d     32 bits, 64 bits, a double
 *   s L       a text; a path, in the plugin's own folders where it lies in one
 *   D         pointer to a double that the plugin sets
 *   X         room for a text, or for bytes: pointer and size
 *   B         bytes: pointer and size
 *   O() I()   a struct of that layout that the plugin fills; that it reads
 *   A()       an array of structs that it reads: pointer and count
 *   E F R W r input events, output events, a stream to read, to write, a receiver of presets' metadata
 *   x         details of an audio port, behind its channels and type */
#include "formats/wclap/wclap.h"

#include <string.h>

#define MOST_ROOM 65536u
#define SPARE ((uint64_t)128 << 10)

/* A call while it is put together. */
struct making {
    struct ib_wclap_box *box;
    const union ib_wclap_word *words; /* the next argument */
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES];
    uint32_t count;
    uint32_t outputs[IB_WCLAP_MOST_VALUES]; /* addresses of what comes back, by argument */
    int failed;                             /* there was no room */
};

/* The layout behind a code, without its brackets; `codes` moves on. [any-thread] */
static const char *layout_of(const char **codes, char *into, size_t size)
{
    const char *end = strchr(*codes, ')');
    size_t length = (size_t)(end - *codes) - 1;
    length = length < size ? length : size - 1;
    memcpy(into, *codes + 1, length);
    into[length] = 0;
    *codes = end + 1;
    return into;
}

uint32_t ib_wclap_codes_signature(const char *codes)
{
    uint32_t signature = (*codes++ == 'u' ? IB_I : IB_V) | (uint32_t)IB_I << 3;
    for (uint32_t at = 6; *codes != 0; at += 3) {
        char code = *codes++;
        uint32_t type = code == 'l' ? IB_L : code == 'd' ? IB_D : IB_I;
        signature |= type << at;
        if (code == 'X' || code == 'B' || code == 'A')
            signature |= (uint32_t)IB_I << (at += 3);
        if (*codes == '(')
            codes = strchr(codes, ')') + 1;
    }
    return signature;
}

/* [any-thread, with the box] */
static void add(struct making *making, uint32_t word)
{
    making->values[making->count++].i64 = word;
}

/* An address that must be there where a pointer is. [any-thread, with the box] */
static void add_address(struct making *making, uint32_t address, const void *pointer)
{
    making->failed |= address == 0 && pointer != NULL;
    making->outputs[making->count] = address;
    add(making, address);
}

/* [any-thread, with the box] */
static void add_text(struct making *making, const char *text)
{
    add_address(making, text != NULL ? ib_wclap_push(making->box, text, strlen(text) + 1) : 0, text);
}

/* Room or bytes, and their size. [any-thread, with the box] */
static void add_bytes(struct making *making, const void *data, uint64_t size, int is_room)
{
    const void *pointer = making->words->pointer;
    if (is_room && size > MOST_ROOM)
        size = MOST_ROOM;
    add_address(making, size != 0 ? ib_wclap_push(making->box, data, size) : 0, size != 0 ? pointer : NULL);
    add(making, (uint32_t)size);
    making->words += 2;
}

/* Structs that the plugin reads. [any-thread, with the box] */
static void add_structs(struct making *making, const char *layout, uint64_t count)
{
    const uint8_t *from = making->words->pointer;
    size_t native = ib_wclap_native_size(layout), wasm = ib_wclap_wasm_size(layout);
    uint32_t address = from != NULL && count != 0 ? ib_wclap_push(making->box, NULL, wasm * count) : 0;
    making->failed |= from != NULL && count != 0 && address == 0;
    for (uint64_t i = 0; address != 0 && i < count; i++) {
        if (!ib_wclap_to_wasm(making->box, layout, from + i * native, address + (uint32_t)(i * wasm)))
            making->failed = 1;
    }
    add(making, address);
}

/* Lists and streams: what the host's struct in the plugin's memory stands for, as long as the call takes.
 * [any-thread, with the box] */
static void add_context(struct making *making, uint32_t group)
{
    making->box->current[group] = making->words++->pointer;
    add(making, making->box->groups[group]);
}

/* The two lists of a flush. [any-thread, with the box] */
static void add_events(struct making *making)
{
    struct ib_wclap_box *box = making->box;
    if (box->events == NULL && ib_wclap_events_new(box) != 0) {
        making->failed = 1;
        making->words += 2;
        return;
    }
    ib_wclap_events_open(box, making->words[0].pointer, making->words[1].pointer);
    add(making, box->groups[IB_WCLAP_IN_EVENTS]);
    add(making, box->groups[IB_WCLAP_OUT_EVENTS]);
    making->words += 2;
}

/* [any-thread, with the box] */
static void add_scalar(struct making *making, char code)
{
    if (code == 'd')
        making->values[making->count++].f64 = making->words->number;
    else if (code == 'l')
        making->values[making->count++].i64 = (int64_t)making->words->word;
    else
        add(making, (uint32_t)making->words->word);
    making->words++;
}

/* [any-thread, with the box] */
static void add_argument(struct making *making, char code, const char **codes)
{
    char layout[64], path[4096];
    const union ib_wclap_word *word = making->words;
    switch (code) {
    case 's':
        add_text(making, making->words++->pointer);
        break;
    case 'L':
        add_text(making, ib_wclap_guest_path(making->box->module, making->words++->pointer, path));
        break;
    case 'D':
        add_address(making, ib_wclap_push(making->box, NULL, sizeof(double)), making->words++->pointer);
        break;
    case 'X':
        add_bytes(making, NULL, word[1].word, 1);
        break;
    case 'B':
        add_bytes(making, word->pointer, word[1].word, 0);
        break;
    case 'O':
        add_address(making,
                    ib_wclap_push(making->box, NULL, ib_wclap_wasm_size(layout_of(codes, layout, sizeof layout))),
                    making->words++->pointer);
        break;
    case 'I':
    case 'A':
        add_structs(making, layout_of(codes, layout, sizeof layout), code == 'A' ? word[1].word : 1);
        making->words++;
        if (code == 'A')
            add_scalar(making, 'u');
        break;
    case 'E':
        add_events(making);
        *codes += 1; /* F comes with it */
        break;
    case 'R':
        add_context(making, IB_WCLAP_ISTREAM);
        break;
    case 'W':
        add_context(making, IB_WCLAP_OSTREAM);
        break;
    case 'r':
        add_context(making, IB_WCLAP_RECEIVER);
        break;
    case 'x':
        add(making, ib_wclap_push_details(making->box, word[-1].pointer, (uint32_t)word[-2].word, word->pointer));
        making->words++;
        break;
    default:
        add_scalar(making, code);
        break;
    }
}

/* Take back what the plugin has set. [any-thread, with the box] */
static void take_back(struct making *making, const char *codes, const union ib_wclap_word *words)
{
    char layout[64];
    for (uint32_t at = 1; *codes != 0; at++) {
        char code = *codes++;
        void *to = (void *)(uintptr_t)words->pointer;
        const char *form = *codes == '(' ? layout_of(&codes, layout, sizeof layout) : "";
        int is_pair = code == 'X' || code == 'B' || code == 'A';
        uint64_t size = is_pair ? words[1].word : code == 'D' ? sizeof(double) : ib_wclap_wasm_size(form);
        size = size < MOST_ROOM ? size : MOST_ROOM;
        const void *from = strchr("DXO", code) != NULL && to != NULL && at < IB_WCLAP_MOST_VALUES
                               ? ib_wclap_at(making->box, making->outputs[at], size)
                               : NULL;
        if (from != NULL && code == 'O')
            ib_wclap_to_native(making->box, form, from, to);
        else if (from != NULL)
            memcpy(to, from, size);
        words += is_pair ? 2 : 1;
        at += is_pair;
    }
}

/* [any-thread, with the box] */
static void forget_contexts(struct ib_wclap_box *box, const char *codes)
{
    if (strchr(codes, 'E') != NULL)
        ib_wclap_events_close(box);
    if (strchr(codes, 'R') != NULL)
        box->current[IB_WCLAP_ISTREAM] = NULL;
    if (strchr(codes, 'W') != NULL)
        box->current[IB_WCLAP_OSTREAM] = NULL;
    if (strchr(codes, 'r') != NULL)
        box->current[IB_WCLAP_RECEIVER] = NULL;
}

/* Room for many bytes, in steps of two: what was reserved before is not given back. [any-thread, with the box] */
static void reserve_bytes(struct ib_wclap_box *box, uint64_t bytes)
{
    uint64_t room = SPARE;
    while (room < bytes + SPARE && room < INT32_MAX)
        room *= 2;
    if (bytes < INT32_MAX)
        (void)ib_wclap_reserve(box, room);
}

uint64_t ib_wclap_invoke_at(struct ib_wclap_box *box, uint32_t function, uint32_t first, const char *codes,
                            const union ib_wclap_word *words)
{
    struct making making = {.box = box, .words = words};
    uint32_t mark = box->arena_used;
    uint64_t result = 0;
    const char *at = codes + 1;
    if (strcmp(at, "uB") == 0 || strcmp(at, "B") == 0) /* the only bytes that may be many */
        reserve_bytes(box, words[at[0] == 'u' ? 2 : 1].word);
    add(&making, first);
    while (*at != 0) {
        char code = *at++;
        add_argument(&making, code, &at);
    }
    if (!making.failed && ib_wclap_call(box, function, ib_wclap_codes_signature(codes), making.values)) {
        result = codes[0] == 'u' ? (uint32_t)making.values[0].i32 : 1;
        if (result != 0)
            take_back(&making, codes + 1, words);
    }
    forget_contexts(box, codes);
    box->arena_used = mark;
    return result;
}

uint64_t ib_wclap_invoke(const struct clap_plugin *native, const struct ib_wclap_slot *slot,
                         const union ib_wclap_word *words)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    struct ib_wclap_box *box = plugin->box;
    uint32_t function = plugin->functions[slot->extension][slot->index];
    if (function == 0 || !ib_wclap_enter(box))
        return 0;
    uint64_t result = ib_wclap_invoke_at(box, function, plugin->address, slot->codes, words);
    ib_wclap_leave(box);
    return result;
}
