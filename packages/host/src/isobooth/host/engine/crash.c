/* Last words: what killed this process, left in shared memory for the client.
 *
 * The handler runs on a stack of its own, makes nothing but system calls, wakes the client and lets the signal kill the
 * process, so that the parent sees the true exit status. */
#include "engine.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#define SIGNAL_STACK_BYTES ((size_t)65536)
#define MOST_FUTILE_REPAIRS 1000

static struct ib_header *crash_header; /* of the segment in use (atomic) */
static pid_t process_id;               /* a forked child must not write for its parent */
static int orderly;
static int is_provisional; /* the record is of a fault that a handler of the plugin's is dealing with (atomic) */

/* initial-exec: the handler must not make the dynamic linker allocate a thread's block of variables. */
static __thread uint32_t thread_phase __attribute__((tls_model("initial-exec")));
static __thread uint32_t thread_is_audio __attribute__((tls_model("initial-exec")));
static __thread uint32_t futile_repairs __attribute__((tls_model("initial-exec")));
static __thread uintptr_t theirs_frame
    __attribute__((tls_model("initial-exec"))); /* 0: no handler of the plugin's runs */
static __thread uint64_t last_fault __attribute__((tls_model("initial-exec")));

void ib_crash_header_set(struct ib_header *header)
{
    __atomic_store_n(&crash_header, header, __ATOMIC_RELEASE);
}

