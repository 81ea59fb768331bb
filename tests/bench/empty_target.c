/* The least that an engine can run: what it costs is the engine's own. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* One edge, as AFL++ takes a program without any for one that is not instrumented. */
    return size == 1 && data[0] == 0xff ? -1 : 0;
}
