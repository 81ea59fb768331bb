/*
 * What a scenario may speak of: the kinds of message and the actors of one target in one variant.
 * Made by the world once the target is set up. From then on all of it is constant but
 * `ops_allowed`, which knows of choices (ob_choose()) once a run has made one.
 */
#ifndef OFFBEAT_SCENARIO_VOCABULARY_H
#define OFFBEAT_SCENARIO_VOCABULARY_H

#include "offbeat/offbeat.h"
#include "scenario/durations.h"

struct ob_vocabulary {
    const struct ob_target *target; /* as it was declared */
    /* Its kinds of message, by number, OB_KINDS_MAX of them: those that the target declares and,
     * where it has tasks, the one that lets these go on. */
    const struct ob_message_type *messages;
    unsigned variant;
    unsigned monitor_count;         /* their ids and names follow those of actors */
    unsigned actor_count;           /* ids run from 1 to actor_count; 0 is the outside */
    const char *const *actor_names; /* by id; [0] is "outside" */
    unsigned kind_count;            /* one more than the highest kind with a name */
    unsigned outside_count;         /* kinds that come from outside */
    struct ob_outside_kind {
        uint8_t kind;       /* index into the target's messages */
        uint8_t arg_count;  /* arguments with a name */
        uint16_t to_first;  /* id of the first receiver */
        uint16_t to_count;  /* how many there are, ≥ 1 */
        uint16_t bytes_max; /* of payload */
    } outside[OB_KINDS_MAX];
    unsigned choice_count; /* points of choice that the target names */
    unsigned fault_count;  /* points that its actors bring with them; they come behind its own */
    const char *const *fault_names;
    uint32_t ops_allowed; /* a bit for each enum ob_deviation_op that some link or actor allows, so
                             that mutation does not waste its time on others; 0: not known, all may
                             be tried */
    struct ob_durations durations; /* that the target declares */
};

/* The name of a kind, "?" for one without. */
const char *ob_vocabulary_kind_name(const struct ob_vocabulary *vocabulary, unsigned kind);

/* How many points of choice are the target's own: that without a name where it names none. */
static inline unsigned ob_vocabulary_own_choices(const struct ob_vocabulary *vocabulary)
{
    return vocabulary->choice_count + !vocabulary->choice_count;
}

/* How many there are, those included at which something goes wrong, see fault_point.h. */
static inline unsigned ob_vocabulary_choices(const struct ob_vocabulary *vocabulary)
{
    return ob_vocabulary_own_choices(vocabulary) + vocabulary->fault_count;
}

/* The name of a point of choice, "" of the target's own where it names none. */
const char *ob_vocabulary_choice_name(const struct ob_vocabulary *vocabulary, unsigned point);

/* The point of choice with that name (`length` bytes), or -1. */
int ob_vocabulary_find_choice(const struct ob_vocabulary *vocabulary, const char *name,
                              size_t length);

/* The kind or actor with that name (`length` bytes), or -1. */
int ob_vocabulary_find_kind(const struct ob_vocabulary *vocabulary, const char *name,
                            size_t length);
int ob_vocabulary_find_actor(const struct ob_vocabulary *vocabulary, const char *name,
                             size_t length);

/* The index into `outside` of a kind that comes from outside, or -1. */
int ob_vocabulary_find_outside(const struct ob_vocabulary *vocabulary, unsigned kind);

/* The actor that a message from outside goes to. */
struct ob_input_message;
unsigned ob_vocabulary_receiver(const struct ob_vocabulary *vocabulary,
                                const struct ob_input_message *message);

/*
 * Whether every value of every argument of a kind can be kept in a scenario: one argument may have
 * any range, two may span 65,536 values each, three or four 256 each. Of a wider range only the low
 * part could be reached, which is why worlds refuse targets that declare one. A range that ends
 * below its beginning does not fit either.
 */
bool ob_vocabulary_args_fit(const struct ob_message_type *type);

/*
 * Looks for arguments from outside that can have one value only, as each has whose declaration
 * gives no `max`: searches cannot try another, and say nothing about it. Adds a line for each, such
 * as `argument "n" of go is always 0: the target gives it no .max`, without its end, through
 * `found`.
 */
void ob_target_fixed_args(const struct ob_target *target,
                          void (*found)(void *context, const char *kind, const char *line),
                          void *context);

#endif
