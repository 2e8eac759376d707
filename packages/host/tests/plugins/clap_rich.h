/* What the parts of clap_rich.c share: one plugin that has every descriptive extension. A test drives it by its state:
 * loading a state is a command, saving it gives (and forgets) what the plugin has seen since. */
#ifndef CLAP_RICH_H
#define CLAP_RICH_H

#include "clap_test.h"

#include <errno.h>
#include <stdarg.h>

#define MOST_PORTS 4

struct rich_port {
    uint32_t channels;
    const char *type;
    uint8_t map[32];
    struct clap_ambisonic_config ambisonic;
    bool is_active;
};

struct rich {
    struct clap_plugin plugin;
    const struct clap_host *host;
    char seen[65536];
    size_t seen_bytes;
    double level;
    bool is_active;
    /* [1]: inputs */
    struct rich_port ports[2][MOST_PORTS];
    uint32_t port_count[2];
    uint32_t config;
    bool lies; /* apply_configuration() agrees but does nothing */
    uint32_t voices;
    uint32_t names;
    uint32_t pages;
    uint32_t configs;
    uint32_t scratch; /* to be asked for in activate() */
    uint32_t notes;   /* goes into the name of the note port */
    char shared[1024];
    char own[1024];
};

static struct rich *rich_of(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

/* One more line of what has been seen. */
__attribute__((format(printf, 2, 3))) static void see(struct rich *rich, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t left = sizeof rich->seen - rich->seen_bytes;
    int count = vsnprintf(rich->seen + rich->seen_bytes, left, format, arguments);
    va_end(arguments);
    if (count > 0 && (size_t)count < left)
        rich->seen_bytes += (size_t)count;
}

static UNUSED const char *shown(const char *text)
{
    return text != NULL ? text : "NULL";
}

#endif
