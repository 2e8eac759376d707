/* Presets of clap_rich.c. A preset file is text, one remark for the receiver in each line. */
#include "clap_rich.h"

#include <signal.h>
#include <unistd.h>

/* -- discovery --------------------------------------------------------------------------------------------------------- */

static const struct clap_preset_discovery_indexer *the_indexer;

static void declare_badly(const struct clap_preset_discovery_indexer *indexer)
{
    const struct clap_preset_discovery_location relative = {0, "relative", 0, "presets"};
    const struct clap_preset_discovery_location nowhere = {0, "nowhere", 0, NULL};
    const struct clap_preset_discovery_location both = {0, "both", 1, "/"};
    const struct clap_preset_discovery_soundpack nameless = {0, NULL, "x", NULL, NULL, NULL, NULL, 0};
    if (indexer->declare_location(indexer, &relative) || indexer->declare_location(indexer, &nowhere) ||
        indexer->declare_location(indexer, &both) || indexer->declare_soundpack(indexer, &nameless) ||
        indexer->declare_filetype(indexer, NULL) || indexer->get_extension(indexer, "x") != NULL)
        abort();
}

static bool provider_init(const struct clap_preset_discovery_provider *provider)
{
    const struct clap_preset_discovery_indexer *indexer = the_indexer;
#ifdef RICH_PRESETS_AT
    const char *folder = RICH_PRESETS_AT; /* in a sandbox there is no environment */
#else
    const char *folder = getenv("RICH_PRESETS");
#endif
    const struct clap_preset_discovery_filetype type = {"Rich", NULL, "rich"};
    const struct clap_preset_discovery_soundpack pack = {1, "pack.one", "Pack One", NULL, NULL, "v", NULL, 0};
    const struct clap_preset_discovery_location files = {CLAP_PRESET_DISCOVERY_IS_USER_CONTENT, "User", 0, folder};
    const struct clap_preset_discovery_location inside = {CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT, "Factory", 1, NULL};
    if (strcmp(provider->desc->id, "refuses") == 0)
        return false;
    declare_badly(indexer);
    bool done = indexer->declare_filetype(indexer, &type) && indexer->declare_soundpack(indexer, &pack) &&
                indexer->declare_location(indexer, &inside);
    return done && (folder == NULL || indexer->declare_location(indexer, &files));
}

static bool tell_line(const struct clap_preset_discovery_metadata_receiver *to, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *rest = strchr(line, ' ');
    rest = rest != NULL ? rest + 1 : line + strlen(line);
    if (strncmp(line, "preset", 6) == 0) {
        char *key = strchr(rest, '|');
        if (key != NULL)
            *key++ = '\0';
        return to->begin_preset(to, *rest != '\0' ? rest : NULL, key);
    }
    if (strncmp(line, "plugin", 6) == 0) {
        const struct clap_universal_plugin_id id = {"clap", rest};
        to->add_plugin_id(to, &id);
    } else if (strncmp(line, "foreign", 7) == 0) {
        const struct clap_universal_plugin_id id = {"vst3", rest};
        to->add_plugin_id(to, &id);
    } else if (strncmp(line, "pack", 4) == 0) {
        to->set_soundpack_id(to, rest);
    } else if (strncmp(line, "flags", 5) == 0) {
        to->set_flags(to, (uint32_t)atoi(rest));
    } else if (strncmp(line, "creator", 7) == 0) {
        to->add_creator(to, rest);
    } else if (strncmp(line, "description", 11) == 0) {
        to->set_description(to, rest);
    } else if (strncmp(line, "feature", 7) == 0) {
        to->add_feature(to, rest);
    } else if (strncmp(line, "crash", 5) == 0) {
        raise(SIGKILL); /* without a report of the test runner */
    } else if (strncmp(line, "exit", 4) == 0) {
        exit(7);
    } else if (strncmp(line, "hang", 4) == 0) {
        for (;;)
            pause();
    } else if (strncmp(line, "error", 5) == 0) {
        to->on_error(to, 0, rest);
    }
    to->set_timestamps(to, 0, 1);
    to->add_extra_info(to, "key", "value");
    return strncmp(line, "fail", 4) != 0;
}

