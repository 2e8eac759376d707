/* Everything that the compiled module isobooth.client._core declares. */
#ifndef ISOBOOTH_CLIENT_CORE_H
#define ISOBOOTH_CLIENT_CORE_H

#include "stream.h"

#endif
