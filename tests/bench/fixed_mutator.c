/*
 * A mutator for libFuzzer and for AFL++ that always gives the same input, the file that
 * OFFBEAT_BENCH_INPUT names: so an engine's own loop runs a fixed workload.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX 65536

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t size_max);
void afl_custom_deinit(void *data);

static uint8_t input[INPUT_BYTES_MAX];
static size_t input_size;

static void load_input(void)
{
    const char *path = getenv("OFFBEAT_BENCH_INPUT");
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;

    if (file != NULL) {
        input_size = fread(input, 1, sizeof(input), file);
        fclose(file);
    }
    if (input_size == 0) {
        fprintf(stderr, "bench: OFFBEAT_BENCH_INPUT names no readable file with content\n");
        exit(2);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    (void)size;
    (void)seed;
    if (input_size == 0)
        load_input();
    if (input_size > max_size) {
        fprintf(stderr, "bench: the input has more than %zu bytes\n", max_size);
        exit(2);
    }
    memcpy(data, input, input_size);
    return input_size;
}

void *afl_custom_init(void *afl, unsigned int seed)
{
    (void)afl;
    (void)seed;
    load_input();
    return input;
}

size_t afl_custom_fuzz(void *data, uint8_t *buffer, size_t buffer_size, uint8_t **out,
                       uint8_t *other, size_t other_size, size_t size_max)
{
    (void)data;
    (void)buffer;
    (void)buffer_size;
    (void)other;
    (void)other_size;
    *out = input;
    return input_size < size_max ? input_size : size_max;
}

void afl_custom_deinit(void *data)
{
    (void)data;
}
