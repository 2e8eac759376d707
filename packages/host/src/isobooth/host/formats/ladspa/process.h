#ifndef ISOBOOTH_LADSPA_PROCESS_H
#define ISOBOOTH_LADSPA_PROCESS_H

#include "formats/ladspa/abi.cdef.h"
#include "formats/ladspa/ports.h"

#endif
