#!/usr/bin/env bats
# Names that crash trackers can tell apart, and dictionaries: what a build for OSS-Fuzz asks of the
# command.

setup() {
    offbeat=${OFFBEAT:?}
    bad_names=$OFFBEAT_BUILD_DIR/tests/offbeat_bad_names
    cd "$BATS_TEST_TMPDIR" || exit
}

# crash FRAME... <LINE: what a fuzz program prints when it ends.
crash() {
    local number=0 frame
    echo "ASSERTION FAILED: $(cat)"
    echo "==1== ERROR: libFuzzer: deadly signal"
    for frame in "$@"; do
        echo "    #$((number++)) 0x55e5 in $frame /src/frames.c:3:1"
    done
}

@test "our own names can be told apart" {
    run "$offbeat" lint
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^[0-9]+\ violations\ compared,\ 0\ findings$ ]]
    ((${output%% *} >= 24))
}

@test "each kind of bad name is rejected" {
    run "$bad_names" lint
    echo "$output"
    [ "$status" -eq 1 ]
    grep -q '^bad_names/only/balance_never_negative_a and bad_names/only/balance_never_negative_b: names that are 9[0-9.]* % alike' <<<"$output"
    grep -q '^bad_names/only/new_order_is_known: .*drop from stacks' <<<"$output"
    grep -q '^bad_names/only/total_is_asserted: .*drop from stacks' <<<"$output"
    grep -q '^bad_names/only/sum_below_10000: .*four digits' <<<"$output"
    grep -q '^bad_names/only/a_name_that_says.*_end: .*80 characters' <<<"$output"
    [[ "${lines[-1]}" == *', 6 findings' ]]
    grep -q '^bad_names/poke: argument "fixed" of poke is always 0: the target gives it no .max$' <<<"$output"
    run "$bad_names" explore bad_names/only --runs 10
    grep -q '^offbeat: bad_names/only: argument "fixed" of poke is always 0' <<<"$output"
    run "$bad_names" lint --json
    [ "$status" -eq 1 ]
    ! command -v python3 ||
        python3 -c 'import json, sys; assert len(json.load(sys.stdin)["findings"]) == 6' <<<"$output"
}

@test "logs are read as ClusterFuzz reads them" {
    crash abort nothing_lost_A QWERTZUIOP report <<<"shop/racy/nothing_lost" >one.log
    crash abort paid_once_A YXCVBNMLKJ report <<<"shop/racy/paid_once" >other.log
    run "$offbeat" lint one.log other.log
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "one.log: ASSERT" ]
    [ "${lines[1]}" = "  shop/racy/nothing_lost" ]
    [ "${lines[2]}" = "  nothing_lost_A" ]
    [ "${lines[3]}" = "  QWERTZUIOP" ]

    # With frames of the harness on top, two violations are one to a tracker.
    crash abort report_violation ob_violation check <<<"shop/racy/nothing_lost" >one.log
    crash abort report_violation ob_violation check <<<"shop/racy/paid_once" >other.log
    run "$offbeat" lint one.log other.log
    [ "$status" -eq 1 ]
    grep -q '^one.log and other.log: 100.0 % alike' <<<"$output"

    # The same violation twice is one bug, and no finding.
    run "$offbeat" lint one.log one.log
    [ "$status" -eq 0 ]

    run "$offbeat" lint missing.log
    [ "$status" -eq 2 ]
    [[ "$output" == *missing.log* ]]
}

@test "a dictionary holds what the target describes" {
    "$offbeat" dict resource/owner >resource.dict
    # Every entry is a whole record, and decodes to what its comment says.
    count=0
    while read -r line; do
        case $line in
        '# Records'*) ;;
        '# '*) expected=${line#'# '} ;;
        *=*)
            bytes=${line#*=}
            bytes=${bytes//\"/}
            printf '%b' "$bytes" >record.bin
            [ "$(wc -c <record.bin)" -eq 8 ]
            [ "$("$offbeat" decode resource/owner record.bin | tail -n 1)" = "$expected" ]
            ((++count))
            ;;
        esac
    done <resource.dict
    ((count >= 10 && count <= 256))
    grep -q '^# +0 use(slot=1, for_ms=9) to client' resource.dict
    grep -q '^# reorder ' resource.dict
    run "$offbeat" dict nothing/here
    [ "$status" -eq 2 ]
}
