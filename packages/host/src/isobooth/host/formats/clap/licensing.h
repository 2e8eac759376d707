/* Licensing for those that call it other than through the native struct. */
#ifndef ISOBOOTH_CLAP_LICENSING_H
#define ISOBOOTH_CLAP_LICENSING_H

#include "formats/clap/host.h"

extern const struct clap_host_licensing ib_clap_host_licensing;

/* validate_online for a plugin whose callback is a number that only `reply` understands; 0: it has none. [main-thread] */
void ib_clap_license_validate(const struct clap_host *host, const char *url, const char *license_key, uint64_t callback,
                              ib_clap_license_reply reply, void *context);

#endif
