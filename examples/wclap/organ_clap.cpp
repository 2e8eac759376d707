// The organ as a CLAP, or compiled to WebAssembly as a WCLAP: one parameter, one note input, one stereo output, state.
#include "organ.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// Outside this repository: #include <clap/clap.h>, and the same names.
extern "C" {
#include "formats/clap/abi.h"
}

namespace
{

constexpr uint32_t BRIGHTNESS = 7;

struct Instance {
    clap_plugin plugin{};
    Organ organ;
};

Organ &organ_of(const clap_plugin *plugin)
{
    return static_cast<Instance *>(plugin->plugin_data)->organ;
}

// [audio-thread & active, or main-thread & !active]
void take_event(Organ &organ, const clap_event_header *header)
{
    if (header->space_id != CLAP_CORE_EVENT_SPACE_ID)
        return;
    if (header->type == CLAP_EVENT_PARAM_VALUE) {
        const auto *event = reinterpret_cast<const clap_event_param *>(header);
        if (event->param_id == BRIGHTNESS)
            organ.brightness = std::fmin(std::fmax(event->value, 0.0), 1.0);
        return;
    }
    const auto *note = reinterpret_cast<const clap_event_note *>(header);
    if (header->type == CLAP_EVENT_NOTE_ON)
        organ.start_note(note->key, note->velocity);
    else if (header->type == CLAP_EVENT_NOTE_OFF || header->type == CLAP_EVENT_NOTE_CHOKE)
        organ.stop_note(note->key);
}

// [audio-thread & processing]
int32_t process(const clap_plugin *plugin, const clap_process *block)
{
    Organ &organ = organ_of(plugin);
    float *const *out = block->audio_outputs[0].data32;
    const uint32_t count = block->in_events->size(block->in_events);
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const clap_event_header *event = block->in_events->get(block->in_events, i);
        if (event->time > at && event->time <= block->frames_count) {
            organ.play(out[0], out[1], at, event->time);
            at = event->time;
        }
        take_event(organ, event);
    }
    organ.play(out[0], out[1], at, block->frames_count);
    return CLAP_PROCESS_CONTINUE;
}

// -- parameters ---------------------------------------------------------------------------------------------------------

const clap_plugin_params params = {
    [](const clap_plugin *) -> uint32_t { return 1; },
    [](const clap_plugin *, uint32_t index, clap_param_info *info) {
        if (index != 0)
            return false;
        *info = {};
        info->id = BRIGHTNESS;
        info->flags = CLAP_PARAM_IS_AUTOMATABLE;
        std::strcpy(info->name, "Brightness");
        info->max_value = 1;
        info->default_value = 0.5;
        return true;
    },
    [](const clap_plugin *plugin, uint32_t id, double *value) {
        *value = organ_of(plugin).brightness;
        return id == BRIGHTNESS;
    },
    [](const clap_plugin *, uint32_t id, double value, char *text, uint32_t size) {
        return id == BRIGHTNESS && std::snprintf(text, size, "%.1f %%", 100 * value) > 0;
    },
    [](const clap_plugin *, uint32_t id, const char *text, double *value) {
        char *end;
        *value = std::strtod(text, &end) / 100;
        return id == BRIGHTNESS && end != text;
    },
    [](const clap_plugin *plugin, const clap_input_events *in, const clap_output_events *) {
        for (uint32_t i = 0; i < in->size(in); i++)
            take_event(organ_of(plugin), in->get(in, i));
    },
};

// -- ports --------------------------------------------------------------------------------------------------------------

const clap_plugin_audio_ports audio_ports = {
    [](const clap_plugin *, bool is_input) -> uint32_t { return is_input ? 0 : 1; },
    [](const clap_plugin *, uint32_t index, bool is_input, clap_audio_port_info *info) {
        if (is_input || index != 0)
            return false;
        *info = {};
        std::strcpy(info->name, "Organ");
        info->flags = CLAP_AUDIO_PORT_IS_MAIN;
        info->channel_count = 2;
        info->port_type = "stereo";
        info->in_place_pair = CLAP_INVALID_ID;
        return true;
    },
};

