/* Pages as windows: ext/draft/webview.h, clap.webview/3. */

/* get_uri gives the length of the address, NUL included, and writes as much of it as there is room for; 0 or less is an error. */
struct clap_plugin_webview {
    int32_t (*get_uri)(const struct clap_plugin *plugin, char *uri, uint32_t uri_capacity);
    bool (*get_resource)(const struct clap_plugin *plugin, const char *path, char *mime, uint32_t mime_capacity,
                         const struct clap_ostream *data_stream);
    bool (*receive)(const struct clap_plugin *plugin, const void *buffer, uint32_t size);
};

struct clap_host_webview {
    bool (*send)(const struct clap_host *host, const void *buffer, uint32_t size);
};
