# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with check
# Whether ClusterFuzz can tell the violations apart that there are: the failing variants are built as
# they would be for OSS-Fuzz, each shows a crash, and the types and states are read from what they
# print, by the rules that `offbeat lint` knows. Needs inspect.sh and workers.sh.

readonly CRASH_SECONDS=60

# find_crash TARGET: leaves its log in $logs/crashes/TARGET.log.
find_crash() {
    local target=$1 log=$logs/crashes/$1.log seeds

    seeds=$(seeds_of "$target")
    LEAKS=0 run_target "$target" "$log" -seed=1 -max_total_time=$CRASH_SECONDS -timeout=25 \
        -artifact_prefix="/tmp/${base##*/}-$target-" ${seeds:+"$seeds"} || true
    grep -q '^ASSERTION FAILED: ' "$log"
}

# The input that it has found, 100 times in one process: it has to crash again.
check_reproduction() {
    local target=$1 log=$logs/crashes/$1.log input

    input=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$log" | tail -n 1)
    if [[ -f $input ]] && ! LEAKS=0 run_target "$target" "$log-again" -runs="$REPEATS" "$input" &&
        grep -qFx "$(grep '^ASSERTION FAILED: ' "$log")" "$log-again"; then
        result crashes "reproduce in another process" pass
    else
        result crashes "reproduce in another process" fail "$target: $log-again"
    fi
    rm -f "$input"
}

check_crash() {
    local target=$1

    if find_crash "$target"; then
        result crashes "found within $CRASH_SECONDS s" pass
        check_reproduction "$target"
    else
        result crashes "found within $CRASH_SECONDS s" fail "$target: $logs/crashes/$target.log"
    fi
}

check_states() {
    local log read=$logs/crashes/states.txt types

    if "$command_build/bin/offbeat" lint "$@" >"$read"; then
        result crashes "told apart by type and state" pass "$(tail -n 1 "$read")"
    else
        result crashes "told apart by type and state" fail "$(tail -n 1 "$read"); $read"
    fi
    types=$(sed -nE 's/^[^ ].*\.log: //p' "$read" | sort | uniq -c | sed 's/^ *//' | paste -sd ';')
    result crashes "type ASSERT, a line and two frames of their own" \
        "$([[ $types == *ASSERT && $types != *';'* ]] && states_are_own "$@" && echo pass || echo fail)" "$types"
    for log in "$@"; do
        if (($(grep -c '^ASSERTION FAILED: ' "$log") != 1)); then
            result crashes "one line ASSERTION FAILED" fail "$log"
        else
            result crashes "one line ASSERTION FAILED" pass
        fi
    done
}

# The frames in the state are the invariant's own: the first bears its name.
states_are_own() {
    local log lines

    for log in "$@"; do
        mapfile -t lines < <("$command_build/bin/offbeat" lint "$log" | sed -n 's/^  //p')
        if ((${#lines[@]} != 3)) || [[ ${lines[1]} != "${lines[0]##*/}"_* || ! ${lines[2]} =~ ^[A-Z]+$ ]]; then
            return 1
        fi
    done
}

check_crashes() {
    local target targets=() log_files=() failing configuration=crashes

    failing=$("$command_build/bin/offbeat" list | awk '$2 == "fails" { print $1 }' |
        grep -E -- "$only") || true
    if [[ -z $failing ]]; then
        result crashes "told apart by type and state" skip "no variant is expected to fail"
        return
    fi
    out=$base/elsewhere/crashes
    if ! build "$out" "$logs/build-crashes.log" OFFBEAT_CANARY=all; then
        result crashes "builds" fail "$logs/build-crashes.log"
        return
    fi
    mkdir -p "$logs/crashes"
    mapfile -t targets < <(sed 's|/|_|; s|^|fuzz_|' <<<"$failing")
    for_each check_crash crashes "${targets[@]}"
    for target in "${targets[@]}"; do
        if grep -q '^ASSERTION FAILED: ' "$logs/crashes/$target.log"; then
            log_files+=("$logs/crashes/$target.log")
        fi
    done
    ((${#log_files[@]} == 0)) || check_states "${log_files[@]}"
}
