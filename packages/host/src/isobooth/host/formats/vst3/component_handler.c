/* What a controller calls: IComponentHandler 1 to 3, bus activation and system time, and the unit handlers. Edits go to the
 * audio thread, everything else waits for the main thread. */
#include "formats/vst3/objects.h"
#include "formats/vst3/process.h"

#include <math.h>

enum face { FACE_HANDLER, FACE_HANDLER2, FACE_HANDLER3, FACE_BUS, FACE_TIME, FACE_UNITS, FACE_UNITS2, FACE_PROGRESS };

/* The host behind the plugin's pointer, if it still listens. [any-thread] */
static struct ib_vst3_host *host_of(void *self)
{
    struct ib_vst3_object *object = ib_vst3_object_of(self);
    return object != NULL && !ib_vst3_is_closed(object->host) ? object->host : NULL;
}

/* The same for a call that belongs to the main thread: from another it is reported, and done. [any-thread] */
static struct ib_vst3_host *main_host_of(void *self, enum ib_vst3_host_fault fault)
{
    struct ib_vst3_host *host = host_of(self);
    if (host != NULL && !ib_vst3_is_main_thread(host))
        ib_vst3_host_fault(host, fault);
    return host;
}

/* -- IComponentHandler ------------------------------------------------------------------------------------------------- */

/* Without a C half the edit is a notice. [any-thread] */
static int32_t note_edit(struct ib_vst3_host *host, uint32_t kind, uint32_t id, double value)
{
    const struct ib_vst3_notice notice = {.kind = kind, .numbers = {(int32_t)id}, .value = value};
    return ib_vst3_notice_push(host, &notice);
}

/* [main-thread, tolerated: any-thread] */
static int32_t gesture(void *self, uint32_t id, int begins)
{
    struct ib_vst3_host *host = main_host_of(self, IB_VST3_FAULT_EDIT_THREAD);
    if (host == NULL)
        return VST3_kResultFalse;
    if (host->vst3 == NULL)
        return note_edit(host, begins ? IB_VST3_NOTICE_EDIT_BEGIN : IB_VST3_NOTICE_EDIT_END, id, 0.0);
    return ib_vst3_gesture_push(host->vst3, id, begins) ? VST3_kResultTrue : VST3_kResultFalse;
}

/* [main-thread, tolerated: any-thread] */
static int32_t begin_edit(void *self, uint32_t id)
{
    return gesture(self, id, 1);
}

/* A value out of range is held in it; one that is no number is refused. [main-thread, tolerated: any-thread] */
static int32_t perform_edit(void *self, uint32_t id, double value)
{
    struct ib_vst3_host *host = main_host_of(self, IB_VST3_FAULT_EDIT_THREAD);
    if (host == NULL)
        return VST3_kResultFalse;
    if (!(value >= 0.0 && value <= 1.0)) {
        ib_vst3_host_fault(host, IB_VST3_FAULT_EDIT_VALUE);
        if (isnan(value))
            return VST3_kInvalidArgument;
        value = value < 0.0 ? 0.0 : 1.0;
    }
    if (host->vst3 == NULL)
        return note_edit(host, IB_VST3_NOTICE_EDIT, id, value);
    return ib_vst3_edit_push(host->vst3, id, value) ? VST3_kResultTrue : VST3_kResultFalse;
}

/* [main-thread, tolerated: any-thread] */
static int32_t end_edit(void *self, uint32_t id)
{
    return gesture(self, id, 0);
}

/* Flags merge until the main thread takes them. [main-thread, tolerated: any-thread] */
static int32_t restart_component(void *self, int32_t flags)
{
    struct ib_vst3_host *host = main_host_of(self, IB_VST3_FAULT_RESTART_THREAD);
    if (host == NULL)
        return VST3_kResultFalse;
    if (flags != 0) {
        __atomic_fetch_or(&host->restart_flags, (uint32_t)flags, __ATOMIC_ACQ_REL);
        ib_ask(host->mailbox, IB_ASK_CALLBACK);
    }
    return VST3_kResultTrue;
}

/* -- IComponentHandler2 and 3 ------------------------------------------------------------------------------------------ */

/* [any-thread] */
static int32_t note(struct ib_vst3_host *host, uint32_t kind, int32_t first, int32_t second)
{
    const struct ib_vst3_notice notice = {.kind = kind, .numbers = {first, second}};
    return host != NULL ? ib_vst3_notice_push(host, &notice) : VST3_kResultFalse;
}

/* [main-thread, tolerated: any-thread] */
static int32_t set_dirty(void *self, uint8_t state)
{
    struct ib_vst3_host *host = main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD);
    if (host == NULL)
        return VST3_kResultFalse;
    if (!state)
        return note(host, IB_VST3_NOTICE_CLEAN, 0, 0);
    ib_ask(host->mailbox, IB_ASK_STATE_DIRTY);
    return VST3_kResultTrue;
}

