/* Unit generators of the first LADSPA proposal, declared here anew from its text, so that an error in the host's own
 * declaration shows: a gain, and a splitter with two audio outputs and a control output. One accessor is broken. */
#include <stdlib.h>

struct unit_descriptor {
    int m_iProperties;
    const char *m_pcUnitGeneratorName;
    int m_iPortCount;
    int *m_piPortDescriptors;
    const char *(*m_pfGetPortName)(const int iPort);
    void *(*m_pfInstantiate)(const float fSampleRate);
    void (*m_pfConnectPort)(void *psInstance, const int iPort, float *pfDataLocation);
    void (*m_pfRun)(void *psInstance, const int iFrameSize);
    void (*m_pfCleanup)(void *psInstance);
    char m_acReserved[1000];
};

enum { PROPERTY_REALTIME = 1 };
enum { AUDIO_OUTPUT = 0, AUDIO_INPUT = 1, CONTROL_OUTPUT = 2, CONTROL_INPUT = 3 };
enum { MOST_PORTS = 5 };

struct unit {
    float *port[MOST_PORTS];
    float peak; /* since it was made */
    float rate;
};

static void *make(const float rate)
{
    struct unit *unit = calloc(1, sizeof *unit);
    if (unit != NULL)
        unit->rate = rate;
    return unit;
}

static void connect(void *handle, const int port, float *data)
{
    ((struct unit *)handle)->port[port] = data;
}

/* The same memory for every name, as the text allows. */
static const char *name_of(const char *text)
{
    static char shared[32];
    int i = 0;
    for (; text[i] != 0 && i < 31; i++)
        shared[i] = text[i];
    shared[i] = 0;
    return shared;
}

static const char *gain_name(const int port)
{
    static const char *const names[] = {"input", "output", "gain"};
    return name_of(names[port]);
}

static void gain_run(void *handle, const int frames)
{
    struct unit *unit = handle;
    for (int i = 0; i < frames; i++)
        unit->port[1][i] = unit->port[0][i] * *unit->port[2];
}

static const char *split_name(const int port)
{
    static const char *const names[] = {"balance", "input", "left", "right", "peak"};
    return name_of(names[port]);
}

static void split_run(void *handle, const int frames)
{
    struct unit *unit = handle;
    for (int i = 0; i < frames; i++) {
        float in = unit->port[1][i];
        float size = in < 0.0f ? -in : in;
        unit->port[2][i] = in * (1.0f - *unit->port[0]);
        unit->port[3][i] = in * *unit->port[0];
        if (size > unit->peak)
            unit->peak = size;
    }
    *unit->port[4] = unit->peak;
}

/* A host has to hand over zeros. 1 if it did. */
static int is_zero(const struct unit_descriptor *descriptor)
{
    for (int i = 0; i < 1000; i++)
        if (descriptor->m_acReserved[i] != 0)
            return 0;
    return 1;
}

void UG_Isobooth_Gain_1(struct unit_descriptor *descriptor)
{
    static int ports[] = {AUDIO_INPUT, AUDIO_OUTPUT, CONTROL_INPUT};
    descriptor->m_iProperties = 0;
    descriptor->m_pcUnitGeneratorName = is_zero(descriptor) ? "Gain" : "Gain (the reserved area is not zero)";
    descriptor->m_iPortCount = 3;
    descriptor->m_piPortDescriptors = ports;
    descriptor->m_pfGetPortName = gain_name;
    descriptor->m_pfInstantiate = make;
    descriptor->m_pfConnectPort = connect;
    descriptor->m_pfRun = gain_run;
    descriptor->m_pfCleanup = free;
}

void UG_Isobooth_Splitter_2(struct unit_descriptor *descriptor)
{
    static int ports[] = {CONTROL_INPUT, AUDIO_INPUT, AUDIO_OUTPUT, AUDIO_OUTPUT, CONTROL_OUTPUT};
    UG_Isobooth_Gain_1(descriptor);
    descriptor->m_iProperties = PROPERTY_REALTIME;
    descriptor->m_pcUnitGeneratorName = "Two-Way Splitter";
    descriptor->m_iPortCount = 5;
    descriptor->m_piPortDescriptors = ports;
    descriptor->m_pfGetPortName = split_name;
    descriptor->m_pfRun = split_run;
}

#ifdef BROKEN
void UG_Isobooth_Broken_3(struct unit_descriptor *descriptor)
{
    UG_Isobooth_Gain_1(descriptor);
    descriptor->m_pfRun = NULL;
}

void UG_Isobooth_Negative_4(struct unit_descriptor *descriptor)
{
    UG_Isobooth_Gain_1(descriptor);
    descriptor->m_iPortCount = -1;
}
#endif
