/* What plugins do wrong with the host's objects, in words. */
#include "formats/vst3/objects.h"

static const char *const texts[IB_VST3_HOST_FAULTS] = {
    [IB_VST3_FAULT_RELEASED] = "it released an object of the host more often than it had referenced it (ignored)",
    [IB_VST3_FAULT_DEAD] = "it called an object of the host that it had released already (refused)",
    [IB_VST3_FAULT_OBJECTS] = "it holds too many messages, or there is no memory for more (refused)",
    [IB_VST3_FAULT_AUDIO_OBJECTS] = "it makes more messages on the audio thread than are held ready (refused for now)",
    [IB_VST3_FAULT_AUDIO_MEMORY] =
        "it puts more into messages on the audio thread than is held ready, 8192 bytes each (refused)",
    [IB_VST3_FAULT_ATTRIBUTES] = "it puts too much into an attribute list (refused)",
    [IB_VST3_FAULT_ATTRIBUTE_ARGUMENT] = "it called an attribute list without an id, or without a value (refused)",
    [IB_VST3_FAULT_MESSAGE_ID] = "it gave a message a longer id than the audio thread has room for (left as it was)",
    [IB_VST3_FAULT_MESSAGES_WAITING] = "it sends messages faster than the main thread can deliver them (refused)",
    [IB_VST3_FAULT_NOTICES_WAITING] = "it asks for more than the main thread can keep up with (refused)",
    [IB_VST3_FAULT_RESTART_THREAD] = "it called restartComponent off the main thread (done all the same)",
    [IB_VST3_FAULT_EDIT_THREAD] = "it called beginEdit, performEdit or endEdit off the main thread (done all the same)",
    [IB_VST3_FAULT_EDIT_VALUE] =
        "it called performEdit with a value that is not in 0 ... 1 (held in range, or refused)",
    [IB_VST3_FAULT_HANDLER_THREAD] = "it called its component handler off the main thread (done all the same)",
    [IB_VST3_FAULT_RUN_LOOP_THREAD] = "it called IRunLoop off the main thread (refused)",
    [IB_VST3_FAULT_RUN_LOOP_MANY] = "it registered too many timers or descriptors (refused)",
    [IB_VST3_FAULT_RUN_LOOP_FD] = "it registered a descriptor that is none, or is the host's own (refused)",
    [IB_VST3_FAULT_QUEUE_THREAD] = "it opened or closed a data exchange queue off the main thread (refused)",
    [IB_VST3_FAULT_QUEUE_BOUND] = "it asked for too large or too many data exchange queues (refused)",
    [IB_VST3_FAULT_QUEUE_RECEIVER] = "it opened a data exchange queue although its controller receives none (refused)",
    [IB_VST3_FAULT_QUEUE_BLOCK] = "it freed a data exchange block that it had not locked (refused)",
    [IB_VST3_FAULT_TRANSPORT] = "it asked the transport to move to a place in samples, not quarter notes (refused)",
};

_Static_assert(IB_VST3_HOST_FAULTS <= 64, "one bit of ib_vst3_host.reported each");

void ib_vst3_host_fault(struct ib_vst3_host *host, enum ib_vst3_host_fault fault)
{
    const int32_t plugin_misbehaving = 6;
    uint64_t bit = (uint64_t)1 << fault;
    if (__atomic_load_n(&host->reported, __ATOMIC_RELAXED) & bit)
        return;
    if (__atomic_fetch_or(&host->reported, bit, __ATOMIC_RELAXED) & bit)
        return;
    ib_log_push(host->mailbox, plugin_misbehaving, texts[fault]);
}
