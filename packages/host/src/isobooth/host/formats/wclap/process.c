/* Blocks: the host's buffers are copied into the plugin's memory and back. Where they lie there was decided here at activation,
 * and is never read from memory that the plugin can write. */
#include "formats/wclap/slots.h"
#include "formats/wclap/wclap.h"

#include <stdlib.h>
#include <string.h>

#define PORT_BYTES 24u
#define PROCESS_BYTES 40u
#define TRANSPORT_BYTES 104u
#define MOST_PORTS 1024u
#define MOST_CHANNELS 4096u

/* Ports of one direction. Addresses are the plugin's. */
struct side {
    uint32_t count;
    uint32_t ports;     /* clap_audio_buffer[count] */
    uint32_t *channels; /* of each port */
    uint32_t total;
    uint32_t pointers; /* uint32_t[total] */
    uint32_t planes;   /* `plane` bytes each */
};

struct ib_wclap_audio {
    uint32_t address;
    uint32_t bytes;
    uint32_t frames;
    uint32_t plane;
    uint32_t process;
    uint32_t transport;
    struct side in;
    struct side out;
};

/* How many channels the ports have now. 0, or -1. [main-thread & !active, with the box] */
static int read_ports(struct ib_wclap_plugin *plugin, int is_input, struct side *side)
{
    const uint32_t *functions = plugin->functions[IB_X_AUDIO_PORTS];
    const union ib_wclap_word which[] = {{.word = (uint64_t)is_input}};
    struct clap_audio_port_info info;
    free(side->channels);
    memset(side, 0, sizeof *side);
    if (!plugin->known[IB_X_AUDIO_PORTS])
        return 0;
    uint64_t count = ib_wclap_invoke_at(plugin->box, functions[0], plugin->address, "uu", which);
    side->channels = calloc(count < MOST_PORTS ? count + 1 : 1, sizeof *side->channels);
    if (count > MOST_PORTS || side->channels == NULL)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const union ib_wclap_word words[] = {{.word = i}, {.word = (uint64_t)is_input}, {.pointer = &info}};
        memset(&info, 0, sizeof info);
        if (ib_wclap_invoke_at(plugin->box, functions[1], plugin->address, "uuuO" IB_LAYOUT_AUDIO_PORT, words) == 0 ||
            info.channel_count > MOST_CHANNELS)
            return -1;
        side->channels[side->count++] = info.channel_count;
        side->total += info.channel_count;
    }
    return side->total > MOST_CHANNELS ? -1 : 0;
}

/* The next `bytes`, aligned. [main-thread] */
static uint32_t place(uint64_t *at, uint64_t bytes)
{
    uint64_t here = (*at + 15) & ~(uint64_t)15;
    *at = here + bytes;
    return (uint32_t)here;
}

/* [main-thread] */
static void place_side(struct side *side, uint32_t plane, uint64_t *at)
{
    side->ports = place(at, (uint64_t)PORT_BYTES * side->count);
    side->pointers = place(at, (uint64_t)4 * side->total);
    side->planes = place(at, (uint64_t)plane * side->total);
}

/* [main-thread] */
static uint64_t place_all(struct ib_wclap_audio *audio, uint64_t start)
{
    uint64_t at = start;
    audio->process = place(&at, PROCESS_BYTES);
    audio->transport = place(&at, TRANSPORT_BYTES);
    place_side(&audio->in, audio->plane, &at);
    place_side(&audio->out, audio->plane, &at);
    return at - start;
}

int ib_wclap_audio_new(struct ib_wclap_plugin *plugin, uint32_t max_frames)
{
    struct ib_wclap_audio *audio = plugin->audio != NULL ? plugin->audio : calloc(1, sizeof *audio);
    plugin->audio = audio;
    if (audio == NULL || max_frames > INT32_MAX / 16 || ib_wclap_events_new(plugin->box) != 0 ||
        read_ports(plugin, 1, &audio->in) != 0 || read_ports(plugin, 0, &audio->out) != 0)
        return -1;
    audio->frames = max_frames;
    audio->plane = (uint32_t)((max_frames * sizeof(double) + 15) & ~(size_t)15);
    uint64_t bytes = place_all(audio, 0);
    if (bytes > audio->bytes) {
        audio->address = bytes < INT32_MAX ? ib_wclap_allocate(plugin->box, bytes) : 0;
        audio->bytes = audio->address != 0 ? (uint32_t)bytes : 0;
        if (audio->address == 0)
            return -1;
    }
    (void)place_all(audio, audio->address);
    return 0;
}

void ib_wclap_audio_free(struct ib_wclap_plugin *plugin)
{
    if (plugin->audio == NULL)
        return;
    free(plugin->audio->in.channels);
    free(plugin->audio->out.channels);
    free(plugin->audio);
}

/* Are the host's ports those that were prepared for? [audio-thread] */
static int fits(const struct side *side, const struct clap_audio_buffer *ports, uint32_t count)
{
    if (count != side->count)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        if (ports[i].channel_count != side->channels[i])
            return 0;
    }
    return 1;
}

