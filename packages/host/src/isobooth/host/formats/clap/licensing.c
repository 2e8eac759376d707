/* com.wclap.licensing/1 as plugins see it. Off the main thread nothing is done, and the log says so once. */
#include "formats/clap/licensing.h"

void ib_clap_license(struct ib_clap *clap, struct ib_clap_licensing *licensing)
{
    clap->extras.licensing = licensing;
}

/* NULL off the main thread, and where the extension is not offered. [any-thread] */
static struct ib_clap_licensing *licensing_of(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    return ib_clap_check_main(clap, IB_CLAP_FAULT_LICENSING_THREAD) ? clap->extras.licensing : NULL;
}

/* [main-thread] */
static int32_t check_license(const struct clap_host *host, const char *product_id, const char *license_key)
{
    const struct ib_clap_licensing *licensing = licensing_of(host);
    return licensing != NULL ? licensing->check(product_id, license_key) : -1;
}

/* [main-thread] */
static const char *get_machine_id(const struct clap_host *host)
{
    const struct ib_clap_licensing *licensing = licensing_of(host);
    return licensing != NULL ? licensing->machine_id : NULL;
}

void ib_clap_license_validate(const struct clap_host *host, const char *url, const char *license_key, uint64_t callback,
                              ib_clap_license_reply reply, void *context)
{
    struct ib_clap_licensing *licensing = licensing_of(host);
    if (licensing == NULL)
        return;
    licensing->reply = reply;
    licensing->reply_context = context;
    licensing->validate(url, license_key, callback);
}

/* Which machine it is, is known here: the plugin's own word for it is not used. [main-thread] */
static void validate_online(const struct clap_host *host, const char *url, const char *license_key,
                            const char *machine_id, void (*callback)(int32_t result, const char *message))
{
    (void)machine_id;
    ib_clap_license_validate(host, url, license_key, (uintptr_t)callback, NULL, NULL);
}

/* [main-thread] */
static int32_t store_license_data(const struct clap_host *host, const uint8_t *data, uint32_t size)
{
    const struct ib_clap_licensing *licensing = licensing_of(host);
    if (licensing == NULL || size > IB_CLAP_MOST_LICENSE_BYTES || (data == NULL && size != 0))
        return -1;
    return licensing->store(data, size);
}

/* [main-thread] */
static uint32_t get_license_data(const struct clap_host *host, uint8_t *buffer, uint32_t max_size)
{
    const struct ib_clap_licensing *licensing = licensing_of(host);
    return licensing != NULL ? licensing->get(buffer, buffer != NULL ? max_size : 0) : 0;
}

void ib_clap_license_answer(const struct ib_clap_licensing *licensing, uint64_t callback, int32_t result,
                            const char *message)
{
    if (callback == 0)
        return;
    if (licensing->reply != NULL)
        licensing->reply(licensing->reply_context, callback, result, message);
    else
        ((void (*)(int32_t, const char *))(uintptr_t)callback)(result, message);
}

const struct clap_host_licensing ib_clap_host_licensing = {
    check_license, get_machine_id, validate_online, store_license_data, get_license_data,
};
