/*
 * Many inputs, as a fuzzing campaign would leave them: made by mutating those of archives.
 *
 *     bench_corpus_inputs COUNT SEED DIRECTORY ARCHIVE...
 *
 * Each archive is named TARGET.tar.zst. The targets take turns; each new input is a mutation of one
 * that was there before, shipped or made, or what two such make together, as engines do it. All are
 * distinct and have at most 1,024 bytes, as with ./scripts/fuzz. The same arguments give the same
 * files, which are named by their SHA-1, as libFuzzer names them (FIPS 180-4).
 *
 * Prints one line of key=value pairs. Exit codes: 0, or 2 when something cannot be read or written.
 */
#include "base/file.h"
#include "base/rng.h"
#include "cli/registry.h"
#include "corpus/archive.h"
#include "scenario/mutate.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_BYTES_MAX 1024
#define RECORDS_MAX (INPUT_BYTES_MAX / OB_RECORD_SIZE)
#define CROSSOVER_ONE_IN 8
#define ATTEMPTS_PER_INPUT 1000
#define TARGETS_MAX 64

struct digest {
    uint8_t bytes[20];
};

struct pool {
    struct ob_world *world;
    struct ob_input_set inputs;
};

/* The digests of all inputs, to tell repetitions: open addressing. */
struct seen {
    struct digest *slots;
    size_t mask;
};

static void die(const char *text)
{
    fprintf(stderr, "bench_corpus_inputs: %s\n", text);
    exit(2);
}

static uint32_t rotated(uint32_t value, unsigned by)
{
    return (value << by) | (value >> (32 - by));
}

static void digest_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t w[80];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
        uint32_t f = i < 20 ? (b & c) | (~b & d) : b ^ c ^ d;

        if (i >= 40 && i < 60)
            f = (b & c) | (b & d) | (c & d);
        f += rotated(a, 5) + e + constants[i / 20] + w[i];
        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = f;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

static struct digest digest_of(const uint8_t *data, size_t size)
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t padded[INPUT_BYTES_MAX + 128] = {0};
    size_t total = (size + 9 + 63) / 64 * 64;
    struct digest digest;

    memcpy(padded, data, size);
    padded[size] = 0x80;
    for (size_t i = 0; i < 8; i++)
        padded[total - 1 - i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    for (size_t at = 0; at < total; at += 64)
        digest_block(state, padded + at);
    for (size_t i = 0; i < sizeof digest.bytes; i++)
        digest.bytes[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

/* Notes a digest. Returns false if it was there. */
static bool is_new(struct seen *seen, const struct digest *digest)
{
    static const struct digest none;
    size_t at;

    memcpy(&at, digest->bytes, sizeof at);
    for (at &= seen->mask; memcmp(&seen->slots[at], &none, sizeof none) != 0;
         at = (at + 1) & seen->mask)
        if (memcmp(&seen->slots[at], digest, sizeof *digest) == 0)
            return false;
    seen->slots[at] = *digest;
    return true;
}

static void open_pool(struct pool *pool, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    struct ob_error error = {{0}};

    for (size_t i = 0; ob_registry[i]; i++) {
        size_t length = strlen(ob_registry[i]->name);
        if (strncmp(name, ob_registry[i]->name, length) == 0 && name[length] == '.')
            pool->world = ob_world_create(ob_registry[i], 0, &error);
    }
    if (!pool->world)
        die(error.text[0] ? error.text : "an archive is not named after a target");
    if (ob_archive_read(path, &pool->inputs, NULL, &error) != 0 || pool->inputs.count == 0)
        die(error.text[0] ? error.text : "an archive is damaged or empty");
}

static size_t mutated(const struct pool *pool, struct ob_rng *rng, uint8_t *out)
{
    static struct ob_scenario scenarios[3];
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(pool->world);
    const struct ob_scenario *child = &scenarios[0];

    for (size_t i = 0; i < 2; i++) {
        const struct ob_input *parent =
            &pool->inputs.inputs[ob_rng_below(rng, (uint32_t)pool->inputs.count)];
        ob_scenario_decode(vocabulary, parent->data, parent->size, &scenarios[i]);
    }
    if (ob_rng_below(rng, CROSSOVER_ONE_IN) == 0) {
        ob_crossover(vocabulary, &scenarios[0], &scenarios[1], &scenarios[2], RECORDS_MAX, rng);
        child = &scenarios[2];
    } else {
        ob_mutate(vocabulary, &scenarios[0], RECORDS_MAX, rng);
    }
    return ob_scenario_encode(vocabulary, child, out, INPUT_BYTES_MAX);
}

static void write_input(const char *directory, const struct digest *digest, const uint8_t *data,
                        size_t size)
{
    char path[4096];
    int length = snprintf(path, sizeof path - 40, "%s/", directory);

    for (size_t i = 0; i < sizeof digest->bytes; i++)
        length += snprintf(path + length, 3, "%02x", digest->bytes[i]);
    FILE *file = fopen(path, "wbx");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        die("an input cannot be written");
}

int main(int argc, char **argv)
{
    static struct pool pools[TARGETS_MAX];
    uint8_t data[INPUT_BYTES_MAX];
    size_t made = 0;
    size_t bytes = 0;

    if (argc < 5 || argc > 4 + TARGETS_MAX)
        die("usage: bench_corpus_inputs COUNT SEED DIRECTORY ARCHIVE...");
    size_t count = strtoul(argv[1], NULL, 10);
    struct ob_rng rng = {strtoull(argv[2], NULL, 10)};
    struct seen seen = {.mask = 1023};
    while (seen.mask < 4 * count && seen.mask < SIZE_MAX / 64)
        seen.mask = seen.mask * 2 + 1;
    seen.slots = calloc(seen.mask + 1, sizeof *seen.slots);
    size_t pool_count = (size_t)argc - 4;
    if (!seen.slots || mkdir(argv[3], 0777) != 0)
        die("the directory cannot be made, or is there already");
    for (size_t i = 0; i < pool_count; i++)
        open_pool(&pools[i], argv[4 + i]);

    for (size_t attempt = 0; made < count; attempt++) {
        struct pool *pool = &pools[attempt % pool_count];
        size_t size = mutated(pool, &rng, data);
        struct digest digest = digest_of(data, size);
        if (attempt > ATTEMPTS_PER_INPUT * count)
            die("the targets have not that many inputs");
        if (!is_new(&seen, &digest))
            continue;
        if (ob_input_set_add(&pool->inputs, data, size, NULL) != 0)
            die("out of memory");
        write_input(argv[3], &digest, data, size);
        bytes += size;
        made++;
    }
    printf("inputs=%zu bytes=%zu seed=%s\n", made, bytes, argv[2]);
    for (size_t i = 0; i < pool_count; i++) {
        ob_input_set_release(&pools[i].inputs);
        ob_world_destroy(pools[i].world);
    }
    free(seen.slots);
    return 0;
}