/* Write ports and pointers as the plugin is to find them, and its input. [audio-thread, with the box] */
static void open_side(struct ib_wclap_box *box, const struct ib_wclap_audio *audio, const struct side *side,
                      const struct clap_audio_buffer *ports, uint32_t frames)
{
    const size_t data64 = 4, channels = 8, latency = 12, mask = 16;
    uint32_t channel = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint8_t *port = box->base + side->ports + (size_t)PORT_BYTES * i;
        const int is_wide = ports[i].data64 != NULL;
        void *const *planes = is_wide ? (void *const *)ports[i].data64 : (void *const *)ports[i].data32;
        uint32_t pointers = planes != NULL ? side->pointers + 4 * channel : 0;
        ib_wclap_put_word(port, 0, is_wide ? 0 : pointers);
        ib_wclap_put_word(port, data64, is_wide ? pointers : 0);
        ib_wclap_put_word(port, channels, side->channels[i]);
        ib_wclap_put_word(port, latency, ports[i].latency);
        memcpy(port + mask, &ports[i].constant_mask, sizeof ports[i].constant_mask);
        for (uint32_t c = 0; c < side->channels[i]; c++, channel++) {
            uint32_t plane = side->planes + audio->plane * channel;
            const void *from = planes != NULL ? planes[c] : NULL;
            ib_wclap_put_word(box->base + side->pointers, 4 * (size_t)channel, plane);
            if (side == &audio->in && from != NULL)
                memcpy(box->base + plane, from, (size_t)frames * (is_wide ? sizeof(double) : sizeof(float)));
        }
    }
}

/* Take the output. [audio-thread, with the box] */
static void close_outputs(struct ib_wclap_box *box, const struct ib_wclap_audio *audio,
                          const struct clap_process *process)
{
    const size_t mask = 16;
    const struct side *side = &audio->out;
    uint32_t channel = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        struct clap_audio_buffer *port = &process->audio_outputs[i];
        const int is_wide = port->data64 != NULL;
        void *const *planes = is_wide ? (void *const *)port->data64 : (void *const *)port->data32;
        size_t sample = is_wide ? sizeof(double) : sizeof(float);
        memcpy(&port->constant_mask, box->base + side->ports + (size_t)PORT_BYTES * i + mask,
               sizeof port->constant_mask);
        for (uint32_t c = 0; c < side->channels[i]; c++, channel++) {
            if (planes != NULL && planes[c] != NULL)
                memcpy(planes[c], box->base + side->planes + audio->plane * channel, process->frames_count * sample);
        }
    }
}

/* [audio-thread, with the box] */
static void write_process(struct ib_wclap_box *box, const struct ib_wclap_audio *audio,
                          const struct clap_process *process)
{
    uint32_t words[PROCESS_BYTES / 4] = {
        0,
        0,
        process->frames_count,
        process->transport != NULL ? audio->transport : 0,
        audio->in.count != 0 ? audio->in.ports : 0,
        audio->out.count != 0 ? audio->out.ports : 0,
        audio->in.count,
        audio->out.count,
        box->groups[IB_WCLAP_IN_EVENTS],
        box->groups[IB_WCLAP_OUT_EVENTS],
    };
    memcpy(words, &process->steady_time, sizeof process->steady_time);
    memcpy(box->base + audio->process, words, sizeof words);
    if (process->transport != NULL)
        memcpy(box->base + audio->transport, process->transport, TRANSPORT_BYTES);
}

/* [audio-thread & active & processing] */
int32_t ib_wclap_process(const struct clap_plugin *native, const struct clap_process *process)
{
    struct ib_wclap_plugin *plugin = native->plugin_data;
    struct ib_wclap_box *box = plugin->box;
    const struct ib_wclap_audio *audio = plugin->audio;
    int32_t status = CLAP_PROCESS_ERROR;
    if (!ib_wclap_enter(box))
        return status;
    ib_wclap_refresh(box);
    if (audio != NULL && process->frames_count <= audio->frames &&
        fits(&audio->in, process->audio_inputs, process->audio_inputs_count) &&
        fits(&audio->out, process->audio_outputs, process->audio_outputs_count) &&
        ib_wclap_at(box, audio->address, audio->bytes) != NULL) {
        union wasmtime_raw values[IB_WCLAP_MOST_VALUES];
        ib_wclap_events_open(box, process->in_events, process->out_events);
        open_side(box, audio, &audio->in, process->audio_inputs, process->frames_count);
        open_side(box, audio, &audio->out, process->audio_outputs, process->frames_count);
        write_process(box, audio, process);
        values[0].i64 = plugin->address;
        values[1].i64 = audio->process;
        box->in_process = 1;
        if (ib_wclap_call(box, plugin->process, IB_SIGNATURE(IB_I, IB_I, IB_I), values)) {
            status = values[0].i32;
            close_outputs(box, audio, process);
        }
        box->in_process = 0;
        ib_wclap_events_close(box);
    }
    ib_wclap_leave(box);
    return status;
}
