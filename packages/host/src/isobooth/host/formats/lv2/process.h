#ifndef ISOBOOTH_LV2_PROCESS_H
#define ISOBOOTH_LV2_PROCESS_H

#include "formats/ladspa/process.h"

#include "formats/lv2/abi.h"

#include "formats/lv2/process.cdef.h"

#endif
