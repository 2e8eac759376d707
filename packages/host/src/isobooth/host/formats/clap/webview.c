/* What a plugin sends to its page (ext/draft/webview.h); kept for Python, which passes it on. */
#include "formats/clap/extras.h"

#include "formats/clap/heard.h"

/* False while there is no page, as the extension demands, and for what is longer than a message may be, or more than can wait.
 * [main-thread] */
static bool send_to_page(const struct clap_host *host, const void *buffer, uint32_t size)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD) || !clap->extras.has_page)
        return false;
    if (size > IB_CLAP_MOST_PAGE_BYTES || (buffer == NULL && size != 0))
        return false;
    const struct ib_clap_remark message = {
        .kind = IB_CLAP_PAGE_MESSAGE,
        .data = (uint8_t *)(uintptr_t)buffer, /* it is only read */
        .size = size,
    };
    return ib_clap_said(host, &message) != 0;
}

const struct clap_host_webview ib_clap_host_webview = {send_to_page};
