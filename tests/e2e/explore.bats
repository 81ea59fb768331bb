# offbeat explore, from the outside: what it prints, its exit codes, and that seeds decide.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR"
    printf 'offbeat scenario 1 order\n+0 buy(order=1) to customer\n' >buy.txt
    printf 'offbeat scenario 1 counter\n' >counter.txt
    for client in 0 1 2; do
        echo "+0 increment to client.$client" >>counter.txt
    done
}

# That a pattern is in none of the lines: bats does not look at what follows a "!".
lacks() {
    if grep -q -- "$1" <<<"$output"; then
        return 1
    fi
}

# Processes of a group that have not ended.
living_of() {
    ps -o stat= -g "$1" | awk '!/^Z/ { count++ } END { print count + 0 }'
}

# Whether standard input is JSON, where something is there that can tell.
is_json() {
    if command -v node >/dev/null; then
        node -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))'
    elif command -v python3 >/dev/null; then
        python3 -c 'import json, sys; json.load(sys.stdin)'
    else
        cat >/dev/null
    fi
}

# What explore prints without the time that it took.
explore() {
    local code=0
    "$offbeat" explore "$@" >explored.log || code=$?
    sed -E 's/, [0-9]+\.[0-9]{3} s$//; s/"seconds": [0-9.]+/"seconds": 0/' explored.log
    return "$code"
}

@test "every strategy finds the race, and nothing where there is none" {
    for strategy in random pct pos; do
        run explore order/racy --strategy "$strategy" --runs 500
        [ "$status" -eq 1 ]
        [[ "${lines[0]}" =~ ^order/racy\ $strategy:\ 500\ executions,\ [0-9]+\ distinct,\ [0-9]+\ violating$ ]]
        grep -qE '^probability of a violation: [0-9.e-]+ \(95 % interval [0-9.e-]+ to [0-9.e-]+\)$' <<<"$output"
        grep -q 'Good-Turing' <<<"$output"
        grep -qE '^violated: paid_order_exists, [0-9]+ times, first in execution [0-9]+$' <<<"$output"
        run explore order/fsm --strategy "$strategy" --runs 500
        [ "$status" -eq 0 ]
        [[ "${lines[0]}" == *' 0 violating' ]]
        lacks '^violated'
    done
    for variant in resource/owner counter/atomic; do
        run explore "$variant" --runs 500
        [ "$status" -eq 0 ]
    done
    run explore resource/racy --runs 2000
    [ "$status" -eq 1 ]
    grep -q '^violated: slot_lent_once' <<<"$output"
}

@test "exhaustive exploration counts every order once" {
    run explore order/racy --strategy exhaustive --scenario buy.txt
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = 'order/racy exhaustive: 2 executions, 2 distinct, 1 violating' ]
    [ "${lines[1]}" = 'every order was explored (2), with every message and timer as early or late as it may be; no faults' ]
    [ "$(grep -c '^violated' <<<"$output")" -eq 1 ]
    run explore order/fsm --strategy exhaustive --scenario buy.txt
    [ "$status" -eq 0 ]
    run explore counter/racy --strategy exhaustive --scenario counter.txt
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = 'counter/racy exhaustive: 90 executions, 90 distinct, 84 violating' ]
    [ "${lines[1]}" = 'every order was explored (90), with every message and timer as early or late as it may be; no faults' ]
    [ "$(grep -c '^violated' <<<"$output")" -eq 1 ]
    # A limit is told.
    run explore counter/racy --strategy exhaustive --scenario counter.txt --runs 10
    [[ "${lines[0]}" == *' 10 executions, '* ]]
    [ "${lines[1]}" = 'NOT every order: 10 orders until the limit; no faults' ]
    # There is no fault that would be legal here.
    run explore order/fsm --strategy exhaustive --scenario buy.txt --faults 2
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" == *'; 0 combinations of faults' ]]
}

