/* Calls of the C library that hand out memory: all of it is of the process's own heap. */
#include <stdlib.h>
#include <string.h>

#include "host/call.h"
#include "host/fault.h"
#include "world/actor.h"
#include "world/inline.h"

#define CALLER __builtin_return_address(0)

static void *allocate_surely(size_t size, size_t alignment, const void *site)
{
    void *memory = ob_heap_alloc(ob_heap_of(ob_current.process), size, alignment, site);
    if (!memory)
        errno = ENOMEM;
    return memory;
}

static void *allocate(size_t size, size_t alignment, const void *site)
{
    if (OB_LIKELY(!ob_host_allocation_fails(ob_current.process)))
        return allocate_surely(size, alignment, site);
    errno = ENOMEM;
    return NULL;
}

static void release(void *memory, const void *site)
{
    struct ob_process *process = ob_current.process;
    if (!memory)
        return;
    enum ob_heap_fault fault = ob_heap_free(ob_heap_of(process), memory, site);
    if (OB_LIKELY(fault == OB_HEAP_FINE))
        return;
    if (fault == OB_HEAP_TWICE)
        OB_INVARIANT(process->actor->world, host_heap, false,
                     "%s frees memory twice in %s; it was allocated in %s", ob_name(process->actor),
                     ob_site(site), ob_site(ob_heap_site(ob_heap_of(process), memory)));
    OB_INVARIANT(process->actor->world, host_heap, false,
                 "%s frees an address that malloc() has not returned, in %s",
                 ob_name(process->actor), ob_site(site));
}

static bool product(size_t count, size_t size, size_t *bytes)
{
    if (!__builtin_mul_overflow(count, size, bytes))
        return true;
    errno = ENOMEM;
    return false;
}

static void *allocate_zeroed(size_t size, const void *site)
{
    void *memory = allocate(size, OB_HEAP_ALIGNMENT, site);
    return memory ? memset(memory, 0, size) : NULL;
}

void *ob_c_malloc(size_t size)
{
    return allocate(size, OB_HEAP_ALIGNMENT, CALLER);
}

void ob_c_free(void *memory)
{
    release(memory, CALLER);
}

void *ob_c_calloc(size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? allocate_zeroed(bytes, CALLER) : NULL;
}

/* Always to another place, so that the use of an old address is caught. */
static void *reallocate(void *memory, size_t size, const void *site)
{
    size_t old = 0;
    if (!memory)
        return allocate(size, OB_HEAP_ALIGNMENT, site);
    if (!ob_heap_size(ob_heap_of(ob_current.process), memory, &old) || size == 0) {
        release(memory, site);
        return NULL;
    }
    void *other = allocate(size, OB_HEAP_ALIGNMENT, site);
    if (!other)
        return NULL;
    memcpy(other, memory, old < size ? old : size);
    release(memory, site);
    return other;
}

void *ob_c_realloc(void *memory, size_t size)
{
    return reallocate(memory, size, CALLER);
}

void *ob_c_reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? reallocate(memory, bytes, CALLER) : NULL;
}

void *ob_c_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return allocate(size, alignment, CALLER);
}

void *ob_c_memalign(size_t alignment, size_t size)
{
    return ob_c_aligned_alloc(alignment, size);
}

int ob_c_posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int error = errno;
    void *made = allocate(size, alignment, CALLER);
    errno = error;
    if (!made)
        return ENOMEM;
    *memory = made;
    return 0;
}

void *ob_c_valloc(size_t size)
{
    return allocate(size, 4096, CALLER);
}

size_t ob_c_malloc_usable_size(void *memory)
{
    size_t size = 0;
    return memory && ob_heap_size(ob_heap_of(ob_current.process), memory, &size) ? size : 0;
}

/* -- strings -- */

static char *copy_string(const char *string, size_t length, const void *site)
{
    char *copy = allocate(length + 1, OB_HEAP_ALIGNMENT, site);
    if (!copy)
        return NULL;
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *ob_c_strdup(const char *string)
{
    return copy_string(string, strlen(string), CALLER);
}

char *ob_c_strndup(const char *string, size_t most)
{
    return copy_string(string, strnlen(string, most), CALLER);
}

/* -- C++ -- */

/* What new cannot have ends the process: exceptions would have to be made here. */
static void *allocate_for_new(size_t size, size_t alignment, const void *site)
{
    void *memory = allocate_surely(size, alignment, site);
    struct ob_process *process = ob_current.process;
    if (!memory)
        OB_INVARIANT(process->actor->world, host_aborts, false,
                     "%s has no memory left for new in %s", ob_name(process->actor), ob_site(site));
    return memory;
}

void *ob_c__Znwm(size_t size)
{
    return allocate_for_new(size, OB_HEAP_ALIGNMENT, CALLER);
}

void *ob_c__Znam(size_t size)
{
    return allocate_for_new(size, OB_HEAP_ALIGNMENT, CALLER);
}

void ob_c__ZdlPv(void *memory)
{
    release(memory, CALLER);
}

void ob_c__ZdlPvm(void *memory, size_t size)
{
    (void)size;
    release(memory, CALLER);
}
