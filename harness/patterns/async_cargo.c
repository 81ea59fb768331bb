#include <offbeat/async.h>

#include <assert.h>
#include <string.h>

struct ob_async_cargo {
    struct ob_waiters drained;
    ob_async_cargo_worker *worker;
    void *context;
    unsigned payload;
    unsigned capacity;
    unsigned length; /* items that wait */
    int error;
    bool works;      /* or is about to */
    uint32_t *taken; /* what the worker has */
    uint32_t waiting[];
};

struct ob_async_cargo *ob_async_cargo(struct ob_actor *self, ob_async_cargo_worker *worker,
                                      unsigned payload, unsigned capacity, void *context)
{
    struct ob_async_cargo *cargo =
        ob_alloc(ob_world(self), sizeof *cargo + capacity * sizeof *cargo->waiting);
    assert(payload >= 1 && capacity >= 1);
    *cargo = (struct ob_async_cargo){.drained = {.name = "the end of a cargo"},
                                     .worker = worker,
                                     .context = context,
                                     .payload = payload,
                                     .capacity = capacity,
                                     .taken = ob_alloc(ob_world(self), payload * sizeof(uint32_t))};
    return cargo;
}

/* Takes from the front what fits, and returns how many that are. */
static unsigned load(struct ob_async_cargo *cargo)
{
    unsigned count = cargo->length < cargo->payload ? cargo->length : cargo->payload;
    cargo->length -= count;
    memcpy(cargo->taken, cargo->waiting, count * sizeof *cargo->taken);
    memmove(cargo->waiting, cargo->waiting + count, cargo->length * sizeof *cargo->waiting);
    return count;
}

static void work(struct ob_actor *self, void *context)
{
    struct ob_async_cargo *cargo = context;
    ob_defer(self);
    while (cargo->length > 0) {
        unsigned count = load(cargo);
        int error = cargo->worker(self, cargo->context, cargo->taken, count);
        if (cargo->error == 0)
            cargo->error = error;
    }
    cargo->works = false;
    (void)ob_wake_all_by(self, &cargo->drained, "drain");
}

bool ob_async_cargo_push(struct ob_actor *self, struct ob_async_cargo *cargo, uint32_t value)
{
    if (cargo->length == cargo->capacity)
        return false;
    cargo->waiting[cargo->length++] = value;
    if (!cargo->works) {
        cargo->works = true;
        (void)ob_task_start(self, work, cargo);
    }
    return true;
}

unsigned ob_async_cargo_length(const struct ob_async_cargo *cargo)
{
    return cargo->length;
}

int ob_async_cargo_drain(struct ob_actor *self, struct ob_async_cargo *cargo)
{
    (void)ob_wait(self, &cargo->drained, OB_FOREVER);
    int error = cargo->error;
    cargo->error = 0;
    return error;
}
