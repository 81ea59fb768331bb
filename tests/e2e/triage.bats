# From crashes to bugs: what triage takes, what it makes of it, and that it goes on after a kill.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    hostile="$OFFBEAT_FUZZ_DIR/offbeat_hostile"
    cd "$BATS_TEST_TMPDIR"
}

# One order paid early, among `$2` others: by a delay or, with `$3`, by a reordering.
paid_early() {
    local i
    {
        echo "offbeat scenario 1 order"
        for ((i = 0; i < $2; i++)); do
            echo "+$((i + 1))ms buy(order=$((i % 5))) to customer"
        done
        echo "+5ms buy(order=7) to customer"
        if [ -n "${3:-}" ]; then
            echo "reorder create customer->shop #$2 after pay bank-> #$2"
        else
            echo "delay create customer->shop #$2 by 6ms"
        fi
    } >"$1"
}

make_folder() {
    mkdir -p in/crashes in/out/default/{crashes,hangs,queue} in/fuzz_resource_racy
    local i
    for i in 1 2 3 4; do
        paid_early "in/crashes/order-racy-$i.txt" "$i"
        paid_early scenario.txt "$((i + 1))" reorder
        "$offbeat" encode order scenario.txt -o "in/out/default/crashes/id:00000$i,sig:06"
    done
    echo "command_line      : afl-fuzz -- build/afl/bin/fuzz_order_racy" >in/out/default/fuzzer_stats
    echo "not an input" >in/out/default/crashes/README.txt
    cp in/out/default/crashes/id:000001* in/out/default/queue/id:000000
    cp in/crashes/order-racy-1.txt in/crashes/order-racy-copy.txt
    cat >scenario.txt <<'END'
offbeat scenario 1 resource
+0 use(slot=0, for_ms=0) to client.0
+0 use(slot=0, for_ms=0) to client.0
reorder acquire client.0->pool #0 after release #0
END
    "$offbeat" encode resource scenario.txt -o in/fuzz_resource_racy/crash-1
    printf 'offbeat scenario 1 order\n+1ms bye() to customer\n' >in/crashes/order-racy-broken.txt
    printf 'offbeat scenario 1 order\n+0 buy(order=1) to customer\n' >in/crashes/order-racy-fixed.txt
    head -c 8 /dev/zero >in/whose
}

@test "triage: one bucket for each cause, whatever it came from" {
    make_folder
    run "$offbeat" triage in -o out
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"13 inputs: 10 fail, 1 passes, 1 broken, 1 untold, 1 of them a copy; 2 bugs"* ]]
    [[ "$output" == *"order/racy paid_order_exists"* ]]
    [[ "$output" == *"resource/racy slot_lent_once"* ]]
    [[ "$output" == *"in/whose: nothing in its path names a target"* ]]
    [ "$(find out/buckets -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
    for bucket in out/buckets/*; do
        [ -s "$bucket/explain.html" ] && [ -s "$bucket/explain.txt" ] && [ -s "$bucket/explain.json" ]
        [ -s "$bucket/scenario.txt" ] && [ -s "$bucket/scenario.bin" ]
    done
    # Nothing is new: the same again, without a run.
    cp out/triage.json first.json
    run "$offbeat" triage in -o out
    [ "$status" -eq 1 ]
    cmp first.json out/triage.json
    # What is told by --target passes in the variant with the fix.
    run "$offbeat" triage in/crashes in/out -o fixed --target order/fsm
    [ "$status" -eq 0 ]
}

@test "triage: --target takes a target whose actors have tasks" {
    printf '%s\n' "offbeat scenario 1 transfer" "+0 transfer(from=1, to=0, amount=1) to service" \
        "+0 transfer(from=2, to=0, amount=1) to service" >found.txt
    run "$offbeat" triage found.txt -o out --target transfer/racy
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 input: 1 fails; 1 bug"* ]]
    [[ "$output" == *"transfer/racy money_is_kept"* ]]
}

@test "triage: what it writes is what the schema says" {
    command -v node || skip "node is not there"
    make_folder
    "$offbeat" triage in -o out || true
    sed 's/^checkRun.*//; s/^  checkRun.*//; s/^    checkRun.*//; s/^  if (story.passing)$//' \
        "$BATS_TEST_DIRNAME/node/schema.mjs" >schema.mjs
    node schema.mjs "$OFFBEAT_SOURCE_DIR/harness/triage/schema.json" out/triage.json
}

