/* MIDI on its way to the plugin. Notes and polyphonic pressure are events of VST3's; controllers, channel pressure, the pitch
 * wheel and programs are parameters, if the plugin has assigned some (IMidiMapping, kIsProgramChange), and nothing else. Those
 * controllers that have a bank and an index are midi2_map.c's. */
#include "formats/vst3/audio.h"

/* Status nibbles of channel voice messages, the same in MIDI 1.0 and MIDI 2.0. */
#define CONTROL 0xB
#define ASSIGNABLE_OF_NOTE 0x1 /* MIDI 2.0 alone, as those up to 5; 0: registered of a note */
#define REGISTERED 0x2
#define ASSIGNABLE_BY 0x5 /* the last of four: registered, assignable, both relative */
#define PROGRAM 0xC
#define PRESSURE 0xD
#define BEND 0xE

#define ALL_SOUND_OFF 120
#define ALL_NOTES_OFF 123
#define MIDI2_VOICE 4 /* type of a Universal MIDI Packet */

/* [any-thread] */
static uint32_t *entry_of(const struct ib_vst3_audio *audio, uint32_t bus, uint32_t channel, uint32_t controller)
{
    return &audio->midi_map[(bus * IB_VST3_MIDI_CHANNELS + channel) * IB_VST3_MIDI_CONTROLLERS + controller];
}

void ib_vst3_midi_map_set(struct ib_vst3 *vst3, uint32_t bus, uint32_t channel, uint32_t controller, uint32_t param_id)
{
    const struct ib_vst3_audio *audio = vst3->audio;
    if (bus < audio->event_inputs.count && channel < IB_VST3_MIDI_CHANNELS && controller < IB_VST3_MIDI_CONTROLLERS)
        __atomic_store_n(entry_of(audio, bus, channel, controller), param_id, __ATOMIC_RELAXED);
}

/* [audio-thread] */
static struct ib_vst3_param *driven(struct ib_vst3 *vst3, uint32_t id)
{
    if (id == IB_VST3_NO_PARAM) {
        ib_vst3_fault(vst3, IB_VST3_NOTE_UNMAPPED);
        return NULL;
    }
    struct ib_vst3_param *param = (struct ib_vst3_param *)ib_vst3_table_find(vst3->audio->table, id);
    if (param != NULL && (param->flags & VST3_kIsReadOnly) == 0)
        return param;
    ib_vst3_fault(vst3, IB_VST3_FAULT_MAP);
    return NULL;
}

/* [audio-thread] */
static void move_to(struct ib_vst3 *vst3, const struct ib_event *head, struct ib_vst3_param *param, double value)
{
    if (ib_vst3_change(vst3, param, head->time, value, 1) && (param->flags & VST3_kIsHidden) == 0)
        (void)ib_vst3_tell(vst3->audio->block->out_events, IB_EVENT_PARAM_VALUE, param, head->time, value);
}

void ib_vst3_drive(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t id, double value)
{
    struct ib_vst3_param *param = driven(vst3, id);
    if (param != NULL)
        move_to(vst3, head, param, value);
}

/* Move the parameter that a controller is assigned to; `value` is 0 .. 1, or the number of a program. [audio-thread] */
static void controller_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t bus, uint32_t channel,
                          uint32_t controller, double value)
{
    struct ib_vst3_param *param =
        driven(vst3, __atomic_load_n(entry_of(vst3->audio, bus, channel, controller), __ATOMIC_RELAXED));
    if (param == NULL)
        return;
    if (controller == VST3_kCtrlProgramChange)
        value = param->steps > 0 ? (value < param->steps ? value : param->steps) / param->steps : value / 127.0;
    move_to(vst3, head, param, value);
}

/* [audio-thread] */
static void panic_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t channel, uint8_t type)
{
    struct ib_event_note note = {.head = *head, .note_id = -1, .expression = 0, .value = 0.0};
    note.head.type = type;
    note.head.channel = (int16_t)channel;
    note.head.key = -1;
    ib_vst3_note_in(vst3, &note);
}

/* The event input and its channel that a message of the client's `channel` means; 0: none. [audio-thread] */
static int find_place(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t channel, uint32_t *bus,
                      uint32_t *held)
{
    int32_t input = ib_vst3_event_bus(vst3, head->port);
    int32_t found = input >= 0 ? ib_vst3_event_channel(vst3, (uint32_t)input, (int32_t)channel) : -1;
    if (found < 0)
        return 0;
    *bus = (uint32_t)input;
    *held = (uint32_t)found;
    return 1;
}

