# Campaigns: short ones with everything that long ones meet, killed, on a small disk, sharing
# finds. They build what they fuzz below build/ of the source tree, as the script does for anybody.

setup_file() {
    export campaign="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}/scripts/campaign"
    command -v afl-fuzz >/dev/null && engines=libfuzzer,afl || engines=libfuzzer
    export engines
    # Says why campaigns cannot run here, or nothing. One that is too short to do anything builds it all.
    why=
    cd "$BATS_FILE_TMPDIR"
    if ! "$campaign" order/racy order/fsm counter/atomic --no-install --no-coverage --minutes 0.01 --canary none --dir "$PWD/first" \
        --engines "$engines" >first.log 2>&1; then
        grep -q 'missing:' first.log && why="$(tail -n 1 first.log)" || { cat first.log && return 1; }
    fi
    export why
}

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    load helpers
    cd "$BATS_TEST_TMPDIR"
    export TERM=dumb
    dir="$PWD/night"
    [ -z "$why" ] || [[ "$BATS_TEST_DESCRIPTION" == *arguments* ]] || skip "$why"
}

# Nothing of a campaign outlives its test, passed or failed.
teardown() {
    [ -z "${script:-}" ] || kill -KILL "$script" 2>/dev/null || true
    # Who is killed may have been about to start another.
    for _ in 1 2 3; do
        for pid in $(own_processes "$BATS_TEST_TMPDIR"); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        sleep 0.1
    done
    umount "$BATS_TEST_TMPDIR/night" 2>/dev/null || true
}

# Processes of the campaigns below a folder; each carries its campaign's in its environment. The first
# keeper does not, but the state names it.
own_processes() {
    grep -lzF -- "OFFBEAT_CAMPAIGN=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
    if [ "${2:-}" = keeper ]; then
        keeper="$(cut -d ' ' -f 1 "$1/state/keeper")"
        if [ -d "/proc/$keeper" ]; then echo "$keeper"; fi
    fi
}

# begin ARGUMENT...: in the background.
begin() {
    "$campaign" "$@" --no-install --no-coverage --engines "$engines" --dir "$dir" >night.log 2>&1 3>&- &
    script=$!
}

# wait_for SECONDS COMMAND...: until it succeeds. On a machine with much else to do the campaign needs
# longer: ten times that.
wait_for() {
    local tries="$((10 * $1))"
    shift
    for _ in $(seq "$((tries * 5))"); do
        if "$@" 2>/dev/null; then return 0; fi
        sleep 0.2
    done
    cat night.log "$dir/log.txt"
    return 1
}

# Of each campaign that something is waited for.
has_ended_turns() {
    [ "$(wc -l <"$dir/state/turns.tsv")" -ge "$1" ]
}

has_found() {
    [ -n "$(ls "$dir/crashes/order-racy" 2>/dev/null)" ]
}

has_new_inputs() {
    [ "$(awk -F '\t' '{ sum += $8 } END { print sum + 0 }' "$dir/state/turns.tsv")" -gt 0 ]
}

each_had_a_turn() {
    local subject

    for subject; do
        cut -f 3 "$dir/state/turns.tsv" | grep -qx "$subject" || return
    done
}

# kill_one KIND: kills a process of it that was not killed before, once there is one.
kill_one() {
    wait_for 60 find_victim "$1"
    echo "killing $1: $(tr '\0' ' ' <"/proc/$victim/cmdline" | cut -c 1-100)" || true
    kill -KILL "$victim" || true
    killed="$killed $victim "
}

# Sets `victim`.
find_victim() {
    local of="$dir:$1"

    if [ "$1" = keeper ] && [ -z "$killed" ]; then of="$dir"; fi
    for victim in $(own_processes "$of" "$1" | tac); do
        [[ $killed == *" $victim "* ]] || return 0
    done
    return 1
}

# Until it has ended, whoever keeps it now. Sets `code`.
wait_for_end() {
    wait_for "$1" test -f "$dir/state/exit"
    code="$(cat "$dir/state/exit")"
    wait_for 10 is_deserted
}

is_deserted() {
    [ -z "$(own_processes "$dir:")" ]
}

