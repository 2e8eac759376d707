/* Yardsticks: the same block back and forth between two processes by the barest means.
 *
 *     bare_exchange KIND FRAMES CHANNELS BLOCKS PACE_NS PLACEMENT
 *
 * KIND is spin (a flag in shared memory that both look at without pause), futex, eventfd, pipe, or headers: the header-only
 * client and booth of the protocol package, without any engine. PLACEMENT is free, one (both on one processor) or two. In
 * all of them the caller copies the input into shared memory, the peer copies input to output, the caller copies the
 * output out. Writes one 64-bit number for each block to standard output: nanoseconds from before the first copy to
 * after the last. */
#include "exchange.h"

#include <isobooth/booth.h>
#include <isobooth/client.h>

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { SPIN, FUTEX, EVENTFD, PIPE, HEADERS };

struct bare {
    uint32_t there; /* the caller counts up: a block is there */
    uint32_t padding[31];
    uint32_t back; /* the peer counts up: the block is back */
    uint32_t more_padding[31];
};

struct setting {
    enum kind kind;
    uint32_t frames;
    uint32_t channels;
    uint64_t blocks;
    uint64_t pace_ns;
    int there_fds[2]; /* read, write; of an eventfd twice the same */
    int back_fds[2];
    struct bare *bare;
    float *input; /* planes in shared memory */
    float *output;
    size_t stride;
    void *segment;
    struct ib_geometry geometry;
};

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void *shared(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    return memory;
}

static void open_fds(int fds[2], int is_pipe)
{
    if (is_pipe) {
        if (pipe(fds) != 0)
            fail("pipe");
    } else {
        fds[0] = fds[1] = eventfd(0, 0);
        if (fds[0] < 0)
            fail("eventfd");
    }
}

/* Say that there is news: `word` is `number` from now on. */
static inline void tell(const struct setting *s, uint32_t *word, uint32_t number, const int fds[2])
{
    uint64_t one = 1;
    __atomic_store_n(word, number, __ATOMIC_RELEASE);
    if (s->kind == FUTEX)
        (void)syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
    else if (s->kind == EVENTFD && write(fds[1], &one, sizeof one) < 0)
        fail("write");
    else if (s->kind == PIPE && write(fds[1], &one, 1) < 0)
        fail("write");
}

/* Wait until `word` is `number`. */
static inline void hear(const struct setting *s, uint32_t *word, uint32_t number, const int fds[2])
{
    uint64_t count;
    if (s->kind == EVENTFD && read(fds[0], &count, sizeof count) < 0)
        fail("read");
    else if (s->kind == PIPE && read(fds[0], &count, 1) < 0)
        fail("read");
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != number)
        if (s->kind == FUTEX)
            (void)syscall(SYS_futex, word, FUTEX_WAIT, number - 1, NULL, NULL, 0);
}

static void bare_peer(const struct setting *s)
{
    for (uint32_t number = 1;; number++) {
        hear(s, &s->bare->there, number, s->there_fds);
        bench_copy(s->output, s->stride, s->input, s->stride, s->channels, s->frames);
        tell(s, &s->bare->back, number, s->back_fds);
    }
}

static void headers_peer(const struct setting *s)
{
    struct ib_booth booth;
    const struct ib_geometry *g = &booth.geometry;
    if (ib_booth_open(&booth, s->segment, s->geometry.segment_bytes) != NULL)
        fail("ib_booth_open");
    struct ib_bell *bell = &ib_booth_header(&booth)->host_bell;
    for (;;) {
        uint64_t start = ib_now_ns(), until = ib_spin_until(&booth.spin, start);
        struct ib_slot *slot;
        uint32_t look = 0;
        while ((slot = ib_booth_due(&booth)) == NULL && until != start &&
               (++look % IB_SPIN_LOOKS != 0 || ib_now_ns() < until))
            ib_relax();
        while (slot == NULL) {
            ib_bell_arm(bell);
            if ((slot = ib_booth_due(&booth)) != NULL)
                ib_bell_disarm(bell);
            else
                ib_bell_sleep(bell, IB_FOREVER);
            if (slot != NULL || (slot = ib_booth_due(&booth)) != NULL)
                ib_spin_learn(&booth.spin, ib_now_ns() - start, 1);
        }
        bench_copy(ib_output_plane(slot, g, 0), g->plane_stride, ib_input_plane(slot, g, 0), g->plane_stride, g->inputs,
                   slot->frames);
        slot->status = IB_STATUS_OK;
        ib_booth_complete(&booth, slot);
    }
}

static inline void bare_block(const struct setting *s, uint32_t number, const float *dry, float *wet)
{
    size_t line = s->frames * sizeof(float);
    bench_copy(s->input, s->stride, dry, line, s->channels, s->frames);
    tell(s, &s->bare->there, number, s->there_fds);
    hear(s, &s->bare->back, number, s->back_fds);
    bench_copy(wet, line, s->output, s->stride, s->channels, s->frames);
}

