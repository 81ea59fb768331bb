/*
 * Stands in for honggfuzz and Centipede, to see that fuzz programs link with an engine that comes
 * as an archive: a main() that calls the functions that engines call, for an input that is empty
 * and for each file that it is given. It makes no inputs of its own.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
/* Centipede takes these where there are any. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                                     unsigned int seed);

#define INPUT_BYTES_MAX ((size_t)1 << 20)

static uint8_t data[INPUT_BYTES_MAX];

/* What engines do with an input of that size in data. */
static void run_input(size_t size)
{
    LLVMFuzzerTestOneInput(data, size);
    if (LLVMFuzzerCustomMutator)
        LLVMFuzzerTestOneInput(data, LLVMFuzzerCustomMutator(data, size, sizeof data, 1));
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    run_input(size);
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc - 1;
    int failed = 0;

    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    run_input(0);
    for (int i = 1; i <= count; i++)
        failed |= run_file(argv[i]);
    printf("stand-in: %d inputs run\n", count + 1);
    return failed;
}
