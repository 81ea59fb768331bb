/*
 * The greedy cover. What may make a group is a key: a signature, which covers the failures that
 * have it and those that have its order among theirs; or an order that faults share, which covers
 * those that have it. Both are looked up in one sorted list of all orders of all failures, and how
 * many a key covers is counted down as failures find their group: the time is in proportion to the
 * orders, but for a look at all keys for each group.
 */
#include "triage/group.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BEGINNING ": " /* of what decides, in a signature */
#define SEPARATOR "; " /* between orders */
#define NONE SIZE_MAX

/* A piece of a string that is somebody else's. */
struct piece {
    const char *text;
    size_t length;
};

/* An order of a failure. Failures of different subjects have none in common. */
struct mention {
    struct piece subject;
    struct piece order;
    size_t failure;
    size_t topic;
    size_t next; /* of the same failure */
};

/* Those with one subject and order: a stretch of the sorted list. */
struct topic {
    size_t first;
    size_t end;
    size_t first_key; /* of those that are about it, linked by `next` */
};

struct key {
    const char *signature; /* whose it is */
    const char *order;     /* NULL: what the signature says */
    size_t topic;          /* NONE where nobody mentions its order */
    size_t next;           /* about the same topic */
    size_t own_first;      /* failures with that very signature, in their sorted list; */
    size_t own_end;        /* none for a shared order */
    size_t count;          /* failures without a group that it covers */
    size_t own;            /* of these, with the signature */
    size_t makers;         /* failures without a group that say what the key says */
    size_t members;        /* of the group that is being made, with the signature */
};

/* A failure among those with one signature. */
struct sorted {
    const char *signature;
    const char *shared;
    size_t failure;
};

struct grouping {
    struct ob_signature *list;
    size_t count;
    size_t *by_signature;  /* failures, sorted */
    size_t *key_of;        /* failure: the key of its signature */
    size_t *shared_key_of; /* failure: the key of its shared order, or NONE */
    size_t *first_mention; /* failure: its first mention, or NONE */
    size_t *members;       /* of the group that is being made */
    struct sorted *sorted;
    struct mention *mentions; /* sorted by topic, each once */
    size_t mention_count;
    struct topic *topics;
    size_t topic_count;
    struct key *keys;
    size_t key_count;
};

/* What has to be the same in all of a group: of a violated invariant target and variant, of other
 * failures also what it was and where. */
static struct piece subject_of(const char *signature)
{
    const char *cause = strstr(signature, BEGINNING);
    size_t whole = cause ? (size_t)(cause - signature) : strlen(signature);
    size_t length = strcspn(signature, " ");
    bool is_invariant = length < whole && !memchr(signature + length + 1, ' ', whole - length - 1);
    return (struct piece){signature, is_invariant ? length : whole};
}

static int compare_pieces(struct piece a, struct piece b)
{
    size_t length = a.length < b.length ? a.length : b.length;
    int compared = memcmp(a.text, b.text, length);
    return compared ? compared : (a.length > b.length) - (a.length < b.length);
}

static int compare_topics(const struct mention *a, const struct mention *b)
{
    int compared = compare_pieces(a->subject, b->subject);
    return compared ? compared : compare_pieces(a->order, b->order);
}

static int compare_mentions(const void *a, const void *b)
{
    const struct mention *one = a;
    const struct mention *other = b;
    int compared = compare_topics(one, other);
    return compared ? compared : (one->failure > other->failure) - (one->failure < other->failure);
}

/* -- what is mentioned -- */

/* Takes the next order off a list. Returns false at its end. */
static bool next_order(const char **at, struct piece *order)
{
    const char *end = strstr(*at, SEPARATOR);
    if (**at == '\0')
        return false;
    *order = (struct piece){*at, end ? (size_t)(end - *at) : strlen(*at)};
    *at += order->length + (end ? strlen(SEPARATOR) : 0);
    return true;
}

static size_t count_orders(const char *orders)
{
    struct piece order;
    size_t count = 0;
    while (next_order(&orders, &order))
        count++;
    return count;
}

static bool allocate(struct grouping *grouping)
{
    size_t count = grouping->count + 1;
    size_t orders = 1;
    for (size_t at = 0; at < grouping->count; at++)
        orders += count_orders(grouping->list[at].orders);
    grouping->mention_count = orders - 1;
    grouping->by_signature = calloc(count, sizeof *grouping->by_signature);
    grouping->key_of = calloc(count, sizeof *grouping->key_of);
    grouping->shared_key_of = calloc(count, sizeof *grouping->shared_key_of);
    grouping->first_mention = calloc(count, sizeof *grouping->first_mention);
    grouping->members = calloc(count, sizeof *grouping->members);
    grouping->sorted = calloc(count, sizeof *grouping->sorted);
    grouping->mentions = calloc(orders, sizeof *grouping->mentions);
    grouping->topics = calloc(orders, sizeof *grouping->topics);
    grouping->keys = calloc(2 * count, sizeof *grouping->keys);
    return grouping->by_signature && grouping->key_of && grouping->shared_key_of &&
           grouping->first_mention && grouping->members && grouping->sorted && grouping->mentions &&
           grouping->topics && grouping->keys;
}

