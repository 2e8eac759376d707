/* A host for one plugin in C, without Python on this side: start a booth, talk to it, play a sine through the plugin.
 *
 *     cc -std=gnu11 -O2 -I"$(python3 -c 'import isobooth.protocol as p; print(p.get_include())')" minimal_daw.c -o minimal_daw -lm
 *     ./minimal_daw null "" 2 2
 *     ./minimal_daw ladspa "/usr/lib/ladspa/sc4_1882.so#sc4" 2 2
 *
 * The arguments are the format, the plugin and its numbers of input and output channels (`isobooth info` shows them). A DAW
 * would read those from the host's Loaded message instead, with a msgpack library. It would also watch the channel for the
 * end of the file and call ib_client_mark_dead() then; here a deadline does. */
#include <isobooth/client.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define RATE 48000
#define FRAMES 256
#define BLOCKS 1000

/* -- messages: msgpack maps behind a 32-bit length (isobooth/protocol/channel.py, messages.py) -------------------------- */

struct message {
    uint8_t bytes[512];
    size_t length;
};

static void put(struct message *message, const void *bytes, size_t length)
{
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

static void put_big_endian(struct message *message, uint8_t type, uint64_t value, int bytes)
{
    put(message, &type, 1);
    for (int i = bytes - 1; i >= 0; i--)
        put(message, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_text(struct message *message, const char *text)
{
    put_big_endian(message, 0xD9, strlen(text), 1);
    put(message, text, strlen(text));
}

static void put_number(struct message *message, const char *name, uint32_t value)
{
    put_text(message, name);
    put_big_endian(message, 0xCE, value, 4);
}

static void put_real(struct message *message, const char *name, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_text(message, name);
    put_big_endian(message, 0xCB, bits, 8);
}

static void put_pair(struct message *message, const char *name, const char *value)
{
    put_text(message, name);
    put_text(message, value);
}

static char control[64], stream[64]; /* names of the shared memory, taken away at the end if the host has not done it */

static void unlink_segments(void)
{
    shm_unlink(control);
    shm_unlink(stream);
}

static void give_up(const char *what)
{
    fprintf(stderr, "minimal_daw: %s\n", what);
    exit(1);
}

static void send_message(int fd, const struct message *message)
{
    uint32_t length = (uint32_t)message->length; /* little endian, as this machine is */
    if (write(fd, &length, 4) != 4 || write(fd, message->bytes, length) != (ssize_t)length)
        give_up("the booth is gone");
}

static void read_all(int fd, void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, (uint8_t *)bytes + done, length - done);
        if (got <= 0)
            give_up("the booth is gone; what it said stands above");
        done += (size_t)got;
    }
}

/* Read frames until a message of type `wanted` comes. `failure` is the type that says that it will not come. */
static void expect(int fd, const char *wanted, const char *failure)
{
    for (;;) {
        uint32_t length;
        char good[64], bad[64];
        read_all(fd, &length, 4);
        length &= 0x7FFFFFFF;
        if (length > 1u << 20)
            give_up("a frame is longer than the protocol allows");
        char *bytes = malloc(length + 1);
        if (bytes == NULL)
            give_up("no memory");
        read_all(fd, bytes, length);
        int good_length = snprintf(good, sizeof good, "type%c%s", (char)(0xA0 | strlen(wanted)), wanted);
        int bad_length = snprintf(bad, sizeof bad, "type%c%s", (char)(0xA0 | strlen(failure)), failure);
        int came = memmem(bytes, length, good, (size_t)good_length) != NULL;
        int failed = memmem(bytes, length, bad, (size_t)bad_length) != NULL;
        if (failed)
            fprintf(stderr, "%.*s\n", (int)length, bytes);
        free(bytes);
        if (failed)
            give_up("the host refused; the message above says why");
        if (came)
            return;
    }
}

/* -- shared memory ----------------------------------------------------------------------------------------------------- */

static void *make_segment(const char *name, struct ib_geometry *geometry)
{
    geometry->sample_bytes = 4;
    geometry->wake_kind = IB_WAKE_KIND;
    const char *wrong = ib_geometry_fill(geometry);
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (wrong != NULL || fd < 0 || posix_fallocate(fd, 0, (off_t)geometry->segment_bytes) != 0)
        give_up(wrong != NULL ? wrong : "no shared memory");
    void *base = mmap(NULL, geometry->segment_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (base == MAP_FAILED || ib_header_init(base, geometry) != NULL)
        give_up("the segment could not be mapped");
    return base;
}

static pid_t start_host(char **arguments, const char *segment, int to_host[2], int from_host[2])
{
    char read_fd[16], write_fd[16];
    if (pipe(to_host) != 0 || pipe(from_host) != 0)
        give_up("no pipes");
    snprintf(read_fd, sizeof read_fd, "%d", to_host[0]);
    snprintf(write_fd, sizeof write_fd, "%d", from_host[1]);
    pid_t pid = fork();
    if (pid == 0) {
        close(to_host[1]);
        close(from_host[0]);
        execlp("isobooth-host", "isobooth-host", arguments[1], arguments[2], segment, "c-1", read_fd, write_fd,
               (char *)NULL);
        give_up("there is no isobooth-host on PATH");
    }
    close(to_host[0]);
    close(from_host[1]);
    return pid;
}

/* -- audio ------------------------------------------------------------------------------------------------------------- */

/* Play BLOCKS blocks of a sine on all inputs; the loudest sample that came back. */
static float play(struct ib_client *client)
{
    const struct ib_geometry *g = &client->geometry;
    struct ib_result result;
    float loudest = 0.0f;
    for (int block = 0; block < BLOCKS; block++) {
        struct ib_slot *slot = ib_client_begin(client);
        if (slot == NULL)
            give_up("every slot is in flight");
        for (uint32_t c = 0; c < g->inputs; c++) {
            float *plane = ib_input_plane(slot, g, c);
            for (int i = 0; i < FRAMES; i++)
                plane[i] = 0.5f * (float)sin(2.0 * 3.14159265358979 * 440.0 * (block * FRAMES + i) / RATE);
        }
        slot->frames = FRAMES;
        uint64_t sequence = ib_client_submit(client);
        uint32_t status = ib_client_wait(client, ib_deadline(ib_now_ns(), 1000000000u), &result);
        if (status != IB_STATUS_OK)
            give_up(status == IB_STATUS_CRASHED ? "the plugin crashed" : "the block did not come back in time");
        for (uint32_t c = 0; c < g->outputs; c++) {
            const float *plane = ib_output_plane(ib_client_slot(client, sequence), g, c);
            for (int i = 0; i < FRAMES; i++)
                loudest = fmaxf(loudest, fabsf(plane[i]));
        }
    }
    return loudest;
}

int main(int count, char **arguments)
{
    int to_host[2], from_host[2], status;
    struct ib_client client;
    struct message hello = {{0x87}, 1}, activate = {{0x85}, 1}, shutdown = {{0x82}, 1}; /* maps of 7, 5, 2 */
    if (count != 5)
        give_up("usage: minimal_daw FORMAT PLUGIN INPUTS OUTPUTS");
    snprintf(control, sizeof control, "/isobooth-%d-control", (int)getpid());
    snprintf(stream, sizeof stream, "/isobooth-%d-stream", (int)getpid());
    atexit(unlink_segments);
    struct ib_geometry none = {0}; /* the header alone: where a crash while loading is recorded */
    struct ib_geometry geometry = {.slots = 2, .max_frames = FRAMES, .in_event_bytes = 4096, .out_event_bytes = 4096};
    geometry.inputs = (uint32_t)atoi(arguments[3]);
    geometry.outputs = (uint32_t)atoi(arguments[4]);
    (void)make_segment(control, &none);
    pid_t pid = start_host(arguments, control, to_host, from_host);

    put_pair(&hello, "type", "hello");
    put_number(&hello, "protocol_major", 1);
    put_number(&hello, "protocol_minor", 0);
    put_number(&hello, "layout_major", IB_LAYOUT_MAJOR);
    put_number(&hello, "layout_minor", IB_LAYOUT_MINOR);
    put_pair(&hello, "program", "minimal_daw");
    put_pair(&hello, "version", "1");
    send_message(to_host[1], &hello);
    expect(from_host[0], "loaded", "load-failed");

    void *base = make_segment(stream, &geometry);
    put_pair(&activate, "type", "activate");
    put_number(&activate, "id", 1);
    put_pair(&activate, "segment", stream);
    put_real(&activate, "sample_rate", RATE);
    put_number(&activate, "max_frames", FRAMES);
    send_message(to_host[1], &activate);
    expect(from_host[0], "activated", "failed");
    if (ib_client_open(&client, base, geometry.segment_bytes, &geometry) != NULL)
        give_up("the segment is not sound");
    printf("%d blocks came back, the loudest sample is %.3f\n", BLOCKS, play(&client));

    put_pair(&shutdown, "type", "shutdown");
    put_number(&shutdown, "id", 2);
    send_message(to_host[1], &shutdown);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
