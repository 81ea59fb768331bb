# Every variant that is expected to hold is silent; targets.bats has those that show a race.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    source_dir="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    cd "$BATS_TEST_TMPDIR"
}

@test "targets: what is expected to hold is silent in random walks" {
    for variant in $(variants_that hold); do
        echo "# $variant"
        "$offbeat" explore "$variant" --runs 5000 --seed 1
    done
}

@test "targets: what is expected to hold is silent in every order, with every fault" {
    for variant in $(variants_that hold); do
        echo "# $variant"
        [ -f "$source_dir/targets/${variant%/*}/smallest.txt" ]
        run "$offbeat" explore "$variant" --strategy exhaustive --faults 1 --runs 20000 \
            --scenario "$source_dir/targets/${variant%/*}/smallest.txt"
        # What takes time is not explored, and says so.
        [ "$status" -eq 0 ] ||
            [[ "$output" == *'NOT explored: '*' takes time (ob_work); use random walks' ]]
    done
}
