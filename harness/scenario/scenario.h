/*
 * A scenario: what one execution does. Messages from outside, and deviations from the plain
 * schedule.
 *
 * The plain schedule is what happens without deviations: everything in virtual-time order, every
 * message after its link's base latency, ties in the order of sending. A deviation names what it
 * hits by (sender, receiver, kind, which one of these), so that edits elsewhere leave it standing,
 * or it names all of them.
 */
#ifndef OFFBEAT_SCENARIO_SCENARIO_H
#define OFFBEAT_SCENARIO_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "scenario/duration.h"
#include "scenario/vocabulary.h"

#define OB_RECORD_SIZE 8
#define OB_MESSAGES_MAX 256
#define OB_DEVIATIONS_MAX 64
#define OB_PAYLOAD_MAX 4096 /* bytes of payload of all messages together */
#define OB_DATA_RECORD_BYTES 7
/* No scenario has more records than this in its canonical form, and no more are read. */
#define OB_RECORDS_MAX                                                                             \
    (2 * (OB_MESSAGES_MAX + OB_DEVIATIONS_MAX) + OB_PAYLOAD_MAX / OB_DATA_RECORD_BYTES +           \
     OB_MESSAGES_MAX)
#define OB_SCENARIO_BYTES_MAX (OB_RECORDS_MAX * OB_RECORD_SIZE)

/* Of a file that is read as a scenario: a thousand times what one can hold; a wrong file is larger.
 */
#define OB_SCENARIO_FILE_BYTES_MAX ((size_t)16 << 20)

enum ob_deviation_op {
    OB_DELAY,     /* the message takes `amount` µs longer, within its link's bound */
    OB_REORDER,   /* the message waits until its receiver has handled the awaited one, within its
                     link's bound */
    OB_DUPLICATE, /* it arrives a second time, `amount` µs after the first */
    OB_DROP,      /* it gets lost */
    OB_PAUSE,     /* its receiver stands still for `amount` µs, before or after handling it */
    OB_CRASH,     /* its receiver dies, before or after handling it */
    OB_RESTART,   /* its receiver dies and starts again after `amount` µs */
    OB_PARTITION, /* its link is cut, both ways, for `amount` µs from when it is sent; 0: as long as
                     allowed */
    OB_HEAL,      /* the cut of its link ends when it is sent */
    OB_SKEW,      /* the clock of actor `to` is off by `amount` µs, or runs `amount` ppm fast */
    OB_PREEMPT,   /* task `to` resumes `amount` µs late at its nth await */
    OB_DRAW, /* latencies between actors are drawn from their links' ranges, with the seed `amount`
              */
    OB_WALK, /* order and time are drawn for some steps of the run, with the seed `amount` */
    OB_CHOOSE, /* actor `to` takes alternative `amount` at its nth ob_choose() at a point */
    OB_DEVIATION_OPS
};

/* Which messages. Every field: 0 for all, otherwise one more than the thing's number. */
struct ob_selector {
    uint8_t from; /* 0 any sender, 1 the outside, 1 + id */
    uint8_t to;   /* 0 any receiver, else its id (the outside receives nothing) */
    uint8_t kind; /* 0 any kind, 1 + kind; of OB_CHOOSE: the point, from 0 */
    uint8_t nth; /* 0 every one, n + 1 for the one that n others went before, in order of sending */
};

enum ob_moment { OB_BEFORE, OB_AFTER };                          /* of pause, crash, restart */
enum ob_skew_mode { OB_AHEAD, OB_BEHIND, OB_FAST, OB_SLOW };     /* of skew */
enum ob_draw_mode { OB_PER_MESSAGE, OB_PER_LINK, OB_PER_CLASS }; /* of draw */
enum ob_walk_strategy {                                          /* of walk */
                        OB_WALK_RANDOM, /* each of what may happen next is equally likely */
                        OB_WALK_PCT,    /* random priorities of links, lowered at depth - 1 random
                                           places (Burckhardt et al.: "A randomized
                                           scheduler with probabilistic guarantees of
                                           finding bugs", ASPLOS 2010) */
                        OB_WALK_POS, /* a random priority for each message, drawn anew when another
                                        one that races with it was handled (Yuan, Yang, Gu: "Partial
                                        order aware concurrency sampling", CAV 2018) */
                        OB_WALK_STRATEGIES
};
enum ob_walk_late { OB_LATE_NEVER, OB_LATE_HALF, OB_LATE_QUARTER, OB_LATE_EIGHTH, OB_LATE_RATES };

