/*
 * Random sequences of calls, made of the simulated kernel of a host and of the real one: results,
 * errors, readiness, bytes, addresses and SIGPIPEs are the same.
 *
 *   test_kernel_fidelity [SEQUENCES [FIRST [FAMILY]]]
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ftw.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/fidelity_draw.h"
#include "support/fidelity_make.h"

enum { STEPS = 60, SEQUENCES = 3500, SECONDS_MAX = 120 };

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static void describe(const struct call *call, const struct fidelity *run)
{
    const struct answer *answers = run->answers;

    printf("  %-12s slot %d (%d), other %d, domain %d, type %#x, flags %#x, value %d, option %d, "
           "size %zu, port %u%s, path %s, %s, events %#x: %ld, really %ld\n",
           call_names[call->name], call->slot, run->fds[SIMULATED][call->slot], call->other,
           call->domain, (unsigned)call->type, (unsigned)call->flags, call->value, call->option,
           call->size, call->port, call->is_any ? " any" : "", call->path, call->second,
           call->events, answers[SIMULATED].result, answers[REAL].result);
}

/* What is being made, for who waits too long. */
static struct fidelity *current_run;
static const struct call *current_call;

static void tell_hang(int signal)
{
    (void)signal;
    puts("the real call sleeps, after what the simulated one gave:");
    describe(current_call, current_run);
    fflush(stdout);
    _exit(1);
}

static bool is_write(enum call_name name)
{
    return name == DO_WRITE || name == DO_WRITEV || name == DO_SEND || name == DO_SENDTO ||
           name == DO_SENDMSG;
}

static bool holds_back(const struct fidelity *run, const struct call *call)
{
    int unread = 0;

    return call->name >= DO_READ && call->name <= DO_RECVMSG && !is_write(call->name) &&
           ob_sys_ioctl(run->kernel, run->fds[SIMULATED][call->slot], FIONREAD, &unread) == 0 &&
           unread > 0;
}

/* Makes a call of both sides; the real one without O_NONBLOCK only where it will not sleep. */
static bool agree(struct fidelity *run, const struct call *call)
{
    struct answer *simulated = &run->answers[SIMULATED], *real = &run->answers[REAL];
    int fd = run->fds[REAL][call->slot];

    current_run = run;
    current_call = call;
    make_call(run, SIMULATED, call, simulated);

    bool is_short =
        is_write(call->name) && simulated->result >= 0 && (size_t)simulated->result < call->size;
    bool waits = simulated->result == OB_WAIT;

    /* Something is there, but not enough: the real call, if it does not sleep, would take it. */
    if (waits && holds_back(run, call))
        return true;
    int flags = waits || is_short ? fcntl(fd, F_GETFL) : 0;

    if (waits || is_short)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    make_call(run, REAL, call, real);
    if (waits || is_short)
        fcntl(fd, F_SETFL, flags);
    if (waits)
        simulated->result = call->name == DO_CONNECT && call->domain == AF_INET &&
                                    (real->result == -EINPROGRESS || real->result == -EALREADY)
                                ? real->result
                                : -EAGAIN;
    return simulated->result == real->result && simulated->broken == real->broken &&
           simulated->size == real->size && memcmp(simulated->bytes, real->bytes, real->size) == 0;
}

/* poll() of all slots says the same. */
static bool are_as_ready(struct fidelity *run)
{
    bool same = true;

    for (int slot = 0; slot < SLOTS; slot++) {
        struct pollfd of[SIDES];

        for (int side = 0; side < SIDES; side++)
            of[side] = (struct pollfd){.fd = run->fds[side][slot], .events = 0x7fff};
        ob_sys_poll(run->kernel, &of[SIMULATED], 1);
        poll(&of[REAL], 1, 0);
        if (of[SIMULATED].revents == of[REAL].revents)
            continue;
        printf("  slot %d is ready for %#x, really for %#x\n", slot, of[SIMULATED].revents,
               of[REAL].revents);
        same = false;
    }
    return same;
}

static bool run_sequence(struct fidelity *run, enum family family, bool tells)
{
    bool polls = below(run, 2) != 0;
    struct call call;

    for (int step = 0; step < STEPS; step++) {
        while (!draw_call(run, family, &call))
            continue;
        for (size_t i = 0; i < 8 && call.size > 0; i++)
            run->data[below(run, (uint32_t)call.size)] = (char)ob_rng_next(&run->rng);

        bool same = agree(run, &call);

        if (tells || !same)
            describe(&call, run);
        if (!same) {
            printf("  step %d: SIGPIPE %d, really %d; bytes %zu, really %zu\n", step,
                   run->answers[SIMULATED].broken, run->answers[REAL].broken,
                   run->answers[SIMULATED].size, run->answers[REAL].size);
            for (size_t i = 0; i < 32 && i < run->answers[REAL].size; i++)
                printf(" %02x/%02x", (unsigned char)run->answers[SIMULATED].bytes[i],
                       (unsigned char)run->answers[REAL].bytes[i]);
            putchar('\n');
            return false;
        }
        if (polls && !are_as_ready(run))
            return false;
    }
    return true;
}

/* A kernel and an empty folder for a sequence, and both gone behind it. */
static bool play(struct fidelity *run, unsigned sequence, enum family family, bool tells)
{
    struct ob_kernel_config config = {.hooks = &fidelity_hooks,
                                      .ip = 0x0a000001,
                                      .owner = getuid(),
                                      .receive_room = 1 << 20,
                                      .send_room = 1 << 20};
    char folder[] = "/tmp/offbeat-fidelity-XXXXXX";

    run->kernel = ob_kernel_create(run->region, REGION, &config);
    run->rng = (struct ob_rng){.state = ob_mix64(sequence * FAMILIES + family + 1)};
    run->sequence = sequence;
    run->ip = 0x7f000000 |
              (0x10000 + (uint32_t)ob_mix64(sequence + (uint64_t)getpid() * 1000003) % 0xfe0000);
    for (int slot = 0; slot < SLOTS; slot++)
        run->fds[SIMULATED][slot] = run->fds[REAL][slot] = -1;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        abort();
    ob_sys_mkdir(run->kernel, "/folder", 0755);
    ob_sys_chdir(run->kernel, "/folder");

    alarm(SECONDS_MAX);
    bool same = run_sequence(run, family, tells);

    for (int slot = 0; slot < SLOTS; slot++)
        if (run->fds[REAL][slot] >= 0)
            close(run->fds[REAL][slot]);
    ob_kernel_exit(run->kernel);
    if (chdir("/") != 0)
        abort();
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!same)
        printf("differs: %s, sequence %u\n", family_names[family], sequence);
    return same;
}

/* A network of our own, where that is allowed: ports that others use are no matter then. */
static void leave_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return;

    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) != 0)
        abort();
    close(fd);
}

int main(int argc, char **argv)
{
    static struct fidelity run;
    unsigned sequences = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : SEQUENCES;
    unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int only = argc > 3 ? (int)strtol(argv[3], NULL, 10) : -1;
    struct sigaction on_broken = {.sa_handler = count_broken};
    unsigned differing = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGPIPE, &on_broken, NULL);
    signal(SIGALRM, tell_hang);
    leave_network();
    run.region = aligned_alloc(16, REGION);
    for (unsigned i = first; i < first + sequences && differing < 10; i++) {
        enum family family = only >= 0 ? (enum family)only : (enum family)(i % FAMILIES);

        differing += !play(&run, i, family, sequences == 1);
    }
    free(run.region);
    printf("%u sequences of %d calls, %u differ\n", sequences, STEPS, differing);
    return differing > 0;
}
