# offbeat explore, of targets that crash, leave, hang and leak: what ends the process is a violation
# like others, written as a scenario that offbeat run replays, and the search goes on behind it.

load helpers

setup() {
    offbeat="$OFFBEAT_FUZZ_DIR/offbeat_hostile"
    [ -x "$offbeat" ] || skip "the command for hostile targets is not built"
    cd "$BATS_TEST_TMPDIR"
    cat >open.txt <<'END'
offbeat scenario 1 hostile
+0 chat(line=3) to user
+0 open(file=4) to user
END
    sed 's/scenario 1 hostile/scenario 1 brittle/; /chat/d' open.txt >brittle.txt
}

is_sanitized() {
    [[ ",${OFFBEAT_SANITIZED_WITH:-}," == *,address,* ]]
}

# replays VARIANT WHAT: what was found last, in found.log, is counted, written, and replays.
replays() {
    cat found.log
    grep -qE "^violated: $2, [0-9]+ times?, first in execution [0-9]+$" found.log
    sed -n '/^offbeat scenario /,$p' found.log >example.txt
    run "$offbeat" run "$1" example.txt --timeout 1
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *" $2 trace="* ]]
}

# explores ARGUMENT...: finds something that is violated.
explores() {
    run "$offbeat" explore "$@"
    echo "$output" >found.log
    [ "$status" -eq 1 ] || { cat found.log; return 1; }
}

@test "explore: crashes and ends of the process, by every strategy of walks" {
    local strategy
    for strategy in random pct pos; do
        explores hostile/abort --scenario open.txt --runs 40 --seed 3 --strategy "$strategy"
        replays hostile/abort signal-SIGABRT
        grep -q "^hostile/abort $strategy: 40 executions, " found.log
        explores hostile/exit_0 --scenario open.txt --until-violation --strategy "$strategy"
        replays hostile/exit_0 exit-0
        explores hostile/vanish --scenario open.txt --until-violation --strategy "$strategy"
        replays hostile/vanish exit-0
    done
}

@test "explore: a signal that a target raises itself is no interruption" {
    local jobs
    for jobs in 1 2; do
        explores hostile/terminate --scenario open.txt --runs 40 --seed 3 --jobs "$jobs"
        replays hostile/terminate signal-SIGTERM
        grep -q '^hostile/terminate random: 40 executions, ' found.log
    done
}

@test "explore: crashes in several processes, and as JSON" {
    explores hostile/vanish --scenario open.txt --runs 60 --seed 3 --jobs 2
    replays hostile/vanish exit-0
    grep -q '^hostile/vanish random: 60 executions, ' found.log
    # How many processes there are changes nothing.
    "$offbeat" explore hostile/vanish --scenario open.txt --runs 60 --seed 3 >alone.log ||
        [ "$?" -eq 1 ]
    diff <(sed 's/, [0-9.]* s$//' alone.log) <(sed 's/, [0-9.]* s$//' found.log)
    run "$offbeat" explore hostile/abort --scenario open.txt --runs 20 --seed 3 --json
    [ "$status" -eq 1 ]
    [[ "$output" == *'"invariant": "signal-SIGABRT", "count": '* ]]
}

@test "explore: crashes leave no file" {
    mkdir empty
    cd empty
    run "$offbeat" explore hostile/use_after_free --runs 300
    [ "$status" -eq 1 ]
    [ -z "$(ls -A)" ]
}

@test "explore: a handler without end" {
    explores hostile/no_end --scenario open.txt --until-violation --timeout 1
    replays hostile/no_end time-limit
    # After some, it does not go on.
    explores hostile/no_end --scenario open.txt --timeout 1
    grep -q '^ended early: too many executions did not end in their time$' found.log
    grep -q '^violated: time-limit, 4 times, ' found.log
}

@test "explore: SIGINT and SIGTERM, in a handler without end" {
    local signal
    for signal in INT TERM; do
        SECONDS=0
        run timeout --preserve-status -s "$signal" 2 \
            "$offbeat" explore hostile/no_end --scenario open.txt --timeout 100
        echo "$output"
        [ "$status" -eq 0 ]
        grep -q '^interrupted: this is what was seen so far$' <<<"$output"
        [ "$SECONDS" -lt 30 ]
    done
}

@test "explore: lost memory" {
    is_sanitized || skip "this build does not see it"
    explores hostile/leak --scenario open.txt --runs 300 --seed 3
    replays hostile/leak 'memory-leak in leak'
    grep -q '^violated: memory-leak in leak, 1 time, ' found.log
}

@test "explore: every order, some of which end the process" {
    local ending what
    for ending in abort:signal-SIGABRT exit_0:exit-0 vanish:exit-0 no_end:time-limit; do
        what=${ending#*:}
        explores "brittle/${ending%:*}" --strategy exhaustive --scenario brittle.txt --timeout 1
        replays "brittle/${ending%:*}" "$what"
        grep -q '^brittle/.* exhaustive: 2 executions, 2 distinct, 1 violating, ' found.log
        grep -q '^every order was explored (2), ' found.log
    done
}
