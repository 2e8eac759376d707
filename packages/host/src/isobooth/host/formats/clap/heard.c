/* The list of what a plugin has said, until Python reads it. */
#include "formats/clap/heard.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TEXT_BYTES ((size_t)65536)

enum { TEXTS = sizeof((struct ib_clap_remark){0}).texts / sizeof(char *) };

/* [main-thread] */
static void clear(struct ib_clap_remark *remark)
{
    for (int i = 0; i < TEXTS; i++)
        free(remark->texts[i]);
    free(remark->data);
}

/* Everything of `from` in memory of its own; how many bytes that took, or -1 without memory. [main-thread] */
static int64_t copy(struct ib_clap_remark *to, const struct ib_clap_remark *from)
{
    int64_t bytes = 0;
    *to = *from;
    memset(to->texts, 0, sizeof to->texts);
    to->data = NULL;
    for (int i = 0; i < TEXTS; i++) {
        if (from->texts[i] == NULL)
            continue;
        to->texts[i] = strndup(from->texts[i], MOST_TEXT_BYTES);
        if (to->texts[i] == NULL)
            return -1;
        bytes += (int64_t)strlen(to->texts[i]) + 1;
    }
    if (from->size != 0) {
        to->data = malloc(from->size);
        if (to->data == NULL)
            return -1;
        memcpy(to->data, from->data, from->size);
    }
    return bytes + (int64_t)from->size;
}

/* Room for one more remark. 1, or 0 where that cannot be. [main-thread] */
static int grow(struct ib_clap_heard *heard)
{
    if (heard->count < heard->room)
        return 1;
    uint32_t room = heard->room != 0 ? heard->room * 2 : 8;
    struct ib_clap_remark *larger = realloc(heard->remarks, room * sizeof *larger);
    if (larger == NULL)
        return 0;
    heard->remarks = larger;
    heard->room = room;
    return 1;
}

int ib_clap_hear(struct ib_clap_heard *heard, const struct ib_clap_remark *remark)
{
    const int is_full = heard->count >= IB_CLAP_MOST_REMARKS || heard->bytes >= IB_CLAP_MOST_HEARD_BYTES ||
                        remark->size >= IB_CLAP_MOST_HEARD_BYTES - heard->bytes;
    if (is_full || !grow(heard)) {
        heard->lost++;
        return 0;
    }
    struct ib_clap_remark *place = &heard->remarks[heard->count];
    int64_t bytes = copy(place, remark);
    if (bytes < 0) {
        clear(place);
        heard->lost++;
        return 0;
    }
    heard->bytes += (uint64_t)bytes;
    heard->count++;
    return 1;
}

int ib_clap_said(const struct clap_host *host, const struct ib_clap_remark *remark)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD))
        return 0;
    int is_kept = ib_clap_hear(&clap->extras.heard, remark);
    ib_ask(clap->mailbox, IB_ASK_CALLBACK);
    return is_kept;
}

void ib_clap_heard_clear(struct ib_clap_heard *heard)
{
    for (uint32_t i = 0; i < heard->count; i++)
        clear(&heard->remarks[i]);
    free(heard->remarks);
    memset(heard, 0, sizeof *heard);
}
