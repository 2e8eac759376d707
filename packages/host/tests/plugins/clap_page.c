/* Has a page: echoes what the page sends, tells it of its parameter, and does what a few messages ask for. PAGE_URI says where the
 * page starts; with COUNT_NUL the length of that counts the NUL, as the extension has it, and without as many plugins do. */
#include "clap_test.h"

#ifndef PAGE_URI
#define PAGE_URI "/ui/index.html?from=plugin"
#endif
#define GAIN 7

static const char *const features[] = {"audio-effect", "utility", NULL};
static const struct clap_plugin_descriptor descriptor = DESCRIBE("test.page", "Page");

struct page {
    struct clap_plugin plugin;
    const struct clap_host *host;
    const struct clap_host_webview *webview;
    const struct clap_host_params *host_params;
    double gain;
    bool is_new; /* the page is to hear of the gain */
    bool moved;  /* the host is to hear of it */
    bool was_refused;
};

static struct page *self(const struct clap_plugin *plugin)
{
    return plugin->plugin_data;
}

/* -- parameter --------------------------------------------------------------------------------------------------------- */

static uint32_t count_params(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 1;
}

static bool get_info(const struct clap_plugin *plugin, uint32_t at, struct clap_param_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = GAIN;
    info->flags = CLAP_PARAM_IS_AUTOMATABLE;
    (void)snprintf(info->name, sizeof info->name, "Gain");
    info->max_value = 2.0;
    info->default_value = 1.0;
    return at == 0;
}

static bool get_value(const struct clap_plugin *plugin, uint32_t id, double *value)
{
    *value = self(plugin)->gain;
    return id == GAIN;
}

static bool to_text(const struct clap_plugin *plugin, uint32_t id, double value, char *text, uint32_t room)
{
    (void)plugin;
    return id == GAIN && snprintf(text, room, "%.2f", value) > 0;
}

static bool from_text(const struct clap_plugin *plugin, uint32_t id, const char *text, double *value)
{
    (void)plugin;
    *value = strtod(text, NULL);
    return id == GAIN;
}

static void take(struct page *page, const struct clap_input_events *in, const struct clap_output_events *out)
{
    for (uint32_t i = 0; i < in->size(in); i++) {
        const struct clap_event_header *event = in->get(in, i);
        if (event->space_id != 0 || event->type != CLAP_EVENT_PARAM_VALUE)
            continue;
        page->gain = ((const struct clap_event_param *)event)->value;
        page->is_new = true;
        page->host->request_callback(page->host);
    }
    if (!page->moved)
        return;
    page->moved = false;
    struct clap_event_param told = {
        .header = {.size = sizeof told, .type = CLAP_EVENT_PARAM_VALUE},
        .param_id = GAIN,
        .note_id = -1,
        .port_index = -1,
        .channel = -1,
        .key = -1,
        .value = page->gain,
    };
    out->try_push(out, &told.header);
}

static void flush(const struct clap_plugin *plugin, const struct clap_input_events *in,
                  const struct clap_output_events *out)
{
    take(self(plugin), in, out);
}

static int32_t process(const struct clap_plugin *plugin, const struct clap_process *process)
{
    take(self(plugin), process->in_events, process->out_events);
    for (uint32_t c = 0; c < 2 && process->audio_inputs_count != 0; c++) {
        for (uint32_t i = 0; i < process->frames_count; i++)
            process->audio_outputs[0].data32[c][i] =
                (float)(process->audio_inputs[0].data32[c][i] * self(plugin)->gain);
    }
    return CLAP_PROCESS_CONTINUE;
}

/* -- ports ------------------------------------------------------------------------------------------------------------- */

static uint32_t count_ports(const struct clap_plugin *plugin, bool is_input)
{
    (void)plugin;
    (void)is_input;
    return 1;
}

static bool get_port(const struct clap_plugin *plugin, uint32_t at, bool is_input, struct clap_audio_port_info *info)
{
    (void)plugin;
    memset(info, 0, sizeof *info);
    info->id = is_input ? 1 : 2;
    info->channel_count = 2;
    info->flags = CLAP_AUDIO_PORT_IS_MAIN;
    info->in_place_pair = CLAP_INVALID_ID;
    return at == 0;
}

/* -- page -------------------------------------------------------------------------------------------------------------- */

static const char index_html[] =
    "<!doctype html><html><head><meta charset=utf-8><title>page</title>"
    "<link rel=stylesheet href=style.css></head><body><script>window.heard = []; window.changes = [];"
    "window.strange = []; window.first = wclap.getParam(7);"
    "wclap.onParamChange = (id, value) => changes.push([id, value]);"
    "wclap.onMessage = (buffer) => heard.push(new TextDecoder().decode(buffer));"
    "addEventListener('message', (e) => { if (!(e.data instanceof ArrayBuffer)) strange.push(e.data); });"
    "</script><script type=module src=deep/module.js></script></body></html>";

