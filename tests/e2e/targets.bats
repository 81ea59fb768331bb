# Every target in every variant: those that show a race show it, small and explained, and the
# others hold.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    source_dir="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    cd "$BATS_TEST_TMPDIR"
}

# variants WHICH: the variants in which a violation is expected ("fails"), or those that hold.
variants() {
    "$offbeat" list | awk -v which="$1" '(($2 == "fails") ? "fails" : "holds") == which { print $1 }'
}

@test "targets: what is expected to fail is found, small, and explained by what decides" {
    for variant in $(variants fails); do
        echo "# $variant"
        find_violation "$variant" found.txt
        "$offbeat" minimize "$variant" found.txt -o minimal.txt --text
        [ "$(grep -c '^+' minimal.txt)" -le 6 ]
        run "$offbeat" explain "$variant" minimal.txt
        [ "$status" -eq 1 ]
        grep -qE '^  Fails (when|with|only)' <<<"$output"
        [[ "$output" != *'No one order decides'* ]]
        # With every actor's state, which the target describes.
        run "$offbeat" explain "$variant" minimal.txt --format html -o page.html
        [ "$status" -eq 1 ]
    done
}

@test "targets: what is expected to hold is silent in random walks" {
    for variant in $(variants holds); do
        echo "# $variant"
        "$offbeat" explore "$variant" --runs 5000 --seed 1
    done
}

@test "targets: what is expected to hold is silent in every order of its smallest scenario, with every fault" {
    for variant in $(variants holds); do
        echo "# $variant"
        [ -f "$source_dir/targets/${variant%/*}/smallest.txt" ]
        run "$offbeat" explore "$variant" --strategy exhaustive --faults 1 --runs 20000 \
            --scenario "$source_dir/targets/${variant%/*}/smallest.txt"
        # What takes time is not explored, and says so.
        [ "$status" -eq 0 ] || [[ "$output" == *'NOT explored: '*' takes time (ob_work); use random walks' ]]
    done
}
