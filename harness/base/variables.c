#define _GNU_SOURCE /* for dl_iterate_phdr(3) */
#include "base/variables.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/notes.h"
#include "base/unchecked.h"

#define VARIABLES_MAX 65536u
#define BYTES_MAX (16u << 20) /* of all of them */
#define NAME_SIZE 64u

struct variable {
    const uint8_t *place;
    size_t size;
    size_t copied; /* where its copy begins */
    char name[NAME_SIZE];
};

struct ob_variables {
    struct variable *list;
    size_t count;
    uint8_t *copy;
    size_t size;
    struct ob_notes notes; /* that they were evaluated is no change */
};

/* The program's file, and what of it is looked at. */
struct image {
    const uint8_t *file;
    size_t size;
    const ElfW(Shdr) * sections;
    size_t section_count;
    const char *section_names;
    size_t section_names_size;
    uintptr_t base; /* to be added to the file's addresses */
};

/* -- the file -- */

static bool lies_within(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset;
}

/* A string of a table, "" where there is none. */
static const char *string_at(const char *table, size_t size, size_t offset)
{
    return offset < size && memchr(table + offset, '\0', size - offset) ? table + offset : "";
}

static bool read_sections(struct image *image)
{
    const ElfW(Ehdr) *header = (const void *)image->file;
    const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

    if (image->size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != class || header->e_shentsize != sizeof *image->sections ||
        header->e_shoff % sizeof(void *) != 0 || header->e_shstrndx >= header->e_shnum ||
        !lies_within(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof *image->sections))
        return false;
    image->sections = (const void *)(image->file + header->e_shoff);
    image->section_count = header->e_shnum;
    const ElfW(Shdr) *names = &image->sections[header->e_shstrndx];
    if (!lies_within(image, names->sh_offset, names->sh_size))
        return false;
    image->section_names = (const char *)image->file + names->sh_offset;
    image->section_names_size = names->sh_size;
    return true;
}

static int note_base(struct dl_phdr_info *info, size_t size, void *context)
{
    struct image *image = context;
    (void)size;
    image->base = (uintptr_t)info->dlpi_addr;
    return 1; /* the first is the program */
}

static bool open_image(struct image *image)
{
    struct stat status;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    void *file = MAP_FAILED;
    if (fstat(fd, &status) == 0 && status.st_size > 0)
        file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (file == MAP_FAILED)
        return false;
    *image = (struct image){.file = file, .size = (size_t)status.st_size};
    (void)dl_iterate_phdr(note_base, image);
    if (read_sections(image))
        return true;
    (void)munmap(file, image->size);
    return false;
}

/* -- which variables -- */

static bool holds_variables(const struct image *image, size_t section)
{
    if (section >= image->section_count)
        return false;
    const char *name = string_at(image->section_names, image->section_names_size,
                                 image->sections[section].sh_name);
    return strcmp(name, ".data") == 0 || strcmp(name, ".bss") == 0;
}

/* What instrumented code and the runtimes of sanitizers count and keep for themselves, and the
 * notes of OB_INVARIANT(). */
static bool is_of_runtime(const char *name)
{
    static const char *const parts[] = {"__sanitizer", "__sancov", "__asan",   "__ubsan",
                                        "__lsan",      "__msan",   "__tsan",   "__interception",
                                        "__gcov",      "__llvm",   "ob_note_", "unnamed-"};
    for (size_t at = 0; at < sizeof parts / sizeof *parts; at++)
        if (strstr(name, parts[at]))
            return true;
    return false;
}

static void add(struct ob_variables *variables, const struct image *image, uint64_t address,
                uint64_t size, const char *name)
{
    if (variables->count == VARIABLES_MAX || size == 0 || size > BYTES_MAX - variables->size)
        return;
    struct variable *variable = &variables->list[variables->count++];
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader has put it */
    const uint8_t *place = (const uint8_t *)(image->base + (uintptr_t)address);
    *variable = (struct variable){.place = place, .size = size, .copied = variables->size};
    strncpy(variable->name, name, NAME_SIZE - 1);
    variables->size += size;
}