static bool stream_text(const struct clap_ostream *stream, const char *text)
{
    for (size_t at = 0, size = strlen(text); at < size;) {
        int64_t written = stream->write(stream, text + at, size - at);
        if (written <= 0)
            return false;
        at += (size_t)written;
    }
    return true;
}

static int32_t get_uri(const struct clap_plugin *plugin, char *uri, uint32_t room)
{
    static const char text[] = PAGE_URI;
    (void)plugin;
    if (room != 0)
        (void)snprintf(uri, room, "%s", text);
#ifdef COUNT_NUL
    return (int32_t)sizeof text;
#else
    return (int32_t)sizeof text - 1;
#endif
}

static bool get_resource(const struct clap_plugin *plugin, const char *path, char *mime, uint32_t room,
                         const struct clap_ostream *stream)
{
    (void)plugin;
    if (strcmp(path, "/ui/index.html") == 0) {
        (void)snprintf(mime, room, "text/html; charset=utf-8");
        return stream_text(stream, index_html);
    }
    if (strcmp(path, "/ui/style.css") == 0) {
        (void)snprintf(mime, room, "text/css");
        return stream_text(stream, "body { background: rgb(1, 2, 3); }");
    }
    if (strcmp(path, "/ui/deep/module.js") == 0) {
        (void)snprintf(mime, room, "text/javascript");
        return stream_text(stream, "window.module = new URL(import.meta.url).pathname.split('/').pop();"
                                   "const more = await fetch('wild mime'); window.fetched = await more.text();");
    }
    if (strcmp(path, "/ui/wild mime") == 0) {
        (void)snprintf(mime, room, "text/html\r\nX-Injected: 1");
        return stream_text(stream, "fetched");
    }
    if (strcmp(path, "/ui/half") == 0) {
        (void)stream_text(stream, "half");
        return false;
    }
    return false;
}

static void tell(struct page *page, const char *text)
{
    page->was_refused |= !page->webview->send(page->host, text, (uint32_t)strlen(text));
}

static bool receive(const struct clap_plugin *plugin, const void *buffer, uint32_t size)
{
    struct page *page = self(plugin);
    char text[64] = "";
    memcpy(text, buffer, size < sizeof text - 1 ? size : sizeof text - 1);
    if (strncmp(text, "gain ", 5) == 0) {
        page->gain = strtod(text + 5, NULL);
        page->moved = true;
        page->host_params->request_flush(page->host);
        return true;
    }
    if (strcmp(text, "many") == 0) {
        for (int i = 0; i < 5000; i++)
            tell(page, "one of many");
        return true;
    }
    if (strcmp(text, "too long") == 0) {
        page->was_refused = !page->webview->send(page->host, index_html, (4u << 20) + 1);
        return true;
    }
    if (strcmp(text, "refused?") == 0) {
        tell(page, page->was_refused ? "refused" : "never refused");
        return true;
    }
    if (strcmp(text, "crash") == 0)
        __builtin_trap();
    if (strcmp(text, "no") == 0)
        return false;
    return page->webview->send(page->host, buffer, size);
}

static void on_main_thread(const struct clap_plugin *plugin)
{
    struct page *page = self(plugin);
    char text[64];
    if (!page->is_new)
        return;
    page->is_new = false;
    (void)snprintf(text, sizeof text, "gain is %.3f", page->gain);
    tell(page, text);
}

/* -- life -------------------------------------------------------------------------------------------------------------- */

static const void *get_extension(const struct clap_plugin *plugin, const char *id)
{
    static const struct clap_plugin_params params = {count_params, get_info, get_value, to_text, from_text, flush};
    static const struct clap_plugin_audio_ports ports = {count_ports, get_port};
    static const struct clap_plugin_webview webview = {get_uri, get_resource, receive};
    (void)plugin;
    if (strcmp(id, "clap.params") == 0)
        return &params;
    if (strcmp(id, "clap.audio-ports") == 0)
        return &ports;
    return strcmp(id, "clap.webview/3") == 0 ? &webview : NULL;
}

static bool init(const struct clap_plugin *plugin)
{
    struct page *page = self(plugin);
    page->webview = page->host->get_extension(page->host, "clap.webview/3");
    page->host_params = page->host->get_extension(page->host, "clap.params");
    if (page->webview == NULL || page->host_params == NULL)
        return false;
    tell(page, "too early");
    return page->was_refused;
}

static void destroy(const struct clap_plugin *plugin)
{
    free(self(plugin));
}

static const struct clap_plugin *create(const struct clap_plugin_factory *factory, const struct clap_host *host,
                                        const char *id)
{
    (void)factory;
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL || strcmp(id, descriptor.id) != 0)
        return NULL;
    page->host = host;
    page->gain = 1.0;
    page->plugin = (struct clap_plugin){&descriptor, page,    init,    destroy, activate_always, nothing,
                                        yes,         nothing, nothing, process, get_extension,   on_main_thread};
    return &page->plugin;
}

ONE_PLUGIN
