#include "host/kernel/epoll.h"

#include "host/kernel/ready.h"

enum {
    LEVELS_MAX = 4, /* EP_MAX_NESTS of Linux */
    ALWAYS = EPOLLERR | EPOLLHUP,
    EVENTS_MAX = INT32_MAX / (int)sizeof(struct epoll_event),
};

static const uint32_t settings = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
static const uint32_t exclusive_may =
    EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

int ob_sys_epoll_create(struct ob_kernel *kernel, int flags)
{
    if ((flags & ~EPOLL_CLOEXEC) != 0)
        return -EINVAL;

    struct ob_epoll *epoll = ob_region_take(kernel, sizeof *epoll);

    if (epoll == NULL)
        return -ENOMEM;

    int fd = ob_file_open(kernel, OB_FILE_EPOLL, O_RDWR | flags, ob_ref(kernel, epoll));

    if (fd < 0)
        ob_region_give(kernel, epoll, sizeof *epoll);
    return fd;
}

/* How many levels of sets are in `set`, itself not counted, or more than `left`; finds `wanted`. */
static int levels_below(struct ob_kernel *kernel, const struct ob_file *set,
                        const struct ob_file *wanted, int left)
{
    const struct ob_epoll *epoll = ob_at(kernel, set->object);
    int most = 0;

    if (set == wanted || left < 0)
        return LEVELS_MAX + 1;
    OB_EACH(kernel, struct ob_watch, of_epoll, &epoll->members, watch)
    {
        const struct ob_file *member = ob_at(kernel, watch->file);

        if (member->kind == OB_FILE_EPOLL) {
            int levels = 1 + levels_below(kernel, member, wanted, left - 1);

            most = levels > most ? levels : most;
        }
    }
    return most;
}

/* How many levels of sets `set` is in. */
static int levels_above(struct ob_kernel *kernel, const struct ob_file *set, int left)
{
    int most = 0;

    if (left < 0)
        return 0;
    OB_EACH(kernel, struct ob_watch, of_file, &set->watchers, watch)
    {
        int levels = 1 + levels_above(kernel, ob_at(kernel, watch->epoll), left - 1);

        most = levels > most ? levels : most;
    }
    return most;
}

static struct ob_watch *find(struct ob_kernel *kernel, const struct ob_epoll *epoll,
                             const struct ob_file *file, int fd)
{
    OB_EACH(kernel, struct ob_watch, of_epoll, &epoll->members, watch)
    {
        if (watch->fd == fd && watch->file == ob_ref(kernel, file))
            return watch;
    }
    return NULL;
}

/* New events of a member: from now on, and at once where they hold already. */
static void apply(struct ob_kernel *kernel, struct ob_watch *watch, const struct epoll_event *event)
{
    watch->events = event->events | ALWAYS;
    watch->data = event->data.u64;
    watch->is_disabled = false;
    if ((ob_file_poll(kernel, ob_at(kernel, watch->file)) & watch->events) != 0 && !watch->is_ready)
        ob_watch_ready(kernel, watch);
}

static int add(struct ob_kernel *kernel, struct ob_file *set, struct ob_file *file, int fd,
               const struct epoll_event *event)
{
    struct ob_epoll *epoll = ob_at(kernel, set->object);

    if (file->kind == OB_FILE_EPOLL &&
        levels_below(kernel, file, set, LEVELS_MAX) + levels_above(kernel, set, LEVELS_MAX) >=
            LEVELS_MAX)
        return -ELOOP;

    struct ob_watch *watch = ob_region_take(kernel, sizeof *watch);

    if (watch == NULL)
        return -ENOMEM;
    watch->file = ob_ref(kernel, file);
    watch->epoll = ob_ref(kernel, set);
    watch->fd = fd;
    ob_list_append(kernel, &file->watchers, &watch->of_file);
    ob_list_append(kernel, &epoll->members, &watch->of_epoll);
    apply(kernel, watch, event);
    return 0;
}

/* What is wrong with the arguments, or 0. */
static int check(struct ob_kernel *kernel, int fd, int operation, int member,
                 const struct epoll_event *event)
{
    const struct ob_file *set = ob_file_of(kernel, fd), *file = ob_file_of(kernel, member);

    if (set == NULL || file == NULL)
        return -EBADF;
    if (ob_file_operations[file->kind].poll == NULL)
        return -EPERM;
    if (set == file || set->kind != OB_FILE_EPOLL)
        return -EINVAL;
    if (operation == EPOLL_CTL_DEL || (event->events & EPOLLEXCLUSIVE) == 0)
        return 0;
    if (operation == EPOLL_CTL_MOD || file->kind == OB_FILE_EPOLL ||
        (event->events & ~exclusive_may) != 0)
        return -EINVAL;
    return 0;
}

int ob_sys_epoll_ctl(struct ob_kernel *kernel, int fd, int operation, int member,
                     struct epoll_event *event)
{
    int error = check(kernel, fd, operation, member, event);

    if (error != 0)
        return error;

    struct ob_file *set = ob_file_of(kernel, fd), *file = ob_file_of(kernel, member);
    struct ob_watch *watch = find(kernel, ob_at(kernel, set->object), file, member);

