/* abi.cdef.h for C. A plugin written against it needs nothing else. */
#ifndef ISOBOOTH_VST2_ABI_H
#define ISOBOOTH_VST2_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "abi.cdef.h"

typedef intptr_t (*vst2_callback)(struct vst2_effect *effect, int32_t opcode, int32_t index, intptr_t value, void *ptr,
                                  float opt);

/* The sizes and places that plugins were compiled with on 64-bit machines. */
_Static_assert(sizeof(struct vst2_effect) == 192, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, program_count) == 40, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, host_first) == 64, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, latency) == 80, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, object) == 96, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, unique_id) == 112, "VST 2.4");
_Static_assert(offsetof(struct vst2_effect, process_replacing) == 120, "VST 2.4");
_Static_assert(sizeof(struct vst2_event) == 32, "VST 2.4");
_Static_assert(sizeof(struct vst2_midi) == 32, "VST 2.4");
_Static_assert(offsetof(struct vst2_midi, data) == 24, "VST 2.4");
_Static_assert(sizeof(struct vst2_sysex) == 48, "VST 2.4");
_Static_assert(offsetof(struct vst2_sysex, data) == 32, "VST 2.4");
_Static_assert(offsetof(struct vst2_events, events) == 16, "VST 2.4");
_Static_assert(sizeof(struct vst2_time) == 88, "VST 2.4");
_Static_assert(sizeof(struct vst2_param_info) == 152, "VST 2.4");
_Static_assert(sizeof(struct vst2_pin) == 128, "VST 2.4");
_Static_assert(sizeof(struct vst2_speaker) == 112, "VST 2.4");
_Static_assert(offsetof(struct vst2_speakers, speakers) == 8, "VST 2.4");
_Static_assert(sizeof(struct vst2_midi_program) == 80, "VST 2.4");
_Static_assert(sizeof(struct vst2_midi_key) == 80, "VST 2.4");
_Static_assert(sizeof(struct vst2_chunk_info) == 64, "VST 2.4");

#endif
