#include "engine/standalone_inputs.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add_file(struct ob_pool *pool, const char *path, struct ob_error *error)
{
    struct ob_pool_input input = {0};

    if (pool->count == OB_POOL_MAX)
        return ob_error_set(error, "%s: more than %d inputs", path, OB_POOL_MAX);
    if (ob_file_read(path, OB_POOL_INPUT_BYTES_MAX, &input.data, &input.size, error) != 0)
        return -1;
    input.path = strdup(path);
    if (input.path == NULL) {
        free(input.data);
        return ob_error_set(error, "%s: not enough memory", path);
    }
    pool->inputs[pool->count++] = input;
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int add_entry(struct ob_pool *pool, const char *directory, const char *name,
                     struct ob_error *error)
{
    struct stat status;
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);

    if (length < 0 || (size_t)length >= sizeof(path))
        return ob_error_set(error, "%s: the path of a file in it is too long", directory);
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    return add_file(pool, path, error);
}

static int add_directory(struct ob_pool *pool, const char *path, struct ob_error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, alphasort);
    int result = 0;

    if (count < 0)
        return ob_error_set(error, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (result == 0 && pool->count < OB_POOL_MAX)
            result = add_entry(pool, path, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    return result;
}

int ob_pool_add_path(struct ob_pool *pool, const char *path, struct ob_error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return ob_error_set(error, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return add_file(pool, path, error);
    return add_directory(pool, path, error) == 0 ? 1 : -1;
}

int ob_pool_put(struct ob_pool *pool, size_t index, const uint8_t *data, size_t size)
{
    struct ob_pool_input *input = &pool->inputs[index];
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        return -1;
    if (size > 0)
        memcpy(copy, data, size);
    free(input->data);
    free(input->path);
    *input = (struct ob_pool_input){.data = copy, .size = size};
    if (index == pool->count)
        pool->count++;
    return 0;
}

void ob_pool_release(struct ob_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        free(pool->inputs[i].data);
        free(pool->inputs[i].path);
    }
    *pool = (struct ob_pool){0};
}
