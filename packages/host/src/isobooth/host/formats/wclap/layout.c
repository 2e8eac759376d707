/* Structs on their way between the host and a plugin: pointers are eight bytes here and four there, and all that follows them moves. */
#include "formats/wclap/wclap.h"

#include <stdlib.h>
#include <string.h>

/* One field: its size and alignment here and there. */
struct field {
    char kind;
    size_t bytes[2]; /* native, wasm */
    size_t alignment[2];
};

/* The next field of a layout, whose text moves on; 0 at the end. [any-thread] */
static int next_field(const char **layout, struct field *field)
{
    const char *at = *layout;
    char *end;
    size_t size;
    if (*at == 0)
        return 0;
    field->kind = *at++;
    switch (field->kind) {
    case '[':
        size = strtoul(at, &end, 10);
        *field = (struct field){'[', {size, size}, {1, 1}};
        at = end + 1;
        break;
    case 't':
    case 'c':
    case 'x':
        *field = (struct field){field->kind, {sizeof(void *), 4}, {sizeof(void *), 4}};
        break;
    default:
        size = field->kind == 'b' ? 1 : field->kind == 'h' ? 2 : field->kind == 'i' ? 4 : 8;
        *field = (struct field){field->kind, {size, size}, {size, size}};
        break;
    }
    *layout = at;
    return 1;
}

/* [any-thread] */
static size_t align(size_t at, size_t alignment)
{
    return (at + alignment - 1) / alignment * alignment;
}

/* [any-thread] */
static size_t size_of(const char *layout, int there)
{
    struct field field;
    size_t at = 0, most = 1;
    while (next_field(&layout, &field)) {
        at = align(at, field.alignment[there]) + field.bytes[there];
        most = field.alignment[there] > most ? field.alignment[there] : most;
    }
    return align(at, most);
}

size_t ib_wclap_native_size(const char *layout)
{
    return size_of(layout, 0);
}

size_t ib_wclap_wasm_size(const char *layout)
{
    return size_of(layout, 1);
}

void ib_wclap_to_native(struct ib_wclap_box *box, const char *layout, const uint8_t *from, uint8_t *to)
{
    struct field field;
    size_t at[2] = {0, 0};
    while (next_field(&layout, &field)) {
        for (int i = 0; i < 2; i++)
            at[i] = align(at[i], field.alignment[i]);
        if (field.kind == 't' || field.kind == 'c' || field.kind == 'x') {
            uint32_t word = ib_wclap_word(from, at[1]);
            const void *pointer = field.kind == 't'   ? (const void *)ib_wclap_keep(box, word)
                                  : field.kind == 'c' ? (const void *)(uintptr_t)word
                                                      : NULL;
            memcpy(to + at[0], &pointer, sizeof pointer);
        } else {
            memcpy(to + at[0], from + at[1], field.bytes[0]);
        }
        for (int i = 0; i < 2; i++)
            at[i] += field.bytes[i];
    }
}

uint32_t ib_wclap_push_details(struct ib_wclap_box *box, const char *port_type, uint32_t channels, const void *details)
{
    if (details == NULL || port_type == NULL)
        return 0;
    if (strcmp(port_type, "ambisonic") == 0)
        return ib_wclap_push(box, details, sizeof(struct clap_ambisonic_config));
    return strcmp(port_type, "surround") == 0 ? ib_wclap_push(box, details, channels) : 0;
}

/* The address that stands for a pointer of a native struct. 0 without room. [any-thread, with the box] */
static int translate_pointer(struct ib_wclap_box *box, const struct field *field, const uint8_t *from, size_t at,
                             uint32_t *word)
{
    const struct clap_audio_port_configuration_request *request = (const void *)from;
    const char *text;
    uintptr_t cookie;
    *word = 0;
    memcpy(&cookie, from + at, sizeof cookie);
    memcpy(&text, from + at, sizeof text);
    if (field->kind == 'c')
        *word = (uint32_t)cookie;
    else if (field->kind == 'x')
        *word = ib_wclap_push_details(box, request->port_type, request->channel_count, request->port_details);
    else if (text != NULL)
        *word = ib_wclap_push(box, text, strlen(text) + 1);
    return field->kind != 't' || text == NULL || *word != 0;
}

int ib_wclap_to_wasm(struct ib_wclap_box *box, const char *layout, const uint8_t *from, uint32_t to)
{
    struct field field;
    size_t at[2] = {0, 0};
    uint8_t *target = ib_wclap_at(box, to, ib_wclap_wasm_size(layout));
    while (target != NULL && next_field(&layout, &field)) {
        for (int i = 0; i < 2; i++)
            at[i] = align(at[i], field.alignment[i]);
        if (field.kind == 't' || field.kind == 'c' || field.kind == 'x') {
            uint32_t word;
            if (!translate_pointer(box, &field, from, at[0], &word))
                return 0;
            ib_wclap_put_word(target, at[1], word);
        } else {
            memcpy(target + at[1], from + at[0], field.bytes[1]);
        }
        for (int i = 0; i < 2; i++)
            at[i] += field.bytes[i];
    }
    return target != NULL;
}

/* `path` with `from` at its start exchanged for `to`; NULL if it does not start so or is too long. [main-thread] */
static const char *exchange(const char *path, const char *from, const char *to, char *into)
{
    const size_t room = 4096;
    size_t length = strlen(from), other = strlen(to);
    if (strncmp(path, from, length) != 0 || (path[length] != '/' && path[length] != 0))
        return NULL;
    if (other + strlen(path + length) >= room)
        return NULL;
    memcpy(into, to, other);
    memcpy(into + other, path + length, strlen(path + length) + 1);
    return into;
}

const char *ib_wclap_guest_path(const struct ib_wclap_module *module, const char *path, char *to)
{
    const char *found = NULL;
    for (const struct ib_wclap_folder *f = module->folders; f != NULL && path != NULL && found == NULL; f = f->next)
        found = exchange(path, f->path, f->guest, to);
    return found != NULL ? found : path;
}

const char *ib_wclap_host_path(const struct ib_wclap_module *module, const char *path, char *to)
{
    const char *found = NULL;
    for (const struct ib_wclap_folder *f = module->folders; f != NULL && path != NULL && found == NULL; f = f->next)
        found = exchange(path, f->guest, f->path, to);
    return found != NULL ? found : path;
}
