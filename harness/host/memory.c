#include "host/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/variables.h"
#include "host/process_data.h"
#include "host/shadow.h"

#define REGIONS_BASE UINT64_C(0x200000000000)
#define REGION_SIZE ((size_t)256 << 20)
#define OUTPUT_AT ((size_t)8 << 20)
#define PIECES_AT ((size_t)12 << 20)
#define HEAP_AT ((size_t)16 << 20)
static_assert(HEAP_AT + OB_HEAP_REGION_SIZE == REGION_SIZE, "a region is used as a whole");
static_assert(OUTPUT_AT + OB_HOST_OUTPUT_MAX < PIECES_AT, "output fits before its pieces");
static_assert(PIECES_AT + OB_OUTPUT_PIECES_MAX * sizeof(struct ob_output_piece) <= HEAP_AT,
              "pieces fit before the heap");
static_assert(OB_KERNEL_REGION_DEFAULT <= OUTPUT_AT, "the kernel fits before the output");

/* Where AddressSanitizer needs it, and for copies. */
#define ALIGNED(size) (((size) + 63) / 64 * 64)

extern uint8_t __start_ob_process_data[] __attribute__((visibility("hidden")));
extern uint8_t __stop_ob_process_data[] __attribute__((visibility("hidden")));
OB_PROCESS_DATA static uint64_t filler = 1; /* so that there is such a section */

/* What this process has at the addresses that all worlds share. */
static OB_OF_HARNESS uint64_t regions_mapped; /* a bit each */
static OB_OF_HARNESS struct ob_memories *in_place;
static OB_OF_HARNESS struct ob_image library_image;

/* -- variables -- */

enum part { DATA, BSS, THREAD_DATA, THREAD_BSS, PARTS };

static struct ob_range range_of(const struct ob_program *program, enum part part)
{
    switch (part) {
    case DATA:
        return (struct ob_range){program->data, program->data_end};
    case BSS:
        return (struct ob_range){program->bss, program->bss_end};
    case THREAD_DATA:
        return program->thread_data();
    default:
        return program->thread_bss();
    }
}

static uint8_t *place_of(const struct ob_variables *variables, enum part part, size_t *size)
{
    struct ob_range range = {NULL, NULL};
    if (variables->program)
        range = range_of(variables->program, part);
    else if (part == DATA)
        range = (struct ob_range){__start_ob_process_data, __stop_ob_process_data};
    *size = (size_t)(range.end - range.begin);
    return range.begin;
}

/* All parts of the variables, one after the other in a copy. Thread-local ones are those of the
 * thread that has them in place, see ob_memory_swap_thread(). */
static void copy_variables(const struct ob_variables *variables, uint8_t *copy, bool is_back)
{
    for (enum part part = DATA; part < PARTS; part++) {
        size_t size;
        uint8_t *place = place_of(variables, part, &size);
        if (size && is_back)
            ob_shadow_copy(place, copy, size);
        else if (size)
            ob_shadow_copy(copy, place, size);
        copy += ALIGNED(size);
    }
}

static bool add_variables(struct ob_variables *variables, const struct ob_program *program,
                          struct ob_image *image)
{
    *variables = (struct ob_variables){.program = program, .image = image};
    for (enum part part = DATA; part < PARTS; part++) {
        size_t size;
        (void)place_of(variables, part, &size);
        variables->size += ALIGNED(size);
        variables->thread_size += part < THREAD_DATA ? 0 : ALIGNED(size);
    }
    variables->copy = aligned_alloc(64, variables->size + 64);
    if (!image->initial) { /* the first who asks sees them as they are at the beginning */
        image->initial = aligned_alloc(64, variables->size + 64);
        if (image->initial)
            copy_variables(variables, image->initial, false);
    }
    return variables->copy && image->initial;
}

static struct ob_variables *of_resident(const struct ob_image *image)
{
    return &image->resident->variables[image == &library_image ? OB_VARIABLES_OF_LIBRARY
                                                               : OB_VARIABLES_OF_PROGRAM];
}

/* Whoever's variables are in place loses the place. */
static void evict(struct ob_image *image)
{
    if (image->resident)
        copy_variables(of_resident(image), of_resident(image)->copy, false);
    image->resident = NULL;
}

static void take_variables(struct ob_memory *memory, unsigned which)
{
    struct ob_variables *variables = &memory->variables[which];
    struct ob_image *image = variables->image;
    if (image->resident == memory)
        return;
    evict(image);
    bool *is_initial = &memory->state.are_initial[which];
    copy_variables(variables, *is_initial ? image->initial : variables->copy, true);
    *is_initial = false;
    image->resident = memory;
}

/* -- thread-local variables -- */

size_t ob_memory_thread_size(const struct ob_memory *memory)
{
    return memory->variables[OB_VARIABLES_OF_PROGRAM].thread_size;
}

