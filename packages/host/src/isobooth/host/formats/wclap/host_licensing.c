/* com.wclap.licensing/1 in the plugin's memory: a struct of 20 bytes, and callbacks that are places in the plugin's table. */
#include "formats/clap/licensing.h"
#include "formats/wclap/wclap.h"

#include <string.h>

#define WORD(AT) ((uint32_t)call->values[AT].i32)
#define CALLBACK IB_SIGNATURE(IB_V, IB_I, IB_I)
#define FRESH_TICKS 2

/* The text that an argument points at; NULL for NULL, and with a fault for one that is none. [any-thread] */
static const char *text_of(struct ib_wclap_call *call, int at)
{
    const char *text = ib_wclap_text(call->box, WORD(at));
    if (text == NULL && WORD(at) != 0)
        ib_wclap_fault(call->box, "it gave the host's licensing a text that lies outside of its memory or has no end");
    return text;
}

/* What an argument points at; NULL for NULL, and with a fault if that is not all the plugin's. [any-thread] */
static void *room_of(struct ib_wclap_call *call, int at, uint64_t bytes)
{
    void *room = ib_wclap_at(call->box, WORD(at), bytes);
    if (room == NULL && WORD(at) != 0)
        ib_wclap_fault(call->box, "it gave the host's licensing a pointer that leads outside of its memory");
    return room;
}

/* What the host took its time for is not the plugin's time. [any-thread, with the box] */
static void renew_deadline(struct ib_wclap_box *box)
{
    if (box->module->limits.interrupt_ms != 0)
        ib_wasmtime.wasmtime_context_set_epoch_deadline(box->context, FRESH_TICKS);
}

/* [main-thread] */
static void check(struct ib_wclap_call *call)
{
    const struct clap_host_licensing *native = call->native;
    const char *product = text_of(call, 1), *key = text_of(call, 2);
    call->values[0].i32 = call->box->fault[0] == 0 ? native->check_license(call->box->host, product, key) : -1;
    renew_deadline(call->box);
}

/* The text is planted once and stays: the plugin may keep the pointer. [main-thread] */
static void machine_id(struct ib_wclap_call *call)
{
    struct ib_wclap_box *box = call->box;
    const struct clap_host_licensing *native = call->native;
    const char *text = native->get_machine_id(box->host);
    if (text != NULL && box->machine_id == 0) {
        size_t bytes = strlen(text) + 1;
        box->machine_id = ib_wclap_allocate(box, bytes);
        if (box->machine_id != 0)
            memcpy(ib_wclap_at(box, box->machine_id, bytes), text, bytes);
    }
    call->values[0].i32 = text != NULL ? (int32_t)box->machine_id : 0;
}

/* Call the plugin back, outside of any call of its own. [main-thread] */
static void reply(void *context, uint64_t callback, int32_t result, const char *message)
{
    struct ib_wclap_box *box = context;
    union wasmtime_raw values[IB_WCLAP_MOST_VALUES] = {{0}};
    if (!ib_wclap_enter(box))
        return;
    uint32_t mark = box->arena_used;
    values[0].i32 = result;
    values[1].i32 = (int32_t)ib_wclap_push(box, message, strlen(message) + 1);
    (void)ib_wclap_call(box, (uint32_t)callback, CALLBACK, values);
    box->arena_used = mark;
    ib_wclap_leave(box);
}

/* [main-thread] */
static void validate(struct ib_wclap_call *call)
{
    struct ib_wclap_box *box = call->box;
    uint32_t callback = WORD(4);
    const char *url = text_of(call, 1), *key = text_of(call, 2);
    if (callback != 0 && !ib_wclap_has(box, callback, CALLBACK))
        ib_wclap_fault(box, "it gave validate_online a callback that is no function of two 32-bit numbers");
    if (box->fault[0] == 0)
        ib_clap_license_validate(box->host, url, key, callback, reply, box);
}

/* [main-thread] */
static void store(struct ib_wclap_call *call)
{
    const struct clap_host_licensing *native = call->native;
    uint32_t size = WORD(2);
    const uint8_t *data = size <= IB_CLAP_MOST_LICENSE_BYTES ? room_of(call, 1, size) : NULL;
    call->values[0].i32 = native->store_license_data(call->box->host, data, size);
    renew_deadline(call->box);
}

/* As much of the buffer as is written has to be the plugin's. [main-thread] */
static void get(struct ib_wclap_call *call)
{
    const struct clap_host_licensing *native = call->native;
    uint32_t whole = native->get_license_data(call->box->host, NULL, 0), room = WORD(2) < whole ? WORD(2) : whole;
    uint8_t *buffer = room_of(call, 1, room);
    call->values[0].i32 = (int32_t)native->get_license_data(call->box->host, buffer, room);
}

const struct ib_wclap_host_row ib_wclap_licensing_rows[IB_WCLAP_LICENSING_ROWS] = {
    {IB_WCLAP_LICENSING, 0, IB_SIGNATURE(IB_I, IB_I, IB_I, IB_I), check},
    {IB_WCLAP_LICENSING, 4, IB_SIGNATURE(IB_I, IB_I), machine_id},
    {IB_WCLAP_LICENSING, 8, IB_SIGNATURE(IB_V, IB_I, IB_I, IB_I, IB_I, IB_I), validate},
    {IB_WCLAP_LICENSING, 12, IB_SIGNATURE(IB_I, IB_I, IB_I, IB_I), store},
    {IB_WCLAP_LICENSING, 16, IB_SIGNATURE(IB_I, IB_I, IB_I, IB_I), get},
};