/*
 * A walk draws the order of a run and the times of its events, within what links and actors allow,
 * from step `from` on for `length` steps; before and after it the run is plain. Steps are
 * deliveries, counted from 0. A walk ends early where the next one begins. Its strategy is the
 * deviation's mode, its seed the deviation's amount, at most OB_WALK_SEED_MAX. Everything that it
 * draws from stands here, so that the same record gives the same run everywhere.
 */
struct ob_walk {
    uint8_t depth;   /* of PCT, else 1: ordering constraints that a bug needs, from 1 to
                        OB_WALK_DEPTH_MAX */
    uint8_t late;    /* enum ob_walk_late: how many of its steps happen as late as they may */
    uint16_t hint;   /* of PCT, else 0: how many steps there are to lower a priority at */
    uint16_t from;   /* 0: from the beginning */
    uint16_t length; /* 0: to the end */
};

#define OB_WALK_SEED_MAX 0xffffffu
#define OB_WALK_DEPTH_MAX 16

/* Steps are kept as small floats: exact below 32, then with 16 values for each power of two, up to
 * OB_STEPS_MAX; hints with half as many. These give the nearest number that can be kept. */
#define OB_STEPS_MAX 31744u
uint16_t ob_steps_round(uint32_t steps);
uint16_t ob_hint_round(uint32_t steps);

struct ob_deviation {
    uint8_t op;               /* enum ob_deviation_op */
    uint8_t mode;             /* one of the three enums above, by op; 0 elsewhere */
    struct ob_selector which; /* fields that the op does not use are 0 */
    struct ob_selector
        awaited; /* of a reorder: from and kind of what is awaited at the same receiver, `nth` how
                    many of these must have been handled, less one; `to` is 0 */
    uint32_t amount;     /* µs, ppm, seed or alternative */
    struct ob_walk walk; /* of a walk, else zeros */
};

struct ob_input_message {
    uint8_t kind;               /* index into the target's messages */
    uint8_t instance;           /* which of the receivers */
    uint16_t bytes_size;        /* of its payload */
    uint16_t bytes_start;       /* where that begins in the scenario's payload */
    uint32_t delay_us;          /* after the message before it, or the beginning */
    uint32_t args[OB_ARGS_MAX]; /* within the declared ranges */
};

struct ob_scenario {
    unsigned message_count;
    unsigned deviation_count;
    unsigned payload_size;
    struct ob_input_message messages[OB_MESSAGES_MAX];
    struct ob_deviation deviations[OB_DEVIATIONS_MAX]; /* sorted, see ob_scenario_sort() */
    uint8_t payload[OB_PAYLOAD_MAX];
};

/* What an op uses, so that printing, parsing, mutating and shrinking treat all ops alike. */
enum ob_op_fields {
    OB_USES_MESSAGE = 1, /* `which` selects messages */
    OB_USES_ACTOR = 2,   /* only which.to, and it is never 0 */
    OB_USES_NTH = 4,     /* which.nth */
    OB_USES_AMOUNT = 8,  /* amount, a duration in µs */
    OB_USES_MOMENT = 16,
    OB_USES_AWAITED = 32,
    OB_USES_SKEW = 64,
    OB_USES_DRAW = 128,
    OB_USES_WALK = 256,   /* walk, and the seed of it in amount, which is no duration */
    OB_USES_CHOICE = 512, /* which.kind is a point of choice; amount is an alternative, a number */
};

unsigned ob_deviation_fields(unsigned op); /* a set of enum ob_op_fields */
const char *ob_deviation_name(unsigned op);

/* Whether its amount is kept as durations are, see duration.h: no seed and no alternative. */
bool ob_deviation_has_duration(const struct ob_deviation *deviation);

/* The word before the amount in the text form: "by", "after", "for", "seed", "as"; for a reorder
 * "after", else "". */
const char *ob_deviation_preposition(unsigned op);

unsigned ob_deviation_mode_count(unsigned op);                  /* 0 for an op without modes */
const char *ob_deviation_mode_name(unsigned op, unsigned mode); /* "before", "ahead", "link", … */

/* Orders deviations by all their fields: negative, 0 for equal ones only, or positive. */
int ob_deviation_compare(const struct ob_deviation *a, const struct ob_deviation *b);

/* -- bytes -- */

/*
 * Reads any bytes as a scenario. Total: never fails, never reads out of bounds, takes at most
 * OB_RECORDS_MAX records; a partial record at the end is ignored. The result is canonical: fields
 * reduced to their ranges, those without a meaning zeroed, deviations sorted.
 */
