#include <offbeat/single_flight.h>

/* In the world's memory: who takes part finds its end there after its place has another one. */
struct ob_flight {
    struct ob_waiters passengers;
    struct ob_single_flight *group;
    ob_flight_function *function;
    void *context;
    uint32_t key;
    bool has_landed;
    int error;
    uint32_t result;
};

/* The place of the flight with that key, or OB_FLIGHTS_MAX. */
static unsigned find(const struct ob_single_flight *group, uint32_t key)
{
    unsigned place = 0;
    while (place < OB_FLIGHTS_MAX && !(group->flights[place] && group->flights[place]->key == key))
        place++;
    return place;
}

static unsigned find_free(const struct ob_single_flight *group)
{
    unsigned place = 0;
    while (place < OB_FLIGHTS_MAX && group->flights[place])
        place++;
    return place;
}

/* One that no other takes part in, where there is no place left. */
static struct ob_flight *take_off(struct ob_actor *self, struct ob_single_flight *group,
                                  uint32_t key, ob_flight_function *function, void *context)
{
    struct ob_flight *flight = ob_alloc(ob_world(self), sizeof *flight);
    unsigned place = find_free(group);
    *flight = (struct ob_flight){.passengers = {.name = "a flight"},
                                 .group = group,
                                 .function = function,
                                 .context = context,
                                 .key = key};
    if (place < OB_FLIGHTS_MAX)
        group->flights[place] = flight;
    return flight;
}

static void fly(struct ob_actor *self, void *context)
{
    struct ob_flight *flight = context;
    flight->error = flight->function(self, flight->context, flight->key, &flight->result);
    flight->has_landed = true;
    for (unsigned place = 0; place < OB_FLIGHTS_MAX; place++)
        if (flight->group->flights[place] == flight)
            flight->group->flights[place] = NULL;
    (void)ob_wake_all_by(self, &flight->passengers, "landing");
}

static int end_of(const struct ob_flight *flight, uint32_t *result)
{
    if (!flight->has_landed)
        return OB_FLIGHT_TIMED_OUT;
    *result = flight->result;
    return flight->error;
}

int ob_single_flight_do(struct ob_actor *self, struct ob_single_flight *group, uint32_t key,
                        ob_flight_function *function, void *context, uint32_t *result)
{
    unsigned place = find(group, key);
    struct ob_flight *flight;

    if (place < OB_FLIGHTS_MAX) {
        flight = group->flights[place];
        (void)ob_wait(self, &flight->passengers, OB_FOREVER);
    } else {
        flight = take_off(self, group, key, function, context);
        ob_own(&flight->passengers, ob_task_self(self));
        fly(self, flight);
    }
    return end_of(flight, result);
}

int ob_single_flight_wait(struct ob_actor *self, struct ob_single_flight *group, uint32_t key,
                          uint32_t timeout_us, ob_flight_function *function, void *context,
                          uint32_t *result)
{
    unsigned place = find(group, key);
    struct ob_flight *flight;

    if (place < OB_FLIGHTS_MAX) {
        flight = group->flights[place];
    } else {
        flight = take_off(self, group, key, function, context);
        ob_own(&flight->passengers, ob_task_start(self, fly, flight));
    }
    if (!flight->has_landed)
        (void)ob_wait(self, &flight->passengers, timeout_us);
    return end_of(flight, result);
}

void ob_single_flight_forget(struct ob_single_flight *group, uint32_t key)
{
    unsigned place = find(group, key);
    if (place < OB_FLIGHTS_MAX)
        group->flights[place] = NULL;
}

bool ob_single_flight_is_in_air(const struct ob_single_flight *group, uint32_t key)
{
    return find(group, key) < OB_FLIGHTS_MAX;
}
