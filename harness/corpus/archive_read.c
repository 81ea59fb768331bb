#include "corpus/archive.h"

static int add_to_set(void *context, const struct ob_archive_entry *entry, struct ob_error *error)
{
    struct ob_input_set *set = context;
    return ob_input_set_add(set, entry->data, entry->size, error);
}

int ob_archive_read_memory(const struct ob_archive_source *source, struct ob_input_set *set,
                           struct ob_archive_damage *damage, struct ob_error *error)
{
    return ob_archive_each_memory(source, add_to_set, set, damage, error);
}

int ob_archive_read(const char *path, struct ob_input_set *set, struct ob_archive_damage *damage,
                    struct ob_error *error)
{
    return ob_archive_each(path, add_to_set, set, damage, error);
}
