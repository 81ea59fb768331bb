#define _GNU_SOURCE /* for O_TMPFILE */
#include "corpus/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    INPUT_OVERHEAD_BYTES = 64, /* what an input takes in memory besides its bytes, at most */
    LENGTH_BYTES = 4,          /* before each input in the file */
    DROP_BYTES = 4 << 20,      /* how much of a part is read before its pages are given back */
};

/* A part while parts are merged. */
struct run {
    const uint8_t *data; /* its next input */
    size_t size;
    uint64_t at; /* in the file: behind that input */
    uint64_t end;
    uint64_t dropped; /* up to where pages were given back */
};

struct merge {
    uint8_t *map;
    struct run *heap; /* the least input on top */
    size_t count;
};

void ob_sorter_open(struct ob_sorter *sorter, size_t memory_bytes_max)
{
    memset(sorter, 0, sizeof *sorter);
    sorter->memory_bytes_max = memory_bytes_max;
    sorter->fd = -1;
}

static int open_file(struct ob_sorter *sorter, struct ob_error *error)
{
    const char *directory = getenv("TMPDIR");
    if (!directory || directory[0] == '\0') {
        directory = "/var/tmp";
    }
    sorter->fd = open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (sorter->fd < 0) { /* not every file system can make a file without a name */
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/offbeat-XXXXXX", directory);
        sorter->fd = mkstemp(path);
        if (sorter->fd >= 0) {
            (void)unlink(path);
        }
    }
    return sorter->fd >= 0 ? 0
                           : ob_error_set(error, "%s: cannot hold a temporary file (TMPDIR): %s",
                                          directory, strerror(errno));
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
    size_t written = 0;
    while (written < size) {
        const ssize_t got = write(fd, data + written, size - written);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        written += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

/* Gathers inputs before they are written, since most are small. */
struct spool {
    int fd;
    size_t filled;
    uint8_t bytes[64 * 1024];
};

static int spool_flush(struct spool *spool)
{
    const int result = write_all(spool->fd, spool->bytes, spool->filled);
    spool->filled = 0;
    return result;
}

static int spool_put(struct spool *spool, const void *data, size_t size)
{
    if (size > sizeof spool->bytes - spool->filled && spool_flush(spool) != 0) {
        return -1;
    }
    if (size > sizeof spool->bytes) {
        return write_all(spool->fd, data, size);
    }
    if (size > 0) {
        memcpy(spool->bytes + spool->filled, data, size);
    }
    spool->filled += size;
    return 0;
}

/* Writes what is in memory as a part. */
static int spill(struct ob_sorter *sorter, struct ob_error *error)
{
    struct spool spool = {.fd = -1};
    if (sorter->run_count == OB_SORTER_RUNS_MAX) {
        return ob_error_set(error, "there is more to sort than fits; allow more memory");
    }
    uint64_t *ends = realloc(sorter->run_ends, (sorter->run_count + 1) * sizeof *ends);
    if (!ends) {
        return ob_error_set(error, "no memory to sort");
    }
    sorter->run_ends = ends;
    if (sorter->fd < 0 && open_file(sorter, error) != 0) {
        return -1;
    }
    spool.fd = sorter->fd;
    ob_input_set_normalize(&sorter->set);
    for (size_t i = 0; i < sorter->set.count; i++) {
        const struct ob_input *input = &sorter->set.inputs[i];
        const uint32_t length = (uint32_t)input->size;
        if (spool_put(&spool, &length, sizeof length) != 0 ||
            spool_put(&spool, input->data, input->size) != 0) {
            return ob_error_set(error, "a temporary file cannot be written: %s", strerror(errno));
        }
        sorter->file_bytes += LENGTH_BYTES + input->size;
    }
    if (spool_flush(&spool) != 0) {
        return ob_error_set(error, "a temporary file cannot be written: %s", strerror(errno));
    }
    sorter->run_ends[sorter->run_count++] = sorter->file_bytes;
    ob_input_set_release(&sorter->set);
    return 0;
}

int ob_sorter_add(struct ob_sorter *sorter, const void *data, size_t size, struct ob_error *error)
{
    const size_t held = sorter->set.bytes + sorter->set.count * INPUT_OVERHEAD_BYTES;
    if (sorter->taken >= OB_INPUTS_MAX) {
        return ob_error_set(error, "there are more than %zu inputs", OB_INPUTS_MAX);
    }
    if (size <= OB_INPUT_BYTES_MAX && size > OB_INPUT_SET_BYTES_MAX - sorter->taken_bytes) {
        return ob_error_set(error, "the inputs are more than %zu bytes", OB_INPUT_SET_BYTES_MAX);
    }
    if (sorter->set.count > 0 && held + size + INPUT_OVERHEAD_BYTES > sorter->memory_bytes_max &&
        spill(sorter, error) != 0) {
        return -1;
    }
    if (ob_input_set_add(&sorter->set, data, size, error) != 0) {
        return -1;
    }
    sorter->taken++;
    sorter->taken_bytes += size;
    return 0;
}

static bool is_less(const struct run *left, const struct run *right)
{
    return ob_input_compare(left->data, left->size, right->data, right->size) < 0;
}

/* Moves a run down the heap to where it belongs. */
static void sift(struct merge *merge, size_t index)
{
    while (2 * index + 1 < merge->count) {
        size_t least = 2 * index + 1;
        if (least + 1 < merge->count && is_less(&merge->heap[least + 1], &merge->heap[least])) {
            least++;
        }
        if (!is_less(&merge->heap[least], &merge->heap[index])) {
            return;
        }
        const struct run moved = merge->heap[index];
        merge->heap[index] = merge->heap[least];
        merge->heap[least] = moved;
        index = least;
    }
}

/* Takes up the next input of a run. Returns false at its end. */
static bool advance(struct merge *merge, struct run *run)
{
    uint32_t length = 0;
    if (run->at == run->end) {
        return false;
    }
    memcpy(&length, merge->map + run->at, sizeof length);
    run->data = merge->map + run->at + LENGTH_BYTES;
    run->size = length;
    run->at += LENGTH_BYTES + length;
    return true;
}

/* Gives back the pages of what was visited, so that they do not count as ours. */
static void drop_pages(struct merge *merge, struct run *run)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t visited = (uint64_t)(run->data - merge->map) / page * page;
    if (visited > run->dropped && visited - run->dropped >= DROP_BYTES) {
        const uint64_t from = (run->dropped + page - 1) / page * page;
        (void)madvise(merge->map + from, visited - from, MADV_DONTNEED);
        run->dropped = visited;
    }
}

static int open_merge(struct ob_sorter *sorter, struct merge *merge, struct ob_error *error)
{
    uint64_t begin = 0;
    memset(merge, 0, sizeof *merge);
    void *map = mmap(NULL, sorter->file_bytes, PROT_READ, MAP_SHARED, sorter->fd, 0);
    if (map == MAP_FAILED) {
        return ob_error_set(error, "a temporary file cannot be read: %s", strerror(errno));
    }
    merge->map = map;
    merge->heap = calloc(sorter->run_count, sizeof *merge->heap);
    if (!merge->heap) {
        return ob_error_set(error, "no memory to sort");
    }
    for (size_t i = 0; i < sorter->run_count; i++) {
        struct run *run = &merge->heap[merge->count];
        *run = (struct run){.at = begin, .end = sorter->run_ends[i], .dropped = begin};
        begin = sorter->run_ends[i];
        merge->count += advance(merge, run) ? 1 : 0;
    }
    for (size_t i = merge->count / 2; i-- > 0;) {
        sift(merge, i);
    }
    return 0;
}

static int visit_merged(struct merge *merge, ob_sorter_visit *visit, void *context,
                        struct ob_error *error)
{
    const uint8_t *last = NULL;
    size_t last_size = 0;
    while (merge->count > 0) {
        struct run *run = &merge->heap[0];
        if (!last || ob_input_compare(last, last_size, run->data, run->size) != 0) {
            last = run->data;
            last_size = run->size;
            if (visit(context, last, last_size, error) != 0) {
                return -1;
            }
        }
        drop_pages(merge, run);
        if (!advance(merge, run)) {
            *run = merge->heap[--merge->count];
        }
        sift(merge, 0);
    }
    return 0;
}

int ob_sorter_each(struct ob_sorter *sorter, ob_sorter_visit *visit, void *context,
                   struct ob_error *error)
{
    struct merge merge;
    if (sorter->run_count == 0) {
        ob_input_set_normalize(&sorter->set);
        for (size_t i = 0; i < sorter->set.count; i++) {
            if (visit(context, sorter->set.inputs[i].data, sorter->set.inputs[i].size, error) !=
                0) {
                return -1;
            }
        }
        return 0;
    }
    if (sorter->set.count > 0 && spill(sorter, error) != 0) {
        return -1;
    }
    int result = open_merge(sorter, &merge, error);
    if (result == 0) {
        result = visit_merged(&merge, visit, context, error);
    }
    free(merge.heap);
    if (merge.map) {
        (void)munmap(merge.map, sorter->file_bytes);
    }
    return result;
}

void ob_sorter_close(struct ob_sorter *sorter)
{
    if (sorter->fd >= 0) {
        (void)close(sorter->fd);
    }
    free(sorter->run_ends);
    ob_input_set_release(&sorter->set);
    ob_sorter_open(sorter, 0);
}
