/* The bytes of regular files: pages of the region, and holes where nothing was written. */
#include <string.h>

#include "host/kernel/tree.h"

enum { PAGE = 4096, PAGES_AT_FIRST = 4 };

static void *page_of(const struct ob_kernel *kernel, const struct ob_node *node, uint64_t index)
{
    const uint32_t *pages = ob_at(kernel, node->pages);

    return index < node->pages_room ? ob_at(kernel, pages[index]) : NULL;
}

/* The page, made where there is none; NULL when the region is full. */
static void *need_page(struct ob_kernel *kernel, struct ob_node *node, uint64_t index)
{
    uint64_t room = node->pages_room ? node->pages_room : PAGES_AT_FIRST;

    while (room <= index)
        room *= 2;
    if (room * sizeof(uint32_t) > kernel->size)
        return NULL;
    if (room > node->pages_room) {
        uint32_t *old = ob_at(kernel, node->pages);
        uint32_t *pages = ob_region_take(kernel, room * sizeof *pages);

        if (pages == NULL)
            return NULL;
        if (old != NULL)
            memcpy(pages, old, node->pages_room * sizeof *pages);
        ob_region_give(kernel, old, node->pages_room * sizeof *pages);
        node->pages = ob_ref(kernel, pages);
        node->pages_room = (uint32_t)room;
    }

    uint32_t *pages = ob_at(kernel, node->pages);

    if (pages[index] == 0)
        pages[index] = ob_ref(kernel, ob_region_take(kernel, PAGE));
    return ob_at(kernel, pages[index]);
}

size_t ob_content_read(struct ob_kernel *kernel, const struct ob_node *node, void *bytes,
                       size_t size, uint64_t offset)
{
    size_t done = 0;

    if (offset >= node->size)
        return 0;
    if (size > node->size - offset)
        size = (size_t)(node->size - offset);
    while (done < size) {
        size_t at = (size_t)((offset + done) % PAGE);
        size_t part = size - done < PAGE - at ? size - done : PAGE - at;
        const char *page = page_of(kernel, node, (offset + done) / PAGE);

        if (page != NULL)
            memcpy((char *)bytes + done, page + at, part);
        else
            memset((char *)bytes + done, 0, part);
        done += part;
    }
    return done;
}

ssize_t ob_content_write(struct ob_kernel *kernel, struct ob_node *node, const void *bytes,
                         size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        size_t at = (size_t)((offset + done) % PAGE);
        size_t part = size - done < PAGE - at ? size - done : PAGE - at;
        char *page = need_page(kernel, node, (offset + done) / PAGE);

        if (page == NULL)
            break;
        memcpy(page + at, (const char *)bytes + done, part);
        done += part;
    }
    if (done > 0 && offset + done > node->size)
        node->size = offset + done;
    return done == 0 && size > 0 ? -ENOSPC : (ssize_t)done;
}

void ob_content_resize(struct ob_kernel *kernel, struct ob_node *node, uint64_t size)
{
    uint32_t *pages = ob_at(kernel, node->pages);
    uint64_t first_gone = (size + PAGE - 1) / PAGE;

    for (uint64_t i = first_gone; i < node->pages_room; i++) {
        ob_region_give(kernel, ob_at(kernel, pages[i]), PAGE);
        pages[i] = 0;
    }
    if (size % PAGE != 0 && size < node->size) {
        char *page = page_of(kernel, node, size / PAGE);

        if (page != NULL)
            memset(page + size % PAGE, 0, PAGE - size % PAGE);
    }
    if (size == 0) {
        ob_region_give(kernel, pages, node->pages_room * sizeof *pages);
        node->pages = node->pages_room = 0;
    }
    node->size = size;
}
