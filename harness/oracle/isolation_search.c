/*
 * The search for anomalies. A transaction that reads a version follows its writer (wr) and goes
 * before the writer of the next one (rw); writers of successive versions follow each other (ww).
 * Only committed transactions take part: nobody knows what becomes of the others.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/transactions.h"

#define NONE UINT32_MAX
#define VISITS_MAX 20000000u /* dependencies looked at while the shortest cycle is searched */

/* A version of a key that was written. */
struct version {
    uint32_t key;
    uint32_t number;
    uint32_t writer;
    uint32_t next_committed; /* the place of the next one of this key by a committed one, or NONE */
};

struct graph {
    const struct ob_transactions *history;
    struct version *versions;    /* by key and number */
    struct ob_access *sorted;    /* accesses by transaction, key, kind and version */
    struct ob_dependency *edges; /* by `from` */
    uint32_t *first;     /* of each transaction, the place of its first edge; one more at the end */
    uint32_t *component; /* of each transaction: those in a cycle with it have the same number */
    uint32_t
        *scratch; /* four words for each transaction, five for each of two states in a search */
    uint32_t version_count;
    uint32_t edge_count;
    uint32_t visits;
    uint32_t searches;
};

/* As OB_INVARIANT does, each id leaves a note in the object file. */
#define NOTE "offbeat-invariant:"

const char *ob_anomaly_id(enum ob_anomaly anomaly)
{
    static const char *const ids[OB_ANOMALIES] = {
        [OB_ANOMALY_NONE] = NOTE,
        [OB_G0] = NOTE "mixed_writes",
        [OB_G1A] = NOTE "read_of_aborted",
        [OB_G1B] = NOTE "intermediate_read",
        [OB_G1C] = NOTE "circular_information_flow",
        [OB_LOST_UPDATE] = NOTE "lost_update",
        [OB_G_SINGLE] = NOTE "read_skew",
        [OB_G_NONADJACENT] = NOTE "long_fork",
        [OB_G2] = NOTE "write_skew",
    };
    return ids[anomaly] + sizeof NOTE - 1;
}

const char *ob_anomaly_name(enum ob_anomaly anomaly)
{
    static const char *const names[OB_ANOMALIES] = {
        [OB_ANOMALY_NONE] = "",
        [OB_G0] = "mixed writes (G0)",
        [OB_G1A] = "aborted read (G1a)",
        [OB_G1B] = "intermediate read (G1b)",
        [OB_G1C] = "circular information flow (G1c)",
        [OB_LOST_UPDATE] = "lost update",
        [OB_G_SINGLE] = "read skew (G-single)",
        [OB_G_NONADJACENT] = "long fork or the like (G-nonadjacent)",
        [OB_G2] = "write skew (G2)",
    };
    return names[anomaly];
}

/* -- versions -- */

static int compare_versions(const void *a, const void *b)
{
    const struct version *one = a;
    const struct version *two = b;

    if (one->key != two->key)
        return one->key < two->key ? -1 : 1;
    return (one->number > two->number) - (one->number < two->number);
}

static bool is_committed(const struct graph *graph, uint32_t transaction)
{
    return graph->history->transactions[transaction].fate == OB_TXN_COMMITTED;
}

static int compare_accesses(const void *a, const void *b)
{
    const struct ob_access *one = a;
    const struct ob_access *two = b;

    if (one->transaction != two->transaction)
        return one->transaction < two->transaction ? -1 : 1;
    if (one->key != two->key)
        return one->key < two->key ? -1 : 1;
    if (one->is_write != two->is_write)
        return one->is_write ? 1 : -1;
    return (one->version > two->version) - (one->version < two->version);
}