void ob_memory_swap_thread(struct ob_memory *memory, uint8_t *save, const uint8_t *load)
{
    const struct ob_variables *variables = &memory->variables[OB_VARIABLES_OF_PROGRAM];
    assert(variables->image->resident == memory);
    if (!load) /* as it is when a thread begins */
        load = variables->image->initial + variables->size - variables->thread_size;
    for (enum part part = THREAD_DATA; part < PARTS; part++) {
        size_t size;
        uint8_t *place = place_of(variables, part, &size);
        if (size && save)
            memcpy(save, place, size);
        if (size)
            memcpy(place, load, size);
        save = save ? save + ALIGNED(size) : NULL;
        load += ALIGNED(size);
    }
}

/* -- regions -- */

static bool map_region(unsigned index, uint8_t **region)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the same address in every process */
    *region = (uint8_t *)(uintptr_t)(REGIONS_BASE + index * REGION_SIZE);
    if (regions_mapped >> index & 1)
        return true;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    if (mmap(*region, REGION_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) != *region)
        return false;
    regions_mapped |= UINT64_C(1) << index;
    return true;
}

struct ob_memory *ob_memory_add(struct ob_memories *memories, const struct ob_program *program)
{
    uint8_t *region;
    assert(memories->count < OB_HOSTS_MAX);
    struct ob_memory *memory = &memories->hosts[memories->count];
    memories->count++; /* so that what it has is released */
    *memory = (struct ob_memory){.all = memories};
    if (!map_region(memories->count - 1, &region) ||
        !add_variables(&memory->variables[OB_VARIABLES_OF_LIBRARY], NULL, &library_image) ||
        !add_variables(&memory->variables[OB_VARIABLES_OF_PROGRAM], program, program->image))
        return NULL;
    memory->kernel_region = region;
    memory->output = (char *)region + OUTPUT_AT;
    memory->pieces = (struct ob_output_piece *)(void *)(region + PIECES_AT);
    memory->heap_region = region + HEAP_AT;
    return memory;
}

/* Forgets what is there of a host, and that it is there. */
static void forget(struct ob_memory *memory)
{
    for (unsigned which = 0; which < OB_VARIABLES; which++)
        if (memory->variables[which].image && memory->variables[which].image->resident == memory)
            memory->variables[which].image->resident = NULL;
}

void ob_memories_release(struct ob_memories *memories)
{
    for (unsigned index = 0; index < memories->count; index++) {
        struct ob_memory *memory = &memories->hosts[index];
        forget(memory);
        for (unsigned which = 0; which < OB_VARIABLES; which++)
            free(memory->variables[which].copy);
    }
    if (in_place == memories)
        in_place = NULL;
    free(memories->away);
    *memories = (struct ob_memories){0};
}

static void drop_heap(struct ob_memory *memory)
{
    if (memory->state.heap)
        ob_heap_drop(memory->state.heap);
    memory->state.heap = NULL;
}

/* -- copies -- */

static size_t size_of(const struct ob_memory *memory)
{
    const struct ob_memory_state *state = &memory->state;
    size_t size = ALIGNED(sizeof *state) + ALIGNED(state->output_size);
    size += ALIGNED(state->output_pieces * sizeof *memory->pieces);
    size += state->kernel ? ALIGNED(ob_kernel_used(state->kernel)) : 0;
    size += state->heap ? ALIGNED(ob_heap_copy_size(state->heap)) : 0;
    for (unsigned which = 0; which < OB_VARIABLES; which++)
        size += state->are_initial[which] ? 0 : memory->variables[which].size;
    return size;
}

/* To a copy that is aligned to 8, which it returns the end of. */
static uint8_t *save(const struct ob_memory *memory, uint8_t *copy)
{
    const struct ob_memory_state *state = &memory->state;
    memcpy(copy, state, sizeof *state);
    copy += ALIGNED(sizeof *state);
    if (state->output_size)
        memcpy(copy, memory->output, state->output_size);
    copy += ALIGNED(state->output_size);
    size_t pieces = state->output_pieces * sizeof *memory->pieces;
    if (pieces)
        memcpy(copy, memory->pieces, pieces);
    copy += ALIGNED(pieces);
    if (state->kernel) {
        memcpy(copy, state->kernel, ob_kernel_used(state->kernel));
        copy += ALIGNED(ob_kernel_used(state->kernel));
    }
    if (state->heap) {
        ob_heap_save(state->heap, copy);
        copy += ALIGNED(ob_heap_copy_size(state->heap));
    }
    for (unsigned which = 0; which < OB_VARIABLES; which++) {
        const struct ob_variables *variables = &memory->variables[which];
        if (state->are_initial[which])
            continue;
        if (variables->image->resident == memory)
            copy_variables(variables, copy, false);
        else
            ob_shadow_copy(copy, variables->copy, variables->size);
        copy += variables->size;
    }
    return copy;
}