# All that engines have left is in the corpora or among the failing inputs.
expect_saved() {
    mkdir unpacked
    "$offbeat" corpus verify "$dir"/corpus/*.tar.zst "$dir"/corpus/minimal/*.tar.zst
    for archive in "$dir"/corpus/*.tar.zst; do
        "$offbeat" corpus unpack "$archive" "unpacked/$(basename "$archive" .tar.zst)"
    done
    find unpacked "$dir/crashes" -type f -print0 | xargs -0 sha1sum | cut -c 1-40 | sort -u >kept
    find "$dir/turns.kept" -type f -size +0 \
        \( -path '*/found/*' -o -path '*/artifacts/*' -o -path '*/queue/id:*' \
        -o -path '*/crashes/id*' -o -path '*/hangs/id*' \) ! -name '*,orig:*' ! -name '*,sync:*' -print0 |
        xargs -0 sha1sum | cut -c 1-40 | sort -u >saved
    [ "$(wc -l <saved)" -gt 20 ]
    comm -23 saved kept >lost
    [ ! -s lost ]
}

bugs() {
    jq -r '.buckets[] | .target + "/" + .variant' "$dir/triage/triage.json" | sort -u
}

@test "arguments that it does not know, and folders without a campaign" {
    run "$campaign" --help
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "Usage: ./scripts/campaign"* ]]
    grep -q '^Exit codes:' <<<"$output"
    for arguments in "--frobnicate" "--hours" "--hours soon" "--minutes=-1" "--jobs 0" "--engines honggfuzz" \
        "--disk plenty" "--memory 3X" "--turn 0" "--name a/b" "--resume nowhere" "--status nowhere"; do
        # shellcheck disable=SC2086 # words of a command line
        run "$campaign" $arguments
        [ "$status" -eq 2 ]
    done
    mkdir empty
    fails_with 'no campaign in it' -- "$campaign" --resume empty
    fails_with 'no campaign in it' -- "$campaign" --status empty
}

@test "whoever of it is killed, it ends by itself, and nothing that was saved is lost" {
    begin order/racy order/fsm counter/atomic --canary-seconds 600 --turn 5 --keep-turns --seed 1
    wait_for 600 has_ended_turns 1
    killed=
    for kind in keeper turn night turn keeper night keeper turn night; do
        kill_one "$kind"
    done
    # A machine that loses its power: what a service manager does then.
    for pid in $(own_processes "$dir:"); do kill -KILL "$pid" || true; done
    wait_for 60 is_deserted
    [ ! -f "$dir/state/exit" ]
    "$campaign" --resume "$dir" >>night.log 2>&1 3>&- &
    script=$!
    wait_for 600 each_had_a_turn order/racy order/fsm counter/atomic
    wait_for 600 has_found
    "$campaign" --end "$dir"
    wait_for_end 60
    cat "$dir/log.txt" "$dir/state/turns.tsv"
    [ "$code" -eq 1 ]
    [ "$(bugs)" = order/racy ]
    expect_saved
    [ -z "$(ls "$dir/turns")" ]
    [ ! -s "$dir/state/trouble.txt" ]
    page="$dir/report/index.html"
    id="$(jq -r '.buckets[0].id' "$dir/triage/triage.json")"
    grep -qF "../triage/buckets/$id/" "$page"
    grep -q 'bug of order/racy was found' "$page"
    [ "$(grep -c '<svg' "$page")" -ge 2 ]
    run grep -nE '(src|href)="(https?:)?//' "$page"
    [ "$status" -eq 1 ]
    grep -q '^offbeat_campaign_executions_total{campaign="[^"]*"} [1-9]' "$dir/metrics.prom"
    # It says the same when it is asked again.
    run "$campaign" --resume "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *'as expected'*'order/racy: paid_order_exists'* ]]
}