/* The place of the first access that is not before another one. */
static uint32_t find_access(const struct graph *graph, const struct ob_access *wanted)
{
    uint32_t low = 0;
    uint32_t high = graph->history->access_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_accesses(&graph->sorted[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_read(const struct graph *graph, uint32_t transaction, uint32_t key,
                     uint32_t version)
{
    const struct ob_access wanted = {.transaction = transaction, .key = key, .version = version};
    uint32_t place = find_access(graph, &wanted);

    return place < graph->history->access_count &&
           compare_accesses(&graph->sorted[place], &wanted) == 0;
}

/* The last version of a key that a transaction has made, 0 for none. */
static uint32_t last_written(const struct graph *graph, uint32_t transaction, uint32_t key)
{
    const struct ob_access wanted = {
        .transaction = transaction, .key = key, .version = UINT32_MAX, .is_write = true};
    uint32_t place = find_access(graph, &wanted);

    if (place == 0)
        return 0;
    const struct ob_access *access = &graph->sorted[place - 1];
    bool fits = access->transaction == transaction && access->key == key && access->is_write;
    return fits ? access->version : 0;
}

static void sort_accesses(struct graph *graph)
{
    const struct ob_transactions *history = graph->history;

    for (uint32_t at = 0; at < history->access_count; at++) {
        const struct ob_access *access = &history->accesses[at];
        graph->sorted[at] = *access;
        if (access->is_write)
            graph->versions[graph->version_count++] = (struct version){
                .key = access->key, .number = access->version, .writer = access->transaction};
    }
    qsort(graph->sorted, history->access_count, sizeof *graph->sorted, compare_accesses);
    qsort(graph->versions, graph->version_count, sizeof *graph->versions, compare_versions);
}

/* Links each version to the next committed one; goes from the last to the first. */
static void link_versions(struct graph *graph)
{
    uint32_t next = NONE;

    for (uint32_t at = graph->version_count; at-- > 0;) {
        struct version *version = &graph->versions[at];
        if (next != NONE && graph->versions[next].key != version->key)
            next = NONE;
        version->next_committed = next;
        if (is_committed(graph, version->writer))
            next = at;
    }
}

/* The place of a version, or of the first one of its key that is not older; NONE when there is none
 * of that key from there on. */
static uint32_t find_version(const struct graph *graph, uint32_t key, uint32_t number)
{
    struct version wanted = {.key = key, .number = number};
    uint32_t low = 0;
    uint32_t high = graph->version_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_versions(&graph->versions[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < graph->version_count && graph->versions[low].key == key ? low : NONE;
}

/* The place of the first committed version of a key that is newer, or NONE. */
static uint32_t next_version(const struct graph *graph, uint32_t key, uint32_t number)
{
    uint32_t place = find_version(graph, key, number + 1);

    if (place == NONE || is_committed(graph, graph->versions[place].writer))
        return place;
    return graph->versions[place].next_committed;
}

/* -- the graph -- */

static void add_edge(struct graph *graph, uint32_t from, uint32_t to,
                     const struct ob_access *access, uint32_t kind)
{
    if (from != to)
        graph->edges[graph->edge_count++] = (struct ob_dependency){
            .from = from, .to = to, .key = access->key, .version = access->version, .kind = kind};
}

static void add_edges_of(struct graph *graph, const struct ob_access *access)
{
    uint32_t self = access->transaction;
    uint32_t next = next_version(graph, access->key, access->version);

    if (next != NONE)
        add_edge(graph, self, graph->versions[next].writer, access,
                 access->is_write ? OB_WW : OB_RW);
    if (access->is_write || access->version == 0)
        return;
    uint32_t place = find_version(graph, access->key, access->version);
    if (place == NONE || graph->versions[place].number != access->version ||
        !is_committed(graph, graph->versions[place].writer))
        return;
    add_edge(graph, graph->versions[place].writer, self, access, OB_WR);
}

static int compare_edges(const void *a, const void *b)
{
    const struct ob_dependency *one = a;
    const struct ob_dependency *two = b;

    if (one->from != two->from)
        return one->from < two->from ? -1 : 1;
    if (one->to != two->to)
        return one->to < two->to ? -1 : 1;
    if (one->kind != two->kind)
        return one->kind < two->kind ? -1 : 1;
    if (one->key != two->key)
        return one->key < two->key ? -1 : 1;
    return (one->version > two->version) - (one->version < two->version);
}

static void build(struct graph *graph)
{
    const struct ob_transactions *history = graph->history;

    sort_accesses(graph);
    link_versions(graph);
    for (uint32_t at = 0; at < history->access_count; at++)
        if (is_committed(graph, history->accesses[at].transaction))
            add_edges_of(graph, &history->accesses[at]);
    qsort(graph->edges, graph->edge_count, sizeof *graph->edges, compare_edges);
    uint32_t edge = 0;
    for (uint32_t transaction = 0; transaction <= history->count; transaction++) {
        while (edge < graph->edge_count && graph->edges[edge].from < transaction)
            edge++;
        graph->first[transaction] = edge;
    }
}

/* A set of kinds of dependencies. */
#define OF_WW (1u << OB_WW)
#define OF_WR (1u << OB_WR)
#define OF_RW (1u << OB_RW)

static bool is_of(const struct ob_dependency *edge, unsigned kinds)
{
    return kinds >> edge->kind & 1;
}

/* What the search for components keeps of each transaction. */
struct visit {
    uint32_t *index; /* one more than the order in which it was met; 0: not yet */
    uint32_t *low;   /* the first that it can get back to */
    uint32_t *stack; /* met, and of no component yet */
    uint32_t *calls; /* the way to where the search is */
    uint32_t stack_count;
    uint32_t call_count;
    uint32_t met;
    uint32_t components;
};

static void enter(struct visit *visit, uint32_t transaction)
{
    visit->index[transaction] = visit->low[transaction] = ++visit->met;
    visit->stack[visit->stack_count++] = transaction;
    visit->calls[visit->call_count++] = transaction;
}

/* Goes back from a transaction whose edges were all followed. */
static void leave(struct graph *graph, struct visit *visit)
{
    uint32_t done = visit->calls[--visit->call_count];

    if (visit->low[done] == visit->index[done]) {
        uint32_t member;
        do {
            member = visit->stack[--visit->stack_count];
            graph->component[member] = visit->components;
        } while (member != done);
        visit->components++;
    }
    if (visit->call_count == 0)
        return;
    uint32_t caller = visit->calls[visit->call_count - 1];
    if (visit->low[done] < visit->low[caller])
        visit->low[caller] = visit->low[done];
}

/* Strongly connected components along some kinds of dependencies (Tarjan: "Depth-first search and
 * linear graph algorithms", 1972). Returns whether one of them has two members. */
static bool find_components(struct graph *graph, unsigned kinds)
{
    uint32_t count = graph->history->count;
    struct visit visit = {.index = graph->scratch,
                          .low = graph->scratch + count,
                          .stack = graph->scratch + 2 * (size_t)count,
                          .calls = graph->scratch + 3 * (size_t)count};
    uint32_t *cursor = graph->scratch + 4 * (size_t)count;

    memset(visit.index, 0, count * sizeof *visit.index);
    memset(graph->component, 0xff, count * sizeof *graph->component);
    memcpy(cursor, graph->first, count * sizeof *cursor);
    for (uint32_t root = 0; root < count; root++) {
        if (visit.index[root])
            continue;
        enter(&visit, root);
        while (visit.call_count > 0) {
            uint32_t at = visit.calls[visit.call_count - 1];
            if (cursor[at] == graph->first[at + 1]) {
                leave(graph, &visit);
                continue;
            }
            const struct ob_dependency *edge = &graph->edges[cursor[at]++];
            if (!is_of(edge, kinds))
                continue;
            if (!visit.index[edge->to])
                enter(&visit, edge->to);
            else if (graph->component[edge->to] == NONE && visit.index[edge->to] < visit.low[at])
                visit.low[at] = visit.index[edge->to];
        }
    }
    return visit.components < count;
}

/* -- cycles -- */

/* Which ways a search may go. */
struct rule {
    unsigned kinds;
    bool keeps_rw_apart; /* no rw after a rw */
};

/* A search goes from state to state: twice the transaction, and one more behind a rw where that
 * makes a difference. */
static uint32_t state_of(const struct rule *rule, const struct ob_dependency *edge)
{
    return 2 * edge->to + (rule->keeps_rw_apart && edge->kind == OB_RW);
}

static void keep_path(const struct graph *graph, const uint32_t *led_by, const uint32_t *before,
                      uint32_t state, uint32_t start, uint32_t last_edge, uint32_t length,
                      struct ob_finding_of_transactions *finding)
{
    uint32_t place = length - 1;

    finding->length = length < OB_CYCLE_MAX ? length : OB_CYCLE_MAX;
    if (place < OB_CYCLE_MAX)
        finding->cycle[place] = graph->edges[last_edge];
    for (; state != start; state = before[state])
        if (--place < OB_CYCLE_MAX)
            finding->cycle[place] = graph->edges[led_by[state]];
}

/*
 * The shortest way from a state back to a transaction, within its component, if it is shorter than
 * what was found. `offset` edges go before it.
 */
static bool find_way(struct graph *graph, const struct rule *rule, uint32_t start, uint32_t goal,
                     uint32_t offset, struct ob_finding_of_transactions *finding)
{
    uint32_t states = 2 * graph->history->count;
    uint32_t *seen = graph->scratch;
    uint32_t *led_by = graph->scratch + states;
    uint32_t *before = graph->scratch + 2 * (size_t)states;
    uint32_t *depth = graph->scratch + 3 * (size_t)states;
    uint32_t *queue = graph->scratch + 4 * (size_t)states;
    uint32_t head = 0;
    uint32_t tail = 0;
    uint32_t search = ++graph->searches;

    queue[tail++] = start;
    seen[start] = search;
    depth[start] = offset;
    while (head < tail && graph->visits < VISITS_MAX) {
        uint32_t state = queue[head++];
        uint32_t at = state / 2;
        if (finding->length && depth[state] + 1 >= finding->length)
            return false;
        for (uint32_t place = graph->first[at]; place < graph->first[at + 1]; place++) {
            const struct ob_dependency *edge = &graph->edges[place];
            graph->visits++;
            if (!is_of(edge, rule->kinds) || graph->component[edge->to] != graph->component[goal] ||
                (rule->keeps_rw_apart && (state & 1) && edge->kind == OB_RW))
                continue;
            uint32_t next = state_of(rule, edge);
            if (edge->to == goal && !(next & 1)) {
                keep_path(graph, led_by, before, state, start, place, depth[state] + 1, finding);
                return true;
            }
            if (seen[next] == search)
                continue;
            seen[next] = search;
            led_by[next] = place;
            before[next] = state;
            depth[next] = depth[state] + 1;
            queue[tail++] = next;
        }
    }
    return false;
}

static void begin_searches(struct graph *graph)
{
    memset(graph->scratch, 0, 2 * (size_t)graph->history->count * sizeof *graph->scratch);
    graph->searches = 0;
    graph->visits = 0;
}

/* The shortest cycle along some kinds of dependencies. */
static bool find_cycle(struct graph *graph, unsigned kinds,
                       struct ob_finding_of_transactions *finding)
{
    const struct rule rule = {.kinds = kinds};

    finding->length = 0;
    if (!find_components(graph, kinds))
        return false;
    begin_searches(graph);
    for (uint32_t at = 0; at < graph->history->count; at++)
        (void)find_way(graph, &rule, 2 * at, at, 0, finding);
    return finding->length > 0;
}

/* The shortest cycle that begins with a rw and goes on by a rule. The components are those of all
 * dependencies. */
static bool find_cycle_with_rw(struct graph *graph, const struct rule *rule,
                               struct ob_finding_of_transactions *finding)
{
    finding->length = 0;
    begin_searches(graph);
    for (uint32_t place = 0; place < graph->edge_count; place++) {
        const struct ob_dependency *edge = &graph->edges[place];
        if (edge->kind != OB_RW || graph->component[edge->from] != graph->component[edge->to])
            continue;
        if (find_way(graph, rule, state_of(rule, edge), edge->from, 1, finding))
            finding->cycle[0] = *edge;
    }
    return finding->length > 0;
}

/* -- anomalies -- */

/* Reads of what was never there for others: by an aborted transaction, or written over by its own
 * writer. */
static bool find_bad_read(const struct graph *graph, bool of_aborted,
                          struct ob_finding_of_transactions *finding)
{
    const struct ob_transactions *history = graph->history;

    for (uint32_t at = 0; at < history->access_count; at++) {
        const struct ob_access *access = &history->accesses[at];
        if (access->is_write || access->version == 0 || !is_committed(graph, access->transaction))
            continue;
        uint32_t place = find_version(graph, access->key, access->version);
        if (place == NONE || graph->versions[place].number != access->version)
            continue;
        uint32_t writer = graph->versions[place].writer;
        bool is_aborted = history->transactions[writer].fate == OB_TXN_ABORTED;
        bool is_intermediate = is_committed(graph, writer) &&
                               last_written(graph, writer, access->key) != access->version;
        if (writer == access->transaction || !(of_aborted ? is_aborted : is_intermediate))
            continue;
        finding->length = 1;
        finding->cycle[0] = (struct ob_dependency){.from = writer,
                                                   .to = access->transaction,
                                                   .key = access->key,
                                                   .version = access->version,
                                                   .kind = OB_WR};
        return true;
    }
    return false;
}

/* Two that read the same version and both wrote: the second has not seen what the first did. */
static bool find_lost_update(const struct graph *graph, struct ob_finding_of_transactions *finding)
{
    const struct ob_transactions *history = graph->history;

    for (uint32_t at = 0; at < history->access_count; at++) {
        const struct ob_access *access = &history->accesses[at];
        uint32_t self = access->transaction;
        if (access->is_write || !is_committed(graph, self))
            continue;
        uint32_t next = next_version(graph, access->key, access->version);
        if (next == NONE)
            continue;
        const struct version *version = &graph->versions[next];
        if (version->writer == self || last_written(graph, self, access->key) < version->number ||
            !has_read(graph, version->writer, access->key, access->version))
            continue;
        finding->length = 2;
        finding->cycle[0] = (struct ob_dependency){.from = self,
                                                   .to = version->writer,
                                                   .key = access->key,
                                                   .version = access->version,
                                                   .kind = OB_RW};
        finding->cycle[1] = (struct ob_dependency){.from = version->writer,
                                                   .to = self,
                                                   .key = access->key,
                                                   .version = version->number,
                                                   .kind = OB_WW};
        return true;
    }
    return false;
}

static enum ob_anomaly find_anomaly(struct graph *graph, enum ob_isolation level,
                                    struct ob_finding_of_transactions *finding)
{
    const unsigned dependencies = OF_WW | OF_WR;
    const struct rule single = {.kinds = dependencies};
    const struct rule nonadjacent = {.kinds = dependencies | OF_RW, .keeps_rw_apart = true};

    if (find_cycle(graph, OF_WW, finding))
        return OB_G0;
    if (level == OB_READ_UNCOMMITTED)
        return OB_ANOMALY_NONE;
    if (find_bad_read(graph, true, finding))
        return OB_G1A;
    if (find_bad_read(graph, false, finding))
        return OB_G1B;
    if (find_cycle(graph, dependencies, finding))
        return OB_G1C;
    /* Without a cycle of any kind there is none of a certain one. */
    if (level == OB_READ_COMMITTED || !find_components(graph, dependencies | OF_RW))
        return OB_ANOMALY_NONE;
    if (find_lost_update(graph, finding))
        return OB_LOST_UPDATE;
    if (find_cycle_with_rw(graph, &single, finding))
        return OB_G_SINGLE;
    find_components(graph, dependencies | OF_RW);
    if (find_cycle_with_rw(graph, &nonadjacent, finding))
        return OB_G_NONADJACENT;
    if (level >= OB_SERIALIZABLE && find_cycle(graph, dependencies | OF_RW, finding))
        return OB_G2;
    return OB_ANOMALY_NONE;
}

int ob_isolation_check(const struct ob_transactions *history, enum ob_isolation level,
                       struct ob_finding_of_transactions *finding)
{
    size_t accesses = (size_t)history->access_count + 1;
    size_t count = (size_t)history->count + 1;
    struct graph graph = {.history = history,
                          .versions = malloc(accesses * sizeof *graph.versions),
                          .sorted = malloc(accesses * sizeof *graph.sorted),
                          .edges = malloc(2 * accesses * sizeof *graph.edges),
                          .first = malloc(count * sizeof *graph.first),
                          .component = malloc(count * sizeof *graph.component),
                          .scratch = malloc(10 * count * sizeof *graph.scratch)};
    bool complete = graph.versions && graph.sorted && graph.edges && graph.first &&
                    graph.component && graph.scratch;

    finding->length = 0;
    finding->anomaly = OB_ANOMALY_NONE;
    if (complete) {
        build(&graph);
        finding->anomaly = find_anomaly(&graph, level, finding);
    }
    free(graph.versions);
    free(graph.sorted);
    free(graph.edges);
    free(graph.first);
    free(graph.component);
    free(graph.scratch);
    return complete ? 0 : -1;
}