static const uint8_t *load(struct ob_memory *memory, const uint8_t *copy)
{
    struct ob_memory_state *state = &memory->state;
    forget(memory);
    drop_heap(memory);
    memcpy(state, copy, sizeof *state);
    copy += ALIGNED(sizeof *state);
    if (state->output_size)
        memcpy(memory->output, copy, state->output_size);
    memory->output[state->output_size] = '\0';
    copy += ALIGNED(state->output_size);
    size_t pieces = state->output_pieces * sizeof *memory->pieces;
    if (pieces)
        memcpy(memory->pieces, copy, pieces);
    copy += ALIGNED(pieces);
    if (state->kernel) {
        size_t used = ob_kernel_used((const struct ob_kernel *)(const void *)copy);
        memcpy(memory->kernel_region, copy, used);
        copy += ALIGNED(used);
    }
    if (state->heap) {
        ob_heap_load(memory->heap_region, OB_HEAP_REGION_SIZE, copy);
        copy += ALIGNED(ob_heap_copy_size(state->heap));
    }
    for (unsigned which = 0; which < OB_VARIABLES; which++) {
        const struct ob_variables *variables = &memory->variables[which];
        if (state->are_initial[which])
            continue;
        ob_shadow_copy(variables->copy, copy, variables->size);
        copy += variables->size;
    }
    return copy;
}

static size_t size_of_all(const struct ob_memories *memories)
{
    size_t size = 0;
    for (unsigned index = 0; index < memories->count; index++)
        size += size_of(&memories->hosts[index]);
    return size;
}

static void save_all(const struct ob_memories *memories, uint8_t *copy)
{
    for (unsigned index = 0; index < memories->count; index++)
        copy = save(&memories->hosts[index], copy);
}

static void load_all(struct ob_memories *memories, const uint8_t *copy)
{
    for (unsigned index = 0; index < memories->count; index++)
        copy = load(&memories->hosts[index], copy);
}

/* Another world's hosts get the addresses. `keep`: ours are brought back to them, if they were
 * there before. */
static void swap_in(struct ob_memories *memories, bool keep)
{
    if (in_place == memories)
        return;
    if (in_place && in_place->count) {
        in_place->away = aligned_alloc(64, ALIGNED(size_of_all(in_place) + 64));
        if (!in_place->away)
            abort(); /* two worlds at a time are for commands, which may end so */
        save_all(in_place, in_place->away);
        for (unsigned index = 0; index < in_place->count; index++) {
            forget(&in_place->hosts[index]);
            if (in_place->hosts[index].state.heap)
                ob_heap_drop(in_place->hosts[index].state.heap);
        }
    }
    in_place = memories;
    for (unsigned index = 0; index < memories->count; index++)
        memories->hosts[index].state.heap = NULL; /* nothing of ours is there that ends */
    if (keep && memories->away)
        load_all(memories, memories->away);
    free(memories->away);
    memories->away = NULL;
}

size_t ob_memories_size(const struct ob_memories *memories)
{
    swap_in((struct ob_memories *)memories, true);
    return size_of_all(memories) + 64;
}

void ob_memories_save(const struct ob_memories *memories, void *copy)
{
    assert((uintptr_t)copy % 8 == 0);
    save_all(memories, copy);
}

void ob_memories_load(struct ob_memories *memories, const void *copy)
{
    swap_in(memories, false);
    load_all(memories, copy);
}

/* -- output -- */

void ob_memory_output(struct ob_memory *memory, uint32_t delivery, bool is_error, const void *bytes,
                      size_t size)
{
    struct ob_memory_state *state = &memory->state;
    size_t room = OB_HOST_OUTPUT_MAX - state->output_size;
    size = size < room ? size : room;
    if (size == 0)
        return;
    const struct ob_output_piece *last = memory->pieces + state->output_pieces;
    bool is_more =
        state->output_pieces > 0 && last[-1].delivery == delivery && last[-1].is_error == is_error;
    if (!is_more && state->output_pieces < OB_OUTPUT_PIECES_MAX)
        memory->pieces[state->output_pieces++] =
            (struct ob_output_piece){delivery, (uint32_t)state->output_size, is_error};
    memcpy(memory->output + state->output_size, bytes, size);
    state->output_size += size;
    memory->output[state->output_size] = '\0';
}

/* -- life -- */

void ob_memories_begin(struct ob_memories *memories)
{
    swap_in(memories, false);
    for (unsigned index = 0; index < memories->count; index++) {
        struct ob_memory *memory = &memories->hosts[index];
        forget(memory);
        drop_heap(memory);
        memory->state = (struct ob_memory_state){.are_initial = {true, true}};
        memory->output[0] = '\0';
    }
}

void ob_memory_begin_process(struct ob_memory *memory)
{
    swap_in(memory->all, true);
    forget(memory);
    drop_heap(memory);
    for (unsigned which = 0; which < OB_VARIABLES; which++)
        memory->state.are_initial[which] = true;
    memory->state.heap = ob_heap_create(memory->heap_region, OB_HEAP_REGION_SIZE);
}

void ob_memories_show(struct ob_memories *memories)
{
    swap_in(memories, true);
}

void ob_memory_take(struct ob_memory *memory)
{
    if (in_place != memory->all)
        swap_in(memory->all, true);
    for (unsigned which = 0; which < OB_VARIABLES; which++)
        take_variables(memory, which);
    (void)filler;
}
