/* How a plugin's request gets from any thread to the main thread or the audio thread, without a lock. */
#ifndef ISOBOOTH_MAILBOX_H
#define ISOBOOTH_MAILBOX_H

#include "operations.h"

/* Leave IB_ASK_* bits for the main thread and wake it. [any-thread] */
void ib_ask(struct ib_mailbox *mailbox, uint32_t bits);

/* Ask the audio thread to flush parameters soon, also while no blocks come. [any-thread] */
void ib_ask_flush(struct ib_mailbox *mailbox);

/* Is the calling thread the engine's audio thread? [any-thread] */
int ib_on_audio_thread(void);

/* Is the calling thread the process's main thread? [any-thread] */
int ib_on_main_thread(void);

#endif
