/* What clap_rich.c shows and is shown, and its undo. */
#include "clap_rich.h"

static uint32_t names_count(const struct clap_plugin *plugin)
{
    return rich_of(plugin)->names;
}

static bool names_get(const struct clap_plugin *plugin, uint32_t index, struct clap_note_name *name)
{
    (void)plugin;
    *name = (struct clap_note_name){.port = index == 0 ? -1 : 0, .key = (int16_t)(36 + index), .channel = 9};
    snprintf(name->name, sizeof name->name, "Drum %u", index);
    return index != 1;
}

static bool voices_get(const struct clap_plugin *plugin, struct clap_voice_info *info)
{
    struct rich *rich = rich_of(plugin);
    if (!rich->is_active)
        see(rich, "voices while inactive\n");
    *info = (struct clap_voice_info){rich->voices, 16, CLAP_VOICE_INFO_SUPPORTS_OVERLAPPING_NOTES};
    return true;
}

static uint32_t pages_count(const struct clap_plugin *plugin)
{
    return rich_of(plugin)->pages;
}

static bool pages_get(const struct clap_plugin *plugin, uint32_t index, struct clap_remote_controls_page *page)
{
    (void)plugin;
    memset(page, 0, sizeof *page);
    snprintf(page->section_name, sizeof page->section_name, "Main");
    snprintf(page->page_name, sizeof page->page_name, "Page %u", index + 1);
    page->page_id = 70 + index;
    page->is_for_preset = index == 1;
    for (int i = 0; i < CLAP_REMOTE_CONTROLS_COUNT; i++)
        page->param_ids[i] = i == 2 ? 1 : CLAP_INVALID_ID;
    return true;
}

static const struct clap_plugin_note_name plugin_note_name = {names_count, names_get};
static const struct clap_plugin_voice_info plugin_voice_info = {voices_get};
static const struct clap_plugin_remote_controls plugin_pages = {pages_count, pages_get};

/* -- indication, track ------------------------------------------------------------------------------------------------- */

static void see_color(struct rich *rich, const struct clap_color *color)
{
    if (color == NULL)
        see(rich, " NULL");
    else
        see(rich, " %u/%u/%u/%u", color->red, color->green, color->blue, color->alpha);
}

static void set_mapping(const struct clap_plugin *plugin, uint32_t id, bool has_mapping, const struct clap_color *color,
                        const char *label, const char *description)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "mapping %u %d", id, has_mapping);
    see_color(rich, color);
    see(rich, " %s %s\n", shown(label), shown(description));
}

static void set_automation(const struct clap_plugin *plugin, uint32_t id, uint32_t state,
                           const struct clap_color *color)
{
    struct rich *rich = rich_of(plugin);
    see(rich, "automation %u %u", id, state);
    see_color(rich, color);
    see(rich, "\n");
}

static void track_changed(const struct clap_plugin *plugin)
{
    struct rich *rich = rich_of(plugin);
    const struct clap_host_track_info *host = rich->host->get_extension(rich->host, "clap.track-info/1");
    struct clap_track_info info;
    if (!host->get(rich->host, &info)) {
        see(rich, "no track\n");
        return;
    }
    see(rich, "track %llu '%s'", (unsigned long long)info.flags, info.name);
    see_color(rich, &info.color);
    see(rich, " %d %s\n", info.audio_channel_count, shown(info.audio_port_type));
}

static void set_place(const struct clap_plugin *plugin, const struct clap_project_location_element *path,
                      uint32_t count)
{
    struct rich *rich = rich_of(plugin);
    for (uint32_t i = 0; i < count; i++)
        see(rich, "place %u kind %u track %u index %u '%s'\n", i, path[i].kind, path[i].track_kind, path[i].index,
            path[i].name);
}

static const struct clap_plugin_param_indication plugin_indication = {set_mapping, set_automation};
static const struct clap_plugin_track_info plugin_track = {track_changed};
static const struct clap_plugin_project_location plugin_place = {set_place};

/* -- undo -------------------------------------------------------------------------------------------------------------- */

static void delta_properties(const struct clap_plugin *plugin, struct clap_undo_delta_properties *properties)
{
    (void)plugin;
    *properties = (struct clap_undo_delta_properties){true, true, 7};
}

static bool can_use(const struct clap_plugin *plugin, uint32_t version)
{
    (void)plugin;
    return version == 7;
}

/* A delta is two levels: before and after. */
static bool use_delta(const struct clap_plugin *plugin, const void *delta, size_t size, int after)
{
    double levels[2];
    if (size != sizeof levels)
        return false;
    memcpy(levels, delta, size);
    rich_of(plugin)->level = levels[after];
    return true;
}

static bool undo(const struct clap_plugin *plugin, uint32_t version, const void *delta, size_t size)
{
    return can_use(plugin, version) && use_delta(plugin, delta, size, 0);
}

static bool redo(const struct clap_plugin *plugin, uint32_t version, const void *delta, size_t size)
{
    return can_use(plugin, version) && use_delta(plugin, delta, size, 1);
}

static void set_can_undo(const struct clap_plugin *plugin, bool can)
{
    see(rich_of(plugin), "can undo %d\n", can);
}

static void set_can_redo(const struct clap_plugin *plugin, bool can)
{
    see(rich_of(plugin), "can redo %d\n", can);
}

static void set_undo_name(const struct clap_plugin *plugin, const char *name)
{
    see(rich_of(plugin), "undo name '%s'\n", name);
}

static void set_redo_name(const struct clap_plugin *plugin, const char *name)
{
    see(rich_of(plugin), "redo name '%s'\n", name);
}

static const struct clap_plugin_undo_delta plugin_undo_delta = {delta_properties, can_use, undo, redo};
static const struct clap_plugin_undo_context plugin_undo_context = {set_can_undo, set_can_redo, set_undo_name,
                                                                    set_redo_name};

/* -- resource directories ---------------------------------------------------------------------------------------------- */

static void set_directory(const struct clap_plugin *plugin, const char *path, bool is_shared)
{
    struct rich *rich = rich_of(plugin);
    snprintf(is_shared ? rich->shared : rich->own, sizeof rich->own, "%s", shown(path));
    see(rich, "directory %d %s\n", is_shared, shown(path));
}

static void collect(const struct clap_plugin *plugin, bool all)
{
    see(rich_of(plugin), "collect %d\n", all);
}

static uint32_t files_count(const struct clap_plugin *plugin)
{
    (void)plugin;
    return 3;
}

static int32_t file_path(const struct clap_plugin *plugin, uint32_t index, char *path, uint32_t room)
{
    (void)plugin;
    return index == 1 ? -1 : snprintf(path, room, "tests/%u.wav", index);
}

static const struct clap_plugin_resource_directory plugin_resources = {set_directory, collect, files_count, file_path};
