/* What library.cdef.h declares to Python is the system's own. */
#ifndef ISOBOOTH_LIBRARY_H
#define ISOBOOTH_LIBRARY_H

#include <dlfcn.h>

#endif
