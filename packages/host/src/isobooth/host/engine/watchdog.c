/* The thread that ends this process when its reason to be is gone, whatever the plugin is doing then. */
#include "engine.h"

#include "contain.h"
#include "signals.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct watchdog {
    int control_fd;
    int owner_fd;
    int wake_fd;
    int term_fd;
    uint32_t grace_ms;
    uint32_t reason; /* IB_END_* (atomic) */
};

static struct watchdog watchdog;

/* [any-thread] */
static void wake(int fd)
{
    const uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0)
        return; /* full: readable already */
}

/* [any-thread] */
static void on_sigterm(int number)
{
    (void)number;
    wake(watchdog.term_fd);
}

/* [watchdog-thread] */
static void *watch(void *nothing)
{
    (void)nothing;
    struct pollfd fds[3];
    memset(fds, 0, sizeof fds);
    fds[0].fd = watchdog.control_fd;
    fds[0].events = POLLRDHUP; /* POLLHUP comes unasked */
    fds[1].fd = watchdog.owner_fd;
    fds[1].events = POLLIN; /* a process descriptor is readable once the process has ended */
    fds[2].fd = watchdog.term_fd;
    fds[2].events = POLLIN;
    uint32_t reason = 0;
    while (reason == 0) {
        if (poll(fds, 3, -1) <= 0)
            continue;
        if (fds[0].revents != 0)
            reason |= IB_END_HANGUP;
        if (fds[1].revents != 0)
            reason |= IB_END_OWNER;
        if (fds[2].revents != 0)
            reason |= IB_END_SIGTERM;
    }
    __atomic_store_n(&watchdog.reason, reason, __ATOMIC_RELEASE);
    if ((reason & (IB_END_OWNER | IB_END_HANGUP)) != 0)
        kill(getppid(), SIGCONT); /* the warm host, which the plugin may have stopped: it is to clear up and end, too */
    wake(watchdog.wake_fd);
    struct timespec grace = {watchdog.grace_ms / 1000, (long)(watchdog.grace_ms % 1000) * 1000000};
    while (nanosleep(&grace, &grace) != 0) {
        /* interrupted: sleep the rest */
    }
    /* The main thread should have ended the process by now: the plugin holds it. */
    kill(getpid(), SIGKILL);
    return NULL;
}

const char *ib_watchdog_start(int control_fd, int owner_pidfd, int wake_fd, uint32_t grace_ms)
{
    pthread_t thread;
    sigset_t all, before;
    watchdog.control_fd = control_fd;
    watchdog.owner_fd = owner_pidfd;
    watchdog.wake_fd = wake_fd;
    watchdog.grace_ms = grace_ms;
    watchdog.term_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watchdog.term_fd < 0)
        return "there is no eventfd to be had";
    watchdog.term_fd = ib_descriptor_raise(watchdog.term_fd);
    if (ib_signals_on_term(on_sigterm) != 0)
        return "the handler for SIGTERM could not be installed";
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the main thread */
    int error = pthread_create(&thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return "the watchdog thread could not be started";
    pthread_detach(thread);
    return NULL;
}

uint32_t ib_watchdog_reason(void)
{
    return __atomic_load_n(&watchdog.reason, __ATOMIC_ACQUIRE);
}
