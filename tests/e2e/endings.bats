# What ends the process in the middle of a run is a finding with its input, in every program that
# runs targets: crashes, hangs, and exit() in all its forms. Engines of others are in
# engine_endings.bats.

load helpers

setup() {
    offbeat="$OFFBEAT_FUZZ_DIR/offbeat_hostile"
    [ -x "$offbeat" ] || skip "the command for hostile targets is not built"
    cd "$BATS_TEST_TMPDIR"
    cat >pass.txt <<'END'
offbeat scenario 1 hostile
+0 open(file=4) to user
END
}

@test "standalone: crashes, hangs and ends of the process" {
    local variant program
    for variant in abort null_pointer exit exit_0 vanish quick_exit; do
        program="$OFFBEAT_FUZZ_DIR/fuzz_hostile_$variant"
        keeps "$program" crash
        # shellcheck disable=SC2154 # keeps sets it
        run "$offbeat" run "hostile/$variant" "$kept"
        echo "$output"
        [ "$status" -eq 1 ]
    done
    grep -q '^ASSERTION FAILED: hostile/quick_exit/exit-0$' fuzz.log
    keeps "$OFFBEAT_FUZZ_DIR/fuzz_hostile_no_end" timeout
    for variant in abort exit vanish; do
        keeps "$OFFBEAT_FUZZ_DIR/fuzz_forgetful_$variant" crash
    done
    keeps "$OFFBEAT_FUZZ_DIR/fuzz_forgetful_no_end" timeout
}

@test "verify and triage: an exit(0) is none of theirs" {
    local variant
    for variant in exit_0 vanish quick_exit; do
        run "$offbeat" verify "hostile/$variant" pass.txt --runs 300
        echo "$output"
        [ "$status" -eq 1 ]
        [[ "$output" == *"exit-0 is violated 1 deviation away"* ]]
        sed -n '/^offbeat scenario /,$p' <<<"$output" >fail.txt
        run "$offbeat" triage fail.txt --target "hostile/$variant" -o "out-$variant" --repeat 2
        echo "$output"
        [ "$status" -eq 1 ]
        [[ "$output" == *"1 input: 1 fails; 1 bug"* ]]
    done
}

@test "a target whose runs differ: what differs first, who sent it, and what may be why" {
    printf '%s\n' 'offbeat scenario 1 adrift' '+0 ask() to clerk' >ask.txt
    run "$offbeat" run adrift/variable ask.txt
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"unstable"*"differs from step 1 on"*"tell("*"clerk -> desk"* ]]
    [[ "$output" == *"argument number was "*" and "*", as clerk sent it"* ]]
    [[ "$output" == *"the variable served changes from run to run"* ]]
    run "$offbeat" run adrift/payload ask.txt --json
    [ "$status" -eq 3 ]
    jq -e '.inputs[0].first_difference.reason |
        test("^in two more runs byte 0 of its payload was 0x.*the variable served changes")' \
        <<<"$output"
    for variant in random clock; do
        run "$offbeat" run "adrift/$variant" ask.txt
        [ "$status" -eq 3 ]
        [[ "$output" == *"argument number was "* ]]
        [[ "$output" == *"no variable of the program changes: rand(), a clock"* ]]
    done
}
