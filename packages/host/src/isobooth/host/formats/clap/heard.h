/* How remarks of a plugin are kept. */
#ifndef ISOBOOTH_CLAP_HEARD_H
#define ISOBOOTH_CLAP_HEARD_H

#include "formats/clap/host.h"

/* Copy a remark to the end of the list. 1, or 0 where it is full or there is no memory: then it counts as lost.
 * [main-thread] */
int ib_clap_hear(struct ib_clap_heard *heard, const struct ib_clap_remark *remark);

/* The same of an instance, whose main thread then looks; ignored and logged on another thread. [main-thread] */
int ib_clap_said(const struct clap_host *host, const struct ib_clap_remark *remark);

/* A remark's text in the form in which ib_clap_hear takes it: it is only read. */
#define IB_CLAP_TEXT(text) ((char *)(uintptr_t)(text))

/* No memory is left behind. [main-thread] */
void ib_clap_scratch_free(struct ib_clap_scratch *scratch);

#endif
