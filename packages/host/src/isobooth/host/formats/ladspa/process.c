/* LADSPA on the audio thread. LADSPA knows no threads of its own: whatever is not run() may be called anywhere, as long as
 * nothing runs at the same time. So activate() and deactivate() are called here too, next to run() and with the same
 * floating-point mode. */
#include "process.h"

/* [audio-thread, or main-thread & !active] */
static void connect_port(void *plugin, uint32_t port, float *data)
{
    struct ib_ladspa *ladspa = plugin;
    ladspa->abi->connect_port(ladspa->handle, port, data);
}

/* [audio-thread & processing] */
static void run(void *plugin, uint32_t frames)
{
    struct ib_ladspa *ladspa = plugin;
    ladspa->abi->run(ladspa->handle, frames);
}

/* [audio-thread & !active] */
static int start(void *plugin)
{
    struct ib_ladspa *ladspa = plugin;
    ib_ports_ready(&ladspa->ports);
    if (ladspa->abi->activate != NULL)
        ladspa->abi->activate(ladspa->handle);
    return 1;
}

/* [audio-thread & active] */
static void stop(void *plugin)
{
    struct ib_ladspa *ladspa = plugin;
    if (ladspa->abi->deactivate != NULL)
        ladspa->abi->deactivate(ladspa->handle);
}

/* LADSPA has no reset; a plugin forgets its past when it is activated anew. Values of controls stay. [audio-thread & active] */
static void reset(void *plugin)
{
    stop(plugin);
    (void)start(plugin);
}

/* [audio-thread & processing] */
static uint32_t process(void *plugin, struct ib_block *block)
{
    return ib_ports_process(&((struct ib_ladspa *)plugin)->ports, block);
}

/* [audio-thread & active] */
static void flush(void *plugin, struct ib_block *block)
{
    ib_ports_flush(&((struct ib_ladspa *)plugin)->ports, block);
}

const struct ib_port_calls ib_ladspa_calls = {connect_port, run};
const struct ib_operations ib_ladspa_operations = {start, process, flush, reset, stop};
