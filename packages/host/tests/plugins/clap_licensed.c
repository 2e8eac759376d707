/* Asks its host about licences. Each line of a state that it is given is a thing to do; the state that it gives is what came of
 * them, a line each. The same source is compiled to WebAssembly. */
#include "clap_test.h"

#include <stdarg.h>

static const char *const features[] = {"utility", NULL};
static const struct clap_plugin_descriptor descriptors[] = {
    DESCRIBE("test.licensed.a", "Licensed A"),
    DESCRIBE("test.licensed.b", "Licensed B"),
};

#define MOST_STORED 70000u
#define OUTSIDE ((uintptr_t)0xfffffff0u)

struct licensed {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_licensing *licensing;
    bool asks_in_process;
    char said[16384];
    size_t used;
};

static struct licensed *current; /* for callbacks, which bring nothing with them */

static struct licensed *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

__attribute__((format(printf, 2, 3))) static void say(struct licensed *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(l->said + l->used, sizeof l->said - l->used, format, arguments);
    va_end(arguments);
    l->used += count > 0 && (size_t)count < sizeof l->said - l->used ? (size_t)count : 0;
}

static void called_back(int32_t result, const char *message)
{
    say(current, "callback %d %s\n", (int)result, message);
}

static void asks_again(int32_t result, const char *message)
{
    called_back(result, message);
    current->licensing->validate_online(current->host, "https://again.test/", "", "", asks_again);
}

static void get(struct licensed *l, uint32_t room)
{
    static uint8_t buffer[MOST_STORED];
    memset(buffer, 0, sizeof buffer);
    uint32_t size = l->licensing->get_license_data(l->host, buffer, room);
    buffer[room < sizeof buffer ? room : sizeof buffer - 1] = 0;
    say(l, "get %u %.40s\n", (unsigned)size, (const char *)buffer);
}

static void ask_everything(struct licensed *l)
{
    uint8_t byte = 1;
    say(l, "check %d\n", (int)l->licensing->check_license(l->host, "product", "key"));
    say(l, "id %s\n", l->licensing->get_machine_id(l->host) != NULL ? "there" : "NULL");
    say(l, "store %d\n", (int)l->licensing->store_license_data(l->host, &byte, 1));
    say(l, "get %u\n", (unsigned)l->licensing->get_license_data(l->host, &byte, 1));
    l->licensing->validate_online(l->host, "https://wrong.test/", "key", "", called_back);
}

static void check(struct licensed *l, char *words)
{
    char *key = strchr(words, ' ');
    if (key != NULL)
        *key++ = 0;
    say(l, "check %d\n", (int)l->licensing->check_license(l->host, words, key));
}

static void store_pattern(struct licensed *l, uint32_t size)
{
    static uint8_t data[MOST_STORED];
    memset(data, 'x', sizeof data);
    say(l, "store %d\n", (int)l->licensing->store_license_data(l->host, data, size));
}

static void lie(struct licensed *l, const char *how)
{
    const struct clap_host_licensing *licensing = l->licensing;
    void (*wrong)(int32_t, const char *) = (void (*)(int32_t, const char *))(uintptr_t)l->plugin.destroy;
    if (strcmp(how, "data") == 0)
        (void)licensing->store_license_data(l->host, (const uint8_t *)OUTSIDE, 64);
    else if (strcmp(how, "buffer") == 0)
        (void)licensing->get_license_data(l->host, (uint8_t *)OUTSIDE, 64);
    else if (strcmp(how, "text") == 0)
        (void)licensing->check_license(l->host, "product", (const char *)OUTSIDE);
    else if (strcmp(how, "type") == 0)
        licensing->validate_online(l->host, "https://lies.test/", "key", "", wrong);
    else
        licensing->validate_online(l->host, "https://lies.test/", "key", "",
                                   (void (*)(int32_t, const char *))(uintptr_t)0x7fffffffu);
}

