/*
 * Hosts: actors whose code is a real program. offbeat_add_program() takes a program's sources or
 * archives as they are, and ob_host() runs it in the world, with its own main(), heap, variables,
 * sockets and event loop. The world gives it a clock, a network and a schedule.
 *
 *     OB_PROGRAM(server);
 *     OB_PROGRAM(client);
 *
 *     static void setup(struct ob_world *world)
 *     {
 *         ob_host(world, "db", &server, (struct ob_host){.argv = {"server", "7000"}});
 *         ob_host(world, "app", &client, (struct ob_host){.argv = {"client", "db", "7000"}});
 *         ob_link(world, "app", "db", (struct ob_link){.latency_us = 100, .latency_us_max =
 * 50000});
 *     }
 *
 * A host is an actor: links, faults and deviations are those of every actor. What one host sends to
 * another (`connect`, `accept`, `segment`, `fin`, `reset`, `window`, `datagram`, `unreachable`) are
 * messages on their link, which must keep the order and lose nothing where there are streams. A
 * target that has `name_bytes` gives segments and datagrams the names of its protocol. Names of
 * actors are names of hosts for the program; 127.0.0.1 is the host itself. A crash kills the
 * process, and its kernel ends its connections as that of any machine does (FIN, or RST where
 * something was not read) and refuses new ones; a restart begins main() anew, with the files that
 * were there.
 *
 * A host whose process has ended stays up: it refuses connections.
 *
 * A message from outside to a host, of a kind that the target declares, is appended to its standard
 * input: the payload where the kind has one, otherwise a line of the kind's name and its arguments.
 *
 * Always judged: `host_aborts` (abort(), a failed assert()), `host_heap` (a chunk freed twice, or
 * an address that is none), `host_leaks` (memory that nothing leads to at exit), `host_spins` (a
 * million calls in a row that never wait, of which the last half or more came to nothing, for a
 * minute or more of the host's clock), `host_deadlock` (threads wait in a cycle for mutexes or
 * for each other's end) and `host_hangs` (each thread of a process waits for another one for ever,
 * as after a lost wake-up) when a run is over. A call of something that is not simulated ends the
 * process with a line, as a mistake in a target does.
 */
#ifndef OFFBEAT_HOST_H
#define OFFBEAT_HOST_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_HOST_ARGUMENTS_MAX 32
#define OB_HOST_FILES_MAX 16
#define OB_HOST_SIGNALS_MAX 4
#define OB_HOSTS_MAX 64 /* hosts of one world */
#define OB_HOST_OUTPUT_MAX 65536u

struct ob_program;

/* The program that offbeat_add_program(NAME ...) has made, as a variable of that name. */
#define OB_PROGRAM(NAME) extern const struct ob_program NAME __asm__("ob_program_" #NAME)

/* A file that is there when the run begins. What is written to it stays over restarts. */
struct ob_host_file {
    const char *path;
    const char *text;
    size_t size; /* of `text`; 0: it is a string */
};

/*
 * What may go wrong though the program does nothing wrong: what the kernel, the network and senders
 * of signals may do, and seldom do. Nothing by default. What is declared here becomes a
 * point of choice of that name (`choose short_write at app #3 as 5`): the scenario chooses, walks
 * draw it now and then, exhaustive search tries all of it. Alternative 0 is what mostly happens.
 * See harness/host/README.md for the man page that allows each.
 */
struct ob_host_faults {
    bool short_reads;     /* short_read: a read from a TCP connection gives k of the bytes that are
                             there; the others seem to come right after it */
    bool short_writes;    /* short_write: a write that never waits (O_NONBLOCK, MSG_DONTWAIT) to a
                             stream takes k bytes; there is room again right after it */
    bool cut_segments;    /* cut_segment: k bytes of what is sent over TCP travel alone, and the
                             others follow */
    bool resets;          /* reset: the connection is reset just before a read or a write */
    bool any_ready_order; /* ready_order: epoll_wait() gives another descriptor first */
    bool full_backlog;    /* full_backlog: a listener has no room for a connection: TCP asks again
                             after a second, who connects to a Unix socket gets EAGAIN */
    bool lost_datagrams;  /* lost_datagram: a UDP socket has no room for a datagram that arrives */
    bool no_memory;      /* no_memory: malloc() and its like return NULL; C++'s `new` never fails */
    bool spurious_wakes; /* spurious_wake: pthread_cond_wait() returns though nobody signals */
    bool any_waiter; /* other_waiter: a condition's signal, a mutex that is unlocked or a semaphore
                        that is posted wakes another thread than the one that has waited longest */
    int signals[OB_HOST_SIGNALS_MAX]; /* signal: those that may come from outside, such as SIGUSR1,
                                         up to the first 0; of the nth, alternative 2n - 1 comes
                                         just before a call that waits, 2n while it does: handlers
                                         run, and calls fail with EINTR where signal(7) says so */
};

/* How a process begins. Everything must live as long as the target. */
struct ob_host {
    const char *argv[OB_HOST_ARGUMENTS_MAX]; /* up to the first NULL */
    const char *env[OB_HOST_ARGUMENTS_MAX];  /* "NAME=value", up to the first NULL */
    struct ob_host_file files[OB_HOST_FILES_MAX];
    const char *input; /* standard input, a string; at its end after that where no message
                          comes from outside */
    bool may_leak;     /* memory that nothing leads to at exit is no violation */
    bool may_abort;    /* nor is abort() */
    bool may_hang; /* nor is it one that all its threads wait for each other when the run ends */
    struct ob_host_faults faults;
};

/*
 * Adds an actor that runs `program`. For set-up only. Worlds with hosts have tasks of 512 KiB of
 * stack, unless ob_use_tasks() is called after this. Returns the actor.
 */
struct ob_actor *ob_host(struct ob_world *world, const char *name, const struct ob_program *program,
                         struct ob_host host);

/* Adds `count` ≥ 1 hosts, named name.0, name.1, …; otherwise as ob_host() and ob_spawn_many(). */
struct ob_actor *ob_host_many(struct ob_world *world, const char *name, unsigned count,
                              const struct ob_program *program, struct ob_host host);

/*
 * Adds a library that handlers in C call: OB_PROGRAM(NAME) of what offbeat_add_program(NAME ...)
 * has made with EXPORTS. Its heap, its variables and its files belong to the world, which brings
 * them back before each run, with snapshots as well: the target needs no `reset`. It may be called
 * from start handlers on, not in set-up, and must not wait, open connections or start threads. One
 * of a world, for set-up only.
 */
void ob_library(struct ob_world *world, const struct ob_program *library);

/* -- for checks -- */

/* Whether a host's process has ended, and then its exit code, or 128 and the signal. */
bool ob_host_exited(const struct ob_world *world, const char *name, int *code);

/* What a host's processes have written to standard output and error so far, a string of at most
 * OB_HOST_OUTPUT_MAX bytes. Valid until the world goes on. */
const char *ob_host_output(const struct ob_world *world, const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