static bool tell(const struct clap_preset_discovery_provider *provider, uint32_t kind, const char *location,
                 const struct clap_preset_discovery_metadata_receiver *receiver)
{
    (void)provider;
    char line[1024];
    if (kind == CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN) {
        char inside[][64] = {"preset Soft|soft", "plugin test.rich", "pack pack.one",
                             "preset Loud|loud", "flags 2",          "plugin test.rich"};
        for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
            if (!tell_line(receiver, inside[i]))
                return false;
        }
        return location == NULL;
    }
    FILE *file = fopen(location, "r");
    if (file == NULL)
        return false;
    bool good = true;
    while (good && fgets(line, sizeof line, file) != NULL)
        good = tell_line(receiver, line);
    fclose(file);
    return good;
}

static const void *provider_extension(const struct clap_preset_discovery_provider *provider, const char *id)
{
    (void)provider;
    (void)id;
    return NULL;
}

static void provider_destroy(const struct clap_preset_discovery_provider *provider)
{
    (void)provider;
    the_indexer = NULL;
}

static const struct clap_preset_discovery_provider_descriptor providers[] = {
    {{1, 2, 0}, "refuses", "Refuses", ""},
    {{1, 2, 0}, "nothing", "Nothing", ""},
    {{1, 2, 0}, "rich", "Rich presets", ""},
};

static uint32_t providers_count(const struct clap_preset_discovery_factory *factory)
{
    (void)factory;
    return 4;
}

static const struct clap_preset_discovery_provider_descriptor *
providers_get(const struct clap_preset_discovery_factory *factory, uint32_t index)
{
    (void)factory;
    return index < 3 ? &providers[index] : NULL;
}

static const struct clap_preset_discovery_provider *
providers_create(const struct clap_preset_discovery_factory *factory,
                 const struct clap_preset_discovery_indexer *indexer, const char *id)
{
    static struct clap_preset_discovery_provider provider = {
        NULL, NULL, provider_init, provider_destroy, tell, provider_extension};
    const struct clap_preset_discovery_filetype early = {"Early", NULL, "early"};
    (void)factory;
    if (strcmp(id, "nothing") == 0 || indexer->declare_filetype(indexer, &early))
        return NULL;
    provider.desc = strcmp(id, "refuses") == 0 ? &providers[0] : &providers[2];
    the_indexer = indexer;
    return &provider;
}

static const struct clap_preset_discovery_factory preset_factory = {providers_count, providers_get, providers_create};

/* -- preset-load ------------------------------------------------------------------------------------------------------- */

static bool from_location(const struct clap_plugin *plugin, uint32_t kind, const char *location, const char *key)
{
    struct rich *rich = rich_of(plugin);
    const struct clap_host_preset_load *host = rich->host->get_extension(rich->host, "clap.preset-load/2");
    see(rich, "from_location %u %s %s\n", kind, shown(location), shown(key));
    if (kind == CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN) {
        if (key == NULL)
            return false;
        if (strcmp(key, "soft") != 0 && strcmp(key, "loud") != 0) {
            host->on_error(rich->host, kind, location, key, 0, "no such preset");
            return false;
        }
        rich->level = strcmp(key, "loud") == 0 ? 1.0 : 0.125;
    } else {
        FILE *file = fopen(location, "r");
        if (file == NULL) {
            host->on_error(rich->host, kind, location, key, errno, "the file does not open");
            return false;
        }
        fclose(file);
        rich->level = 0.25;
    }
    host->loaded(rich->host, kind, location, key);
    return true;
}

static const struct clap_plugin_preset_load plugin_preset_load = {from_location};
