#include "host/fault.h"

#include <string.h>

#include "base/text.h"
#include "host/kernel/view.h"
#include "scenario/vocabulary.h"
#include "world/fault_point.h"
#include "world/inline.h"
#include "world/trace.h"

#define DESCRIPTORS_LOOKED_AT 256
#define ALWAYS UINT8_MAX

/* How often each may strike in one microsecond of the world. What makes progress whatever goes
 * wrong may always. */
static const uint8_t most_at_once[OB_HOST_FAULTS] = {
    [OB_FAULT_SHORT_READ] = ALWAYS,  [OB_FAULT_SHORT_WRITE] = ALWAYS,
    [OB_FAULT_CUT_SEGMENT] = ALWAYS, [OB_FAULT_RESET] = 1,
    [OB_FAULT_READY_ORDER] = ALWAYS, [OB_FAULT_FULL_BACKLOG] = 8,
    [OB_FAULT_LOST_DATAGRAM] = 8,    [OB_FAULT_NO_MEMORY] = ALWAYS,
    [OB_FAULT_SPURIOUS_WAKE] = 1,    [OB_FAULT_OTHER_WAITER] = ALWAYS,
    [OB_FAULT_SIGNAL] = 1,
};

/* -- what it was, in words -- */

/* Who is at the other end of a connection: an actor's id and a port. */
static uint32_t about_peer(struct ob_endpoint peer)
{
    return (peer.ip - OB_HOST_NETWORK) << 16 | peer.port;
}

/* What a file of the kernel is about: the peer, or the port of one that has none; 0 of others. */
static uint32_t about_file(const struct ob_process *process, uint32_t file)
{
    struct ob_kernel_view view;
    for (int fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++)
        if (ob_kernel_view(ob_kernel_of(process), fd, &view) && view.file == file)
            return view.peer.port ? about_peer(view.peer) : view.local.port;
    return 0;
}

static void print_peer(const struct ob_world *world, uint32_t about, const char *before,
                       struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    unsigned id = about >> 16;
    if (about == 0)
        return;
    bool is_known = id >= 1 && id <= vocabulary->actor_count;
    ob_text_printf(text, " %s %s:%u", before, is_known ? vocabulary->actor_names[id] : "localhost",
                   about & UINT16_MAX);
}

static const char *name_of(const struct ob_world *world, const struct ob_chosen *chosen)
{
    return ob_world_vocabulary(world)->actor_names[chosen->actor];
}

static void print_site(const struct ob_world *world, const struct ob_chosen *chosen,
                       struct ob_text *text)
{
    const struct ob_process *process = ob_process_of(ob_world_actor(world, chosen->actor));
    const char *site = chosen->site ? ob_site_of(process->program, chosen->site) : NULL;
    if (site)
        ob_text_printf(text, ", in %s", site);
}

/* Of a call or a segment: how much of it has come about. */
static void print_part(const struct ob_world *world, const struct ob_chosen *chosen,
                       const char *what, const char *side, const char *how, struct ob_text *text)
{
    ob_text_printf(text, "%s of %s", what, name_of(world, chosen));
    print_peer(world, chosen->about, side, text);
    ob_text_printf(text, " is %s %u of %u bytes", how, chosen->value, chosen->count);
    print_site(world, chosen, text);
}

static void print_short_read(const struct ob_world *world, const struct ob_chosen *chosen,
                             struct ob_text *text)
{
    print_part(world, chosen, "read", "from", "cut short at", text);
}

static void print_short_write(const struct ob_world *world, const struct ob_chosen *chosen,
                              struct ob_text *text)
{
    print_part(world, chosen, "write", "to", "cut short at", text);
}

static void print_cut(const struct ob_world *world, const struct ob_chosen *chosen,
                      struct ob_text *text)
{
    print_part(world, chosen, "segment", "to", "cut after", text);
}

static void print_reset(const struct ob_world *world, const struct ob_chosen *chosen,
                        struct ob_text *text)
{
    ob_text_printf(text, "connection of %s", name_of(world, chosen));
    print_peer(world, chosen->about, "with", text);
    ob_text_printf(text, " is reset");
    print_site(world, chosen, text);
}

static void print_order(const struct ob_world *world, const struct ob_chosen *chosen,
                        struct ob_text *text)
{
    ob_text_printf(text, "of %u ready descriptors %s is given number %u first", chosen->count,
                   name_of(world, chosen), chosen->value + 1);
    print_site(world, chosen, text);
}

static void print_backlog(const struct ob_world *world, const struct ob_chosen *chosen,
                          struct ob_text *text)
{
    ob_text_printf(text, "backlog of %s", name_of(world, chosen));
    if (chosen->about)
        ob_text_printf(text, " at port %u", chosen->about & UINT16_MAX);
    ob_text_printf(text, " is full");
    print_site(world, chosen, text);
}

