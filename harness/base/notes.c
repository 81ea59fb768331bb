#define _GNU_SOURCE /* for dl_iterate_phdr(3) */
#include "base/notes.h"

#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/unchecked.h"

#define PREFIX "offbeat-invariant:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define NAME_SIZE 256u

static bool is_of_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

OB_UNCHECKED static bool begins_note(const uint8_t *at, const uint8_t *end)
{
    if ((size_t)(end - at) < PREFIX_SIZE)
        return false;
    for (size_t index = 0; index < PREFIX_SIZE; index++)
        if (at[index] != (uint8_t)PREFIX[index])
            return false;
    return true;
}

/* The byte behind a name that ends with NUL; NULL where it is none. */
OB_UNCHECKED static const uint8_t *behind_name(const uint8_t *name, const uint8_t *end)
{
    const uint8_t *at = name;
    while (at < end && (size_t)(at - name) < NAME_SIZE && is_of_name(*at))
        at++;
    bool is_whole = at > name && end - at >= 2 && at[0] == '\0' && at[1] <= 1;
    return is_whole ? at + 1 : NULL;
}

OB_UNCHECKED static void look_through(struct ob_notes *notes, const uint8_t *at, const uint8_t *end)
{
    for (; at < end && notes->count < OB_NOTES_MAX; at++) {
        if (*at != (uint8_t)PREFIX[0] || !begins_note(at, end))
            continue;
        const uint8_t *behind = behind_name(at + PREFIX_SIZE, end);
        if (behind)
            notes->list[notes->count++] =
                (struct ob_note){.name = (const char *)at + PREFIX_SIZE,
                                 .is_evaluated = (uint8_t *)(uintptr_t)behind};
    }
}

static int look_through_object(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    for (unsigned at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[at];
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader has put it */
        const uint8_t *place = (const uint8_t *)(uintptr_t)(info->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_LOAD && header->p_flags & PF_W)
            look_through(context, place, place + header->p_filesz);
    }
    return 0;
}

struct ob_notes ob_notes_find(void)
{
    struct ob_notes notes = {.list = calloc(OB_NOTES_MAX, sizeof *notes.list)};
    if (notes.list)
        (void)dl_iterate_phdr(look_through_object, &notes);
    return notes;
}

void ob_notes_release(struct ob_notes *notes)
{
    free(notes->list);
    *notes = (struct ob_notes){0};
}

void ob_notes_refresh(const struct ob_notes *notes, const uint8_t *place, size_t size,
                      uint8_t *copy)
{
    for (size_t at = 0; at < notes->count; at++) {
        uintptr_t offset = (uintptr_t)notes->list[at].is_evaluated - (uintptr_t)place;
        if (offset < size)
            copy[offset] = *notes->list[at].is_evaluated;
    }
}
