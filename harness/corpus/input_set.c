#include "corpus/input_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static int reserve_one(struct ob_input_set *set, struct ob_error *error)
{
    struct ob_input *inputs =
        ob_array_reserve(set->inputs, &set->capacity, set->count + 1, sizeof *inputs);
    if (!inputs)
        return ob_error_set(error, "no memory for more than %zu inputs", set->count);
    set->inputs = inputs;
    return 0;
}

int ob_input_set_take(struct ob_input_set *set, uint8_t *data, size_t size, struct ob_error *error)
{
    int result = 0;
    if (size > OB_INPUT_BYTES_MAX) {
        result = ob_error_set(error, "an input of %zu bytes is larger than the limit of %zu", size,
                              OB_INPUT_BYTES_MAX);
    } else if (set->count >= OB_INPUTS_MAX) {
        result = ob_error_set(error, "there are more than %zu inputs", OB_INPUTS_MAX);
    } else if (size > OB_INPUT_SET_BYTES_MAX - set->bytes) {
        result = ob_error_set(error, "the inputs are more than %zu bytes", OB_INPUT_SET_BYTES_MAX);
    } else {
        result = reserve_one(set, error);
    }
    if (result != 0) {
        free(data);
        return result;
    }
    assert(set->count < set->capacity);
    set->inputs[set->count].data = data;
    set->inputs[set->count].size = size;
    set->count++;
    set->bytes += size;
    return 0;
}

int ob_input_set_add(struct ob_input_set *set, const void *data, size_t size,
                     struct ob_error *error)
{
    /* Checked before the copy, so that a refused input costs no memory. */
    if (size > OB_INPUT_BYTES_MAX)
        return ob_input_set_take(set, NULL, size, error);
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return ob_error_set(error, "no memory for an input of %zu bytes", size);
    if (size > 0)
        memcpy(copy, data, size);
    return ob_input_set_take(set, copy, size, error);
}

int ob_input_compare(const uint8_t *left, size_t left_size, const uint8_t *right, size_t right_size)
{
    const int order = memcmp(left, right, left_size < right_size ? left_size : right_size);
    if (order != 0)
        return order;
    return (left_size > right_size) - (left_size < right_size);
}

static int compare_inputs(const void *left_pointer, const void *right_pointer)
{
    const struct ob_input *left = left_pointer;
    const struct ob_input *right = right_pointer;
    return ob_input_compare(left->data, left->size, right->data, right->size);
}

void ob_input_set_normalize(struct ob_input_set *set)
{
    if (set->count < 2)
        return;
    qsort(set->inputs, set->count, sizeof *set->inputs, compare_inputs);
    size_t kept = 1;
    for (size_t i = 1; i < set->count; i++) {
        assert(compare_inputs(&set->inputs[kept - 1], &set->inputs[i]) <= 0);
        if (compare_inputs(&set->inputs[kept - 1], &set->inputs[i]) == 0) {
            assert(set->bytes >= set->inputs[i].size);
            set->bytes -= set->inputs[i].size;
            free(set->inputs[i].data);
        } else {
            set->inputs[kept++] = set->inputs[i];
        }
    }
    set->count = kept;
}

void ob_input_set_release(struct ob_input_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->inputs[i].data);
    free(set->inputs);
    memset(set, 0, sizeof *set);
}
