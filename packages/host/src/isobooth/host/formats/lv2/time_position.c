/* Where the song is, as time:Position objects: at the start, and whenever it is not where the plugin, counting on from what it
 * was told last, takes it to be. */
#include "formats/lv2/host.h"

#include <isobooth/transport.h>

#include <math.h>
#include <string.h>

#define MOST_PROPERTIES 9
#define FLAGS                                                                                                          \
    (uint32_t)(IB_TRANSPORT_PLAYING | IB_TRANSPORT_HAS_TEMPO | IB_TRANSPORT_HAS_BEATS | IB_TRANSPORT_HAS_SIGNATURE)
#define SAME_BEATS 1e-6 /* less than a thousandth of a frame at any sensible tempo */

/* -- writing ----------------------------------------------------------------------------------------------------------- */

static uint8_t *put_float(uint8_t *at, uint32_t key, double value)
{
    float body = (float)value;
    return ib_lv2_put_property(at, key, IB_URID_FLOAT, &body, sizeof body);
}

static uint8_t *put_long(uint8_t *at, uint32_t key, int64_t value)
{
    return ib_lv2_put_property(at, key, IB_URID_LONG, &value, sizeof value);
}

/* Beats of LV2 are of the signature's unit, ours are quarter notes. [audio-thread] */
static uint8_t *put_musical(uint8_t *at, const struct ib_transport *t)
{
    int has_signature = t->flags & IB_TRANSPORT_HAS_SIGNATURE && t->signature_denominator != 0;
    int32_t unit = has_signature ? t->signature_denominator : 4;
    double scale = unit / 4.0;
    if (t->flags & IB_TRANSPORT_HAS_BEATS) {
        double beat = t->position_beats * scale;
        at = ib_lv2_put_property(at, IB_URID_TIME_BEAT, IB_URID_DOUBLE, &beat, sizeof beat);
    }
    if (t->flags & IB_TRANSPORT_HAS_BEATS && has_signature) {
        at = put_long(at, IB_URID_TIME_BAR, t->bar_number);
        at = put_float(at, IB_URID_TIME_BAR_BEAT, (t->position_beats - t->bar_start_beats) * scale);
    }
    if (has_signature) {
        at = ib_lv2_put_property(at, IB_URID_TIME_BEAT_UNIT, IB_URID_INT, &unit, sizeof unit);
        at = put_float(at, IB_URID_TIME_BEATS_PER_BAR, t->signature_numerator);
    }
    if (t->flags & IB_TRANSPORT_HAS_TEMPO)
        at = put_float(at, IB_URID_TIME_BPM, t->tempo * scale);
    return at;
}

/* [audio-thread, between runs] */
static void send(struct ib_lv2 *lv2, const struct ib_transport *t, uint32_t frames)
{
    uint64_t room[1 + MOST_PROPERTIES * IB_LV2_PROPERTY_BYTES / 8];
    uint32_t object[2] = {0, IB_URID_POSITION};
    uint8_t *body = (uint8_t *)room, *at = body + sizeof object;
    memset(room, 0, sizeof room);
    memcpy(body, object, sizeof object);
    at = put_long(at, IB_URID_TIME_FRAME, t->position_samples);
    at = put_float(at, IB_URID_TIME_SPEED, t->flags & IB_TRANSPORT_PLAYING ? 1.0 : 0.0);
    at = put_float(at, IB_URID_TIME_FPS, lv2->sample_rate);
    at = put_musical(at, t);
    for (uint32_t i = 0; i < lv2->event_port_count; i++) {
        struct ib_lv2_event_port *port = &lv2->event_ports[i];
        if ((port->kind & (IB_LV2_EVENT_IN | IB_LV2_EVENT_TIME | IB_LV2_EVENT_OLD)) !=
            (IB_LV2_EVENT_IN | IB_LV2_EVENT_TIME))
            continue;
        void *place = ib_lv2_put(lv2, port, frames, IB_URID_OBJECT, (uint32_t)(at - body));
        if (place != NULL)
            memcpy(place, body, (size_t)(at - body));
    }
}

/* -- following --------------------------------------------------------------------------------------------------------- */

static int differs(double a, double b)
{
    return !(fabs(a - b) < SAME_BEATS);
}

/* Is the song where the plugin takes it to be? [audio-thread] */
static int is_known(const struct ib_lv2 *lv2, const struct ib_transport *t)
{
    const struct ib_transport *known = &lv2->known;
    if (!lv2->has_known || ((known->flags ^ t->flags) & FLAGS) != 0 || known->position_samples != t->position_samples)
        return 0;
    if (t->flags & IB_TRANSPORT_HAS_TEMPO && differs(known->tempo, t->tempo))
        return 0;
    if (t->flags & IB_TRANSPORT_HAS_BEATS && differs(known->position_beats, t->position_beats))
        return 0;
    if (!(t->flags & IB_TRANSPORT_HAS_SIGNATURE))
        return 1;
    return known->signature_numerator == t->signature_numerator &&
           known->signature_denominator == t->signature_denominator && known->bar_number == t->bar_number &&
           !differs(known->bar_start_beats, t->bar_start_beats);
}

void ib_lv2_transport_in(struct ib_lv2 *lv2, const struct ib_transport *transport, uint32_t frames, int always)
{
    if (transport == NULL) {
        lv2->has_known = 0;
        return;
    }
    if (always || !is_known(lv2, transport))
        send(lv2, transport, frames);
    lv2->known = *transport;
    lv2->known.flags &= ~(uint32_t)IB_TRANSPORT_LOOPING; /* plugins are told of no loops and of no ramps: they go on */
    lv2->known.tempo_ramp = 0.0;
    lv2->has_known = 1;
}

void ib_lv2_transport_advance(struct ib_lv2 *lv2, uint32_t frames)
{
    if (lv2->has_known)
        ib_transport_advance(&lv2->known, frames - lv2->known_from, lv2->sample_rate);
    lv2->known_from = 0;
}
