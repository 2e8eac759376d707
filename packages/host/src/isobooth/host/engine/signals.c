/* Signal handlers of the host in a process whose other half may install its own.
 *
 * A plugin that ignores SIGSEGV hides nothing (a fault kills all the same), but the crash record would be lost with the
 * handler. One that installs a handler may mean it: compilers at run time, WebAssembly and probing of memory live on faults
 * that they repair. So the host's handler comes first again after each call, and hands on to the plugin's. */
#include "engine.h"

#include "signals.h"

#include <string.h>

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGXCPU};
/* Of timers and pipes, whose default action ends a process that has done nothing wrong. */
static const int stray[] = {SIGALRM, SIGVTALRM, SIGPROF, SIGPIPE, SIGINT};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static ib_handler ours;
static void (*on_term)(int number);
static struct sigaction theirs[COUNT(fatal)];
static int has_theirs[COUNT(fatal)]; /* written last (atomic) */

static int install(int number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = ours;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

static int set_plain(int number, void (*handler)(int number))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int ib_signals_install(ib_handler handler)
{
    ours = handler;
    for (size_t i = 0; i < COUNT(fatal); i++)
        if (install(fatal[i]) != 0)
            return -1;
    return 0;
}

int ib_signals_on_term(void (*handler)(int number))
{
    on_term = handler;
    return set_plain(SIGTERM, handler);
}

const struct sigaction *ib_signal_theirs(int number)
{
    for (size_t i = 0; i < COUNT(fatal); i++)
        if (fatal[i] == number && __atomic_load_n(&has_theirs[i], __ATOMIC_ACQUIRE))
            return &theirs[i];
    return NULL;
}

void ib_signal_let_kill(int number)
{
    (void)set_plain(number, SIG_DFL);
}

void ib_signals_start(void)
{
    for (size_t i = 0; i < COUNT(stray); i++)
        (void)set_plain(stray[i], SIG_IGN);
}

static int is_function(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 || (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* [main-thread] */
static int restore_fatal(size_t i)
{
    struct sigaction now;
    if (ours == NULL || sigaction(fatal[i], NULL, &now) != 0)
        return 0;
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == ours)
        return 0;
    __atomic_store_n(&has_theirs[i], 0, __ATOMIC_RELEASE);
    theirs[i] = now;
    __atomic_store_n(&has_theirs[i], is_function(&now), __ATOMIC_RELEASE);
    return install(fatal[i]) == 0;
}

int ib_signals_restore(void)
{
    int changed = 0;
    struct sigaction now;
    for (size_t i = 0; i < COUNT(fatal); i++)
        changed |= restore_fatal(i);
    for (size_t i = 0; i < COUNT(stray); i++) {
        if (sigaction(stray[i], NULL, &now) == 0 && !is_function(&now) && now.sa_handler == SIG_DFL) {
            (void)set_plain(stray[i], SIG_IGN);
            changed = 1;
        }
    }
    if (on_term != NULL && sigaction(SIGTERM, NULL, &now) == 0 &&
        ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != on_term)) {
        (void)set_plain(SIGTERM, on_term);
        changed = 1;
    }
    return changed;
}
