# ./scripts/bench models: its arguments, and what it makes of rows that were measured.

load helpers

setup() {
    bench="$OFFBEAT_SOURCE_DIR/scripts/bench"
    cd "$BATS_TEST_TMPDIR"
}

# row CASE METHOD SEED OUTCOME EXECUTIONS CPU: one of runs.csv.
row() {
    echo "$1,$2,$3,$4,$5,,0.5,1000,300,1,$6," >>results/runs.csv
}

@test "arguments that are wrong are refused, with what there is" {
    run "$bench" models --case nothing --list
    [ "$status" -eq 2 ]
    [[ "$output" == *'there is no case "nothing"'* ]]
    run "$bench" models --method fast --list
    [ "$status" -eq 2 ]
    [[ "$output" == *'there is no method "fast"; there are random pct pos libfuzzer afl standalone'* ]]
    run "$bench" models --seeds 0
    [ "$status" -eq 2 ]
}

@test "every line of truth.tsv is a case" {
    run "$bench" models --list
    [ "$status" -eq 0 ]
    while IFS=$'\t' read -r model variant _; do
        [ "$model" = model ] || grep -qx "$model/$variant" <<<"$output"
    done <"$OFFBEAT_SOURCE_DIR/tests/models/truth.tsv"
}

@test "medians, bounds and geometric means are right" {
    mkdir results
    echo case,method,seed,outcome >results/runs.csv
    # modbus: the best walk needs 10, libfuzzer 20 and the median of afl is beyond the limit.
    for seed in 1 2 3; do
        row modbus/racy random "$seed" found $((10 * seed)) 0.011
        row modbus/racy pct "$seed" found 10 0.013
        row modbus/racy libfuzzer "$seed" found 20 0.090
        row modbus/racy afl "$seed" "$([ "$seed" -eq 1 ] && echo found || echo limit)" 1000 0.5
        # window: the best walk needs 5, libfuzzer 40: ratios 2 and 8, whose geometric mean is 4.
        row window/racy random "$seed" found 5 0.011
        row window/racy libfuzzer "$seed" found 40 0.090
    done
    row modbus/racy random 0 start 0 0.010
    row modbus/racy libfuzzer 0 start 1 0.080
    "$bench" models --table --out results --format tsv >table.tsv
    cat table.tsv
    grep -qx "$(printf 'modbus/racy\t20\t10\t20\t>1,000')" table.tsv
    grep -qx "$(printf 'models / best walk\t1.41 (2)\t1 (1)\t4 (2)\t>100 (1)')" table.tsv
    grep -qx "$(printf 'the worst / best walk\t2\t1\t8\t100')" table.tsv
    # Processor time in ms, without that of the start: 11 - 10 and 90 - 80.
    grep -qx "$(printf 'modbus/racy\t1\t13\t10\t>500')" table.tsv
    grep -q "$(printf '^modbus/racy\tafl\t3\t1\t>1000.0\t')" results/summary.tsv
}