@test "exhaustive search says what it has covered" {
    # Timeouts decide, so states are counted as well.
    printf 'offbeat scenario 1 service\n+0 pay(amount=1) to client\n+0 pay(amount=2) to client\n' >pay.txt
    run explore service/idempotency_key --strategy exhaustive --scenario pay.txt
    [ "$status" -eq 0 ]
    [ "${lines[1]}" = 'every order was explored (72), with every message and timer as early or late as it may be, and each of the 619 states on the way was checked; no faults' ]
    # A reader of the clock would see other times.
    printf 'offbeat scenario 1 resource\n+0 use(slot=0, for_ms=0) to client.0\n' >use.txt
    run explore resource/lease --strategy exhaustive --scenario use.txt --json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"complete": false, '*'"claim": "NOT every order: pool reads the clock; each order was run at its earliest times only; '* ]]
    is_json <<<"$output"
    # What takes time is not explored at all.
    printf 'offbeat scenario 1 mailbox\n+0 work(jobs=1) to client.0\n' >work.txt
    fails_with 'mailbox/racy' 'NOT explored: server takes time (ob_work); use random walks' -- \
        "$offbeat" explore mailbox/racy --strategy exhaustive --scenario work.txt
}

@test "every violation of an exhaustive search replays" {
    printf 'offbeat scenario 1 service\n+0 pay(amount=1) to client\n+0 pay(amount=2) to client\n' >pay.txt
    run explore service/racy --strategy exhaustive --scenario pay.txt --json
    [ "$status" -eq 1 ]
    [[ "$output" == *'"invariant": "charged_once", '*'"unwritten": 0, '* ]]
    explore service/racy --strategy exhaustive --scenario pay.txt >found.log || [ "$?" -eq 1 ]
    sed -n '/^offbeat scenario /,$p' found.log >example.txt
    run "$offbeat" run service/racy example.txt
    [ "$status" -eq 1 ]
}

@test "what is shown replays" {
    for variant in order/racy resource/racy counter/racy; do
        explore "$variant" --runs 2000 >found.log || [ "$?" -eq 1 ]
        invariant="$(sed -n 's/^violated: \([a-z_]*\),.*/\1/p' found.log)"
        [ -n "$invariant" ]
        sed -n '/^offbeat scenario /,$p' found.log >example.txt
        run "$offbeat" run "$variant" example.txt
        [ "$status" -eq 1 ]
        [[ "$output" == "example.txt: violation $invariant "* ]]
        # It is as short as it can be.
        "$offbeat" minimize "$variant" example.txt -o minimal.txt
        cmp example.txt minimal.txt
    done
}

@test "json" {
    run explore order/racy --runs 300 --json
    [ "$status" -eq 1 ]
    [[ "$output" == '{"version": "'*'"target": "order/racy", "strategy": "random", "executions": 300, '* ]]
    [[ "$output" == *'"invariant": "paid_order_exists", "count": '*'"scenario": "offbeat scenario 1 order\u000a'* ]]
    is_json <<<"$output"
    run explore order/fsm --strategy exhaustive --scenario buy.txt --json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"executions": 2, "distinct": 2, "seen_once": 2, "violating": 0, "cut": 0, '*'"interrupted": false, "complete": true, "states": 0, "states_left": 0, "redundant": 0, "fault_combinations": 0, "claim": "every order was explored (2), '* ]]
    [[ "$output" == *'"violations": ['* ]]
    lacks invariant
    is_json <<<"$output"
}

@test "equal seeds give equal walks, other seeds others" {
    for strategy in random pct pos; do
        explore order/racy --strategy "$strategy" --runs 300 --seed 7 >first.log || true
        explore order/racy --strategy "$strategy" --runs 300 --seed 7 >again.log || true
        explore order/racy --strategy "$strategy" --runs 300 --seed 8 >other.log || true
        cmp first.log again.log
        run cmp -s first.log other.log
        [ "$status" -eq 1 ]
    done
    explore counter/racy --strategy exhaustive --scenario counter.txt >first.log || true
    explore counter/racy --strategy exhaustive --scenario counter.txt >again.log || true
    cmp first.log again.log
}

@test "two processes see what one does" {
    for strategy in random pos; do
        explore resource/racy --strategy "$strategy" --runs 1000 --seed 3 >one.log || [ "$?" -eq 1 ]
        explore resource/racy --strategy "$strategy" --runs 1000 --seed 3 --jobs 2 >two.log || [ "$?" -eq 1 ]
        explore resource/racy --strategy "$strategy" --runs 1000 --seed 3 --jobs 3 >three.log || [ "$?" -eq 1 ]
        # Which example is shown is up to who comes first; the numbers are not.
        for log in one two three; do
            sed '/^offbeat scenario/,$d' "$log.log" >"$log.numbers"
        done
        cmp one.numbers two.numbers
        cmp one.numbers three.numbers
        sed -n '/^offbeat scenario /,$p' two.log >example.txt
        run "$offbeat" run resource/racy example.txt
        [ "$status" -eq 1 ]
    done
    run explore order/fsm --runs 5 --jobs 8
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == *' 5 executions, '* ]]
}

