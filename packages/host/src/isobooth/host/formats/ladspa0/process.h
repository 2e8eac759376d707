#ifndef ISOBOOTH_LADSPA0_PROCESS_H
#define ISOBOOTH_LADSPA0_PROCESS_H

#include "formats/ladspa/ports.h"

#include "formats/ladspa0/abi.cdef.h"
#include "formats/ladspa0/process.cdef.h"

#endif