static inline void headers_block(struct ib_client *client, const float *dry, float *wet)
{
    const struct ib_geometry *g = &client->geometry;
    size_t line = g->max_frames * sizeof(float);
    struct ib_result result;
    struct ib_slot *slot = ib_client_begin(client);
    if (slot == NULL)
        fail("ib_client_begin");
    bench_copy(ib_input_plane(slot, g, 0), g->plane_stride, dry, line, g->inputs, g->max_frames);
    slot->frames = g->max_frames;
    (void)ib_client_submit(client);
    if (ib_client_wait(client, IB_FOREVER, &result) != IB_STATUS_OK)
        fail("ib_client_wait");
    slot = ib_client_slot(client, result.sequence);
    bench_copy(wet, line, ib_output_plane(slot, g, 0), g->plane_stride, g->outputs, g->max_frames);
}

static void caller(const struct setting *s, uint64_t *took)
{
    float *dry = bench_noise(s->channels * s->frames), *wet = bench_noise(s->channels * s->frames);
    struct ib_client client;
    uint64_t beat = ib_now_ns();
    uint32_t warm_up = bench_warm_up(s->pace_ns);
    if (dry == NULL || wet == NULL)
        fail("malloc");
    if (s->kind == HEADERS && ib_client_open(&client, s->segment, s->geometry.segment_bytes, &s->geometry) != NULL)
        fail("ib_client_open");
    for (uint32_t i = 0; i < s->blocks + warm_up; i++) {
        bench_pace(&beat, s->pace_ns);
        uint64_t start = ib_now_ns();
        if (s->kind == HEADERS)
            headers_block(&client, dry, wet);
        else
            bare_block(s, i + 1, dry, wet);
        if (i >= warm_up)
            took[i - warm_up] = ib_now_ns() - start;
    }
    if (memcmp(dry, wet, s->channels * s->frames * sizeof *dry) != 0) {
        (void)fprintf(stderr, "the blocks came back changed\n");
        exit(2);
    }
    free(dry);
    free(wet);
}

static void set_up(struct setting *s)
{
    open_fds(s->there_fds, s->kind == PIPE);
    open_fds(s->back_fds, s->kind == PIPE);
    s->bare = (struct bare *)shared(sizeof *s->bare);
    s->stride = ib_plane_stride(s->frames, sizeof(float));
    s->input = (float *)shared(s->stride * s->channels);
    s->output = (float *)shared(s->stride * s->channels);
    s->geometry.slots = 1;
    s->geometry.max_frames = s->frames;
    s->geometry.sample_bytes = sizeof(float);
    s->geometry.wake_kind = IB_WAKE_KIND;
    s->geometry.inputs = s->geometry.outputs = s->channels;
    s->geometry.in_event_bytes = s->geometry.out_event_bytes = 4096;
    if (ib_geometry_fill(&s->geometry) != NULL)
        fail("ib_geometry_fill");
    s->segment = shared(s->geometry.segment_bytes);
    if (ib_header_init((struct ib_header *)s->segment, &s->geometry) != NULL)
        fail("ib_header_init");
}

/* Hold the calling process on one processor of those that it may use: the first or the last. */
static void place(int last)
{
    cpu_set_t may, only;
    if (sched_getaffinity(0, sizeof may, &may) != 0)
        fail("sched_getaffinity");
    int chosen = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &may) && (last || chosen < 0))
            chosen = cpu;
    CPU_ZERO(&only);
    CPU_SET(chosen, &only);
    if (sched_setaffinity(0, sizeof only, &only) != 0)
        fail("sched_setaffinity");
}

static enum kind kind_of(const char *name)
{
    static const char *const names[] = {"spin", "futex", "eventfd", "pipe", "headers"};
    for (int i = 0; i < 5; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum kind)i;
    (void)fprintf(stderr, "%s is none of spin, futex, eventfd, pipe, headers\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        (void)fprintf(stderr, "usage: bare_exchange KIND FRAMES CHANNELS BLOCKS PACE_NS free|one|two\n");
        return 2;
    }
    struct setting s = {.kind = kind_of(argv[1]),
                        .frames = (uint32_t)strtoul(argv[2], NULL, 10),
                        .channels = (uint32_t)strtoul(argv[3], NULL, 10),
                        .blocks = strtoull(argv[4], NULL, 10),
                        .pace_ns = strtoull(argv[5], NULL, 10)};
    uint64_t *took = (uint64_t *)calloc(s.blocks, sizeof *took);
    if (took == NULL)
        fail("calloc");
    set_up(&s);
    pid_t parent = getpid(), peer = fork();
    if (peer < 0)
        fail("fork");
    if (strcmp(argv[6], "free") != 0)
        place(peer == 0 && strcmp(argv[6], "two") == 0);
    if (peer == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            return 2;
        if (s.kind == HEADERS)
            headers_peer(&s);
        else
            bare_peer(&s);
        return 0;
    }
    caller(&s, took);
    (void)kill(peer, SIGKILL);
    (void)waitpid(peer, NULL, 0);
    return fwrite(took, sizeof *took, s.blocks, stdout) == s.blocks ? 0 : 2;
}
