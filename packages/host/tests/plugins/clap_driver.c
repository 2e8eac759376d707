/* A client in a few lines: shared memory that is not even shared, and blocks through it. */
#include <isobooth/client.h>

#include <stdlib.h>

struct driver {
    struct ib_client client;
    void *memory;
    uint64_t bytes;
    struct ib_slot *slot;
};

struct driver *driver_new(uint32_t frames, uint32_t sample_bytes, uint32_t inputs, uint32_t outputs,
                          uint32_t event_bytes)
{
    struct driver *driver = calloc(1, sizeof *driver);
    struct ib_geometry geometry;
    memset(&geometry, 0, sizeof geometry);
    geometry.slots = 2;
    geometry.max_frames = frames;
    geometry.sample_bytes = sample_bytes;
    geometry.wake_kind = IB_WAKE_KIND;
    geometry.inputs = inputs;
    geometry.outputs = outputs;
    geometry.in_event_bytes = geometry.out_event_bytes = event_bytes;
    if (driver == NULL || ib_geometry_fill(&geometry) != NULL)
        return NULL;
    driver->bytes = geometry.segment_bytes;
    driver->memory = aligned_alloc(4096, (driver->bytes + 4095) & ~(uint64_t)4095);
    memset(driver->memory, 0, driver->bytes);
    if (ib_header_init(driver->memory, &geometry) != NULL ||
        ib_client_open(&driver->client, driver->memory, driver->bytes, &geometry) != NULL)
        return NULL;
    return driver;
}

void *driver_memory(struct driver *driver)
{
    return driver->memory;
}

uint64_t driver_bytes(const struct driver *driver)
{
    return driver->bytes;
}

void *driver_begin(struct driver *driver)
{
    driver->slot = ib_client_begin(&driver->client);
    return driver->slot;
}

void *driver_input(struct driver *driver, uint32_t channel)
{
    return ib_input_plane(driver->slot, &driver->client.geometry, channel);
}

void *driver_output(struct driver *driver, uint32_t channel)
{
    return ib_output_plane(driver->slot, &driver->client.geometry, channel);
}

void *driver_events(struct driver *driver, int output)
{
    const struct ib_geometry *g = &driver->client.geometry;
    return (uint8_t *)driver->slot + (output ? g->out_events_offset : g->in_events_offset);
}

/* One block, from submit to answer or 10 s later. Returns its status. */
uint32_t driver_run(struct driver *driver, uint32_t frames, uint32_t flags, uint64_t constant_mask,
                    uint32_t event_bytes, const struct ib_transport *transport, struct ib_result *result)
{
    driver->slot->frames = frames;
    driver->slot->flags = flags;
    driver->slot->in_constant_mask = constant_mask;
    driver->slot->in_event_bytes = event_bytes;
    if (transport != NULL)
        driver->slot->transport = *transport;
    ib_client_submit(&driver->client);
    return ib_client_wait(&driver->client, ib_now_ns() + 10000000000u, result);
}

void driver_free(struct driver *driver)
{
    free(driver->memory);
    free(driver);
}
