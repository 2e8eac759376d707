/* clap_host and the host's extensions: what a plugin may call, from whatever thread it likes. Everything that is for the
 * main thread to do ends as a bit in the mailbox. */
#include "formats/clap/host.h"

#include <pthread.h>

static const char *const fault_texts[IB_CLAP_FAULTS] = {
    [IB_CLAP_FAULT_EARLY_EXTENSION] = "it asked for a host extension before init() (answered all the same)",
    [IB_CLAP_FAULT_EXTRAS_THREAD] = "it called a host extension of the main thread off the main thread (ignored)",
    [IB_CLAP_FAULT_LAYOUT_ACTIVE] = "it called surround.changed or ambisonic.changed while active (it is restarted)",
    [IB_CLAP_FAULT_SCRATCH] = "it called scratch-memory.reserve outside activate() (refused)",
    [IB_CLAP_FAULT_PARAMS_THREAD] = "it called params.rescan or params.clear off the main thread (ignored)",
    [IB_CLAP_FAULT_PARAMS_ACTIVE] = "it called params.rescan(ALL) while active; cookies are withheld until it was read",
    [IB_CLAP_FAULT_FLUSH_THREAD] = "it called params.request_flush on the audio thread (done all the same)",
    [IB_CLAP_FAULT_STATE_THREAD] = "it called state.mark_dirty off the main thread (ignored)",
    [IB_CLAP_FAULT_LATENCY_THREAD] = "it called latency.changed off the main thread (taken for request_restart)",
    [IB_CLAP_FAULT_LATENCY_ACTIVE] = "it called latency.changed while active, outside activate() (it is restarted)",
    [IB_CLAP_FAULT_LATENCY_INACTIVE] = "it called latency.changed while inactive (activate() reads it anyway)",
    [IB_CLAP_FAULT_TAIL_THREAD] = "it called tail.changed off the audio thread (read on the main thread)",
    [IB_CLAP_FAULT_AUDIO_PORTS_THREAD] = "it called audio-ports functions of the host off the main thread (ignored)",
    [IB_CLAP_FAULT_AUDIO_PORTS_FLAG] = "it called audio-ports.rescan with unknown flags (these were ignored)",
    [IB_CLAP_FAULT_AUDIO_PORTS_ACTIVE] = "it called audio-ports.rescan while active (it is deactivated for it)",
    [IB_CLAP_FAULT_NOTE_PORTS_THREAD] = "it called note-ports functions of the host off the main thread (ignored)",
    [IB_CLAP_FAULT_NOTE_PORTS_ACTIVE] = "it called note-ports.rescan(ALL) while active (it is restarted for it)",
    [IB_CLAP_FAULT_TIMER_THREAD] = "it called timer-support off the main thread (refused)",
    [IB_CLAP_FAULT_TIMER_MANY] = "it registered too many timers (refused)",
    [IB_CLAP_FAULT_FD_THREAD] = "it called posix-fd-support off the main thread (refused)",
    [IB_CLAP_FAULT_FD_MANY] = "it registered too many descriptors (refused)",
    [IB_CLAP_FAULT_PUSH_OUTSIDE] =
        "it pushed an output event outside process() and flush(), or on a thread of its own (refused)",
    [IB_CLAP_FAULT_PUSH_SIZE] = "it pushed an event that is smaller than its type (refused)",
    [IB_CLAP_FAULT_PUSH_VALUE] = "it pushed an event with a value that is no number (refused)",
    [IB_CLAP_FAULT_PUSH_PARAM] = "it pushed an event for a parameter that it does not have (refused)",
    [IB_CLAP_FAULT_PROCESS_STATUS] = "process() returned a status that does not exist (taken for CONTINUE)",
    [IB_CLAP_FAULT_POOL] = "it called thread-pool.request_exec outside process() or in the pool (refused)",
    [IB_CLAP_FAULT_REGISTRY_THREAD] = "it called event-registry.query off the main thread (answered all the same)",
    [IB_CLAP_FAULT_LICENSING_THREAD] = "it called licensing functions of the host off the main thread (refused)",
    [IB_CLAP_FAULT_FRAMES] = NULL, /* not the plugin's: see ib_clap_fault */
};

_Static_assert(IB_CLAP_FAULTS <= 64, "one bit of ib_clap.reported each");

void ib_clap_fault(struct ib_clap *clap, enum ib_clap_fault fault)
{
    const int32_t host_misbehaving = 5, plugin_misbehaving = 6;
    uint64_t bit = (uint64_t)1 << fault;
    if (__atomic_load_n(&clap->reported, __ATOMIC_RELAXED) & bit)
        return;
    if (__atomic_fetch_or(&clap->reported, bit, __ATOMIC_RELAXED) & bit)
        return;
    if (fault == IB_CLAP_FAULT_FRAMES)
        ib_log_push(clap->mailbox, host_misbehaving,
                    "a block was not as long as was announced at activation (left out)");
    else
        ib_log_push(clap->mailbox, plugin_misbehaving, fault_texts[fault]);
}