/* [main-thread, tolerated: any-thread] */
static int32_t request_open_editor(void *self, const char *name)
{
    (void)name; /* there is but one kind of view: "editor" */
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_OPEN_EDITOR, 0, 0);
}

/* [main-thread, tolerated: any-thread] */
static int32_t start_group_edit(void *self)
{
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_GROUP_BEGIN, 0, 0);
}

/* [main-thread, tolerated: any-thread] */
static int32_t finish_group_edit(void *self)
{
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_GROUP_END, 0, 0);
}

/* A menu would have to be in a window: there is none. [main-thread] */
static struct vst3_IContextMenu *create_context_menu(void *self, void *view, const uint32_t *param_id)
{
    (void)self;
    (void)view;
    (void)param_id;
    return NULL;
}

/* -- IComponentHandlerBusActivation, IComponentHandlerSystemTime ------------------------------------------------------- */

/* [main-thread, tolerated: any-thread] */
static int32_t request_bus_activation(void *self, int32_t type, int32_t direction, int32_t index, uint8_t state)
{
    struct ib_vst3_host *host = main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD);
    const struct ib_vst3_notice notice = {.kind = IB_VST3_NOTICE_BUS_ACTIVATION,
                                          .numbers = {type, direction, index, state != 0}};
    if (host == NULL)
        return VST3_kResultFalse;
    if (type < 0 || type > 1 || direction < 0 || direction > 1 || index < 0)
        return VST3_kInvalidArgument;
    return ib_vst3_notice_push(host, &notice);
}

/* Nanoseconds of the clock that ProcessContext::systemTime is of. [any-thread] */
static int32_t get_system_time(void *self, int64_t *time)
{
    if (host_of(self) == NULL || time == NULL)
        return VST3_kInvalidArgument;
    *time = (int64_t)ib_now_ns();
    return VST3_kResultTrue;
}

/* -- IUnitHandler 1 and 2 ---------------------------------------------------------------------------------------------- */

/* [main-thread, tolerated: any-thread] */
static int32_t notify_unit_selection(void *self, int32_t unit)
{
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_UNIT_SELECTED, unit, 0);
}

/* [main-thread, tolerated: any-thread] */
static int32_t notify_program_list_change(void *self, int32_t list, int32_t program)
{
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_PROGRAMS, list, program);
}

/* [main-thread, tolerated: any-thread] */
static int32_t notify_unit_by_bus_change(void *self)
{
    return note(main_host_of(self, IB_VST3_FAULT_HANDLER_THREAD), IB_VST3_NOTICE_UNITS_BY_BUS, 0, 0);
}

/* -- the object -------------------------------------------------------------------------------------------------------- */

static const struct vst3_IComponentHandler_vtbl handler_vtbl = {IB_VST3_UNKNOWN, begin_edit, perform_edit, end_edit,
                                                                restart_component};
static const struct vst3_IComponentHandler2_vtbl handler2_vtbl = {IB_VST3_UNKNOWN, set_dirty, request_open_editor,
                                                                  start_group_edit, finish_group_edit};
static const struct vst3_IComponentHandler3_vtbl handler3_vtbl = {IB_VST3_UNKNOWN, create_context_menu};
static const struct vst3_IComponentHandlerBusActivation_vtbl bus_vtbl = {IB_VST3_UNKNOWN, request_bus_activation};
static const struct vst3_IComponentHandlerSystemTime_vtbl time_vtbl = {IB_VST3_UNKNOWN, get_system_time};
static const struct vst3_IUnitHandler_vtbl units_vtbl = {IB_VST3_UNKNOWN, notify_unit_selection,
                                                         notify_program_list_change};
static const struct vst3_IUnitHandler2_vtbl units2_vtbl = {IB_VST3_UNKNOWN, notify_unit_by_bus_change};

static const struct ib_vst3_entry entries[] = {
    {vst3_FUnknown_iid, FACE_HANDLER},
    {vst3_IComponentHandler_iid, FACE_HANDLER},
    {vst3_IComponentHandler2_iid, FACE_HANDLER2},
    {vst3_IComponentHandler3_iid, FACE_HANDLER3},
    {vst3_IComponentHandlerBusActivation_iid, FACE_BUS},
    {vst3_IComponentHandlerSystemTime_iid, FACE_TIME},
    {vst3_IUnitHandler_iid, FACE_UNITS},
    {vst3_IUnitHandler2_iid, FACE_UNITS2},
    {vst3_IProgress_iid, FACE_PROGRESS},
};

const struct ib_vst3_class ib_vst3_handler_class = {
    .name = "IComponentHandler",
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&handler_vtbl, &handler2_vtbl, &handler3_vtbl, &bus_vtbl, &time_vtbl, &units_vtbl, &units2_vtbl,
              &ib_vst3_progress_vtbl},
};
