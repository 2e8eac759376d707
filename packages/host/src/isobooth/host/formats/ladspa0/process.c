/* The first proposal on the audio thread. It has neither activate() nor any way to make a plugin forget its past. */
#include "process.h"

/* [audio-thread, or main-thread & !active] */
static void connect_port(void *plugin, uint32_t port, float *data)
{
    struct ib_ladspa0 *unit = plugin;
    unit->abi->connect_port(unit->handle, (int)port, data);
}

/* [audio-thread & processing] */
static void run(void *plugin, uint32_t frames)
{
    struct ib_ladspa0 *unit = plugin;
    unit->abi->run(unit->handle, (int)frames);
}

/* [audio-thread & !active] */
static int start(void *plugin)
{
    ib_ports_ready(&((struct ib_ladspa0 *)plugin)->ports);
    return 1;
}

/* [audio-thread & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    return ib_ports_process(&((struct ib_ladspa0 *)plugin)->ports, block);
}

/* [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    ib_ports_flush(&((struct ib_ladspa0 *)plugin)->ports, block);
}

/* Stopping and resetting: nothing that the plugin could be told. [audio-thread & active] */
static void nothing(void *plugin)
{
    (void)plugin;
}

const struct ib_port_calls ib_ladspa0_calls = {connect_port, run};
const struct ib_operations ib_ladspa0_operations = {start, process, flush, nothing, nothing};
