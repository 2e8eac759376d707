/* See contain.cdef.h. */
#ifndef ISOBOOTH_CONTAIN_H
#define ISOBOOTH_CONTAIN_H

#include <stdint.h>

#include "contain.cdef.h"

#endif
