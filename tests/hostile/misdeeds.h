/* What a plugin must not do, once for all formats. A plugin's source calls misdeed("place") wherever the host enters it and
 * asks lies("what") where it could tell the truth; the name of its file says which of it happens:
 *
 *     crash@process@3.clap     crash in the third call of process
 *     lies@many.clap           tell the host of 10,000 parameters
 *     honest.clap              nothing
 *
 * One compiled file, copied under many names, makes all cases: no environment that a forked booth would not see. */
#ifndef MISDEEDS_H
#define MISDEEDS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <unwind.h>

#define MISDEED_EXPORT __attribute__((visibility("default")))

/* The file's name without its folder and suffix. */
static const char *misdeed_name(void)
{
    static char name[256];
    Dl_info info;
    if (name[0] == '\0' && dladdr((void *)name, &info) != 0) {
        const char *slash = strrchr(info.dli_fname, '/');
        snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : info.dli_fname);
        char *dot = strchr(name, '.');
        if (dot != NULL)
            *dot = '\0';
    }
    return name;
}

/* Does the host hear this lie? */
static __attribute__((unused)) int lies(const char *what)
{
    const char *name = misdeed_name();
    return strncmp(name, "lies@", 5) == 0 && strcmp(name + 5, what) == 0;
}

static __attribute__((noinline)) int dig(volatile char *above)
{
    volatile char here[4096];
    here[0] = above != NULL ? *above : 1;
    return here[0] == 0 ? 0 : dig(here) + here[0];
}

static void *spin_for_ever(void *nothing)
{
    for (volatile int on = 1; on;)
        on = 1;
    return nothing;
}

static void hide(int number)
{
    (void)number;
    _exit(0);
}

static void survive(int number)
{
    (void)number; /* and return to the very same fault */
}

static __attribute__((noinline)) void write_nowhere(void)
{
    *(volatile int *)8 = 1;
}

static void raise_division(void)
{
    volatile int none = 0, result;
    result = 7 / none;
    (void)result;
}

/* Ends the process, or never returns. */
static void misdeed_end(const char *what)
{
    if (strcmp(what, "crash") == 0)
        write_nowhere();
    else if (strcmp(what, "abort") == 0)
        abort();
    else if (strcmp(what, "exit0") == 0)
        exit(0);
    else if (strcmp(what, "exit3") == 0)
        exit(3);
    else if (strcmp(what, "_exit0") == 0)
        _exit(0);
    else if (strcmp(what, "spin") == 0)
        spin_for_ever(NULL);
    else if (strcmp(what, "pause") == 0)
        for (;;)
            pause();
    else if (strcmp(what, "stop") == 0)
        raise(SIGSTOP);
    else if (strcmp(what, "overflow") == 0)
        dig(NULL);
    else if (strcmp(what, "free2") == 0) {
        void *volatile once = malloc(5000);
        free(once);
        free(once);
    } else if (strcmp(what, "bounds") == 0) {
        volatile char *small = malloc(16);
        for (size_t at = 0;; at += 64) /* until the end of the heap */
            small[at] = (char)0xA5;
    } else if (strcmp(what, "huge") == 0) {
        volatile char *volatile much = malloc((size_t)1 << 62);
        if (much == NULL)
            abort(); /* as C++ does, where nobody catches that there is none */
        much[0] = 1;
    } else if (strcmp(what, "throw") == 0) {
        static struct _Unwind_Exception exception;
        (void)_Unwind_RaiseException(&exception); /* returns if nobody catches: then C++ calls terminate() */
        abort();
    } else if (strcmp(what, "divide") == 0) {
        raise_division();
    } else if (strcmp(what, "ignore") == 0) { /* signals are ignored and blocked: a fault kills all the same */
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
        signal(SIGSEGV, SIG_IGN);
        write_nowhere();
    } else if (strcmp(what, "handler") == 0) { /* a handler that makes of a crash a success */
        signal(SIGSEGV, hide);
        write_nowhere();
    } else if (strcmp(what, "alarm") == 0) {
        const struct itimerval soon = {{0, 0}, {0, 1000}};
        signal(SIGALRM, SIG_DFL);
        setitimer(ITIMER_REAL, &soon, NULL);
        for (;;)
            pause();
    }
}

/* Ends the process by way of another. */
static void misdeed_reach(const char *what)
{
    if (strcmp(what, "traced") == 0) { /* of whoever waits for this process, as copy protection does */
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        write_nowhere();
    } else if (strcmp(what, "become") == 0) {
        execl("/bin/true", "true", (char *)NULL);
    }
}

/* Descriptors that may be the host's. */
static void misdeed_descriptors(const char *what)
{
    if (strcmp(what, "close100") == 0) {
        for (int fd = 0; fd <= 100; fd++)
            close(fd);
    } else if (strcmp(what, "closeall") == 0) {
        for (int fd = 0; fd < 4096; fd++)
            close(fd);
    } else if (strcmp(what, "steal") == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int fd = 3; fd < 4096; fd++)
            if (fd != null && fcntl(fd, F_GETFD) >= 0)
                dup2(null, fd);
    } else if (strcmp(what, "write") == 0) {
        for (int fd = 3; fd < 4096; fd++)
            (void)!write(fd, "\xff\xff\xff\xff garbage", 12);
    }
}

