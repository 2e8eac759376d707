/* One thread for the whole client process that learns of the death of booths and wakes whoever waits for them, at once and
 * without the GIL. */
#include "stream.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct watched {
    uint64_t ticket;
    int fd;
    struct ib_stream *stream;
    struct watched *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list; held for system calls at most */
static struct watched *list;
static uint64_t last_ticket;
static int poller = -1;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* [watcher-thread] */
static void mark(uint64_t ticket)
{
    pthread_mutex_lock(&lock);
    for (const struct watched *w = list; w != NULL; w = w->next) {
        if (w->ticket == ticket)
            ib_stream_mark_dead(w->stream);
    }
    pthread_mutex_unlock(&lock);
}

/* [watcher-thread] */
static void *watch(void *argument)
{
    int fd = (int)(intptr_t)argument;
    struct epoll_event events[16];
    for (;;) {
        int count = epoll_wait(fd, events, 16, -1);
        for (int i = 0; i < count; i++)
            mark(events[i].data.u64);
    }
    return NULL;
}

/* A forked child has no such thread; the epoll that it inherits is the parent's, whose list a removal here would change; and
 * the watcher may have held the lock. [forked child, any-thread] */
static void forget(void)
{
    pthread_mutex_init(&lock, NULL);
    if (poller >= 0)
        close(poller);
    poller = -1;
    list = NULL; /* what the entries hold is the parent's: a few bytes each */
}

/* [any-thread] */
static void forget_in_children(void)
{
    (void)pthread_atfork(NULL, NULL, forget);
}

/* Where the process may have real-time threads, this is the least of them: an audio thread that waits for a dead booth is not to
 * wait for a turn among ordinary threads as well. It sleeps but for some microseconds at each death. [any-thread] */
static void hasten(pthread_t thread)
{
    const struct sched_param parameters = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    (void)pthread_setschedparam(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters); /* EPERM: then it may not */
}

/* With the lock held. 0, or an errno. [any-thread] */
static int start(void)
{
    pthread_t thread;
    sigset_t all, before;
    if (poller >= 0)
        return 0;
    (void)pthread_once(&fork_once, forget_in_children);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        return errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, watch, (void *)(intptr_t)poller);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0) {
        hasten(thread);
        pthread_detach(thread);
        return 0;
    }
    close(poller);
    poller = -1;
    return error;
}

uint64_t ib_watch_add(int fd, int readable, struct ib_stream *stream)
{
    struct watched *watched = calloc(1, sizeof *watched);
    struct epoll_event event = {0};
    if (watched == NULL)
        return 0;
    pthread_mutex_lock(&lock);
    int error = start();
    if (error == 0) {
        watched->ticket = ++last_ticket;
        watched->fd = fd;
        watched->stream = stream;
        event.events =
            (readable ? (uint32_t)EPOLLIN : 0) | EPOLLET; /* EPOLLHUP and EPOLLERR come unasked; once is enough */
        event.data.u64 = watched->ticket;
        watched->next = list;
        list = watched;
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) {
            error = errno;
            list = watched->next;
        }
    }
    pthread_mutex_unlock(&lock);
    if (error == 0)
        return watched->ticket;
    free(watched);
    errno = error;
    return 0;
}

void ib_watch_remove(uint64_t ticket)
{
    struct watched *found = NULL;
    pthread_mutex_lock(&lock);
    for (struct watched **at = &list; *at != NULL; at = &(*at)->next) {
        if ((*at)->ticket == ticket) {
            found = *at;
            *at = found->next;
            (void)epoll_ctl(poller, EPOLL_CTL_DEL, found->fd, NULL);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    free(found);
}
