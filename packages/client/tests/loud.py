"""A plugin that is heard (twice as loud) and does on demand what no real one does so reliably."""

LOUD = """
#include <ladspa.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *names[] = {"what", "in", "out"};
static const LADSPA_PortDescriptor ports[] = {
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO};
static const LADSPA_PortRangeHint hints[] = {
    {LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE | LADSPA_HINT_DEFAULT_0, 0, 100}, {0, 0, 0}, {0, 0, 0}};
struct loud { LADSPA_Data *port[3]; };

static LADSPA_Handle make(const LADSPA_Descriptor *d, unsigned long rate)
{
    (void)d; (void)rate;
    if (getenv("LOUD_FAILS") != NULL && access(getenv("LOUD_FAILS"), F_OK) == 0) abort();
    return calloc(1, sizeof(struct loud));
}
static void connect_port(LADSPA_Handle h, unsigned long port, LADSPA_Data *data)
{
    ((struct loud *)h)->port[port] = data;
}
static void *busy(void *unused) { (void)unused; for (;;) { } return NULL; }
static void *big;
__attribute__((noinline, visibility("default"))) void loud_falls(volatile int *where) { *where = 1; }
static void run(LADSPA_Handle h, unsigned long frames)
{
    struct loud *loud = h;
    pthread_t thread;
    for (unsigned long i = 0; i < frames; i++)
        loud->port[2][i] = 2 * loud->port[1][i];
    switch ((int)*loud->port[0]) {
    case 1: loud_falls((volatile int *)8); break;
    case 2: exit(0);
    case 3: for (;;) usleep(1000);
    case 4: if (big == NULL) { big = malloc(512u << 20); memset(big, 1, 512u << 20); } break;
    case 5: if (big == NULL) { big = loud; pthread_create(&thread, NULL, busy, NULL); } break;
    case 6: for (int i = 0; i < 500; i++) if (dup(0) < 0) abort(); break;
    default: break;
    }
}
static void clean(LADSPA_Handle h) { free(h); }
static const LADSPA_Descriptor descriptor = {
    4712, "loud", 0, "Loud", "", "", 3, ports, names, hints, NULL,
    make, connect_port, NULL, run, NULL, NULL, NULL, clean};
const LADSPA_Descriptor *ladspa_descriptor(unsigned long i) { return i == 0 ? &descriptor : NULL; }
"""
CRASHES, EXITS, HANGS, EATS, SPINS, OPENS = 1, 2, 3, 4, 5, 6
"""Values of ``what``."""
