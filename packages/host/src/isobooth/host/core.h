/* Everything that the compiled module isobooth.host._core declares. */
#ifndef ISOBOOTH_HOST_CORE_H
#define ISOBOOTH_HOST_CORE_H

#include "engine/contain.h"
#include "engine/engine.h"
#include "engine/log_ring.h"
#include "formats/clap/process.h"
#include "formats/ladspa/process.h"
#include "formats/ladspa0/process.h"
#include "formats/lv2/process.h"
#include "formats/null/process.h"
#include "formats/vst2/process.h"
#include "formats/vst3/objects.h"
#include "formats/vst3/process.h"
#include "formats/wclap/wclap.h"

#include <dlfcn.h>

#endif
