/* What a plugin sends to its page: its bytes, wherever they lie, for the host of CLAP. */
#include "formats/wclap/wclap.h"

/* [main-thread] */
void ib_wclap_webview_send(struct ib_wclap_call *call)
{
    const struct clap_host_webview *native = call->native;
    uint32_t address = (uint32_t)call->values[1].i32, size = (uint32_t)call->values[2].i32;
    const void *message = size != 0 ? ib_wclap_at(call->box, address, size) : NULL;
    if (message == NULL && size != 0)
        ib_wclap_fault(call->box, "it sent its page a message that lies outside of its memory");
    call->values[0].i32 = (message != NULL || size == 0) && native->send(call->box->host, message, size);
}