static void print_datagram(const struct ob_world *world, const struct ob_chosen *chosen,
                           struct ob_text *text)
{
    ob_text_printf(text, "datagram for %s is lost, as its queue is full", name_of(world, chosen));
    print_site(world, chosen, text);
}

static void print_memory(const struct ob_world *world, const struct ob_chosen *chosen,
                         struct ob_text *text)
{
    if (chosen->count > 2)
        ob_text_printf(text, "allocation %u of the next %u of %s fails", chosen->value,
                       chosen->count - 1, name_of(world, chosen));
    else
        ob_text_printf(text, "allocation of %s fails", name_of(world, chosen));
    print_site(world, chosen, text);
}

static void print_wake(const struct ob_world *world, const struct ob_chosen *chosen,
                       struct ob_text *text)
{
    ob_text_printf(text, "a thread of %s wakes though nobody has signalled",
                   name_of(world, chosen));
    print_site(world, chosen, text);
}

static void print_waiter(const struct ob_world *world, const struct ob_chosen *chosen,
                         struct ob_text *text)
{
    ob_text_printf(text, "of %u threads of %s that wait number %u is woken", chosen->count,
                   name_of(world, chosen), chosen->value + 1);
    print_site(world, chosen, text);
}

static void print_signal(const struct ob_world *world, const struct ob_chosen *chosen,
                         struct ob_text *text)
{
    const char *name = sigabbrev_np((int)(chosen->about >> 1));
    ob_text_printf(text, "signal SIG%s comes to %s %s", name ? name : "?", name_of(world, chosen),
                   chosen->about & 1 ? "while it waits" : "just before it waits");
    print_site(world, chosen, text);
}

static const struct ob_fault_point points[OB_HOST_FAULTS] = {
    [OB_FAULT_SHORT_READ] = {.name = "short_read", .print = print_short_read, .is_amount = true},
    [OB_FAULT_SHORT_WRITE] = {.name = "short_write", .print = print_short_write, .is_amount = true},
    [OB_FAULT_CUT_SEGMENT] = {.name = "cut_segment", .print = print_cut, .is_amount = true},
    [OB_FAULT_RESET] = {.name = "reset", .print = print_reset},
    [OB_FAULT_READY_ORDER] = {.name = "ready_order", .print = print_order},
    [OB_FAULT_FULL_BACKLOG] = {.name = "full_backlog", .print = print_backlog},
    [OB_FAULT_LOST_DATAGRAM] = {.name = "lost_datagram", .print = print_datagram},
    [OB_FAULT_NO_MEMORY] = {.name = "no_memory", .print = print_memory},
    [OB_FAULT_SPURIOUS_WAKE] = {.name = "spurious_wake", .print = print_wake},
    [OB_FAULT_OTHER_WAITER] = {.name = "other_waiter", .print = print_waiter},
    [OB_FAULT_SIGNAL] = {.name = "signal", .print = print_signal},
};

/* -- what is declared -- */

uint32_t ob_host_fault_bits(const struct ob_host_faults *faults)
{
    const bool declared[OB_HOST_FAULTS] = {
        [OB_FAULT_SHORT_READ] = faults->short_reads,
        [OB_FAULT_SHORT_WRITE] = faults->short_writes,
        [OB_FAULT_CUT_SEGMENT] = faults->cut_segments,
        [OB_FAULT_RESET] = faults->resets,
        [OB_FAULT_READY_ORDER] = faults->any_ready_order,
        [OB_FAULT_FULL_BACKLOG] = faults->full_backlog,
        [OB_FAULT_LOST_DATAGRAM] = faults->lost_datagrams,
        [OB_FAULT_NO_MEMORY] = faults->no_memory,
        [OB_FAULT_SPURIOUS_WAKE] = faults->spurious_wakes,
        [OB_FAULT_OTHER_WAITER] = faults->any_waiter,
        [OB_FAULT_SIGNAL] = faults->signals[0] != 0,
    };
    uint32_t bits = 0;
    for (unsigned fault = 0; fault < OB_HOST_FAULTS; fault++)
        bits |= (uint32_t)declared[fault] << fault;
    return bits;
}

void ob_host_faults_declare(struct ob_world *world, struct ob_hosts *hosts,
                            const struct ob_host_faults *faults)
{
    static_assert(OB_HOST_FAULTS <= OB_FAULT_POINTS_MAX, "each has a point");
    for (uint32_t left = ob_host_fault_bits(faults); left; left &= left - 1) {
        unsigned fault = (unsigned)__builtin_ctz(left);
        if (hosts->fault_points[fault] == 0)
            hosts->fault_points[fault] = (uint8_t)ob_world_add_fault_point(world, &points[fault]);
    }
}

/* -- what happens -- */

