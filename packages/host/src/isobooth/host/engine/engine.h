/* The engine: one audio thread that takes blocks from the segment and runs a format's operations on them.
 * It knows no format. */
#ifndef ISOBOOTH_ENGINE_H
#define ISOBOOTH_ENGINE_H

#include "mailbox.h"

#include "engine.cdef.h"

#include <pthread.h>
#include <semaphore.h>

#define IB_IDLE_EVENT_BYTES 65536 /* a power of two */

enum ib_command { IB_COMMAND_NONE, IB_COMMAND_RUN, IB_COMMAND_PARK, IB_COMMAND_ATTACH, IB_COMMAND_EXIT };

/* Leaving the client's processor: see ib_aside_try. */
struct ib_aside {
    uint32_t tried; /* the wait that follows shows whether it was of use */
    uint32_t hold;  /* wakes on the client's processor before the next try */
    uint32_t next;  /* hold after the next try in vain */
};

/* Everything that the audio thread touches. What is not marked otherwise is its own while it runs. */
struct ib_engine {
    struct ib_booth booth;
    struct ib_aside aside;
    const struct ib_operations *table; /* NULL while parked */
    void *plugin;
    uint32_t latency;
    uint32_t tail;
    uint32_t most_frames; /* of a block */
    double sample_rate;
    uint32_t floating_point; /* control word for the plugin's calls */
    int refused;             /* the plugin would not start */
    int guard;               /* look at every output sample */
    int continues;           /* the last block belongs to a piece that goes on */
    uint32_t holding;        /* no block is taken until the main thread has dealt with a restart (atomic) */
    struct ib_block block;
    struct ib_event_writer writer;
    struct ib_transport transport; /* of a block that is not the first of its slot */
    void *inputs[IB_MAX_CHANNELS];
    void *outputs[IB_MAX_CHANNELS];
    uint32_t *sort_offsets; /* room to sort the output events of one block */
    uint32_t *sort_scratch;
    uint8_t *sort_area;
    uint32_t sort_capacity; /* events */

    uint8_t idle_area[IB_IDLE_EVENT_BYTES]; /* ring of output events of idle flushes: audio writes, main reads */
    uint32_t idle_written;                  /* bytes ever written (atomic) */
    uint32_t idle_read;                     /* bytes ever read (atomic) */
    uint8_t idle_scratch[IB_IDLE_EVENT_BYTES];

    uint32_t command;           /* enum ib_command: main writes, audio takes (atomic) */
    sem_t answered;             /* audio posts when the command is done */
    struct ib_booth next_booth; /* of ATTACH */
    struct ib_activation next;  /* of RUN */

    struct ib_mailbox mailbox; /* any thread (atomic) */
    int has_thread;            /* main thread's */
    pthread_t thread;          /* main thread's */
    char realtime[256];        /* written before the first RUN is answered */
};

/* Memory for sorting and the like, taken before the audio thread needs it. 0, or -1 without memory. [main-thread] */
int ib_engine_prepare(struct ib_engine *engine, const struct ib_geometry *geometry);

/* Body of the audio thread of the engine `argument`. [audio-thread] */
void *ib_engine_thread(void *argument);

/* Answer the block in `slot`, which is due. [audio-thread] */
void ib_engine_block(struct ib_engine *engine, struct ib_slot *slot);

/* Flush parameters without a block, keeping what the plugin says for the main thread. [audio-thread & active] */
void ib_engine_idle_flush(struct ib_engine *engine);

/* Ask for SCHED_FIFO and locked memory for the calling thread, or give the priority back if not `wanted`; what could not be
 * had, as text. [audio-thread] */
void ib_realtime_ask(int wanted, char *text, size_t size);

/* The first part of it alone: SCHED_FIFO for the calling thread, or ordinary priority. 0, or an errno. [any-thread] */
int ib_realtime_priority(int wanted);

/* The floating-point control word for plugins: round to nearest, all exceptions masked, denormals flushed or kept.
 * [any-thread] */
uint32_t ib_floating_point_word(int flush_denormals);
/* Put it in force in the calling thread if it is not. 1 if it was not. [any-thread] */
int ib_floating_point_set(uint32_t word);
/* The one that is in force in the calling thread. [any-thread] */
uint32_t ib_floating_point_now(void);

/* The calling thread was woken on the client's processor: leave it, unless that was in vain of late. 1 if it has been
 * left; 0 if not, also where there is no other processor that the thread may use. [audio-thread] */
int ib_aside_try(struct ib_aside *aside);
/* How the wait after it ended: in a spin, which is what it is for, or in a sleep again. [audio-thread] */
void ib_aside_learn(struct ib_aside *aside, int slept);

/* Samples above this are no sound: 40 dB over full scale. */
#define IB_GUARD_LEVEL 100.0

/* Take away (make 0) every sample of a plane that is NaN, infinite or above IB_GUARD_LEVEL. How many. [audio-thread] */
uint32_t ib_guard_plane(void *plane, uint32_t sample_bytes, uint32_t frames);

/* Sort a filled area by time, keeping the order of equals, and hold every time below `frames`. [audio-thread] */
void ib_sort_events(struct ib_engine *engine, struct ib_event_writer *writer, uint32_t frames);

/* The segment whose crash record the signal handler writes. [main-thread or audio-thread between blocks] */
void ib_crash_header_set(struct ib_header *header);
/* That segment is about to go: if the handler knows it, it no longer does. [main-thread] */
void ib_crash_header_forget(struct ib_header *header);
/* Give the calling thread a signal stack of its own and say which kind of thread it is. 0, or an errno. [any-thread] */
int ib_crash_thread_enter(int is_audio_thread);
/* Undo it, at the end of the thread. [any-thread] */
void ib_crash_thread_leave(void);
/* The fault whose record a handler of the plugin's left behind is over. [any-thread] */
void ib_crash_take_back(void);
/* End the process with `status`, leaving a crash record as if the plugin had. [main-thread] */
void ib_crash_exit(int status) __attribute__((noreturn));

/* Let signals that a plugin's timers send not end the process; note who handles which. [main-thread] */
void ib_signals_start(void);
/* Handle again what the host handles, ignore again what it ignores. 1 if a plugin had changed that. A handler of the plugin's
 * for a fatal signal stays in use, behind ours: see on_fatal_signal. [main-thread] */
int ib_signals_restore(void);

#endif