/* Each order of each failure once, sorted, and the topics that they make. */
static void read_mentions(struct grouping *grouping)
{
    struct mention *mentions = grouping->mentions;
    size_t count = 0;
    size_t kept = 0;
    for (size_t at = 0; at < grouping->count; at++) {
        const char *orders = grouping->list[at].orders;
        struct mention mention = {.subject = subject_of(grouping->list[at].signature),
                                  .failure = at};
        grouping->first_mention[at] = NONE;
        while (next_order(&orders, &mention.order))
            mentions[count++] = mention;
    }
    assert(count == grouping->mention_count);
    if (count > 1)
        qsort(mentions, count, sizeof *mentions, compare_mentions);
    for (size_t at = 0; at < count; at++) {
        struct mention mention = mentions[at];
        bool is_same = kept > 0 && compare_topics(&mentions[kept - 1], &mention) == 0;
        if (is_same && mentions[kept - 1].failure == mention.failure)
            continue;
        if (!is_same)
            grouping->topics[grouping->topic_count++] = (struct topic){kept, kept, NONE};
        mention.topic = grouping->topic_count - 1;
        mention.next = grouping->first_mention[mention.failure];
        grouping->topics[mention.topic].end = kept + 1;
        grouping->first_mention[mention.failure] = kept;
        mentions[kept++] = mention;
    }
    grouping->mention_count = kept;
}

