/* timer-support and posix-fd-support: two small lists that the plugin fills and Python serves, both on the main thread. */
#include "formats/clap/host.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_PERIOD_MS 1u /* shorter periods, and 0, are made this long */

/* Room for one more element in an array of `size`-byte elements. 1, or 0 without memory. [main-thread] */
static int grow(void **array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return 1;
    uint32_t wanted = *room != 0 ? *room * 2 : 8;
    void *larger = realloc(*array, wanted * size);
    if (larger == NULL)
        return 0;
    *array = larger;
    *room = wanted;
    return 1;
}

/* -- timer-support ----------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static bool register_timer(const struct clap_host *host, uint32_t period_ms, uint32_t *timer_id)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (timer_id != NULL)
        *timer_id = CLAP_INVALID_ID;
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_TIMER_THREAD) || timer_id == NULL)
        return false;
    if (clap->timer_count >= IB_CLAP_MOST_TIMERS) {
        ib_clap_fault(clap, IB_CLAP_FAULT_TIMER_MANY);
        return false;
    }
    void *timers = clap->timers;
    if (!grow(&timers, clap->timer_count, &clap->timer_room, sizeof *clap->timers))
        return false;
    clap->timers = timers;
    struct ib_clap_timer *timer = &clap->timers[clap->timer_count++];
    timer->id = clap->next_timer_id++;
    timer->period_ms = period_ms > LEAST_PERIOD_MS ? period_ms : LEAST_PERIOD_MS;
    timer->due_ns = ib_now_ns() + timer->period_ms * (uint64_t)1000000;
    *timer_id = timer->id;
    ib_ask(clap->mailbox, IB_ASK_TIMERS);
    return true;
}

/* [main-thread] */
static bool unregister_timer(const struct clap_host *host, uint32_t timer_id)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_TIMER_THREAD))
        return false;
    for (uint32_t i = 0; i < clap->timer_count; i++) {
        if (clap->timers[i].id != timer_id)
            continue;
        clap->timer_count--;
        memmove(&clap->timers[i], &clap->timers[i + 1], (clap->timer_count - i) * sizeof *clap->timers);
        ib_ask(clap->mailbox, IB_ASK_TIMERS);
        return true;
    }
    return false;
}

/* -- posix-fd-support -------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static struct ib_clap_fd *find_fd(struct ib_clap *clap, int32_t fd)
{
    for (uint32_t i = 0; i < clap->fd_count; i++) {
        if (clap->fds[i].fd == fd)
            return &clap->fds[i];
    }
    return NULL;
}

/* The host's own wake-up is not the plugin's to watch. [main-thread] */
static bool register_fd(const struct clap_host *host, int fd, uint32_t flags)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_FD_THREAD))
        return false;
    if (fd < 0 || fd == clap->mailbox->wake_fd || find_fd(clap, fd) != NULL)
        return false;
    if (clap->fd_count >= IB_CLAP_MOST_FDS) {
        ib_clap_fault(clap, IB_CLAP_FAULT_FD_MANY);
        return false;
    }
    void *fds = clap->fds;
    if (!grow(&fds, clap->fd_count, &clap->fd_room, sizeof *clap->fds))
        return false;
    clap->fds = fds;
    clap->fds[clap->fd_count].fd = fd;
    clap->fds[clap->fd_count].flags = flags;
    clap->fd_count++;
    ib_ask(clap->mailbox, IB_ASK_TIMERS);
    return true;
}

/* [main-thread] */
static bool modify_fd(const struct clap_host *host, int fd, uint32_t flags)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_FD_THREAD))
        return false;
    struct ib_clap_fd *found = find_fd(clap, fd);
    if (found == NULL)
        return false;
    found->flags = flags;
    ib_ask(clap->mailbox, IB_ASK_TIMERS);
    return true;
}

void ib_clap_forget_fd(struct ib_clap *clap, int32_t fd)
{
    struct ib_clap_fd *found = find_fd(clap, fd);
    if (found != NULL)
        *found = clap->fds[--clap->fd_count];
}

/* [main-thread] */
static bool unregister_fd(const struct clap_host *host, int fd)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_FD_THREAD) || find_fd(clap, fd) == NULL)
        return false;
    ib_clap_forget_fd(clap, fd);
    ib_ask(clap->mailbox, IB_ASK_TIMERS);
    return true;
}

const struct clap_host_timer_support ib_clap_host_timer_support = {register_timer, unregister_timer};
const struct clap_host_posix_fd_support ib_clap_host_posix_fd_support = {register_fd, modify_fd, unregister_fd};