static void ask(struct licensed *l, char *line)
{
    char *words = strchr(line, ' ');
    if (words != NULL)
        *words++ = 0;
    if (strcmp(line, "check") == 0)
        check(l, words);
    else if (strcmp(line, "nothing") == 0)
        say(l, "check %d\n", (int)l->licensing->check_license(l->host, NULL, NULL));
    else if (strcmp(line, "id") == 0)
        say(l, "id %s\n", l->licensing->get_machine_id(l->host));
    else if (strcmp(line, "put") == 0)
        say(l, "store %d\n", (int)l->licensing->store_license_data(l->host, (const uint8_t *)words, strlen(words)));
    else if (strcmp(line, "fill") == 0)
        store_pattern(l, (uint32_t)atoi(words));
    else if (strcmp(line, "get") == 0)
        get(l, (uint32_t)atoi(words));
    else if (strcmp(line, "again") == 0)
        l->licensing->validate_online(l->host, "https://again.test/", "", "", asks_again);
    else if (strcmp(line, "process") == 0)
        l->asks_in_process = true;
    else if (strcmp(line, "lie") == 0)
        lie(l, words);
    else if (strcmp(line, "validate") == 0) {
        char *key = strchr(words, ' ');
        *key++ = 0;
        l->licensing->validate_online(l->host, words, key, "not of this machine", called_back);
        say(l, "returned\n");
    }
}

/* -- state: what to do, and what came of it ---------------------------------------------------------------------------- */

static bool save(const struct clap_plugin *plugin, const struct clap_ostream *stream)
{
    struct licensed *l = self(plugin);
    size_t at = 0;
    while (at < l->used) {
        int64_t count = stream->write(stream, l->said + at, l->used - at);
        if (count <= 0)
            return false;
        at += (size_t)count;
    }
    l->used = 0;
    return true;
}

static bool load(const struct clap_plugin *plugin, const struct clap_istream *stream)
{
    struct licensed *l = self(plugin);
    static char text[16384];
    size_t used = 0;
    int64_t count;
    while ((count = stream->read(stream, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)count;
    text[used] = 0;
    current = l;
    for (char *line = text; l->licensing != NULL && *line != 0;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = 0;
        ask(l, line);
        line = end != NULL ? end + 1 : line + strlen(line);
    }
    return true;
}

/* -- the plugin -------------------------------------------------------------------------------------------------------- */

/* Like a real one: what it has stored is its key. Without the extension it is a demo. */
static bool init(const struct clap_plugin *plugin)
{
    struct licensed *l = self(plugin);
    char key[64] = "";
    l->licensing = l->host->get_extension(l->host, "com.wclap.licensing/1");
    if (l->licensing == NULL) {
        say(l, "demo\n");
        return true;
    }
    uint32_t size = l->licensing->get_license_data(l->host, (uint8_t *)key, sizeof key - 1);
    say(l, "init %u %d\n", (unsigned)size, (int)l->licensing->check_license(l->host, "at-start", key));
    return true;
}

static void destroy(const struct clap_plugin *plugin)
{
    struct licensed *l = self(plugin);
    static const char last[] = "at the end";
    if (l->used != 0 && l->licensing != NULL && strstr(l->said, "returned") != NULL)
        (void)l->licensing->store_license_data(l->host, (const uint8_t *)last, sizeof last - 1);
    free(l);
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *block)
{
    struct licensed *l = self(plugin);
    (void)block;
    if (l->asks_in_process)
        ask_everything(l);
    l->asks_in_process = false;
    return CLAP_PROCESS_CONTINUE;
}

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_state state = {save, load};
    (void)plugin;
    return strcmp(id, "clap.state") == 0 ? &state : NULL;
}

static uint32_t count(const struct clap_plugin_factory *factory)
{
    (void)factory;
    return sizeof descriptors / sizeof *descriptors;
}

static const struct clap_plugin_descriptor *list(const struct clap_plugin_factory *factory, uint32_t at)
{
    return at < count(factory) ? &descriptors[at] : NULL;
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    for (uint32_t i = 0; i < count(factory); i++) {
        if (strcmp(descriptors[i].id, id) != 0)
            continue;
        struct licensed *l = calloc(1, sizeof *l);
        l->plugin = (struct clap_plugin){
            &descriptors[i], l,       init,    destroy,       activate_always, nothing, yes,
            nothing,         nothing, process, get_extension, nothing,
        };
        l->host = host;
        return &l->plugin;
    }
    return NULL;
}

static const void *get_factory(const char *id)
{
    static const struct clap_plugin_factory factory = {count, list, create};
    return strcmp(id, "clap.plugin-factory") == 0 ? &factory : NULL;
}

EXPORT const struct clap_plugin_entry clap_entry = {{1, 2, 0}, init_always, deinit_nothing, get_factory};
