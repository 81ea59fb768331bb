#include "host/kernel/tree.h"

#include <string.h>

enum { LINKS_FOLLOWED_MAX = 40 };

int64_t ob_realtime_ns(const struct ob_kernel *kernel)
{
    return (int64_t)(ob_now_ns(kernel) + kernel->hooks->realtime_offset_ns(kernel->user));
}

void ob_node_changed(const struct ob_kernel *kernel, struct ob_node *node)
{
    node->modified_ns = node->changed_ns = ob_realtime_ns(kernel);
}

struct ob_node *ob_node_make(struct ob_kernel *kernel, mode_t mode)
{
    struct ob_node *node = ob_region_take(kernel, sizeof *node);

    if (node == NULL)
        return NULL;
    node->number = ++kernel->nodes_made;
    node->mode = mode;
    node->user = node->group = kernel->owner;
    ob_node_changed(kernel, node);
    node->accessed_ns = node->modified_ns;
    return node;
}

void ob_node_hold(struct ob_node *node)
{
    node->opens++;
}

static void free_if_unused(struct ob_kernel *kernel, struct ob_node *node)
{
    if (node->opens > 0 || node->links > 0)
        return;
    assert(node->entries.count == 0);
    if (S_ISREG(node->mode))
        ob_content_resize(kernel, node, 0);
    if (node->text != 0)
        ob_region_give(kernel, ob_at(kernel, node->text), (size_t)node->size);
    ob_region_give(kernel, node, sizeof *node);
}

void ob_node_drop(struct ob_kernel *kernel, struct ob_node *node)
{
    assert(node->opens > 0);
    node->opens--;
    free_if_unused(kernel, node);
}

bool ob_tree_link(struct ob_kernel *kernel, struct ob_node *folder, const char *name, size_t length,
                  struct ob_node *node)
{
    struct ob_link *link = ob_region_take(kernel, sizeof *link + length + 1);

    if (link == NULL)
        return false;
    link->node = ob_ref(kernel, node);
    link->length = (uint32_t)length;
    link->number = ++kernel->nodes_made;
    memcpy(link->name, name, length);
    ob_list_append(kernel, &folder->entries, &link->item);
    node->links++;
    node->changed_ns = ob_realtime_ns(kernel);
    if (S_ISDIR(node->mode))
        node->parent = ob_ref(kernel, folder);
    ob_node_changed(kernel, folder);
    return true;
}

void ob_tree_unlink(struct ob_kernel *kernel, struct ob_node *folder, struct ob_link *link)
{
    struct ob_node *node = ob_at(kernel, link->node);

    ob_list_remove(kernel, &folder->entries, &link->item);
    ob_region_give(kernel, link, sizeof *link + link->length + 1);
    ob_node_changed(kernel, folder);
    node->changed_ns = ob_realtime_ns(kernel);
    if (S_ISDIR(node->mode))
        node->parent = 0;
    node->links--;
    free_if_unused(kernel, node);
}

struct ob_node *ob_tree_make(struct ob_kernel *kernel, const struct ob_place *place, mode_t mode)
{
    struct ob_node *node = ob_node_make(kernel, mode);

    if (node == NULL)
        return NULL;
    if (ob_tree_link(kernel, place->folder, place->name, place->length, node))
        return node;
    ob_region_give(kernel, node, sizeof *node);
    return NULL;
}

static struct ob_link *look_up(struct ob_kernel *kernel, const struct ob_node *folder,
                               const char *name, size_t length)
{
    OB_EACH(kernel, struct ob_link, item, &folder->entries, link)
    {
        if (link->length == length && memcmp(link->name, name, length) == 0)
            return link;
    }
    return NULL;
}

/* Puts the text of a symbolic link in the place of what was walked; `rest` is in place->text. */
static int substitute(struct ob_kernel *kernel, struct ob_place *place, const struct ob_node *link,
                      const char *rest)
{
    char text[OB_PATH_MAX];
    size_t size = (size_t)link->size, more = strlen(rest);

    if (size + more >= sizeof text)
        return -ENAMETOOLONG;
    memcpy(text, ob_at(kernel, link->text), size);
    memcpy(text + size, rest, more + 1);
    memcpy(place->text, text, size + more + 1);
    return 0;
}

/* One part of a path, from `at` on; the place is what it leads to from `folder`. */
static int step(struct ob_kernel *kernel, struct ob_node *folder, const char *at,
                struct ob_place *place)
{
    size_t length = strcspn(at, "/");
    bool is_dot = length == 1 && at[0] == '.', is_up = length == 2 && !memcmp(at, "..", 2);

    if (!S_ISDIR(folder->mode))
        return -ENOTDIR;
    if (length > OB_NAME_MAX)
        return -ENAMETOOLONG;
    place->folder = folder;
    place->name = at;
    place->length = length;
    place->is_dots = is_dot || is_up;
    place->link = NULL;
    if (place->is_dots)
        place->node = is_up && folder->parent != 0 ? ob_at(kernel, folder->parent) : folder;
    else
        place->link = look_up(kernel, folder, at, length);
    if (!place->is_dots)
        place->node = place->link ? ob_at(kernel, place->link->node) : NULL;
    return 0;
}

static bool follows_last(enum ob_follows follows, bool has_slash)
{
    return follows == OB_FOLLOWS_ALL ||
           follows == (has_slash ? OB_FOLLOWS_SLASH : OB_FOLLOWS_PLAIN);
}

int ob_tree_walk(struct ob_kernel *kernel, struct ob_node *start, const char *path,
                 enum ob_follows follows, struct ob_place *place)
{
    size_t size = strnlen(path, OB_PATH_MAX);
    int links = 0;

    if (size == 0)
        return -ENOENT;
    if (size == OB_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(place->text, path, size + 1);

    const char *at = place->text;
    struct ob_node *folder = *at == '/' ? ob_at(kernel, kernel->root) : start;

    at += strspn(at, "/");
    if (*at == '\0') {
        place->folder = NULL;
        place->link = NULL;
        place->node = folder;
        place->name = "/";
        place->length = 1;
        place->is_dots = place->demands_folder = true;
        return 0;
    }
    for (;;) {
        int error = step(kernel, folder, at, place);

        if (error != 0)
            return error;

        const char *behind = at + place->length, *next = behind + strspn(behind, "/");
        bool is_last = *next == '\0';
        bool is_link = place->node != NULL && S_ISLNK(place->node->mode);

        place->demands_folder = *behind == '/';
        if (is_link && (!is_last || follows_last(follows, place->demands_folder))) {
            if (++links > LINKS_FOLLOWED_MAX)
                return -ELOOP;
            error = substitute(kernel, place, place->node, behind);
            if (error != 0)
                return error;
            at = place->text + strspn(place->text, "/");
            if (at != place->text)
                folder = ob_at(kernel, kernel->root);
            if (*at == '\0') {
                place->link = NULL;
                place->node = ob_at(kernel, kernel->root);
                place->is_dots = true;
                return 0;
            }
            continue;
        }
        if (is_last)
            break;
        if (place->node == NULL)
            return -ENOENT;
        folder = place->node;
        at = next;
    }
    return 0;
}

int ob_tree_find(struct ob_kernel *kernel, const char *path, enum ob_follows follows,
                 struct ob_node **node)
{
    struct ob_place place;
    int error = ob_tree_walk(kernel, ob_at(kernel, kernel->folder), path, follows, &place);

    if (error == 0 && place.node == NULL)
        error = -ENOENT;
    if (error == 0 && place.demands_folder && !S_ISDIR(place.node->mode))
        error = -ENOTDIR;
    *node = error == 0 ? place.node : NULL;
    return error;
}
