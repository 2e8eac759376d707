"""A gain that dies after so many blocks of its life, whenever it is made anew, or of a sample above 10."""

MORTAL = """
#include <ladspa.h>
#include <stdlib.h>
#include <unistd.h>

static const char *names[] = {"gain", "life", "hangs", "in", "out"};
static const LADSPA_PortDescriptor ports[] = {
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO};
#define BOUNDED (LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE | LADSPA_HINT_DEFAULT_0)
static const LADSPA_PortRangeHint hints[] = {
    {BOUNDED, 0, 100}, {BOUNDED, 0, 1e6}, {BOUNDED, 0, 1}, {0, 0, 0}, {0, 0, 0}};
struct mortal { LADSPA_Data *port[5]; unsigned long blocks; };

static LADSPA_Handle make(const LADSPA_Descriptor *d, unsigned long rate)
{
    (void)d; (void)rate;
    return calloc(1, sizeof(struct mortal));
}
static void connect_port(LADSPA_Handle h, unsigned long port, LADSPA_Data *data)
{
    ((struct mortal *)h)->port[port] = data;
}
static void run(LADSPA_Handle h, unsigned long frames)
{
    struct mortal *me = h;
    int is_over = *me->port[1] != 0 && ++me->blocks > *me->port[1];
    for (unsigned long i = 0; i < frames; i++) {
        is_over |= me->port[3][i] > 10;
        me->port[4][i] = *me->port[0] * me->port[3][i];
    }
    while (is_over && *me->port[2] != 0)
        usleep(1000);
    if (is_over)
        abort();
}
static void clean(LADSPA_Handle h) { free(h); }
static const LADSPA_Descriptor descriptor = {
    4713, "mortal", 0, "Mortal", "", "", 5, ports, names, hints, NULL,
    make, connect_port, NULL, run, NULL, NULL, NULL, clean};
const LADSPA_Descriptor *ladspa_descriptor(unsigned long i) { return i == 0 ? &descriptor : NULL; }
"""
