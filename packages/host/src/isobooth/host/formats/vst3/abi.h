/* abi*.cdef.h for C. A plugin written against it needs nothing else. */
#ifndef ISOBOOTH_VST3_ABI_H
#define ISOBOOTH_VST3_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.cdef.h"
#include "abi_audio.cdef.h"
#include "abi_controller.cdef.h"
#include "abi_host.cdef.h"
#include "abi_notes.cdef.h"

/* The sizes and places that plugins were compiled with, the same on x86-64 and AArch64. */
_Static_assert(sizeof(struct vst3_PFactoryInfo) == 452, "VST 3.8");
_Static_assert(sizeof(struct vst3_PClassInfo) == 116, "VST 3.8");
_Static_assert(sizeof(struct vst3_PClassInfo2) == 440, "VST 3.8");
_Static_assert(sizeof(struct vst3_PClassInfoW) == 696, "VST 3.8");
_Static_assert(sizeof(struct vst3_BusInfo) == 276, "VST 3.8");
_Static_assert(sizeof(struct vst3_RoutingInfo) == 12, "VST 3.8");
_Static_assert(sizeof(struct vst3_ParameterInfo) == 792, "VST 3.8");
_Static_assert(sizeof(struct vst3_ProcessContext) == 112, "VST 3.8");
_Static_assert(sizeof(struct vst3_Event) == 48, "VST 3.8");
_Static_assert(sizeof(struct vst3_ProcessSetup) == 24, "VST 3.8");
_Static_assert(sizeof(struct vst3_AudioBusBuffers) == 24, "VST 3.8");
_Static_assert(sizeof(struct vst3_ProcessData) == 80, "VST 3.8");
_Static_assert(sizeof(struct vst3_NoteExpressionTypeInfo) == 816, "VST 3.8");
_Static_assert(sizeof(struct vst3_NoteExpressionValueDescription) == 32, "VST 3.8");
_Static_assert(sizeof(struct vst3_KeyswitchInfo) == 536, "VST 3.8");
_Static_assert(sizeof(struct vst3_PhysicalUIMap) == 8, "VST 3.8");
_Static_assert(sizeof(struct vst3_PhysicalUIMapList) == 16, "VST 3.8");
_Static_assert(sizeof(struct vst3_UnitInfo) == 268, "VST 3.8");
_Static_assert(sizeof(struct vst3_ProgramListInfo) == 264, "VST 3.8");
_Static_assert(sizeof(struct vst3_IContextMenuItem) == 264, "VST 3.8");
_Static_assert(sizeof(struct vst3_DataExchangeBlock) == 16, "VST 3.8");
_Static_assert(sizeof(struct vst3_TransportPosition) == 16, "VST 3.8");
_Static_assert(sizeof(struct vst3_RepresentationInfo) == 256, "VST 3.8");
_Static_assert(sizeof(struct vst3_Midi1ControllerParamIDAssignment) == 12, "VST 3.8");
_Static_assert(sizeof(struct vst3_Midi2ControllerParamIDAssignment) == 12, "VST 3.8");
_Static_assert(sizeof(struct vst3_LegacyMIDICCOutEvent) == 4, "VST 3.8");
_Static_assert(offsetof(struct vst3_Event, u) == 24, "VST 3.8");
_Static_assert(offsetof(struct vst3_ProcessContext, frameRate) == 96, "VST 3.8");
_Static_assert(offsetof(struct vst3_ProcessContext, tempo) == 72, "VST 3.8");
_Static_assert(offsetof(struct vst3_ParameterInfo, defaultNormalizedValue) == 776, "VST 3.8");
_Static_assert(offsetof(struct vst3_ParameterInfo, flags) == 788, "VST 3.8");
_Static_assert(offsetof(struct vst3_AudioBusBuffers, u) == 16, "VST 3.8");
_Static_assert(offsetof(struct vst3_ProcessData, inputs) == 24, "VST 3.8");
_Static_assert(offsetof(struct vst3_ProcessData, processContext) == 72, "VST 3.8");
_Static_assert(offsetof(struct vst3_ProcessSetup, sampleRate) == 16, "VST 3.8");
_Static_assert(offsetof(struct vst3_TransportPosition, u) == 8, "VST 3.8");
_Static_assert(offsetof(struct vst3_NoteExpressionTypeInfo, valueDesc) == 776, "VST 3.8");

#endif
