/* operations.cdef.h for C. */
#ifndef ISOBOOTH_OPERATIONS_H
#define ISOBOOTH_OPERATIONS_H

#include <isobooth/booth.h>

#include "operations.cdef.h"

#endif
