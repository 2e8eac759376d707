/* abi.cdef.h for C. A plugin written against it needs nothing else. */
#ifndef ISOBOOTH_CLAP_ABI_H
#define ISOBOOTH_CLAP_ABI_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.cdef.h"
#include "abi_runtime.cdef.h"

#endif