/* A channel voice message other than of a note; `value` is 0 .. 1, or the number of a program. [audio-thread] */
static void channel_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t kind, uint32_t channel,
                       uint32_t number, double value)
{
    uint32_t bus, held;
    if (!find_place(vst3, head, channel, &bus, &held))
        return;
    switch (kind) {
    case CONTROL:
        controller_in(vst3, head, bus, held, number, value);
        if (number == ALL_SOUND_OFF || number == ALL_NOTES_OFF)
            panic_in(vst3, head, channel, number == ALL_SOUND_OFF ? IB_EVENT_NOTE_CHOKE : IB_EVENT_NOTE_OFF);
        break;
    case PROGRAM:
        controller_in(vst3, head, bus, held, VST3_kCtrlProgramChange, value);
        break;
    case PRESSURE:
        controller_in(vst3, head, bus, held, VST3_kAfterTouch, value);
        break;
    default:
        controller_in(vst3, head, bus, held, VST3_kPitchBend, value);
        break;
    }
}

/* [audio-thread] */
static int data_entry_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t channel, struct ib_midi1 bytes)
{
    uint32_t bus, held;
    if (vst3->audio->event_inputs.count == 0 || __atomic_load_n(&vst3->audio->midi2_map, __ATOMIC_RELAXED) == NULL)
        return 0;
    return find_place(vst3, head, channel, &bus, &held) && ib_vst3_data_entry_in(vst3, head, bus, held, bytes);
}

/* [audio-thread] */
static void bytes_in(struct ib_vst3 *vst3, const struct ib_event *head, struct ib_midi1 bytes)
{
    uint32_t kind = bytes.status >> 4, channel = bytes.status & 0xF;
    struct ib_event_note note;
    switch (kind) {
    case CONTROL:
        if (!data_entry_in(vst3, head, channel, bytes))
            channel_in(vst3, head, kind, channel, bytes.first, bytes.second / 127.0);
        break;
    case PROGRAM:
        channel_in(vst3, head, kind, channel, 0, bytes.first);
        break;
    case PRESSURE:
        channel_in(vst3, head, kind, channel, 0, bytes.first / 127.0);
        break;
    case BEND:
        channel_in(vst3, head, kind, channel, 0, (bytes.second << 7 | bytes.first) / 16383.0);
        break;
    default:
        if (ib_midi1_to_note(head, bytes, &note))
            ib_vst3_note_in(vst3, &note);
        else
            ib_vst3_fault(vst3, IB_VST3_NOTE_UNMAPPED); /* system messages: VST3 has none */
        break;
    }
}

void ib_vst3_midi_in(struct ib_vst3 *vst3, const struct ib_event_midi *event)
{
    struct ib_midi1 bytes = {event->data[0], event->data[1] & 0x7F, event->data[2] & 0x7F};
    if (event->data[0] < 0x80 || event->data[0] == 0xF0 || event->data[0] == 0xF7) {
        vst3->audio->bad_events++; /* running status and pieces of sysex are no messages */
        return;
    }
    bytes_in(vst3, &event->head, bytes);
}

/* A registered or assignable controller. [audio-thread] */
static void numbered_in(struct ib_vst3 *vst3, const struct ib_event *head, uint32_t channel, struct ib_packet packet)
{
    uint32_t bus, held;
    if (find_place(vst3, head, channel, &bus, &held))
        ib_vst3_midi2_controller_in(vst3, head, bus, held, packet);
}

/* With all bits that a packet has: a MIDI 2.0 controller has 32. [audio-thread] */
void ib_vst3_midi2_in(struct ib_vst3 *vst3, const struct ib_event_midi2 *event)
{
    const double most = 4294967295.0;
    struct ib_packet packet = {{event->data[0], event->data[1], event->data[2], event->data[3]}};
    uint32_t word = packet.words[0], data = packet.words[1], kind = word >> 20 & 0xF, channel = word >> 16 & 0xF;
    struct ib_event_note note;
    struct ib_midi1 bytes;
    if (word >> 28 != MIDI2_VOICE) {
        if (ib_packet_to_midi1(&packet, &bytes))
            bytes_in(vst3, &event->head, bytes);
        return;
    }
    if (kind == CONTROL)
        channel_in(vst3, &event->head, kind, channel, word >> 8 & 0x7F, data / most);
    else if (kind == PROGRAM)
        channel_in(vst3, &event->head, kind, channel, 0, data >> 24 & 0x7F);
    else if (kind == PRESSURE || kind == BEND)
        channel_in(vst3, &event->head, kind, channel, 0, data / most);
    else if (kind >= REGISTERED && kind <= ASSIGNABLE_BY)
        numbered_in(vst3, &event->head, channel, packet);
    else if (kind <= ASSIGNABLE_OF_NOTE && ib_vst3_note_controller_in(vst3, &event->head, packet))
        return;
    else if (ib_packet_to_note(&event->head, &packet, &note))
        ib_vst3_note_in(vst3, &note);
    else
        ib_vst3_fault(vst3, IB_VST3_NOTE_UNMAPPED);
}
