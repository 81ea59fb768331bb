/* Isolation of transactions: histories that are written by hand, good ones and bad ones. */
#include "support/transactions.h"

static enum ob_anomaly judge(const char *line, enum ob_isolation level)
{
    static struct transactions all;
    static struct ob_finding_of_transactions finding;
    transactions_parse(&all, line);
    assert_int_equal(ob_isolation_check(&all.history, level, &finding), 0);
    return finding.anomaly;
}

/* A history shows an anomaly at the level that forbids it first, and at those above; below it is
 * fine. */
static void expect(const char *line, enum ob_anomaly anomaly, enum ob_isolation first)
{
    for (unsigned level = OB_READ_UNCOMMITTED; level <= OB_OPTIMISTIC; level++)
        assert_int_equal(judge(line, (enum ob_isolation)level),
                         level >= first ? anomaly : OB_ANOMALY_NONE);
}

static void what_is_serial_is_fine(void **state)
{
    (void)state;
    assert_int_equal(judge("", OB_SERIALIZABLE), OB_ANOMALY_NONE);
    assert_int_equal(judge("r1x0 w1x1 c1 r2x1 w2x2 c2 r3x2 c3", OB_SERIALIZABLE), OB_ANOMALY_NONE);
    /* In another order than the one in which they committed. */
    assert_int_equal(judge("r1x0 w2x1 c2 r1y0 c1", OB_SERIALIZABLE), OB_ANOMALY_NONE);
}

static void what_did_not_commit_makes_no_cycle(void **state)
{
    (void)state;
    assert_int_equal(judge("r1x0 r2x0 w1x1 w2x2 c1 a2", OB_SERIALIZABLE), OB_ANOMALY_NONE);
    assert_int_equal(judge("r1x0 r2x0 w1x1 w2x2 c1", OB_SERIALIZABLE), OB_ANOMALY_NONE);
}

static void mixed_writes(void **state)
{
    (void)state;
    expect("w1x1 w2x2 w2y1 w1y2 c1 c2", OB_G0, OB_READ_UNCOMMITTED);
}

static void a_read_of_what_was_aborted(void **state)
{
    (void)state;
    expect("w1x1 r2x1 a1 c2", OB_G1A, OB_READ_COMMITTED);
}

static void a_read_of_what_its_writer_wrote_over(void **state)
{
    (void)state;
    expect("w1x1 r2x1 w1x2 c1 c2", OB_G1B, OB_READ_COMMITTED);
}

static void circular_information_flow(void **state)
{
    (void)state;
    expect("w1x1 w2y1 r1y1 r2x1 c1 c2", OB_G1C, OB_READ_COMMITTED);
}

static void a_lost_update(void **state)
{
    (void)state;
    expect("r1x0 r2x0 w1x1 w2x2 c1 c2", OB_LOST_UPDATE, OB_SNAPSHOT);
}

static void read_skew(void **state)
{
    (void)state;
    expect("r1x0 w2x1 w2y1 c2 r1y1 c1", OB_G_SINGLE, OB_SNAPSHOT);
}

/* Two readers see two writes in different orders: there are two rw, but none after the other. */
static void a_long_fork(void **state)
{
    (void)state;
    expect("w1x1 w2y1 c1 c2 r3x1 r3y0 c3 r4x0 r4y1 c4", OB_G_NONADJACENT, OB_SNAPSHOT);
}

static void write_skew(void **state)
{
    (void)state;
    expect("r1x0 r1y0 r2x0 r2y0 w1x1 w2y1 c1 c2", OB_G2, OB_SERIALIZABLE);
}

static void the_gravest_is_named_and_its_shortest_cycle_told(void **state)
{
    static struct transactions all;
    static struct ob_finding_of_transactions finding;
    (void)state;
    /* A cycle of three, 1 2 3, and one of two, 4 5. */
    transactions_parse(&all, "r1x0 r2y0 r3z0 w1z1 w2x1 w3y1 r4p0 r5q0 w4q1 w5p1 c1 c2 c3 c4 c5");
    assert_int_equal(ob_isolation_check(&all.history, OB_SERIALIZABLE, &finding), 0);
    assert_int_equal(finding.anomaly, OB_G2);
    assert_int_equal(finding.length, 2);
    for (uint32_t at = 0; at < 2; at++) {
        assert_int_equal(finding.cycle[at].kind, OB_RW);
        assert_int_equal(finding.cycle[at].to, finding.cycle[1 - at].from);
        assert_true(finding.cycle[at].from == 3 || finding.cycle[at].from == 4);
    }
    assert_int_equal(judge("r1x0 r2y0 w1y1 w2x1 w3p1 w4p2 w4q1 w3q2 c1 c2 c3 c4", OB_SERIALIZABLE),
                     OB_G0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_serial_is_fine),
        cmocka_unit_test(what_did_not_commit_makes_no_cycle),
        cmocka_unit_test(mixed_writes),
        cmocka_unit_test(a_read_of_what_was_aborted),
        cmocka_unit_test(a_read_of_what_its_writer_wrote_over),
        cmocka_unit_test(circular_information_flow),
        cmocka_unit_test(a_lost_update),
        cmocka_unit_test(read_skew),
        cmocka_unit_test(a_long_fork),
        cmocka_unit_test(write_skew),
        cmocka_unit_test(the_gravest_is_named_and_its_shortest_cycle_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
