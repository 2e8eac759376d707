/* abi.cdef.h and abi_atom.cdef.h for C. */
#ifndef ISOBOOTH_LV2_ABI_H
#define ISOBOOTH_LV2_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "formats/lv2/abi.cdef.h"
#include "formats/lv2/abi_atom.cdef.h"

#endif
