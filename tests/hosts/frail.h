/* A program that meets each thing that may go wrong in a host, one a variant: frail, or sturdy. */
#ifndef OFFBEAT_TESTS_HOSTS_FRAIL_H
#define OFFBEAT_TESTS_HOSTS_FRAIL_H

#include <offbeat/host.h>
#include <signal.h>

OB_PROGRAM(frail);

enum { LOST_DATAGRAM = 6, FRAIL_VARIANTS = 11 };

static const struct frail_variant {
    const char *what;
    struct ob_host_faults faults;
} frail_variants[FRAIL_VARIANTS] = {
    {"short_read", {.short_reads = true}},       {"short_write", {.short_writes = true}},
    {"cut_segment", {.cut_segments = true}},     {"reset", {.resets = true}},
    {"ready_order", {.any_ready_order = true}},  {"full_backlog", {.full_backlog = true}},
    {"lost_datagram", {.lost_datagrams = true}}, {"no_memory", {.no_memory = true}},
    {"spurious_wake", {.spurious_wakes = true}}, {"other_waiter", {.any_waiter = true}},
    {"signal", {.signals = {SIGUSR1}}},
};

/* Both ends may meet it: the server minds nothing but a lack of memory. */
static void frail_setup(struct ob_world *world, const char *option)
{
    unsigned number = ob_world_variant(world);
    const struct frail_variant *variant = &frail_variants[number];
    const struct ob_host_faults none = {0};
    ob_host(world, "server", &frail,
            (struct ob_host){.argv = {"frail", number == LOST_DATAGRAM ? "datagrams" : "server"},
                             .faults = variant->faults.signals[0] || variant->faults.no_memory
                                           ? none
                                           : variant->faults});
    ob_host(world, "app", &frail,
            (struct ob_host){.argv = {"frail", variant->what, option}, .faults = variant->faults});
    ob_link(world, "*", "*", (struct ob_link){.latency_us = 100, .latency_us_max = 1000});
}

static void frail_check_quiescent(struct ob_world *world)
{
    int code = -1;
    bool ended = ob_host_exited(world, "app", &code);
    OB_INVARIANT(world, app_ends, ended && code == 0, "it has %s with %d",
                 ended ? "ended" : "not ended", code);
}

#define FRAIL_NAMES                                                                                \
    {                                                                                              \
        "short_read", "short_write", "cut_segment", "reset", "ready_order", "full_backlog",        \
            "lost_datagram", "no_memory", "spurious_wake", "other_waiter", "signal"                \
    }

#endif
