#include <offbeat/async.h>

struct ob_async_queue {
    struct ob_waiters drained;
    ob_async_function *worker;
    void *context;
    unsigned concurrency;
    unsigned capacity;
    unsigned running;
    unsigned first;  /* index of the item that is next */
    unsigned length; /* items that wait */
    uint32_t pushed;
    int error;
    bool paused;
    bool killed;
    bool scheduled;               /* workers are about to begin */
    struct ob_async_item items[]; /* a ring */
};

struct ob_async_queue *ob_async_queue(struct ob_actor *self, ob_async_function *worker,
                                      unsigned concurrency, unsigned capacity, void *context)
{
    struct ob_async_queue *queue =
        ob_alloc(ob_world(self), sizeof *queue + capacity * sizeof *queue->items);
    *queue = (struct ob_async_queue){.drained = {.name = "the end of a queue"},
                                     .worker = worker,
                                     .context = context,
                                     .concurrency = concurrency,
                                     .capacity = capacity};
    return queue;
}

static struct ob_async_item take(struct ob_async_queue *queue)
{
    struct ob_async_item item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->length--;
    return item;
}

static void work(struct ob_actor *self, void *context)
{
    struct ob_async_queue *queue = context;
    queue->running++;
    while (queue->length > 0 && !queue->paused) {
        uint32_t result = 0;
        int error = queue->worker(self, queue->context, take(queue), &result);
        if (queue->error == 0)
            queue->error = error;
    }
    queue->running--;
    if (queue->running == 0 && queue->length == 0 && !queue->killed)
        (void)ob_wake_all_by(self, &queue->drained, "drain");
}

static void start_workers(struct ob_actor *self, void *context)
{
    struct ob_async_queue *queue = context;
    ob_defer(self);
    queue->scheduled = false;
    while (queue->length > 0 && queue->running < queue->concurrency && !queue->paused)
        (void)ob_task_start(self, work, queue);
}

static void begin(struct ob_actor *self, struct ob_async_queue *queue)
{
    if (queue->scheduled || queue->paused || queue->running == queue->concurrency)
        return;
    queue->scheduled = true;
    (void)ob_task_start(self, start_workers, queue);
}

static bool has_room(const struct ob_async_queue *queue)
{
    return !queue->killed && queue->length < queue->capacity;
}

bool ob_async_queue_push(struct ob_actor *self, struct ob_async_queue *queue, uint32_t value)
{
    if (!has_room(queue))
        return false;
    queue->items[(queue->first + queue->length++) % queue->capacity] =
        (struct ob_async_item){.key = queue->pushed++, .value = value};
    begin(self, queue);
    return true;
}

/* Whatever is pushed until then. */
static void drain_later(struct ob_actor *self, void *context)
{
    struct ob_async_queue *queue = context;
    ob_defer(self);
    (void)ob_wake_all_by(self, &queue->drained, "drain");
}

bool ob_async_queue_push_all(struct ob_actor *self, struct ob_async_queue *queue,
                             const uint32_t *values, unsigned count)
{
    if (queue->killed || count > queue->capacity - queue->length)
        return false;
    if (count == 0 && queue->length == 0 && queue->running == 0)
        (void)ob_task_start(self, drain_later, queue);
    for (unsigned at = 0; at < count; at++)
        (void)ob_async_queue_push(self, queue, values[at]);
    return true;
}

bool ob_async_queue_unshift(struct ob_actor *self, struct ob_async_queue *queue, uint32_t value)
{
    if (!has_room(queue))
        return false;
    queue->first = (queue->first + queue->capacity - 1) % queue->capacity;
    queue->length++;
    queue->items[queue->first] = (struct ob_async_item){.key = queue->pushed++, .value = value};
    begin(self, queue);
    return true;
}

unsigned ob_async_queue_length(const struct ob_async_queue *queue)
{
    return queue->length;
}

unsigned ob_async_queue_running(const struct ob_async_queue *queue)
{
    return queue->running;
}

int ob_async_queue_drain(struct ob_actor *self, struct ob_async_queue *queue)
{
    (void)ob_wait(self, &queue->drained, OB_FOREVER);
    int error = queue->error;
    queue->error = 0;
    return error;
}

void ob_async_queue_pause(struct ob_async_queue *queue)
{
    queue->paused = true;
}

void ob_async_queue_resume(struct ob_actor *self, struct ob_async_queue *queue)
{
    queue->paused = false;
    begin(self, queue);
}

void ob_async_queue_kill(struct ob_actor *self, struct ob_async_queue *queue)
{
    (void)self; /* nobody is told, not even who awaits the drain */
    queue->killed = true;
    queue->length = 0;
}