static size_t find_topic(const struct grouping *grouping, struct piece subject, const char *order)
{
    const struct mention wanted = {.subject = subject, .order = {order, strlen(order)}};
    size_t low = 0;
    size_t high = grouping->topic_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct topic *topic = &grouping->topics[middle];
        int compared = compare_topics(&grouping->mentions[topic->first], &wanted);
        if (compared == 0)
            return middle;
        if (compared < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

/* -- what may make a group -- */

static int compare_signatures(const void *a, const void *b)
{
    const struct sorted *one = a;
    const struct sorted *other = b;
    int compared = strcmp(one->signature, other->signature);
    if (compared == 0)
        compared = strcmp(one->shared, other->shared);
    return compared ? compared : (one->failure > other->failure) - (one->failure < other->failure);
}

static bool covers_by_signature(const struct key *key, const struct ob_signature *failure)
{
    return !key->order && strcmp(failure->signature, key->signature) == 0;
}

/* Adds a key, and counts what it covers: each failure once, by its signature or by its order. */
static void add_key(struct grouping *grouping, struct key key)
{
    const char *cause = strstr(key.signature, BEGINNING);
    const char *order = key.order ? key.order : cause ? cause + strlen(BEGINNING) : NULL;
    key.topic = cause && order ? find_topic(grouping, subject_of(key.signature), order) : NONE;
    key.own = key.count = key.own_end - key.own_first;
    key.next = NONE;
    if (key.topic != NONE) {
        struct topic *topic = &grouping->topics[key.topic];
        for (size_t at = topic->first; at < topic->end; at++)
            key.count +=
                !covers_by_signature(&key, &grouping->list[grouping->mentions[at].failure]);
        key.next = topic->first_key;
        topic->first_key = grouping->key_count;
    }
    grouping->keys[grouping->key_count++] = key;
}

/* The failures of one signature: a key for it, and one for each order that they share. */
static void add_keys(struct grouping *grouping, size_t first, size_t end)
{
    const struct sorted *sorted = grouping->sorted;
    size_t own = grouping->key_count;
    add_key(grouping, (struct key){.signature = sorted[first].signature,
                                   .own_first = first,
                                   .own_end = end,
                                   .makers = end - first});
    for (size_t at = first; at < end; at++) {
        size_t failure = sorted[at].failure;
        grouping->by_signature[at] = failure;
        grouping->key_of[failure] = own;
        grouping->shared_key_of[failure] = NONE;
        if (sorted[at].shared[0] == '\0')
            continue;
        if (at == first || strcmp(sorted[at].shared, sorted[at - 1].shared) != 0)
            add_key(grouping,
                    (struct key){.signature = sorted[first].signature, .order = sorted[at].shared});
        grouping->shared_key_of[failure] = grouping->key_count - 1;
        grouping->keys[grouping->key_count - 1].makers++;
    }
}

static void make_keys(struct grouping *grouping)
{
    struct sorted *sorted = grouping->sorted;
    for (size_t at = 0; at < grouping->count; at++)
        sorted[at] = (struct sorted){grouping->list[at].signature, grouping->list[at].shared, at};
    if (grouping->count > 1)
        qsort(sorted, grouping->count, sizeof *sorted, compare_signatures);
    for (size_t first = 0, end; first < grouping->count; first = end) {
        for (end = first;
             end < grouping->count && strcmp(sorted[end].signature, sorted[first].signature) == 0;)
            end++;
        add_keys(grouping, first, end);
    }
    assert(grouping->key_count <= 2 * grouping->count);
}

/* -- the cover -- */

/* More failures, then more of the very signature; else the first in the order of letters. */
static bool is_better(const struct key *key, const struct key *best)
{
    if (!best || key->count != best->count)
        return !best || key->count > best->count;
    if (key->own != best->own)
        return key->own > best->own;
    int compared = strcmp(key->signature, best->signature);
    if (compared != 0 || !key->order || !best->order)
        return compared < 0;
    return strcmp(key->order, best->order) < 0;
}

/* The one that covers most of those without a group; NULL when all have one. One whose own failures
 * all have a group stands for nothing any more. */
static const struct key *find_largest(const struct grouping *grouping)
{
    const struct key *best = NULL;
    for (size_t at = 0; at < grouping->key_count; at++)
        if (grouping->keys[at].makers > 0 && grouping->keys[at].count > 0 &&
            is_better(&grouping->keys[at], best))
            best = &grouping->keys[at];
    return best;
}

/* The failures without a group that a key covers. Returns their number. */
static size_t list_members(struct grouping *grouping, const struct key *key)
{
    size_t count = 0;
    for (size_t at = key->own_first; at < key->own_end; at++)
        if (!grouping->list[grouping->by_signature[at]].group)
            grouping->members[count++] = grouping->by_signature[at];
    if (key->topic == NONE)
        return count;
    const struct topic *topic = &grouping->topics[key->topic];
    for (size_t at = topic->first; at < topic->end; at++) {
        const struct ob_signature *failure = &grouping->list[grouping->mentions[at].failure];
        if (!failure->group && !covers_by_signature(key, failure))
            grouping->members[count++] = grouping->mentions[at].failure;
    }
    assert(count == key->count);
    return count;
}

/* The signature that names a group: the one that most of its members have. */
static const char *name_of(const struct grouping *grouping, size_t count)
{
    const char *best = NULL;
    size_t most = 0;
    for (size_t at = 0; at < count; at++)
        grouping->keys[grouping->key_of[grouping->members[at]]].members = 0;
    for (size_t at = 0; at < count; at++)
        grouping->keys[grouping->key_of[grouping->members[at]]].members++;
    for (size_t at = 0; at < count; at++) {
        const struct key *key = &grouping->keys[grouping->key_of[grouping->members[at]]];
        if (key->members > most ||
            (best && key->members == most && strcmp(key->signature, best) < 0)) {
            best = key->signature;
            most = key->members;
        }
    }
    return best;
}

/* A failure that gets its group is covered by no key any more. */
static void close_failure(struct grouping *grouping, size_t failure, const char *name)
{
    struct ob_signature *closed = &grouping->list[failure];
    struct key *own = &grouping->keys[grouping->key_of[failure]];
    assert(own->count > 0 && own->own > 0 && own->makers > 0);
    own->count--;
    own->own--;
    own->makers--;
    if (grouping->shared_key_of[failure] != NONE)
        grouping->keys[grouping->shared_key_of[failure]].makers--;
    for (size_t at = grouping->first_mention[failure]; at != NONE;
         at = grouping->mentions[at].next) {
        const struct topic *topic = &grouping->topics[grouping->mentions[at].topic];
        for (size_t about = topic->first_key; about != NONE; about = grouping->keys[about].next)
            grouping->keys[about].count -= !covers_by_signature(&grouping->keys[about], closed);
    }
    closed->group = name;
}

static void release(struct grouping *grouping)
{
    free(grouping->by_signature);
    free(grouping->key_of);
    free(grouping->shared_key_of);
    free(grouping->first_mention);
    free(grouping->members);
    free(grouping->sorted);
    free(grouping->mentions);
    free(grouping->topics);
    free(grouping->keys);
}

static void cover(struct grouping *grouping)
{
    const struct key *key;
    while ((key = find_largest(grouping))) {
        size_t members = list_members(grouping, key);
        const char *name = name_of(grouping, members);
        for (size_t at = 0; at < members; at++)
            close_failure(grouping, grouping->members[at], name);
    }
}

int ob_signatures_group(struct ob_signature *list, size_t count)
{
    struct grouping grouping = {.list = list, .count = count};
    for (size_t at = 0; at < count; at++)
        list[at].group = NULL;
    if (!allocate(&grouping)) {
        release(&grouping);
        return -1;
    }
    read_mentions(&grouping);
    make_keys(&grouping);
    cover(&grouping);
    release(&grouping);
    return 0;
}
