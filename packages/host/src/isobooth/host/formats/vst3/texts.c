/* UTF-8 and UTF-16. */
#include "formats/vst3/objects.h"

#define REPLACEMENT 0xFFFDu

/* One character of UTF-8, never reading past a NUL. [any-thread] */
static uint32_t next_utf8(const uint8_t **at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t first = *(*at)++;
    if (first < 0x80)
        return first;
    uint32_t more = first >= 0xF0 && first < 0xF8   ? 3
                    : first >= 0xE0 && first < 0xF0 ? 2
                                                    : first >= 0xC0 && first < 0xE0;
    if (more == 0)
        return REPLACEMENT;
    uint32_t code = first & (0x3Fu >> more);
    for (uint32_t i = 0; i < more; i++) {
        if ((**at & 0xC0) != 0x80)
            return REPLACEMENT;
        code = code << 6 | (*(*at)++ & 0x3Fu);
    }
    int is_half = code >= 0xD800 && code < 0xE000;
    return code < least[more] || code > 0x10FFFF || is_half ? REPLACEMENT : code;
}

void ib_vst3_to_utf16(const char *text, uint16_t *out, uint32_t room)
{
    const uint8_t *at = (const uint8_t *)text;
    uint32_t used = 0;
    if (room == 0)
        return;
    while (*at != 0) {
        uint32_t code = next_utf8(&at);
        if (used + (code > 0xFFFF ? 2 : 1) >= room)
            break;
        if (code > 0xFFFF) {
            out[used++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            out[used++] = (uint16_t)(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            out[used++] = (uint16_t)code;
        }
    }
    out[used] = 0;
}

/* One character of UTF-16, never reading past a NUL. [any-thread] */
static uint32_t next_utf16(const uint16_t **at)
{
    uint32_t unit = *(*at)++;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    if (unit > 0xDBFF || **at < 0xDC00 || **at > 0xDFFF)
        return REPLACEMENT;
    return 0x10000 + ((unit - 0xD800) << 10) + (*(*at)++ - 0xDC00u);
}

void ib_vst3_to_utf8(const uint16_t *text, char *out, uint32_t room)
{
    uint32_t used = 0;
    if (room == 0)
        return;
    while (*text != 0) {
        uint32_t code = next_utf16(&text);
        uint32_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        if (used + more + 1 >= room)
            break;
        static const uint32_t marks[] = {0, 0xC0, 0xE0, 0xF0};
        out[used++] = (char)(marks[more] | code >> 6 * more);
        while (more-- > 0)
            out[used++] = (char)(0x80 | (code >> 6 * more & 0x3F));
    }
    out[used] = '\0';
}
