/* The abi*.cdef.h files for C. A plugin written against it needs nothing else. */
#ifndef ISOBOOTH_CLAP_ABI_H
#define ISOBOOTH_CLAP_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.cdef.h"
#include "abi_display.cdef.h"
#include "abi_drafts.cdef.h"
#include "abi_layouts.cdef.h"
#include "abi_licensing.cdef.h"
#include "abi_presets.cdef.h"
#include "abi_runtime.cdef.h"

#endif
