#!/usr/bin/env bats
# General oracles from outside: what they find without invariants, and how it is told.

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' 'offbeat scenario 1 counter' '+0 increment() to client.0' \
        '+0 increment() to client.1' >lost.txt
}

@test "with invariants switched off the lost update is found, minimized and explained" {
    run "$offbeat" explain counter/racy lost.txt --oracles-only
    [ "$status" -eq 1 ]
    [[ $output == *"counter/racy: serial_equivalence is violated"* ]]
    [[ $output == *"value: 2, but is 1"* ]]
    [[ $output == *"It is as if this had not happened:"*"increment() to client.1"* ]]
    run "$offbeat" explain counter/racy lost.txt
    [[ $output == *"counter/racy: no_increment_lost is violated"* ]]

    printf '%s\n' 'offbeat scenario 1 counter' '+0 increment() to client.2' \
        '+0 increment() to client.0' '+0 increment() to client.1' >more.txt
    run "$offbeat" minimize counter/racy more.txt -o least.txt --text --oracles-only
    [ "$status" -eq 0 ]
    [[ $output == *"serial_equivalence, messages 3 -> 2"* ]]
}

@test "walks and every order find it too, and nothing where increments are atomic" {
    run "$offbeat" explore counter/racy --runs 300 --oracles-only
    [ "$status" -eq 1 ]
    [[ $output == *"violated: serial_equivalence"* ]]
    run "$offbeat" explore counter/atomic --runs 300 --oracles-only
    [ "$status" -eq 0 ]
    run "$offbeat" explore counter/racy --strategy exhaustive --scenario lost.txt --oracles-only
    [ "$status" -eq 1 ]
    [[ $output == *"6 executions, 6 distinct, 4 violating"* ]]
}

@test "programs are told as well" {
    "$offbeat" explain counter/racy lost.txt --oracles-only --format json >story.json || [ $? -eq 1 ]
    grep -q '"invariant": "serial_equivalence"' story.json
    grep -q '"explanation": "What the messages give' story.json
}

@test "a fuzz program finds it with invariants switched off" {
    run env OFFBEAT_ORACLES=only "$OFFBEAT_FUZZ_DIR/fuzz_counter_racy" -runs=20000 -seed=1
    [ "$status" -ne 0 ]
    [[ $output == *"ASSERTION FAILED: counter/racy/serial_equivalence"* ]]
    [[ $output == *"It is as if this had not happened:"* ]]
    run env OFFBEAT_ORACLES=maybe "$OFFBEAT_FUZZ_DIR/fuzz_counter_racy" -runs=1
    [ "$status" -eq 2 ]
    [[ $output == *'OFFBEAT_ORACLES: "maybe" is neither "only" nor "off"'* ]]
}
