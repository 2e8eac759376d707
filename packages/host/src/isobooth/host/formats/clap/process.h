/* What core.h includes of CLAP. */
#ifndef ISOBOOTH_CLAP_PROCESS_H
#define ISOBOOTH_CLAP_PROCESS_H

#include "engine/operations.h"

#include "formats/clap/abi.h"

#include "formats/clap/extras.cdef.h"
#include "formats/clap/licensing.cdef.h"
#include "formats/clap/life.cdef.h"
#include "formats/clap/process.cdef.h"

#endif