static bool has_struck_enough(struct ob_strikes_now *now, uint64_t now_us, unsigned most)
{
    if (now->time_us != now_us)
        *now = (struct ob_strikes_now){.time_us = now_us};
    return now->count >= most;
}

/* A choice that is noted, or NULL, and the alternative. */
static unsigned choose(struct ob_process *process, enum ob_host_fault fault, unsigned count,
                       struct ob_chosen **noted)
{
    *noted = NULL;
    if (OB_LIKELY(!(process->faults_allowed >> fault & 1)) || count < 2)
        return 0;
    struct ob_world *world = process->actor->world;
    struct ob_strikes_now *now = &process->strikes[fault];
    if (most_at_once[fault] != ALWAYS &&
        has_struck_enough(now, ob_world_time_us(world), most_at_once[fault]))
        return 0;
    count = count < OB_ALTERNATIVES_MAX ? count : OB_ALTERNATIVES_MAX;
    unsigned value =
        ob_choose_fault(process->actor, ob_hosts_of(world)->fault_points[fault], count, noted);
    now->count += value > 0;
    if (value > 0 && *noted && !process->is_receiving)
        (*noted)->site = ob_site_above(process->program, __builtin_frame_address(0));
    return value;
}

unsigned ob_host_fault(struct ob_process *process, enum ob_host_fault fault, unsigned count)
{
    struct ob_chosen *noted;
    return choose(process, fault, count, &noted);
}

unsigned ob_host_signal_fault(struct ob_process *process, const int *signals, unsigned count)
{
    struct ob_chosen *noted;
    unsigned value = choose(process, OB_FAULT_SIGNAL, 1 + 2 * count, &noted);
    if (value > 0 && noted)
        noted->about = (uint32_t)signals[(value - 1) / 2] << 1 | (value % 2 == 0);
    return value;
}

/* By what the kernel asks for. */
static const struct {
    enum ob_host_fault fault;
    bool is_bytes; /* from 1 to the most that there may be, which is plain; else from 0, which is */
} of_kernel[] = {
    [OB_CHOOSE_READ] = {OB_FAULT_SHORT_READ, true},
    [OB_CHOOSE_WRITE] = {OB_FAULT_SHORT_WRITE, true},
    [OB_CHOOSE_SEGMENT] = {OB_FAULT_CUT_SEGMENT, true},
    [OB_CHOOSE_FIRST] = {OB_FAULT_READY_ORDER, false},
    [OB_CHOOSE_RESET] = {OB_FAULT_RESET, false},
    [OB_CHOOSE_BACKLOG] = {OB_FAULT_FULL_BACKLOG, false},
    [OB_CHOOSE_DATAGRAM] = {OB_FAULT_LOST_DATAGRAM, false},
};

uint32_t ob_host_kernel_choices(const struct ob_process *process)
{
    uint32_t choices = 0;
    for (unsigned what = 0; what < sizeof of_kernel / sizeof of_kernel[0]; what++)
        choices |= (process->faults_allowed >> of_kernel[what].fault & 1) << what;
    return choices;
}

uint32_t ob_host_choose(void *user, enum ob_kernel_choice what, uint32_t file, uint32_t plain,
                        uint32_t most)
{
    struct ob_process *process = user;
    struct ob_chosen *noted;
    unsigned count = of_kernel[what].is_bytes ? most : most + 1;
    unsigned value = choose(process, of_kernel[what].fault, count, &noted);
    if (value == 0)
        return plain;
    if (noted)
        noted->about = about_file(process, file);
    return value;
}

/* -- memory -- */

/* Each of the first allocations is a choice of its own; then one is about a block of them, as no
 * more than OB_CHOSEN_ORDINAL_MAX have a number: blocks of 8, and twice as many after 16 each. */
#define SINGLE_ALLOCATIONS 128u
#define FIRST_BLOCK 8u
#define BLOCKS_ALIKE 16u
#define DOUBLINGS_MAX 7u

static bool fails_in_block(struct ob_process *process)
{
    struct ob_allocations *made = &process->allocations;
    struct ob_chosen *noted;
    if (made->left_in_block == 0) {
        unsigned doublings = made->blocks++ / BLOCKS_ALIKE;
        made->left_in_block = FIRST_BLOCK
                              << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
        made->fails_after = choose(process, OB_FAULT_NO_MEMORY, made->left_in_block + 1, &noted);
    }
    made->left_in_block--;
    return made->fails_after > 0 && --made->fails_after == 0;
}

bool ob_host_allocation_fails(struct ob_process *process)
{
    if (OB_LIKELY(!(process->faults_allowed >> OB_FAULT_NO_MEMORY & 1)))
        return false;
    if (process->allocations.count >= SINGLE_ALLOCATIONS)
        return fails_in_block(process);
    process->allocations.count++;
    return ob_host_fault(process, OB_FAULT_NO_MEMORY, 2) > 0;
}
