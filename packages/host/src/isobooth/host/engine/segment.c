/* Mapping in C, not through Python's mmap, which keeps a descriptor open: a plugin that truncates every descriptor it finds
 * would take the client down with SIGBUS. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *ib_segment_map(const char *name, int unlink, uint64_t *bytes, const char **wrong)
{
    struct stat status;
    void *base = MAP_FAILED;
    int fd = shm_open(name, O_RDWR | O_CLOEXEC, 0);
    *wrong = NULL;
    *bytes = 0;
    if (fd < 0) {
        *wrong = strerror(errno);
        return NULL;
    }
    if (unlink)
        (void)shm_unlink(name); /* ENOENT: the client was first */
    if (fstat(fd, &status) != 0) {
        *wrong = strerror(errno);
    } else if (status.st_size < (off_t)IB_HEADER_BYTES) {
        *wrong = "it is shorter than a header";
    } else {
        *bytes = (uint64_t)status.st_size;
        base = mmap(NULL, (size_t)*bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (base == MAP_FAILED)
            *wrong = strerror(errno);
    }
    close(fd);
    return base == MAP_FAILED ? NULL : base;
}

void ib_segment_unmap(void *base, uint64_t bytes)
{
    (void)munmap(base, (size_t)bytes);
}
