/* Last words: what killed this process, left in shared memory for the client.
 *
 * The handler runs on a stack of its own, makes nothing but system calls, wakes the client and lets the signal kill the
 * process, so that the parent sees the true exit status. */
#include "engine.h"

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

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGXCPU};

static struct ib_header *crash_header; /* of the segment in use (atomic) */
static pid_t process_id;               /* a forked child must not write for its parent */
static int orderly;

/* initial-exec: the handler must not make the dynamic linker allocate a thread's block of variables. */
static __thread uint32_t thread_phase __attribute__((tls_model("initial-exec")));
static __thread uint32_t thread_is_audio __attribute__((tls_model("initial-exec")));

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

/* Tell the client, through the segment. [any-thread] */
static void publish(struct ib_header *header, struct ib_crash *crash, uint32_t state)
{
    crash->phase = thread_phase;
    crash->on_audio_thread = thread_is_audio;
    crash->thread_id = (uint32_t)syscall(SYS_gettid);
    crash->sequence = thread_is_audio ? header->statistics.blocks + 1 : 0;
    __atomic_store_n(&crash->valid, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&header->host.host_state, state, __ATOMIC_RELEASE);
    ib_bell_ring(&header->client_bell);
}

/* [any-thread] */
static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
    int error = errno;
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    if (header != NULL && getpid() == process_id && !header->crash.valid) {
        struct ib_crash *crash = &header->crash;
        crash->signal_number = (uint32_t)number;
        crash->signal_code = info->si_code;
        crash->fault_address = (uint64_t)(uintptr_t)info->si_addr;
        crash->program_counter = program_counter(context);
        find_library(crash->program_counter, crash);
        publish(header, crash, IB_HOST_CRASHED);
    }
    /* The default action takes effect when this returns to the same fault, or here for a signal that was sent. SA_RESETHAND
     * has put it back already, unless another handler was installed since and has called this one: then it is that one's. */
    struct sigaction usual;
    memset(&usual, 0, sizeof usual);
    usual.sa_handler = SIG_DFL;
    (void)sigaction(number, &usual, NULL);
    if (info->si_code <= 0)
        (void)syscall(SYS_tgkill, process_id, syscall(SYS_gettid), number);
    errno = error;
}

/* exit() by the plugin is a death like any other, whatever the status. [any-thread] */
static void on_exit_call(int status, void *nothing)
{
    (void)nothing;
    struct ib_header *header = __atomic_load_n(&crash_header, __ATOMIC_ACQUIRE);
    if (orderly || header == NULL || getpid() != process_id || header->crash.valid)
        return;
    header->crash.signal_number = 0;
    header->crash.signal_code = status;
    publish(header, &header->crash, IB_HOST_EXITED);
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
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fatal_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++) {
        if (sigaction(fatal_signals[i], &action, NULL) != 0)
            return "a signal handler could not be installed";
    }
    return on_exit(on_exit_call, NULL) == 0 ? NULL : "an exit handler could not be installed";
}

void ib_crash_orderly(void)
{
    orderly = 1;
}
