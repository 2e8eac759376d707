/* URIs as numbers. Those that the host itself speaks of have numbers known to the compiler. */
#ifndef ISOBOOTH_LV2_URID_H
#define ISOBOOTH_LV2_URID_H

#include "formats/lv2/process.h"

/* In this order they are the first that are given out; so they also fit into the 16 bits of the old event extension. */
enum ib_lv2_known_urid {
    IB_URID_NONE,
    IB_URID_CHUNK,
    IB_URID_SEQUENCE,
    IB_URID_OBJECT,
    IB_URID_BLANK,
    IB_URID_RESOURCE,
    IB_URID_FLOAT,
    IB_URID_DOUBLE,
    IB_URID_INT,
    IB_URID_LONG,
    IB_URID_BOOL,
    IB_URID_URID,
    IB_URID_BEAT_TIME,
    IB_URID_MIDI_EVENT,
    IB_URID_POSITION,
    IB_URID_TIME_FRAME,
    IB_URID_TIME_FPS,
    IB_URID_TIME_SPEED,
    IB_URID_TIME_BAR,
    IB_URID_TIME_BAR_BEAT,
    IB_URID_TIME_BEAT,
    IB_URID_TIME_BEAT_UNIT,
    IB_URID_TIME_BEATS_PER_BAR,
    IB_URID_TIME_BPM,
    IB_URID_PATCH_SET,
    IB_URID_PATCH_GET,
    IB_URID_PATCH_PUT,
    IB_URID_PATCH_PROPERTY,
    IB_URID_PATCH_VALUE,
    IB_URID_PATCH_BODY,
    IB_URID_LOG_ERROR,
    IB_URID_LOG_NOTE,
    IB_URID_LOG_TRACE,
    IB_URID_LOG_WARNING,
    IB_URID_STATE_CHANGED,
    IB_URIDS_KNOWN
};

/* urid:map, urid:unmap and uri-map as a plugin calls them. [any-thread] */
uint32_t ib_lv2_feature_map(void *handle, const char *uri);
const char *ib_lv2_feature_unmap(void *handle, uint32_t urid);
uint32_t ib_lv2_feature_uri_to_id(void *callback_data, const char *map, const char *uri);

#endif
