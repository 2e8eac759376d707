/* Which notes are held, so that a plugin that is to be stopped hears the end of them: a plugin that passes notes on, or that keeps
 * its voices over deactivate(), would let them sound for ever. One bit for each port, channel and key. */
#include "formats/clap/host.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS 16
#define KEYS 128
#define PORT_BYTES (CHANNELS * KEYS / 8)

int ib_clap_set_held(struct ib_clap *clap)
{
    struct ib_clap_life *life = &clap->life;
    size_t plane = (size_t)clap->min_frames * clap->sample_bytes;
    free(life->held);
    free(life->scratch);
    life->held_count = 0;
    life->held = calloc((size_t)clap->note_inputs + 1, PORT_BYTES);
    life->scratch = clap->note_inputs != 0 ? calloc((size_t)clap->outputs.channels + 1, plane) : NULL;
    return life->held != NULL && (life->scratch != NULL || clap->note_inputs == 0) ? 0 : -1;
}

/* [audio-thread] */
static void set_held(struct ib_clap_life *life, uint32_t port, int channel, int key, int is_held)
{
    uint8_t *byte = &life->held[port * PORT_BYTES + (uint32_t)(channel * KEYS + key) / 8];
    uint8_t bit = (uint8_t)(1u << (key & 7));
    if (is_held == ((*byte & bit) != 0))
        return;
    *byte = (uint8_t)(*byte ^ bit);
    life->held_count += is_held ? 1u : UINT32_MAX;
}

void ib_clap_hold(struct ib_clap *clap, const struct ib_event_note *note, int16_t port)
{
    struct ib_clap_life *life = &clap->life;
    int is_on = note->head.type == IB_EVENT_NOTE_ON;
    if (life->held == NULL || note->head.channel >= CHANNELS || note->head.key >= KEYS ||
        (!is_on &&
         (life->held_count == 0 || (note->head.type != IB_EVENT_NOTE_OFF && note->head.type != IB_EVENT_NOTE_CHOKE))))
        return;
    for (uint32_t p = 0; p < clap->note_inputs; p++) {
        if (port >= 0 && p != (uint32_t)port)
            continue;
        for (int channel = 0; channel < CHANNELS; channel++) {
            if (note->head.channel >= 0 && channel != note->head.channel)
                continue;
            for (int key = 0; key < KEYS; key++) {
                if (note->head.key < 0 || key == note->head.key)
                    set_held(life, p, channel, key, is_on);
            }
        }
    }
}

void ib_clap_forget_held(struct ib_clap *clap)
{
    if (clap->life.held_count != 0)
        memset(clap->life.held, 0, (size_t)clap->note_inputs * PORT_BYTES);
    clap->life.held_count = 0;
}

void ib_clap_put_ends(struct ib_clap *clap)
{
    struct ib_event_note note;
    memset(&note, 0, sizeof note);
    note.head.size = (uint32_t)sizeof note;
    note.note_id = -1;
    for (uint32_t port = 0; port < clap->note_inputs; port++) {
        /* NOTE_CHOKE (events.h) cuts a voice off; in MIDI there is no such word. */
        note.head.type = clap->note_dialects[port] & CLAP_NOTE_DIALECT_CLAP ? IB_EVENT_NOTE_CHOKE : IB_EVENT_NOTE_OFF;
        note.head.port = (int16_t)port;
        for (uint32_t at = 0; at < CHANNELS * KEYS; at++) {
            if ((clap->life.held[port * PORT_BYTES + at / 8] >> (at & 7) & 1) == 0)
                continue;
            note.head.channel = (int16_t)(at / KEYS);
            note.head.key = (int16_t)(at % KEYS);
            ib_clap_note_out(clap, &note, (uint16_t)port);
        }
    }
}
