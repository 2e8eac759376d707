/* layout.cdef.h for C and C++, with every offset asserted: a field that moves stops the build. */
#ifndef ISOBOOTH_LAYOUT_H
#define ISOBOOTH_LAYOUT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* for the headers that follow this one: clock_gettime, syscall, sem_clockwait */
#endif

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "layout.cdef.h"

#ifdef __cplusplus
}
#endif

/* clang-format off */
#define IB_AT(type, field, offset) \
    static_assert(offsetof(struct type, field) == (offset), #type "." #field " has moved")
#define IB_SIZE(type, size) static_assert(sizeof(struct type) == (size), #type " has another size")

IB_AT(ib_geometry, slots, 0);
IB_AT(ib_geometry, max_frames, 4);
IB_AT(ib_geometry, sample_bytes, 8);
IB_AT(ib_geometry, wake_kind, 12);
IB_AT(ib_geometry, inputs, 16);
IB_AT(ib_geometry, outputs, 20);
IB_AT(ib_geometry, in_event_bytes, 24);
IB_AT(ib_geometry, out_event_bytes, 28);
IB_AT(ib_geometry, segment_bytes, 32);
IB_AT(ib_geometry, slot_stride, 40);
IB_AT(ib_geometry, plane_stride, 48);
IB_AT(ib_geometry, in_audio_offset, 56);
IB_AT(ib_geometry, out_audio_offset, 64);
IB_AT(ib_geometry, in_events_offset, 72);
IB_AT(ib_geometry, out_events_offset, 80);
IB_AT(ib_geometry, reserved, 88);
IB_SIZE(ib_geometry, 96);

IB_AT(ib_bell, asleep, 0);
IB_AT(ib_bell, processor, 4);
IB_AT(ib_bell, semaphore, 8);
IB_AT(ib_bell, ringer, 40);
IB_AT(ib_bell, padding, 48);
IB_SIZE(ib_bell, 64);

IB_AT(ib_client_line, submitted, 0);
IB_AT(ib_client_line, wanted, 8);
IB_AT(ib_client_line, late, 16);
IB_AT(ib_client_line, padding, 24);
IB_SIZE(ib_client_line, 64);

IB_AT(ib_host_line, completed, 0);
IB_AT(ib_host_line, begun, 8);
IB_AT(ib_host_line, begun_ns, 16);
IB_AT(ib_host_line, host_state, 24);
IB_AT(ib_host_line, phase, 28);
IB_AT(ib_host_line, padding, 32);
IB_SIZE(ib_host_line, 64);

IB_AT(ib_statistics, blocks, 0);
IB_AT(ib_statistics, frames, 8);
IB_AT(ib_statistics, process_ns_last, 16);
IB_AT(ib_statistics, process_ns_max, 24);
IB_AT(ib_statistics, process_ns_sum, 32);
IB_AT(ib_statistics, dropped_events, 40);
IB_AT(ib_statistics, bad_events, 48);
IB_AT(ib_statistics, sleeps, 56);
IB_SIZE(ib_statistics, 64);

IB_AT(ib_crash, valid, 0);
IB_AT(ib_crash, signal_number, 4);
IB_AT(ib_crash, signal_code, 8);
IB_AT(ib_crash, phase, 12);
IB_AT(ib_crash, fault_address, 16);
IB_AT(ib_crash, program_counter, 24);
IB_AT(ib_crash, library_offset, 32);
IB_AT(ib_crash, sequence, 40);
IB_AT(ib_crash, on_audio_thread, 48);
IB_AT(ib_crash, thread_id, 52);
IB_AT(ib_crash, reserved, 56);
IB_AT(ib_crash, library, 64);
IB_SIZE(ib_crash, 512);

IB_AT(ib_header, magic_low, 0);
IB_AT(ib_header, magic_high, 4);
IB_AT(ib_header, layout_major, 8);
IB_AT(ib_header, layout_minor, 10);
IB_AT(ib_header, header_bytes, 12);
IB_AT(ib_header, slot_bytes, 16);
IB_AT(ib_header, reserved, 20);
IB_AT(ib_header, geometry, 64);
IB_AT(ib_header, padding, 160);
IB_AT(ib_header, client, 192);
IB_AT(ib_header, client_bell, 256);
IB_AT(ib_header, host, 320);
IB_AT(ib_header, host_bell, 384);
IB_AT(ib_header, statistics, 448);
IB_AT(ib_header, crash, 512);
IB_AT(ib_header, tail_padding, 1024);
IB_SIZE(ib_header, 1280);

IB_AT(ib_transport, flags, 0);
IB_AT(ib_transport, signature_numerator, 4);
IB_AT(ib_transport, signature_denominator, 6);
IB_AT(ib_transport, position_samples, 8);
IB_AT(ib_transport, position_seconds, 16);
IB_AT(ib_transport, position_beats, 24);
IB_AT(ib_transport, tempo, 32);
IB_AT(ib_transport, tempo_ramp, 40);
IB_AT(ib_transport, bar_start_beats, 48);
IB_AT(ib_transport, bar_number, 56);
IB_AT(ib_transport, reserved, 60);
IB_AT(ib_transport, loop_start_beats, 64);
IB_AT(ib_transport, loop_end_beats, 72);
IB_AT(ib_transport, loop_start_seconds, 80);
IB_AT(ib_transport, loop_end_seconds, 88);
IB_AT(ib_transport, system_time_ns, 96);
IB_AT(ib_transport, padding, 104);
IB_SIZE(ib_transport, 128);

IB_AT(ib_slot, sequence, 0);
IB_AT(ib_slot, frames, 8);
IB_AT(ib_slot, flags, 12);
IB_AT(ib_slot, in_event_bytes, 16);
IB_AT(ib_slot, in_event_count, 20);
IB_AT(ib_slot, steady_time, 24);
IB_AT(ib_slot, in_constant_mask, 32);
IB_AT(ib_slot, client_padding, 40);
IB_AT(ib_slot, done, 64);
IB_AT(ib_slot, status, 72);
IB_AT(ib_slot, status_flags, 76);
IB_AT(ib_slot, out_event_bytes, 80);
IB_AT(ib_slot, out_event_count, 84);
IB_AT(ib_slot, latency, 88);
IB_AT(ib_slot, tail, 92);
IB_AT(ib_slot, out_constant_mask, 96);
IB_AT(ib_slot, process_ns, 104);
IB_AT(ib_slot, blocks, 112);
IB_AT(ib_slot, replaced, 116);
IB_AT(ib_slot, host_padding, 120);
IB_AT(ib_slot, transport, 128);
IB_SIZE(ib_slot, 256);

IB_AT(ib_event, size, 0);
IB_AT(ib_event, time, 4);
IB_AT(ib_event, type, 8);
IB_AT(ib_event, flags, 9);
IB_AT(ib_event, port, 10);
IB_AT(ib_event, channel, 12);
IB_AT(ib_event, key, 14);
IB_SIZE(ib_event, 16);

IB_AT(ib_event_note, head, 0);
IB_AT(ib_event_note, note_id, 16);
IB_AT(ib_event_note, expression, 20);
IB_AT(ib_event_note, value, 24);
IB_SIZE(ib_event_note, 32);

IB_AT(ib_event_param, head, 0);
IB_AT(ib_event_param, param_id, 16);
IB_AT(ib_event_param, note_id, 20);
IB_AT(ib_event_param, value, 24);
IB_SIZE(ib_event_param, 32);

IB_AT(ib_event_midi, head, 0);
IB_AT(ib_event_midi, data, 16);
IB_AT(ib_event_midi, reserved, 20);
IB_SIZE(ib_event_midi, 24);

IB_AT(ib_event_midi2, head, 0);
IB_AT(ib_event_midi2, data, 16);
IB_SIZE(ib_event_midi2, 32);

IB_AT(ib_event_sysex, head, 0);
IB_AT(ib_event_sysex, length, 16);
IB_AT(ib_event_sysex, reserved, 20);
IB_SIZE(ib_event_sysex, 24);

IB_AT(ib_event_transport, head, 0);
IB_AT(ib_event_transport, transport, 16);
IB_SIZE(ib_event_transport, 144);

static_assert(sizeof(struct ib_header) == IB_HEADER_BYTES, "the header is IB_HEADER_BYTES long");
static_assert(sizeof(struct ib_slot) == IB_SLOT_BYTES, "a slot's head is IB_SLOT_BYTES long");
static_assert(IB_HEADER_BYTES % IB_CACHE_LINE == 0 && IB_SLOT_BYTES % IB_CACHE_LINE == 0, "whole cache lines");
/* clang-format on */

#undef IB_AT
#undef IB_SIZE

#endif