/* A child that traces this process, wants to hear of its end, and does nothing about it. */
static void be_traced_below(void)
{
    int ready[2];
    char byte = 0;
    pid_t me = getpid();
    if (pipe(ready) != 0)
        return;
    if (fork() == 0) {
        setsid();
        (void)!ptrace(PTRACE_SEIZE, me, NULL, (void *)PTRACE_O_TRACEEXIT);
        (void)!write(ready[1], &byte, 1);
        for (;;)
            pause();
    }
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    close(ready[1]);
}

/* Returns: the host is to undo it, or to bear with it. */
static void misdeed_mischief(const char *what)
{
    if (strcmp(what, "locale") == 0) {
        if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "de_DE") == NULL)
            setlocale(LC_ALL, "C");
        locale_t comma = newlocale(LC_ALL_MASK, "de_DE.UTF-8", (locale_t)0);
        if (comma != (locale_t)0)
            uselocale(comma);
    } else if (strcmp(what, "rounding") == 0) {
        fesetround(FE_UPWARD);
    } else if (strcmp(what, "traps") == 0) {
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_INEXACT);
    } else if (strcmp(what, "mask") == 0) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    } else if (strcmp(what, "handlers") == 0) {
        for (int number = 1; number < 32; number++)
            signal(number, number % 2 ? SIG_IGN : survive);
    } else if (strcmp(what, "pipe") == 0) {
        signal(SIGPIPE, SIG_DFL);
    } else if (strcmp(what, "folder") == 0) {
        (void)!chdir("/proc/self");
    } else if (strcmp(what, "umask") == 0) {
        umask(0777);
    } else if (strcmp(what, "environment") == 0) {
        clearenv();
    } else if (strcmp(what, "child") == 0) {
        if (fork() == 0)
            for (;;)
                pause();
    } else if (strcmp(what, "daemon") == 0) {
        if (fork() == 0) {
            setsid();
            if (fork() == 0)
                for (;;)
                    pause();
            _exit(0);
        }
    } else if (strcmp(what, "tracer") == 0) {
        be_traced_below();
    } else if (strcmp(what, "halt") == 0) {
        kill(getppid(), SIGSTOP);
    } else if (strcmp(what, "thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, spin_for_ever, NULL);
    } else if (strcmp(what, "timer") == 0) {
        const struct itimerval often = {{0, 1000}, {0, 1000}};
        setitimer(ITIMER_REAL, &often, NULL);
    } else if (strcmp(what, "flood") == 0) {
        for (int line = 0; line < 20000; line++)
            printf("line %d of a flood\n", line);
        fflush(stdout);
    }
}

/* -- chain@...: a handler of the plugin's own, installed when it is made, and a fault in the third block -------------------- */

static sigjmp_buf misdeed_safe;
static struct sigaction misdeed_before;
static volatile char *misdeed_page;

static void misdeed_handler(int number, siginfo_t *info, void *context)
{
    const char *how = misdeed_name() + strlen("chain@");
    if (strcmp(how, "probe") == 0)
        siglongjmp(misdeed_safe, 1);
    if (strcmp(how, "repair") == 0)
        mprotect((void *)misdeed_page, 4096, PROT_READ | PROT_WRITE);
    else if (strcmp(how, "forward") == 0)
        misdeed_before.sa_sigaction(number, info, context);
    else if (strcmp(how, "leave") == 0)
        _exit(0);
}

static void misdeed_chain(const char *place)
{
    static uint32_t blocks;
    if (strncmp(misdeed_name(), "chain@", 6) != 0)
        return;
    if (strcmp(place, "instantiate") == 0) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = misdeed_handler;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigaction(SIGSEGV, &action, &misdeed_before);
    } else if (strcmp(place, "process") == 0 && ++blocks >= 3) {
        misdeed_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int time = 0; time < 3; time++)
            if (sigsetjmp(misdeed_safe, 1) == 0)
                misdeed_page[time] = 1;
    }
}

/* Do what the file's name says, if it says so of this place and this call of it. */
static __attribute__((unused)) void misdeed(const char *place)
{
    static uint32_t calls;
    char what[64];
    misdeed_chain(place);
    const char *name = misdeed_name(), *at = strchr(name, '@');
    if (at == NULL || (size_t)(at - name) >= sizeof what)
        return;
    memcpy(what, name, (size_t)(at - name));
    what[at - name] = '\0';
    size_t length = strlen(place);
    if (strncmp(at + 1, place, length) != 0 || (at[1 + length] != '\0' && at[1 + length] != '@'))
        return;
    uint32_t due = at[1 + length] == '@' ? (uint32_t)strtoul(at + 2 + length, NULL, 10) : 1;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != due)
        return;
    fprintf(stderr, "this is %s in %s\n", what, place);
    misdeed_end(what);
    misdeed_reach(what);
    misdeed_descriptors(what);
    misdeed_mischief(what);
}

/* What the plugin plays instead of its input: the name is bad@nan, bad@inf, bad@loud. */
static __attribute__((unused)) float spoil(float sample)
{
    const char *name = misdeed_name();
    if (strncmp(name, "bad@", 4) != 0)
        return sample;
    return strcmp(name + 4, "nan") == 0 ? NAN : strcmp(name + 4, "inf") == 0 ? -INFINITY : 1e6f;
}

static __attribute__((constructor)) void misdeed_constructor(void)
{
    misdeed("constructor");
}

static __attribute__((destructor)) void misdeed_destructor(void)
{
    misdeed("destructor");
}

#endif
