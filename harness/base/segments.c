#define _GNU_SOURCE /* for dl_iterate_phdr(3) and dladdr(3) */
#include "base/segments.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/notes.h"

#define SEGMENTS_MAX 256u

struct segment {
    const uint8_t *place;
    uint8_t *copy;
    size_t size;
    const char *library; /* the loader's own string */
};

struct ob_segments {
    struct segment list[SEGMENTS_MAX];
    unsigned count;
    bool failed;
    struct ob_notes notes; /* that they were evaluated is no change */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool changes_by_itself(const char *name)
{
    static const char *const starts[] = {"ld-",          "ld.",       "libc.",     "libc-",
                                         "libasan.",     "libubsan.", "libtsan.",  "liblsan.",
                                         "libclang_rt.", "libgcc_s.", "linux-vdso"};
    for (size_t at = 0; at < sizeof starts / sizeof starts[0]; at++)
        if (strncmp(name, starts[at], strlen(starts[at])) == 0)
            return true;
    return name[0] == '\0'; /* the program */
}

static void copy_segment(struct ob_segments *segments, const char *library, const uint8_t *place,
                         size_t size)
{
    if (segments->count == SEGMENTS_MAX)
        return;
    struct segment *segment = &segments->list[segments->count];
    *segment = (struct segment){place, malloc(size), size, library};
    segments->failed |= !segment->copy;
    if (!segment->copy)
        return;
    memcpy(segment->copy, place, size);
    segments->count++;
}

static int copy_library(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    if (changes_by_itself(base_name(info->dlpi_name)))
        return 0;
    for (unsigned at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[at];
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader has put it */
        const uint8_t *place = (const uint8_t *)(uintptr_t)(info->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) && header->p_memsz > 0)
            copy_segment(context, info->dlpi_name, place, header->p_memsz);
    }
    return 0;
}

struct ob_segments *ob_segments_copy(void)
{
    struct ob_segments *segments = calloc(1, sizeof *segments);
    if (segments)
        (void)dl_iterate_phdr(copy_library, segments);
    if (segments)
        segments->notes = ob_notes_find();
    if (!segments || !segments->failed)
        return segments;
    ob_segments_free(segments);
    return NULL;
}

void ob_segments_free(struct ob_segments *segments)
{
    if (!segments)
        return;
    for (unsigned at = 0; at < segments->count; at++)
        free(segments->list[at].copy);
    ob_notes_release(&segments->notes);
    free(segments);
}

bool ob_segments_changed(const struct ob_segments *segments, struct ob_text *which)
{
    for (unsigned at = 0; at < segments->count; at++) {
        const struct segment *segment = &segments->list[at];
        size_t offset = 0;
        ob_notes_refresh(&segments->notes, segment->place, segment->size, segment->copy);
        while (offset < segment->size && segment->place[offset] == segment->copy[offset])
            offset++;
        if (offset == segment->size)
            continue;
        Dl_info info;
        bool is_named = dladdr(segment->place + offset, &info) != 0 && info.dli_sname;
        ob_text_printf(which, "%s of %s", is_named ? info.dli_sname : "a static variable",
                       base_name(segment->library));
        return true;
    }
    return false;
}
