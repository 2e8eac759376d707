/* Lines from any thread to the main thread, without a lock: a bounded ring that counts what it had no room for. */
#ifndef ISOBOOTH_LOG_RING_H
#define ISOBOOTH_LOG_RING_H

#include "mailbox.h"

/* Copy a line (cut at IB_LOG_TEXT_BYTES - 1 bytes) into the ring and wake the main thread. `level` is CLAP's severity: 0
 * debug, 1 info, 2 warning, 3 error, 4 fatal, 5 host misbehaving, 6 plugin misbehaving. [any-thread] */
void ib_log_push(struct ib_mailbox *mailbox, int32_t level, const char *text);

/* The oldest line into `text` (IB_LOG_TEXT_BYTES long); its level, or -1 if there is none. [main-thread] */
int32_t ib_log_pop(char *text);

/* Lines lost for want of room since the last call. [main-thread] */
uint32_t ib_log_lost(void);

#endif