void ib_crash_header_forget(struct ib_header *header)
{
    (void)__atomic_compare_exchange_n(&crash_header, &header, NULL, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

uint32_t ib_phase_set(uint32_t phase)
{
    uint32_t before = thread_phase;
    thread_phase = phase;
    struct ib_header *header = crash_header;
    if (header != NULL && !thread_is_audio)
        __atomic_store_n(&header->host.phase, phase, __ATOMIC_RELAXED);
    return before;
}

int ib_on_audio_thread(void)
{
    return thread_is_audio != 0;
}

int ib_on_main_thread(void)
{
    return syscall(SYS_gettid) == process_id;
}

void ib_host_state_set(uint32_t state)
{
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    if (header != NULL)
        __atomic_store_n(&header->host.host_state, state, __ATOMIC_RELEASE);
}

/* Hexadecimal number at `*text`, which moves behind it. [any-thread] */
static uint64_t read_hex(const char **text)
{
    uint64_t value = 0;
    for (;; (*text)++) {
        char c = **text;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                : 16;
        if (digit > 15)
            return value;
        value = value * 16 + digit;
    }
}

/* One line of /proc/self/maps: does it hold `pc`? Then note its file and the offset. [any-thread] */
static int match_line(const char *line, uint64_t pc, struct ib_crash *crash)
{
    const char *at = line;
    uint64_t start = read_hex(&at);
    at++;
    uint64_t end = read_hex(&at);
    if (pc < start || pc >= end)
        return 0;
    at += strcspn(at + 1, " ") + 2; /* past " r-xp " */
    uint64_t offset = read_hex(&at);
    const char *path = strchr(at, '/');
    crash->library_offset = pc - start + offset;
    if (path != NULL) {
        size_t length = strnlen(path, sizeof crash->library - 1);
        memcpy(crash->library, path, length);
        crash->library[length] = 0;
    }
    return 1;
}

/* Which mapped file holds `pc`? Plain system calls and a buffer on the signal stack. [any-thread] */
static void find_library(uint64_t pc, struct ib_crash *crash)
{
    char buffer[4096];
    size_t held = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    for (;;) {
        ssize_t got = read(fd, buffer + held, sizeof buffer - 1 - held);
        if (got <= 0)
            break;
        held += (size_t)got;
        buffer[held] = '\0';
        char *line = buffer, *end;
        while ((end = memchr(line, '\n', held - (size_t)(line - buffer))) != NULL) {
            *end = '\0';
            if (match_line(line, pc, crash)) {
                close(fd);
                return;
            }
            line = end + 1;
        }
        held -= (size_t)(line - buffer);
        memmove(buffer, line, held);
        if (held == sizeof buffer - 1)
            held = 0; /* one line longer than the buffer: not a path that we could keep */
    }
    close(fd);
}

/* Where the interrupted code stood. [any-thread] */
static uint64_t program_counter(const void *context)
{
    const ucontext_t *u = context;
#if defined(__x86_64__)
    return (uint64_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return u->uc_mcontext.pc;
#else
    (void)u;
    return 0;
#endif
}

/* What this thread does for the plugin. [any-thread] */
static void note_thread(struct ib_header *header)
{
    struct ib_crash *crash = &header->crash;
    crash->phase = thread_phase;
    crash->on_audio_thread = thread_is_audio;
    crash->thread_id = (uint32_t)syscall(SYS_gettid);
    int is_in_block = thread_is_audio && thread_phase == IB_PHASE_PROCESS;
    crash->sequence = is_in_block ? header->statistics.blocks + 1 : 0;
}

/* Wake the client: no block will come back. [any-thread] */
static void tell(struct ib_header *header, uint32_t state)
{
    __atomic_store_n(&header->host.host_state, state, __ATOMIC_RELEASE);
    ib_bell_ring(&header->client_bell);
}

/* The crash record is complete. [any-thread] */
static void publish(struct ib_header *header, uint32_t state)
{
    __atomic_store_n(&header->crash.valid, 1, __ATOMIC_RELEASE);
    tell(header, state);
}

/* Note what happened; the client believes it once `valid` is set. [any-thread] */
static void describe(struct ib_header *header, int number, const siginfo_t *info, const void *context)
{
    struct ib_crash *crash = &header->crash;
    crash->signal_number = (uint32_t)number;
    crash->signal_code = info->si_code;
    crash->fault_address = (uint64_t)(uintptr_t)info->si_addr;
    crash->program_counter = program_counter(context);
    crash->library[0] = '\0';
    note_thread(header);
    find_library(crash->program_counter, crash);
}

/* Let a handler of the plugin's try to repair what has happened. 1 if the thread is to go on where `context` says.
 *
 * The record is there while it does, for the handler may end the process. A handler that hands on to the one before it comes
 * back here; one that returns to the same fault again and again has repaired nothing; one that leaves by longjmp() has, and
 * the record that it leaves is taken back after the next call on the main thread, or replaced. [any-thread] */
static int repaired_by_plugin(struct ib_header *header, int number, siginfo_t *info, void *context)
{
    const struct sigaction *theirs = ib_signal_theirs(number);
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uint64_t before = program_counter(context);
    int is_nested = here < theirs_frame && theirs_frame - here < SIGNAL_STACK_BYTES;
    if (theirs == NULL || is_nested || futile_repairs > MOST_FUTILE_REPAIRS)
        return 0;
    theirs_frame = here;
    __atomic_store_n(&is_provisional, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&header->crash.valid, 1, __ATOMIC_RELEASE);
    if (theirs->sa_flags & SA_SIGINFO)
        theirs->sa_sigaction(number, info, context);
    else
        theirs->sa_handler(number);
    theirs_frame = 0;
    if (number == SIGABRT && info->si_code <= 0)
        return 0; /* abort() never returns */
    int is_same = program_counter(context) == before && last_fault == (uint64_t)(uintptr_t)info->si_addr;
    futile_repairs = is_same ? futile_repairs + 1 : 0;
    last_fault = (uint64_t)(uintptr_t)info->si_addr;
    ib_crash_take_back();
    return 1;
}

/* [any-thread] */
static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
    int error = errno;
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    int is_first = header != NULL && (!header->crash.valid || __atomic_load_n(&is_provisional, __ATOMIC_RELAXED));
    if (is_first && getpid() == process_id) {
        if (ib_signal_theirs(number) == NULL)
            tell(header, IB_HOST_CRASHED); /* first: to find the library in a long list of them takes milliseconds */
        describe(header, number, info, context);
        if (repaired_by_plugin(header, number, info, context)) {
            errno = error;
            return;
        }
        __atomic_store_n(&is_provisional, 0, __ATOMIC_RELAXED);
        publish(header, IB_HOST_CRASHED);
    }
    /* The default action takes effect when this returns to the same fault, or here for a signal that was sent. */
    ib_signal_let_kill(number);
    if (info->si_code <= 0)
        (void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
    errno = error;
}

void ib_crash_take_back(void)
{
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    if (header != NULL && __atomic_exchange_n(&is_provisional, 0, __ATOMIC_RELAXED))
        __atomic_store_n(&header->crash.valid, 0, __ATOMIC_RELEASE);
}

/* exit() by the plugin is a death like any other, whatever the status. [any-thread] */
static void on_exit_call(int status, void *nothing)
{
    (void)nothing;
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    if (orderly || header == NULL || getpid() != process_id)
        return;
    ib_crash_take_back();
    if (header->crash.valid)
        return;
    header->crash.signal_number = 0;
    header->crash.signal_code = status;
    note_thread(header);
    publish(header, IB_HOST_EXITED);
}

int ib_crash_thread_enter(int is_audio_thread)
{
    thread_is_audio = (uint32_t)is_audio_thread;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_size = SIGNAL_STACK_BYTES;
    stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack.ss_sp == MAP_FAILED)
        return errno;
    return sigaltstack(&stack, NULL) == 0 ? 0 : errno;
}

void ib_crash_thread_leave(void)
{
    stack_t stack, none;
    memset(&none, 0, sizeof none);
    none.ss_flags = SS_DISABLE;
    if (sigaltstack(&none, &stack) == 0 && stack.ss_sp != NULL)
        (void)munmap(stack.ss_sp, stack.ss_size);
}

const char *ib_crash_install(void)
{
    process_id = getpid();
    if (ib_crash_thread_enter(0) != 0)
        return "there is no memory for a signal stack";
    if (ib_signals_install(on_fatal_signal) != 0)
        return "a signal handler could not be installed";
    return on_exit(on_exit_call, NULL) == 0 ? NULL : "an exit handler could not be installed";
}

void ib_crash_orderly(void)
{
    orderly = 1;
}

void ib_crash_exit(int status)
{
    on_exit_call(status, NULL);
    _exit(status);
}
