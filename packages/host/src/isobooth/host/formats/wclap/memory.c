/* The memory of a plugin, seen from outside: every access is checked, and nothing is believed twice. */
#include "formats/wclap/wclap.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TEXTS 4096u
#define ALIGNMENT 16u

void ib_wclap_refresh(struct ib_wclap_box *box)
{
    if (box->shared != NULL) {
        box->base = ib_wasmtime.wasmtime_sharedmemory_data(box->shared);
        box->size = ib_wasmtime.wasmtime_sharedmemory_data_size(box->shared);
        return;
    }
    box->base = ib_wasmtime.wasmtime_memory_data(box->context, &box->memory);
    box->size = ib_wasmtime.wasmtime_memory_data_size(box->context, &box->memory);
}

void *ib_wclap_at(struct ib_wclap_box *box, uint32_t address, uint64_t bytes)
{
    if (address == 0 || address > box->size || bytes > box->size - address)
        return NULL;
    return box->base + address;
}

const char *ib_wclap_text(struct ib_wclap_box *box, uint32_t address)
{
    if (address == 0 || address >= box->size)
        return NULL;
    size_t most = box->size - address;
    const char *text = (const char *)box->base + address;
    return memchr(text, 0, most < IB_WCLAP_TEXT_BYTES ? most : IB_WCLAP_TEXT_BYTES) != NULL ? text : NULL;
}

const char *ib_wclap_keep_in(struct ib_wclap_text **texts, const char *text)
{
    size_t length = strlen(text) + 1;
    for (struct ib_wclap_text *known = *texts; known != NULL; known = known->next) {
        if (strcmp(known->text, text) == 0)
            return known->text;
    }
    struct ib_wclap_text *made = malloc(sizeof *made + length);
    if (made == NULL)
        return NULL;
    memcpy(made->text, text, length);
    made->next = *texts;
    *texts = made;
    return made->text;
}

const char *ib_wclap_keep(struct ib_wclap_box *box, uint32_t address)
{
    const char *text = ib_wclap_text(box, address);
    if (text == NULL || box->text_count == MOST_TEXTS)
        return NULL;
    struct ib_wclap_text *before = box->texts;
    const char *kept = ib_wclap_keep_in(&box->texts, text);
    if (box->texts != before)
        box->text_count++;
    return kept;
}

void ib_wclap_texts_free(struct ib_wclap_text *texts)
{
    while (texts != NULL) {
        struct ib_wclap_text *next = texts->next;
        free(texts);
        texts = next;
    }
}

uint32_t ib_wclap_allocate(struct ib_wclap_box *box, uint64_t bytes)
{
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    if (bytes == 0 || bytes > INT32_MAX)
        return 0;
    values[0].i32 = (int32_t)(bytes + ALIGNMENT);
    if (!ib_wclap_call_handle(box, &box->allocate, 1, values))
        return 0;
    uint64_t address = ((uint64_t)(uint32_t)values[0].i32 + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    if (values[0].i32 == 0 || address > UINT32_MAX || ib_wclap_at(box, (uint32_t)address, bytes) == NULL)
        return 0;
    memset(box->base + address, 0, bytes);
    return (uint32_t)address;
}

uint32_t ib_wclap_push(struct ib_wclap_box *box, const void *data, uint64_t bytes)
{
    uint64_t padded = (bytes + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    if (padded < bytes || padded > box->arena_bytes - box->arena_used)
        return 0;
    uint32_t address = box->arena + box->arena_used;
    void *to = ib_wclap_at(box, address, bytes);
    if (to == NULL)
        return 0;
    box->arena_used += (uint32_t)padded;
    if (data != NULL)
        memcpy(to, data, bytes);
    else
        memset(to, 0, bytes);
    return address;
}

int ib_wclap_reserve(struct ib_wclap_box *box, uint64_t bytes)
{
    if (bytes <= box->arena_bytes - box->arena_used)
        return 1;
    if (box->arena_used != 0)
        return 0; /* a call is being made of what lies in it */
    uint32_t arena = ib_wclap_allocate(box, bytes);
    if (arena == 0)
        return 0;
    box->arena = arena;
    box->arena_bytes = (uint32_t)bytes;
    return 1;
}

uint32_t ib_wclap_word(const void *at, size_t offset)
{
    uint32_t word;
    memcpy(&word, (const uint8_t *)at + offset, sizeof word);
    return word;
}

void ib_wclap_put_word(void *at, size_t offset, uint32_t word)
{
    memcpy((uint8_t *)at + offset, &word, sizeof word);
}
