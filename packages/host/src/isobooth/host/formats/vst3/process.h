/* What core.h includes of VST3's audio half. */
#ifndef ISOBOOTH_VST3_PROCESS_H
#define ISOBOOTH_VST3_PROCESS_H

#include "engine/operations.h"

#include "formats/vst3/abi.h"

#include "formats/vst3/process.cdef.h"

#endif