const clap_plugin_note_ports note_ports = {
    [](const clap_plugin *, bool is_input) -> uint32_t { return is_input ? 1 : 0; },
    [](const clap_plugin *, uint32_t index, bool is_input, clap_note_port_info *info) {
        if (!is_input || index != 0)
            return false;
        *info = {};
        std::strcpy(info->name, "Keys");
        info->supported_dialects = info->preferred_dialect = CLAP_NOTE_DIALECT_CLAP;
        return true;
    },
};

// -- state: the brightness ----------------------------------------------------------------------------------------------

const clap_plugin_state state = {
    [](const clap_plugin *plugin, const clap_ostream *stream) {
        const auto *bytes = reinterpret_cast<const char *>(&organ_of(plugin).brightness);
        for (uint64_t done = 0; done < sizeof(double);) {
            const int64_t wrote = stream->write(stream, bytes + done, sizeof(double) - done);
            if (wrote <= 0)
                return false;
            done += static_cast<uint64_t>(wrote);
        }
        return true;
    },
    [](const clap_plugin *plugin, const clap_istream *stream) {
        double brightness = 0;
        for (uint64_t done = 0; done < sizeof brightness;) {
            const int64_t got =
                stream->read(stream, reinterpret_cast<char *>(&brightness) + done, sizeof(double) - done);
            if (got <= 0)
                return false;
            done += static_cast<uint64_t>(got);
        }
        organ_of(plugin).brightness = std::fmin(std::fmax(brightness, 0.0), 1.0);
        return true;
    },
};

// -- life ---------------------------------------------------------------------------------------------------------------

const char *const features[] = {"instrument", "synthesizer", "stereo", nullptr};

const clap_plugin_descriptor descriptor = {
    {1, 2, 0}, "isobooth.example.organ",   "Example Organ", "isobooth", "", "", "",
    "1.0",     "An organ of eight voices", features,
};

const void *get_extension(const clap_plugin *, const char *id)
{
    if (std::strcmp(id, "clap.params") == 0)
        return &params;
    if (std::strcmp(id, "clap.audio-ports") == 0)
        return &audio_ports;
    if (std::strcmp(id, "clap.note-ports") == 0)
        return &note_ports;
    return std::strcmp(id, "clap.state") == 0 ? &state : nullptr;
}

const clap_plugin *create(const clap_plugin_factory *, const clap_host *, const char *id)
{
    if (std::strcmp(id, descriptor.id) != 0)
        return nullptr;
    auto *made = new Instance;
    made->plugin = {
        &descriptor,
        made,
        [](const clap_plugin *) { return true; },
        [](const clap_plugin *plugin) { delete static_cast<Instance *>(plugin->plugin_data); },
        [](const clap_plugin *plugin, double rate, uint32_t, uint32_t) {
            organ_of(plugin).sample_rate = rate;
            return true;
        },
        [](const clap_plugin *) {},
        [](const clap_plugin *) { return true; },
        [](const clap_plugin *) {},
        [](const clap_plugin *plugin) { organ_of(plugin).reset(); },
        process,
        get_extension,
        [](const clap_plugin *) {},
    };
    return &made->plugin;
}

const clap_plugin_factory factory = {
    [](const clap_plugin_factory *) -> uint32_t { return 1; },
    [](const clap_plugin_factory *, uint32_t index) { return index == 0 ? &descriptor : nullptr; },
    create,
};

} // namespace

extern "C" __attribute__((visibility("default"))) const clap_plugin_entry clap_entry = {
    {1, 2, 0},
    [](const char *) { return true; },
    [] {},
    [](const char *id) -> const void * { return std::strcmp(id, "clap.plugin-factory") == 0 ? &factory : nullptr; },
};
