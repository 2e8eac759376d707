#ifndef ISOBOOTH_NULL_PROCESS_H
#define ISOBOOTH_NULL_PROCESS_H

#include "engine/operations.h"

#include "formats/null/process.cdef.h"

#endif
