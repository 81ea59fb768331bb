# What walks find is written down and replays, in short; tests/models/verdicts is the long form.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR"
    models="$OFFBEAT_SOURCE_DIR/tests/models"
    command="$OFFBEAT_FUZZ_DIR/offbeat_models"
}

@test "each find of a walk is a scenario that violates the same invariant; one cause has one bucket" {
    run "$models/verdicts" --causes --seeds 3 --runs 5000 --out verdicts.tsv "$command" \
        --only '^(altbit|barrier|crossing|door|furnace|invoices|leader|meter|reload|spooler)/' \
        --only '^(standby|telemetry)/' --only '^paxos/quorum_too_small$' \
        --only '^two_phase/(one_vote_too_few|progress)$'
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == *' 0 hold a walk' ]]
    # variant finds differ buckets largest right: one bucket from every seed, for what the model was
    # made for.
    awk '$1 ~ "/" && NF == 6 { lines++; if ($4 != 1 || $5 != $2 || $6 != $2) wrong++ }
        END { exit lines != 15 || wrong > 0 }' <<<"$output"
}

@test "a search that was done is not done again, and a find that is lost is told" {
    printf '%s\n' $'command\tvariant\tstrategy\tseed\tinvariant\twritten\treplays\tholds_walk' \
        $'offbeat_models\tdoor/racy\tpos\t1\tcloses_when_free\tyes\tno\tno' >verdicts.tsv
    run "$models/verdicts" --seeds 1 --strategy pos --out verdicts.tsv --only '^door/' "$command"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *'0 searches to do'* ]]
    [[ "$output" == *'1 of 1 finds lost'* ]]
}
