/* Who handles which signal: the host's own handlers, and those that a plugin has put in their place. */
#ifndef ISOBOOTH_SIGNALS_H
#define ISOBOOTH_SIGNALS_H

#include <signal.h>

typedef void (*ib_handler)(int number, siginfo_t *info, void *context);

/* Handle the signals that kill a process for what its code has done. 0, or -1. [main-thread] */
int ib_signals_install(ib_handler handler);

/* What a plugin had installed for a fatal signal when that was last looked at; NULL if nothing but the host's. Async-signal-safe.
 * [any-thread] */
const struct sigaction *ib_signal_theirs(int number);

/* The next signal of this kind kills the process. Async-signal-safe. [any-thread] */
void ib_signal_let_kill(int number);

/* Handle SIGTERM by `handler`, whatever a plugin installs. 0, or -1. [main-thread] */
int ib_signals_on_term(void (*handler)(int number));

#endif