struct ib_clap *ib_clap_of(const struct clap_host *host)
{
    return host != NULL ? host->host_data : NULL;
}

int ib_clap_on_main_thread(const struct ib_clap *clap)
{
    return (uintptr_t)pthread_self() == clap->main_thread;
}

int ib_clap_check_main(struct ib_clap *clap, enum ib_clap_fault fault)
{
    if (clap == NULL)
        return 0;
    if (ib_clap_on_main_thread(clap))
        return 1;
    ib_clap_fault(clap, fault);
    return 0;
}

static int is_active(const struct ib_clap *clap)
{
    return ib_clap_state(clap) == IB_CLAP_ACTIVE;
}

/* -- clap_host --------------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static void request_restart(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap != NULL)
        ib_ask(clap->mailbox, IB_ASK_RESTART);
}

/* [any-thread] */
static void request_process(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL)
        return;
    __atomic_store_n(&clap->mailbox->process, 1, __ATOMIC_RELEASE);
    struct ib_bell *bell = __atomic_load_n(&clap->mailbox->bell, __ATOMIC_ACQUIRE);
    if (bell != NULL)
        ib_bell_ring(bell);
}

/* [any-thread] */
static void want(struct ib_clap *clap, uint32_t what)
{
    __atomic_fetch_or(&clap->wants, what, __ATOMIC_ACQ_REL);
    ib_ask(clap->mailbox, IB_ASK_CALLBACK);
}

/* [any-thread] */
static void request_callback(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap != NULL)
        want(clap, IB_CLAP_WANT_CALLBACK);
}

/* -- log, thread-check ------------------------------------------------------------------------------------------------- */

/* [any-thread] */
static void log_line(const struct clap_host *host, int32_t severity, const char *message)
{
    const int32_t info = 1, most = 6;
    struct ib_clap *clap = ib_clap_of(host);
    if (clap != NULL && message != NULL)
        ib_log_push(clap->mailbox, severity >= 0 && severity <= most ? severity : info, message);
}

/* [any-thread] */
static bool is_main_thread(const struct clap_host *host)
{
    const struct ib_clap *clap = ib_clap_of(host);
    return clap != NULL && ib_clap_on_main_thread(clap);
}

/* [any-thread] */
static bool is_audio_thread(const struct clap_host *host)
{
    return host != NULL && ib_on_audio_thread();
}

/* -- params ------------------------------------------------------------------------------------------------------------ */

/* [main-thread] */
static void params_rescan(const struct clap_host *host, uint32_t flags)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_PARAMS_THREAD))
        return;
    if (flags & CLAP_PARAM_RESCAN_ALL) {
        __atomic_store_n(&clap->cookies_stale, 1, __ATOMIC_RELEASE);
        if (is_active(clap))
            ib_clap_fault(clap, IB_CLAP_FAULT_PARAMS_ACTIVE);
    }
    if (flags & (CLAP_PARAM_RESCAN_ALL | CLAP_PARAM_RESCAN_INFO | CLAP_PARAM_RESCAN_TEXT)) {
        clap->stale |= IB_CLAP_STALE_PARAMS;
        ib_ask(clap->mailbox, IB_ASK_PARAM_INFO | IB_ASK_PARAM_VALUES);
    } else if (flags & CLAP_PARAM_RESCAN_VALUES) {
        ib_ask(clap->mailbox, IB_ASK_PARAM_VALUES);
    }
}

/* Nothing to forget: automation and modulation live with the client, block by block. [main-thread] */
static void params_clear(const struct clap_host *host, uint32_t param_id, uint32_t flags)
{
    (void)param_id;
    (void)flags;
    (void)ib_clap_check_main(ib_clap_of(host), IB_CLAP_FAULT_PARAMS_THREAD);
}

/* [any-thread & !audio-thread] */
static void params_request_flush(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL)
        return;
    if (ib_on_audio_thread())
        ib_clap_fault(clap, IB_CLAP_FAULT_FLUSH_THREAD);
    if (is_active(clap))
        ib_ask_flush(clap->mailbox);
    else
        want(clap, IB_CLAP_WANT_FLUSH);
}

/* -- state, latency, tail ---------------------------------------------------------------------------------------------- */

/* [main-thread] */
static void state_mark_dirty(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (ib_clap_check_main(clap, IB_CLAP_FAULT_STATE_THREAD))
        ib_ask(clap->mailbox, IB_ASK_STATE_DIRTY);
}

