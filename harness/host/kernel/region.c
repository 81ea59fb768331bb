/* Memory of the region in blocks of powers of two, lists, and choices. */
#include <string.h>

#include "host/kernel/state.h"

enum { OB_BLOCK_MIN = 16 };

static unsigned class_of(size_t size)
{
    unsigned class = 0;

    while (((size_t)OB_BLOCK_MIN << class) < size)
        class ++;
    return class;
}

void *ob_region_take_raw(struct ob_kernel *kernel, size_t size)
{
    if (size > kernel->size) {
        kernel->was_full = true;
        return NULL;
    }

    unsigned class = class_of(size);
    size_t block = (size_t)OB_BLOCK_MIN << class;

    assert(class < OB_REGION_CLASSES);
    if (kernel->free[class] != 0) {
        void *memory = ob_at(kernel, kernel->free[class]);

        memcpy(&kernel->free[class], memory, sizeof kernel->free[class]);
        return memory;
    }
    if (block > kernel->size - kernel->top) {
        kernel->was_full = true;
        return NULL;
    }

    void *memory = (char *)kernel + kernel->top;

    kernel->top += block;
    return memory;
}

void *ob_region_take(struct ob_kernel *kernel, size_t size)
{
    void *memory = ob_region_take_raw(kernel, size);

    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

void ob_region_give(struct ob_kernel *kernel, void *memory, size_t size)
{
    if (memory == NULL)
        return;

    unsigned class = class_of(size);

    memcpy(memory, &kernel->free[class], sizeof kernel->free[class]);
    kernel->free[class] = ob_ref(kernel, memory);
}

void ob_list_append(struct ob_kernel *kernel, struct ob_list *list, struct ob_item *item)
{
    uint32_t ref = ob_ref(kernel, item);
    struct ob_item *last = ob_at(kernel, list->last);

    assert(item->next == 0 && item->prev == 0 && list->first != ref);
    item->prev = list->last;
    if (last != NULL)
        last->next = ref;
    else
        list->first = ref;
    list->last = ref;
    list->count++;
}

void ob_list_remove(struct ob_kernel *kernel, struct ob_list *list, struct ob_item *item)
{
    struct ob_item *next = ob_at(kernel, item->next);
    struct ob_item *prev = ob_at(kernel, item->prev);

    assert(list->count > 0 && (prev != NULL || list->first == ob_ref(kernel, item)));
    if (prev != NULL)
        prev->next = item->next;
    else
        list->first = item->next;
    if (next != NULL)
        next->prev = item->prev;
    else
        list->last = item->prev;
    list->count--;
    *item = (struct ob_item){0};
}

uint32_t ob_kernel_choose(struct ob_kernel *kernel, enum ob_kernel_choice what, uint32_t file,
                          uint32_t least, uint32_t plain, uint32_t most)
{
    if ((kernel->choices >> what & 1) == 0 || most <= least)
        return plain;

    uint32_t chosen = kernel->hooks->choose(kernel->user, what, file, plain, most);

    return chosen < least ? least : chosen > most ? most : chosen;
}
