#include "report/perfetto.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "offbeat/version.h"
#include "report/message.h"
#include "report/states.h"
#include "world/trace.h"
#include "world/world.h"

/* A slice: something that the outside sends, or a delivery. */
struct point {
    uint64_t time_us;
    uint32_t index; /* of the message, or of the delivery */
    bool is_delivery;
    double ts; /* what is in one microsecond shares it */
    double duration;
};

/* One run while it is printed. */
struct run {
    const struct ob_world *world;
    const struct ob_annotated_run *annotated;
    const struct ob_vocabulary *vocabulary;
    struct ob_arities arities;
    struct ob_states states;
    size_t next_state; /* the first entry that is not yet printed */
    struct point *points;
    size_t point_count;
    struct point **of_delivery; /* by its index; of what the outside has sent by that of the */
    struct point **of_sent;     /* message. NULL for others */
    uint64_t pid;
    uint64_t tid; /* of the outside; those of actors follow, in no other run the same */
};

static int compare_points(const void *left, const void *right)
{
    const struct point *a = left;
    const struct point *b = right;

    if (a->time_us != b->time_us)
        return a->time_us < b->time_us ? -1 : 1;
    if (a->is_delivery != b->is_delivery)
        return a->is_delivery ? 1 : -1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Divides each microsecond among what is in it. */
static void place_points(struct run *run)
{
    for (size_t first = 0, end; first < run->point_count; first = end) {
        for (end = first + 1;
             end < run->point_count && run->points[end].time_us == run->points[first].time_us;)
            end++;
        double share = 1.0 / (double)(end - first);
        for (size_t at = first; at < end; at++) {
            struct point *point = &run->points[at];
            point->ts = (double)point->time_us + (double)(at - first) * share;
            point->duration = share;
            (point->is_delivery ? run->of_delivery : run->of_sent)[point->index] = point;
        }
    }
}

static int gather_points(struct run *run, struct ob_error *error)
{
    uint32_t deliveries = ob_world_delivery_count(run->world);
    uint32_t sent_count = ob_world_sent_count(run->world);

    run->points = calloc((size_t)deliveries + sent_count + 1, sizeof *run->points);
    run->of_delivery = calloc((size_t)deliveries + 1, sizeof(struct point *));
    run->of_sent = calloc((size_t)sent_count + 1, sizeof(struct point *));
    if (!run->points || !run->of_delivery || !run->of_sent)
        return ob_error_set(error, "memory is short");
    for (uint32_t index = 0; index < sent_count; index++)
        if (ob_world_sent(run->world, index)->message.from == OB_OUTSIDE)
            run->points[run->point_count++] =
                (struct point){ob_world_sent(run->world, index)->time_us, index, false, 0, 0};
    for (uint32_t index = 0; index < deliveries; index++)
        run->points[run->point_count++] =
            (struct point){ob_world_delivery(run->world, index)->time_us, index, true, 0, 0};
    if (run->point_count > 1)
        qsort(run->points, run->point_count, sizeof *run->points, compare_points);
    place_points(run);
    return 0;
}

/* Where a message was sent; NULL for what is sent while actors start. */
static const struct point *origin_of(const struct run *run, uint32_t sent)
{
    uint32_t cause = ob_world_sent(run->world, sent)->cause;

    return cause == OB_NONE ? run->of_sent[sent] : run->of_delivery[cause];
}

static unsigned actor_of(const struct run *run, const struct point *point)
{
    return point->is_delivery ? ob_world_delivery(run->world, point->index)->actor : OB_OUTSIDE;
}

/* Begins an event, up to what only some have. */
static void begin(const struct run *run, const char *phase, unsigned actor, double ts,
                  struct ob_json *json)
{
    ob_json_object(json, NULL);
    ob_json_string(json, "ph", phase);
    ob_json_number(json, "pid", run->pid);
    ob_json_number(json, "tid", run->tid + actor);
    ob_json_decimal(json, "ts", ts, 3);
}

static void name_track(const struct run *run, const char *what, unsigned actor, const char *name,
                       struct ob_json *json)
{
    begin(run, "M", actor, 0, json);
    ob_json_string(json, "name", what);
    ob_json_object(json, "args");
    ob_json_string(json, "name", name);
    ob_json_end(json);
    ob_json_end(json);
}

static void name_tracks(const struct run *run, const char *title, struct ob_json *json)
{
    name_track(run, "process_name", OB_OUTSIDE, title, json);
    for (unsigned id = 0; id <= run->vocabulary->actor_count; id++) {
        name_track(run, "thread_name", id, ob_report_actor(run->vocabulary, id), json);
        begin(run, "M", id, 0, json);
        ob_json_string(json, "name", "thread_sort_index");
        ob_json_object(json, "args");
        ob_json_number(json, "sort_index", id);
        ob_json_end(json);
        ob_json_end(json);
    }
}

/* One end of the arrow of a message. */
static void print_end(const struct run *run, uint32_t sent, const struct point *point, bool arrives,
                      struct ob_json *json)
{
    begin(run, arrives ? "f" : "s", actor_of(run, point), point->ts, json);
    ob_json_string(json, "name", "message");
    ob_json_string(json, "cat", "message");
    ob_json_number(json, "id", run->pid << 32 | sent);
    if (arrives)
        ob_json_string(json, "bp", "e");
    ob_json_end(json);
}

/* The state of the actor after a delivery, where it has changed. */
static void print_state(struct run *run, const struct ob_delivery *delivery, uint32_t index,
                        struct ob_json *json)
{
    const struct ob_states *states = &run->states;

    while (run->next_state < states->count &&
           (states->entries[run->next_state].delivery == OB_NONE ||
            states->entries[run->next_state].delivery <= index)) {
        const struct ob_state_entry *entry = &states->entries[run->next_state++];
        const char *words = ob_states_text(states, entry);
        if (entry->delivery == index && entry->actor == delivery->actor && *words)
            ob_json_string(json, "state", words);
    }
}

static void print_effect(const struct run *run, uint32_t sent, uint64_t transit_us,
                         struct ob_json *json)
{
    const struct ob_sent *message = ob_world_sent(run->world, sent);
    const struct ob_scenario *scenario = run->annotated->scenario;
    struct ob_text words = {0};

    if (!message->deviation || message->deviation > scenario->deviation_count)
        return;
    ob_report_effect(run->world, &scenario->deviations[message->deviation - 1u], sent, transit_us,
                     &words);
    ob_json_text(json, "deviation", &words);
}

static void print_delivery(struct run *run, const struct point *point, struct ob_json *json)
{
    const struct ob_delivery *delivery = ob_world_delivery(run->world, point->index);
    const uint32_t sent = delivery->sent;
    struct ob_text words = {0};

    begin(run, "X", delivery->actor, point->ts, json);
    ob_json_decimal(json, "dur", point->duration, 3);
    if (sent == OB_NONE)
        ob_text_printf(&words, "(starts again)");
    else
        ob_report_message(run->world, &run->arities, sent, &words);
    ob_json_text(json, "name", &words);
    bool decides = ob_annotated_decides(run->annotated, point->index);
    ob_json_string(json, "cat", decides ? "delivery,decides" : "delivery");
    ob_json_object(json, "args");
    ob_json_number(json, "step", point->index + UINT64_C(1));
    ob_json_number(json, "time_us", point->time_us);
    if (sent != OB_NONE) {
        uint64_t sent_us = ob_world_sent(run->world, sent)->time_us;
        ob_json_number(json, "sent_us", sent_us);
        print_effect(run, sent, point->time_us - sent_us, json);
    }
    print_state(run, delivery, point->index, json);
    ob_json_end(json);
    ob_json_end(json);
    const struct point *origin = sent == OB_NONE ? NULL : origin_of(run, sent);
    if (origin) {
        print_end(run, sent, origin, false, json);
        print_end(run, sent, point, true, json);
    }
}

static void print_outside(const struct run *run, const struct point *point, struct ob_json *json)
{
    struct ob_text words = {0};

    begin(run, "X", OB_OUTSIDE, point->ts, json);
    ob_json_decimal(json, "dur", point->duration, 3);
    ob_report_message(run->world, &run->arities, point->index, &words);
    ob_json_text(json, "name", &words);
    ob_json_string(json, "cat", "outside");
    ob_json_end(json);
}

/* Without its end, so that there may be more to it. */
static void begin_instant(const struct run *run, const struct point *point, const char *scope,
                          struct ob_text *name, const char *category, struct ob_json *json)
{
    begin(run, "i", actor_of(run, point), point->ts, json);
    ob_json_string(json, "s", scope);
    ob_json_text(json, "name", name);
    ob_json_string(json, "cat", category);
}

/* What never arrived, where it was sent. Timers that were cancelled are no loss. */
static void print_undelivered(const struct run *run, struct ob_json *json)
{
    uint8_t *delivered = ob_story_delivered(run->world);

    for (uint32_t index = 0; delivered && index < ob_world_sent_count(run->world); index++) {
        const struct point *origin = origin_of(run, index);
        struct ob_text words = {0};
        if (delivered[index] || !origin || ob_world_is_timer(run->world, index))
            continue;
        bool is_coming = ob_world_is_under_way(run->world, index);
        ob_text_printf(&words, "%s: ", is_coming ? "under way at the end" : "not delivered");
        ob_report_message(run->world, &run->arities, index, &words);
        begin_instant(run, origin, "t", &words, "undelivered", json);
        ob_json_object(json, "args");
        print_effect(run, index, OB_NONE, json);
        ob_json_end(json);
        ob_json_end(json);
    }
    json->text->failed |= !delivered;
    free(delivered);
}

static void print_violation(const struct run *run, struct ob_json *json)
{
    const struct ob_verdict *verdict = ob_world_verdict(run->world);
    struct ob_text words = {0};

    if (verdict->outcome != OB_VIOLATED || run->point_count == 0)
        return;
    ob_text_printf(&words, "%s is violated: %s", verdict->invariant, verdict->detail);
    begin_instant(run, &run->points[run->point_count - 1], "p", &words, "violation", json);
    ob_json_end(json);
}

static int print_run(const struct ob_annotated_run *annotated, uint64_t pid, const char *title,
                     struct ob_json *json, struct ob_error *error)
{
    struct run run = {.world = annotated->world,
                      .annotated = annotated,
                      .vocabulary = ob_world_vocabulary(annotated->world),
                      .pid = pid};

    run.tid = 1 + (pid - 1) * (run.vocabulary->actor_count + UINT64_C(1));
    ob_report_arities(run.world, &run.arities);
    int result = ob_states_record(annotated, &run.states, error);
    if (result == 0)
        result = gather_points(&run, error);
    if (result == 0) {
        name_tracks(&run, title, json);
        for (size_t at = 0; at < run.point_count; at++)
            if (run.points[at].is_delivery)
                print_delivery(&run, &run.points[at], json);
            else
                print_outside(&run, &run.points[at], json);
        print_undelivered(&run, json);
        print_violation(&run, json);
    }
    ob_states_release(&run.states);
    free(run.points);
    free((void *)run.of_delivery);
    free((void *)run.of_sent);
    return result;
}

int ob_report_perfetto(const struct ob_story *story, struct ob_text *text, struct ob_error *error)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(story->run.world);
    struct ob_json json = {.text = text};
    struct ob_text title = {0};

    ob_text_printf(&title, "%s/%s", vocabulary->target->name,
                   vocabulary->target->variants[vocabulary->variant]);
    ob_json_object(&json, NULL);
    ob_json_string(&json, "displayTimeUnit", "ns");
    ob_json_object(&json, "otherData");
    ob_json_string(&json, "offbeat", OB_VERSION);
    ob_json_string(&json, "clock", "virtual");
    ob_json_end(&json);
    ob_json_array(&json, "traceEvents");
    ob_json_lines(&json);
    int result = print_run(&story->run, 1, ob_text_string(&title), &json, error);
    if (result == 0 && story->passing.world)
        result = print_run(&story->passing, 2, "the nearest run that passes", &json, error);
    ob_json_end(&json);
    ob_json_end(&json);
    text->failed |= title.failed;
    ob_text_release(&title);
    return result;
}