void ob_scenario_decode(const struct ob_vocabulary *vocabulary, const uint8_t *data, size_t size,
                        struct ob_scenario *scenario);

/* Writes the canonical bytes of a scenario; decoding them gives the scenario back. Returns their
 * number, a multiple of OB_RECORD_SIZE; cuts at `capacity` (OB_SCENARIO_BYTES_MAX always suffices).
 */
size_t ob_scenario_encode(const struct ob_vocabulary *vocabulary,
                          const struct ob_scenario *scenario, uint8_t *data, size_t capacity);

/* Brings the deviations into their canonical order, on which a run's result is defined. */
void ob_scenario_sort(struct ob_scenario *scenario);

/* The step at which a walk ends, UINT32_MAX for the end of the run. */
static inline uint32_t ob_walk_end(const struct ob_walk *walk)
{
    return walk->length ? (uint32_t)walk->from + walk->length : UINT32_MAX;
}

/* A walk over a whole run, canonical: pct with its depth and hint, the others without. */
struct ob_deviation ob_walk_deviation(enum ob_walk_strategy strategy, uint32_t seed,
                                      struct ob_walk walk);

/* The word for a rate of late steps: "never", "1/2", ... */
const char *ob_walk_late_name(unsigned late);

/* Reduces a deviation to a legal value: fields into their ranges, unused ones zero. */
void ob_deviation_canonicalise(const struct ob_vocabulary *vocabulary,
                               struct ob_deviation *deviation);

/* The most that a skew can say of a rate. */
#define OB_SKEW_PPM_MAX 900000u

/* -- text -- */

/* What an input is taken for. */
enum ob_form {
    OB_FORM_BYTES,
    OB_FORM_TEXT, /* the first line that is neither blank nor a comment begins with the words that
                     every scenario file begins with */
    OB_FORM_NEITHER, /* meant as text, as it is named *.txt or mostly printable, but without them */
};
enum ob_form ob_scenario_form(const char *name, const uint8_t *data, size_t size);

/* The target that a text names in its first line, `length` characters of `data`; NULL for none. */
const char *ob_scenario_named_target(const uint8_t *data, size_t size, size_t *length);

/* What is wrong with one that is OB_FORM_NEITHER, for people: "is no scenario". */
const char *ob_scenario_form_trouble(const uint8_t *data, size_t size);

/* Refuses one: a line in `error`, behind `prefix`, that says what is wrong and which line a text
 * begins with. Returns -1. */
int ob_scenario_refuse(const char *prefix, const uint8_t *data, size_t size, const char *target,
                       struct ob_error *error);

/* What the readers return, in place of -1, for a text that is well-formed and does not apply: it is
 * for another target, or names what this one does not have, or no more. */
#define OB_SCENARIO_INAPPLICABLE (-2)

/* Reads the text form. On an error returns -1, or OB_SCENARIO_INAPPLICABLE, with a line that gives
 * `name`, the line's number and what is wrong. */
int ob_scenario_parse(const struct ob_vocabulary *vocabulary, const char *name, const char *text,
                      size_t size, struct ob_scenario *scenario, struct ob_error *error);

/* Prints the text form; parsing it gives the scenario back. */
void ob_scenario_print(const struct ob_vocabulary *vocabulary, const struct ob_scenario *scenario,
                       struct ob_text *text);

/* Prints one line of it, without the newline: for reports. */
void ob_scenario_print_message(const struct ob_vocabulary *vocabulary,
                               const struct ob_scenario *scenario, unsigned index,
                               struct ob_text *text);
void ob_scenario_print_deviation(const struct ob_vocabulary *vocabulary,
                                 const struct ob_deviation *deviation, struct ob_text *text);

/* A duration as people write it, exactly: "0", "250us", "1.5ms", "2s". */
void ob_duration_print(struct ob_text *text, uint64_t duration_us);

/* The unit in which that is, in us. */
uint32_t ob_duration_unit(uint64_t duration_us);

/* The same in a given unit: a microsecond, a millisecond or a second. 0 stands for its own. */
void ob_duration_print_in(struct ob_text *text, uint64_t duration_us, uint32_t unit_us);

/* Reads text or bytes. Bytes never fail; what is neither does, with a line that says what the first
 * line has to be. `name` is that of the file. Returns what ob_scenario_parse() does. */
int ob_scenario_read(const struct ob_vocabulary *vocabulary, const char *name, const uint8_t *data,
                     size_t size, struct ob_scenario *scenario, struct ob_error *error);

#endif