@test "triage: killed in the middle, then run again: the same result" {
    make_folder
    "$offbeat" triage in -o whole --jobs 1 || true
    for _ in 1 2 3; do
        "$offbeat" triage in -o parts --jobs 1 >/dev/null 2>&1 &
        local killed=$!
        for ((i = 0; i < 200 && $(find parts/state -maxdepth 1 -type f 2>/dev/null | wc -l) < 3; i++)); do
            sleep 0.01
        done
        kill -9 "$killed" 2>/dev/null || true
        wait "$killed" || true
    done
    "$offbeat" triage in -o parts || true
    cmp whole/triage.json parts/triage.json
    diff -r whole/buckets parts/buckets
}

@test "triage: bad arguments, nothing to look at, nothing that can be judged" {
    fails_with 'nowhere' -- "$offbeat" triage nowhere -o out
    mkdir empty
    fails_with 'no inputs' -- "$offbeat" triage empty -o out
    fails_with 'nope' -- "$offbeat" triage empty -o out --target order/nope
    head -c 8 /dev/zero >whose
    run "$offbeat" triage whose -o out
    [ "$status" -eq 2 ]
}

# Whether this build sees memory that is used after it was freed, or is lost.
is_sanitized() {
    [[ ",${OFFBEAT_SANITIZED_WITH:-}," == *,address,* ]]
}

scenario_that_closes_first() {
    cat >"$1" <<'END'
offbeat scenario 1 hostile
+1ms chat(line=3) to user
+1ms open(file=5) to user
reorder read user->reader #0 after close proxy-> #0
delay chat user->reader #0 by 10us
END
}

@test "run, minimize and explain: targets that crash, hang, leak and leave" {
    scenario_that_closes_first in.txt
    local variant
    local variants=(stack_overflow null_pointer abort exit no_end)
    ! is_sanitized || variants+=(use_after_free leak)
    for variant in "${variants[@]}"; do
        run "$hostile" run "hostile/$variant" in.txt --timeout 1
        echo "$output"
        [ "$status" -eq 1 ]
        [[ "$output" =~ ^"in.txt: "(crash|hang|leak)" " ]]
    done
    run "$hostile" minimize hostile/abort in.txt -o small.txt --jobs 2
    [ "$status" -eq 0 ]
    [[ "$output" == *"signal-SIGABRT, messages 2 -> 1, deviations 2 -> 1"* ]]
    "$hostile" minimize hostile/abort in.txt -o alone.txt
    cmp small.txt alone.txt
    run "$hostile" explain hostile/abort small.txt
    [ "$status" -eq 1 ]
    [[ "$output" == *"Fails when close#0 from proxy reaches reader before read#0 from user"* ]]
    if is_sanitized; then
        run "$hostile" run hostile/use_after_free in.txt
        [[ "$output" == *"heap-use-after-free in go_wrong "*": in go_wrong, hostile.c:"* ]]
        run "$hostile" run hostile/leak in.txt
        [[ "$output" == "in.txt: leak memory-leak in leak "* ]]
    fi
}

@test "triage: memory errors by their function, a crash beside a violation" {
    local variant variants=(abort both) result="6 inputs: 6 fail; 3 bugs"
    if is_sanitized; then
        variants+=(use_after_free)
        result="9 inputs: 9 fail; 4 bugs"
    fi
    for variant in "${variants[@]}"; do
        mkdir -p "in/hostile-$variant"
        scenario_that_closes_first "in/hostile-$variant/a.txt"
        sed 's/file=5/file=7/' "in/hostile-$variant/a.txt" >"in/hostile-$variant/b.txt"
        sed 's/file=5/file=4/' "in/hostile-$variant/a.txt" >"in/hostile-$variant/c.txt"
    done
    run "$hostile" triage in -o out --repeat 2
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$result"* ]]
    [[ "$output" == *"hostile/both read_before_close"* ]]
    [ "$(grep -c '0x[0-9a-f]' out/triage.json)" -eq 0 ]
}
