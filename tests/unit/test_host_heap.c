/* The heap of hosts: what it hands out, takes back, and tells of misuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/rng.h"
#include "host/heap.h"
#include "host/shadow.h"

#define REGION ((size_t)64 << 20)
#define PIECES 500

static struct ob_heap *heap;
static void *region;

static int begin(void **state)
{
    (void)state;
    region = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    heap = ob_heap_create(region, REGION);
    return region == MAP_FAILED;
}

static int end(void **state)
{
    (void)state;
    ob_shadow_allow(region, REGION);
    return munmap(region, REGION);
}

/* Pieces of all sizes are there, aligned, filled, and nobody else's. */
static void test_pieces(void **state)
{
    static struct {
        uint8_t *memory;
        size_t size;
    } pieces[PIECES];
    struct ob_rng rng = {.state = 7};
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned at = (unsigned)ob_rng_below(&rng, PIECES);
        if (pieces[at].memory) {
            for (size_t byte = 0; byte < pieces[at].size; byte++)
                assert_int_equal(pieces[at].memory[byte], (uint8_t)at);
            size_t size = 0;
            assert_true(ob_heap_size(heap, pieces[at].memory, &size));
            assert_int_equal(size, pieces[at].size);
            assert_int_equal(ob_heap_free(heap, pieces[at].memory, NULL), OB_HEAP_FINE);
            assert_int_equal(ob_heap_free(heap, pieces[at].memory, NULL), OB_HEAP_TWICE);
        }
        size_t alignment = (size_t)16 << ob_rng_below(&rng, 8);
        pieces[at].size = ob_rng_below(&rng, ob_rng_below(&rng, 10) ? 200 : 9000);
        pieces[at].memory = ob_heap_alloc(heap, pieces[at].size, alignment, NULL);
        assert_non_null(pieces[at].memory);
        assert_int_equal((uintptr_t)pieces[at].memory % alignment, 0);
        for (size_t byte = 0; byte < pieces[at].size; byte++)
            assert_int_equal(pieces[at].memory[byte], OB_HEAP_FILL);
        memset(pieces[at].memory, (int)at, pieces[at].size);
    }
}

static void test_misuse(void **state)
{
    int outside = 0;
    (void)state;
    char *memory = ob_heap_alloc(heap, 40, 16, NULL);
    assert_int_equal(ob_heap_free(heap, &outside, NULL), OB_HEAP_NO_CHUNK);
    assert_int_equal(ob_heap_free(heap, memory + 16, NULL), OB_HEAP_NO_CHUNK);
    assert_int_equal(ob_heap_free(heap, memory + 1, NULL), OB_HEAP_NO_CHUNK);
    assert_int_equal(ob_heap_free(heap, memory, NULL), OB_HEAP_FINE);
    assert_null(ob_heap_alloc(heap, REGION, 16, NULL));
    assert_null(ob_heap_alloc(heap, SIZE_MAX - 8, 16, NULL));
    assert_non_null(ob_heap_alloc(heap, 0, 16, NULL));
}

/* What is freed is used again, but not soon. */
static void test_freed_memory_rests(void **state)
{
    (void)state;
    void *first = ob_heap_alloc(heap, 1000, 16, NULL);
    assert_int_equal(ob_heap_free(heap, first, NULL), OB_HEAP_FINE);
    unsigned until = 0;
    for (void *other = NULL; other != first && until < 20000; until++) {
        other = ob_heap_alloc(heap, 1000, 16, NULL);
        assert_non_null(other);
        assert_int_equal(ob_heap_free(heap, other, NULL), OB_HEAP_FINE);
    }
    assert_in_range(until, (8 << 20) / 2000, 10000);
}

/* A copy that is brought back is the heap as it was. */
static void test_copies(void **state)
{
    (void)state;
    char *kept = ob_heap_alloc(heap, 100, 16, NULL);
    char *freed = ob_heap_alloc(heap, 100, 16, NULL);
    strcpy(kept, "before");
    ob_heap_free(heap, freed, NULL);
    void *copy = aligned_alloc(64, (ob_heap_copy_size(heap) + 63) / 64 * 64);
    ob_heap_save(heap, copy);
    size_t used = ob_heap_used(heap);
    strcpy(kept, "after");
    char *later = ob_heap_alloc(heap, 5000, 16, NULL);
    memset(later, 1, 5000);
    ob_heap_drop(heap);
    ob_heap_load(region, REGION, copy);
    free(copy);
    size_t size;
    assert_string_equal(kept, "before");
    assert_int_equal(ob_heap_used(heap), used);
    assert_int_equal(ob_heap_free(heap, freed, NULL), OB_HEAP_TWICE);
    assert_false(ob_heap_size(heap, later, &size));
#ifdef OB_ASAN
    assert_non_null(__asan_region_is_poisoned(freed, 1));
    assert_non_null(__asan_region_is_poisoned(later, 1));
    assert_non_null(__asan_region_is_poisoned(kept + 100, 1));
    assert_null(__asan_region_is_poisoned(kept, 100));
#endif
    assert_ptr_equal(ob_heap_alloc(heap, 5000, 16, NULL), later);
}

/* What a word leads to is no leak, even into its middle, and what that leads to neither. */
static void test_leaks(void **state)
{
    struct ob_heap_leak leak;
    void *root[3] = {NULL};
    (void)state;
    const struct ob_heap_root roots[] = {{root, root + 3}};
    char **first = ob_heap_alloc(heap, 64, 16, NULL);
    char *second = ob_heap_alloc(heap, 50, 256, NULL);
    first[3] = second + 20;
    root[1] = (char *)first + 63;
    assert_false(ob_heap_leaks(heap, roots, 1, &leak));

    heap = ob_heap_create(region, REGION);
    first = ob_heap_alloc(heap, 64, 16, NULL);
    void *lost = ob_heap_alloc(heap, 50, 16, &leak);
    void *freed = ob_heap_alloc(heap, 50, 16, NULL);
    ob_heap_free(heap, freed, NULL);
    memcpy(lost, &lost, sizeof lost); /* itself does not count */
    root[1] = first;
    root[2] = freed;
    assert_true(ob_heap_leaks(heap, roots, 1, &leak));
    assert_int_equal(leak.bytes, 50);
    assert_int_equal(leak.chunks, 1);
    assert_ptr_equal(leak.site, &leak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pieces, begin, end),
        cmocka_unit_test_setup_teardown(test_misuse, begin, end),
        cmocka_unit_test_setup_teardown(test_freed_memory_rests, begin, end),
        cmocka_unit_test_setup_teardown(test_copies, begin, end),
        cmocka_unit_test_setup_teardown(test_leaks, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
