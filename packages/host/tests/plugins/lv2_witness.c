/* An LV2 plugin that watches its host: it counts calls, notes breaches of LV2's rules, keeps what events it gets, and misbehaves
 * on request. Its port MODE says what to do in the next run. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lv2_witness.h"

struct note witness_notes[4096];
uint32_t witness_noted, witness_activations, witness_works, witness_same_thread, witness_faults;

static void *feature(const struct ib_lv2_feature *const *features, const char *uri)
{
    for (; *features != NULL; features++)
        if (strcmp((*features)->uri, uri) == 0)
            return (*features)->data;
    return NULL;
}

static uint32_t id(struct witness *w, const char *uri)
{
    return w->map->map(w->map->handle, uri);
}

static void *instantiate(const struct ib_lv2_descriptor *descriptor, double rate, const char *bundle,
                         const struct ib_lv2_feature *const *features)
{
    struct witness *w = calloc(1, sizeof *w);
    (void)descriptor, (void)rate, (void)bundle;
    w->map = feature(features, "http://lv2plug.in/ns/ext/urid#map");
    w->schedule = feature(features, "http://lv2plug.in/ns/ext/worker#schedule");
    w->log = feature(features, "http://lv2plug.in/ns/ext/log#log");
    w->resize = feature(features, "http://lv2plug.in/ns/ext/resize-port#resize");
    w->sequence = id(w, "http://lv2plug.in/ns/ext/atom#Sequence");
    w->chunk = id(w, "http://lv2plug.in/ns/ext/atom#Chunk");
    w->object = id(w, "http://lv2plug.in/ns/ext/atom#Object");
    w->floating = id(w, "http://lv2plug.in/ns/ext/atom#Float");
    w->urid = id(w, "http://lv2plug.in/ns/ext/atom#URID");
    w->path = id(w, "http://lv2plug.in/ns/ext/atom#Path");
    w->midi = id(w, "http://lv2plug.in/ns/ext/midi#MidiEvent");
    w->error = id(w, "http://lv2plug.in/ns/ext/log#Error");
    w->set = id(w, "http://lv2plug.in/ns/ext/patch#Set");
    w->put = id(w, "http://lv2plug.in/ns/ext/patch#Put");
    w->property = id(w, "http://lv2plug.in/ns/ext/patch#property");
    w->value = id(w, "http://lv2plug.in/ns/ext/patch#value");
    w->body = id(w, "http://lv2plug.in/ns/ext/patch#body");
    w->changed = id(w, "http://lv2plug.in/ns/ext/state#StateChanged");
    w->a = id(w, "urn:witness:a");
    w->b = id(w, "urn:witness:b");
    witness_noted = witness_activations = witness_works = witness_same_thread = witness_faults = 0;
    return w;
}

static void connect_port(void *handle, uint32_t port, void *data)
{
    struct witness *w = handle;
    if (port >= GAIN && port <= TRIGGERED && w->port[port] != NULL && w->port[port] != data)
        w->faults |= CONTROL_MOVED;
    w->faults |= port >= ATOMS_IN && (uintptr_t)data % 8 != 0 ? UNALIGNED : 0;
    w->port[port] = data;
}

static void enter_instantiation(struct witness *w)
{
    __atomic_store_n(&w->instantiating, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&w->running, __ATOMIC_SEQ_CST) || __atomic_load_n(&w->working, __ATOMIC_SEQ_CST))
        w->faults |= CONCURRENT;
}

static void activate(void *handle)
{
    struct witness *w = handle;
    enter_instantiation(w);
    w->faults |= w->active ? ACTIVATED_TWICE : 0;
    w->active = 1;
    w->memory = 0.0f;
    witness_activations++;
    usleep(1000);
    __atomic_store_n(&w->instantiating, 0, __ATOMIC_SEQ_CST);
}

static void deactivate(void *handle)
{
    struct witness *w = handle;
    enter_instantiation(w);
    w->faults |= w->active ? 0 : DEACTIVATED_WHILE_OFF;
    w->active = 0;
    __atomic_store_n(&w->instantiating, 0, __ATOMIC_SEQ_CST);
}

static void note(struct witness *w, int64_t frames, uint32_t type, uint32_t size, const void *body, uint32_t old)
{
    struct note *n = &witness_notes[witness_noted % 4096];
    n->run = w->runs;
    n->frames = frames;
    n->type = type;
    n->size = size;
    n->old = old;
    memcpy(n->body, body, size < sizeof n->body ? size : sizeof n->body);
    witness_noted++;
}

static void read_atoms(struct witness *w, uint32_t frames)
{
    const struct ib_lv2_sequence *in = w->port[ATOMS_IN];
    const uint8_t *events = (const uint8_t *)(in + 1);
    int64_t last = 0;
    if (in->atom.type != w->sequence || in->unit != 0 || in->atom.size < 8) {
        w->faults |= BAD_SEQUENCE;
        return;
    }
    for (uint32_t at = 0; at < in->atom.size - 8;) {
        const struct ib_lv2_atom_event *event = (const void *)(events + at);
        if (event->frames < last || event->frames >= frames)
            w->faults |= BAD_SEQUENCE;
        last = event->frames;
        note(w, event->frames, event->body.type, event->body.size, event + 1, 0);
        at += 16 + ((event->body.size + 7) & ~7u);
    }
}

static void read_old(struct witness *w, uint32_t frames)
{
    const struct ib_lv2_old_buffer *in = w->port[OLD_IN];
    uint32_t at = 0, count = 0;
    if (in->header_size != sizeof *in || in->stamp_type != 0 || in->size > in->capacity)
        w->faults |= BAD_OLD_BUFFER;
    for (; at < in->size; count++) {
        const struct ib_lv2_old_event *event = (const void *)(in->data + at);
        w->faults |= event->frames >= frames ? BAD_OLD_BUFFER : 0;
        note(w, event->frames, event->type, event->size, event + 1, 1);
        at += (sizeof *event + event->size + 7) & ~7u;
    }
    w->faults |= count != in->event_count ? BAD_OLD_BUFFER : 0;
}

static void echo(struct witness *w)
{
    const struct ib_lv2_sequence *in = w->port[ATOMS_IN];
    struct ib_lv2_sequence *out = w->port[ATOMS_OUT];
    const struct ib_lv2_old_buffer *old_in = w->port[OLD_IN];
    struct ib_lv2_old_buffer *old_out = w->port[OLD_OUT];
    if (out->atom.type != w->chunk || out->atom.size < 8)
        w->faults |= BAD_CHUNK;
    if (out->atom.size >= in->atom.size)
        memcpy(out, in, sizeof in->atom + in->atom.size);
    if (old_out->capacity >= old_in->size) {
        memcpy(old_out->data, old_in->data, old_in->size);
        old_out->size = old_in->size;
        old_out->event_count = old_in->event_count;
    }
}

static void ask_for_work(struct witness *w)
{
    static const uint8_t much[70000];
    const uint32_t word[] = {w->mode, w->runs};
    int status = 0;
    if (w->mode == WORK || w->mode == SLOW_WORK || w->mode == WORK_IN_WORK)
        status = w->schedule->schedule_work(w->schedule->handle, sizeof word, word);
    else if (w->mode == LONG_WORK)
        status = w->schedule->schedule_work(w->schedule->handle, sizeof much, much);
    else
        for (int i = 0; i < 100 && status == 0; i++)
            status = w->schedule->schedule_work(w->schedule->handle, 65000, much);
    if (status != 0)
        w->answer = -(float)status;
}

static void obey(struct witness *w)
{
    switch (w->mode) {
    case ECHO:
        echo(w);
        break;
    case WORK:
    case SLOW_WORK:
    case WORK_IN_WORK:
    case MUCH_WORK:
    case LONG_WORK:
        ask_for_work(w);
        break;
    case RESIZE:
        w->answer = (float)w->resize->resize(w->resize->data, ATOMS_OUT, 100000);
        break;
    case LOG:
        w->answer = (float)w->log->printf(w->log->handle, w->error, "one %d\ntwo %s\n", 1, "words");
        break;
    default:
        write_hostile(w);
        write_objects(w);
    }
}

static void run(void *handle, uint32_t frames)
{
    struct witness *w = handle;
    if (__atomic_exchange_n(&w->running, 1, __ATOMIC_SEQ_CST) || __atomic_load_n(&w->instantiating, __ATOMIC_SEQ_CST))
        w->faults |= CONCURRENT;
    for (int i = 0; i < PORTS; i++)
        w->faults |= w->port[i] == NULL ? UNCONNECTED : 0;
    const float *in = w->port[IN], *cv = w->port[CV_IN];
    float *out = w->port[OUT], *cv_out = w->port[CV_OUT];
    w->faults |= (w->active ? 0 : RUN_WHILE_OFF) | (frames == 0 ? NO_FRAMES : 0) | (in == out ? IN_PLACE : 0);
    w->runs++;
    w->run_thread = pthread_self();
    w->mode = (uint32_t)*(float *)w->port[MODE];
    for (uint32_t i = 0; i < frames; i++) {
        out[i] = w->memory + in[i] * *(float *)w->port[GAIN];
        cv_out[i] = cv[i] + 1.0f;
    }
    w->memory = *(float *)w->port[GAIN] == 4.0f ? 0.5f : w->memory;
    w->triggered += *(float *)w->port[TRIGGER];
    read_atoms(w, frames);
    read_old(w, frames);
    obey(w);
    *(float *)w->port[RUNS] = (float)w->runs;
    *(float *)w->port[FRAMES] = (float)frames;
    *(float *)w->port[FAULTS] = (float)w->faults;
    *(float *)w->port[LATENCY] = *(float *)w->port[GAIN] == 3.0f ? 40.0f : 0.0f;
    *(float *)w->port[ANSWER] = w->answer;
    *(float *)w->port[ENDS] = (float)w->ends;
    *(float *)w->port[TRIGGERED] = w->triggered;
    witness_faults = w->faults;
    __atomic_store_n(&w->running, 0, __ATOMIC_SEQ_CST);
}

static int work(void *handle, int (*respond)(void *, uint32_t, const void *), void *respond_handle, uint32_t size,
                const void *data)
{
    struct witness *w = handle;
    uint32_t word[2] = {0, 0};
    if (__atomic_exchange_n(&w->working, 1, __ATOMIC_SEQ_CST))
        w->faults |= TWO_WORKS;
    if (__atomic_load_n(&w->instantiating, __ATOMIC_SEQ_CST))
        w->faults |= CONCURRENT;
    memcpy(word, data, size < sizeof word ? size : sizeof word);
    if (word[0] == SLOW_WORK)
        usleep(100000);
    if (word[0] == WORK_IN_WORK)
        word[1] = 1000u + (uint32_t)w->schedule->schedule_work(w->schedule->handle, sizeof word, word);
    witness_same_thread = pthread_equal(w->run_thread, pthread_self()) != 0;
    int status = respond(respond_handle, sizeof word[1], &word[1]);
    __atomic_store_n(&w->working, 0, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&witness_works, 1, __ATOMIC_SEQ_CST);
    return status;
}

static int work_response(void *handle, uint32_t size, const void *body)
{
    struct witness *w = handle;
    uint32_t number = 0;
    memcpy(&number, body, size < sizeof number ? size : sizeof number);
    w->answer = (float)number;
    *(float *)w->port[ANSWER] = w->answer;
    return 0;
}

static int end_run(void *handle)
{
    struct witness *w = handle;
    w->ends++;
    *(float *)w->port[ENDS] = (float)w->ends;
    return 0;
}

static void cleanup(void *handle)
{
    struct witness *w = handle;
    witness_faults = w->faults | (w->active ? CLEANED_UP_WHILE_ON : 0);
    free(w);
}

static const void *extension_data(const char *uri)
{
    static const struct ib_lv2_worker_interface worker = {work, work_response, end_run};
    return strcmp(uri, "http://lv2plug.in/ns/ext/worker#interface") == 0 ? &worker : NULL;
}

/* What a plugin does in restore(). */
int witness_restore(void *handle)
{
    struct witness *w = handle;
    const uint32_t word[] = {WORK, 77};
    return w->schedule->schedule_work(w->schedule->handle, sizeof word, word);
}

static const struct ib_lv2_descriptor witness = {"urn:witness", instantiate, connect_port, activate,
                                                 run,           deactivate,  cleanup,      extension_data};

const struct ib_lv2_descriptor *lv2_descriptor(uint32_t index)
{
    return index == 0 ? &witness : NULL;
}