@test "stopped, shown, and resumed; two at once are refused; a hook and a second campaign hear of it" {
    mkdir shared
    # shellcheck disable=SC2016 # for the hook's shell
    begin order/racy --turn 5 --jobs 2 --canary none --share "$PWD/shared" --name one \
        --on-crash 'echo "$OFFBEAT_SUBJECT $OFFBEAT_EXPECTED $OFFBEAT_INVARIANT" >>"'"$PWD"'/heard"'
    wait_for 60 has_ended_turns 1
    run "$campaign" --status "$dir"
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == fuzzing,* ]]
    grep -q '^order/racy ' <<<"$output"
    run "$campaign" --resume "$dir"
    [ "$status" -eq 2 ]
    [[ "$output" == *"is running"* ]]
    kill -TERM "$script"
    code=0
    wait "$script" || code=$?
    [ "$code" -eq 130 ]
    is_deserted
    [ ! -f "$dir/state/exit" ]
    before="$(cat "$dir/state/elapsed")"
    "$campaign" --resume "$dir" >>night.log 2>&1 3>&- &
    script=$!
    wait_for 60 has_ended_turns "$(($(wc -l <"$dir/state/turns.tsv") + 1))"
    wait_for 600 has_found
    wait_for 600 has_new_inputs
    "$campaign" --end "$dir"
    code=0
    wait "$script" || code=$?
    cat night.log
    [ "$code" -eq 1 ]
    [ "$(cat "$dir/state/elapsed")" -gt "$before" ]
    grep -qF "Report: $dir/report/index.html" night.log
    [ "$(sort -u heard)" = 'order/racy fails paid_order_exists' ]
    [ "$(wc -l <heard)" -eq 1 ]

    # The other one starts with what the first one found, and gives back what it finds.
    code=0
    "$campaign" order/racy order/fsm --executions 3000 --jobs 2 --canary none --share "$PWD/shared" --name two \
        --engines "$engines" --no-install --no-coverage --dir "$PWD/second" >second.log 2>&1 || code=$?
    cat second.log
    [ "$code" -eq 1 ]
    grep -q 'read what one has found' second/log.txt
    "$offbeat" corpus unpack shared/one/order.tar.zst first
    "$offbeat" corpus unpack second/corpus/order.tar.zst second.d
    find first -type f -print0 | xargs -0 sha1sum | cut -c 1-40 | sort -u >one
    find second.d -type f -print0 | xargs -0 sha1sum | cut -c 1-40 | sort -u >two
    [ "$(wc -l <one)" -ge 5 ]
    comm -23 one two >lost
    [ ! -s lost ]
    # Not only what both were shipped with.
    "$offbeat" corpus unpack "${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}/corpus/order.tar.zst" shipped
    find shipped -type f -print0 | xargs -0 sha1sum | cut -c 1-40 | sort -u >seeds
    [ -n "$(comm -13 seeds one)" ]
    [ -s shared/two/order.tar.zst ]
    [ -n "$(ls shared/two/afl/order/fsm/queue)" ]
}

@test "a canary that is not found: the night is broken" {
    code=0
    "$campaign" counter/atomic --minutes 5 --canary order/fsm --canary-seconds 4 --engines "$engines" \
        --no-install --no-coverage --dir "$dir" >night.log 2>&1 || code=$?
    cat night.log
    [ "$code" -eq 2 ]
    grep -q 'canary failed.*did not find the bug of order/fsm in 4 s' night.log
    grep -q 'canary failed' "$dir/report/index.html"
    [ ! -s "$dir/state/elapsed" ]
}

@test "a disk that gets full: stops adding, says so, and keeps what it has" {
    mkdir -p "$dir"
    if mount -t tmpfs -o size=64M campaign "$dir" 2>/dev/null; then
        mounted=yes
        begin order/racy order/fsm --turn 5 --canary none --disk 1G
    else
        begin order/racy order/fsm --turn 5 --canary none --disk 4M
    fi
    wait_for 60 test -s "$dir/state/turns.tsv"
    # Somebody else takes the room.
    if [ -n "${mounted:-}" ]; then
        head -c "$(($(df --output=avail -B1 "$dir" | tail -n 1) - 3000000))" /dev/zero >"$dir/somebody" || true
    else
        head -c 4000000 /dev/zero >"$dir/somebody"
    fi
    code=0
    wait "$script" || code=$?
    cat night.log
    for archive in "$dir"/corpus/*.tar.zst; do
        "$offbeat" corpus verify "$archive"
        "$offbeat" corpus list "$archive" >listed
        [ "$(wc -l <listed)" -ge 29 ]
    done
    grep -q 'bug' "$dir/report/index.html"
    if [ -n "${mounted:-}" ]; then umount "$dir"; fi
    [ "$code" -eq 2 ]
    grep -q 'Trouble: stopped adding after' night.log
}

@test "a bug where there should be none is told from one that is expected" {
    cp -r "$BATS_FILE_TMPDIR/first" "$dir"
    mkdir -p "$dir/triage"
    printf '%s\n' '{"buckets": [
        {"id": "1", "target": "order", "variant": "racy", "invariant": "one", "signature": "s", "inputs": [{"path": "a"}]},
        {"id": "2", "target": "order", "variant": "fsm", "invariant": "two", "signature": "s", "inputs": [{"path": "b"}]}]}' \
        >"$dir/triage/triage.json"
    echo 1 >"$dir/state/exit"
    run "$campaign" --resume "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *'BUGS IN VARIANTS THAT SHOULD HOLD'*'order/fsm: two'*'as expected:'*'order/racy: one'* ]]
}