static bool add_symbols(struct ob_variables *variables, const struct image *image,
                        const ElfW(Shdr) * table)
{
    if (table->sh_link >= image->section_count)
        return false;
    const ElfW(Shdr) *names = &image->sections[table->sh_link];
    if (!lies_within(image, table->sh_offset, table->sh_size) ||
        !lies_within(image, names->sh_offset, names->sh_size) ||
        table->sh_offset % sizeof(void *) != 0)
        return false;
    const ElfW(Sym) *symbols = (const void *)(image->file + table->sh_offset);
    const char *strings = (const char *)image->file + names->sh_offset;
    for (size_t at = 0; at < table->sh_size / sizeof *symbols; at++) {
        const ElfW(Sym) *symbol = &symbols[at];
        const char *name = string_at(strings, names->sh_size, symbol->st_name);
        /* The type is in the lower half, for both classes. */
        if ((symbol->st_info & 0xf) == STT_OBJECT && holds_variables(image, symbol->st_shndx) &&
            !is_of_runtime(name))
            add(variables, image, symbol->st_value, symbol->st_size, name);
    }
    return true;
}

static void list_variables(struct ob_variables *variables, const struct image *image)
{
    bool has_symbols = false;

    for (size_t at = 0; at < image->section_count; at++)
        if (image->sections[at].sh_type == SHT_SYMTAB)
            has_symbols |= add_symbols(variables, image, &image->sections[at]);
    for (size_t at = 0; at < image->section_count && !has_symbols; at++)
        if (holds_variables(image, at))
            add(variables, image, image->sections[at].sh_addr, image->sections[at].sh_size, "");
}

/* -- copies -- */

/* Of a section as a whole: what lies between variables is read as well. */
#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address")))
#endif
static bool
is_same(const uint8_t *one, const uint8_t *other, size_t size)
{
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t left;
        uint64_t right;
        __builtin_memcpy(&left, one + at, sizeof left);
        __builtin_memcpy(&right, other + at, sizeof right);
        if (left != right)
            return false;
    }
    while (at < size && one[at] == other[at])
        at++;
    return at == size;
}

struct ob_variables *ob_variables_copy(void)
{
    struct ob_variables *variables = calloc(1, sizeof *variables);
    struct image image;

    if (!variables || !open_image(&image)) {
        free(variables);
        return NULL;
    }
    variables->list = calloc(VARIABLES_MAX, sizeof *variables->list);
    if (variables->list)
        list_variables(variables, &image);
    (void)munmap((void *)(uintptr_t)image.file, image.size);
    variables->copy = malloc(variables->size + 1);
    if (!variables->list || !variables->copy) {
        ob_variables_free(variables);
        return NULL;
    }
    for (size_t at = 0; at < variables->count; at++)
        ob_copy_unchecked(variables->copy + variables->list[at].copied, variables->list[at].place,
                          variables->list[at].size);
    variables->notes = ob_notes_find();
    return variables;
}

void ob_variables_free(struct ob_variables *variables)
{
    if (!variables)
        return;
    ob_notes_release(&variables->notes);
    free(variables->list);
    free(variables->copy);
    free(variables);
}

bool ob_variables_changed(const struct ob_variables *variables, struct ob_text *which)
{
    for (size_t at = 0; at < variables->count; at++) {
        const struct variable *variable = &variables->list[at];
        uint8_t *copy = variables->copy + variable->copied;
        if (is_same(variable->place, copy, variable->size))
            continue;
        ob_notes_refresh(&variables->notes, variable->place, variable->size, copy);
        if (is_same(variable->place, copy, variable->size))
            continue;
        ob_text_printf(which, "%s", variable->name[0] ? variable->name : "a variable");
        return true;
    }
    return false;
}
