/* log:log, and what the host itself has to say of a plugin. */
#include "formats/lv2/host.h"

#include <stdio.h>
#include <string.h>

#define DEBUG 0
#define INFO 1
#define WARNING 2
#define ERROR 3
#define HOST_MISBEHAVING 5
#define PLUGIN_MISBEHAVING 6

/* [any-thread] */
static int32_t level_of(uint32_t type)
{
    switch (type) {
    case IB_URID_LOG_ERROR:
        return ERROR;
    case IB_URID_LOG_WARNING:
        return WARNING;
    case IB_URID_LOG_TRACE:
        return DEBUG;
    default:
        return INFO;
    }
}

/* Lines of a text, one by one; empty ones are left out. Bytes written are what printf would return. [any-thread] */
int ib_lv2_log_vprintf(void *handle, uint32_t type, const char *format, va_list arguments)
{
    struct ib_lv2 *lv2 = handle;
    char text[IB_LOG_TEXT_BYTES];
    if (lv2 == NULL || format == NULL)
        return -1;
    int length = vsnprintf(text, sizeof text, format, arguments);
    char *rest = NULL;
    if (length < 0 || lv2->mailbox == NULL)
        return length;
    for (char *line = strtok_r(text, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest))
        ib_log_push(lv2->mailbox, level_of(type), line);
    return length;
}

int ib_lv2_log_printf(void *handle, uint32_t type, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = ib_lv2_log_vprintf(handle, type, format, arguments);
    va_end(arguments);
    return length;
}

static const char *const fault_texts[IB_LV2_FAULTS] = {
    [IB_LV2_FAULT_ROOM] = NULL, /* not the plugin's, nor is the next: see ib_lv2_fault */
    [IB_LV2_FAULT_FRAMES] = NULL,
    [IB_LV2_FAULT_SEQUENCE_TYPE] = "it left something in an atom output that is no sequence (left out)",
    [IB_LV2_FAULT_SEQUENCE_SIZE] = "it said that a sequence is longer than the room it has (cut)",
    [IB_LV2_FAULT_EVENT_SIZE] = "it wrote an event that is longer than what holds it (the rest was left out)",
    [IB_LV2_FAULT_MIDI_EMPTY] = "it wrote a MIDI event without a status byte (left out)",
    [IB_LV2_FAULT_OBJECT] = "it wrote an object that is too short to be one (left out)",
    [IB_LV2_FAULT_OLD_BUFFER] = "it said that an event buffer holds more than its capacity (cut)",
    [IB_LV2_FAULT_SCHEDULE_THREAD] = "it called schedule_work() outside run() and restore() (refused)",
    [IB_LV2_FAULT_SCHEDULE_ROOM] = "it asked for more work than the queue holds (refused)",
    [IB_LV2_FAULT_RESPOND] = "it responded outside work(), or with nothing of some length (refused)",
    [IB_LV2_FAULT_RESPOND_ROOM] = "it responded more than the queue holds (refused)",
    [IB_LV2_FAULT_RESIZE] = "it asked to resize a port that is none of its event ports, or to far too much (refused)",
    [IB_LV2_FAULT_TO_MAIN_ROOM] = "it sent more messages than could be taken (left out)",
};

_Static_assert(IB_LV2_FAULTS <= 64, "one bit of ib_lv2.reported each");

void ib_lv2_fault(struct ib_lv2 *lv2, enum ib_lv2_fault fault)
{
    uint64_t bit = (uint64_t)1 << fault;
    if (lv2->mailbox == NULL || __atomic_load_n(&lv2->reported, __ATOMIC_RELAXED) & bit)
        return;
    if (__atomic_fetch_or(&lv2->reported, bit, __ATOMIC_RELAXED) & bit)
        return;
    if (fault == IB_LV2_FAULT_FRAMES)
        ib_log_push(lv2->mailbox, HOST_MISBEHAVING, "a block was not as long as was announced (left out)");
    else if (fault == IB_LV2_FAULT_ROOM)
        ib_log_push(lv2->mailbox, WARNING, "an event port of the plugin was too small for all events (some are lost)");
    else
        ib_log_push(lv2->mailbox, PLUGIN_MISBEHAVING, fault_texts[fault]);
}