/* activate() ends with a look at the latency, so there is nothing to note. [main-thread & being-activated] */
static void latency_changed(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL)
        return;
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_LATENCY_THREAD)) {
        ib_ask(clap->mailbox, IB_ASK_LATENCY | IB_ASK_RESTART);
        return;
    }
    if (is_active(clap)) {
        ib_clap_fault(clap, IB_CLAP_FAULT_LATENCY_ACTIVE);
        ib_ask(clap->mailbox, IB_ASK_LATENCY | IB_ASK_RESTART);
    } else if (ib_clap_state(clap) != IB_CLAP_ACTIVATING) {
        ib_clap_fault(clap, IB_CLAP_FAULT_LATENCY_INACTIVE);
    }
}

/* [audio-thread] */
static void tail_changed(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (clap == NULL)
        return;
    if (ib_on_audio_thread()) {
        __atomic_store_n(&clap->tail_changed, 1, __ATOMIC_RELAXED);
        return;
    }
    ib_clap_fault(clap, IB_CLAP_FAULT_TAIL_THREAD);
    if (is_active(clap))
        ib_ask(clap->mailbox, IB_ASK_TAIL);
}

/* -- audio-ports, note-ports ------------------------------------------------------------------------------------------- */

/* [main-thread] */
static bool audio_ports_is_rescan_flag_supported(const struct clap_host *host, uint32_t flag)
{
    return ib_clap_check_main(ib_clap_of(host), IB_CLAP_FAULT_AUDIO_PORTS_THREAD) && flag != 0 &&
           (flag & ~(uint32_t)CLAP_AUDIO_PORTS_RESCAN_MOST) == 0;
}

/* [main-thread] */
static void audio_ports_rescan(const struct clap_host *host, uint32_t flags)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_AUDIO_PORTS_THREAD))
        return;
    if (flags & ~(uint32_t)CLAP_AUDIO_PORTS_RESCAN_MOST)
        ib_clap_fault(clap, IB_CLAP_FAULT_AUDIO_PORTS_FLAG);
    flags &= CLAP_AUDIO_PORTS_RESCAN_MOST;
    if (flags & ~(uint32_t)CLAP_AUDIO_PORTS_RESCAN_NAMES) {
        if (is_active(clap))
            ib_clap_fault(clap, IB_CLAP_FAULT_AUDIO_PORTS_ACTIVE);
        clap->stale |= IB_CLAP_STALE_BUSES;
        ib_ask(clap->mailbox, IB_ASK_BUSES);
    } else if (flags != 0) {
        clap->stale |= IB_CLAP_STALE_BUS_NAMES;
        ib_ask(clap->mailbox, IB_ASK_CALLBACK);
    }
}

/* [main-thread] */
static uint32_t note_ports_supported_dialects(const struct clap_host *host)
{
    if (!ib_clap_check_main(ib_clap_of(host), IB_CLAP_FAULT_NOTE_PORTS_THREAD))
        return 0;
    return CLAP_NOTE_DIALECT_CLAP | CLAP_NOTE_DIALECT_MIDI | CLAP_NOTE_DIALECT_MIDI_MPE | CLAP_NOTE_DIALECT_MIDI2;
}

/* [main-thread] */
static void note_ports_rescan(const struct clap_host *host, uint32_t flags)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_NOTE_PORTS_THREAD))
        return;
    clap->stale |= IB_CLAP_STALE_NOTE_PORTS;
    ib_ask(clap->mailbox, IB_ASK_NOTE_PORTS);
    if ((flags & CLAP_NOTE_PORTS_RESCAN_ALL) != 0 && is_active(clap)) {
        ib_clap_fault(clap, IB_CLAP_FAULT_NOTE_PORTS_ACTIVE);
        ib_ask(clap->mailbox, IB_ASK_RESTART);
    }
}

/* -- for extensions.c ---------------------------------------------------------------------------------------------- */

const struct clap_host_log ib_clap_host_log = {log_line};
const struct clap_host_thread_check ib_clap_host_thread_check = {is_main_thread, is_audio_thread};
const struct clap_host_params ib_clap_host_params = {params_rescan, params_clear, params_request_flush};
const struct clap_host_state ib_clap_host_state = {state_mark_dirty};
const struct clap_host_latency ib_clap_host_latency = {latency_changed};
const struct clap_host_tail ib_clap_host_tail = {tail_changed};
const struct clap_host_audio_ports ib_clap_host_audio_ports = {audio_ports_is_rescan_flag_supported,
                                                               audio_ports_rescan};
const struct clap_host_note_ports ib_clap_host_note_ports = {note_ports_supported_dialects, note_ports_rescan};

/* [main-thread] */
void ib_clap_host_fill(struct ib_clap *clap, const char *version)
{
    clap->host.clap_version.major = 1;
    clap->host.clap_version.minor = 2;
    clap->host.clap_version.revision = 10;
    clap->host.host_data = clap;
    clap->host.name = "isobooth";
    clap->host.vendor = "isobooth";
    clap->host.url = "";
    clap->host.version = version;
    clap->host.get_extension = ib_clap_get_extension;
    clap->host.request_restart = request_restart;
    clap->host.request_process = request_process;
    clap->host.request_callback = request_callback;
}