    switch (operation) {
    case EPOLL_CTL_ADD:
        return watch != NULL ? -EEXIST : add(kernel, set, file, member, event);
    case EPOLL_CTL_MOD:
        if (watch == NULL)
            return -ENOENT;
        if ((watch->events & EPOLLEXCLUSIVE) != 0)
            return -EINVAL;
        apply(kernel, watch, event);
        return 0;
    case EPOLL_CTL_DEL:
        if (watch == NULL)
            return -ENOENT;
        ob_watch_remove(kernel, watch);
        return 0;
    default:
        return -EINVAL;
    }
}

/* What holds of a member that it waits for. */
static uint32_t events_of(struct ob_kernel *kernel, const struct ob_watch *watch)
{
    if (watch->is_disabled)
        return 0;
    return ob_file_poll(kernel, ob_at(kernel, watch->file)) & watch->events & ~settings;
}

uint32_t ob_epoll_poll(struct ob_kernel *kernel, struct ob_file *file)
{
    const struct ob_epoll *epoll = ob_at(kernel, file->object);

    OB_EACH(kernel, struct ob_watch, of_ready, &epoll->ready, watch)
    {
        if (events_of(kernel, watch) != 0)
            return POLLIN | POLLRDNORM;
    }
    return 0;
}

static void move_to_end(struct ob_kernel *kernel, struct ob_list *ready, uint32_t nth)
{
    uint32_t at = ready->first;

    while (nth-- > 0)
        at = ((struct ob_item *)ob_at(kernel, at))->next;

    struct ob_watch *watch = OB_OF(kernel, struct ob_watch, of_ready, at);

    ob_list_remove(kernel, ready, &watch->of_ready);
    ob_list_append(kernel, ready, &watch->of_ready);
}

/* Members that are not ready any more leave the list. */
static void drop_unready(struct ob_kernel *kernel, struct ob_epoll *epoll)
{
    uint32_t left = epoll->ready.count;

    for (struct ob_watch *watch = OB_OF(kernel, struct ob_watch, of_ready, epoll->ready.first);
         left > 0; left--) {
        struct ob_watch *next = OB_OF(kernel, struct ob_watch, of_ready, watch->of_ready.next);

        if (events_of(kernel, watch) == 0) {
            ob_list_remove(kernel, &epoll->ready, &watch->of_ready);
            watch->is_ready = false;
        }
        watch = next;
    }
}

/*
 * The member that is to come first goes to the front, and the others keep their order. Where not
 * all are given at once nobody is passed over twice: epoll_wait(2) says that they take turns.
 */
static void choose_first(struct ob_kernel *kernel, struct ob_epoll *epoll, uint32_t id, int most)
{
    bool was_out_of_turn = epoll->is_out_of_turn;

    if ((kernel->choices >> OB_CHOOSE_FIRST & 1) == 0)
        return;
    drop_unready(kernel, epoll);
    epoll->is_out_of_turn = false;

    uint32_t count = epoll->ready.count;
    bool gives_all = count <= (uint32_t)most;

    if (count < 2 || (was_out_of_turn && !gives_all))
        return;

    uint32_t chosen = ob_kernel_choose(kernel, OB_CHOOSE_FIRST, id, 0, 0, count - 1);

    if (chosen == 0)
        return;
    move_to_end(kernel, &epoll->ready, chosen);
    for (uint32_t i = 1; i < count; i++)
        move_to_end(kernel, &epoll->ready, 0);
    epoll->is_out_of_turn = !gives_all;
}

int ob_sys_epoll_wait(struct ob_kernel *kernel, int fd, struct epoll_event *events, int most)
{
    struct ob_file *set = ob_file_of(kernel, fd);

    if (set == NULL)
        return -EBADF;
    if (most <= 0 || most > EVENTS_MAX || set->kind != OB_FILE_EPOLL)
        return -EINVAL;

    struct ob_epoll *epoll = ob_at(kernel, set->object);
    int count = 0;

    choose_first(kernel, epoll, set->id, most);
    for (uint32_t left = epoll->ready.count; left > 0 && count < most; left--) {
        struct ob_watch *watch = OB_OF(kernel, struct ob_watch, of_ready, epoll->ready.first);
        uint32_t there = events_of(kernel, watch);

        ob_list_remove(kernel, &epoll->ready, &watch->of_ready);
        watch->is_ready = false;
        if (there == 0)
            continue;
        events[count].events = there;
        events[count++].data.u64 = watch->data;
        if ((watch->events & EPOLLONESHOT) != 0) {
            watch->is_disabled = true;
        } else if ((watch->events & EPOLLET) == 0) {
            watch->is_ready = true;
            ob_list_append(kernel, &epoll->ready, &watch->of_ready);
        }
    }
    return count;
}

void ob_epoll_release(struct ob_kernel *kernel, struct ob_file *file)
{
    struct ob_epoll *epoll = ob_at(kernel, file->object);

    while (epoll->members.first != 0)
        ob_watch_remove(kernel, OB_OF(kernel, struct ob_watch, of_epoll, epoll->members.first));
    ob_region_give(kernel, epoll, sizeof *epoll);
}