@test "walks of one scenario, and until the first violation" {
    run explore order/racy --scenario buy.txt --runs 400
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == *' 400 executions, 2 distinct, '* ]]
    run explore order/racy --runs 100000 --until-violation
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == *', 1 violating' ]]
    executions="$(sed -n '1s/.*: \([0-9]*\) execution.*/\1/p' <<<"$output")"
    [ "$executions" -lt 1000 ]
    grep -q "first in execution $executions\$" <<<"$output"
    run explore order/racy --scenario - --runs 50 <buy.txt
    [ "$status" -eq 1 ]
}

@test "ctrl-c gives what was seen so far" {
    run timeout --preserve-status -s INT 2 "$offbeat" explore order/racy --runs 4000000000
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" =~ ^order/racy\ random:\ [1-9][0-9]*\ executions ]]
    grep -q '^interrupted: this is what was seen so far$' <<<"$output"
    grep -q '^violated: paid_order_exists' <<<"$output"
    run timeout --preserve-status -s INT 2 "$offbeat" explore order/fsm --runs 4000000000 --jobs 2 --json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"interrupted": true'* ]]
    is_json <<<"$output"
    # Four increments of each of four clients: more orders than anybody has time for.
    printf 'offbeat scenario 1 counter\n' >many.txt
    for client in 0 1 2 3; do
        for _ in 1 2 3 4; do echo "+0 increment to client.$client" >>many.txt; done
    done
    run timeout --preserve-status -s INT 2 "$offbeat" explore counter/atomic --strategy exhaustive \
        --scenario many.txt --runs 4000000000
    [ "$status" -eq 0 ]
    # And no more: that it was interrupted is the command's to know, and changes nothing else.
    [[ "${lines[1]}" =~ ^NOT\ every\ order:\ [0-9]+\ orders\ .*until\  ]]
}

@test "bad usage: one line that names it, exit 2" {
    fails_with '"dfs"' 'exhaustive' -- "$offbeat" explore order/racy --strategy dfs
    fails_with '--scenario' -- "$offbeat" explore order/racy --strategy exhaustive
    fails_with '--faults' -- "$offbeat" explore order/racy --faults 1
    fails_with '--faults' '9' -- "$offbeat" explore order/racy --strategy exhaustive --scenario buy.txt --faults 9
    fails_with '--runs' '"0"' -- "$offbeat" explore order/racy --runs 0
    fails_with '--runs' '"many"' -- "$offbeat" explore order/racy --runs many
    fails_with '--depth' -- "$offbeat" explore order/racy --strategy pct --depth 17
    fails_with '--jobs' -- "$offbeat" explore order/racy --jobs 0
    fails_with '--seed' '"-1"' -- "$offbeat" explore order/racy --seed -1
    fails_with 'needs a value' -- "$offbeat" explore order/racy --seed
    fails_with 'missing.txt' -- "$offbeat" explore order/racy --scenario missing.txt
    fails_with 'counter.txt:1' -- "$offbeat" explore order/racy --scenario counter.txt
    fails_with '"nobody"' -- "$offbeat" explore nobody/racy
    fails_with 'racy, fsm' -- "$offbeat" explore order
    fails_with 'argument' -- "$offbeat" explore
    fails_with 'argument' -- "$offbeat" explore order/racy buy.txt
    fails_with '--strategy' -- "$offbeat" run order/racy buy.txt --strategy random
    fails_with '--stratgy' '--strategy' -- "$offbeat" explore order/racy --stratgy random
}

@test "nobody goes on searching when the search is killed" {
    for options in "" "--jobs 2"; do
        # shellcheck disable=SC2086 # none or two words
        setsid "$offbeat" explore order/fsm --runs 1000000 $options >/dev/null 2>&1 3>&- &
        search=$!
        for ((tries = 0; tries < 600 && $(living_of "$search") < 2; tries++)); do sleep 0.1; done
        [ "$(living_of "$search")" -ge 2 ]
        kill -9 "$search"
        for ((tries = 0; tries < 600 && $(living_of "$search") > 0; tries++)); do sleep 0.1; done
        [ "$(living_of "$search")" -eq 0 ]
    done
}
