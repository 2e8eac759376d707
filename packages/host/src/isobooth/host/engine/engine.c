/* The engine from the main thread's side: make, attach, run, park, free. */
#include "engine.h"

#include "contain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Hand a command to the audio thread and wait until it is done. [main-thread] */
static void command(struct ib_engine *engine, enum ib_command what)
{
    __atomic_store_n(&engine->command, (uint32_t)what, __ATOMIC_RELEASE);
    ib_bell_ring(__atomic_load_n(&engine->mailbox.bell, __ATOMIC_ACQUIRE));
    while (sem_wait(&engine->answered) != 0) {
        /* EINTR: a signal of the main thread; the answer is still to come */
    }
}

struct ib_engine *ib_engine_new(void *base, uint64_t bytes, const char **wrong)
{
    struct ib_engine *engine = calloc(1, sizeof *engine);
    *wrong = "there is no memory for the engine";
    if (engine == NULL)
        return NULL;
    *wrong = ib_booth_open(&engine->booth, base, bytes);
    if (*wrong == NULL && ib_engine_prepare(engine, &engine->booth.geometry) != 0)
        *wrong = "there is no memory for sorting events";
    engine->mailbox.wake_fd = ib_descriptor_raise(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (*wrong == NULL && (engine->mailbox.wake_fd < 0 || sem_init(&engine->answered, 0, 0) != 0))
        *wrong = "there is no eventfd or semaphore to be had";
    if (*wrong != NULL) {
        ib_engine_free(engine);
        return NULL;
    }
    engine->mailbox.bell = &ib_booth_header(&engine->booth)->host_bell;
    ib_crash_header_set(ib_booth_header(&engine->booth));
    return engine;
}

struct ib_mailbox *ib_engine_mailbox(struct ib_engine *engine)
{
    return &engine->mailbox;
}

int ib_engine_prepare(struct ib_engine *engine, const struct ib_geometry *geometry)
{
    /* An area of n bytes holds at most n / 16 events: 16 is the size of the smallest head. */
    uint32_t bytes = geometry->out_event_bytes > IB_IDLE_EVENT_BYTES ? geometry->out_event_bytes : IB_IDLE_EVENT_BYTES;
    uint32_t capacity = bytes / (uint32_t)sizeof(struct ib_event);
    if (capacity <= engine->sort_capacity)
        return 0;
    uint32_t *offsets = malloc(capacity * sizeof *offsets);
    uint32_t *scratch = malloc(capacity * sizeof *scratch);
    uint8_t *area = malloc(bytes);
    if (offsets == NULL || scratch == NULL || area == NULL) {
        free(offsets);
        free(scratch);
        free(area);
        return -1;
    }
    free(engine->sort_offsets);
    free(engine->sort_scratch);
    free(engine->sort_area);
    engine->sort_offsets = offsets;
    engine->sort_scratch = scratch;
    engine->sort_area = area;
    engine->sort_capacity = capacity;
    return 0;
}

const char *ib_engine_attach(struct ib_engine *engine, void *base, uint64_t bytes)
{
    const char *wrong = ib_booth_open(&engine->next_booth, base, bytes);
    if (wrong != NULL)
        return wrong;
    if (engine->has_thread) {
        command(engine, IB_COMMAND_ATTACH);
        return engine->booth.base == base ? NULL : "there is no memory for the events of a block";
    }
    if (ib_engine_prepare(engine, &engine->next_booth.geometry) != 0)
        return "there is no memory for the events of a block";
    engine->booth = engine->next_booth;
    engine->mailbox.bell = &ib_booth_header(&engine->booth)->host_bell;
    ib_crash_header_set(ib_booth_header(&engine->booth));
    return NULL;
}

const struct ib_geometry *ib_engine_geometry(const struct ib_engine *engine)
{
    return &engine->booth.geometry;
}

/* Start the audio thread, parked. 0, or an errno. [main-thread] */
static int start_thread(struct ib_engine *engine)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    /* As large as a main thread's: plugins use large arrays on the stack. */
    error = pthread_attr_setstacksize(&attributes, (size_t)8 << 20);
    if (error == 0)
        error = pthread_create(&engine->thread, &attributes, ib_engine_thread, engine);
    pthread_attr_destroy(&attributes);
    engine->has_thread = error == 0;
    return error;
}

const char *ib_engine_run(struct ib_engine *engine, const struct ib_activation *activation)
{
    if (!engine->has_thread && start_thread(engine) != 0)
        return "the audio thread could not be started (too many threads, or no memory)";
    engine->next = *activation;
    command(engine, IB_COMMAND_RUN);
    return NULL;
}

int ib_engine_refused(const struct ib_engine *engine)
{
    return engine->refused;
}

void ib_engine_park(struct ib_engine *engine)
{
    if (engine->has_thread)
        command(engine, IB_COMMAND_PARK);
}

void ib_engine_release(struct ib_engine *engine)
{
    __atomic_store_n(&engine->mailbox.restart, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&engine->holding, 0, __ATOMIC_RELEASE);
    ib_bell_ring(__atomic_load_n(&engine->mailbox.bell, __ATOMIC_ACQUIRE));
}

const char *ib_engine_realtime(const struct ib_engine *engine)
{
    return engine->realtime;
}

uint32_t ib_engine_idle_events(struct ib_engine *engine, uint8_t *area, uint32_t capacity)
{
    uint32_t read = engine->idle_read;
    uint32_t written = __atomic_load_n(&engine->idle_written, __ATOMIC_ACQUIRE);
    uint32_t copied = 0;
    while (read != written) {
        uint32_t size;
        uint32_t at = read % IB_IDLE_EVENT_BYTES; /* a multiple of 8: the size never straddles the end */
        memcpy(&size, engine->idle_area + at, sizeof size);
        if (size > capacity - copied)
            break;
        for (uint32_t i = 0; i < size; i += 8)
            memcpy(area + copied + i, engine->idle_area + (read + i) % IB_IDLE_EVENT_BYTES, 8);
        copied += size;
        read += size;
    }
    __atomic_store_n(&engine->idle_read, read, __ATOMIC_RELEASE);
    return copied;
}

void ib_engine_free(struct ib_engine *engine)
{
    if (engine->has_thread) {
        command(engine, IB_COMMAND_EXIT);
        pthread_join(engine->thread, NULL);
        sem_destroy(&engine->answered);
    }
    ib_crash_header_forget(ib_booth_header(&engine->booth));
    if (engine->mailbox.wake_fd >= 0)
        close(engine->mailbox.wake_fd);
    free(engine->sort_offsets);
    free(engine->sort_scratch);
    free(engine->sort_area);
    free(engine);
}
