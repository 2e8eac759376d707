/* The process as the host left it: noted before a plugin comes in, compared and put back after each call into it.
 *
 * A handful of system calls, some microseconds in all, on the main thread only. What a plugin does between two calls, on a
 * thread of its own or on the audio thread, is put back after the next one. */
#include "engine.h"

#include "contain.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define HIGH_DESCRIPTORS 64     /* how many numbers there are for the host's own */
#define HIGHEST_DESCRIPTOR 1024 /* select() knows none beyond */
#define MOST_DESCRIPTORS 16
#define CHANNEL_STATUS 6 /* exit_codes.CHANNEL */

/* Which open file a descriptor stands for, as far as fstat tells. */
struct identity {
    int fd;
    int is_known;
    dev_t device;
    ino_t inode;
    mode_t mode;
};

static struct {
    int is_started;
    uint32_t changed; /* IB_CHANGED_* not taken yet */
    char *locale;
    uint32_t floating_point;
    sigset_t mask;
    mode_t umask;
    int folder; /* -1: it could not be opened */
    dev_t folder_device;
    ino_t folder_inode;
    struct identity standard[3]; /* of a copy under a high number; its open file is that of 0, 1, 2 */
    struct identity own[MOST_DESCRIPTORS];
    uint32_t own_count;
} was;

static struct identity identify(int fd)
{
    struct stat status;
    struct identity found = {.fd = fd};
    if (fd < 0 || fstat(fd, &status) != 0)
        return found;
    found.is_known = 1;
    found.device = status.st_dev;
    found.inode = status.st_ino;
    found.mode = status.st_mode;
    return found;
}

/* Is `fd` the open file that was noted? */
static int is_same(int fd, const struct identity *noted)
{
    struct identity now = identify(fd);
    return now.is_known && now.device == noted->device && now.inode == noted->inode && now.mode == noted->mode;
}

/* The lowest number for a descriptor of the host. */
static int high_number(void)
{
    struct rlimit limit;
    rlim_t top = HIGHEST_DESCRIPTOR;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < top)
        top = limit.rlim_cur;
    return top > (rlim_t)2 * HIGH_DESCRIPTORS ? (int)top - HIGH_DESCRIPTORS : HIGH_DESCRIPTORS;
}

int ib_descriptor_raise(int fd)
{
    int raised = fcntl(fd, F_DUPFD_CLOEXEC, high_number());
    if (raised < 0)
        return fd;
    close(fd);
    return raised;
}

/* -- start ---------------------------------------------------------------------------------------------------------------- */

static void note_folder(void)
{
    struct stat status;
    was.folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (was.folder < 0 || fstat(was.folder, &status) != 0)
        return;
    was.folder = ib_descriptor_raise(was.folder);
    was.folder_device = status.st_dev;
    was.folder_inode = status.st_ino;
}

const char *ib_contain_start(void)
{
    const char *locale = setlocale(LC_ALL, NULL);
    was.locale = strdup(locale != NULL ? locale : "C");
    if (was.locale == NULL)
        return "there is no memory for the name of the locale";
    was.floating_point = ib_floating_point_now();
    if (pthread_sigmask(SIG_SETMASK, NULL, &was.mask) != 0)
        return "the signal mask cannot be read";
    was.umask = umask(0);
    (void)umask(was.umask);
    note_folder();
    for (int fd = 0; fd <= 2; fd++)
        was.standard[fd] = identify(fcntl(fd, F_DUPFD_CLOEXEC, high_number()));
    ib_signals_start();
    was.is_started = 1;
    return NULL;
}

void ib_contain_descriptor(int fd)
{
    struct identity found = identify(fd);
    if (found.is_known && was.own_count < MOST_DESCRIPTORS)
        was.own[was.own_count++] = found;
}

/* -- after a call --------------------------------------------------------------------------------------------------------- */

static void put_back_locale(void)
{
    if (uselocale((locale_t)0) != LC_GLOBAL_LOCALE) {
        (void)uselocale(LC_GLOBAL_LOCALE);
        was.changed |= IB_CHANGED_LOCALE;
    }
    const char *now = setlocale(LC_ALL, NULL);
    if (now != NULL && strcmp(now, was.locale) == 0)
        return;
    (void)setlocale(LC_ALL, was.locale);
    was.changed |= IB_CHANGED_LOCALE;
}

static void put_back_signals(void)
{
    sigset_t before;
    if (pthread_sigmask(SIG_SETMASK, &was.mask, &before) == 0) {
        for (int number = 1; number < NSIG; number++)
            if (sigismember(&before, number) != sigismember(&was.mask, number))
                was.changed |= IB_CHANGED_SIGNAL_MASK;
    }
    if (ib_signals_restore() != 0)
        was.changed |= IB_CHANGED_SIGNAL_HANDLERS;
}

static void put_back_folder(void)
{
    struct stat status;
    int is_ours = stat(".", &status) == 0 && status.st_dev == was.folder_device && status.st_ino == was.folder_inode;
    if (was.folder >= 0 && !is_ours && fchdir(was.folder) == 0)
        was.changed |= IB_CHANGED_FOLDER;
}

static void put_back_standard(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        const struct identity *copy = &was.standard[fd];
        if (!copy->is_known || is_same(fd, copy))
            continue;
        was.changed |= IB_CHANGED_OUTPUT;
        if (is_same(copy->fd, copy))
            (void)dup2(copy->fd, fd);
    }
}

/* Without its channel the host can only end; the client reads the reason among the last lines of the output. */
static void check_own(void)
{
    static const char text[] = "isobooth-host: the plugin closed or replaced descriptors of the host, which ends\n";
    for (uint32_t i = 0; i < was.own_count; i++) {
        if (is_same(was.own[i].fd, &was.own[i]))
            continue;
        if (write(2, text, sizeof text - 1) < 0)
            errno = 0; /* that one is gone too: the exit status says the same */
        ib_crash_exit(CHANNEL_STATUS);
    }
}

void ib_contain_restore(void)
{
    if (!was.is_started)
        return;
    if (ib_floating_point_set(was.floating_point))
        was.changed |= IB_CHANGED_FLOATING_POINT;
    ib_crash_take_back();
    put_back_locale();
    put_back_signals();
    put_back_folder();
    if (umask(was.umask) != was.umask)
        was.changed |= IB_CHANGED_UMASK;
    put_back_standard();
    check_own();
}

uint32_t ib_contain_take(void)
{
    uint32_t changed = was.changed;
    was.changed = 0;
    return changed;
}

int ib_adopt_orphans(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

int ib_trace_end(int thread, int signal)
{
    return ptrace(PTRACE_DETACH, (pid_t)thread, NULL, (void *)(intptr_t)signal) == 0;
}
